"""Time comes in by the door: `app.py` hands out a Clock and nobody else asks the system."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""

    def today(self) -> date:
        """Return the date where the work is done (Europe/London)."""

    def monotonic(self) -> float:
        """Return seconds that never go back, for waits and durations only."""
