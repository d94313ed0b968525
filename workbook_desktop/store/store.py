"""The encrypted store of one worker on one laptop: made, unlocked, locked.

Everything on a `Store` runs SQL in the thread that unlocked it and nowhere else: hand jobs to a
`StoreThread`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import (
    DiskFull,
    KeyUnavailable,
    StoreDamaged,
    StoreLocked,
    StoreUnwritable,
    WrongPassphrase,
)
from workbook_desktop.domain.ids import NewId
from workbook_desktop.store import codec, connection, device_secret, files, header, keys, schema
from workbook_desktop.store.attached import Attached
from workbook_desktop.store.audit import Audit
from workbook_desktop.store.ballast import Ballast
from workbook_desktop.store.conflicts import Conflicts
from workbook_desktop.store.derived import DerivedRows
from workbook_desktop.store.drafts import Drafts
from workbook_desktop.store.finding import Finding
from workbook_desktop.store.forms import Forms
from workbook_desktop.store.journal import Journal
from workbook_desktop.store.leftovers import Leftovers, leftovers
from workbook_desktop.store.looks import Looks
from workbook_desktop.store.outbox import Outbox
from workbook_desktop.store.records import Records
from workbook_desktop.store.search_index import SearchIndex
from workbook_desktop.store.settings import Settings
from workbook_desktop.store.sync_port import SyncPort
from workbook_desktop.store.throttle import Throttle
from workbook_desktop.store.unsent import Unsent

if TYPE_CHECKING:
    from filelock import BaseFileLock

    from workbook_desktop.domain.records import Gist, Head
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.store.device_secret import Keyrings
    from workbook_desktop.store.keys import Cost

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How pulled records and forms are read: given by `app.py`, so that the store knows no form engine.

    `gist_of(head, form)`: what lists and search need of a record; `form` is None if it is not on this device.
    `load_form(json)`: the Form of a Questionnaire's bytes; raises FormRefused.
    `vouched(body)`: the Questionnaire in what the feed brought, if this laptop trusts who published it;
    raises FormRefused.
    """

    gist_of: Callable[[Head, Form | None], Gist]
    load_form: Callable[[bytes], Form]
    vouched: Callable[[bytes], bytes]


def _load_form(json: bytes) -> Form:
    from workbook_desktop.forms.loader import load

    return load(json)


PLAIN = Reading(
    gist_of=lambda head, form: codec.plain_gist(head), load_form=_load_form, vouched=lambda body: body
)
LOCK = "store.lock"


