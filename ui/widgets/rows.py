"""A list of rows, two lines and a state each: one model, one delegate; 6,000 rows cost no more than 20."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui.style import ROW, Tone, colours_now
from ui.style import icons as outlines
from ui.widgets.tags import paint_tag, tag_size

_Index = QModelIndex | QPersistentModelIndex
_ROW_ROLE = int(Qt.ItemDataRole.UserRole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one row shows. A heading row (`is_heading`) parts the list and cannot be chosen."""

    key: str  # the caller's own, such as a record's id; unique in the list
    title: str
    detail: str = ""
    state: str = ""
    tone: Tone = Tone.NEUTRAL
    icon: str = ""
    is_heading: bool = False

    @property
    def spoken(self) -> str:
        """The row as a screen reader says it, its state included."""
        return ", ".join(part for part in (self.title, self.detail, self.state) if part)


class RowModel(QAbstractListModel):
    """The rows. `set_rows` touches only what differs, so that a refresh keeps the worker's place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows, from the top."""
        return tuple(self._rows)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows."""
        if [row.key for row in rows] == [row.key for row in self._rows]:
            for place, (before, now) in enumerate(zip(self._rows, rows, strict=True)):
                if before != now:
                    self._rows[place] = now
                    self.dataChanged.emit(self.index(place), self.index(place))
            return
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def row_at(self, index: _Index) -> Row | None:
        """Return the row at an index."""
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    def place_of(self, key: str) -> int | None:
        """Return where a key stands."""
        return next((place for place, row in enumerate(self._rows) if row.key == key), None)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return how many there are."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = _ROW_ROLE) -> Any:
        """Return the row, or its words."""
        row = self.row_at(index)
        if row is None:
            return None
        if role == _ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Return that headings cannot be chosen."""
        row = self.row_at(index)
        if row is None or row.is_heading:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren


class RowDelegate(QStyledItemDelegate):
    """Draws a row; its size is the same for every row."""

    def __init__(self, parent: QWidget, *, two_lines: bool) -> None:
        super().__init__(parent)
        self._two_lines = two_lines
        self.is_stacked = False  # the state below the words, where there is no room beside them

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height of the lines and their room."""
        line = option.fontMetrics.height()
        lines = (2 if self._two_lines else 1) + self.is_stacked
        return QSize(line * 12, max(ROW, line * lines + round(line * 0.75)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one row."""
        row = index.data(_ROW_ROLE)
        if not isinstance(row, Row):
            return
        colours = colours_now()
        area: QRect = option.rect
        font: QFont = option.font
        state = option.state
        metrics = QFontMetrics(font)
        line, pad = metrics.height(), round(metrics.height() * 0.6)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        if row.is_heading:
            self._paint_heading(painter, area, row, font, pad)
            painter.restore()
            return
        if chosen:
            painter.fillRect(area, QColor(colours.selection))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(colours.hover))
        ink = QColor(colours.on_selection if chosen else colours.text)
        quiet = QColor(colours.on_selection if chosen else colours.hint)
        left, right = area.left() + pad, area.right() - pad
        if row.icon:
            side = round(line * 0.95)
            middle = area.center().y() - side // 2
            outlines.paint(painter, row.icon, quiet.name(), QRectF(left, middle, side, side))
            left += side + pad
        words_area = area
        if self.is_stacked and row.state:
            words_area = area.adjusted(0, 0, 0, -line - pad // 3)
            foot = QRect(area.left(), words_area.bottom() - pad // 3, area.width(), line + pad // 3)
            self._paint_state(painter, foot, row, font, left, chosen, from_left=True)
        else:
            right = self._paint_state(painter, area, row, font, right, chosen) - (pad if row.state else 0)
        width = max(0, right - left)
        bold = QFont(font)
        bold.setBold(True)
        lines = 2 if row.detail and self._two_lines else 1
        top = words_area.center().y() - line * lines // 2
        painter.setFont(bold if self._two_lines else font)
        painter.setPen(ink)
        place = QRect(left, top, width, line)
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        words = painter.fontMetrics().elidedText(row.title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(place, flags, words)
        if lines == 2:
            painter.setFont(font)
            painter.setPen(quiet)
            words = metrics.elidedText(row.detail, Qt.TextElideMode.ElideRight, width)
            painter.drawText(place.translated(0, line), flags, words)
        painter.setPen(QColor(colours.line))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if state & QStyle.StateFlag.State_HasFocus and not chosen:
            painter.setPen(ink)
            painter.drawRect(area.adjusted(1, 1, -2, -2))
        painter.restore()

    def _paint_heading(self, painter: QPainter, area: QRect, row: Row, font: QFont, pad: int) -> None:
        colours = colours_now()
        painter.fillRect(area, QColor(colours.canvas))
        bold = QFont(font)
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(QColor(colours.text))
        foot = area.adjusted(pad, 0, -pad, -round(pad * 0.5))
        painter.drawText(foot, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), row.title)
        if row.detail:
            used = painter.fontMetrics().horizontalAdvance(row.title) + pad
            painter.setFont(font)
            painter.setPen(QColor(colours.hint))
            rest = foot.adjusted(used, 0, 0, 0)
            words = QFontMetrics(font).elidedText(row.detail, Qt.TextElideMode.ElideRight, rest.width())
            painter.drawText(rest, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), words)
        painter.setPen(QColor(colours.border))
        painter.drawLine(area.bottomLeft(), area.bottomRight())

    def _paint_state(
        self,
        painter: QPainter,
        area: QRect,
        row: Row,
        font: QFont,
        at: int,
        chosen: bool,
        *,
        from_left: bool = False,
    ) -> int:
        """Draw the state, ending or beginning at `at`; return its left edge."""
        if not row.state:
            return at
        own = QFont(font)
        own.setPointSizeF(font.pointSizeF() * 0.92)
        own.setBold(row.tone is not Tone.PLAIN)
        size = tag_size(QFontMetrics(own), row.state)
        room = area.right() - at if from_left else area.width() * 2 // 3
        width = min(size.width(), room)
        place = QRect(
            at if from_left else at - width, area.center().y() - size.height() // 2, width, size.height()
        )
        painter.setFont(own)
        words = QFontMetrics(own).elidedText(row.state, Qt.TextElideMode.ElideRight, width - 4)
        if chosen and row.tone is Tone.PLAIN:
            painter.setPen(QColor(colours_now().on_selection))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), words)
        else:
            paint_tag(painter, place, words, row.tone)
        return place.left()


