"""One focus ring for each window, always where the keyboard is."""

from __future__ import annotations

from typing import ClassVar

import shiboken6
from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFocusFrame, QScrollArea, QWidget

from ui.style.measures import em

_LATE = 120  # ms


class FocusRings(QObject):
    """Moves a ring with the focus, and scrolls what has the focus into view (WCAG 2.4.7, 2.4.11, 2.4.13)."""

    _rings: ClassVar[dict[int, QFocusFrame]] = {}  # by window; of all looks, for a window has one ring

    def __init__(self, app: QApplication, parent: QObject) -> None:
        super().__init__(parent)
        self._target: QWidget | None = None
        self._by_mouse = False
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(0)
        self._settling.timeout.connect(self._settle)
        self._settling_late = QTimer(self)
        self._settling_late.setSingleShot(True)
        self._settling_late.setInterval(_LATE)
        self._settling_late.timeout.connect(self._settle)
        app.focusChanged.connect(self._on_focus_changed)

    def ring_of(self, window: QWidget) -> QFocusFrame | None:
        """Return the window's ring, if it has one yet."""
        ring = self._rings.get(_address(window))
        return ring if ring is not None and shiboken6.isValid(ring) else None

    def follow(self) -> None:
        """Bring what has the focus into view again: the page is laid out anew for another text size.

        Once at once, and once when the pages that choose another arrangement for that size have done so.
        """
        self._by_mouse = False
        self._settling.start()
        self._settling_late.start()

    def _on_focus_changed(self, _old: QWidget | None, now: QWidget | None) -> None:
        self._target = None
        if now is None:
            self._take_off()
            return
        target = _shown_as(now)
        if target.window().windowType() is Qt.WindowType.Popup:
            return  # a list that has just dropped down shows its own current row
        self._target = target
        self._by_mouse = QApplication.mouseButtons() is not Qt.MouseButton.NoButton
        self._settle()
        # Again when layouts that are under way have been done: a page may just have grown an error summary.
        self._settling.start()

    def _take_off(self) -> None:
        """Nothing has the keyboard any more. In a window that is only left for another the ring stays."""
        window = QApplication.activeWindow()
        ring = self.ring_of(window) if window is not None else None
        if ring is not None:
            ring.setWidget(None)  # type: ignore[arg-type]

    def _settle(self) -> None:
        target = self._target
        if target is None or not shiboken6.isValid(target):
            return
        self._reveal(target)
        self._put_ring(target)

    def _put_ring(self, target: QWidget) -> None:
        window = target.window()
        ring = self.ring_of(window)
        if ring is None:
            ring = QFocusFrame(window)
            key = _address(window)
            self._rings[key] = ring
            window.destroyed.connect(lambda *_: self._rings.pop(key, None))
        if ring.widget() is target and not ring.isVisible():
            ring.setWidget(None)  # type: ignore[arg-type]
        if ring.widget() is not target:
            ring.setWidget(target)  # Qt hides a ring whose widget is scrolled out when it is set

    def _reveal(self, target: QWidget) -> None:
        """Scroll to the focus, unless a mouse put it there: a page must not move under the pointer."""
        if self._by_mouse:
            return
        margin = em(target)
        parent = target.parentWidget()
        while parent is not None:
            if isinstance(parent, QScrollArea):
                inner = parent.widget()
                if inner is not None and inner.isAncestorOf(target) and not _fills(parent, inner, target):
                    parent.ensureWidgetVisible(target, margin, margin)
            parent = parent.parentWidget()


def _shown_as(focused: QWidget) -> QWidget:
    """Return the widget to ring: a list's viewport stands for its list."""
    parent = focused.parentWidget()
    if isinstance(parent, QAbstractScrollArea) and parent.viewport() is focused:
        return parent
    return focused


def _fills(area: QScrollArea, inner: QWidget, target: QWidget) -> bool:
    """Whether a target that is higher than its page is on it already: its own rows scroll to themselves."""
    seen = area.viewport().height()
    top = target.mapTo(inner, QPoint(0, 0)).y() - area.verticalScrollBar().value()
    return target.height() > seen and top < seen // 2 and top + target.height() > seen // 2


def _address(window: QWidget) -> int:
    """Return what names a window for as long as it lives: a Python wrapper may come and go."""
    return int(shiboken6.getCppPointer(window)[0])
