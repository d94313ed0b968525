"""A signed supervision closes one period of the workbook and opens the next; nobody types one."""

from __future__ import annotations

from datetime import date

from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.timescales import Happening
from workbook_desktop.workspace.periods import Period, periods_of


def opened(day: str, record: str = "r", *, signed: bool = True) -> Happening:
    on = date.fromisoformat(day)
    return Happening(kind="workbook-opened", on=on, record=RecordId(record), signed_off=signed)


def test_without_a_supervision_there_is_one_period_and_everything_is_in_it() -> None:
    (only,) = periods_of([])
    assert only == Period(number=1, after=None, until=None)
    assert only.holds(date(2020, 1, 1))
    assert only.holds(None)


def test_each_supervision_opens_the_next_and_closes_the_one_before() -> None:
    first, second, third = periods_of([opened("2026-11-12", "b"), opened("2026-10-13", "a")])
    assert (first.after, first.until) == (None, date(2026, 10, 13))
    assert (second.after, second.until, second.opened_by) == (date(2026, 10, 13), date(2026, 11, 12), "a")
    assert (third.after, third.until, third.opened_by) == (date(2026, 11, 12), None, "b")


def test_every_day_is_in_one_period_and_that_of_a_supervision_in_the_one_it_closed() -> None:
    found = periods_of([opened("2026-10-13"), opened("2026-11-12")])
    for day in (date(2026, 10, 12), date(2026, 10, 13), date(2026, 10, 14), date(2026, 11, 12), None):
        assert sum(each.holds(day) for each in found) == 1
    assert found[0].holds(date(2026, 10, 13))
    assert found[2].holds(date(2026, 11, 13))


def test_a_draft_opens_nothing_and_three_children_are_one_supervision() -> None:
    assert len(periods_of([opened("2026-10-13", signed=False)])) == 1
    assert len(periods_of([opened("2026-10-13")] * 3)) == 2
    elsewhere = Happening(kind="workbook-opened", on=date(2026, 1, 5))  # from the office's involvements
    assert len(periods_of([elsewhere])) == 1
