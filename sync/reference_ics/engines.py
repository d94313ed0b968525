"""The two databases a service can stand on, SQLite and PostgreSQL: all in which they differ is here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy.exc
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry

_WRITES = "ics_writes"
_WARNED = "ics_warned"
_EPOCH = "(SELECT value FROM meta WHERE name = 'epoch')"
# PostgreSQL's codes for "begin again": serialisation failure, deadlock.
_AGAIN = frozenset({"40001", "40P01"})
# Those for "not now": lost connections, no resources, an administrator's doing, a time limit, a lock held too
# long, and a server that only reads, as one does that has just been demoted.
_NOT_NOW = ("08", "53", "57", "58", "40", "55P03", "25006", "25P03")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """How many connections a service holds, and how long anything may wait. Times in seconds."""

    size: int = 16
    wait: float = 5.0  # for a free connection
    connect: int = 5
    lock: float = 10.0  # for the turn to write
    statement: float = 30.0

    def __post_init__(self) -> None:
        if self.size < 1 or min(self.wait, self.connect, self.lock, self.statement) <= 0:
            raise ValueError("a pool has at least one connection, and times above nothing")


def opened(url: str, pool: Pool) -> Engine:
    """Return the way to a database. Nothing is connected yet.

    Raises:
        sqlalchemy.exc.ArgumentError: not the URL of a database, or of one that the service cannot stand on.
    """
    parsed = make_url(url)
    kind = parsed.get_backend_name()
    # Parameters are answers about children: an error must not carry them into a log.
    common: dict[str, Any] = {"hide_parameters": True}
    if not is_in_memory(url):
        common |= {"pool_size": pool.size, "pool_timeout": pool.wait, "max_overflow": 0}
    if kind == "sqlite":
        engine = create_engine(parsed, **common)
        _keep_every_commit(engine, pool)
        return engine
    if kind == "postgresql":
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            **common,
            pool_pre_ping=True,  # what a failover or a pooler's restart left behind is thrown away
            pool_recycle=30 * 60,
            use_native_hstore=False,
            # Behind PgBouncer each transaction may meet another server connection: nothing may outlive it.
            # So no prepared statements, and every setting is the transaction's own (`_BEGIN` below).
            connect_args={"prepare_threshold": None, "connect_timeout": pool.connect},
        )
        _hear_warnings(engine)
        return engine
    raise sqlalchemy.exc.ArgumentError(f"the service stands on SQLite or PostgreSQL, not on {kind}")


def is_in_memory(url: str) -> bool:
    """Say whether this is a database that keeps nothing, as simulations use."""
    parsed = make_url(url)
    return parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:")


def is_missing(url: str) -> bool:
    """Say whether this names a file that is not there: opening it would make one."""
    parsed = make_url(url)
    if (
        parsed.get_backend_name() != "sqlite"
        or is_in_memory(url)
        or (parsed.database or "").startswith("file:")
    ):
        return False
    file = Path(parsed.database or "")
    return file.parent.is_dir() and not file.exists()


def for_reading(connection: Connection) -> Connection:
    """Return the connection such that its next transaction is one snapshot and writes nothing."""
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return connection


def for_writing(connection: Connection) -> Connection:
    """Return the connection such that its next transaction may write, and sees what was committed last."""
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=False)
    return connection.execution_options(**{_WRITES: True})


def begun(connection: Connection, pool: Pool) -> None:
    """Give a transaction its time limits."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_limits(pool))


def begun_in_epoch(connection: Connection, pool: Pool) -> str:
    """Give a transaction its time limits, and return the epoch it sees: one question for both."""
    if connection.dialect.name == "postgresql":
        return str(connection.exec_driver_sql(f"{_limits(pool)}, {_EPOCH}").one()[-1])
    return str(connection.exec_driver_sql(f"SELECT {_EPOCH}").scalar_one())


def _limits(pool: Pool) -> str:
    statement, lock = int(pool.statement * 1000), int(pool.lock * 1000)
    # One that hangs with the counter locked would stop every writer: the server hangs up on it.
    return (
        f"SELECT set_config('statement_timeout', '{statement}', true),"
        f" set_config('lock_timeout', '{lock}', true),"
        f" set_config('idle_in_transaction_session_timeout', '{statement}', true)"
    )


def forget_warnings(connection: Connection) -> None:
    """Begin to listen for what the server says beside its answers."""
    connection.info[_WARNED] = False


def was_warned(connection: Connection) -> bool:
    """Say whether the server has warned of something since."""
    return bool(connection.info.get(_WARNED, False))


def _hear_warnings(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, record: ConnectionPoolEntry) -> None:
        def heard(said: Any) -> None:
            if said.severity_nonlocalized == "WARNING":
                record.info[_WARNED] = True

        connection.add_notice_handler(heard)


def what_is_unsafe(connection: Connection) -> str:
    """Return, in words for the operator, why this server must not hold records; empty if nothing is wrong."""
    if connection.dialect.name != "postgresql":
        return ""
    said = connection.exec_driver_sql(
        "SELECT current_setting('server_encoding'), current_setting('synchronous_commit')"
    ).one()
    if said[0] != "UTF8":
        return f"the database's encoding is {said[0]}: make it with ENCODING 'UTF8'"
    if said[1] == "off":
        return "synchronous_commit is off: what was acknowledged could be lost. Set it to on"
    return ""


def one_at_a_time(connection: Connection) -> None:
    """Wait until nobody else is making or changing the schema; hold the others off until the commit."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7203617840225261411)")


def code_of(error: sqlalchemy.exc.DBAPIError) -> str:
    """Return the database's own code for what went wrong: a SQLSTATE, or a name of SQLite's."""
    found = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
    return str(found or type(error.orig).__name__)


def is_worth_another_try(error: sqlalchemy.exc.DBAPIError) -> bool:
    """Say whether the same transaction, begun anew at once, may well succeed."""
    return code_of(error) in _AGAIN


def is_passing(error: sqlalchemy.exc.DBAPIError) -> bool:
    """Say whether it is the database's state that is to blame, so that trying later is right."""
    if error.connection_invalidated or isinstance(error, sqlalchemy.exc.OperationalError):
        return True
    return code_of(error).startswith(_NOT_NOW)


def _keep_every_commit(engine: Engine, pool: Pool) -> None:
    """Have SQLite sync each commit to the disk, and leave the beginning of transactions to us."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # else the driver begins transactions at moments of its own
        waits = f"busy_timeout={int(pool.lock * 1000)}"
        for pragma in ("journal_mode=WAL", "synchronous=FULL", waits, "cache_size=-32000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A deferred transaction that turns into a writing one may be refused half-way; this one never is.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
