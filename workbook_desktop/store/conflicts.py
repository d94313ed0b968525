"""Questions two edits left: open conflicts of the ICS, proposals on their way there, and notices of a
merge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workbook_desktop.domain.changes import Clash, Conflict
from workbook_desktop.domain.ids import ConflictId, FieldPath, RecordId
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database


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

    def __init__(self, database: Database) -> None:
        self._db = database

    def open(self, record: RecordId | None = None) -> list[Conflict]:
        """Return the open conflicts of a record, or all of them."""
        rows = self._db.execute(
            "SELECT detail FROM conflict WHERE state = 'open' AND (?1 IS NULL OR record = ?1)"
            " ORDER BY record, id",
            (record,),
        )
        return [codec.conflict_of(detail) for (detail,) in rows]

    def undecided(self) -> int:
        """Count open conflicts of records that are here for which no settlement stands. Cheap: reads no
        detail."""
        found: dict[str, list[str]] = {}
        for id_, record in self._db.execute(
            "SELECT conflict.id, conflict.record FROM conflict JOIN record ON record.id = conflict.record"
            " WHERE conflict.state = 'open'"
        ):
            found.setdefault(record, []).append(id_)
        return sum(
            each not in settling
            for record, ids in found.items()
            for settling in [self.settling(RecordId(record))]
            for each in ids
        )

    def get(self, conflict: ConflictId) -> Conflict | None:
        """Return one, open or not."""
        row = self._db.execute("SELECT detail FROM conflict WHERE id = ?", (conflict,)).fetchone()
        return None if row is None else codec.conflict_of(row[0])

    def settling(self, record: RecordId) -> frozenset[ConflictId]:
        """Return those whose settlement is released or sealed, but not yet acknowledged."""
        rows = self._db.execute(
            "SELECT settles FROM record WHERE id = ?1 UNION ALL"
            " SELECT op.settles FROM op JOIN record ON record.num = op.record"
            " WHERE record.id = ?1 AND op.status <> 'aside'",
            (record,),
        )
        return frozenset(each.conflict for (settles,) in rows for each in codec.settlements_of(settles))

    def proposals(self, record: RecordId) -> list[Clash]:
        """Return clashes that are on their way to the ICS as proposals."""
        rows = self._db.execute(
            "SELECT clash FROM proposal JOIN record ON record.num = proposal.record WHERE record.id = ?"
            " ORDER BY proposal.path, proposal.rowid",
            (record,),
        )
        return [codec.clash_of(clash) for (clash,) in rows]

    def notices(self, record: RecordId | None = None) -> list[Notice]:
        """Return notices not yet dismissed, oldest first."""
        rows = self._db.execute(
            "SELECT notice.num, record.id, notice.kind, notice.paths, notice.at FROM notice"
            " JOIN record ON record.num = notice.record WHERE ?1 IS NULL OR record.id = ?1"
            " ORDER BY notice.num",
            (record,),
        )
        return [
            Notice(
                id=num,
                record=found,
                kind=kind,
                paths=tuple(codec.decode(paths)),
                at=datetime.fromisoformat(at),
            )
            for num, found, kind, paths, at in rows
        ]

    def to_sign_again(self) -> tuple[RecordId, ...]:
        """Return the records whose signature was dropped on the way and that are not signed since."""
        rows = self._db.execute(
            "SELECT DISTINCT record.id FROM notice JOIN record ON record.num = notice.record"
            " WHERE notice.kind = 'sign-off-dropped' AND record.signing = 0"
            " AND record.state NOT IN ('signed_off', 'superseded') ORDER BY record.changed_at DESC"
        )
        return tuple(RecordId(record) for (record,) in rows)

    def dismiss(self, notice: int) -> None:
        """Forget a notice."""
        self._db.run(lambda: self._db.execute("DELETE FROM notice WHERE num = ?", (notice,)))
