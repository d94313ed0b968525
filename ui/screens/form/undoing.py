"""Ctrl+Z and Ctrl+Shift+Z in a form: rows that came, went or moved, and answers that were chosen.

A text takes back what was typed in it first, letter by letter, as texts do everywhere. What it has no more of
its own comes here, and so does everything else. The worker is led to what came back, and told what it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from ui.fields import Field
from ui.fields.text import LineEditor, TextEditor
from ui.screens.form.opened import Opened
from ui.screens.form.pages import Pages
from ui.screens.form.section import SectionPage
from ui.widgets.announce import announce
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Body
from workbook_desktop.forms.sheet import Change, RemovedRow
from workbook_desktop.forms.steps import Step, Steps


class Undoing:
    """The steps of one opening, and the page on which they are taken back."""

    def __init__(
        self, opened: Opened, pages: Pages, show: Callable[[LinkId], None], hand_on: Callable[[], None]
    ) -> None:
        """`show` brings a section in sight; `hand_on` has what the sheet says then kept."""
        self._opened, self._pages, self._show, self._hand_on = opened, pages, show, hand_on
        self._steps = Steps(opened.form, opened.sheet.body)

    def follow(self) -> None:
        """Go on from what a colleague's change made of the record."""
        self._steps.follow(self._opened.sheet.body)

    def note(self, change: Change) -> None:
        """Remember what has just been done on the page in sight."""
        field = self._field_in_focus()
        typing = None
        by_field = False
        if field is not None:
            editor = field.editor
            if not change.rows and field.path in change.answered and _is_line(field.window().focusWidget()):
                typing, by_field = field.path, editor.took_back
                editor.yields_undo = False
            else:
                editor.yields_undo = True  # done while the caret stood in this text: it is the newer act
            editor.took_back = False
        self._steps.note(self._opened.sheet.body, typing, by_field=by_field)

    def turn(self, *, is_redo: bool) -> bool:
        """Undo or redo; False if that is for the text that has the focus."""
        if self._is_for_text(is_redo=is_redo):
            return False
        if isinstance(self._pages.page, SectionPage) and (self._redo() if is_redo else self._undo()):
            self._hand_on()
        return True

    # -- inside --------------------------------------------------------------------------------------------

    def _is_for_text(self, *, is_redo: bool) -> bool:
        """Whether the text that has the focus has something of its own to take back, or to bring again."""
        field = self._field_in_focus()
        if field is None or not field.editor.has_own(field.window().focusWidget(), is_redo=is_redo):
            return False
        field.editor.took_back = True
        return True

    def _undo(self) -> Change:
        newest = self._steps.newest
        if newest is not None and self._typed_back(newest, is_redo=False):
            return Change()
        before = self._opened.sheet.body
        body = self._steps.undo()
        step = self._steps.next
        return self._shown(before, body, step.back if step is not None else None, "Undone", "undo")

    def _redo(self) -> Change:
        before = self._opened.sheet.body
        body = self._steps.redo()
        return self._shown(before, body, self._steps.newest, "Done again", "do again")

    def _typed_back(self, step: Step, *, is_redo: bool) -> bool:
        """Have a text take back what was typed in it, where it still knows; the caret goes there."""
        if step.typed is None or not self._bring_in_sight(step.typed):
            return False
        page = self._pages.page
        field = page.parts.fields.get(step.typed) if isinstance(page, SectionPage) else None
        if field is None or not isinstance(field.editor, TextEditor | LineEditor):
            return False
        edit = field.editor.edit
        if not field.editor.has_own(edit, is_redo=is_redo):
            return False
        field.focus_editor()
        field.editor.took_back = True
        edit.undo()
        announce(self._pages, f"Undone: {_called(field)}")
        return True

    def _shown(self, before: Body, body: Body | None, step: Step | None, done: str, verb: str) -> Change:
        if body is None or step is None:
            announce(self._pages, f"There is nothing to {verb}")
            return Change()
        rows = tuple(dict.fromkeys(_group_of(path) for path in step.rows))
        change = self._opened.sheet.replace_body(body)
        change = replace(change, rows=tuple(dict.fromkeys((*change.rows, *rows))))
        self._steps.follow(self._opened.sheet.body)
        self._note_removed(before, step)
        words = self._words(step)
        self._pages.apply(change)
        for path in step.answers:
            self._forget_typing(path)
        if self._bring_in_sight(step.place):
            self._pages.focus_path(self._where(step))
        announce(self._pages, f"{done}: {words}")
        return change

    def _note_removed(self, before: Body, step: Step) -> None:
        """Keep the list of rows that can be put back true: what stands again is not offered, what went is."""
        removed, stands = self._opened.removed, self._opened.sheet.body.rows
        removed[:] = [each for each in removed if each.path not in stands]
        for path in step.went:
            answers = tuple((key, each) for key, each in before.answers.items() if paths.under(key, path))
            is_said = any(each.at is not None and each.value is not None for _, each in answers)
            if path in before.rows and path not in stands and is_said:
                rows = tuple((key, row) for key, row in before.rows.items() if paths.under(key, path))
                removed.append(RemovedRow(path=path, rows=rows, answers=answers))

    def _bring_in_sight(self, path: FieldPath) -> bool:
        """Show the section in which something stands; False if it does not show now."""
        section = self._opened.section_of(LinkId(paths.split(path)[0]))
        if section is None or section not in {each.id for each in self._opened.shown_sections()}:
            return False
        if section != self._pages.here:
            self._show(section)
        return True

    def _where(self, step: Step) -> FieldPath:
        """Return where the worker is led: to the row or the answer, or to its group if the row is gone."""
        place = step.place
        if paths.is_row(place) and place not in self._opened.sheet.body.rows:
            return _group_of(place)
        return place

    def _words(self, step: Step) -> str:
        item = self._opened.form.by_link_id.get(paths.link_id(step.place))
        name = (item.short_text or item.text).strip() if item is not None else ""
        name = name or "an answer"
        if step.came:
            return f"added, {name}"
        if step.went:
            return f"taken away, {name}"
        if step.rows:
            return f"order, {name}"
        return name

    def _field_in_focus(self) -> Field | None:
        page = self._pages.page
        focused: QWidget | None = self._pages.window().focusWidget()
        while focused is not None and focused is not page:
            if isinstance(focused, Field):
                return focused
            focused = focused.parentWidget()
        return None

    def _forget_typing(self, path: FieldPath) -> None:
        """Have a text forget what it could take back: it would bring back what was just undone."""
        page = self._pages.page
        field = page.parts.fields.get(path) if isinstance(page, SectionPage) else None
        for stop in field.editor.stops() if field is not None else ():
            if isinstance(stop, QPlainTextEdit):
                stop.document().clearUndoRedoStacks()
            elif isinstance(stop, QLineEdit):
                place, was = stop.cursorPosition(), stop.blockSignals(True)
                stop.setText(stop.text())
                stop.setCursorPosition(place)
                stop.blockSignals(was)


def _is_line(widget: QWidget | None) -> bool:
    return isinstance(widget, QPlainTextEdit | QLineEdit)


def _group_of(row: FieldPath) -> FieldPath:
    return paths.child(paths.parent_row(row), paths.link_id(row))


def _called(field: Field) -> str:
    return (field.item.short_text or field.item.text).strip()
