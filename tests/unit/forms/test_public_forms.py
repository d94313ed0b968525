"""Other people's forms, held and answered from end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.forms import AMARA, NOW, TODAY, new_ids, tolland
from workbook_desktop.domain import paths
from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.ids import FieldPath, RecordId
from workbook_desktop.domain.records import body_of, content_of
from workbook_desktop.forms.check import problems, words
from workbook_desktop.forms.definition import Form, Item, Kind
from workbook_desktop.forms.draft import begin
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.forms.summary import gist, rendered

PUBLIC = Path(__file__).resolve().parents[4] / "shared" / "data" / "questionnaires"
SAMPLES: dict[Kind, Any] = {
    Kind.BOOLEAN: True,
    Kind.DECIMAL: "12.5",
    Kind.INTEGER: 3,
    Kind.DATE: "2026-11-22",
    Kind.DATE_TIME: "2026-11-22T14:30:00+00:00",
    Kind.TIME: "14:30:00",
    Kind.STRING: "some words",
    Kind.TEXT: "Some words.\nAnd more.",
    Kind.URL: "https://example.org",
    Kind.OPEN_CHOICE: "other words",
    Kind.QUANTITY: {"value": "3", "unit": "kg"},
    Kind.REFERENCE: {"reference": "Person/p-leo", "display": "Leo Tolland"},
    Kind.ATTACHMENT: {"title": "a.png", "contentType": "image/png", "size": 3, "data": "YWJj"},
}


def sample(item: Item) -> Any:
    value = item.options[0].value if item.options else SAMPLES[item.kind]
    return [value] if item.several else value


def fill(form: Form, sheet: Sheet) -> int:
    """Answer every question that shows, until no more appear; return how many answers were given."""
    given: set[FieldPath] = set()

    def visit(items: tuple[Item, ...], row: FieldPath) -> None:
        for item in items:
            if not sheet.shown(paths.child(row, item.link_id)):
                continue
            if not item.has_rows:
                own = paths.child(row, item.link_id)
                if item.is_question and own not in given:
                    sheet.answer(own, sample(item))
                    given.add(own)
                visit(item.items, row)
                continue
            if not sheet.rows(row, item.link_id):
                sheet.add_row(row, item.link_id)
            for each in sheet.rows(row, item.link_id):
                own = paths.child(each, item.link_id)
                if item.is_question and own not in given:
                    sheet.answer(own, sample(item))
                    given.add(own)
                visit(item.items, each)

    for _ in range(10):
        before = len(given)
        visit(form.items, paths.ROOT)
        if len(given) == before:
            break
    return len(given)


@pytest.mark.skipif(not PUBLIC.is_dir(), reason=f"no public questionnaires at {PUBLIC}")
def test_every_public_form_that_loads_can_be_begun_answered_checked_sent_and_read() -> None:
    answered = held = 0
    for file in sorted(PUBLIC.glob("*/*.json")):
        try:
            form = load(file.read_bytes())
        except FormRefused:
            continue
        body = begin(
            form, record=RecordId("r"), family=tolland(), worker=AMARA, today=TODAY, new_id=new_ids()
        )
        sheet = Sheet(form, body, by=AMARA.id, now=lambda: NOW, new_id=new_ids())
        answered += fill(form, sheet)
        for problem in sheet.problems():
            assert words(problem, form.by_link_id[problem.link_id])
            assert problem.code not in ("required", "row-required", "wrong-kind", "not-offered"), (
                file.name,
                problem,
            )
        assert body_of(content_of(sheet.body)) == sheet.body
        assert all(sheet.section_state(section.id) for section in form.sections)
        assert problems(form, sheet.body) == sheet.problems()
        shown = {line.path: line.shown for part in rendered(form, sheet.body) for line in part.lines}
        assert all(
            shown[path]
            for path, answer in sheet.body.answers.items()
            if answer.by is not None and sheet.shown(path)
        ), file.name
        assert gist(form, sheet.body, TODAY).title
        held += 1
    assert held == 97
    assert answered > 600
