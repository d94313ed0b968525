"""What the command can be told: by a flag, else the environment, else the configuration file, else a default.

The names are the same in all three: ``--tls-key``, ``WORKBOOK_ICS_TLS_KEY``, ``tls-key = "..."``.
"""

from __future__ import annotations

import functools
import os
import secrets
import stat
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import click

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import NewId, new_ids

if TYPE_CHECKING:
    from sync.reference_ics.settings import IdentityProvider, Listening, Settings

P = ParamSpec("P")
T = TypeVar("T")
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

FOUND_A_PROBLEM = 1
MISUSE = 2
ENVIRONMENT = "WORKBOOK_ICS_"
_SAID = (str, int, float, bool)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


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


def sources() -> tuple[Clock, NewId]:
    """Return where a command gets its time and its ids."""
    clock = SystemClock()
    return clock, new_ids(clock.now, secrets.randbits)


def fail(words: str, code: int = FOUND_A_PROBLEM) -> NoReturn:
    """End with words for the operator."""
    click.echo(f"workbook-ics: {words}", err=True)
    sys.exit(code)


def option(name: str, **how: Any) -> Decorator:
    """An option with its name in the environment."""
    envvar = ENVIRONMENT + name.removeprefix("--").replace("-", "_").upper()
    how.setdefault("show_default", how.get("default") is not None)
    return click.option(name, envvar=envvar, **how)


def together(options: Iterable[Decorator]) -> Decorator:
    """Several options as one."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for each in reversed(list(options)):
            command = each(command)
        return command

    return decorate


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

database_options = together(
    [
        option(
            "--database",
            metavar="URL",
            help="sqlite:///ics.db or postgresql://ics@db.internal/ics. No password.",
        ),
        option("--database-file", type=_FILE, help="A file with that URL, password and all."),
        option("--authority", default="wrenmouth", help="Whose data it is."),
    ]
)

service_options = together(
    [
        option(
            "--own-agency",
            multiple=True,
            default=["Wrenmouth Council"],
            help="Under which name the authority employs. May be given again.",
        ),
        option("--host", default="127.0.0.1", help="The address to listen on."),
        option("--port", required=True, type=click.IntRange(0, 65535), help="0 takes a free one."),
        option(
            "--tls-certificate",
            type=_FILE,
            help="A PEM file: the certificate and those between it and the root.",
        ),
        option("--tls-key", type=_FILE, help="A PEM file with its key."),
        option(
            "--forwarded-from",
            multiple=True,
            metavar="ADDRESS",
            help="A proxy that brings TLS and says who calls. May be given again.",
        ),
        option(
            "--operations-port", type=click.IntRange(0, 65535), help="Serve /metrics, /live and /ready there."
        ),
        option("--operations-host", default="127.0.0.1", help="The address for that."),
        option("--threads", default=16, type=click.IntRange(1, 256), help="Calls at work at once."),
        option(
            "--connections",
            type=click.IntRange(1, 256),
            help="To the database; as many as threads if not given.",
        ),
        option(
            "--statement-seconds", default=30.0, type=click.FloatRange(0.1), help="The longest one may take."
        ),
        option(
            "--lock-seconds",
            default=10.0,
            type=click.FloatRange(0.1),
            help="The longest wait for the turn to write.",
        ),
        option(
            "--drain-seconds", default=0.0, type=click.FloatRange(0), help="Told to end, serve on, not ready."
        ),
        option(
            "--finish-seconds", default=5, type=click.IntRange(1), help="Then calls under way get so long."
        ),
        option("--most-ops", default=100, type=click.IntRange(1), help="In one push."),
        option(
            "--most-push-bytes",
            default=8 * 1024 * 1024,
            type=click.IntRange(1024),
            help="Of one push, inflated.",
        ),
        option("--most-page-items", default=500, type=click.IntRange(1), help="On one page of the feed."),
        option("--most-page-bytes", default=8 * 1024 * 1024, type=click.IntRange(1024), help="Of one page."),
        option(
            "--escalate-after-days",
            default=7,
            type=click.IntRange(1),
            help="How long a conflict may be open.",
        ),
        option("--oldest-contract", metavar="VERSION", help="Older clients hand in work, and read nothing."),
        option(
            "--identity-issuer", metavar="URL", help="Where work accounts sign in, as its tokens name it."
        ),
        option("--identity-audience", help="What a token for this service says it is for."),
        option("--identity-client-id", help="As what the Workbook signs in."),
        option("--identity-worker-claim", default="sub", help="The claim that names a worker."),
        option("--identity-worker-prefix", default="", help="What stands before it in a worker's id."),
        option("--identity-scope", default="openid offline_access", help="What the Workbook asks for."),
        option("--identity-resource", default="", help="RFC 8707, where the provider goes by it."),
        option(
            "--require-devices/--no-require-devices", default=False, help="Only devices that are registered."
        ),
        option(
            "--organisation-key-file", type=_FILE, help="A PEM public key, Ed25519: who may empty devices."
        ),
        option(
            "--seal-key-file", type=_FILE, help="A PEM public key, X25519: what unsent work is sealed to."
        ),
        option(
            "--log-level",
            default="info",
            type=click.Choice(["debug", "info", "warning", "error"]),
            help="What is written to standard error.",
        ),
        option(
            "--practice-secret-file",
            type=_FILE,
            help="Let practice workers sign in with the secret in this file.",
        ),
        option("--migrate/--no-migrate", default=False, help="Bring an older schema up before serving."),
    ]
)


def read_config(context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    """Take the configuration file as the defaults of every command.

    Raises:
        click.UsageError: it is no TOML, or names what no command knows.
    """
    if file is None:
        return None
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file} is no TOML: {error}") from error
    group = context.command
    assert isinstance(group, click.Group)
    known = {each.name: each for command in _commands_in(group) for each in command.params}
    values = {name.replace("-", "_"): value for name, value in told.items()}
    unknown = sorted(set(values) - known.keys())
    if unknown:
        raise click.UsageError(f"{file} says what no command knows: {', '.join(unknown)}")
    for name, value in values.items():
        several = getattr(known[name], "multiple", False)
        parts = value if several and isinstance(value, list) else [value]
        if several != isinstance(value, list) or not all(isinstance(each, _SAID) for each in parts):
            raise click.UsageError(
                f"{file}: {name.replace('_', '-')} is {'a list' if several else 'one value'}"
            )
    if "database" in values and _has_password(str(values["database"])):
        raise click.UsageError(f"{file} holds a password: put the URL into a file of its own (database-file)")
    context.default_map = _defaults(group, values)
    return file


def _commands_in(group: click.Group) -> Iterator[click.Command]:
    for each in group.commands.values():
        yield from _commands_in(each) if isinstance(each, click.Group) else (each,)


def _defaults(group: click.Group, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values for every command, those of groups within groups too."""
    return {
        name: _defaults(each, values) if isinstance(each, click.Group) else dict(values)
        for name, each in group.commands.items()
    }


