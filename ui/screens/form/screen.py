"""S6 and S7: a record's form, a section at a time. Joins what the record says, its pages and its keeping."""

from __future__ import annotations

import secrets
from collections.abc import MutableMapping
from datetime import datetime

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.fields import FieldContext
from ui.say import Say
from ui.screens.form.contents import Entry
from ui.screens.form.discarding import Discarding
from ui.screens.form.identity import identity_of
from ui.screens.form.keeping import Keeper
from ui.screens.form.large_files import RecordFiles
from ui.screens.form.moving import FormMoves
from ui.screens.form.notices import Ways, show_notices
from ui.screens.form.opened import Opened
from ui.screens.form.pages import AnyPage, Pages
from ui.screens.form.place import place_in, put_back
from ui.screens.form.pointing import Pointer
from ui.screens.form.refused import words_not_in
from ui.screens.form.room import Room
from ui.screens.form.trial import OpenForm, trial_of
from ui.screens.form.trouble import Trouble
from ui.screens.form.undoing import Undoing
from ui.shell.navigation import Navigator
from ui.shell.screen import Caret, Screen
from ui.tasks import Tasks
from ui.widgets.announce import announce
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import Refused
from workbook_desktop.domain.ids import FieldPath, LinkId, NewId, RecordId, new_ids
from workbook_desktop.domain.records import Body
from workbook_desktop.forms.definition import Form, Section
from workbook_desktop.forms.sheet import Change, Sheet
from workbook_desktop.forms.surroundings import NOWHERE, Surroundings
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import KnownDifference, OpenRecord

