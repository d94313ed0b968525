"""Every kind of field: answered by keyboard, shows what the sheet says, is named, does not clip."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.support.desk import BEA, FixedClock
from tests.support.forms import AMARA, tolland
from ui.fields import Field, FieldContext, field_for
from ui.style import Look
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Answer, Empty
from workbook_desktop.forms.definition import Item, Kind, Limits, Option

K = Qt.Key


@pytest.fixture
def look(worn_look: Look) -> Look:
    return worn_look


@pytest.fixture
def context(look: Look) -> FieldContext:
    family = tolland()
    return FieldContext(
        clock=FixedClock(), people=(*family.children, *family.people[:1]), workers=(AMARA, BEA)
    )


def an_item(kind: Kind, **more: Any) -> Item:
    return Item(**{"link_id": LinkId("q"), "kind": kind, "text": "Who & what?", **more})


def options(*words: str) -> tuple[Option, ...]:
    return tuple(Option(value={"code": word.lower(), "display": word}, label=word) for word in words)


class Shown:
    """A field in a window, and what it has said."""

    def __init__(self, item: Item, context: FieldContext, qtbot: QtBot) -> None:
        self.field: Field = field_for(item, FieldPath("q"), context)
        self.said: list[tuple[Any, Empty | None]] = []
        self.field.answered.connect(lambda _path, value, empty: self.said.append((value, empty)))
        self.window = QWidget()
        QVBoxLayout(self.window).addWidget(self.field)
        self.window.resize(640, 300)
        qtbot.addWidget(self.window)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.field.focus_editor()

    def keys(self, *keys: str | K) -> None:
        for each in keys:
            focused = self.window.focusWidget()
            QTest.keyClicks(focused, each) if isinstance(each, str) else QTest.keyClick(focused, each)

    def picture(self) -> QImage:
        """What it looks like when the worker is elsewhere."""
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.hide()
        if self.focused is not None:
            self.focused.clearFocus()
        QApplication.sendPostedEvents()  # what asked for another layout has it
        self.field.setEnabled(False)  # no caret, no selection
        image = self.field.grab().toImage()
        self.field.setEnabled(True)
        return image

    @property
    def last(self) -> Any:
        value, empty = self.said[-1]
        return empty if value is None and empty is not None else value

    @property
    def focused(self) -> QWidget | None:
        return self.window.focusWidget()


CHOICE = options("Home", "School", "Clinic")

BY_KEYBOARD: list[tuple[str, Item, list[str | K], Any]] = [
    ("boolean", an_item(Kind.BOOLEAN), [K.Key_Right, K.Key_Space], False),
    ("string", an_item(Kind.STRING), ["Ann & Bo"], "Ann & Bo"),
    ("text", an_item(Kind.TEXT), ["One", K.Key_Return, "two"], "One\ntwo"),
    ("url", an_item(Kind.URL), ["https://example.org"], "https://example.org"),
    ("integer", an_item(Kind.INTEGER), ["12"], 12),
    ("decimal", an_item(Kind.DECIMAL), ["12.50"], "12.50"),
    (
        "scale",
        an_item(Kind.INTEGER, limits=Limits(min_value="0", max_value="10")),
        [K.Key_Space, K.Key_Right, K.Key_Right],
        2,
    ),
    ("date", an_item(Kind.DATE), ["27/3"], "2026-03-27"),
    ("date-time", an_item(Kind.DATE_TIME), ["27/3/2026 2.30pm"], "2026-03-27T14:30:00+00:00"),
    ("time", an_item(Kind.TIME), ["2.30pm"], "14:30:00"),
    ("choice", an_item(Kind.CHOICE, options=CHOICE), [K.Key_Right, K.Key_Space], CHOICE[1].value),
    (
        "vertical choice",
        an_item(Kind.CHOICE, options=options("One", "Two", "Three", "Four")),
        [K.Key_Down, K.Key_Down, K.Key_Space],
        {"code": "three", "display": "Three"},
    ),
    (
        "several choices",
        an_item(Kind.CHOICE, options=CHOICE, repeats=True),
        [K.Key_Space, K.Key_Tab, K.Key_Tab, K.Key_Space],
        [CHOICE[0].value, CHOICE[2].value],
    ),
    (
        "drop-down",
        an_item(Kind.CHOICE, options=CHOICE, control="drop-down"),
        [K.Key_Down, K.Key_Down],
        CHOICE[1].value,
    ),
    ("open choice, offered", an_item(Kind.OPEN_CHOICE, options=CHOICE), [K.Key_Space], CHOICE[0].value),
    (
        "open choice, own words",
        an_item(Kind.OPEN_CHOICE, options=CHOICE[:2]),
        [K.Key_Right, K.Key_Right, K.Key_Space, "The park"],
        "The park",
    ),
    (
        "several, open",
        an_item(Kind.OPEN_CHOICE, options=CHOICE[:1], repeats=True),
        [K.Key_Space, K.Key_Tab, "The park"],
        [CHOICE[0].value, "The park"],
    ),
    (
        "long list",
        an_item(Kind.CHOICE, options=options(*(f"Town {n}" for n in range(60))), control="autocomplete"),
        ["town 41"],
        {"code": "town 41", "display": "Town 41"},
    ),
    ("quantity", an_item(Kind.QUANTITY, unit="kg"), ["12.5"], {"value": "12.5", "unit": "kg"}),
    (
        "quantity with units",
        an_item(Kind.QUANTITY, units=({"code": "kg", "display": "kg"}, {"code": "g", "display": "g"})),
        ["9", K.Key_Tab, K.Key_Down],
        {"value": "9", "unit": "g", "code": "g"},
    ),
    (
        "worker",
        an_item(Kind.REFERENCE, refers_to="worker"),
        [K.Key_Down, K.Key_Down],
        {"reference": "Practitioner/w-bea", "display": "Bea Linnet"},
    ),
    (
        "child",
        an_item(Kind.REFERENCE, refers_to="child"),
        [K.Key_Down],
        {"reference": "Person/p-maisie", "display": "Maisie Tolland"},
    ),
    ("reference to something else", an_item(Kind.REFERENCE), ["The ward"], {"display": "The ward"}),
    ("several strings", an_item(Kind.STRING, repeats=True), ["May"], ["May"]),
]


@pytest.mark.parametrize(("kind", "item", "keys", "value"), BY_KEYBOARD, ids=[row[0] for row in BY_KEYBOARD])
def test_every_kind_is_answered_by_keyboard(
    kind: str, item: Item, keys: list[str | K], value: Any, context: FieldContext, qtbot: QtBot
) -> None:
    shown = Shown(item, context, qtbot)
    shown.keys(*keys)
    assert shown.last == value


@pytest.mark.parametrize(("kind", "item", "keys", "value"), BY_KEYBOARD, ids=[row[0] for row in BY_KEYBOARD])
def test_every_kind_shows_what_the_sheet_says_and_says_nothing_back(
    kind: str, item: Item, keys: list[str | K], value: Any, context: FieldContext, qtbot: QtBot
) -> None:
    blank = Shown(item, context, qtbot).picture()
    told, typed = Shown(item, context, qtbot), Shown(item, context, qtbot)
    typed.keys(*keys)
    told.field.show_answer(Answer(value=value))
    typed.field.show_answer(Answer(value=value))
    assert told.said == []
    assert told.picture() == typed.picture()  # the same look, whichever way the answer came
    assert told.picture() != blank
    told.field.show_answer(None)
    assert told.said == []
    assert told.picture() == blank


@pytest.mark.parametrize(("kind", "item", "keys", "value"), BY_KEYBOARD, ids=[row[0] for row in BY_KEYBOARD])
def test_every_stop_has_a_name_and_the_first_is_found_by_the_path(
    kind: str, item: Item, keys: list[str | K], value: Any, context: FieldContext, qtbot: QtBot
) -> None:
    shown = Shown(item, context, qtbot)
    stops = [
        each for each in shown.field.findChildren(QWidget) if each.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert stops
    nameless = [each for each in stops if not each.accessibleName() and each.isVisibleTo(shown.window)]
    assert nameless == []
    assert "Who & what?" in stops[0].accessibleName()
    assert shown.field.findChild(QWidget, "answer:q") is not None


@pytest.mark.parametrize(("kind", "item", "keys", "value"), BY_KEYBOARD, ids=[row[0] for row in BY_KEYBOARD])
def test_tab_leaves_every_kind(
    kind: str, item: Item, keys: list[str | K], value: Any, context: FieldContext, qtbot: QtBot
) -> None:
    shown = Shown(item, context, qtbot)
    after = QLineEdit(shown.window)
    shown.window.layout().addWidget(after)
    after.show()
    for _ in range(12):
        if shown.focused is after:
            break
        shown.keys(K.Key_Tab)
    assert shown.focused is after


@pytest.mark.parametrize(("kind", "item", "keys", "value"), BY_KEYBOARD, ids=[row[0] for row in BY_KEYBOARD])
@pytest.mark.parametrize("percent", [100, 200])
def test_nothing_is_clipped(
    kind: str,
    item: Item,
    keys: list[str | K],
    value: Any,
    percent: int,
    context: FieldContext,
    look: Look,
    qtbot: QtBot,
) -> None:
    look.choose(text_percent=percent)
    shown = Shown(item, context, qtbot)
    shown.field.show_answer(Answer(value=value))
    shown.window.resize(640, shown.window.heightForWidth(640) if shown.window.hasHeightForWidth() else 400)
    qtbot.wait(1)
    for each in shown.field.findChildren(QWidget):
        if (
            each.isVisible()
            and each.layout() is None
            and not isinstance(each.parentWidget(), QLineEdit | QComboBox)
        ):
            right = each.mapTo(shown.window, each.rect().bottomRight()).x()
            assert right <= shown.window.width(), each
            needs = each.minimumSizeHint()
            if needs.isValid() and not isinstance(each.parentWidget(), QPlainTextEdit | QComboBox):
                assert each.width() >= min(needs.width(), each.maximumWidth()), each
    look.choose(text_percent=100)


# -- dates ----------


def test_words_that_are_no_date_are_kept_and_shown_as_a_problem(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.DATE), context, qtbot)
    shown.keys("31/2/2026")
    assert shown.last == "31/2/2026"
    edit = shown.focused
    assert isinstance(edit, QLineEdit)
    assert "Error" not in edit.accessibleDescription()  # never while typing
    shown.keys(K.Key_Tab)
    assert "Error: Enter a real date" in edit.accessibleDescription()
    again = Shown(an_item(Kind.DATE), context, qtbot)
    again.field.show_answer(Answer(value="31/2/2026"))
    assert again.field.editor.problem()


def test_a_word_for_a_day_becomes_its_date_when_the_worker_leaves(
    context: FieldContext, qtbot: QtBot
) -> None:
    shown = Shown(an_item(Kind.DATE), context, qtbot)
    edit = shown.focused
    shown.keys("yest", K.Key_Tab)
    assert isinstance(edit, QLineEdit)
    assert edit.text() == "21/11/2026"
    assert shown.last == "2026-11-21"


def test_ctrl_semicolon_types_today_and_with_shift_now(context: FieldContext, qtbot: QtBot) -> None:
    day = Shown(an_item(Kind.DATE), context, qtbot)
    QTest.keyClick(day.focused, K.Key_Semicolon, Qt.KeyboardModifier.ControlModifier)
    assert day.last == "2026-11-22"
    moment = Shown(an_item(Kind.DATE_TIME), context, qtbot)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(moment.focused, K.Key_Semicolon, both)
    assert moment.last == "2026-11-22T14:30:00+00:00"


def test_the_calendar_takes_a_day_and_escape_changes_nothing(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.DATE), context, qtbot)
    shown.keys("27/3/2026", K.Key_Tab, K.Key_Space)
    popup = QApplication.activePopupWidget()
    assert popup is not None
    QTest.keyClick(popup, K.Key_Escape)
    assert shown.last == "2026-03-27"
    shown.keys(K.Key_Space)
    popup = QApplication.activePopupWidget()
    assert popup is not None
    inner = popup.focusWidget()
    QTest.keyClick(inner, K.Key_Right)
    QTest.keyClick(inner, K.Key_Return)
    assert shown.last == "2026-03-28"


# -- empties, options ----------


def test_not_known_is_an_answer_and_trying_it_loses_nothing(context: FieldContext, qtbot: QtBot) -> None:
    item = an_item(Kind.STRING, may_be_empty=(Empty.NOT_KNOWN, Empty.REFUSED))
    shown = Shown(item, context, qtbot)
    shown.keys("A name", K.Key_Tab, K.Key_Space)
    assert shown.last is Empty.NOT_KNOWN
    edit = shown.field.editor.stops()[0]
    assert isinstance(edit, QLineEdit)
    assert edit.text() == ""
    shown.keys(K.Key_Space)
    assert shown.last == "A name"
    assert edit.text() == "A name"


def test_typing_takes_not_known_away(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.STRING, may_be_empty=(Empty.NOT_KNOWN,)), context, qtbot)
    shown.field.show_answer(Answer(value=None, empty=Empty.NOT_KNOWN))
    shown.keys("x")
    assert shown.said[-1] == ("x", None)


def test_a_chosen_option_can_be_cleared(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.CHOICE, options=CHOICE), context, qtbot)
    shown.keys(K.Key_Space, K.Key_Tab)
    assert "Clear answer" in shown.focused.accessibleName()  # type: ignore[union-attr]
    shown.keys(K.Key_Space)
    assert shown.said[-1] == (None, None)
    assert shown.focused is shown.field.findChild(QWidget, "answer:q")


def test_none_of_these_is_chosen_alone(context: FieldContext, qtbot: QtBot) -> None:
    none = Option(value={"code": "none"}, label="None of these", exclusive=True)
    shown = Shown(an_item(Kind.CHOICE, options=(*CHOICE[:2], none), repeats=True), context, qtbot)
    shown.keys(K.Key_Space, K.Key_Tab, K.Key_Space, K.Key_Tab, K.Key_Space)
    assert shown.last == [{"code": "none"}]
    shown.keys(K.Key_Backtab, K.Key_Space)
    assert shown.last == [CHOICE[1].value]


def test_an_option_no_longer_offered_still_shows(context: FieldContext, qtbot: QtBot) -> None:
    for control in ("", "drop-down"):
        shown = Shown(an_item(Kind.CHOICE, options=CHOICE, control=control), context, qtbot)
        shown.field.show_answer(Answer(value={"code": "gone", "display": "Refuge"}))
        texts = [getattr(each, "words", "") for each in shown.field.findChildren(QWidget)]
        texts += [each.currentText() for each in shown.field.findChildren(QComboBox)]
        assert "Refuge (no longer offered)" in texts
        assert shown.said == []


def test_an_ampersand_in_an_option_is_no_mnemonic(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.CHOICE, options=options("Q1 & Q2", "Rest")), context, qtbot)
    shown.window.setFocus()
    QTest.keyClick(shown.window, K.Key_Q, Qt.KeyboardModifier.AltModifier)
    assert shown.said == []
    assert shown.field.label.text() == "Who & what? (optional)"


def test_the_wheel_over_a_drop_down_changes_no_answer(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.CHOICE, options=CHOICE, control="drop-down"), context, qtbot)
    combo = shown.field.findChild(QComboBox)
    assert combo is not None
    combo.clearFocus()
    event = QWheelEvent(
        QPointF(5, 5),
        combo.mapToGlobal(QPointF(5, 5)),
        QPoint(0, 0),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(combo, event)
    assert combo.currentIndex() == 0
    assert shown.said == []


def test_several_answers_are_added_and_removed_by_keyboard(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.STRING, repeats=True), context, qtbot)
    shown.keys("May", K.Key_Tab, K.Key_Tab, K.Key_Space, "Mimi")
    assert shown.last == ["May", "Mimi"]
    shown.keys(K.Key_Backtab, K.Key_Space)  # "Remove" of the first
    assert shown.last == ["Mimi"]


# -- text ----------


def test_a_text_grows_with_what_is_typed(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.TEXT), context, qtbot)
    edit = shown.focused
    assert isinstance(edit, QPlainTextEdit)
    before = edit.height()
    shown.keys(*(["line", K.Key_Return] * 12))
    assert edit.height() > before * 2


def test_undo_reaches_back_over_what_the_sheet_showed(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.TEXT), context, qtbot)
    edit = shown.focused
    assert isinstance(edit, QPlainTextEdit)
    shown.keys("mine")
    shown.field.show_answer(Answer(value="mine"))
    shown.field.show_answer(Answer(value="mine and theirs"))
    assert edit.textCursor().position() == 4
    edit.undo()
    assert edit.toPlainText() == "mine"
    edit.undo()
    assert edit.toPlainText() == ""


# -- files ----------


def test_a_file_is_kept_in_the_answer_and_can_be_removed(
    context: FieldContext, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "drawing.png"
    file.write_bytes(b"\x89PNG" + b"x" * 2000)
    shown = Shown(an_item(Kind.ATTACHMENT), context, qtbot)
    shown.field.editor.take(str(file))  # type: ignore[attr-defined]
    value = shown.last
    assert base64.b64decode(value["data"]) == file.read_bytes()
    assert (value["title"], value["size"], value["contentType"]) == ("drawing.png", 2004, "image/png")
    shown.keys(K.Key_Tab, K.Key_Space)
    assert shown.said[-1] == (None, None)


def test_a_file_that_is_too_large_is_refused_in_plain_words(
    context: FieldContext, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "film.mp4"
    file.write_bytes(b"x" * (513 * 1024))
    shown = Shown(an_item(Kind.ATTACHMENT), context, qtbot)
    shown.field.editor.take(str(file))  # type: ignore[attr-defined]
    assert shown.said == []
    assert shown.field.editor.problem() == "film.mp4 is 513 KB. It can be up to 512 KB"


# -- what every field has ----------


def test_a_problem_is_said_in_words_and_to_a_screen_reader(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.STRING, help="As in the passport"), context, qtbot)
    shown.field.show_problem("Enter a name")
    stop = shown.field.editor.stops()[0]
    assert stop.accessibleDescription() == "Error: Enter a name As in the passport"
    shown.field.show_problem("")
    assert stop.accessibleDescription() == "As in the passport"


def test_what_cannot_be_changed_is_text_and_no_stop(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.BOOLEAN, read_only=True), context, qtbot)
    shown.field.show_answer(Answer(value=True))
    assert shown.field.editor.stops() == []
    words = [each.text() for each in shown.field.findChildren(type(shown.field.label).__mro__[1])]
    assert "Yes" in words
