"""What a field may know besides its question: who could be meant, and what day it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.people import Person, Worker

LONDON = ZoneInfo("Europe/London")


class Files(Protocol):
    """Where files are kept that are too large to stand in an answer."""

    def put(self, data: bytes, then: Callable[[str], None], failed: Callable[[Exception], None]) -> None:
        """Keep a file; `then` gets its hash once it is on the disk."""

    def get(
        self,
        hash_: str,
        size: int,
        then: Callable[[bytes | None], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Fetch a file's bytes for `then`; None if they are not here: then the next run brings them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldContext:
    """Given to every field of a form."""

    clock: Clock
    people: tuple[Person, ...] = ()  # of the family, children first
    workers: tuple[Worker, ...] = ()
    zone: tzinfo = LONDON
    read_only: bool = False  # shows answers as text
    files: Files | None = None  # None: only what fits into an answer is taken
    mark_optional: bool = True  # False for a form that requires nothing: the word would stand everywhere

    def now(self) -> datetime:
        """Return the moment, where the work is done."""
        return self.clock.now().astimezone(self.zone)
