"""``forms show`` and ``forms try``: a form on the real pages, kept nowhere."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from workbook_desktop.app.machine import SystemClock
from workbook_desktop.commands.forms.files import (
    OK,
    PROBLEM,
    Stopped,
    complain,
    form_in,
    read,
    words_of,
    write,
)
from workbook_desktop.domain import paths
from workbook_desktop.domain.errors import ResponseRefused
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId, WorkerId, new_ids
from workbook_desktop.domain.people import Family, Person, Worker
from workbook_desktop.domain.records import Body
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.draft import begin
from workbook_desktop.forms.response import encoded, from_response, to_response
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.forms.surroundings import Surroundings
from workbook_desktop.forms.trials import PRETENDED

if TYPE_CHECKING:
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication

    from ui.screens.form import FormScreen

_TRIED_BY = Worker(
    id=WorkerId("trial"), name="Amara Quill", role="social worker", agency="Wrenmouth", chapter="child"
)
_TALLEST = 30_000  # pixels of one picture


class _Nowhere:
    """A window that leads nowhere: a form that is tried has no other pages."""

    def __init__(self) -> None:
        self.heading = ""

    def title(self, text: str) -> None:
        """Take the title of the page."""
        self.heading = text

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def draw(
    file: Path,
    out: Path,
    *,
    section: str,
    width: int,
    percent: int,
    theme: str,
    response: Path | None,
) -> int:
    """Draw a form into a picture; return the exit code."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        form = form_in(file)
        body = _body(form, response)
        with _on_screen(form, body, theme, percent) as (app, screen):
            image = _picture(app, screen, section, width)
        _save(image, out)
    except Stopped as stopped:
        complain(str(stopped))
        return PROBLEM
    return OK


def try_out(file: Path) -> int:
    """Open a window with a form in it; return the exit code when it is closed."""
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    offscreen = os.environ.get("QT_QPA_PLATFORM") == "offscreen"  # a test looks on
    if sys.platform.startswith("linux") and not has_display and not offscreen:
        complain("There is no display here. “forms show FILE --png OUT” draws the form into a picture.")
        return PROBLEM
    try:
        form = form_in(file)
    except Stopped as stopped:
        complain(str(stopped))
        return PROBLEM
    with _on_screen(form, _body(form, None), "system", 100) as (app, screen):
        window = window_of(form, screen)
        window.show()
        screen.begin()
        return int(app.exec())


def window_of(form: Form, screen: FormScreen) -> Any:
    """Return the window of a form that is tried, with its menu."""
    from PySide6.QtGui import QKeySequence
    from PySide6.QtWidgets import QFileDialog, QMainWindow, QMessageBox

    window = QMainWindow()
    window.setWindowTitle(f"Trying: {form.title}")
    window.setCentralWidget(screen)
    window.resize(1180, 760)

    def export() -> None:
        name, _ = QFileDialog.getSaveFileName(
            window, "Export the response", f"{form.id}-response.json", "JSON (*.json)"
        )
        if not name:
            return
        try:
            write(Path(name), encoded(to_response(form, screen.sheet.body)))
        except Stopped as stopped:
            QMessageBox.warning(window, "It could not be exported", str(stopped))

    menu = window.menuBar().addMenu("&File")
    menu.addAction("&Export the response…", QKeySequence("Ctrl+E"), export)
    menu.addAction("&Close", QKeySequence("Ctrl+W"), window.close)
    go = window.menuBar().addMenu("&Go")
    go.addAction("&Next section", QKeySequence("Ctrl+PgDown"), screen.next_section)
    go.addAction("&Previous section", QKeySequence("Ctrl+PgUp"), screen.previous_section)
    go.addAction("Next p&roblem", QKeySequence("F8"), screen.next_problem)
    return window


