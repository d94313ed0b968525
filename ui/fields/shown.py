"""An answer as words: in a signed record, in a calculated field, beside a conflict."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.fields import reading
from ui.fields.attachment import size_words
from ui.fields.base import EMPTY_WORDS, WordsOnly
from ui.fields.choice import option_words, place_of, value_words
from ui.fields.context import FieldContext
from ui.widgets.text import Label
from workbook_desktop.domain.records import Answer, Value
from workbook_desktop.forms.definition import Item, Kind

NOT_PROVIDED = "Not provided"


def answer_words(item: Item, answer: Answer | None, context: FieldContext) -> str:
    """Return an answer in words; "Not provided" where there is none."""
    if answer is None:
        return NOT_PROVIDED
    if answer.empty is not None:
        return EMPTY_WORDS.get(answer.empty, NOT_PROVIDED)
    values = answer.value if isinstance(answer.value, list) else [answer.value]
    words = [single_words(item, value, context) for value in values]
    if answer.is_about:
        words = [f"about {each}" for each in words]
    between = "\n" if any("\n" in each or len(each) > 60 for each in words) else ", "
    return between.join(words) or NOT_PROVIDED


def single_words(item: Item, value: Value, context: FieldContext) -> str:
    """Return one value in words."""
    match item.kind:
        case Kind.DATE:
            return reading.date_words(str(value))
        case Kind.DATE_TIME:
            return reading.moment_words(str(value), context.zone)
        case Kind.TIME:
            return str(value)[:5]
        case Kind.QUANTITY if isinstance(value, Mapping):
            return f"{value.get('value', '')} {value.get('unit') or value.get('code') or ''}".strip()
        case Kind.ATTACHMENT if isinstance(value, Mapping):
            size = value.get("size")
            name = str(value.get("title") or value.get("url") or "A file")
            return f"{name}, {size_words(size)}" if isinstance(size, int) else name
        case Kind.INTEGER | Kind.DECIMAL:
            return f"{value} {item.unit}".strip()
        case _:
            place = place_of(value, item.options)
            return option_words(item.options[place]) if place >= 0 else value_words(value)


class ShownEditor(WordsOnly):
    """No editor: the answer as text that can be selected and copied. Not a stop for Tab."""

    def __init__(self, item: Item, context: FieldContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._item, self._context = item, context
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        self.words = Label(NOT_PROVIDED, self, selectable=True)
        column.addWidget(self.words)

    def show_value(self, value: Value | None) -> None:
        """Show the answer in words."""
        answer = Answer(value=value) if value is not None else None
        self.show_whole(answer)

    def show_whole(self, answer: Answer | None) -> None:
        """Show the answer, or why there is none."""
        self.words.setText(answer_words(self._item, answer, self._context))

    def stops(self) -> list[QWidget]:
        """Return nothing: there is nothing to press."""
        return []

    def tell(self, question: str, details: str) -> None:
        """Name the text with the question."""
        self.words.setAccessibleName(f"{question} {self.words.text()}")
