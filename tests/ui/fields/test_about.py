"""A date that is only known roughly: said so, kept so, shown so."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from tests.support.desk import FixedClock
from tests.support.forms import form, item, sheet
from tests.ui.fields.test_fields import Shown, an_item
from ui.fields import FieldContext, answer_words
from ui.fields.reading import read_date
from ui.style import Look, Theme
from ui.style import apply as dress
from workbook_desktop.domain.records import ABOUT, Answer, Empty
from workbook_desktop.forms.definition import Kind

K = Qt.Key
MONTHS: dict[str, Any] = {"precisions": ("day", "month", "year")}
ROUGHLY = Answer(value="2024-03", extra=((ABOUT, True),))


@pytest.fixture
def look(qapp: QApplication) -> Look:
    return dress(qapp, Theme.LIGHT)


@pytest.fixture
def context(look: Look) -> FieldContext:
    return FieldContext(clock=FixedClock())


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("about March 2024", "2024-03"),
        ("Around 2019", "2019"),
        ("c.2019", "2019"),
        ("c. march 2024", "2024-03"),
        ("~ 2019", "2019"),
        ("approx 27/3/2024", "2024-03-27"),
    ],
)
def test_roughly_is_understood(typed: str, value: str) -> None:
    found = read_date(typed, date(2026, 11, 22), ("day", "month", "year"))
    assert (found.value, found.about) == (value, True)
    assert found.words.startswith("About ")


@pytest.mark.parametrize("typed", ["March 2024", "in March 2024", "on 27/3", "2019", "tue"])
def test_exactly_is_not_roughly(typed: str) -> None:
    found = read_date(typed, date(2026, 11, 22), ("day", "month", "year"))
    assert found.value is not None
    assert not found.about


@pytest.mark.parametrize("typed", ["about", "c.", "~", "about soon"])
def test_roughly_what_is_asked(typed: str) -> None:
    assert read_date(typed, date(2026, 11, 22), ("day", "month")).problem


def test_what_was_typed_as_roughly_stays_so_when_the_worker_leaves_and_comes_back(
    context: FieldContext, qtbot: QtBot
) -> None:
    shown = Shown(an_item(Kind.DATE, **MONTHS), context, qtbot)
    shown.keys("About march 2024")
    assert shown.last == "2024-03"
    assert shown.field.is_about
    edit = shown.focused
    shown.keys(K.Key_Tab)
    assert isinstance(edit, QLineEdit)
    assert edit.text() == "about March 2024"


def test_the_sheet_says_whether_it_was_roughly(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.DATE, **MONTHS), context, qtbot)
    edit = shown.focused
    assert isinstance(edit, QLineEdit)
    shown.field.show_answer(ROUGHLY)
    assert edit.text() == "about March 2024"
    shown.field.show_answer(Answer(value="2024-03"))
    assert edit.text() == "March 2024"
    assert answer_words(an_item(Kind.DATE), ROUGHLY, context) == "about March 2024"


def test_not_known_and_back_again_keeps_it(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.DATE, may_be_empty=(Empty.NOT_KNOWN,), **MONTHS), context, qtbot)
    shown.keys("about 2019")
    box = shown.field._empties[Empty.NOT_KNOWN]
    box.click()
    box.click()
    assert shown.last == "2019"
    assert shown.field.is_about


def test_a_sheet_keeps_it_and_takes_it_away() -> None:
    one = sheet(form(item("on", "date")))
    path = next(iter(one.workings.places()))
    one.answer(path, "2024-03", about=True)
    assert one.body.answers[path].is_about
    assert not one.answer(path, "2024-03", about=True)
    assert one.answer(path, "2024-03")
    assert not one.body.answers[path].is_about
    assert not Answer(value="2024-03").says_the_same(ROUGHLY)
