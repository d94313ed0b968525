"""S10: the genogram page: the list says all, the drawing follows it, and both by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.support.desk import FixedClock, StandInDesk
from tests.support.form_bench import Ways
from tests.support.kin import TODAY, family, home, person, the_harbours, tie
from tests.support.window import Window
from tests.support.worker import family_head
from ui.say import Say
from ui.screens.form import FormScreen
from ui.screens.genogram import GenogramScreen
from ui.shell.places import Kind, Place
from ui.style import Look, Theme
from ui.tasks import Tasks
from workbook_desktop.domain.changes import FeedItem, FeedPage
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, PersonId, RecordId
from workbook_desktop.domain.people import Family
from workbook_desktop.domain.records import Answer, content_hash, content_of
from workbook_desktop.messages import load as load_messages
from workbook_desktop.workspace.genogram import genogram_of

K = Qt.Key
TOLLAND = FamilyId("f-tolland")


class Bench:
    """The page, shown."""

    def __init__(self, qtbot: QtBot, tasks: Tasks) -> None:
        self.bot, self.tasks = qtbot, tasks
        self.clock = FixedClock()
        self.ways = Ways()

    def show(self, of: Family, size: tuple[int, int] = (1366, 700)) -> GenogramScreen:
        self.screen = GenogramScreen(
            genogram_of(of, TODAY),
            StandInDesk(self.clock),
            self.tasks,
            Say(load_messages(), self.clock),
            self.ways,
        )
        self.screen.resize(*size)
        self.bot.addWidget(self.screen)
        with self.bot.waitExposed(self.screen):
            self.screen.show()
        self.screen.begin()
        QApplication.processEvents()
        return self.screen

    def key(self, key: K, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.screen.window().focusWidget(), key, held)
        QApplication.processEvents()


@pytest.fixture
def bench(qtbot: QtBot, worn_look: Look) -> Iterator[Bench]:
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield Bench(qtbot, Tasks(thread, lambda error: None))
    worn_look.choose(theme=Theme.LIGHT, text_percent=100)


def test_children_come_first_and_every_row_is_a_sentence(bench: Bench) -> None:
    rows = bench.show(the_harbours()).list.rows
    assert rows[0].title == "Kit Marsh, 15"
    (wren,) = [row.spoken for row in rows if row.title.startswith("Wren")]
    assert wren.startswith("Wren Harbour, 9. child of the file. Child of Ruth Harbour and Conor Dell.")
    assert "Lives with Ruth Harbour, Alex Harbour" in wren


def test_who_is_chosen_in_the_list_is_chosen_in_the_drawing_and_the_other_way_round(bench: Bench) -> None:
    screen = bench.show(the_harbours())
    assert screen.drawing.person == screen.list.current_key
    bench.key(K.Key_Down)
    assert screen.drawing.person == screen.list.current_key
    screen.drawing.setFocus()
    before = screen.list.current_key
    bench.key(K.Key_Up)
    bench.key(K.Key_Right)
    assert screen.list.current_key == screen.drawing.person != before


def test_the_arrows_reach_everybody(bench: Bench) -> None:
    screen = bench.show(the_harbours())
    screen.drawing.setFocus()
    seen = {screen.drawing.person}
    ways = (K.Key_Right, K.Key_Left, K.Key_Up, K.Key_Down)
    frontier = [screen.drawing.person]
    while frontier:  # every way from everybody who was reached
        here = frontier.pop()
        for way in ways:
            assert here is not None
            screen.drawing.choose(here)
            bench.key(way)
            if screen.drawing.person not in seen:
                seen.add(screen.drawing.person)
                frontier.append(screen.drawing.person)
    assert len(seen) == len(the_harbours().people)


def test_zoom_and_fit_by_keys_and_by_buttons(bench: Bench) -> None:
    screen = bench.show(the_harbours())
    screen.drawing.setFocus()
    fitted = screen.drawing.transform().m11()
    bench.key(K.Key_Plus)
    assert screen.drawing.transform().m11() > fitted
    bench.key(K.Key_Minus)
    screen._nearer.click()
    screen._nearer.click()
    bar = screen.drawing.horizontalScrollBar()
    before = bar.value()
    bench.key(K.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert bar.value() > before
    screen._fit.click()
    assert screen.drawing.transform().m11() == pytest.approx(fitted)


def test_the_office_is_told_of_a_person_who_stands_on_the_genogram_until_the_list_has_them(
    window: Window,
) -> None:
    window.unlock()
    routes = window.shell.navigator
    assert routes is not None
    desk = routes.desk
    place = Place(kind=Kind.GENOGRAM, family=TOLLAND)
    window.open(lambda: routes.to(place), "screen:genogram")
    window.click("do:tell-person")
    window.on("screen:form")
    form = window.shell.screen_now
    assert isinstance(form, FormScreen)
    record = form.record
    assert window.thread.submit(desk.genogram, TOLLAND).result().told == (), "nothing is said yet"
    window.named("answer:person.name").setFocus()
    window.type("Rhys Morgan")
    window.named("answer:person.relation").setFocus()
    window.type("partner of Hannah since May")
    window.press("Alt+Left")
    window.on("screen:genogram")

    def rows() -> list[str]:
        page = window.shell.screen_now
        assert isinstance(page, GenogramScreen)
        return [row.spoken for row in page.list.rows if row.key.startswith("told:")]

    (draft,) = rows()
    assert "Rhys Morgan" in draft
    assert "Not told yet: a draft" in draft
    assert "Partner of Hannah since May" in draft
    sign(window, record)
    page = window.shell.screen_now
    assert isinstance(page, GenogramScreen)
    page.refresh(())
    window.until(lambda: "Waiting to be sent to the office" in rows()[0])
    page.list.setFocus()
    page.list.choose(f"told:{record}")
    window.press("Enter")
    window.on("screen:form")
    family = window.thread.submit(desk.genogram, TOLLAND).result().family
    rhys = replace(family.people[0], id=PersonId("p-rhys"), forename="Rhys", surname="Morgan")
    listed = replace(family, people=(*family.people, rhys))
    store = window.gate.store
    assert store is not None
    head = family_head(listed, window.clock.now())
    page_of_feed = FeedPage(
        items=(FeedItem(seq=9000, kind="record", family=TOLLAND, head=replace(head, version=2)),),
        cursor="c9",
        epoch="e1",
        more=False,
    )
    window.thread.submit(store.sync_port().apply_page, page_of_feed).result()
    assert window.thread.submit(desk.genogram, TOLLAND).result().told == ()


def sign(window: Window, record: RecordId) -> None:
    """Say what else is required, and sign."""
    routes = window.shell.navigator
    assert routes is not None
    desk = routes.desk

    def job() -> None:
        opened = desk.open(record)
        items = opened.form.by_link_id
        body = opened.body
        at = window.clock.now().isoformat()
        said: dict[str, Any] = {
            "person.what": items[LinkId("person.what")].options[0].value,
            "person.of": [{"reference": "Person/p-hannah", "display": "Hannah Tolland"}],
            "person.told-on": window.clock.today().isoformat(),
            "note.audience": items[LinkId("note.audience")].options[0].value,
            "record.source": [items[LinkId("record.source")].options[0].value],
        }
        for link, value in said.items():
            body = body.with_answer(FieldPath(link), Answer(value=value, by=desk.worker.id, at=at))
        kept = desk.keep(record, body, opened.body)
        desk.sign_off(record, content_hash(content_of(kept.stands)))

    window.thread.submit(job).result()


def test_where_there_is_no_room_for_both_the_list_is_first_and_the_drawing_one_press_away(
    bench: Bench,
) -> None:
    screen = bench.show(the_harbours(), size=(800, 430))
    assert screen.list.isVisible()
    assert not screen.drawing.isVisible()
    screen._turn.click()
    assert screen.drawing.isVisible()
    assert not screen.list.isVisible()
    assert screen.window().focusWidget() is screen.drawing
    assert screen._turn.text() == "Show the list"


def test_sixty_people_are_chosen_from_home_by_home_and_the_list_has_them_all(bench: Bench) -> None:
    people = [person(f"P{number} Lee", "F", 1990) for number in range(60)]
    homes = [home(f"h-{at}", *(each.id for each in people[at * 12 : at * 12 + 12])) for at in range(5)]
    screen = bench.show(family(*people, *homes))
    assert screen.which.isVisible()
    assert screen.which.count() == 5
    assert len(screen.list.rows) == 60
    screen.list.choose("p50")
    assert screen.drawing.person == "p50"
    assert screen.which.currentText().startswith("Home E")


def test_what_does_not_fit_together_is_said_above(bench: Bench) -> None:
    ann, ben = person("Ann Lee", "F", 1990), person("Ben Lee", "M", 2018, is_child=True)
    screen = bench.show(family(ann, ben, tie("ann", "mother", "ben"), tie("ben", "father", "ann")))
    words = [each.text() for each in screen._doubts.findChildren(QLabel) if each.isVisible()]
    assert words[0].startswith("! Something does not fit together.")
    assert "Ben Lee is recorded as parent of Ann Lee." in words[1]


def test_nobody_at_all_is_a_sentence_and_no_empty_drawing(bench: Bench) -> None:
    screen = bench.show(family())
    assert screen._none.isVisible()
    assert not screen._part.isVisible()


def test_it_is_drawn_in_every_theme_and_at_twice_the_size(bench: Bench, worn_look: Look) -> None:
    screen = bench.show(the_harbours())
    for theme in (Theme.DARK, Theme.CONTRAST, Theme.LIGHT):
        worn_look.choose(theme=theme)
        QApplication.processEvents()
        screen.grab()
    worn_look.choose(text_percent=200)
    QApplication.processEvents()
    screen.grab()
    assert screen.page.horizontalScrollBar().maximum() == 0


def test_in_the_real_window_the_practice_family_is_drawn_without_an_address(window: Window) -> None:
    window.unlock()
    go = window.shell.screen_now._go  # type: ignore[union-attr]
    place = Place(kind=Kind.GENOGRAM, family=FamilyId("f-tolland"))
    window.open(lambda: go.to(place), "screen:genogram")
    said = window.findable()
    assert "Former partner of Hannah Tolland, domestic abuse" in said
    assert "protected address" in said
    assert "XX1" not in said
