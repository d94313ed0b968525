"""Documents of the practice family, read back as the text of their pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO

from tests.support.laptop_store import LaptopStore
from tests.support.worker import family_head
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, PersonId, RecordId
from workbook_desktop.domain.people import Family
from workbook_desktop.domain.records import Body, Row, Value
from workbook_desktop.paper import typesetting
from workbook_desktop.paper.document import Document, Look
from workbook_desktop.workspace.views_paper import Order, Sheets

TOLLAND = FamilyId("f-tolland")
HANNAH, DARREN, MAISIE = PersonId("p-hannah"), PersonId("p-darren"), PersonId("p-maisie")


def paper_for(laptop: LaptopStore, who: str, what: str, **how: bool) -> Sheets:
    """Return a document for somebody."""
    return laptop.desk.paper(Order(family=TOLLAND, recipient=who, what=what, **how))


def said(document: Document | None) -> str:
    """Return every word of a document."""
    return "" if document is None else "\n".join(document.texts())


def printed(document: Document | None, look: Look | None = None) -> str:
    """Return what stands on its pages, read back from the PDF, with single spaces."""
    from pypdf import PdfReader

    if document is None:
        return ""
    made = typesetting.pdf(document, look or Look())
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages).split())


def answered(laptop: LaptopStore, record: RecordId, answers: Mapping[str, Value]) -> None:
    """Have the worker write into a record."""
    body = laptop.desk.open(record).body
    changed = body
    for path, value in answers.items():
        changed = changed.with_answer(FieldPath(path), laptop.said(value))
    laptop.desk.keep(record, changed, body)


def coded(laptop: LaptopStore, record: RecordId, question: str, code: str) -> Value:
    """Return an option of a record's form as an answer keeps it."""
    form = laptop.desk.open(record).form
    return next(
        each.value for each in form.by_link_id[LinkId(question)].options if each.value.get("code") == code
    )


def person(id_: str, name: str) -> Value:
    """Return a reference to a person."""
    return {"reference": f"Person/{id_}", "display": name}


def safety_plan(laptop: LaptopStore, *, print_style: str = "plain") -> RecordId:
    """Write a safety plan for Hannah, with one step and one safe place."""
    ref = next(ref for ref in laptop.store.forms.newest() if ref.id == "safety-plan")
    record = laptop.desk.start(ref, TOLLAND, (HANNAH,)).record
    body = laptop.desk.open(record).body
    step = paths.row(paths.ROOT, LinkId("step"), laptop.new_id())  # type: ignore[arg-type]
    place = paths.row(paths.ROOT, LinkId("place"), laptop.new_id())  # type: ignore[arg-type]
    rows = {**body.rows, step: Row(ord="m"), place: Row(ord="m")}
    laptop.desk.keep(record, Body(answers=body.answers, rows=rows), body)
    answered(
        laptop,
        record,
        {
            "plan.date": "2026-11-20",
            "plan.protects": [person("p-hannah", "Hannah Tolland")],
            "plan.from": "Darren Pask",
            "plan.worried": "That he comes to the door.",
            "plan.code-word": "marmalade",
            "plan.print": coded(laptop, record, "plan.print", print_style),
            f"{step}/step.what": "Lock the door and ring the police",
            f"{step}/step.who": "Hannah",
            f"{place}/place.name": "Carol next door",
            f"{place}/place.phone": "01632 960999",
        },
    )
    return record


def family_becomes(laptop: LaptopStore, family: Family) -> None:
    """Have the office change a family, and a run bring it."""
    before = laptop.head(RecordId(family.id))
    laptop.clock.forward(minutes=1)
    after = family_head(family, laptop.clock.now())
    laptop.ics.put(replace(after, version=before.version + 1))
    laptop.run()
