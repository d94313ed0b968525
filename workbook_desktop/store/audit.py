"""Who did what, when: lines that are only ever added, each bound to the one before by its hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from workbook_desktop.domain.ids import RecordId, WorkerId


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One line. `facts` are ids, counts and codes."""

    seq: int
    at: datetime
    by: WorkerId
    what: str
    record: RecordId | None
    facts: Mapping[str, str | int]
    hash: str


class Audit:
    """The audit trail of this store."""

    def note(
        self,
        what: str,
        *,
        by: WorkerId,
        at: datetime,
        record: RecordId | None = None,
        facts: Mapping[str, str | int] | None = None,
    ) -> None:
        """Add a line, in the transaction under way if there is one (`Store.together`)."""
        raise NotImplementedError

    def lines(self, record: RecordId | None = None, limit: int = 200) -> list[AuditLine]:
        """Return the newest lines, newest first."""
        raise NotImplementedError

    def first_broken(self) -> int | None:
        """Return the number of the first line that does not follow from the one before; None if all do."""
        raise NotImplementedError
