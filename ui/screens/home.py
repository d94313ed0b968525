"""S3, home: today, what is late, what is unsent, in one look."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.asking import Asking
from ui.exchange import Exchange
from ui.models.columns import Columns
from ui.models.lists import PageList
from ui.models.rows import colleague_row, own_row, to_read_row
from ui.say import Say, full_date
from ui.screens.home_parts import CountCard, DueBlock
from ui.shell.navigation import Navigator
from ui.shell.screen import Screen
from ui.style import Tone, em
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
    announce,
)
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import Due, Home, Progress

_NO_NOTES = "Nothing to read now."
_LOOKING = "Still being looked through: what you are asked to read will stand here."
_FIRST_ROWS = 6.0  # em: the heading and the first row of a list


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
        self._desk, self._say, self._go = desk, say, go
        self._clock, self._exchange = clock, exchange
        self._home = home
        self._asking = Asking(self, tasks, self._show, say.error)
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
        self.unread = CountCard("to-read", Tone.WARNING)
        # Four beside each other, two and two, or one below the other.
        pairs = ((self.decisions, self.not_accepted), (self.waiting, self.unread))
        self._cards = Columns([Columns(pair, least=8.5, most=2) for pair in pairs], least=17, most=2)
        self.unread.clicked.connect(self._to_notes)
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
        self.notes = PageList("to-read", "Please read")
        self.notes.opened.connect(lambda key: go.family(FamilyId(key)))
        self.due = DueBlock(say)
        self.work = PageList("work", "Drafts, and what waits")
        self.recent = PageList("recent", "What colleagues changed")
        self.due.opened.connect(self._open_due)
        self.work.opened.connect(self._open_work)
        self.recent.opened.connect(lambda key: go.record(RecordId(key)))
        self._no_notes = Hint(_NO_NOTES)
        self._no_work = EmptyState(
            "Nothing of yours is under way. A new record is kept here from its first word.",
            icon_name="file-text",
        )
        self._no_recent = EmptyState("No colleague has changed anything lately.", icon_name="users")
        self._as_at = Hint()
        self.page.add(self._cards, acts, self.due, self._notes_part())
        for title, listed, empty in (
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
        read = QShortcut(QKeySequence("Ctrl+Shift+R"), self)
        read.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        read.activated.connect(self._to_notes)
        self._show(home)

    def _notes_part(self) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, em(self, 0.3), 0, 0)
        self._notes_heading = HeadingTwo("Please read")
        column.addWidget(self._notes_heading)
        column.addWidget(self.notes)
        column.addWidget(self._no_notes)
        return part

    def _to_notes(self) -> None:
        """Go to what is to be read, on this page; or to where it would stand."""
        if self.notes.rows:
            self.notes.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            announce(self, self._no_notes.text())

    def begin(self) -> None:
        """Start at the top; and where the day does, in what is due, if that is seen from there."""
        self.page.arrive()
        QTimer.singleShot(0, self, self._start)  # once it is laid out

    def _start(self) -> None:
        first = self.due.list if self.due.has_rows else self.work if self._home.work else None
        if first is None or self._home.decisions or self._home.not_accepted:
            return
        top = first.mapTo(self.page.viewport(), first.rect().topLeft()).y()
        if top + em(self, _FIRST_ROWS) > self.page.viewport().height():
            return
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        QTimer.singleShot(0, self, lambda: self.page.verticalScrollBar().setValue(0))

    def refresh(self, records: tuple[RecordId, ...]) -> None:
        """Ask again."""
        self._asking.ask(self._desk.home)

    def caught_up(self) -> None:
        """Show the dates and notes that are worked out now."""
        self.refresh(())

    def exchange_changed(self) -> None:
        """Say how old the lists are while the office cannot be reached."""
        self._say_age()

    def _show(self, home: Home) -> None:
        self._home = home
        caption = f"{full_date(home.today)} – {home.worker.name}"
        if home.behind:
            of = "1 family" if home.behind == 1 else f"{home.behind} families"
            caption += f" – dates and notes of {of} are still being worked out"
        self.page.set_title("My work", caption)
        self.decisions.say(
            home.decisions, "Needs your decision" if home.decisions == 1 else "Need your decision"
        )
        self.not_accepted.say(home.not_accepted, "Not accepted")
        self.waiting.say(home.waiting, "Waiting to send")
        unread = sum(each.count for each in home.to_read)
        if home.behind and not unread:  # nought would be a promise
            self.unread.say_later("To read: still being looked through")
        else:
            self.unread.say(unread, "To read, so far" if home.behind else "To read")
        self._no_notes.setText(_LOOKING if home.behind else _NO_NOTES)
        self.notes.set_rows([to_read_row(each, self._say) for each in home.to_read])
        self._notes_heading.setVisible(bool(home.to_read))
        self.due.show_dues(home)
        self.work.set_rows([own_row(each, self._say) for each in home.work])
        self.recent.set_rows([colleague_row(each, self._say) for each in home.recent])
        for listed, empty in (
            (self.notes, self._no_notes),
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

    def _open_due(self, due: Due) -> None:
        self._go.family(due.family, due.person)

    def _open_work(self, key: str) -> None:
        record = RecordId(key)
        row = next((each for each in self._home.work if each.record == record), None)
        if row is not None and row.progress is Progress.NEEDS_DECISION:
            self._go.conflicts(record)
        elif row is not None and row.waits_for_signature:
            self._go.check(record)
        else:
            self._go.record(record)
