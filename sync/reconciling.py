"""After the ICS was restored from a backup: ask what it has lost, and offer it again.

Until all has been compared the store stays in the old epoch, so that whatever cuts this short, it is done
again; what was offered before is then found as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from sync.ports import SyncStore
from sync.protocol import Capabilities, ReconcileItem, ReconcileReply, head_of
from sync.sealing import Sealer
from sync.steps import IcsCall, Step, StoreCall, Tally, same_epoch
from workbook_desktop.domain.changes import Clash, Rebased, SealedOp, Unsent
from workbook_desktop.domain.errors import ReplyRefused
from workbook_desktop.domain.holdings import Holding
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.records import Head

COMPARED_AT_ONCE = 500


def reconcile(tally: Tally, caps: Capabilities, epoch: str, sealer: Sealer) -> Step:
    """Compare all that is here with a restored ICS, make work of what it lacks, and enter its epoch."""
    after: RecordId | None = None
    while True:
        since = after
        held: Sequence[Holding] = yield StoreCall(
            what="holdings",
            do=lambda store: store.scopes.holdings(None, since, COMPARED_AT_ONCE),  # noqa: B023
        )
        if not held:
            break
        yield from offer_again(tally, caps, epoch, sealer, held)
        after = held[-1].record
    yield StoreCall(what="begin-epoch", do=lambda store: store.again.begin_epoch(caps.epoch))


def offer_again(
    tally: Tally, caps: Capabilities, epoch: str, sealer: Sealer, held: Sequence[Holding]
) -> Step:
    """Compare these records with the ICS, and make work of what it lacks."""
    reply: ReconcileReply = yield IcsCall(what="reconcile", do=lambda ics: ics.reconcile(epoch, held))
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
