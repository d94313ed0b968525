"""Rows of what is known and what is to do: answers with "Change", tasks with their state."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.style import ROW, Tone, colours_now, em
from ui.widgets.buttons import LinkButton
from ui.widgets.order import follow_reading_order
from ui.widgets.tags import paint_tag, tag_size
from ui.widgets.text import Body, Hint, Strong

NOT_PROVIDED = "Not provided"


class SummaryRow(QWidget):
    """A question, its answer, and a way to change it."""

    changed = Signal()  # "Change" was pressed

    def __init__(
        self,
        key: str,
        value: str,
        *,
        action: str = "Change",
        context: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """`context` is read after the action's word, "Change: was the child seen"; the key, if not given."""
        super().__init__(parent)
        self.key, self.value = Strong(key), Body(value, selectable=True)
        self.action = LinkButton(action, hidden_context=context or key) if action else None
        self._grid = QGridLayout(self)
        self._grid.setVerticalSpacing(0)  # of one row: not set, the style is asked for it a hundred times
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 4)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(self.key, 0, 0, top)
        self._unknown: Hint | None = None  # made when it is needed, which is seldom
        self._grid.addWidget(self.value, 0, 1, top)
        if self.action is not None:
            self._grid.addWidget(self.action, 0, 2, top)
            self.action.stand_at_top()
            self.action.clicked.connect(lambda *_: self.changed.emit())
        self.set_value(value)
        self._set_room()

    def set_value(self, value: str) -> None:
        """Show another answer; "" says that there is none."""
        self.value.setText(value)
        self.value.setVisible(bool(value))
        if not value and self._unknown is None:
            self._unknown = Hint(NOT_PROVIDED)
            self._grid.addWidget(self._unknown, 0, 1, Qt.AlignmentFlag.AlignTop)
        if self._unknown is not None:
            self._unknown.setVisible(not value)
        self._hold_height()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._set_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hold the height that the words need at this width: a page asks for it at another one."""
        super().resizeEvent(event)
        self._hold_height()
        # Growing while it is just being shown sends no second event (Qt 6.11): the words would be cut.
        self._grid.setGeometry(self.rect())

    def _hold_height(self) -> None:
        needed = self._grid.heightForWidth(self.width())
        if needed != self.minimumHeight():
            self.setMinimumHeight(needed)

    def _set_room(self) -> None:
        self._grid.setContentsMargins(0, em(self, 0.45), 0, em(self, 0.45))
        self._grid.setHorizontalSpacing(em(self, 0.8))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line below."""
        painter = QPainter(self)
        painter.setPen(QColor(colours_now().line))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        painter.end()


