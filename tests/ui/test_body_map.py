"""S11: marks by keyboard, on the child's own side; struck through and never taken away; whom to ring."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.form_bench import Bench
from ui.screens.form.body_map import BodyMapPart, MarksView
from ui.screens.form.section import SectionPage
from ui.style import Look
from ui.tasks import Tasks
from workbook_desktop.domain import paths
from workbook_desktop.domain.body_figure import Age, View
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Value

K = Qt.Key


class Map(Bench):
    """A body map being written, at the section of the marks."""

    def begin(self) -> BodyMapPart:
        self.open("body-map")
        self.screen.next_section()
        self.answer("marks.seen", self.coding("marks.seen", "marks"))
        place = self.page.parts.places[FieldPath("mark")]
        assert isinstance(place.widget, BodyMapPart)
        return place.widget

    def coding(self, question: str, code: str) -> Value:
        options = self.page.sheet.form.by_link_id[LinkId(question)].options
        return next(option.value for option in options if option.value["code"] == code)

    def answer(self, path: str, value: Value) -> None:
        self.page.say(FieldPath(path), value)
        QApplication.processEvents()

    def mark(self, part: BodyMapPart, region: str, side: str, *, new: bool = True) -> FieldPath:
        row = self.page.add_row(paths.ROOT, part.item) if new else part.cards[0].row
        self.answer(paths.child(row, LinkId("mark.region")), self.coding("mark.region", region))
        self.answer(paths.child(row, LinkId("mark.side")), self.coding("mark.side", side))
        return row

    def view(self, part: BodyMapPart) -> MarksView:
        assert part._view is not None
        return part._view


@pytest.fixture
def bench(qtbot: QtBot, worn_look: Look) -> Iterator[Map]:
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield Map(qtbot, Tasks(thread, lambda error: None))
    worn_look.choose(text_percent=100)


def test_the_figure_is_out_of_sight_until_it_is_asked_for(bench: Map) -> None:
    part = bench.begin()
    view = bench.view(part)
    assert not view.figure.isVisible()
    view.turn.click()
    assert view.figure.isVisible()
    assert view.turn.text() == "Cover the figure"
    view.turn.click()
    assert not view.figure.isVisible()


def test_a_mark_is_placed_by_naming_the_part_and_nudged_with_the_arrows(bench: Map) -> None:
    part = bench.begin()
    row = bench.mark(part, "cheek", "left", new=False)
    view = bench.view(part)
    view.turn.click()
    view.choose(row)
    assert view.figure.view is View.HEAD
    view.figure.setFocus()
    QTest.keyClick(view.figure, K.Key_Right)
    QTest.keyClick(view.figure, K.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    answers = bench.page.sheet.body.answers
    assert answers[paths.child(row, LinkId("mark.x"))].value == 540
    assert answers[paths.child(row, LinkId("mark.y"))].value == 350
    for _ in range(40):
        QTest.keyClick(view.figure, K.Key_Right)
    assert bench.page.sheet.body.answers[paths.child(row, LinkId("mark.x"))].value == 1000


def test_a_click_in_the_named_part_puts_the_mark_there_and_elsewhere_does_nothing(bench: Map) -> None:
    part = bench.begin()
    row = bench.mark(part, "belly", "middle", new=False)
    view = bench.view(part)
    view.turn.click()
    view.choose(row)
    QApplication.processEvents()
    spot = view.figure._at(view.figure._marks[0])
    assert spot is not None
    scale, left, top = view.figure._scale()
    here = QPoint(round(left + spot.x() * scale) + 12, round(top + spot.y() * scale))
    QTest.mouseClick(view.figure, Qt.MouseButton.LeftButton, pos=here)
    x = paths.child(row, LinkId("mark.x"))
    moved = bench.page.sheet.body.answers[x].value or 0
    assert moved > 500
    QTest.mouseClick(view.figure, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert bench.page.sheet.body.answers[x].value == moved


def test_each_mark_is_a_sentence_in_the_list_with_its_number_and_side(bench: Map) -> None:
    part = bench.begin()
    row = bench.mark(part, "upper-arm", "left", new=False)
    for link, value in (
        ("mark.size", "20 mm"),
        ("mark.shape", "round"),
        ("mark.colour", [bench.coding("mark.colour", "purple")]),
        ("mark.broken", bench.coding("mark.broken", "no")),
        ("mark.words", "“I fell off my bike”"),
        ("mark.who", "Leo"),
    ):
        bench.answer(paths.child(row, LinkId(link)), value)
    bench.mark(part, "chin", "middle")
    spoken = [each.spoken for each in bench.view(part).list.rows]
    assert spoken[0].startswith(
        "1. Upper arm, front, left. Size: 20 mm · Shape: round · Colour: Purple · Skin broken: No"
        " · Explained by: Leo. Explained: “I fell off my bike”."
    )
    assert spoken[1].startswith("2. Chin.")


def test_a_mark_in_which_something_was_said_has_no_way_to_be_removed(bench: Map) -> None:
    part = bench.begin()
    assert part.cards[0].remove.isVisibleTo(part)
    bench.mark(part, "cheek", "left", new=False)
    assert not part.cards[0].remove.isVisibleTo(part)
    bench.page.add_row(paths.ROOT, part.item)
    assert part.cards[1].remove.isVisibleTo(part)
    assert not part.cards[0].up.isVisibleTo(part)


def test_a_correction_is_struck_through_with_its_reason_and_stays_readable(bench: Map) -> None:
    part = bench.begin()
    row = bench.mark(part, "cheek", "left", new=False)
    bench.answer(paths.child(row, LinkId("mark.struck")), True)
    (line,) = bench.view(part).list.rows
    assert line.state == "Struck through"
    assert "Struck through: no reason yet" in line.spoken
    bench.answer(paths.child(row, LinkId("mark.struck-why")), "It was on the right cheek.")
    (line,) = bench.view(part).list.rows
    assert "1. Cheek, left" in line.spoken
    assert "It was on the right cheek." in line.spoken
    view = bench.view(part)
    view.turn.click()
    view.figure.setFocus()
    QTest.keyClick(view.figure, K.Key_Right)  # what is struck through is not moved any more
    assert paths.child(row, LinkId("mark.x")) not in bench.page.sheet.body.answers


def test_a_mark_on_a_baby_who_does_not_move_interrupts_with_the_councils_number(bench: Map) -> None:
    part = bench.begin()
    card = part._card
    assert card is not None
    assert not card.isVisibleTo(part)
    bench.answer("look.age", bench.coding("look.age", "baby"))
    bench.answer("look.moves", False)
    part.look_again()
    assert card.isVisibleTo(part)
    assert "01632 960140" in card.accessibleName()
    card.aside.click()
    assert card.isVisibleTo(part)  # the numbers stay
    assert not card.aside.isVisibleTo(part)
    card.done.click()
    assert not card.isVisibleTo(part)
    assert bench.page.sheet.body.answers[FieldPath("protocol.rung")].value is True


def test_no_marks_seen_leaves_no_map_and_the_outline_follows_the_age(bench: Map) -> None:
    part = bench.begin()
    bench.mark(part, "knee", "right", new=False)
    bench.answer("look.age", bench.coding("look.age", "teen"))
    part.look_again()
    assert bench.view(part).figure._age is Age.TEEN
    bench.answer("marks.seen", bench.coding("marks.seen", "none"))
    assert not part.isVisible()


def test_a_signed_record_shows_its_marks_and_nothing_can_be_moved(bench: Map) -> None:
    part = bench.begin()
    bench.mark(part, "knee", "right", new=False)
    record = bench.screen.record
    view = replace(
        bench.desk.records[record],
        body=bench.page.sheet.body,
        editable=False,
        why_not="already-signed-off",
    )
    screen = bench.show(view)
    screen.next_section()
    assert not isinstance(screen.page, SectionPage)
    marks = screen.page.findChild(MarksView)
    assert isinstance(marks, MarksView)
    assert [each.title for each in marks.list.rows] == ["1. Knee, right"]
    marks.turn.click()
    assert marks.figure.isVisible()
    assert not any(each.movable for each in marks.figure._marks)


def test_it_fits_a_small_window_at_twice_the_size(bench: Map, worn_look: Look) -> None:
    part = bench.begin()
    bench.mark(part, "knee", "right", new=False)
    worn_look.choose(text_percent=200)
    bench.screen.resize(911, 512)
    bench.view(part).turn.click()
    QApplication.processEvents()
    assert bench.page.horizontalScrollBar().maximum() == 0
