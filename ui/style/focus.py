"""One focus ring for each window, always where the keyboard is."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFocusFrame, QScrollArea, QWidget

from ui.style.measures import em


class FocusRings(QObject):
    """Moves a ring with the focus, and scrolls what has the focus into view (WCAG 2.4.7, 2.4.11, 2.4.13)."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._rings: dict[int, QFocusFrame] = {}
        app.focusChanged.connect(self._on_focus_changed)

    def ring_of(self, window: QWidget) -> QFocusFrame | None:
        """Return the window's ring, if it has one yet."""
        ring = self._rings.get(id(window))
        return ring if ring is not None and shiboken6.isValid(ring) else None

    def _on_focus_changed(self, _old: QWidget | None, now: QWidget | None) -> None:
        if now is None:
            return
        target = _shown_as(now)
        window = target.window()
        if window.windowType() is Qt.WindowType.Popup:
            return  # a list that has just dropped down shows its own current row
        ring = self.ring_of(window)
        if ring is None:
            ring = QFocusFrame(window)
            self._rings[id(window)] = ring
            key = id(window)
            window.destroyed.connect(lambda *_: self._rings.pop(key, None))
        if ring.widget() is not target:
            ring.setWidget(target)
        self._reveal(target)

    def _reveal(self, target: QWidget) -> None:
        """Scroll to the focus, unless a mouse put it there: a page must not move under the pointer."""
        if QApplication.mouseButtons() is not Qt.MouseButton.NoButton:
            return
        margin = em(target)
        parent = target.parentWidget()
        while parent is not None:
            if isinstance(parent, QScrollArea):
                inner = parent.widget()
                if inner is not None and inner.isAncestorOf(target):
                    parent.ensureWidgetVisible(target, margin, margin)
            parent = parent.parentWidget()


def _shown_as(focused: QWidget) -> QWidget:
    """Return the widget to ring: a list's viewport stands for its list."""
    parent = focused.parentWidget()
    if isinstance(parent, QAbstractScrollArea) and parent.viewport() is focused:
        return parent
    return focused
