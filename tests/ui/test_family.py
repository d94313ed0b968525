"""S5: what records give to a family's file: chronology, what is agreed, what is due and why."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.support.desk import FixedClock, StandInDesk
from tests.support.form_bench import Ways
from ui.say import Say
from ui.screens.family import FamilyScreen
from ui.screens.family_lines import DueRow
from ui.screens.readings import ReadingsDialog
from ui.shell.screen import Caret
from ui.style import Look
from ui.tasks import Tasks
from ui.widgets import LinkButton, TaskRow
from workbook_desktop.domain.ids import FamilyId, LinkId, PersonId, RecordId
from workbook_desktop.messages import load as load_messages
from workbook_desktop.workspace.views import ChapterLine, ChronologyEntry, OpenAction, ToRead, WorkedDue

K = Qt.Key
TOLLAND = FamilyId("f-tolland")
LEO, MAISIE = PersonId("p-leo"), PersonId("p-maisie")
VISITED = RecordId("r-visit")


def happened(headline: str, *people: PersonId, on: date = date(2026, 11, 20), **more: Any) -> ChronologyEntry:
    names = {LEO: "Leo Tolland", MAISIE: "Maisie Tolland"}
    said: dict[str, Any] = {
        "category": "",
        "impact": "",
        "outcome": "",
        "source": "",
        "record": VISITED,
        "kind": "Home visit",
        "by": "Amara Quill",
        "sent": True,
    } | more
    return ChronologyEntry(
        on=on, headline=headline, people=people, names=tuple(names[each] for each in people), **said
    )


def agreed(what: str, by: date | None, *, overdue: bool = False, sent: bool = True) -> OpenAction:
    return OpenAction(
        id=f"r-visit/next/{what}",
        what=what,
        who="Joss Penn",
        by=by,
        overdue=overdue,
        outcome="",
        status="",
        people=(),
        names=(),
        record=VISITED,
        kind="Home visit",
        agreed_on=date(2026, 11, 20),
        sent=sent,
    )


def asked(words: str, *people: PersonId) -> ToRead:
    return ToRead(
        record=VISITED,
        family=TOLLAND,
        family_name="Tolland",
        words=words,
        names=("Leo Tolland",) if LEO in people else (),
        people=people,
        kind="Alcohol and drugs entry",
        by="Sunil Marsh",
        on=date(2026, 11, 20),
        at=None,
        section=LinkId("safety"),
    )


VISIT_DUE = WorkedDue(
    person=LEO,
    who="Leo Tolland",
    what="Child protection visit",
    on=date(2026, 12, 4),
    state="in time",
    overdue=False,
    steps=("Last visit that counts: 20 November 2026.", "10 working days after it: 4 December 2026."),
)


class Bench:
    """A family's file on a desk, shown."""

    def __init__(self, qtbot: QtBot, tasks: Tasks) -> None:
        self.bot, self.tasks = qtbot, tasks
        self.clock = FixedClock()
        self.desk = StandInDesk(self.clock)
        self.ways = Ways()

    def show(self, person: PersonId | None = None, **file: Any) -> FamilyScreen:
        """Show it, and wait until all of it is there."""
        self.made(person, **file)
        self.bot.addWidget(self.screen)
        with self.bot.waitExposed(self.screen):
            self.screen.show()
        self.screen.begin()
        self.bot.waitUntil(lambda: self.screen.rest.is_over)
        return self.screen

    def made(self, person: PersonId | None = None, **file: Any) -> FamilyScreen:
        self.desk.file = file
        say = Say(load_messages(), self.clock)
        self.screen = FamilyScreen(
            self.desk.family(TOLLAND),
            self.desk,
            self.tasks,
            say,
            self.ways,
            clock=self.clock,
            person=person,
        )
        self.screen.resize(1093, 614)
        return self.screen

    def rows(self, kind: str) -> list[str]:
        found = self.screen.findChildren(TaskRow)
        shown = [each for each in found if each.objectName().startswith(kind) and each.isVisible()]
        return [each.accessibleName() for each in shown]

    def words(self) -> str:
        return "\n".join(each.text() for each in self.screen.findChildren(QLabel) if each.isVisible())

    def tab_to(self, name: str) -> QWidget:
        window = self.screen.window()
        for _ in range(150):
            focus = window.focusWidget()
            assert focus is not None
            if focus.objectName() == name:
                return focus
            QTest.keyClick(focus, K.Key_Tab)
        raise AssertionError(f"Tab does not reach {name}")

    def press(self, widget: QWidget) -> None:
        """Press Enter, and let the page be laid out."""
        QTest.keyClick(widget, K.Key_Return)
        self.bot.wait(0)

    def refreshed(self, **file: Any) -> None:
        self.desk.file = file
        self.screen.refresh(())
        self.bot.waitUntil(lambda: self.tasks.pending() == 0)
        self.bot.wait(0)


