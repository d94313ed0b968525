"""The command ``workbook-ics conformance``: run the scenarios against a service and print the report."""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from workbook_desktop.domain.ids import new_ids

if TYPE_CHECKING:
    from sync.conformance.kit import Kit

_FAILED, _MISUSE, _UNREACHABLE = 1, 2, 3
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    epilog=(
        "Example: workbook-ics conformance http://127.0.0.1:8420 --practice-secret-file secret "
        "--first w-amara-quill --second w-bea-linnet --scope f-tolland"
    )
)
@click.argument("url", default="")
@click.option("--scope", default="", help="A family that the first and the second worker both see.")
@click.option("--first", default="", help="A worker: an id, or with --tokens the name of a file there.")
@click.option("--second", default="", help="A colleague who sees the family too.")
@click.option("--stranger", help="A worker who must not see it; without one those scenarios are not run.")
@click.option("--practice-secret-file", type=_FILE, help="Sign these workers in as practice workers.")
@click.option(
    "--tokens",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Or: a folder with a file for each worker that holds a bearer token.",
)
@click.option(
    "--only", default="", metavar="TEXT", help="Run those scenarios alone whose name contains this."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--list", "listed", is_flag=True, help="Print what would be run, and ask nothing.")
def conformance(
    url: str,
    scope: str,
    first: str,
    second: str,
    stranger: str | None,
    practice_secret_file: Path | None,
    tokens: Path | None,
    only: str,
    as_json: bool,
    listed: bool,
) -> None:
    """Ask a service whether it keeps the ICS Sync Contract. Leaves records: never against a live authority.

    Exit codes: 0 everything offered holds, 1 something fails, 2 misuse, also where family and workers do not
    fit, 3 the service cannot be reached.
    """
    from sync.conformance import report

    if listed:
        for part, scenario in report.scenarios(only):
            click.echo(f"{part}.{scenario.__name__}  {(scenario.__doc__ or '').split(chr(10))[0]}")
        return
    if not (url and scope and first and second):
        raise click.UsageError("say URL, --scope, --first and --second")
    if first == second:
        raise click.UsageError("--first and --second are one and the same worker")
    if not url.startswith(("https://", "http://")):
        raise click.UsageError("URL begins with https://, or http:// for a service on this machine")
    if (practice_secret_file is None) == (tokens is None):
        raise click.UsageError("say --practice-secret-file or --tokens")
    import httpx

    from sync.conformance.kit import Failed, NotSignedIn, calling

    try:
        with calling() as client:
            kit = _kit(client, url, scope, [first, second, stranger], practice_secret_file, tokens)
            why_not = kit.why_not()
            if why_not is not None:
                click.echo(f"workbook-ics: cannot begin: {why_not}", err=True)
                sys.exit(_MISUSE)
            lines = report.run(kit, only, (lambda line: None) if as_json else _say)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        click.echo(f"workbook-ics: cannot reach {url}: {type(error).__name__}", err=True)
        sys.exit(_UNREACHABLE)
    except NotSignedIn as error:
        click.echo(f"workbook-ics: cannot begin: {error}", err=True)
        sys.exit(_MISUSE)
    except Failed as error:
        click.echo(f"workbook-ics: cannot begin: {error}", err=True)
        sys.exit(_FAILED)
    except OSError as error:
        click.echo(f"workbook-ics: cannot read {error.filename}: {error.strerror}", err=True)
        sys.exit(_MISUSE)
    if not lines:
        click.echo(f"workbook-ics: no scenario is called {only}", err=True)
        sys.exit(_MISUSE)
    if as_json:
        whole = report.report_of(kit, lines, datetime.now(UTC))  # noqa: TID251  # a command reads the time
        click.echo(msgspec.json.format(msgspec.json.encode(whole)).decode())
    else:
        click.echo(report.counted(lines))
    if any(each.outcome is report.Outcome.FAILS for each in lines):
        sys.exit(_FAILED)


def _say(line: object) -> None:
    from sync.conformance import report

    assert isinstance(line, report.Line)
    click.echo(report.as_text(line))


def _kit(
    client: object,
    url: str,
    scope: str,
    workers: list[str | None],
    secret_file: Path | None,
    tokens: Path | None,
) -> Kit:
    import httpx

    from sync.conformance.kit import Caller, Kit, practice_token

    assert isinstance(client, httpx.Client)

    def caller(worker: str) -> Caller:
        if tokens is not None:
            token = (tokens / worker).read_text(encoding="utf-8").strip()
        else:
            assert secret_file is not None
            secret = secret_file.read_text(encoding="utf-8").strip()
            token = practice_token(client, url, worker, secret)
        return Caller(client, url, token)

    anybody = Caller(client, url, None)
    first, second, stranger = workers
    assert first is not None
    assert second is not None
    now = lambda: datetime.now(UTC)  # noqa: E731, TID251  # a command reads the time
    return Kit(
        base_url=url,
        scope=scope,
        first=caller(first),
        second=caller(second),
        stranger=None if stranger is None else caller(stranger),
        anybody=anybody,
        new_id=new_ids(now, secrets.randbits),
        now=now,
        capabilities=anybody.good("GET", "/.well-known/ics-workbook"),
    )
