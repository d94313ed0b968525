"""Keeps what is typed: half a second after the last key, at the latest after 1.5 seconds, or when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QTimer, Signal

from ui.tasks import Tasks
from workbook_desktop.domain.errors import Unavailable
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.records import Body
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.overlay import over
from workbook_desktop.workspace.views import KeptBody

AFTER_LAST_KEY = 500  # ms
AT_THE_LATEST = 1_500  # while keys keep coming: a power cut may take two seconds of typing, not more
TRY_AGAIN = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """The page said `before`, and has gone over to what stands in the store, with what was typed on top."""

    before: Body
    stands: Body

    def of(self, body: Body) -> Body:
        """Return what a body of the page as it was is on the page as it is."""
        return over(self.stands, self.before, body)


@dataclass(slots=True)
class _Shelf:
    """What the page last put into the store, as the page says it. Touched by jobs alone, one by one."""

    mine: Body


@dataclass(slots=True)
class _Asked:
    """One keep under way, and how the page has moved since it was asked."""

    sent: Body
    moved: list[_Move] = field(default_factory=list)


class Keeper(QObject):
    """Hands a draft to the desk in time. Nobody waits for it, and nothing it fails at is forgotten.

    With each keep goes what the page knew to stand in the store, so that the desk can tell a worker's words
    from words a run has brought. Keeps may follow one another before the first is answered: what the later
    ones were typed on is worked out in the jobs, in their order.
    """

    kept = Signal(object)  # datetime, said only after the store has it
    failed = Signal(object)  # Exception: still held here
    merged = Signal(object)  # Body: what stands in the store; a colleague's changes came in between

    def __init__(
        self, desk: Desk, tasks: Tasks, record: RecordId, body: Body, parent: QObject | None
    ) -> None:
        super().__init__(parent)
        self._desk, self._tasks, self._record = desk, tasks, record
        self._shelf = _Shelf(mine=body)
        self._stored = body  # what the page knows to be in the store
        self._body = body
        self._asked = body
        self._under_way: list[_Asked] = []
        self._moves: list[_Move] = []  # since the last keep was asked
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

    def catch_up(self, stands: Body) -> Body:
        """Take in what stands in the store, and return what the page says from here on: that, with what was
        typed and is not there yet."""
        if stands == self._stored:
            return self._body
        move = _Move(before=self._stored, stands=stands)
        self._moves.append(move)
        for asked in self._under_way:
            asked.moved.append(move)
        body = move.of(self._body)
        if self._body is self._asked:
            self._asked = body
        self._body, self._stored = body, stands
        return body

    def flush(self) -> None:
        """Hand it on now."""
        self._quiet.stop()
        self._latest.stop()
        self._again.stop()
        if self._body is self._asked and not self._trouble:
            return
        body, desk, record, shelf = self._body, self._desk, self._record, self._shelf
        moves, self._moves = tuple(self._moves), []
        asked = _Asked(sent=body)
        self._asked = body
        self._trouble = False
        self._under_way.append(asked)

        def job() -> KeptBody:
            for move in moves:
                shelf.mine = move.of(shelf.mine)
            kept = desk.keep(record, body, shelf.mine)
            shelf.mine = body
            return kept

        self._tasks.run(
            self, job, lambda kept: self._on_kept(asked, kept), lambda error: self._on_failed(asked, error)
        )

    def pending(self) -> bool:
        """Whether something typed is here alone."""
        return self._body is not self._asked or bool(self._under_way) or self._trouble

    def in_trouble(self) -> bool:
        """Whether the last try failed and another is coming."""
        return self._trouble

    def _on_kept(self, asked: _Asked, kept: KeptBody) -> None:
        self._under_way.remove(asked)
        sent = asked.sent
        for move in asked.moved:
            sent = move.of(sent)
        self._stored = sent
        self.kept.emit(kept.at)
        if kept.stands != sent:
            self.merged.emit(kept.stands)

    def _on_failed(self, asked: _Asked, error: Exception) -> None:
        self._under_way.remove(asked)
        self._trouble = True
        if isinstance(error, Unavailable):  # it passes: the disk is freed, the store is opened again
            self._again.start()
        self.failed.emit(error)


def _timer(owner: QObject, milliseconds: int, act: Callable[[], None]) -> QTimer:
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(act)
    return timer
