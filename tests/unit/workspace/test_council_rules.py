"""What a council has put on the device is what dates are worked out with."""

from __future__ import annotations

import json
from datetime import date

from workbook_desktop.domain.in_force import CHANGES, LOCAL
from workbook_desktop.workspace.dues import laid_over

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