class Store:
    """An open store. Its verbs stand in the parts: `store.drafts.keep(…)`, `store.records.of_family(…)`."""

    drafts: Drafts  # begin, keep, release, hold_back, discard
    records: Records  # rows for lists, bodies, families, workers
    finding: Finding  # records by word, person and day
    index: SearchIndex  # the words of records
    derived: DerivedRows  # what records give: lines, facts, readings
    conflicts: Conflicts  # open questions, proposals on their way, notices
    outbox: Outbox  # what waits, what is parked, counts for the status line
    forms: Forms  # form definitions by id and version
    audit: Audit  # append-only, hash-chained
    settings: Settings  # small values of this worker on this laptop
    attached: Attached  # files that answers name by their hash
    restored: int  # records with unsent work that the journal brought back when this store was opened
    store_id: str

    @classmethod
    def create(
        cls,
        folder: Path,
        passphrase: str,
        *,
        clock: Clock,
        new_id: NewId,
        keyrings: Keyrings | None,
        reading: Reading = PLAIN,
        cost: Cost | None = None,
        store_id: str | None = None,
    ) -> Store:
        """Make a new store in a folder that is absent or empty, and open it.

        It is made in a folder beside and moved into place whole: there is never half a store.

        Args:
            keyrings: where the device secret goes (`device_secret.SystemKeyrings()`); None makes a store that
                rests on the passphrase alone, as practice does.
            cost: of Argon2id; None measures this machine. Practice gives `keys.FLOOR`.
            store_id: what it is called, where the office has been told already; None: a new id.

        Raises:
            WeakPassphrase, KeyUnavailable, StoreUnwritable, DiskFull.
        """
        keys.check_passphrase(passphrase)
        _make_room(folder)
        keyring = None if keyrings is None else keyrings.open()
        store_id = store_id or new_id()
        device = None
        if keyring is not None:
            device = keys.new_key()
            device_secret.write_secret(keyring, store_id, device)
        if cost is None:
            cost = keys.calibrate(clock.monotonic) if device is not None else keys.ALONE
        key = keys.new_key()
        blank = header.Header(
            store_id=store_id,
            seq=1,
            created=clock.now().isoformat(timespec="seconds"),
            sql_salt=bytes(16),
            db_min_bytes=connection.PAGE,
            policy_id="",
            keyring="" if keyring is None else keyring.backend,
            slots=(),
        )
        slot = keys.wrap(blank, key, passphrase, device, cost, "1")
        with _saying_why():
            staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))  # mode 0700
        try:
            with _saying_why():
                _fill(staging, replace(blank, slots=(slot,)), key, device, clock)
                if folder.exists():
                    (folder / LOCK).unlink(missing_ok=True)
                    folder.rmdir()
                staging.rename(folder)
                files.sync_folder(folder.parent)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            if keyring is not None:
                keyring.forget(store_id)
            raise
        return cls.opened(folder, header.read(folder).headers[0], key, clock=clock, reading=reading)

    @classmethod
    def unlock(
        cls,
        folder: Path,
        passphrase: str,
        *,
        clock: Clock,
        keyrings: Keyrings | None = None,
        reading: Reading = PLAIN,
    ) -> Store:
        """Open the store in a folder. Never makes one.

        Raises:
            StoreMissing, StoreDamaged, StoreTooNew, StoreLocked, KeyUnavailable, WrongPassphrase,
            TooManyTries.
        """
        copies = header.read(folder)
        with _alone(folder) as lock:
            first = copies.headers[0]
            device = None
            if any(slot.type == "pw+dev" for slot in first.slots):
                if keyrings is None:
                    raise KeyUnavailable(reason="no-keyring")
                device = device_secret.read_secret(keyrings.open(first.keyring), first.store_id)
            found, key = _unwrapped(folder, copies, passphrase, device, clock)
            if not copies.whole:
                with contextlib.suppress(OSError):  # a full disk is no reason to stay out
                    header.write(folder, found)
            return cls.opened(folder, found, key, clock=clock, reading=reading, lock=lock)

    @classmethod
    def opened(
        cls,
        folder: Path,
        found: header.Header,
        key: bytes,
        *,
        clock: Clock,
        reading: Reading = PLAIN,
        lock: BaseFileLock | None = None,
    ) -> Store:
        """Open a store whose key is already known, as `unlock` does after asking for the passphrase."""
        os.umask(0o077)
        with _alone(folder, lock) as held:
            return cls(folder, found, key, clock, reading, held)

    def __init__(
        self,
        folder: Path,
        found: header.Header,
        key: bytes,
        clock: Clock,
        reading: Reading,
        lock: BaseFileLock,
    ) -> None:
        self.store_id = found.store_id
        derived = keys.keys_of(key, found.store_id)
        ballast = Ballast(folder)
        self._db = connection.open_existing(
            folder / header.DATABASE, derived.sql, found.sql_salt, found.db_min_bytes, ballast
        )
        try:
            schema.migrate(self._db)
            row = self._db.execute("SELECT value FROM meta WHERE name = 'store_id'").fetchone()
            if row is None or row[0] != found.store_id:
                raise StoreDamaged(what="database")
            with _saying_why():
                self._journal = Journal(folder / header.JOURNAL, derived.journal, found.store_id)
            self.index = SearchIndex(self._db)
            self.index.begin()
            self._unsent = Unsent(self._db, self._journal, clock, self.index)
            self.restored = self._unsent.replay()
        except BaseException:
            self._db.close()
            raise
        ballast.restore()
        self._lock: BaseFileLock | None = lock
        self.drafts = Drafts(self._db, self._unsent)
        self.records = Records(self._db, self._unsent)
        self.finding = Finding(self._db)
        self.derived = DerivedRows(self._db, self._unsent)
        self.looks = Looks(self._db)
        self.conflicts = Conflicts(self._db)
        self.outbox = Outbox(self._db)
        self.forms = Forms(self._db, reading.load_form, reading.vouched)
        self.audit = Audit(self._db, found.store_id)
        self.settings = Settings(self._db)
        self.attached = Attached(self._db)
        self._port = SyncPort(self._db, self._unsent, self.forms, clock, reading.gist_of, self.attached)

    def lock(self) -> None:
        """Write what is left to the journal, fold the log into the database and close. Idempotent."""
        if self._lock is None:
            return
        lock, self._lock = self._lock, None
        try:
            # Neither is needed for what was kept to be safe: a full disk must not keep the store open.
            with contextlib.suppress(DiskFull, StoreDamaged, StoreUnwritable):
                self._unsent.copy_drafts()
            with contextlib.suppress(DiskFull, StoreDamaged, StoreUnwritable):
                self._db.fold()
        finally:
            self._journal.close()
            self._db.close()
            lock.release()

    def together(self, job: Callable[[], T]) -> T:
        """Run a job whose writes are one transaction: all of it is kept, or nothing. It must bear being run
        twice."""
        return self._db.run(job)

    def leftovers(self, worker: str, made: str) -> Leftovers:
        """Return everything unsent, as it is when the store is to be emptied."""
        return leftovers(self._db, self.store_id, worker, made)

    def sync_port(self) -> SyncPort:
        """Return the object that fits `sync.ports.SyncStore`; to be called in the store's thread."""
        return self._port

    def rest(self) -> None:
        """Do what suits a quiet moment (30 s without typing): fold the log, restore the spare space."""
        self._unsent.copy_drafts()
        self._db.fold()
        self._db.ballast.restore()


