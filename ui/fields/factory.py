"""Which editor takes which kind of answer."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QWidget

from ui.fields.attachment import AttachmentEditor, AttachmentShown
from ui.fields.base import Editor, Field
from ui.fields.boolean import BooleanEditor
from ui.fields.choice import CheckEditor, DropDownEditor, RadioEditor, option_words
from ui.fields.completing import CompletingEditor
from ui.fields.context import FieldContext
from ui.fields.date import DateEditor, MomentEditor, TimeEditor
from ui.fields.number import NumberEditor, ScaleEditor, scale_of
from ui.fields.quantity import QuantityEditor
from ui.fields.reference import reference_editor, takes_several
from ui.fields.several import SeveralEditor
from ui.fields.shown import ShownEditor
from ui.fields.text import LineEditor, TextEditor
from ui.fields.worked import WorkedEditor, is_worked
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.forms.definition import Item, Kind


def field_for(item: Item, path: FieldPath, context: FieldContext, parent: QWidget | None = None) -> Field:
    """Return the field for a question at its place in the record."""
    return Field(item, path, editor_for(item, context), context, parent)


def editor_for(item: Item, context: FieldContext) -> Editor:
    """Return the editor for a question; text for what cannot be changed."""
    if is_worked(item) and not context.read_only:
        return WorkedEditor(item, context)
    if (context.read_only or item.read_only) and item.kind is Kind.ATTACHMENT and not item.several:
        return AttachmentShown(context.files)
    if context.read_only or item.read_only:
        return ShownEditor(item, context)
    if item.several and not _takes_several(item, context):
        single = replace(item, repeats=False)
        return SeveralEditor(lambda: _single(single, context), item.limits.max_occurs)
    return _single(item, context)


def _takes_several(item: Item, context: FieldContext) -> bool:
    """Whether one editor shows all its answers: as check boxes."""
    match item.kind:
        case Kind.CHOICE | Kind.OPEN_CHOICE:
            return bool(item.options) and not is_list(item)
        case Kind.REFERENCE:
            return takes_several(item, context)
        case _:
            return False


def _single(item: Item, context: FieldContext) -> Editor:
    match item.kind:
        case Kind.BOOLEAN:
            return BooleanEditor()
        case Kind.INTEGER | Kind.DECIMAL:
            steps = scale_of(item)
            return NumberEditor(item) if steps is None or item.options else ScaleEditor(item, steps)
        case Kind.DATE:
            return DateEditor(item, context)
        case Kind.DATE_TIME:
            return MomentEditor(item, context)
        case Kind.TIME:
            return TimeEditor(item, context)
        case Kind.CHOICE | Kind.OPEN_CHOICE if item.options:
            return choice_editor(item)
        case Kind.QUANTITY:
            return QuantityEditor(item)
        case Kind.REFERENCE:
            return reference_editor(item, context)
        case Kind.ATTACHMENT:
            return AttachmentEditor(item, context.files)
        case Kind.TEXT:
            return TextEditor(item)
        case _:  # string, url, and a choice whose options nobody gave
            return choice_editor(item) if item.options else LineEditor(item)


def is_list(item: Item) -> bool:
    """Whether several answers are better listed one below the other than shown as that many check boxes."""
    return item.several and len(item.options) > 40 and item.control != "check-box"


def choice_editor(item: Item, parent: QWidget | None = None) -> Editor:
    """Return the editor that suits the number of options, or that the form asks for."""
    open_choice = item.kind is Kind.OPEN_CHOICE
    count = len(item.options)
    short = sum(len(option_words(each)) for each in item.options) <= 40 and count <= 4
    horizontal = item.horizontal or (short and count <= 3)
    if item.several:
        return CheckEditor(item.options, open_choice=open_choice, horizontal=item.horizontal, parent=parent)
    if item.control == "autocomplete" or (count > 30 and item.control not in ("drop-down", "radio-button")):
        return CompletingEditor(item.options, open_choice=open_choice, prompt=item.prompt, parent=parent)
    if item.control == "drop-down" or (count > 8 and item.control not in ("radio-button", "check-box")):
        return DropDownEditor(item.options, open_choice=open_choice, parent=parent)
    return RadioEditor(item.options, open_choice=open_choice, horizontal=horizontal, parent=parent)
