"""What the sync needs of the store. Fits `sync.ports.SyncStore` without knowing it; each verb is one
transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from workbook_desktop.domain.changes import (
    Acknowledged,
    Conflict,
    FeedPage,
    FeedState,
    OpKind,
    Parked,
    Rebased,
    RunReport,
    SealedOp,
)
from workbook_desktop.domain.changes import Unsent as UnsentEdit
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import DiskFull, FormRefused, RecordUnknown, StoreUnwritable
from workbook_desktop.domain.ids import FamilyId, OpId, RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import FormRef, Gist, Head, State, content_hash, content_of
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database
from workbook_desktop.store.forms import Forms
from workbook_desktop.store.unsent import Unsent

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Form

_WORK = (
    "r.num, r.id, r.type, r.family, r.form_id, r.form_version, r.chapter, r.subjects, r.local_hash,"
    " local.content, head.envelope, head.content, base.envelope, base.content,"
    " r.base_version, r.head_version, EXISTS (SELECT 1 FROM body WHERE record = r.num AND side = 'seen')"
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


MANY = 20  # records at once: more will follow


class _Facts(NamedTuple):
    """What goes with an edit beside its words."""

    since: str | None
    until: str | None
    sign_off_hash: str | None
    settles: str


class SyncPort:
    """The store, as the sync sees it. To be called in the store's thread."""

    def __init__(
        self,
        database: Database,
        unsent: Unsent,
        forms: Forms,
        clock: Clock,
        gist_of: Callable[[Head, Form | None], Gist],
    ) -> None:
        self._db, self._unsent, self._forms, self._clock = database, unsent, forms, clock
        self._gist_of = gist_of
        # The local text that `work_on` last handed out: what is typed while the engine thinks must not be
        # lost.
        self._handed: dict[RecordId, str] = {}

    # The feed -----------------------------------------------------------------------------------------------

    def feed_state(self) -> FeedState:
        """Return how far the feed has been read."""
        row = self._db.execute("SELECT epoch, cursor FROM feed_state").fetchone()
        return FeedState(epoch=None, cursor=None) if row is None else FeedState(epoch=row[0], cursor=row[1])

    def forget_cursor(self) -> None:
        """Read the feed from its start next time. Outbox, bases and local edits are untouched."""
        self._db.run(lambda: self._db.execute("UPDATE feed_state SET cursor = NULL"))

    def note_scopes(self, scopes: Sequence[FamilyId], workers: Sequence[Worker]) -> None:
        """Remember which families the ICS lists for this worker, and the workers who may be named."""

        def job() -> None:
            self._db.execute("UPDATE scope SET listed = 0")
            # A family that is held but not listed is marked too: it is shown no more. Nothing is deleted by
            # a list.
            self._db.execute(
                "INSERT OR IGNORE INTO scope (family, listed) SELECT DISTINCT family, 0 FROM record"
            )
            self._db.many(
                "INSERT INTO scope (family, listed) VALUES (?, 1)"
                " ON CONFLICT (family) DO UPDATE SET listed = 1",
                [(family,) for family in scopes],
            )
            self._db.execute("DELETE FROM worker")
            self._db.many(
                "INSERT OR REPLACE INTO worker (id, name, role, agency, chapter, is_manager)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [(one.id, one.name, one.role, one.agency, one.chapter, one.is_manager) for one in workers],
            )

        self._db.run(job)

    def apply_page(self, page: FeedPage) -> Sequence[RecordId]:
        """Take a page and its cursor in one transaction; return the records that changed. A record at or
        below the version held is passed over. Local edits and their base are never touched; only the head
        moves.

        Raises:
            DiskFull: also while the spare space is gone: what is left of the disk is for typing.
        """
        if not self._db.ballast.restore():
            raise DiskFull
        if len(page.items) >= MANY:
            self._db.let_log_grow()

        def job() -> list[RecordId]:
            changed: dict[RecordId, None] = {}
            for item in page.items:
                if item.form is not None:
                    try:
                        self._forms.put(item.form)
                    except FormRefused:
                        continue  # without id and version no record can name it; the page must not stop here
                elif item.conflict is not None:
                    if self._take_conflict(item.conflict):
                        changed[item.conflict.record] = None
                elif item.head is not None and self._take_head(item.head):
                    changed[item.head.id] = None
            self._db.execute(
                "INSERT INTO feed_state (one, epoch, cursor) VALUES (1, ?1, ?2)"
                " ON CONFLICT (one) DO UPDATE SET epoch = ?1, cursor = ?2",
                (page.epoch, page.cursor),
            )
            return list(changed)

        return self._db.run(job)

    def _take_head(self, head: Head) -> bool:
        row = self._db.execute(
            "SELECT num, head_version, local_hash FROM record WHERE id = ?", (head.id,)
        ).fetchone()
        if row is None:
            self._take_new(head)
            return True
        num, held, local_hash = row
        if held is not None and head.version <= held:
            return False
        self._unsent.move_head(num, head)
        if local_hash is None:
            self._show_head(num, head)
        self._unsent.refresh(num)
        return True

    def _take_new(self, head: Head) -> None:
        """Keep a record never seen before: the bulk of a first pull, so in as few statements as may be."""
        gist = self._gist(head)
        occurred_on = gist.occurred_on.isoformat() if gist.occurred_on else None
        changed_at = codec.text(head.changed_at or head.created_at) or ""
        (conflicts,) = self._db.execute(
            "SELECT count(*) FROM conflict WHERE record = ? AND state = 'open'", (head.id,)
        ).fetchone()
        cursor = self._db.execute(
            "INSERT INTO record (id, type, family, form_id, form_version, state, chapter, subjects, title,"
            " occurred_on, sort_on, base_version, head_version, conflicts, changed_at, changed_by)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                head.id, head.type, head.family, head.form.id if head.form else None,
                head.form.version if head.form else None, str(head.state), head.chapter,
                codec.encode(list(head.subjects)).decode(), gist.title, occurred_on,
                occurred_on or changed_at[:10], head.version, head.version, conflicts, changed_at,
                head.changed_by,
            ),
        )  # fmt: skip
        num = cursor.lastrowid
        self._db.execute(
            "INSERT INTO body (record, side, envelope, content) VALUES (?, 'head', ?, ?)",
            (num, codec.envelope_of(head), codec.content_json(head.content)),
        )
        for person in dict.fromkeys(head.subjects):
            self._db.execute("INSERT INTO subject (person, record) VALUES (?, ?)", (person, num))
        self._db.execute(
            "INSERT INTO search (rowid, title, narrative) VALUES (?, ?, ?)",
            (num, gist.title, gist.search_text),
        )

    def _take_conflict(self, conflict: Conflict) -> bool:
        detail = codec.conflict_json(conflict)
        row = self._db.execute("SELECT state, detail FROM conflict WHERE id = ?", (conflict.id,)).fetchone()
        if row is not None and (row[1] == detail or (row[0] != "open" and conflict.state == "open")):
            return False  # a settled conflict never opens again: this page is older than what we know
        self._db.execute(
            "INSERT INTO conflict (id, record, state, detail) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET state = excluded.state, detail = excluded.detail",
            (conflict.id, conflict.record, conflict.state, detail),
        )
        num = self._unsent.find(conflict.record)
        if num is not None:
            self._unsent.refresh(num)
        return True

    def _show_head(self, num: int, head: Head) -> None:
        changed_at = codec.text(head.changed_at or head.created_at) or ""
        self._unsent.index(num, self._gist(head), changed_at)
        self._unsent.set(num, changed_at=changed_at, changed_by=head.changed_by)

    def _gist(self, head: Head) -> Gist:
        try:
            form = self._forms.form(head.form) if head.form is not None else None
            return self._gist_of(head, form)
        except Exception:
            # A title that cannot be worked out must not keep a record, and all behind it, from arriving.
            return codec.plain_gist(head)

    # The outbox ---------------------------------------------------------------------------------------------

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
        crossed, since, until, sign_off, settles, released_at = row[16:]
        self._handed[record] = local_hash
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
        )

    def sealed(self, limit: int, besides: Collection[OpId] = ()) -> Sequence[SealedOp]:
        """Return the ops to send, oldest first, at most `limit`; an op stands after the one it names. Parked
        ones and those in `besides` are left out."""
        rows = self._db.execute(
            "SELECT op.id, record.id, op.kind, op.after, op.sealed, op.content, op.state FROM op"
            " JOIN record ON record.num = op.record WHERE op.status = 'sealed'"
            " AND op.id NOT IN (SELECT value FROM json_each(?)) ORDER BY op.num LIMIT ?",
            (codec.encode(list(besides)).decode(), limit),
        )
        return [
            SealedOp(
                op=op,
                record=record,
                kind=OpKind(kind),
                after=after,
                bytes_=bytes(sealed),
                content=codec.stored(content) if content is not None else None,
                state=State(state) if state is not None else None,
            )
            for op, record, kind, after, sealed, content, state in rows
        ]

    def seal(self, ops: Sequence[SealedOp]) -> None:
        """Keep these ops, in one transaction, before a byte of them is sent. Local bodies stay as they are.

        Work that was held back since `unsent` returned it is not sealed: only what `sealed` returns may be
        sent. A sign-off stays wanted until its transition is among the ops.
        """

        def job() -> None:
            by_record: dict[RecordId, list[SealedOp]] = {}
            for op in ops:
                by_record.setdefault(op.record, []).append(op)
            for record, its_ops in by_record.items():
                row = self._db.execute(
                    "SELECT num, released_at, edited_from, edited_to, sign_off_hash, settles FROM record"
                    " WHERE id = ?",
                    (record,),
                ).fetchone()
                if row is None:
                    raise RecordUnknown(record=record)
                if row[1] is not None:
                    self._seal_edit(row[0], its_ops, _Facts(*row[2:]))

        if len(ops) >= MANY:
            self._db.let_log_grow()
        self._db.run(job)

    def _seal_edit(self, num: int, ops: Sequence[SealedOp], facts: _Facts) -> None:
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
                    codec.content_json(op.content) if op.content is not None else None,
                    str(op.state) if op.state is not None else None, num,
                    facts.since or now, facts.until or now,
                    facts.sign_off_hash if op.kind is OpKind.TRANSITION else None, settles, now,
                ),
            )  # fmt: skip
            if kept.rowcount == 1:
                settles = "[]"  # the first op carries them
        if facts.sign_off_hash is None or any(op.kind is OpKind.TRANSITION for op in ops):
            self._unsent.set(
                num, settles="[]", edited_from=None, edited_to=None, released_at=None, sign_off_hash=None
            )
        else:
            self._unsent.set(num, settles="[]", edited_from=None, edited_to=None)
        self._unsent.refresh(num)
        self._unsent.touch(num)

    def _facts(self, num: int, replaces: Sequence[OpId] = ()) -> _Facts:
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
        return _Facts(since, until, sign_off_hash, settles)

    def held(self, record: RecordId) -> tuple[Head | None, Head | None]:
        """Return the base and the head held of a record; (None, None) if it is not known here."""
        num = self._unsent.find(record)
        return (None, None) if num is None else (self._unsent.base(num), self._unsent.head(num))

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

    def acknowledge(self, done: Sequence[Acknowledged]) -> None:
        """Close these ops in one transaction, move each base to `head`, keep the accepted body in the ledger.

        Local text that was typed after sealing stays, on the new base; a local body that says no more than
        the base is dropped. Idempotent: of an op that is not here only the head is news.
        """

        def job() -> None:
            for each in done:
                self._acknowledge(each)

        self._db.run(job)
        with contextlib.suppress(OSError):  # it only stays longer than it needs to be
            self._unsent.compact(among_many=len(done) >= MANY)

    def _acknowledge(self, done: Acknowledged) -> None:
        if self._acknowledge_plainly(done):
            return
        for conflict in done.conflicts:
            self._take_conflict(conflict)
        num = self._unsent.find(done.record)
        op = self._db.execute(
            "SELECT content, local_hash FROM op WHERE id = ? AND record = ?", (done.op, num)
        ).fetchone()
        if num is None or op is None:
            self._take_head(done.head)
            return
        self._to_ledger(done, op[0])
        self._db.execute("DELETE FROM op WHERE id = ?", (done.op,))
        self._db.execute("DELETE FROM proposal WHERE record = ? AND (op = ? OR op IS NULL)", (num, done.op))
        self._unsent.move_head(num, done.head)
        if done.head.state is State.SIGNED_OFF:
            self._db.execute(
                "UPDATE record SET released_at = NULL, sign_off_hash = NULL"
                " WHERE num = ? AND sign_off_hash IS NOT NULL",
                (num,),
            )
        if self._has_arrived(num, done.head, op[1]):
            self._drop_local(num)
        else:
            (base_version,) = self._unsent.columns(num, "base_version")
            if base_version is None or base_version < done.head.version:
                self._unsent.put_base(num, done.head)
        self._unsent.refresh(num)

    def _acknowledge_plainly(self, done: Acknowledged) -> bool:
        """Close an op as `_acknowledge` does, in a few statements, if nothing but this op was under way.

        That is nearly every op: the record's one edit, nothing typed or released since, the ICS's head newer
        than the one held and saying just what was typed. Then the local text, as it stands, becomes the head.
        """
        head = done.head
        if done.conflicts:
            return False
        row = self._db.execute(
            "SELECT r.num, r.subjects, r.head_version IS NOT NULL"
            " FROM op JOIN record AS r ON r.num = op.record"
            " JOIN body AS local ON local.record = r.num AND local.side = 'local'"
            " WHERE op.id = ? AND r.id = ? AND r.pinned = 1 AND r.released_at IS NULL AND r.settles = '[]'"
            " AND r.local_hash = ? AND op.local_hash = r.local_hash AND op.content = local.content"
            " AND ifnull(r.head_version, 0) < ?"
            " AND NOT EXISTS (SELECT 1 FROM op AS other WHERE other.record = r.num AND other.num <> op.num)"
            " AND NOT EXISTS (SELECT 1 FROM body AS crossed WHERE crossed.record = r.num"
            " AND crossed.side IN ('seen', 'stood')) AND r.sign_off_hash IS NULL",
            (done.op, done.record, head.hash, head.version),
        ).fetchone()
        if row is None:
            return False
        num, subjects, had_head = row
        if had_head:
            self._unsent.keep_in_ledger(num)
            self._db.execute("DELETE FROM body WHERE record = ? AND side <> 'local'", (num,))
        self._enter(done, None)
        self._db.execute("DELETE FROM op WHERE id = ?", (done.op,))
        self._db.execute("DELETE FROM proposal WHERE record = ?", (num,))
        self._db.execute(
            "UPDATE body SET side = 'head', envelope = ? WHERE record = ? AND side = 'local'",
            (codec.envelope_of(head), num),
        )
        self._db.execute(
            "UPDATE record SET pinned = 0, local_hash = NULL, edited_from = NULL, edited_to = NULL,"
            " edited_by = NULL, base_version = ?1, head_version = ?1, family = ?2, form_id = ?3,"
            " form_version = ?4, state = ?5, chapter = ?6, changed_at = ?7, changed_by = ?8,"
            " here = 'in-step', problem = NULL, signing = 0 WHERE num = ?9",
            (
                head.version, head.family, head.form.id if head.form else None,
                head.form.version if head.form else None, str(head.state), head.chapter,
                codec.text(head.changed_at or head.created_at) or "", head.changed_by, num,
            ),
        )  # fmt: skip
        if subjects != codec.encode(list(head.subjects)).decode():
            self._unsent.put_subjects(num, head.subjects)
        return True

    def _has_arrived(self, num: int, accepted: Head, sealed_from: str | None) -> bool:
        """Say whether nothing of a record's local work is left to send."""
        local_hash, released_at, sign_off_hash, settles = self._unsent.columns(
            num, "local_hash", "released_at", "sign_off_hash", "settles"
        )
        if self._db.execute(
            "SELECT 1 FROM op WHERE record = ? AND status <> 'aside'", (num,)
        ).fetchone() is not None or (released_at is not None and (sign_off_hash or settles != "[]")):
            return False
        if released_at is None and local_hash == sealed_from:
            return True
        local = self._unsent.side(num, "local")
        return local is None or bool(codec.decode(local[1]) == accepted.content)

    def _drop_local(self, num: int) -> None:
        """Show a record as the ICS has it."""
        local, head = self._unsent.side(num, "local"), self._unsent.head(num)
        assert head is not None
        self._unsent.unpin(num)
        self._db.execute("DELETE FROM op WHERE record = ?", (num,))  # those set aside
        if local is not None and codec.decode(local[1]) == head.content:
            changed_at = codec.text(head.changed_at or head.created_at) or ""
            self._unsent.set(num, changed_at=changed_at, changed_by=head.changed_by)
            return
        self._show_head(num, head)

    def _to_ledger(self, done: Acknowledged, content: bytes | None) -> None:
        same = content is None or codec.digest(content) == done.head.hash
        self._enter(done, codec.content_json(done.head.content) if same else content)

    def _enter(self, done: Acknowledged, content: bytes | None) -> None:
        """Write a line of the ledger. Without content the head says the same; when it moves on, the line
        gets what it said (`Unsent.move_head`)."""
        self._db.execute(
            "INSERT OR IGNORE INTO ack_ledger (op, record, version, hash, acked_at, content)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                done.op,
                done.record,
                done.head.version,
                done.head.hash,
                codec.text(self._clock.now()),
                content,
            ),
        )

    def rebase(self, rebased: Rebased) -> None:
        """Drop the replaced ops, take the new head as base, keep the merged local body, keep the clashes
        that are on their way as proposals, and seal `next_op`: all in one transaction.

        If something was typed, or the work was held back, after it was handed out, nothing is done: the
        merge did not see it. The op is still there, the ICS will call it stale again, and the next merge
        sees all.
        """

        def job() -> None:
            num = self._unsent.number(rebased.record)
            if not self._is_as_handed(num, rebased):
                return
            gone = self._with_dependants(num, rebased.replaces)
            facts = self._facts(num, gone)
            if rebased.next_op is None:
                facts = facts._replace(settles="[]")  # the head says already what was chosen
            dropped = self._sign_off_is_off(facts, rebased)
            if dropped:
                facts = facts._replace(sign_off_hash=None)
            for op in gone:
                self._db.execute("DELETE FROM op WHERE id = ? AND record = ?", (op, num))
            self._unsent.move_head(num, rebased.head)
            self._unsent.pin(num)
            self._unsent.put_base(num, rebased.head)
            self._unsent.put_crossing(num, None)  # the merge has seen it
            self._keep_merged(num, rebased, facts)
            self._notice(num, "combined", rebased.combined)
            if dropped:
                self._notice(num, "sign-off-dropped", (), always=True)
            self._unsent.refresh(num)
            self._unsent.touch(num)

        self._db.run(job)

    def _with_dependants(self, num: int, ops: Sequence[OpId]) -> list[OpId]:
        """Return these ops and all that rest on them."""
        found = list(ops)
        for op, after in self._db.execute("SELECT id, after FROM op WHERE record = ? ORDER BY num", (num,)):
            if after in found and op not in found:
                found.append(op)
        return found

    def _is_as_handed(self, num: int, rebased: Rebased) -> bool:
        local_hash, released_at = self._unsent.columns(num, "local_hash", "released_at")
        if not rebased.replaces and released_at is None:
            return False
        seen = self._handed.get(rebased.record)
        return bool(seen is None or seen == local_hash)

    def _sign_off_is_off(self, facts: _Facts, rebased: Rebased) -> bool:
        """Say whether a signature was asked for and no longer fits what stands there."""
        if rebased.sign_off_dropped:
            return True
        if facts.sign_off_hash is None or rebased.local is None:
            return False
        return content_hash(content_of(rebased.local)) != facts.sign_off_hash

    def _keep_merged(self, num: int, rebased: Rebased, facts: _Facts) -> None:
        """Keep what the merge made of the local text, and what is still to be done with it."""
        if rebased.local is not None:
            content = codec.encode_sorted(content_of(rebased.local))
        else:  # no words left to send, but perhaps a signature or a settlement
            content = codec.encode_sorted(rebased.head.content)
        self._handed[rebased.record] = self._unsent.put_local(num, content)
        self._db.execute("DELETE FROM proposal WHERE record = ?", (num,))
        for clash in rebased.clashes:
            self._db.execute(
                "INSERT OR REPLACE INTO proposal (record, path, clash, op) VALUES (?, ?, ?, ?)",
                (num, clash.path, codec.clash_json(clash), rebased.next_op.op if rebased.next_op else None),
            )
        head = replace(rebased.head, content=codec.decode(content))
        self._unsent.index(num, self._gist(head), facts.until or codec.text(self._clock.now()) or "")
        (released_at,) = self._unsent.columns(num, "released_at")
        if facts.sign_off_hash is not None or facts.settles != "[]":
            released_at = released_at or codec.text(self._clock.now())
        self._unsent.set(
            num,
            released_at=released_at,
            sign_off_hash=facts.sign_off_hash,
            settles=facts.settles,
            edited_from=facts.since,
            edited_to=facts.until,
        )
        if rebased.next_op is not None:
            self._seal_edit(num, [rebased.next_op], facts)
        elif rebased.local is None and facts.sign_off_hash is None and facts.settles == "[]":
            self._drop_local(num)
        elif rebased.sign_off_dropped:
            self._unsent.set(num, released_at=None)  # to be read again first

    def _notice(self, num: int, kind: str, paths: Sequence[str], *, always: bool = False) -> None:
        if paths or always:
            self._db.execute(
                "INSERT INTO notice (record, kind, paths, at) VALUES (?, ?, ?, ?)",
                (num, kind, codec.encode(list(paths)).decode(), codec.text(self._clock.now())),
            )

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

    # The rest -----------------------------------------------------------------------------------------------

    def form(self, ref: FormRef) -> Form | None:
        """Return a form that is on this device and can be used; without it, work still merges and goes."""
        try:
            return self._forms.form(ref)
        except FormRefused:
            return None

    def note_run(self, report: RunReport) -> None:
        """Keep one line about a run, and put away what it left."""
        self._db.run(
            lambda: self._db.execute(
                "INSERT INTO sync_run (started, ended, outcome, sent, received, combined, conflicts, parked,"
                " complete_pull) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    codec.text(report.started),
                    codec.text(report.ended),
                    report.outcome,
                    report.sent,
                    report.received,
                    report.combined,
                    report.conflicts,
                    report.parked,
                    report.complete_pull,
                ),
            )
        )
        with contextlib.suppress(OSError):  # both only take longer to read when the store is opened next
            self._unsent.compact()
        with contextlib.suppress(DiskFull, StoreUnwritable):
            self._db.fold_some()
