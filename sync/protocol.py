"""The messages of the ICS Sync Contract 1.x, and the way between them and the domain's values.

JSON becomes values here and nowhere else on the way to and from the ICS. Members this version does not know
are kept where a record or an answer is concerned and ignored in envelopes. What follows is the law both ends
keep.

Replies
    Every reply, errors too, carries the header `CONTRACT_HEADER` with the contract's version. A 200 has the
    media type `MEDIA_TYPE`, an error `PROBLEM_TYPE` with a `ProblemMessage`. A reply without them is not the
    ICS's and changes nothing. ``Authorization: Bearer <token>`` everywhere but at `WELL_KNOWN` and the
    sign-in.

    ===== ====================== ==============================================================
    HTTP  problem type           the client
    ===== ====================== ==============================================================
    401   ``token-expired``      asks for sign-in; nothing unsent is touched
    410   ``cursor-expired``     reads the feed from its start, into the same tables
    413   ``payload-too-large``  sends half as many ops; a single op that is too large is parked
    429   ``rate-limited``       waits, honouring ``Retry-After`` in seconds
    5xx   ``unavailable``        waits
    other any                    refuses the reply; nothing changed
    ===== ====================== ==============================================================

    ``epoch`` is the same in capabilities and in every reply. When it changes the client stops and keeps
    everything.

Content
    ``{"answers": …, "groups": …}`` as `domain.records` has it, always both members, and no group without
    rows. `hash` is `content_hash` of exactly this. No number in it has a fraction or more than 64 bits, no
    object has a member twice, and nothing nests deeper than 64. The ICS keeps answers as they came, members
    it does not know included: it never alters `by`, `at` or a text, for then the hash would not fit.

Push
    The ops of a batch are judged one after the other, in the order sent; each is all or nothing, the batch is
    not. For one op, in this order:

    1. The op id was accepted before: the same bytes (SHA-256 of the op as it came) give ``duplicate``, other
       bytes ``rejected`` ``idempotency-mismatch``. Only accepted ops are remembered, and those for ever: one
       that was stale or rejected may come again and is judged anew.
    2. It cannot be read: ``rejected`` ``invalid-op``.
    3. The worker may not see `scope_id`, or the record stands in another scope: ``rejected``
       ``scope-forbidden``.
    4. `after_op` was never accepted for this record: ``predecessor-missing``.
    5. A create of a record that is there: ``stale``. Anything else of one that is not: ``rejected``
       ``record-unknown``.
    6. The head is signed off: ``rejected`` ``record-signed-off``, whatever the base (a create: ``stale``).
    7. The head's version is not `if_match`, or not the version `after_op` made: ``stale``.
    8. The delta does not fit: ``rejected`` ``invalid-answer`` with `path`. The content after it does not have
       `result_hash`: ``rejected`` ``content-mismatch``.
    9. A transition: `content_hash` is not the head's hash: ``rejected`` ``content-mismatch``; a conflict of
       the record is open: ``rejected`` ``conflict-open``; not an allowed step: ``rejected``
       ``illegal-transition``.

    Otherwise it is applied: one transaction writes the revision, the head, the conflicts, the feed rows and
    the op id. Every accepted op makes a revision, version + 1, even when the content is the same as before.

    `head` in ``applied`` and ``duplicate`` is the revision **this op made**, not what came after it, or what
    was typed meanwhile would rest on a base it never saw. `head` in ``stale`` is what the record is now.
    `conflicts` are those the op opened or settled, as they are now.

Conflicts
    Each proposal becomes a conflict with the id `conflict_id(record, path, op, nth)`, `nth` counting the
    earlier proposals of that op for the same path, from 0. `mine_by` is the sender, `mine_at` when the ICS
    received it, `theirs` what the head said at `path` just before the op (for a row ``{"v": {"row":
    content}}``, null if there is none), `theirs_by` and `theirs_at` from that answer, or else from the head.
    The record's `open_conflicts` changes with the same revision, so that whoever reads the record knows.

    A settlement closes its conflict: state ``resolved``, with who, when, choice and reason; the chosen text
    stands in the op's `set`. One that names a conflict which is not open is passed over. An open conflict
    whose `mine` the head comes to say by another op is closed as ``superseded``. Nothing else closes a
    conflict.

Feed
    In commit order, `seq` strictly rising, also from page to page; each record, conflict and form once, at
    its newest, at the place of its newest change. `version` of a conflict's and a form's item is 1 or more,
    and rises when it changes. `next_cursor` differs from `cursor` whenever items came. Records and conflicts
    carry their `scope_id`; forms none. A cursor made before the worker's scopes grew is answered
    ``cursor-expired``, so that what is older than the grant is read too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar, cast

import msgspec

from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import (
    Clash,
    Conflict,
    ConflictKind,
    Delta,
    FeedItem,
    FeedPage,
    OpKind,
    Settlement,
)
from workbook_desktop.domain.errors import NotTheIcs, ReplyRefused
from workbook_desktop.domain.ids import (
    ConflictId,
    FamilyId,
    FieldPath,
    FormId,
    LinkId,
    OpId,
    PersonId,
    RecordId,
    RowId,
    WorkerId,
)
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import (
    Answer,
    Content,
    Empty,
    FormRef,
    Head,
    Row,
    State,
    StoredContent,
    answer_json,
    answer_of,
    canonical_json,
)

CONTRACT = "1.0"
CONTRACT_HEADER = "ICS-Workbook-Contract"
MEDIA_TYPE = "application/vnd.ics-sync.v1+json"
PROBLEM_TYPE = "application/problem+json"
WELL_KNOWN = "/.well-known/ics-workbook"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What the ICS takes at once."""

    ops: int = 100
    push_bytes: int = 8 * 1024 * 1024  # of one push, inflated
    page_items: int = 500
    page_bytes: int = 8 * 1024 * 1024


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """``GET /.well-known/ics-workbook``: the first call of every run, without signing in."""

    authority: str
    contracts: list[str]
    features: list[str]
    epoch: str  # changes when the ICS was restored from a backup
    server_time: str
    limits: Limits = Limits()
    sign_in: list[str] = []  # "practice"


class SignInRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``POST /v1/practice/sign-in``: for the practice ICS alone, with the secret its starter was given."""

    worker: str
    secret: str


class WorkerMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One who does the work."""

    id: str
    name: str
    role: str
    agency: str
    chapter: str = ""
    is_manager: bool = False


class SignInReply(msgspec.Struct, frozen=True, kw_only=True):
    """A bearer token, kept in memory only, and who it speaks for."""

    token: str
    expires_in: int  # seconds
    worker: WorkerMessage


class ScopeMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A family whose records this worker may have."""

    id: str
    count: int


class ScopesReply(msgspec.Struct, frozen=True, kw_only=True):
    """``GET /v1/scopes``: all of them, and the people a worker may name."""

    scopes: list[ScopeMessage]
    workers: list[WorkerMessage]
    as_of_seq: int
    epoch: str


class FormMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Which form, at which version."""

    id: str
    version: str


class RecordMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A record as the ICS has it."""

    id: str
    type: str
    scope_id: str
    version: int
    hash: str
    state: str
    answers: dict[str, Any]
    groups: dict[str, Any]
    form: FormMessage | None = None
    chapter: str = ""
    subjects: list[str] = []
    created_by: str | None = None
    created_at: str | None = None
    changed_by: str | None = None
    changed_at: str | None = None
    signed_by: str | None = None
    signed_at: str | None = None
    open_conflicts: list[str] = []


class ConflictMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict as the ICS has it. Answers are ``{v, s?, by?, at?}`` or null for "not there"."""

    id: str
    record_id: str
    scope_id: str
    path: str
    kind: str
    base: dict[str, Any] | None
    mine: dict[str, Any] | None
    theirs: dict[str, Any] | None
    mine_by: str
    mine_at: str
    theirs_by: str | None
    theirs_at: str | None
    theirs_version: int
    severe: bool = False
    state: str = "open"
    settled_by: str | None = None
    settled_at: str | None = None
    choice: str | None = None
    reason: str | None = None


class FeedItemMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the feed. `kind`: record, conflict, form; unknown kinds are passed over by old clients."""

    seq: int
    kind: str
    id: str
    version: int
    scope_id: str | None = None
    body: msgspec.Raw = msgspec.Raw(b"null")


class FeedReply(msgspec.Struct, frozen=True, kw_only=True):
    """``GET /v1/feed?cursor=&limit=``: in commit order, each record at its newest."""

    items: list[FeedItemMessage]
    next_cursor: str
    more: bool
    checkpoint_seq: int
    epoch: str
    server_time: str


class ProposalMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A true conflict, brought by an op: the ICS keeps it as a conflict object beside the unchanged head."""

    path: str
    kind: str
    base: dict[str, Any] | None
    mine: dict[str, Any] | None
    theirs_version: int
    severe: bool = False


class SettlementMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict that this op settles."""

    conflict: str
    choice: str
    reason: str | None = None


class ProvenanceMessage(msgspec.Struct, frozen=True, kw_only=True):
    """When the work was done, by the device's clock. No decision rests on it."""

    edited_from: str
    edited_to: str
    client_time: str


class OpMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change to one record, all or nothing.

    `set` maps an answer's path to ``{v, s?, by?, at?}`` and a row's path to ``{"ord": …}``. `if_match` is the
    version the edit rests on; `after_op` names an op of the same record whose result it rests on instead.
    `create` has neither. `result_hash` is the hash of the content the client expects after this op.
    `transition` has `to_state` and `content_hash`, what the signer saw.
    """

    op_id: str
    kind: str
    record_id: str
    scope_id: str
    result_hash: str
    provenance: ProvenanceMessage
    type: str = "form"
    form: FormMessage | None = None
    chapter: str = ""
    subjects: list[str] = []
    if_match: int | None = None
    after_op: str | None = None
    set: dict[str, dict[str, Any]] = {}
    unset: list[str] = []
    proposals: list[ProposalMessage] = []
    settles: list[SettlementMessage] = []
    to_state: str | None = None
    content_hash: str | None = None


class PushRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``POST /v1/push``: 1 to 100 ops. On the client the ops are sealed bytes, passed on untouched."""

    ops: list[msgspec.Raw]


class ProblemMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A problem of RFC 9457, as the body of an error or inside an op's result."""

    type: str  # such as "invalid-answer"; see the table of the contract
    title: str
    status: int = 400
    detail: str = ""
    path: str | None = None


class OpResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one op.

    `status`: applied, duplicate (accepted before; the same result again), stale (`head` is what it is now),
    predecessor-missing, rejected (`problem` says why). `head` also comes with applied and duplicate.
    """

    op_id: str
    status: str
    version: int | None = None
    hash: str | None = None
    seq: int | None = None
    head: RecordMessage | None = None
    conflicts: list[ConflictMessage] = []
    problem: ProblemMessage | None = None


class PushReply(msgspec.Struct, frozen=True, kw_only=True):
    """A result for each op, in the order sent."""

    results: list[OpResult]
    epoch: str
    server_time: str


class HistoryReply(msgspec.Struct, frozen=True, kw_only=True):
    """``GET /v1/records/{id}/history``: every revision, oldest first, and every conflict there ever was."""

    revisions: list[RecordMessage]
    conflicts: list[ConflictMessage]


# Reading, strictly --------------------------------------------------------------------------------

DEEPEST: Final = 64
_T = TypeVar("_T")
_ASTRAL = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")  # how a character of four bytes begins


class _Unfit(ValueError):
    """JSON that two readers might take for two different things, or that is built to hurt."""


def _no_float(text: str) -> Any:
    raise _Unfit("a number with a fraction")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unfit("a member twice")
    return found


_plain = msgspec.json.Decoder(float_hook=_no_float)
_with_fractions = msgspec.json.Decoder(float_hook=str)
_to_json = msgspec.json.Encoder()
_to_sorted_json = msgspec.json.Encoder(order="sorted")
_to_msgpack = msgspec.msgpack.Encoder()
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def strict_json(data: bytes | memoryview | msgspec.Raw, *, fractions: bool = False) -> Any:
    """Return what I-JSON says. Twins, fractions, lone surrogates, wide integers and deep nesting are refused.

    Args:
        data: the JSON.
        fractions: let numbers with a fraction pass, as text: see `decode`.

    Raises:
        NotTheIcs: not JSON at all.
        ReplyRefused: JSON, but not of the kind the contract allows.
    """
    raw = bytes(data)
    try:
        value = (_with_fractions if fractions else _plain).decode(raw)
        _to_msgpack.encode(value)  # it has no integer beyond 64 bits, so it finds ours in passing
        # As many brackets as may nest cannot nest deeper: most ops need no closer look.
        if raw.count(b"{") + raw.count(b"[") > DEEPEST and _deep(value):
            raise _Unfit("nested too deeply")
        # What comes back the same, byte for byte, lost no member on the way. Whoever writes otherwise
        # (spaces, escapes) is read again by the slower reader that sees every pair.
        if _to_json.encode(value) != raw:
            json.loads(raw, object_pairs_hook=_no_twins, parse_constant=_no_float)
    except msgspec.ValidationError as error:  # msgspec wraps what its float_hook raises
        raise ReplyRefused(reason="a number with a fraction") from error
    except _Unfit as error:
        raise ReplyRefused(reason=str(error)) from error
    except OverflowError as error:
        raise ReplyRefused(reason="a number beyond 64 bits") from error
    except RecursionError as error:
        raise ReplyRefused(reason="nested too deeply") from error
    except (msgspec.DecodeError, UnicodeError, ValueError) as error:
        if _surrogate(error):
            raise ReplyRefused(reason="half a character") from error
        raise NotTheIcs(reason="not-json") from error
    return value


def _surrogate(error: Exception) -> bool:
    return "surrogate" in str(error)


def _deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer if type(outer) is list else ())
            if type(inner) in (dict, list)
        ]
        if not level:
            return False
    return True


def decode(data: bytes, into: type[_T]) -> _T:
    """Return the message that a body is, after reading it strictly.

    A page of the feed may hold forms, and a published Questionnaire may say 0.5: that must not hold up what
    else is in the page. Records and conflicts of a page are read strictly one by one.

    Raises:
        NotTheIcs, ReplyRefused: as `strict_json`; ReplyRefused also if it is not such a message.
    """
    value = strict_json(data, fractions=into is FeedReply)
    try:
        if into is OpMessage:  # nothing of it stays raw, so it need not be parsed once more
            return msgspec.convert(value, into)
        decoder = _decoders.get(into)
        if decoder is None:
            decoder = _decoders[into] = msgspec.json.Decoder(into)
        return cast(_T, decoder.decode(data))
    except msgspec.ValidationError as error:
        raise ReplyRefused(reason="not-the-message", message=into.__name__) from error


def encode(message: Any) -> bytes:
    """Return a message as JSON."""
    return _to_json.encode(message)


def canonical(value: Any) -> bytes:
    """Return the same bytes as `domain.records.canonical_json`, twenty times faster."""
    if isinstance(value, StoredContent):
        return canonical_json(value.read) if _has_astral(value.json) else value.json
    fast = _to_sorted_json.encode(value)
    # RFC 8785 sorts names by UTF-16 units, msgspec by bytes: they part only where a character takes four
    # bytes.
    return canonical_json(value) if _has_astral(fast) else fast


def _has_astral(text: bytes) -> bool:
    return not text.isascii() and any(lead in text for lead in _ASTRAL)


def hash_of(content: Content) -> str:
    """Return the same as `domain.records.content_hash`, for content without fractions, faster."""
    return hashlib.sha256(canonical(content)).hexdigest()


# Records ------------------------------------------------------------------------------------------


_KNOWN = frozenset(RecordMessage.__struct_fields__)
_EMPTIES = frozenset(str(each) for each in Empty)
_TEXT = (str, type(None))


def _answers_fit(answers: Any) -> bool:
    if type(answers) is not dict:
        return False
    for one in answers.values():
        if type(one) is not dict:
            return False
        if one.get("v") is None:
            if "v" not in one or one.get("s") not in _EMPTIES:
                return False
        elif one.get("s") is not None:
            return False
        if type(one.get("by", "")) not in _TEXT or type(one.get("at", "")) not in _TEXT:
            return False
    return True


def _groups_fit(groups: Any) -> bool:
    return type(groups) is dict and all(
        type(rows) is dict
        and all(
            type(row) is dict
            and type(row.get("ord")) is str
            and _answers_fit(row.get("answers"))
            and _groups_fit(row.get("groups"))
            for row in rows.values()
        )
        for rows in groups.values()
    )


def moment_of(text: str | None) -> datetime | None:
    """Return the aware moment of ISO 8601 text."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ReplyRefused(reason="not-a-moment") from error
    if moment.utcoffset() is None:
        raise ReplyRefused(reason="a moment without a zone")
    return moment


def head_of(source: RecordMessage | bytes | msgspec.Raw) -> Head:
    """Return the record of a message, its hash compared with what it says.

    From bytes, which `strict_json` reads, unknown members of the record come along in `extra`; a decoded
    message has lost them.

    Raises:
        ReplyRefused: the hash does not fit, or it is not a record.
    """
    if isinstance(source, RecordMessage):
        return _head(source, ())
    return _head_in(strict_json(source))


