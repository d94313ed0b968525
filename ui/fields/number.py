"""Numbers: typed ones, and scales from 0 to 10."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.fields import reading
from ui.fields.base import Editor
from ui.fields.options import RadioSet
from ui.fields.typed import TypedEditor, as_typed
from workbook_desktop.domain.records import Value
from workbook_desktop.forms.definition import Item, Kind

_LONGEST_SCALE = 11


class NumberEditor(TypedEditor):
    """A whole number or a decimal, with its unit."""

    def __init__(self, item: Item, parent: QWidget | None = None) -> None:
        super().__init__(
            reading.read_whole if item.kind is Kind.INTEGER else reading.read_number,
            as_typed,
            example=item.prompt if item.prompt != item.text else "",
            after=item.unit,
            says_reading=False,
            letters=10,
            parent=parent,
        )


def scale_of(item: Item) -> range | None:
    """Return the steps of a whole number with few of them, else None."""
    low, high = item.limits.min_value, item.limits.max_value
    if item.kind is not Kind.INTEGER or low is None or high is None:
        return None
    try:
        steps = range(int(low), int(high) + 1)
    except ValueError:
        return None
    return steps if 2 <= len(steps) <= _LONGEST_SCALE else None


class ScaleEditor(Editor):
    """A scale: a row of radio buttons, so that nothing has to be dragged or counted."""

    offers_options = True

    def __init__(self, item: Item, steps: range, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps = list(steps)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.set = RadioSet([str(step) for step in self._steps], self, horizontal=True)
        column.addWidget(self.set)
        self.set.chosen.connect(lambda place: self.edited.emit(self._steps[place] if place >= 0 else None))
        for button in self.set.buttons:
            button.installEventFilter(self)

    def show_value(self, value: Value | None) -> None:
        """Show the step; one that is off the scale is added, and not hidden."""
        if value is None:
            self.set.show_chosen(-1)
            return
        if value not in self._steps:
            self._steps.append(value)
            self.set.add(str(value))
        self.set.show_chosen(self._steps.index(value))

    def stops(self) -> list[QWidget]:
        """Return the buttons, the one Tab comes to first."""
        first = self.set.stop()
        return [first, *(each for each in self.set.buttons if each is not first)] if first else []

    def tell(self, question: str, details: str) -> None:
        """Name every step with the question."""
        self.set.tell(question, details)

    def set_name(self, name: str) -> None:
        """Name the first as the answer and the rest by their step."""
        name_options(self.set.buttons, [str(step) for step in self._steps], name)


def name_options(buttons: list, words: list[str], name: str) -> None:  # type: ignore[type-arg]
    """Give option buttons their object names: the first is the answer, the others `answer:path=word`."""
    for number, (button, word) in enumerate(zip(buttons, words, strict=True)):
        own = name if number == 0 else f"{name}={word}"
        button.setObjectName(own)
        button.setAccessibleIdentifier(own)
