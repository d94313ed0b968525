"""Days as somebody types them who looks for a record: "27 march", "27/3/26", "march 2026", "yesterday"."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

Stretch = tuple[date, date]  # both ends included

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NUMBERS = re.compile(r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?$")
_YEARS = 30  # how far back a day without a year is looked for: a child's record is no longer


def days_in(text: str, today: date) -> tuple[tuple[Stretch, ...], str]:
    """Return the days that a text names, the latest first, and what else it says; () if it names none.

    A day without a year is that day of each of the last years, and of the next.
    """
    words = text.split()
    for at in range(len(words)):
        for many in (3, 2, 1):
            part = [word.strip(",").casefold() for word in words[at : at + many]]
            if len(part) < many:
                continue
            if found := _days(part, today):
                return found, " ".join(words[:at] + words[at + many :])
    return (), text


def _days(words: list[str], today: date) -> tuple[Stretch, ...]:
    match words:
        case ["today"]:
            return ((today, today),)
        case ["yesterday"]:
            return ((today - timedelta(days=1), today - timedelta(days=1)),)
        case [one] if (found := _NUMBERS.match(one)) is not None:
            return _one_day(int(found[1]), int(found[2]), found[3], today)
        case [day, month] if _number(day) and (number := _month(month)):
            return _one_day(_number(day), number, None, today)
        case [day, month, year] if _number(day) and (number := _month(month)) and year.isdigit():
            return _one_day(_number(day), number, year, today)
        case [month, year] if (number := _month(month)) and len(year) == 4 and year.isdigit():
            return _whole_month(int(year), number)
    return ()


def _one_day(day: int, month: int, year: str | None, today: date) -> tuple[Stretch, ...]:
    if year is not None:
        whole = int(year) + 2000 if len(year) == 2 else int(year)
        return tuple((each, each) for each in _valid(whole, month, day))
    years = range(today.year + 1, today.year - _YEARS, -1)
    return tuple((each, each) for one in years for each in _valid(one, month, day))


def _valid(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return


def _whole_month(year: int, month: int) -> tuple[Stretch, ...]:
    if not 1900 <= year <= 2200:
        return ()
    return ((date(year, month, 1), date(year, month, monthrange(year, month)[1])),)


def _number(word: str) -> int:
    """Return 27 of "27" and "27th"; 0 of anything else."""
    digits = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", word)
    return int(digits[1]) if digits else 0


def _month(word: str) -> int:
    """Return the number of a month by its name or its first letters; 0 of anything else."""
    if len(word) < 3 or not word.isalpha():
        return 0
    return next((at for at, name in enumerate(_MONTHS, start=1) if name.startswith(word)), 0)
