"""The encrypted store of one worker on one laptop: made, unlocked, locked.

Everything on a `Store` runs SQL in the thread that unlocked it and nowhere else: hand jobs to a `StoreThread`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import NewId

if TYPE_CHECKING:
    from workbook_desktop.domain.records import Gist, Head
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.store.audit import Audit
    from workbook_desktop.store.conflicts import Conflicts
    from workbook_desktop.store.device_secret import Keyrings
    from workbook_desktop.store.drafts import Drafts
    from workbook_desktop.store.feed import SyncPort
    from workbook_desktop.store.forms import Forms
    from workbook_desktop.store.keys import Cost
    from workbook_desktop.store.outbox import Outbox
    from workbook_desktop.store.records import Records
    from workbook_desktop.store.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How pulled records and forms are read: given by `app.py`, so that the store knows no form engine.

    `gist_of(head, form)`: what lists and search need of a record; `form` is None if it is not on this device.
    `load_form(json)`: the Form of a Questionnaire's bytes; raises FormRefused.
    """

    gist_of: Callable[[Head, Form | None], Gist]
    load_form: Callable[[bytes], Form]


class Store:
    """An open store. Its verbs stand in the parts: `store.drafts.keep(…)`, `store.records.of_family(…)`."""

    drafts: Drafts  # begin, keep, release, hold_back, discard
    records: Records  # rows for lists, bodies, families, workers, search
    conflicts: Conflicts  # open questions, proposals on their way, notices
    outbox: Outbox  # what waits, what is parked, counts for the status line
    forms: Forms  # form definitions by id and version
    audit: Audit  # append-only, hash-chained
    settings: Settings  # small values of this worker on this laptop
    restored: int  # records with unsent work that the journal brought back when this store was opened

    @classmethod
    def create(
        cls,
        folder: Path,
        passphrase: str,
        *,
        clock: Clock,
        new_id: NewId,
        keyrings: Keyrings | None,
        reading: Reading | None = None,
        cost: Cost | None = None,
    ) -> Store:
        """Make a new store in a folder that is absent or empty, and open it.

        Args:
            keyrings: where the device secret goes (`device_secret.SystemKeyrings()`); None makes a store that
                rests on the passphrase alone, as practice does.
            cost: of Argon2id; None measures this machine. Practice gives `keys.FLOOR`.

        Raises:
            WeakPassphrase, KeyUnavailable, StoreUnwritable, DiskFull.
        """
        raise NotImplementedError

    @classmethod
    def unlock(
        cls,
        folder: Path,
        passphrase: str,
        *,
        clock: Clock,
        keyrings: Keyrings | None = None,
        reading: Reading | None = None,
    ) -> Store:
        """Open the store in a folder. Never makes one.

        Raises:
            StoreMissing, StoreDamaged, StoreTooNew, StoreLocked, KeyUnavailable, WrongPassphrase, TooManyTries.
        """
        raise NotImplementedError

    def lock(self) -> None:
        """Write what is left to the journal, fold the log into the database and close. Idempotent."""
        raise NotImplementedError

    def together(self, job: Callable[[], T]) -> T:
        """Run a job whose writes are one transaction: all of it is kept, or nothing."""
        raise NotImplementedError

    def sync_port(self) -> SyncPort:
        """Return the object that fits `sync.ports.SyncStore`; to be called in the store's thread."""
        raise NotImplementedError

    def rest(self) -> None:
        """Do what suits a quiet moment (30 s without typing): fold the log, restore the spare space."""
        raise NotImplementedError
