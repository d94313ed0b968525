"""A store is emptied: what is unsent sealed first, then all destroyed, then said to the office. Each step can
be cut.

See `store.emptying` for what lies on the disk meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_desktop.store.emptying import Emptying, Job

if TYPE_CHECKING:
    from workbook_desktop.app.standing import Standing
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.domain.people import Worker
    from workbook_desktop.store.device_secret import Keyrings
    from workbook_desktop.store.store import Store

MakeKeyrings = Callable[[], "Keyrings"] | None


def begin(
    store: Store,
    folder: Path,
    worker: Worker,
    standing: Standing,
    *,
    reason: str,
    order: str,
    now: bool,
    seal_key: bytes,
    url: str,
    at: datetime,
) -> Job:
    """Seal what is unsent and put the job on the disk, in the store's thread. The store is still open
    afterwards."""
    import msgspec

    from sync.envelope import seal
    from sync.sign_in.device import UNSENT
    from workbook_desktop.store import header

    emptied_at = at.isoformat(timespec="seconds")
    left = store.leftovers(worker.id, emptied_at)
    envelope = seal(seal_key, left.content, f"{UNSENT}|{store.store_id}") if left.unsent else b""
    device = standing.device
    receipt = device.receipt(
        order, records=left.records, unsent=left.unsent, envelope=envelope, emptied_at=emptied_at
    )
    is_known = standing.is_known_here()
    job = Job(
        reason=reason,
        order=order,
        now=now,
        store_id=store.store_id,
        keyring=header.read(folder).headers[0].keyring,
        url=url,
        unsent=left.unsent,
        records=left.records,
        handed_in_message=(
            msgspec.to_builtins(device.handed_in(order, envelope)) if envelope and is_known else None
        ),
        receipt=msgspec.to_builtins(receipt) if is_known else None,
    )
    Emptying(folder).begin(job, envelope)
    return job


def destroy(folder: Path, keyrings: MakeKeyrings, leaves: tuple[Path, ...]) -> None:
    """Destroy a store whose job says that it is time. What fails is tried again by `finish`."""
    emptying = Emptying(folder)
    job = emptying.job()
    if job is not None and not job.destroyed and job.may_destroy:
        emptying.destroy(job, keyrings() if keyrings else None, leaves)


def finish(folder: Path, clock: Clock, keyrings: MakeKeyrings, leaves: tuple[Path, ...]) -> bool:
    """Go on with a job from wherever it was cut; say whether nothing is left to do. Waits for the network.

    Raises:
        WorkbookError: the office does not answer, or the keyring.
        OSError: a file could not be removed.
    """
    emptying = Emptying(folder)
    job = emptying.job()
    if job is None or job.is_done:
        return True
    destroy(folder, keyrings, leaves)  # what may go goes first, network or not
    job = emptying.job() or job
    from sync.protocol import HandedInMessage, WipeReceiptMessage
    from sync.sign_in.device import hand_in, send_receipt
    from sync.wire import Wire

    wire = Wire(job.url, clock)
    try:
        if job.handed_in_message is not None and not job.handed_in:
            hand_in(wire, HandedInMessage(**job.handed_in_message), emptying.envelope())
            job = emptying.note(job, handed_in=True)
        destroy(folder, keyrings, leaves)
        job = emptying.job() or job
        if job.receipt is not None and not job.received and job.destroyed:
            wire.signer = None
            send_receipt(wire, WipeReceiptMessage(**job.receipt))
            job = emptying.note(job, received=True)
    finally:
        wire.close()
    if job.handed_in:
        emptying.let_go_of_envelope()
    return job.is_done
