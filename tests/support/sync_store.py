"""A store in memory that keeps the promises of `ports.SyncStore`, and what a worker does beside it.

It passes `tests.support.sync_store_contract`, as the encrypted store does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sync.protocol import OpMessage, decode, hash_of
from workbook_desktop.domain.changes import (
    Acknowledged,
    Clash,
    Conflict,
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
from workbook_desktop.domain.ids import ConflictId, FamilyId, FormId, OpId, RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import Body, FormRef, Head, body_of, content_of
from workbook_desktop.forms.definition import Form

A_FORM = FormRef(id=FormId("visit"), version="1")


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
    edited_from: datetime | None = None
    edited_to: datetime | None = None
    sign_off_hash: str | None = None
    settles: tuple[Settlement, ...] = ()
    clashes: tuple[Clash, ...] = ()


@dataclass(slots=True)
class _Op:
    sealed: SealedOp
    parked: Parked | None = None


@dataclass(slots=True)
class Kept:
    """What would be on the disk."""

    records: dict[RecordId, Held] = field(default_factory=dict)
    ops: list[_Op] = field(default_factory=list)
    conflicts: dict[ConflictId, Conflict] = field(default_factory=dict)
    forms: dict[FormRef, Form] = field(default_factory=dict)
    published: list[bytes] = field(default_factory=list)
    ledger: list[Acknowledged] = field(default_factory=list)
    scopes: tuple[FamilyId, ...] = ()
    workers: tuple[Worker, ...] = ()
    feed: FeedState = field(default_factory=lambda: FeedState(epoch=None, cursor=None))
    runs: list[RunReport] = field(default_factory=list)


class MemorySyncStore:
    """Fits `ports.SyncStore`; `write`, `settle` and `body` are what the workspace does with the real one."""

    def __init__(self, clock: Clock, kept: Kept | None = None) -> None:
        self._clock = clock
        self.kept = kept or Kept()

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
        held = self.kept.records.setdefault(record, Held(family=family))
        if held.local is None:
            held.base = held.head  # an edit begins from what is shown
            held.edited_from = self._clock.now()
        held.local, held.edited_to = body, self._clock.now()
        held.settles = (*held.settles, *settles)
        held.sign_off_hash = hash_of(content_of(body)) if signing else None

    def body(self, record: RecordId) -> Body | None:
        """Return what the worker is shown."""
        held = self.kept.records.get(record)
        if held is None:
            return None
        if held.local is not None:
            return held.local
        return None if held.head is None else body_of(held.head.content)

    def parked(self) -> list[Parked]:
        """Return what was set aside, with its reasons."""
        return [op.parked for op in self.kept.ops if op.parked is not None]

    # What the sync does -------------------------------------------------------------------------------------

    def feed_state(self) -> FeedState:
        return self.kept.feed

    def forget_cursor(self) -> None:
        self.kept.feed = replace(self.kept.feed, cursor=None)

    def note_scopes(self, scopes: Sequence[FamilyId], workers: Sequence[Worker]) -> None:
        self.kept.scopes, self.kept.workers = tuple(scopes), tuple(workers)

    def unsent(self, limit: int) -> Sequence[Unsent]:
        busy = {op.sealed.record for op in self.kept.ops}
        found: list[Unsent] = []
        for record, held in self.kept.records.items():
            wanted = held.local is not None or held.settles or held.sign_off_hash is not None
            if wanted and record not in busy and len(found) < limit:
                found.append(self._unsent(record, held))
        return found

    def _unsent(self, record: RecordId, held: Held) -> Unsent:
        local = held.local
        if local is None:
            local = body_of(held.base.content) if held.base else Body()
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
            edited_from=held.edited_from or self._clock.now(),
            edited_to=held.edited_to or self._clock.now(),
            sign_off_hash=held.sign_off_hash,
            settles=held.settles,
        )

    def sealed(self, limit: int, besides: Collection[OpId] = ()) -> Sequence[SealedOp]:
        return [op.sealed for op in self.kept.ops if op.parked is None and op.sealed.op not in besides][
            :limit
        ]

    def seal(self, ops: Sequence[SealedOp]) -> None:
        self.kept.ops += [_Op(op) for op in ops]

    def held(self, record: RecordId) -> tuple[Head | None, Head | None]:
        held = self.kept.records.get(record)
        return (None, None) if held is None else (held.base, held.head)

    def work_on(self, record: RecordId, op: OpId) -> Unsent | None:
        if not any(each.sealed.op == op and each.sealed.record == record for each in self.kept.ops):
            return None
        return self._unsent(record, self.kept.records[record])

    def acknowledge(self, done: Sequence[Acknowledged]) -> None:
        for each in done:
            op = next((op for op in self.kept.ops if op.sealed.op == each.op), None)
            if op is None:
                continue
            self.kept.ops.remove(op)
            self.kept.ledger.append(each)
            held = self.kept.records[each.record]
            held.base = _newer(held.base, each.head)
            held.head = _newer(held.head, each.head)
            if held.local is not None and content_of(held.local) == each.head.content:
                held.local = None
            carried = {s.conflict for s in decode(op.sealed.bytes_, OpMessage).settles}
            held.settles = tuple(s for s in held.settles if s.conflict not in carried)
            if op.sealed.kind is OpKind.TRANSITION:
                held.sign_off_hash = None
            else:
                held.clashes = ()
            for conflict in each.conflicts:
                self.kept.conflicts[conflict.id] = conflict

    def rebase(self, rebased: Rebased) -> None:
        held = self.kept.records[rebased.record]
        gone = set(rebased.replaces)
        for op in self.kept.ops:  # in order, so what rests on a dropped op is met after it
            if op.sealed.after in gone:
                gone.add(op.sealed.op)
        self.kept.ops = [op for op in self.kept.ops if op.sealed.op not in gone]
        held.base, held.head = rebased.head, _newer(held.head, rebased.head)
        held.local, held.clashes = rebased.local, rebased.clashes
        if rebased.sign_off_dropped:
            held.sign_off_hash = None
        if rebased.next_op is None:
            held.settles = ()
        else:
            self.kept.ops.append(_Op(rebased.next_op))

    def park(self, parked: Parked) -> None:
        gone = {parked.op}
        for op in self.kept.ops:
            if op.sealed.op == parked.op or op.sealed.after in gone:
                gone.add(op.sealed.op)
                op.parked = replace(parked, op=op.sealed.op)

    def apply_page(self, page: FeedPage) -> Sequence[RecordId]:
        changed: dict[RecordId, None] = {}
        for item in page.items:
            if item.head is not None:
                held = self.kept.records.setdefault(item.head.id, Held(family=item.head.family))
                if held.head is not None and held.head.version >= item.head.version:
                    continue
                held.head = item.head
                held.form = item.head.form or held.form
                changed[item.head.id] = None
            elif item.conflict is not None:
                self.kept.conflicts[item.conflict.id] = item.conflict
                changed[item.conflict.record] = None
            elif item.form is not None:
                self.kept.published.append(item.form)
        self.kept.feed = FeedState(epoch=page.epoch, cursor=page.cursor)
        return list(changed)

    def form(self, ref: FormRef) -> Form | None:
        return self.kept.forms.get(ref)

    def note_run(self, report: RunReport) -> None:
        self.kept.runs.append(report)


def _newer(one: Head | None, other: Head) -> Head:
    return other if one is None or other.version > one.version else one