@pytest.fixture
def bench(qtbot: QtBot, worn_look: Look) -> Iterator[Bench]:
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield Bench(qtbot, Tasks(thread, lambda error: None))


def test_what_no_window_shows_at_first_is_built_once_the_page_was_painted(bench: Bench) -> None:
    screen = bench.made(chronology=(happened("Maisie spoke of contact", MAISIE),))
    bench.bot.addWidget(screen)
    assert bench.rows("chronology:") == []
    screen.show()
    screen.begin()
    assert not screen.rest.is_over, "the painting comes first"
    focus = screen.window().focusWidget()
    bench.bot.waitUntil(lambda: screen.rest.is_over)
    assert len(bench.rows("chronology:")) == 1
    assert screen.window().focusWidget() is focus
    assert screen.page.verticalScrollBar().value() == 0
    bench.tab_to(screen.findChildren(TaskRow)[-1].objectName())  # Tab goes there in its turn


def test_a_page_that_is_not_painted_is_built_all_the_same_and_in_its_order(bench: Bench) -> None:
    screen = bench.made(chronology=(happened("Maisie spoke of contact", MAISIE),))
    window = QWidget()
    bench.bot.addWidget(window)
    QVBoxLayout(window).addWidget(screen)
    window.show()
    screen.begin()
    window.hide()  # at once, as by F9
    bench.bot.waitUntil(lambda: screen.rest.is_over)
    window.show()
    bench.bot.wait(0)
    bench.tab_to(f"chronology:{VISITED}:0")


def test_who_comes_back_to_a_line_far_down_finds_it_at_once(bench: Bench) -> None:
    screen = bench.made(chronology=(happened("Maisie spoke of contact", MAISIE),))
    screen.prepare_for(Caret(name="do:start-visit"))
    assert not screen.rest.is_over
    screen.prepare_for(Caret(name=f"chronology:{VISITED}:0", page_scroll=400))
    assert screen.rest.is_over
    assert screen.findChild(TaskRow, f"chronology:{VISITED}:0") is not None
    screen.deleteLater()


def test_a_key_to_a_block_need_not_wait_for_the_painting(bench: Bench) -> None:
    screen = bench.made(chronology=(happened("Maisie spoke of contact", MAISIE),))
    screen._to_block(screen._chronology)
    assert screen.findChild(TaskRow, f"chronology:{VISITED}:0") is not None
    screen.deleteLater()


def test_a_line_of_the_chronology_says_the_day_what_it_means_and_who_recorded_it(bench: Bench) -> None:
    bench.show(chronology=(happened("Maisie spoke of contact", MAISIE, impact="She sleeps badly."),))
    (line,) = bench.rows("chronology:")
    assert line == (
        "20 November 2026: Maisie spoke of contact, "
        "Maisie · For the child: She sleeps badly. · Home visit, Amara Quill"
    )


def test_a_long_narrative_is_begun_in_the_line_and_whole_in_its_record(bench: Bench) -> None:
    bench.show(chronology=(happened("A move", impact="She sleeps badly since. " * 20),))
    (line,) = bench.rows("chronology:")
    assert "For the child: She sleeps badly since. She sleeps" in line
    assert "… · Home visit, Amara Quill" in line
    assert len(line) < 250


