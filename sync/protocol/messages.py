"""The shapes of the contract's messages, and its names."""

from __future__ import annotations

from typing import Any

import msgspec

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


class WorkAccountMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Where an authority's workers sign in (OpenID Connect), and what to ask for there. Believed once: a
    device holds to what it was set up with."""

    issuer: str
    client_id: str
    scope: str = "openid offline_access"
    resource: str = ""  # RFC 8707; "": not to be sent
    prompt: str = "consent"  # "": not to be sent


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """``GET /.well-known/ics-workbook``: the first call of every run, without signing in."""

    authority: str
    contracts: list[str]
    features: list[str]
    epoch: str  # changes when the ICS was restored from a backup
    server_time: str
    limits: Limits = Limits()
    sign_in: list[str] = []  # "practice", "work-account"
    work_account: WorkAccountMessage | None = None
    requires_devices: bool = False  # a device that is not known exchanges nothing
    oldest_contract: str = "1.0"  # an older client may hand in work, and read nothing


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
    digest: str | None = None  # of the records this worker may see, see `domain.digests`


class ScopesReply(msgspec.Struct, frozen=True, kw_only=True):
    """``GET /v1/scopes``: all of them, and the people a worker may name."""

    scopes: list[ScopeMessage]
    workers: list[WorkerMessage]
    as_of_seq: int
    epoch: str
    digest: str | None = None  # of `scopes`: a list without it, or cut short, takes nothing away


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
    amends: str | None = None  # the signed record that this one corrects or adds to
    mark: str | None = None  # the ICS's own, opaque: by it the ICS knows its word again, see Restore


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
    claimed_by: str | None = None  # who said "I am looking at it"; others may still settle it
    claimed_at: str | None = None
    escalated_at: str | None = None  # when it had been open for longer than the authority lets it
    mark: str | None = None  # as a record's; claims and escalation may change under it


class FeedItemMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the feed. `kind`: record, conflict, form, and what changes who holds what: scope_added,
    scope_revoked, moved_out, tombstone, erased. Unknown kinds are passed over by old clients."""

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
    scopes_digest: str | None = None  # on the last page: of all that the worker may see by now


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
    `transition` has `to_state` and `content_hash`, what the signer saw. `amend` is a create of a new record
    that corrects the signed one named in `amends`. Ops of one push with the same `atomic_group` (at most 20)
    are taken all or none.
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
    amends: str | None = None
    atomic_group: str | None = None


class PatchRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``PATCH /v1/records/{id}``: a push of one update, with an op's members. ``If-Match`` is the ETag of the
    record as it was read, ``Idempotency-Key`` the op id."""

    scope_id: str
    result_hash: str
    provenance: ProvenanceMessage
    set: dict[str, dict[str, Any]] = {}
    unset: list[str] = []


class PushRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``POST /v1/push``: 1 to 100 ops. On the client the ops are sealed bytes, passed on untouched.

    With `brief` (feature ``brief``) what an applied op made comes back as `made`, without the answers that
    were just sent: `result_hash` has said which they are, and a line slow one way is slow both ways.
    """

    ops: list[msgspec.Raw]
    brief: bool = False
    epoch: str | None = None  # in which the sender is; in another nothing is taken: ``epoch-changed``


class MadeMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A record as an op made it, without its answers: whoever sent the op has them."""

    id: str
    type: str
    scope_id: str
    version: int
    hash: str  # of the answers, and the `result_hash` of the op
    state: str
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
    amends: str | None = None
    mark: str | None = None


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
    predecessor-missing, rejected (`problem` says why). `head` also comes with applied and duplicate; with
    applied it is `made` instead where the push asked for it.
    """

    op_id: str
    status: str
    version: int | None = None
    hash: str | None = None
    seq: int | None = None
    head: RecordMessage | None = None
    made: MadeMessage | None = None
    conflicts: list[ConflictMessage] = []
    problem: ProblemMessage | None = None


class PushReply(msgspec.Struct, frozen=True, kw_only=True):
    """A result for each op, in the order sent."""

    results: list[OpResult]
    epoch: str
    server_time: str


class HistoryReply(msgspec.Struct, frozen=True, kw_only=True):
    """``GET /v1/records/{id}/history``: every revision, oldest first, and every conflict there ever was.
    `former`: versions that a restore lost, given back when the record had gone on without them."""

    revisions: list[RecordMessage]
    conflicts: list[ConflictMessage]
    former: list[RecordMessage] = []
