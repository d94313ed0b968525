"""Places in the feed and in snapshots: opaque to the client, signed, and good for the worker they were given
to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TypeVar

import msgspec

from sync.reference_ics.database import Identity

_TAG = 32
_T = TypeVar("_T", bound=msgspec.Struct)


class Cursor(msgspec.Struct, frozen=True, array_like=True, tag="feed"):
    """How far a worker has read. Families gained up to `began` are read with the feed itself, as it was read
    from its start then; those gained later come as snapshots."""

    authority: str
    epoch: str
    worker: str
    seq: int
    began: int


class Page(msgspec.Struct, frozen=True, array_like=True, tag="snapshot"):
    """How far a snapshot has been read. `standing`: of the worker in the family, when it was begun."""

    authority: str
    epoch: str
    worker: str
    scope: str
    standing: str
    as_of: int
    seq: int


class CursorRefused(Exception):
    """Not a place that can be read on from: start at the beginning."""


def mark(standing: str) -> str:
    """Return what stands for a worker's standing in a family."""
    return hashlib.sha256(standing.encode()).hexdigest()


def _tag(identity: Identity, payload: bytes) -> bytes:
    return hmac.digest(identity.cursor_key, payload, "sha256")


def sealed(identity: Identity, place: Cursor | Page) -> str:
    """Return a place as text."""
    payload = msgspec.msgpack.encode(place)
    return base64.urlsafe_b64encode(_tag(identity, payload) + payload).decode().rstrip("=")


def opened(identity: Identity, text: str, into: type[_T], *, worker: str) -> _T:
    """Return the place that a text names.

    Raises:
        CursorRefused: tampered with, another worker's, of another kind, or from before a restore.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise CursorRefused from error
    tag, payload = raw[:_TAG], raw[_TAG:]
    if not hmac.compare_digest(tag, _tag(identity, payload)):
        raise CursorRefused
    try:
        place = msgspec.msgpack.decode(payload, type=into)
    except msgspec.DecodeError as error:  # signed by us in an earlier shape, or a place of another kind
        raise CursorRefused from error
    assert isinstance(place, Cursor | Page)
    if (place.authority, place.epoch, place.worker) != (identity.authority, identity.epoch, worker):
        raise CursorRefused
    return place
