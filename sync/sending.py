"""Work leaves: sealed, handed in, and what the ICS said of each op taken in. Decided here, as in `engine`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sync.ports import Ics, PushMalformed, SyncStore, TooMuchAtOnce
from sync.protocol import (
    Capabilities,
    OpResult,
    RecordMessage,
    conflict_of,
    head_of,
    made_of,
    with_extra,
)
from sync.sealing import Expected, Sealer, expected, is_behind
from sync.steps import (
    IcsCall,
    Step,
    StoreCall,
    Tally,
    Together,
    same_epoch,
)
from workbook_desktop.domain.changes import (
    Acknowledged,
    Amended,
    Parked,
    Rebased,
    SealedOp,
)
from workbook_desktop.domain.errors import ReplyRefused
from workbook_desktop.domain.ids import FieldPath, OpId
from workbook_desktop.domain.records import Head, State

SIGNED_OFF = "record-signed-off"
ENVELOPE = 128  # bytes of a push around its ops
PUSH_BYTES = 1024 * 1024  # on a slow line work leaves in pieces, each acknowledged
ROUNDS = 4  # of a push, for ops whose predecessor has to go first
TRIES = 6  # merges of one record in one run; each means that somebody else got on
BRIEF = "brief"


class Sending:
    """Decides how what is unsent goes, and what becomes of what the ICS does not take as it is."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def push(self, tally: Tally, caps: Capabilities) -> Step:
        """Seal and hand in until nothing is left that could go."""
        waiting: dict[OpId, SealedOp] = {}
        for _ in range(ROUNDS):
            waiting = yield from self._send_all(tally, caps)
            if not waiting:
                return
        # What these rest on was accepted long ago, says this store; the ICS has never heard of it. They are
        # sealed anew, to rest on what the record says here.
        orphans = [op for op in waiting.values() if op.after is not None and op.after not in waiting]
        for op in orphans:
            yield from self._rest_anew(tally, op, around=len(waiting) + len(orphans) + 1)
        if orphans:
            waiting = yield from self._send_all(tally, caps)
        for op in waiting.values():
            if op.after is not None and op.after not in waiting:
                yield from self._park(tally, op, "predecessor-missing", None)

    def _rest_anew(self, tally: Tally, op: SealedOp, *, around: int) -> Step:
        def put_anew(store: SyncStore) -> Rebased | Head | None:
            work = store.work_on(op.record, op.op)
            if work is None or work.head is None:
                return None
            if work.head.state is State.SIGNED_OFF:
                return work.head
            replaced = _with_followers(op, store.sealed(around))
            rebased = self._sealer.bring_over(work, work.head, store.form(work.form), replaced)
            store.rebase(rebased)
            return rebased

        found: Rebased | Head | None = yield StoreCall(what="rebase", do=put_anew)
        if isinstance(found, Head):
            yield from self._amend(tally, op, found, around=around)
        elif found is not None:
            _count(tally, found)

    def _send_all(self, tally: Tally, caps: Capabilities) -> Step:
        """Seal and send until nothing is left. Returns the ops that have to wait for another round."""
        waiting: dict[OpId, SealedOp] = {}
        most = max(1, caps.limits.ops)
        ready: Sequence[SealedOp] | None = None
        taken: Sequence[Acknowledged] = ()  # of the batch before: kept while the next is on its way
        while True:
            if not ready:
                if taken:
                    yield _keep(taken)
                    taken = ()
                ready = yield from self._next(tally, most, frozenset(waiting))
            batch = _fitting(ready, min(caps.limits.push_bytes, PUSH_BYTES))
            if not batch:
                return waiting
            if any(op.op in tally.closed for op in batch):
                raise RuntimeError("the store offers an op that is closed")
            ahead = most if len(ready) >= most or len(ready) > len(batch) else 0
            ready, became = yield from self._hand_in(tally, caps, batch, taken, waiting, ahead)
            taken = ()
            if became is None:
                ready, most = None, max(1, len(batch) // 2)
                continue
            taken = yield from self._take(tally, batch, became, waiting)
            if not became.is_plain:
                ready = None  # a merge replaces ops, and those that rest on them

    def _next(self, tally: Tally, most: int, besides: Collection[OpId]) -> Step:
        """Returns the ops to send next, having sealed more work if there were not enough."""
        batch, done = yield StoreCall(what="sealed", do=lambda store: self._prepare(store, most, besides))
        for rebased in done:
            _count(tally, rebased)
        return batch

    def _prepare(
        self, store: SyncStore, most: int, besides: Collection[OpId]
    ) -> tuple[Sequence[SealedOp], list[Rebased]]:
        """In the store's thread."""
        batch = store.sealed(most, besides)
        if len(batch) >= most:
            return batch, []
        # As many as go next: while a batch is kept, the pages its ops leave are those the next ops take.
        made, done = self._seal_some(store, most)
        if made and not batch and not done:
            return made[:most], done  # nothing waited, and these are kept as they are
        return store.sealed(most, besides), done

    def _seal_some(self, store: SyncStore, at_once: int) -> tuple[list[SealedOp], list[Rebased]]:
        """In the store's thread: seal what is unsent, merging first where the head has moved on. Returns the
        ops if all of them are sealed just so, and what was merged."""
        ops: list[SealedOp] = []
        done: list[Rebased] = []
        for work in store.unsent(at_once):
            if work.head is not None and is_behind(work) and work.head.state is not State.SIGNED_OFF:
                rebased = self._sealer.bring_over(work, work.head, store.form(work.form))
            else:
                sealed = self._sealer.seal(work)
                ops += sealed.ops
                if sealed.rebased is None:
                    continue
                rebased = sealed.rebased
            store.rebase(rebased)
            done.append(rebased)
        just_so = bool(ops) and store.seal(ops)
        return ops if just_so else [], done

    def _hand_in(
        self,
        tally: Tally,
        caps: Capabilities,
        batch: Sequence[SealedOp],
        taken: Sequence[Acknowledged],
        waiting: Collection[OpId],
        ahead: int,
    ) -> Step:
        """Hand in a batch; meanwhile keep what was taken of the one before, and make the next one ready.

        Returns the next batch, at most `ahead` ops, None if there is no telling; and what became of this one,
        None if it was too much at once.
        """
        besides = {*waiting, *(op.op for op in batch)}

        def keep_and_prepare(store: SyncStore) -> tuple[Sequence[SealedOp] | None, list[Rebased]]:
            if taken:
                store.acknowledge(taken)
            return self._prepare(store, ahead, besides) if ahead else (None, [])

        following: Sequence[SealedOp] | None = None
        try:
            became: _Became
            if taken or ahead:
                (following, done), answer = yield Together(
                    store=StoreCall(what="acknowledge", do=lambda store: store.at_once(keep_and_prepare)),
                    ics=_push(batch, caps),
                )
                for rebased in done:
                    _count(tally, rebased)
                if isinstance(answer, Exception):
                    raise answer
                became = answer
            else:
                became = yield _push(batch, caps)
        except (TooMuchAtOnce, PushMalformed) as error:
            # Fewer and fewer, until the one that is to blame is alone: it must hold up no other record.
            if len(batch) == 1:
                code = "payload-too-large" if isinstance(error, TooMuchAtOnce) else "invalid-op"
                yield from self._park(tally, batch[0], code, None)
            return None, None
        return following, became

    def _take(
        self, tally: Tally, batch: Sequence[SealedOp], became: _Became, waiting: dict[OpId, SealedOp]
    ) -> Step:
        """Returns what was taken and is still to be kept; what else became of an op is done here."""
        waiting.update((op.op, op) for op in became.waiting)
        accepted = became.accepted
        if accepted:
            if not became.is_plain:  # merges come next, and rest on it
                yield _keep(accepted)
            tally.made.update(became.made)
            tally.sent += len(accepted)
            tally.closed.update(each.op for each in accepted)
            tally.changed.update((each.record, None) for each in accepted)
            tally.conflicts += sum(
                conflict.state == "open" for each in accepted for conflict in each.conflicts
            )
        for op, head in became.stale:
            yield from self._bring_over(tally, op, head, waiting, around=len(batch) + 1)
        for op, head in became.signed:
            yield from self._amend(tally, op, head, around=len(batch) + 1)
        for op, code, path in became.refused:
            yield from self._park(tally, op, code, path)
        return accepted if became.is_plain else ()

    def _bring_over(
        self,
        tally: Tally,
        op: SealedOp,
        head: Head,
        waiting: dict[OpId, SealedOp],
        *,
        around: int,
    ) -> Step:
        if head.state is State.SIGNED_OFF:
            yield from self._amend(tally, op, head, around=around)
            return
        if tally.merges.get(op.record, 0) >= TRIES:
            waiting[op.op] = op
            return
        tally.merges[op.record] = tally.merges.get(op.record, 0) + 1

        def merge_it(store: SyncStore) -> Rebased | None:
            work = store.work_on(op.record, op.op)
            if work is None:
                return None
            newest = with_extra(head, work.head)
            replaced = _with_followers(op, store.sealed(around))
            rebased = self._sealer.bring_over(work, newest, store.form(work.form), replaced)
            store.rebase(rebased)
            return rebased

        rebased: Rebased | None = yield StoreCall(what="rebase", do=merge_it)
        if rebased is not None:
            _count(tally, rebased)

    def _amend(self, tally: Tally, op: SealedOp, head: Head, *, around: int) -> Step:
        """A colleague signed the record first: what was written becomes a record of its own beside it."""

        def set_beside(store: SyncStore) -> Amended | None:
            work = store.work_on(op.record, op.op)
            if work is None:
                return None
            replaced = _with_followers(op, store.sealed(around))
            amended = self._sealer.amend(work, with_extra(head, work.head), store.form(work.form), replaced)
            return amended if store.amend(amended) else None

        amended: Amended | None = yield StoreCall(what="amend", do=set_beside)
        if amended is None:  # typed on since: it goes as the worker next sends it
            yield from self._park(tally, op, SIGNED_OFF, None)
            return
        tally.closed.update(amended.replaces)
        tally.changed[op.record] = None
        if amended.addition is not None:
            tally.changed[amended.addition.id] = None

    def _park(self, tally: Tally, op: SealedOp, code: str, path: str | None) -> Step:
        parked = Parked(op=op.op, record=op.record, code=code, path=None if path is None else FieldPath(path))
        yield StoreCall(what="park", do=lambda store: store.park(parked))
        tally.closed.add(op.op)
        tally.parked += 1
        tally.changed[op.record] = None


@dataclass(slots=True)
class _Became:
    """What became of the ops of a batch."""

    accepted: list[Acknowledged] = field(default_factory=list)
    made: list[int] = field(default_factory=list)  # numbers of the feed
    stale: list[tuple[SealedOp, Head]] = field(default_factory=list)
    signed: list[tuple[SealedOp, Head]] = field(default_factory=list)  # stale, and signed off meanwhile
    refused: list[tuple[SealedOp, str, str | None]] = field(default_factory=list)  # code and path
    waiting: list[SealedOp] = field(default_factory=list)  # for their predecessors
    is_plain: bool = False  # all were accepted


def _push(batch: Sequence[SealedOp], caps: Capabilities) -> IcsCall:
    """Hand ops in, and read what became of them at once: the store has other work meanwhile."""
    bodies = [op.bytes_ for op in batch]
    brief = BRIEF in caps.features

    def ask(ics: Ics) -> _Became:
        reply = ics.push(bodies, brief=True) if brief else ics.push(bodies)
        same_epoch(reply.epoch, caps)
        return _became(batch, reply.results)

    return IcsCall(what="push", do=ask)


def _became(batch: Sequence[SealedOp], results: Sequence[OpResult]) -> _Became:
    """Read all results before anything is kept: a reply that breaks the contract leaves no half of itself."""
    if [result.op_id for result in results] != [op.op for op in batch]:
        raise ReplyRefused(reason="results")
    found = _Became()
    for op, result in zip(batch, results, strict=True):
        if result.status == "duplicate" and result.head is None:
            # It was taken, the acknowledgement was lost, and the family has gone to another worker since:
            # the ICS shows nothing of it any more. Set aside, so that no other record waits for it.
            found.refused.append((op, "scope-forbidden", None))
        elif result.status in ("applied", "duplicate"):
            found.accepted.append(_acknowledged(op, result))
            if result.status == "applied" and result.seq:
                found.made.append(result.seq)
        elif result.status == "stale":
            found.stale.append((op, _head_for(op, expected(op), result.head)))
        elif result.status == "predecessor-missing":
            found.waiting.append(op)
        elif result.status == "rejected":
            problem = result.problem
            if problem is not None and problem.type == SIGNED_OFF and result.head is not None:
                found.signed.append((op, _head_for(op, expected(op), result.head)))
            else:
                code, path = (problem.type, problem.path) if problem else ("rejected", None)
                found.refused.append((op, code, path))
        else:
            raise ReplyRefused(reason="status")
    found.is_plain = len(found.accepted) == len(batch)
    return found


def _keep(taken: Sequence[Acknowledged]) -> StoreCall:
    return StoreCall(what="acknowledge", do=lambda store: _acknowledge(store, taken))


def _acknowledge(store: SyncStore, accepted: Sequence[Acknowledged]) -> None:
    store.acknowledge(accepted)


def _fitting(batch: Sequence[SealedOp], most_bytes: int) -> Sequence[SealedOp]:
    """The first ops that together fit one push; always at least one."""
    size = 0
    for number, op in enumerate(batch):
        size += len(op.bytes_) + 1
        if number and size + ENVELOPE > most_bytes:
            return batch[:number]
    return batch


def _with_followers(op: SealedOp, nearby: Sequence[SealedOp]) -> list[SealedOp]:
    """The op and those that rest on it: they were sealed together, so they stand close behind it."""
    found = [op]
    for other in nearby:
        if other.after is not None and any(other.after == each.op for each in found):
            found.append(other)
    return found


def _head_for(op: SealedOp, said: Expected, head: RecordMessage | None) -> Head:
    if head is None:
        raise ReplyRefused(reason="no-head", record=op.record)
    if head.id != op.record or head.scope_id != said.scope_id:
        raise ReplyRefused(reason="scope", record=op.record)
    return head_of(head)


def _acknowledged(op: SealedOp, result: OpResult) -> Acknowledged:
    """What the ICS says it has is compared with what was sent, before the op is let go."""
    said = expected(op)
    if result.made is not None and op.content is not None:
        made = result.made
        if (made.id, made.scope_id) != (op.record, said.scope_id):
            raise ReplyRefused(reason="scope", record=op.record)
        head = made_of(made, op.content)
    else:
        head = _head_for(op, said, result.head)
    if head.hash != said.result_hash or (op.state is not None and head.state is not op.state):
        raise ReplyRefused(reason="not-what-was-sent", record=op.record)
    conflicts = tuple(conflict_of(each) for each in result.conflicts)
    if any(each.record != op.record or each.family != head.family for each in conflicts):
        raise ReplyRefused(reason="scope", record=op.record)
    return Acknowledged(op=op.op, record=op.record, head=head, conflicts=conflicts)


def _count(tally: Tally, rebased: Rebased) -> None:
    tally.combined += len(rebased.combined)
    tally.changed[rebased.record] = None
