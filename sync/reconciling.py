"""After the ICS was restored from a backup: it gets back what it has lost, as it was; where it has gone on
without that, what is here is offered as an edit.

Until all has been compared the store stays in the old epoch, so that whatever cuts this short, it is done
again; what was given back or offered before is then found as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sync.ports import SyncStore, TooMuchAtOnce
from sync.protocol import Capabilities, GiveBackReply, ReconcileItem, ReconcileReply, head_of, moment_of
from sync.sealing import Sealer
from sync.steps import IcsCall, Step, StoreCall, Tally, same_epoch
from workbook_desktop.domain.changes import Clash, Rebased, SealedOp, Unsent
from workbook_desktop.domain.errors import ReplyRefused
from workbook_desktop.domain.holdings import Erasure, Holding, Remembered
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.records import Head

GIVE_BACK = "give-back"
REMEMBERED = timedelta(days=30)
COMPARED_AT_ONCE = 500
GIVEN_AT_ONCE = 50


def reconcile(tally: Tally, caps: Capabilities, epoch: str, sealer: Sealer) -> Step:
    """Give a restored ICS back what it lacks, make work of what it cannot take back, and enter its epoch."""
    gives_back = GIVE_BACK in caps.features
    if gives_back:
        yield from _say_what_was_erased(caps, epoch)
    after: RecordId | None = None
    while True:
        since = after
        held: Sequence[Holding] = yield StoreCall(
            what="holdings",
            do=lambda store: store.scopes.holdings(None, since, COMPARED_AT_ONCE),  # noqa: B023
        )
        if not held:
            break
        after = held[-1].record
        differing, earlier = (yield from _give_back(caps, epoch, held)) if gives_back else (held, ())
        if differing:
            yield from offer_again(tally, caps, epoch, sealer, differing, earlier)
    yield StoreCall(what="begin-epoch", do=lambda store: store.again.begin_epoch(caps.epoch))


def _say_what_was_erased(caps: Capabilities, epoch: str) -> Step:
    """A backup from before an erasure has the record again: the ICS's own word says that it must not."""
    erased: Sequence[Erasure] = yield StoreCall(what="erased", do=lambda store: store.again.erased())
    for start in range(0, len(erased), COMPARED_AT_ONCE):
        some = erased[start : start + COMPARED_AT_ONCE]
        reply: GiveBackReply = yield IcsCall(
            what="give-back",
            do=lambda ics: ics.give_back(epoch, (), some),  # noqa: B023
        )
        same_epoch(reply.epoch, caps)


def _give_back(caps: Capabilities, epoch: str, held: Sequence[Holding]) -> Step:
    """Give back what the ICS wants of these records. Returns those that differ all the same, and what is
    remembered of these."""
    records = [each.record for each in held]
    earlier: Sequence[Holding] = yield StoreCall(
        what="earlier", do=lambda store: store.again.earlier(records)
    )
    reply: ReconcileReply = yield IcsCall(
        what="reconcile", do=lambda ics: ics.reconcile(epoch, held, earlier)
    )
    same_epoch(reply.epoch, caps)
    known = {(each.record, each.version) for each in (*held, *earlier)}
    wanted = [
        Holding(record=RecordId(each.id), version=each.version, hash=each.hash) for each in reply.wanted
    ]
    if any((each.record, each.version) not in known for each in wanted):
        raise ReplyRefused(reason="not-as-asked")
    # The newest first: what comes before it is a line of its history then, whoever else has been here.
    newest = {(each.record, each.version) for each in held}
    for some in (
        [each for each in wanted if (each.record, each.version) in newest],
        [each for each in wanted if (each.record, each.version) not in newest],
    ):
        yield from _give(caps, epoch, some)
    named = {each.id for each in reply.items}
    return (
        [each for each in held if each.record in named],
        [each for each in earlier if each.record in named],
    )


def _give(caps: Capabilities, epoch: str, wanted: Sequence[Holding]) -> Step:
    most, at = GIVEN_AT_ONCE, 0
    while at < len(wanted):
        some = wanted[at : at + most]
        lost: Sequence[Remembered] = yield StoreCall(
            what="remembered",
            do=lambda store: store.again.remembered(some),  # noqa: B023
        )
        if lost:
            try:
                reply: GiveBackReply = yield IcsCall(
                    what="give-back",
                    do=lambda ics: ics.give_back(epoch, lost),  # noqa: B023
                )
            except TooMuchAtOnce:
                if len(some) > 1:
                    most = len(some) // 2
                    continue
                # One that is too large by itself is offered as an edit, or stays what it is: history.
            else:
                same_epoch(reply.epoch, caps)
        at += len(some)


def forget_taken(caps: Capabilities) -> Step:
    """Let go of what was taken long ago: no backup that old is put back, or it is not worth its space."""
    try:
        now = moment_of(caps.server_time)
    except ReplyRefused:
        return
    if now is not None:
        before = now - REMEMBERED
        yield StoreCall(what="forget-taken", do=lambda store: store.again.forget_taken(before))


def offer_again(
    tally: Tally,
    caps: Capabilities,
    epoch: str,
    sealer: Sealer,
    held: Sequence[Holding],
    earlier: Sequence[Holding] = (),
) -> Step:
    """Compare these records with the ICS, and make work of what it lacks. What is remembered of them,
    `earlier`, may tell it what they grew out of."""
    reply: ReconcileReply = yield IcsCall(
        what="reconcile", do=lambda ics: ics.reconcile(epoch, held, earlier)
    )
    same_epoch(reply.epoch, caps)
    known = {each.record for each in held}
    # All of it is read before any is kept.
    found = [
        (each, _head_in(each), head_of(each.base) if each.base is not None else None) for each in reply.items
    ]
    if any(each.id not in known or (base and base.id != each.id) for each, _, base in found):
        raise ReplyRefused(reason="not-as-asked")
    for each, head, base in found:
        changed = yield StoreCall(
            what="begin-again",
            do=lambda store: _offer(store, sealer, RecordId(each.id), head, base),  # noqa: B023
        )
        if changed:
            tally.changed[RecordId(each.id)] = None


def _head_in(item: ReconcileItem) -> Head | None:
    if item.status == "unknown":
        return None
    if item.status not in ("behind", "differs") or item.head is None or item.head.id != item.id:
        raise ReplyRefused(reason="status")
    return head_of(item.head)


def _offer(store: SyncStore, sealer: Sealer, record: RecordId, head: Head | None, base: Head | None) -> bool:
    """In the store's thread, and in one transaction of it."""

    def decide(
        work: Unsent, ops: Sequence[SealedOp], clashes: Sequence[Clash]
    ) -> Rebased | Sequence[SealedOp]:
        form = store.form(work.form)
        if head is None:
            return sealer.again(work, form, ops, clashes)
        return sealer.bring_over(work, head, form, ops, carried=clashes)

    return store.again.begin_again(record, head, base, decide)
