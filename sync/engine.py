"""One run of the exchange with the ICS, decided here and done elsewhere.

`Engine.run` is a generator. It yields what it wants done, a `StoreCall` or an `IcsCall`, and is sent the
answer, or has the error thrown into it. The runner does them with threads and sockets, a simulator with
neither: both drive this code. Nothing of a run is kept but what the store keeps, so a run may be dropped at
any yield and begun anew.

Work leaves first, then the feed is read, and what that brought into question leaves again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence

from sync.comparing import MOST_AT_ONCE, Standing, arrive, is_whole, mend, standing, unlisted_leave
from sync.handing_over import move_files
from sync.letting_go import let_go
from sync.ports import Absent, ClientTooOld, CursorExpired, PushMalformed, SyncStore, TooMuchAtOnce
from sync.protocol import (
    Capabilities,
    FeedReply,
    OpResult,
    PushReply,
    RecordMessage,
    ScopesReply,
    conflict_of,
    feed_page_of,
    head_of,
    made_of,
    with_extra,
    worker_of,
)
from sync.reconciling import offer_again, reconcile
from sync.sealing import Expected, Sealer, expected, is_behind
from sync.steps import (
    Call,
    EpochChanged,
    IcsCall,
    Run,
    Step,
    StoreCall,
    Tally,
    Together,
    same_epoch,
)
from workbook_desktop.domain.changes import (
    Acknowledged,
    Amended,
    FeedPage,
    FeedState,
    Parked,
    Rebased,
    RunReport,
    SealedOp,
)
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import IcsUnreachable, NotTheIcs, ReplyRefused, SignInNeeded
from workbook_desktop.domain.ids import ConflictId, FamilyId, FieldPath, NewId, OpId, RecordId
from workbook_desktop.domain.records import Head, State

__all__ = ["Call", "Engine", "IcsCall", "Run", "StoreCall", "Together"]

MAJOR = "1."
EPOCH_CHANGED = "epoch-changed"
CONTRACT_UNSUPPORTED = "contract-unsupported"
CLIENT_TOO_OLD = "client-too-old"
SIGNED_OFF = "record-signed-off"
PAGE_ITEMS = 100  # the first page: there is something to begin with soon
LATER_PAGES = 2.5  # times as much: a page is one transaction, small enough that nobody typing feels it
PUSH_BYTES = 1024 * 1024  # on a slow line work leaves in pieces, each acknowledged
RECONCILE, REVOCATION, DIGESTS, CLAIMS = "reconcile", "revocation", "digests", "claims"
BRIEF, BESIDES = "brief", "besides"
MOST_RANGES = 40  # named to the ICS, of what this run made; the rest comes back and is known
COMPARISONS = 4  # of what is here with what the ICS has, in one pull
PASSES = 3  # push, pull, and again if the pull left something to send
ROUNDS = 4  # of a push, for ops whose predecessor has to go first
TRIES = 6  # merges of one record in one run; each means that somebody else got on


class Engine:
    """Decides what a run does next. Holds no store, no socket and no state between runs."""

    def __init__(self, *, clock: Clock, new_id: NewId, page_items: int = PAGE_ITEMS) -> None:
        self._clock, self._page_items = clock, page_items
        self._sealer = Sealer(clock, new_id)

    def run(self, tally: Tally | None = None, claims: Sequence[ConflictId] = ()) -> Run:
        """Yield the calls of one run; return its report, which the store has noted.

        Args:
            tally: kept up to date between two yields, for whoever wants to say how far the run is.
            claims: conflicts that the worker is looking at, to be told to the ICS if it wants to know.

        Raises:
            WorkbookError: the store's own, such as StoreLocked. What the ICS or the network did is an
            outcome.
        """
        tally = tally or Tally(started=self._clock.now())
        try:
            outcome: str = yield from self._exchange(tally, claims)
        except (IcsUnreachable, NotTheIcs, SignInNeeded, ReplyRefused) as error:
            outcome = error.code
        except EpochChanged:
            outcome = EPOCH_CHANGED
        report = RunReport(
            started=tally.started,
            ended=self._clock.now(),
            outcome=outcome,
            sent=tally.sent,
            received=tally.received,
            combined=tally.combined,
            conflicts=tally.conflicts,
            parked=tally.parked,
            complete_pull=tally.complete_pull,
            changed=tuple(tally.changed),
        )
        yield StoreCall(what="note-run", do=lambda store: store.note_run(report))
        return report

    def _exchange(self, tally: Tally, claims: Sequence[ConflictId]) -> Step:
        caps: Capabilities = yield IcsCall(what="capabilities", do=lambda ics: ics.capabilities())
        if not any(each == "1" or each.startswith(MAJOR) for each in caps.contracts):
            return CONTRACT_UNSUPPORTED
        state: FeedState = yield StoreCall(what="feed-state", do=lambda store: store.feed_state())
        if state.epoch is None and RECONCILE in caps.features:
            # Before anything is handed in: a laptop that has read nothing yet has a restored ICS to help too.
            yield StoreCall(what="begin-epoch", do=lambda store: store.again.begin_epoch(caps.epoch))
        elif state.epoch not in (None, caps.epoch):
            if RECONCILE not in caps.features:
                raise EpochChanged
            yield from reconcile(tally, caps, state.epoch, self._sealer)
        if REVOCATION in caps.features:  # what was begun in an earlier run goes on first
            yield from let_go(tally, caps, self._sealer, self._clock)
        try:
            scopes: frozenset[FamilyId] = yield from self._scopes(caps)
        except ClientTooOld:
            # Nobody's visit is trapped on a laptop by a rule about versions: work leaves all the same.
            yield from self._push(tally, caps)
            return CLIENT_TOO_OLD
        if CLAIMS in caps.features:
            yield from _claim(claims)
        for _ in range(PASSES):
            yield from self._push(tally, caps)
            scopes = yield from self._pull_and_compare(tally, caps, scopes)
            if not (yield StoreCall(what="work-left", do=_work_left)):
                yield from move_files(caps)
                return "complete" if tally.complete_pull else "partial"
        return "partial"

    def _scopes(self, caps: Capabilities) -> Step:
        reply: ScopesReply = yield from self._listed(caps)
        return frozenset(FamilyId(scope.id) for scope in reply.scopes)

    def _listed(self, caps: Capabilities) -> Step:
        reply: ScopesReply = yield IcsCall(what="scopes", do=lambda ics: ics.scopes())
        same_epoch(reply.epoch, caps)
        families = [FamilyId(scope.id) for scope in reply.scopes]
        workers = [worker_of(each) for each in reply.workers]
        yield StoreCall(what="note-scopes", do=lambda store: store.note_scopes(families, workers))
        return reply

    # Sending ------------------------------------------------------------------------------------------------

    def _push(self, tally: Tally, caps: Capabilities) -> Step:
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
            ready, results = yield from self._hand_in(tally, caps, batch, taken, waiting, ahead)
            taken = ()
            if results is None:
                ready, most = None, max(1, len(batch) // 2)
                continue
            taken, is_plain = yield from self._take(tally, batch, results, waiting)
            if not is_plain:
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
        done = self._seal_some(store, most)
        return store.sealed(most, besides), done

    def _seal_some(self, store: SyncStore, at_once: int) -> list[Rebased]:
        """In the store's thread: seal what is unsent, merging first where the head has moved on."""
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
        if ops:
            store.seal(ops)
        return done

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

        Returns the next batch, at most `ahead` ops, None if there is no telling; and the results, as many as
        ops and in their order, None if it was too much at once.
        """
        bodies = [op.bytes_ for op in batch]
        besides = {*waiting, *(op.op for op in batch)}

        def keep_and_prepare(store: SyncStore) -> tuple[Sequence[SealedOp] | None, list[Rebased]]:
            if taken:
                store.acknowledge(taken)
            return self._prepare(store, ahead, besides) if ahead else (None, [])

        following: Sequence[SealedOp] | None = None
        try:
            reply: PushReply
            if taken or ahead:
                (following, done), answer = yield Together(
                    store=StoreCall(what="acknowledge", do=lambda store: store.at_once(keep_and_prepare)),
                    ics=_push(bodies, caps),
                )
                for rebased in done:
                    _count(tally, rebased)
                if isinstance(answer, Exception):
                    raise answer
                reply = answer
            else:
                reply = yield _push(bodies, caps)
        except (TooMuchAtOnce, PushMalformed) as error:
            # Fewer and fewer, until the one that is to blame is alone: it must hold up no other record.
            if len(batch) == 1:
                code = "payload-too-large" if isinstance(error, TooMuchAtOnce) else "invalid-op"
                yield from self._park(tally, batch[0], code, None)
            return None, None
        same_epoch(reply.epoch, caps)
        if [result.op_id for result in reply.results] != [op.op for op in batch]:
            raise ReplyRefused(reason="results")
        return following, reply.results

    def _take(
        self,
        tally: Tally,
        batch: Sequence[SealedOp],
        results: Sequence[OpResult],
        waiting: dict[OpId, SealedOp],
    ) -> Step:
        """Returns what was taken and is still to be kept, and whether that was all of the batch; what else
        became of an op is done here."""
        # Everything is read before anything is kept: a reply that breaks the contract leaves no half of
        # itself.
        accepted: list[Acknowledged] = []
        stale: list[tuple[SealedOp, Head]] = []
        refused: list[tuple[SealedOp, str, str | None]] = []
        signed: list[tuple[SealedOp, Head]] = []
        for op, result in zip(batch, results, strict=True):
            if result.status == "duplicate" and result.head is None:
                # It was taken, the acknowledgement was lost, and the family has gone to another worker since:
                # the ICS shows nothing of it any more. Set aside, so that no other record waits for it.
                refused.append((op, "scope-forbidden", None))
            elif result.status in ("applied", "duplicate"):
                accepted.append(_acknowledged(op, result))
            elif result.status == "stale":
                stale.append((op, _head_for(op, expected(op), result.head)))
            elif result.status == "predecessor-missing":
                waiting[op.op] = op
            elif result.status == "rejected":
                problem = result.problem
                if problem is not None and problem.type == SIGNED_OFF and result.head is not None:
                    signed.append((op, _head_for(op, expected(op), result.head)))
                    continue
                refused.append(
                    (op, problem.type if problem else "rejected", problem.path if problem else None)
                )
            else:
                raise ReplyRefused(reason="status")
        is_plain = len(accepted) == len(batch)
        if accepted:
            if not is_plain:  # merges come next, and rest on it
                yield _keep(accepted)
            tally.made.update(each.seq for each in results if each.status == "applied" and each.seq)
            tally.sent += len(accepted)
            tally.closed.update(each.op for each in accepted)
            tally.changed.update((each.record, None) for each in accepted)
            tally.conflicts += sum(
                conflict.state == "open" for each in accepted for conflict in each.conflicts
            )
        for op, head in stale:
            yield from self._bring_over(tally, op, head, waiting, around=len(batch) + 1)
        for op, head in signed:
            yield from self._amend(tally, op, head, around=len(batch) + 1)
        for op, code, path in refused:
            yield from self._park(tally, op, code, path)
        return (accepted if is_plain else ()), is_plain

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

    # Receiving ----------------------------------------------------------------------------------------------

    def _pull_and_compare(self, tally: Tally, caps: Capabilities, scopes: frozenset[FamilyId]) -> Step:
        """Read the feed to its end, let go of what has to leave, read what arrived whole, and compare, until
        both sides add up to the same. Returns the families that are this worker's now."""
        most = max(1, min(caps.limits.page_items, self._page_items))
        tally.complete_pull = False
        for _ in range(COMPARISONS):
            scopes, digest = yield from self._pull(tally, caps, scopes)
            if REVOCATION in caps.features:
                yield from let_go(tally, caps, self._sealer, self._clock)
            if DIGESTS not in caps.features:
                tally.complete_pull = True
                return scopes
            held: Standing = yield from standing()
            if held.arriving:
                yield from arrive(tally, caps, held.arriving, most)
                continue  # what changed since comes by the feed
            if held.unlisted:
                yield from self._leave_unlisted(tally, caps)
            if digest is None or held.digest(scopes) == digest:
                tally.complete_pull = True
                return scopes
            reply: ScopesReply = yield from self._listed(caps)
            scopes = frozenset(FamilyId(scope.id) for scope in reply.scopes)
            lost = yield from mend(tally, caps, reply, held)
            if lost and RECONCILE in caps.features:
                yield from offer_again(tally, caps, caps.epoch, self._sealer, lost)
        return scopes

    def _leave_unlisted(self, tally: Tally, caps: Capabilities) -> Step:
        """The word that a family was withdrawn has not come, but the list does not name it: asked for twice,
        and whole both times, that is enough. An empty list never is."""
        first: ScopesReply = yield from self._listed(caps)
        second: ScopesReply = yield from self._listed(caps)
        if not is_whole(first) or not is_whole(second):
            return
        if {scope.id for scope in first.scopes} != {scope.id for scope in second.scopes}:
            return
        held: Standing = yield from standing()
        if held.unlisted:
            changed = yield unlisted_leave(held.unlisted, second.as_of_seq)
            tally.changed.update((record, None) for record in changed)
            yield from let_go(tally, caps, self._sealer, self._clock)

    def _pull(self, tally: Tally, caps: Capabilities, scopes: frozenset[FamilyId]) -> Step:
        """Read the feed to its end. Returns the families that are the worker's now, and their digest."""
        state: FeedState = yield StoreCall(what="feed-state", do=lambda store: store.feed_state())
        cursor, from_start, last = state.cursor, False, 0
        most = max(1, min(caps.limits.page_items, self._page_items))
        besides = _ranges(tally.made) if BESIDES in caps.features else ()
        reply: FeedReply | Exception | None = None
        while True:
            if reply is None:
                try:
                    reply = yield _feed(cursor, most, besides)
                except CursorExpired as error:
                    reply = error
            if isinstance(reply, CursorExpired):
                if from_start:
                    raise ReplyRefused(reason="cursor") from reply
                yield StoreCall(what="forget-cursor", do=lambda store: store.forget_cursor())
                cursor, from_start, last, reply = None, True, 0, None
                continue
            if isinstance(reply, Exception):
                raise reply
            assert reply is not None
            same_epoch(reply.epoch, caps)
            page = feed_page_of(reply)
            if reply.items:
                if reply.items[0].seq <= last:
                    raise ReplyRefused(reason="order", seq=reply.items[0].seq)
                last = reply.items[-1].seq
            if page.more and (not reply.items or page.cursor == cursor):
                raise ReplyRefused(reason="cursor")
            if _foreign(page, scopes):
                # A family may have been given to this worker since the run began; ask before refusing.
                scopes = yield from self._scopes(caps)
                if _foreign(page, scopes):
                    raise ReplyRefused(reason="scope")
            if any(item.leaving is not None for item in page.items):
                scopes = yield from self._confirmed(caps, page, scopes)
            changed: Sequence[RecordId]
            if page.more:  # the next page is on its way while this one is kept
                most = max(1, min(caps.limits.page_items, int(self._page_items * LATER_PAGES)))
                changed, reply = yield Together(store=_apply(page), ics=_feed(page.cursor, most, besides))
            else:
                changed = yield _apply(page)
            tally.received += len(page.items)
            tally.changed.update((record, None) for record in changed)
            cursor = page.cursor
            if not page.more:
                tally.made.clear()
                return scopes, page.digest

    def _confirmed(self, caps: Capabilities, page: FeedPage, scopes: frozenset[FamilyId]) -> Step:
        """Compare what a page says has to leave with the list of families; many at once are asked about
        twice. Returns the families that are this worker's now."""
        gone = {
            item.family for item in page.items if item.leaving is not None and item.leaving.record is None
        }
        if not gone:
            return scopes
        listed: frozenset[FamilyId] = yield from self._scopes(caps)
        if len(gone) > MOST_AT_ONCE * len(scopes | gone):
            again: frozenset[FamilyId] = yield from self._scopes(caps)
            if again != listed:
                raise ReplyRefused(reason="contradiction")
        if gone & listed:
            raise ReplyRefused(reason="contradiction")
        return listed


