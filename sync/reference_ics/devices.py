"""Devices: known by their key, stopped and emptied by the authority, and what they hand in sealed.

A status call and a receipt need no sign-in: a device proves itself by its key, also when its worker's account
is gone. The service keeps envelopes and orders as they came; it can open the one and make the other as little
as a thief of its database can.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from sync.protocol import DeviceReply, DeviceRequest, HandedInMessage, WipeOrderMessage, WipeReceiptMessage
from sync.protocol import devices as said
from sync.reference_ics import reading, tables
from sync.reference_ics.database import Database
from sync.reference_ics.problems import ProblemRaised
from sync.reference_ics.settings import Settings
from workbook_desktop.domain.clock import Clock

_MOST_NONCES = 100_000
_LONGEST = 64  # characters of a nonce
_REFUSED = {
    said.SUSPENDED: "device-suspended",
    said.RETIRED: "device-retired",
    said.WIPE: "device-wipe",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device."""

    id: str
    worker: str
    public_key: bytes
    store: str
    platform: str
    app_version: str
    status: str
    registered_at: str
    changed_at: str
    order: str  # a signed order, "" without one
    order_signature: str
    emptied_at: str  # "" while it was not


class Proofs:
    """Whether a call comes from the device it names. Each proof is good once, for some minutes.

    What was seen is kept in memory. A proof from before this service began is refused, so that none is good
    again after a restart; services side by side each take a proof once.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._began = int(clock.now().timestamp())
        self._lock = threading.Lock()
        self._seen: dict[str, int] = {}

    def device(self, id_: str, proof: str, method: str, path: str, digest: str) -> Device:
        """Return the device that makes a call.

        Raises:
            ProblemRaised: ``device-unknown``, ``proof-refused``.
        """
        parts = proof.split(" ")
        if len(parts) != 3 or not (parts[0].isascii() and parts[0].isdigit() and len(parts[0]) <= 12):
            raise ProblemRaised("proof-refused")
        at, nonce, signature = int(parts[0]), parts[1], parts[2]
        if not 16 <= len(nonce) <= _LONGEST:
            raise ProblemRaised("proof-refused")
        with self._database.reading() as connection:
            found = device_named(connection, id_)
        if found is None:
            raise ProblemRaised("device-unknown")
        now = int(self._clock.now().timestamp())
        if abs(now - at) > said.PROOF_SECONDS or at < self._began:
            raise ProblemRaised("proof-refused", "its time")
        if not said.is_signed(found.public_key, signature, said.proof_bytes(method, path, digest, at, nonce)):
            raise ProblemRaised("proof-refused")
        self._once(f"{id_} {nonce}", at, now)
        return found

    def _once(self, key: str, at: int, now: int) -> None:
        with self._lock:
            if key in self._seen:
                raise ProblemRaised("proof-refused", "it was used before")
            if len(self._seen) >= _MOST_NONCES:
                kept = {each: t for each, t in self._seen.items() if now - t <= 2 * said.PROOF_SECONDS}
                if len(kept) >= _MOST_NONCES:
                    raise ProblemRaised("unavailable")  # rather than forget one that is still good
                self._seen = kept
            self._seen[key] = at


def let_in(settings: Settings, device: Device | None, worker: str) -> None:
    """Raise if a device may not exchange anything for a worker.

    Raises:
        ProblemRaised: ``device-unknown``, ``device-suspended``, ``device-retired``, ``device-wipe``.
    """
    if device is None:
        if settings.require_devices:
            raise ProblemRaised("device-unknown")
        return
    if device.worker != worker:
        raise ProblemRaised("device-unknown")
    if device.status != said.ACTIVE:
        raise ProblemRaised(_REFUSED[device.status])


def device_named(connection: Connection, id_: str) -> Device | None:
    """Return a device, or None."""
    if not id_ or len(id_) > _LONGEST:
        return None
    table = tables.device
    row = connection.execute(select(table).where(table.c.id == id_)).one_or_none()
    return None if row is None else _device(row)


def devices_in(connection: Connection, *, worker: str | None = None) -> list[Device]:
    """Return all devices, or one worker's, those that were registered first at the front."""
    table = tables.device
    wanted = select(table).order_by(table.c.registered_at, table.c.id)
    if worker is not None:
        wanted = wanted.where(table.c.worker == worker)
    return [_device(row) for row in connection.execute(wanted)]


def last_call(connection: Connection, device: Device) -> str:
    """Return when a device last called, to within some minutes; "" if it is not known to have."""
    table = tables.seen
    wanted = select(table.c.last_at).where(table.c.worker == device.worker, table.c.device == device.id)
    return str(connection.execute(wanted).scalar() or "")


def _device(row: Any) -> Device:
    return Device(
        id=row.id,
        worker=row.worker,
        public_key=bytes(row.public_key),
        store=row.store,
        platform=row.platform,
        app_version=row.app_version,
        status=row.status,
        registered_at=row.registered_at,
        changed_at=row.changed_at,
        order=row.order_text,
        order_signature=row.order_signature,
        emptied_at=row.emptied_at,
    )