@contextmanager
def _on_screen(
    form: Form, body: Body | None, theme: str, percent: int
) -> Iterator[tuple[QApplication, FormScreen]]:
    from PySide6.QtWidgets import QApplication

    from ui.say import Say
    from ui.screens.form import FormScreen
    from ui.style import Theme, apply
    from ui.tasks import Tasks
    from workbook_desktop.messages import load as load_messages

    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(["workbook-desktop"])
    look = apply(app, Theme(theme), percent)
    clock = SystemClock()
    desk: Any = SimpleNamespace(worker=_TRIED_BY)
    ways: Any = _Nowhere()
    around = Surroundings(
        today=clock.today(), now=clock.now(), variables={**PRETENDED, "today": clock.today()}
    )
    with ThreadPoolExecutor(max_workers=1) as executor:
        screen = FormScreen.trial(
            form,
            desk,
            Tasks(executor, lambda error: complain(f"{type(error).__name__}: {error}")),
            Say(load_messages(), clock),
            ways,
            clock=clock,
            body=body,
            surroundings=around,
        )
        yield app, screen
        screen.close()
    look.setParent(None)


def _body(form: Form, response: Path | None) -> Body:
    now = datetime.now(UTC)
    if response is None:
        return _begun(form, now)
    try:
        return from_response(form, read(response), new_ids(lambda: now, secrets.randbits)).body
    except ResponseRefused as refused:
        raise Stopped(f"{response}: {words_of(refused)}") from refused


def _begun(form: Form, now: datetime) -> Body:
    """Return the form as it is begun for an invented child, with one row in whatever repeats."""
    nobody = FamilyId("nobody")
    child = Person(
        id=PersonId("p"),
        family=nobody,
        forename="Maisie",
        surname="Tolland",
        birth_date=date(now.year - 7, 3, 4),
        is_child=True,
    )
    family = Family(
        id=nobody, name="Tolland", people=(child,), households=(), relationships=(), involvements=()
    )
    new_id = new_ids(lambda: now, secrets.randbits)
    known = Surroundings(today=now.date(), now=now, variables={**PRETENDED, "today": now.date()})
    body = begin(
        form,
        record=RecordId("shown"),
        family=family,
        worker=_TRIED_BY,
        today=now.date(),
        new_id=new_id,
        surroundings=known,
    )
    sheet = Sheet(form, body, by=_TRIED_BY.id, now=now.isoformat, new_id=new_id, surroundings=known)
    for item in form.walk():
        around = form.parents[item.link_id]
        while around is not None and not around.has_rows:
            around = form.parents[around.link_id]
        if item.has_rows and around is None and not sheet.rows(paths.ROOT, item.link_id):
            sheet.add_row(paths.ROOT, item.link_id)
    return sheet.body


def _picture(app: QApplication, screen: FormScreen, wanted: str, width: int) -> QImage:
    """Return the sections below each other, each as tall as it is."""
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QImage, QPainter

    sections = [each for each in screen.shown_sections() if _is(each.id, each.title, wanted, screen)]
    if not sections:
        titles = ", ".join(
            f"{number} {each.id}" for number, each in enumerate(screen.shown_sections(), start=1)
        )
        raise Stopped(f"There is no section “{wanted}”. There are: {titles}.")
    screen.resize(width, 700)
    screen.take_room(QSize(width, 700))
    screen.show()
    pictures = []
    for section in sections:
        screen.open_section(section.id, focus=False)
        app.processEvents()
        for _ in range(2):  # wrapped text is as tall as it is only once it is laid out
            inner = screen.page.widget()
            tall = (inner.sizeHint().height() if inner is not None else 0) + 40
            screen.resize(width, max(400, min(tall, _TALLEST)))
            app.processEvents()
        focused = app.focusWidget()
        if focused is not None:
            focused.clearFocus()  # a picture of the form, not of somebody filling it in
        app.processEvents()
        pictures.append(screen.grab().toImage())
    height = sum(each.height() for each in pictures)
    if height > _TALLEST:
        raise Stopped("The form is too long for one picture: name a section with --section.")
    whole = QImage(width, height, QImage.Format.Format_RGB32)
    whole.fill(screen.palette().window().color())
    painter = QPainter(whole)
    at = 0
    for each in pictures:
        painter.drawImage(0, at, each)
        at += each.height()
    painter.end()
    return whole


def _is(link: str, title: str, wanted: str, screen: FormScreen) -> bool:
    if not wanted:
        return True
    sections = screen.shown_sections()
    number = next(place for place, each in enumerate(sections, start=1) if each.id == link)
    return wanted in (link, title, str(number))


def _save(image: QImage, out: Path) -> None:
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImageWriter

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, QByteArray(b"png")).write(image):
        raise Stopped(f"{out}: the picture cannot be made.")
    write(out, bytes(buffer.data().data()))
