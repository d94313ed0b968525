"""What the sync needs of a store and of an ICS. The store fits `SyncStore` without importing it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from sync.protocol import Capabilities, FeedReply, PushReply, ScopesReply
from workbook_desktop.domain.changes import (
    Acknowledged,
    Amended,
    FeedPage,
    FeedState,
    Parked,
    Rebased,
    RunReport,
    SealedOp,
    Unsent,
)
from workbook_desktop.domain.ids import FamilyId, OpId, RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import FormRef, Head
from workbook_desktop.forms.definition import Form


class SyncStore(Protocol):
    """The client's store, as the engine sees it. Each call is one transaction, in the store's own thread."""

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

    def seal(self, ops: Sequence[SealedOp]) -> None:
        """Keep these ops, in one transaction, before a byte of them is sent. Local bodies stay as they
        are."""

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

    def push(self, ops: Sequence[bytes]) -> PushReply:
        """Hand in sealed ops."""

    def feed(self, cursor: str | None, limit: int) -> FeedReply:
        """Read on. Raises CursorExpired if the feed must be read from its start."""

    def close(self) -> None:
        """Let the connection go; a call under way in another thread ends with IcsUnreachable."""


class ClientTooOld(Exception):
    """403 ``client-too-old``: this version may hand in work, and reads nothing."""


class CursorExpired(Exception):
    """410 ``cursor-expired``: read the feed from its start into the same tables."""


class TooMuchAtOnce(Exception):
    """413 ``payload-too-large``: send fewer ops."""
