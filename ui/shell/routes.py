"""Leads from screen to screen: asks the desk, builds the page, remembers the way. One for each unlock."""

from __future__ import annotations

from collections.abc import Callable, Hashable, MutableMapping
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from ui.asking import Asking
from ui.exchange import BUSY, Exchange
from ui.models.exchange import first_words
from ui.say import Explanation, Say
from ui.shell.ahead import Ahead
from ui.shell.frame import Frame
from ui.shell.navigation import IdentityFacts
from ui.shell.pages import Pages
from ui.shell.places import Kind, Place, Stop, Trail, paper_of
from ui.shell.screen import Caret, Screen
from ui.style import Tone
from ui.tasks import Tasks
from ui.widgets.states import SHOW_BUSY_AFTER
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FamilyId, LinkId, PersonId, RecordId
from workbook_desktop.domain.records import FormRef
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import Counts, FamilyFile, OpenRecord

NOTHING = Counts(waiting=0, drafts=0, decisions=0, not_accepted=0, last_complete=None)


def _nothing() -> None:
    """Do nothing, after everything that was asked before."""


class Routes(QObject):
    """The window's `Navigator`. A page is built only when what it shows is there: it never jumps."""

    titled = Signal(str)
    identified = Signal(object)  # IdentityFacts | None
    arrived = Signal()

    def __init__(
        self,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        exchange: Exchange,
        frame: Frame,
        *,
        clock: Clock,
        trail: tuple[Stop, ...] = (),
        left: MutableMapping[RecordId, Caret] | None = None,
        kept: MutableMapping[Hashable, dict[str, Any]] | None = None,
        parent: QObject | None = None,
    ) -> None:
        """What outlives a lock, in memory alone.

        Args:
            left: where the worker was in each record, in ids and numbers.
            kept: how pages were narrowed; it may hold words that were looked for.
        """
        super().__init__(parent)
        self._left = left if left is not None else {}
        self._desk, self._tasks, self._say, self._exchange = desk, tasks, say, exchange
        self._frame = frame
        narrowed = kept if kept is not None else {}
        self._pages = Pages(desk, tasks, say, exchange, self, clock=clock, left=self._left, kept=narrowed)
        self._trail = Trail(trail)
        self._asked = 0  # the latest question: an answer to an earlier one is dropped
        self.screen: Screen | None = None
        self.facts: IdentityFacts | None = None
        self.counts = NOTHING
        self._counting = Asking(self, tasks, self._counted, lambda _: None)
        self._is_building = self._is_beginning = False
        self._has_come = False  # records, since it was last worked out ahead
        self._first = ""  # what can be done about a caseload that comes for the first time
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SHOW_BUSY_AFTER)
        self._slow.timeout.connect(lambda: frame.say_busy("Opening…"))
        exchange.changed.connect(self._on_exchange)
        exchange.records_changed.connect(self._on_records)
        say.noted.connect(self._on_noted)
        say.troubled.connect(self.show_trouble)
        self._ahead = Ahead(desk, tasks, self._on_caught_up, window=frame, parent=self)
        self._ahead.start()
        self.count()

    @property
    def desk(self) -> Desk:
        """What the pages ask."""
        return self._desk

    # -- ways, as screens know them ---------------------------------------------------------------------

    def home(self) -> None:
        """Go to today's work."""
        self._go(Place(kind=Kind.HOME))

    def caseload(self) -> None:
        """Go to the list of families."""
        self._go(Place(kind=Kind.CASELOAD))

    def family(self, family: FamilyId, person: PersonId | None = None) -> None:
        """Go to a family's file."""
        self._go(Place(kind=Kind.FAMILY, family=family, person=person))

    def start(self, form: FormRef, family: FamilyId, subjects: tuple[PersonId, ...] = ()) -> None:
        """Begin a record and open its form."""
        desk = self._desk
        self._begin(lambda: desk.start(form, family, subjects))

    def start_for_action(self, family: FamilyId, action: str) -> None:
        """Begin a record that says something agreed is done, and open its form."""
        desk = self._desk
        self._begin(lambda: desk.start_for_action(family, action))

    def _begin(self, job: Callable[[], OpenRecord]) -> None:
        if self._is_beginning:
            return  # a double click: one record is meant
        self._is_beginning = True
        self._leave()

        def begun(opened: OpenRecord) -> None:
            self._show(Place(kind=Kind.RECORD, record=opened.record), opened, Caret())
            self.count()

        def ended() -> None:
            self._is_beginning = False

        self._ask(job, begun, ended=ended)

    def record(self, record: RecordId, section: LinkId | None = None) -> None:
        """Open a record."""
        self._go(Place(kind=Kind.RECORD, record=record, section=section))

    def check(self, record: RecordId) -> None:
        """Go to "check and finish"."""
        self._go(Place(kind=Kind.CHECK, record=record))

    def versions(self) -> None:
        """Go to the versions of the record one is at; nowhere, where one is at none."""
        here = self._trail.here
        if (
            here is not None
            and here.record is not None
            and here.kind in (Kind.RECORD, Kind.CHECK, Kind.CONFLICT)
        ):
            self._go(Place(kind=Kind.VERSIONS, record=here.record))

    def conflicts(self, record: RecordId | None = None) -> None:
        """Go to what needs a decision."""
        self._go(Place(kind=Kind.CONFLICT, record=record))

    def sending(self) -> None:
        """Go to the sync centre."""
        self._go(Place(kind=Kind.SENDING))

    def find(self) -> None:
        """Go to the find page; Esc comes back to the caret."""
        within = self.facts.family if self.facts is not None else None
        self._go(Place(kind=Kind.FIND, family=within))

    def new_record(self, family: FamilyId | None = None) -> None:
        """Choose whom a new record is about, and which."""
        self._go(Place(kind=Kind.NEW, family=family))

    def to(self, place: Place) -> None:
        """Go to any other page."""
        self._go(place)

    def shortcuts(self) -> None:
        """Show every key."""
        self._go(Place(kind=Kind.SHORTCUTS))

    def back(self) -> None:
        """Go where the worker came from, to the caret."""
        if len(self._trail.stops) < 2:
            self.home()
            return
        self._leave()
        stop = self._trail.stops[-2]

        def arrived(view: Any) -> None:
            self._trail.step_back()
            self._show(stop.place, view, stop.caret)

        self._ask(self._pages.question(stop.place), arrived)

    def resume(self) -> None:
        """Open the latest stop of the trail again, at its caret: after a lock."""
        if not self._trail.stops:
            self.home()
            return
        stop = self._trail.stops[-1]
        self._ask(
            self._pages.question(stop.place),
            lambda view: self._show(stop.place, view, stop.caret),
            or_else=self.home,
        )

    # -- what screens say in the frame ---------------------------------------------------------------------

    def identity(self, facts: IdentityFacts | None) -> None:
        """Say whom the page is about."""
        self.facts = facts
        if not self._is_building:  # a page that is being made says it when it is shown
            self._frame.show_identity(facts)
            self.identified.emit(facts)

    def title(self, text: str) -> None:
        """Say what the page is."""
        self.titled.emit(text)
        self.count()  # a new page often follows an act that changed the numbers

    def kept(self, at: datetime) -> None:
        """Say that what was typed is on disk."""
        self._frame.say_kept(at)

    def changed(self) -> None:
        """Ask for the numbers again, and for a run: what is finished goes to the office at once."""
        self.count()
        self._exchange.request()

    # -- leaving ---------------------------------------------------------------------

    @property
    def trail(self) -> tuple[Stop, ...]:
        """The way here, with the caret as it is now."""
        if self.screen is not None:
            self._trail.leave(self.screen.caret())
        return self._trail.stops

    def flush(self) -> None:
        """Have the page hand over what was typed."""
        if self.screen is not None:
            self.screen.flush()

    def unsaved(self) -> bool:
        """Whether the page still holds something that is nowhere else."""
        return self.screen is not None and self.screen.unsaved()

    def settle(self, then: Callable[[], None], refused: Callable[[], None], rounds: int = 5) -> None:
        """Go on when everything typed is on the disk, so that what is read next has it, too.

        A page may have one keeping under way and another to follow: a round waits for what was asked so far.
        """
        self.flush()
        if not self.unsaved():
            then()
        elif rounds == 0:
            refused()
        else:
            self._tasks.run(self, _nothing, lambda _: self.settle(then, refused, rounds - 1))

    def _stay(self) -> None:
        """The page holds something that is nowhere else: it is not left."""
        self._frame.notice(
            "error",
            Tone.ERROR,
            "This page stays open",
            "Something you typed here could not be put on the disk yet. It is tried again by itself.",
        )

    def _leave(self) -> None:
        if self.screen is not None:
            self._trail.leave(self.screen.caret())

    def settle_focus(self) -> None:
        """Put the focus on the page again: it came into the window just now."""
        if self.screen is None:
            return
        caret = self._trail.stops[-1].caret if self._trail.stops else Caret()
        if caret.name or caret.section is not None:
            self.screen.restore(caret)
        else:
            self.screen.begin()

    def leave(self) -> None:
        """The window is being locked: the page is looked at no more."""
        if self.screen is not None:
            self.screen.left()

    def end(self) -> None:
        """Hear of nothing any more: the store is locked."""
        self._asked += 1
        self._slow.stop()
        self._ahead.stop()
        self._exchange.changed.disconnect(self._on_exchange)
        self._exchange.records_changed.disconnect(self._on_records)
        self._say.noted.disconnect(self._on_noted)
        self._say.troubled.disconnect(self.show_trouble)
        self.screen = None

    def save_aloud(self) -> None:
        """Ctrl+S: it is saved by itself, but a worker who asks is told."""
        if self.screen is not None:
            self.screen.save_aloud()

    def about_child(self, what: str) -> None:
        """Act for the family in the identity bar: "file", "visit", "new" or "paper"."""
        family = self.facts.family if self.facts is not None else None
        if family is None:
            return
        if what == "file":
            self.family(family)
        elif what == "new":
            self.new_record(family)
        elif what == "paper":
            self._go(paper_of(family, self._trail.here))
        else:
            desk = self._desk

            def start(file: FamilyFile) -> None:
                visit = next((ref for ref, _ in file.forms if ref.id == "visit"), None)
                if visit is not None:
                    self.start(visit, family)
                else:  # this family has no visit form: which other is meant, the worker says
                    self.new_record(family)

            self._ask(lambda: desk.family(family), start)

    # -- going ---------------------------------------------------------------------

    def _go(self, place: Place, caret: Caret | None = None) -> None:
        self._leave()
        self._ask(self._pages.question(place), lambda view: self._show(place, view, caret or Caret()))

    def _ask(
        self,
        job: Callable[[], Any],
        then: Callable[[Any], None],
        *,
        or_else: Callable[[], None] | None = None,
        ended: Callable[[], None] = _nothing,
    ) -> None:
        """Ask the desk; the page stays as it is until the answer is there.

        Args:
            ended: called whatever comes of it, also if something else was asked for meanwhile.
        """
        self._asked += 1
        number = self._asked

        def answered(view: Any) -> None:
            ended()
            if number == self._asked:
                self._waited()
                then(view)

        def failed(error: Exception) -> None:
            ended()
            if number == self._asked:
                self._waited()
                self.show_error(error)
                if or_else is not None:
                    or_else()

        def ask() -> None:
            if number == self._asked:
                self._slow.start()
                self._tasks.run(self, job, answered, failed)
            else:
                ended()

        def refused() -> None:
            ended()
            self._stay()

        self.settle(ask, refused)

    def _waited(self) -> None:
        self._slow.stop()
        self._frame.say_busy("")

    def _show(self, place: Place, view: Any, caret: Caret) -> None:
        self._frame.drop_notice("error")
        self.facts = None  # a page that is about nobody says nothing: the bar must not lie
        self._is_building = True
        try:
            screen = self._pages.build(place, view)
        finally:
            self._is_building = False
        self._trail.arrive(place) if self._trail.here != place else None
        if self.screen is not None:
            self.screen.left()
        self.screen = screen
        if caret.name or caret.section is not None:
            screen.prepare_for(caret)
        self._frame.show_page(screen, self.facts)
        self._say_first()
        self.identified.emit(self.facts)
        if caret.name or caret.section is not None:
            screen.restore(caret)
        else:
            screen.begin()
        self.arrived.emit()
        if place.kind is Kind.HOME:  # it shows every family's dates, and what was typed since moves some
            self._ahead.start()

    # -- what went wrong, what changed ---------------------------------------------------------------------

    def show_error(self, error: Exception) -> None:
        """Say what went wrong above the page, which stays as it is."""
        self.show_trouble(self._say.explain(error))

    def show_trouble(self, words: Explanation) -> None:
        """Say it in the frame: cause, what is safe, what to do."""
        text = " ".join(part for part in (words.safe, words.to_do) if part)
        self._frame.notice("error", Tone.ERROR, words.title, text)

    def count(self) -> None:
        """Ask for the numbers of the status line."""
        self._counting.ask(self._desk.counts)

    def _counted(self, counts: Counts) -> None:
        self.counts = counts
        self._frame.say_exchange(self._exchange.status, counts)
        self._say_first()

    def _on_noted(self, words: str) -> None:
        self._frame.status.say("kept", words)

    def _on_exchange(self) -> None:
        self._frame.say_exchange(self._exchange.status, self.counts)
        self._say_first()
        if self.screen is not None:
            self.screen.exchange_changed()
        self.count()
        if self._has_come and self._exchange.status.phase not in BUSY:
            self._has_come = False
            self._ahead.start()

    def _on_records(self, records: tuple[RecordId, ...]) -> None:
        if self.screen is not None:
            self.screen.refresh(records)
        self.count()
        # While more is coming, all would be looked at again with every page of it, and none of it be done.
        self._has_come = self._exchange.status.phase in BUSY
        if not self._has_come:
            self._ahead.start()

    def _say_first(self) -> None:
        """Above every page, until the caseload is here for the first time: how much of it is."""
        status = self._exchange.status
        words = first_words(self._say, status, self.counts)
        here = self._trail.here
        is_said = here is not None and here.kind is Kind.SENDING  # by the page itself
        if words is None or is_said or (not self.counts.here and status.phase not in BUSY):
            self._frame.drop_notice("first")
            return
        act = "go-on" if status.phase == "paused" else "pause" if status.phase in BUSY else ""
        if self._first != act:
            self._frame.drop_notice("first")
        self._first = act
        on_act = self._exchange.resume if act == "go-on" else self._exchange.pause
        said = self._say.first(f"exchange.first.{act}") if act else ""
        self._frame.notice("first", Tone.INFO, *words, action=said, on_action=on_act if act else None)

    def _on_caught_up(self) -> None:
        if self.screen is not None:
            self.screen.caught_up()
