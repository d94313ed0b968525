"""Days counted from today: a story told in them is always fresh."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_HERE = ZoneInfo("Europe/London")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_IN_TEXT = re.compile(r"\{D([+-]\d+)(?: ([a-z]+))?\}")


class Days:
    """The calendar of a story, as of one day.

    -180 is half a year ago. The office is closed at weekends: a day gone by moves back to Friday, a day to
    come on to Monday; today stays today. ``on`` asks for something else: ``"exact"`` for the very day, or a
    weekday's name for the nearest one.
    """

    def __init__(self, today: date) -> None:
        self._today = today

    def exactly(self, offset: int) -> date:
        """Return the very day, be it a Sunday."""
        return self._today + timedelta(days=offset)

    def day(self, offset: int, on: str = "") -> date:
        """Return the day of that many days from today.

        Raises:
            ValueError: `on` is none of the words it can be.
        """
        day = self.exactly(offset)
        if on == "exact":
            return day
        if on:
            if on not in _WEEKDAYS:
                raise ValueError(f"{on} is no day of the week")
            ahead = (_WEEKDAYS.index(on) - day.weekday()) % 7
            return day + timedelta(days=ahead if ahead <= 3 else ahead - 7)
        past_friday = max(day.weekday() - 4, 0)
        if offset == 0 or not past_friday:
            return day
        return day + timedelta(days=3 - past_friday if offset > 0 else -past_friday)

    def moment(self, offset: int, clock: str, on: str = "") -> datetime:
        """Return a moment in UTC; `clock` is the time on the wall ("14:30")."""
        there = datetime.combine(self.day(offset, on), time.fromisoformat(clock), tzinfo=_HERE)
        return there.astimezone(UTC)

    def told(self, raw: Any) -> Any:
        """Return a value with its days filled in.

        ``{"day": -3}`` becomes a date, with ``"at": "14:30"`` a moment; ``{D-3}`` in a text a date in words.
        """
        if isinstance(raw, Mapping) and "day" in raw:
            if "at" in raw:
                return self.moment(raw["day"], raw["at"], raw.get("on", "")).isoformat()
            return self.day(raw["day"], raw.get("on", "")).isoformat()
        if isinstance(raw, str):
            return _IN_TEXT.sub(self._in_words, raw)
        return [self.told(each) for each in raw] if isinstance(raw, list) else raw

    def _in_words(self, found: re.Match[str]) -> str:
        day = self.day(int(found[1]), found[2] or "")
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
