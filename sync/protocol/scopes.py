"""Messages about what a device may hold: back-fill, repair, withdrawal, and a restored ICS."""

from __future__ import annotations

from typing import Annotated

import msgspec

from sync.protocol.messages import ConflictMessage, FeedItemMessage, ProblemMessage, RecordMessage

Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]  # of what a device holds or held


class LeavingMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of ``scope_revoked``, ``moved_out``, ``tombstone`` and ``erased``: what is to leave, and why.

    `mode`: handover (unsent work is handed in first) or immediate (what cannot be handed in at once is kept
    sealed, all else leaves now). `deadline`: by when, in ISO 8601.
    """

    job_id: str
    reason: str
    mode: str = "handover"
    deadline: str | None = None


class SnapshotReply(msgspec.Struct, frozen=True, kw_only=True):
    """``GET /v1/scopes/{id}/snapshot?page=``: all of a family as it was when the first page was asked for, in
    the order of the feed. What changed since comes by the feed. `next_page` is null on the last."""

    scope_id: str
    items: list[FeedItemMessage]
    next_page: str | None
    as_of_seq: int
    epoch: str


class ManifestItem(msgspec.Struct, frozen=True, kw_only=True):
    """A record that the ICS holds for this worker."""

    id: str
    version: int
    hash: str


class ManifestReply(msgspec.Struct, frozen=True, kw_only=True):
    """``GET /v1/scopes/{id}/manifest``: every record of a family that this worker may see. `count` and
    `digest` are those of `items`, or the reply is not whole."""

    scope_id: str
    items: list[ManifestItem]
    count: int
    digest: str
    as_of_seq: int
    epoch: str


class FetchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``POST /v1/scopes/{id}/records``: these records, with their open conflicts, as they are now."""

    ids: list[str]


class LateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``POST /v1/late-proposals``: work begun before a family was withdrawn, for a person to look at."""

    job_id: str
    ops: list[msgspec.Raw]


class LateResult(msgspec.Struct, frozen=True, kw_only=True):
    """`status`: kept (also if it was so before, or applied) or rejected. Nothing of a record comes back."""

    op_id: str
    status: str
    problem: ProblemMessage | None = None


class LateReply(msgspec.Struct, frozen=True, kw_only=True):
    """A result for each op, in the order sent."""

    results: list[LateResult]
    epoch: str


class ReceiptMessage(msgspec.Struct, frozen=True, kw_only=True):
    """``POST /v1/purge-receipts``: what left the device. `digest` is over the records' ids, see
    `domain.digests.digest_of_ids`; `handed_in` counts late proposals that were kept."""

    job_id: str
    scope_id: str
    kind: str
    records: Count
    conflicts: Count
    handed_in: Count
    digest: str


class ReceiptReply(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt is on the disk."""

    job_id: str
    epoch: str


class ReconcileRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``POST /v1/reconcile``: after a restore, what a device holds, a page at a time. `epoch` is the one it
    knew. `earlier`: versions of these records that it remembers besides."""

    epoch: str
    items: list[ManifestItem]
    earlier: list[ManifestItem] = []


class ReconcileItem(msgspec.Struct, frozen=True, kw_only=True):
    """A record of which the ICS does not have that version with that hash.

    `status`: unknown (there is no such record), behind (its history is shorter) or differs (it has another
    content under that version). `head` is what the record is now. `base` is the last version from before the
    restore that is here: what the device holds grew out of it, and so did whatever was written since.
    """

    id: str
    status: str
    head: RecordMessage | None = None
    base: RecordMessage | None = None


class ReconcileReply(msgspec.Struct, frozen=True, kw_only=True):
    """What differs, of those asked about; what is not named is at the ICS as the device has it, or went into
    what it has. `wanted`: versions that the ICS has no more, to be given back."""

    items: list[ReconcileItem]
    epoch: str
    wanted: list[ManifestItem] = []


class GivenBackMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a record as the ICS once sent it, mark and all, and the record's conflicts, as they are
    known."""

    record: RecordMessage
    conflicts: list[ConflictMessage] = []


class ErasureMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A record that the ICS once said was erased: `job_id` as it came with the word of it."""

    id: str
    scope_id: str
    job_id: str


class GiveBackRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``POST /v1/give-back``: after a restore, what the ICS said in an earlier epoch, in its own words."""

    epoch: str
    records: list[GivenBackMessage] = []
    erased: list[ErasureMessage] = []


class GivenBackResult(msgspec.Struct, frozen=True, kw_only=True):
    """`status`: taken (it stands where it stood), known (it did so before), beside (it is kept, but the
    record has gone on without it) or refused (it is not the ICS's word, or the record was erased)."""

    id: str
    version: int
    status: str


class GiveBackReply(msgspec.Struct, frozen=True, kw_only=True):
    """A result for each version, in the order sent."""

    results: list[GivenBackResult]
    epoch: str
