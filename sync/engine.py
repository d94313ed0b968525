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
from dataclasses import dataclass

from sync.comparing import MOST_AT_ONCE, Standing, arrive, is_whole, mend, standing, unlisted_leave
from sync.handing_over import move_files
from sync.letting_go import leave_without_a_line, let_go
from sync.ports import Absent, ClientTooOld, CursorExpired, EpochMoved, Ics, Seal, SyncStore
from sync.protocol import (
    Capabilities,
    ScopesReply,
    feed_page_of,
    worker_of,
)
from sync.reconciling import forget_taken, offer_again, reconcile
from sync.sealing import Sealer
from sync.sending import Sending
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
    FeedPage,
    FeedState,
    RunReport,
)
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import IcsUnreachable, NotTheIcs, ReplyRefused, SignInNeeded
from workbook_desktop.domain.ids import ConflictId, FamilyId, NewId, RecordId

__all__ = ["Call", "Engine", "IcsCall", "Run", "StoreCall", "Together"]

MAJOR = "1."
EPOCH_CHANGED = "epoch-changed"
CONTRACT_UNSUPPORTED = "contract-unsupported"
CLIENT_TOO_OLD = "client-too-old"
PAGE_ITEMS = 100  # the first page: there is something to begin with soon
LATER_PAGES = 2.5  # times as much: a page is one transaction, small enough that nobody typing feels it
RECONCILE, REVOCATION, DIGESTS, CLAIMS = "reconcile", "revocation", "digests", "claims"
BESIDES = "besides"
MOST_RANGES = 40  # named to the ICS, of what this run made; the rest comes back and is known
COMPARISONS = 4  # of what is here with what the ICS has, in one pull
PASSES = 3  # push, pull, and again if the pull left something to send


