"""The practice family: invented people of an invented council, with dates counted from today.

The data are in ``resources/practice``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sync.reference_ics.caseload import Caseload
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import (
    FamilyId,
    FormId,
    LinkId,
    PersonId,
    RecordId,
    RowId,
    WorkerId,
    derived_id,
)
from workbook_desktop.domain.order import spread
from workbook_desktop.domain.people import (
    DueDate,
    Family,
    Household,
    Involvement,
    Person,
    Relationship,
    Sex,
    Worker,
)
from workbook_desktop.domain.records import Answer, Body, FormRef, Head, Row, State, content_hash, content_of
from workbook_desktop.paths import resource


def practice_caseload(today: date) -> Caseload:
    """Return the practice family, its workers, its forms and its story so far, as of a day."""
    told = json.loads(resource("practice", "family.json").read_text(encoding="utf-8"))
    story = json.loads(resource("practice", "records.json").read_text(encoding="utf-8"))
    workers = tuple(_worker(raw) for raw in told["workers"])
    families = tuple(_family(raw, today) for raw in told["families"])
    forms = tuple(
        path.read_bytes()
        for path in sorted(resource("forms").glob("*.json"))
        if not path.name.startswith(".")
    )
    return Caseload(
        workers=workers,
        families=families,
        records=tuple(_record(raw, today, number) for number, raw in enumerate(story["records"])),
        forms=forms,
    )


def _day(today: date, offset: int) -> date:
    return today + timedelta(days=offset)


def _worker(raw: Mapping[str, Any]) -> Worker:
    return Worker(
        id=WorkerId(raw["id"]),
        name=raw["name"],
        role=raw["role"],
        agency=raw["agency"],
        chapter=raw.get("chapter", ""),
        is_manager=raw.get("is_manager", False),
    )


def _born(today: date, age: Mapping[str, int]) -> date:
    day = today - timedelta(days=age.get("days", 0))
    years = age.get("years", 0)
    return date(day.year - years, day.month, min(day.day, 28)) if years else day


def _person(raw: Mapping[str, Any], family: FamilyId, today: date) -> Person:
    known = set(Person.__dataclass_fields__) - {"id", "family", "birth_date", "alerts", "sex"}
    return Person(
        id=PersonId(raw["id"]),
        family=family,
        birth_date=_born(today, raw["born"]) if "born" in raw else None,
        sex=Sex(raw.get("sex", "U")),
        alerts=tuple(raw.get("alerts", ())),
        **{key: value for key, value in raw.items() if key in known},
    )


def _family(raw: Mapping[str, Any], today: date) -> Family:
    family = FamilyId(raw["id"])
    return Family(
        id=family,
        name=raw["name"],
        people=tuple(_person(each, family, today) for each in raw["people"]),
        households=tuple(
            Household(
                id=each["id"],
                members=tuple(PersonId(person) for person in each["members"]),
                address=each["address"],
                postcode=each["postcode"],
                since=_day(today, each["since"]),
                protected=each.get("protected", False),
            )
            for each in raw["households"]
        ),
        relationships=tuple(
            Relationship(
                person=PersonId(each["person"]),
                other=PersonId(each["other"]),
                kind=each["kind"],
                parental_responsibility=each.get("parental_responsibility", False),
                contact=each.get("contact", ""),
            )
            for each in raw["relationships"]
        ),
        involvements=tuple(
            Involvement(
                worker=WorkerId(each["worker"]),
                person=PersonId(person),
                role=each["role"],
                start=_day(today, each["start"]),
                end=_day(today, each["end"]) if "end" in each else None,
            )
            for each in raw["involvements"]
            for person in each["people"]
        ),
        due=tuple(
            DueDate(
                id=f"{family}.due.{number}",
                person=PersonId(each["person"]) if "person" in each else None,
                what=each["what"],
                on=_day(today, each["day"]),
                form=each.get("form", ""),
            )
            for number, each in enumerate(raw.get("due", ()))
        ),
    )


def _value(raw: Any, today: date) -> Any:
    """Return a value; ``{"day": -3}`` becomes a date, ``{"day": -3, "at": "14:30"}`` a moment."""
    if isinstance(raw, Mapping) and "day" in raw:
        day = _day(today, raw["day"])
        if "at" in raw:
            return datetime.combine(day, time.fromisoformat(raw["at"]), tzinfo=UTC).isoformat()
        return day.isoformat()
    return raw


def _record(raw: Mapping[str, Any], today: date, number: int) -> Head:
    record = RecordId(derived_id("practice", str(raw.get("id", number))))
    author = WorkerId(raw["by"])
    written = datetime.combine(
        _day(today, raw["day"]), time.fromisoformat(raw.get("at", "16:05")), tzinfo=UTC
    )
    answers: dict[Any, Answer] = {}
    rows: dict[Any, Row] = {}

    def put(node: Mapping[str, Any], at: Any) -> None:
        for link_id, value in node.get("answers", {}).items():
            answers[paths.child(at, LinkId(link_id))] = Answer(
                value=_value(value, today), by=author, at=written.isoformat()
            )
        for group, listed in node.get("rows", {}).items():
            listed_rows: Sequence[Mapping[str, Any]] = listed
            for key, row in zip(spread(len(listed_rows)), listed_rows, strict=True):
                # A row about a child has the id that every laptop derives for that child.
                of = f"{record}|{group}|{row['of']}" if "of" in row else f"{record}|{group}|{key}"
                path = paths.row(at, LinkId(group), RowId(derived_id("row", of)))
                rows[path] = Row(ord=key)
                put(row, path)

    put(raw, paths.ROOT)
    content = content_of(Body(answers=answers, rows=rows))
    state = State(raw.get("state", "signed_off"))
    signed = state is State.SIGNED_OFF
    return Head(
        id=record,
        type="form",
        family=FamilyId(raw["family"]),
        form=FormRef(id=FormId(raw["form"]), version="1.0.0"),
        state=state,
        chapter=raw.get("chapter", "child"),
        subjects=tuple(PersonId(each) for each in raw.get("subjects", ())),
        content=content,
        version=1,
        hash=content_hash(content),
        created_by=author,
        created_at=written,
        changed_by=author,
        changed_at=written,
        signed_by=author if signed else None,
        signed_at=written if signed else None,
    )
