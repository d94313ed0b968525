"""Dates, times and numbers are read as people type and dictate them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.fields import reading

SUNDAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 14, 33, tzinfo=ZoneInfo("Europe/London"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("27/3", "2026-03-27"),
        ("27/3/2026", "2026-03-27"),
        (" 27 / 3 / 26 ", "2026-03-27"),
        ("27 March", "2026-03-27"),
        ("27th of march 2026", "2026-03-27"),
        ("27.3.2026", "2026-03-27"),
        ("2026-03-27", "2026-03-27"),
        ("Fri 27 March 2026", "2026-03-27"),
        ("March 27, 2026", "2026-03-27"),
        ("tue", "2026-11-17"),
        ("sun", "2026-11-22"),
        ("next tue", "2026-11-24"),
        ("last sunday", "2026-11-15"),
        ("today", "2026-11-22"),
        ("yest", "2026-11-21"),
        ("tomorrow", "2026-11-23"),
        ("-2", "2026-11-20"),
        ("+1w", "2026-11-29"),
        ("3 days ago", "2026-11-19"),
        ("4/3/79", "1979-03-04"),
        ("a week ago", "2026-11-15"),
        ("two weeks ago", "2026-11-08"),
        ("in 3 weeks", "2026-12-13"),
        ("in two days", "2026-11-24"),
        ("fri 27/3", "2026-03-27"),
    ],
)
def test_a_date_is_read_as_people_say_it(typed: str, meant: str) -> None:
    assert reading.read_date(typed, SUNDAY).value == meant


def test_a_weekday_that_is_not_that_days_is_asked_about_and_never_passed_over() -> None:
    found = reading.read_date("mon 27/3", SUNDAY)
    assert found.value is None
    assert found.problem == "Friday 27 March 2026, not Monday: which is meant?"
    assert reading.read_moment("mon 27/3/2026 14:30", NOW).value is None


def test_a_day_without_a_year_far_ahead_is_of_last_year() -> None:
    assert reading.read_date("27/12", date(2027, 1, 3)).value == "2026-12-27"


@pytest.mark.parametrize(
    "typed",
    ["31/2/2026", "hello", "27/", "0/0", "32/1", "march", "2026", "27/3/20260", "3 weeks"],
)
def test_what_is_no_date_says_what_is_wanted_and_is_no_value(typed: str) -> None:
    found = reading.read_date(typed, SUNDAY)
    assert found.value is None
    assert found.problem


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("March 2026", "2026-03"), ("3/2026", "2026-03"), ("about 2024", "2024"), ("27/3/2026", "2026-03-27")],
)
def test_part_of_a_date_is_taken_only_where_the_form_allows_it(typed: str, meant: str) -> None:
    assert reading.read_date(typed, SUNDAY, ("day", "month", "year")).value == meant
    if len(meant) < 10:
        assert reading.read_date(typed, SUNDAY, ("day",)).value is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("27/3/2026 14:30", "2026-03-27T14:30:00+00:00"),
        ("27/6/2026 2.30pm", "2026-06-27T14:30:00+01:00"),
        ("yest 9.15", "2026-11-21T09:15:00+00:00"),
        ("14:30", "2026-11-22T14:30:00+00:00"),
        ("now", "2026-11-22T14:33:00+00:00"),
        ("yesterday at 9", "2026-11-21T09:00:00+00:00"),
        ("fri at noon", "2026-11-20T12:00:00+00:00"),
        ("27 March 2026 at 9am", "2026-03-27T09:00:00+00:00"),
        ("2026-03-27T14:30", "2026-03-27T14:30:00+00:00"),
    ],
)
def test_a_date_and_time_is_read_in_one_line(typed: str, meant: str) -> None:
    assert reading.read_moment(typed, NOW).value == meant


@pytest.mark.parametrize("typed", ["27 March 2026", "27/3/2026", "27.3.2026"])
def test_a_day_is_no_moment_and_its_year_no_time(typed: str) -> None:
    found = reading.read_moment(typed, NOW)
    assert found.value is None
    assert "time" in found.problem


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("14:30", "14:30:00"), ("2.30pm", "14:30:00"), ("1430", "14:30:00"), ("9", "09:00:00")],
)
def test_a_time_is_read(typed: str, meant: str) -> None:
    assert reading.read_time(typed).value == meant


def test_numbers_keep_their_digits() -> None:
    assert reading.read_whole("1,234").value == 1234
    assert reading.read_number("12.50").value == "12.50"
    assert reading.read_number("1,5").problem
    assert reading.read_whole("twelve").problem


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2190, 12, 31)))
def test_a_kept_date_reads_back_as_the_same_date(day: date) -> None:
    assert reading.read_date(reading.date_typed(day.isoformat()), SUNDAY).value == day.isoformat()
    assert reading.read_date(reading.date_words(day.isoformat()), SUNDAY).value == day.isoformat()


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading(text: str) -> None:
    for found in (
        reading.read_date(text, SUNDAY, ("day", "month", "year")),
        reading.read_moment(text, NOW),
        reading.read_time(text, NOW),
        reading.read_whole(text),
        reading.read_number(text),
    ):
        assert found.value is None or not found.problem
