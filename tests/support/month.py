"""A month of one family as its workers live it: each writes and sends before a window of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.laptop import CONTROL, Laptop, office_at
from tests.support.pen import NO_ROWS, NOWHERE, missing, write
from tests.support.service import IcsClock, RunningIcs
from tests.support.typed import TypingHands
from ui.screens.measures import MeasuresScreen
from ui.screens.paper import PaperScreen
from ui.shell.places import Kind, Place
from workbook_desktop.app.machine import system_ids
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.paper import typesetting
from workbook_desktop.paper.document import Look
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views_paper import Order
from workbook_desktop.workspace.views_workbook import ChapterPart, Workbook

T = TypeVar("T")
TOLLAND = FamilyId("f-tolland")


class Sitting:
    """A worker before their own window, from unlocking to closing it."""

    def __init__(self, laptop: Laptop, month: Month) -> None:
        self.laptop, self.month, self.hands = laptop, month, laptop.hands

    def do(self, job: Callable[[Desk], T]) -> T:
        desk = self.laptop.client.desk
        assert desk is not None
        return self.laptop.result(lambda: job(desk))

    @property
    def workbook(self) -> Workbook:
        return self.do(lambda desk: desk.workbook(TOLLAND))

    def part(self, chapter: str) -> ChapterPart:
        return next(each for each in self.workbook.parts if each.chapter.id == chapter)

    def home(self) -> None:
        self.hands.do("go:home")
        self.laptop.sees("screen:home")

    def open_family(self) -> None:
        self.home()
        self.hands.do("do:caseload")
        self.laptop.sees("screen:caseload")
        self.hands.focus("find:caseload")
        self.hands.type("toll")
        self.laptop.bot.wait(200)  # the list narrows a moment after the last key
        self.laptop.quiet()
        self.hands.focus("list:caseload")
        self.hands.press(Qt.Key.Key_Home)
        self.hands.press(Qt.Key.Key_Return)
        self.laptop.sees("screen:family")

    def open_workbook(self, chapter: str = "") -> None:
        self.open_family()
        self.hands.do("do:workbook")
        self.laptop.sees("screen:workbook")
        if chapter:
            self.hands.do(f"choose:{chapter}")
            self.laptop.quiet()

    def begin(self, verb: str) -> RecordId:
        """Press a button that begins a record, and leave its form for home."""
        self.hands.do(verb)
        self.laptop.sees("screen:form")
        record = self.laptop.record
        self.home()
        return record

    def begin_from_file(self, verb: str) -> RecordId:
        """Begin a record from the family's file, and leave its form for home."""
        self.open_family()
        return self.begin(verb)

    def count_rows(self, record: RecordId, group: str) -> int:
        """Return how many rows of a group that stands in no other a record has."""
        body = self.do(lambda desk: desk.open(record).body)
        return len(body.rows_of(paths.ROOT, LinkId(group)))

    def write(
        self,
        record: RecordId,
        answers: Mapping[str, Any],
        rows: Mapping[str, Sequence[Mapping[str, Any]]] = NO_ROWS,
        at: Mapping[FieldPath, Any] = NOWHERE,
    ) -> None:
        clock = self.month.clock
        self.do(lambda desk: write(desk, record, answers, rows, at=at, clock=clock, new_id=system_ids(clock)))
        self.laptop.quiet()

    def types(
        self,
        record: RecordId,
        answers: Mapping[str, Any],
        rows: Mapping[str, Sequence[Mapping[str, Any]]] = NO_ROWS,
        at: Mapping[FieldPath, Any] = NOWHERE,
        where_asked: Sequence[str] = (),
    ) -> None:
        """Do as `write` does, in the record's form with real keys."""
        self.laptop.shell._routes.record(record)  # type: ignore[union-attr]
        self.laptop.sees("screen:form")
        TypingHands(self.laptop).write(answers, rows, at, where_asked)
        self.home()

    def sign(self, record: RecordId) -> None:
        """Open a draft from the work list, check it, and sign it off."""
        left = self.do(lambda desk: missing(desk, record))
        assert left == [], left
        self.home()
        self.laptop.shell._routes.check(record)  # type: ignore[union-attr]
        self.laptop.sees("screen:check")
        if self.hands.sees("choose:tell-address"):  # the worker means it
            self.hands.do("choose:tell-address")
        self.hands.do("do:sign-off")
        self.laptop.until(lambda: not self.hands.sees("do:sign-off"))
        self.laptop.quiet()

    def send(self) -> None:
        """Send and receive, and wait until nothing waits."""
        self.month.receive(self.laptop)
        self.laptop.until(lambda: self.laptop.phase == "idle")  # nor is another run under way
        assert self.laptop.counts().waiting == 0

    def measures(self, days: str) -> MeasuresScreen:
        """Have the measures counted over the days of a name, on their page."""
        self.home()
        self.laptop.shell._routes.to(Place(kind=Kind.MEASURES))  # type: ignore[union-attr]
        self.laptop.sees("screen:measures")
        page = self.laptop.shell.screen_now
        assert isinstance(page, MeasuresScreen)
        at = next(at for at in range(page.days.count()) if page.days.itemText(at).startswith(days))
        page.days.setCurrentIndex(at)
        self.laptop.until(page.save.isEnabled)
        self.laptop.quiet()
        return page

    # -- on paper ------------------------------------------------------------------------------------------

    def show_on_paper(self, what: str, whom: str) -> PaperScreen:
        """Have a document shown for somebody, by the paper page.

        Args:
            what: a record, or "chronology".
            whom: the name under which the page offers them.
        """
        self.open_family()
        self.hands.do("do:paper")
        self.laptop.sees("screen:paper")
        page = self.laptop.shell.screen_now
        assert isinstance(page, PaperScreen)
        self.hands.focus("answer:what")
        page.what.setCurrentIndex(page.what.findData(what))
        assert page.what.currentData() == what, f"{what} is not offered"
        offered = [each for each in page.whom.buttons if each.words.startswith(whom)]
        if offered:
            offered[0].click()
        else:  # a colleague
            page.whom.buttons[-1].click()
            page._which.setCurrentIndex(
                next(at for at in range(page._which.count()) if page._which.itemText(at).startswith(whom))
            )
        self.hands.do("do:preview")
        self._pressed(page)
        return page

    def hand_over(self, what: str, whom: str) -> str:
        """Save what the page shows as a PDF, and return what stands on its pages, with single spaces."""
        page = self.show_on_paper(what, whom)
        assert page.pane.isVisible(), self.screen
        if page.pane.confirm.isVisible():
            page.pane.confirm.click()
        for tick in page.pane.read:
            tick.click()
        self.month.papers += 1
        place = self.month.folder / f"paper-{self.month.papers}.pdf"
        page.save_to(place)
        self._pressed(page)
        assert "The PDF is saved" in self.screen
        return text_of(place.read_bytes())

    def is_refused(self, what: str, whom: str) -> bool:
        """Say whether the page prints something for somebody by no means, and tells so."""
        page = self.show_on_paper(what, whom)
        can = page.pane.isVisible() or page._save.isEnabled() or page._print.isEnabled()
        return not can and f"It is not printed for {whom}" in self.screen

    def _pressed(self, page: PaperScreen) -> None:
        self.laptop.until(lambda: not page.press.pending() and not self.laptop.window.tasks.pending(), 30)
        self.laptop.quiet()

    def all_papers_for(self, key: str) -> dict[str, str]:
        """Return what stands on every document that this laptop would print for somebody, by its title."""
        choices = self.do(lambda desk: desk.paper_choices(TOLLAND))
        found = {}
        for each in choices.printables:
            order = Order(family=TOLLAND, recipient=key, what=each.key)
            document = self.do(lambda desk, order=order: desk.paper(order)).document  # type: ignore[misc]
            if document is not None:
                found[f"{each.title} ({each.key})"] = text_of(typesetting.pdf(document, Look()))
        return found

    @property
    def screen(self) -> str:
        """What a screen reader finds on the screen that shows, and on no other."""
        return self.laptop.words(self.laptop.shell.screen_now)

    @property
    def page(self) -> str:
        """All that a screen reader finds in the window."""
        return self.laptop.words()


