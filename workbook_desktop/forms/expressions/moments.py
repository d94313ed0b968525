"""Dates, date-times and times that may be known only in part, and what can be said about their order.

A year alone is neither before nor after a day in it: such comparisons have no result (None).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import ClassVar, Self

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_TIME = re.compile(r"(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d{1,9})?))?)?")
_OFFSET = re.compile(r"(Z)|([+-])(\d\d):(\d\d)")

Part = int | Decimal  # only seconds are Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialDate:
    """A year, a month or a day: one to three parts."""

    parts: tuple[int, ...]

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the date that ISO 8601 text names; None if it names none."""
        match = _DATE.fullmatch(text)
        parts = tuple(int(each) for each in match.groups() if each is not None) if match else ()
        return cls(parts=parts) if parts and _is_date(parts) else None

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the whole day."""
        return cls(parts=(day.year, day.month, day.day))

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day it can be."""
        year, month, day = (*self.parts, 0, 0)[:3]
        last = month or 12
        return (
            date(year, month or 1, day or 1),
            date(year, last, day or calendar.monthrange(year, last)[1]),
        )

    def __str__(self) -> str:
        return _date_text(self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialDateTime:
    """A moment down to the part that is known: one to six parts, and minutes east of Greenwich if told."""

    parts: tuple[Part, ...]
    offset: int | None = None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the moment that ISO 8601 text names (a trailing T is allowed); None if it names none."""
        day_text, mark, rest = text.partition("T")
        match = _DATE.fullmatch(day_text)
        if match is None:
            return None
        parts: tuple[Part, ...] = tuple(int(each) for each in match.groups() if each is not None)
        if not _is_date(parts):
            return None
        if not mark or not rest:
            return cls(parts=parts)
        found = _clock(rest)
        if found is None or len(parts) != 3:
            return None
        return cls(parts=parts + found[0], offset=found[1])

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """Return the moment to the millisecond."""
        away = moment.utcoffset()
        seconds = Decimal(moment.second) + Decimal(moment.microsecond // 1000) / 1000
        return cls(
            parts=(moment.year, moment.month, moment.day, moment.hour, moment.minute, seconds),
            offset=None if away is None else int(away.total_seconds()) // 60,
        )

    def __str__(self) -> str:
        text = _date_text(self.parts[:3])
        if len(self.parts) > 3:
            text += "T" + _time_text(self.parts[3:])
        if self.offset is None:
            return text
        if self.offset == 0:
            return text + "Z"
        hours, minutes = divmod(abs(self.offset), 60)
        return f"{text}{'-' if self.offset < 0 else '+'}{hours:02}:{minutes:02}"

    @property
    def at_greenwich(self) -> tuple[Part, ...]:
        """The parts as Greenwich counts them; as they are if the offset or the hour is not known."""
        if not self.offset or len(self.parts) < 4:
            return self.parts
        year, month, day, hour, *rest = self.parts
        minute = int(rest[0]) if rest else 0
        try:
            moved = datetime(int(year), int(month), int(day), int(hour), minute, tzinfo=UTC) - timedelta(
                minutes=self.offset
            )
        except OverflowError:
            return self.parts
        return (moved.year, moved.month, moved.day, moved.hour, moved.minute, *rest[1:])[: len(self.parts)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialTime:
    """A time of day: one to three parts."""

    parts: tuple[Part, ...]

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the time that ISO 8601 text names (a leading T is allowed); None if it names none."""
        found = _clock(text.removeprefix("T"))
        return cls(parts=found[0]) if found is not None and found[1] is None else None

    def __str__(self) -> str:
        return _time_text(self.parts)


Moment = PartialDate | PartialDateTime | PartialTime


def order(one: Moment, other: Moment) -> int | None:
    """Return -1, 0 or 1 as `one` is before, at or after `other`; None where that cannot be told.

    Raises:
        TypeError: a time of day and a date.
    """
    if isinstance(one, PartialTime) != isinstance(other, PartialTime):
        raise TypeError("a time of day and a date have no order")
    mine, theirs = one.parts, other.parts
    if isinstance(one, PartialDateTime) and isinstance(other, PartialDateTime):
        if (one.offset is None) == (other.offset is None):
            mine, theirs = one.at_greenwich, other.at_greenwich
        elif len(mine) > 3 and len(theirs) > 3:
            # One tells its offset, the other does not: only what is more than a day apart can be told.
            here, there = _day_number(mine), _day_number(theirs)
            return None if abs(here - there) < 2 else (1 if here > there else -1)
    for here_part, there_part in zip(mine, theirs, strict=False):
        if here_part != there_part:
            return 1 if here_part > there_part else -1
    return 0 if len(mine) == len(theirs) else None


def same_kind_and_parts(one: Moment, other: Moment) -> bool:
    """Say whether two are equivalent (FHIRPath ``~``): the same moment, known as exactly."""
    if isinstance(one, PartialTime) != isinstance(other, PartialTime):
        return False
    return len(one.parts) == len(other.parts) and order(one, other) == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A length of time to add: calendar units of the first parts, in Decimal."""

    _SIZES: ClassVar[dict[str, Decimal]] = {
        "week": Decimal(604800),
        "day": Decimal(86400),
        "hour": Decimal(3600),
        "minute": Decimal(60),
        "second": Decimal(1),
        "millisecond": Decimal("0.001"),
    }

    value: Decimal
    unit: str  # "year", "month", or a name in _SIZES


def later(moment: Moment, span: Span) -> Moment | None:
    """Return the moment a span later (earlier if negative), known as exactly; None beyond years 1 to 9999."""
    whole = span.value.to_integral_value(ROUND_DOWN)
    if abs(whole) > 10**13:
        return None
    if isinstance(moment, PartialTime):
        return _later_time(moment, span)
    parts = moment.parts
    if span.unit in ("year", "month"):
        months = int(whole) * (12 if span.unit == "year" else 1)
        return _later_months(moment, months)
    seconds = span.value * Span._SIZES[span.unit]
    if span.unit in ("week", "day", "hour", "minute"):
        seconds = whole * Span._SIZES[span.unit]
    if len(parts) == 1:
        return _later_months(
            moment, int(seconds // (365 * 86400) if seconds >= 0 else -(-seconds // (365 * 86400))) * 12
        )
    if len(parts) == 2:
        return _later_months(
            moment, int(seconds // (30 * 86400) if seconds >= 0 else -(-seconds // (30 * 86400)))
        )
    return _later_seconds(moment, seconds)


def _later_seconds(moment: PartialDate | PartialDateTime, seconds: Decimal) -> Moment | None:
    parts = moment.parts
    step = (86400, 3600, 60, 1)[len(parts) - 3]
    if step > 1:
        seconds = (seconds / step).to_integral_value(ROUND_DOWN) * step
    hour, minute, second = (*parts[3:], 0, 0, 0)[:3]
    total = Decimal(int(hour) * 3600 + int(minute) * 60) + second + seconds
    days = total // 86400
    if total < days * 86400:
        days -= 1
    rest = total - days * 86400
    try:
        day = date(int(parts[0]), int(parts[1]), int(parts[2])) + timedelta(days=int(days))
    except OverflowError:
        return None
    whole: tuple[Part, ...] = (
        day.year,
        day.month,
        day.day,
        int(rest // 3600),
        int(rest % 3600 // 60),
        rest % 60,
    )
    if isinstance(moment, PartialDate):
        return PartialDate(parts=(day.year, day.month, day.day))
    return PartialDateTime(parts=whole[: len(parts)], offset=moment.offset)


def _later_time(moment: PartialTime, span: Span) -> Moment | None:
    if span.unit not in Span._SIZES or span.unit in ("week", "day"):
        return None
    step = (3600, 60, 1)[len(moment.parts) - 1]
    seconds = span.value * Span._SIZES[span.unit]
    if step > 1:
        seconds = (seconds / step).to_integral_value(ROUND_DOWN) * step
    hour, minute, second = (*moment.parts, 0, 0)[:3]
    total = (Decimal(int(hour) * 3600 + int(minute) * 60) + second + seconds) % 86400
    if total < 0:
        total += 86400
    whole: tuple[Part, ...] = (int(total // 3600), int(total % 3600 // 60), total % 60)
    return PartialTime(parts=whole[: len(moment.parts)])


def _later_months(moment: PartialDate | PartialDateTime, months: int) -> Moment | None:
    parts = moment.parts
    if len(parts) == 1:
        months = int(months / 12) * 12
    number = int(parts[0]) * 12 + (int(parts[1]) - 1 if len(parts) > 1 else 0) + months
    year, month = divmod(number, 12)
    month += 1
    if not 1 <= year <= 9999:
        return None
    moved: tuple[Part, ...] = (year, month)[: len(parts)]
    if len(parts) > 2:
        # The last day of a shorter month: 29 February and a year is 28 February.
        moved = (year, month, min(int(parts[2]), calendar.monthrange(year, month)[1]), *parts[3:])
    if isinstance(moment, PartialDate):
        return PartialDate(parts=tuple(int(each) for each in moved))
    return PartialDateTime(parts=moved, offset=moment.offset)


def _is_date(parts: tuple[Part, ...]) -> bool:
    try:
        date(int(parts[0]), int(parts[1]) if len(parts) > 1 else 1, int(parts[2]) if len(parts) > 2 else 1)
    except ValueError:
        return False
    return True


def _clock(text: str) -> tuple[tuple[Part, ...], int | None] | None:
    match = _TIME.match(text)
    if match is None:
        return None
    hour, minute, second = match.groups()
    parts: tuple[Part, ...] = (int(hour),)
    if minute is not None:
        parts += (int(minute),)
    if second is not None:
        parts += (Decimal(second),)
    if parts[0] > 23 or (len(parts) > 1 and parts[1] > 59) or (len(parts) > 2 and parts[2] >= 60):
        return None
    rest = text[match.end() :]
    if not rest:
        return parts, None
    found = _OFFSET.fullmatch(rest)
    if found is None:
        return None
    if found[1]:
        return parts, 0
    away = int(found[3]) * 60 + int(found[4])
    if away > 14 * 60:
        return None
    return parts, -away if found[2] == "-" else away


def _day_number(parts: tuple[Part, ...]) -> int:
    return date(int(parts[0]), int(parts[1]), int(parts[2])).toordinal()


def _date_text(parts: tuple[Part, ...]) -> str:
    return "-".join(f"{int(part):0{4 if place == 0 else 2}}" for place, part in enumerate(parts))


def _time_text(parts: tuple[Part, ...]) -> str:
    texts = [f"{int(part):02}" for part in parts[:2]]
    if len(parts) > 2:
        second = Decimal(parts[2])
        whole = int(second)
        texts.append(f"{whole:02}" + (f"{second - whole:f}"[1:] if second.as_tuple().exponent else ""))
    return ":".join(texts)
