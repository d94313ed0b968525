"""A PostgreSQL server of the tests' own: in a temporary folder, reached by a socket in it, gone at the end.

It never syncs to the disk, which is for tests alone: what must survive a power cut is shown elsewhere.
"""

from __future__ import annotations

import functools
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

_UNDER = "/usr/lib/postgresql"
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "2GB",
    "autovacuum": "off",
    "log_min_messages": "fatal",
    "timezone": "UTC",
}


class NoPostgres(Exception):
    """No server can be started here; the words say why."""


def programs() -> Path:
    """Return the folder of the newest server's programs.

    Raises:
        NoPostgres: there is none.
    """
    found = sorted(Path(_UNDER).glob("*/bin/initdb"), key=lambda each: int(each.parts[-3].split(".")[0]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise NoPostgres("needs a PostgreSQL server (Debian's package: postgresql)")
    return Path(on_path).resolve().parent


class PostgresServer:
    """One server, from the making of its files until `close`."""

    def __init__(self, *, settings: dict[str, str] | None = None) -> None:
        self._programs = programs()
        # Short: the name of a socket has some hundred bytes at most.
        self.folder = Path(tempfile.mkdtemp(prefix="ics-pg-"))
        self._numbers = itertools.count(1)
        self._as = self._unprivileged()
        try:
            self._make()
            self._process = self._start({**_SETTINGS, **(settings or {})})
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _unprivileged(self) -> dict[str, object]:
        """As whom it runs: PostgreSQL refuses to run as root."""
        if sys.platform == "win32" or os.geteuid() != 0:
            return {}
        import pwd

        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        raise NoPostgres("needs a user other than root to run PostgreSQL as")

    def _make(self) -> None:
        command = [self._programs / "initdb", "--pgdata", self.folder / "data", "--username", "ics"]
        command += ["--auth", "trust", "--encoding", "UTF8", "--no-sync"]
        # An order of letters that is not that of bytes: the service must not depend on either.
        command += ["--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "en-GB"]
        made = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            **self._as,  # type: ignore[call-overload]
        )
        if made.returncode != 0:
            raise NoPostgres(f"initdb failed: {made.stderr.strip()[-300:]}")

    def _start(self, settings: dict[str, str]) -> subprocess.Popen[bytes]:
        command = [str(self._programs / "postgres"), "-D", str(self.folder / "data")]
        command += ["-c", f"unix_socket_directories={self.folder}"]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        guard = shutil.which("setpriv")
        if guard is not None:  # so that it ends with the tests, also where these are killed
            command = [guard, "--pdeathsig", "QUIT", *command]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            **self._as,  # type: ignore[call-overload]
        )
        asking = [str(self._programs / "pg_isready"), "-h", str(self.folder), "-q", "-t", "1"]
        for _ in range(3_000):  # each asking takes some ten milliseconds
            if process.poll() is not None:
                raise NoPostgres(f"the server ended with code {process.returncode}")
            if subprocess.run(asking, check=False).returncode == 0:
                return process
        process.kill()
        process.wait()
        raise NoPostgres("the server did not come up")

    def url(self, database: str) -> str:
        """Return a database's address, for SQLAlchemy."""
        return f"postgresql+psycopg://ics@/{database}?host={self.folder}"

    def fresh(self, template: str = "template1") -> str:
        """Make a new database and return its name."""
        name = f"ics_{next(self._numbers)}"
        self.run(f'CREATE DATABASE {name} TEMPLATE "{template}"')
        return name

    def run(self, sql: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement outside any transaction and return its rows."""
        with psycopg.connect(
            host=str(self.folder), user="ics", dbname=database, autocommit=True
        ) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """End the server, with whoever is connected, and remove its files."""
        self._process.send_signal(signal.SIGQUIT if sys.platform != "win32" else signal.SIGTERM)
        self._process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)


@functools.cache
def _started() -> PostgresServer | NoPostgres:
    try:
        return PostgresServer()
    except NoPostgres as reason:
        return reason


def the_server() -> PostgresServer:
    """Return the one server of this run of the tests; started by the first who asks.

    Raises:
        NoPostgres: none can be had here.
    """
    found = _started()
    if isinstance(found, NoPostgres):
        raise found
    return found


def close_the_server() -> None:
    """End it, if anybody ever asked for it."""
    if _started.cache_info().currsize:
        found = _started()
        _started.cache_clear()
        if isinstance(found, PostgresServer):
            found.close()
