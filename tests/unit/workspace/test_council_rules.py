"""What a council has put on the device is what dates are worked out with."""

from __future__ import annotations

import json
from datetime import date

from workbook_desktop.domain.ids import PersonId, RecordId
from workbook_desktop.domain.in_force import CHANGES, LOCAL
from workbook_desktop.domain.timescales import Happening
from workbook_desktop.workspace.dues import apart, kept, laid_over, open_clocks

OWN = {
    "council": "Wrenmouth",
    "rules": [
        {"id": "cp-visit", "effective_from": "2025-01-01", "count": 5, "source": "Wrenmouth procedures 4.2"}
    ],
}
LATE = {"nation": "England", "added": [{"day": "2026-11-27", "name": "One day of thanks"}]}


def test_a_councils_files_lie_over_what_is_shipped() -> None:
    found = laid_over({LOCAL: json.dumps(OWN).encode(), CHANGES: json.dumps(LATE).encode()})
    assert found.refused == ()
    assert found.rules.rule_in_force("cp-visit", date(2026, 11, 25)).count.number == 5
    assert date(2026, 11, 27) in found.holidays.days


def test_without_files_and_with_wrong_ones_the_shipped_rules_hold() -> None:
    shipped = laid_over({})
    assert shipped.rules.rule_in_force("cp-visit", date(2026, 11, 25)).count.number == 10
    wrong = laid_over({LOCAL: b"{", CHANGES: b"{"})
    assert (wrong.rules, wrong.holidays) == (shipped.rules, shipped.holidays)
    assert len(wrong.refused) == 2


def test_a_date_that_a_new_bank_holiday_moved_says_from_when_and_why() -> None:
    referred = Happening(
        kind="referral", on=date(2026, 11, 26), child=PersonId("p-leo"), record=RecordId("r-1")
    )
    changed, today = laid_over({CHANGES: json.dumps(LATE).encode()}), date(2026, 11, 26)
    dues = kept(clock for part in apart([referred]) for clock in open_clocks(part, today, changed))
    decision = next(due for due in dues if due.on == date(2026, 11, 30) and "decision" in due.what.lower())
    assert "was due 27 November 2026 and is now due 30 November 2026" in decision.moved
    assert "One day of thanks" in decision.moved
    as_shipped = kept(
        clock for part in apart([referred]) for clock in open_clocks(part, today, laid_over({}))
    )
    assert {due.moved for due in as_shipped} == {""}
