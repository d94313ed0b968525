"""A layout that runs on like words, so that chips and buttons are not cut when the text is large."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QStyle, QWidget


class FlowLayout(QLayout):
    """Items from left to right, and on to a new line when the width is used up. Gaps are in line heights."""

    def __init__(self, parent: QWidget | None = None, *, gap: float = 0.5, line_gap: float = 0.4) -> None:
        super().__init__(parent) if parent is not None else super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap, self._line_gap = gap, line_gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        """Add an item at the end."""
        self._items.append(item)

    def count(self) -> int:
        """Return how many there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return the item at a place."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take the item at a place out. Keep what it returns until its widget is dealt with."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Return none: it takes the width it is given."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Return that it does."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of the lines at this width."""
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        """Lay the items out."""
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        """Return the size of one line of everything."""
        shown = [item.sizeHint() for item in self._items if not item.isEmpty()]
        gap = self._px(self._gap)
        wide = sum(size.width() for size in shown) + gap * max(0, len(shown) - 1)
        return self._with_margins(QSize(wide, max((size.height() for size in shown), default=0)))

    def minimumSize(self) -> QSize:
        """Return the size of the largest item."""
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return self._with_margins(size)

    def _with_margins(self, size: QSize) -> QSize:
        margins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _px(self, times: float) -> int:
        parent = self.parentWidget()
        if parent is None:
            return 4
        own = parent.style().pixelMetric(QStyle.PixelMetric.PM_LayoutHorizontalSpacing, None, parent)
        return max(4, round(own * times / 0.55))

    def _place(self, area: QRect, *, move: bool) -> int:
        margins = self.contentsMargins()
        inner = area.marginsRemoved(margins)
        gap, line_gap = self._px(self._gap), self._px(self._line_gap)
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
