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
    403   ``scope-forbidden``    concludes nothing: what has to leave is said by the feed alone
    409   ``epoch-changed``      ends its run: the ICS was restored meanwhile, and has taken nothing
    410   ``cursor-expired``     reads the feed from its start, into the same tables
    410   ``page-expired``       reads that snapshot from its start
    410   ``erased``             the record was erased, and its id is never used again
    413   ``payload-too-large``  sends half as many ops; a single op that is too large is parked
    429   ``rate-limited``       waits, honouring ``Retry-After`` in seconds
    5xx   ``unavailable``        waits
    other any                    refuses the reply; nothing changed
    ===== ====================== ==============================================================

    ``epoch`` is the same in capabilities and in every reply. When it changes the client stops, keeps
    everything, and reconciles (see Restore).

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
       `result_hash`: ``rejected`` ``content-mismatch``. It takes away or alters what stands in a row that
       stays (feature ``append-only``, see Rows that stay): ``rejected`` ``append-only`` with `path`.
    9. A transition: `content_hash` is not the head's hash: ``rejected`` ``content-mismatch``; a conflict of
       the record is open: ``rejected`` ``conflict-open``; not an allowed step: ``rejected``
       ``illegal-transition``.
    10. A ``discard_draft`` (feature ``discard``; it changes nothing, and says by `content_hash` what was
        seen): as a transition; the head is no draft: ``rejected`` ``illegal-transition``; somebody else began
        it, or ever wrote in it: ``rejected`` ``not-permitted``. Otherwise the draft leaves its family as a
        ``tombstone``, and its id is never used again. Its history stays with the ICS. ``applied`` says
        version, hash and seq, and has no head.

    Otherwise it is applied: one transaction writes the revision, the head, the conflicts, the feed rows and
    the op id. Every accepted op makes a revision, version + 1, even when the content is the same as before.

    `head` in ``applied`` and ``duplicate`` is the revision **this op made**, not what came after it, or what
    was typed meanwhile would rest on a base it never saw. `head` in ``stale`` is what the record is now.
    `conflicts` are those the op opened or settled, as they are now.

    Where the push says `brief` (feature ``brief``), ``applied`` carries `made` instead of `head`: the same
    without the answers, for these are what the client sealed, and `hash` has to be its `result_hash`.

    Ops side by side in one push with the same `atomic_group` are taken all or none: if one is not taken,
    those that would have been are ``rejected`` ``group-not-taken``, and every one may be sent again.

Rows that stay
    A form says by its extension ``appendOnly`` that what stands in a row of a repeating group stays: a mark
    seen on a child. From the first answer in it with a value that names who gave it (`by`), the row is in
    every later version, and so is each of its answers that has a value, saying the same; what was not
    answered may be. Free remain the two questions that strike a row through (``struck`` and ``why`` of its
    ``bodyMap``), what is worked out, and an answer whose conflict the same op settles. Where a row stands
    among others may change. The ICS knows this of the forms it hands out and of those that ship with every
    client.

Conflicts
    Each proposal becomes a conflict with the id `conflict_id(record, path, op, nth)`, `nth` counting the
    earlier proposals of that op for the same path, from 0. `mine_by` is the sender, `mine_at` when the ICS
    received it, `theirs` what the head says at `path` (for a row ``{"v": {"row": content}}``, null if there
    is none), `theirs_by` and `theirs_at` from that answer, or else from the head. It becomes none if an open
    conflict of the record says the same to the letter: path, kind, `base` and `mine`, where `mine` names who
    gave it (`by`). After a restore every client that knew a lost conflict proposes it.
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
    carry their `scope_id`; forms none. Who may see what is worked out at every call. Other kinds, each at its
    own place and again for every device:

    ``scope_added``    A family is this worker's, or more of it may be seen than before. The client reads it
                       whole by ``snapshot`` and shows it after the last page. Left out for a device that
                       reads the feed from a start after the grant: it is read there.
    ``scope_revoked``  It is not any more. `body`: `job_id`, `reason`, `mode` (handover, immediate),
                       `deadline`. Kept for as long as revisions are.
    ``moved_out``      A record went to another family. `id` names it, `scope_id` the family it left.
    ``tombstone``      A draft was discarded.
    ``erased``         A record was erased, as the law demands. Its id answers 410 for ever; a push to it is
                       ``rejected`` ``erased``.

    With ``besides=from-to,…`` (feature ``besides``) entries whose `seq` lies in one of these ranges are left
    out: those that this client's own pushes of the same run made, `seq` of their results. An entry still has
    that number only while nobody has changed the thing since, so nothing is missed.

    The last page carries `scopes_digest`. A client is up to date when `more` is false **and** the digest is
    that of what it holds. If not, it compares family by family (``/v1/scopes``), then record by record
    (``manifest``), and fetches what differs. Nothing is deleted first; what a manifest does not name leaves
    as if withdrawn, once the manifest adds up and says so a second time.

