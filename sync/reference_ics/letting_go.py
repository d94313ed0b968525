"""The operator's commands for what has to leave: withdraw, erase, inbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from sync.reference_ics.options import database_options, fail, settings_of, told_plainly


@click.command(
    epilog="Example: workbook-ics withdraw --database-file database --worker w-tom --family f-1 --reason left"
)
@database_options
@click.option("--worker", required=True, help="Whose involvement ends today.")
@click.option("--family", required=True, help="With which family.")
@click.option("--reason", required=True, help="A word or two that the worker's laptop may show.")
@click.option(
    "--immediate", is_flag=True, help="Leave no time for handing over: the worker must not see it any more."
)
@click.pass_context
@told_plainly
def withdraw(
    context: click.Context, /, worker: str, family: str, reason: str, immediate: bool, **_said: Any
) -> None:
    """End a worker's involvement with a family. Every laptop of theirs hands in what is unsent, deletes the
    family and sends a receipt. The service may run meanwhile."""
    from sync.reference_ics.grants import withdraw as end

    with _opened(context) as (database, settings):
        if not end(database, settings, worker, family, reason=reason, immediate=immediate):
            fail(f"{worker} is not involved with {family} today")
    click.echo(f"withdrawn from {worker}: {family}")


@click.command(epilog="Example: workbook-ics erase --database-file database --record ID --reason statutory")
@database_options
@click.option("--record", required=True, help="The id of the record.")
@click.option("--reason", required=True, help="Kept with the id, for ever.")
@click.confirmation_option(prompt="All versions of it go, for ever, here and on every laptop. Go on?")
@click.pass_context
@told_plainly
def erase(context: click.Context, /, record: str, reason: str, **_said: Any) -> None:
    """Erase a record with all its versions, conflicts and late proposals. Its id is never used again.

    Backups made before still hold it: `restore` erases it again as long as the database it replaces is there.
    """
    from sync.reference_ics.leaving import erase as erase_it
    from sync.reference_ics.problems import ProblemRaised

    with _opened(context) as (database, settings):
        try:
            versions = erase_it(database, settings, record, reason=reason)
        except ProblemRaised as error:
            fail(f"{record}: {error.problem.title}")
    click.echo(f"erased {record}: {versions} versions")


@click.command(epilog="Example: workbook-ics inbox --database-file database")
@database_options
@click.pass_context
@told_plainly
def inbox(context: click.Context, /, **_said: Any) -> None:
    """List late proposals: whose, about which record, when they came; and what came sealed. Prints ids, no
    words.

    What is sealed is opened by the officers who keep the key: `devices sealed`, then `devices open`.
    """
    from sqlalchemy import select

    from sync.reference_ics.handing_in import unreceipted
    from sync.reference_ics.tables import device, device_sealed, late_op

    with _opened(context) as (database, _):
        with database.reading() as connection:
            rows = connection.execute(
                select(
                    late_op.c.id, late_op.c.worker, late_op.c.record, late_op.c.scope, late_op.c.received_at
                ).order_by(late_op.c.received_at, late_op.c.id)
            ).all()
            sealed = connection.execute(
                select(device_sealed.c.received_at, device_sealed.c.device, device.c.worker)
                .join_from(device_sealed, device, device_sealed.c.device == device.c.id)
                .order_by(device_sealed.c.received_at, device_sealed.c.digest)
            ).all()
        waiting = unreceipted(database)
    for id_, worker, record, scope, received_at in rows:
        click.echo(f"{received_at}  {id_}  by {worker}  on {record}  of {scope}")
    for received_at, laptop, worker in sealed:
        click.echo(f"{received_at}  sealed  by {worker}  from {laptop}")
    told = f"{len(rows)} late proposals; {waiting} withdrawals without a receipt"
    click.echo(f"{told}; {len(sealed)} sealed: devices sealed DEVICE" if sealed else told)


COMMANDS = (withdraw, erase, inbox)


@contextmanager
def _opened(context: click.Context) -> Iterator[tuple[Any, Any]]:
    from sync.reference_ics.database import Database

    asked = settings_of(context)
    database = Database(asked.database, authority=asked.authority, new_id=asked.new_id, make=False)
    try:
        yield database, asked
    finally:
        database.close()
