"""A file of 20 MB through the real windows: chosen, sent in parts, fetched by a colleague, opened."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from sync.reference_ics.practice import practice_caseload
from tests.support.filling import Filler
from tests.support.forms import item, questionnaire
from tests.support.laptop import CONTROL, Laptop, office_at
from tests.support.publisher import Publisher
from tests.support.service import IcsClock, RunningIcs, running_ics
from ui.fields.attachment import NOT_HERE_YET, AttachmentEditor
from ui.fields.viewing import FileView
from ui.screens.form import FormScreen
from workbook_desktop.domain.ids import FamilyId, FieldPath, FormId, RecordId
from workbook_desktop.domain.records import FormRef

TOLLAND = FamilyId("f-tolland")
FORM = FormRef(id=FormId("large"), version="1.0.0")
PICTURE = FieldPath("picture")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A photograph as a camera makes it: nothing in it can be packed any smaller."""
    wide, high = 2700, 2500
    noise = random.Random(20).randbytes(wide * high * 3)
    place = tmp_path / "bedroom wall.png"
    assert QImage(noise, wide, high, wide * 3, QImage.Format.Format_RGB888).save(str(place))
    assert 19_000_000 < place.stat().st_size < 25_000_000
    return place


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
def ics(tmp_path: Path, publisher: Publisher) -> Iterator[RunningIcs]:
    form = questionnaire(
        item("seen", "string"), item("picture", "attachment"), id="large", url="https://example.org/large"
    )
    clock = IcsClock(datetime.now(UTC))
    caseload = practice_caseload(clock.today())
    forms = (*caseload.forms, *publisher.sign((json.dumps(form).encode(),)))
    (tmp_path / "ics").mkdir()
    with running_ics(tmp_path / "ics", caseload=replace(caseload, forms=forms), clock=clock) as running:
        yield running


def sits(bot: QtBot, folder: Path, ics: RunningIcs, publisher: Publisher, worker: str) -> Laptop:
    """A worker before their window, with everything the office has."""
    known = {each.id: each for each in practice_caseload(ics.clock.today()).workers}
    folder.mkdir()
    office = office_at(ics.base_url, ics.secret)
    laptop = Laptop(bot, folder, office, known[worker], form_keys=publisher.keys)  # type: ignore[index]
    laptop.at_home()
    laptop.first_pull()
    return laptop


def sends(laptop: Laptop) -> None:
    """Ctrl+R, until nothing waits."""
    laptop.hands.press(Qt.Key.Key_R, CONTROL)
    laptop.until(lambda: laptop.phase == "idle" and laptop.counts().waiting == 0, 120)
    laptop.quiet()


def form_of(laptop: Laptop) -> FormScreen:
    screen = laptop.shell.screen_now
    assert isinstance(screen, FormScreen)
    return screen


def test_a_file_of_20_mb_is_chosen_sent_fetched_and_opened(
    qtbot: QtBot, tmp_path: Path, ics: RunningIcs, publisher: Publisher, picture: Path
) -> None:
    whole = picture.read_bytes()
    amara = sits(qtbot, tmp_path / "amara", ics, publisher, "w-amara-quill")
    try:
        amara.shell._routes.start(FORM, TOLLAND)  # type: ignore[union-attr]
        amara.sees("screen:form")
        record: RecordId = amara.record
        hands = Filler(amara, picture)
        amara.hands.focus("answer:seen")
        amara.hands.type("The wall of her bedroom.")
        editor = form_of(amara).page.parts.fields[PICTURE].editor  # type: ignore[union-attr]
        assert isinstance(editor, AttachmentEditor)
        hands._choose_file(editor)
        kept = form_of(amara).sheet.body.answers[PICTURE].value
        assert isinstance(kept, dict)
        assert "data" not in kept, "the bytes stand beside the record"
        amara.quiet()
        opens(amara, editor.open)
        amara.hands.press(Qt.Key.Key_Return, CONTROL)
        if not amara.hands.sees("screen:check"):
            amara.shell._routes.check(record)  # type: ignore[union-attr]
        amara.sees("screen:check")
        amara.hands.do("do:sign-off")
        amara.until(lambda: not amara.hands.sees("do:sign-off"))
        sends(amara)
        amara.until(lambda: _at_the_office(ics) == {kept["hash"]}, 120)
    finally:
        amara.end()

    joss = sits(qtbot, tmp_path / "joss", ics, publisher, "w-joss-penn")
    try:
        joss.shell._routes.record(record)  # type: ignore[union-attr]
        joss.sees("screen:form")
        buttons = [
            each
            for each in joss.shell.findChildren(QPushButton)
            if each.isVisible() and each.accessibleName().startswith("Open file")
        ]
        assert len(buttons) == 1
        buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
        joss.hands.press(Qt.Key.Key_Space)
        joss.until(lambda: _view() is not None)
        view = _view()
        assert view is not None
        assert view.seen.picture is None, "it has to be fetched first, and that is said"
        assert view.seen.why == NOT_HERE_YET
        view.close()
        joss.until(lambda: _here(joss, str(kept["hash"])) is not None, 120)
        assert _here(joss, str(kept["hash"])) == _without(whole, str(kept["hash"]))
        opens(joss, buttons[0])
    finally:
        joss.end()


def opens(laptop: Laptop, button: QPushButton) -> None:
    """Open the file with the keyboard, see that it is a picture, and close it with Esc."""
    laptop.shell.activateWindow()
    laptop.until(laptop.shell.isActiveWindow)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    laptop.hands.press(Qt.Key.Key_Space)
    laptop.until(lambda: _view() is not None, 60)
    view = _view()
    assert view is not None
    assert view.seen.picture is not None, view.seen.why
    assert not view.seen.picture.isNull()
    view.close()
    laptop.until(lambda: _view() is None)
    laptop.shell.activateWindow()
    laptop.until(laptop.shell.isActiveWindow)


def _view() -> FileView | None:
    shown = [
        each for each in QApplication.topLevelWidgets() if isinstance(each, FileView) and each.isVisible()
    ]
    return shown[0] if shown else None


def _here(laptop: Laptop, hash_: str) -> bytes | None:
    desk = laptop.client.desk
    assert desk is not None
    return laptop.result(lambda: desk.get_file(TOLLAND, hash_))


def _without(whole: bytes, hash_: str) -> bytes:
    """What was put in, if its bytes were left as they are."""
    assert hashlib.sha256(whole).hexdigest() == hash_
    return whole


def _at_the_office(ics: RunningIcs) -> set[str]:
    from sync.reference_ics.tables import blob

    with ics.database() as database, database.reading() as connection:
        return {row.sha256 for row in connection.execute(blob.select())}
