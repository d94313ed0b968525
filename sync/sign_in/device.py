"""This laptop, as its authority knows it: its key, its standing, and the orders it obeys.

The key is made here, lives in the encrypted store and signs every call; with it the laptop can be told that
it was stopped even when its worker can no longer sign in. An order to empty it counts only with the signature
of the organisation, whose public key was pinned when the laptop was set up: the ICS alone cannot give one.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sync.protocol import (
    DeviceReply,
    DeviceRequest,
    DoneReply,
    HandedInMessage,
    WipeOrderMessage,
    WipeReceiptMessage,
    encode,
)
from sync.protocol import devices as said
from sync.wire import Wire
from workbook_desktop.domain.clock import Clock

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

UNSENT = said.UNSENT


class OrderRefused(Exception):
    """An order that is not for this laptop, or not from its organisation. `reason` is a word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order to empty this laptop, proved."""

    id: str
    now: bool  # True: at once, what is unsent sealed and kept; False: handed in before anything goes
    seal_key: bytes


class DeviceKey:
    """The laptop's own key."""

    def __init__(self, private: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key: Ed25519PrivateKey = Ed25519PrivateKey.from_private_bytes(private)
        self.public = self._key.public_key().public_bytes_raw()
        self.id = said.device_id_of(self.public)

    @staticmethod
    def new() -> bytes:
        """Return a new private key, to be kept."""
        return secrets.token_bytes(said.KEY_BYTES)

    def sign(self, content: bytes) -> str:
        """Return a signature as text."""
        return said.base64_of(self._key.sign(content))


class Device:
    """The laptop on the line to its authority. The time it signs with is the service's, not its own
    clock's."""

    def __init__(self, key: DeviceKey, clock: Clock) -> None:
        self.key, self._clock = key, clock
        self._ahead = 0.0  # seconds by which the service's clock is ahead of ours

    def note_time(self, server_time: str) -> None:
        """Take the service's time, as it has just said it."""
        try:
            self._ahead = datetime.fromisoformat(server_time).timestamp() - self._clock.now().timestamp()
        except (ValueError, TypeError, OverflowError):
            return

    def headers(self, method: str, path: str, digest: str) -> Mapping[str, str]:
        """Return the signature of a call: a `transport.Signer`."""
        at, nonce = int(self._clock.now().timestamp() + self._ahead), secrets.token_urlsafe(16)
        signature = self.key.sign(said.proof_bytes(method, path, digest, at, nonce))
        return {said.DEVICE_HEADER: self.key.id, said.PROOF_HEADER: f"{at} {nonce} {signature}"}

    def register(
        self, wire: Wire, token: str, *, store_id: str, platform: str, version: str, contract: str
    ) -> DeviceReply:
        """Make the laptop known for the worker who is signed in. Raises as every call does."""
        public = said.base64_of(self.key.public)
        asked = DeviceRequest(
            public_key=public,
            store_id=store_id,
            platform=platform,
            app_version=version,
            contract=contract,
            signature=self.key.sign(said.registration_bytes(public, store_id)),
        )
        return wire.call("POST", "/v1/devices", DeviceReply, token=token, body=encode(asked))

    def status(self, wire: Wire) -> DeviceReply:
        """Ask how this laptop stands; `wire` signs with `headers`. Raises as every call does."""
        return wire.call("GET", "/v1/devices/self", DeviceReply)

    def handed_in(self, order: str, envelope: bytes) -> HandedInMessage:
        """Return the message that hands an envelope in, without the envelope: it is put in when it is
        sent."""
        digest = hashlib.sha256(envelope).hexdigest()
        return HandedInMessage(
            device=self.key.id,
            order=order,
            digest=digest,
            envelope="",
            signature=self.key.sign(said.handed_in_bytes(self.key.id, order, digest)),
        )

    def receipt(
        self, order: str, *, records: int, unsent: int, envelope: bytes, emptied_at: str
    ) -> WipeReceiptMessage:
        """Return the receipt of an emptying, signed while there still is a key to sign with."""
        digest = hashlib.sha256(envelope).hexdigest() if envelope else ""
        signed = said.receipt_bytes(self.key.id, order, records, unsent, digest, emptied_at)
        return WipeReceiptMessage(
            device=self.key.id,
            order=order,
            records=records,
            unsent=unsent,
            digest=digest,
            emptied_at=emptied_at,
            signature=self.key.sign(signed),
        )


def hand_in(wire: Wire, message: HandedInMessage, envelope: bytes) -> None:
    """Hand in an envelope. Raises as every call does; said twice, it is one."""
    whole = HandedInMessage(
        device=message.device,
        order=message.order,
        digest=message.digest,
        envelope=said.base64_of(envelope),
        signature=message.signature,
    )
    wire.signer = lambda _method, _path, _digest: {said.SEALED_BY_HEADER: message.device}
    wire.call("POST", "/v1/devices/self/sealed", DoneReply, body=encode(whole))


def send_receipt(wire: Wire, message: WipeReceiptMessage) -> None:
    """Say that this laptop was emptied. Raises as every call does; said twice, it is one."""
    wire.call("POST", "/v1/devices/self/wipe-receipt", DoneReply, body=encode(message))


def order_for(
    message: WipeOrderMessage | None,
    *,
    organisation_key: bytes | None,
    device: str,
    store: str,
    now: datetime,
) -> Order:
    """Return an order, once it is proved to be the organisation's and for this laptop.

    Args:
        now: by the service's clock, or ours if that is further on.

    Raises:
        OrderRefused: reason ``none``, ``no-key``, ``signature``, ``unknown``, ``another-device``, ``over``.
    """
    if message is None:
        raise OrderRefused("none")
    if organisation_key is None:
        raise OrderRefused("no-key")
    if not said.is_signed(organisation_key, message.signature, said.order_bytes(message.order)):
        raise OrderRefused("signature")
    try:
        order = said.order_in(message.order)
        over = datetime.fromisoformat(order.not_after) < now
    except (ValueError, TypeError) as error:
        raise OrderRefused("unknown") from error
    key = said.key_in(order.seal_key)
    if key is None:
        raise OrderRefused("unknown")
    if order.device != device or order.store != store:
        raise OrderRefused("another-device")
    if over:
        raise OrderRefused("over")
    return Order(id=order.id, now=order.mode == said.NOW, seal_key=key)
