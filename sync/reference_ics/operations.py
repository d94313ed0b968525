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


OPERATIONS = (
    Operation(handler=app.capabilities, reply=protocol.Capabilities, signed_in=False),
    Operation(handler=app.health, reply=Health, signed_in=False),
    Operation(
        handler=app.sign_in,
        request=protocol.SignInRequest,
        reply=protocol.SignInReply,
        problems=("token-expired", "not-found"),
        signed_in=False,
    ),
    Operation(handler=app.scopes, reply=protocol.ScopesReply),
    Operation(
        handler=app.feed,
        reply=protocol.FeedReply,
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
        problems=("malformed", "cursor-expired"),
    ),
    Operation(
        handler=app.take_push,
        request=protocol.PushRequest,
        reply=protocol.PushReply,
    ),
    Operation(
        handler=app.record,
        reply=protocol.RecordMessage,
        query=(("version", _POSITIVE, "A version there was. Without it: the newest."),),
        problems=("malformed", "record-unknown"),
    ),
    Operation(
        handler=app.change_record,
        request=protocol.PatchRequest,
        reply=protocol.RecordMessage,
        headers=(
            ("If-Match", '"<version>-<first 16 of the hash>", the ETag the record was read with.'),
            (
                "Idempotency-Key",
                "The op id: the same request under it is taken once.",
            ),
        ),
        problems=_OF_AN_OP,
    ),
    Operation(
        handler=app.history,
        reply=protocol.HistoryReply,
        problems=("record-unknown",),
    ),
    Operation(
        handler=app.claim_conflict,
        reply=protocol.ConflictMessage,
        problems=("conflict-unknown", "illegal-transition"),
    ),
    Operation(
        handler=app.release_conflict,
        reply=protocol.ConflictMessage,
        problems=("conflict-unknown", "illegal-transition"),
    ),
    Operation(
        handler=scope_calls.snapshot,
        reply=protocol.SnapshotReply,
        query=(
            ("page", {"type": "string"}, "`next_page` of the page before. Without it: from the start."),
            ("limit", _POSITIVE, "The most items of a page."),
        ),
        problems=("malformed", "scope-forbidden", "page-expired"),
    ),
    Operation(
        handler=scope_calls.manifest,
        reply=protocol.ManifestReply,
        problems=("malformed", "scope-forbidden"),
    ),
    Operation(
        handler=scope_calls.fetch,
        request=protocol.FetchRequest,
        reply=protocol.SnapshotReply,
        problems=("scope-forbidden",),
    ),
    Operation(
        handler=scope_calls.late_proposals,
        request=protocol.LateRequest,
        reply=protocol.LateReply,
    ),
    Operation(
        handler=scope_calls.purge_receipt,
        request=protocol.ReceiptMessage,
        reply=protocol.ReceiptReply,
    ),
    Operation(
        handler=scope_calls.reconcile,
        request=protocol.ReconcileRequest,
        reply=protocol.ReconcileReply,
    ),
    Operation(
        handler=scope_calls.give_back,
        request=protocol.GiveBackRequest,
        reply=protocol.GiveBackReply,
    ),
    Operation(
        handler=upload_calls.begin_upload,
        request=protocol.UploadRequest,
        reply=protocol.UploadReply,
        problems=("scope-forbidden",),
    ),
    Operation(
        handler=upload_calls.take_part,
        takes_octets=True,
        reply=protocol.UploadReply,
        query=(("offset", _FROM_ZERO, "Where the part begins: `offset` of the reply before."),),
        headers=(("Content-Digest", "The SHA-256 of the part."),),
        problems=("upload-unknown", "offset-mismatch", "content-mismatch"),
    ),
    Operation(
        handler=upload_calls.read_file,
        reply=None,
        query=(
            ("offset", _FROM_ZERO, "The first byte wanted. Without it: 0."),
            ("limit", _POSITIVE, "The most bytes of the answer."),
        ),
        problems=("malformed", "not-found"),
    ),
    Operation(
        handler=device_calls.register_device,
        request=protocol.DeviceRequest,
        reply=protocol.DeviceReply,
        problems=("proof-refused", "not-permitted"),
    ),
    Operation(
        handler=device_calls.this_device,
        reply=protocol.DeviceReply,
        headers=(
            (DEVICE_HEADER, "The device's id."),
            (PROOF_HEADER, '"<seconds since 1970> <nonce> <signature>", by the device\'s key.'),
        ),
        problems=("device-unknown", "proof-refused"),
        signed_in=False,
    ),
    Operation(
        handler=device_calls.hand_in_sealed,
        headers=((SEALED_BY_HEADER, "The device's id."),),
        request=protocol.HandedInMessage,
        reply=protocol.DoneReply,
        problems=("device-unknown", "proof-refused", "content-mismatch"),
        signed_in=False,
    ),
    Operation(
        handler=device_calls.wipe_receipt,
        request=protocol.WipeReceiptMessage,
        reply=protocol.DoneReply,
        problems=("device-unknown", "proof-refused"),
        signed_in=False,
    ),
)
