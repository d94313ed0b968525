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
LOOKED_AT = 4000
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
        if match and (wanted.people or wanted.families or wanted.days):
            said.append("r.num IN (SELECT rowid FROM search WHERE search MATCH ?)")
            values.append(match)
        elif match:
            # Of a word that stands in tens of thousands of records, those that came last are looked at:
            # reading the day of each takes longer than finding them, and twenty are shown.
            table = (
                "(SELECT rowid AS found FROM search WHERE search MATCH ? ORDER BY rowid DESC"
                f" LIMIT {LOOKED_AT}) JOIN record r ON r.num = found"
            )
            values.append(match)
        about = "r.num IN (SELECT record FROM subject WHERE person IN (SELECT value FROM json_each(?)))"
        of = "r.family IN (SELECT value FROM json_each(?))"
        match bool(wanted.people), bool(wanted.families):
            case True, True:
                said.append(f"({about} OR {of})")
                values += [_listed(wanted.people), _listed(wanted.families)]
            case True, False:
                said.append(about)
                values.append(_listed(wanted.people))
            case False, True:  # alone, it leads through the index of families, which days go on with
                said.append(of)
                values.append(_listed(wanted.families))
        if wanted.days and all(first == last for first, last in wanted.days):
            said.append("r.sort_on IN (SELECT value FROM json_each(?))")
            values.append(_listed([first for first, _ in wanted.days]))
        elif wanted.days:
            said.append(f"({' OR '.join(['r.sort_on BETWEEN ? AND ?'] * len(wanted.days))})")
            values += [day for stretch in wanted.days for day in stretch]
        if wanted.not_of:
            said.append("coalesce(r.form_id, '') NOT IN (SELECT value FROM json_each(?))")
            values.append(_listed(wanted.not_of))
        sql = f"SELECT {ROW} FROM {table} WHERE {' AND '.join(said)} {_NEWEST}"
        return [row_of(found) for found in self._db.execute(sql, (*values, limit))]


def _listed(values: Collection[str]) -> str:
    return codec.encode(sorted(values)).decode()
