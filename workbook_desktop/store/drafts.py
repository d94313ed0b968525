"""Typing, sending, and taking it back: the only writes a worker makes to a record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workbook_desktop.domain.changes import Settlement
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.records import Body, FormRef, Gist


class Drafts:
    """Local bodies beside their base. Each verb is one small transaction, on disk when it returns."""

    def begin(
        self,
        record: RecordId,
        *,
        family: FamilyId,
        form: FormRef,
        chapter: str,
        subjects: Sequence[PersonId],
        body: Body,
        gist: Gist,
        by: WorkerId,
        at: datetime,
    ) -> None:
        """Keep a new record that the ICS has never had."""
        raise NotImplementedError

    def keep(self, record: RecordId, body: Body, gist: Gist, by: WorkerId, at: datetime) -> None:
        """Keep what was typed. The head it started from is pinned as base.

        Typing something new into a released record withdraws the release while it is unsealed: what was to be sent
        or signed is no longer what the worker saw.

        Raises:
            RecordUnknown, AlreadySignedOff, DiskFull.
        """
        raise NotImplementedError

    def release(
        self,
        record: RecordId,
        *,
        by: WorkerId,
        at: datetime,
        sign_off_hash: str | None = None,
        settles: Sequence[Settlement] = (),
    ) -> None:
        """Let the next run send it. `sign_off_hash` is the content hash the worker saw when signing.

        A parked op of the record is set aside: its text is in the local body and goes again.

        Raises:
            RecordUnknown, AlreadySignedOff, ChangedSinceRead (the local content has another hash).
        """
        raise NotImplementedError

    def hold_back(self, record: RecordId, at: datetime) -> bool:
        """Undo `release` and answer True; False if it is sealed already and cannot be held back."""
        raise NotImplementedError

    def discard(self, record: RecordId) -> bool:
        """Throw away local text that was never released, and answer True; False if an op rests on it."""
        raise NotImplementedError