def _has_password(url: str) -> bool:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url).password is not None
    except ArgumentError:
        return False


def url_of(context: click.Context) -> str:
    """Return the database's URL, from wherever it was said.

    Raises:
        click.UsageError: nowhere, in two places, or with a password where others can read it.
    """
    url, file = context.params.get("database"), context.params.get("database_file")
    source = {name: context.get_parameter_source(name) for name in ("database", "database_file")}
    ranks = click.core.ParameterSource
    if url and file and source["database"] != source["database_file"]:
        order = [ranks.COMMANDLINE, ranks.ENVIRONMENT, ranks.DEFAULT_MAP]
        first = min(("database", "database_file"), key=lambda name: order.index(source[name] or order[-1]))
        url, file = (url, None) if first == "database" else (None, file)
    if (url is None) == (file is None):
        raise click.UsageError("say --database URL, or --database-file FILE, and not both")
    if file is not None:
        if os.name != "nt" and file.stat().st_mode & stat.S_IROTH:
            raise click.UsageError(f"{file} can be read by everybody on this machine: chmod o= {file}")
        url = file.read_text(encoding="utf-8").strip()
    elif source["database"] is ranks.COMMANDLINE and _has_password(str(url)):
        raise click.UsageError(
            "everybody on this machine can read a password on the command line: use --database-file"
        )
    return str(url)


