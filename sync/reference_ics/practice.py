"""The practice family: invented people of an invented council, with dates counted from today.

The data are in ``resources/practice``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sync.reference_ics.caseload import Caseload
from sync.reference_ics.days import Days
from sync.reference_ics.story import Story
from workbook_desktop.domain.dates import Count, Holidays, Unit, counted, holidays_of
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId, WorkerId
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
from workbook_desktop.domain.records import Head
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.paths import resource


def practice_caseload(today: date) -> Caseload:
    """Return the practice family, its workers, its forms and its story so far, as of a day."""
    told = json.loads(resource("practice", "family.json").read_text(encoding="utf-8"))
    raw_records = json.loads(resource("practice", "records.json").read_text(encoding="utf-8"))["records"]
    days = Days(today)
    workers = tuple(_worker(raw) for raw in told["workers"])
    families = tuple(_family(raw, days) for raw in told["families"])
    published = core_forms()
    story = Story(forms=[load(source) for source in published], families=families, workers=workers, days=days)
    return Caseload(
        workers=workers,
        families=families,
        records=tuple(sorted((story.head(raw) for raw in raw_records), key=_when)),
        forms=published,
    )


def _when(head: Head) -> tuple[datetime, RecordId]:
    return (head.changed_at or datetime.max.replace(tzinfo=UTC), head.id)


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
    known = set(Person.__dataclass_fields__) - {
        "id",
        "family",
        "birth_date",
        "alerts",
        "sex",
        "restricted_until",
    }
    return Person(
        id=PersonId(raw["id"]),
        family=family,
        birth_date=_born(today, raw["born"]) if "born" in raw else None,
        sex=Sex(raw.get("sex", "U")),
        alerts=tuple(raw.get("alerts", ())),
        restricted_until=today + timedelta(days=raw["restricted_until"])
        if "restricted_until" in raw
        else None,
        **{key: value for key, value in raw.items() if key in known},
    )


def _due_on(raw: Mapping[str, Any], days: Days) -> date:
    """Return the day a duty is due: counted as the laptop counts it, or a day that the office has chosen."""
    if "counted" not in raw:
        return days.day(raw["day"])
    since, number, unit = raw["counted"]
    return counted(days.day(since), Count(number=number, unit=Unit(unit)), _holidays()).due


@cache
def _holidays() -> Holidays:
    return holidays_of(json.loads(resource("rules", "holidays-england.json").read_text(encoding="utf-8")))


def _family(raw: Mapping[str, Any], days: Days) -> Family:
    family = FamilyId(raw["id"])
    return Family(
        id=family,
        name=raw["name"],
        people=tuple(_person(each, family, days.exactly(0)) for each in raw["people"]),
        households=tuple(
            Household(
                id=each["id"],
                members=tuple(PersonId(person) for person in each["members"]),
                address=each["address"],
                postcode=each["postcode"],
                since=days.exactly(each["since"]),
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
                since=days.exactly(each["since"]) if "since" in each else None,
                until=days.exactly(each["until"]) if "until" in each else None,
                domestic_abuse=each.get("domestic_abuse", False),
            )
            for each in raw["relationships"]
        ),
        involvements=tuple(
            Involvement(
                worker=WorkerId(each["worker"]),
                person=PersonId(person),
                role=each["role"],
                start=days.exactly(each["start"]),
                end=days.exactly(each["end"]) if "end" in each else None,
            )
            for each in raw["involvements"]
            for person in each["people"]
        ),
        due=tuple(
            DueDate(
                id=f"{family}.due.{number}",
                person=PersonId(each["person"]) if "person" in each else None,
                what=each["what"],
                on=_due_on(each, days),
                form=each.get("form", ""),
            )
            for number, each in enumerate(raw.get("due", ()))
        ),
    )
