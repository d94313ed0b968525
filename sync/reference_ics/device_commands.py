"""``workbook-ics devices``: which laptops there are; one stopped, let on again, or emptied.

An order to empty a laptop is made with a key that this service does not have: `order` is run by the officers
who keep it, on a machine of theirs without the database, and `wipe` puts what they signed by for the laptop.
`open` is theirs as well: it opens what a laptop handed in sealed, which `sealed` has written out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sync.protocol import devices as said
from sync.reference_ics.options import (
    database_options,
    fail,
    option,
    public_key,
    settings_of,
    sources,
    told_plainly,
)

if TYPE_CHECKING:
    from sync.protocol import WipeOrderMessage
    from sync.reference_ics.database import Database
    from sync.reference_ics.devices import Device
    from sync.reference_ics.settings import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW = click.Path(path_type=Path)
_MOST_ORDER = 16 * 1024


@click.group(epilog="Example: workbook-ics devices list --database-file database")
def devices() -> None:
    """Laptops: list them, stop one, let it on again, have one emptied.

    Exit codes: 0 all well, 1 found a problem (no such laptop, an order that does not fit), 2 wrongly asked.
    """


@devices.command("list", epilog="Example: workbook-ics devices list --database-file database --worker w-tom")
@database_options
@click.option("--worker", help="Only this worker's.")
@click.option("--status", type=click.Choice(said.STATUSES), help="Only those that stand so.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for machines; with the ids of the stores.")
@click.pass_context
@told_plainly
def list_(
    context: click.Context, /, worker: str | None, status: str | None, as_json: bool, **_said: Any
) -> None:
    """List laptops: how each stands, whose it is, when it was last seen, what it handed in sealed."""
    from sync.reference_ics import devices as known

    with _opened(context) as (database, _), database.reading() as connection:
        found = [
            (each, known.last_call(connection, each), len(known.sealed_of(connection, each.id)))
            for each in known.devices_in(connection, worker=worker)
            if status in (None, each.status)
        ]
    if as_json:
        click.echo(json.dumps([_as_json(*each) for each in found], indent=1))
        return
    for each, seen, sealed in found:
        told = [f"{each.id}  {each.status:<9}  {each.worker}", f"{each.platform} {each.app_version}"]
        told.append(f"seen {seen}" if seen else "not seen")
        if each.emptied_at:
            told.append(f"emptied {each.emptied_at}")
        if sealed:
            told.append(f"{sealed} sealed")
        click.echo("  ".join(told))
    click.echo(f"{len(found)} laptops")


def _as_json(each: Device, seen: str, sealed: int) -> dict[str, Any]:
    return {
        "id": each.id,
        "status": each.status,
        "worker": each.worker,
        "store": each.store,
        "platform": each.platform,
        "app_version": each.app_version,
        "registered_at": each.registered_at,
        "changed_at": each.changed_at,
        "last_seen": seen or None,
        "emptied_at": each.emptied_at or None,
        "sealed": sealed,
    }


@devices.command(epilog="Example: workbook-ics devices suspend d-0123… --database-file database")
@click.argument("device")
@database_options
@click.pass_context
@told_plainly
def suspend(context: click.Context, /, device: str, **_said: Any) -> None:
    """Stop a laptop: at its next contact it locks, and opens no more until it is let on again.

    Nothing on it is removed, and what its worker had not sent stays there. The service may run meanwhile.
    """
    with _opened(context) as (database, settings):
        found = _named(database, device)
        if found.status not in (said.ACTIVE, said.SUSPENDED):
            fail(f"{device} is not in use: it stands as {found.status}")
        _set(database, settings, device, said.SUSPENDED)
    click.echo(f"suspended {device} of {found.worker}")


@devices.command(epilog="Example: workbook-ics devices activate d-0123… --database-file database")
@click.argument("device")
@database_options
@click.pass_context
@told_plainly
def activate(context: click.Context, /, device: str, **_said: Any) -> None:
    """Let a laptop on again, after a stop; or take back an order to empty it that it has not obeyed yet."""
    with _opened(context) as (database, settings):
        found = _named(database, device)
        if found.emptied_at:
            fail(f"{device} was emptied on {found.emptied_at}: its worker sets it up anew, under a new id")
        _set(database, settings, device, said.ACTIVE)
    click.echo(f"active {device} of {found.worker}")


@devices.command(
    epilog="Example: workbook-ics devices wipe d-0123… --order order.json --database-file database"
)
@click.argument("device")
@click.option("--order", required=True, type=_FILE, help="What `devices order` wrote, signed.")
@database_options
@option("--organisation-key-file", type=_FILE, help="The public key that the order must be signed with.")
@click.confirmation_option(prompt="Everything of the Workbook on that laptop will be destroyed. Go on?")
@click.pass_context
@told_plainly
def wipe(
    context: click.Context, /, device: str, order: Path, organisation_key_file: Path | None, **_said: Any
) -> None:
    """Put a signed order by for a laptop, which obeys it at its next contact: it is emptied.

    What its worker had not sent is sealed for the organisation first. An order that the laptop would not obey
    (for another one, over, not signed with the organisation's key) is refused here.
    """
    message = _order_from(order)
    key = public_key(organisation_key_file, "Ed25519")
    with _opened(context) as (database, settings):
        found = _named(database, device)
        if found.emptied_at:
            fail(f"{device} was emptied on {found.emptied_at}")
        told = _why_not(message, found, key, settings)
        if told:
            fail(f"{order}: {told}; nothing was changed")
        _set(database, settings, device, said.WIPE, message)
    if key is None:
        click.echo("no --organisation-key-file: whose signature it is was not looked at", err=True)
    click.echo(f"to be emptied at its next contact: {device} of {found.worker}")


@devices.command(
    epilog="Example: workbook-ics devices order d-0123… --store S --key organisation.pem --seal-key-file"
    " seal.pub.pem --to order.json"
)
@click.argument("device")
@click.option("--store", required=True, help="The id of its store, as `devices list --json` says it.")
@click.option(
    "--mode",
    type=click.Choice(said.MODES),
    default=said.PUSH_THEN_WIPE,
    show_default=True,
    help="now: destroyed at once, what is unsent sealed and kept. push-then-wipe: when that is handed in.",
)
@click.option("--days", type=click.IntRange(1, 365), default=90, show_default=True, help="Good for so long.")
@click.option("--key", required=True, type=_FILE, help="The organisation's private key, Ed25519, in PEM.")
@click.option("--seal-key-file", required=True, type=_FILE, help="The public key to seal with, X25519.")
@click.option("--to", required=True, type=_NEW, help="The file to write; never replaced.")
def order(device: str, store: str, mode: str, days: int, key: Path, seal_key_file: Path, to: Path) -> None:
    """Sign an order to empty one laptop. For the officers who keep the key: needs no database, no network."""
    from sync.protocol import WipeOrderMessage, encode

    private = _private_key(key, "Ed25519")
    seal_key = public_key(seal_key_file, "X25519")
    assert seal_key is not None
    clock, new_id = sources()
    text = encode(
        said.WipeOrder(
            v=1,
            kind="wipe",
            id=new_id(),
            device=device,
            store=store,
            mode=mode,
            issued_at=clock.now().isoformat(timespec="seconds"),
            not_after=(clock.now() + timedelta(days=days)).isoformat(timespec="seconds"),
            seal_key=said.base64_of(seal_key),
        )
    ).decode()
    signed = WipeOrderMessage(order=text, signature=said.base64_of(private.sign(said.order_bytes(text))))
    _write(to, encode(signed) + b"\n")
    click.echo(f"{to}: {device} is to be emptied ({mode}), good for {days} days")


@devices.command(
    epilog="Example: workbook-ics devices sealed d-0123… --to handed-in --database-file database"
)
@click.argument("device")
@click.option("--to", required=True, type=click.Path(file_okay=False, path_type=Path), help="A folder.")
@database_options
@click.pass_context
@told_plainly
def sealed(context: click.Context, /, device: str, to: Path, **_said: Any) -> None:
    """Write out what a laptop handed in sealed. Nothing of it can be read without the officers' key."""
    from sync.reference_ics.devices import sealed_of

    with _opened(context) as (database, _):
        found = _named(database, device)
        with database.reading() as connection:
            envelopes = sealed_of(connection, device)
    try:
        to.mkdir(parents=True, exist_ok=True)
        for digest, envelope in envelopes:
            file = to / f"{device}.{digest[:16]}.sealed"
            file.write_bytes(envelope)
            click.echo(str(file))
    except OSError as error:
        fail(f"cannot write to {to}: {error.strerror}")
    click.echo(f"{len(envelopes)} envelopes; to open: devices open FILE --store {found.store}")


@devices.command(
    "open", epilog="Example: workbook-ics devices open FILE --store S --key seal.pem --to unsent.json"
)
@click.argument("envelope", type=_FILE)
@click.option("--store", required=True, help="The id of the store it comes from: `devices sealed` says it.")
@click.option("--key", required=True, type=_FILE, help="The private key that opens it, X25519, in PEM.")
@click.option("--to", required=True, type=_NEW, help="The file to write; never replaced.")
def open_(envelope: Path, store: str, key: Path, to: Path) -> None:
    """Open what a laptop handed in sealed, as JSON. For the officers who keep the key: needs no database.

    What it writes are a worker's notes about families, in the clear: keep it as such.
    """
    from sync.envelope import NotOpened, unseal

    private = _private_key(key, "X25519")
    try:
        content = unseal(private.private_bytes_raw(), envelope.read_bytes(), f"{said.UNSENT}|{store}")
    except NotOpened:
        fail(f"{envelope} does not open: another key, another store, or it was altered")
    _write(to, content)
    found = json.loads(content)
    count = len(
        {each["record"] for part in ("ops", "texts", "clashes", "late", "files") for each in found[part]}
    )
    click.echo(f"{to}: {count} records of {found['worker']}, sealed {found['made']}")


# -- what they share -------------------------------------------------------------------------------------


@contextmanager
def _opened(context: click.Context) -> Iterator[tuple[Database, Settings]]:
    from sync.reference_ics.database import Database

    asked = settings_of(context)
    database = Database(asked.database, authority=asked.authority, new_id=asked.new_id, make=False)
    try:
        yield database, asked
    finally:
        database.close()


def _named(database: Database, id_: str) -> Device:
    from sync.reference_ics.devices import device_named

    with database.reading() as connection:
        found = device_named(connection, id_)
    if found is None:
        fail(f"there is no laptop {id_} here; `devices list` names them")
    return found


def _set(
    database: Database, settings: Settings, device: str, status: str, order: WipeOrderMessage | None = None
) -> None:
    from sync.reference_ics.devices import set_status

    set_status(database, settings.clock, device, status, order=order)


def _order_from(file: Path) -> WipeOrderMessage:
    import msgspec

    from sync.protocol import WipeOrderMessage

    try:
        raw = file.read_bytes()
        if len(raw) > _MOST_ORDER:
            raise ValueError
        message = msgspec.json.decode(raw, type=WipeOrderMessage)
        said.order_in(message.order)
    except (OSError, ValueError, RecursionError) as error:  # msgspec's own are ValueErrors
        raise click.UsageError(f"{file} is not what `devices order` writes") from error
    return message


def _why_not(message: WipeOrderMessage, device: Device, key: bytes | None, settings: Settings) -> str:
    """Return why a laptop would not obey an order; "" if it would, as far as can be seen from here."""
    from datetime import datetime

    order = said.order_in(message.order)
    if key is not None and not said.is_signed(key, message.signature, said.order_bytes(message.order)):
        return "it is not signed with the organisation's key"
    if order.device != device.id:
        return f"it is for {order.device}"
    if order.store != device.store:
        return f"it is for the store {order.store}, and this laptop has {device.store}"
    if said.key_in(order.seal_key) is None:
        return "it has no key to seal with"
    try:
        is_over = datetime.fromisoformat(order.not_after) < settings.clock.now()
    except (ValueError, TypeError):
        return "it does not say until when it is good"
    return f"it was good until {order.not_after}" if is_over else ""


def _private_key(file: Path, kind: str) -> Any:
    """Return a private key; asks for its passphrase if it has one. Raises click.UsageError."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    raw = file.read_bytes()
    try:
        try:
            key = serialization.load_pem_private_key(raw, password=None)
        except TypeError:  # it has one
            word = click.prompt(f"Passphrase of {file}", hide_input=True, err=True)
            key = serialization.load_pem_private_key(raw, password=word.encode())
    except ValueError as error:
        raise click.UsageError(f"{file} is no private key in PEM, or its passphrase is another") from error
    if isinstance(key, Ed25519PrivateKey if kind == "Ed25519" else X25519PrivateKey):
        return key
    raise click.UsageError(f"{file} is no {kind} key")


def _write(file: Path, content: bytes) -> None:
    """Write a new file that only its owner reads."""
    import os

    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.UsageError(f"{file} is there already, and is not replaced") from None
    except OSError as error:
        fail(f"cannot write {file}: {error.strerror}")
    with os.fdopen(handle, "wb") as out:
        out.write(content)
