"""A record written as a worker writes it: in the window's form, section by section, with real keys.

What `tests.support.pen` puts into the store by linkId is typed here: the same answers, the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.support.laptop import CONTROL, Laptop
from ui.fields import Field
from ui.fields.base import Editor
from ui.fields.choice import CheckEditor, DropDownEditor, RadioEditor
from ui.fields.completing import CompletingEditor
from ui.fields.number import ScaleEditor
from ui.fields.options import OptionRadio, RadioSet
from ui.fields.text import LineEditor, TextEditor
from ui.fields.typed import TypedEditor
from ui.screens.form import FormScreen
from ui.screens.form.section import COPIED, SectionPage
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.forms.definition import Item, Option

Answers = Mapping[str, Any]


class TypingHands:
    """A worker's hands in the form that is open."""

    def __init__(self, laptop: Laptop) -> None:
        self.laptop, self.hands = laptop, laptop.hands
        screen = laptop.shell.screen_now
        assert isinstance(screen, FormScreen)
        self.screen = screen

    def write(
        self,
        answers: Answers,
        rows: Mapping[str, Sequence[Answers]],
        at: Mapping[FieldPath, Any],
        where_asked: Sequence[str] = (),
    ) -> None:
        """Type every answer where it stands, adding rows that are missing; confirm what was filled in.

        Args:
            where_asked: questions that only some rows ask; in the others nothing is said to them.
        """
        waiting: dict[FieldPath, Any] = {paths.child(paths.ROOT, LinkId(k)): v for k, v in answers.items()}
        groups = {group: list(listed) for group, listed in rows.items()}
        waiting |= at
        for _ in range(8):  # an answer may have another question show, in a section before
            before = len(waiting) + len(groups)
            for section in [each.id for each in self.screen.shown_sections()]:
                if section in {each.id for each in self.screen.shown_sections()}:
                    self._go_to(section)
                    self._add_rows(groups, waiting)
                    self._type_what_shows(waiting)
            if not groups and all(paths.link_id(path) in where_asked for path in waiting):
                break
            assert len(waiting) + len(groups) < before, f"nowhere to type {sorted(waiting)} {sorted(groups)}"
        self._confirm()

    def _go_to(self, section: LinkId) -> None:
        if self.screen.section != section:
            self.hands.do(f"section:{section}")
            self.laptop.quiet()
        assert self.screen.section == section

    @property
    def _page(self) -> SectionPage:
        page = self.screen.page
        assert isinstance(page, SectionPage)
        return page

    def _add_rows(self, groups: dict[str, list[Answers]], waiting: dict[FieldPath, Any]) -> None:
        for group in list(groups):
            path = paths.child(paths.ROOT, LinkId(group))
            place = self._page.parts.places.get(path)
            if place is None or place.widget is None or not place.widget.isVisibleTo(self._page):
                continue
            listed = groups.pop(group)
            while len(self.screen.sheet.rows(paths.ROOT, LinkId(group))) < len(listed):
                self.hands.do(f"do:add-row:{path}")
            there = self.screen.sheet.rows(paths.ROOT, LinkId(group))
            for row, said in zip(there, listed, strict=False):
                waiting |= {paths.child(row, LinkId(link)): value for link, value in said.items()}

    def _type_what_shows(self, waiting: dict[FieldPath, Any]) -> None:
        while True:
            page = self._page
            found = next(
                (
                    field
                    for path, field in page.parts.fields.items()
                    if path in waiting and field.isVisibleTo(page)
                ),
                None,
            )
            if found is None:
                return
            self.laptop.bot.wait(0)
            self._answer(found, waiting.pop(found.path))

    def _confirm(self) -> None:
        """Press "It is right" beside everything that was filled in and not looked at."""
        for section in [each.id for each in self.screen.shown_sections()]:
            self._go_to(section)
            while True:
                page = self._page
                path = next(
                    (
                        path
                        for path, field in page.parts.fields.items()
                        if field.has_note(COPIED) and field.isVisibleTo(page)
                    ),
                    None,
                )
                if path is None:
                    break
                self.hands.do(f"do:{COPIED}:{path}")
                self.laptop.bot.wait(0)

    # -- one answer ----------------------------------------------------------------------------------------

    def _answer(self, field: Field, value: Any) -> None:
        item, editor = field.item, field.editor
        match editor:
            case CheckEditor():
                self._boxes(item, editor, value if isinstance(value, list) else [value])
            case RadioEditor():
                place = [True, False].index(value) if isinstance(value, bool) else self._place(item, value)
                self._radio(editor.set, place)
            case ScaleEditor():
                self._radio(editor.set, editor._steps.index(value))
            case DropDownEditor():
                self._drop_down(editor, self._place_in(editor, item, value))
            case CompletingEditor():
                words = value.get("display", "") if isinstance(value, Mapping) else str(value)
                self._type(editor, words)
                self.hands.press(Qt.Key.Key_Down)
                self.hands.press(Qt.Key.Key_Return)
            case TypedEditor():
                self._type(editor, _as_typed(value))
            case TextEditor() | LineEditor():
                self._type(editor, value.get("display", "") if isinstance(value, Mapping) else str(value))
            case _:
                raise AssertionError(f"no hands for {type(editor).__name__}, {field.path}")
        self.hands.press(Qt.Key.Key_Tab)

    def _place(self, item: Item, value: Any) -> int:
        return next(place for place, option in enumerate(item.options) if _means(option, value))

    def _place_in(self, editor: DropDownEditor, item: Item, value: Any) -> int:
        if item.options:
            return self._place(item, value)
        words = value["display"]
        texts = [editor.combo.itemText(at) for at in range(editor.combo.count())]
        return next(at for at, text in enumerate(texts) if text.startswith(words)) - 1

    def _radio(self, buttons: RadioSet, place: int) -> None:
        stop = buttons.stop()
        assert stop is not None
        stop.setFocus(Qt.FocusReason.TabFocusReason)
        wanted = buttons.buttons[place]
        in_a_line = len(buttons.buttons) > 1 and buttons.buttons[0].y() == buttons.buttons[1].y()
        key = Qt.Key.Key_Right if in_a_line else Qt.Key.Key_Down
        for _ in range(len(buttons.buttons) + 1):
            focused = QApplication.focusWidget()
            if focused is wanted:
                break
            assert isinstance(focused, OptionRadio), focused
            self.hands.press(key)
        self.hands.press(Qt.Key.Key_Space)
        assert wanted.isChecked(), wanted.words

    def _boxes(self, item: Item, editor: CheckEditor, values: Sequence[Any]) -> None:
        options = item.options or editor._options
        wanted = {at for at, option in enumerate(options) if any(_means(option, each) for each in values)}
        assert len(wanted) == len(values), (item.link_id, values)
        for at in range(len(options)):
            box = editor.boxes[at]
            if box.isChecked() != (at in wanted):
                box.setFocus(Qt.FocusReason.TabFocusReason)
                self.hands.press(Qt.Key.Key_Space)

    def _drop_down(self, editor: DropDownEditor, place: int) -> None:
        editor.combo.setFocus(Qt.FocusReason.TabFocusReason)
        self.hands.press(Qt.Key.Key_Home)
        for _ in range(place + 1):
            self.hands.press(Qt.Key.Key_Down)

    def _type(self, editor: Editor, text: str) -> None:
        editor.stops()[0].setFocus(Qt.FocusReason.TabFocusReason)
        self.hands.press(Qt.Key.Key_A, CONTROL)
        self.hands.type(text)


def _as_typed(value: Any) -> str:
    """Return a value as somebody types it: 2026-12-01 is 1/12/2026."""
    text = str(value)
    parts = text.split("-")
    if len(parts) == 3 and all(part.isdigit() for part in parts):
        return f"{int(parts[2])}/{int(parts[1])}/{parts[0]}"
    return text


def _means(option: Option, value: Any) -> bool:
    """Say whether an option is what a code, a person or a plain value means."""
    own = option.value
    if isinstance(own, Mapping):
        if isinstance(value, Mapping):
            return (
                bool(own.get("reference") == value.get("reference")) if "reference" in value else own == value
            )
        return bool(own.get("code") == value)
    return type(own) is type(value) and bool(own == value)
