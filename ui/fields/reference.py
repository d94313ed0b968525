"""Someone: a person of the family, a child, a worker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from PySide6.QtWidgets import QWidget

from ui.fields.base import Editor
from ui.fields.choice import CheckEditor, DropDownEditor
from ui.fields.completing import CompletingEditor
from ui.fields.context import FieldContext
from ui.fields.text import LineEditor
from workbook_desktop.domain.people import Person, age_words
from workbook_desktop.domain.records import Value
from workbook_desktop.forms import references
from workbook_desktop.forms.definition import Item, Option

_MANY = 16  # check boxes; beyond that one below the other
_FEW = 8  # in a drop-down; beyond that a line that filters as one types


def people_options(item: Item, context: FieldContext) -> tuple[Option, ...]:
    """Return those who can be meant: named as the worker knows them, with age or role to tell them apart."""
    if item.refers_to == "worker":
        return tuple(
            Option(
                value=references.to_worker(each),
                label=", ".join(part for part in (each.name, each.role, each.agency) if part),
            )
            for each in context.workers
        )
    if item.refers_to in ("person", "child", "adult"):
        day = context.clock.today()
        people = list(context.people)
        if item.refers_to == "adult":  # a girl of 16 may be the mother: the children stand last
            people.sort(key=lambda each: each.is_child)
        return tuple(
            Option(
                value=references.to_person(each),
                label=_label(each, day),
            )
            for each in people
            if each.is_child or item.refers_to != "child"
        )
    return ()


def _label(person: Person, day: date) -> str:
    label = f"{person.name}, {age_words(person, day)}" if person.is_child else person.name
    # A record that names them goes to nobody else, so who names them has to know it.
    return f"{label} (restricted: council staff only)" if person.restricted else label


def takes_several(item: Item, context: FieldContext) -> bool:
    """Whether one editor shows all who are meant: as check boxes, or as names in own words."""
    return 0 < len(item.options or people_options(item, context)) <= _MANY


def reference_editor(item: Item, context: FieldContext, parent: QWidget | None = None) -> Editor:
    """Return the editor for someone; for a reference to something else, a line in own words."""
    options = item.options or people_options(item, context)
    if not options:
        return _NamedEditor(item, parent)
    # Someone this laptop has no list of may be meant, but for whom the record is about and whose it is.
    open_choice = not item.options and item.refers_to in ("person", "worker") and item.role is None
    if item.several and len(options) <= _MANY:
        return CheckEditor(options, open_choice=open_choice, horizontal=False, names=True, parent=parent)
    if len(options) > _FEW or item.control == "autocomplete":
        return CompletingEditor(
            options,
            open_choice=open_choice,
            names=True,
            prompt=item.prompt or "Type a part of the name",
            parent=parent,
        )
    return DropDownEditor(options, open_choice=open_choice, names=True, parent=parent)


class _NamedEditor(LineEditor):
    """A reference to something this laptop has no list of: its name in words."""

    def __init__(self, item: Item, parent: QWidget | None = None) -> None:
        super().__init__(item, parent)
        self._kept: Mapping[str, str] = {}
        self.edit.textEdited.disconnect()
        self.edit.textEdited.connect(self._on_typed)

    def show_value(self, value: Value | None) -> None:
        """Show the name."""
        self._kept = value if isinstance(value, Mapping) else {}
        super().show_value(
            value.get("display", value.get("reference", "")) if isinstance(value, Mapping) else value
        )

    def _on_typed(self, text: str) -> None:
        self.edited.emit({"display": text} if text.strip() else None)
