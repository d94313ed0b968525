"""A long list of what happened: a column of dates, whole sentences beside it. One model and one delegate.

Rows are as high as their words, and nothing here is a widget for a row: 1,500 rows scroll as 15 do. How high
a row is follows from the widths of its words, which are few and known soon; its lines are broken when it is
first drawn, and kept. Where the two differ (letters of a taller font), the row is given its height then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QPainter,
    QPen,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.style import ROW, colours_now
from ui.widgets.rows import Row, RowList
from ui.widgets.tags import paint_tag, tag_size
from ui.widgets.text import plain

_Index = QModelIndex | QPersistentModelIndex
_NARROW = 30  # em: below it the date stands above the words
_DATE = 8.2  # em: the column of dates
_MOST_KEPT = 4_000  # rows whose broken lines are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow(Row):
    """One row. `title` is what happened; `detail` who it is about and what it is.

    A year and a gap (`is_gap`) are headings and cannot be chosen; what a gap says is spoken with `before`,
    by the row that comes after it.
    """

    day: str = ""  # "27 March 2026", "about March 2024"
    lines: tuple[str, ...] = ()  # each a paragraph of its own, and in its own direction of writing
    foot: str = ""  # who recorded it, and when
    is_gap: bool = False
    is_quiet: bool = False  # no significant event
    before: str = ""

    @property
    def spoken(self) -> str:
        """The row as one sentence."""
        parts = (self.day, self.title, self.detail, *self.lines, self.state, self.foot, self.before)
        return ". ".join(part.rstrip(".") for part in parts if part) + "."


@dataclass(frozen=True, slots=True)
class _Laid:
    """A row's words, broken into lines, with where they stand from the row's top left corner."""

    height: int
    texts: tuple[tuple[QTextLayout, float, float, bool], ...]  # layout, x, y, quiet


class TimelineDelegate(QStyledItemDelegate):
    """Draws a row. Keeps how its words were broken until the width or the font changes."""

    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self._list = parent
        self._laid: dict[TimelineRow, _Laid] = {}
        self._heights: dict[TimelineRow, int] = {}
        self._faces: dict[str, _Face] = {}
        self._for: tuple[int, str] = (0, "")
        self.width = 0  # of the rows, in px

    def forget(self) -> None:
        """Break all lines anew: the width or the font is another."""
        self._laid.clear()
        self._heights.clear()
        self._faces.clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return a row's size."""
        row = index.data(int(Qt.ItemDataRole.UserRole))
        if not isinstance(row, TimelineRow):
            return QSize(0, 0)
        self._renew(option.font)
        height = self._heights.get(row)
        if height is None:
            height = self._heights[row] = self._reckoned(row, option.font)
        return QSize(self.width, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one row."""
        row = index.data(int(Qt.ItemDataRole.UserRole))
        if not isinstance(row, TimelineRow):
            return
        colours = colours_now()
        area: QRect = option.rect
        state = option.state
        laid = self._lay(row, option.font)
        if self._heights.get(row) != laid.height:
            self._heights[row] = laid.height
            self._list.scheduleDelayedItemsLayout()  # once, however many differ
        chosen = bool(state & QStyle.StateFlag.State_Selected) and not row.is_heading
        painter.save()
        if row.is_gap:
            self._paint_gap(painter, area)
        elif row.is_heading:
            painter.fillRect(area, QColor(colours.canvas))
        elif chosen:
            painter.fillRect(area, QColor(colours.selection))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(colours.hover))
        ink = QColor(colours.on_selection if chosen else colours.text)
        quiet = QColor(colours.on_selection if chosen else colours.hint)
        for layout, x, y, is_quiet in laid.texts:
            painter.setPen(quiet if is_quiet else ink)
            layout.draw(painter, QPointF(area.left() + x, area.top() + y))
        if row.state:
            self._paint_state(painter, area, row, option.font)
        painter.setPen(QColor(colours.border if row.is_heading and not row.is_gap else colours.line))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if state & QStyle.StateFlag.State_HasFocus and not chosen and not row.is_heading:
            painter.setPen(ink)
            painter.drawRect(area.adjusted(1, 1, -2, -2))
        painter.restore()

    @staticmethod
    def _paint_gap(painter: QPainter, area: QRect) -> None:
        """Draw a dashed line down the column of dates: nothing is known of that time."""
        colours = colours_now()
        painter.fillRect(area, QColor(colours.canvas))
        line = QFontMetrics(painter.font()).height()
        painter.setPen(QPen(QColor(colours.border), 2, Qt.PenStyle.DashLine))
        x = area.left() + round(line * 0.75)
        painter.drawLine(x, area.top() + 4, x, area.bottom() - 4)

    def _paint_state(self, painter: QPainter, area: QRect, row: TimelineRow, font: QFont) -> None:
        own = _small(font)
        own.setBold(True)
        size = tag_size(QFontMetrics(own), row.state)
        pad = self._pad(font)
        painter.setFont(own)
        top = area.bottom() - pad - size.height() + 2
        place = QRect(area.left() + self._left(font, row), top, size.width(), size.height())
        paint_tag(painter, place, row.state, row.tone)

    # -- laying out ----------------------------------------------------------------------------------------

    @staticmethod
    def _pad(font: QFont) -> int:
        return round(QFontMetrics(font).height() * 0.5)

    def _left(self, font: QFont, row: TimelineRow) -> int:
        """Return where the words begin: beside the date, where there is one and room for it."""
        line = QFontMetrics(font).height()
        is_beside = bool(row.day) and self.width >= line * _NARROW
        return self._pad(font) + (round(line * _DATE) if is_beside else 0)

    def _renew(self, font: QFont) -> None:
        now = (self.width, font.key())
        if now != self._for:
            self.forget()
            self._for = now

    def _lay(self, row: TimelineRow, font: QFont) -> _Laid:
        self._renew(font)
        found = self._laid.get(row)
        if found is None:
            if len(self._laid) > _MOST_KEPT:
                self._laid.clear()
            found = self._laid[row] = self._broken(row, font)
        return found

    def _face(self, font: QFont) -> _Face:
        found = self._faces.get(font.key())
        if found is None:
            found = self._faces[font.key()] = _Face(font)
        return found

    def _reckoned(self, row: TimelineRow, font: QFont) -> int:
        """Return a row's height from the widths of its words."""
        if row.is_heading:
            return self._lay(row, font).height
        line, pad, left = QFontMetrics(font).height(), self._pad(font), self._left(font, row)
        width = max(line * 6, self.width - left - pad)
        plain_face = self._face(font)
        title = plain_face if row.is_quiet else self._face(_bold(font))
        small = self._face(_small(font))
        day = plain_face.height(row.day, (left if left > pad else self.width) - 2 * pad)
        y = pad + (day if left == pad else 0.0)
        y += title.height(row.title, width)
        y += sum(plain_face.height(words, width) for words in row.lines)
        y += small.height(row.detail, width) + small.height(row.foot, width)
        if row.state:
            y += tag_size(QFontMetrics(_small(font)), row.state).height() + pad // 2
        return max(ROW, round(max(y, pad + day)) + pad)

    def _broken(self, row: TimelineRow, font: QFont) -> _Laid:
        line, pad = QFontMetrics(font).height(), self._pad(font)
        left = self._left(font, row)
        width = max(line * 6, self.width - left - pad)
        bold, small = _bold(font), _small(font)
        texts: list[tuple[QTextLayout, float, float, bool]] = []
        if row.is_heading:
            return self._broken_heading(row, font, bold, line, pad)
        y = float(pad)
        day, day_height = _laid_out(row.day, font, (left if left > pad else self.width) - 2 * pad)
        day_height = day_height if row.day else 0.0
        texts.append((day, pad, y, row.is_quiet))
        floor = y + day_height  # the date may need two lines
        if left == pad:
            y += day_height
        paragraphs = (
            (row.title, font if row.is_quiet else bold, row.is_quiet),
            *((words, font, False) for words in row.lines),
            (row.detail, small, True),
            (row.foot, small, True),
        )
        for words, of, is_quiet in paragraphs:
            if words:
                layout, height = _laid_out(words, of, width)
                texts.append((layout, left, y, is_quiet))
                y += height
        if row.state:
            y += tag_size(QFontMetrics(small), row.state).height() + pad // 2
        return _Laid(height=max(ROW, round(max(y, floor)) + pad), texts=tuple(texts))

    def _broken_heading(self, row: TimelineRow, font: QFont, bold: QFont, line: int, pad: int) -> _Laid:
        """Return a year with its count beside it, or a gap with its dates below."""
        x = pad + (line if row.is_gap else 0)
        heading = QFont(font) if row.is_gap else bold
        if not row.is_gap:
            heading.setPointSizeF(font.pointSizeF() * 1.15)
        title, height = _laid_out(row.title, heading, self.width - x - pad)
        texts = [(title, float(x), float(pad), False)]
        if row.detail:
            more, more_height = _laid_out(row.detail, font, self.width - x - pad)
            if row.is_gap:
                texts.append((more, float(x), pad + height, True))
                height += more_height
            else:
                texts.append(
                    (more, x + title.maximumWidth() + pad, pad + max(0.0, height - more_height), True)
                )
        return _Laid(height=round(height) + 2 * pad, texts=tuple(texts))


class _Face:
    """The widths of words in one font, each measured once."""

    def __init__(self, font: QFont) -> None:
        self._metrics = QFontMetricsF(font)
        self._line = _laid_out("x", font, 1_000)[1]  # not that of the metrics: layouts round it up
        self._space = self._metrics.horizontalAdvance(" ")
        self._widths: dict[str, float] = {}

    def height(self, words: str, width: float) -> float:
        """Return how high words are in a column; 0 for none."""
        if not words:
            return 0.0
        known, space, lines, used = self._widths, self._space, 1, 0.0
        for word in words.split():
            wide = known.get(word)
            if wide is None:
                wide = known[word] = self._metrics.horizontalAdvance(word)
            if used and used + wide > width:
                lines, used = lines + 1, 0.0
            if wide > width:  # it is broken wherever the line ends
                lines += int(wide // width)
                wide = wide % width
            used += wide + space
        return lines * self._line


def _bold(font: QFont) -> QFont:
    own = QFont(font)
    own.setBold(True)
    return own


def _small(font: QFont) -> QFont:
    own = QFont(font)
    own.setPointSizeF(font.pointSizeF() * 0.92)
    return own


def _laid_out(words: str, font: QFont, width: float) -> tuple[QTextLayout, float]:
    """Return words broken into lines, in their own direction of writing, and their height."""
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    layout = QTextLayout(plain(words), font)
    layout.setCacheEnabled(True)
    layout.setTextOption(option)
    height = 0.0
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, height))
        height += line.height()
    layout.endLayout()
    return layout, height


class TimelineList(RowList):
    """The list. The arrows go from event to event, Enter opens, Home and End lead to the ends."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent=parent)
        self._drawing = TimelineDelegate(self)
        self.setItemDelegate(self._drawing)
        self.setUniformItemSizes(False)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setWordWrap(True)

    def show_rows(self, rows: Sequence[TimelineRow]) -> None:
        """Show these; the worker's place stays where its key is still there."""
        self._measure()
        self.set_rows(rows)

    def bring_up(self, key: str) -> bool:
        """Put a row at the top, such as a year; say whether it is there."""
        place = self.row_model.place_of(key)
        if place is None:
            return False
        self.scrollTo(self.row_model.index(place), self.ScrollHint.PositionAtTop)
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines for another width."""
        self._measure()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Break the lines for another text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and hasattr(self, "_drawing"):
            self._drawing.forget()
            self.scheduleDelayedItemsLayout()

    def _fit(self) -> None:
        """Leave the rows as they are: each is as high as its words."""

    def _measure(self) -> None:
        width = self.viewport().width()
        if width != self._drawing.width:
            self._drawing.width = width
            self._drawing.forget()
            self.scheduleDelayedItemsLayout()
