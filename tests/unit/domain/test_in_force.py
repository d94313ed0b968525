"""What a council sets on its devices is used for dates, and what is not right in it is said and left out."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from workbook_desktop.domain.dates import holidays_of
from workbook_desktop.domain.ids import PersonId
from workbook_desktop.domain.in_force import CHANGES, LOCAL, InForce, in_force, moved_between
from workbook_desktop.domain.timescale_files import rules_of
from workbook_desktop.domain.timescales import Happening
from workbook_desktop.paths import files_in, managed_folder, resource

RULES = rules_of(json.loads(resource("rules", "timescales.json").read_text(encoding="utf-8")))
HOLIDAYS = holidays_of(json.loads(resource("rules", "holidays-england.json").read_text(encoding="utf-8")))
SHIPPED = in_force(RULES, HOLIDAYS, {})
OWN = {
    "council": "Wrenmouth",
    "rules": [
        {"id": "cp-visit", "effective_from": "2025-01-01", "count": 5, "source": "Wrenmouth procedures 4.2"}
    ],
}
PROCLAIMED = {"nation": "England", "added": [{"day": "2026-11-27", "name": "One day of thanks"}]}
LEO = PersonId("p-leo")
STARTED = (
    Happening(
        kind="plan-started", on=date(2026, 11, 18), child=LEO, facts={"plan": "cp", "visiting": "other"}
    ),
)
TODAY = date(2026, 11, 23)


def files(**named: Any) -> dict[str, bytes]:
    names = {"own": LOCAL, "changes": CHANGES}
    return {names[name]: json.dumps(value).encode() for name, value in named.items()}


def moves(after: InForce) -> list[str]:
    return [move.words for move in moved_between(STARTED, SHIPPED, after, today=TODAY)]


def test_nothing_set_is_what_is_shipped() -> None:
    assert InForce(rules=RULES, holidays=HOLIDAYS) == SHIPPED
    assert moves(SHIPPED) == []


def test_a_councils_own_count_is_used_and_each_date_says_why_it_moved() -> None:
    after = in_force(RULES, HOLIDAYS, files(own=OWN))
    assert after.refused == ()
    assert after.rules.rule_in_force("cp-visit", TODAY).council == "Wrenmouth"
    assert moves(after) == [
        "Child protection visit was due 2 December 2026 and is now due 25 November 2026:"
        " the rule was 10 working days and is 5 working days."
    ]


def test_a_bank_holiday_proclaimed_late_moves_the_dates_that_pass_it() -> None:
    after = in_force(RULES, HOLIDAYS, files(changes=PROCLAIMED))
    assert moves(after) == [
        "Child protection visit was due 2 December 2026 and is now due 3 December 2026:"
        " One day of thanks on 27 November 2026 is a bank holiday."
    ]


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (b"{", "The council’s own timescales are not used: the file cannot be read."),
        (b"\xff\xfe", "The council’s own timescales are not used: the file cannot be read."),
        (b"[]", "The council’s own timescales are not used: it is no object."),
        (b" " * 1_000_001, "The council’s own timescales are not used: the file is too large."),
        (b"[" * 100_000, "The council’s own timescales are not used: "),
        (
            json.dumps({**OWN, "rules": [{**OWN["rules"][0], "id": "icpc"}]}).encode(),  # type: ignore[dict-item]
            "The council’s own timescales are not used: icpc: Initial child protection conference is not a"
            " local rule and cannot be changed here.",
        ),
    ],
)
def test_a_file_that_is_not_right_is_left_out_whole_and_said(own: bytes, words: str) -> None:
    after = in_force(RULES, HOLIDAYS, {LOCAL: own, **files(changes=PROCLAIMED)})
    assert after.rules == RULES
    assert date(2026, 11, 27) in after.holidays.days
    (said,) = after.refused
    assert said.startswith(words)


def test_changes_of_another_nation_are_said() -> None:
    after = in_force(RULES, HOLIDAYS, files(changes={**PROCLAIMED, "nation": "Wales"}))
    assert after.holidays == HOLIDAYS
    assert after.refused == (
        "The council’s changes to bank holidays are not used: holidays of another nation.",
    )


def test_files_are_read_from_a_folder_that_need_not_be_there(tmp_path: Any) -> None:
    assert managed_folder().name.lower() == "workbook"
    assert files_in(tmp_path / "none", (LOCAL, CHANGES)) == {}
    (tmp_path / LOCAL).write_bytes(b"{}")
    assert files_in(tmp_path, (LOCAL, CHANGES)) == {LOCAL: b"{}"}
