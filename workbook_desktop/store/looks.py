"""What a worker has seen of each chapter on this laptop, for "since you last looked"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from workbook_desktop.domain.ids import FamilyId, RecordId, WorkerId
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """When a worker last looked at each chapter of a family, and the records whose line was seen then as they
    are now. By number of arrival, not by time: what comes late is new, however old it is."""

    chapters: dict[str, datetime]
    seen: frozenset[RecordId]


class Looks:
    """Reads and keeps looks. They go with the records they are of."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, family: FamilyId, worker: WorkerId) -> Looked:
        """Return what a worker has seen of a family."""
        chapters = self._db.execute(
            "SELECT l.chapter, l.at FROM chapter_look l JOIN record r ON r.num = l.family"
            " WHERE r.type = 'family' AND r.family = ? AND l.worker = ?",
            (family, worker),
        )
        seen = self._db.execute(
            "SELECT r.id FROM record r JOIN seen s ON s.record = r.num AND s.worker = ?2"
            " WHERE r.family = ?1 AND r.type = 'form' AND s.version >= coalesce(r.head_version, 0)",
            (family, worker),
        )
        return Looked(
            chapters={chapter: datetime.fromisoformat(at) for chapter, at in chapters},
            seen=frozenset(RecordId(row[0]) for row in seen),
        )

    def look(
        self, family: FamilyId, chapter: str, records: Sequence[RecordId], worker: WorkerId, at: datetime
    ) -> None:
        """Note that a worker has a chapter before them, with the lines of these records. Raises DiskFull."""

        def job() -> None:
            self._db.execute(
                "INSERT INTO chapter_look (family, worker, chapter, at)"
                " SELECT num, ?2, ?3, ?4 FROM record WHERE type = 'family' AND family = ?1"
                " ON CONFLICT (family, worker, chapter) DO UPDATE SET at = excluded.at",
                (family, worker, chapter, codec.text(at)),
            )
            self._db.execute(
                "INSERT INTO seen (record, worker, version)"
                " SELECT num, ?2, coalesce(head_version, 0) FROM record"
                " WHERE id IN (SELECT value FROM json_each(?1))"
                " ON CONFLICT (record, worker) DO UPDATE SET version = excluded.version"
                " WHERE excluded.version > seen.version",
                (codec.encode(list(records)).decode(), worker),
            )

        self._db.run(job)
