"""Throwing away a draft that was begun by mistake. The desk says whether there is really nothing in it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from ui.say import Say
from ui.screens.form.pages import Pages
from ui.tasks import Tasks
from ui.widgets.announce import announce
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.workspace.desk import Desk


class Discarding(QObject):
    """Nothing can be typed while the desk looks."""

    gone = Signal()
    stayed = Signal()

    def __init__(
        self, record: RecordId, desk: Desk, tasks: Tasks, say: Say, pages: Pages, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._record, self._desk, self._tasks, self._say, self._pages = record, desk, tasks, say, pages

    def ask(self) -> None:
        """Have it thrown away, once what was typed is handed over."""
        self._pages.setEnabled(False)
        desk, record = self._desk, self._record
        self._tasks.run(self, lambda: desk.discard(record), self._on_discarded, self._on_failed)

    def _on_discarded(self, is_gone: bool) -> None:
        if is_gone:
            self.gone.emit()
            return
        self._pages.setEnabled(True)
        self.stayed.emit()
        announce(self._pages, "It stays: something is in it, or it is on its way", assertive=True)

    def _on_failed(self, error: Exception) -> None:
        self._pages.setEnabled(True)
        self._say.error(error)
