"""The database behind the service: opened, read, written one at a time. SQLite's own ways are all here."""

from __future__ import annotations

import contextlib
import operator
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, select, update
from sqlalchemy.pool import ConnectionPoolEntry

from sync.reference_ics import tables
from workbook_desktop.domain.ids import NewId

_SEQ = "seq"
_WRITES = "ics_writes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which authority's data this is, since which restore, and the key its cursors are signed with."""

    authority: str
    epoch: str
    cursor_key: bytes


class Database:
    """One authority's data. Reads run beside each other; writes one after another."""

    def __init__(self, url: str, *, authority: str, new_id: NewId) -> None:
        # Parameters are answers about children: an error must not carry them into a log.
        self.engine: Engine = create_engine(url, hide_parameters=True)
        self._write = threading.Lock()
        self._inserts: dict[str, _Insert] = {}
        if self.engine.dialect.name == "sqlite":
            _keep_every_commit(self.engine)
        tables.metadata.create_all(self.engine)
        self.identity = self._identity(authority, new_id)

    def _identity(self, authority: str, new_id: NewId) -> Identity:
        with self._begin(writes=True) as connection:
            rows = select(tables.meta.c.name, tables.meta.c.value)
            found = dict(connection.execute(rows).all())
            if not found:
                found = {"authority": authority, "epoch": new_id(), "cursor_key": secrets.token_hex(32)}
                connection.execute(
                    insert(tables.meta), [{"name": name, "value": found[name]} for name in found]
                )
                connection.execute(insert(tables.counter), {"name": _SEQ, "n": 0})
        return Identity(
            authority=found["authority"], epoch=found["epoch"], cursor_key=bytes.fromhex(found["cursor_key"])
        )

    @contextlib.contextmanager
    def _begin(self, *, writes: bool) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            if writes:
                connection = connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give one consistent view of the data."""
        with self._begin(writes=False) as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[tuple[Connection, Numbers]]:
        """Give the only transaction that writes, and its feed numbers. Once ended, it is on the disk."""
        with self._write, self._begin(writes=True) as connection:
            # Also where another process writes to the same database: the row stays locked until the commit.
            row = tables.counter.c.name == _SEQ
            connection.execute(update(tables.counter).where(row).values(n=tables.counter.c.n))
            numbers = Numbers(connection.execute(select(tables.counter.c.n).where(row)).scalar_one())
            yield connection, numbers
            if numbers.last != numbers.first:
                connection.execute(update(tables.counter).where(row).values(n=numbers.last))

    def insert(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert many whole rows of plain numbers, text and bytes, as quickly as the driver can.

        SQLAlchemy looks at each value of each row on its way; in a push of thousands that took as long as
        writing them.
        """
        if rows:
            compiled = self._inserts.get(table.name)
            if compiled is None:
                compiled = self._inserts[table.name] = _Insert.of(table, self.engine)
            connection.exec_driver_sql(compiled.sql, compiled.parameters(rows))

    def close(self) -> None:
        """Let go of the database's files."""
        self.engine.dispose()


@dataclass(frozen=True, slots=True)
class _Insert:
    """An insert of a table's whole rows, in the words of one database."""

    sql: str
    names: tuple[str, ...] | None  # in the order of the values; None where they go by name

    @classmethod
    def of(cls, table: Table, engine: Engine) -> _Insert:
        compiled = insert(table).compile(dialect=engine.dialect)
        places = getattr(compiled, "positiontup", None)
        return cls(str(compiled), tuple(places) if places else None)

    def parameters(self, rows: Sequence[Mapping[str, Any]]) -> Any:
        if self.names is None:
            return list(rows)
        values = operator.itemgetter(*self.names)
        return [values(row) for row in rows]


class Numbers:
    """Feed numbers of one transaction, handed out in order and without a gap."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.last = first

    def next(self) -> int:
        """Return the next number."""
        self.last += 1
        return self.last


def checkpoint(connection: Connection) -> int:
    """Return the last feed number that this view of the data holds."""
    row = tables.counter.c.name == _SEQ
    return int(connection.execute(select(tables.counter.c.n).where(row)).scalar_one())


def _keep_every_commit(engine: Engine) -> None:
    """Have SQLite sync each commit to the disk, and leave the beginning of transactions to us."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # else the driver begins transactions at moments of its own
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "cache_size=-32000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A deferred transaction that turns into a writing one may be refused half-way; this one never is.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
