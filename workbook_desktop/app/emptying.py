"""A store is emptied: what is unsent sealed first, then all destroyed, then said to the office. Each step can
be cut.

See `store.emptying` for what lies on the disk meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_desktop.store.emptying import Emptying, Job

if TYPE_CHECKING:
    from sync.sign_in.device import Device
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.domain.people import Worker
    from workbook_desktop.store.device_secret import Keyrings
    from workbook_desktop.store.store import Store

MakeKeyrings = Callable[[], "Keyrings"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What an emptying needs of a store while it can be read; it may be done when the store is locked."""

    store_id: str
    keyring: str
    seal_key: bytes | None  # the organisation's, which the envelope is sealed to
    envelope: bytes  # b"": nothing is unsent, or there is no key to seal with
    unsent: int
    records: int
    is_known: bool  # the office knows this laptop
    url: str


def make_ready(
    store: Store,
    folder: Path,
    worker: Worker,
    *,
    seal_key: bytes | None,
    is_known: bool,
    url: str,
    at: datetime,
) -> Ready:
    """Seal what is unsent for the organisation. In the store's thread; the store is still open afterwards."""
    from sync.envelope import seal
    from sync.sign_in.device import UNSENT
    from workbook_desktop.store import header

    left = store.leftovers(worker.id, at.isoformat(timespec="seconds"))
    is_sealed = bool(left.unsent) and seal_key is not None
    return Ready(
        store_id=store.store_id,
        keyring=header.read(folder).headers[0].keyring,
        seal_key=seal_key,
        envelope=seal(seal_key, left.content, f"{UNSENT}|{store.store_id}")
        if is_sealed and seal_key
        else b"",
        unsent=left.unsent,
        records=left.records,
        is_known=is_known,
        url=url,
    )


def begin(
    ready: Ready, folder: Path, device: Device, *, reason: str, order: str, now: bool, at: datetime
) -> Job:
    """Put on the disk what is to be done, in the store's thread: from here on the store will be destroyed."""
    import msgspec

    emptied_at = at.isoformat(timespec="seconds")
    receipt = device.receipt(
        order, records=ready.records, unsent=ready.unsent, envelope=ready.envelope, emptied_at=emptied_at
    )
    handed_in = device.handed_in(order, ready.envelope) if ready.envelope and ready.is_known else None
    job = Job(
        reason=reason,
        order=order,
        now=now,
        store_id=ready.store_id,
        keyring=ready.keyring,
        url=ready.url,
        unsent=ready.unsent,
        records=ready.records,
        handed_in_message=msgspec.to_builtins(handed_in) if handed_in is not None else None,
        receipt=msgspec.to_builtins(receipt) if ready.is_known else None,
    )
    Emptying(folder).begin(job, ready.envelope)
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
