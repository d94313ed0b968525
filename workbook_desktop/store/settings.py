"""Small values of this worker on this laptop, such as who is signed in and when a screen was last open."""

from __future__ import annotations

from workbook_desktop.store.connection import Database


class Settings:
    """Text by name."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, name: str, default: str = "") -> str:
        """Return a value, or the default."""
        row = self._db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return default if row is None else str(row[0])

    def put(self, name: str, value: str) -> None:
        """Keep a value."""
        self._db.run(
            lambda: self._db.execute(
                "INSERT INTO setting (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, value),
            )
        )

    def drop(self, name: str) -> None:
        """Forget a value."""
        self._db.run(lambda: self._db.execute("DELETE FROM setting WHERE name = ?", (name,)))
