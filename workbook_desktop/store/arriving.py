"""Records never seen before, kept many at once: the bulk of a first pull."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.records import Gist, Head
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database
from workbook_desktop.store.search_index import SearchIndex
from workbook_desktop.store.unsent import title_of


class Arriving:
    """Writes new rows. Every verb is part of the transaction under way."""

    def __init__(self, database: Database, words: SearchIndex, gist: Callable[[Head], Gist]) -> None:
        self._db, self._words, self._gist = database, words, gist

    def known(self, records: Sequence[RecordId]) -> set[RecordId]:
        """Return which of these have a row."""
        rows = self._db.execute(
            "SELECT record.id FROM json_each(?) AS asked JOIN record ON record.id = asked.value",
            (codec.encode(records).decode(),),
        )
        return {id_ for (id_,) in rows}

    def keep(self, heads: Sequence[Head]) -> list[RecordId]:
        """Keep records that have no row yet, each named once; return which were kept. What was erased does
        not come back."""
        asked = codec.encode([head.id for head in heads]).decode()
        erased = {
            id_
            for (id_,) in self._db.execute(
                "SELECT record FROM erased WHERE record IN (SELECT value FROM json_each(?))", (asked,)
            )
        }
        conflicts = dict(
            self._db.execute(
                "SELECT record, count(*) FROM conflict"
                " WHERE state = 'open' AND record IN (SELECT value FROM json_each(?)) GROUP BY record",
                (asked,),
            ).fetchall()
        )
        (last,) = self._db.execute("SELECT ifnull(max(num), 0) FROM record").fetchone()
        records, bodies, subjects, words = [], [], [], []
        for num, head in enumerate((each for each in heads if each.id not in erased), last + 1):
            gist = self._gist(head)
            title = title_of(gist, head.amends)
            occurred_on = gist.occurred_on.isoformat() if gist.occurred_on else None
            changed_at = codec.text(head.changed_at or head.created_at) or ""
            people = list(head.subjects)
            records.append(
                (
                    num, head.id, head.type, head.family, head.form.id if head.form else None,
                    head.form.version if head.form else None, str(head.state), head.chapter,
                    codec.encode(people).decode(), title, occurred_on, occurred_on or changed_at[:10],
                    head.version, head.version, conflicts.get(head.id, 0), changed_at, head.changed_by,
                    head.amends,
                )
            )  # fmt: skip
            bodies.append((num, codec.envelope_of(head), codec.content_json(head.content)))
            subjects += [(person, num) for person in dict.fromkeys(people)]
            words.append((num, title, gist.search_text))
        self._db.many(
            "INSERT INTO record (num, id, type, family, form_id, form_version, state, chapter, subjects,"
            " title, occurred_on, sort_on, base_version, head_version, conflicts, changed_at, changed_by,"
            " amends)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            records,
        )
        self._db.many("INSERT INTO body (record, side, envelope, content) VALUES (?, 'head', ?, ?)", bodies)
        self._db.many("INSERT INTO subject (person, record) VALUES (?, ?)", subjects)
        self._words.add_many(words)
        return [head.id for head in heads if head.id not in erased]
