"""What the sync needs of a store and of an ICS. The store fits `SyncStore` without importing it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from sync.protocol import (
    Capabilities,
    FeedReply,
    GiveBackReply,
    HistoryReply,
    LateReply,
    ManifestReply,
    PushReply,
    ReceiptReply,
    ReconcileReply,
    ScopesReply,
    SnapshotReply,
    UploadReply,
)
from workbook_desktop.domain.changes import (
    Acknowledged,
    Amended,
    Clash,
    FeedItem,
    FeedPage,
    FeedState,
    LateWork,
    Parked,
    Rebased,
    RunReport,
    SealedOp,
    Unsent,
)
from workbook_desktop.domain.digests import Digest
from workbook_desktop.domain.files import FileToMove
from workbook_desktop.domain.holdings import (
    Arriving,
    Erasure,
    Holding,
    LateOp,
    Leaving,
    PurgeJob,
    Receipt,
    Remembered,
)
from workbook_desktop.domain.ids import ConflictId, FamilyId, OpId, RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import FormRef, Head
from workbook_desktop.forms.definition import Form

_T = TypeVar("_T")
# Returns what only the organisation opens; None if this device has no key of its, or is not known to it. In
# the store's thread.
Seal = Callable[[bytes], bytes | None]
Decide = Callable[[Unsent, Sequence[SealedOp], Sequence[Clash]], "Rebased | Sequence[SealedOp]"]


class ScopeShelf(Protocol):
    """What a store holds of each family. Asked for where the ICS says ``digests`` and ``snapshots``."""

    def sum_up(self, limit: int) -> bool:
        """Work out what families changed since add up to, some `limit` records at once; say whether any are
        left."""

    def digests(self) -> Mapping[FamilyId, Digest]:
        """Return what the records of each family, as the ICS gave them, add up to."""

    def holdings(self, family: FamilyId | None, after: RecordId | None, limit: int) -> Sequence[Holding]:
        """Return what is held from the ICS, in the order of ids: of one family, or of all."""

    def arriving(self) -> Sequence[Arriving]:
        """Return the families to be read whole; one that still has to leave first is left out."""

    def take_snapshot(
        self, family: FamilyId, items: Sequence[FeedItem], next_page: str | None
    ) -> Sequence[RecordId]:
        """Keep a page of such a family and where to read on, in one transaction; show it after the last.
        Nothing is kept of one that was withdrawn meanwhile."""

    def mend(self, items: Sequence[FeedItem]) -> Sequence[RecordId]:
        """Keep what a checked list says differently: also another content under the version held."""

    def unlisted(self) -> Sequence[FamilyId]:
        """Return families of which something is held, that the ICS lists no longer, and of whose leaving
        nothing is known."""


class PurgeShelf(Protocol):
    """What has to leave a store. Asked for where the ICS says ``revocation``; but for `jobs`, which is asked
    for too where there is no line."""

    def begin(self, leavings: Sequence[Leaving]) -> Sequence[RecordId]:
        """Freeze these and write down that they have to leave. `apply_page` does it for those of a page."""

    def jobs(self) -> Sequence[PurgeJob]:
        """Return the jobs that are not done, oldest first."""

    def late_work(self, job: str) -> Sequence[LateWork]:
        """Return records of a job with work that was never accepted, not yet sealed for handing in."""

    def seal_late(self, job: str, record: RecordId, ops: Sequence[LateOp]) -> None:
        """Keep a record's work as late ops. Called in the same visit as the `late_work` it rests on."""

    def left_of(self, job: str, made: datetime) -> Sequence[bytes]:
        """Return all unsent work of a job, as it stands, in pieces that go into an envelope each; none if
        there is none, or it is in envelopes already."""

    def seal_whole(self, job: str, envelopes: Sequence[bytes]) -> None:
        """Keep a job's unsent work as these envelopes alone. Called in the same visit as `left_of`."""

    def late_ops(self, job: str, limit: int, besides: Collection[OpId] = ()) -> Sequence[LateOp]:
        """Return late ops that the ICS has not kept, oldest first, but those in `besides`."""

    def late_answered(self, job: str, kept: Sequence[OpId], refused: Sequence[tuple[OpId, str]]) -> None:
        """Note which the ICS has, and why it did not take others: these stay, sealed."""

    def purge(self, job: str) -> bool:
        """Do the next step of deleting; say whether that was the last. Idempotent."""

    def receipt(self, job: str) -> Receipt | None:
        """Return what to say of a job; None while anything of it is still here, sealed or not."""

    def receipted(self, job: str) -> None:
        """The ICS has the receipt: the job is done."""


