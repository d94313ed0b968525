"""Fills any form in the real window by keyboard: every question that shows, in every section and row.

What is to come out is worked out from the form alone, before a key is pressed. So an answer that a widget,
the store or the wire bends is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLineEdit, QWidget

from tests.support.laptop import CONTROL, Laptop
from ui.fields import Field
from ui.fields.attachment import AttachmentEditor
from ui.fields.base import Editor
from ui.fields.choice import CheckEditor, DropDownEditor, RadioEditor, option_words
from ui.fields.completing import CompletingEditor
from ui.fields.number import ScaleEditor
from ui.fields.options import OptionRadio
from ui.fields.quantity import QuantityEditor
from ui.fields.several import SeveralEditor
from ui.fields.text import LineEditor, TextEditor
from ui.fields.typed import TypedEditor
from ui.screens.form import FormScreen
from ui.screens.form.section import SectionPage
from workbook_desktop.commands.hands import Hands
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Value
from workbook_desktop.forms.definition import Form, Item, Kind
from workbook_desktop.forms.sheet import Sheet

ROWS = 2  # of every repeating group
LINES = 2  # of every question with several answers


@dataclass(slots=True)
class Filled:
    """What was typed, and what ought to come of it."""

    expected: dict[FieldPath, Value] = field(default_factory=dict)
    not_typed: dict[FieldPath, str] = field(default_factory=dict)  # path: why


class Filler:
    """A pair of hands in one form."""

    def __init__(self, laptop: Laptop, file: Path) -> None:
        self.laptop, self.hands, self._file = laptop, laptop.hands, file
        screen = laptop.shell.screen_now
        assert isinstance(screen, FormScreen)
        self.screen = screen
        self.sheet: Sheet = screen.sheet
        self.form: Form = self.sheet.form
        self.done = Filled()

    def fill(self) -> Filled:
        """Walk the sections, forwards and again, until no question shows that was not met."""
        for _ in range(4):
            met = len(self.done.expected) + len(self.done.not_typed)
            while self.laptop.hands.sees("screen:form"):
                self._fill_section()
                before = self.screen.section
                self.hands.press(Qt.Key.Key_PageDown, CONTROL)
                if self.screen.section == before:
                    break
            if len(self.done.expected) + len(self.done.not_typed) == met:
                return self.done
            while True:
                before = self.screen.section
                self.hands.press(Qt.Key.Key_PageUp, CONTROL)
                if self.screen.section == before:
                    break
        return self.done

    def shown_questions(self) -> Iterator[tuple[FieldPath, Item]]:
        """Yield every question the form shows now, by its rules and not by what the window built."""

        def within(items: tuple[Item, ...], row: FieldPath) -> Iterator[tuple[FieldPath, Item]]:
            for item in items:
                own = paths.child(row, item.link_id)
                if item.hidden or not self.sheet.shown(own):
                    continue
                if not item.has_rows:
                    if item.is_question:
                        yield own, item
                    yield from within(item.items, row)
                    continue
                for each in self.sheet.rows(row, item.link_id):
                    if item.is_question:
                        yield paths.child(each, item.link_id), item
                    yield from within(item.items, each)

        yield from within(self.form.items, paths.ROOT)

    # -- one section ---------------------------------------------------------------------------------------

    def _fill_section(self) -> None:
        page = self.screen.page
        assert isinstance(page, SectionPage)
        while True:
            self._add_rows()
            waiting = [
                each
                for path, each in list(page.parts.fields.items())
                if path not in self.done.expected
                and path not in self.done.not_typed
                and each.isVisibleTo(page)
            ]
            if not waiting:
                return
            self._fill_field(waiting[0])

    def _add_rows(self) -> None:
        """Press "Add" until every repeating group on the page has two rows."""
        page = self.screen.page
        pressed = True
        while pressed:
            pressed = False
            for button in page.findChildren(QWidget):
                name = button.objectName()
                if not name.startswith("do:add-row:") or not button.isVisibleTo(page):
                    continue
                path = FieldPath(name.removeprefix("do:add-row:"))
                if len(self.sheet.rows(paths.parent_row(path), paths.link_id(path))) < ROWS:
                    self.hands.do(name)
                    pressed = True

    def _fill_field(self, shown: Field) -> None:
        self.laptop.bot.wait(0)  # a page is laid out before anyone can press a key in it
        path, item, editor = shown.path, shown.item, shown.editor
        if not editor.stops():
            self.done.not_typed[path] = "it is read only"
            return
        if isinstance(editor, SeveralEditor):
            self.done.expected[path] = self._fill_several(path, item, editor)
        else:
            self.done.expected[path] = self._fill_one(path, item, editor, 1)
        self.hands.press(Qt.Key.Key_Tab)

    def _fill_several(self, path: FieldPath, item: Item, editor: SeveralEditor) -> Value:
        values: list[Value] = []
        for number in range(1, LINES + 1):
            lines = [each for each in editor.findChildren(Editor) if each.isVisibleTo(editor)]
            if len(lines) < number:
                self._focus(editor.add)
                self.hands.press(Qt.Key.Key_Space)
                lines = [each for each in editor.findChildren(Editor) if each.isVisibleTo(editor)]
            values.append(self._fill_one(path, item, lines[number - 1], number))
        return cast(Value, values)

    # -- one answer ----------------------------------------------------------------------------------------

    def _fill_one(self, path: FieldPath, item: Item, editor: Editor, number: int) -> Value:
        match editor:
            case AttachmentEditor():
                return self._choose_file(editor)
            case RadioEditor():
                return self._press_radio(path, item, editor)
            case ScaleEditor():
                self._focus(editor.stops()[0])
                self.hands.press(Qt.Key.Key_Space)
                return int(item.limits.min_value or 0)
            case CheckEditor():
                return self._press_boxes(path, item, editor)
            case DropDownEditor():
                return self._drop_down(item, editor)
            case CompletingEditor():
                option = self._option(item)
                self._type(editor.edit, option_words(item.options[option]))
                return item.options[option].value
            case QuantityEditor():
                return self._amount(item, editor, number)
            case TypedEditor():
                text, value = self._typed(item, number)
                self._type(editor.edit, text)
                return value
            case TextEditor():
                text = f"Words for {item.link_id}, caf\u00e9 & <b>tea</b>.\nA second line, {path[:8]}."
                self._type(editor.edit, text)
                return text
            case LineEditor():
                if item.kind is Kind.REFERENCE:
                    self._type(editor.edit, f"Somebody {number}")
                    return {"display": f"Somebody {number}"}
                text = f"https://example.org/{number}" if item.kind is Kind.URL else self._line(item, number)
                self._type(editor.edit, text)
                return text
        raise AssertionError(f"no hands for {type(editor).__name__}, {path}")

    @staticmethod
    def _line(item: Item, number: int) -> str:
        text = f"Line {number} for {item.link_id}"
        most = item.limits.max_length
        return text[:most] if most is not None else text

    def _typed(self, item: Item, number: int) -> tuple[str, Value]:
        limits = item.limits
        match item.kind:
            case Kind.DATE:
                return f"{26 + number}/3/2026", f"2026-03-{26 + number}"
            case Kind.DATE_TIME:  # the 27th of March 2026 is in winter time still
                return f"{26 + number}/3/2026 14:30", f"2026-03-{26 + number}T14:30:00+00:00"
            case Kind.TIME:
                return f"14:3{number}", f"14:3{number}:00"
            case Kind.INTEGER:
                least = int(limits.min_value) if limits.min_value is not None else 0
                most = int(limits.max_value) if limits.max_value is not None else 10**6
                value = max(least, min(most, 6 + number))
                return str(value), value
            case Kind.DECIMAL:
                return f"{number}2.50", f"{number}2.50"
        raise AssertionError(f"no words for {item.kind}")

    def _amount(self, item: Item, editor: QuantityEditor, number: int) -> Value:
        self._type(editor.edit, f"{number}7.5")
        value: dict[str, Any] = {"value": f"{number}7.5"}
        units = [unit for unit in item.units if isinstance(unit, dict)]
        if editor.combo is not None and units:
            place = min(1, len(units) - 1)
            self._focus(editor.combo)
            self.hands.press(Qt.Key.Key_Home)
            for _ in range(place):
                self.hands.press(Qt.Key.Key_Down)
            unit = units[place]
            words = str(unit.get("display") or unit.get("code") or "")
            told = {"unit": words, "code": unit.get("code"), "system": unit.get("system")}
            value |= {key: each for key, each in told.items() if each}
        elif item.unit:
            value["unit"] = item.unit
        return value

    def _option(self, item: Item) -> int:
        """Return which option to choose: one that makes other questions show, else the second."""
        wanted = [
            condition.answer
            for each in self.form.walk()
            for condition in each.when
            if condition.question == item.link_id and condition.compare.value == "="
        ]
        for place, option in enumerate(item.options):
            if any(_same(option.value, answer) for answer in wanted):
                return place
        return min(1, len(item.options) - 1)

    def _press_radio(self, path: FieldPath, item: Item, editor: RadioEditor) -> Value:
        if item.kind is Kind.BOOLEAN:
            wanted = [
                condition.answer
                for each in self.form.walk()
                for condition in each.when
                if condition.question == item.link_id
            ]
            values: list[Value] = [True, False]
            place = 1 if wanted and wanted[0] is False else 0
        elif item.kind is Kind.OPEN_CHOICE:
            self._focus(editor.stops()[0])
            self._arrow_to(editor, "Something else")
            self.hands.press(Qt.Key.Key_Space)
            self.hands.type("something of our own")
            return "something of our own"
        else:
            values = [option.value for option in item.options]
            place = self._option(item)
        self._focus(editor.stops()[0])
        if not editor.set.buttons[place].hasFocus():
            self._arrow_to(editor, editor.set.buttons[place].words)
        self.hands.press(Qt.Key.Key_Space)
        assert editor.set.buttons[place].isChecked(), path
        return values[place]

    def _arrow_to(self, editor: RadioEditor, words: str) -> None:
        buttons = editor.set.buttons
        in_a_line = len(buttons) > 1 and buttons[0].y() == buttons[1].y()
        key = Qt.Key.Key_Right if in_a_line else Qt.Key.Key_Down
        for _ in range(len(buttons) + 1):
            focused = QApplication.focusWidget()
            if isinstance(focused, OptionRadio) and focused.words == words:
                return
            self.hands.press(key)
        where = [(each.words, each.geometry(), each.isVisible()) for each in editor.set.buttons]
        raise AssertionError(f"the arrow keys do not reach {words}: {where}, {QApplication.focusWidget()}")

    def _press_boxes(self, path: FieldPath, item: Item, editor: CheckEditor) -> Value:
        wanted = {self._option(item), 0} if len(item.options) > 1 else {0}
        if any(item.options[place].exclusive for place in wanted):
            wanted = {min(wanted)}
        chosen = sorted(wanted)
        for place in chosen:
            self._focus(editor.boxes[place])
            if not editor.boxes[place].isChecked():
                self.hands.press(Qt.Key.Key_Space)
            assert editor.boxes[place].isChecked(), path
        told: list[Value] = [
            option.value
            for place, option in enumerate(item.options)
            if place in chosen or editor.boxes[place].isChecked()  # what the form begins with stays
        ]
        if item.kind is Kind.OPEN_CHOICE:
            self._focus(editor.stops()[-1])
            self.hands.type("words of our own")
            told.append("words of our own")
        return cast(Value, told)

    def _drop_down(self, item: Item, editor: DropDownEditor) -> Value:
        self._focus(editor.combo)
        if item.kind is Kind.OPEN_CHOICE:
            self.hands.press(Qt.Key.Key_End)
            self._focus(editor.stops()[1])
            self.hands.type("something of our own")
            return "something of our own"
        options = item.options
        self.hands.press(Qt.Key.Key_Home)
        if not options:  # people: what the window offers is what can be chosen
            self.hands.press(Qt.Key.Key_Down)
            return {"display": editor.combo.currentText()}
        place = self._option(item)
        for _ in range(place + 1):
            self.hands.press(Qt.Key.Key_Down)
        return options[place].value

    def _choose_file(self, editor: AttachmentEditor) -> Value:
        import base64
        import hashlib

        self._focus(editor.choose)
        self.hands.press(Qt.Key.Key_Space)
        self.laptop.until(lambda: self._dialog() is not None)
        dialog = self._dialog()
        assert dialog is not None
        line = dialog.findChild(QLineEdit, "fileNameEdit")
        assert isinstance(line, QLineEdit)
        self.laptop.until(lambda: QApplication.focusWidget() is line)
        self.hands.type(str(self._file))
        Hands(dialog).press(Qt.Key.Key_Return)
        self.laptop.until(lambda: self._dialog() is None)
        self.laptop.shell.activateWindow()
        self.laptop.until(self.laptop.shell.isActiveWindow)
        data = self._file.read_bytes()
        return {
            "title": self._file.name,
            "contentType": "image/png",
            "size": len(data),
            "hash": hashlib.sha256(data).hexdigest(),
            "data": base64.b64encode(data).decode(),
        }

    @staticmethod
    def _dialog() -> QFileDialog | None:
        found = [
            each
            for each in QApplication.topLevelWidgets()
            if isinstance(each, QFileDialog) and each.isVisible()
        ]
        return found[0] if found else None

    # -- keys ----------------------------------------------------------------------------------------------

    def _focus(self, widget: QWidget) -> None:
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        focused = QApplication.focusWidget()
        assert focused is widget or isinstance(focused, QComboBox), (
            f"{widget.objectName()} does not take the focus"
        )

    def _type(self, widget: QWidget, text: str) -> None:
        self._focus(widget)
        self.hands.press(Qt.Key.Key_A, CONTROL)
        self.hands.type(text)


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.get("code") == other.get("code")
    return type(one) is type(other) and one == other