def _head_in(raw: Any) -> Head:
    """The record in decoded JSON that was read strictly."""
    try:
        message = msgspec.convert(raw, RecordMessage)
    except msgspec.ValidationError as error:
        raise ReplyRefused(reason="not-a-record") from error
    if raw.keys() <= _KNOWN:
        return _head(message, ())
    return _head(message, tuple((name, raw[name]) for name in raw if name not in _KNOWN))


def _head(message: RecordMessage, extra: tuple[tuple[str, Any], ...]) -> Head:
    content = {"answers": message.answers, "groups": message.groups}
    if hash_of(content) != message.hash:
        raise ReplyRefused(reason="hash", record=message.id)
    if not (_answers_fit(message.answers) and _groups_fit(message.groups)):
        raise ReplyRefused(reason="not-an-answer", record=message.id)
    try:
        state = State(message.state)
    except ValueError as error:
        raise ReplyRefused(reason="not-a-record", record=message.id) from error
    if message.version < 1:
        raise ReplyRefused(reason="version", record=message.id)
    return Head(
        id=RecordId(message.id),
        type=message.type,
        family=FamilyId(message.scope_id),
        form=FormRef(id=FormId(message.form.id), version=message.form.version) if message.form else None,
        state=state,
        chapter=message.chapter,
        subjects=tuple(PersonId(each) for each in message.subjects),
        content=content,
        version=message.version,
        hash=message.hash,
        created_by=_worker(message.created_by),
        created_at=moment_of(message.created_at),
        changed_by=_worker(message.changed_by),
        changed_at=moment_of(message.changed_at),
        signed_by=_worker(message.signed_by),
        signed_at=moment_of(message.signed_at),
        open_conflicts=tuple(ConflictId(each) for each in message.open_conflicts),
        extra=extra,
    )


def _worker(text: str | None) -> WorkerId | None:
    return None if text is None else WorkerId(text)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def record_message(head: Head) -> RecordMessage:
    """Return the message of a record; members this version does not know are not part of it
    (`record_json`)."""
    return RecordMessage(
        id=head.id,
        type=head.type,
        scope_id=head.family,
        version=head.version,
        hash=head.hash,
        state=str(head.state),
        answers=head.content["answers"],
        groups=head.content["groups"],
        form=FormMessage(id=head.form.id, version=head.form.version) if head.form else None,
        chapter=head.chapter,
        subjects=list(head.subjects),
        created_by=head.created_by,
        created_at=_text(head.created_at),
        changed_by=head.changed_by,
        changed_at=_text(head.changed_at),
        signed_by=head.signed_by,
        signed_at=_text(head.signed_at),
        open_conflicts=list(head.open_conflicts),
    )


def record_json(head: Head) -> bytes:
    """Return a record as JSON, unknown members included."""
    return _to_json.encode({**dict(head.extra), **msgspec.structs.asdict(record_message(head))})


def worker_of(message: WorkerMessage) -> Worker:
    """Return the worker of a message."""
    return Worker(
        id=WorkerId(message.id),
        name=message.name,
        role=message.role,
        agency=message.agency,
        chapter=message.chapter,
        is_manager=message.is_manager,
    )


# Conflicts ----------------------------------------------------------------------------------------


def conflict_id(record: RecordId, path: FieldPath, op: OpId, nth: int = 0) -> ConflictId:
    """Return the id of the conflict that an op's `nth` proposal for a path becomes (SHA-256, hex)."""
    return ConflictId(hashlib.sha256(f"{record}\n{path}\n{op}\n{nth}".encode()).hexdigest())


def _answer_or_none(raw: Mapping[str, Any] | None) -> Answer | None:
    try:
        return None if raw is None else answer_of(raw)
    except (ValueError, TypeError) as error:
        raise ReplyRefused(reason="not-an-answer") from error


def _json_or_none(answer: Answer | None) -> dict[str, Any] | None:
    return None if answer is None else answer_json(answer)