Digests
    A record: SHA-256 of ``id \n version \n hash``. A family: the sum of these modulo 2^256 as 64 hex digits,
    with their number. All families: SHA-256 over ``id \n count \n digest \n`` of each, sorted. Of the
    records this worker may see, with the hash under which they are sent; conflicts and forms do not count.

Withdrawal
    The client, in this order: freezes the family (or record); seals all unsent work, drafts too; hands it in
    by ``late-proposals``; deletes; sends the receipt. With `mode` immediate, or past the deadline, it deletes
    before it hands in, and keeps the sealed work alone. The ICS keeps a late proposal, for a person, if it
    rests on nothing newer than the withdrawal, and shows nothing of the record; it never changes a head.
    What is deleted before it can be handed in (always with `mode` immediate; past the deadline, if the ICS
    cannot be reached) is sealed first, where the device is known to the ICS (feature ``devices``) and has the
    organisation's key: as envelopes for ``workbook/unsent/1|store``, handed in by ``devices/self/sealed``
    with the withdrawal's `job_id` as `order`. Nobody reads them but who keeps that key: not the worker, not
    the ICS. Else it is kept as it is, encrypted, and goes as late proposals.
    What the ICS did not keep stays sealed on the device, is offered again in every run, and there is no
    receipt before it is kept. A withdrawal that the list of families contradicts is refused with its page;
    more than 30 % of the families at once need the same list twice. A missed word is made good by a list
    that adds up to its digest, is not empty, and says the same a second time. Nothing else deletes.

Restore
    After a restore the ICS has another ``epoch``. A push names the epoch its sender is in; in another nothing
    of it is taken (``epoch-changed``). The client, before anything else:

    1. says what it knows to be erased, in the ICS's own word (feature ``give-back``), and it is erased again;
    2. sends id, version and hash of all it holds from the ICS, and of the earlier versions that it remembers
       (``reconcile``). The ICS names in `wanted` what is not there, and in `items` what neither is there nor
       went into what is there;
    3. gives back what is wanted (``give-back``), each record with its conflicts. A `mark` makes a record or
       conflict the ICS's own word, whoever brings it: it is the ICS's own matter how it is made. The version
       comes back under its number, with its author, state and signature. If nothing was written since the
       epoch of the client ended, the newest becomes the head; one from before the head becomes a line of the
       history; if the record has gone on, it is kept beside (`former` in the history). A version is not taken
       as the head without the conflicts that are open in it. A device that holds families which are not its
       worker's, as far as the ICS now knows, is told so by the feed; for 30 days late proposals are kept
       from everybody;
    4. asks again about those of `items`, naming what it remembers of them too. For these the ICS sends its
       head and, as `base`, the newest version that both histories have, or a newer one that the client
       remembers as taken from it (id, version and hash): all that came since grew out of that too. The client
       takes that head, whatever its version, and offers what it holds as an edit of `base`; without one as an
       edit of nothing, so that every difference is a question;
    5. enters the epoch and reads the feed from its start. Unsent work is untouched: its base came back.

    How far two histories are one is told by the epochs: one ended when the next began, and what was received
    before is common. Of an epoch that the ICS does not know nothing is common. Without ``give-back`` steps 1
    and 3 fall away.
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
    MadeMessage,
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
    made_of,
    moment_of,
    record_json,
    record_message,
    with_extra,
    worker_of,
)
from sync.protocol.scopes import (
    ErasureMessage,
    FetchRequest,
    GiveBackReply,
    GiveBackRequest,
    GivenBackMessage,
    GivenBackResult,
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
    "ErasureMessage",
    "FeedItemMessage",
    "FeedReply",
    "FetchRequest",
    "FormMessage",
    "GiveBackReply",
    "GiveBackRequest",
    "GivenBackMessage",
    "GivenBackResult",
    "HandedInMessage",
    "HistoryReply",
    "LateReply",
    "LateRequest",
    "LateResult",
    "LeavingMessage",
    "Limits",
    "MadeMessage",
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
    "made_of",
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
