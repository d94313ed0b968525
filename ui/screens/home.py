"""S3, home: today, what is late, what is unsent, in one look."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from ui.exchange import Exchange
from ui.models.columns import Columns
from ui.models.lists import PageList
from ui.models.rows import colleague_row, due_row, own_row
from ui.say import Say, full_date
from ui.shell.navigation import Navigator
from ui.shell.screen import Screen
from ui.style import Tone, colours_now, em
from ui.style.drawing import box
from ui.tasks import Tasks
from ui.widgets import (
    WIDE,
    Button,
    EmptyState,
    FlowLayout,
    HeadingTwo,
    Hint,
    Page,
    Rank,
)
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import Home, Progress


class CountCard(QAbstractButton):
    """A number and what it counts, as one large link. Quiet at nought."""

    def __init__(self, what: str, tone: Tone, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._tone, self._count = "", tone, 0
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
        number = str(self._count)
        wide = QFontMetrics(big).horizontalAdvance(number)
        area = QRect(left, 0, wide, self.height())
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), number)
        words = QFont(self.font())
        words.setUnderline(self._count > 0)
        painter.setFont(words)
        rest = QRect(
            left + wide + em(self, 0.6), 0, self.width() - left - wide - em(self, 0.9), self.height()
        )
        flags = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(rest, flags, self._words)
        painter.end()


class HomeScreen(Screen):
    """The worker's day."""

    def __init__(
        self,
        home: Home,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
        *,
        clock: Clock,
        exchange: Exchange,
    ) -> None:
        super().__init__()
        self._desk, self._tasks, self._say, self._go = desk, tasks, say, go
        self._clock, self._exchange = clock, exchange
        self._home = home
        self._is_loading = self._load_again = False
        self.setObjectName("screen:home")
        self.setAccessibleIdentifier("screen:home")
        go.title("My work")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        self.page = Page("My work", letters=WIDE)
        rows.addWidget(self.page)
        self.decisions = CountCard("decisions", Tone.WARNING)
        self.not_accepted = CountCard("not-accepted", Tone.ERROR)
        self.waiting = CountCard("waiting", Tone.INFO)
        cards = (self.decisions, self.not_accepted, self.waiting)
        self._cards = Columns(cards, least=8.5, most=3, all_or_one=True)
        self.decisions.clicked.connect(self._decide)
        self.not_accepted.clicked.connect(lambda *_: go.sending())
        self.waiting.clicked.connect(lambda *_: go.sending())
        new = Button("&New record…  Ctrl+N", Rank.PRIMARY, identifier="do:new-record", icon_name="plus")
        new.setAccessibleName("New record")
        new.clicked.connect(lambda *_: go.new_record())
        caseload = Button("C&aseload", identifier="do:caseload")
        caseload.clicked.connect(lambda *_: go.caseload())
        acts = QWidget()
        flow = FlowLayout(acts, gap=0.7)
        flow.addWidget(new)
        flow.addWidget(caseload)
        self.due = PageList("due", "Today and late")
        self.work = PageList("work", "Drafts, and what waits")
        self.recent = PageList("recent", "What colleagues changed")
        self.due.opened.connect(self._open_due)
        self.work.opened.connect(self._open_work)
        self.recent.opened.connect(lambda key: go.record(RecordId(key)))
        self._no_due = EmptyState("Nothing is due today and nothing is late.", icon_name="circle-check")
        self._no_work = EmptyState(
            "Nothing of yours is under way. A new record is kept here from its first word.",
            icon_name="file-text",
        )
        self._no_recent = EmptyState("No colleague has changed anything lately.", icon_name="users")
        self._as_at = Hint()
        self.page.add(self._cards, acts)
        for title, listed, empty in (
            ("Today and late", self.due, self._no_due),
            ("Drafts, and what waits", self.work, self._no_work),
            ("What colleagues changed", self.recent, self._no_recent),
        ):
            part = QWidget()
            column = QVBoxLayout(part)
            column.setContentsMargins(0, em(self, 0.3), 0, 0)
            column.addWidget(HeadingTwo(title))
            if listed is self.recent:
                column.addWidget(self._as_at)
            column.addWidget(listed)
            column.addWidget(empty)
            self.page.add(part)
        self._show(home)

    def begin(self) -> None:
        """Start where the day does: what is due, or the first card."""
        self.page.arrive()
        first = self.due if self._home.due else self.work if self._home.work else None
        if first is not None and not (self._home.decisions or self._home.not_accepted):
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, records: tuple[RecordId, ...]) -> None:
        """Ask again; many askings at once are one."""
        if self._is_loading:
            self._load_again = True
            return
        self._is_loading = True
        self._tasks.run(self, self._desk.home, self._reloaded, self._not_reloaded)

    def exchange_changed(self) -> None:
        """Say how old the lists are while the office cannot be reached."""
        self._say_age()

    def _reloaded(self, home: Home) -> None:
        self._is_loading = False
        self._show(home)
        if self._load_again:
            self._load_again = False
            self.refresh(())

    def _not_reloaded(self, error: Exception) -> None:
        self._is_loading = self._load_again = False
        self._say.error(error)

    def _show(self, home: Home) -> None:
        self._home = home
        self.page.set_title("My work", f"{full_date(home.today)} – {home.worker.name}")
        self.decisions.say(
            home.decisions, "Needs your decision" if home.decisions == 1 else "Need your decision"
        )
        self.not_accepted.say(home.not_accepted, "Not accepted")
        self.waiting.say(home.waiting, "Waiting to send")
        self.due.set_rows([due_row(each, at, home.today, self._say) for at, each in enumerate(home.due)])
        self.work.set_rows([own_row(each, self._say) for each in home.work])
        self.recent.set_rows([colleague_row(each, self._say) for each in home.recent])
        for listed, empty in (
            (self.due, self._no_due),
            (self.work, self._no_work),
            (self.recent, self._no_recent),
        ):
            listed.setVisible(bool(listed.rows))
            empty.setVisible(not listed.rows)
        self._say_age()

    def _say_age(self) -> None:
        away = self._exchange.status.phase in ("offline", "needs-sign-in", "not-the-ics", "paused")
        at = self._home.as_at
        if at is None:
            self._as_at.setText("The office has not been reached from this laptop yet.")
        elif away:
            self._as_at.setText(f"As at {self._say.moment(at)}, when the office was last reached.")
        self._as_at.setVisible(away or at is None)

    def _decide(self) -> None:
        if self._home.decisions:
            self._go.conflicts()
        else:
            self._go.sending()

    def _open_due(self, key: str) -> None:
        due = self._home.due[int(key.partition(":")[2])]
        self._go.family(due.family, due.person)

    def _open_work(self, key: str) -> None:
        record = RecordId(key)
        row = next((each for each in self._home.work if each.record == record), None)
        if row is not None and row.progress is Progress.NEEDS_DECISION:
            self._go.conflicts(record)
        else:
            self._go.record(record)
