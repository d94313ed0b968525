"""Working days, weeks and months, as worked dates."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import holidays as sector_holidays
import pytest

from workbook_desktop.domain.dates import (
    Count,
    Holiday,
    HolidayChanges,
    Holidays,
    Roll,
    Unit,
    add_months,
    counted,
    day_in_england,
    due_on,
    holiday_changes_of,
    holidays_of,
    short_date,
    working_days_between,
)
from workbook_desktop.domain.errors import RuleDataMissing
from workbook_desktop.paths import resource

ENGLAND = holidays_of(json.loads(resource("rules", "holidays-england.json").read_text(encoding="utf-8")))


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("trigger", "working_days", "due"),
    [
        ("2026-12-24", 1, "2026-12-29"),  # Christmas Day, a weekend, and Boxing Day's substitute
        ("2026-11-23", 45, "2027-01-28"),
        ("2026-12-14", 15, "2027-01-07"),
        ("2026-12-21", 10, "2027-01-07"),
        ("2027-03-24", 10, "2027-04-09"),
        ("2026-04-01", 15, "2026-04-24"),
        ("2026-03-12", 10, "2026-03-26"),
        ("2022-09-16", 1, "2022-09-20"),  # a one-off: the state funeral
        ("2023-05-05", 1, "2023-05-09"),  # a one-off: the coronation
        ("2020-05-01", 5, "2020-05-11"),  # that year's early May holiday was on a Friday
        ("2026-11-21", 1, "2026-11-23"),  # a Saturday: the Monday is the first working day
    ],
)
def test_working_days_as_in_the_worked_dates(trigger: str, working_days: int, due: str) -> None:
    assert due_on(day(trigger), working_days, ENGLAND) == day(due)


@pytest.mark.parametrize(
    ("trigger", "count", "due"),
    [
        ("2026-01-31", Count(number=1, unit=Unit.MONTHS), "2026-02-28"),
        ("2028-01-31", Count(number=1, unit=Unit.MONTHS), "2028-02-29"),
        ("2026-08-31", Count(number=6, unit=Unit.MONTHS), "2027-02-28"),
        ("2026-11-30", Count(number=3, unit=Unit.MONTHS), "2027-02-28"),
        ("2026-01-31", Count(number=1, unit=Unit.MONTHS, start_inclusive=True), "2026-02-27"),
        ("2026-03-12", Count(number=6, unit=Unit.WEEKS), "2026-04-23"),
        ("2026-03-12", Count(number=1, unit=Unit.WEEKS, start_inclusive=True), "2026-03-18"),
        ("2026-03-12", Count(number=0, unit=Unit.DAYS), "2026-03-12"),
        ("2026-03-12", Count(number=3, unit=Unit.DAYS), "2026-03-15"),
        ("2026-03-12", Count(number=8, unit=Unit.DAYS, start_inclusive=True), "2026-03-19"),
        # one council counts from and with the day itself; another's system works on bank holidays
        ("2026-03-12", Count(number=10, unit=Unit.WORKING_DAYS, start_inclusive=True), "2026-03-25"),
        ("2026-03-14", Count(number=1, unit=Unit.WORKING_DAYS, start_inclusive=True), "2026-03-16"),
        ("2026-04-01", Count(number=15, unit=Unit.WORKING_DAYS, skip_holidays=False), "2026-04-22"),
        ("2026-02-28", Count(number=1, unit=Unit.WEEKS, roll=Roll.FORWARD), "2026-03-09"),
        ("2026-02-28", Count(number=1, unit=Unit.WEEKS, roll=Roll.BACK), "2026-03-06"),
        ("2026-03-03", Count(number=1, unit=Unit.MONTHS, roll=Roll.FORWARD), "2026-04-07"),  # Good Friday
        ("2026-03-03", Count(number=1, unit=Unit.MONTHS, roll=Roll.BACK), "2026-04-02"),
        ("2026-03-03", Count(number=1, unit=Unit.MONTHS, roll=Roll.BACK, skip_holidays=False), "2026-04-03"),
    ],
)
def test_weeks_months_and_ways_of_counting(trigger: str, count: Count, due: str) -> None:
    assert counted(day(trigger), count, ENGLAND).due == day(due)


def test_a_count_says_which_bank_holidays_it_passed_over() -> None:
    found = counted(day("2026-04-01"), Count(number=15, unit=Unit.WORKING_DAYS), ENGLAND)
    assert found.passed_over == (
        Holiday(day("2026-04-03"), "Good Friday"),
        Holiday(day("2026-04-06"), "Easter Monday"),
    )


def test_a_count_past_the_holidays_that_are_known_is_refused() -> None:
    with pytest.raises(RuleDataMissing) as refused:
        due_on(day("2028-12-20"), 10, ENGLAND)
    assert refused.value.facts["known_to"] == "2028-12-31"
    with pytest.raises(RuleDataMissing):
        due_on(day("2014-11-03"), 5, ENGLAND)


def test_weeks_and_months_need_no_holidays_unless_they_roll() -> None:
    weeks = Count(number=6, unit=Unit.WEEKS)
    assert counted(day("2030-01-01"), weeks, ENGLAND).due == day("2030-02-12")
    with pytest.raises(RuleDataMissing):
        counted(day("2030-01-01"), Count(number=6, unit=Unit.WEEKS, roll=Roll.FORWARD), ENGLAND)


@pytest.mark.parametrize(
    ("number", "unit", "facts"),
    [
        (0, Unit.WORKING_DAYS, {}),
        (-1, Unit.DAYS, {}),
        (0, Unit.DAYS, {"start_inclusive": True}),
        (5, Unit.WORKING_DAYS, {"roll": Roll.FORWARD}),
    ],
)
def test_a_count_that_says_nothing_does_not_exist(number: int, unit: Unit, facts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="count"):
        Count(number=number, unit=unit, **facts)  # type: ignore[arg-type]


def test_the_shipped_holidays_are_those_of_the_holidays_package() -> None:
    years = range(ENGLAND.known_from.year, ENGLAND.known_to.year + 1)
    package = sector_holidays.country_holidays("GB", subdiv="ENG", years=years)
    assert ENGLAND.days == {each for each in package if each.weekday() < 5}


def test_every_year_has_the_eight_holidays_or_more() -> None:
    for year in range(2015, 2029):
        found = [each for each in ENGLAND.days if each.year == year]
        assert len(found) >= 8 - (year == 2016), year  # 1 January 2017's substitute is in 2017


def test_a_one_off_holiday_from_the_office_moves_the_date() -> None:
    sent = holiday_changes_of(
        {"nation": "England", "added": [{"day": "2026-03-20", "name": "A day of thanks"}]}
    )
    assert due_on(day("2026-03-12"), 10, ENGLAND) == day("2026-03-26")
    assert due_on(day("2026-03-12"), 10, ENGLAND.changed_by(sent)) == day("2026-03-27")


def test_the_office_can_move_a_holiday_and_make_the_list_longer() -> None:
    sent = HolidayChanges(
        nation="England",
        removed=frozenset({day("2027-05-03")}),
        added=(Holiday(day("2027-05-07"), "Early May bank holiday"), Holiday(day("2029-01-01"), "New Year")),
        known_to=day("2029-12-31"),
    )
    changed = ENGLAND.changed_by(sent)
    assert due_on(day("2027-04-30"), 1, changed) == day("2027-05-03")
    assert due_on(day("2027-05-06"), 1, changed) == day("2027-05-10")
    assert due_on(day("2028-12-29"), 1, changed) == day("2029-01-02")
    assert changed.is_confirmed(day("2029-06-01"))


def test_holidays_of_another_nation_are_not_mixed_in() -> None:
    with pytest.raises(ValueError, match="another nation"):
        ENGLAND.changed_by(HolidayChanges(nation="Scotland"))


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"known_to": "soon"},
        {"nation": ""},
        {"holidays": [{"day": "2026-02-30", "name": "None"}]},
        {"holidays": [{"day": "2026-01-01", "name": "A"}, {"day": "2026-01-01", "name": "B"}]},
        {"holidays": [{"day": "2031-01-01", "name": "Outside"}]},
        {"holidays": [{"day": "2026-01-01", "name": "A", "who": "B"}]},
        {"holidays": "none"},
    ],
)
def test_a_list_of_holidays_that_is_not_right_is_refused(change: dict[str, object]) -> None:
    right = {
        "nation": "England",
        "known_from": "2026-01-01",
        "known_to": "2026-12-31",
        "holidays": [{"day": "2026-01-01", "name": "New Year’s Day"}],
    }
    assert holidays_of(right).days == {day("2026-01-01")}
    with pytest.raises(ValueError):  # noqa: PT011
        holidays_of(right | change)


def test_working_days_between_count_forward_and_back() -> None:
    assert working_days_between(day("2026-04-02"), day("2026-04-07"), ENGLAND) == 1
    assert working_days_between(day("2026-04-07"), day("2026-04-02"), ENGLAND) == -1
    assert working_days_between(day("2026-04-02"), day("2026-04-02"), ENGLAND) == 0


def test_a_month_on_keeps_the_day_where_it_can() -> None:
    assert add_months(day("2026-12-15"), 2) == day("2027-02-15")
    assert add_months(day("2026-03-31"), -1) == day("2026-02-28")
    assert add_months(day("2028-02-29"), 12) == day("2029-02-28")


def test_a_holiday_outside_the_known_years_cannot_be() -> None:
    with pytest.raises(ValueError, match="outside"):
        Holidays(
            nation="England",
            names={day("2026-01-01") - timedelta(days=1): "x"},
            known_from=day("2026-01-01"),
            known_to=day("2026-12-31"),
        )


def test_late_on_a_summer_evening_it_is_the_next_day_in_england() -> None:
    assert day_in_england(datetime(2026, 6, 18, 23, 30, tzinfo=UTC)) == day("2026-06-19")
    assert day_in_england(datetime(2026, 12, 18, 23, 30, tzinfo=UTC)) == day("2026-12-18")
    with pytest.raises(ValueError, match="time zone"):
        day_in_england(datetime(2026, 6, 18, 23, 30))


def test_a_short_date_is_said_in_english() -> None:
    assert short_date(date(2026, 3, 27)) == "27 Mar 2026"


def test_no_date_is_said_in_the_language_of_the_laptop() -> None:
    """Names of days and months by ``strftime`` are those of the laptop's own language."""
    said = re.compile(r"%-?[aAbBcpxX]\b")
    root = Path(__file__).parents[3]
    found = [
        f"{file.relative_to(root)}: {line.strip()}"
        for part in ("ui", "workbook_desktop", "sync")
        for file in (root / part).rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if said.search(line) and ("strftime" in line or re.search(r"\{[^{}\"]*:%", line))
    ]
    assert found == []
