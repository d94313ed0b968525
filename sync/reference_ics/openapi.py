"""The contract as an OpenAPI 3.1 document, from the same messages and handlers that serve it."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec
from litestar.handlers import HTTPRouteHandler

from sync import protocol
from sync.protocol import (
    CONTRACT,
    CONTRACT_HEADER,
    MEDIA_TYPE,
    PROBLEM_TYPE,
    WELL_KNOWN,
    devices,
    messages,
    uploads,
)
from sync.protocol import scopes as scope_messages
from sync.protocol.devices import DEVICE_HEADER, PROOF_HEADER, SEALED_BY_HEADER
from sync.protocol.encoding import DIGEST_HEADER
from sync.reference_ics import app, device_calls, scope_calls, upload_calls
from sync.reference_ics.problems import PROBLEMS

_REF = "#/components/schemas/{name}"


class Health(msgspec.Struct, frozen=True):
    """The service answers and reaches its database."""

    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of the contract, as far as its handler does not say it."""

    path: str
    handler: HTTPRouteHandler
    reply: type[msgspec.Struct] | None  # None: bytes as they are
    request: type[msgspec.Struct] | None = None
    takes_octets: bool = False
    query: tuple[tuple[str, dict[str, Any], str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()
    signed_in: bool = True


_BODY = ("malformed", "digest-mismatch", "payload-too-large", "unsupported-encoding")
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

OPERATIONS = (
    Operation(path=WELL_KNOWN, handler=app.capabilities, reply=protocol.Capabilities, signed_in=False),
    Operation(path="/v1/health", handler=app.health, reply=Health, signed_in=False),
    Operation(
        path="/v1/practice/sign-in",
        handler=app.sign_in,
        request=protocol.SignInRequest,
        reply=protocol.SignInReply,
        problems=(*_BODY, "token-expired", "not-found"),
        signed_in=False,
    ),
    Operation(path="/v1/scopes", handler=app.scopes, reply=protocol.ScopesReply),
    Operation(
        path="/v1/feed",
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
        path="/v1/push",
        handler=app.take_push,
        request=protocol.PushRequest,
        reply=protocol.PushReply,
        problems=_BODY,
    ),
    Operation(
        path="/v1/records/{record_id}",
        handler=app.record,
        reply=protocol.RecordMessage,
        query=(("version", _POSITIVE, "A version there was. Without it: the newest."),),
        problems=("malformed", "record-unknown"),
    ),
    Operation(
        path="/v1/records/{record_id}",
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
        problems=(*_BODY, *_OF_AN_OP),
    ),
    Operation(
        path="/v1/records/{record_id}/history",
        handler=app.history,
        reply=protocol.HistoryReply,
        problems=("record-unknown",),
    ),
    Operation(
        path="/v1/conflicts/{conflict_id}/claim",
        handler=app.claim_conflict,
        reply=protocol.ConflictMessage,
        problems=("conflict-unknown", "illegal-transition"),
    ),
    Operation(
        path="/v1/conflicts/{conflict_id}/release",
        handler=app.release_conflict,
        reply=protocol.ConflictMessage,
        problems=("conflict-unknown", "illegal-transition"),
    ),
    Operation(
        path="/v1/scopes/{scope_id}/snapshot",
        handler=scope_calls.snapshot,
        reply=protocol.SnapshotReply,
        query=(
            ("page", {"type": "string"}, "`next_page` of the page before. Without it: from the start."),
            ("limit", _POSITIVE, "The most items of a page."),
        ),
        problems=("malformed", "scope-forbidden", "page-expired"),
    ),
    Operation(
        path="/v1/scopes/{scope_id}/manifest",
        handler=scope_calls.manifest,
        reply=protocol.ManifestReply,
        problems=("malformed", "scope-forbidden"),
    ),
    Operation(
        path="/v1/scopes/{scope_id}/records",
        handler=scope_calls.fetch,
        request=protocol.FetchRequest,
        reply=protocol.SnapshotReply,
        problems=(*_BODY, "scope-forbidden"),
    ),
    Operation(
        path="/v1/late-proposals",
        handler=scope_calls.late_proposals,
        request=protocol.LateRequest,
        reply=protocol.LateReply,
        problems=_BODY,
    ),
    Operation(
        path="/v1/purge-receipts",
        handler=scope_calls.purge_receipt,
        request=protocol.ReceiptMessage,
        reply=protocol.ReceiptReply,
        problems=_BODY,
    ),
    Operation(
        path="/v1/reconcile",
        handler=scope_calls.reconcile,
        request=protocol.ReconcileRequest,
        reply=protocol.ReconcileReply,
        problems=_BODY,
    ),
    Operation(
        path="/v1/give-back",
        handler=scope_calls.give_back,
        request=protocol.GiveBackRequest,
        reply=protocol.GiveBackReply,
        problems=_BODY,
    ),
    Operation(
        path="/v1/uploads",
        handler=upload_calls.begin_upload,
        request=protocol.UploadRequest,
        reply=protocol.UploadReply,
        problems=(*_BODY, "scope-forbidden"),
    ),
    Operation(
        path="/v1/uploads/{upload_id}",
        handler=upload_calls.take_part,
        takes_octets=True,
        reply=protocol.UploadReply,
        query=(("offset", _FROM_ZERO, "Where the part begins: `offset` of the reply before."),),
        headers=(("Content-Digest", "The SHA-256 of the part."),),
        problems=(*_BODY, "upload-unknown", "offset-mismatch", "content-mismatch"),
    ),
    Operation(
        path="/v1/blobs/{sha256}",
        handler=upload_calls.read_file,
        reply=None,
        query=(
            ("offset", _FROM_ZERO, "The first byte wanted. Without it: 0."),
            ("limit", _POSITIVE, "The most bytes of the answer."),
        ),
        problems=("malformed", "not-found"),
    ),
    Operation(
        path="/v1/devices",
        handler=device_calls.register_device,
        request=protocol.DeviceRequest,
        reply=protocol.DeviceReply,
        problems=(*_BODY, "proof-refused", "not-permitted"),
    ),
    Operation(
        path="/v1/devices/self",
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
        path="/v1/devices/self/sealed",
        handler=device_calls.hand_in_sealed,
        headers=((SEALED_BY_HEADER, "The device's id."),),
        request=protocol.HandedInMessage,
        reply=protocol.DoneReply,
        problems=(*_BODY, "device-unknown", "proof-refused", "content-mismatch"),
        signed_in=False,
    ),
    Operation(
        path="/v1/devices/self/wipe-receipt",
        handler=device_calls.wipe_receipt,
        request=protocol.WipeReceiptMessage,
        reply=protocol.DoneReply,
        problems=(*_BODY, "device-unknown", "proof-refused"),
        signed_in=False,
    ),
)

# What stands in the messages as raw JSON, so that it is passed on untouched.
_RAW = {
    ("FeedItemMessage", "body"): {
        "description": (
            "By `kind`: a RecordMessage, a ConflictMessage, a FHIR R4 Questionnaire, what leaves and why "
            "(scope_revoked, moved_out, tombstone, erased), or null (scope_added)."
        ),
        "anyOf": [
            {"$ref": _REF.format(name="RecordMessage")},
            {"$ref": _REF.format(name="ConflictMessage")},
            {"$ref": _REF.format(name="LeavingMessage")},
            {"type": "null"},
            {"type": "object", "title": "Questionnaire"},
        ],
    },
    ("LateRequest", "ops"): {
        "type": "array",
        "items": {"$ref": _REF.format(name="OpMessage")},
        "minItems": 1,
    },
    ("PushRequest", "ops"): {
        "type": "array",
        "items": {"$ref": _REF.format(name="OpMessage")},
        "minItems": 1,
    },
}


def document() -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        (method,) = operation.handler.http_methods
        paths.setdefault(operation.path, {})[str(method).lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ICS Sync Contract",
            "version": CONTRACT,
            "summary": "How a Workbook on a laptop and a council's case system exchange a shared caseload.",
            "description": (
                f"Every reply carries `{CONTRACT_HEADER}`, `{DIGEST_HEADER}` and the media type "
                f"`{MEDIA_TYPE}`; a reply without them is not from an ICS and changes nothing. "
                f"Refusals are problems of RFC 9457 (`{PROBLEM_TYPE}`), told apart by `type`. JSON is "
                "UTF-8 without floating-point numbers: "
                "decimals are text. Unknown members are kept in answers and ignored in envelopes. Visibility "
                "is worked out from involvements at each call: what a worker may not see answers as unknown."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "headers": {
                "Contract": {
                    "description": "The version of the contract that the reply follows.",
                    "required": True,
                    "schema": {"type": "string", "const": CONTRACT},
                },
                "Digest": {
                    "description": (
                        "The SHA-256 of the body as it is sent, `sha-256=:base64:` (RFC 9530). A good reply "
                        "without it, or with another's, changes nothing. Requests may carry it."
                    ),
                    "required": True,
                    "schema": {"type": "string"},
                },
            },
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "x-problems": {
            type_: {"status": status, "title": title} for type_, (status, title) in sorted(PROBLEMS.items())
        },
    }


def document_text() -> str:
    """Return the document as it stands in ``resources/openapi``: the same bytes every time."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


_AS_BYTES = {protocol.OCTETS: {"schema": {"type": "string", "format": "binary"}}}


def _operation(operation: Operation) -> dict[str, Any]:
    function: Any = operation.handler.fn
    words = inspect.getdoc(function) or ""
    said: dict[str, Any] = {"operationId": function.__name__, "summary": words}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    parameters += [
        {"name": name, "in": "header", "required": True, "description": what, "schema": {"type": "string"}}
        for name, what in operation.headers
    ]
    parameters += [
        {"name": name, "in": "query", "description": what, "schema": schema}
        for name, schema, what in operation.query
    ]
    if parameters:
        said["parameters"] = parameters
    if operation.request is not None:
        said["requestBody"] = {"required": True, "content": {MEDIA_TYPE: _schema_of(operation.request)}}
    elif operation.takes_octets:
        said["requestBody"] = {"required": True, "content": _AS_BYTES}
    said["responses"] = {
        "200": {
            "description": "Bytes as they are." if operation.reply is None else _first_line(operation.reply),
            "headers": _headers(),
            "content": _AS_BYTES if operation.reply is None else {MEDIA_TYPE: _schema_of(operation.reply)},
        },
        **_refusals(operation),
    }
    said["security"] = [{"bearer": []}] if operation.signed_in else []
    return said


def _refusals(operation: Operation) -> dict[str, Any]:
    types = {*operation.problems, "unavailable", "internal-error"}
    if operation.signed_in:
        types |= {"token-expired", *_OF_A_DEVICE}
    by_status: dict[int, list[str]] = {}
    for type_ in sorted(types):
        by_status.setdefault(PROBLEMS[type_][0], []).append(type_)
    return {
        str(status): {
            "description": "; ".join(f"`{type_}`: {PROBLEMS[type_][1]}" for type_ in named),
            "headers": _headers(),
            "content": {PROBLEM_TYPE: _schema_of(protocol.ProblemMessage)},
        }
        for status, named in sorted(by_status.items())
    }


def _headers() -> dict[str, Any]:
    return {
        CONTRACT_HEADER: {"$ref": "#/components/headers/Contract"},
        DIGEST_HEADER: {"$ref": "#/components/headers/Digest"},
    }


def _schema_of(message: type[msgspec.Struct]) -> dict[str, Any]:
    return {"schema": {"$ref": _REF.format(name=message.__name__)}}


def _first_line(message: type[msgspec.Struct]) -> str:
    return (inspect.getdoc(message) or message.__name__).split("\n", 1)[0]


def _schemas() -> dict[str, Any]:
    shapes: list[Any] = [
        each
        for module in (messages, scope_messages, uploads, devices)
        for each in vars(module).values()
        if inspect.isclass(each) and issubclass(each, msgspec.Struct) and each.__module__ == module.__name__
    ]
    # msgspec 0.22 cannot describe a raw member that has a default: the feed's are described from copies.
    item = _without_raw_defaults(protocol.FeedItemMessage, {})
    reply = _without_raw_defaults(protocol.FeedReply, {"items": list[item]})  # type: ignore[valid-type]
    snapshot = _without_raw_defaults(protocol.SnapshotReply, {"items": list[item]})  # type: ignore[valid-type]
    copies = {"FeedItemMessage": item, "FeedReply": reply, "SnapshotReply": snapshot}
    shapes = [copies.get(each.__name__, each) for each in shapes]
    _, schemas = msgspec.json.schema_components([*shapes, Health], ref_template=_REF)
    for (name, member), schema in _RAW.items():
        schemas[name]["properties"][member] = schema
    schemas["ProblemMessage"]["properties"]["type"]["examples"] = sorted(PROBLEMS)
    return dict(sorted(schemas.items()))


def _without_raw_defaults(message: type[msgspec.Struct], instead: dict[str, Any]) -> Any:
    hints = get_type_hints(message)
    fields = []
    for each in msgspec.structs.fields(message):
        type_ = instead.get(each.name, hints[each.name])
        bare = each.default is msgspec.NODEFAULT or type_ is msgspec.Raw
        fields.append((each.name, type_) if bare else (each.name, type_, each.default))
    return msgspec.defstruct(message.__name__, fields, kw_only=True, namespace={"__doc__": message.__doc__})