def test_a_childs_page_shows_what_is_about_the_child_or_the_whole_family(bench: Bench) -> None:
    lines = (happened("Leo at the clinic", LEO), happened("Maisie at school", MAISIE), happened("A move"))
    bench.show(LEO, chronology=lines)
    assert [line.split(",")[0] for line in bench.rows("chronology:")] == [
        "20 November 2026: Leo at the clinic",
        "20 November 2026: A move",
    ]


def test_a_line_of_a_chapter_says_which_and_what_changed(bench: Bench) -> None:
    line = ChapterLine(
        on=date(2026, 11, 20),
        chapter="substance",
        headline="Session",
        change="Four days of 28",
        impact="",
        attended="Attended",
        module="",
        people=(LEO,),
        names=("Leo Tolland",),
        record=VISITED,
        kind="Alcohol and drugs entry",
        by="Sunil Marsh",
        sent=True,
    )
    bench.show(chapters=(line, replace(line, chapter="fathers-work", people=(MAISIE,), names=())))
    assert bench.rows("chapter:") == [
        "20 November 2026: Session, "
        "Alcohol and drugs · Leo · Attended · Four days of 28 · Alcohol and drugs entry, Sunil Marsh",
        "20 November 2026: Session, "
        "Fathers work · Attended · Four days of 28 · Alcohol and drugs entry, Sunil Marsh",
    ]
    leo = bench.screen.findChild(QPushButton, "choose:p-leo")
    assert leo is not None
    QTest.mouseClick(leo, Qt.MouseButton.LeftButton)
    bench.bot.waitUntil(lambda: len(bench.rows("chapter:")) == 1)


def test_what_is_not_sent_yet_says_so(bench: Bench) -> None:
    bench.show(
        chronology=(happened("A move", sent=False),), actions=(agreed("Ring the nursery", None, sent=False),)
    )
    assert bench.rows("chronology:")[0].endswith("Not sent yet")
    assert "not sent yet" in bench.rows("action:")[0]


def test_an_action_says_who_by_when_and_that_it_is_late_in_words(bench: Bench) -> None:
    bench.show(actions=(agreed("Ring the nursery", date(2026, 11, 19), overdue=True),))
    (line,) = bench.rows("action:")
    assert line == (
        "Ring the nursery, Joss Penn · Home visit of 20 November 2026, By 19 November 2026, overdue"
    )


def test_a_line_leads_by_keys_to_the_record_that_says_it(bench: Bench) -> None:
    bench.show(actions=(agreed("Ring the nursery", None),))
    bench.press(bench.tab_to("action:r-visit/next/Ring the nursery"))
    assert bench.ways.went[-1][:2] == ("record", VISITED)


def test_how_a_date_was_worked_out_is_said_when_asked_and_covered_again(bench: Bench) -> None:
    bench.show(dues=(VISIT_DUE,))
    assert "4 December 2026, in time" in bench.words()
    assert "Child protection visit (Leo Tolland)" in bench.words()
    assert "10 working days after it" not in bench.words()
    link = bench.tab_to("do:how-due-p-leo-child-protection-visit")
    assert isinstance(link, LinkButton)
    bench.press(link)
    bench.bot.waitUntil(lambda: "Last visit that counts: 20 November 2026." in bench.words())
    assert "10 working days after it: 4 December 2026." in bench.words()
    assert link.accessibleName().startswith("Hide how it was worked out")
    bench.press(link)
    assert "10 working days after it" not in bench.words()


def test_the_offices_other_day_stands_with_the_one_worked_out_here_and_what_it_expects_besides(
    bench: Bench,
) -> None:
    from workbook_desktop.domain.people import DueDate

    bench.show(
        dues=(replace(VISIT_DUE, office=date(2026, 12, 2)),),
        office_dues=(DueDate(id="d2", person=LEO, what="Core group", on=date(2026, 12, 7)),),
    )
    assert bench.words().count("Child protection visit") == 1
    assert "The office has 2 December 2026 for this." in bench.words()
    assert "Core group (Leo Tolland)" in bench.words()


