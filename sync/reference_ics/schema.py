"""The schema's number: making a new database, bringing an older one up, leaving a newer one alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, inspect, select

from sync.reference_ics import migrations, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME = "schema"


class DatabaseRefused(Exception):
    """The database is not one to work with; the words tell the operator why, and what to do."""


def there_is(connection: Connection) -> int:
    """Return the number of the schema in a database; 0 if it is empty."""
    found = inspect(connection)
    if not found.has_table(tables.meta.name):
        return 0
    number = connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == _NAME)).scalar()
    return migrations.FIRST if number is None else int(number)


def make(connection: Connection) -> None:
    """Make a new database's tables."""
    tables.metadata.create_all(connection)
    _note(connection, migrations.NEWEST)


def check(number: int) -> None:
    """See that a schema is the one this service knows.

    Raises:
        DatabaseRefused: it is older, or newer.
    """
    if number > migrations.NEWEST:
        raise DatabaseRefused(
            f"the database has schema {number}, and this version of the service knows {migrations.NEWEST}:"
            " a newer version has been here. Start that one; nothing was changed"
        )
    if number < migrations.NEWEST:
        raise DatabaseRefused(
            f"the database has schema {number}, and this version needs {migrations.NEWEST}."
            " Back it up, then: workbook-ics migrate"
        )


def migrate(connection: Connection) -> Iterable[int]:
    """Take every step that is due, in this transaction, and return their numbers.

    Raises:
        DatabaseRefused: the schema is newer than this service.
    """
    before = there_is(connection)
    if before > migrations.NEWEST:
        check(before)
    due = [(number, up) for number, up in migrations.STEPS if number > before]
    if not due:
        return []
    # Late: it takes a tenth of a second, and a database that is up to date never needs it.
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    operations = Operations(MigrationContext.configure(connection))
    for number, up in due:
        up(operations)
        _note(connection, number)
    return [number for number, _ in due]


def _note(connection: Connection, number: int) -> None:
    connection.execute(delete(tables.meta).where(tables.meta.c.name == _NAME))
    connection.execute(insert(tables.meta), {"name": _NAME, "value": str(number)})
