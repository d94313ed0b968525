"""A file that is kept in a record, shown inside the Workbook. Nothing of it is written to disk."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QKeySequence, QPixmap, QResizeEvent, QShortcut
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from ui.style import Rank, em
from ui.widgets.buttons import Button
from ui.widgets.text import Body, HeadingTwo, Hint, plain

_MOST_PIXELS = 2400  # of the longer side: more is not seen, and a small file may unfold to a huge picture
_MOST_LETTERS = 200_000
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/bmp", "image/webp"})
_TEXTS = frozenset({"application/json", "application/xml"})

NOT_HERE = "Only the name of this file is here. The file itself is kept elsewhere."
NOT_WHOLE = "What is kept is not what was put in: the file is damaged. Ask whoever put it in for it."
PDF_NOT_SHOWN = "A PDF cannot be shown inside the Workbook. It is kept in the record, and sent with it."
NOT_SHOWN = (
    "A file of this kind cannot be shown inside the Workbook. It is kept in the record, and goes with it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What of a file can be shown: a picture, a text, or the reason why neither."""

    picture: QImage | None = None
    text: str | None = None
    why: str = ""


def seen(value: Mapping[str, object]) -> Seen:
    """Return what can be shown of an attachment, as an answer keeps it. A file may be anything."""
    kept = value.get("data")
    if not isinstance(kept, str) or not kept:
        return Seen(why=NOT_HERE)
    try:
        data = base64.b64decode(kept, validate=True)
    except (binascii.Error, ValueError):
        return Seen(why=NOT_WHOLE)
    said = value.get("hash")
    if isinstance(said, str) and said and said != hashlib.sha256(data).hexdigest():
        return Seen(why=NOT_WHOLE)
    kind = str(value.get("contentType") or "").partition(";")[0].strip().lower()
    if kind in _PICTURES:
        picture = _picture(data)
        return Seen(why="This picture cannot be read: it may be damaged.") if picture is None else picture
    if kind.startswith("text/") or kind in _TEXTS:
        return Seen(text=_text(data))
    # What shows PDFs in Qt comes in PySide6-Addons, which is larger than all the rest together.
    return Seen(why=PDF_NOT_SHOWN if kind == "application/pdf" else NOT_SHOWN)


def can_be_opened(value: Mapping[str, object] | None, *, is_kept_beside: bool = False) -> bool:
    """Whether there is a file, and not its name alone; or one that is kept beside the record, under its
    hash."""
    return value is not None and bool(value.get("data") or (is_kept_beside and value.get("hash")))


def with_data(value: Mapping[str, object], data: bytes) -> dict[str, object]:
    """Return an attachment with its bytes in it, to be shown."""
    return {**value, "data": base64.b64encode(data).decode()}


class FileView(QDialog):
    """A window with one file in it. Esc closes it; hiding the screen and locking do too."""

    def __init__(self, value: Mapping[str, object], parent: QWidget | None = None, *, why: str = "") -> None:
        """`why`: the reason why there is nothing to show, if the caller knows it."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("dialog:file")
        self.setWindowTitle("A file – Workbook")  # its name may be a child's
        self.setAccessibleName("A file")
        column = QVBoxLayout(self)
        name = str(value.get("title") or "A file")
        column.addWidget(HeadingTwo(name, self))
        self.seen = Seen(why=why) if why else seen(value)
        first: QWidget
        if self.seen.picture is not None:
            picture = _Picture(self.seen.picture, self)
            picture.setAccessibleName(f"Picture: {plain(name)}")
            picture.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            column.addWidget(picture, 1)
            first = picture
        elif self.seen.text is not None:
            text = QPlainTextEdit(self)
            text.setReadOnly(True)
            text.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            text.setTabChangesFocus(True)
            text.setAccessibleName(f"Text of {plain(name)}")
            whole = len(self.seen.text) <= _MOST_LETTERS
            text.setPlainText(self.seen.text[:_MOST_LETTERS])
            column.addWidget(text, 1)
            if not whole:
                column.addWidget(Hint(f"Only the first {_MOST_LETTERS:,} letters show.", self))
            first = text
        else:
            column.addWidget(Body(self.seen.why, self))
            column.addStretch(1)
            first = self
        self.shut = Button("Close", Rank.SECONDARY, self)
        self.shut.clicked.connect(self.close)
        column.addWidget(self.shut)
        if first is self:
            self.shut.setFocus()
            self.shut.setAccessibleDescription(self.seen.why)
        else:
            first.setFocus()
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.activated.connect(self.close)
        big = self.seen.picture is not None or self.seen.text is not None
        self.resize(em(self, 42), em(self, 30 if big else 12))


class _Picture(QLabel):
    """A picture as large as there is room, never larger than it is."""

    def __init__(self, picture: QImage, parent: QWidget) -> None:
        super().__init__(parent)
        self._whole = QPixmap.fromImage(picture)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the window."""
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        """Return the picture's own size."""
        return self._whole.size()

    def _fit(self) -> None:
        room = self.contentsRect().size()
        if room.width() < 1 or room.height() < 1:
            return
        if self._whole.width() <= room.width() and self._whole.height() <= room.height():
            self.setPixmap(self._whole)
        else:
            self.setPixmap(
                self._whole.scaled(
                    room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
                )
            )


def _picture(data: bytes) -> Seen | None:
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > _MOST_PIXELS:
        reader.setScaledSize(size.scaled(_MOST_PIXELS, _MOST_PIXELS, Qt.AspectRatioMode.KeepAspectRatio))
    picture = reader.read()
    return None if picture.isNull() else Seen(picture=picture)


def _text(data: bytes) -> str:
    """Return bytes as text; what is no UTF-8 is read as Windows writes it. Signs that steer are left out."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