def _make_room(folder: Path) -> None:
    """See that the folder is absent or empty, and the one around it is there."""
    if header.is_there(folder):
        raise StoreUnwritable(reason="store-exists")
    if folder.exists() and {each.name for each in folder.iterdir()} - {LOCK}:
        raise StoreUnwritable(reason="folder-not-empty")
    with _saying_why():
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def _fill(folder: Path, blank: header.Header, key: bytes, device: bytes | None, clock: Clock) -> None:
    """Put a whole new store into a folder; the header last."""
    os.umask(0o077)
    derived = keys.keys_of(key, blank.store_id)
    ballast = Ballast(folder)
    ballast.restore()
    database = connection.Database(folder / header.DATABASE, derived.sql, ballast)
    try:
        schema.migrate(database)
        database.run(
            lambda: database.many(
                "INSERT INTO meta (name, value) VALUES (?, ?)",
                [("store_id", blank.store_id), ("journal", "0"), ("created", blank.created)],
            )
        )
        database.fold()
    finally:
        database.close()
    Throttle(folder, blank.store_id, keys.throttle_key(blank.store_id, device)).clear(clock.now())
    Journal(folder / header.JOURNAL, derived.journal, blank.store_id).close()
    unsealed = replace(blank, sql_salt=connection.first_bytes(folder / header.DATABASE))
    header.write(folder, unsealed.with_mac(keys.mac(derived.mac, unsealed.unsealed())))


def _unwrapped(
    folder: Path, copies: header.Copies, passphrase: str, device: bytes | None, clock: Clock
) -> tuple[header.Header, bytes]:
    """Return the newest copy of the header that the passphrase opens, and the store's key."""
    store_id = copies.headers[0].store_id
    throttle = Throttle(folder, store_id, keys.throttle_key(store_id, device))
    try:
        throttle.begin(clock.now())
    except OSError as error:
        # A full disk must neither lock the worker out nor let guesses go uncounted: the spare space is for
        # this too.
        if not (_is_full(error) and Ballast(folder).release()):
            raise _why(error) from error
        throttle.begin(clock.now())
    damaged = False
    for found in copies.headers:
        for slot in found.slots:
            key = keys.unwrap(found, slot, passphrase, device if slot.type == "pw+dev" else None)
            if key is None:
                continue
            sealed = keys.mac(keys.keys_of(key, found.store_id).mac, found.unsealed())
            if keys.same(sealed, found.mac):
                with contextlib.suppress(OSError):
                    throttle.clear(clock.now())
                return found, key
            damaged = True
    if damaged:
        throttle.clear(clock.now())  # the passphrase was right
        raise StoreDamaged(what="header")
    raise WrongPassphrase(wait=throttle.wait(clock.now()))


class _alone:
    """Holds the store against a second window; lets go only if opening fails."""

    def __init__(self, folder: Path, held: BaseFileLock | None = None) -> None:
        self._folder, self._held = folder, held

    def __enter__(self) -> BaseFileLock:
        if self._held is None:
            import filelock

            lock = filelock.FileLock(self._folder / LOCK, thread_local=False)
            try:
                lock.acquire(timeout=0)
            except filelock.Timeout as error:
                raise StoreLocked(by="another-window") from error
            except OSError as error:
                raise _why(error) from error
            self._held = lock
        return self._held

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is not None and self._held is not None:
            self._held.release()


@contextlib.contextmanager
def _saying_why() -> Iterator[None]:
    """Turn what the file system says into our words."""
    try:
        yield
    except OSError as error:
        raise _why(error) from error


def _is_full(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def _why(error: OSError) -> Exception:
    if _is_full(error):
        return DiskFull()
    return StoreUnwritable(reason=errno.errorcode.get(error.errno or 0, "os-error").lower())
