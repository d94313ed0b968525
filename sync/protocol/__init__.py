"""The messages of the ICS Sync Contract 1.x, and the way between them and the domain's values.

JSON becomes values here and nowhere else on the way to and from the ICS. Members this version does not know
are kept where a record or an answer is concerned and ignored in envelopes. What follows is the law both ends
keep.

Replies
    Every reply, errors too, carries the header `CONTRACT_HEADER` with the contract's version. A 200 has the
    media type `MEDIA_TYPE`, an error `PROBLEM_TYPE` with a `ProblemMessage`. A 200 carries `Content-Digest`
    (RFC 9530, sha-256) of the body as sent. A reply without them, or with another body's digest, is not the
    ICS's and changes nothing. gzip is taken both ways, inflated no further than the limit.
    ``Authorization: Bearer <token>`` everywhere but at `WELL_KNOWN` and the sign-in.

    ===== ====================== ==============================================================
    HTTP  problem type           the client
    ===== ====================== ==============================================================
    400   ``digest-mismatch``    waits: the line changed the body on the way; the same bytes go again
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
    6. The head is signed off: ``rejected`` ``record-signed-off`` with the head, whatever the base (a create:
       ``stale``). The client sends what it had as an `amend`: a create of another record, whose `amends`
       names the signed one. The signed words stay in the signed record.
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

    Ops side by side in one push with the same `atomic_group` are taken all or none: if one is not taken,
    those that would have been are ``rejected`` ``group-not-taken``, and every one may be sent again.

Conflicts
    Each proposal becomes a conflict with the id `conflict_id(record, path, op, nth)`, `nth` counting the
    earlier proposals of that op for the same path, from 0. `mine_by` is the sender, `mine_at` when the ICS
    received it, `theirs` what the head said at `path` just before the op (for a row ``{"v": {"row":
    content}}``, null if there is none), `theirs_by` and `theirs_at` from that answer, or else from the head.
    The record's `open_conflicts` changes with the same revision, so that whoever reads the record knows.

    A settlement closes its conflict: state ``resolved``, with who, when, choice and reason; the chosen text
    stands in the op's `set`. One that names a conflict which is not open is passed over. An open conflict
    whose `mine` the head comes to say by another op is closed as ``superseded``. Nothing else closes a
    conflict. `claimed_by` and `escalated_at` say who is looking at it and that it has waited too long; they
    decide nothing.

Feed
    In commit order, `seq` strictly rising, also from page to page; each record, conflict and form once, at
    its newest, at the place of its newest change. `version` of a conflict's and a form's item is 1 or more,
    and rises when it changes. `next_cursor` differs from `cursor` whenever items came. Records and conflicts
    carry their `scope_id`; forms none. A cursor made before the worker's scopes grew is answered
    ``cursor-expired``, so that what is older than the grant is read too.
"""

from __future__ import annotations

from sync.protocol.conflicts import (
    clash_of,
    conflict_id,
    conflict_message,
    conflict_of,
    proposal_of,
)
from sync.protocol.devices import (
    DeviceReply,
    DeviceRequest,
    DoneReply,
    HandedInMessage,
    WipeOrderMessage,
    WipeReceiptMessage,
)
from sync.protocol.feed import (
    feed_items,
    feed_page_of,
)
from sync.protocol.messages import (
    CONTRACT,
    CONTRACT_HEADER,
    MEDIA_TYPE,
    PROBLEM_TYPE,
    WELL_KNOWN,
    Capabilities,
    ConflictMessage,
    FeedItemMessage,
    FeedReply,
    FormMessage,
    HistoryReply,
    Limits,
    OpMessage,
    OpResult,
    PatchRequest,
    ProblemMessage,
    ProposalMessage,
    ProvenanceMessage,
    PushReply,
    PushRequest,
    RecordMessage,
    ScopeMessage,
    ScopesReply,
    SettlementMessage,
    SignInReply,
    SignInRequest,
    WorkAccountMessage,
    WorkerMessage,
)
from sync.protocol.ops import (
    delta_of,
    op_bytes,
    push_bytes,
)
from sync.protocol.records import (
    head_of,
    moment_of,
    record_json,
    record_message,
    with_extra,
    worker_of,
)
from sync.protocol.scopes import (
    FetchRequest,
    LateReply,
    LateRequest,
    LateResult,
    LeavingMessage,
    ManifestItem,
    ManifestReply,
    ReceiptMessage,
    ReceiptReply,
    ReconcileItem,
    ReconcileReply,
    ReconcileRequest,
    SnapshotReply,
)
from sync.protocol.strict import (
    DEEPEST,
    canonical,
    decode,
    encode,
    hash_of,
    strict_json,
)
from sync.protocol.uploads import OCTETS, PART_BYTES, UploadReply, UploadRequest

__all__ = [
    "CONTRACT",
    "CONTRACT_HEADER",
    "DEEPEST",
    "MEDIA_TYPE",
    "OCTETS",
    "PART_BYTES",
    "PROBLEM_TYPE",
    "WELL_KNOWN",
    "Capabilities",
    "ConflictMessage",
    "DeviceReply",
    "DeviceRequest",
    "DoneReply",
    "FeedItemMessage",
    "FeedReply",
    "FetchRequest",
    "FormMessage",
    "HandedInMessage",
    "HistoryReply",
    "LateReply",
    "LateRequest",
    "LateResult",
    "LeavingMessage",
    "Limits",
    "ManifestItem",
    "ManifestReply",
    "OpMessage",
    "OpResult",
    "PatchRequest",
    "ProblemMessage",
    "ProposalMessage",
    "ProvenanceMessage",
    "PushReply",
    "PushRequest",
    "ReceiptMessage",
    "ReceiptReply",
    "ReconcileItem",
    "ReconcileReply",
    "ReconcileRequest",
    "RecordMessage",
    "ScopeMessage",
    "ScopesReply",
    "SettlementMessage",
    "SignInReply",
    "SignInRequest",
    "SnapshotReply",
    "UploadReply",
    "UploadRequest",
    "WipeOrderMessage",
    "WipeReceiptMessage",
    "WorkAccountMessage",
    "WorkerMessage",
    "canonical",
    "clash_of",
    "conflict_id",
    "conflict_message",
    "conflict_of",
    "decode",
    "delta_of",
    "encode",
    "feed_items",
    "feed_page_of",
    "hash_of",
    "head_of",
    "moment_of",
    "op_bytes",
    "proposal_of",
    "push_bytes",
    "record_json",
    "record_message",
    "strict_json",
    "with_extra",
    "worker_of",
]
