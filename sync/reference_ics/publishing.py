"""``workbook-ics forms``: takes in the forms that a council has published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sync.reference_ics.options import database_options, fail, settings_of, told_plainly


@click.group(epilog="Example: workbook-ics forms add published/visit.2.0.0.json --database sqlite:///ics.db")
def forms() -> None:
    """Forms that laptops may use."""


@forms.command(
    epilog="Example: workbook-ics forms add published/visit.2.0.0.json --database sqlite:///ics.db"
)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@database_options
@click.pass_context
@told_plainly
def add(context: click.Context, /, files: tuple[Path, ...], **_said: Any) -> None:
    """Take in forms as `workbook-desktop forms publish` wrote them, each with its signature beside it.

    A laptop uses one only if it trusts the key. A published form never changes: another one of the same name
    and version is refused. Exit code 1 if any is refused; the others are taken in.
    """
    from sync.reference_ics.database import Database
    from sync.reference_ics.seed import add_form

    asked = settings_of(context)
    opened = Database(asked.database, authority=asked.authority, new_id=asked.new_id, make=False)
    refused = 0
    try:
        for path in files:
            try:
                new = add_form(opened, _signed_form(path), received_at=asked.clock.now())
            except ValueError as error:
                refused += 1
                click.echo(f"refused {path}: {error}", err=True)
            else:
                click.echo(f"{'added' if new else 'there already'} {path}")
    finally:
        opened.close()
    if refused:
        fail(f"{refused} of {len(files)} forms refused")


def _signed_form(path: Path) -> bytes:
    """Return a form with its signature. Raises ValueError: it is none, or is not signed as it is."""
    from workbook_desktop.domain.errors import FormRefused
    from workbook_desktop.forms import signing
    from workbook_desktop.forms.loader import load

    beside = path.with_name(f"{path.name.removesuffix('.json')}.sig.json")
    try:
        source = path.read_bytes()
        signature = signing.signature_of(beside.read_bytes())
        form = load(source)
    except OSError as error:
        raise ValueError(f"{error.filename} cannot be read: {error.strerror}") from error
    except FormRefused as error:
        raise ValueError(str(error.facts.get("why"))) from error
    if (signature.form, signature.version) != (form.id, form.version):
        raise ValueError("its signature is of another form")
    if signature.hash != signing.hash_of(source):
        raise ValueError("it is not the file that was signed")
    return signing.put_together(source, signature)
