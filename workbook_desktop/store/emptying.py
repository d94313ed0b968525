"""Emptying a laptop: in steps that are on the disk before they are taken, so that a cut is gone on from.

Beside the store's folder lies one of the same name with ``.emptied``: what was unsent, sealed for the
organisation; and ``job.json``, which says how far this is and holds, signed beforehand, what is to be said
when the keys are gone. Once that file is there, the store will be destroyed; before it, nothing has happened.

Without the keys the rest is noise: the device secret goes first, then both headers, then the files. That a
solid-state disk forgets every block is not claimed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbook_desktop.domain.errors import KeyUnavailable
from workbook_desktop.store import files, header

if TYPE_CHECKING:
    from workbook_desktop.store.device_secret import Keyrings

JOB, ENVELOPE = "job.json", "unsent.sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One emptying, and how far it is."""

    reason: str  # "order" or "lease"
    order: str  # id of the organisation's order, "" for a lease
    now: bool  # destroyed at once; else only when what was unsent has been handed in
    store_id: str
    keyring: str  # name of the keyring with the device secret, "" without one
    url: str  # of the office, "" without one
    unsent: int  # records with something unsent in the envelope
    records: int
    handed_in_message: Mapping[str, Any] | None  # None: nothing was unsent, or there is no key to sign with
    receipt: Mapping[str, Any] | None
    handed_in: bool = False
    destroyed: bool = False
    received: bool = False  # the office has the receipt

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        told = self.received or self.receipt is None
        return self.destroyed and told and (self.handed_in or self.handed_in_message is None)

    @property
    def may_destroy(self) -> bool:
        """Whether it is time to destroy the store."""
        return self.now or self.handed_in or self.handed_in_message is None


class Emptying:
    """The emptying of one store's folder."""

    def __init__(self, folder: Path) -> None:
        self._store = folder
        self.folder = folder.with_name(folder.name + ".emptied")

    def job(self) -> Job | None:
        """Return the job, if one was begun."""
        try:
            raw = json.loads((self.folder / JOB).read_bytes())
            return Job(**raw)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            return None  # never half-written: somebody else's file

    def begin(self, job: Job, envelope: bytes) -> None:
        """Put the envelope and the job on the disk. From here on the store is to be destroyed."""
        before = self.job()
        if before is not None and not before.is_done and before.store_id != job.store_id:
            # An earlier store's work has not reached the office: it stays, for somebody to hand in.
            self.folder.rename(self.folder.with_name(f"{self.folder.name}-{before.store_id[:64]}"))
        self.folder.mkdir(mode=0o700, exist_ok=True)
        files.sync_folder(self.folder.parent)
        if envelope:
            files.replace(self.folder / ENVELOPE, envelope)
        self._write(job)

    def envelope(self) -> bytes:
        """Return the envelope; b"" if there is none any more."""
        try:
            return (self.folder / ENVELOPE).read_bytes()
        except FileNotFoundError:
            return b""

    def note(self, job: Job, **done: Any) -> Job:
        """Note a step that was taken, and return the job as it now is."""
        job = replace(job, **done)
        self._write(job)
        return job

    def destroy(self, job: Job, keyrings: Keyrings | None, also: Iterable[Path] = ()) -> Job:
        """Destroy the store: secret, headers, files. Again, if it was cut short.

        Raises:
            KeyUnavailable: the keyring does not answer; it was not destroyed whole, try again.
            OSError: a file could not be removed (another process has it open); try again.
        """
        failed: KeyUnavailable | None = None
        if job.keyring and keyrings is not None:
            try:
                keyrings.open(job.keyring).forget(job.store_id)
            except KeyUnavailable as error:
                failed = error  # the headers go all the same: without them the secret opens nothing
        for name in (header.MAIN, header.COPY):
            for each in (self._store / name, self._store / f"{name}.new"):
                each.unlink(missing_ok=True)
        if self._store.exists():
            files.sync_folder(self._store)
            shutil.rmtree(self._store, onerror=_unless_gone)
        for path in also:
            path.unlink(missing_ok=True)
        files.sync_folder(self._store.parent)
        if failed is not None:
            raise failed
        return self.note(job, destroyed=True)

    def let_go_of_envelope(self) -> None:
        """The office has it: it need not be here."""
        (self.folder / ENVELOPE).unlink(missing_ok=True)

    def clear(self) -> None:
        """Forget that there was an emptying: a new store is made here."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, job: Job) -> None:
        files.replace(self.folder / JOB, json.dumps(asdict(job)).encode())


def _unless_gone(_remove: object, _path: str, failure: tuple[type, BaseException, object]) -> None:
    if not isinstance(failure[1], FileNotFoundError):  # another window of this worker may be at it too
        raise failure[1]
