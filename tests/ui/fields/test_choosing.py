"""Choosing from very many, and choosing someone: typed, filtered, or said in own words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCompleter, QLineEdit
from pytestqt.qtbot import QtBot

from tests.support.desk import BEA, FixedClock
from tests.support.forms import AMARA, tolland
from tests.ui.fields.test_fields import Shown, an_item, options
from ui.fields import FieldContext
from ui.fields.choice import DropDownEditor
from ui.fields.completing import CompletingEditor
from ui.fields.reference import people_options
from ui.style import Look
from workbook_desktop.domain.ids import WorkerId
from workbook_desktop.domain.records import Answer
from workbook_desktop.forms.definition import Kind, Option, Role

K = Qt.Key


@pytest.fixture
def look(worn_look: Look) -> Look:
    return worn_look


@pytest.fixture
def context(look: Look) -> FieldContext:
    family = tolland()
    return FieldContext(clock=FixedClock(), people=family.people, workers=(AMARA, BEA))


@pytest.fixture
def crowd(context: FieldContext) -> FieldContext:
    """As in an office of forty."""
    more = tuple(
        replace(BEA, id=WorkerId(f"w-{number}"), name=f"Worker {number}", agency="Marlshire")
        for number in range(38)
    )
    return replace(context, workers=(AMARA, BEA, *more))


def listed(shown: Shown) -> list[str]:
    completer = shown.field.editor.stops()[0].completer()  # type: ignore[attr-defined]
    assert isinstance(completer, QCompleter)
    model = completer.completionModel()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def choose_first(shown: Shown) -> None:
    """With the keys, which go to the list while it is open."""
    popup = QApplication.activePopupWidget()
    assert popup is not None
    QTest.keyClick(popup, K.Key_Down)
    QTest.keyClick(popup, K.Key_Return)


TOWNS = options(*(f"Town {number} by the water" for number in range(5000)))


def test_parts_in_any_order_find_an_option_among_five_thousand(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.CHOICE, options=TOWNS), context, qtbot)
    shown.keys("water 4999")
    assert listed(shown) == ["Town 4999 by the water"]
    choose_first(shown)
    assert shown.last == TOWNS[4999].value


def test_a_long_list_is_cut_and_says_how_many_fit(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.CHOICE, options=TOWNS), context, qtbot)
    shown.keys("town 1")
    assert len(listed(shown)) < 100
    assert isinstance(shown.field.editor, CompletingEditor)
    assert shown.field.editor.aside.text() == "2084 fit: type more of it"
    shown.keys("xyz")
    assert shown.field.editor.aside.text() == "Nothing in the list fits"


def test_two_options_with_the_same_words_are_told_apart(context: FieldContext, qtbot: QtBot) -> None:
    same = tuple(Option(value={"code": code}, label="Newton") for code in ("north", "south"))
    shown = Shown(an_item(Kind.CHOICE, options=same, control="autocomplete"), context, qtbot)
    shown.keys("newton (south)")
    assert shown.last == {"code": "south"}


def test_own_words_are_kept_where_the_form_allows_them(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.OPEN_CHOICE, options=TOWNS), context, qtbot)
    shown.keys("A boat")
    assert shown.last == "A boat"
    assert shown.field.editor.problem() == ""


def test_a_colleague_is_found_by_name_role_or_agency(crowd: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.REFERENCE, refers_to="worker"), crowd, qtbot)
    shown.keys("marlshire 37")
    assert [each.split(",")[0] for each in listed(shown)] == ["Worker 37"]
    choose_first(shown)
    assert shown.last == {"reference": "Practitioner/w-37", "display": "Worker 37"}


def test_someone_the_list_does_not_know_is_named(crowd: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.REFERENCE, refers_to="worker"), crowd, qtbot)
    shown.keys("A locum")
    assert shown.last == {"display": "A locum"}
    shown.field.editor.show_value({"display": "Night staff"})
    edit = shown.field.editor.stops()[0]
    assert isinstance(edit, QLineEdit)
    assert edit.text() == "Night staff"


def test_someone_else_in_a_short_list_is_a_line_below(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.REFERENCE, refers_to="worker"), context, qtbot)
    shown.keys(K.Key_End)
    assert shown.last == {"display": "Someone else"}
    shown.keys(K.Key_Tab, "A neighbour")
    assert shown.last == {"display": "A neighbour"}


def test_whom_a_record_is_about_is_one_of_the_list(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.REFERENCE, refers_to="person", role=Role.SUBJECT), context, qtbot)
    shown.keys(K.Key_End)
    assert shown.last["reference"].startswith("Person/")


def test_which_adult_it_was_lists_adults_first_and_leaves_no_one_out(context: FieldContext) -> None:
    shown = people_options(an_item(Kind.REFERENCE, refers_to="adult", role=Role.SUBJECT), context)
    assert [each.label.split(",")[0] for each in shown] == [
        "Hannah Tolland",
        "Maisie Tolland",
        "Leo Tolland",
        "Ivy Pask",
    ]
    assert len(shown) == len(context.people)


def test_very_many_people_are_listed_one_below_the_other(crowd: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.REFERENCE, refers_to="worker", repeats=True), crowd, qtbot)
    shown.keys("Worker 12, ")
    choose_first(shown)
    assert shown.last == [{"reference": "Practitioner/w-12", "display": "Worker 12"}]


def test_someone_written_otherwise_by_now_is_the_same_person(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.REFERENCE, refers_to="worker"), context, qtbot)
    before: dict[str, Any] = {"reference": f"Practitioner/{BEA.id}", "display": "B. Formerly"}
    shown.field.editor.show_value(before)
    combo: Any = shown.field.editor.stops()[0]
    assert combo.currentText().startswith(BEA.name)
    assert not any("not in the list" in combo.itemText(place) for place in range(combo.count()))


# -- a closed drop-down shows all of what is chosen ----------


LONG = "The worker arranged it with the parent and the school together, in writing"


def test_words_that_a_closed_drop_down_cuts_stand_whole_below_it(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.CHOICE, options=options("Short", LONG), control="drop-down"), context, qtbot)
    editor = shown.field.editor
    assert isinstance(editor, DropDownEditor)
    shown.field.show_answer(Answer(value=options("Short", LONG)[1].value))
    assert editor.whole.isVisible()
    assert editor.whole.text() == LONG
    assert editor.combo.toolTip() == LONG
    editor.combo.setCurrentIndex(1)
    assert not editor.whole.isVisible()
    assert editor.combo.toolTip() == ""


def test_who_is_kept_restricted_is_marked_where_people_are_chosen(context: FieldContext) -> None:
    *others, last = context.people
    asked = replace(context, people=(*others, replace(last, restricted=True)))
    labels = [each.label for each in people_options(an_item(Kind.REFERENCE, refers_to="person"), asked)]
    marked = [each for each in labels if each.endswith("(restricted: council staff only)")]
    assert [each.startswith(last.name) for each in marked] == [True]
