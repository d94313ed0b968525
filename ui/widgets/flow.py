"""A layout that runs on like words, so that chips and buttons are not cut when the text is large."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QStyle, QWidget, QWidgetItem


class FlowLayout(QLayout):
    """Items from left to right, and on to a new line when the width is used up. Gaps are in line heights."""

    def __init__(self, parent: QWidget | None = None, *, gap: float = 0.5, line_gap: float = 0.4) -> None:
        super().__init__(parent) if parent is not None else super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap, self._line_gap = gap, line_gap
        # Qt asks for the same height again and again while a page is laid out: reckon it once.
        self._heights: dict[int, int] = {}
        self._gaps: tuple[int, int] | None = None
        self._one_line: QSize | None = None
        self._least: QSize | None = None
        self.setContentsMargins(0, 0, 0, 0)

    def invalidate(self) -> None:
        """Forget what was reckoned: an item, a margin or the text size is another."""
        self._heights.clear()
        self._gaps = self._one_line = self._least = None
        super().invalidate()

    def addWidget(self, widget: QWidget) -> None:
        """Add a widget at the end, in an item made here.

        Of an item that Qt makes, PySide 6.11 may hand out what it knew of another one that stood at the same
        address before, and call it deleted when that one's layout is: the process ended there.
        """
        self.addChildWidget(widget)
        self.addItem(QWidgetItem(widget))

    def addItem(self, item: QLayoutItem) -> None:
        """Add an item at the end."""
        self._items.append(item)
        self.invalidate()

    def count(self) -> int:
        """Return how many there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return the item at a place."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take the item at a place out. Keep what it returns until its widget is dealt with."""
        self.invalidate()
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Return none: it takes the width it is given."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Return that it does."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of the lines at this width."""
        height = self._heights.get(width)
        if height is None:
            height = self._heights[width] = self._place(QRect(0, 0, width, 0), move=False)
        return height

    def setGeometry(self, rect: QRect) -> None:
        """Lay the items out."""
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        """Return the size of one line of everything."""
        if self._one_line is None:
            shown = [item.sizeHint() for item in self._items if not item.isEmpty()]
            gap, _ = self._both_gaps()
            wide = sum(size.width() for size in shown) + gap * max(0, len(shown) - 1)
            height = max((size.height() for size in shown), default=0)
            self._one_line = self._with_margins(QSize(wide, height))
        return self._one_line

    def minimumSize(self) -> QSize:
        """Return the size of the largest item."""
        if self._least is None:
            size = QSize()
            for item in self._items:
                if not item.isEmpty():
                    size = size.expandedTo(item.minimumSize())
            self._least = self._with_margins(size)
        return self._least

    def _with_margins(self, size: QSize) -> QSize:
        margins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _both_gaps(self) -> tuple[int, int]:
        """Return the gap beside an item and the one between lines, in px."""
        parent = self.parentWidget()
        if parent is None:
            return (4, 4)
        if self._gaps is None:
            own = parent.style().pixelMetric(QStyle.PixelMetric.PM_LayoutHorizontalSpacing, None, parent)
            self._gaps = (max(4, round(own * self._gap / 0.55)), max(4, round(own * self._line_gap / 0.55)))
        return self._gaps

    def _place(self, area: QRect, *, move: bool) -> int:
        margins = self.contentsMargins()
        inner = area.marginsRemoved(margins)
        gap, line_gap = self._both_gaps()
        x, y, tallest = inner.left(), inner.top(), 0
        line: list[tuple[QLayoutItem, QRect]] = []

        def settle() -> None:
            if move:
                for item, where in line:
                    item.setGeometry(where.translated(0, (tallest - where.height()) // 2))
            line.clear()

        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            width = min(size.width(), inner.width()) if inner.width() > 0 else size.width()
            height = item.heightForWidth(width) if item.hasHeightForWidth() else size.height()
            if line and x + width > inner.right() + 1:
                settle()
                x, y, tallest = inner.left(), y + tallest + line_gap, 0
            line.append((item, QRect(QPoint(x, y), QSize(width, height))))
            x, tallest = x + width + gap, max(tallest, height)
        settle()
        return y + tallest - area.top() + margins.bottom()