def test_a_summary_that_is_due_says_of_which_chapter(bench: Bench) -> None:
    due = replace(VISIT_DUE, person=None, who="", what="Monthly chapter summary", about="substance")
    bench.show(dues=(replace(due, chapter="Alcohol and drugs"), replace(due, chapter="Child")))
    assert "Monthly chapter summary, Alcohol and drugs" in bench.words()
    assert "Monthly chapter summary, Child" in bench.words()


def test_the_newest_five_are_shown_and_all_when_asked(bench: Bench) -> None:
    lines = tuple(happened(f"Thing {each}", on=date(2026, 11, 20 - each)) for each in range(8))
    bench.show(chronology=lines)
    assert len(bench.rows("chronology:")) == 5
    link = bench.tab_to("do:all-lines-6")
    assert link.accessibleName() == "Show all 8 – chronology"
    bench.press(link)
    bench.bot.waitUntil(lambda: len(bench.rows("chronology:")) == 8)
    focus = bench.screen.window().focusWidget()
    assert focus is not None
    assert focus.objectName() == "do:all-lines-6"


def test_a_refresh_that_brings_nothing_new_moves_nothing(bench: Bench) -> None:
    actions = (agreed("Ring the nursery", None),)
    bench.show(actions=actions, dues=(VISIT_DUE,))
    link = bench.tab_to("do:how-due-p-leo-child-protection-visit")
    bench.press(link)
    bench.refreshed(actions=actions, dues=(VISIT_DUE,))
    assert bench.screen.window().focusWidget() is link
    assert "10 working days after it" in bench.words()


def test_a_refresh_that_brings_a_line_keeps_the_worker_on_theirs(bench: Bench) -> None:
    ring = agreed("Ring the nursery", None)
    bench.show(actions=(ring,))
    bench.tab_to("action:r-visit/next/Ring the nursery")
    bench.refreshed(actions=(agreed("Book the hall", date(2026, 12, 1)), ring))
    bench.bot.waitUntil(lambda: len(bench.rows("action:")) == 2)
    focus = bench.screen.window().focusWidget()
    assert focus is not None
    assert focus.objectName() == "action:r-visit/next/Ring the nursery"


def test_lists_that_are_not_whole_say_so(bench: Bench) -> None:
    bench.show(chronology=(happened("A move"),), unread=2)
    assert bench.words().count("2 records are not counted in here yet") == 4
    bench.refreshed(chronology=(happened("A move"),))
    assert "not counted in here" not in bench.words()


def test_readings_open_beside_the_file_and_the_keys_come_back(qtbot: QtBot, bench: Bench) -> None:
    screen = bench.show()
    button = bench.tab_to("do:readings")
    bench.press(button)
    qtbot.waitUntil(lambda: bool(screen.findChildren(ReadingsDialog)))
    dialog = screen.findChildren(ReadingsDialog)[0]
    assert dialog.isVisible()
    assert dialog.isModal()
    assert any("No readings yet" in each.text() for each in dialog.findChildren(QLabel))
    QTest.keyClick(dialog, K.Key_Escape)
    qtbot.waitUntil(lambda: not screen.findChildren(ReadingsDialog))
    assert button.isEnabled()
    assert screen.window().focusWidget() is button


