"""Tab follows the eye: Qt puts a widget that is added late at the end of the window's Tab order."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QSplitter, QWidget


def follow_reading_order(root: QWidget) -> None:
    """Make Tab go through everything in `root` as its layouts show it. Call after adding to an open page.

    What lies in one layout is read in the order in which it was put there.
    """
    before: QWidget | None = None
    for widget in focusable(root):
        if before is not None:
            QWidget.setTabOrder(before, widget)
        before = widget


def focusable(root: QWidget) -> Iterator[QWidget]:
    """Give everything that Tab can stop at, hidden things included, in reading order."""
    if root.focusPolicy() & Qt.FocusPolicy.TabFocus and root.focusProxy() is None:
        yield root
    layout = root.layout()
    if layout is not None:
        yield from _in_layout(layout)
    elif isinstance(root, QScrollArea):
        inner = root.widget()
        if inner is not None:
            yield from focusable(inner)
    elif isinstance(root, QSplitter):
        for place in range(root.count()):
            pane = root.widget(place)
            if pane is not None:
                yield from focusable(pane)
    elif type(root) is QWidget:
        for child in root.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            yield from focusable(child)


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if item is None:
            continue
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            yield from focusable(widget)
        elif inner is not None:
            yield from _in_layout(inner)
