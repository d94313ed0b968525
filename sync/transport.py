"""The calls of the contract, for whoever is signed in, over a `Wire`. Fits `ports.Ics`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import quote, urlencode

import msgspec

from sync.ports import Absent, EpochMoved, PushMalformed, UploadMoved
from sync.protocol import (
    MEDIA_TYPE,
    OCTETS,
    PART_BYTES,
    WELL_KNOWN,
    Capabilities,
    ConflictMessage,
    ErasureMessage,
    FeedReply,
    FetchRequest,
    GiveBackReply,
    GiveBackRequest,
    GivenBackMessage,
    HistoryReply,
    LateReply,
    LateRequest,
    ManifestItem,
    ManifestReply,
    PushReply,
    ReceiptMessage,
    ReceiptReply,
    ReconcileReply,
    ReconcileRequest,
    ScopesReply,
    SnapshotReply,
    UploadReply,
    UploadRequest,
    conflict_message,
    encode,
    push_bytes,
    record_message,
)
from sync.wire import SMALL_BYTES, Wire
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import ReplyRefused, SignInNeeded
from workbook_desktop.domain.holdings import Erasure, Holding, Receipt, Remembered
from workbook_desktop.domain.ids import ConflictId, FamilyId, RecordId

MOST_BYTES = 8 * 1024 * 1024 + 64 * 1024  # of a page, with its envelope
MOST_PUSH_BYTES = 32 * 1024 * 1024  # the reply to a push has each head in it

_T = TypeVar("_T")
TokenSource = Callable[[], str | None]  # None: nobody is signed in


class HttpIcs:
    """The ICS behind an address, for whoever the token source says is signed in. Fits `ports.Ics`."""

    def __init__(
        self,
        base_url: str,
        token: TokenSource,
        clock: Clock,
        *,
        refused: Callable[[], None] = lambda: None,  # told when the ICS no longer takes the token
        wire: Wire | None = None,
    ) -> None:
        self._wire = wire or Wire(base_url, clock)
        self._token, self._refused = token, refused
        self._epoch: str | None = None  # as of the last capabilities, which every run begins with

    def close(self) -> None:
        """Let the connections go."""
        self._wire.close()

    def capabilities(self) -> Capabilities:
        """Ask what the ICS offers; needs no signing in."""
        found = self._wire.call("GET", WELL_KNOWN, Capabilities)
        self._epoch = found.epoch
        return found

    def scopes(self) -> ScopesReply:
        """Ask which families are this worker's."""
        return self._call("GET", "/v1/scopes", ScopesReply)

    def push(self, ops: Sequence[bytes], *, brief: bool = False) -> PushReply:
        """Hand in sealed ops, as they are."""
        body = push_bytes(ops, brief=brief, epoch=self._epoch)
        try:
            return self._call("POST", "/v1/push", PushReply, body=body, most_bytes=MOST_PUSH_BYTES)
        except ReplyRefused as error:
            if (error.facts.get("status"), error.facts.get("problem")) == (400, "malformed"):
                raise PushMalformed from error
            if error.facts.get("problem") == "epoch-changed":
                raise EpochMoved from error
            raise

    def feed(self, cursor: str | None, limit: int, besides: Sequence[tuple[int, int]] = ()) -> FeedReply:
        """Read on from a cursor, or from the start."""
        asked = {"limit": str(limit)} if cursor is None else {"cursor": cursor, "limit": str(limit)}
        if besides:
            asked["besides"] = ",".join(f"{first:d}-{last:d}" for first, last in besides)
        return self._call("GET", f"/v1/feed?{urlencode(asked)}", FeedReply, most_bytes=MOST_BYTES)

    def begin_upload(self, family: FamilyId, hash_: str, size: int) -> UploadReply:
        """Begin handing over a file, or learn how far it is."""
        body = encode(UploadRequest(sha256=hash_, size=size, scope_id=family))
        return self._call("POST", "/v1/uploads", UploadReply, body=body)

    def send_part(self, upload: str, at: int, data: bytes) -> UploadReply:
        """Hand over a part of a file."""
        path = f"/v1/uploads/{quote(upload, safe='')}?offset={at:d}"
        try:
            return self._call("PATCH", path, UploadReply, body=data, media=OCTETS)
        except ReplyRefused as error:
            if error.facts.get("problem") in ("upload-unknown", "offset-mismatch", "content-mismatch"):
                raise UploadMoved from error
            raise

    def file_part(self, hash_: str, at: int) -> bytes:
        """Return some bytes of a file from `at` on."""
        path = f"/v1/blobs/{quote(hash_, safe='')}?offset={at:d}&limit={PART_BYTES:d}"
        try:
            return self._call("GET", path, bytes)
        except ReplyRefused as error:
            if error.facts.get("status") == 404:
                raise Absent from error
            raise

    def claim(self, conflict: ConflictId) -> None:
        """Say that this worker is looking at a conflict."""
        self._looks(conflict, "claim")

    def release(self, conflict: ConflictId) -> None:
        """Say that this worker is not looking at it any more."""
        self._looks(conflict, "release")

    def _looks(self, conflict: ConflictId, what: str) -> None:
        path = f"/v1/conflicts/{quote(conflict, safe='')}/{what}"
        try:
            self._call("POST", path, ConflictMessage)
        except ReplyRefused as error:
            if error.facts.get("status") in (404, 409):
                raise Absent from error
            raise

    def history(self, record: str) -> HistoryReply:
        """Read every revision and every conflict of a record."""
        path = f"/v1/records/{quote(record, safe='')}/history"
        return self._call("GET", path, HistoryReply, most_bytes=MOST_PUSH_BYTES)

    def snapshot(self, scope: FamilyId, page: str | None, limit: int) -> SnapshotReply:
        """Read a family whole, a page at a time."""
        asked = {"limit": str(limit)} | ({} if page is None else {"page": page})
        path = f"{_scope(scope)}/snapshot?{urlencode(asked)}"
        return self._call("GET", path, SnapshotReply, most_bytes=MOST_BYTES)

    def manifest(self, scope: FamilyId) -> ManifestReply:
        """Ask for id, version and hash of every record of a family."""
        return self._call("GET", f"{_scope(scope)}/manifest", ManifestReply, most_bytes=MOST_BYTES)

    def fetch(self, scope: FamilyId, records: Sequence[RecordId]) -> SnapshotReply:
        """Read some records of a family with their conflicts."""
        body = encode(FetchRequest(ids=list(records)))
        path = f"{_scope(scope)}/records"
        return self._call("POST", path, SnapshotReply, body=body, most_bytes=MOST_PUSH_BYTES)

    def late_proposals(self, job: str, ops: Sequence[bytes]) -> LateReply:
        """Hand in work of what has to leave, as it was sealed."""
        body = encode(LateRequest(job_id=job, ops=[msgspec.Raw(op) for op in ops]))
        return self._call("POST", "/v1/late-proposals", LateReply, body=body)

    def hand_in_sealed(self, job: str, envelope: bytes) -> None:
        """Only a device that the ICS knows by its key hands in what is sealed: this one has none."""
        raise Absent

    def purge_receipt(self, receipt: Receipt) -> ReceiptReply:
        """Say what has left."""
        said = ReceiptMessage(
            job_id=receipt.job,
            scope_id=receipt.family,
            kind=receipt.kind,
            records=receipt.records,
            conflicts=receipt.conflicts,
            handed_in=receipt.handed_in,
            digest=receipt.digest,
        )
        return self._call("POST", "/v1/purge-receipts", ReceiptReply, body=encode(said))

    def reconcile(
        self, epoch: str, held: Sequence[Holding], earlier: Sequence[Holding] = ()
    ) -> ReconcileReply:
        """Say what is held, and remembered, from an earlier epoch; learn what of it the ICS has no more."""
        body = encode(ReconcileRequest(epoch=epoch, items=_listed(held), earlier=_listed(earlier)))
        return self._call("POST", "/v1/reconcile", ReconcileReply, body=body, most_bytes=MOST_PUSH_BYTES)

    def give_back(
        self, epoch: str, lost: Sequence[Remembered], erased: Sequence[Erasure] = ()
    ) -> GiveBackReply:
        """Give back what the ICS said in an earlier epoch."""
        said = GiveBackRequest(
            epoch=epoch,
            records=[
                GivenBackMessage(
                    record=record_message(each.head),
                    conflicts=[conflict_message(conflict) for conflict in each.conflicts],
                )
                for each in lost
            ],
            erased=[ErasureMessage(id=each.record, scope_id=each.family, job_id=each.job) for each in erased],
        )
        return self._call(
            "POST", "/v1/give-back", GiveBackReply, body=encode(said), most_bytes=MOST_PUSH_BYTES
        )

    def _call(
        self,
        method: str,
        path: str,
        into: type[_T],
        *,
        body: bytes | None = None,
        most_bytes: int = SMALL_BYTES,
        media: str = MEDIA_TYPE,
    ) -> _T:
        return self._for_the_worker(
            lambda token: self._wire.call(
                method, path, into, token=token, body=body, most_bytes=most_bytes, media=media
            )
        )

    def _for_the_worker(self, ask: Callable[[str], _T]) -> _T:
        """Ask for whoever is signed in. Raises SignInNeeded: nobody is, or not any more."""
        token = self._token()
        if token is None:
            raise SignInNeeded
        try:
            return ask(token)
        except SignInNeeded:
            # An ICS that was started again forgets its tokens: ask once for a new one before
            # troubling the worker.
            self._refused()
            fresh = self._token()
            if fresh is None or fresh == token:
                raise
            return ask(fresh)


def _scope(scope: FamilyId) -> str:
    return f"/v1/scopes/{quote(scope, safe='')}"


def _listed(held: Sequence[Holding]) -> list[ManifestItem]:
    return [ManifestItem(id=each.record, version=each.version, hash=each.hash) for each in held]
