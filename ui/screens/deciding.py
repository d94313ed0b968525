"""Keeps a decision that is half made: what is chosen and typed on S16 goes to the disk as a draft does."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from ui.screens.form.keeping import AFTER_LAST_KEY, AT_THE_LATEST, TRY_AGAIN
from ui.tasks import Tasks
from workbook_desktop.domain.errors import RecordUnknown
from workbook_desktop.domain.ids import ConflictId
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import HalfDecision


class HalfKeeper(QObject):
    """Hands what is half decided to the desk in time; what could not be kept is tried again."""

    def __init__(self, desk: Desk, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._tasks = desk, tasks
        self._waiting: dict[ConflictId, HalfDecision] = {}
        self._under_way = 0
        self._quiet, self._latest, self._again = QTimer(self), QTimer(self), QTimer(self)
        for timer, after in (
            (self._quiet, AFTER_LAST_KEY),
            (self._latest, AT_THE_LATEST),
            (self._again, TRY_AGAIN),
        ):
            timer.setSingleShot(True)
            timer.setInterval(after)
            timer.timeout.connect(self.flush)

    def take(self, conflict: ConflictId, half: HalfDecision) -> None:
        """Take in what is put in so far; it is handed on soon."""
        self._waiting[conflict] = half
        self._quiet.start()
        if not self._latest.isActive():
            self._latest.start()

    def drop(self, conflict: ConflictId) -> None:
        """Hand on no more of this one: it is being settled."""
        self._waiting.pop(conflict, None)

    def flush(self) -> None:
        """Hand it on now."""
        for timer in (self._quiet, self._latest, self._again):
            timer.stop()
        waiting, self._waiting = self._waiting, {}
        for conflict, half in waiting.items():
            self._hand_on(conflict, half)

    def pending(self) -> bool:
        """Whether something put in is here alone."""
        return bool(self._waiting or self._under_way)

    def _hand_on(self, conflict: ConflictId, half: HalfDecision) -> None:
        desk = self._desk
        self._under_way += 1

        def failed(error: Exception) -> None:
            self._under_way -= 1
            if not isinstance(error, RecordUnknown):  # it has left this laptop: there is no place for it
                self._waiting.setdefault(conflict, half)
                self._again.start()

        self._tasks.run(self, lambda: desk.keep_half(conflict, half), lambda _: self._kept(), failed)

    def _kept(self) -> None:
        self._under_way -= 1