_STATES_AFTER = 400  # ms after the last change: the list of sections is counted again


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
        self._desk, self._tasks, self._say, self._go = desk, tasks, say, go
        self._clock, self._left = clock, left
        self._new_id = new_id or new_ids(clock.now, secrets.randbits)
        self._asked_for = section
        self._opened = self._open(view)
        self._asking_again = self._is_gone = False
        self._removed = view.removed  # as the desk has them
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
        self._moves: FormMoves | None = None
        if self._keeper is not None:
            self._moves = FormMoves(view.record, desk, tasks, say, self._pages, self._keeper)
            self._moves.moved.connect(self._rebuild)
        self._on_key("Ctrl+Shift+U", self.next_unanswered)
        if self._keeper is not None:
            self._on_key("Ctrl+Shift+D", self.ask_what_is_known)
        go.identity(identity_of(view, clock.today()))
        self.open_section(self._opened.first_section(section), focus=False)
        self._fit()
        if section is not None and section not in {each.id for each in view.form.sections}:
            self._pointer.ask()
        if self._moves is not None:
            self._moves.ask()

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

    def _open(self, view: OpenRecord) -> Opened:
        return Opened(view, worker=self._desk.worker, clock=self._clock, new_id=self._new_id)

    def _context_of(self, view: OpenRecord) -> FieldContext:
        return FieldContext(
            clock=self._clock,
            people=(*view.family.children, *(each for each in view.family.people if not each.is_child)),
            workers=view.workers,
            files=None
            if isinstance(view, OpenForm)
            else RecordFiles(self._desk, self._tasks, self._go, view.record, view.family.id, self),
            mark_optional=any(item.required for item in view.form.walk()),
        )

    def _build(self) -> None:
        view = self._opened.view
        self._pages = Pages(self._opened, self._context_of(view))
        self._pages.changed.connect(self._on_changed)
        self._pages.left_field.connect(self._on_left)
        self._pages.wants_next.connect(self.save_and_continue)
        self._pages.wants_check.connect(self._on_check)
        self._pages.wants_discard.connect(self._on_discard)
        self._pages.wants_decision.connect(lambda: self._go.conflicts(self.record))
        self._pages.wants_back.connect(self._go.back)
        self._pointer, self._undoing = self._pointing(), self._undo_from_here()
        self._trouble = Trouble(self._say)
        self._room = Room(self._trouble, self._pages)
        self._room.chosen.connect(self.open_section)
        self._room.wants_next.connect(self.next_unanswered)
        self._room.wants_known.connect(self.ask_what_is_known)
        self._room.offer_known(self._keeper is not None and any(item.fact for item in view.form.walk()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._room)
        self._fit()

    def _pointing(self) -> Pointer:
        return Pointer(self._opened, self._pages, lambda section: self.open_section(section, focus=False))

    def _undo_from_here(self) -> Undoing:
        return Undoing(
            self._opened,
            self._pages,
            lambda section: self.open_section(section, focus=False),
            self._hand_on,
        )

    def _on_key(self, keys: str, act: object) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(act)

    # -- what the window asks ------------------------------------------------------------------------------

    def flush(self) -> None:
        """Hand everything typed to the desk now."""
        if self._left is not None:
            self._left[self.record] = self.caret()
        if self._keeper is not None:
            self._keeper.flush()

    def unsaved(self) -> bool:
        """Whether something typed is not in the store yet."""
        return self._keeper is not None and self._keeper.pending()

    def in_trouble(self) -> bool:
        """Whether keeping failed, and the worker is told so until it works."""
        return self._keeper is not None and self._keeper.in_trouble()

    def begin(self) -> None:
        """Begin at the first question, or where the worker left this record."""
        place = self._left.get(self.record) if self._left is not None else None
        if self._asked_for is None and place is not None and place.name:
            self.restore(place)
            return
        announce(self, self.page.heading.text())
        if self._asked_for is not None:
            self._pages.focus_path(FieldPath(self._asked_for))
        else:
            self._pages.focus_start()

    def caret(self) -> Caret:
        """Say where the worker is: the section, the field, the place in its text."""
        return place_in(self._pages)

    def restore(self, caret: Caret) -> None:
        """Put the worker back there."""
        put_back(self._pages, caret, self._open_if_shown)

    def refresh(self, records: tuple[RecordId, ...]) -> None:
        """Take in what a run changed. What is being typed stays, and so does the caret."""
        if (
            self._is_gone
            or isinstance(self._opened.view, OpenForm)
            or (records and self.record not in records)
        ):
            return
        if self._keeper is not None:
            self._keeper.flush()
        record, desk = self.record, self._desk
        self._tasks.run(self, lambda: desk.open(record), self._on_opened_again, self._say.error)

    def next_section(self) -> None:
        """Ctrl+PgDown."""
        self._step(1)

    def previous_section(self) -> None:
        """Ctrl+PgUp."""
        self._step(-1)

    def next_problem(self) -> None:
        """F8."""
        self._pointer.next_problem(forwards=True)

    def previous_problem(self) -> None:
        """Shift+F8."""
        self._pointer.next_problem(forwards=False)

    def next_unanswered(self) -> None:
        """Ctrl+Shift+U: go to the next question that must be answered, in whatever section it is."""
        self._pointer.next_unanswered()

    def save_and_continue(self) -> None:
        """Ctrl+Enter: keep, and go on to the next section, after the last one to "Check and finish".

        What is wrong on the page is said first, once: the second time goes on. What is only missing is no
        error yet: a visit is written in pieces.
        """
        self.flush()
        if self._pointer.stops_here():
            self._go.title(f"Error: {self.page.heading.text()} – {self._opened.name}")
            return
        view = self._opened.view
        if not self._step(1) and not isinstance(view, OpenForm) and view.editable:
            self._go.check(view.record)

    def undo(self) -> bool:
        """Ctrl+Z: the newest act, unless the text in focus has something of its own to take back."""
        return self._undoing.turn(is_redo=False)

    def redo(self) -> bool:
        """Ctrl+Shift+Z: do it again."""
        return self._undoing.turn(is_redo=True)

    def save_aloud(self) -> None:
        """Ctrl+S: keep now, and say so when it is done."""
        self.flush()
        self._asking_again = True
        if not self.unsaved():
            self._say_saved()

    def panes(self) -> tuple[QWidget, ...]:
        """The list of sections and the page."""
        return (self._room.list_of_sections(), self.page)

    # -- sections ------------------------------------------------------------------------------------------

    @property
    def record(self) -> RecordId:
        """The record that is open."""
        return self._opened.view.record

    @property
    def sheet(self) -> Sheet:
        """The answers as they stand."""
        return self._opened.sheet

    @property
    def section(self) -> LinkId | None:
        """The section that is open."""
        return self._pages.here

    @property
    def page(self) -> AnyPage:
        """The page of the section that is open."""
        return self._pages.page

    def shown_sections(self) -> list[Section]:
        """Return the sections that apply, in order."""
        return self._opened.shown_sections()

    def answered(self) -> tuple[int, int]:
        """Return how many questions that show are answered, and how many there are."""
        return self._opened.answered()

    def open_section(self, section: LinkId, *, focus: bool = True) -> None:
        """Show a section, building it if it was not looked at yet."""
        if section != self.section:
            if self.section is not None:
                self.flush()
            self._pages.show_section(section)
            self._look_at(section)
            self._renew_notices()
            self._show_states()
            self._go.title(f"{self.page.heading.text()} – {self._opened.name}")
        if focus:
            self._pages.begin()

    def _open_if_shown(self, section: LinkId) -> None:
        if section in {each.id for each in self.shown_sections()}:
            self.open_section(section, focus=False)

    def _look_at(self, section: LinkId) -> None:
        """Have it noted what of a record was before the worker: it may ask to be read."""
        view, desk = self._opened.view, self._desk
        if isinstance(view, OpenForm):
            return
        record = view.record
        self._tasks.run(self, lambda: desk.look_at_section(record, section), None, self._say.error)

    def _step(self, by: int) -> bool:
        shown = [each.id for each in self.shown_sections()]
        here = shown.index(self.section) if self.section in shown else 0
        to = here + by
        if not 0 <= to < len(shown):
            return False
        self.open_section(shown[to])
        return True

    def _show_states(self) -> None:
        shown, view = self.shown_sections(), self._opened.view
        entries = [
            Entry(id=each.id, title=each.title, state=self._opened.state_of(each.id)) for each in shown
        ]
        self._room.show_entries(entries, self.section)
        if view.editable:
            self._room.show_count(*self.answered())
        leads_to_check = view.editable and not isinstance(view, OpenForm)
        self._pages.offer_next(leads_to_check or self.section != shown[-1].id)
        self._pages.offer_discard(self._keeper is not None and self._opened.is_untouched)
        self._pointer.renew()

    def _renew_notices(self) -> None:
        ways = Ways(decide=lambda: self._go.conflicts(self.record), open_record=self._go.record)
        show_notices(self.page, self._opened.view, self._say, ways)
        if self._moves is not None:
            self._moves.show()

    # -- answers -------------------------------------------------------------------------------------------

    def _on_changed(self, change: Change) -> None:
        self._undoing.note(change)
        self._hand_on()

    def _hand_on(self) -> None:
        """Have what the sheet says now kept, and looked at again."""
        if self._keeper is not None:
            self._keep_removed()  # before the record is kept without them
            self._keeper.take(self.sheet.body)
        self._trouble.words_changed()
        self._states.start()

    def _keep_removed(self) -> None:
        """Have the rows that were taken away kept beside the record."""
        removed = tuple(self._opened.removed)
        if removed == self._removed:
            return
        self._removed = removed
        desk, record = self._desk, self.record
        self._tasks.run(self, lambda: desk.keep_removed(record, removed), None, self._say.error)

    def _on_left(self) -> None:
        if self._keeper is not None:
            self._keeper.flush()

    def _on_check(self) -> None:
        self.flush()
        self._go.check(self.record)

    def _on_discard(self) -> None:
        """Throw away a draft that was begun by mistake."""
        if self._keeper is None:
            return
        self.flush()
        discarding = Discarding(self.record, self._desk, self._tasks, self._say, self._pages, self)
        discarding.gone.connect(self._on_discarded)
        discarding.stayed.connect(self._show_states)
        discarding.ask()

    def _on_discarded(self) -> None:
        self._is_gone, self._keeper = True, None
        self._go.changed()
        announce(self, "The empty draft is gone")
        self._go.family(self._opened.view.family.id)

    def ask_what_is_known(self) -> None:
        """Ctrl+Shift+D: show what is known otherwise by now, once what was typed is handed over."""
        if self._keeper is None:
            return
        self.flush()
        desk, record = self._desk, self.record
        self._tasks.run(self, lambda: desk.differences(record), self._show_known, self._say.error)

    def _show_known(self, differences: tuple[KnownDifference, ...]) -> None:
        from ui.screens.form.known import decide_on  # read only once it is asked for

        decide_on(differences, self.sheet, self._take_in, self)

    def _take_in(self, change: Change) -> None:
        """Show and keep a change that no page made."""
        self._pages.apply(change)
        self._undoing.note(change)
        if self._keeper is not None:
            self._keeper.take(self.sheet.body)
        self._states.start()

    # -- keeping -------------------------------------------------------------------------------------------

    def _on_kept(self, at: datetime) -> None:
        self._go.kept(at)
        if not self.in_trouble():
            self._trouble.kept()
        if self._asking_again and not self.unsaved():
            self._say_saved()

    def _say_saved(self) -> None:
        self._asking_again = False
        announce(self, "Saved")

    def _on_keep_failed(self, error: Exception) -> None:
        if not isinstance(error, Refused):
            self._trouble.not_kept(error)
            return
        desk, record = self._desk, self.record
        self._tasks.run(
            self, lambda: desk.open(record), lambda view: self._on_closed(error, view), self._say.error
        )

    def _on_closed(self, error: Exception, view: OpenRecord) -> None:
        def mine() -> str:
            return words_not_in(self._opened.form, self.sheet.body, view.body)

        def leave() -> None:
            self._keeper = None  # the worker has the words: nothing here waits to be kept any more
            self._go.record(view.record)

        self._trouble.closed(error, mine, leave)

    def _on_merged(self, stands: Body) -> None:
        """A colleague's changes came into the draft while this worker was typing: show them too."""
        self._catch_up(stands)
        self.refresh((self.record,))

    def _catch_up(self, stands: Body) -> None:
        """Show what stands in the store; what is being typed stays as it is under the worker's fingers."""
        if self._keeper is not None:
            self._pages.apply(self.sheet.replace_body(self._keeper.catch_up(stands)))
            self._undoing.follow()

    def _on_opened_again(self, view: OpenRecord) -> None:
        if self._keeper is None or not view.editable or view.form.ref != self._opened.form.ref:
            self._rebuild(view)
            return
        self._opened.view = view
        self._catch_up(view.body)
        self._renew_notices()
        self._show_states()

    def _rebuild(self, view: OpenRecord) -> None:
        """Show the record anew: it can no longer be written in, or is of another version of its form."""
        if self._keeper is not None and self._keeper.pending():
            return  # what was typed stays on screen until it is safe
        caret = self.caret()
        if not view.editable:
            self._keeper = self._moves = None
        elif self._keeper is not None:
            self._keeper.catch_up(view.body)
        self._opened = self._open(view)
        self._pages.begin_anew(self._opened, self._context_of(view))
        self._pointer, self._undoing = self._pointing(), self._undo_from_here()
        shown = [each.id for each in self.shown_sections()]
        to = caret.section if caret.section in shown else shown[0]
        self.open_section(to or shown[0], focus=False)

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
        if event.type() is QEvent.Type.FontChange and hasattr(self, "_room"):
            self._fit()

    def _fit(self) -> None:
        self._room.fit(self.width(), sections=len(self._opened.form.sections))
