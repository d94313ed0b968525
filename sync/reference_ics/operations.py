"""What each call of the contract takes, gives and may refuse: as far as its handler does not say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler

from sync import protocol
from sync.protocol.devices import DEVICE_HEADER, PROOF_HEADER, SEALED_BY_HEADER
from sync.reference_ics import app, device_calls, scope_calls, upload_calls

_OF_A_BODY = ("malformed", "digest-mismatch", "payload-too-large", "unsupported-encoding")
_OF_AN_OP = (
    "invalid-op",
    "scope-forbidden",
    "not-permitted",
    "record-unknown",
    "record-signed-off",
    "precondition-required",
    "stale",
    "invalid-answer",
    "content-mismatch",
    "idempotency-mismatch",
)
_FROM_ZERO = {"type": "integer", "minimum": 0}
_OF_A_DEVICE = ("device-unknown", "device-suspended", "device-retired", "device-wipe", "proof-refused")
_POSITIVE = {"type": "integer", "minimum": 1}


class Health(msgspec.Struct, frozen=True):
    """The service answers and reaches its database."""

    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of the contract, as far as its handler does not say it."""

    handler: HTTPRouteHandler
    reply: type[msgspec.Struct] | None  # None: bytes as they are
    request: type[msgspec.Struct] | None = None
    takes_octets: bool = False
    query: tuple[tuple[str, dict[str, Any], str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()
    signed_in: bool = True

    @property
    def path(self) -> str:
        """Its address, as OpenAPI writes it."""
        (path,) = self.handler.paths
        return path.replace(":str}", "}")

    @property
    def refusals(self) -> frozenset[str]:
        """The types of the problems it may answer with."""
        found = {*self.problems, "unavailable", "internal-error"}
        if self.request is not None or self.takes_octets:
            found |= {*_OF_A_BODY}
        if self.signed_in:
            found |= {"token-expired", *_OF_A_DEVICE}
        return frozenset(found)


def _call(
    handler: HTTPRouteHandler,
    reply: type[msgspec.Struct] | None,
    *problems: str,
    takes: type[msgspec.Struct] | None = None,
    **more: Any,
) -> Operation:
    return Operation(handler=handler, reply=reply, request=takes, problems=problems, **more)


OPERATIONS = (
    _call(app.capabilities, protocol.Capabilities, signed_in=False),
    _call(app.health, Health, signed_in=False),
    _call(
        app.sign_in,
        protocol.SignInReply,
        "token-expired",
        "not-found",
        takes=protocol.SignInRequest,
        signed_in=False,
    ),
    _call(app.scopes, protocol.ScopesReply),
    _call(
        app.feed,
        protocol.FeedReply,
        "malformed",
        "cursor-expired",
        query=(
            ("cursor", {"type": "string"}, "`next_cursor` of the page before. Without it: from the start."),
            (
                "limit",
                _POSITIVE,
                "The most items of a page. A page may hold fewer and still not be the last.",
            ),
            (
                "besides",
                {"type": "string", "pattern": "^[0-9]{1,18}-[0-9]{1,18}(,[0-9]{1,18}-[0-9]{1,18}){0,49}$"},
                "Numbers, from one to another, of entries that the caller's own pushes made and that need "
                "not come back.",
            ),
        ),
    ),
    _call(app.take_push, protocol.PushReply, "epoch-changed", takes=protocol.PushRequest),
    _call(
        app.record,
        protocol.RecordMessage,
        "malformed",
        "record-unknown",
        query=(("version", _POSITIVE, "A version there was. Without it: the newest."),),
    ),
    _call(
        app.change_record,
        protocol.RecordMessage,
        *_OF_AN_OP,
        takes=protocol.PatchRequest,
        headers=(
            ("If-Match", '"<version>-<first 16 of the hash>", the ETag the record was read with.'),
            (
                "Idempotency-Key",
                "The op id: the same request under it is taken once.",
            ),
        ),
    ),
    _call(app.history, protocol.HistoryReply, "record-unknown"),
    _call(app.claim_conflict, protocol.ConflictMessage, "conflict-unknown", "illegal-transition"),
    _call(app.release_conflict, protocol.ConflictMessage, "conflict-unknown", "illegal-transition"),
    _call(
        scope_calls.snapshot,
        protocol.SnapshotReply,
        "malformed",
        "scope-forbidden",
        "page-expired",
        query=(
            ("page", {"type": "string"}, "`next_page` of the page before. Without it: from the start."),
            ("limit", _POSITIVE, "The most items of a page."),
        ),
    ),
    _call(scope_calls.manifest, protocol.ManifestReply, "malformed", "scope-forbidden"),
    _call(scope_calls.fetch, protocol.SnapshotReply, "scope-forbidden", takes=protocol.FetchRequest),
    _call(scope_calls.late_proposals, protocol.LateReply, takes=protocol.LateRequest),
    _call(scope_calls.purge_receipt, protocol.ReceiptReply, takes=protocol.ReceiptMessage),
    _call(scope_calls.reconcile, protocol.ReconcileReply, takes=protocol.ReconcileRequest),
    _call(scope_calls.give_back, protocol.GiveBackReply, takes=protocol.GiveBackRequest),
    _call(upload_calls.begin_upload, protocol.UploadReply, "scope-forbidden", takes=protocol.UploadRequest),
    _call(
        upload_calls.take_part,
        protocol.UploadReply,
        "upload-unknown",
        "offset-mismatch",
        "content-mismatch",
        takes_octets=True,
        query=(("offset", _FROM_ZERO, "Where the part begins: `offset` of the reply before."),),
        headers=(("Content-Digest", "The SHA-256 of the part."),),
    ),
    _call(
        upload_calls.read_file,
        None,
        "malformed",
        "not-found",
        query=(
            ("offset", _FROM_ZERO, "The first byte wanted. Without it: 0."),
            ("limit", _POSITIVE, "The most bytes of the answer."),
        ),
    ),
    _call(
        device_calls.register_device,
        protocol.DeviceReply,
        "proof-refused",
        "not-permitted",
        takes=protocol.DeviceRequest,
    ),
    _call(
        device_calls.this_device,
        protocol.DeviceReply,
        "device-unknown",
        "proof-refused",
        headers=(
            (DEVICE_HEADER, "The device's id."),
            (PROOF_HEADER, '"<seconds since 1970> <nonce> <signature>", by the device\'s key.'),
        ),
        signed_in=False,
    ),
    _call(
        device_calls.hand_in_sealed,
        protocol.DoneReply,
        "device-unknown",
        "proof-refused",
        "content-mismatch",
        takes=protocol.HandedInMessage,
        headers=((SEALED_BY_HEADER, "The device's id."),),
        signed_in=False,
    ),
    _call(
        device_calls.wipe_receipt,
        protocol.DoneReply,
        "device-unknown",
        "proof-refused",
        takes=protocol.WipeReceiptMessage,
        signed_in=False,
    ),
)