class AgainShelf(Protocol):
    """A store after the ICS was restored. Asked for where the ICS says ``reconcile``."""

    def earlier(self, records: Sequence[RecordId]) -> Sequence[Holding]:
        """Return the versions of these records that were taken from here and are remembered whole."""

    def remembered(self, wanted: Sequence[Holding]) -> Sequence[Remembered]:
        """Return what is remembered of these versions, as the ICS said it; the rest is left out."""

    def forget_taken(self, before: datetime) -> None:
        """Forget the words of what was taken from here before a moment, by the ICS's clock and by this one's;
        that it was taken stays known."""

    def erased(self) -> Sequence[Erasure]:
        """Return what the ICS said was erased."""

    def begin_again(self, record: RecordId, head: Head | None, base: Head | None, decide: Decide) -> bool:
        """Take what the ICS has of a record now (None: nothing), whatever its version, and offer it what is
        here besides, as `decide` makes ops of it; say whether anything is offered. In one transaction.

        The offered edit rests on `base`; without one on nothing, so that every difference is a question.
        """

    def begin_epoch(self, epoch: str) -> None:
        """Enter an epoch: the feed is read from its start, into the same tables."""


class AttachedShelf(Protocol):
    """A store's files. Asked for where the ICS says ``attachments``."""

    def to_send(self, limit: int) -> Sequence[FileToMove]:
        """Return files to hand over whose records are at the ICS or on their way there, at most `limit`."""

    def part(self, family: FamilyId, hash_: str, at: int) -> bytes:
        """Return some bytes of a file from `at` on; none if it is not here."""

    def sent(self, family: FamilyId, hash_: str) -> None:
        """The ICS has all of it."""

    def refused(self, family: FamilyId, hash_: str) -> None:
        """The ICS does not take it. It stays here."""

    def wanted(self, limit: int) -> Sequence[FileToMove]:
        """Return files to fetch, at most `limit`, and how much of each is here."""

    def arrived(self, family: FamilyId, hash_: str, at: int, data: bytes) -> bool:
        """Keep a part; say whether the file is here now, whole and with the hash it was asked for by."""

    def not_there(self, family: FamilyId, hash_: str) -> None:
        """The ICS does not have it for this worker."""


class SyncStore(Protocol):
    """The client's store, as the engine sees it. Each call is one transaction, in the store's own thread."""

    @property
    def scopes(self) -> ScopeShelf:
        """What is held of each family."""

    @property
    def purges(self) -> PurgeShelf:
        """What has to leave."""

    @property
    def again(self) -> AgainShelf:
        """What a restored ICS is offered."""

    @property
    def attached(self) -> AttachedShelf:
        """Files that answers name."""

    def at_once(self, job: Callable[[SyncStore], _T]) -> _T:
        """Do several of these verbs in one transaction, all or none. The job may be done a second time, if
        the first came to nothing."""

    def feed_state(self) -> FeedState:
        """Return how far the feed has been read."""

    def forget_cursor(self) -> None:
        """Read the feed from its start next time. Outbox, bases and local edits are untouched."""

    def note_scopes(self, scopes: Sequence[FamilyId], workers: Sequence[Worker]) -> None:
        """Remember which families the ICS lists for this worker, and the workers who may be named."""

    def unsent(self, limit: int) -> Sequence[Unsent]:
        """Return released work that stands in no sealed op and whose record has no op under way or parked,
        oldest first, at most `limit`. Work is: the local body differs from the base, a conflict is to be
        settled, or a sign-off is wanted for which no transition stands sealed."""

    def sealed(self, limit: int, besides: Collection[OpId] = ()) -> Sequence[SealedOp]:
        """Return the ops to send, oldest first, at most `limit`; an op stands after the one it names. Parked
        ones and those in `besides` (tried already in this round) are left out."""

    def seal(self, ops: Sequence[SealedOp]) -> bool:
        """Keep these ops, in one transaction, before a byte of them is sent. Local bodies stay as they are.

        Returns whether all of them are kept just so: then they are what `sealed` would return after what it
        returned before. False where it has to be asked.
        """

    def held(self, record: RecordId) -> tuple[Head | None, Head | None]:
        """Return the base and the head held of a record; (None, None) if it is not known here."""

    def work_on(self, record: RecordId, op: OpId) -> Unsent | None:
        """Return the edit an op was sealed from as it is now: the op's base, and the local body (the base's,
        if there is none) with whatever was typed since, the settlements and the sign-off still wanted. None
        if the op is not here."""

    def acknowledge(self, done: Sequence[Acknowledged]) -> None:
        """Close these ops in one transaction, move each base to `head`, keep the accepted body in the ledger.

        Base and head held move forward only: `head` is the revision the op made, and a colleague's newer one
        may be here already, with an edit begun on it. Local text that was typed after sealing stays, on the
        new base; a local body that says no more than the base is dropped. The settlements the op carried,
        and clashes that waited for it, are done; `conflicts` are kept. A sign-off is done when `head` is
        signed off. Idempotent: an op that is not here is passed over.
        """

    def rebase(self, rebased: Rebased) -> None:
        """Drop the replaced ops and those that rest on them, take `head` as base and (if newer) as head,
        keep the merged local body, put `clashes` in the place of any that waited for this record's ops, and
        seal `next_op`: all in one transaction.

        `local` None: no edit is left, drop it. Without a `next_op` nothing is left to settle either. A
        sign-off that was wanted stays wanted unless `sign_off_dropped`. What the edit `crossed` with is
        merged now, and forgotten. Called in the same visit to the store's thread as the `unsent` or `work_on`
        it rests on, so that nothing typed in between can be lost.
        """

    def amend(self, amended: Amended) -> bool:
        """Put an edit beside the record that was signed off meanwhile, in one transaction: drop the replaced
        ops and those that rest on them, show the record as signed, keep `addition` as a draft of this worker
        with its op sealed. Answer False, and change nothing, if something was typed since `work_on`."""

    def park(self, parked: Parked) -> None:
        """Set the op aside with its reason, and all ops that rest on it. Nothing is lost; other records go
        on."""

    def apply_page(self, page: FeedPage) -> Sequence[RecordId]:
        """Take a page and its cursor in one transaction; return the records that changed. A record at or
        below the version held is passed over. Local edits and their base are never touched; only the head
        moves."""

    def form(self, ref: FormRef) -> Form | None:
        """Return a form that is on this device."""

    def note_run(self, report: RunReport) -> None:
        """Keep one line about a run."""


