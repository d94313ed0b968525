"""Work on its way to the ICS: what waits, what is sealed, what is parked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbook_desktop.domain.changes import RunReport
from workbook_desktop.domain.ids import FieldPath, OpId, RecordId
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database


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

    def __init__(self, database: Database) -> None:
        self._db = database

    def standing(self) -> Standing:
        """Return the numbers of the status line."""
        counts = dict(
            self._db.execute(
                "SELECT here, count(*) FROM record WHERE here <> 'in-step' GROUP BY here"
            ).fetchall()
        )
        (oldest,) = self._db.execute(
            "SELECT min(at) FROM (SELECT released_at AS at FROM record WHERE released_at IS NOT NULL"
            " UNION ALL SELECT created_at FROM op WHERE status = 'sealed')"
        ).fetchone()
        (conflicts,) = self._db.execute("SELECT count(*) FROM conflict WHERE state = 'open'").fetchone()
        (complete,) = self._db.execute("SELECT max(ended) FROM sync_run WHERE complete_pull = 1").fetchone()
        return Standing(
            drafts=counts.get("draft", 0),
            waiting=counts.get("waiting", 0),
            oldest_waiting=codec.moment(oldest),
            parked=counts.get("parked", 0),
            conflicts=conflicts,
            last_run=next(iter(self.runs(1)), None),
            last_complete=codec.moment(complete),
        )

    def parked(self) -> list[ParkedOp]:
        """Return parked ops, oldest first."""
        rows = self._db.execute(
            "SELECT op.id, record.id, op.problem, op.problem_path FROM op"
            " JOIN record ON record.num = op.record WHERE op.status = 'parked' ORDER BY op.num"
        )
        return [ParkedOp(op=op, record=record, code=code, path=path) for op, record, code, path in rows]

    def signed_as(self, record: RecordId) -> str | None:
        """Return the content hash that the worker signed, if a parked op of the record carries it."""
        row = self._db.execute(
            "SELECT op.sign_off_hash FROM op JOIN record ON record.num = op.record WHERE record.id = ?"
            " AND op.status = 'parked' AND op.sign_off_hash IS NOT NULL ORDER BY op.num DESC LIMIT 1",
            (record,),
        ).fetchone()
        return None if row is None else str(row[0])

    def taken_since(self, moment: datetime) -> list[tuple[OpId, RecordId, datetime]]:
        """Return what the ICS took from a moment on, newest first: op, record, when."""
        rows = self._db.execute(
            "SELECT op, record, acked_at FROM ack_ledger WHERE acked_at >= ?"
            " ORDER BY acked_at DESC, version DESC, op",
            (codec.text(moment),),
        )
        return [(OpId(op), RecordId(record), datetime.fromisoformat(at)) for op, record, at in rows]

    def sizes(self) -> dict[RecordId, int]:
        """Return how many bytes of each record stand sealed, ready to go."""
        rows = self._db.execute(
            "SELECT record.id, sum(length(op.sealed)) FROM op JOIN record ON record.num = op.record"
            " WHERE op.status = 'sealed' GROUP BY record.id"
        )
        return {RecordId(record): size for record, size in rows}

    def runs(self, limit: int = 20) -> list[RunReport]:
        """Return the last runs, newest first."""
        rows = self._db.execute(
            "SELECT started, ended, outcome, sent, received, combined, conflicts, parked, complete_pull"
            " FROM sync_run ORDER BY num DESC LIMIT ?",
            (limit,),
        )
        return [_run(row) for row in rows]


def _run(row: tuple[Any, ...]) -> RunReport:
    started, ended, outcome, sent, received, combined, conflicts, parked, complete = row
    return RunReport(
        started=datetime.fromisoformat(started),
        ended=datetime.fromisoformat(ended),
        outcome=outcome,
        sent=sent,
        received=received,
        combined=combined,
        conflicts=conflicts,
        parked=parked,
        complete_pull=bool(complete),
    )
