"""What becomes of an edit that met a newer head: what its two ways share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbook_desktop.domain.changes import Clash
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import OpId
from workbook_desktop.store import codec
from workbook_desktop.store.acknowledging import Acknowledging
from workbook_desktop.store.connection import Database
from workbook_desktop.store.feed import Feed
from workbook_desktop.store.sealing import Sealing
from workbook_desktop.store.unsent import Unsent


class Reworking:
    """An edit that cannot go as it was sealed. `Rebasing` brings it onto the head, `Amending` beside it."""

    def __init__(
        self,
        database: Database,
        unsent: Unsent,
        feed: Feed,
        sealing: Sealing,
        acknowledging: Acknowledging,
        clock: Clock,
    ) -> None:
        self._db, self._unsent, self._feed, self._clock = database, unsent, feed, clock
        self._sealing, self._acknowledging = sealing, acknowledging

    def _drop(self, num: int, ops: Iterable[OpId]) -> None:
        for op in ops:
            self._db.execute("DELETE FROM op WHERE id = ? AND record = ?", (op, num))

    def _propose(self, num: int, clashes: Iterable[Clash], op: OpId | None) -> None:
        """Keep what an op brings as proposals, to be shown until the ICS has it."""
        self._db.execute("DELETE FROM proposal WHERE record = ?", (num,))
        self._db.many(
            "INSERT INTO proposal (record, path, clash, op) VALUES (?, ?, ?, ?)",
            [(num, clash.path, codec.clash_json(clash), op) for clash in clashes],
        )

    def _notice(self, num: int, kind: str, paths: Sequence[str] = ()) -> None:
        """Leave word for the windows of what became of a record."""
        self._db.execute(
            "INSERT INTO notice (record, kind, paths, at) VALUES (?, ?, ?, ?)",
            (num, kind, codec.encode(list(paths)).decode(), codec.text(self._clock.now())),
        )