def settings_of(context: click.Context) -> Settings:
    """Return what a service is started with.

    Raises:
        click.UsageError: what was said does not fit together.
    """
    from sync.protocol import CONTRACT, Limits
    from sync.reference_ics.engines import Pool
    from sync.reference_ics.settings import Settings

    said = context.params
    clock, new_id = sources()
    more: dict[str, Any] = {}
    if "threads" in said:
        secret = said["practice_secret_file"]
        more = {
            "own_agencies": frozenset(said["own_agency"]),
            "practice_secret": secret.read_text(encoding="utf-8").strip() if secret is not None else None,
            "limits": Limits(
                ops=said["most_ops"],
                push_bytes=said["most_push_bytes"],
                page_items=said["most_page_items"],
                page_bytes=said["most_page_bytes"],
            ),
            "pool": Pool(
                size=said["connections"] or said["threads"],
                statement=said["statement_seconds"],
                lock=said["lock_seconds"],
            ),
            "escalate_after_days": said["escalate_after_days"],
            "oldest_contract": said["oldest_contract"] or CONTRACT,
            "identity": _identity(said),
            "require_devices": said["require_devices"],
            "organisation_key": public_key(said["organisation_key_file"], "Ed25519"),
            "seal_key": public_key(said["seal_key_file"], "X25519"),
        }
    try:
        return Settings(
            database=url_of(context), clock=clock, new_id=new_id, authority=said["authority"], **more
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _identity(said: dict[str, Any]) -> IdentityProvider | None:
    from sync.reference_ics.settings import IdentityProvider

    if said["identity_issuer"] is None:
        return None
    try:
        return IdentityProvider(
            issuer=said["identity_issuer"],
            audience=said["identity_audience"] or "",
            client_id=said["identity_client_id"] or "",
            worker_claim=said["identity_worker_claim"],
            worker_prefix=said["identity_worker_prefix"],
            scope=said["identity_scope"],
            resource=said["identity_resource"],
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def public_key(file: Path | None, kind: str) -> bytes | None:
    """Return the 32 bytes of a public key.

    Raises:
        click.UsageError: the file holds something else.
    """
    if file is None:
        return None
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except ValueError as error:
        raise click.UsageError(f"{file} is no public key in PEM") from error
    if isinstance(key, Ed25519PublicKey if kind == "Ed25519" else X25519PublicKey):
        return key.public_bytes_raw()
    raise click.UsageError(f"{file} is no {kind} key")


def listening_of(context: click.Context) -> Listening:
    """Return how a service is reached.

    Raises:
        click.UsageError: it would talk in the clear to others.
    """
    from sync.reference_ics.settings import Listening

    said = context.params
    certificate, key = said["tls_certificate"], said["tls_key"]
    if (certificate is None) != (key is None):
        raise click.UsageError("a certificate and its key go together: --tls-certificate and --tls-key")
    if certificate is None and not said["forwarded_from"] and said["host"] not in _LOOPBACK:
        raise click.UsageError(
            f"{said['host']} is reached by others, and nothing would be encrypted: give --tls-certificate and"
            " --tls-key, or --forwarded-from with the proxy that does it"
        )
    port = said["operations_port"]
    return Listening(
        threads=said["threads"],
        finish=said["finish_seconds"],
        drain=said["drain_seconds"],
        tls_certificate=str(certificate) if certificate is not None else None,
        tls_key=str(key) if key is not None else None,
        forwarded_from=tuple(said["forwarded_from"]),
        operations=(said["operations_host"], port) if port is not None else None,
    )


def told_plainly(command: Callable[P, T]) -> Callable[P, T]:
    """Have what goes wrong with a database end a command in plain words and with its exit code."""

    @functools.wraps(command)
    def run(*arguments: P.args, **named: P.kwargs) -> T:
        from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

        from sync.reference_ics.backup import NotDone
        from sync.reference_ics.schema import DatabaseRefused

        try:
            return command(*arguments, **named)
        except (ArgumentError, NoSuchModuleError):
            fail("that is not the URL of a SQLite or PostgreSQL database", MISUSE)
        except ModuleNotFoundError as error:
            if error.name != "psycopg":
                raise
            fail("PostgreSQL needs its driver: install requirements/server.txt", MISUSE)
        except (DatabaseRefused, NotDone) as error:
            fail(str(error))
        except DBAPIError as error:
            first = (str(error.orig).strip().splitlines() or [type(error.orig).__name__])[0]
            fail(f"cannot work with the database: {first}")
        except SQLAlchemyError as error:
            fail(f"cannot work with the database: {type(error).__name__}")

    return run
