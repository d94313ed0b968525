"""A file in an answer: opened inside the Workbook, replaced, removed and put back, dropped."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QImageWriter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit
from pytestqt.qtbot import QtBot

from tests.support.desk import FixedClock
from tests.ui.fields.test_fields import Shown, an_item
from tests.ui.fields.test_whereabouts import LATITUDE, jpeg, tiff
from ui.fields import FieldContext
from ui.fields.attachment import (
    NOT_HERE_YET,
    PLACE_TAKEN_OUT,
    PLACE_UNKNOWN,
    AttachmentEditor,
    AttachmentShown,
)
from ui.fields.viewing import NOT_HERE, NOT_SHOWN, NOT_WHOLE, PDF_NOT_SHOWN, FileView, seen
from ui.style import Look
from workbook_desktop.domain.errors import DiskFull
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Answer
from workbook_desktop.forms.definition import Kind, Limits

K = Qt.Key


@pytest.fixture
def look(worn_look: Look) -> Look:
    return worn_look


@pytest.fixture
def context(look: Look) -> FieldContext:
    return FieldContext(clock=FixedClock())


def a_picture(width: int = 40, height: int = 30) -> bytes:
    picture = QImage(width, height, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.darkGreen)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"PNG")).write(picture)
    return bytes(buffer.data().data())


def a_file(data: bytes, kind: str, title: str = "drawing.png") -> dict[str, Any]:
    return {
        "title": title,
        "contentType": kind,
        "size": len(data),
        "hash": hashlib.sha256(data).hexdigest(),
        "data": base64.b64encode(data).decode(),
    }


def the_editor(shown: Shown) -> AttachmentEditor:
    assert isinstance(shown.field.editor, AttachmentEditor)
    return shown.field.editor


def put(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def test_a_removed_file_is_put_back_by_keyboard(context: FieldContext, qtbot: QtBot, tmp_path: Path) -> None:
    shown = Shown(an_item(Kind.ATTACHMENT), context, qtbot)
    the_editor(shown).take(put(tmp_path, "drawing.png", a_picture()))
    kept = shown.last
    shown.keys(K.Key_Tab, K.Key_Return)
    assert shown.said[-1] == (None, None)
    assert shown.focused is the_editor(shown).put_back
    assert shown.focused.accessibleName() == "Put back drawing.png: Who & what?"
    shown.keys(K.Key_Return)
    assert shown.last == kept
    assert the_editor(shown).name.text() == f"drawing.png, PNG image, {kept['size']} bytes"


def test_a_replaced_file_is_put_back(context: FieldContext, qtbot: QtBot, tmp_path: Path) -> None:
    shown = Shown(an_item(Kind.ATTACHMENT), context, qtbot)
    editor = the_editor(shown)
    editor.take(put(tmp_path, "one.txt", b"one"))
    editor.take(put(tmp_path, "two.txt", b"two"))
    assert shown.last["title"] == "two.txt"
    editor.put_back.click()
    assert shown.last["title"] == "one.txt"
    editor.put_back.click()
    assert shown.last["title"] == "two.txt"


def test_a_picture_opens_inside_the_workbook_and_escape_closes_it(
    context: FieldContext, qtbot: QtBot, tmp_path: Path
) -> None:
    shown = Shown(an_item(Kind.ATTACHMENT), context, qtbot)
    editor = the_editor(shown)
    editor.take(put(tmp_path, "drawing.png", a_picture()))
    shown.keys(K.Key_Tab, K.Key_Tab)
    assert shown.focused is editor.open
    shown.keys(K.Key_Return)
    view = editor.findChild(FileView)
    assert view is not None
    assert view.seen.picture is not None
    assert "drawing" not in view.windowTitle()
    with qtbot.waitSignal(view.destroyed):
        QTest.keyClick(view, K.Key_Escape)


def test_nothing_of_an_opened_file_is_written_to_disk(
    context: FieldContext, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for value in (a_file(a_picture(), "image/png"), a_file(b"words", "text/plain")):
        view = FileView(value)
        qtbot.addWidget(view)
        view.show()
    assert os.listdir(tmp_path) == []


def test_a_text_opens_as_text_and_markup_in_it_stays_text(look: Look, qtbot: QtBot) -> None:
    view = FileView(a_file("<b>Caf\u00e9</b>\r\nline".encode("cp1252"), "text/html", "note.html"))
    qtbot.addWidget(view)
    edit = view.findChild(QPlainTextEdit)
    assert edit is not None
    assert edit.toPlainText() == "<b>Caf\u00e9</b>\nline"
    assert edit.isReadOnly()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"title": "scan.pdf"}, NOT_HERE),
        ({"title": "scan.pdf", "data": "not base64!"}, NOT_WHOLE),
        ({**a_file(b"abc", "text/plain"), "hash": "00"}, NOT_WHOLE),
        (a_file(b"%PDF-1.4", "application/pdf"), PDF_NOT_SHOWN),
        (a_file(b"PK", "application/vnd.oasis.opendocument.text"), NOT_SHOWN),
        (a_file(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"), NOT_SHOWN),
        (a_file(b"\x89PNG nothing", "image/png"), "This picture cannot be read: it may be damaged."),
    ],
)
def test_what_cannot_be_shown_says_why(value: dict[str, Any], why: str, qapp: QApplication) -> None:
    assert seen(value).why == why


def test_a_picture_of_very_many_dots_is_read_small(qapp: QApplication) -> None:
    found = seen(a_file(a_picture(9000, 3000), "image/png")).picture
    assert found is not None
    assert (found.width(), found.height()) == (2400, 800)


def test_a_file_is_dropped_on_the_question(context: FieldContext, qtbot: QtBot, tmp_path: Path) -> None:
    shown = Shown(an_item(Kind.ATTACHMENT), context, qtbot)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(put(tmp_path, "one.txt", b"one"))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    editor = the_editor(shown)
    entering = QDragEnterEvent(QPoint(5, 5), copy, data, left, none)
    editor.dragEnterEvent(entering)
    assert entering.isAccepted()
    editor.dropEvent(QDropEvent(QPointF(5, 5), copy, data, left, none))
    assert shown.last["title"] == "one.txt"


def test_what_is_not_a_file_of_this_laptop_is_not_taken(context: FieldContext, qtbot: QtBot) -> None:
    shown = Shown(an_item(Kind.ATTACHMENT), context, qtbot)
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/x.png")])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    the_editor(shown).dropEvent(QDropEvent(QPointF(5, 5), copy, data, left, none))
    assert shown.said == []


def test_bad_files_are_refused_in_plain_words(context: FieldContext, qtbot: QtBot, tmp_path: Path) -> None:
    shown = Shown(
        an_item(Kind.ATTACHMENT, limits=Limits(media_types=("image/png", "application/pdf"))), context, qtbot
    )
    editor = the_editor(shown)
    assert "PNG image or PDF document" in editor.hint.text()
    for name, words in (
        (put(tmp_path, "empty.png", b""), "empty.png is empty. Choose another file"),
        (
            put(tmp_path, "note.txt", b"words"),
            "note.txt is of a kind that cannot be used here. Use PNG image or PDF document",
        ),
        (str(tmp_path), f"{tmp_path.name} cannot be read. Choose another file"),
        (str(tmp_path / "gone.png"), "gone.png cannot be read. Choose another file"),
    ):
        editor.take(name)
        assert editor.problem() == words
    assert shown.said == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are not known here")
def test_a_pipe_is_no_file(context: FieldContext, qtbot: QtBot, tmp_path: Path) -> None:
    shown = Shown(an_item(Kind.ATTACHMENT), context, qtbot)
    os.mkfifo(tmp_path / "pipe")
    the_editor(shown).take(str(tmp_path / "pipe"))
    assert the_editor(shown).problem() == "pipe cannot be read. Choose another file"


def test_a_file_in_a_record_that_is_only_read_opens(look: Look, qtbot: QtBot) -> None:
    from ui.fields import field_for

    context = FieldContext(clock=FixedClock(), read_only=True)
    field = field_for(an_item(Kind.ATTACHMENT), FieldPath("q"), context)
    qtbot.addWidget(field)
    assert isinstance(field.editor, AttachmentShown)
    assert field.editor.stops() == []
    field.show_answer(Answer(value=a_file(b"words", "text/plain", "note.txt")))
    assert field.editor.stops() == [field.editor.open]
    field.editor.open.click()
    view = field.findChild(FileView)
    assert view is not None
    assert view.seen.text == "words"


class Beside:
    """Files kept beside the record, as far as a field knows of them."""

    def __init__(self, *, is_full: bool = False) -> None:
        self.kept: dict[str, bytes] = {}
        self.wanted: list[tuple[str, int]] = []
        self.is_full = is_full
        self.later: list[Callable[[], None]] = []

    def put(self, data: bytes, then: Callable[[str], None], failed: Callable[[Exception], None]) -> None:
        if self.is_full:
            self.later.append(lambda: failed(DiskFull()))  # the store's thread answers when the page is drawn
            return
        hash_ = hashlib.sha256(data).hexdigest()
        self.kept[hash_] = data
        then(hash_)

    def get(
        self,
        hash_: str,
        size: int,
        then: Callable[[bytes | None], None],
        failed: Callable[[Exception], None],
    ) -> None:
        if hash_ not in self.kept:
            self.wanted.append((hash_, size))
        then(self.kept.get(hash_))


def test_a_large_file_is_kept_beside_the_record_and_opens(look: Look, qtbot: QtBot, tmp_path: Path) -> None:
    beside = Beside()
    shown = Shown(an_item(Kind.ATTACHMENT), FieldContext(clock=FixedClock(), files=beside), qtbot)
    words = b"the kitchen was warm " * 40_000
    (tmp_path / "long.txt").write_bytes(words)
    the_editor(shown).take(str(tmp_path / "long.txt"))
    value, _ = shown.said[-1]
    assert "data" not in value
    assert (value["size"], beside.kept[value["hash"]]) == (len(words), words)
    the_editor(shown).open.click()
    view = the_editor(shown).findChild(FileView)
    assert view is not None
    assert view.seen.text == words.decode()


def test_a_large_file_that_has_not_come_is_asked_for(look: Look, qtbot: QtBot) -> None:
    beside = Beside()
    shown = Shown(an_item(Kind.ATTACHMENT), FieldContext(clock=FixedClock(), files=beside), qtbot)
    value = {"title": "long.txt", "contentType": "text/plain", "size": 900_000, "hash": "ab" * 32}
    shown.field.show_answer(Answer(value=value))
    the_editor(shown).open.click()
    assert beside.wanted == [("ab" * 32, 900_000)]
    view = the_editor(shown).findChild(FileView)
    assert view is not None
    assert view.seen.why == NOT_HERE_YET


def test_a_large_file_that_the_disk_does_not_take_leaves_what_was_there(
    look: Look, qtbot: QtBot, tmp_path: Path
) -> None:
    beside = Beside(is_full=True)
    shown = Shown(an_item(Kind.ATTACHMENT), FieldContext(clock=FixedClock(), files=beside), qtbot)
    (tmp_path / "long.txt").write_bytes(b"x" * 600_000)
    the_editor(shown).take(str(tmp_path / "long.txt"))
    assert shown.said[-1][0]["title"] == "long.txt"
    beside.later.pop()()
    assert shown.said[-1][0] is None
    assert "could not be put on the disk" in the_editor(shown).problem()


def test_the_place_where_a_picture_was_taken_is_left_out_and_that_is_said(
    context: FieldContext, qtbot: QtBot, tmp_path: Path
) -> None:
    shown = Shown(an_item(Kind.ATTACHMENT), context, qtbot)
    editor = the_editor(shown)
    assert "Where a picture was taken is left out." in editor.hint.text()
    taken = jpeg(tiff())
    editor.take(put(tmp_path, "drawing.jpg", taken))
    kept = base64.b64decode(shown.last["data"])
    assert LATITUDE in taken
    assert LATITUDE not in kept
    assert shown.last["hash"] == hashlib.sha256(kept).hexdigest()
    assert seen(shown.last).picture is not None
    assert editor.place.text() == PLACE_TAKEN_OUT
    shown.field.show_answer(Answer(value=shown.last))  # as it comes back from the store
    assert editor.place.isVisible()
    editor.take(put(tmp_path, "other.png", a_picture()))
    assert not editor.place.isVisible()
    editor.take(put(tmp_path, "photo.png", jpeg(tiff())))  # whatever its name says
    assert LATITUDE not in base64.b64decode(shown.last["data"])
    editor.take(put(tmp_path, "photo.heic", b"\0\0\0\x18ftypheic" + bytes(40)))
    assert editor.place.text() == PLACE_UNKNOWN
    editor.remove.click()
    assert not editor.place.isVisible()
