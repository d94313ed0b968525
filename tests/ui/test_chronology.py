"""S12: the chronology page, by keyboard: what a row says, narrowing, years, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from tests.support.desk import FixedClock, StandInDesk
from tests.support.form_bench import Ways
from tests.support.window import Window
from ui.say import Say
from ui.screens.chronology import ChronologyScreen
from ui.shell.places import Kind, Place
from ui.shell.routes import Routes
from ui.shell.window import Standing
from ui.style import Look
from ui.tasks import Tasks
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId
from workbook_desktop.messages import load as load_messages
from workbook_desktop.workspace.chronology import Event, when_of

K = Qt.Key
TOLLAND = FamilyId("f-tolland")
LEO, MAISIE = PersonId("p-leo"), PersonId("p-maisie")
TODAY = date(2026, 11, 22)


def event(headline: str, on: date | None, dated: str = "", **more: Any) -> Event:
    said: dict[str, Any] = {
        "key": headline,
        "when": when_of(on, dated),
        "headline": headline,
        "category": "",
        "people": (),
        "names": (),
        "impact": "",
        "outcome": "",
        "source": "",
        "record": RecordId(f"r-{headline}"),
        "kind": "Case note",
        "by": "Amara Quill",
        "recorded_on": on,
        "standing": "",
        "significant": True,
    }
    return Event(**said | more)


class Bench:
    """The page on a desk, shown."""

    def __init__(self, qtbot: QtBot, tasks: Tasks) -> None:
        self.bot, self.tasks = qtbot, tasks
        self.clock = FixedClock()
        self.desk = StandInDesk(self.clock)
        self.ways = Ways()
        self.kept: dict[str, Any] = {}

    def show(
        self, *events: Event, person: PersonId | None = None, size: tuple[int, int] = (1093, 614)
    ) -> ChronologyScreen:
        self.desk.events = events
        self.screen = ChronologyScreen(
            self.desk.chronology(TOLLAND),
            self.desk,
            self.tasks,
            Say(load_messages(), self.clock),
            self.ways,
            person=person,
            kept=self.kept,
        )
        self.screen.resize(*size)
        self.bot.addWidget(self.screen)
        with self.bot.waitExposed(self.screen):
            self.screen.show()
        self.screen.begin()
        QApplication.processEvents()
        return self.screen

    def spoken(self) -> list[str]:
        """Return the rows that can be chosen, as a screen reader says them."""
        return [row.spoken for row in self.screen.list.rows if not row.is_heading]

    def titles(self) -> list[str]:
        return [row.title for row in self.screen.list.rows]

    def key(self, key: K, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        focus = self.screen.window().focusWidget()
        assert focus is not None
        QTest.keyClick(focus, key, held)
        QApplication.processEvents()

    def look_for(self, text: str) -> None:
        self.screen.field.setText(text)
        self.bot.waitUntil(lambda: not self.screen.field._pause.isActive())


@pytest.fixture
def bench(qtbot: QtBot, worn_look: Look) -> Iterator[Bench]:
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield Bench(qtbot, Tasks(thread, lambda error: None))
    worn_look.choose(text_percent=100)


def test_a_row_is_one_sentence_with_day_child_meaning_source_and_who_recorded_it_when(bench: Bench) -> None:
    bench.show(
        event(
            "Maisie spoke of contact",
            date(2026, 10, 20),
            people=(MAISIE,),
            names=("Maisie Tolland",),
            category="Contact",
            impact="She sleeps badly.",
            outcome="Contact stopped",
            source="A child told me",
            recorded_on=date(2026, 11, 2),
        )
    )
    assert bench.spoken() == [
        "20 October 2026. Maisie spoke of contact. Maisie · Contact · Source: A child told me. "
        "For the child: She sleeps badly. Outcome: Contact stopped. "
        "Case note by Amara Quill, recorded 13 days later, on 2 November 2026."
    ]


def test_a_draft_and_what_is_not_sent_say_so_in_words(bench: Bench) -> None:
    bench.show(
        event("a", TODAY, standing="draft"),
        event("b", TODAY, standing="waiting"),
        event("c", TODAY),
    )
    assert [("Draft" in row, "not sent yet" in row) for row in bench.spoken()] == [
        (False, False),
        (False, True),
        (True, False),
    ]


def test_a_gap_stands_between_its_lines_and_is_spoken_by_the_line_below_it(bench: Bench) -> None:
    bench.show(event("before", date(2026, 4, 1)), event("after", date(2026, 10, 2)))
    assert bench.titles() == [
        "2026",
        "after",
        "Nothing significant recorded for 6 months",
        "before",
    ]
    assert bench.spoken()[1].endswith(
        "Nothing significant recorded for 6 months, from 2 April 2026 to 1 October 2026."
    )


def test_the_reader_of_a_screen_finds_a_list_with_a_sentence_for_every_row(bench: Bench) -> None:
    screen = bench.show(event("a", TODAY), event("b", TODAY - timedelta(days=1)))
    seen = QAccessible.queryAccessibleInterface(screen.list)
    names = [seen.child(at).text(QAccessible.Text.Name) for at in range(seen.childCount())]
    assert names[1:] == bench.spoken()
    assert seen.text(QAccessible.Text.Name) == "Chronology, 2 rows"


def test_the_newest_line_has_the_focus_and_enter_opens_its_record(bench: Bench) -> None:
    screen = bench.show(event("old", date(2026, 11, 1)), event("new", TODAY))
    assert screen.window().focusWidget() is screen.list
    bench.key(K.Key_Return)
    bench.key(K.Key_Down)
    bench.key(K.Key_Return)
    assert bench.ways.went == [("record", "r-new", None), ("record", "r-old", None)]


def test_letters_typed_on_the_list_narrow_it_as_they_come(bench: Bench) -> None:
    screen = bench.show(event("A fall", TODAY), event("Nursery rang", TODAY, names=("Siân O’Neill",)))
    for letter in "oneill":
        QTest.keyClicks(screen.window().focusWidget(), letter)
    bench.bot.waitUntil(lambda: len(bench.spoken()) == 1)
    assert "Nursery rang" in bench.spoken()[0]
    assert screen._count.text().startswith("1 of 2 significant events")
    bench.key(K.Key_Escape)
    bench.bot.waitUntil(lambda: len(bench.spoken()) == 2)


def test_routine_records_come_when_they_are_asked_for_and_say_what_is_significant(bench: Bench) -> None:
    screen = bench.show(event("visit", TODAY, significant=False), event("A fall", TODAY))
    assert len(bench.spoken()) == 1
    screen.significant.click()
    assert [("★ Significant" in row) for row in bench.spoken()] == [False, True]


def test_the_order_can_be_turned_for_court(bench: Bench) -> None:
    screen = bench.show(event("old", date(2026, 11, 1)), event("new", TODAY))
    assert screen.turn.accessibleName() == "Show the oldest first, as for court"
    screen.turn.click()
    assert bench.titles() == ["2026", "old", "new"]
    screen.turn.click()
    assert bench.titles() == ["2026", "new", "old"]


def test_a_period_is_typed_as_people_say_it(bench: Bench) -> None:
    screen = bench.show(event("old", date(2021, 3, 31)), event("new", date(2021, 4, 1)))
    screen.period.box.setCurrentIndex(screen.period.box.count() - 1)
    screen.period._on_period()
    screen.period.edits[0].setText("4/2021")
    screen.period.edits[0].editingFinished.emit()
    assert [row.split(".")[1].strip() for row in bench.spoken()] == ["new"]
    screen.period.edits[1].setText("nonsense")
    screen.period.edits[1].editingFinished.emit()
    assert screen.period.edits[1].property("wrong")


def test_thirty_years_are_reached_by_year_from_the_list_and_by_keys(bench: Bench) -> None:
    screen = bench.show(*(event(f"e{at}", TODAY - timedelta(days=at * 20)) for at in range(550)))
    assert screen.years.count() == 1 + 31
    screen.years.setCurrentIndex(screen.years.findText("1999", Qt.MatchFlag.MatchStartsWith))
    screen._go_to_year(screen.years.currentIndex())
    QApplication.processEvents()
    row = screen.list.row_model.row_at(screen.list.currentIndex())
    assert row is not None
    assert " 1999" in row.spoken
    assert screen.list.visualRect(screen.list.currentIndex()).top() < screen.list.height() // 2
    screen.next_section()
    row = screen.list.row_model.row_at(screen.list.currentIndex())
    assert row is not None
    assert " 1998" in row.spoken
    screen.previous_section()
    row = screen.list.row_model.row_at(screen.list.currentIndex())
    assert row is not None
    assert " 1999" in row.spoken


def test_how_it_was_narrowed_is_found_again_and_kept_in_memory_alone(bench: Bench) -> None:
    screen = bench.show(event("A fall", TODAY), event("Nursery rang", TODAY))
    screen.turn.click()
    bench.look_for("nursery")
    bench.bot.waitUntil(lambda: len(bench.spoken()) == 1)
    again = bench.show(event("A fall", TODAY), event("Nursery rang", TODAY))
    assert (again.field.text(), len(bench.spoken())) == ("nursery", 1)
    assert again._wanted.oldest_first


def test_text_of_every_script_has_a_row_and_arabic_a_line_of_its_own(bench: Bench) -> None:
    screen = bench.show(
        event("Mae Siôn yn dweud “dw i’n iawn”", TODAY, impact="Dyw e ddim yn cysgu."),
        event("Mama powiedziała: „Łóżko jest zimne”", TODAY),
        event("قالت الأم", TODAY, impact="قالت الأم إن الطفل لا ينام."),
        event("She wrote 🙂🙁 and O’Brien’s name", TODAY),
    )
    assert len(bench.spoken()) == 4
    (arabic,) = [row for row in screen.list.rows if row.title == "قالت الأم"]
    assert arabic.lines == ("For the children:", "قالت الأم إن الطفل لا ينام.")  # type: ignore[attr-defined]
    screen.grab()


def test_every_row_is_as_high_as_its_words_at_twice_the_size(bench: Bench, worn_look: Look) -> None:
    screen = bench.show(event("A long line. " * 30, TODAY), event("b", TODAY))
    before = screen.list.visualRect(screen.list.row_model.index(1)).height()
    worn_look.choose(text_percent=200)
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    screen.grab()
    assert screen.list.visualRect(screen.list.row_model.index(1)).height() > 2 * before
    assert screen.list.horizontalScrollBar().maximum() == 0


def test_add_begins_one_note_about_the_child_of_the_page(bench: Bench) -> None:
    screen = bench.show(event("a", TODAY, people=(LEO,)), person=LEO)
    assert screen.page.heading.text() == "Chronology: Leo Tolland"
    screen.add_event.click()
    screen.add_event.click()
    bench.bot.waitUntil(lambda: bench.tasks.pending() == 0)
    ((where, record, _),) = bench.ways.went
    assert where == "record"
    assert bench.desk.records[record].subjects == (LEO,)


def test_nothing_yet_says_so_and_says_what_to_do(bench: Bench) -> None:
    screen = bench.show()
    assert screen._none.isVisible()
    assert not screen.list.isVisible()
    assert screen.add_event.isVisible()


def test_in_the_real_window_a_record_is_opened_and_back_leads_to_the_same_line(window: Window) -> None:
    window.unlock()
    go = window.shell.screen_now._go  # type: ignore[union-attr]
    window.open(lambda: go.to(Place(kind=Kind.CHRONOLOGY, family=TOLLAND)), "screen:chronology")
    window.press(*["Down"] * 9)
    page = window.shell.screen_now
    assert isinstance(page, ChronologyScreen)
    here, scrolled = page.list.current_key, page.list.verticalScrollBar().value()
    assert scrolled > 0
    window.press("Enter")
    window.on("screen:form")
    window.press("Alt+Left")
    window.on("screen:chronology")
    again = window.shell.screen_now
    assert isinstance(again, ChronologyScreen)
    assert again is not page
    window.until(lambda: again.list.verticalScrollBar().value() == scrolled)
    assert again.list.current_key == here
    assert window.focus is again.list


def test_after_the_lock_the_worker_is_where_they_were_with_what_they_had_narrowed(window: Window) -> None:
    window.unlock()
    go = window.shell.screen_now._go  # type: ignore[union-attr]
    window.open(lambda: go.to(Place(kind=Kind.CHRONOLOGY, family=TOLLAND)), "screen:chronology")
    window.press("Ctrl+F")
    window.type("police")
    page = window.shell.screen_now
    assert isinstance(page, ChronologyScreen)
    page.significant.setChecked(False)
    window.until(lambda: page._wanted.words == "police")
    said = page._count.text()
    window.press("Ctrl+L")
    window.until(lambda: window.shell.standing is Standing.LOCKED)
    assert "police" not in window.findable()
    on_disk = b"".join(each.read_bytes() for each in window.gate.folder.rglob("*") if each.is_file())
    assert b"police" not in on_disk
    window.unlock()
    again = window.shell.screen_now
    assert isinstance(again, ChronologyScreen)
    assert again.field.text() == "police"
    assert again._count.text() == said
    assert window.focus is again.field
    window.open(go_of(window).caseload, "screen:caseload")
    window.type("leo")
    window.press("Ctrl+L")
    window.until(lambda: window.shell.standing is Standing.LOCKED)
    window.unlock()
    found = window.named("find:caseload")
    assert isinstance(found, QLineEdit)
    assert found.text() == "leo"
    window.open(go_of(window).home, "screen:home")
    window.open(go_of(window).caseload, "screen:caseload")
    found = window.named("find:caseload")
    assert isinstance(found, QLineEdit)
    assert found.text() == "", "gone to anew, it shows everybody"


def go_of(window: Window) -> Routes:
    """The ways of the open window."""
    found = window.shell.navigator
    assert found is not None
    return found


def test_a_filter_for_what_is_not_there_any_more_hides_nothing(bench: Bench) -> None:
    screen = bench.show(event("A fall", TODAY, category="Health"), event("b", TODAY))
    screen.kind.setCurrentIndex(screen.kind.findText("Health"))
    screen._narrow()
    assert len(bench.spoken()) == 1
    bench.desk.events = (event("b", TODAY),)
    screen.refresh(())
    bench.bot.waitUntil(lambda: "b" in bench.titles())
    assert screen.kind.currentText() == "Everything"
    assert len(bench.spoken()) == 1


def test_somebody_without_a_name_and_names_of_every_script_can_be_chosen(bench: Bench) -> None:
    names = ("Name not known", "Siân O’Neill", "Łucja", "محمد")
    screen = bench.show(*(event(name, TODAY, names=(name,)) for name in names))
    assert len(bench.spoken()) == len(names)
    bench.look_for("lucja")
    bench.bot.waitUntil(lambda: len(bench.spoken()) == 1)
    assert screen._count.text().startswith("1 of 4")
