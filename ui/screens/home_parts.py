"""The parts of the home page: numbers that lead somewhere, and what is due with how it was worked out."""

from __future__ import annotations

from zlib import crc32

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QShortcut,
)
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from ui.models.lists import PageList
from ui.models.rows import due_row
from ui.say import Say
from ui.style import Tone, colours_now, em
from ui.style.drawing import box
from ui.widgets import (
    Band,
    Body,
    Button,
    EmptyState,
    HeadingTwo,
    Hint,
    LinkButton,
    Row,
    Strong,
    announce,
    follow_reading_order,
)
from workbook_desktop.workspace.views import Due, Home

_AT_FIRST = 20  # rows: a manager's team has many more
_OFFICE_ONLY = "The office has this date. Nothing on this laptop says how it was worked out."
_NONE_DUE = "Nothing is late, and nothing is due today or within a week."
_STILL = "What is late or due is still being worked out."
_STILL_MORE = "There may be more: dates are still being worked out."
_HOW, _HIDE = "How this date was worked out  Alt+W", "Hide how it was worked out  Alt+W"


class CountCard(QAbstractButton):
    """A number and what it counts, as one large link. Quiet at nought."""

    def __init__(self, what: str, tone: Tone, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._tone = "", tone
        self._count: int | None = 0  # None: not known yet
        self.setObjectName(f"card:{what}")
        self.setAccessibleIdentifier(f"card:{what}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)

    def say(self, count: int, words: str) -> None:
        """Show a number and its words."""
        self._count, self._words = count, words
        self.setAccessibleName(f"{count} {words[0].lower()}{words[1:]}")
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the number above the words, or beside them."""
        return QSize(em(self, 10), max(44, em(self, 2.7)))

    def minimumSizeHint(self) -> QSize:
        """Return the least."""
        return QSize(em(self, 8), self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.updateGeometry()

    def say_later(self, words: str) -> None:
        """Show words in place of a number that is not known yet."""
        self._count, self._words = None, words
        self.setAccessibleName(words)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press it too: Qt asks the platform, and most say Space alone."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be pressed."""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Stop showing it."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card."""
        colours = colours_now()
        shade = colours.shade(self._tone if self._count else Tone.PLAIN)
        painter = QPainter(self)
        edge = shade.edge if self._count else colours.line
        ground = colours.hover if self.underMouse() else shade.ground if self._count else colours.surface
        box(painter, self.rect(), QColor(ground), QColor(edge), 1.0, 6.0)
        if self._count:
            painter.fillRect(0, 0, max(6, em(self, 0.3)), self.height(), QColor(edge))
        big = QFont(self.font())
        big.setPointSizeF(big.pointSizeF() * 1.75)
        big.setBold(True)
        painter.setFont(big)
        painter.setPen(QColor(shade.ink if self._count else colours.hint))
        left = em(self, 0.9)
        number = "…" if self._count is None else str(self._count)
        wide = QFontMetrics(big).horizontalAdvance(number)
        area = QRect(left, 0, wide, self.height())
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), number)
        words = QFont(self.font())
        words.setUnderline(bool(self._count))
        painter.setFont(words)
        rest = QRect(
            left + wide + em(self, 0.6), 0, self.width() - left - wide - em(self, 0.9), self.height()
        )
        flags = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(rest, flags, self._words)
        painter.end()


