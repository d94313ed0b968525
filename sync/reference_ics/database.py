"""The database behind the service: opened, read, written one at a time, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import contextlib
import operator
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, insert, select, update
from sqlalchemy.exc import DBAPIError

from sync.reference_ics import engines, schema, tables
from sync.reference_ics.schema import DatabaseRefused
from workbook_desktop.domain.ids import LinkId, NewId

T = TypeVar("T")

_SEQ = "seq"
# Asked in every transaction: put together once.
_COUNTER = select(tables.counter.c.n).where(tables.counter.c.name == _SEQ)
_COUNTER_LOCKED = _COUNTER.with_for_update()
_EPOCH = select(tables.meta.c.value).where(tables.meta.c.name == "epoch")
_TRIES = 4


class NotOnTheReplica(DatabaseRefused):
    """A commit did not wait for the replica that it is to be on before anything is acknowledged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which authority's data this is, since which restore, and the key its cursors are signed with."""

    authority: str
    epoch: str
    cursor_key: bytes


_NOT_THERE = "there is no database of this service at this address: is it typed right?"


class Database:
    """One authority's data. Reads run beside each other; writes one after another."""

    def __init__(
        self,
        url: str,
        *,
        authority: str,
        new_id: NewId,
        migrate: bool = False,
        make: bool = True,
        pool: engines.Pool | None = None,
    ) -> None:
        """Open a database; make it if it is empty.

        Args:
            url: SQLAlchemy's, such as ``sqlite:////var/lib/ics/wrenmouth.db`` or ``postgresql://ics@db/ics``.
            authority: whose data it is.
            migrate: bring an older schema up instead of refusing it.
            make: whether an empty database is made ready. A command about what is there must not make it: a
                name typed wrongly would be answered with "nothing found".

        Raises:
            DatabaseRefused: another authority's, of a newer schema or of an older one, or an unsafe server.
            sqlalchemy.exc.SQLAlchemyError: it cannot be reached.
        """
        self.pool = pool or engines.Pool()
        if not make and engines.is_missing(url):
            raise DatabaseRefused(_NOT_THERE)
        self.engine: Engine = engines.opened(url, self.pool)
        self._write = threading.Lock()
        self._inserts: dict[str, _Insert] = {}
        self._seen = threading.local()
        self.stays: dict[str, Mapping[LinkId, frozenset[LinkId]]] = {}  # of forms read so far, see `staying`
        try:
            self.migrated = tuple(self._made_ready(migrate=migrate, make=make))
            self._identity = self._identified(authority, new_id)
        except BaseException:
            self.engine.dispose()
            raise

    def _made_ready(self, *, migrate: bool, make: bool) -> Sequence[int]:
        with self._begin(engines.for_writing) as connection:
            unsafe = engines.what_is_unsafe(connection)
            if unsafe:
                raise DatabaseRefused(unsafe)
            engines.one_at_a_time(connection)
            number = schema.there_is(connection)
            if number == 0 and not make:
                raise DatabaseRefused(_NOT_THERE)
            if number == 0:
                schema.make(connection)
                return ()
            if not migrate:
                schema.check(number)
                return ()
            # No time limits here: a step may take as long as it needs. No writer comes between.
            self._lock_counter(connection)
            return tuple(schema.migrate(connection))

    def _identified(self, authority: str, new_id: NewId) -> Identity:
        with self._begin(engines.for_writing) as connection:
            engines.one_at_a_time(connection)
            rows = select(tables.meta.c.name, tables.meta.c.value)
            found: dict[str, str] = dict(connection.execute(rows).all())
            if "authority" not in found:
                fresh = {"authority": authority, "epoch": new_id(), "cursor_key": secrets.token_hex(32)}
                connection.execute(
                    insert(tables.meta), [{"name": name, "value": fresh[name]} for name in fresh]
                )
                first = {"id": fresh["epoch"], "began_at": "", "reason": "the database was made"}
                connection.execute(insert(tables.epoch), first)
                connection.execute(insert(tables.counter), {"name": _SEQ, "n": 0})
                found |= fresh
        if found["authority"] != authority:
            raise DatabaseRefused(
                f"the database is that of {found['authority']}, and the service was started for {authority}"
            )
        return Identity(
            authority=authority, epoch=found["epoch"], cursor_key=bytes.fromhex(found["cursor_key"])
        )

    @property
    def identity(self) -> Identity:
        """Who this is, as of this thread's last transaction: an epoch may end while the service runs."""
        return getattr(self._seen, "identity", self._identity)

    def _in_epoch(self, epoch: str) -> None:
        known = self._identity
        if known.epoch != epoch:
            self._identity = known = replace(known, epoch=epoch)
        self._seen.identity = known

    @contextlib.contextmanager
    def _begin(self, how: Callable[[Connection], Connection]) -> Iterator[Connection]:
        with self.engine.connect() as plain:
            connection = how(plain)
            with connection.begin():
                yield connection
                engines.forget_warnings(connection)
            # A commit that was told to wait for its replica no longer succeeds all the same, with a warning:
            # it is on this server's disk alone. So nothing of it is acknowledged; sent again, it is known.
            if engines.was_warned(connection):
                raise NotOnTheReplica

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give one consistent view of the data."""
        with self._begin(engines.for_reading) as connection:
            self._in_epoch(engines.begun_in_epoch(connection, self.pool))
            yield connection

    @contextlib.contextmanager
    def reading_for_long(self) -> Iterator[Connection]:
        """Give one consistent view without limits of time, for what looks at everything."""
        with self._begin(engines.for_reading) as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[tuple[Connection, Numbers]]:
        """Give the only transaction that writes, and its feed numbers. Once ended, it is on the disk.

        The counter's row is locked from the first statement to the commit, also where other processes write
        to the same database: numbers become visible in order and none appears late. Whoever writes takes
        that lock before any other, so that no two can wait for each other.
        """
        with self._write, self._begin(engines.for_writing) as connection:
            engines.begun(connection, self.pool)
            numbers = Numbers(self._lock_counter(connection))
            self._in_epoch(connection.execute(_EPOCH).scalar_one())  # after the wait, not before it
            yield connection, numbers
            if numbers.last != numbers.first:
                row = tables.counter.c.name == _SEQ
                connection.execute(update(tables.counter).where(row).values(n=numbers.last))

    @contextlib.contextmanager
    def noting(self) -> Iterator[Connection]:
        """Give a transaction for what the feed does not carry and is nobody's work, such as when one called.

        It takes no feed numbers and holds nobody up. Keep it to one row, or to rows in the order of their
        keys: two that lock the same rows in another order would wait for each other.
        """
        lock = self._write if self.engine.dialect.name == "sqlite" else contextlib.nullcontext()
        with lock, self._begin(engines.for_writing) as connection:
            engines.begun(connection, self.pool)
            yield connection

    def trying(self, work: Callable[[], T]) -> T:
        """Do work, and again, a few times, where the database itself asks for it.

        Only for what may be done twice, as a push may: its ops are known by their ids.
        """
        for _ in range(_TRIES - 1):
            try:
                return work()
            except DBAPIError as error:
                if not engines.is_worth_another_try(error):
                    raise
        return work()

    def _lock_counter(self, connection: Connection) -> int:
        return int(connection.execute(_COUNTER_LOCKED).scalar_one())

    def begin_epoch(self, epoch: str, *, began_at: str, reason: str) -> None:
        """Let a new epoch begin: what clients were told before may not be here any more."""
        with self.writing() as (connection, _):
            here = tables.meta.c.name == "epoch"
            connection.execute(update(tables.meta).where(here).values(value=epoch))
            row = {"id": epoch, "began_at": began_at, "reason": reason[:200]}
            connection.execute(insert(tables.epoch), row)
            self._in_epoch(epoch)

    def check(self) -> None:
        """See that the database is reached and has the schema this service knows.

        Raises:
            DatabaseRefused: it has another.
            sqlalchemy.exc.SQLAlchemyError: it cannot be reached.
        """
        with self.reading() as connection:
            schema.check(schema.there_is(connection))

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
    return int(connection.execute(_COUNTER).scalar_one())
