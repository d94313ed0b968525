"""The schema's versions: each a file of SQL in `migrations`, run in one transaction that ends with its
number."""

from __future__ import annotations

import re
import sqlite3
from importlib import resources
from typing import TYPE_CHECKING

from workbook_desktop.domain.errors import StoreTooNew

if TYPE_CHECKING:
    from workbook_desktop.store.connection import Database


def migrations() -> list[tuple[int, str]]:
    """Return the migrations, by number."""
    found = []
    for file in resources.files("workbook_desktop.store").joinpath("migrations").iterdir():
        named = re.fullmatch(r"(\d{4})_\w+\.sql", file.name)
        if named:
            found.append((int(named[1]), file.read_text(encoding="utf-8")))
    return sorted(found)


def version_of(database: Database) -> int:
    """Return the schema's version; 0 is an empty database."""
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def migrate(database: Database, known: list[tuple[int, str]] | None = None) -> int:
    """Bring the schema to the newest version this Workbook knows, and return the version it had.

    Raises:
        StoreTooNew: a newer Workbook was here; nothing was changed.
    """
    known = migrations() if known is None else known
    before = version_of(database)
    if before > known[-1][0]:
        raise StoreTooNew(found=before, known=known[-1][0])
    for number, script in known:
        if number > before:
            database.run(lambda number=number, script=script: _one(database, number, script))  # type: ignore[misc]
    return before


def _one(database: Database, number: int, script: str) -> None:
    for statement in statements(script):
        database.execute(statement)
    database.execute(f"PRAGMA user_version = {number:d}")


def statements(script: str) -> list[str]:
    """Cut a script into statements; a trigger's inner semicolons do not end it."""
    found, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):  # text only; no database of the standard library is opened
            found.append(pending.strip())
            pending = ""
    if re.sub(r"--[^\n]*", "", pending).strip():
        raise ValueError("the last statement does not end")
    return found
