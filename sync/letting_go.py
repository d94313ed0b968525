"""What has to leave this laptop, in the contract's order: seal what is unsent, hand it in, delete, say so.

Nothing unsent is ever deleted: it goes as late proposals, and what the ICS does not keep stays sealed here.
"""

from __future__ import annotations

from collections.abc import Sequence

from sync.handing_over import hand_over_files
from sync.ports import SyncStore, TooMuchAtOnce
from sync.protocol import Capabilities, LateReply, ReceiptReply
from sync.sealing import Sealer
from sync.steps import IcsCall, Step, StoreCall, Tally, same_epoch
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import ReplyRefused
from workbook_desktop.domain.holdings import LateOp, PurgeJob, Receipt
from workbook_desktop.domain.ids import OpId

HANDED_AT_ONCE = 50  # late ops in one call


def let_go(tally: Tally, caps: Capabilities, sealer: Sealer, clock: Clock) -> Step:
    """Bring every job as far as it goes today; say whether there was any."""
    jobs: Sequence[PurgeJob] = yield StoreCall(what="purge-jobs", do=lambda store: store.purges.jobs())
    for job in jobs:
        yield from _one(tally, caps, sealer, clock, job)
    return bool(jobs)


def _one(tally: Tally, caps: Capabilities, sealer: Sealer, clock: Clock, job: PurgeJob) -> Step:
    name = job.leaving.job
    if job.to_seal:
        yield StoreCall(what="seal-late", do=lambda store: _seal(store, sealer, name))
    overdue = job.leaving.deadline is not None and clock.now() > job.leaving.deadline
    if job.leaving.is_immediate or overdue:
        # What could not be handed in is sealed on its own by now; all else leaves, with or without a line.
        yield from _purge(name)
    if job.to_seal or job.to_hand_in:
        yield from _hand_in(tally, caps, name)
    yield from _purge(name)
    yield from hand_over_files(caps)
    receipt: Receipt | None = yield StoreCall(what="receipt", do=lambda store: store.purges.receipt(name))
    if receipt is None:
        return
    reply: ReceiptReply = yield IcsCall(what="purge-receipt", do=lambda ics: ics.purge_receipt(receipt))
    same_epoch(reply.epoch, caps)
    if reply.job_id != name:
        raise ReplyRefused(reason="receipt")
    yield StoreCall(what="receipted", do=lambda store: store.purges.receipted(name))


def _seal(store: SyncStore, sealer: Sealer, job: str) -> None:
    for work in store.purges.late_work(job):
        ops = [LateOp(op=op.op, record=op.record, bytes_=op.bytes_) for op in work.ops]
        if work.edit is not None:
            late = sealer.late(work.edit)
            ops.append(LateOp(op=late.op, record=late.record, bytes_=late.bytes_))
        store.purges.seal_late(job, work.record, ops)


def _purge(job: str) -> Step:
    while not (yield StoreCall(what="purge", do=lambda store: store.purges.purge(job))):
        pass


def _hand_in(tally: Tally, caps: Capabilities, job: str) -> Step:
    """Offer each late op once."""
    asked: set[OpId] = set()
    most = max(1, min(caps.limits.ops, HANDED_AT_ONCE))
    while True:
        besides, limit = frozenset(asked), most
        ops: Sequence[LateOp] = yield StoreCall(
            what="late-ops",
            do=lambda store: store.purges.late_ops(job, limit, besides),  # noqa: B023
        )
        if not ops:
            return
        bodies = [op.bytes_ for op in ops]
        try:
            reply: LateReply = yield IcsCall(
                what="late-proposals",
                do=lambda ics: ics.late_proposals(job, bodies),  # noqa: B023
            )
        except TooMuchAtOnce:
            if len(ops) > 1:
                most = max(1, len(ops) // 2)
                continue
            refused = [(ops[0].op, "payload-too-large")]
            kept: list[OpId] = []
        else:
            same_epoch(reply.epoch, caps)
            if [result.op_id for result in reply.results] != [op.op for op in ops]:
                raise ReplyRefused(reason="results")
            kept = [OpId(result.op_id) for result in reply.results if result.status == "kept"]
            refused = [
                (OpId(result.op_id), result.problem.type if result.problem else "rejected")
                for result in reply.results
                if result.status != "kept"
            ]
        yield StoreCall(
            what="late-answered",
            do=lambda store: store.purges.late_answered(job, kept, refused),  # noqa: B023
        )
        asked.update(op.op for op in ops)
        tally.sent += len(kept)
        tally.changed.update((op.record, None) for op in ops)
