"""The one connection to the encrypted database, how it is opened, and the thread that owns it."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from workbook_desktop.domain.errors import DiskFull, StoreDamaged, StoreUnwritable
from workbook_desktop.store.ballast import Ballast

T = TypeVar("T")
P = ParamSpec("P")

PAGE = 4096
LEAST_SQLITE = (3, 51, 3)  # before it, two connections that fold the log at once could lose a commit

SHORT_LOG = 200  # pages
LONG_LOG = 4000  # while much comes or goes at once: folding after each page of it would take as long again

# What is set, and what must be read back. Order matters: the key comes before all, the logging right after
# it.
SETTINGS: tuple[tuple[str, str, str], ...] = (
    ("cipher_log_level", "NONE", "NONE"),  # it prints to stderr otherwise
    ("cipher_memory_security", "OFF", "0"),  # 3 to 11 times slower; the hard lock ends the process instead
    ("temp_store", "MEMORY", "2"),  # a temporary file would hold plain text
    ("mmap_size", "0", "0"),
    ("busy_timeout", "5000", "5000"),
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", "2"),  # NORMAL loses acknowledged commits when the power goes
    ("fullfsync", "ON", "1"),
    ("checkpoint_fullfsync", "ON", "1"),
    ("wal_autocheckpoint", f"{SHORT_LOG}", f"{SHORT_LOG}"),  # a short log is little to lose
    ("journal_size_limit", "4194304", "4194304"),
    ("secure_delete", "ON", "1"),
    ("foreign_keys", "ON", "1"),
    ("trusted_schema", "OFF", "0"),
    ("cell_size_check", "ON", "1"),
    ("cache_size", "-65536", "-65536"),  # 64 MB: every page read is a decryption
)
CIPHER_SETTINGS = (
    "PRAGMA kdf_iter = 256000;",
    "PRAGMA cipher_page_size = 4096;",
    "PRAGMA cipher_use_hmac = 1;",
    "PRAGMA cipher_plaintext_header_size = 0;",
    "PRAGMA cipher_hmac_algorithm = HMAC_SHA512;",
    "PRAGMA cipher_kdf_algorithm = PBKDF2_HMAC_SHA512;",
)
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR")
_UNWRITABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")


class StoreThread(Executor):
    """The store's own thread: everything that runs SQL is submitted here, one job after the other."""

    def __init__(self, name: str = "store") -> None:
        self._inner = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a job in the store's thread."""
        return self._inner.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more jobs; end when those handed in are done."""
        self._inner.shutdown(wait=wait, cancel_futures=cancel_futures)


class Database:
    """An open, checked connection. Only the thread that opened it may use it."""

    def __init__(self, path: Path, key: bytes, ballast: Ballast) -> None:
        import sqlcipher3.dbapi2 as engine

        if tuple(int(part) for part in engine.sqlite_version.split(".")) < LEAST_SQLITE:
            raise StoreDamaged(what="engine")
        self.path = path
        self.ballast = ballast
        self.before_commit: Callable[[], None] = lambda: None
        self.after_rollback: Callable[[], None] = lambda: None
        self._error: type[Exception] = engine.Error
        self._owner = threading.get_ident()
        self._depth = 0
        self._broken = False
        self._long_log = False
        text = key.hex()
        if len(text) != 64:  # another length would silently be taken for a passphrase
            raise ValueError("a raw key has 32 bytes")
        try:
            self._raw = engine.connect(os.fspath(path), isolation_level=None, cached_statements=256)
        except engine.Error as error:
            raise self._translate(error) from error
        try:
            self.execute(f"PRAGMA key = \"x'{text}'\"")
            for name, value, _ in SETTINGS:
                self.execute(f"PRAGMA {name} = {value}")
            self.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            self.check()
        except BaseException:
            self._raw.close()
            raise

    def check(self) -> None:
        """Read every setting back.

        Raises:
            StoreDamaged: one of them is not what was set; StoreUnwritable if the place does not allow a log.
        """
        for name, _, expected in SETTINGS:
            row = self.execute(f"PRAGMA {name}").fetchone()
            if row is None or str(row[0]) != expected:
                if name == "journal_mode":
                    raise StoreUnwritable(reason="no-write-ahead-log")
                raise StoreDamaged(what=name)
        cipher = tuple(row[0] for row in self.execute("PRAGMA cipher_settings"))
        if cipher != CIPHER_SETTINGS or str(self.execute("PRAGMA cipher_status").fetchone()[0]) != "1":
            raise StoreDamaged(what="cipher-settings")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Run one statement and return its cursor."""
        self._own()
        try:
            return self._raw.execute(sql, values)
        except self._error as error:
            raise self._translate(error) from error

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        self._own()
        try:
            self._raw.executemany(sql, rows)
        except self._error as error:
            raise self._translate(error) from error

    def run(self, job: Callable[[], T]) -> T:
        """Run a job as one transaction; inside another it is part of that one.

        The first time the disk is full, the spare space is given up and the job runs once more: a job must
        bear being run twice.
        """
        if self._depth:
            return job()
        try:
            return self._once(job)
        except DiskFull:
            if not self.ballast.release():
                raise
            return self._once(job)

    def let_log_grow(self) -> None:
        """Let the log grow longer until `fold_some`: what is committed is as safe in it, and what was sent or
        pulled can be had again."""
        if not self._long_log:
            self.execute(f"PRAGMA wal_autocheckpoint = {LONG_LOG}")
            self._long_log = True

    def fold_some(self) -> None:
        """Fold the log as far as nobody reads it, if it was let grow, and keep it short again."""
        if self._long_log:
            self.execute(f"PRAGMA wal_autocheckpoint = {SHORT_LOG}")
            self._long_log = False
            self.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def fold(self) -> None:
        """Fold the log into the database file and cut it to nothing."""
        self.fold_some()
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close the connection. Idempotent."""
        self._raw.close()
        self._broken = True

    @property
    def in_transaction(self) -> bool:
        """Say whether a job is under way."""
        return self._depth > 0

    def _once(self, job: Callable[[], T]) -> T:
        self.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            result = job()
            self.before_commit()
            self.execute("COMMIT")
        except BaseException as error:
            if self._raw.in_transaction:
                self._raw.rollback()
            self.after_rollback()
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull from error
            raise
        finally:
            self._depth = 0
        return result

    def _own(self) -> None:
        if threading.get_ident() != self._owner:
            raise RuntimeError("SQL outside the store's thread")
        if self._broken:
            raise StoreDamaged(what="closed")

    def _translate(self, error: Exception) -> Exception:
        """Return our word for an error of the engine; a mistake of ours (a bad statement) stays what it
        is."""
        name = str(getattr(error, "sqlite_errorname", "") or "")
        if name.startswith("SQLITE_FULL"):
            return DiskFull()
        if name.startswith(_DAMAGED):
            self._broken = (
                True  # after one bad page a connection is of no use: whoever salvages opens another
            )
            return StoreDamaged(what="database")
        if name.startswith(_UNWRITABLE):
            return StoreUnwritable(reason=name.removeprefix("SQLITE_").lower().replace("_", "-"))
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return StoreUnwritable(reason="busy")
        return error


def open_existing(path: Path, key: bytes, sql_salt: bytes, least_bytes: int, ballast: Ballast) -> Database:
    """Open a database that must be there. Nothing is made if it is not.

    Raises:
        StoreDamaged: missing, cut short, not encrypted, or not the one the header speaks of.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise StoreDamaged(what="database") from error
    if size < max(PAGE, least_bytes) or start != sql_salt or start.startswith(b"SQLite format 3"):
        raise StoreDamaged(what="database")
    return Database(path, key, ballast)


def first_bytes(path: Path) -> bytes:
    """Return a new database's salt, after making sure that the file is encrypted.

    Raises:
        StoreDamaged: it is not.
    """
    with path.open("rb") as file:
        start = file.read(16)
    if len(start) != 16 or start.startswith(b"SQLite format 3"):
        raise StoreDamaged(what="not-encrypted")
    return start
