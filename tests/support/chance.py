"""Time and ids for the sync's tests: they move when they are told to."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

MOMENT = datetime(2026, 11, 22, 14, 32, tzinfo=UTC)


class StillClock:
    """Stands still until it is moved."""

    def __init__(self, moment: datetime = MOMENT) -> None:
        self.moment, self.seconds = moment, 1000.0

    def now(self) -> datetime:
        return self.moment

    def today(self) -> date:
        return self.moment.date()

    def monotonic(self) -> float:
        return self.seconds

    def forward(self, seconds: float) -> None:
        """Move on."""
        self.moment += timedelta(seconds=seconds)
        self.seconds += seconds


class CountingIds:
    """Ids that count, each source from its own beginning."""

    def __init__(self, stem: str = "0199bbbb") -> None:
        self._stem, self._numbers = stem, itertools.count(1)

    def __call__(self) -> str:
        return f"{self._stem}-0000-7000-8000-{next(self._numbers):012d}"
