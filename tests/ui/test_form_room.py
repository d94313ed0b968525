"""How a form's page is divided: nothing the list of sections gives is lost where there is no room for it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from tests.support.form_bench import Bench
from tests.support.forms import form, item
from ui.screens.form import FormScreen
from ui.screens.form.contents import KNOWN_NOW, NEXT_UNANSWERED, ContentsButton
from ui.screens.form.earlier import EarlierPage
from ui.screens.form.reading import ReadingPage
from ui.style import Look
from ui.widgets.text import Label
from workbook_desktop.domain.ids import FieldPath, RecordId
from workbook_desktop.domain.records import Answer, Body, State
from workbook_desktop.forms.definition import FACTS
from workbook_desktop.forms.versions import EARLIER

TWO = form(
    item("first", "group", item("one", "string", required=True)),
    item("second", "group", item("two", "string", required=True), item("three", "string")),
)
ONE = form(item("only", "group", item("one", "string", required=True), item("two", "string")))


def button_of(screen: FormScreen) -> ContentsButton:
    found = screen.findChild(ContentsButton)
    assert isinstance(found, ContentsButton)
    return found


def offered(screen: FormScreen) -> list[str]:
    return [each.text() for each in button_of(screen).menu().actions() if not each.isSeparator()]


def choose(screen: FormScreen, words: str) -> None:
    next(each for each in button_of(screen).menu().actions() if each.text() == words).trigger()


def test_a_narrow_window_still_says_how_much_is_answered(bench: Bench) -> None:
    screen = bench.open(TWO, width=700)
    assert screen._room.count.isVisible()
    assert screen._room.count.text() == "0 of 3 answered"
    bench.keys("said")
    bench.qtbot.waitUntil(lambda: screen._room.count.text() == "1 of 3 answered", timeout=2000)
    assert button_of(screen).accessibleName() == "Section 1 of 2: First. Done. 1 of 3 answered"


def test_the_menu_of_a_narrow_window_leads_to_the_next_unanswered_question(bench: Bench) -> None:
    screen = bench.open(TWO, width=700)
    assert offered(screen)[-1] == NEXT_UNANSWERED
    bench.keys("said")
    choose(screen, NEXT_UNANSWERED)
    assert screen.section == "second"
    assert bench.focused.objectName() == "answer:two"


def test_what_is_known_now_is_in_the_menu_where_the_form_asks_for_facts(bench: Bench) -> None:
    asks = form(
        item("a", "group", item("one", "string", code=[{"system": FACTS, "code": "school"}])),
        item("b", "group", item("two", "string")),
    )
    screen = bench.open(asks, width=700)
    assert offered(screen)[-2:] == [NEXT_UNANSWERED, KNOWN_NOW]


def test_a_form_of_one_section_has_it_too_in_a_wide_window(bench: Bench) -> None:
    screen = bench.open(ONE, width=1300)
    assert button_of(screen).isVisible()
    assert button_of(screen).text() == "0 of 2 answered"
    assert offered(screen) == [NEXT_UNANSWERED]
    choose(screen, NEXT_UNANSWERED)
    assert bench.focused.objectName() == "answer:one"


def test_a_form_of_one_section_that_is_read_shows_no_button(bench: Bench) -> None:
    screen = bench.open(ONE)
    view = bench.desk.records[screen.record]
    again = bench.show(replace(view, state=State.SIGNED_OFF, editable=False, why_not="already-signed-off"))
    assert not button_of(again).isVisible()


def test_a_long_title_is_cut_before_the_button_outgrows_the_window(bench: Bench, worn_look: Look) -> None:
    long = form(
        item(
            "a", "group", item("one", "string"), text="What was found out about the home and who lives in it"
        ),
        item("b", "group", item("two", "string")),
    )
    screen = bench.open(long, width=700)
    worn_look.choose(text_percent=200)
    bench.qtbot.waitUntil(lambda: "…" in button_of(screen).text())
    assert button_of(screen).sizeHint().width() <= screen.width()
    assert screen.minimumSizeHint().width() <= 700


def test_the_last_section_of_a_record_that_is_read_leads_nowhere(bench: Bench) -> None:
    screen = bench.open(TWO)
    view = bench.desk.records[screen.record]
    said = Body(answers={FieldPath("one"): Answer(value="x"), FieldPath("two"): Answer(value="y")})
    read = replace(view, body=said, state=State.SIGNED_OFF, editable=False, why_not="already-signed-off")
    again = bench.show(read)
    page = again.page
    assert isinstance(page, ReadingPage)
    assert page.next.isVisible()
    again.next_section()
    last = again.page
    assert isinstance(last, ReadingPage)
    assert not last.next.isVisible()
    assert last.back.isVisible()
    assert bench.focused is last.back


def test_a_long_record_is_read_from_its_top_and_the_keys_scroll_it(bench: Bench) -> None:
    names = [f"q{number}" for number in range(40)]
    long = form(item("a", "group", *(item(name, "string") for name in names)), item("b", "group", item("c")))
    screen = bench.open(long)
    view = bench.desk.records[screen.record]
    said = Body(answers={FieldPath(name): Answer(value="x") for name in (*names, "c")})
    read = replace(view, body=said, state=State.SIGNED_OFF, editable=False, why_not="already-signed-off")
    page = bench.show(read).page
    assert isinstance(page, ReadingPage)
    assert bench.focused is page
    assert page.verticalScrollBar().value() == 0
    QTest.keyClick(page, Qt.Key.Key_PageDown)
    assert page.verticalScrollBar().value() > 0


def test_the_answers_of_an_earlier_form_end_a_record_that_is_read(bench: Bench) -> None:
    screen = bench.open(TWO)
    view = bench.desk.records[screen.record]
    note = Answer(value="kept", extra=((EARLIER, {"asked": "Which bus?", "shown": "kept"}),))
    read = replace(
        view,
        body=Body(answers={FieldPath("one"): Answer(value="x"), FieldPath("gone"): note}),
        state=State.SIGNED_OFF,
        editable=False,
        why_not="already-signed-off",
    )
    again = bench.show(read)
    again.open_section(again.shown_sections()[-1].id)
    assert isinstance(again.page, EarlierPage)
    assert not again.page.next.isVisible()


def test_the_last_section_of_a_form_that_is_tried_has_no_continue(bench: Bench) -> None:
    screen = FormScreen.trial(TWO, bench.desk, bench.tasks, bench.say, bench.ways, clock=bench.clock)
    screen.resize(1200, 700)
    bench.qtbot.addWidget(screen)
    with bench.qtbot.waitExposed(screen):
        screen.show()
    screen.begin()

    def onwards() -> list[str]:
        every = screen.page.findChildren(QPushButton)
        return [
            each.text() for each in every if each.isVisible() and each.objectName() == "do:save-and-continue"
        ]

    assert onwards() == ["Continue"]
    screen.next_section()
    assert onwards() == []


def test_a_late_addition_says_so_and_leads_to_the_signed_record(bench: Bench) -> None:
    screen = bench.open(TWO)
    view = replace(bench.desk.records[screen.record], amends=RecordId("signed"))
    again = bench.show(view)
    said = [each.text() for each in again.page.findChildren(Label) if each.isVisible()]
    assert "A late addition to a signed record" in said
    button = again.page.findChild(QPushButton, "do:open-amended")
    assert isinstance(button, QPushButton)
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert bench.ways.went[-1] == ("record", RecordId("signed"), None)


def test_a_late_addition_that_is_signed_still_leads_there(bench: Bench) -> None:
    screen = bench.open(TWO)
    view = replace(
        bench.desk.records[screen.record],
        amends=RecordId("signed"),
        state=State.SIGNED_OFF,
        editable=False,
        why_not="already-signed-off",
    )
    page = bench.show(view).page
    assert isinstance(page, ReadingPage)
    assert isinstance(page.findChild(QPushButton, "do:open-amended"), QPushButton)