class DueBlock(QWidget):
    """Late, today, soon: one list, its current row explained on demand. The list keeps the focus."""

    opened = Signal(object)  # Due

    def __init__(self, say: Say) -> None:
        super().__init__()
        self._say = say
        self._home: Home | None = None
        self._by_key: dict[str, Due] = {}
        self._shows_all = False
        self._shown_for = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, em(self, 0.3), 0, 0)
        column.addWidget(HeadingTwo("Late, today and soon"))
        self.list = PageList("due", "Late, today and soon")
        self.list.opened.connect(lambda key: self.opened.emit(self._by_key[key]))
        self.list.looked_at.connect(self._on_row)
        self._empty = EmptyState(_NONE_DUE, icon_name="circle-check")
        self._looking = EmptyState(_STILL, icon_name="hourglass")
        self._all = LinkButton("Show all", hidden_context="that is late, due today or soon")
        self._all.setObjectName("do:all-due")
        self._all.clicked.connect(lambda *_: self._show_all())
        self._how = Button(_HOW, identifier="do:how-due", icon_name="circle-question-mark")
        self._how.setAccessibleName("How this date was worked out")
        self._how.clicked.connect(lambda *_: self._turn())
        key = QShortcut(QKeySequence("Alt+W"), self)
        key.activated.connect(self._turn)
        self._steps = Band(Tone.NEUTRAL)
        self._words: QWidget | None = None
        self._others = Hint()
        self._still = Hint(_STILL_MORE)
        self._still.setObjectName("say:due-still")
        for widget in (
            self.list,
            self._empty,
            self._looking,
            self._still,
            self._all,
            self._how,
            self._steps,
            self._others,
        ):
            column.addWidget(widget)
        self._steps.hide()

    @property
    def has_rows(self) -> bool:
        """Whether anything is due."""
        return bool(self._by_key)

    def show_dues(self, home: Home) -> None:
        """Show these. The worker stays on the row, and what was explained stays open."""
        self._home = home
        late = [each for each in home.due if each.on < home.today]
        today = [each for each in home.due if each.on == home.today]
        parts = (("Late", late), ("Today", today), ("Within a week", list(home.soon)))
        rows: list[Row] = []
        self._by_key = {}
        left = len(home.due) + len(home.soon) if self._shows_all else _AT_FIRST
        for heading, dues in parts:
            shown = dues[: max(left, 0)]
            left -= len(shown)
            if shown:
                rows.append(Row(key=f"heading:{heading}", title=heading, is_heading=True))
            for due in shown:
                key = self._key(due)
                self._by_key[key] = due
                rows.append(due_row(due, key, home.today, self._say))
        self.list.set_rows(rows)
        self.list.setVisible(bool(rows))
        # Nought would be a promise while dates are still worked out.
        self._empty.setVisible(not rows and not home.behind)
        self._looking.setVisible(not rows and bool(home.behind))
        self._still.setVisible(bool(rows) and bool(home.behind))
        count = len(home.due) + len(home.soon)
        self._all.setText(f"Show all {count}")
        self._all.setVisible(count > len(self._by_key))
        others = home.others_due
        self._others.setText(
            f"{others} more, late or due today, {'is' if others == 1 else 'are'} a colleague’s duty: "
            "on the families’ pages."
        )
        self._others.setVisible(bool(others))
        self._on_row(self.list.current_key)

    def _key(self, due: Due) -> str:
        # Where a worker was is remembered through a lock, by ids and numbers alone.
        what = crc32(f"{due.who}:{due.what}".encode())
        key = f"due:{due.family}:{due.person or ''}:{what}"
        while key in self._by_key:
            key += "+"
        return key

    def _show_all(self) -> None:
        self._shows_all = True
        if self._home is not None:
            self.show_dues(self._home)
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_row(self, key: str) -> None:
        """Offer what can be explained; what is open is that of the row one is on."""
        due = self._by_key.get(key)
        self._how.setVisible(self.has_rows)
        if self._words is not None and key != self._shown_for:
            if due is not None:
                self._explain(key, due)
            else:
                self._cover()

    def _turn(self) -> None:
        key = self.list.current_key
        due = self._by_key.get(key)
        if self._words is not None or due is None:
            self._cover()
            return
        self._explain(key, due)
        announce(self, " ".join(_steps(due)))

    def _explain(self, key: str, due: Due) -> None:
        self._cover()
        self._shown_for = key
        self._words = QWidget()
        column = QVBoxLayout(self._words)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(em(self, 0.2))
        column.addWidget(Strong(f"{due.who} – {due.what}"))
        for step in _steps(due):
            column.addWidget(Body(step, selectable=True))
        self._steps.add(self._words)
        self._steps.show()
        self._how.setText(_HIDE)
        if self.isVisible():
            follow_reading_order(self.window())
            QTimer.singleShot(0, self, self._bring_into_view)  # once it is laid out

    def _bring_into_view(self) -> None:
        area = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if isinstance(area, QScrollArea) and self._steps.isVisible():
            area.ensureWidgetVisible(self._steps, 0, em(self))

    def _cover(self) -> None:
        if self._words is None:
            return
        self._steps.column.removeWidget(self._words)
        self._words.hide()
        self._words.deleteLater()
        self._words, self._shown_for = None, ""
        self._steps.hide()
        self._how.setText(_HOW)


def _steps(due: Due) -> tuple[str, ...]:
    steps = due.steps or (_OFFICE_ONLY,)
    return (f"This date moved. {due.moved}", *steps) if due.moved else steps
