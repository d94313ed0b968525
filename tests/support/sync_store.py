"""A store in memory that keeps the promises of `ports.SyncStore`, and what a worker does beside it.

It passes `tests.support.sync_store_contract`, as the encrypted store does, and follows that store step by
step (`workbook_desktop.store.drafts` and `.feed`), so that what a simulation finds here is found there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from sync.protocol import hash_of
from workbook_desktop.domain.changes import (
    Acknowledged,
    Amended,
    Clash,
    Conflict,
    Crossing,
    FeedPage,
    FeedState,
    OpKind,
    Parked,
    Rebased,
    RunReport,
    SealedOp,
    Settlement,
    Unsent,
)
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import AlreadySignedOff
from workbook_desktop.domain.ids import ConflictId, FamilyId, FormId, OpId, RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import Body, FormRef, Head, State, body_of, content_of
from workbook_desktop.forms.definition import Form

T = TypeVar("T")

A_FORM = FormRef(id=FormId("visit"), version="1")
_CLOSED = (State.SIGNED_OFF, State.SUPERSEDED)


@dataclass(slots=True, kw_only=True)
class Held:
    """All this store has of one record."""

    family: FamilyId
    type: str = "form"
    form: FormRef = A_FORM
    chapter: str = ""
    base: Head | None = None
    head: Head | None = None
    local: Body | None = None
    pinned: bool = False
    crossed: Crossing | None = None
    edited_from: datetime | None = None
    edited_to: datetime | None = None
    released: datetime | None = None
    sign_off_hash: str | None = None
    settles: tuple[Settlement, ...] = ()
    amends: RecordId | None = None
    clashes: tuple[Clash, ...] = ()  # on their way as proposals
    clashes_in: OpId | None = None  # the op that brings them

    @property
    def is_closed(self) -> bool:
        """Say whether the ICS has it signed off."""
        return self.head is not None and self.head.state in _CLOSED


@dataclass(slots=True)
class Waiting:
    """An op in the outbox, with what goes with it beside its words."""

    sealed: SealedOp
    said: str  # the hash of the local text it was sealed from
    edited_from: datetime
    edited_to: datetime
    settles: tuple[Settlement, ...] = ()
    sign_off_hash: str | None = None
    parked: Parked | None = None
    is_aside: bool = False  # it was refused, and its text goes again in another op


@dataclass(slots=True)
class Kept:
    """What would be on the disk."""

    records: dict[RecordId, Held] = field(default_factory=dict)
    ops: list[Waiting] = field(default_factory=list)
    conflicts: dict[ConflictId, Conflict] = field(default_factory=dict)
    forms: dict[FormRef, Form] = field(default_factory=dict)
    published: list[bytes] = field(default_factory=list)
    ledger: list[Acknowledged] = field(default_factory=list)
    scopes: tuple[FamilyId, ...] = ()
    workers: tuple[Worker, ...] = ()
    feed: FeedState = field(default_factory=lambda: FeedState(epoch=None, cursor=None))
    runs: list[RunReport] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Facts:
    edited_from: datetime
    edited_to: datetime
    sign_off_hash: str | None
    settles: tuple[Settlement, ...]


class NothingLeaves:
    """What has to leave a store that talks with an ICS without ``revocation``: nothing ever."""

    def jobs(self) -> tuple[()]:
        return ()


class MemorySyncStore:
    """Fits `ports.SyncStore`; `keep`, `release` and what follows are what the workspace does with the real
    one."""

    def __init__(self, clock: Clock, kept: Kept | None = None) -> None:
        self._clock = clock
        self.kept = kept or Kept()
        self.purges = NothingLeaves()

    # What a worker does -------------------------------------------------------------------------------------

    def write(
        self,
        record: RecordId,
        body: Body,
        *,
        family: FamilyId,
        signing: bool = False,
        settles: Sequence[Settlement] = (),
    ) -> None:
        """Finish a record: what it says now is released for sending."""
        held = self.kept.records.get(record)
        before = () if held is None else held.settles
        self.keep(record, body, family=family)
        signed = hash_of(content_of(body)) if signing else None
        self.release(record, sign_off_hash=signed, settles=(*before, *settles))

    def keep(
        self, record: RecordId, body: Body, *, family: FamilyId, crossed: Crossing | None = None
    ) -> None:
        """Keep what was typed. Raises AlreadySignedOff."""
        held = self.kept.records.setdefault(record, Held(family=family))
        if held.is_closed and not held.pinned:
            raise AlreadySignedOff(record=record)
        self._pin(held)
        if crossed is not None:
            held.crossed = crossed
        if held.released is not None and held.local != body:
            self._withdraw(held)
        now = self._clock.now()
        held.local, held.edited_from, held.edited_to = body, held.edited_from or now, now

    def release(
        self, record: RecordId, *, sign_off_hash: str | None = None, settles: Sequence[Settlement] = ()
    ) -> None:
        """Let the next run send it. Raises AlreadySignedOff."""
        held = self.kept.records[record]
        if held.is_closed:
            raise AlreadySignedOff(record=record)
        self._pin(held)
        if held.local is None:
            assert held.head is not None
            held.local = body_of(held.head.content)
        parked = [op for op in self._ops(record) if op.parked is not None and not op.is_aside]
        every = {each.conflict: each for op in parked for each in op.settles}
        every.update((each.conflict, each) for each in settles)
        for op in parked:
            op.is_aside = True
        if sign_off_hash is None and not every and self._has_nothing_to_send(record, held):
            self._unpin(held)
            return
        now = self._clock.now()
        held.edited_from, held.edited_to = held.edited_from or now, held.edited_to or now
        held.released, held.sign_off_hash, held.settles = now, sign_off_hash, tuple(every.values())

    def hold_back(self, record: RecordId) -> bool:
        """Undo `release`; False if it cannot be held back any more."""
        held = self.kept.records[record]
        if held.released is None:
            return False
        self._withdraw(held)
        if self._has_nothing_to_send(record, held):
            self._unpin(held)
        return True

    def discard(self, record: RecordId) -> bool:
        """Throw away local text that stands in no op; False if an op rests on it."""
        held = self.kept.records[record]
        if any(not op.is_aside or self._brought_a_clash(held, op) for op in self._ops(record)):
            return False
        if held.head is None:
            self.kept.ops = [op for op in self.kept.ops if op.sealed.record != record]
            del self.kept.records[record]
        else:
            self._unpin(held)
        return True

    def body(self, record: RecordId) -> Body | None:
        """Return what the worker is shown."""
        held = self.kept.records.get(record)
        if held is None:
            return None
        if held.local is not None:
            return held.local
        return None if held.head is None else body_of(held.head.content)

    def crossing(self, record: RecordId) -> Crossing | None:
        """Return what typing crossed with and no run has merged yet."""
        held = self.kept.records.get(record)
        return None if held is None else held.crossed

    def parked(self) -> list[Parked]:
        """Return what was set aside, with its reasons."""
        return [op.parked for op in self.kept.ops if op.parked is not None and not op.is_aside]

    def _ops(self, record: RecordId) -> list[Waiting]:
        return [op for op in self.kept.ops if op.sealed.record == record]

    @staticmethod
    def _brought_a_clash(held: Held, op: Waiting) -> bool:
        return bool(held.clashes) and held.clashes_in == op.sealed.op

    @staticmethod
    def _pin(held: Held) -> None:
        if not held.pinned:
            held.pinned, held.base = True, held.head

    def _unpin(self, held: Held) -> None:
        held.pinned, held.base, held.local, held.crossed = False, held.head, None, None
        held.edited_from = held.edited_to = held.released = held.sign_off_hash = None
        held.settles = ()

    @staticmethod
    def _withdraw(held: Held) -> None:
        held.released, held.sign_off_hash, held.settles = None, None, ()

    def _has_nothing_to_send(self, record: RecordId, held: Held) -> bool:
        return (
            not any(not op.is_aside or self._brought_a_clash(held, op) for op in self._ops(record))
            and held.local is not None
            and held.base is not None
            and held.base == held.head
            and content_of(held.local) == held.base.content
        )

    # What the sync does -------------------------------------------------------------------------------------

    def feed_state(self) -> FeedState:
        return self.kept.feed

    def forget_cursor(self) -> None:
        self.kept.feed = replace(self.kept.feed, cursor=None)

    def note_scopes(self, scopes: Sequence[FamilyId], workers: Sequence[Worker]) -> None:
        self.kept.scopes, self.kept.workers = tuple(scopes), tuple(workers)

    def unsent(self, limit: int) -> Sequence[Unsent]:
        busy = {op.sealed.record for op in self.kept.ops if not op.is_aside}
        found = sorted(
            (held.released, number, record)
            for number, (record, held) in enumerate(self.kept.records.items())
            if held.released is not None and record not in busy
        )
        return [self._unsent(record, self.kept.records[record]) for _, _, record in found[:limit]]

    def _unsent(self, record: RecordId, held: Held, op: Waiting | None = None) -> Unsent:
        local = held.local
        if local is None:
            local = body_of(held.base.content) if held.base else Body()
        now = self._clock.now()
        return Unsent(
            record=record,
            type=held.type,
            family=held.family,
            form=held.form,
            chapter=held.chapter,
            subjects=(),
            base=held.base,
            head=held.head,
            content=content_of(local),
            edited_from=op.edited_from if op else held.edited_from or held.released or now,
            edited_to=held.edited_to or (op.edited_to if op else held.released or now),
            sign_off_hash=(op.sign_off_hash if op else None) or held.sign_off_hash,
            settles=op.settles if op else held.settles,
            crossed=held.crossed,
            amends=held.amends,
            aside=tuple(each.sealed for each in self._ops(record) if each.is_aside),
        )

    def sealed(self, limit: int, besides: Collection[OpId] = ()) -> Sequence[SealedOp]:
        return [op.sealed for op in self.kept.ops if op.parked is None and op.sealed.op not in besides][
            :limit
        ]

    def seal(self, ops: Sequence[SealedOp]) -> bool:
        by_record: dict[RecordId, list[SealedOp]] = {}
        for op in ops:
            by_record.setdefault(op.record, []).append(op)
        for record, its_ops in by_record.items():
            held = self.kept.records[record]
            if held.released is not None:
                self._seal(held, its_ops, self._facts(held))
        return False  # `sealed` says what may go

    def _facts(self, held: Held, replaces: Sequence[Waiting] = ()) -> _Facts:
        now = self._clock.now()
        since, until = held.edited_from, held.edited_to
        signed, settles = held.sign_off_hash, held.settles
        for op in replaces:
            since = min(since or op.edited_from, op.edited_from)
            until = max(until or op.edited_to, op.edited_to)
            signed, settles = signed or op.sign_off_hash, settles or op.settles
        return _Facts(edited_from=since or now, edited_to=until or now, sign_off_hash=signed, settles=settles)

    def _seal(self, held: Held, ops: Sequence[SealedOp], facts: _Facts) -> None:
        settles = facts.settles
        for op in ops:
            signs = op.kind is OpKind.TRANSITION
            self.kept.ops.append(
                Waiting(
                    op,
                    said="" if held.local is None else hash_of(content_of(held.local)),
                    edited_from=facts.edited_from,
                    edited_to=facts.edited_to,
                    settles=settles,
                    sign_off_hash=facts.sign_off_hash if signs else None,
                )
            )
            settles = ()
        held.clashes_in = ops[-1].op
        held.settles, held.edited_from, held.edited_to = (), None, None
        if facts.sign_off_hash is None or any(op.kind is OpKind.TRANSITION for op in ops):
            held.released = held.sign_off_hash = None

    def held(self, record: RecordId) -> tuple[Head | None, Head | None]:
        held = self.kept.records.get(record)
        return (None, None) if held is None else (held.base, held.head)

    def work_on(self, record: RecordId, op: OpId) -> Unsent | None:
        found = [each for each in self._ops(record) if each.sealed.op == op and not each.is_aside]
        return self._unsent(record, self.kept.records[record], found[0]) if found else None

    def acknowledge(self, done: Sequence[Acknowledged]) -> None:
        for each in done:
            self._acknowledge(each)

    def _acknowledge(self, done: Acknowledged) -> None:
        for conflict in done.conflicts:
            self._take_conflict(conflict)
        op = next((op for op in self.kept.ops if op.sealed.op == done.op), None)
        if op is None:
            self._take_head(done.head)
            return
        self.kept.ledger.append(done)
        self.kept.ops = [each for each in self.kept.ops if each is not op]
        held = self.kept.records[done.record]
        if held.clashes_in in (done.op, None):
            held.clashes, held.clashes_in = (), None
        held.head = _newer(held.head, done.head)
        if done.head.state is State.SIGNED_OFF and held.sign_off_hash is not None:
            held.released = held.sign_off_hash = None
        if self._has_arrived(held, done, op):
            self._drop_local(done.record, held)
        elif held.base is None or held.base.version < done.head.version:
            held.base = done.head

    def _has_arrived(self, held: Held, done: Acknowledged, op: Waiting) -> bool:
        if any(not each.is_aside for each in self._ops(done.record)):
            return False
        if held.released is not None and (held.sign_off_hash or held.settles):
            return False
        local = None if held.local is None else content_of(held.local)
        if held.released is None and local is not None and hash_of(local) == op.said:
            return True
        return local is None or local == done.head.content

    def _drop_local(self, record: RecordId, held: Held) -> None:
        self._unpin(held)
        held.clashes, held.clashes_in = (), None
        self.kept.ops = [op for op in self.kept.ops if op.sealed.record != record]

    def rebase(self, rebased: Rebased) -> None:
        held = self.kept.records[rebased.record]
        if not rebased.replaces and held.released is None:
            return  # held back since it was handed out
        gone = set(rebased.replaces)
        for op in self._ops(rebased.record):  # in order, so what rests on a dropped op is met after it
            if op.sealed.after in gone:
                gone.add(op.sealed.op)
        replaced = [op for op in self.kept.ops if op.sealed.op in gone]
        facts = self._facts(held, replaced)
        if rebased.next_op is None:
            facts.settles = ()
        says = None if rebased.local is None else hash_of(content_of(rebased.local))
        if rebased.sign_off_dropped or (says is not None and facts.sign_off_hash not in (None, says)):
            facts.sign_off_hash = None
        self.kept.ops = [
            op
            for op in self.kept.ops
            if op.sealed.op not in gone and not (op.is_aside and op.sealed.record == rebased.record)
        ]
        held.head, held.base, held.pinned = _newer(held.head, rebased.head), rebased.head, True
        held.crossed = None
        held.local = rebased.local if rebased.local is not None else body_of(rebased.head.content)
        held.clashes = rebased.clashes
        held.clashes_in = rebased.next_op.op if rebased.next_op else None
        if facts.sign_off_hash is not None or facts.settles:
            held.released = held.released or self._clock.now()
        held.sign_off_hash, held.settles = facts.sign_off_hash, facts.settles
        held.edited_from, held.edited_to = facts.edited_from, facts.edited_to
        if rebased.next_op is not None:
            self._seal(held, [rebased.next_op], facts)
        elif rebased.local is None and facts.sign_off_hash is None and not facts.settles:
            self._drop_local(rebased.record, held)
        elif rebased.sign_off_dropped:
            held.released = None  # to be read again first

    def amend(self, amended: Amended) -> bool:
        held = self.kept.records[amended.record]
        gone = set(amended.replaces)
        for op in self._ops(amended.record):
            if op.sealed.after in gone:
                gone.add(op.sealed.op)
        facts = self._facts(held, [op for op in self.kept.ops if op.sealed.op in gone])
        facts.sign_off_hash, facts.settles = None, ()
        self.kept.ops = [op for op in self.kept.ops if op.sealed.op not in gone]
        held.head, held.crossed, held.clashes, held.clashes_in = (
            _newer(held.head, amended.head),
            None,
            (),
            None,
        )
        held.released, held.sign_off_hash, held.settles = None, None, ()
        held.edited_from = held.edited_to = None
        self._drop_local(amended.record, held)
        addition = amended.addition
        if addition is not None and amended.ops:
            beside = self.kept.records[addition.id] = Held(
                family=addition.family,
                type=addition.type,
                form=addition.form or A_FORM,
                chapter=addition.chapter,
                local=body_of(addition.content),
                pinned=True,
                amends=amended.record,
                clashes=amended.clashes,
            )
            self._seal(beside, amended.ops, facts)
        return True

    def at_once(self, job: Callable[[MemorySyncStore], T]) -> T:
        return job(self)

    def park(self, parked: Parked) -> None:
        gone = {parked.op}
        for op in self._ops(parked.record):
            if op.parked is None and (op.sealed.op == parked.op or op.sealed.after in gone):
                gone.add(op.sealed.op)
                own = op.sealed.op == parked.op
                op.parked = (
                    parked if own else replace(parked, op=op.sealed.op, code="predecessor-missing", path=None)
                )

    def apply_page(self, page: FeedPage) -> Sequence[RecordId]:
        changed: dict[RecordId, None] = {}
        for item in page.items:
            if item.head is not None:
                if self._take_head(item.head):
                    changed[item.head.id] = None
            elif item.conflict is not None:
                if self._take_conflict(item.conflict):
                    changed[item.conflict.record] = None
            elif item.form is not None:
                self.kept.published.append(item.form)
        self.kept.feed = FeedState(epoch=page.epoch, cursor=page.cursor)
        return list(changed)

    def _take_head(self, head: Head) -> bool:
        held = self.kept.records.setdefault(head.id, Held(family=head.family, type=head.type))
        if held.head is not None and held.head.version >= head.version:
            return False
        held.head, held.family, held.chapter = head, head.family, head.chapter
        held.form = head.form or held.form
        if not held.pinned:
            held.base = head
        return True

    def _take_conflict(self, conflict: Conflict) -> bool:
        before = self.kept.conflicts.get(conflict.id)
        if before == conflict or (before is not None and before.state != "open" and conflict.state == "open"):
            return False  # a settled conflict never opens again: this is older than what is known
        self.kept.conflicts[conflict.id] = conflict
        return True

    def form(self, ref: FormRef) -> Form | None:
        return self.kept.forms.get(ref)

    def note_run(self, report: RunReport) -> None:
        self.kept.runs.append(report)


def _newer(one: Head | None, other: Head) -> Head:
    return other if one is None or other.version > one.version else one