class Engine:
    """Decides what a run does next. Holds no store, no socket and no state between runs."""

    def __init__(
        self,
        *,
        clock: Clock,
        new_id: NewId,
        page_items: int = PAGE_ITEMS,
        seal: Seal = lambda content: None,
    ) -> None:
        self._clock, self._page_items, self._seal = clock, page_items, seal
        self._sealer = Sealer(clock, new_id)
        self._sending = Sending(self._sealer)

    def run(
        self,
        tally: Tally | None = None,
        claims: Sequence[ConflictId] = (),
        releases: Sequence[ConflictId] = (),
    ) -> Run:
        """Yield the calls of one run; return its report, which the store has noted.

        Args:
            tally: kept up to date between two yields, for whoever wants to say how far the run is.
            claims: conflicts that the worker is looking at, to be told to the ICS if it wants to know.
            releases: those that the worker is not looking at any more.

        Raises:
            WorkbookError: the store's own, such as StoreLocked. What the ICS or the network did is an
            outcome.
        """
        tally = tally or Tally(started=self._clock.now())
        try:
            outcome: str = yield from self._exchange(tally, claims, releases)
        except (IcsUnreachable, NotTheIcs, SignInNeeded, ReplyRefused) as error:
            outcome = error.code
        except (EpochChanged, EpochMoved):
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

    def _exchange(self, tally: Tally, claims: Sequence[ConflictId], releases: Sequence[ConflictId]) -> Step:
        try:
            caps: Capabilities = yield IcsCall(what="capabilities", do=lambda ics: ics.capabilities())
        except (IcsUnreachable, NotTheIcs):
            yield from leave_without_a_line(self._sealer, self._clock, self._seal)
            raise
        if not any(each == "1" or each.startswith(MAJOR) for each in caps.contracts):
            return CONTRACT_UNSUPPORTED
        state: FeedState = yield StoreCall(what="feed-state", do=lambda store: store.feed_state())
        if state.epoch is None and RECONCILE in caps.features:
            # Before anything is handed in: a laptop that has read nothing yet has a restored ICS to help too.
            yield StoreCall(what="begin-epoch", do=lambda store: store.again.begin_epoch(caps.epoch))
        elif state.epoch not in (None, caps.epoch):
            if RECONCILE not in caps.features:
                raise EpochChanged
            try:
                yield from reconcile(tally, caps, state.epoch, self._sealer)
            except ClientTooOld:
                yield from self._sending.push(tally, caps)
                return CLIENT_TOO_OLD
        if REVOCATION in caps.features:  # what was begun in an earlier run goes on first
            yield from let_go(tally, caps, self._sealer, self._clock, self._seal)
        try:
            scopes: frozenset[FamilyId] = yield from self._scopes(caps)
        except ClientTooOld:
            # Nobody's visit is trapped on a laptop by a rule about versions: work leaves all the same.
            yield from self._sending.push(tally, caps)
            return CLIENT_TOO_OLD
        if CLAIMS in caps.features:
            yield from _claim(claims, releases)
        for _ in range(PASSES):
            yield from self._sending.push(tally, caps)
            scopes = yield from self._pull_and_compare(tally, caps, scopes)
            if not (yield StoreCall(what="work-left", do=_work_left)):
                yield from move_files(caps)
                if RECONCILE in caps.features and tally.complete_pull:
                    yield from forget_taken(caps)
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

    # Receiving ----------------------------------------------------------------------------------------------

    def _pull_and_compare(self, tally: Tally, caps: Capabilities, scopes: frozenset[FamilyId]) -> Step:
        """Read the feed to its end, let go of what has to leave, read what arrived whole, and compare, until
        both sides add up to the same. Returns the families that are this worker's now."""
        most = max(1, min(caps.limits.page_items, self._page_items))
        tally.complete_pull = False
        for _ in range(COMPARISONS):
            scopes, digest = yield from self._pull(tally, caps, scopes)
            if REVOCATION in caps.features:
                yield from let_go(tally, caps, self._sealer, self._clock, self._seal)
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
            yield from let_go(tally, caps, self._sealer, self._clock, self._seal)

    def _pull(self, tally: Tally, caps: Capabilities, scopes: frozenset[FamilyId]) -> Step:
        """Read the feed to its end. Returns the families that are the worker's now, and their digest."""
        state: FeedState = yield StoreCall(what="feed-state", do=lambda store: store.feed_state())
        cursor, from_start, last = state.cursor, False, 0
        most = max(1, min(caps.limits.page_items, self._page_items))
        besides = _ranges(tally.made) if BESIDES in caps.features else ()
        found: _Read | Exception | None = None
        while True:
            if found is None:
                try:
                    found = yield _feed(caps, cursor, most, besides)
                except CursorExpired as error:
                    found = error
            if isinstance(found, CursorExpired):
                if from_start:
                    raise ReplyRefused(reason="cursor") from found
                yield StoreCall(what="forget-cursor", do=lambda store: store.forget_cursor())
                cursor, from_start, last, found = None, True, 0, None
                continue
            if isinstance(found, Exception):
                raise found
            assert found is not None
            page = found.page
            if found.last:
                if found.first <= last:
                    raise ReplyRefused(reason="order", seq=found.first)
                last = found.last
            if page.more and (not found.last or page.cursor == cursor):
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
                ahead = _feed(caps, page.cursor, most, besides)
                changed, found = yield Together(store=_apply(page), ics=ahead)
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


def _claim(conflicts: Sequence[ConflictId], released: Sequence[ConflictId]) -> Step:
    """Say what this worker is looking at, and what no more. It is a kindness to colleagues: one that is
    settled, or not there any more, is passed over."""
    for each in released:
        with contextlib.suppress(Absent):
            yield IcsCall(what="release", do=lambda ics: ics.release(each))  # noqa: B023
    for each in conflicts:
        with contextlib.suppress(Absent):
            yield IcsCall(what="claim", do=lambda ics: ics.claim(each))  # noqa: B023


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A page of the feed, every hash compared; and the numbers of its first and last item, 0 if there is
    none."""

    page: FeedPage
    first: int
    last: int


def _feed(caps: Capabilities, cursor: str | None, most: int, besides: Sequence[tuple[int, int]]) -> IcsCall:
    """Ask for a page, and read it at once: the store keeps the page before meanwhile."""

    def ask(ics: Ics) -> _Read:
        reply = ics.feed(cursor, most, besides) if besides else ics.feed(cursor, most)
        same_epoch(reply.epoch, caps)
        numbers = [item.seq for item in reply.items] or [0]
        return _Read(page=feed_page_of(reply), first=numbers[0], last=numbers[-1])

    return IcsCall(what="feed", do=ask)


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


def _foreign(page: FeedPage, scopes: Collection[FamilyId]) -> bool:
    return any(item.family not in scopes for item in page.items if item.kind not in ("form", "leaving"))