def _claim(conflicts: Sequence[ConflictId]) -> Step:
    """Say what this worker is looking at. It is a kindness to colleagues: one that is settled, or not there
    any more, is passed over."""
    for each in conflicts:
        with contextlib.suppress(Absent):
            yield IcsCall(what="claim", do=lambda ics: ics.claim(each))  # noqa: B023


def _feed(cursor: str | None, most: int, besides: Sequence[tuple[int, int]]) -> IcsCall:
    if not besides:
        return IcsCall(what="feed", do=lambda ics: ics.feed(cursor, most))
    return IcsCall(what="feed", do=lambda ics: ics.feed(cursor, most, besides))


def _push(bodies: Sequence[bytes], caps: Capabilities) -> IcsCall:
    if BRIEF not in caps.features:
        return IcsCall(what="push", do=lambda ics: ics.push(bodies))
    return IcsCall(what="push", do=lambda ics: ics.push(bodies, brief=True))


def _keep(taken: Sequence[Acknowledged]) -> StoreCall:
    return StoreCall(what="acknowledge", do=lambda store: _acknowledge(store, taken))


def _ranges(numbers: Collection[int]) -> list[tuple[int, int]]:
    """Return the longest runs of these numbers, in order, each as its first and last."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    longest = sorted(runs, key=lambda run: run[0] - run[1])[:MOST_RANGES]
    return sorted(longest)


def _apply(page: FeedPage) -> StoreCall:
    return StoreCall(what="apply-page", do=lambda store: store.apply_page(page))


def _work_left(store: SyncStore) -> bool:
    return bool(store.sealed(1) or store.unsent(1))


def _acknowledge(store: SyncStore, accepted: Sequence[Acknowledged]) -> None:
    store.acknowledge(accepted)


def _fitting(batch: Sequence[SealedOp], most_bytes: int) -> Sequence[SealedOp]:
    """The first ops that together fit one push; always at least one."""
    size = 0
    for number, op in enumerate(batch):
        size += len(op.bytes_) + 1
        if number and size + 16 > most_bytes:
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


def _foreign(page: FeedPage, scopes: Collection[FamilyId]) -> bool:
    return any(item.family not in scopes for item in page.items if item.kind not in ("form", "leaving"))


def _count(tally: Tally, rebased: Rebased) -> None:
    tally.combined += len(rebased.combined)
    tally.changed[rebased.record] = None
