"""The command ``workbook-ics``: serve, seed, publish the contract, and what an operator needs besides."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from sync.conformance.command import conformance
from sync.reference_ics import letting_go
from sync.reference_ics.device_commands import devices
from sync.reference_ics.operators import COMMANDS
from sync.reference_ics.options import (
    ENVIRONMENT,
    database_options,
    fail,
    listening_of,
    read_config,
    service_options,
    settings_of,
    told_plainly,
)
from sync.reference_ics.publishing import forms


@click.group(epilog="Example: workbook-ics serve --database sqlite:///ics.db --port 8420")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar=f"{ENVIRONMENT}CONFIG",
    callback=read_config,
    expose_value=False,
    is_eager=True,
    help="A TOML file with the options of the commands, under the same names.",
)
def main() -> None:
    """The reference ICS: a council's case system, as far as the ICS Sync Contract goes.

    Exit codes: 0 all well, 1 found a problem, 2 wrongly asked.
    """


@main.command(
    epilog="Example: workbook-ics serve --database sqlite:///ics.db --port 0 --practice-secret-file secret"
)
@database_options
@service_options
@click.option("--print-port", is_flag=True, help="Print the port alone once it listens.")
@click.pass_context
@told_plainly
def serve(context: click.Context, /, host: str, port: int, print_port: bool, **said: Any) -> None:
    """Serve one database until SIGTERM or Ctrl+C. Prints one line when it listens.

    An empty database is made ready; one of an older version is refused unless told to --migrate.
    """
    from sync.reference_ics import logs, serving
    from sync.reference_ics.database import Database

    settings, how = settings_of(context), listening_of(context)
    logs.begin(said["log_level"])
    if said["migrate"]:
        Database(
            settings.database, authority=settings.authority, new_id=settings.new_id, migrate=True
        ).close()
    try:
        listener = serving.bound(host, port)
    except OSError as error:
        fail(f"cannot listen on {host}:{port}: {error.strerror}")
    taken = listener.getsockname()[1]
    scheme = "https" if how.tls_certificate else "http"
    line = (
        str(taken)
        if print_port
        else f"listening on {scheme}://{f'[{host}]' if ':' in host else host}:{taken}"
    )
    # Each push makes and drops thousands of small dictionaries. Left to itself the collector goes through all
    # of them, and the modules besides, many times a push: that was half of its time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        serving.serve(settings, listener, lambda: click.echo(line), how)
    except OSError as error:
        fail(f"cannot serve: {error.strerror or error}")
    finally:
        listener.close()


@main.command(epilog="Example: workbook-ics seed --families 40 --seed 7 --database sqlite:///ics.db")
@database_options
@click.option("--practice", is_flag=True, help="Put in the practice family and its workers.")
@click.option("--families", type=click.IntRange(1, 5_000), help="Put in this many invented families.")
@click.option("--seed", default=1, show_default=True, help="The same number makes the same families.")
@click.option(
    "--form-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Sign the forms with this private key (PEM), as a council does.",
)
@click.pass_context
@told_plainly
def seed(
    context: click.Context,
    /,
    practice: bool,
    families: int | None,
    seed: int,
    form_key: Path | None,
    **_said: Any,
) -> None:
    """Put invented people and records into a database. What is there already stays as it is."""
    if not practice and families is None:
        raise click.UsageError("say --practice, or --families N, or both")
    from sync.reference_ics.database import Database
    from sync.reference_ics.generate import generate
    from sync.reference_ics.practice import practice_caseload
    from sync.reference_ics.seed import put, signed

    asked = settings_of(context)
    caseloads = []
    if practice:
        caseloads.append(practice_caseload(asked.clock.today()))
    if families is not None:
        caseloads.append(generate(families=families, seed=seed, today=asked.clock.today()))
    if form_key is not None:
        private, at = form_key.read_bytes(), asked.clock.now()
        caseloads = [
            replace(each, forms=tuple(signed(form, private, at) for form in each.forms)) for each in caseloads
        ]
    opened = Database(asked.database, authority=asked.authority, new_id=asked.new_id)
    try:
        new = sum(put(opened, each, received_at=asked.clock.now()) for each in caseloads)
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
        fail(f"{check} is not what the code says; write it again with: workbook-ics openapi > {check}")


for _command in (*COMMANDS, *letting_go.COMMANDS, devices, forms, conformance):
    main.add_command(_command)


def run(arguments: list[str] | None = None) -> Any:
    """Run the command with arguments of another's choosing."""
    return main(args=arguments, prog_name="workbook-ics")


if __name__ == "__main__":
    run()