class RowList(QListView):
    """A list of rows. Arrows move, Enter or a click opens, letters jump to a title."""

    opened = Signal(str)  # the row's key
    looked_at = Signal(str)  # the row the arrows are on

    def __init__(self, name: str, *, two_lines: bool = True, parent: QWidget | None = None) -> None:
        """`name` is what a screen reader says, with the number of rows: "My work"."""
        super().__init__(parent)
        self._name = name
        self.row_model = RowModel(self)
        self.setModel(self.row_model)
        self._delegate = RowDelegate(self, two_lines=two_lines)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)  # without it Qt measures every row: 1.3 s at 60,000
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.clicked.connect(self._open)
        self.set_rows(())

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows, keeping the worker's place where its key is still there."""
        key = self.current_key
        scrolled = self.verticalScrollBar().value()
        self.row_model.set_rows(rows)
        place = self.row_model.place_of(key) if key else None
        if place is not None and self.current_key != key:
            self.setCurrentIndex(self.row_model.index(place))
            self.verticalScrollBar().setValue(scrolled)
        count = sum(not row.is_heading for row in rows)
        self.setAccessibleName(f"{self._name}, {count} {'row' if count == 1 else 'rows'}")
        self.updateGeometry()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows, from the top."""
        return self.row_model.rows

    @property
    def current_key(self) -> str:
        """The key of the row the arrows are on; "" for none."""
        row = self.row_model.row_at(self.currentIndex())
        return row.key if row is not None else ""

    def choose(self, key: str) -> bool:
        """Put the worker's place on a row; say whether it is there."""
        place = self.row_model.place_of(key)
        if place is None:
            return False
        self.setCurrentIndex(self.row_model.index(place))
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the states below the words when the list is narrow for its text."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        narrow = self.viewport().width() < self.fontMetrics().height() * 21
        if narrow != self._delegate.is_stacked:
            self._delegate.is_stacked = narrow
            self.scheduleDelayedItemsLayout()
            if self._shows_all:
                self.show_all()

    def height_of_all(self) -> int:
        """Return the height that shows every row, for a short list inside a page."""
        frame = 2 * self.frameWidth()
        count = self.row_model.rowCount()
        return frame + (count * self.sizeHintForRow(0) if count else ROW)

    def show_all(self) -> None:
        """Be as high as the rows: the page scrolls, not the list."""
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(self.height_of_all())
        self._shows_all = True

    _shows_all = False

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and hasattr(self, "_delegate"):
            self._fit()
            self.scheduleDelayedItemsLayout()
            if self._shows_all:
                self.show_all()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Give the arrows a row to start from."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            for place, row in enumerate(self.row_model.rows):
                if not row.is_heading:
                    self.setCurrentIndex(self.row_model.index(place))
                    break

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open with Enter, on every platform."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
            event.accept()
            return
        super().keyPressEvent(event)

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        """Say which row the arrows are on."""
        super().currentChanged(current, previous)
        row = self.row_model.row_at(current)
        if row is not None:
            self.looked_at.emit(row.key)

    def _open(self, index: QModelIndex) -> None:
        row = self.row_model.row_at(index)
        if row is not None and not row.is_heading:
            self.opened.emit(row.key)
