"""Who did what, when: lines that are only ever added, each bound to the one before by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from workbook_desktop.domain.ids import RecordId, WorkerId
from workbook_desktop.domain.records import canonical_json
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database


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

    def __init__(self, database: Database, store_id: str) -> None:
        self._db, self._store_id = database, store_id

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
        moment = codec.text(at)

        def job() -> None:
            row = self._db.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
            seq, before = (row[0] + 1, row[1]) if row else (1, self._store_id)
            line = (seq, moment, by, what, record, canonical_json(facts or {}).decode())
            self._db.execute(
                "INSERT INTO audit (seq, at, by, what, record, facts, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*line, _hash(before, line)),
            )

        self._db.run(job)

    def lines(self, record: RecordId | None = None, limit: int = 200) -> list[AuditLine]:
        """Return the newest lines, newest first."""
        rows = self._db.execute(
            "SELECT seq, at, by, what, record, facts, hash FROM audit WHERE ?1 IS NULL OR record = ?1"
            " ORDER BY seq DESC LIMIT ?2",
            (record, limit),
        )
        return [
            AuditLine(
                seq=seq,
                at=datetime.fromisoformat(at),
                by=by,
                what=what,
                record=found,
                facts=codec.decode(facts),
                hash=hash_,
            )
            for seq, at, by, what, found, facts, hash_ in rows
        ]

    def first_broken(self) -> int | None:
        """Return the number of the first line that does not follow from the one before; None if all do."""
        before, expected = self._store_id, 1
        for *line, hash_ in self._db.execute(
            "SELECT seq, at, by, what, record, facts, hash FROM audit ORDER BY seq"
        ):
            if line[0] != expected or hash_ != _hash(before, tuple(line)):
                return expected
            before, expected = hash_, expected + 1
        return None


def _hash(before: str, line: tuple[object, ...]) -> str:
    return hashlib.sha256(canonical_json([before, *line])).hexdigest()
