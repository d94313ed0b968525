"""The words of every record, kept in the transactions that change the record.

The index holds words, not text, inside the encrypted store, and nothing of what is looked for is kept. It
knows by which way of folding it was made (`domain.folding.VERSION`): made by another, it is made anew in
slices (`behind`, `renewed`), and finds meanwhile what it can.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbook_desktop.domain.folding import VERSION, folded
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.records import FormRef
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database

_MADE_BY = "search-index"  # in `meta`: "<version>:<the last record made anew>", or "<version>:" when all are


@dataclass(frozen=True, slots=True, kw_only=True)
class ToIndex:
    """A record whose words are to be indexed anew."""

    num: int
    record: RecordId
    form: FormRef | None
    title: str


class SearchIndex:
    """Writes the index. Every verb is part of the transaction under way, or one of its own."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self) -> None:
        """Note in a new store that nothing in it was indexed in another way."""
        made = self._db.execute("SELECT 1 FROM meta WHERE name = ?", (_MADE_BY,)).fetchone()
        if made is None and self._db.execute("SELECT 1 FROM record LIMIT 1").fetchone() is None:
            self._db.run(lambda: self._note(f"{VERSION}:"))

    def add(self, num: int, title: str, narrative: str) -> None:
        """Keep the words of a record never seen before."""
        self._db.execute(
            "INSERT INTO search (rowid, title, narrative) VALUES (?, ?, ?)",
            (num, folded(title), folded(codec.whole_text(narrative))),
        )

    def add_many(self, records: Iterable[tuple[int, str, str]]) -> None:
        """Keep the words of records never seen before: number, title and narrative of each."""
        self._db.many(
            "INSERT INTO search (rowid, title, narrative) VALUES (?, ?, ?)",
            [(num, folded(title), folded(codec.whole_text(words))) for num, title, words in records],
        )

    def put(self, num: int, title: str, narrative: str) -> None:
        """Keep the words of a record, instead of those before."""
        self._db.execute(
            "INSERT OR REPLACE INTO search (rowid, title, narrative) VALUES (?, ?, ?)",
            (num, folded(title), folded(codec.whole_text(narrative))),
        )

    def drop(self, num: int) -> None:
        """Forget a record's words. They leave the pages of the index with the next `settle`."""
        self._db.execute("DELETE FROM search WHERE rowid = ?", (num,))

    def settle(self) -> None:
        """Have nothing of what was dropped stay in the pages of the index."""
        self._db.execute("INSERT INTO search (search) VALUES ('optimize')")

    def is_behind(self) -> bool:
        """Say whether some of it may have been made in another way."""
        return self._reached() is not None

    def behind(self, limit: int) -> list[ToIndex]:
        """Return the next records to be indexed anew; none if the index is as this version makes it."""
        reached = self._reached()
        if reached is None:
            return []
        rows = self._db.execute(
            "SELECT num, id, form_id, form_version, title FROM record WHERE num > ? ORDER BY num LIMIT ?",
            (reached, limit),
        )
        return [
            ToIndex(
                num=num,
                record=RecordId(record),
                form=FormRef(id=form_id, version=form_version) if form_id is not None else None,
                title=title,
            )
            for num, record, form_id, form_version, title in rows
        ]

    def left(self) -> int:
        """Return how many records are still to be indexed anew."""
        reached = self._reached()
        if reached is None:
            return 0
        (count,) = self._db.execute("SELECT count(*) FROM record WHERE num > ?", (reached,)).fetchone()
        return int(count)

    def renewed(self, done: Sequence[tuple[ToIndex, str]]) -> None:
        """Keep the words of these records, the next ones of `behind`, with their narratives; with none, note
        that all are done."""

        def job() -> None:
            for each, narrative in done:
                self.put(each.num, each.title, narrative)
            self._note(f"{VERSION}:{done[-1][0].num if done else ''}")

        self._db.run(job)

    def _reached(self) -> int | None:
        """Return the last record that was made anew; None if all of them are."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (_MADE_BY,)).fetchone()
        version, _, reached = (row[0] if row is not None else "").partition(":")
        if version != str(VERSION):
            return 0
        return int(reached) if reached else None

    def _note(self, words: str) -> None:
        self._db.execute(
            "INSERT INTO meta (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (_MADE_BY, words),
        )
