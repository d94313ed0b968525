"""Counting days of the work: working days, calendar days, weeks and months. Nothing here knows a rule."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from workbook_desktop.domain.errors import RuleDataMissing

_DAY = timedelta(days=1)
_SATURDAY = 5


class Holiday(NamedTuple):
    """A bank holiday."""

    day: date
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """Bank holidays of one nation, whole from `known_from` up to and with `known_to`."""

    nation: str  # "England"
    names: Mapping[date, str]  # by day; a holiday on a weekend may stand here and changes nothing
    known_from: date
    known_to: date
    confirmed_to: date | None = None  # later days are worked out from the standing rules; None: all confirmed

    def __post_init__(self) -> None:
        if self.known_to < self.known_from:
            raise ValueError("holidays are known to a day before the first")
        if any(not self.known_from <= day <= self.known_to for day in self.names):
            raise ValueError("a holiday outside the years that are known")
        object.__setattr__(self, "names", MappingProxyType(dict(self.names)))

    @property
    def days(self) -> frozenset[date]:
        """The holidays as a set of dates."""
        return frozenset(self.names)

    def check(self, day: date) -> None:
        """Raise RuleDataMissing if it is not known whether a day is a bank holiday."""
        if not self.known_from <= day <= self.known_to:
            raise RuleDataMissing(day=day.isoformat(), known_to=self.known_to.isoformat())

    def among(self, first: date, last: date) -> tuple[Holiday, ...]:
        """Return the holidays on weekdays from `first` to `last`, both included."""
        return tuple(
            Holiday(day, self.names[day])
            for day in sorted(self.names)
            if first <= day <= last and day.weekday() < _SATURDAY
        )

    def is_confirmed(self, day: date) -> bool:
        """Say whether the holidays up to a day are confirmed, not only worked out."""
        return self.confirmed_to is None or day <= self.confirmed_to

    def changed_by(self, override: HolidayChanges) -> Holidays:
        """Return the holidays with what the office has sent since: one-off days, days moved, more years."""
        if override.nation != self.nation:
            raise ValueError("holidays of another nation")
        names = {day: name for day, name in self.names.items() if day not in override.removed}
        names |= {each.day: each.name for each in override.added}
        known_to = max(self.known_to, override.known_to or self.known_to)
        confirmed = self.confirmed_to
        if confirmed is not None and override.known_to is not None:
            confirmed = max(confirmed, override.known_to)
        return Holidays(
            nation=self.nation,
            names=names,
            known_from=self.known_from,
            known_to=known_to,
            confirmed_to=confirmed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayChanges:
    """What the office sends when a one-off holiday is proclaimed or a new year is published."""

    nation: str
    added: tuple[Holiday, ...] = ()
    removed: frozenset[date] = frozenset()
    known_to: date | None = None  # if the list is whole further than before


def holidays_of(data: Mapping[str, Any]) -> Holidays:
    """Return the holidays a file such as resources/rules/holidays-england.json holds.

    Raises:
        ValueError: another shape, an unknown member, a date that is none, or the same day twice.
    """
    _only(
        data, {"about", "source", "nation", "known_from", "known_to", "confirmed_to", "holidays"}, "holidays"
    )
    listed = _listed(data.get("holidays"))
    return Holidays(
        nation=_text(data, "nation"),
        names={each.day: each.name for each in listed},
        known_from=date.fromisoformat(_text(data, "known_from")),
        known_to=date.fromisoformat(_text(data, "known_to")),
        confirmed_to=date.fromisoformat(data["confirmed_to"]) if data.get("confirmed_to") else None,
    )


def holiday_changes_of(data: Mapping[str, Any]) -> HolidayChanges:
    """Return the changes an override file holds: nation, added [{day, name}], removed [day], known_to.

    Raises:
        ValueError: another shape, an unknown member, a date that is none, or the same day twice.
    """
    _only(data, {"about", "source", "nation", "added", "removed", "known_to"}, "changes")
    removed = data.get("removed", [])
    if not isinstance(removed, list) or not all(isinstance(each, str) for each in removed):
        raise ValueError("removed is a list of dates")
    return HolidayChanges(
        nation=_text(data, "nation"),
        added=_listed(data.get("added", [])),
        removed=frozenset(date.fromisoformat(each) for each in removed),
        known_to=date.fromisoformat(data["known_to"]) if data.get("known_to") else None,
    )


def _only(data: Mapping[str, Any], known: set[str], what: str) -> None:
    unknown = sorted(set(data) - known)
    if unknown:
        raise ValueError(f"{what}: unknown member {unknown[0]}")


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is missing")
    return value


def _listed(rows: Any) -> tuple[Holiday, ...]:
    if not isinstance(rows, list):
        raise ValueError("holidays are a list")
    found = []
    for row in rows:
        if not isinstance(row, Mapping):
            raise ValueError("a holiday has a day and a name")
        _only(row, {"day", "name"}, "holiday")
        found.append(Holiday(date.fromisoformat(_text(row, "day")), _text(row, "name")))
    if len({each.day for each in found}) != len(found):
        raise ValueError("the same holiday twice")
    return tuple(found)


# Counting


class Unit(StrEnum):
    """What a rule counts."""

    WORKING_DAYS = "wd"
    DAYS = "cd"
    WEEKS = "week"
    MONTHS = "month"


class Roll(StrEnum):
    """Where a date goes that falls on a day when nobody works."""

    NONE = "none"
    FORWARD = "forward"
    BACK = "back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How far a rule counts, and how."""

    number: int
    unit: Unit
    start_inclusive: bool = False  # the first day is day 1, not day 0
    skip_holidays: bool = True  # bank holidays are no working days
    roll: Roll = Roll.NONE

    def __post_init__(self) -> None:
        least = 1 if self.unit is not Unit.DAYS or self.start_inclusive else 0
        if self.number < least:
            raise ValueError(f"a count of {self.unit} is at least {least}")
        if self.unit is Unit.WORKING_DAYS and self.roll is not Roll.NONE:
            raise ValueError("a count of working days ends on one: there is nothing to roll")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Where a count ended, and what it passed on the way."""

    due: date
    passed_over: tuple[Holiday, ...] = ()  # bank holidays on weekdays that were not counted
    rolled_from: date | None = None


def counted(trigger: date, count: Count, holidays: Holidays) -> Counted:
    """Return the last day on which work triggered on `trigger` is still in time, and what was passed over.

    Raises:
        RuleDataMissing: the count needs a day for which it is not known whether it is a bank holiday.
    """
    if count.unit is Unit.WORKING_DAYS:
        return _counted_working_days(trigger, count, holidays)
    end = _plain(trigger, count)
    if count.roll is Roll.NONE or is_working_day(end, holidays, count.skip_holidays):
        return Counted(due=end)
    step = _DAY if count.roll is Roll.FORWARD else -_DAY
    due = end
    while not is_working_day(due, holidays, count.skip_holidays):
        due += step
    return Counted(due=due, passed_over=holidays.among(min(end, due), max(end, due)), rolled_from=end)


def _plain(trigger: date, count: Count) -> date:
    start = trigger - _DAY if count.start_inclusive else trigger
    match count.unit:
        case Unit.WEEKS:
            return start + timedelta(weeks=count.number)
        case Unit.MONTHS:
            # Clamped first, then the day taken off: a month "with the day itself" from 31 January ends on
            # 27 February.
            end = add_months(trigger, count.number)
            return end - _DAY if count.start_inclusive else end
        case _:
            return start + timedelta(days=count.number)


def _counted_working_days(trigger: date, count: Count, holidays: Holidays) -> Counted:
    first = trigger if count.start_inclusive else trigger + _DAY
    day, left = first - _DAY, count.number
    while left:
        day += _DAY
        left -= is_working_day(day, holidays, count.skip_holidays)
    return Counted(due=day, passed_over=holidays.among(first, day) if count.skip_holidays else ())


def due_on(trigger: date, working_days: int, holidays: Holidays) -> date:
    """Return the last day on which work triggered on `trigger` is still in time.

    The trigger is day 0. Weekends and bank holidays do not count.

    Args:
        trigger: local calendar date (Europe/London), such as the day of the referral.
        working_days: 1 or more, from a rule in force on `trigger`.
        holidays: bank holidays of the authority's nation: a set of dates, whole up to `known_to`.

    Returns:
        A working day later than `trigger`.

    Raises:
        RuleDataMissing: the count runs past `known_to`; a guess would move a statutory date.

    Source:
        The count, its citation and its first day in force are data, kept together in
        resources/rules/timescales.json. This function only counts.
    """
    return counted(trigger, Count(number=working_days, unit=Unit.WORKING_DAYS), holidays).due


def is_working_day(day: date, holidays: Holidays, skip_holidays: bool = True) -> bool:
    """Say whether a day is one on which the council works.

    Raises:
        RuleDataMissing: the day is outside the holidays that are known, and they matter.
    """
    if day.weekday() >= _SATURDAY:
        return False
    if not skip_holidays:
        return True
    holidays.check(day)
    return day not in holidays.names


def working_days_between(first: date, last: date, holidays: Holidays, skip_holidays: bool = True) -> int:
    """Return how many working days lie after `first`, up to and with `last`; less than 0 the other way round.

    Raises:
        RuleDataMissing: a day between is outside the holidays that are known.
    """
    if last < first:
        return -working_days_between(last, first, holidays, skip_holidays)
    days = ((first + _DAY * number) for number in range(1, (last - first).days + 1))
    return sum(is_working_day(day, holidays, skip_holidays) for day in days)


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or its last day where the month is too short."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


# Where the work is done


@cache
def _england() -> ZoneInfo:
    return ZoneInfo("Europe/London")


def day_in_england(moment: datetime) -> date:
    """Return the day it was in England: late on a summer evening it is the next one there already.

    Args:
        moment: aware.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(_england()).date()


# Words


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def long_date(day: date) -> str:
    """Return "27 March 2026", whatever the language of the laptop."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """Return "27 Mar 2026", whatever the language of the laptop: for the edge of a chart."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def day_name(day: date) -> str:
    """Return "Friday"."""
    return _DAYS[day.weekday()]


def count_words(count: Count) -> str:
    """Return "10 working days", "1 week", "6 months"."""
    name = {
        Unit.WORKING_DAYS: "working day",
        Unit.DAYS: "day",
        Unit.WEEKS: "week",
        Unit.MONTHS: "month",
    }[count.unit]
    return f"{count.number} {name}{'' if count.number == 1 else 's'}"


def listed(words: Iterable[str]) -> str:
    """Return "a, b and c"."""
    *front, last = list(words) or [""]
    return f"{', '.join(front)} and {last}" if front else last
