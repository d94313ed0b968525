"""A list that stands open in a page: as high as its rows, so that only the page scrolls."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QScrollArea, QWidget

from ui.style import em
from ui.widgets import Row, RowList

_Index = QModelIndex | QPersistentModelIndex


class PageList(RowList):
    """Rows in a page. The page follows the arrows."""

    def __init__(self, what: str, name: str, *, parent: QWidget | None = None) -> None:
        """`what` names it for tests and assistive tools ("list:work"), `name` is what is spoken."""
        super().__init__(name, parent=parent)
        self.setObjectName(f"list:{what}")
        self.setAccessibleIdentifier(f"list:{what}")
        self.show_all()

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows, and be as high as they are."""
        super().set_rows(rows)
        if self._shows_all:
            self.show_all()

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        """Scroll the page to the row the arrows are on."""
        super().currentChanged(current, previous)
        if self.hasFocus():
            self._reveal(current)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep to the top: there is nothing to scroll inside."""
        super().resizeEvent(event)
        self.verticalScrollBar().setValue(0)

    def _reveal(self, index: _Index) -> None:
        area = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        inner = area.widget() if isinstance(area, QScrollArea) else None
        if isinstance(area, QScrollArea) and inner is not None:
            place = self.visualRect(index)
            middle = self.viewport().mapTo(inner, place.center())
            area.ensureVisible(middle.x(), middle.y(), 0, place.height() // 2 + em(self))

    def scrollTo(
        self, index: _Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Never scroll inside."""
