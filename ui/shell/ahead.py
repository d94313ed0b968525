"""Has the desk work out ahead what records give, in slices: after the unlock and after each run.

A slice is one job of the store's thread like any other: what a page asks stands behind one slice at most, and
between two of them there is a pause. While somebody types there are none.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from ui.tasks import Tasks
from workbook_desktop.domain.errors import WorkbookError
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import CaughtUp

_FIRST = 400  # ms after the unlock: the page comes first
_BETWEEN = 25  # ms: a paint, and the next job of the store's thread
_AFTER_A_KEY = 0.6  # s without a key before it goes on
_TELL_EVERY = 1.5  # s: a page that shows what is worked out is asked again no more often


class Ahead(QObject):
    """Asks for slices until nothing is left."""

    def __init__(
        self,
        desk: Desk,
        tasks: Tasks,
        caught_up: Callable[[], None],
        *,
        window: QWidget,
        parent: QObject,
    ) -> None:
        """`caught_up` is called now and then while something changed, and at the end."""
        super().__init__(parent)
        self._desk, self._tasks, self._caught_up, self._window = desk, tasks, caught_up, window
        self._is_asked = self._begin = self._has_changed = self._is_stopped = False
        self._key = self._told = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)
        self._is_watching = False

    def start(self) -> None:
        """Look at everything again: a store was opened, or something has come."""
        if self._is_stopped:
            return
        self._begin = True
        if not self._is_asked:
            self._timer.start(_FIRST)

    def stop(self) -> None:
        """Ask no more: the store is being locked."""
        self._is_stopped = True
        self._timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice keys; stop none."""
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.InputMethod):
            self._key = monotonic()
        return False

    def _go_on(self) -> None:
        # The window's own events, not the application's: those would be every event of every widget.
        handle = self._window.window().windowHandle()
        if not self._is_watching and handle is not None:
            self._is_watching = True
            handle.installEventFilter(self)
        since = monotonic() - self._key
        if since < _AFTER_A_KEY:
            self._timer.start(int((_AFTER_A_KEY - since) * 1000) + 1)
            return
        desk, begin = self._desk, self._begin
        self._is_asked, self._begin = True, False
        self._tasks.run(self, lambda: desk.catch_up(begin=begin), self._done, self._failed)

    def _done(self, now: CaughtUp) -> None:
        self._is_asked = False
        self._has_changed |= now.changed
        is_over = now.is_over and not self._begin
        if self._has_changed and (is_over or monotonic() - self._told > _TELL_EVERY):
            self._told, self._has_changed = monotonic(), False
            self._caught_up()
        if not is_over and not self._is_stopped:
            self._timer.start(_BETWEEN)

    def _failed(self, error: Exception) -> None:
        # The store is locked, or the disk is full: a page that needs it says so. A mistake of ours is in the
        # crash report by now.
        self._is_asked = False
        if not isinstance(error, WorkbookError):
            self._begin = False