def register(database: Database, settings: Settings, worker: str, asked: DeviceRequest) -> DeviceReply:
    """Make a device known; one that is known stays as it is, stopped if it was.

    Raises:
        ProblemRaised: ``malformed``, ``proof-refused``, ``not-permitted`` (the key is another worker's).
    """
    key = said.key_in(asked.public_key)
    texts = (asked.store_id, asked.platform, asked.app_version, asked.contract)
    if key is None or any(not each or len(each) > 64 or "\0" in each for each in texts):
        raise ProblemRaised("malformed", "not a device")
    if not said.is_signed(key, asked.signature, said.registration_bytes(asked.public_key, asked.store_id)):
        raise ProblemRaised("proof-refused")
    id_, now = said.device_id_of(key), settings.clock.now().isoformat()
    row = {
        "id": id_,
        "worker": worker,
        "public_key": key,
        "store": asked.store_id,
        "platform": asked.platform,
        "app_version": asked.app_version,
        "contract": asked.contract,
        "status": said.ACTIVE,
        "registered_at": now,
        "changed_at": now,
        "order_text": "",
        "order_signature": "",
        "emptied_at": "",
        "receipt": "",
    }
    with database.noting() as connection:
        try:
            with connection.begin_nested():
                connection.execute(tables.device.insert(), row)
        except IntegrityError:
            known = device_named(connection, id_)
            if known is None or known.worker != worker or known.store != asked.store_id:
                raise ProblemRaised("not-permitted", "this key is another's") from None
            versions = {"app_version": asked.app_version, "contract": asked.contract}
            connection.execute(update(tables.device).where(tables.device.c.id == id_).values(**versions))
    return reply_for(database, settings, id_)


def reply_for(database: Database, settings: Settings, id_: str) -> DeviceReply:
    """Return what a device is told of itself. Raises ProblemRaised."""
    with database.reading() as connection:
        device = device_named(connection, id_)
        worker = reading.worker_named(connection, device.worker) if device is not None else None
    if device is None or worker is None:
        raise ProblemRaised("device-unknown")
    order = None
    if device.status == said.WIPE and device.order:
        order = WipeOrderMessage(order=device.order, signature=device.order_signature)
    return DeviceReply(
        id=device.id,
        status=device.status,
        worker=worker,
        server_time=settings.clock.now().isoformat(),
        organisation_key=_text(settings.organisation_key),
        seal_key=_text(settings.seal_key),
        order=order,
    )


def _text(key: bytes | None) -> str | None:
    return None if key is None else said.base64_of(key)


def set_status(
    database: Database,
    clock: Clock,
    id_: str,
    status: str,
    *,
    order: WipeOrderMessage | None = None,
) -> Device | None:
    """Stop a device, let it on again, or put an order by for it. Returns the device as it then is, or
    None."""
    values = {"status": status, "changed_at": clock.now().isoformat()}
    values["order_text"] = order.order if order is not None else ""
    values["order_signature"] = order.signature if order is not None else ""
    with database.noting() as connection:
        connection.execute(update(tables.device).where(tables.device.c.id == id_).values(**values))
        return device_named(connection, id_)


def hand_in(database: Database, clock: Clock, message: HandedInMessage) -> str:
    """Keep an envelope of a device's unsent work. Said twice, it is one. Returns the device's status.

    Raises:
        ProblemRaised: ``device-unknown``, ``proof-refused``, ``content-mismatch``.
    """
    envelope = said.bytes_in(message.envelope)
    with database.noting() as connection:
        device = _signer(
            connection,
            message.device,
            message.signature,
            said.handed_in_bytes(message.device, message.order, message.digest),
        )
        if envelope is None or hashlib.sha256(envelope).hexdigest() != message.digest:
            raise ProblemRaised("content-mismatch", "the envelope is not what its digest says")
        row = {
            "device": device.id,
            "digest": message.digest,
            "order_id": message.order,
            "envelope": envelope,
            "received_at": clock.now().isoformat(),
        }
        try:
            with connection.begin_nested():
                connection.execute(tables.device_sealed.insert(), row)
        except IntegrityError:
            pass  # it is here
    return device.status


def take_receipt(database: Database, clock: Clock, message: WipeReceiptMessage) -> str:
    """Note that a device was emptied; from then on it is retired. Said twice, it is one. Returns its status.

    Raises:
        ProblemRaised: ``device-unknown``, ``proof-refused``.
    """
    with database.noting() as connection:
        device = _signer(
            connection,
            message.device,
            message.signature,
            said.receipt_bytes(
                message.device,
                message.order,
                message.records,
                message.unsent,
                message.digest,
                message.emptied_at,
            ),
        )
        now = clock.now().isoformat()
        receipt = f"{message.order[:64]} records={message.records} unsent={message.unsent} {message.digest}"
        values = {"status": said.RETIRED, "changed_at": now, "emptied_at": now, "receipt": receipt[:200]}
        if not device.emptied_at:
            connection.execute(update(tables.device).where(tables.device.c.id == device.id).values(**values))
    return said.RETIRED


def sealed_of(connection: Connection, id_: str) -> list[tuple[str, bytes]]:
    """Return digest and envelope of all that a device handed in."""
    table = tables.device_sealed
    wanted = select(table.c.digest, table.c.envelope).where(table.c.device == id_)
    return [
        (row.digest, bytes(row.envelope)) for row in connection.execute(wanted.order_by(table.c.received_at))
    ]


def _signer(connection: Connection, id_: str, signature: str, bytes_: bytes) -> Device:
    device = device_named(connection, id_)
    if device is None:
        raise ProblemRaised("device-unknown")
    if not said.is_signed(device.public_key, signature, bytes_):
        raise ProblemRaised("proof-refused")
    return device
