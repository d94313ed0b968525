"""What the sync needs of the store. Fits `sync.ports.SyncStore` without knowing it; each verb is one
transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, TypeVar

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
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import DiskFull, FormRefused, StoreUnwritable
from workbook_desktop.domain.ids import FamilyId, OpId, RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import FormRef, Gist, Head
from workbook_desktop.store import codec
from workbook_desktop.store.acknowledging import Acknowledging
from workbook_desktop.store.amending import Amending
from workbook_desktop.store.attached import Attached
from workbook_desktop.store.beginning_again import BeginningAgain
from workbook_desktop.store.connection import Database
from workbook_desktop.store.feed import Feed
from workbook_desktop.store.forms import Forms
from workbook_desktop.store.purge import Purges
from workbook_desktop.store.rebasing import Rebasing
from workbook_desktop.store.scopes import Scopes
from workbook_desktop.store.sealing import Sealing
from workbook_desktop.store.unsent import Unsent as UnsentRows

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Form


T = TypeVar("T")


class SyncPort:
    """The store, as the sync sees it. To be called in the store's thread. Most verbs are a part's own."""

    scopes: Scopes  # what is held of each family: gained, compared, mended
    purges: Purges  # what has to leave
    again: BeginningAgain  # after a restored ICS

    def __init__(
        self,
        database: Database,
        unsent: UnsentRows,
        forms: Forms,
        clock: Clock,
        gist_of: Callable[[Head, Form | None], Gist],
        attached: Attached,
    ) -> None:
        self._db, self._rows, self._forms = database, unsent, forms
        self._sealing = sealing = Sealing(database, unsent, clock)
        self.purges = Purges(database, unsent, sealing)
        self._feed = feed = Feed(database, unsent, forms, gist_of, self.purges.begin)
        self.scopes = Scopes(database, feed)
        self._acknowledging = acknowledging = Acknowledging(database, unsent, feed, clock)
        self._rebasing = Rebasing(database, unsent, feed, sealing, acknowledging, clock)
        self.again = BeginningAgain(database, unsent, feed, sealing, self._rebasing, clock)
        self.attached = attached
        self._amending = Amending(database, unsent, feed, sealing, acknowledging, clock)

    def at_once(self, job: Callable[[SyncPort], T]) -> T:
        """Do several of these verbs in one transaction, all or none."""
        answer = self._db.run(lambda: job(self))
        self._acknowledging.tidy()
        return answer

    def feed_state(self) -> FeedState:
        """Return how far the feed has been read."""
        return self._feed.feed_state()

    def forget_cursor(self) -> None:
        """Read the feed from its start next time. Outbox, bases and local edits are untouched."""
        self._feed.forget_cursor()

    def note_scopes(self, scopes: Sequence[FamilyId], workers: Sequence[Worker]) -> None:
        """Remember which families the ICS lists for this worker, and the workers who may be named."""
        self._feed.note_scopes(scopes, workers)

    def apply_page(self, page: FeedPage) -> Sequence[RecordId]:
        """Take a page and its cursor in one transaction; return the records that changed."""
        return self._feed.apply_page(page)

    def unsent(self, limit: int) -> Sequence[Unsent]:
        """Return released work that stands in no sealed op, oldest first."""
        return self._sealing.unsent(limit)

    def sealed(self, limit: int, besides: Collection[OpId] = ()) -> Sequence[SealedOp]:
        """Return the ops to send, oldest first."""
        return self._sealing.sealed(limit, besides)

    def seal(self, ops: Sequence[SealedOp]) -> bool:
        """Keep these ops before a byte of them is sent; say whether all of them are kept just so."""
        return self._sealing.seal(ops)

    def work_on(self, record: RecordId, op: OpId) -> Unsent | None:
        """Return the edit an op was sealed from as it is now. None if the op is not here."""
        return self._sealing.work_on(record, op)

    def park(self, parked: Parked) -> None:
        """Set the op aside with its reason, and all ops that rest on it."""
        self._sealing.park(parked)

    def acknowledge(self, done: Sequence[Acknowledged]) -> None:
        """Close these ops, move each base to the head they made, keep what was accepted in the ledger."""
        self._acknowledging.acknowledge(done)

    def rebase(self, rebased: Rebased) -> None:
        """Take what a merge made of an edit, and the op that carries it."""
        self._rebasing.rebase(rebased)

    def amend(self, amended: Amended) -> bool:
        """Put an edit beside the record that was signed off meanwhile. False if more was typed since."""
        return self._amending.amend(amended)

    def held(self, record: RecordId) -> tuple[Head | None, Head | None]:
        """Return the base and the head held of a record; (None, None) if it is not known here."""
        num = self._rows.find(record)
        return (None, None) if num is None else (self._rows.base(num), self._rows.head(num))

    def form(self, ref: FormRef) -> Form | None:
        """Return a form that is on this device and can be used; without it, work still merges and goes."""
        try:
            return self._forms.form(ref)
        except FormRefused:
            return None

    def note_run(self, report: RunReport) -> None:
        """Keep one line about a run, and put away what it left."""
        self._db.run(
            lambda: self._db.execute(
                "INSERT INTO sync_run (started, ended, outcome, sent, received, combined, conflicts, parked,"
                " complete_pull) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    codec.text(report.started),
                    codec.text(report.ended),
                    report.outcome,
                    report.sent,
                    report.received,
                    report.combined,
                    report.conflicts,
                    report.parked,
                    report.complete_pull,
                ),
            )
        )
        with contextlib.suppress(OSError):  # both only take longer to read when the store is opened next
            self._rows.compact()
        with contextlib.suppress(DiskFull, StoreUnwritable):
            self._db.fold_some()
