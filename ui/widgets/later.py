"""What stands below what is seen is built once the page was painted: the worker waits for the rest alone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QAbstractScrollArea

_AT_THE_LATEST = 150  # ms: a window that is covered is not painted


class Later(QObject):
    """One act that waits for a page's first painting, or for whoever needs it sooner."""

    def __init__(self, area: QAbstractScrollArea, act: Callable[[], None]) -> None:
        super().__init__(area)
        self._area, self._act = area, act
        self.is_over = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.now)
        area.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It is shown, or it is being painted: the act comes after that, and not in it."""
        if event.type() is QEvent.Type.Paint:
            self._area.viewport().removeEventFilter(self)
            self._timer.start(0)
        elif event.type() is QEvent.Type.Show:
            self._timer.start(_AT_THE_LATEST)
        return False

    def now(self) -> None:
        """Do it, if it was not done yet."""
        if self.is_over:
            return
        self.is_over = True
        self._timer.stop()
        self._area.viewport().removeEventFilter(self)
        self._act()
