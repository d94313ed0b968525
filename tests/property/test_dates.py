"""Counts of days hold for every day and every count, against the most naive counting there is."""

import json
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workbook_desktop.domain.dates import (
    Count,
    Roll,
    Unit,
    add_months,
    counted,
    due_on,
    holidays_of,
    is_working_day,
    working_days_between,
)
from workbook_desktop.paths import resource

ENGLAND = holidays_of(json.loads(resource("rules", "holidays-england.json").read_text(encoding="utf-8")))
DAYS = st.dates(min_value=date(2015, 1, 1), max_value=date(2027, 12, 31))
COUNTS = st.integers(min_value=1, max_value=90)


def naive(trigger: date, working_days: int) -> date:
    after = (trigger + timedelta(days=each) for each in range(1, 400))
    return [each for each in after if each.weekday() < 5 and each not in ENGLAND.days][working_days - 1]


@given(trigger=DAYS, working_days=COUNTS)
def test_working_days_are_those_of_a_count_day_by_day(trigger: date, working_days: int) -> None:
    assert due_on(trigger, working_days, ENGLAND) == naive(trigger, working_days)


@given(trigger=DAYS, working_days=COUNTS)
def test_a_due_date_is_a_working_day_after_the_trigger(trigger: date, working_days: int) -> None:
    due = due_on(trigger, working_days, ENGLAND)
    assert due > trigger
    assert is_working_day(due, ENGLAND)
    assert working_days_between(trigger, due, ENGLAND) == working_days


@given(trigger=DAYS, working_days=COUNTS)
def test_a_longer_count_ends_later_and_a_later_trigger_never_sooner(trigger: date, working_days: int) -> None:
    due = due_on(trigger, working_days, ENGLAND)
    assert due_on(trigger, working_days + 1, ENGLAND) > due
    assert due_on(trigger + timedelta(days=1), working_days, ENGLAND) >= due


@given(trigger=DAYS, working_days=COUNTS)
def test_counting_the_day_itself_is_never_later_and_holidays_never_sooner(
    trigger: date, working_days: int
) -> None:
    due = due_on(trigger, working_days, ENGLAND)
    inclusive = Count(number=working_days, unit=Unit.WORKING_DAYS, start_inclusive=True)
    weekdays = Count(number=working_days, unit=Unit.WORKING_DAYS, skip_holidays=False)
    assert counted(trigger, inclusive, ENGLAND).due <= due
    assert counted(trigger, weekdays, ENGLAND).due <= due


@given(trigger=DAYS, number=st.integers(1, 30), unit=st.sampled_from([Unit.DAYS, Unit.WEEKS, Unit.MONTHS]))
def test_a_rolled_date_is_a_working_day_with_none_between(trigger: date, number: int, unit: Unit) -> None:
    if add_months(trigger, number) > date(2028, 12, 1):
        return
    plain = counted(trigger, Count(number=number, unit=unit), ENGLAND).due
    later = counted(trigger, Count(number=number, unit=unit, roll=Roll.FORWARD), ENGLAND).due
    sooner = counted(trigger, Count(number=number, unit=unit, roll=Roll.BACK), ENGLAND).due
    assert sooner <= plain <= later
    assert is_working_day(sooner, ENGLAND)
    assert is_working_day(later, ENGLAND)
    assert working_days_between(sooner, later, ENGLAND) == (0 if sooner == later else 1)


@given(day=DAYS, months=st.integers(0, 60))
def test_months_keep_the_day_or_end_the_month(day: date, months: int) -> None:
    found = add_months(day, months)
    assert (found.year - day.year) * 12 + found.month - day.month == months
    assert found.day == day.day or (found.day < day.day and (found + timedelta(days=1)).day == 1)
