"""Where a draft tells a protected address, and when that need not be said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sync.reference_ics.practice import practice_caseload
from tests.support.forms import core
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.people import Family
from workbook_desktop.domain.records import Answer, Body
from workbook_desktop.workspace.telling import Told, told

CASELOAD = practice_caseload(date(2026, 11, 22))
TOLLAND = next(each for each in CASELOAD.families if each.id == "f-tolland")
AT_HOME = {"note.content": "Met at 12 Cordwainer Row"}


def tells(said: dict[str, Any], family: Family = TOLLAND) -> Told | None:
    answers = {FieldPath(path): Answer(value=value) for path, value in said.items()}
    return told(family, core("case-note"), Body(answers=answers), CASELOAD.workers)


def people(*names: str) -> list[dict[str, str]]:
    return [{"reference": f"Person/{each}"} for each in names]


def test_where_it_stands_who_lives_there_and_from_whom_it_is_kept_is_said() -> None:
    found = tells(AT_HOME | {"row/1/note-with.name": "a neighbour, XX1 2BB"})
    assert found is not None
    assert found.answers == ("note.content", "row/1/note-with.name")
    assert {each.forename for each in found.homes} >= {"Hannah", "Maisie", "Leo", "Ivy"}
    assert [each.forename for each in found.apart] == ["Darren"]
    assert found.withhold == "record.withhold-from"


@pytest.mark.parametrize(
    ("more", "is_said"),
    [
        ({"note.audience": {"code": "team"}}, True),
        ({"note.audience": {"code": "council"}}, False),
        ({"record.withhold-from": people("p-darren")}, False),
        ({"record.withhold-from": people("p-lorraine")}, True),
    ],
)
def test_a_record_for_few_alone_may_say_it(more: dict[str, Any], is_said: bool) -> None:
    assert (tells(AT_HOME | more) is not None) is is_said


def test_there_is_nothing_to_look_for_where_no_home_is_protected_or_its_address_is_not_known() -> None:
    open_, blank = (
        replace(TOLLAND, households=tuple(replace(each, **other) for each in TOLLAND.households))
        for other in ({"protected": False}, {"address": "", "postcode": ""})
    )
    assert tells(AT_HOME, open_) is None
    assert tells(AT_HOME, blank) is None
    assert tells({"note.content": "Met at 3 Sexton Close"}) is None