def conflict_of(message: ConflictMessage) -> Conflict:
    """Return the conflict of a message.

    Raises:
        ReplyRefused: it is not one.
    """
    mine_at = moment_of(message.mine_at)
    try:
        kind = ConflictKind(message.kind)
    except ValueError as error:
        raise ReplyRefused(reason="not-a-conflict") from error
    if mine_at is None or message.state not in ("open", "resolved", "superseded"):
        raise ReplyRefused(reason="not-a-conflict")
    return Conflict(
        id=ConflictId(message.id),
        record=RecordId(message.record_id),
        family=FamilyId(message.scope_id),
        path=FieldPath(message.path),
        kind=kind,
        base=_answer_or_none(message.base),
        mine=_answer_or_none(message.mine),
        theirs=_answer_or_none(message.theirs),
        mine_by=WorkerId(message.mine_by),
        mine_at=mine_at,
        theirs_by=_worker(message.theirs_by),
        theirs_at=moment_of(message.theirs_at),
        theirs_version=message.theirs_version,
        severe=message.severe,
        state=message.state,
        settled_by=_worker(message.settled_by),
        settled_at=moment_of(message.settled_at),
        choice=message.choice,
        reason=message.reason,
    )


def conflict_message(conflict: Conflict) -> ConflictMessage:
    """Return the message of a conflict."""
    return ConflictMessage(
        id=conflict.id,
        record_id=conflict.record,
        scope_id=conflict.family,
        path=conflict.path,
        kind=str(conflict.kind),
        base=_json_or_none(conflict.base),
        mine=_json_or_none(conflict.mine),
        theirs=_json_or_none(conflict.theirs),
        mine_by=conflict.mine_by,
        mine_at=conflict.mine_at.isoformat(),
        theirs_by=conflict.theirs_by,
        theirs_at=_text(conflict.theirs_at),
        theirs_version=conflict.theirs_version,
        severe=conflict.severe,
        state=conflict.state,
        settled_by=conflict.settled_by,
        settled_at=_text(conflict.settled_at),
        choice=conflict.choice,
        reason=conflict.reason,
    )


def proposal_of(clash: Clash, theirs_version: int) -> ProposalMessage:
    """Return the proposal that carries a clash to the ICS."""
    return ProposalMessage(
        path=clash.path,
        kind=str(clash.kind),
        base=_json_or_none(clash.base),
        mine=_json_or_none(clash.mine),
        theirs_version=theirs_version,
        severe=clash.severe,
    )


def clash_of(proposal: ProposalMessage, theirs: Answer | None) -> Clash:
    """Return the clash a proposal carries, beside what the head says now."""
    return Clash(
        path=FieldPath(proposal.path),
        kind=ConflictKind(proposal.kind),
        base=_answer_or_none(proposal.base),
        mine=_answer_or_none(proposal.mine),
        theirs=theirs,
        severe=proposal.severe,
    )


# The feed -----------------------------------------------------------------------------------------


def feed_page_of(reply: FeedReply) -> FeedPage:
    """Return the page of a reply, every hash compared. Kinds this version does not know are passed over.

    The reply comes from `decode`, which has read the bodies strictly with the rest.

    Raises:
        ReplyRefused: an item is not what its envelope says, or the order is not rising.
    """
    items: list[FeedItem] = []
    last = 0
    for item in reply.items:
        if item.seq <= last:
            raise ReplyRefused(reason="order", seq=item.seq)
        last = item.seq
        if item.kind == "record":
            head = _head_in(_plainly(item.body))
            if head.id != item.id or head.family != item.scope_id or head.version != item.version:
                raise ReplyRefused(reason="not-as-announced", seq=item.seq)
            items.append(FeedItem(seq=item.seq, kind="record", family=head.family, head=head))
        elif item.kind == "conflict":
            conflict = conflict_of(_convert(item.body, ConflictMessage))
            if conflict.id != item.id or conflict.family != item.scope_id:
                raise ReplyRefused(reason="not-as-announced", seq=item.seq)
            items.append(FeedItem(seq=item.seq, kind="conflict", family=conflict.family, conflict=conflict))
        elif item.kind == "form":
            items.append(FeedItem(seq=item.seq, kind="form", family=None, form=bytes(item.body)))
    return FeedPage(items=tuple(items), cursor=reply.next_cursor, epoch=reply.epoch, more=reply.more)


def _plainly(body: msgspec.Raw) -> Any:
    """A body of a page that `decode` has read; only forms may hold fractions there."""
    try:
        return _plain.decode(body)
    except msgspec.ValidationError as error:
        raise ReplyRefused(reason="a number with a fraction") from error


def _convert(raw: msgspec.Raw, into: type[_T]) -> _T:
    try:
        return msgspec.convert(_plainly(raw), into)
    except msgspec.ValidationError as error:
        raise ReplyRefused(reason="not-the-message", message=into.__name__) from error


