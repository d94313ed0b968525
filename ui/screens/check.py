"""S14: see it whole, own it, send it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ui.exchange import Exchange
from ui.models.rows import SIGN_AGAIN
from ui.say import Say
from ui.screens.form.identity import identity_of
from ui.shell.navigation import Navigator
from ui.shell.screen import Screen
from ui.style import Rank, Tone
from ui.tasks import Tasks
from ui.widgets.announce import announce
from ui.widgets.banners import Banner, Inset
from ui.widgets.buttons import Button, LinkButton
from ui.widgets.order import follow_reading_order
from ui.widgets.page import Page
from ui.widgets.summaries import SummaryRow
from ui.widgets.surfaces import Band
from ui.widgets.text import Body, HeadingThree, HeadingTwo, Hint
from workbook_desktop.domain import paths
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import ChangedSinceRead
from workbook_desktop.domain.ids import FieldPath, LinkId, RecordId
from workbook_desktop.domain.records import State, content_hash, content_of
from workbook_desktop.forms import check, summary, versions
from workbook_desktop.forms.definition import Kind
from workbook_desktop.forms.draft import is_unconfirmed
from workbook_desktop.forms.workings import Workings
from workbook_desktop.workspace.census_checks import CensusCheck
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import Kept, OpenRecord, Progress

WHEN_IT_GOES = "It will go when there is a connection. You can still change it until then."
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
        record, seen, desk = self._view.record, self._page.shown_hash, self._desk
        self._busy(True)
        self._tasks.run(self, lambda: desk.sign_off(record, seen), self._on_signed, self._on_refused)

    def _on_send(self) -> None:
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


class CheckPage(Page):
    """The record as it is read, with what is missing on top."""

    def __init__(
        self,
        view: OpenRecord,
        *,
        goes_to: str,
        change: Callable[[FieldPath], None],
        is_offline: bool,
        changed: bool,
        why_not: str,
        decide: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Check and finish", caption=view.form.name or view.form.title, parent=parent)
        self._view, self._change_at = view, change
        self.shown_hash = content_hash(content_of(view.body))
        shown = Workings(view.form, view.body, view.surroundings)
        found = check.problems(view.form, view.body, shown)
        self.problems = [(each.path, self._words(each, shown)) for each in found if each.severity == "must"]
        looks = self._looks([each for each in found if each.severity == "look"], shown)
        self._links: list[LinkButton] = []
        if changed:
            self.add(
                Banner(
                    Tone.WARNING,
                    "It changed while you were reading",
                    "What you see now is what stands. Read it again before you sign it off.",
                )
            )
        undecided = sum(each.chosen is None for each in view.conflicts)
        if undecided:
            count = "1 answer needs" if undecided == 1 else f"{undecided} answers need"
            banner = Banner(
                Tone.WARNING,
                f"{count} your decision",
                "It can be signed off when you have decided.",
                action="Decide",
                on_action=decide,
            )
            if banner.button is not None:
                banner.button.setObjectName("do:decide")
            self.add(banner)
        if not view.editable:
            self.add(Banner(Tone.INFO, "You can read this record", why_not))
        elif self.problems:
            count = "1 thing" if len(self.problems) == 1 else f"{len(self.problems)} things"
            self._add_links(f"Not finished yet: {count}", self.problems, Tone.WARNING)
        else:
            self.add(Banner(Tone.SUCCESS, "Nothing is missing", "Read it through, then sign it off."))
        if looks and view.editable:
            self._add_links("Look at these again", looks, Tone.INFO)
        self._census = Band(Tone.INFO, is_tinted=False)
        self._census.setObjectName("say:census")
        self.add(self._census)
        self._census.hide()
        self._add_severe(shown)
        for section in summary.rendered(view.form, view.body, view.family.people, workings=shown):
            self.add(HeadingTwo(section.title))
            where = ""
            for line in section.lines:
                if line.heading:
                    where = line.label
                    self.add(HeadingThree(line.label))
                else:
                    self._add_answer(line.label, line.shown, line.path, where)
        self._add_earlier()
        self.sign = Button("Sign off and send", Rank.PRIMARY, identifier="do:sign-off")
        self.send = Button("Send to the team, keep it open", identifier="do:send")
        self.keep = Button("Keep as draft", identifier="do:keep-draft")
        if view.editable:
            self.add(HeadingTwo("Finish"))
            to = f"{goes_to} (team manager), and the team around the family" if goes_to else "the team"
            self.add(Body(f"Goes to: {to}, in the {view.family.name} family’s file."))
            offline = "You are offline. " if is_offline else ""
            self.add(Inset(f"{offline}{WHEN_IT_GOES}", Tone.INFO))
            self.add(Hint("Signing off says that you wrote this and that it is right as it stands."))
            self.add_button(self.sign, self.send, self.keep)
        else:
            self.keep.setText("Back to my work")
            self.add_button(self.keep)

    @property
    def first_stop(self) -> QWidget | None:
        """Where the focus begins: at what is missing, else at the buttons."""
        if self._links:
            return self._links[0]
        return self.sign if self._view.editable else self.keep

    @property
    def problem_links(self) -> tuple[LinkButton, ...]:
        """The links to what is missing, in the order of the form."""
        return tuple(self._links)

    def say_census(self, found: tuple[CensusCheck, ...]) -> None:
        """Say what the census would refuse or ask about. It can be signed off all the same."""
        if not found:
            return
        self._census.add(HeadingTwo("Before it goes into the census"))
        several = len({each.who for each in found}) > 1
        for each in found:
            who = f"{each.who}: " if several else ""
            asks = "" if each.must else " The census asks about this; it may be right."
            self._census.add(Body(f"{who}{each.words}{asks}", selectable=True))
        self._census.add(Hint("You can sign off all the same."))
        self._census.show()

    def step_problem(self, by: int) -> None:
        """Put the focus on the next thing that is missing."""
        if not self._links:
            announce(self, "Nothing is missing")
            return
        here = next((place for place, link in enumerate(self._links) if link.hasFocus()), None)
        to = 0 if here is None else (here + by) % len(self._links)
        self._links[to].setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_links(self, title: str, problems: list[tuple[FieldPath, str]], tone: Tone) -> None:
        band = Band(tone, is_tinted=False)
        band.add(HeadingTwo(title))
        for path, words in problems:
            link = LinkButton(words, identifier=f"problem:{path}")
            link.wrap_text()
            link.clicked.connect(lambda *_, at=path: self._change_at(at))
            band.add(link)
            self._links.append(link)
        self.add(band)

    def _add_severe(self, shown: Workings) -> None:
        """List what must not be wrong, so that it is read by itself once."""
        form, body = self._view.form, self._view.body
        severe = [
            path
            for path in body.answers
            if (item := form.by_link_id.get(paths.link_id(path))) is not None  # not of an earlier form
            and item.severe
            and shown.shown(path)
            and item.kind is not Kind.DISPLAY
            and not is_unconfirmed(body.answers[path])
        ]
        if not severe or not self._view.editable:
            return
        self.add(HeadingTwo("These matter most"))
        self.add(Hint("Read each one again before you sign."))
        for path in severe:
            item = form.by_link_id[paths.link_id(path)]
            about = self._about(path, shown)
            label = f"{about}: {item.text}" if about else item.text
            value = summary.shown_value(item, body.answers[path])
            self._add_answer(label, value, path, "", name="severe")

    def _add_earlier(self) -> None:
        """Show what a later version of the form no longer asks for: it stays with the record."""
        lines = versions.earlier(self._view.form, self._view.body)
        if not lines:
            return
        self.add(HeadingTwo("From the earlier form"))
        self.add(Hint("The form no longer asks for these answers. They stay with the record."))
        for line in lines:
            self.add(SummaryRow(line.label, line.shown, action=""))

    def _add_answer(
        self, label: str, value: str, path: FieldPath, where: str, *, name: str = "change"
    ) -> None:
        action = "Change" if self._view.editable else ""
        row = SummaryRow(label, value, action=action, context=f"{label} {where}".strip())
        if row.action is not None:
            row.action.setObjectName(f"{name}:{path}")
            row.action.setAccessibleIdentifier(f"{name}:{path}")
        row.changed.connect(lambda: self._change_at(path))
        self.add(row)

    def _looks(self, found: list[check.Problem], shown: Workings) -> list[tuple[FieldPath, str]]:
        """Return what to look at again; what was filled in together, in one row, is one line."""
        rows: dict[FieldPath, list[check.Problem]] = {}
        for each in found:
            row = paths.parent_row(each.path)
            if row and each.code == "copied":
                rows.setdefault(row, []).append(each)
        together = {problem.path: listed for listed in rows.values() if len(listed) > 1 for problem in listed}
        looks = []
        for each in found:
            listed = together.get(each.path)
            if listed is None:
                looks.append((each.path, self._words(each, shown)))
            elif each is listed[0]:
                about = self._about(each.path, shown)
                words = f"{len(listed)} answers were copied or filled in: read them again before signing off"
                looks.append((each.path, f"{about}: {words}"))
        return looks

    def _words(self, problem: check.Problem, shown: Workings) -> str:
        item = self._view.form.by_link_id[problem.link_id]
        return check.words(problem, item, self._about(problem.path, shown))

    def _about(self, path: FieldPath, shown: Workings) -> str:
        row = paths.parent_row(path)
        if not row:
            return ""
        item = self._view.form.by_link_id[paths.link_id(row)]
        rows = shown.rows(paths.parent_row(row), item.link_id)
        names = {f"Person/{each.id}": each.name for each in self._view.family.people}
        return summary.row_title(item, self._view.body, row, rows.index(row) + 1 if row in rows else 1, names)


class SentPage(Page):
    """It is on its way: what happens next."""

    def __init__(
        self, title: str, text: str, view: OpenRecord, when: str, managers: str, signed: bool
    ) -> None:
        super().__init__(title, caption=view.form.name or view.form.title)
        self._of = view.form.name or view.form.title
        self._standing = QWidget()
        column = QVBoxLayout(self._standing)
        column.setContentsMargins(0, 0, 0, 0)
        self._banner = Banner(Tone.SUCCESS, text, when)
        column.addWidget(self._banner)
        self._said = ""
        self.add(self._standing)
        self._next = (
            HeadingTwo("What happens next"),
            Body("It is safe on this laptop. When there is a connection it is sent to the office."),
        )
        self.add(*self._next)
        readers = f"{managers} (team manager) and the team" if managers else "The team"
        self.add(Body(f"{readers} can read it in the {view.family.name} family’s file once it has arrived."))
        if signed:
            words = "What is signed off is not altered. What comes later goes into a record of its own."
            self.add(Body(words))
        else:
            self.add(
                Body(
                    "You can go on writing in it. What you change is a draft again, until you send it again."
                )
            )
        self.family = Button(
            f"Back to the {view.family.name} family", Rank.PRIMARY, identifier="do:back-to-family"
        )
        self.home = Button("My work", identifier="do:home")
        self.sending = Button("Sending", identifier="do:sending")
        self.take_back = Button("Take it back", identifier="do:take-back")
        self.add_button(self.family, self.home, self.sending, self.take_back)

    def follow(
        self, tone: Tone, title: str, text: str, action: str = "", act: Callable[[], None] | None = None
    ) -> None:
        """Say what became of it, in place of what was said when it was released; once."""
        if title == self._said:
            return
        self._said = title
        column = self._standing.layout()
        assert column is not None
        old, self._banner = self._banner, Banner(tone, title, text, action=action, on_action=act)
        column.removeWidget(old)
        old.hide()
        old.deleteLater()
        column.addWidget(self._banner)
        if self._banner.button is not None:
            self._banner.button.setObjectName("do:follow")
        self.set_title(title, self._of)
        for each in self._next:
            each.hide()
        if self.take_back.hasFocus():
            self.family.setFocus(Qt.FocusReason.OtherFocusReason)
        self.take_back.setEnabled(False)
        follow_reading_order(self.window())
        self._banner.speak()

    def say_gone(self) -> None:
        """Say that it cannot be taken back any more."""
        self.take_back.setEnabled(False)
        banner = Banner(Tone.INFO, "It is already on its way", "It cannot be taken back any more.")
        self.add(banner)
        banner.speak()


def _to(change: Callable[[FieldPath], None], path: FieldPath) -> Callable[[], None]:
    return lambda: change(path)


__all__ = ["CheckPage", "CheckScreen", "SentPage"]
