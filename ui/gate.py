"""The way into the store, as the unlock screen sees it. `app.py` fits it; nothing here knows keys."""

from __future__ import annotations

from typing import Protocol

from workbook_desktop.workspace.desk import Desk


class Gate(Protocol):
    """Opens and shuts a worker's store."""

    @property
    def worker_name(self) -> str:
        """Who unlocks here, as known before unlock."""

    @property
    def practice(self) -> bool:
        """Whether this is the practice store."""

    @property
    def hint(self) -> str:
        """A quiet line above the field: practice tells its passphrase here. Elsewhere ""."""

    def exists(self) -> bool:
        """Whether there is a store to unlock. Quick: it looks, it opens nothing."""

    def waiting(self) -> int | None:
        """How many things wait to be sent, as noted at the last lock; None: not known."""

    def unlock(self, passphrase: str) -> Desk:
        """Open the store. Slow by design (the key is derived here): run it off the UI thread.

        Raises:
            WrongPassphrase, TooManyTries: with the wait in seconds; no data was touched.
            StoreDamaged, StoreTooNew, StoreMissing, KeyUnavailable, StoreLocked: with reasons; nothing was
                changed.
        """

    def lock(self) -> None:
        """Close the store and forget the keys. Kept drafts and unsent work stay, encrypted."""
