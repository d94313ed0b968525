"""After the ICS was restored from a backup: what it has lost is offered to it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from workbook_desktop.domain.changes import Clash, Conflict, Crossing, Rebased, SealedOp
from workbook_desktop.domain.changes import Unsent as UnsentEdit
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.holdings import Erasure, Holding, Remembered
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.records import Body, Head, State, body_of
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database
from workbook_desktop.store.feed import Feed
from workbook_desktop.store.rebasing import Rebasing
from workbook_desktop.store.sealing import Sealing
from workbook_desktop.store.unsent import Unsent


class _Draft(NamedTuple):
    content: bytes
    seen: Body  # what it was typed on
    edited_from: str | None
    edited_to: str | None
    edited_by: str | None


Decide = Callable[[UnsentEdit, Sequence[SealedOp], Sequence[Clash]], "Rebased | Sequence[SealedOp]"]


class BeginningAgain:
    """Turns what this laptop holds of a record into work to be sent."""

    def __init__(
        self,
        database: Database,
        unsent: Unsent,
        feed: Feed,
        sealing: Sealing,
        rebasing: Rebasing,
        clock: Clock,
    ) -> None:
        self._db, self._unsent, self._feed, self._clock = database, unsent, feed, clock
        self._sealing, self._rebasing = sealing, rebasing

    # What the ICS gets back as it was -----------------------------------------------------------------------

    def earlier(self, records: Sequence[RecordId]) -> Sequence[Holding]:
        """Return the versions of these records that were taken from here and are remembered whole."""
        rows = self._db.execute(
            "SELECT l.record, l.version, l.hash FROM ack_ledger AS l"
            " JOIN json_each(?) AS wanted ON wanted.value = l.record JOIN record AS r ON r.id = l.record"
            " WHERE l.envelope IS NOT NULL AND l.version IS NOT r.head_version ORDER BY l.record, l.version",
            (codec.encode(list(records)).decode(),),
        )
        return [Holding(record=record, version=version, hash=hash_) for record, version, hash_ in rows]

    def remembered(self, wanted: Sequence[Holding]) -> Sequence[Remembered]:
        """Return what is remembered of these versions, as the ICS said it; the rest is left out."""
        found: list[Remembered] = []
        for each in wanted:
            num = self._unsent.find(each.record)
            head = None if num is None else self._said(num, each)
            if head is None or head.hash != each.hash or head.mark is None:
                continue
            conflicts = self._db.execute(
                "SELECT detail FROM conflict WHERE record = ? ORDER BY id", (each.record,)
            )
            known = tuple(codec.conflict_of(detail) for (detail,) in conflicts)
            found.append(Remembered(head=head, conflicts=known))
        return found

    def _said(self, num: int, wanted: Holding) -> Head | None:
        for head in (self._unsent.head(num), self._unsent.base(num)):
            if head is not None and head.version == wanted.version:
                return head
        row = self._db.execute(
            "SELECT envelope, content FROM ack_ledger WHERE record = ? AND version = ?"
            " AND envelope IS NOT NULL AND content IS NOT NULL",
            (wanted.record, wanted.version),
        ).fetchone()
        return None if row is None else codec.head_of(row[0], row[1])

    def forget_taken(self, before: datetime) -> None:
        """Forget the words of what was taken from here before a moment, by the ICS's clock and by this one's:
        one that was wrong then must not forget too soon. That it was taken stays known."""
        moment = codec.text(before)
        old = (
            "acked_at < ?1 AND envelope IS NOT NULL"
            " AND ifnull(json_extract(CAST(envelope AS TEXT), '$.changed_at'), acked_at) < ?1"
        )
        if self._db.execute(f"SELECT 1 FROM ack_ledger WHERE {old} LIMIT 1", (moment,)).fetchone() is None:
            return
        self._db.run(
            lambda: self._db.execute(
                f"UPDATE ack_ledger SET content = NULL, envelope = NULL WHERE {old}", (moment,)
            )
        )

    def erased(self) -> Sequence[Erasure]:
        """Return what the ICS said was erased."""
        rows = self._db.execute("SELECT record, family, job FROM erased WHERE job <> '' ORDER BY record")
        return [Erasure(record=record, family=family, job=job) for record, family, job in rows]

    # What it cannot take back -------------------------------------------------------------------------------

    def begin_again(self, record: RecordId, head: Head | None, base: Head | None, decide: Decide) -> bool:
        """Take what the ICS has of a record now, whatever its version, and offer it what is here besides; say
        whether anything is offered. All in one transaction.

        What is offered is the local text, or else what the ICS had before. It rests on `base`, and without
        one on nothing, so that every difference becomes a question.
        """

        def job() -> bool:
            num = self._unsent.find(record)
            if num is None:
                return False
            held, type_ = self._unsent.head(num), self._unsent.columns(num, "type")[0]
            if held is None:
                return False
            if type_ != "form":  # the office's own: as it is there, or as it is here until it is there
                if head is not None:
                    self._unsent.move_head(num, head, anyway=True)
                    self._feed.show_head(num, head)
                return False
            clashes = self._lost_conflicts(record, head)
            ops = self._sealing.ops_of(num)
            draft = self._set_aside(num, ops)
            self._offer(num, record, held, head, base)
            edit = self._sealing.edit_on(num)
            assert edit is not None
            decided = decide(edit, ops, clashes)
            if isinstance(decided, Rebased):
                self._rebasing.rebase(decided)
            else:
                self._db.execute("DELETE FROM op WHERE record = ?", (num,))
                self._sealing.seal(decided)
            if draft is not None:
                self._take_up(num, draft)
            self._unsent.touch(num)
            return self._sealing.has_ops(num)

        return self._db.run(job)

    def _set_aside(self, num: int, ops: Sequence[SealedOp]) -> _Draft | None:
        """Take away text that the worker has not released: it is nobody's yet, and is not offered."""
        local = self._unsent.side(num, "local")
        base = self._unsent.base(num)
        released_at, *facts = self._unsent.columns(
            num, "released_at", "edited_from", "edited_to", "edited_by"
        )
        if local is None or base is None or released_at is not None or ops:
            return None
        crossing = self._unsent.crossing(num)
        seen = body_of(base.content) if crossing is None else crossing.seen
        self._unsent.unpin(num)
        return _Draft(local[1], seen, *facts)

    def _take_up(self, num: int, draft: _Draft) -> None:
        """Give the worker the text back, as if it had been typed while what was offered arrived."""
        stands = self._unsent.side(num, "local") or self._unsent.side(num, "head")
        assert stands is not None
        self._unsent.pin(num)
        self._unsent.put_local(num, draft.content)
        stood = body_of(codec.decode(stands[1]))
        crossing = Crossing(seen=draft.seen, stood=stood) if stood != draft.seen else None
        self._unsent.put_crossing(num, crossing)
        self._unsent.set(
            num,
            released_at=None,
            sign_off_hash=None,
            edited_from=draft.edited_from,
            edited_to=draft.edited_to,
            edited_by=draft.edited_by,
        )
        self._unsent.refresh(num)

    def _offer(self, num: int, record: RecordId, held: Head, head: Head | None, base: Head | None) -> None:
        local = self._unsent.side(num, "local")
        since, until, sign_off, by = self._unsent.columns(
            num, "edited_from", "edited_to", "sign_off_hash", "edited_by"
        )
        if local is None:
            self._unsent.put_local(num, codec.content_json(held.content))
            if held.state is State.SIGNED_OFF and self._was_sent_from_here(record, held):
                sign_off = held.hash
        elif self._unsent.crossing(num) is None:
            # What colleagues wrote while this edit was under way may stand nowhere else by now.
            before = self._unsent.base(num)
            if before is not None and before.hash != held.hash:
                crossing = Crossing(seen=body_of(before.content), stood=body_of(held.content))
                self._unsent.put_crossing(num, crossing)
        if head is None:
            self._db.execute("DELETE FROM body WHERE record = ? AND side IN ('head', 'base')", (num,))
            self._unsent.set(num, head_version=None, base_version=None, state=str(State.DRAFT))
        else:
            self._unsent.drop_side(num, "base")
            self._unsent.move_head(num, head, anyway=True)
            self._unsent.drop_side(num, "base")  # what was the head until now is no base any more
            if base is None:
                self._unsent.set(num, base_version=None)
            else:
                self._unsent.put_base(num, base)
        self._db.execute("UPDATE op SET status = 'aside' WHERE record = ? AND status = 'parked'", (num,))
        now = codec.text(self._clock.now())
        self._unsent.set(
            num,
            pinned=1,
            edited_from=since or codec.text(held.changed_at) or now,
            edited_to=until or codec.text(held.changed_at) or now,
            edited_by=by or held.changed_by,
            released_at=now,
            sign_off_hash=sign_off,
        )

    def _was_sent_from_here(self, record: RecordId, held: Head) -> bool:
        found = self._db.execute(
            "SELECT 1 FROM ack_ledger WHERE record = ? AND version = ?", (record, held.version)
        ).fetchone()
        return found is not None

    def _lost_conflicts(self, record: RecordId, head: Head | None) -> list[Clash]:
        """Forget the open conflicts that the ICS has no more, and return what they said; forget too what was
        settled and is open there again."""
        there = set(head.open_conflicts) if head is not None else set()
        self._db.execute(
            "DELETE FROM conflict WHERE record = ? AND state <> 'open'"
            " AND id IN (SELECT value FROM json_each(?))",
            (record, codec.encode(sorted(there)).decode()),
        )
        rows = self._db.execute(
            "SELECT detail FROM conflict WHERE record = ? AND state = 'open' ORDER BY id", (record,)
        ).fetchall()
        lost: list[Conflict] = [
            each for (detail,) in rows if (each := codec.conflict_of(detail)).id not in there
        ]
        for each in lost:
            self._db.execute("DELETE FROM conflict WHERE id = ?", (each.id,))
        return [
            Clash(
                path=each.path,
                kind=each.kind,
                base=each.base,
                mine=each.mine,
                theirs=each.theirs,
                severe=each.severe,
            )
            for each in lost
        ]

    def begin_epoch(self, epoch: str) -> None:
        """Read the feed of a restored ICS from its start, into the same tables."""

        def job() -> None:
            self._db.execute(
                "INSERT INTO feed_state (one, epoch, cursor) VALUES (1, ?1, NULL)"
                " ON CONFLICT (one) DO UPDATE SET epoch = ?1, cursor = NULL",
                (epoch,),
            )
            # What was arriving comes with the feed from its start, if it is this worker's still.
            self._db.execute("UPDATE scope SET page = NULL, state = 'held'")
            self._db.execute("UPDATE late_op SET kept = 0")
            # What was handed over may be lost too: asked about, a file that is there is not sent again.
            self._db.execute("UPDATE file SET state = 'new' WHERE state = 'sent'")

        self._db.run(job)
