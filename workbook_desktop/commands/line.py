"""The command line, for everything but the plain start of the window."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

import click

import workbook_desktop
from workbook_desktop.commands.forms import forms

LEAST_PASSPHRASE = 15  # the store refuses shorter ones too


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Without a command the window opens. Exit codes: 0 well, 1 found a problem, 2 misuse.",
)
@click.version_option(workbook_desktop.__version__, message="Workbook %(version)s")
def commands() -> None:
    """The Workbook: the shared caseload, with or without a connection.

    Example: workbook-desktop practice
    """


@commands.command(epilog="Example: workbook-desktop practice --tour pictures")
@click.option(
    "--tour",
    type=click.Path(file_okay=False, path_type=Path),
    help="Walk the main job through the real windows, without a person; pictures and tour.json go here.",
)
@click.option(
    "--gallery",
    type=click.Path(file_okay=False, path_type=Path),
    help="Take a picture of every page, at 1366 by 768 and with text at 200 %.",
)
@click.option("--reset", is_flag=True, help="Begin afresh: throws away what was written in practice.")
def practice(tour: Path | None, gallery: Path | None, reset: bool) -> None:
    """Practise with an invented family, an office of its own and a colleague who also writes."""
    from workbook_desktop.commands import open_window

    sys.exit(open_window.practise(tour, gallery=gallery, reset=reset))


commands.add_command(forms)


@commands.command(epilog="Example: workbook-desktop version --json")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for machines.")
def version(as_json: bool) -> None:
    """Say which versions are running."""
    facts = versions()
    if as_json:
        click.echo(json.dumps(facts, indent=1))
        return
    for name, value in facts.items():
        click.echo(f"{name:<12} {value}")


def versions() -> dict[str, str]:
    """Return the versions that matter when something is wrong."""
    import PySide6
    import sqlcipher3

    connection = sqlcipher3.connect(":memory:")
    try:
        (cipher,) = connection.execute("PRAGMA cipher_version").fetchone()
    finally:
        connection.close()
    return {
        "workbook": workbook_desktop.__version__,
        "python": platform.python_version(),
        "pyside6": PySide6.__version__,
        "sqlcipher": cipher,
        "sqlite": sqlcipher3.sqlite_version,
        "system": platform.platform(),
    }


def _address(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Take an address of the web, and no other."""
    if not value.startswith(("https://", "http://")):
        raise click.BadParameter("an ICS is reached by https:// (or by http:// on this very machine)")
    return value


def _long_enough(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Refuse a short passphrase before anything is asked of the network."""
    if len(value) < LEAST_PASSPHRASE:
        raise click.BadParameter(f"use {LEAST_PASSPHRASE} characters or more; four words do well")
    return value


@commands.command(
    epilog="Example: workbook-desktop enrol --ics https://ics.example --worker w-17 --secret-file s"
)
@click.option("--ics", "url", required=True, callback=_address, help="Address of the ICS: https://…")
@click.option("--worker", required=True, help="The worker's id there, such as w-amara-quill.")
@click.option(
    "--secret-file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file given to `workbook-ics serve --practice-secret-file`: with what is in it workers sign in.",
)
@click.option(
    "--passphrase",
    callback=_long_enough,
    prompt="Passphrase (15 characters or more)",
    hide_input=True,
    confirmation_prompt=True,
    help="Asked for if not given; do not give it where others can read the command line.",
)
def enrol(url: str, worker: str, secret_file: Path, passphrase: str) -> None:
    """Set this laptop up for a worker: makes the encrypted store. For pilots against a practice ICS."""
    from workbook_desktop.commands.enrol import enrol_here
    from workbook_desktop.domain.errors import IcsUnreachable, NotTheIcs, SignInNeeded, WorkbookError

    try:
        enrol_here(url, worker, secret_file.read_text(encoding="utf-8").strip(), passphrase)
    except SignInNeeded:
        click.echo("The ICS does not know this worker, or the secret is another. Nothing was made.", err=True)
        sys.exit(1)
    except (IcsUnreachable, NotTheIcs) as error:
        click.echo(f"No ICS answers at {url} ({error.code}). Nothing was made; try again.", err=True)
        sys.exit(1)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except WorkbookError as error:
        from workbook_desktop import messages

        words, exact = messages.load(), error.facts.get("reason", "")
        for part in ("title", "safe", "next"):
            key = f"errors.{error.code}.{part}"
            click.echo(words.first(f"{key}.{exact}", key, **error.facts), err=True)
        sys.exit(1)
    click.echo("This laptop is set up. Start the Workbook with: workbook-desktop")


def run(arguments: Sequence[str]) -> int:
    """Run a command line; return its exit code."""
    try:
        commands.main(args=list(arguments), prog_name="workbook-desktop", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return 2
    except click.Abort:
        return 1
    except SystemExit as end:
        return int(end.code or 0)
    return 0
