"""What has to leave this laptop: frozen, its unsent work sealed and handed in, then all of it gone.

A job is written before its first row goes, and every step may be cut short and done again. Unsent work is
never part of what goes: it is sealed first, as late ops or for the organisation alone, and stays until the
ICS says that it has it.
A job ends with a receipt, and there is no receipt while a word of what left is still here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbook_desktop.domain.changes import LateWork
from workbook_desktop.domain.digests import digest_of_ids
from workbook_desktop.domain.holdings import LateOp, Leaving, PurgeJob, Receipt
from workbook_desktop.domain.ids import FamilyId, OpId, RecordId
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database
from workbook_desktop.store.leftovers import left_of
from workbook_desktop.store.sealing import Sealing
from workbook_desktop.store.unsent import Unsent

AT_ONCE = 50  # records in one transaction
_MEMBERS = "family = ?1 AND (?2 IS NULL OR id = ?2)"
_JOB = "job, kind, family, record, reason, immediate, deadline, state"

_NOT_HANDED_IN = (
    "(state <> 'new' OR NOT EXISTS"
    " (SELECT 1 FROM late_op WHERE instr(late_op.sealed, CAST(file.hash AS BLOB)) > 0))"
)
_NAMED_BY_NONE = (
    "record IS NULL AND NOT EXISTS (SELECT 1 FROM body JOIN record ON record.num = body.record"
    " WHERE record.family = ?1 AND instr(body.content, CAST(file.hash AS BLOB)) > 0)"
)


class Purges:
    """Jobs, their late ops, and the deleting itself."""

    def __init__(self, database: Database, unsent: Unsent, sealing: Sealing) -> None:
        self._db, self._unsent, self._sealing = database, unsent, sealing

    # Beginning ----------------------------------------------------------------------------------------------

    def begin(self, leavings: Iterable[Leaving]) -> Sequence[RecordId]:
        """Freeze what has to leave, and write down that it has to; return the records that are shown no more.
        Of what is not here nothing is written."""

        def job() -> list[RecordId]:
            changed: dict[RecordId, None] = {}
            for each in leavings:
                if each.kind == "erased":
                    self._db.execute(
                        "INSERT INTO erased (record, family, job) VALUES (?, ?, ?) ON CONFLICT (record)"
                        " DO UPDATE SET family = excluded.family, job = excluded.job",
                        (each.record, each.family, each.job),
                    )
                members = self._members(each.family, each.record)
                if each.record is None:
                    self._db.execute(
                        "UPDATE scope SET listed = 0, state = 'held', page = NULL WHERE family = ?",
                        (each.family,),
                    )
                if members:
                    self._begin(each)
                    changed.update((RecordId(record), None) for _, record in members)
            return list(changed)

        return self._db.run(job)

    def _begin(self, leaving: Leaving) -> None:
        self._db.execute(
            f"INSERT OR IGNORE INTO purge_job (num, {_JOB})"
            " VALUES ((SELECT coalesce(max(num), 0) + 1 FROM purge_job), ?, ?, ?, ?, ?, ?, ?, 'begun')",
            (
                leaving.job,
                leaving.kind,
                leaving.family,
                leaving.record,
                leaving.reason,
                int(leaving.is_immediate),
                codec.text(leaving.deadline),
            ),
        )

    def jobs(self) -> Sequence[PurgeJob]:
        """Return the jobs that are not done, oldest first."""
        rows = self._db.execute(
            f"SELECT {_JOB}, (SELECT count(*) FROM late_op WHERE late_op.job = purge_job.job AND kept = 0)"
            " FROM purge_job ORDER BY num"
        ).fetchall()
        return [
            PurgeJob(
                leaving=_leaving(row),
                state=row[7],
                to_seal=row[7] == "begun" and bool(self._unsealed(row[0], row[2], row[3])),
                to_hand_in=row[8],
            )
            for row in rows
        ]

    def _members(self, family: str, record: str | None) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = self._db.execute(
            f"SELECT num, id FROM record WHERE {_MEMBERS} ORDER BY num", (family, record)
        ).fetchall()
        return found

    # Sealing whole ------------------------------------------------------------------------------------------

    def left_of(self, job: str, made: datetime) -> Sequence[bytes]:
        """Return all unsent work of a job, as it stands, in pieces that go into an envelope each; none if
        there is none, or it is in envelopes already."""
        leaving = self._named(job)
        if leaving is None:
            return []
        (store_id,) = self._db.execute("SELECT value FROM meta WHERE name = 'store_id'").fetchone()
        (worker,) = self._db.execute("SELECT value FROM setting WHERE name = 'worker'").fetchone() or ("{}",)
        return left_of(
            self._db,
            store_id,
            str(codec.decode(worker.encode()).get("id", "")),
            made.isoformat(timespec="seconds"),
            job=job,
            family=leaving.family,
            record=leaving.record,
        )

    def seal_whole(self, job: str, envelopes: Sequence[bytes]) -> None:
        """Keep a job's unsent work as these envelopes alone: nothing of it can be read here any more."""

        def work() -> None:
            leaving = self._named(job)
            if leaving is None:
                return
            here = (leaving.family, leaving.record)
            # First: what was a late op already is unsent work of its record again.
            self._db.execute("DELETE FROM late_op WHERE job = ? AND record <> '' AND kept = 0", (job,))
            for num, _ in self._unsealed(job, *here):
                self._no_longer_sent(num)
                self._db.execute("DELETE FROM proposal WHERE record = ?", (num,))
                self._unsent.unpin(num)
                self._unsent.refresh(num)
                self._unsent.touch(num)
            self._drop_files("state IN ('new', 'refused')", *here)
            for envelope in envelopes:
                name = f"sealed-{hashlib.sha256(envelope).hexdigest()[:40]}"
                self._db.execute(
                    "INSERT OR IGNORE INTO late_op (op, job, record, sealed) VALUES (?, ?, '', ?)",
                    (name, job, envelope),
                )

        self._db.run(work)

    # Handing in ---------------------------------------------------------------------------------------------

    def late_work(self, job: str) -> Sequence[LateWork]:
        """Return the records of a job with work that was never accepted and is not sealed for handing in."""
        leaving = self._named(job)
        if leaving is None:
            return []
        found = []
        for num, record in self._unsealed(job, leaving.family, leaving.record):
            ops = self._sealing.ops_of(num)
            found.append(
                LateWork(
                    record=RecordId(record),
                    ops=tuple(ops),
                    edit=self._sealing.edit_on(num) if self._says_more(num) else None,
                )
            )
        return found

    def _unsealed(self, job: str, family: str, record: str | None) -> list[tuple[int, str]]:
        rows = self._db.execute(
            f"SELECT num, id FROM record WHERE {_MEMBERS} AND pinned = 1 AND NOT EXISTS"
            " (SELECT 1 FROM late_op WHERE late_op.job = ?3 AND late_op.record = record.id) ORDER BY num",
            (family, record, job),
        ).fetchall()
        return [(num, id_) for num, id_ in rows if self._sealing.has_ops(num) or self._says_more(num)]

    def _says_more(self, num: int) -> bool:
        """Say whether the local text stands neither in the base nor in the last op."""
        (local_hash,) = self._unsent.columns(num, "local_hash")
        last = self._db.execute(
            "SELECT local_hash FROM op WHERE record = ? AND status <> 'aside' ORDER BY num DESC LIMIT 1",
            (num,),
        ).fetchone()
        if local_hash is None or (last is not None and last[0] == local_hash):
            return False
        local, base = self._unsent.side(num, "local"), self._unsent.base(num)
        if local is None:
            return False
        return last is not None or base is None or bool(codec.decode(local[1]) != base.content)

    def seal_late(self, job: str, record: RecordId, ops: Sequence[LateOp]) -> None:
        """Keep a record's work as late ops; its own ops are these now, and are not sent any more."""

        def work() -> None:
            num = self._unsent.find(record)
            if num is None:
                return
            for op in ops:
                self._db.execute(
                    "INSERT OR IGNORE INTO late_op (op, job, record, sealed) VALUES (?, ?, ?, ?)",
                    (op.op, job, record, op.bytes_),
                )
            self._no_longer_sent(num)
            self._unsent.refresh(num)
            self._unsent.touch(num)

        self._db.run(work)

    def _no_longer_sent(self, num: int) -> None:
        self._db.execute(
            "UPDATE record SET released_at = NULL, sign_off_hash = NULL, settles = '[]', edited_from ="
            " coalesce(edited_from, (SELECT min(op.edited_from) FROM op WHERE op.record = ?1)),"
            " edited_to = coalesce(edited_to, (SELECT max(op.edited_to) FROM op WHERE op.record = ?1))"
            " WHERE num = ?1",
            (num,),
        )
        self._db.execute("DELETE FROM op WHERE record = ?", (num,))

    def late_ops(self, job: str, limit: int, besides: Collection[OpId] = ()) -> Sequence[LateOp]:
        """Return late ops that the ICS has not kept, oldest first, but those in `besides`."""
        rows = self._db.execute(
            "SELECT op, record, sealed FROM late_op WHERE job = ? AND kept = 0"
            " AND op NOT IN (SELECT value FROM json_each(?)) ORDER BY num LIMIT ?",
            (job, codec.encode(list(besides)).decode(), limit),
        )
        return [
            LateOp(op=OpId(op), record=RecordId(record), bytes_=bytes(sealed), is_sealed=not record)
            for op, record, sealed in rows
        ]

    def late_answered(self, job: str, kept: Sequence[OpId], refused: Sequence[tuple[OpId, str]]) -> None:
        """Note which late ops the ICS has, and why it did not take others: these stay."""

        def work() -> None:
            for op in kept:
                done = self._db.execute(
                    "UPDATE late_op SET kept = 1, problem = NULL WHERE op = ? AND job = ? AND kept = 0",
                    (op, job),
                )
                self._db.execute(
                    "UPDATE purge_job SET handed_in = handed_in + ? WHERE job = ?", (done.rowcount, job)
                )
            for op, problem in refused:
                self._db.execute(
                    "UPDATE late_op SET problem = ? WHERE op = ? AND job = ?", (problem, op, job)
                )
            self._drop_kept(job, of_state="purged")

        self._db.run(work)

    def _drop_kept(self, job: str, *, of_state: str) -> None:
        self._db.execute(
            "DELETE FROM late_op WHERE job = ?1 AND kept = 1"
            " AND EXISTS (SELECT 1 FROM purge_job WHERE job = ?1 AND state = ?2)",
            (job, of_state),
        )

    def kept_sealed(self) -> int:
        """Count the late ops that the ICS has not kept yet: work that waits to be handed in."""
        (count,) = self._db.execute("SELECT count(*) FROM late_op WHERE kept = 0").fetchone()
        return int(count)

    # Deleting -----------------------------------------------------------------------------------------------

    def purge(self, job: str) -> bool:
        """Do the next step of deleting what a job names; say whether that was the last.

        Nothing goes while some of its unsent work is not sealed for handing in.
        """
        leaving = self._named(job)
        if leaving is None or leaving.state == "purged":
            return True
        if leaving.state == "begun":
            self._db.run(lambda: self._count(leaving))
            return False
        members = self._members(leaving.family, leaving.record)
        if members:
            self._db.run(lambda: self._delete(members[:AT_ONCE]))
            return False
        self._db.run(lambda: self._clear_up(leaving))
        # What a contentless index forgets stays in its pages until they are merged.
        self._db.run(self._unsent.words.settle)
        self._unsent.compact(at_once=True)
        self._db.fold()
        self._db.run(lambda: self._finish(job))
        self._db.fold()
        return True

    def _count(self, leaving: _Named) -> None:
        """Write down what the receipt will say, before the first row goes."""
        if self._unsealed(leaving.job, leaving.family, leaving.record):
            raise RuntimeError("unsent work of what leaves is not sealed")
        ids = [record for _, record in self._members(leaving.family, leaving.record)]
        conflicts = self._db.execute(
            "SELECT count(*) FROM conflict WHERE record IN (SELECT value FROM json_each(?))",
            (codec.encode(ids).decode(),),
        ).fetchone()[0]
        self._db.execute(
            "UPDATE purge_job SET state = 'purging', records = ?, conflicts = ?, digest = ? WHERE job = ?",
            (len(ids), conflicts, digest_of_ids(ids), leaving.job),
        )

    def _delete(self, members: Sequence[tuple[int, str]]) -> None:
        for num, record in members:
            for table in ("op", "proposal", "body", "subject", "notice", "derived_from"):
                self._db.execute(f"DELETE FROM {table} WHERE record = ?", (num,))
            for table in ("conflict", "ack_ledger"):
                self._db.execute(f"DELETE FROM {table} WHERE record = ?", (record,))
            self._db.execute("DELETE FROM setting WHERE instr(name, ?) > 0", (record,))
            self._unsent.words.drop(num)
            self._db.execute("DELETE FROM record WHERE num = ?", (num,))
            self._sealing.handed.pop(RecordId(record), None)

    def _clear_up(self, leaving: _Named) -> None:
        """Delete what stands beside the records."""
        family = leaving.family
        if leaving.record is None:
            self._db.execute("DELETE FROM due WHERE family = ?", (family,))
            self._db.execute("DELETE FROM scope WHERE family = ? AND state <> 'arriving'", (family,))
            orphans = self._db.execute(
                "SELECT id, detail FROM conflict WHERE record NOT IN (SELECT id FROM record)"
            ).fetchall()
            for id_, detail in orphans:  # a conflict may come before its record
                if codec.conflict_of(detail).family == family:
                    self._db.execute("DELETE FROM conflict WHERE id = ?", (id_,))
        else:
            self._db.execute("UPDATE due SET stamp = '' WHERE family = ?", (family,))
        # A file that was chosen here and never handed over is work like any other: it stays till it is. But
        # what the erased words named is erased with them; only what is handed in late still goes. One that
        # was fetched goes when no record of the family that is still here names it.
        self._drop_files(
            _NOT_HANDED_IN if leaving.kind == "erased" else "state <> 'new'", family, leaving.record
        )
        if leaving.record is not None:
            self._drop_files(_NAMED_BY_NONE, family, None)

    def _drop_files(self, which: str, family: str, record: str | None) -> None:
        named = f"family = ?1 AND (?2 IS NULL OR record = ?2) AND {which}"
        self._db.execute(
            f"DELETE FROM file_part WHERE (hash, family) IN (SELECT hash, family FROM file WHERE {named})",
            (family, record),
        )
        self._db.execute(f"DELETE FROM file WHERE {named}", (family, record))

    def _finish(self, job: str) -> None:
        self._db.execute("UPDATE purge_job SET state = 'purged' WHERE job = ?", (job,))
        self._drop_kept(job, of_state="purged")

    # Saying so ----------------------------------------------------------------------------------------------

    def receipt(self, job: str) -> Receipt | None:
        """Return what to say of a job; None while anything of it is still here, sealed or not."""
        row = self._db.execute(
            "SELECT kind, family, records, conflicts, handed_in, digest FROM purge_job WHERE job = ?1"
            " AND state = 'purged' AND NOT EXISTS (SELECT 1 FROM late_op WHERE late_op.job = ?1)"
            " AND NOT EXISTS (SELECT 1 FROM file WHERE file.family = purge_job.family"
            " AND (purge_job.record IS NULL OR file.record = purge_job.record))",
            (job,),
        ).fetchone()
        if row is None:
            return None
        kind, family, records, conflicts, handed_in, digest = row
        return Receipt(
            job=job,
            kind=kind,
            family=FamilyId(family),
            records=records,
            conflicts=conflicts,
            handed_in=handed_in,
            digest=digest,
        )

    def receipted(self, job: str) -> None:
        """The ICS has the receipt: the job is done."""
        self._db.run(
            lambda: self._db.execute("DELETE FROM purge_job WHERE job = ? AND state = 'purged'", (job,))
        )

    def _named(self, job: str) -> _Named | None:
        row = self._db.execute(
            "SELECT job, kind, family, record, state FROM purge_job WHERE job = ?", (job,)
        ).fetchone()
        return None if row is None else _Named(*row)


@dataclass(frozen=True, slots=True)
class _Named:
    job: str
    kind: str  # "revoked", "erased", …
    family: str
    record: str | None
    state: str


def _leaving(row: Sequence[Any]) -> Leaving:
    job, kind, family, record, reason, immediate, deadline = row[:7]
    return Leaving(
        job=job,
        kind=kind,
        family=FamilyId(family),
        record=None if record is None else RecordId(record),
        reason=reason,
        is_immediate=bool(immediate),
        deadline=codec.moment(deadline),
    )
