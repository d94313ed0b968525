"""Reading and writing the files that the commands name, with errors in plain words."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from workbook_desktop.domain.errors import FormRefused, ResponseRefused
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.loader import load

OK, PROBLEM = 0, 1


class Stopped(Exception):
    """It cannot go on, and the words say why."""


def complain(words: str) -> None:
    """Say what is wrong, where errors go."""
    click.echo(words, err=True)


def read(path: Path) -> bytes:
    """Return what a file holds. Raises Stopped."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Stopped(f"{path}: it cannot be read ({error.strerror}).") from error


def form_in(path: Path) -> Form:
    """Return the form in a file. Raises Stopped."""
    try:
        return load(read(path))
    except FormRefused as refused:
        raise Stopped(f"{path}: {words_of(refused)}") from refused


def words_of(refused: FormRefused | ResponseRefused) -> str:
    """Say why a form or a response was refused, and at which item."""
    item, why = refused.facts.get("item", ""), refused.facts.get("why", "it cannot be used")
    feature = refused.facts.get("feature", "")
    where = f"item “{item}”: " if item else ""
    return f"{where}{why}{f' ({feature})' if feature else ''}."


def write(path: Path, content: bytes, *, secret: bool = False) -> None:
    """Write a file whole or not at all. Raises Stopped. `secret`: nobody else may ever read it."""
    unfinished: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        unfinished = Path(name)
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        if not secret:  # `mkstemp` made it for this person alone
            unfinished.chmod(0o644)
        unfinished.replace(path)
    except (OSError, ValueError) as error:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
        why = error.strerror if isinstance(error, OSError) else "such a name cannot be"
        raise Stopped(f"{path}: it cannot be written ({why}).") from error