class Ics(Protocol):
    """The ICS, as the runner sees it. Raises IcsUnreachable, NotTheIcs, SignInNeeded or ReplyRefused;
    whatever it raises, nothing is known about whether the ICS took the call."""

    def capabilities(self) -> Capabilities:
        """Ask what the ICS offers."""

    def scopes(self) -> ScopesReply:
        """Ask which families are this worker's."""

    def push(self, ops: Sequence[bytes], *, brief: bool = False) -> PushReply:
        """Hand in sealed ops. `brief`, where the ICS says ``brief``: without the answers in the reply."""

    def feed(self, cursor: str | None, limit: int, besides: Sequence[tuple[int, int]] = ()) -> FeedReply:
        """Read on, leaving out entries from one number to another where the ICS says ``besides``. Raises
        CursorExpired if the feed must be read from its start."""

    def snapshot(self, scope: FamilyId, page: str | None, limit: int) -> SnapshotReply:
        """Read a family whole, a page at a time. Raises ScopeForbidden, or CursorExpired if it must be read
        from its start."""

    def manifest(self, scope: FamilyId) -> ManifestReply:
        """Ask for id, version and hash of every record of a family. Raises ScopeForbidden."""

    def fetch(self, scope: FamilyId, records: Sequence[RecordId]) -> SnapshotReply:
        """Read some records of a family with their conflicts. Raises ScopeForbidden."""

    def late_proposals(self, job: str, ops: Sequence[bytes]) -> LateReply:
        """Hand in work of what has to leave. Raises TooMuchAtOnce."""

    def hand_in_sealed(self, job: str, envelope: bytes) -> None:
        """Hand in work of what has to leave that the organisation alone can open. Raises TooMuchAtOnce, or
        Absent if this device is not known."""

    def purge_receipt(self, receipt: Receipt) -> ReceiptReply:
        """Say what has left."""

    def reconcile(
        self, epoch: str, held: Sequence[Holding], earlier: Sequence[Holding] = ()
    ) -> ReconcileReply:
        """Say what is held, and remembered, from an earlier epoch; learn what of it the ICS has no more."""

    def give_back(
        self, epoch: str, lost: Sequence[Remembered], erased: Sequence[Erasure] = ()
    ) -> GiveBackReply:
        """Give back what the ICS said in an earlier epoch. Raises TooMuchAtOnce."""

    def begin_upload(self, family: FamilyId, hash_: str, size: int) -> UploadReply:
        """Begin handing over a file, or learn how far it is. Raises ScopeForbidden, TooMuchAtOnce."""

    def send_part(self, upload: str, at: int, data: bytes) -> UploadReply:
        """Hand over a part. Raises UploadMoved if the upload stands elsewhere."""

    def file_part(self, hash_: str, at: int) -> bytes:
        """Return some bytes of a file from `at` on. Raises Absent."""

    def claim(self, conflict: ConflictId) -> None:
        """Say that this worker is looking at a conflict. Raises Absent if it is not open, or not there."""

    def release(self, conflict: ConflictId) -> None:
        """Say that this worker is not looking at it any more. Raises Absent as `claim` does."""

    def history(self, record: RecordId) -> HistoryReply:
        """Read every revision and every conflict of a record."""

    def close(self) -> None:
        """Let the connection go; a call under way in another thread ends with IcsUnreachable."""


class ClientTooOld(Exception):
    """403 ``client-too-old``: this version may hand in work, and reads nothing."""


class CursorExpired(Exception):
    """410 ``cursor-expired``: read the feed from its start into the same tables."""


class EpochMoved(Exception):
    """409 ``epoch-changed``: the ICS was restored while this run was under way. Nothing was taken."""


class PushMalformed(Exception):
    """400 ``malformed``: the ICS cannot read the push at all, and does not say which op is to blame."""


class Absent(Exception):
    """404 ``not-found``: not there, or not for this worker."""


class UploadMoved(Exception):
    """An upload is unknown, stands elsewhere, or came out as another file: ask where it stands."""


class TooMuchAtOnce(Exception):
    """413 ``payload-too-large``: send fewer ops."""


class ScopeForbidden(Exception):
    """403 ``scope-forbidden``: the family is not this worker's, any more. Nothing is concluded from it."""