@dataclass
class Month:
    """The office, its clock, and where the laptops are."""

    bot: QtBot
    folder: Path
    ics: RunningIcs
    clock: IcsClock
    workers: Mapping[str, Worker]
    papers: int = 0  # how many PDFs were saved

    @contextmanager
    def sits(self, name: str) -> Iterator[Sitting]:
        worker = self.workers[f"w-{name}"]
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        office = office_at(self.ics.base_url, self.ics.secret)
        laptop = Laptop(self.bot, folder, office, worker, clock=self.clock)
        try:
            laptop.at_home()
            sitting = Sitting(laptop, self)
            self.receive(laptop)
            yield sitting
            sitting.send()
        finally:
            laptop.end()

    def receive(self, laptop: Laptop) -> None:
        """Have everything that the office has by now."""
        laptop.first_pull()
        self.clock.forward(minutes=1)
        moment = self.clock.now()
        laptop.hands.press(Qt.Key.Key_R, CONTROL)

        def is_done() -> bool:
            last = laptop.window.exchange.status.last_complete
            return last is not None and last >= moment

        laptop.until(is_done, 40)
        laptop.quiet()


def text_of(pdf: bytes) -> str:
    """Return what stands on the pages of a PDF, with single spaces."""
    from pypdf import PdfReader

    pages = PdfReader(BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())
