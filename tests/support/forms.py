"""Builds small Questionnaires and the sheets that hold their answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from workbook_desktop.domain.ids import FamilyId, PersonId, WorkerId
from workbook_desktop.domain.people import Family, Person, Worker
from workbook_desktop.domain.records import Body
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.sheet import Sheet

HL7 = "http://hl7.org/fhir/StructureDefinition/"
OURS = "https://workbook.invalid/fhir/StructureDefinition/"
TODAY = date(2026, 11, 22)
NOW = "2026-11-22T14:30:00+00:00"
AMARA = Worker(
    id=WorkerId("w-amara"), name="Amara Quill", role="social worker", agency="Wrenmouth", chapter="child"
)


def questionnaire(*items: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Questionnaire", "id": "tried", "version": "1.0.0", "item": list(items), **more}


def item(link: str, type_: str = "string", *inner: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"linkId": link, "type": type_, "text": link.capitalize(), **more}
    if inner:
        found["item"] = list(inner)
    return found


def extension(name: str, value: Any, kind: str) -> dict[str, Any]:
    return {"url": name if "://" in name else HL7 + name, kind: value}


def form(*items: Mapping[str, Any], **more: Any) -> Form:
    return load(questionnaire(*items, **more))


def core(form_id: str) -> Form:
    return next(each for each in map(load, core_forms()) if each.id == form_id)


def new_ids() -> Callable[[], str]:
    count = 0

    def next_id() -> str:
        nonlocal count
        count += 1
        return f"row-{count:04}"

    return next_id


def sheet(of: Form, body: Body | None = None, *, now: Callable[[], str] = lambda: NOW) -> Sheet:
    return Sheet(of, body or Body(), by=AMARA.id, now=now, new_id=new_ids())


def coding(of: Form, link: str, code: str) -> Any:
    options = of.by_link_id[link].options  # type: ignore[index]
    return next(option.value for option in options if option.value["code"] == code)


def tolland() -> Family:
    def person(key: str, forename: str, birth: date, surname: str = "Tolland", child: bool = True) -> Person:
        return Person(
            id=PersonId(f"p-{key}"),
            family=FamilyId("f-tolland"),
            forename=forename,
            surname=surname,
            birth_date=birth,
            is_child=child,
        )

    return Family(
        id=FamilyId("f-tolland"),
        name="Tolland",
        people=(
            person("hannah", "Hannah", date(1997, 5, 4), child=False),
            person("maisie", "Maisie", date(2019, 3, 1)),
            person("leo", "Leo", date(2022, 6, 9)),
            person("ivy", "Ivy", date(2026, 6, 20), "Pask"),
        ),
        households=(),
        relationships=(),
        involvements=(),
    )
