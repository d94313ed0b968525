"""What has to leave this laptop, in the contract's order: seal what is unsent, hand it in, delete, say so.

Nothing unsent is ever deleted: it goes as late proposals, and what the ICS does not keep stays sealed here.
What has to leave before it can be handed in is sealed for the organisation alone, where this device has its
key.
"""

from __future__ import annotations

from collections.abc import Sequence

from sync.handing_over import hand_over_files
from sync.ports import Absent, Seal, SyncStore, TooMuchAtOnce
from sync.protocol import Capabilities, LateReply, ReceiptReply
from sync.sealing import Sealer
from sync.steps import IcsCall, Step, StoreCall, Tally, same_epoch
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import ReplyRefused
from workbook_desktop.domain.holdings import LateOp, PurgeJob, Receipt
from workbook_desktop.domain.ids import OpId

HANDED_AT_ONCE = 50  # late ops in one call


def let_go(tally: Tally, caps: Capabilities, sealer: Sealer, clock: Clock, seal: Seal) -> Step:
    """Bring every job as far as it goes today; say whether there was any."""
    jobs: Sequence[PurgeJob] = yield StoreCall(what="purge-jobs", do=lambda store: store.purges.jobs())
    for job in jobs:
        yield from _one(tally, caps, sealer, clock, job, seal)
    return bool(jobs)


def leave_without_a_line(sealer: Sealer, clock: Clock, seal: Seal) -> Step:
    """The ICS cannot be reached: what may not wait for it leaves all the same. Only what is to be handed in
    stays, sealed."""
    jobs: Sequence[PurgeJob] = yield StoreCall(what="purge-jobs", do=lambda store: store.purges.jobs())
    for job in jobs:
        if job.state != "purged" and (job.leaving.is_immediate or _is_overdue(job, clock)):
            name = job.leaving.job
            yield from _seal_whole(clock, seal, name)
            yield StoreCall(what="seal-late", do=lambda store: _seal(store, sealer, name))  # noqa: B023
            yield from _purge(name)


def _one(tally: Tally, caps: Capabilities, sealer: Sealer, clock: Clock, job: PurgeJob, seal: Seal) -> Step:
    name, to_hand_in = job.leaving.job, bool(job.to_hand_in)
    if job.leaving.is_immediate:
        to_hand_in |= yield from _seal_whole(clock, seal, name)
    if job.to_seal:
        yield StoreCall(what="seal-late", do=lambda store: _seal(store, sealer, name))
    if job.leaving.is_immediate or _is_overdue(job, clock):
        # What could not be handed in is sealed on its own by now; all else leaves, with or without a line.
        yield from _purge(name)
    if job.to_seal or to_hand_in:
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


def _is_overdue(job: PurgeJob, clock: Clock) -> bool:
    return job.leaving.deadline is not None and clock.now() > job.leaving.deadline


def _seal_whole(clock: Clock, seal: Seal, job: str) -> Step:
    """Put a job's unsent work into envelopes, if there is a key; say whether there is any now."""

    def work(store: SyncStore) -> bool:
        envelopes = [seal(each) for each in store.purges.left_of(job, clock.now())]
        whole = [each for each in envelopes if each is not None]
        if not whole or len(whole) < len(envelopes):
            return False
        store.purges.seal_whole(job, whole)
        return True

    return (yield StoreCall(what="seal-whole", do=work))


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
        if ops[0].is_sealed:
            yield from _hand_in_sealed(tally, job, ops[0])
            asked.add(ops[0].op)
            continue
        ops = [op for op in ops if not op.is_sealed]
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


def _hand_in_sealed(tally: Tally, job: str, envelope: LateOp) -> Step:
    refused: list[tuple[OpId, str]] = []
    try:
        yield IcsCall(what="sealed", do=lambda ics: ics.hand_in_sealed(job, envelope.bytes_))
    except TooMuchAtOnce:
        refused.append((envelope.op, "payload-too-large"))
    except Absent:  # as after a restore: the next run makes the device known again
        refused.append((envelope.op, "device-unknown"))
    kept = [] if refused else [envelope.op]
    yield StoreCall(what="late-answered", do=lambda store: store.purges.late_answered(job, kept, refused))
    tally.sent += len(kept)
