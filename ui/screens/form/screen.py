"""S6 and S7: a record's form, a section at a time. The sheet knows the answers; this knows the layout."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, MutableMapping
from datetime import datetime

import shiboken6
from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ui.fields import FieldContext
from ui.say import Say
from ui.screens.form.contents import Contents, ContentsButton, Entry, width_of_list
from ui.screens.form.earlier import EARLIER, EarlierPage
from ui.screens.form.earlier import TITLE as EARLIER_TITLE
from ui.screens.form.identity import identity_of
from ui.screens.form.keeping import Keeper
from ui.screens.form.notices import ORDER, conflict_words, notices_of
from ui.screens.form.reading import ReadingPage
from ui.screens.form.refused import RefusedBand, words_not_in
from ui.screens.form.section import SectionPage
from ui.screens.form.trial import OpenForm, trial_of
from ui.shell.navigation import Navigator
from ui.shell.screen import Caret, Screen, caret_of, put_caret
from ui.style import Tone, em
from ui.tasks import Tasks
from ui.widgets.announce import announce
from ui.widgets.banners import Banner
from workbook_desktop.domain import paths
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import DiskFull, Refused, WorkbookError
from workbook_desktop.domain.ids import FieldPath, LinkId, NewId, RecordId, new_ids
from workbook_desktop.domain.records import Body, Empty, State
from workbook_desktop.forms import check, summary
from workbook_desktop.forms.definition import Form, Section
from workbook_desktop.forms.sheet import Change, Sheet
from workbook_desktop.forms.surroundings import NOWHERE, Surroundings
from workbook_desktop.forms.versions import earlier
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import KnownDifference, OpenRecord

NARROW = 1000  # px of the window: below, the list of sections is one button
LARGE_TEXT = 1.3
_STATES_AFTER = 400  # ms after the last change: the list of sections is counted again

AnyPage = SectionPage | ReadingPage | EarlierPage


class FormScreen(Screen):
    """A record being written, or read. It keeps what is typed without being asked."""

    def __init__(
        self,
        view: OpenRecord,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
        *,
        clock: Clock,
        section: LinkId | None = None,
        new_id: NewId | None = None,
        left: MutableMapping[RecordId, Caret] | None = None,
    ) -> None:
        """Show an open record.

        Args:
            section: where to begin: a section, or the path of an answer in one (then its problem shows too).
            new_id: names new rows; by default from the clock and the computer's chance.
            left: where the worker was in each record, kept by the window; by default nothing is remembered.
        """
        super().__init__()
        self.setObjectName("screen:form")
        self.setAccessibleIdentifier("screen:form")
        self._view, self._desk, self._tasks, self._say, self._go = view, desk, tasks, say, go
        self._clock, self._left = clock, left
        self._asked_for = section
        self._sheet = Sheet(
            view.form,
            view.body,
            by=desk.worker.id,
            now=lambda: clock.now().isoformat(),
            new_id=new_id or new_ids(clock.now, secrets.randbits),
            surroundings=view.surroundings,
        )
        self._context = FieldContext(
            clock=clock,
            people=(*view.family.children, *(each for each in view.family.people if not each.is_child)),
            workers=view.workers,
            mark_optional=any(item.required for item in view.form.walk()),
        )
        self._copied_from: dict[FieldPath, str] = {}
        self._pages: dict[LinkId, AnyPage] = {}
        self._rendered = {} if view.editable else self._render()
        self._here: LinkId | None = None
        self._told: tuple[tuple[FieldPath, str], ...] = ()  # what is wrong here, and has been said
        self._shows_problems = section is not None and section not in {each.id for each in self._sections}
        self._asking_again = False
        self._earlier = earlier(view.form, view.body)
        self._alarm: Banner | None = None
        self._refused: RefusedBand | None = None
        self._keeper: Keeper | None = None
        if view.editable and not isinstance(view, OpenForm):
            self._keeper = Keeper(desk, tasks, view.record, view.body, self)
            self._keeper.kept.connect(self._on_kept)
            self._keeper.failed.connect(self._on_keep_failed)
            self._keeper.merged.connect(self._on_merged)
        self._states = QTimer(self)
        self._states.setSingleShot(True)
        self._states.setInterval(_STATES_AFTER)
        self._states.timeout.connect(self._show_states)
        self._build()
        shortcut = QShortcut(QKeySequence("Ctrl+Shift+U"), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.next_unanswered)
        if self._keeper is not None:
            ask = QShortcut(QKeySequence("Ctrl+Shift+D"), self)
            ask.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            ask.activated.connect(self.ask_what_is_known)
        go.identity(identity_of(view, clock.today()))
        self.open_section(self._first_section(section), focus=False)
        if section is not None and self._shows_problems:
            self._show_problems()

    @classmethod
    def trial(
        cls,
        form: Form,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
        *,
        clock: Clock,
        body: Body | None = None,
        surroundings: Surroundings = NOWHERE,
    ) -> FormScreen:
        """Return a form to be tried: it can be filled in, and nothing is kept."""
        return cls(trial_of(form, desk.worker, body, surroundings), desk, tasks, say, go, clock=clock)

    def _build(self) -> None:
        self._contents = Contents(self)
        self._contents.chosen.connect(lambda section: self.open_section(LinkId(section)))
        self._contents.wants_next.connect(self.next_unanswered)
        self._contents.wants_known.connect(self.ask_what_is_known)
        self._contents.offer_known(
            self._keeper is not None and any(item.fact for item in self._view.form.walk())
        )
        self._button = ContentsButton()
        self._button.picked.connect(lambda section: self.open_section(LinkId(section)))
        self._bar = QWidget()
        bar = QHBoxLayout(self._bar)
        bar.addWidget(self._button)
        bar.addStretch(1)
        self._bar_room = bar
        self._stack = QStackedWidget()
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self._bar)
        self._alarm_room = QVBoxLayout()
        self._alarm_room.setContentsMargins(0, 0, 0, 0)
        right.addLayout(self._alarm_room)
        right.addWidget(self._stack, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._contents)
        row.addLayout(right, 1)
        self._fit()

    # -- what the window asks ------------------------------------------------------------------------------

    def flush(self) -> None:
        """Hand everything typed to the desk now."""
        if self._left is not None:
            self._left[self._view.record] = self.caret()
        if self._keeper is not None:
            self._keeper.flush()

    def pending(self) -> bool:
        """Whether something typed is not in the store yet."""
        return self._keeper is not None and self._keeper.pending()

    def in_trouble(self) -> bool:
        """Whether keeping failed, and the worker is told so until it works."""
        return self._keeper is not None and self._keeper.in_trouble()

    def unsaved(self) -> bool:
        """The same, by the window's name."""
        return self.pending()

    def begin(self) -> None:
        """Begin at the first question, or where the worker left this record."""
        place = self._left.get(self._view.record) if self._left is not None else None
        if self._asked_for is None and place is not None and place.name:
            self.restore(place)
            return
        announce(self, self._page.heading.text())
        page = self._page
        if isinstance(page, SectionPage):
            path = FieldPath(self._asked_for) if self._asked_for is not None else None
            if path is None or not page.focus_path(path):
                page.focus_start()
        else:
            page.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def caret(self) -> Caret:
        """Say where the worker is: the section, the field, the place in its text."""
        found = caret_of(self._page) if self._page.isAncestorOf(_focus_of(self)) else Caret()
        return Caret(
            name=found.name,
            position=found.position,
            anchor=found.anchor,
            scroll=found.scroll,
            page_scroll=self._page.verticalScrollBar().value(),
            row=found.row,
            section=self._here,
        )

    def restore(self, caret: Caret) -> None:
        """Put the worker back there."""
        if caret.section is not None and caret.section in {each.id for each in self.shown_sections()}:
            self.open_section(caret.section, focus=False)
        if put_caret(self._page, caret):
            self._page.verticalScrollBar().setValue(caret.page_scroll)
        elif isinstance(self._page, SectionPage):
            self._page.focus_start()
        else:
            self._page.next.setFocus(Qt.FocusReason.OtherFocusReason)

    caret_state = caret
    restore_caret = restore

    def refresh(self, records: tuple[RecordId, ...]) -> None:
        """Take in what a run changed. What is being typed stays, and so does the caret."""
        if isinstance(self._view, OpenForm) or (records and self._view.record not in records):
            return
        if self._keeper is not None:
            self._keeper.flush()
        record, desk = self._view.record, self._desk
        self._tasks.run(self, lambda: desk.open(record), self._on_opened_again, self._say.error)

    def next_section(self) -> None:
        """Ctrl+PgDown."""
        self._step(1)

    def previous_section(self) -> None:
        """Ctrl+PgUp."""
        self._step(-1)

    def next_problem(self) -> None:
        """F8."""
        self._to_problem(forwards=True)

    def previous_problem(self) -> None:
        """Shift+F8."""
        self._to_problem(forwards=False)

    def save_and_continue(self) -> None:
        """Ctrl+Enter: keep, and go on to the next section, after the last one to "Check and finish".

        What is wrong on the page is said first, once: the second time goes on. What is only missing is no
        error yet: a visit is written in pieces.
        """
        self.flush()
        if self._says_what_is_wrong():
            return
        if not self._step(1) and not isinstance(self._view, OpenForm) and self._view.editable:
            self._go.check(self._view.record)

    def _says_what_is_wrong(self) -> bool:
        page = self._page
        if not isinstance(page, SectionPage) or self._here is None:
            return False
        wrong = [
            each
            for each in self._sheet.problems_in(self._here)
            if each.severity == "must" and each.code not in check.MISSING
        ]
        named = tuple((each.path, each.code) for each in wrong)
        if not wrong or named == self._told:
            self._told = ()
            page.summary.show_problems(())
            return False
        self._told = named
        self._shows_problems = True
        self._show_problems()
        page.verticalScrollBar().setValue(0)
        page.summary.show_problems(
            [(self.words_of(each), lambda path=each.path: self.show_path(path)) for each in wrong]  # type: ignore[misc]
        )
        self._go.title(f"Error: {page.heading.text()} – {self._view.form.name or self._view.form.title}")
        return True

    def next_unanswered(self) -> None:
        """Ctrl+Shift+U: go to the next question that must be answered, in whatever section it is."""
        open_ = [each for each in self._sheet.problems() if each.code in check.MISSING]
        if not open_ or not self._view.editable:
            announce(self, "Nothing is left to answer")
            return
        page = self._page
        here = page.path_of_focus() if isinstance(page, SectionPage) else None
        order = [each.path for each in open_]
        to = order.index(here) + 1 if here in order else self._nearest(open_, here, True)
        found = open_[to % len(open_)]
        self.show_path(found.path)
        announce(self, f"{len(open_)} left. {self.words_of(found)}")

    def ask_what_is_known(self) -> None:
        """Ctrl+Shift+D: show what is known otherwise by now, once what was typed is handed over."""
        if self._keeper is None:
            return
        self.flush()
        desk, record = self._desk, self._view.record
        self._tasks.run(self, lambda: desk.differences(record), self._show_known, self._say.error)

    def _show_known(self, differences: tuple[KnownDifference, ...]) -> None:
        from ui.screens.form.known import KnownDialog  # read only once it is asked for

        def noting(*, take: bool) -> Callable[[KnownDifference], Callable[[], object] | None]:
            def note(difference: KnownDifference) -> Callable[[], object] | None:
                before = self._sheet.body.answers.get(difference.path)
                self._take_in(self._sheet.note_known(difference.path, difference.origin, take=take))
                return lambda: self._take_in(self._sheet.put_back(difference.path, before))

            return note

        focus = QApplication.focusWidget()
        dialog = KnownDialog(differences, noting(take=True), noting(take=False), parent=self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def back() -> None:
            if focus is not None and shiboken6.isValid(focus) and self.isAncestorOf(focus):
                focus.setFocus(Qt.FocusReason.OtherFocusReason)

        dialog.finished.connect(back)
        dialog.open()

    def _take_in(self, change: Change) -> None:
        """Show and keep a change that no page made."""
        self._apply(change)
        if self._keeper is not None:
            self._keeper.take(self._sheet.body)
        self._states.start()

    def answered(self) -> tuple[int, int]:
        """Return how many questions that show are answered, and how many there are."""
        done = count = 0
        body = self._sheet.body
        for path in self._sheet.workings.places():
            item = self._view.form.by_link_id[paths.link_id(path)]
            if not item.is_question or item.read_only or item.is_worked_out or not self._sheet.shown(path):
                continue
            count += 1
            answer = body.answers.get(path)
            done += answer is not None and answer.empty is not Empty.CLEARED
        return done, count

    def save_aloud(self) -> None:
        """Ctrl+S: keep now, and say so when it is done."""
        self.flush()
        self._asking_again = True
        if not self.pending():
            self._say_saved()

    def panes(self) -> tuple[QWidget, ...]:
        """The list of sections and the page."""
        return (self._contents if self._contents.isVisibleTo(self) else self._bar, self._page)

    # -- sections ------------------------------------------------------------------------------------------

    @property
    def record(self) -> RecordId:
        """The record that is open."""
        return self._view.record

    @property
    def sheet(self) -> Sheet:
        """The answers as they stand."""
        return self._sheet

    @property
    def section(self) -> LinkId | None:
        """The section that is open."""
        return self._here

    @property
    def page(self) -> AnyPage:
        """The page of the section that is open."""
        return self._page

    @property
    def _sections(self) -> tuple[Section, ...]:
        return self._view.form.sections

    @property
    def _page(self) -> AnyPage:
        page = self._pages[self._here] if self._here is not None else None
        if page is None:
            raise RuntimeError("no section is open")
        return page

    def open_section(self, section: LinkId, *, focus: bool = True) -> None:
        """Show a section, building it if it was not looked at yet."""
        if section == self._here:
            if focus:
                self.begin_section()
            return
        if self._here is not None:
            self.flush()
        page = self._pages.get(section)
        if page is None:
            page = self._page_of(section)
            self._pages[section] = page
            self._stack.addWidget(page)
        self._here = section
        self._stack.setCurrentWidget(page)
        self._renew_notices()
        if self._shows_problems:
            self._show_problems()
        self._show_states()
        self._go.title(f"{page.heading.text()} – {self._view.form.name or self._view.form.title}")
        if focus:
            self.begin_section()

    def begin_section(self) -> None:
        """Put the worker at the start of the section that is open, and say what it is."""
        page = self._page
        page.verticalScrollBar().setValue(0)
        announce(self, page.heading.text())
        if isinstance(page, SectionPage):
            page.focus_start()
        else:
            page.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def _page_of(self, section: LinkId) -> AnyPage:
        caption = self._view.form.name or self._view.form.title
        if section == EARLIER:
            last = EarlierPage([(each.label, each.shown) for each in self._earlier], caption=caption)
            last.next.clicked.connect(self.save_and_continue)
            last.back.clicked.connect(self._go.back)
            return last
        if not self._view.editable:
            reading = ReadingPage(self._rendered[section], caption=caption)
            reading.next.clicked.connect(lambda: self._step(1))
            reading.back.clicked.connect(self._go.back)
            return reading
        which = next(each for each in self._sections if each.id == section)
        page = SectionPage(which, self._sheet, self._context, caption=caption, copied_from=self._copied_from)
        page.changed.connect(self._on_changed)
        page.left.connect(self._on_left)
        page.decide.connect(lambda: self._go.conflicts(self._view.record))
        page.next.clicked.connect(self.save_and_continue)
        if isinstance(self._view, OpenForm):
            page.check.hide()
            page.next.setText("Continue")
        page.check.clicked.connect(self._on_check)
        return page

    def shown_sections(self) -> list[Section]:
        """Return the sections that apply, in order."""
        last = [Section(id=EARLIER, title=EARLIER_TITLE)] if self._earlier else []
        if not self._view.editable:
            return [*(each for each in self._sections if each.id in self._rendered), *last]
        found = [each for each in self._sections if self._applies(each)]
        return [*(found or self._sections[:1]), *last]

    def _applies(self, section: Section) -> bool:
        return any(
            not item.hidden and self._sheet.shown(paths.child(paths.ROOT, item.link_id))
            for item in section.items
        )

    def _first_section(self, asked: LinkId | None) -> LinkId:
        shown = self.shown_sections()
        if asked is not None:
            if asked in {each.id for each in shown}:
                return asked
            found = self._section_of(paths.link_id(FieldPath(asked)))
            if found is not None:
                return found
        if self._view.editable:
            for state in ("in progress", "problem", "not started"):
                for each in shown:
                    if each.id != EARLIER and self._sheet.section_state(each.id) == state:
                        return each.id
        return shown[0].id if shown else self._sections[0].id

    def _section_of(self, link_id: LinkId) -> LinkId | None:
        if link_id not in self._view.form.by_link_id:
            return None
        top = self._view.form.by_link_id[link_id]
        while (above := self._view.form.parents.get(top.link_id)) is not None:
            top = above
        return next((each.id for each in self._sections if top in each.items), None)

    def _step(self, by: int) -> bool:
        shown = [each.id for each in self.shown_sections()]
        here = shown.index(self._here) if self._here in shown else 0
        to = here + by
        if not 0 <= to < len(shown):
            return False
        self.open_section(shown[to])
        return True

    def _show_states(self) -> None:
        entries = [
            Entry(
                id=each.id,
                title=each.title,
                state=self._sheet.section_state(each.id)
                if self._view.editable and each.id != EARLIER
                else None,
            )
            for each in self.shown_sections()
        ]
        self._contents.show_entries(entries, self._here)
        self._button.show_entries(entries, self._here)
        if self._view.editable:
            self._contents.show_count(*self.answered())
        if self._shows_problems:
            self._show_problems()

    # -- answers -------------------------------------------------------------------------------------------

    def _on_changed(self, change: Change) -> None:
        sender = self.sender()
        for page in self._pages.values():
            if isinstance(page, SectionPage) and page is not sender:
                page.apply(change)
        if self._keeper is not None:
            self._keeper.take(self._sheet.body)
        if self._refused is not None:
            self._refused.words_changed()
        self._states.start()

    def _on_left(self) -> None:
        if self._keeper is not None:
            self._keeper.flush()

    def _on_check(self) -> None:
        self.flush()
        self._go.check(self._view.record)

    def _on_kept(self, at: datetime) -> None:
        self._go.kept(at)
        self._drop_alarm()
        if self._asking_again and not self.pending():
            self._say_saved()

    def _on_closed(self, error: Exception, view: OpenRecord) -> None:
        """The record takes no more words: they stay in sight until the worker has them."""
        if self._refused is not None:
            return
        words = self._say.explain(error)
        self._drop_alarm()

        def mine() -> str:
            return words_not_in(self._view.form, self._sheet.body, view.body)

        def leave() -> None:
            self._keeper = None  # the worker has the words: nothing here waits to be kept any more
            self._go.record(view.record)

        text = "What you typed since then is on this page alone. Copy it and put it where it belongs."
        self._refused = RefusedBand(words.title, text, mine, leave, self)
        self._alarm_room.addWidget(self._refused)
        self._refused.show()
        self._refused.speak()

    def _say_saved(self) -> None:
        self._asking_again = False
        announce(self, "Saved")

    def _on_keep_failed(self, error: Exception) -> None:
        if isinstance(error, Refused):
            desk, record = self._desk, self._view.record
            self._tasks.run(
                self, lambda: desk.open(record), lambda view: self._on_closed(error, view), self._say.error
            )
            return
        if isinstance(error, DiskFull):
            title = "Not saved yet: the disk is full"
            text = "Your words are kept on screen and tried again. Free some space on this laptop."
        else:
            words = self._say.explain(error)
            title = "Not saved yet"
            text = f"{words.title}. Your words are kept on screen. {words.to_do}"
        if self._alarm is None:
            # Above the page and not in it: it must be seen wherever the worker has scrolled to.
            self._alarm = Banner(Tone.ERROR, title, text, parent=self)
            self._alarm_room.addWidget(self._alarm)
            self._alarm.show()
            self._alarm.speak()
        if not isinstance(error, WorkbookError):
            self._say.error(error)

    def _on_merged(self, stands: Body) -> None:
        """A colleague's changes came into the draft while this worker was typing: show them too."""
        self._catch_up(stands)
        self.refresh((self._view.record,))

    def _catch_up(self, stands: Body) -> None:
        """Show what stands in the store; what is being typed stays as it is under the worker's fingers."""
        if self._keeper is not None:
            self._apply(self._sheet.replace_body(self._keeper.catch_up(stands)))

    def _on_opened_again(self, view: OpenRecord) -> None:
        if self._keeper is None or not view.editable or view.form.ref != self._view.form.ref:
            self._rebuild(view)
            return
        self._view = view
        self._catch_up(view.body)
        self._renew_notices()
        self._show_states()

    def _apply(self, change: Change) -> None:
        for page in self._pages.values():
            if isinstance(page, SectionPage):
                page.apply(change)

    def _rebuild(self, view: OpenRecord) -> None:
        """Show the record anew: it can no longer be written in, or never could."""
        if self._keeper is not None and self._keeper.pending():
            return  # what was typed stays on screen until it is safe
        caret = self.caret()
        self._view = view
        self._keeper = None if not view.editable else self._keeper
        self._sheet.replace_body(view.body)
        self._rendered = {} if view.editable else self._render()
        for page in self._pages.values():
            self._stack.removeWidget(page)
            page.deleteLater()
        self._pages, self._here = {}, None
        shown = [each.id for each in self.shown_sections()]
        to = caret.section if caret.section in shown else shown[0]
        self.open_section(to or shown[0], focus=False)

    def _render(self) -> Mapping[LinkId, summary.RenderedSection]:
        people = self._view.family.people
        return {each.id: each for each in summary.rendered(self._view.form, self._view.body, people)}

    # -- problems ------------------------------------------------------------------------------------------

    def _to_problem(self, *, forwards: bool) -> None:
        problems = [each for each in self._sheet.problems() if each.severity == "must"]
        problems = problems or list(self._sheet.problems())
        self._shows_problems = True
        self._show_problems()
        if not problems or not self._view.editable:
            announce(self, "Nothing is missing")
            return
        order = [each.path for each in problems]
        page = self._page
        here = page.path_of_focus() if isinstance(page, SectionPage) else None
        if here in order:
            to = order.index(here) + (1 if forwards else -1)
        else:
            to = self._nearest(problems, here, forwards)
        self.show_path(order[to % len(order)])
        found = problems[to % len(order)]
        announce(self, f"Problem {to % len(order) + 1} of {len(order)}. {self.words_of(found)}")

    def _nearest(self, problems: list[check.Problem], here: FieldPath | None, forwards: bool) -> int:
        """Return the first problem after the focus: in this section below it, else in the next ones."""
        sections = [each.id for each in self._sections]
        now = sections.index(self._here) if self._here in sections else 0
        page = self._page
        listed = list(page.parts.fields) if isinstance(page, SectionPage) else []
        at = listed.index(here) if here in listed else -1

        def after(problem: check.Problem) -> bool:
            section = self._section_of(problem.link_id)
            place = sections.index(section) if section in sections else 0
            if place != now:
                return place > now
            return listed.index(problem.path) > at if problem.path in listed else True

        first = next((place for place, each in enumerate(problems) if after(each)), 0)
        return first if forwards else first - 1

    def show_path(self, path: FieldPath) -> None:
        """Go to an answer, in whatever section it is."""
        section = self._section_of(paths.link_id(path))
        if section is None:
            return
        self.open_section(section, focus=False)
        page = self._page
        if isinstance(page, SectionPage) and not page.focus_path(path):
            page.focus_start()

    def words_of(self, problem: check.Problem) -> str:
        """Say a problem, and whose row it is in."""
        item = self._view.form.by_link_id[problem.link_id]
        return check.words(problem, item, self._about(problem.path))

    def _about(self, path: FieldPath) -> str:
        row = paths.parent_row(path)
        if not row:
            return ""
        item = self._view.form.by_link_id[paths.link_id(row)]
        rows = self._sheet.rows(paths.parent_row(row), item.link_id)
        number = rows.index(row) + 1 if row in rows else 1
        return summary.row_title(item, self._sheet.body, row, number)

    def _show_problems(self) -> None:
        for section, page in self._pages.items():
            if isinstance(page, SectionPage):
                form = self._view.form
                page.show_problems(
                    {
                        each.path: check.words(each, form.by_link_id[each.link_id])
                        for each in self._sheet.problems_in(section)
                        if each.severity == "must"
                    }
                )

    # -- notices -------------------------------------------------------------------------------------------

    def _renew_notices(self) -> None:
        """Show what the worker must know above the page, and both texts beside answers in conflict."""
        page = self._page
        view = self._view
        if isinstance(page, EarlierPage):
            return
        if isinstance(page, ReadingPage):
            self._show_reading_notice(page)
            return
        undecided = [each for each in view.conflicts if each.chosen is None]
        page.show_conflicts(
            (each for each in undecided if each.path in page.parts.fields),
            lambda each: conflict_words(each, self._say),
        )
        wanted = {each.key: each for each in notices_of(view, self._say)}
        for key in ORDER:
            notice = wanted.get(key)
            if notice is None:
                page.show_banner(key, None)
            elif not page.has_banner(key, notice.title + notice.text):
                banner = Banner(
                    notice.tone,
                    notice.title,
                    notice.text,
                    action="Decide" if notice.leads_to_decision else "",
                    on_action=lambda: self._go.conflicts(view.record),
                )
                if banner.button is not None:
                    banner.button.setObjectName("do:decide")
                    banner.button.setAccessibleIdentifier("do:decide")
                page.show_banner(key, banner, notice.title + notice.text)

    def _show_reading_notice(self, page: ReadingPage) -> None:
        if not page.notices:
            why = self._say.why_not(self._view.why_not)
            title = "You can read this record" if self._view.state is not State.SIGNED_OFF else "Signed off"
            banner = Banner(Tone.INFO, title, why)
            page.notices.append(banner)
            page.put_on_top(banner)

    def _drop_alarm(self) -> None:
        if self._alarm is not None and not self.in_trouble():
            self._alarm_room.removeWidget(self._alarm)
            self._alarm.hide()
            self._alarm.deleteLater()
            self._alarm = None

    # -- room ----------------------------------------------------------------------------------------------

    def take_room(self, room: QSize) -> None:
        """Lay the list of sections beside the page or above it, before either is shown."""
        super().take_room(room)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the list of sections room only where there is some."""
        super().resizeEvent(event)
        self._fit()

    def hideEvent(self, event: QHideEvent) -> None:
        """The page goes away, perhaps for ever: what was typed until this moment goes to the desk."""
        super().hideEvent(event)
        if self._keeper is not None:
            self._keeper.flush()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and hasattr(self, "_contents"):
            self._fit()

    def _fit(self) -> None:
        base = QApplication.font().pointSizeF()
        usual = 11.5
        narrow = self.width() < NARROW or base / usual > LARGE_TEXT
        many = len(self._sections) > 1
        had_focus = self._contents.isAncestorOf(_focus_of(self))
        self._contents.setVisible(many and not narrow)
        self._bar.setVisible(many and narrow)
        if had_focus and narrow:
            self._button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._contents.setFixedWidth(width_of_list(self))
        side = em(self, 1.6 if self.width() > em(self, 34) else 0.7)  # as the page below has it
        self._bar_room.setContentsMargins(side, em(self, 0.4), side, 0)


def _focus_of(screen: QWidget) -> QWidget:
    """Return what has the focus in the screen's window; the screen itself if nothing has."""
    focused: QWidget | None = screen.window().focusWidget()
    return focused if focused is not None else screen
