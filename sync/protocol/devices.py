"""Messages about devices: known by a key of their own, stopped, emptied by an order that the organisation
signed.

A device has an Ed25519 key that never leaves it. Three things are signed with it, each under its own first
line so that one never passes for another: a call (`proof_bytes`), what it hands in sealed
(`handed_in_bytes`), and that it was emptied (`receipt_bytes`). An order to empty it is signed with the
organisation's key, which the service that passes it on does not have (`order_bytes`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

import msgspec

from sync.protocol.messages import WorkerMessage
from sync.protocol.scopes import Count

DEVICE_HEADER = "ICS-Workbook-Device"
PROOF_HEADER = "ICS-Workbook-Proof"  # "<seconds since 1970 by the service's clock> <nonce> <signature>"
SEALED_BY_HEADER = "ICS-Workbook-Sealed-By"  # whose envelope it is: looked at before that is read
PROOF_SECONDS = 300  # how far a proof's time may be from the service's
KEY_BYTES = 32
ACTIVE, SUSPENDED, WIPE, RETIRED = "active", "suspended", "wipe", "retired"
STATUSES = (ACTIVE, SUSPENDED, WIPE, RETIRED)
NOW, PUSH_THEN_WIPE = "now", "push-then-wipe"
MODES = (NOW, PUSH_THEN_WIPE)
UNSENT = "workbook/unsent/1"  # what an envelope of unsent work is sealed for, with "|" and the store's id


class DeviceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``POST /v1/devices``: make a device known for the worker who is signed in. Said again, it is the same
    one."""

    public_key: str  # Ed25519, 32 bytes in base64
    store_id: str
    platform: str  # such as "windows"
    app_version: str
    contract: str
    signature: str  # of `registration_bytes`, by that key


class WipeOrderMessage(msgspec.Struct, frozen=True, kw_only=True):
    """An order to empty a device: a `WipeOrder` as JSON, as it was signed, and the organisation's
    signature."""

    order: str
    signature: str


class WipeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What an order says. `mode`: ``push-then-wipe`` (what is unsent is handed in, sealed, before anything
    goes) or ``now`` (it is sealed and kept, the rest goes at once)."""

    v: int
    kind: str  # "wipe"
    id: str
    device: str
    store: str
    mode: str
    issued_at: str
    not_after: str
    seal_key: str  # X25519: what is unsent is sealed to it


class DeviceReply(msgspec.Struct, frozen=True, kw_only=True):
    """A device as the authority knows it. `organisation_key` (Ed25519) and `seal_key` (X25519) are believed
    once, at the first registration, where the device's administrator set none."""

    id: str
    status: str
    worker: WorkerMessage
    server_time: str
    organisation_key: str | None = None
    seal_key: str | None = None
    order: WipeOrderMessage | None = None


class HandedInMessage(msgspec.Struct, frozen=True, kw_only=True):
    """``POST /v1/devices/self/sealed``: unsent work, sealed for the organisation alone. Nothing of it is read
    here."""

    device: str
    order: str  # id of the order to empty the device, or of a withdrawal (`job_id`); "" if there is none
    digest: str  # SHA-256 of the envelope
    envelope: str  # base64
    signature: str  # of `handed_in_bytes`


class WipeReceiptMessage(msgspec.Struct, frozen=True, kw_only=True):
    """``POST /v1/devices/self/wipe-receipt``: the device was emptied. Signed before its key was."""

    device: str
    order: str
    records: Count  # that it held
    unsent: Count  # things in the envelope
    digest: str  # of the envelope, "" if nothing was unsent
    emptied_at: str
    signature: str  # of `receipt_bytes`


class DoneReply(msgspec.Struct, frozen=True, kw_only=True):
    """It is noted."""

    device: str
    status: str


def device_id_of(public_key: bytes) -> str:
    """Return what a device is called: its key decides, so it is called the same by everybody."""
    return "d-" + hashlib.sha256(public_key).hexdigest()[:32]


def registration_bytes(public_key: str, store_id: str) -> bytes:
    """Return what a device signs to show that the key is its own."""
    return _lines("workbook/device/1", public_key, store_id)


def proof_bytes(method: str, path: str, digest: str, at: int, nonce: str) -> bytes:
    """Return what a device signs for a call. `digest`: the Content-Digest header of the body, "" without
    one."""
    return _lines("workbook/call/1", method.upper(), path, digest, str(at), nonce)


def order_bytes(order: str) -> bytes:
    """Return what the organisation signs."""
    return _lines("workbook/order/1", order)


def handed_in_bytes(device: str, order: str, digest: str) -> bytes:
    """Return what a device signs of an envelope."""
    return _lines("workbook/sealed/1", device, order, digest)


def receipt_bytes(device: str, order: str, records: int, unsent: int, digest: str, emptied_at: str) -> bytes:
    """Return what a device signs of its end."""
    return _lines("workbook/emptied/1", device, order, str(records), str(unsent), digest, emptied_at)


def _lines(*parts: str) -> bytes:
    return "\n".join(json.dumps(part) for part in parts).encode()  # quoted: no part can be two


def order_in(text: str) -> WipeOrder:
    """Return an order. Raises ValueError: it is not one that is known here."""
    try:
        order = msgspec.json.decode(text, type=WipeOrder)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise ValueError("not an order") from error
    if order.v != 1 or order.kind != "wipe" or order.mode not in MODES:
        raise ValueError("not an order that is known")
    return order


def key_in(text: str | None) -> bytes | None:
    """Return a public key from base64; None if it is not one."""
    return bytes_in(text, KEY_BYTES)


def bytes_in(text: Any, length: int | None = None) -> bytes | None:
    """Return bytes from base64; None if they are not that, or not so many."""
    if not isinstance(text, str):
        return None
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if length is None or len(found) == length else None


def base64_of(data: bytes) -> str:
    """Return bytes as text."""
    return base64.b64encode(data).decode("ascii")


def is_signed(public_key: bytes, signature: str, said: bytes) -> bool:
    """Say whether the owner of a key signed this."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    found = bytes_in(signature, 64)
    if found is None or len(public_key) != KEY_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(found, said)
    except (InvalidSignature, ValueError):
        return False
    return True
