"""A file: chosen, kept inside the record, removed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QMimeDatabase
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from ui.fields.base import Editor
from ui.style import Rank
from ui.widgets.announce import announce
from ui.widgets.buttons import Button
from ui.widgets.flow import FlowLayout
from ui.widgets.text import Fault, Hint, Label
from workbook_desktop.domain.records import Value
from workbook_desktop.forms.definition import Item

MOST_BYTES = 512 * 1024


class AttachmentEditor(Editor):
    """One file. It is read once and kept in the record: the file itself stays where it is."""

    offers_options = True

    def __init__(self, item: Item, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = min(item.limits.max_size or MOST_BYTES, MOST_BYTES)
        self._types = item.limits.media_types
        self._value: Mapping[str, object] | None = None
        self._problem = ""
        self._dialog: QFileDialog | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.name = Label("", self)
        column.addWidget(self.name)
        line = QWidget(self)
        flow = FlowLayout(line)
        self.choose = Button("Choose a file", Rank.SECONDARY, line, icon_name="upload")
        self.remove = Button("Remove file", Rank.SECONDARY, line)
        flow.addWidget(self.choose)
        flow.addWidget(self.remove)
        column.addWidget(line)
        self.hint = Hint(f"Up to {size_words(self._most)}. It is kept inside this record.", self)
        column.addWidget(self.hint)
        self.fault = Fault("", self)
        column.addWidget(self.fault)
        self.choose.clicked.connect(self._on_choose)
        self.remove.clicked.connect(self._on_remove)
        self.choose.installEventFilter(self)
        self.show_value(None)

    def show_value(self, value: Value | None) -> None:
        """Show the file's name and size."""
        self._value = value if isinstance(value, Mapping) else None
        if self._value is not None:
            size = self._value.get("size")
            words = str(self._value.get("title") or self._value.get("url") or "A file")
            self.name.setText(f"{words}, {size_words(size)}" if isinstance(size, int) else words)
        else:
            self.name.setText("No file")
        self.choose.setText("Choose another file" if self._value is not None else "Choose a file")
        if self._value is None and self.remove.hasFocus():
            self.choose.setFocus()
        self.remove.setVisible(self._value is not None)

    def stops(self) -> list[QWidget]:
        """Return the buttons."""
        return [self.choose, self.remove]

    def tell(self, question: str, details: str) -> None:
        """Name the buttons with the question."""
        self.choose.setAccessibleName(f"Choose a file: {question}")
        self.choose.setAccessibleDescription(f"{self.name.text()}. {self.hint.text()} {details}")
        self.remove.setAccessibleName(f"Remove file: {question}")

    def problem(self) -> str:
        """Return why a file was not taken."""
        return self._problem

    def take(self, path: str) -> None:
        """Read a file into the answer, or say why not."""
        file = Path(path)
        try:
            size = file.stat().st_size
            data = file.read_bytes() if size <= self._most else b""
        except OSError:
            self._refuse(f"{file.name} cannot be read. Choose another file")
            return
        kind = QMimeDatabase().mimeTypeForFile(str(file)).name()
        if size > self._most:
            self._refuse(f"{file.name} is {size_words(size)}. It can be up to {size_words(self._most)}")
        elif not size:
            self._refuse(f"{file.name} is empty. Choose another file")
        elif self._types and not any(_fits(kind, wanted) for wanted in self._types):
            self._refuse(f"{file.name} is of a kind that cannot be used here. Use {', '.join(self._types)}")
        else:
            self._refuse("")
            value = {
                "title": file.name,
                "contentType": kind,
                "size": size,
                "hash": hashlib.sha256(data).hexdigest(),
                "data": base64.b64encode(data).decode(),
            }
            self.show_value(value)
            self.edited.emit(value)
            announce(self, f"{file.name} added")

    def _on_choose(self) -> None:
        dialog = QFileDialog(self, "Choose a file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        if self._types:
            dialog.setMimeTypeFilters(
                [each for each in self._types if "*" not in each] + ["application/octet-stream"]
            )
        dialog.fileSelected.connect(self.take)
        dialog.finished.connect(dialog.deleteLater)
        self._dialog = dialog
        dialog.open()

    def _on_remove(self) -> None:
        self.show_value(None)
        self.edited.emit(None)
        announce(self, "File removed")

    def _refuse(self, problem: str) -> None:
        self._problem = problem
        self.fault.say(problem)
        if problem:
            announce(self, problem, assertive=True)


def size_words(size: int) -> str:
    """Return a size as people say it."""
    if size < 1024:
        return f"{size} bytes"
    if size < 1024 * 1024:
        return f"{round(size / 1024)} KB"
    return f"{size / 1024 / 1024:.1f} MB"


def _fits(kind: str, wanted: str) -> bool:
    return kind == wanted or (wanted.endswith("/*") and kind.startswith(wanted[:-1]))
