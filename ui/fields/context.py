"""What a field may know besides its question: who could be meant, and what day it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.people import Person, Worker

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldContext:
    """Given to every field of a form."""

    clock: Clock
    people: tuple[Person, ...] = ()  # of the family, children first
    workers: tuple[Worker, ...] = ()
    zone: tzinfo = LONDON
    read_only: bool = False  # shows answers as text
    mark_optional: bool = True  # False for a form that requires nothing: the word would stand everywhere

    def now(self) -> datetime:
        """Return the moment, where the work is done."""
        return self.clock.now().astimezone(self.zone)
