"""Edits as they are handed out for sending, and the sealed ops that carry them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from workbook_desktop.domain.changes import OpKind, Parked, SealedOp
from workbook_desktop.domain.changes import Unsent as UnsentEdit
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import RecordUnknown
from workbook_desktop.domain.ids import OpId, RecordId
from workbook_desktop.domain.records import FormRef, State
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database
from workbook_desktop.store.feed import MANY
from workbook_desktop.store.unsent import Unsent, envelope_in

_WORK = (
    "r.num, r.id, r.type, r.family, r.form_id, r.form_version, r.chapter, r.subjects, r.local_hash,"
    f" local.content, {envelope_in('head')}, head.content, base.envelope, base.content,"
    " r.base_version, r.head_version, EXISTS (SELECT 1 FROM body WHERE record = r.num AND side = 'seen'),"
    " r.amends, EXISTS (SELECT 1 FROM op AS other WHERE other.record = r.num AND other.status = 'aside')"
)
_SIDES = (
    " JOIN body AS local ON local.record = r.num AND local.side = 'local'"
    " LEFT JOIN body AS head ON head.record = r.num AND head.side = 'head'"
    " LEFT JOIN body AS base ON base.record = r.num AND base.side = 'base'"
)
_SEALED = (
    "id", "record", "kind", "after", "status", "sealed", "content", "state", "local_hash",
    "edited_from", "edited_to", "sign_off_hash", "settles", "created_at",
)  # fmt: skip
# What the record says once an op is accepted: its own copy, or, where that is empty, the local text still.
WORDS_OF_OP = (
    "iif(op.content = x'', (SELECT content FROM body WHERE body.record = op.record AND body.side = 'local'),"
    " op.content)"
)
BROUGHT_A_CLASH = "EXISTS (SELECT 1 FROM proposal WHERE proposal.record = op.record AND proposal.op = op.id)"


class Facts(NamedTuple):
    """What goes with an edit beside its words."""

    since: str | None
    until: str | None
    sign_off_hash: str | None
    settles: str


class Sealing:
    """The rows of `op`, and what goes with an edit on its way."""

    def __init__(self, database: Database, unsent: Unsent, clock: Clock) -> None:
        self._db, self._unsent, self._clock = database, unsent, clock
        # The local text that `unsent` or `work_on` last handed out: what is typed while the engine thinks
        # must not be lost.
        self.handed: dict[RecordId, str] = {}

    def unsent(self, limit: int) -> Sequence[UnsentEdit]:
        """Return released work that stands in no sealed op and whose record has no op under way or parked,
        oldest first, at most `limit`."""
        rows = self._db.execute(
            f"SELECT {_WORK}, r.edited_from, r.edited_to, r.sign_off_hash, r.settles, r.released_at"
            f" FROM record AS r{_SIDES} WHERE r.released_at IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM op WHERE op.record = r.num AND op.status <> 'aside')"
            " ORDER BY r.released_at, r.num LIMIT ?",
            (limit,),
        ).fetchall()
        return [self._edit(row) for row in rows]

    def _edit(self, row: tuple[Any, ...]) -> UnsentEdit:
        num, record, type_, family, form_id, form_version, chapter, subjects, local_hash, local = row[:10]
        head_envelope, head_content, base_envelope, base_content, base_version, head_version = row[10:16]
        crossed, amends, aside, since, until, sign_off, settles, released_at = row[16:]
        self.handed[record] = local_hash
        head = None if head_envelope is None else codec.head_of(head_envelope, head_content)
        base = None if base_envelope is None else codec.head_of(base_envelope, base_content)
        if base is None and base_version == head_version:
            base = head
        return UnsentEdit(
            record=record,
            type=type_,
            family=family,
            form=FormRef(id=form_id, version=form_version),
            chapter=chapter,
            subjects=tuple(codec.decode(subjects)),
            base=base,
            head=head,
            content=codec.stored(local),
            # A signature that waits for its turn is no edit: it dates from when it was given.
            edited_from=datetime.fromisoformat(since or released_at),
            edited_to=datetime.fromisoformat(until or released_at),
            sign_off_hash=sign_off,
            settles=codec.settlements_of(settles) if settles != "[]" else (),
            crossed=self._unsent.crossing(num) if crossed else None,
            amends=amends,
            aside=tuple(self._ops(num, "status = 'aside'")) if aside else (),
        )

    def sealed(self, limit: int, besides: Collection[OpId] = ()) -> Sequence[SealedOp]:
        """Return the ops to send, oldest first, at most `limit`; an op stands after the one it names. Parked
        ones and those in `besides` are left out."""
        rows = self._db.execute(
            f"SELECT op.id, record.id, op.kind, op.after, op.sealed, {WORDS_OF_OP}, op.state FROM op"
            " JOIN record ON record.num = op.record WHERE op.status = 'sealed'"
            " AND op.id NOT IN (SELECT value FROM json_each(?)) ORDER BY op.num LIMIT ?",
            (codec.encode(list(besides)).decode(), limit),
        )
        return [_sealed_op(row) for row in rows]

    def seal(self, ops: Sequence[SealedOp]) -> bool:
        """Keep these ops, in one transaction, before a byte of them is sent. Local bodies stay as they are.

        Work that was held back since `unsent` returned it is not sealed: only what `sealed` returns may be
        sent. A sign-off stays wanted until its transition is among the ops.

        Returns whether each of them was sealed plainly: then `sealed` returns the same and need not be asked.
        """

        def job() -> bool:
            by_record: dict[RecordId, list[SealedOp]] = {}
            for op in ops:
                by_record.setdefault(op.record, []).append(op)
            done = self._seal_plainly(
                {record: each[0] for record, each in by_record.items() if len(each) == 1}
            )
            for record, its_ops in by_record.items():
                if record in done:
                    continue
                row = self._db.execute(
                    "SELECT num, released_at, edited_from, edited_to, sign_off_hash, settles FROM record"
                    " WHERE id = ?",
                    (record,),
                ).fetchone()
                if row is None:
                    raise RecordUnknown(record=record)
                if row[1] is not None:
                    self.seal_edit(row[0], its_ops, Facts(*row[2:]))
            return len(done) == len(ops)

        if len(ops) >= MANY:
            self._db.let_log_grow()
        return self._db.run(job)

    def _seal_plainly(self, ops: Mapping[RecordId, SealedOp]) -> set[RecordId]:
        """Seal edits as `seal_edit` does, in a few statements for all of them, where nothing but words is to
        go and no other op is under way: nearly every edit. Returns which were sealed."""
        rows = self._db.execute(
            "SELECT r.id, r.num, r.edited_from, r.edited_to, r.local_hash FROM json_each(?) AS asked"
            " JOIN record AS r ON r.id = asked.value"
            " WHERE r.released_at IS NOT NULL AND r.sign_off_hash IS NULL AND r.settles = '[]'"
            " AND r.here = 'waiting' AND r.problem IS NULL AND r.signing = 0"
            " AND NOT EXISTS (SELECT 1 FROM op WHERE op.record = r.num)",
            (codec.encode([op.record for op in ops.values() if op.kind is not OpKind.TRANSITION]).decode(),),
        ).fetchall()
        now = codec.text(self._clock.now()) or ""
        self._db.many(
            f"INSERT INTO op ({', '.join(_SEALED)}) VALUES ({', '.join('?' * len(_SEALED))})",
            [
                (
                    ops[record].op, num, str(ops[record].kind), ops[record].after, "sealed",
                    ops[record].bytes_, _words(ops[record], local_hash),
                    str(ops[record].state) if ops[record].state is not None else None, local_hash,
                    since or now, until or now, None, "[]", now,
                )
                for record, num, since, until, local_hash in rows
            ],
        )  # fmt: skip
        self._db.many(
            "UPDATE record SET edited_from = NULL, edited_to = NULL, released_at = NULL WHERE num = ?",
            [(num,) for _, num, *_ in rows],
        )
        for _, num, *_ in rows:
            self._unsent.touch(num)
        return {record for record, *_ in rows}

    def seal_edit(self, num: int, ops: Sequence[SealedOp], facts: Facts) -> None:
        """Keep ops as what becomes of a record's edit; whatever is typed next is another edit."""
        now = codec.text(self._clock.now()) or ""
        settles = facts.settles
        for op in ops:
            kept = self._db.execute(
                f"INSERT OR IGNORE INTO op ({', '.join(_SEALED)})"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT local_hash FROM record WHERE num = ?),"
                " ?, ?, ?, ?, ?)",
                (
                    op.op, num, str(op.kind), op.after, "sealed", op.bytes_,
                    _content_json(op),
                    str(op.state) if op.state is not None else None, num,
                    facts.since or now, facts.until or now,
                    facts.sign_off_hash if op.kind is OpKind.TRANSITION else None, settles, now,
                ),
            )  # fmt: skip
            if kept.rowcount == 1:
                settles = "[]"  # the first op carries them
        # What one that was refused brought goes with these.
        self._db.execute("UPDATE proposal SET op = ? WHERE record = ?", (ops[-1].op, num))
        if facts.sign_off_hash is None or any(op.kind is OpKind.TRANSITION for op in ops):
            self._unsent.set(
                num, settles="[]", edited_from=None, edited_to=None, released_at=None, sign_off_hash=None
            )
        else:
            self._unsent.set(num, settles="[]", edited_from=None, edited_to=None)
        self._unsent.refresh(num)
        self._unsent.touch(num)

    def facts(self, num: int, replaces: Sequence[OpId] = ()) -> Facts:
        """Return since when and until when a record's edit was made, and what of signing and settling goes
        with it; those of the ops it takes the place of with it."""
        since, until, sign_off_hash, settles = self._unsent.columns(
            num, "edited_from", "edited_to", "sign_off_hash", "settles"
        )
        for op in replaces:
            row = self._db.execute(
                "SELECT edited_from, edited_to, sign_off_hash, settles FROM op WHERE id = ?", (op,)
            ).fetchone()
            if row is not None:
                since = min(since or row[0], row[0])
                until = max(until or row[1], row[1])
                sign_off_hash = sign_off_hash or row[2]
                settles = settles if settles != "[]" else row[3]
        return Facts(since, until, sign_off_hash, settles)

    def with_dependants(self, num: int, ops: Sequence[OpId]) -> list[OpId]:
        """Return these ops of a record and all that rest on them."""
        found = list(ops)
        for op, after in self._db.execute("SELECT id, after FROM op WHERE record = ? ORDER BY num", (num,)):
            if after in found and op not in found:
                found.append(op)
        return found

    def work_on(self, record: RecordId, op: OpId) -> UnsentEdit | None:
        """Return the edit an op was sealed from as it is now: the op's base, and the local body with
        whatever was typed since. None if the op is not here."""
        row = self._db.execute(
            f"SELECT {_WORK}, op.edited_from, coalesce(r.edited_to, op.edited_to),"
            " coalesce(op.sign_off_hash, r.sign_off_hash), op.settles, op.created_at"
            f" FROM op JOIN record AS r ON r.num = op.record{_SIDES}"
            " WHERE op.id = ? AND r.id = ? AND op.status <> 'aside'",
            (op, record),
        ).fetchone()
        return None if row is None else self._edit(row)

    def park(self, parked: Parked) -> None:
        """Set the op aside with its reason, and all ops that rest on it. Nothing is lost; other records go
        on."""

        def job() -> None:
            num = self._unsent.find(parked.record)
            if num is None:
                return
            waiting = [parked.op]
            while waiting:
                op = waiting.pop()
                self._db.execute(
                    "UPDATE op SET status = 'parked', problem = ?, problem_path = ?"
                    " WHERE id = ? AND record = ? AND status = 'sealed'",
                    ((parked.code, parked.path) if op == parked.op else ("predecessor-missing", None))
                    + (op, num),
                )
                waiting += [
                    row[0]
                    for row in self._db.execute(
                        "SELECT id FROM op WHERE record = ? AND after = ? AND status = 'sealed'", (num, op)
                    )
                ]
            self._unsent.refresh(num)
            self._unsent.touch(num)

        self._db.run(job)

    def edit_on(self, num: int) -> UnsentEdit | None:
        """Return the local edit of a record, released or not; None if there is no local text."""
        row = self._db.execute(
            f"SELECT {_WORK}, r.edited_from, r.edited_to, r.sign_off_hash, r.settles,"
            " coalesce(r.released_at, r.edited_to, r.edited_from, nullif(r.changed_at, ''), ?2)"
            f" FROM record AS r{_SIDES} WHERE r.num = ?1",
            (num, codec.text(self._clock.now())),
        ).fetchone()
        return None if row is None else self._edit(row)

    def has_ops(self, num: int) -> bool:
        """Say whether ops of a record are here that the ICS has not taken, as `ops_of` returns them."""
        row = self._db.execute(
            f"SELECT 1 FROM op WHERE record = ? AND (status <> 'aside' OR {BROUGHT_A_CLASH})", (num,)
        ).fetchone()
        return row is not None

    def ops_of(self, num: int) -> list[SealedOp]:
        """Return the ops of a record that the ICS has not taken, oldest first, parked ones too, and of those
        set aside the ones that brought a clash: its words stand nowhere else."""
        return self._ops(num, f"(status <> 'aside' OR {BROUGHT_A_CLASH})")

    def _ops(self, num: int, which: str) -> list[SealedOp]:
        rows = self._db.execute(
            f"SELECT op.id, record.id, op.kind, op.after, op.sealed, {WORDS_OF_OP}, op.state FROM op"
            f" JOIN record ON record.num = op.record WHERE op.record = ? AND {which} ORDER BY op.num",
            (num,),
        )
        return [_sealed_op(row) for row in rows]


def _words(op: SealedOp, local_hash: str) -> bytes | None:
    """Return what an op's row says it makes of the record: nothing where that is the local text itself."""
    content = _content_json(op)
    return b"" if content is not None and codec.digest(content) == local_hash else content


def _content_json(op: SealedOp) -> bytes | None:
    return codec.content_json(op.content) if op.content is not None else None


def _sealed_op(row: tuple[Any, ...]) -> SealedOp:
    op, record, kind, after, sealed, content, state = row
    return SealedOp(
        op=op,
        record=record,
        kind=OpKind(kind),
        after=after,
        bytes_=bytes(sealed),
        content=codec.stored(content) if content is not None else None,
        state=State(state) if state is not None else None,
    )
