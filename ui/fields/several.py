"""A question with several answers: one editor below the other, with add and remove."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.fields.base import Editor
from ui.style import Rank
from ui.widgets.announce import announce
from ui.widgets.buttons import Button, LinkButton
from workbook_desktop.domain.records import Value


class _Line(QWidget):
    """One of the answers, and the way to take it out."""

    def __init__(self, editor: Editor, parent: QWidget) -> None:
        super().__init__(parent)
        self.editor = editor
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(editor, 1)
        self.remove = LinkButton("Remove", self)
        row.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignTop)


class SeveralEditor(Editor):
    """Any kind of answer, more than once."""

    offers_options = True

    def __init__(
        self, make: Callable[[], Editor], most: int | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._make, self._most = make, most
        self._name, self._question, self._details = "", "", ""
        self._lines: list[_Line] = []
        self._values: list[Value | None] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._column = column
        self.add = Button("Add another", Rank.SECONDARY, self, icon_name="plus")
        self.add.clicked.connect(self._on_add)
        column.addWidget(self.add)
        self._append()

    def show_value(self, value: Value | None) -> None:
        """Show every answer; an empty line stays where there is none."""
        wanted = [] if value is None else list(value) if isinstance(value, list) else [value]
        if wanted == [each for each in self._values if each is not None]:
            return
        while len(self._lines) < max(1, len(wanted)):
            self._append()
        while len(self._lines) > max(1, len(wanted)):
            self._drop(len(self._lines) - 1)
        for number, line in enumerate(self._lines):
            self._values[number] = wanted[number] if number < len(wanted) else None
            line.editor.show_value(self._values[number])
        self._renew()

    def stops(self) -> list[QWidget]:
        """Return what takes the focus in every line, and the button to add."""
        found: list[QWidget] = []
        for line in self._lines:
            found += [*line.editor.stops(), line.remove]
        return [*found, self.add]

    def tell(self, question: str, details: str) -> None:
        """Name every line with its number."""
        self._question, self._details = question, details
        self._renew()

    def set_name(self, name: str) -> None:
        """Name the lines: the first is the answer."""
        self._name = name
        self._renew()

    def problem(self) -> str:
        """Return the first thing that cannot be read."""
        return next((problem for line in self._lines if (problem := line.editor.problem())), "")

    def _append(self) -> _Line:
        line = _Line(self._make(), self)
        line.editor.edited.connect(lambda value, which=line: self._on_edited(which, value))
        line.editor.left.connect(self.left)
        line.remove.clicked.connect(lambda _checked=False, which=line: self._on_remove(which))
        self._column.insertWidget(len(self._lines), line)
        self._lines.append(line)
        self._values.append(None)
        return line

    def _drop(self, number: int) -> None:
        line = self._lines.pop(number)
        self._values.pop(number)
        self._column.removeWidget(line)
        line.hide()
        line.deleteLater()

    def _renew(self) -> None:
        many = len(self._lines) > 1
        before: QWidget | None = None
        for number, line in enumerate(self._lines, start=1):
            question = f"{self._question}, {number}" if number > 1 else self._question
            line.editor.tell(question, self._details)
            line.editor.set_name(self._name if number == 1 else f"{self._name}#{number}")
            line.remove.setAccessibleName(f"Remove answer {number}: {self._question}")
            line.remove.setVisible(many or any(each is not None for each in self._values))
            for stop in (*line.editor.stops()[:1], line.remove):
                if before is not None:
                    QWidget.setTabOrder(before, stop)
                before = stop
        if before is not None:
            QWidget.setTabOrder(before, self.add)
        self.add.setAccessibleName(f"Add another: {self._question}")
        self.add.setVisible(self._most is None or len(self._lines) < self._most)

    def _on_add(self) -> None:
        line = self._append()
        self._renew()
        self.add.setVisible(self._most is None or len(self._lines) < self._most)
        line.show()
        line.editor.stops()[0].setFocus(Qt.FocusReason.TabFocusReason)

    def _on_remove(self, line: _Line) -> None:
        number = self._lines.index(line)
        if len(self._lines) > 1:
            self._drop(number)
        else:
            self._values[0] = None
            line.editor.show_value(None)
        self._renew()
        near = self._lines[min(number, len(self._lines) - 1)]
        near.editor.stops()[0].setFocus(Qt.FocusReason.TabFocusReason)
        announce(self, "Answer removed")
        self._say()

    def _on_edited(self, line: _Line, value: Value | None) -> None:
        self._values[self._lines.index(line)] = value
        if not line.remove.isVisible() and value is not None:
            line.remove.setVisible(True)
        self._say()

    def _say(self) -> None:
        self.edited.emit([each for each in self._values if each is not None] or None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Nothing of its own: the lines tell when they are left."""
        return False
