"""Keeps what is typed: half a second after the last key, at the latest after five, or when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from ui.tasks import Tasks
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import Delta, apply, delta_between
from workbook_desktop.domain.errors import Unavailable
from workbook_desktop.domain.ids import FieldPath, RecordId
from workbook_desktop.domain.records import Answer, Body, Row
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import Kept

AFTER_LAST_KEY = 500  # ms
AT_THE_LATEST = 5_000
TRY_AGAIN = 5_000


@dataclass(slots=True)
class _Shelf:
    """What the page last put into the store. Touched by jobs alone, which run one after the other."""

    mine: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a keep did: `body` is what stands in the store now, which may hold a colleague's changes too."""

    kept: Kept
    sent: Body
    body: Body


class Keeper(QObject):
    """Hands a draft to the desk in time. Nobody waits for it, and nothing it fails at is forgotten."""

    kept = Signal(object)  # datetime, said only after the store has it
    failed = Signal(object)  # Exception: still held here
    merged = Signal(object)  # Stored: a colleague's changes came in between

    def __init__(
        self, desk: Desk, tasks: Tasks, record: RecordId, body: Body, parent: QObject | None
    ) -> None:
        super().__init__(parent)
        self._desk, self._tasks, self._record = desk, tasks, record
        self._shelf = _Shelf(mine=body)
        self.stored = body  # what the page knows to be in the store
        self._body = body
        self._asked = body
        self._under_way = 0
        self._trouble = False
        self._quiet = _timer(self, AFTER_LAST_KEY, self.flush)
        self._latest = _timer(self, AT_THE_LATEST, self.flush)
        self._again = _timer(self, TRY_AGAIN, self.flush)

    def take(self, body: Body) -> None:
        """Take in the body as it is now; it is handed on soon."""
        self._body = body
        self._quiet.start()
        if not self._latest.isActive():
            self._latest.start()

    def adopt(self, body: Body) -> None:
        """Go on from what stands in the store, when nothing typed is waiting here."""
        self._body = self._asked = self.stored = body

    def flush(self) -> None:
        """Hand it on now."""
        self._quiet.stop()
        self._latest.stop()
        self._again.stop()
        if self._body is self._asked and not self._trouble:
            return
        body, desk, record, shelf = self._body, self._desk, self._record, self._shelf
        self._asked = body
        self._trouble = False
        self._under_way += 1

        def job() -> Stored:
            return keep_over(desk, record, shelf, body)

        self._tasks.run(self, job, self._on_kept, self._on_failed)

    def pending(self) -> bool:
        """Whether something typed is here alone."""
        return self._body is not self._asked or self._under_way > 0 or self._trouble

    def in_trouble(self) -> bool:
        """Whether the last try failed and another is coming."""
        return self._trouble

    def _on_kept(self, stored: Stored) -> None:
        self._under_way -= 1
        self.stored = stored.sent
        self.kept.emit(stored.kept.at)
        if stored.body is not stored.sent:
            self.merged.emit(stored)

    def _on_failed(self, error: Exception) -> None:
        self._under_way -= 1
        self._trouble = True
        if isinstance(error, Unavailable):  # it passes: the disk is freed, the store is opened again
            self._again.start()
        self.failed.emit(error)


def keep_over(desk: Desk, record: RecordId, shelf: _Shelf, body: Body) -> Stored:
    """Keep a body; a colleague's changes that came into the draft since the page last looked stay in it.

    Runs in the store's thread, where nothing can come between the look and the keep.
    """
    stands = desk.open(record).body
    put = body if stands == shelf.mine else over(stands, shelf.mine, body)
    if put == body:
        put = body
    kept = desk.keep(record, put)
    shelf.mine = put
    return Stored(kept=kept, sent=body, body=put)


def over(stands: Body, before: Body, after: Body) -> Body:
    """Return what stands, with what was changed from `before` to `after` done to it as well."""
    delta = delta_between(before, after)
    missing: dict[FieldPath, Answer | Row] = {}
    for path in delta.set:
        row = paths.parent_row(path)
        while row and row not in stands.rows and row in after.rows:
            # The row was taken away elsewhere while something was typed in it: the words win.
            missing[row] = after.rows[row]
            row = paths.parent_row(row)
    return apply(stands, Delta(set={**missing, **delta.set}, unset=delta.unset))


def _timer(owner: QObject, milliseconds: int, act: Callable[[], None]) -> QTimer:
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(act)
    return timer
