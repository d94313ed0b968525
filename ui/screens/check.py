"""S14: see it whole, own it, send it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from ui.exchange import Exchange
from ui.models.rows import SIGN_AGAIN
from ui.say import Say
from ui.screens.check_page import WHEN_IT_GOES, CheckPage
from ui.screens.check_sent import SentPage
from ui.screens.form.identity import identity_of
from ui.shell.navigation import Navigator
from ui.shell.screen import Screen
from ui.style import Tone
from ui.tasks import Tasks
from ui.widgets.announce import announce
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import ChangedSinceRead
from workbook_desktop.domain.ids import FieldPath, LinkId, RecordId
from workbook_desktop.domain.records import State
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import Kept, OpenRecord, Progress

WHEN_SIGNED = "It will go when there is a connection. Until then you can take it back and change it."


class CheckScreen(Screen):
    """A record before it is sent: what is missing, every answer, where it goes, and the three ways on."""

    def __init__(
        self,
        view: OpenRecord,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
        *,
        clock: Clock,
        exchange: Exchange | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("screen:check")
        self.setAccessibleIdentifier("screen:check")
        self._view, self._desk, self._tasks, self._say, self._go = view, desk, tasks, say, go
        self._clock, self._exchange = clock, exchange
        self._stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self._sent = False
        self._page = self._show(view)
        go.identity(identity_of(view, clock.today()))
        go.title(f"Check and finish – {view.form.name or view.form.title}")

    # -- what the window asks ------------------------------------------------------------------------------

    def begin(self) -> None:
        """Begin at the top: what is missing first."""
        self._page.verticalScrollBar().setValue(0)
        announce(self, self._page.heading.text())
        first = self._page.first_stop
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, records: tuple[RecordId, ...]) -> None:
        """Show the record again if it is another by now, and say so."""
        if records and self._view.record not in records:
            return
        record, desk = self._view.record, self._desk
        if self._sent:
            self._tasks.run(self, lambda: desk.open(record), self._follow, self._say.error)
            return
        self._tasks.run(self, lambda: desk.open_to_check(record), self._on_opened_again, self._say.error)

    def next_problem(self) -> None:
        """F8."""
        self._page.step_problem(1)

    def previous_problem(self) -> None:
        """Shift+F8."""
        self._page.step_problem(-1)

    # -- acts ----------------------------------------------------------------------------------------------

    def _on_sign_off(self) -> None:
        problems = self._page.problems
        if problems:
            self._page.summary.show_problems([(words, _to(self._change, path)) for path, words in problems])
            self._page.verticalScrollBar().setValue(0)
            return
        if any(each.chosen is None for each in self._view.conflicts):
            self._go.conflicts(self._view.record)
            return
        if self._tells_an_address():
            return
        record, seen, desk = self._view.record, self._page.shown_hash, self._desk
        self._busy(True)
        self._tasks.run(self, lambda: desk.sign_off(record, seen), self._on_signed, self._on_refused)

    def _tells_an_address(self) -> bool:
        """Say so, if nobody has decided about it: it must not go unseen."""
        why = self._page.why_not_yet
        if why:
            self._page.summary.show_problems([(why, self._page.told_box)])
            self._page.verticalScrollBar().setValue(0)
        return bool(why)

    def _on_send(self) -> None:
        if self._tells_an_address():
            return
        record, desk = self._view.record, self._desk
        self._busy(True)
        self._tasks.run(self, lambda: desk.send(record), self._on_released, self._on_refused)

    def _on_signed(self, kept: Kept) -> None:
        self._go.changed()
        self._confirm("Signed off", "It is signed off and ready to send.", signed=True)

    def _on_released(self, kept: Kept) -> None:
        self._go.changed()
        self._confirm("Ready to send", "It goes to the team and stays open, so you can go on writing in it.")

    def _on_refused(self, error: Exception) -> None:
        self._busy(False)
        if isinstance(error, ChangedSinceRead):
            self.refresh((self._view.record,))
            return
        self._say.error(error)

    def _on_opened_again(self, view: OpenRecord) -> None:
        if view.body == self._view.body and view.conflicts == self._view.conflicts:
            self._view = view
            self._busy(False)
            return
        changed = view.body != self._view.body
        self._view = view
        self._page = self._show(view, changed=changed)
        self.begin()

    def _confirm(self, title: str, text: str, *, signed: bool = False) -> None:
        self._sent = True
        page = SentPage(
            title, text, self._view, WHEN_SIGNED if signed else WHEN_IT_GOES, self._managers(), signed
        )
        family, record = self._view.family.id, self._view.record
        page.family.clicked.connect(lambda: self._go.family(family))
        page.home.clicked.connect(self._go.home)
        page.sending.clicked.connect(self._go.sending)
        page.take_back.clicked.connect(lambda: self._on_take_back(record))
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        self._go.title(f"{title} – {self._view.form.name or self._view.form.title}")
        announce(self, f"{title}. {text}", assertive=True)
        page.family.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow(self, view: OpenRecord) -> None:
        """Say what became of it: it arrived, was not accepted, or waits for a decision or a signature."""
        page = self._stack.currentWidget()
        if not self._sent or not isinstance(page, SentPage):
            return
        record = view.record
        if any(each.chosen is None for each in view.conflicts):
            words = "Two people changed the same thing. Both texts are safe. Until you decide it is not done."
            page.follow(
                Tone.WARNING, "Needs your decision", words, "Decide", lambda: self._go.conflicts(record)
            )
        elif view.sign_off_dropped:
            page.follow(
                Tone.WARNING,
                "It is not signed off",
                f"{SIGN_AGAIN}: sign it off again.",
                "Read it again and sign it off",
                lambda: self._begin_again(view),
            )
        elif view.progress is Progress.NOT_ACCEPTED:
            words = "The office did not take it as it is. Nothing in it is lost."
            page.follow(Tone.ERROR, "Not accepted", words, "See why", self._go.sending)
        elif view.progress is Progress.AT_OFFICE:
            signed = " It is signed off." if view.state is State.SIGNED_OFF else ""
            page.follow(Tone.SUCCESS, "Arrived at the office", f"The office has taken it.{signed}")

    def _begin_again(self, view: OpenRecord) -> None:
        self._sent = False
        self._view = view
        self._page = self._show(view)
        self.begin()

    def _on_take_back(self, record: RecordId) -> None:
        desk = self._desk
        self._tasks.run(self, lambda: desk.hold_back(record), self._on_taken_back, self._say.error)

    def _on_taken_back(self, held: bool) -> None:
        self._go.changed()
        if held:
            announce(self, "Taken back. It is a draft again")
            self._go.record(self._view.record)
            return
        page = self._stack.currentWidget()
        if isinstance(page, SentPage):
            page.say_gone()

    def _change(self, path: FieldPath) -> None:
        # A form takes the path of an answer where it takes a section: it opens there, at the answer.
        self._go.record(self._view.record, LinkId(path))

    def _busy(self, busy: bool) -> None:
        for button in (self._page.sign, self._page.send):
            button.setEnabled(not busy)

    def _managers(self) -> str:
        return ", ".join(each.name for each in self._view.workers if each.is_manager)

    def _show(self, view: OpenRecord, *, changed: bool = False) -> CheckPage:
        is_offline = self._exchange is not None and self._exchange.status.phase == "offline"
        page = CheckPage(
            view,
            goes_to=self._managers(),
            change=self._change,
            is_offline=is_offline,
            changed=changed,
            why_not=self._say.why_not(view.why_not),
            decide=lambda: self._go.conflicts(view.record),
        )
        page.sign.clicked.connect(self._on_sign_off)
        page.send.clicked.connect(self._on_send)
        page.keep.clicked.connect(self._go.home)
        for old in [self._stack.widget(place) for place in range(self._stack.count())]:
            if old is None:
                continue
            self._stack.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        if view.editable:
            record, desk = view.record, self._desk
            # What cannot be asked is no reason to keep a record from being checked.
            self._tasks.run(page, lambda: desk.census(record), page.say_census, lambda error: None)
        return page


def _to(change: Callable[[FieldPath], None], path: FieldPath) -> Callable[[], None]:
    return lambda: change(path)