# Ops ----------------------------------------------------------------------------------------------


def op_bytes(
    *,
    op: OpId,
    kind: OpKind,
    record: RecordId,
    type: str,
    family: FamilyId,
    form: FormRef | None,
    chapter: str,
    subjects: Sequence[PersonId],
    result_hash: str,
    edited_from: datetime,
    edited_to: datetime,
    now: datetime,
    if_match: int | None = None,
    after: OpId | None = None,
    delta: Delta | None = None,
    whole: Content | None = None,
    proposals: Iterable[ProposalMessage] = (),
    settles: Iterable[Settlement] = (),
    to_state: State | None = None,
    content_hash: str | None = None,
) -> bytes:
    """Return a sealed op: canonical JSON, the same bytes at every try. It sets what `delta` says, or all of
    `whole`."""
    put: dict[FieldPath, Any]
    if whole is not None:
        put = _flat_json(whole)
    else:
        put = {
            path: {"ord": each.ord} if isinstance(each, Row) else answer_json(each)
            for path, each in (delta.set if delta else {}).items()
        }
    message = OpMessage(
        op_id=op,
        kind=str(kind),
        record_id=record,
        scope_id=family,
        type=type,
        form=FormMessage(id=form.id, version=form.version) if form else None,
        chapter=chapter,
        subjects=list(subjects),
        if_match=if_match,
        after_op=after,
        set=cast(dict[str, dict[str, Any]], put),
        unset=list(delta.unset) if delta else [],
        proposals=list(proposals),
        settles=[
            SettlementMessage(conflict=each.conflict, choice=each.choice, reason=each.reason)
            for each in settles
        ],
        to_state=None if to_state is None else str(to_state),
        content_hash=content_hash,
        result_hash=result_hash,
        provenance=ProvenanceMessage(
            edited_from=edited_from.isoformat(), edited_to=edited_to.isoformat(), client_time=now.isoformat()
        ),
    )
    fast = _to_sorted_json.encode(message)
    return canonical_json(msgspec.json.decode(fast)) if _has_astral(fast) else fast


class _RawRow(msgspec.Struct):
    """Rows and answers with each answer as the JSON it is."""

    ord: str = ""
    answers: dict[str, msgspec.Raw] = {}
    groups: dict[str, dict[str, _RawRow]] = {}


class _PlainRow(msgspec.Struct):
    ord: str = ""
    answers: dict[str, Any] = {}
    groups: dict[str, dict[str, _PlainRow]] = {}


_to_raw_rows = msgspec.json.Decoder(_RawRow)


def _flat_json(content: Content) -> dict[FieldPath, Any]:
    """Return what a new record's op sets: each answer's and each row's JSON by path."""
    root = (
        _to_raw_rows.decode(content.json)
        if isinstance(content, StoredContent)
        else msgspec.convert({"answers": content["answers"], "groups": content["groups"]}, _PlainRow)
    )
    found: dict[FieldPath, Any] = {}

    def read(node: _RawRow | _PlainRow, at: FieldPath) -> None:
        for link_id, raw in node.answers.items():
            found[paths.child(at, LinkId(link_id))] = raw
        for group, items in node.groups.items():
            for row_id, item in items.items():
                path = paths.row(at, LinkId(group), RowId(row_id))
                found[path] = {"ord": item.ord}
                read(item, path)

    read(root, paths.ROOT)
    return found


def delta_of(op: OpMessage) -> Delta:
    """Return what an op does to a record's content.

    Raises:
        ValueError: a path or what is put there is not of the contract's shape.
    """
    put: dict[FieldPath, Answer | Row] = {}
    for text, raw in op.set.items():
        path = FieldPath(text)
        if paths.is_row(path):
            if not text or not isinstance(raw.get("ord"), str):
                raise ValueError(f"not a row: {text}")
            put[path] = Row(ord=raw["ord"])
        else:
            put[path] = answer_of(raw)
    return Delta(set=put, unset=tuple(FieldPath(each) for each in op.unset))


def push_bytes(ops: Sequence[bytes]) -> bytes:
    """Return the body of a push around sealed ops, none of whose bytes is touched."""
    return b'{"ops":[' + b",".join(ops) + b"]}"


def with_extra(head: Head, known: Head | None) -> Head:
    """Return the head with the members an earlier reading knew and this message could not carry."""
    return replace(head, extra=known.extra) if known is not None and known.extra and not head.extra else head
