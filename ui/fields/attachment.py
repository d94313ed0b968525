"""A file: chosen or dropped, kept inside the record, opened, replaced, removed and put back."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import shiboken6
from PySide6.QtCore import QByteArray, QMimeDatabase
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from ui.fields.base import EMPTY_WORDS, Editor, WordsOnly
from ui.fields.context import Files
from ui.fields.viewing import FileView, can_be_opened, with_data
from ui.fields.whereabouts import without_place
from ui.style import Rank
from ui.widgets.announce import announce
from ui.widgets.buttons import Button
from ui.widgets.flow import FlowLayout
from ui.widgets.text import Fault, Hint, Label
from workbook_desktop.domain.records import Answer, Value
from workbook_desktop.forms.definition import Item

MOST_BYTES = 512 * 1024  # of a file that stands in the answer itself
MOST_BESIDE = 25 * 1024 * 1024  # of one that is kept beside the record, and handed over in parts
NOT_HERE_YET = "This file is not on this laptop yet. It comes with the next exchange; open it again then."
PLACE_STAYS_OUT = " Where a picture was taken is left out."
PLACE_TAKEN_OUT = "Where it was taken was in the picture, and is left out of the record."
PLACE_UNKNOWN = "This kind of picture may say where it was taken. The Workbook cannot take that out."


class AttachmentEditor(Editor):
    """One file. It is read once and kept in the record: the file itself stays where it is."""

    offers_options = True

    def __init__(self, item: Item, files: Files | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files = files
        most = MOST_BESIDE if files is not None else MOST_BYTES
        self._most = min(item.limits.max_size or most, most)
        self._types = item.limits.media_types
        self._value: Mapping[str, object] | None = None
        self._before: Mapping[str, object] | None = None  # taken out or replaced here: can be put back
        self._problem, self._question = "", ""
        self._said_of: object = None  # the picture of which `place` speaks
        self._dialog: QFileDialog | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.name = Label("", self)
        column.addWidget(self.name)
        self.place = Hint("", self)  # what became of the place where a picture was taken
        self.place.hide()
        column.addWidget(self.place)
        line = QWidget(self)
        flow = FlowLayout(line)
        self.choose = Button("Choose a file", Rank.SECONDARY, line, icon_name="upload")
        self.remove = Button("Remove file", Rank.SECONDARY, line)
        self.open = Button("Open file", Rank.SECONDARY, line, icon_name="eye")
        self.put_back = Button("Put back", Rank.SECONDARY, line, icon_name="undo-2")
        self._buttons = (self.choose, self.remove, self.open, self.put_back)
        for button in self._buttons:
            flow.addWidget(button)
            button.installEventFilter(self)
        column.addWidget(line)
        kinds = f" {_listed(self._types)}." if self._types else ""
        self.hint = Hint(
            f"Up to {size_words(self._most)}.{kinds} It is kept with this record. "
            f"You can also drop a file here.{PLACE_STAYS_OUT if _takes_pictures(self._types) else ''}",
            self,
        )
        column.addWidget(self.hint)
        self.fault = Fault("", self)
        column.addWidget(self.fault)
        self.choose.clicked.connect(self._on_choose)
        self.remove.clicked.connect(self._on_remove)
        self.open.clicked.connect(self._on_open)
        self.put_back.clicked.connect(self._on_put_back)
        self.setAcceptDrops(True)
        self.show_value(None)

    def show_value(self, value: Value | None) -> None:
        """Show the file's name, kind and size."""
        self._value = value if isinstance(value, Mapping) else None
        self.name.setText(file_words(self._value) if self._value is not None else "No file")
        self.choose.setText("Choose another file" if self._value is not None else "Choose a file")
        if self._before is not None and self._before == self._value:
            self._before = None
        if self._value is None or self._value.get("hash") != self._said_of:
            self._say_place("")
        wanted = {
            self.remove: self._value is not None,
            self.open: can_be_opened(self._value, is_kept_beside=self._files is not None),
            self.put_back: self._before is not None,
        }
        if any(button.hasFocus() and not shown for button, shown in wanted.items()):
            self.choose.setFocus()
        for button, shown in wanted.items():
            button.setVisible(shown)
        self._name_buttons()

    def stops(self) -> list[QWidget]:
        """Return the buttons."""
        return list(self._buttons)

    def tell(self, question: str, details: str) -> None:
        """Name the buttons with the question."""
        self._question = question
        self.choose.setAccessibleDescription(f"{self.name.text()}. {self.hint.text()} {details}")
        self._name_buttons()

    def problem(self) -> str:
        """Return why a file was not taken."""
        return self._problem

    def take(self, path: str) -> None:
        """Read a file into the answer, or say why not."""
        file = Path(path)
        try:
            # A pipe or a device has no end: only files are read, and no more of them than can be kept.
            size = file.stat().st_size if file.is_file() else -1
            data = b""
            if 0 <= size <= self._most:
                with file.open("rb") as opened:
                    data = opened.read(self._most + 1)
                size = len(data)
        except OSError:
            size = -1
        if size < 0:
            self._refuse(f"{file.name} cannot be read. Choose another file")
            return
        kind = QMimeDatabase().mimeTypeForFile(str(file)).name()
        if size > self._most:
            self._refuse(f"{file.name} is {size_words(size)}. It can be up to {size_words(self._most)}")
        elif not size:
            self._refuse(f"{file.name} is empty. Choose another file")
        elif self._types and not any(_fits(kind, wanted) for wanted in self._types):
            self._refuse(f"{file.name} is of a kind that cannot be used here. Use {_listed(self._types)}")
        else:
            self._refuse("")
            picture = without_place(data, _kind_of(data, kind))
            data = picture.data
            place = PLACE_TAKEN_OUT if picture.had_place else "" if picture.is_known else PLACE_UNKNOWN
            value: dict[str, object] = {
                "title": file.name,
                "contentType": kind,
                "size": len(data),
                "hash": hashlib.sha256(data).hexdigest(),
            }
            if len(data) <= MOST_BYTES or self._files is None:
                value["data"] = base64.b64encode(data).decode()
            else:
                # The store does one thing after the other: the file is there before the answer that names it,
                # also if this page is left meanwhile.
                self._files.put(data, lambda hash_: None, lambda error: self._not_put(value))
            self._took(value, place)

    def _not_put(self, value: Mapping[str, object]) -> None:
        """The disk did not take it: what stood here before stands here again."""
        if not shiboken6.isValid(self) or self._value is None or self._value.get("hash") != value["hash"]:
            return
        before, self._before = self._before, None
        self.show_value(dict(before) if before is not None else None)
        self.edited.emit(before)
        self._refuse(f"{value['title']} could not be put on the disk. What was here before is back")

    def _took(self, value: Mapping[str, object], place: str) -> None:
        self._before = self._value
        self.show_value(dict(value))
        self._say_place(place)
        self.edited.emit(dict(value))
        announce(self, f"{file_words(value)}: added. {self.place.text()}".strip())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one file that is on this laptop."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read it."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()
            self.take(urls[0].toLocalFile())

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

    def _on_open(self) -> None:
        if self._value is not None:
            open_file(self._value, self._files, self)

    def _on_remove(self) -> None:
        had_focus = self.remove.hasFocus()
        self._before = self._value
        self._refuse("")
        self.show_value(None)
        if had_focus:
            self.put_back.setFocus()
        self.edited.emit(None)
        announce(self, "File removed. It can be put back until you leave this page")

    def _on_put_back(self) -> None:
        before, self._before = self._before, self._value
        self._refuse("")
        self.show_value(dict(before) if before is not None else None)
        self.edited.emit(before)
        announce(self, f"{file_words(before)}: put back" if before is not None else "File removed")

    def _name_buttons(self) -> None:
        if not self._question:
            return
        words = f": {self._question}"
        self.choose.setAccessibleName(f"{self.choose.text()}{words}")
        self.remove.setAccessibleName(f"Remove file{words}")
        self.open.setAccessibleName(f"Open file{words}")
        before = f" {self._before.get('title') or 'the file before'}" if self._before is not None else ""
        self.put_back.setAccessibleName(f"Put back{before}{words}")

    def _say_place(self, words: str) -> None:
        """Say what became of a picture's place, for as long as this picture stands here."""
        self._said_of = self._value.get("hash") if self._value is not None else None
        self.place.setText(words)
        self.place.setVisible(bool(words))

    def _refuse(self, problem: str) -> None:
        self._problem = problem
        self.fault.say(problem)
        if problem:
            announce(self, problem, assertive=True)