class TaskRow(QAbstractButton):
    """A thing to do: the whole row is the link, its state stands at the right. Connect to `clicked`."""

    def __init__(
        self,
        title: str,
        state: str = "",
        tone: Tone = Tone.NEUTRAL,
        *,
        detail: str = "",
        parent: QWidget | None = None,
        identifier: str = "",
    ) -> None:
        super().__init__(parent)
        self._title, self._detail, self._state, self._tone = title, detail, state, tone
        self._chosen = False
        self._places_at: dict[int, tuple[QRect, QRect, QRect]] = {}  # by width: Qt asks very often
        self._heights: dict[int, int] = {}  # the same
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        if identifier:
            self.setAccessibleIdentifier(identifier)
            self.setObjectName(identifier)
        self._name()

    def say(self, state: str, tone: Tone, *, detail: str | None = None) -> None:
        """Show another state."""
        self._state, self._tone = state, tone
        if detail is not None:
            self._detail = detail
        self._forget_places()
        self._name()
        self.updateGeometry()
        self.update()

    def set_chosen(self, chosen: bool) -> None:
        """Mark the row as the one being looked at."""
        self._chosen = chosen
        self._name()
        self.update()

    def _name(self) -> None:
        parts = [self._title, self._detail, self._state, "being shown" if self._chosen else ""]
        self.setAccessibleName(", ".join(part for part in parts if part))

    def sizeHint(self) -> QSize:
        """Return a comfortable row."""
        width = em(self, 14)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Return the narrowest row that still reads."""
        return QSize(em(self, 6), ROW)

    def hasHeightForWidth(self) -> bool:
        """Return that it wraps."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of title and detail, wrapped beside or above the state."""
        height = self._heights.get(width)
        if height is None:
            title, detail, tag = self._places(width)
            height = max(ROW, max(title.bottom(), detail.bottom(), tag.bottom()) + 1 + em(self, 0.35))
            self._heights[width] = height
        return height

    def _forget_places(self) -> None:
        self._places_at.clear()
        self._heights.clear()

    def _places(self, width: int) -> tuple[QRect, QRect, QRect]:
        """Return where title, detail and state go. Not to be changed by who asks."""
        if width not in self._places_at:
            self._places_at[width] = self._reckon(width)
        return self._places_at[width]

    def _reckon(self, width: int) -> tuple[QRect, QRect, QRect]:
        pad, top = em(self, 0.5), em(self, 0.35)
        tag_font = QFont(self.font())
        tag_font.setBold(True)
        tag = tag_size(QFontMetrics(tag_font), self._state) if self._state else QSize(0, 0)
        inner = max(1, width - 2 * pad)
        below = tag.width() > inner * 0.5  # large text in a narrow column: the state gets a line of its own
        room = inner if below or not self._state else inner - tag.width() - pad
        wrap = int(Qt.TextFlag.TextWordWrap)
        title = self.fontMetrics().boundingRect(QRect(0, 0, room, 10_000), wrap, self._title)
        title_place = QRect(pad, top, room, title.height())
        detail_place = QRect(pad, title_place.bottom() + 1, room, 0)
        if self._detail:
            needed = self.fontMetrics().boundingRect(QRect(0, 0, room, 10_000), wrap, self._detail)
            detail_place.setHeight(needed.height())
        words_end = max(title_place.bottom(), detail_place.bottom()) + 1
        if below:
            return title_place, detail_place, QRect(pad, words_end + 4, tag.width(), tag.height())
        height = max(ROW, words_end + top)
        spare = max(0, (height - top - words_end) // 2)
        title_place.translate(0, spare)
        detail_place.translate(0, spare)
        place = QRect(width - pad - tag.width(), (height - tag.height()) // 2, tag.width(), tag.height())
        return title_place, detail_place, place

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._forget_places()
            self.updateGeometry()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press it too: Qt asks the platform, and most say Space alone."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be pressed."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Stop showing it."""
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the row."""
        colours = colours_now()
        painter = QPainter(self)
        if self._chosen or (self.underMouse() and self.isEnabled()):
            painter.fillRect(self.rect(), QColor(colours.hover))
        if self._chosen:
            painter.fillRect(0, 0, max(4, em(self, 0.2)), self.height(), QColor(colours.selection))
        title, detail, tag = self._places(self.width())
        font = QFont(self.font())
        font.setUnderline(self.isEnabled() and not self._chosen)
        font.setBold(self._chosen)
        painter.setFont(font)
        painter.setPen(
            QColor(colours.hint if not self.isEnabled() else colours.text if self._chosen else colours.link)
        )
        painter.drawText(title, int(Qt.TextFlag.TextWordWrap), self._title)
        if self._detail:
            painter.setFont(self.font())
            painter.setPen(QColor(colours.hint))
            painter.drawText(detail, int(Qt.TextFlag.TextWordWrap), self._detail)
        if self._state:
            bold = QFont(self.font())
            bold.setBold(self._tone is not Tone.PLAIN)
            painter.setFont(bold)
            paint_tag(painter, tag, self._state, self._tone)
        painter.setPen(QColor(colours.line))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        painter.end()


class RowStack(QWidget):
    """Rows below each other without gaps: tasks, summary rows."""

    def __init__(self, *rows: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._rows: list[QWidget] = []
        self.set_rows(*rows)

    @property
    def rows(self) -> tuple[QWidget, ...]:
        """The rows, from the top."""
        return tuple(self._rows)

    def set_rows(self, *rows: QWidget) -> None:
        """Show these instead of the ones before, which are deleted."""
        before, self._rows = self._rows, list(rows)
        for row in before:
            self._column.removeWidget(row)
            if row not in self._rows:
                row.hide()
                row.deleteLater()
        for row in rows:
            self._column.addWidget(row)
        if self.isVisible():
            follow_reading_order(self.window())
