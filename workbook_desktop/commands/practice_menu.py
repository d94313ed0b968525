"""The practice menu: go offline, come back, and have the colleague write in the plan meanwhile.

Starting and stopping the practice ICS takes a moment: it is done in a thread of its own, and no window waits.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from ui.tasks import Tasks
from workbook_desktop.app.window import Window, crash_report
from workbook_desktop.commands.colleague import write_in_the_plan
from workbook_desktop.commands.practice import COLLEAGUE, Practice

OFFLINE = "Go &offline: the office cannot be reached"
ONLINE = "&Reconnect to the office"
WRITE = f"Have &{COLLEAGUE.name} change the plan of the Tollands"


class PracticeMenu(QObject):
    """Adds the menu to the window. While an act is under way the menu is grey; then a run is asked for."""

    def __init__(self, window: Window, parts: Practice) -> None:
        super().__init__(window.shell)
        self._window, self._parts = window, parts
        self._hands = ThreadPoolExecutor(1, thread_name_prefix="practice")
        self._tasks = Tasks(self._hands, crash_report(parts.folder), self)
        menu = window.shell.menuBar().addMenu("&Practice")
        menu.setObjectName("menu:practice")
        self._connection = QAction(OFFLINE, self)
        self._connection.setObjectName("do:practice-connection")
        self._connection.triggered.connect(self._switch)
        self._colleague = QAction(WRITE, self)
        self._colleague.setObjectName("do:practice-colleague")
        self._colleague.triggered.connect(self._write)
        menu.addAction(self._connection)
        menu.addAction(self._colleague)
        window.shell.ended.connect(self._end)

    def _switch(self) -> None:
        """Stop the ICS, or start it again."""
        self._do(self._parts.ics.stop if self._parts.ics.running else self._parts.ics.start, self._switched)

    def _switched(self, _: object) -> None:
        self._connection.setText(OFFLINE if self._parts.ics.running else ONLINE)
        self._free()
        self._window.exchange.request()

    def _write(self) -> None:
        """Let the colleague write: on her own laptop, so it works while this one is offline."""
        was_running = self._parts.ics.running

        def act() -> None:
            self._parts.ics.start()
            try:
                write_in_the_plan(self._parts)
            finally:
                if not was_running:
                    self._parts.ics.stop()

        self._do(act, self._wrote)

    def _wrote(self, _: object) -> None:
        self._free()
        self._window.exchange.request()

    def _do(self, act: Callable[[], object], then: Callable[[object], None]) -> None:
        self._connection.setEnabled(False)
        self._colleague.setEnabled(False)
        self._tasks.run(self, act, then, self._failed)

    def _failed(self, error: Exception) -> None:
        self._free()
        self._window.say.error(error)

    def _free(self) -> None:
        self._connection.setEnabled(True)
        self._colleague.setEnabled(True)

    def _end(self) -> None:
        self._hands.shutdown(wait=False, cancel_futures=True)
