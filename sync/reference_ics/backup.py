"""Backup, and restore under a new epoch: so clients hear that what they were told may be gone.

Nothing is replaced before the copy has been checked, and what is replaced stays beside it. On SQLite a
database is a file, copied while the service runs. On PostgreSQL its own ``pg_dump`` and ``pg_restore`` do the
work, and the service's own part is the checking, the epoch and the change of names.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from sync.reference_ics import migrations, schema
from sync.reference_ics.checking import Found, found_in
from sync.reference_ics.database import Database
from sync.reference_ics.engines import for_reading
from sync.reference_ics.leaving import erase
from sync.reference_ics.settings import Settings
from sync.reference_ics.tables import entry, revision

_SQLITE = b"SQLite format 3\0"
_PG_DUMP = b"PGDMP"


class NotDone(Exception):
    """A backup or a restore was given up; the words say why. Nothing was replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did."""

    found: Found
    epoch: str
    beside: str  # where the database that was there before is now; empty if there was none
    erased_again: int  # records that were erased after the backup was made


def back_up(url: str, to: Path) -> Found:
    """Copy the database into a file and look at the copy; the service may run meanwhile.

    Raises:
        NotDone: the file is there already, a program is missing, or the copy does not hold together.
    """
    if to.exists():
        raise NotDone(f"{to} is there already: a backup never takes the place of another")
    part = to.with_name(f"{to.name}.part")
    part.unlink(missing_ok=True)
    parsed = make_url(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            found = _copied(Path(str(parsed.database)), part)
        else:
            found = _dumped(parsed, part)
        _on_the_disk(part)
        part.rename(to)
    finally:
        part.unlink(missing_ok=True)
    return found


def restore(settings: Settings, source: Path, *, stamp: str, reason: str) -> Restored:
    """Put a backup in the place of a database, under a new epoch. The service must not run.

    Args:
        settings: of the service: its database, whose authority it is, its clock and ids.
        source: what `back_up` made.
        stamp: names what is kept beside, such as ``20261125T0900``.
        reason: noted with the epoch.

    Raises:
        NotDone: the backup is damaged, of another kind, of another authority or of a newer version, or the
            database is in use.
    """
    parsed = make_url(settings.database)
    with source.open("rb") as opened:
        head = opened.read(16)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if not head.startswith(_SQLITE if is_sqlite else _PG_DUMP):
        raise NotDone(f"{source} is no backup of a {'SQLite' if is_sqlite else 'PostgreSQL'} database")
    if is_sqlite:
        return _restore_file(settings, Path(str(parsed.database)), source, stamp, reason)
    return _restore_server(settings, parsed, source, stamp, reason)


# SQLite ---------------------------------------------------------------------------------------------------


def _copied(database: Path, to: Path) -> Found:
    if not database.is_file():
        raise NotDone(f"there is no database {database}")
    to.touch(mode=0o600)
    with (
        contextlib.closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as here,
        contextlib.closing(sqlite3.connect(to)) as there,
    ):
        here.backup(there)
        there.execute("PRAGMA journal_mode=DELETE")  # one file, whole by itself
    return _looked_at(f"sqlite:///{to.as_posix()}", file=to)


def _looked_at(url: str, *, file: Path | None = None) -> Found:
    """Look at a copy.

    Raises:
        NotDone: it does not hold together, or is of a newer version of the service.
    """
    if file is not None:
        with contextlib.closing(sqlite3.connect(file)) as copy:
            try:
                said = [row[0] for row in copy.execute("PRAGMA integrity_check")]
            except sqlite3.DatabaseError as error:
                raise NotDone("the copy is damaged: it cannot be read") from error
        if said != ["ok"]:
            raise NotDone(f"the copy is damaged: {len(said)} findings of SQLite's integrity check")
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.connect() as plain:
            connection = for_reading(plain)  # one moment, also while the service runs
            number = schema.there_is(connection)
            if number == 0:
                raise NotDone("the copy is empty")
            if number > migrations.NEWEST:
                raise NotDone(
                    f"the copy has schema {number}, and this version of the service knows {migrations.NEWEST}"
                )
            if number == migrations.NEWEST:
                found = found_in(connection)
                if found.wrong:
                    raise NotDone("the copy does not hold together: " + "; ".join(found.wrong))
                return found
            return Found(schema=number, epoch="", reached=0, records=0, revisions=0, ops=0, wrong=())
    finally:
        engine.dispose()


def _restore_file(settings: Settings, database: Path, source: Path, stamp: str, reason: str) -> Restored:
    beside = database.with_name(f"{database.name}.before-{stamp}")
    fresh = database.with_name(f"{database.name}.restoring")
    if beside.exists():
        raise NotDone(f"{beside} is there already")
    fresh.unlink(missing_ok=True)
    there = database.exists()
    if there:
        _is_free(database)
    try:
        shutil.copyfile(source, fresh)
        fresh.chmod(0o600)
        _looked_at(f"sqlite:///{fresh.as_posix()}", file=fresh)
        url = f"sqlite:///{fresh.as_posix()}"
        old = f"sqlite:///{database.as_posix()}" if there else None
        found, epoch, again = _in_a_new_epoch(settings, url, old, reason)
        _is_free(fresh)
        _on_the_disk(fresh)
        if there:
            _is_free(database)
            database.rename(beside)
        try:
            fresh.rename(database)
        except OSError:
            if there:
                beside.rename(database)
            raise
        _on_the_disk(database.parent)
    finally:
        for rest in (fresh, *(fresh.with_name(f"{fresh.name}{end}") for end in ("-wal", "-shm"))):
            rest.unlink(missing_ok=True)
    return Restored(found=found, epoch=epoch, beside=str(beside) if there else "", erased_again=again)


def _is_free(database: Path) -> None:
    """See that nobody has the file open, and leave it whole by itself: its log written into it.

    Raises:
        NotDone: somebody has it open.
    """
    with contextlib.closing(sqlite3.connect(database, timeout=0.5)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as error:
            raise NotDone("the database is in use: stop the service first") from error


def _on_the_disk(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows has no such thing, and needs none
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# PostgreSQL -----------------------------------------------------------------------------------------------


def _dumped(url: URL, to: Path) -> Found:
    to.touch(mode=0o600)
    _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(to))
    listed = _run(url, "pg_restore", "--list", str(to), connects=False)
    for table in ("revision", "entry", "op", "meta"):
        if re.search(rf"TABLE DATA \S+ {table} ", listed) is None:
            raise NotDone(f"the dump has no table {table}")
    # Of the database, not of the dump: only `restore` unpacks that, into a database of its own.
    return _looked_at(_driven(url))


def _restore_server(settings: Settings, url: URL, source: Path, stamp: str, reason: str) -> Restored:
    name = str(url.database)
    fresh, beside = f"{name}_restoring", f"{name}_before_{stamp}".lower()
    if max(len(fresh), len(beside)) > 63:
        raise NotDone("the name of the database is too long for another beside it")
    with _office(url) as office:
        there = name in office.names()
        if beside in office.names():
            raise NotDone(f"a database {beside} is there already")
        if there:
            _nobody_in(office, name)
        office.say(f"DROP DATABASE IF EXISTS {office.quoted(fresh)}")
        office.say(f"CREATE DATABASE {office.quoted(fresh)} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            arguments = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
            _run(url.set(database=fresh), "pg_restore", *arguments, str(source))
            new = _driven(url.set(database=fresh))
            _looked_at(new)
            found, epoch, again = _in_a_new_epoch(settings, new, _driven(url) if there else None, reason)
            if there:
                _nobody_in(office, name)
                office.say(f"ALTER DATABASE {office.quoted(name)} RENAME TO {office.quoted(beside)}")
            try:
                office.say(f"ALTER DATABASE {office.quoted(fresh)} RENAME TO {office.quoted(name)}")
            except SQLAlchemyError:
                if there:
                    office.say(f"ALTER DATABASE {office.quoted(beside)} RENAME TO {office.quoted(name)}")
                raise
        except BaseException:
            office.say(f"DROP DATABASE IF EXISTS {office.quoted(fresh)}")
            raise
    return Restored(found=found, epoch=epoch, beside=beside if there else "", erased_again=again)


def _nobody_in(office: _Office, name: str) -> None:
    count = office.connected_to(name)
    if count:
        raise NotDone(f"the database is in use by {count} connections: stop the service first")


class _Office:
    """The server itself, outside any database of ours."""

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(_driven(url.set(database="postgres")), isolation_level="AUTOCOMMIT")
        self._connection = self._engine.connect()

    def say(self, sql: str) -> None:
        self._connection.exec_driver_sql(sql)

    def names(self) -> set[str]:
        return set(self._connection.exec_driver_sql("SELECT datname FROM pg_database").scalars())

    def connected_to(self, name: str) -> int:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = %(name)s"
        return int(self._connection.exec_driver_sql(asked, {"name": name}).scalar_one())

    def quoted(self, name: str) -> str:
        return self._engine.dialect.identifier_preparer.quote_identifier(name)

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()


@contextlib.contextmanager
def _office(url: URL) -> Iterator[_Office]:
    try:
        office = _Office(url)
    except SQLAlchemyError as error:
        raise NotDone("the server, or its database 'postgres', cannot be reached") from error
    try:
        yield office
    finally:
        office.close()


def _driven(url: URL) -> str:
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _run(url: URL, program: str, *arguments: str, connects: bool = True) -> str:
    """Run one of PostgreSQL's programs and return what it printed.

    Raises:
        NotDone: it is not installed, or failed.
    """
    found = shutil.which(program)
    if found is None:
        raise NotDone(
            f"needs {program} (Debian's package: postgresql-client), of the server's version or later"
        )
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    environment = dict(os.environ)
    if url.password is not None:  # on the command line anybody on the machine could read it
        environment["PGPASSWORD"] = str(url.password)
    where = [f"--dbname={plain}"] if connects else []
    told = subprocess.run(
        [found, *where, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if told.returncode != 0:
        # Only its first line: further ones may quote rows.
        line = (told.stderr.strip().splitlines() or ["no reason given"])[0]
        raise NotDone(f"{program} failed: {line[:200]}")
    return told.stdout


# Both -----------------------------------------------------------------------------------------------------


def _in_a_new_epoch(settings: Settings, url: str, old: str | None, reason: str) -> tuple[Found, str, int]:
    """Bring a copy up to this version, begin an epoch, and erase again what was erased after it was made.

    Raises:
        NotDone: it is another authority's, or does not hold together afterwards.
    """
    try:
        database = Database(
            url, authority=settings.authority, new_id=settings.new_id, migrate=True, pool=settings.pool
        )
    except schema.DatabaseRefused as refused:
        raise NotDone(str(refused)) from refused
    try:
        epoch = settings.new_id()
        database.begin_epoch(epoch, began_at=settings.clock.now().isoformat(), reason=reason)
        again = _erased_again(settings, database, old) if old is not None else 0
        with database.reading() as connection:
            found = found_in(connection)
    finally:
        database.close()
    if found.wrong:
        raise NotDone("the copy does not hold together: " + "; ".join(found.wrong))
    return found, epoch, again


def _erased_again(settings: Settings, database: Database, old: str) -> int:
    """Erase what the database being replaced says was erased: no backup brings it back."""
    engine = create_engine(old, hide_parameters=True)
    try:
        with engine.connect() as connection:
            if schema.there_is(connection) != migrations.NEWEST:
                return 0
            erased = list(connection.execute(select(entry.c.id).where(entry.c.kind == "erased")).scalars())
    except SQLAlchemyError:
        return 0  # damaged: that may be why a backup is restored
    finally:
        engine.dispose()
    with database.reading() as connection:
        asked = select(revision.c.id).where(revision.c.kind == "record").distinct()
        back = set(connection.execute(asked).scalars()) & set(erased)
        gone = select(entry.c.id).where(entry.c.kind == "record")
        back &= set(connection.execute(gone).scalars())
    for record in sorted(back):
        erase(database, settings, record, reason="erased before the restore")
    return len(back)
