"""Cursors of the feed: opaque to the client, signed, and good for the worker they were given to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

import msgspec

from sync.reference_ics.database import Identity

_TAG = 32
_MARK = 8  # bytes that stand for a scope; two that fall together would hide a gain, so not fewer


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """How far a worker has read, and of which scopes."""

    authority: str
    epoch: str
    worker: str
    seq: int
    marks: bytes  # of the scopes visible on every page read so far, side by side


class CursorRefused(Exception):
    """Not a cursor that can be read on from: start at the beginning."""


def mark(scope: str) -> bytes:
    """Return what stands for a scope in a cursor."""
    return hashlib.sha256(scope.encode()).digest()[:_MARK]


def _tag(identity: Identity, payload: bytes) -> bytes:
    return hmac.digest(identity.cursor_key, payload, "sha256")


def sealed(identity: Identity, *, worker: str, seq: int, marks: Iterable[bytes]) -> str:
    """Return the cursor text for a place in the feed."""
    payload = msgspec.msgpack.encode(
        Cursor(identity.authority, identity.epoch, worker, seq, b"".join(sorted(marks)))
    )
    return base64.urlsafe_b64encode(_tag(identity, payload) + payload).decode().rstrip("=")


def opened(identity: Identity, text: str, *, worker: str, visible: Iterable[str]) -> tuple[int, set[bytes]]:
    """Return how far this cursor has read, and the marks of the scopes it has read that are still visible.

    Raises:
        CursorRefused: tampered with, another worker's, from before a restore, or the worker has gained a
            scope since: what that scope holds may lie before the cursor.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise CursorRefused from error
    tag, payload = raw[:_TAG], raw[_TAG:]
    if not hmac.compare_digest(tag, _tag(identity, payload)):
        raise CursorRefused
    cursor = msgspec.msgpack.decode(payload, type=Cursor)
    if (cursor.authority, cursor.epoch, cursor.worker) != (identity.authority, identity.epoch, worker):
        raise CursorRefused
    known = {cursor.marks[at : at + _MARK] for at in range(0, len(cursor.marks), _MARK)}
    now = {mark(scope) for scope in visible}
    if now - known:
        raise CursorRefused
    return cursor.seq, now
