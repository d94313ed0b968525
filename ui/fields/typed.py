"""A line that is read as it is typed: its reading stands beside it in words, and so does what is wrong."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from ui.fields.base import Editor
from ui.fields.reading import Reading
from ui.fields.text import show_in_line
from ui.widgets.announce import announce
from ui.widgets.text import Hint
from workbook_desktop.domain.records import Value

Read = Callable[[str], Reading]


class TypedEditor(Editor):
    """A short line for a date, a time or a number.

    What cannot be read is kept as it was typed, in the draft too, and said to be wrong once the worker has
    left. The room for that is beside the line, so that nothing on the page moves.
    """

    shows_prompt = True

    def __init__(
        self,
        read: Read,
        write: Callable[[Value], str],
        *,
        example: str = "",
        letters: int = 14,
        after: str = "",
        says_reading: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._read, self._write = read, write
        self._example, self._after, self._says_reading = example, after, says_reading
        self._problem, self._question, self._details = "", "", ""
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.edit = QLineEdit(self)
        self._letters = letters
        self.edit.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._set_width()
        self.row.addWidget(self.edit)
        self.aside = Hint(after or example, self)
        self.row.addWidget(self.aside, 1)
        self.edit.textEdited.connect(self._on_typed)
        self.edit.installEventFilter(self)
        self.left.connect(self._on_left)

    def show_value(self, value: Value | None) -> None:
        """Show the answer; what is being typed and says the same stays as it is typed."""
        if value is not None and self._value_of(self._read(self.edit.text()), self.edit.text()) == value:
            self._show_reading(final=not self.edit.hasFocus())
            return
        if value is None and not self.edit.text().strip():
            return
        show_in_line(self.edit, "" if value is None else self._write(value))
        self._show_reading(final=True)

    def value(self) -> Value | None:
        """Return what the line says now."""
        return self._value_of(self._read(self.edit.text()), self.edit.text())

    def stops(self) -> list[QWidget]:
        """Return the line."""
        return [self.edit]

    def problem(self) -> str:
        """Return what is wrong with what was typed."""
        return self._read(self.edit.text()).problem

    def tell(self, question: str, details: str) -> None:
        """Say to a screen reader what is asked, how, and how it was read."""
        self._question, self._details = question, details
        self._tell()

    def put(self, text: str) -> None:
        """Type a text for the worker, as the calendar and Ctrl+; do."""
        self.edit.selectAll()
        self.edit.insert(text)
        self._on_typed(text)
        self._show_reading(final=True)

    def changeEvent(self, event):  # type: ignore[no-untyped-def]
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is event.Type.FontChange and hasattr(self, "edit"):
            self._set_width()

    def _set_width(self) -> None:
        self.edit.setFixedWidth(self.fontMetrics().averageCharWidth() * (self._letters + 4))

    def _value_of(self, reading: Reading, text: str) -> Value | None:
        if reading.value is not None:
            return reading.value
        return text if reading.problem else None

    def _on_typed(self, text: str) -> None:
        reading = self._read(text)
        self._show_reading(final=False)
        self.edited.emit(self._value_of(reading, text))

    def _on_left(self) -> None:
        text = self.edit.text()
        reading = self._read(text)
        if reading.value is not None:  # tue becomes 17/11/2026: what was meant must not change by tomorrow
            show_in_line(self.edit, self._write(reading.value))
        self._show_reading(final=True)
        if reading.problem and self._problem:
            announce(self, self._problem)

    def _show_reading(self, *, final: bool) -> None:
        reading = self._read(self.edit.text())
        self._problem = reading.problem if final else ""
        if self._problem:
            words = f"Error: {self._problem}"
        elif reading.words and self._says_reading:
            words = reading.words
        else:
            words = self._after or self._example
        if words != self.aside.text():
            role = self.aside.foregroundRole()
            wanted = role.BrightText if self._problem else role.PlaceholderText
            self.aside.setForegroundRole(wanted)
            self.aside.setText(words)
            self._tell()

    def _tell(self) -> None:
        self.edit.setAccessibleName(self._question)
        self.edit.setAccessibleDescription(" ".join(p for p in (self.aside.text(), self._details) if p))


def as_typed(value: Value) -> str:
    """Return a kept scalar as text."""
    return value if isinstance(value, str) else str(value)
