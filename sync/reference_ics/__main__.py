"""The command ``workbook-ics``: serve, seed, and publish the contract."""

from __future__ import annotations

import gc
import logging
import secrets
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import click
import structlog

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import NewId, new_ids

_FOUND_A_PROBLEM = 1
_MISUSE = 2


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """Return the date where the work is done."""
        return datetime.now(ZoneInfo("Europe/London")).date()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()


def _fail(words: str, code: int = _FOUND_A_PROBLEM) -> NoReturn:
    click.echo(f"workbook-ics: {words}", err=True)
    sys.exit(code)


def _sources() -> tuple[Clock, NewId]:
    clock = SystemClock()
    return clock, new_ids(clock.now, secrets.randbits)


def _log_to_stderr() -> None:
    """One JSON object a line: ids and counts."""
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(
                allow={"worker", "ops", "became", "items", "more", "reason", "kind", "where", "path"}
            ),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    ours = logging.getLogger("sync.reference_ics")
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    server = logging.getLogger("uvicorn.error")  # its other words are about itself, not about calls
    server.addHandler(handler)
    server.setLevel(logging.WARNING)


@click.group(epilog="Example: workbook-ics serve --database sqlite:///ics.db --port 8420")
def main() -> None:
    """The reference ICS: a council's case system, as far as the ICS Sync Contract goes."""


@main.command(
    epilog="Example: workbook-ics serve --database sqlite:///ics.db --port 0 --practice-secret-file secret"
)
@click.option("--database", required=True, metavar="URL", help="Such as sqlite:///ics.db; made if missing.")
@click.option("--port", required=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--practice-secret-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Let practice workers sign in with the secret in this file.",
)
@click.option("--print-port", is_flag=True, help="Print the port alone once it listens.")
def serve(database: str, port: int, host: str, practice_secret_file: Path | None, print_port: bool) -> None:
    """Serve one database until SIGTERM or Ctrl+C. Prints one line when it listens."""
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    from sync.reference_ics import serving
    from sync.reference_ics.settings import Settings

    secret = None
    if practice_secret_file is not None:
        secret = practice_secret_file.read_text(encoding="utf-8").strip()
    clock, new_id = _sources()
    try:
        settings = Settings(database=database, clock=clock, new_id=new_id, practice_secret=secret)
    except ValueError as error:
        _fail(str(error), _MISUSE)
    _log_to_stderr()
    try:
        listener = serving.bound(host, port)
    except OSError as error:
        _fail(f"cannot listen on {host}:{port}: {error.strerror}")
    taken = listener.getsockname()[1]
    line = str(taken) if print_port else f"listening on http://{f'[{host}]' if ':' in host else host}:{taken}"
    # Each push makes and drops thousands of small dictionaries. Left to itself the collector goes through all
    # of them, and the modules besides, many times a push: that was half of its time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        serving.serve(settings, listener, lambda: click.echo(line))
    except ArgumentError:
        _fail(f"not the URL of a database: {database}", _MISUSE)
    except SQLAlchemyError as error:
        _fail(f"cannot open the database: {type(error).__name__}")
    finally:
        listener.close()


@main.command(epilog="Example: workbook-ics seed --families 40 --seed 7 --database sqlite:///ics.db")
@click.option("--database", required=True, metavar="URL", help="Such as sqlite:///ics.db; made if missing.")
@click.option("--practice", is_flag=True, help="Put in the practice family and its workers.")
@click.option("--families", type=click.IntRange(1, 5_000), help="Put in this many invented families.")
@click.option("--seed", default=1, show_default=True, help="The same number makes the same families.")
def seed(database: str, practice: bool, families: int | None, seed: int) -> None:
    """Put invented people and records into a database. What is there already stays as it is."""
    if not practice and families is None:
        raise click.UsageError("say --practice, or --families N, or both")
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    from sync.reference_ics.database import Database
    from sync.reference_ics.generate import generate
    from sync.reference_ics.practice import practice_caseload
    from sync.reference_ics.seed import put
    from sync.reference_ics.settings import AUTHORITY

    clock, new_id = _sources()
    caseloads = []
    if practice:
        caseloads.append(practice_caseload(clock.today()))
    if families is not None:
        caseloads.append(generate(families=families, seed=seed, today=clock.today()))
    try:
        opened = Database(database, authority=AUTHORITY, new_id=new_id)
    except ArgumentError:
        _fail(f"not the URL of a database: {database}", _MISUSE)
    except SQLAlchemyError as error:
        _fail(f"cannot open the database: {type(error).__name__}")
    try:
        new = sum(put(opened, each, received_at=clock.now()) for each in caseloads)
    finally:
        opened.close()
    click.echo(f"{new} new records and forms")


@main.command(epilog="Example: workbook-ics openapi --check resources/openapi/ics-sync.v1.json")
@click.option(
    "--check",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Print nothing; fail if this file says something else.",
)
def openapi(check: Path | None) -> None:
    """Print the contract as an OpenAPI 3.1 document, from the code that serves it."""
    from sync.reference_ics.openapi import document_text

    text = document_text()
    if check is None:
        click.echo(text, nl=False)
    elif check.read_text(encoding="utf-8") != text:
        _fail(f"{check} is not what the code says; write it again with: workbook-ics openapi > {check}")


def run(arguments: list[str] | None = None) -> Any:
    """Run the command with arguments of another's choosing."""
    return main(args=arguments, prog_name="workbook-ics")


if __name__ == "__main__":
    run()
