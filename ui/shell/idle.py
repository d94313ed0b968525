"""Notices that nobody is there: warns a minute before, then asks for the lock."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

from workbook_desktop.domain.clock import Clock

WARNING = timedelta(seconds=60)

_SIGNS_OF_LIFE = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.InputMethod,
    }
)


class IdleWatch(QObject):
    """Watches the keyboard and mouse of the application's windows.

    It listens to windows, not to the application: a Python filter there would see every event of every widget
    and cost milliseconds for each keystroke.
    """

    warned = Signal(int)  # seconds until the lock; emitted each second of the last minute
    returned = Signal()  # someone is there after a warning
    ran_out = Signal()

    def __init__(self, clock: Clock, lock_after: timedelta, parent: QObject) -> None:
        super().__init__(parent)
        self._clock, self._lock_after = clock, lock_after.total_seconds()
        self._last = clock.monotonic()
        self._is_warning = False
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self.tick)
        self._watched: set[int] = set()
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self.watch)

    def start(self) -> None:
        """Begin counting."""
        self.extend()
        self._timer.start()

    def stop(self) -> None:
        """Stop counting: there is nothing to lock."""
        self._timer.stop()
        self._is_warning = False

    def extend(self) -> None:
        """Someone is there."""
        self._last = self._clock.monotonic()
        if self._is_warning:
            self._is_warning = False
            self.returned.emit()

    def watch(self, window: QWindow | None) -> None:
        """Listen to a window, too."""
        if window is not None and id(window) not in self._watched:
            key = id(window)
            self._watched.add(key)
            window.installEventFilter(self)
            window.destroyed.connect(lambda *_: self._watched.discard(key))

    def tick(self) -> None:
        """Look how long nobody has been there."""
        left = self._lock_after - (self._clock.monotonic() - self._last)
        if left <= 0:
            self.stop()
            self.ran_out.emit()
        elif left <= WARNING.total_seconds() and self._lock_after > WARNING.total_seconds():
            self._is_warning = True
            self.warned.emit(round(left))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice keys, clicks, moves and touches; stop none."""
        if event.type() in _SIGNS_OF_LIFE:
            self.extend()
        return False
