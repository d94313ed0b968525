"""The contract as an OpenAPI 3.1 document, from the same messages and handlers that serve it."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any, get_type_hints

import msgspec

from sync import protocol
from sync.protocol import (
    CONTRACT,
    CONTRACT_HEADER,
    MEDIA_TYPE,
    PROBLEM_TYPE,
    devices,
    messages,
    uploads,
)
from sync.protocol import scopes as scope_messages
from sync.protocol.encoding import DIGEST_HEADER
from sync.reference_ics.operations import OPERATIONS, Health, Operation
from sync.reference_ics.problems import PROBLEMS
from workbook_desktop.domain.changes import ConflictKind, OpKind

_REF = "#/components/schemas/{name}"

_ID = {"pattern": "^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"}
_HASH = {"pattern": "^[0-9a-f]{64}$"}

# What the service asks of a member besides its type. One op is refused for it, not the push it came in.
_ASKED = {
    ("OpMessage", "op_id"): _ID,
    ("OpMessage", "record_id"): _ID,
    ("OpMessage", "result_hash"): _HASH,
    ("OpMessage", "kind"): {"enum": [str(kind) for kind in OpKind]},
    ("ProposalMessage", "kind"): {"enum": [str(kind) for kind in ConflictKind]},
    ("ProposalMessage", "theirs_version"): {"minimum": 1},
    ("UploadRequest", "sha256"): _HASH,
    ("UploadRequest", "size"): {"minimum": 1, "maximum": uploads.MOST_FILE_BYTES},
}
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
    by_status: dict[int, list[str]] = {}
    for type_ in sorted(operation.refusals):
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
    for (name, member), asked in _ASKED.items():
        schemas[name]["properties"][member] |= asked
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
