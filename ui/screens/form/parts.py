"""The questions of a section, laid out one below the other. What does not show is not built."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.fields import Field, FieldContext, Group, editor_for, field_for
from ui.fields.worked import WorkedEditor
from ui.style import Tone, em
from ui.widgets.banners import Inset
from ui.widgets.text import Body, HeadingThree, HeadingTwo, Hint, Label
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.forms.check import asked
from workbook_desktop.forms.definition import Item, Kind, Role
from workbook_desktop.forms.sheet import RemovedRow, Sheet

if TYPE_CHECKING:
    from ui.screens.form.rows import Acts

_DEEPEST_INDENT = 3


class Parts:
    """What a page is made of, found by path."""

    def __init__(
        self, sheet: Sheet, context: FieldContext, acts: Acts, removed: list[RemovedRow] | None = None
    ) -> None:
        self.sheet, self.context, self.acts = sheet, context, acts
        self.fields: dict[FieldPath, Field] = {}
        self.places: dict[FieldPath, Place] = {}  # items by path: where each stands, built or not
        self.connect: Callable[[Field], None] = lambda field: None
        self.removed = removed if removed is not None else []  # rows taken away, oldest first; shared
        self.restructured = False  # something was built out of turn: Tab needs its order again

    def add_field(self, item: Item, path: FieldPath, parent: QWidget) -> Field:
        """Build a question's field and show what the sheet says."""
        field = field_for(self.as_it_stands(item, path), path, self.context, parent)
        field.show_answer(self.sheet.body.answers.get(path))
        self.explain(field)
        self.fields[path] = field
        self.connect(field)
        return field

    def as_it_stands(self, item: Item, path: FieldPath) -> Item:
        """Return the item with the words and the options that formulas give it in this record."""
        if item.label is not None:
            item = replace(item, text=self.sheet.label(path))
        if item.choices is not None:
            item = replace(item, options=self.sheet.options(path))
        return item

    def explain(self, field: Field) -> None:
        """Say beside a worked out answer why it is not there."""
        if isinstance(field.editor, WorkedEditor):
            by_link_id = self.sheet.form.by_link_id
            missing = [by_link_id[paths.link_id(each)] for each in self.sheet.missing_for(field.path)]
            words = [asked(each) for each in missing]
            field.editor.explain(list(dict.fromkeys(words)), self.sheet.failures().get(field.path, ""))

    def offer_again(self, path: FieldPath) -> None:
        """Show the answers that are offered now, if they are others than before."""
        field = self.fields.get(path)
        if field is None:
            return
        item = self.as_it_stands(self.sheet.form.by_link_id[paths.link_id(path)], path)
        if item.options != field.item.options:
            field.item = item
            field.set_editor(editor_for(item, self.context), self.sheet.body.answers.get(path))
            self.restructured = True

    def ask_again(self, path: FieldPath) -> None:
        """Show a question's words as they are now."""
        words = self.sheet.label(path)
        field, place = self.fields.get(path), self.places.get(path)
        if field is not None:
            field.set_label(words)
        elif place is not None and isinstance(place.widget, Label):
            place.widget.setText(words)

    def forget_under(self, row: FieldPath) -> None:
        """Forget what stood in a row that is gone."""
        for found in (self.fields, self.places):
            for path in [each for each in found if paths.under(each, row)]:
                del found[path]


class Place:
    """Where an item stands in its column; its widget is built when it first shows."""

    __slots__ = ("column", "item", "path", "widget")

    def __init__(self, column: Column, item: Item, path: FieldPath) -> None:
        self.column, self.item, self.path = column, item, path
        self.widget: QWidget | None = None

    def show(self, shown: bool) -> None:
        """Show or hide it."""
        if shown and self.widget is None:
            self.column.build(self)
        elif self.widget is not None:
            self.widget.setVisible(shown)