def test_what_is_to_be_read_stands_above_all_and_one_key_leads_to_the_newest(bench: Bench) -> None:
    bench.show(to_read=(asked("Medicine at home is not locked away.", LEO), asked("A slip.")))
    assert bench.rows("note:") == [
        "Medicine at home is not locked away., "
        "Leo · Alcohol and drugs entry of 20 November 2026, Sunil Marsh, To read",
        "A slip., Alcohol and drugs entry of 20 November 2026, Sunil Marsh, To read",
    ]
    QTest.keyClick(
        bench.screen, K.Key_R, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    focus = bench.screen.window().focusWidget()
    assert focus is not None
    assert focus.objectName() == "note:r-visit:0"
    bench.press(focus)
    assert bench.ways.went[-1] == ("record", VISITED, LinkId("safety"))  # not where the record begins


def test_with_nothing_to_read_the_page_says_so(bench: Bench) -> None:
    bench.show()
    assert "Nothing to read" in bench.words()
    bench.refreshed(to_read=(asked("A slip."),))
    assert "Nothing to read" not in bench.words()
    assert len(bench.rows("note:")) == 1


def test_a_childs_page_asks_to_read_what_is_about_the_child(bench: Bench) -> None:
    bench.show(MAISIE, to_read=(asked("About Leo.", LEO), asked("About all.")))
    assert [line.split(".")[0] for line in bench.rows("note:")] == ["About all"]


def test_what_is_agreed_is_recorded_as_done_in_a_record_of_its_own(bench: Bench) -> None:
    ring = agreed("Ring the nursery", None)
    bench.show(actions=(ring,))
    link = bench.tab_to(f"do:done:{ring.id}")
    assert link.accessibleName() == "Record it as done… – Ring the nursery"
    bench.press(link)
    assert bench.ways.went[-1] == ("done", ring.id)


def test_other_forms_are_found_by_a_word_and_begun_by_enter(qtbot: QtBot, bench: Bench) -> None:
    from ui.screens.other_forms import OtherFormsDialog

    screen = bench.show(at_hand=2)
    starts = [each for each in screen.findChildren(QPushButton) if each.objectName().startswith("do:start-")]
    assert len(starts) == 2
    QTest.keyClick(screen, K.Key_O, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: bool(screen.findChildren(OtherFormsDialog)))
    (dialog,) = screen.findChildren(OtherFormsDialog)
    headings = [row.title for row in dialog.list.rows if row.is_heading]
    assert headings == ["Other forms", "Offered first"]
    assert sum(not row.is_heading for row in dialog.list.rows) == len(bench.desk.family(TOLLAND).forms)
    QTest.keyClicks(dialog.field, "motiv")
    assert [row.title for row in dialog.list.rows if not row.is_heading] == ["Motivational conversation"]
    QTest.keyClick(dialog.field, K.Key_Return)
    assert bench.ways.went[-1][:1] == ("start",)
    assert bench.ways.went[-1][1].id == "mi-session"


def test_a_form_that_nobody_has_is_said_to_be_on_no_laptop(qtbot: QtBot, bench: Bench) -> None:
    screen = bench.show(at_hand=2)
    QTest.keyClick(screen, K.Key_O, Qt.KeyboardModifier.AltModifier)
    from ui.screens.other_forms import OtherFormsDialog

    (dialog,) = screen.findChildren(OtherFormsDialog)
    QTest.keyClicks(dialog.field, "xyzzy")
    assert any("No form on this laptop" in each.text() for each in dialog.findChildren(QLabel))
    QTest.keyClick(dialog.field, K.Key_Escape)
    QTest.keyClick(dialog, K.Key_Escape)
    qtbot.waitUntil(lambda: not screen.findChildren(OtherFormsDialog))
    assert not bench.ways.went


def test_a_date_that_a_bank_holiday_moved_says_so_beside_it(qtbot: QtBot, worn_look: Look) -> None:
    moved = "Visit was due 27 November 2026 and is now due 30 November 2026: 27 November is a bank holiday."
    due = WorkedDue(
        person=None,
        who="",
        what="Visit",
        on=date(2026, 11, 30),
        state="in 3 working days",
        overdue=False,
        steps=("10 working days.",),
        moved=moved,
    )
    row = DueRow(due, whose=False)
    qtbot.addWidget(row)
    said = [label.text() for label in row.findChildren(QLabel)]
    assert f"This date moved. {moved}" in said


def test_a_name_with_signs_in_it_is_a_name_on_every_button(bench: Bench) -> None:
    names = {LEO: "Leo & Co_", MAISIE: "\u202eMaisie"}
    family = bench.desk._family
    people = tuple(replace(each, forename=names.get(each.id, each.forename)) for each in family.people)
    bench.desk._family = replace(family, people=people)
    bench.show()
    texts = {button.text() for button in bench.screen.findChildren(QPushButton)}
    assert "Leo && Co_ Tolland, 4" in texts  # one & is seen, and no letter is a key
    assert "Maisie Tolland, 7" in texts  # nothing turns the age around
