"""Questions two edits left: open conflicts of the ICS, proposals on their way there, and notices of a merge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workbook_desktop.domain.changes import Clash, Conflict
from workbook_desktop.domain.ids import ConflictId, FieldPath, RecordId


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a run did to a record that its worker should look at."""

    id: int
    record: RecordId
    kind: str  # "combined": both sides' changes stand together; "sign-off-dropped": read again, then sign
    paths: tuple[FieldPath, ...]
    at: datetime


class Conflicts:
    """Conflicts are made at the ICS and arrive by the feed or with an acknowledgement; here they are read."""

    def open(self, record: RecordId | None = None) -> list[Conflict]:
        """Return the open conflicts of a record, or all of them."""
        raise NotImplementedError

    def get(self, conflict: ConflictId) -> Conflict | None:
        """Return one, open or not."""
        raise NotImplementedError

    def settling(self, record: RecordId) -> frozenset[ConflictId]:
        """Return those whose settlement is released or sealed, but not yet acknowledged."""
        raise NotImplementedError

    def proposals(self, record: RecordId) -> list[Clash]:
        """Return clashes that are on their way to the ICS as proposals."""
        raise NotImplementedError

    def notices(self, record: RecordId | None = None) -> list[Notice]:
        """Return notices not yet dismissed, oldest first."""
        raise NotImplementedError

    def dismiss(self, notice: int) -> None:
        """Forget a notice."""
        raise NotImplementedError