class Column(QWidget):
    """Items of one level, in one row of the record."""

    def __init__(
        self, items: Sequence[Item], row: FieldPath, parts: Parts, depth: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._parts, self._row, self._depth = parts, row, depth
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._set_room()
        self._places: list[Place] = []
        built = parts.restructured
        for item in items:
            if item.hidden or (row and item.read_only and item.role is Role.SUBJECT):
                continue  # whom a row is about stands in the row's own heading
            path = paths.child(row, item.link_id)
            place = Place(self, item, path)
            self._places.append(place)
            parts.places[path] = place
            if parts.sheet.shown(path):
                self.build(place)
        parts.restructured = built

    def build(self, place: Place) -> None:
        """Build an item's widget at its place."""
        widget = self._widget_of(place.item, place.path)
        place.widget = widget
        before = self._places.index(place)
        at = sum(1 for each in self._places[:before] if each.widget is not None)
        self._layout.insertWidget(at, widget)
        if self.isVisible():
            widget.show()  # else Qt shows it with the page, at a third of the cost
        self._parts.restructured = True

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and hasattr(self, "_layout"):
            self._set_room()

    def _set_room(self) -> None:
        self._layout.setSpacing(em(self, 1.05))

    def _widget_of(self, item: Item, path: FieldPath) -> QWidget:
        from ui.screens.form.rows import RowsPart

        if item.body_map is not None and item.has_rows and not self._row:
            from ui.screens.form.body_map import BodyMapPart  # drawn by few forms: read when one comes

            return BodyMapPart(item, self._row, self._parts, self._depth, self)
        if item.has_rows:
            return RowsPart(item, self._row, self._parts, self._depth, self)
        if item.kind is Kind.GROUP:
            return GroupPart(item, self._row, self._parts, self._depth, self)
        if item.kind is Kind.DISPLAY:
            return _display(self._parts.as_it_stands(item, path), self)
        if item.items:
            return _QuestionWithItems(item, path, self._row, self._parts, self._depth, self)
        return self._parts.add_field(item, path, self)


class GroupPart(Group):
    """A group inside a section: its heading and what belongs to it."""

    def __init__(self, item: Item, row: FieldPath, parts: Parts, depth: int, parent: QWidget) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(em(self, 0.6))
        text = f"{item.prefix} {item.text}".strip()
        if text:
            column.addWidget(heading(text, depth, self))
            self.setAccessibleName(text)
        if item.help:
            column.addWidget(Hint(item.help, self))
        column.addWidget(Column(item.items, row, parts, depth + 1, self))


class _QuestionWithItems(QWidget):
    """A question and the items under it, set in a little."""

    def __init__(
        self, item: Item, path: FieldPath, row: FieldPath, parts: Parts, depth: int, parent: QWidget
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(em(self, 0.8))
        column.addWidget(parts.add_field(item, path, self))
        inner = Column(item.items, row, parts, depth + 1, self)
        indented = QHBoxLayout()
        indented.setContentsMargins(em(self, 1.2) if depth < _DEEPEST_INDENT else 0, 0, 0, 0)
        indented.addWidget(inner)
        column.addLayout(indented)


def heading(text: str, depth: int, parent: QWidget) -> QWidget:
    """Return a heading that fits its depth."""
    return HeadingTwo(text, parent) if depth <= 0 else HeadingThree(text, parent)


def _display(item: Item, parent: QWidget) -> QWidget:
    text = f"{item.prefix} {item.text}".strip() or item.help
    if item.control in ("help", "flyover", "prompt"):
        return Hint(text, parent)
    if item.control in ("security", "lower", "upper") or item.help:
        return Inset(text, Tone.INFO, parent)
    return Body(text, parent)


def tab_stops(part: QWidget) -> Iterator[QWidget]:
    """Yield what takes the focus, in the order in which it is laid out."""
    from PySide6.QtCore import Qt

    if part.focusPolicy() != Qt.FocusPolicy.NoFocus:
        yield part
        return
    layout = part.layout()
    if layout is None:
        return
    stack = [layout.itemAt(place) for place in reversed(range(layout.count()))]
    while stack:
        item = stack.pop()
        if item is None:
            continue
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            yield from tab_stops(widget)
        elif inner is not None:
            stack += [inner.itemAt(place) for place in reversed(range(inner.count()))]


def put_in_order(part: QWidget, first: QWidget | None = None) -> None:
    """Make Tab follow the layout, after something was built or moved."""
    before = first
    for stop in tab_stops(part):
        if before is not None:
            QWidget.setTabOrder(before, stop)
        before = stop
