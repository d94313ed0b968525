"""A date that is only known roughly: said so, kept so, shown so."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from tests.support.desk import FixedClock
from tests.support.forms import form, item, sheet
from tests.ui.fields.test_fields import Shown, an_item
from ui.fields import FieldContext, answer_words
from ui.fields.reading import read_date, read_moment
from ui.style import Look
from workbook_desktop.domain.records import ABOUT, Answer, Empty
from workbook_desktop.forms.definition import Kind

K = Qt.Key
MONTHS: dict[str, Any] = {"precisions": ("day", "month", "year")}
ROUGHLY = Answer(value="2024-03", extra=((ABOUT, True),))


@pytest.fixture
def look(worn_look: Look) -> Look:
    return worn_look


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


NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("about 27/3/2026 14:30", "2026-03-27T14:30:00+00:00"),
        ("27/3/2026 about 14:30", "2026-03-27T14:30:00+00:00"),
        ("yest around 3pm", "2026-11-21T15:00:00+00:00"),
        ("27 March 2026 at about 2.30pm", "2026-03-27T14:30:00+00:00"),
        ("c. 9.15", "2026-11-22T09:15:00+00:00"),
        ("27/3 ~9:15", "2026-03-27T09:15:00+00:00"),
    ],
)
def test_a_moment_can_be_roughly_then_too(typed: str, value: str) -> None:
    found = read_moment(typed, NOW)
    assert (found.value, found.about) == (value, True)
    assert found.words.startswith("About ")


@pytest.mark.parametrize("typed", ["27/3/2026 14:30", "27 dec 2025 14:30", "now", "tue 9.15"])
def test_a_moment_said_exactly_is_not_roughly(typed: str) -> None:
    found = read_moment(typed, NOW)
    assert found.value is not None
    assert not found.about


def test_a_moment_typed_as_roughly_stays_so_and_is_shown_so(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.DATE_TIME), context, qtbot)
    shown.keys("yest about 3pm")
    edit = shown.focused
    assert shown.field.is_about
    said = Answer(value=shown.last, extra=((ABOUT, True),))
    assert isinstance(edit, QLineEdit)
    edit.clearFocus()
    assert edit.text() == "about 21/11/2026 15:00"
    shown.field.show_answer(Answer(value=shown.last))
    assert edit.text() == "21/11/2026 15:00"
    assert answer_words(an_item(Kind.DATE_TIME), said, context) == "about Saturday 21 November 2026, 15:00"


def test_now_typed_for_the_worker_is_exact(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.DATE_TIME), context, qtbot)
    shown.keys("about 27/3/2026 14:30")
    edit = shown.focused
    assert isinstance(edit, QLineEdit)
    QTest.keyClick(edit, K.Key_Semicolon, Qt.KeyboardModifier.ControlModifier)
    assert not shown.field.is_about
    assert edit.text() == "22/11/2026 14:30"
