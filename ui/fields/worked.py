"""An answer that follows from others: shown, never typed. Without a value it says what is still missing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.fields.base import WordsOnly
from ui.fields.context import FieldContext
from ui.fields.shown import answer_words
from ui.style import Tone
from ui.widgets.tags import TagLabel
from ui.widgets.text import Hint, Label
from workbook_desktop.domain.records import Answer, Value
from workbook_desktop.forms.definition import Item, Kind
from workbook_desktop.forms.scales import band_for

WORKED_OUT = "Worked out from your answers"
_MOST_NAMED = 3
_TONES = {"good": Tone.SUCCESS, "warning": Tone.WARNING, "bad": Tone.ERROR}


class WorkedEditor(WordsOnly):
    """The value in words, its band if it is a total, and where it comes from. Not a stop for Tab."""

    def __init__(self, item: Item, context: FieldContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._item, self._context = item, context
        self._question = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(4)
        self.words = Label("", self, selectable=True)
        self.words.hide()
        self.band = TagLabel("", Tone.NEUTRAL, self)
        self.band.hide()
        self.advice = Label("", self)
        self.advice.hide()
        self.note = Hint(WORKED_OUT, self)
        for part in (self.words, self.band, self.advice, self.note):
            column.addWidget(part)

    def show_value(self, value: Value | None) -> None:
        """Show the value in words."""
        self.show_whole(Answer(value=value) if value is not None else None)

    def show_whole(self, answer: Answer | None) -> None:
        """Show the value, or nothing: `explain` says why."""
        has_value = answer is not None and answer.value is not None
        self.words.setText(answer_words(self._item, answer, self._context) if has_value else "")
        self.words.setVisible(has_value)
        band = None
        if has_value and answer is not None and self._item.scale is not None:
            band = band_for(self._item.scale, answer.value)
        self.band.say(
            band.label if band is not None else "",
            _TONES.get(band.tone, Tone.NEUTRAL) if band else Tone.NEUTRAL,
        )
        self.band.setVisible(band is not None)
        self.advice.setText(band.action if band is not None else "")
        self.advice.setVisible(band is not None and bool(band.action))
        if has_value:
            self.note.setText(WORKED_OUT)
        self.tell(self._question, "")

    def explain(self, missing: Sequence[str], why: str) -> None:
        """Say why there is no value: which answers are missing, or what cannot be worked out."""
        if self.words.isVisibleTo(self):
            self.note.setText(WORKED_OUT)
        elif why:
            self.note.setText(f"Cannot be worked out: {why}")
        elif missing:
            named = ", ".join(f"“{each}”" for each in missing[:_MOST_NAMED])
            more = len(missing) - _MOST_NAMED
            self.note.setText(f"Still needs {named}" + (f" and {more} more" if more > 0 else ""))
        else:
            self.note.setText("Worked out when there is something to work with")
        self.tell(self._question, "")

    def stops(self) -> list[QWidget]:
        """Return nothing: there is nothing to press."""
        return []

    def tell(self, question: str, details: str) -> None:
        """Name the text with the question."""
        self._question = question
        said = " ".join(
            part for part in (self.words.text(), self.band.text, self.advice.text(), self.note.text()) if part
        )
        self.words.setAccessibleName(f"{question} {said}".strip())
        self.note.setAccessibleName(f"{question} {said}".strip())


def is_worked(item: Item) -> bool:
    """Say whether an item's answer is shown and not typed because it follows from others."""
    return item.is_worked_out and item.kind not in (Kind.ATTACHMENT, Kind.GROUP, Kind.DISPLAY)
