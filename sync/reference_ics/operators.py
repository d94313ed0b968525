"""The operator's commands: settings, migrate, backup, restore, new-epoch, verify."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from sync.reference_ics.options import (
    database_options,
    fail,
    listening_of,
    service_options,
    settings_of,
    told_plainly,
    url_of,
)

_SOURCES = {
    "COMMANDLINE": "flag",
    "ENVIRONMENT": "environment",
    "DEFAULT_MAP": "configuration file",
    "DEFAULT": "default",
}


@click.command(epilog="Example: workbook-ics --config /etc/workbook-ics.toml settings")
@database_options
@service_options
@click.pass_context
@told_plainly
def settings(context: click.Context, /, **_said: Any) -> None:
    """Print what `serve` would be started with, and where each value comes from. Starts nothing.

    A flag comes first, then the environment, then the configuration file, then the default. Secrets are
    masked. Ends with exit code 2 if `serve` would refuse to start with these.
    """
    from sqlalchemy import make_url

    for each in context.command.params:
        name = str(each.name)
        value = context.params[name]
        if name == "database" and value is not None:
            value = make_url(value).render_as_string()  # with *** for a password
        source = context.get_parameter_source(name)
        where = _SOURCES.get(source.name if source is not None else "", "?")
        shown = json.dumps(list(value) if isinstance(value, tuple) else value, default=str)
        click.echo(f"{name.replace('_', '-'):22} = {shown:40} # {where}")
    found = settings_of(context)
    listening_of(context)
    make_url(found.database)


@click.command(epilog="Example: workbook-ics migrate --database-file /etc/workbook-ics/database")
@database_options
@click.pass_context
@told_plainly
def migrate(context: click.Context, /, **_said: Any) -> None:
    """Bring the database of an older version up to this one, whole or not at all. Make a backup first.

    A newer one is refused and left as it is. Stop the service before.
    """
    from sync.reference_ics.database import Database
    from sync.reference_ics.migrations import NEWEST

    asked = settings_of(context)
    database = Database(
        asked.database, authority=asked.authority, new_id=asked.new_id, migrate=True, make=False
    )
    database.close()
    steps = ", ".join(str(number) for number in database.migrated)
    click.echo(f"schema {NEWEST}: {f'took step {steps}' if steps else 'nothing to do'}")


@click.command(epilog="Example: workbook-ics backup --database-file database --to /backups/ics-20261125")
@database_options
@click.option(
    "--to", required=True, type=click.Path(path_type=Path), help="The file to write; never replaced."
)
@click.pass_context
@told_plainly
def backup(context: click.Context, /, to: Path, **_said: Any) -> None:
    """Copy the database into a file while the service runs, and check it.

    SQLite: a database file. PostgreSQL: a dump in its custom format, by pg_dump. The file is all there is to
    know about the families: encrypt it, and keep it from those who may not read them.
    """
    from sync.reference_ics.backup import back_up

    found = back_up(url_of(context), to)
    click.echo(
        f"{to}: {found.records} records, {found.revisions} revisions, {found.ops} ops, schema {found.schema}"
    )


@click.command(epilog="Example: workbook-ics restore --database-file database --from /backups/ics-20261125")
@database_options
@click.option(
    "--from", "source", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `backup` made.",
)  # fmt: skip
@click.option("--reason", default="restored from a backup", show_default=True, help="Noted with the epoch.")
@click.pass_context
@told_plainly
def restore(context: click.Context, /, source: Path, reason: str, **_said: Any) -> None:
    """Put a backup in the place of the database, under a new epoch. Stop the service before.

    The backup is checked whole before anything is replaced; the database that was there stays beside. What
    was erased after the backup was made is erased again. Laptops see the new epoch and hand in again what
    the database has lost. On PostgreSQL this needs the right to create databases.
    """
    from sync.reference_ics.backup import restore as put_back

    asked = settings_of(context)
    stamp = asked.clock.now().strftime("%Y%m%dt%H%M%S")
    done = put_back(asked, source, stamp=stamp, reason=reason)
    click.echo(
        f"restored: {done.found.records} records, {done.found.revisions} revisions, epoch {done.epoch}"
    )
    if done.beside:
        click.echo(f"what was there before is kept as {done.beside}")
    if done.erased_again:
        click.echo(f"{done.erased_again} records erased after the backup was made are erased again")


@click.command("new-epoch", epilog='Example: workbook-ics new-epoch --reason "promoted a replica 2 s behind"')
@database_options
@click.option("--reason", required=True, help="Why; kept with the epoch.")
@click.pass_context
@told_plainly
def new_epoch(context: click.Context, /, reason: str, **_said: Any) -> None:
    """Begin a new epoch: after a base backup was put back, or a replica promoted that may have lost commits.

    Laptops then compare what they were told with what is here, and hand in again what is missing. The service
    may run meanwhile.
    """
    from sync.reference_ics.database import Database

    asked = settings_of(context)
    database = Database(asked.database, authority=asked.authority, new_id=asked.new_id, make=False)
    try:
        epoch = asked.new_id()
        database.begin_epoch(epoch, began_at=asked.clock.now().isoformat(), reason=reason)
    finally:
        database.close()
    click.echo(f"epoch {epoch}")


@click.command(epilog="Example: workbook-ics verify --database-file /etc/workbook-ics/database")
@database_options
@click.pass_context
@told_plainly
def verify(context: click.Context, /, **_said: Any) -> None:
    """Look at everything in the database: versions, heads, hashes, numbers of the feed, acknowledged ops.

    Prints counts. Ends with exit code 1, and ids, if something does not hold. The service may run meanwhile.
    """
    from sync.reference_ics.checking import found_in
    from sync.reference_ics.database import Database

    asked = settings_of(context)
    database = Database(asked.database, authority=asked.authority, new_id=asked.new_id, make=False)
    try:
        with database.reading_for_long() as connection:
            found = found_in(connection)
    finally:
        database.close()
    click.echo(
        f"schema {found.schema}, epoch {found.epoch}, feed {found.reached}: {found.records} records,"
        f" {found.revisions} revisions, {found.ops} ops"
    )
    for each in found.wrong:
        click.echo(each)
    if found.wrong:
        fail(f"{len(found.wrong)} findings")


COMMANDS = (settings, migrate, backup, restore, new_epoch, verify)
