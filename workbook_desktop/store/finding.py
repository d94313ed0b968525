"""Finds records by words, by whom they are about and by day. Keeps nothing of what is asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from workbook_desktop.domain.ids import FamilyId, PersonId
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database
from workbook_desktop.store.records import ROW, RecordRow, row_of

# What this worker may see no longer is not found: a family that is still arriving, is listed no more or has
# to leave, and a record that has to leave by itself.
_MAY_BE_FOUND = (
    "r.type = 'form' AND r.family NOT IN (SELECT family FROM scope WHERE listed = 0"
    " UNION ALL SELECT family FROM purge_job WHERE record IS NULL)"
    " AND r.id NOT IN (SELECT record FROM purge_job WHERE record IS NOT NULL)"
)
_NEWEST = "ORDER BY r.sort_on DESC, r.changed_at DESC LIMIT ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What records are to be found. What is not asked stays empty."""

    words: tuple[str, ...] = ()  # folded; each must stand in the record, or begin a word of it
    only_titles: bool = False
    people: Collection[PersonId] = ()  # about one of these,
    families: Collection[FamilyId] = ()  # or of one of these families
    days: tuple[tuple[str, str], ...] = ()  # on one of these stretches of days, ISO dates, both ends included
    not_of: Collection[str] = ()  # forms whose records stand in no list


class Finding:
    """Finds records in one unlocked store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def records(self, wanted: Wanted, limit: int) -> list[RecordRow]:
        """Return what fits: the records that say every word in their title first, then the newest."""
        if not wanted.words:
            return self._rows(wanted, "", limit)
        all_words = " AND ".join(f'"{word}"*' for word in wanted.words)
        found = self._rows(wanted, f"{{title}} : ({all_words})", limit)
        if wanted.only_titles or len(found) >= limit:
            return found
        known = {row.id for row in found}
        more = self._rows(wanted, all_words, limit)
        return [*found, *(row for row in more if row.id not in known)][:limit]

    def _rows(self, wanted: Wanted, match: str, limit: int) -> list[RecordRow]:
        said, values = [_MAY_BE_FOUND], list[Any]()
        table = "record r"
        if match:
            table = "search JOIN record r ON r.num = search.rowid"
            said.append("search MATCH ?")
            values.append(match)
        if wanted.people or wanted.families:
            said.append(
                "(r.num IN (SELECT record FROM subject WHERE person IN (SELECT value FROM json_each(?)))"
                " OR r.family IN (SELECT value FROM json_each(?)))"
            )
            values += [_listed(wanted.people), _listed(wanted.families)]
        if wanted.days:
            said.append(f"({' OR '.join(['r.sort_on BETWEEN ? AND ?'] * len(wanted.days))})")
            values += [day for stretch in wanted.days for day in stretch]
        if wanted.not_of:
            said.append("coalesce(r.form_id, '') NOT IN (SELECT value FROM json_each(?))")
            values.append(_listed(wanted.not_of))
        sql = f"SELECT {ROW} FROM {table} WHERE {' AND '.join(said)} {_NEWEST}"
        return [row_of(found) for found in self._db.execute(sql, (*values, limit))]


def _listed(values: Collection[str]) -> str:
    return codec.encode(sorted(values)).decode()
