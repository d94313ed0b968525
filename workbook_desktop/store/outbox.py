"""Work on its way to the ICS: what waits, what is sealed, what is parked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workbook_desktop.domain.changes import RunReport
from workbook_desktop.domain.ids import FieldPath, OpId, RecordId


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Four honest numbers and the last runs, for the status line."""

    drafts: int  # typed, not released
    waiting: int  # released or sealed
    oldest_waiting: datetime | None
    parked: int
    conflicts: int  # open ones
    last_run: RunReport | None
    last_complete: datetime | None  # when the feed was last read to its end


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedOp:
    """An op the ICS refused, and why."""

    op: OpId
    record: RecordId
    code: str
    path: FieldPath | None


class Outbox:
    """What the sending screen shows."""

    def standing(self) -> Standing:
        """Return the numbers of the status line."""
        raise NotImplementedError

    def parked(self) -> list[ParkedOp]:
        """Return parked ops, oldest first."""
        raise NotImplementedError

    def runs(self, limit: int = 20) -> list[RunReport]:
        """Return the last runs, newest first."""
        raise NotImplementedError
