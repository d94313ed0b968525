"""What is wrong or missing in a form, and what shows: said in its place, and nothing jumps."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from tests.support.form_bench import Bench
from tests.support.forms import form, item
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId

K = Qt.Key
TOLLAND = FamilyId("f-tolland")


NOTE = form(
    item("first", "group", item("note", "text"), item("when", "date"), required=True),
    item("second", "group", item("more", "string")),
)


# -- problems ----------


def test_f8_goes_from_one_missing_answer_to_the_next_across_sections(bench: Bench) -> None:
    of = form(
        item("a", "group", item("one", required=True), item("two"), item("three", required=True)),
        item("b", "group", item("four", required=True)),
    )
    bench.open(of)
    bench.screen.next_problem()
    seen = [bench.focused.objectName()]
    for _ in range(3):
        bench.screen.next_problem()
        seen.append(bench.focused.objectName())
    assert seen == ["answer:three", "answer:four", "answer:one", "answer:three"]
    bench.screen.previous_problem()
    assert bench.focused.objectName() == "answer:one"
    assert bench.page.parts.fields[FieldPath("one")].problem == "Enter “One”"
    bench.keys("there")
    bench.qtbot.waitUntil(lambda: not bench.page.parts.fields[FieldPath("one")].problem)


def test_a_record_opens_at_an_answer_with_its_problem_beside_it(bench: Bench) -> None:
    of = form(item("a", "group", item("one")), item("b", "group", item("two"), item("three", required=True)))
    bench.open(of, section=LinkId("three"))
    assert bench.focused.objectName() == "answer:three"
    assert bench.page.parts.fields[FieldPath("three")].problem


def test_a_problem_that_appears_does_not_move_what_has_the_focus(bench: Bench) -> None:
    of = form(item("a", "group", *(item(f"q{n}", required=True) for n in range(30))))
    bench.open(of)
    edit = bench.tab_to("answer:q20")
    QApplication.processEvents()
    before = edit.mapTo(bench.screen, QPoint(0, 0)).y()
    bench.page.show_problems({FieldPath(f"q{n}"): "Enter it" for n in range(20)})
    QApplication.processEvents()
    assert abs(edit.mapTo(bench.screen, QPoint(0, 0)).y() - before) <= 2


# -- what shows ----------


def when(question: str, answer: Any) -> dict[str, Any]:
    return {"enableWhen": [{"question": question, "operator": "=", **answer}]}


def test_a_question_shows_in_its_place_and_in_tab_order(bench: Bench) -> None:
    of = form(
        item(
            "a",
            "group",
            item("seen", "boolean"),
            item("why", **when("seen", {"answerBoolean": False})),
            item("last"),
        )
    )
    bench.open(of)
    assert bench.page.findChild(QWidget, "answer:why") is None  # not even built
    bench.keys(K.Key_Right, K.Key_Space)
    bench.tab_to("answer:why")
    bench.keys("ill", K.Key_Tab)
    assert bench.focused.objectName() == "answer:last"


def test_the_focus_moves_on_when_its_question_hides(bench: Bench) -> None:
    of = form(
        item(
            "a",
            "group",
            item("open", "string"),
            item("why", "string", **when("open", {"answerString": "x"})),
            item("last"),
        )
    )
    screen = bench.open(of)
    bench.keys("x")
    bench.tab_to("answer:why")
    bench.keys("words")
    change = screen.sheet.answer(FieldPath("open"), "y")
    bench.page.apply(change)
    assert bench.focused.objectName() == "answer:last"
    bench.page.apply(screen.sheet.answer(FieldPath("open"), "x"))
    why = bench.at("answer:why")
    assert isinstance(why, QLineEdit)
    assert why.text() == "words"  # kept while it was hidden


def test_a_rule_in_one_row_says_nothing_in_another(bench: Bench) -> None:
    of = form(
        item(
            "kids",
            "group",
            item("seen", "boolean"),
            item("why", **when("seen", {"answerBoolean": False})),
            repeats=True,
        )
    )
    screen = bench.open(of)
    bench.keys(K.Key_Space)  # "Add"
    add = bench.tab_to("do:add-row:kids")
    bench.keys(K.Key_Space)
    first, second = bench.rows("kids")
    bench.at(f"answer:{first}/seen").setFocus()
    bench.keys(K.Key_Right, K.Key_Space)
    assert bench.page.findChild(QWidget, f"answer:{first}/why") is not None
    assert bench.page.findChild(QWidget, f"answer:{second}/why") is None
    assert add.accessibleName() == "Add another: Kids"
    assert screen.sheet.shown(FieldPath(f"{first}/why"))