class AttachmentShown(WordsOnly):
    """A file in a record that is only read: its name, and a button that opens it."""

    def __init__(self, files: Files | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files = files
        self._value: Mapping[str, object] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(4)
        self.words = Label("", self, selectable=True)
        column.addWidget(self.words)
        self.open = Button("Open file", Rank.SECONDARY, self, icon_name="eye")
        self.open.clicked.connect(self._on_open)
        column.addWidget(self.open)

    def show_value(self, value: Value | None) -> None:
        """Show the file's name, kind and size."""
        self.show_whole(Answer(value=value) if value is not None else None)

    def show_whole(self, answer: Answer | None) -> None:
        """Show the file, or why there is none."""
        value = answer.value if answer is not None else None
        self._value = value if isinstance(value, Mapping) else None
        if self._value is not None:
            self.words.setText(file_words(self._value))
        else:
            empty = answer.empty if answer is not None else None
            self.words.setText(
                EMPTY_WORDS.get(empty, "Not provided") if empty is not None else "Not provided"
            )
        self.open.setVisible(self._can_be_opened)

    @property
    def _can_be_opened(self) -> bool:
        return can_be_opened(self._value, is_kept_beside=self._files is not None)

    def stops(self) -> list[QWidget]:
        """Return the button, where there is a file."""
        return [self.open] if self._can_be_opened else []

    def tell(self, question: str, details: str) -> None:
        """Name both with the question."""
        self.words.setAccessibleName(f"{question} {self.words.text()}")
        self.open.setAccessibleName(f"Open file: {question}")

    def _on_open(self) -> None:
        if self._value is not None:
            open_file(self._value, self._files, self)


def open_file(value: Mapping[str, object], files: Files | None, owner: QWidget) -> None:
    """Show a file; one that is kept beside the record once it is fetched, or say that it has to come yet."""
    hash_, size = value.get("hash"), value.get("size")
    if value.get("data") or files is None or not isinstance(hash_, str):
        FileView(value, owner).show()
        return

    def show(data: bytes | None) -> None:
        if not shiboken6.isValid(owner):
            return
        if data is not None:
            FileView(with_data(value, data), owner).show()
        else:
            announce(owner, NOT_HERE_YET)
            FileView(value, owner, why=NOT_HERE_YET).show()

    def show_nothing() -> None:
        if shiboken6.isValid(owner):
            FileView(value, owner, why="This file cannot be read just now.").show()

    files.get(
        hash_,
        size if isinstance(size, int) else 0,
        show,
        lambda error: show_nothing(),
    )


def file_words(value: Mapping[str, object]) -> str:
    """Return a file as people say it: "drawing.png, PNG image, 24 KB"."""
    name = str(value.get("title") or value.get("url") or "A file")
    kind = _kind_words(str(value.get("contentType") or ""))
    size = value.get("size")
    return ", ".join(part for part in (name, kind, size_words(size) if isinstance(size, int) else "") if part)


def size_words(size: int) -> str:
    """Return a size as people say it."""
    if size < 1024:
        return f"{size} bytes"
    if size < 1024 * 1024:
        return f"{round(size / 1024)} KB"
    return f"{size / 1024 / 1024:.1f} MB".replace(".0 MB", " MB")


def _kind_words(kind: str) -> str:
    """Return a media type in words, "" for one that says nothing."""
    if kind.endswith("/*"):
        return {"image/*": "a picture", "text/*": "a text", "audio/*": "sound", "video/*": "a film"}.get(
            kind, kind
        )
    known = QMimeDatabase().mimeTypeForName(kind)
    return known.comment() if known.isValid() and not known.isDefault() else ""


def _takes_pictures(types: Sequence[str]) -> bool:
    return not types or any(each.startswith("image/") for each in types)


def _kind_of(data: bytes, kind: str) -> str:
    """Return what kind of picture it is, whatever its name says; another file keeps the kind it has."""
    found = QMimeDatabase().mimeTypeForData(QByteArray(data)).name()
    return found if found.startswith("image/") else kind


def _listed(types: Sequence[str]) -> str:
    words = list(dict.fromkeys(_kind_words(each) or each for each in types))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _fits(kind: str, wanted: str) -> bool:
    return kind == wanted or (wanted.endswith("/*") and kind.startswith(wanted[:-1]))
