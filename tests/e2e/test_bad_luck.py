"""What goes wrong around the Workbook, through the real window: it says so, and nothing is lost or taken."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from sync.reference_ics.practice import practice_caseload
from sync.transport import HttpIcs
from sync.wire import Wire
from tests.support.faulty_line import FaultyLine, Line
from tests.support.laptop import CONTROL, Laptop, NoWindow, office_at
from tests.support.publisher import Publisher
from tests.support.service import IcsProcess
from tests.support.small_disk import fill, small_disk
from workbook_desktop.domain.ids import FieldPath, RecordId

WORDS = "Maisie is well and Leo is learning to run."
NOTE = FieldPath("analysis.meaning")


@pytest.fixture
def ics(tmp_path: Path) -> Iterator[IcsProcess]:
    found = IcsProcess(tmp_path, practice_caseload(datetime.now(UTC).date()))
    try:
        yield found
    finally:
        found.kill()


@pytest.fixture
def line(ics: IcsProcess) -> Iterator[FaultyLine]:
    found = FaultyLine(ics.base_url)
    try:
        yield found
    finally:
        found.close()


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Everything in a store's folder but the count of tries, which is there to change."""
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in sorted(folder.rglob("*"))
        if each.is_file() and not each.name.endswith((".lock", ".tries"))
    }


def write_a_note(laptop: Laptop) -> RecordId:
    """Begin a visit offline or online, and type into its analysis."""
    laptop.open_family()
    record = laptop.open_form()
    form: Any = laptop.shell.screen_now
    section = next(each.id for each in form.sheet.form.sections if each.id.startswith("analysis"))
    laptop.hands.do(f"section:{section}")
    laptop.sees(f"answer:{NOTE}")
    laptop.hands.answer(NOTE, WORDS)
    return record


def buttons(laptop: Laptop) -> list[str]:
    """What can be pressed in the window, by its words."""
    return [
        each.text().replace("&", "") or each.accessibleName()
        for each in laptop.shell.findChildren(QAbstractButton)
        if each.isVisible()
    ]


# The door -------------------------------------------------------------------------------------------------


def a_store(folder: Path) -> Path:
    """Make a store that has something in it; return its folder."""
    made = NoWindow(folder / "worker", None)
    made.close()
    return folder / "worker"


def test_a_wrong_passphrase_makes_the_wait_grow_and_touches_no_data(qtbot: QtBot, tmp_path: Path) -> None:
    store = a_store(tmp_path)
    before = {name: data for name, data in bytes_of(store).items() if not name.startswith("tries")}
    laptop = Laptop(qtbot, tmp_path, None)
    waits: list[str] = []
    try:
        for attempt in range(8):
            if "You can try again in" in laptop.words():
                break
            laptop.unlock(f"not the passphrase {attempt}")
            laptop.until(lambda: "does not open" in laptop.words() or "wait a moment" in laptop.words())
            laptop.quiet()
        screen: Any = laptop.shell.screen_now
        waits.append(screen.wait.text())
        assert "You can try again in" in waits[0]
        assert not screen.unlock_button.isEnabled()
        after = bytes_of(store)
        assert {name: after[name] for name in before} == before
        assert not [name for name in after if name not in before and "tr" not in name]
    finally:
        laptop.end()


def test_one_damaged_header_copy_opens_and_is_repaired(qtbot: QtBot, tmp_path: Path) -> None:
    store = a_store(tmp_path)
    good = (store / "store.hdr").read_bytes()
    (store / "store.hdr").write_bytes(good[: len(good) // 2])
    laptop = Laptop(qtbot, tmp_path, None)
    try:
        laptop.at_home()
    finally:
        laptop.end()
    assert json.loads((store / "store.hdr").read_bytes()) == json.loads(
        (store / "store.hdr.bak").read_bytes()
    )


@pytest.mark.parametrize("damaged", [("store.hdr", "store.hdr.bak"), ("store.db",)], ids=["header", "store"])
def test_a_damaged_store_is_said_to_be_so_and_everything_is_kept(
    qtbot: QtBot, tmp_path: Path, damaged: tuple[str, ...]
) -> None:
    store = a_store(tmp_path)
    for name in damaged:
        whole = (store / name).read_bytes()
        (store / name).write_bytes(os.urandom(min(8192, len(whole))) + whole[8192:])
    before = bytes_of(store)
    laptop = Laptop(qtbot, tmp_path, None)
    try:
        laptop.unlock()
        laptop.sees("trouble")
        assert "damaged" in laptop.words().lower() or "cannot be read" in laptop.words().lower()
        offered = " ".join(buttons(laptop)).lower()
        for verb in ("delete", "reset", "start again", "new store", "erase", "remove"):
            assert verb not in offered
    finally:
        laptop.end()
    after = bytes_of(store)
    assert {name: after[name] for name in before} == before


# The line -------------------------------------------------------------------------------------------------


def test_without_the_ics_work_goes_on_and_goes_out_later(
    qtbot: QtBot, tmp_path: Path, ics: IcsProcess
) -> None:
    laptop = Laptop(qtbot, tmp_path, office_at(ics.base_url, ics.secret))
    try:
        laptop.at_home()
        laptop.first_pull()
        ics.kill()
        laptop.hands.press(Qt.Key.Key_R, CONTROL)
        laptop.until(lambda: laptop.phase == "offline")
        record = write_a_note(laptop)
        laptop.hands.do("do:check")
        laptop.sees("screen:check")
        laptop.hands.do("do:send")
        laptop.until(lambda: laptop.counts().waiting == 1)
        assert "Offline" in laptop.words()
        ics.start()
        laptop.hands.press(Qt.Key.Key_R, CONTROL)
        laptop.until(lambda: laptop.counts().waiting == 0, 40)
        head = laptop.result(lambda: laptop.client.held(record)).head
        assert head is not None
        assert head.content["answers"][NOTE]["v"] == WORDS
    finally:
        laptop.end()


@pytest.mark.parametrize(
    ("fault", "phase"),
    [
        (Line.HTML, "not-the-ics"),
        (Line.REDIRECT, "not-the-ics"),
        (Line.CUT, "offline"),
        (Line.BUSY, "offline"),
    ],
)
def test_a_bad_line_changes_nothing_and_says_what_it_is(
    qtbot: QtBot, tmp_path: Path, ics: IcsProcess, line: FaultyLine, fault: Line, phase: str
) -> None:
    laptop = Laptop(qtbot, tmp_path, office_at(line.url, ics.secret))
    try:
        laptop.at_home()
        laptop.first_pull()
        record = write_a_note(laptop)
        laptop.hands.do("do:check")
        laptop.sees("screen:check")
        line.line = fault
        laptop.hands.do("do:send")
        laptop.until(lambda: laptop.counts().waiting == 1)
        laptop.hands.press(Qt.Key.Key_R, CONTROL)
        laptop.until(lambda: laptop.phase == phase)
        laptop.quiet()
        busy = "Office busy" if fault is Line.BUSY else "Offline"
        wanted = "Network sign-in page?" if phase == "not-the-ics" else busy
        laptop.until(lambda: wanted in laptop.words())
        assert "1 waiting" in laptop.words()
        assert line.elsewhere == []
        held = laptop.result(lambda: laptop.client.held(record))
        assert held.shown.answers[NOTE].value == WORDS
        assert held.head is None
        line.line = Line.GOOD
        laptop.hands.press(Qt.Key.Key_R, CONTROL)
        laptop.until(lambda: laptop.counts().waiting == 0, 40)
    finally:
        laptop.end()


def test_an_answer_that_drips_for_ever_is_given_up(ics: IcsProcess, line: FaultyLine, tmp_path: Path) -> None:
    from sync.sign_in import PracticeSignIn
    from workbook_desktop.domain.errors import IcsUnreachable

    client = NoWindow(tmp_path / "bea", office_at(ics.base_url, ics.secret))
    wire = Wire(line.url, client.clock, read_seconds=5, total_seconds=1.5)
    slow = HttpIcs(
        line.url,
        PracticeSignIn(line.url, client.worker.id, ics.secret, client.clock, wire=wire),
        client.clock,
        wire=wire,
    )
    try:
        assert slow.scopes().scopes
        line.line = Line.DRIP
        began = client.clock.monotonic()
        with pytest.raises(IcsUnreachable) as refused:
            slow.feed(None, 250)
        assert refused.value.facts["reason"] == "timeout"
        assert client.clock.monotonic() - began < 6
    finally:
        slow.close()
        client.close()


def test_a_record_of_another_family_in_a_page_is_refused_with_its_whole_page_and_said(
    qtbot: QtBot, tmp_path: Path, ics: IcsProcess, line: FaultyLine
) -> None:
    stranger = "f-of-somebody-else"

    def bend(page: dict[str, Any]) -> dict[str, Any]:
        bent = copy.deepcopy(page)
        records = [each for each in bent["items"] if each["kind"] == "record"]
        if records:
            records[-1]["scope_id"] = records[-1]["body"]["scope_id"] = stranger
        return bent

    line.bend = bend
    laptop = Laptop(qtbot, tmp_path, office_at(line.url, ics.secret))
    try:
        laptop.at_home()
        laptop.until(lambda: laptop.window.exchange.status.detail_code == "reply-refused", 30)
        laptop.quiet()
        assert laptop.client.desk is not None
        assert laptop.result(laptop.client.desk.caseload) == ()  # nothing of the page was taken
        laptop.until(lambda: "cannot be used" in laptop.words())
        line.bend = None
        laptop.hands.press(Qt.Key.Key_R, CONTROL)
        laptop.first_pull()
        assert laptop.result(laptop.client.desk.caseload)
        assert "cannot be used" not in laptop.words()
    finally:
        laptop.end()


# What the office sends ------------------------------------------------------------------------------------


def test_a_malformed_form_in_the_feed_holds_up_nothing_and_breaks_no_page(
    qtbot: QtBot, tmp_path: Path
) -> None:
    bad = {
        "resourceType": "Questionnaire",
        "id": "bad",
        "version": "1.0.0",
        "title": "A form with a mistake",
        "item": [{"linkId": "a", "type": "string"}, {"linkId": "a", "type": "nonsense"}],
    }
    nameless = {"resourceType": "Questionnaire", "url": "urn:x", "version": "1", "item": "nothing"}
    fraction = {
        **bad,
        "id": "fraction",
        "title": "A form with a fraction",
        "item": [{"linkId": "a", "type": "decimal", "x": 0.5}],
    }
    caseload = practice_caseload(datetime.now(UTC).date())
    wrong = tuple(json.dumps(each).encode() for each in (bad, nameless, fraction))
    publisher = Publisher()
    ics = IcsProcess(tmp_path, replace(caseload, forms=(*publisher.sign(wrong), *caseload.forms)))
    laptop = Laptop(qtbot, tmp_path, office_at(ics.base_url, ics.secret), form_keys=publisher.keys)
    try:
        laptop.at_home()
        laptop.first_pull()
        laptop.open_family()
        desk = laptop.client.desk
        assert desk is not None
        file = laptop.result(lambda: desk.family(caseload.families[0].id))
        names = [name for _, name in file.forms]
        assert "A form with a mistake" not in names  # not offered: it could not be opened
        assert "A form with a fraction" in names
        assert {form.id for form, _ in file.forms} >= {"visit", "plan", "case-note"}
        laptop.open_form()
    finally:
        laptop.end()
        ics.kill()


# The disk -------------------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path, 24) as found:
        yield found


def test_a_full_disk_is_said_the_words_stay_on_screen_and_are_saved_when_there_is_room(
    qtbot: QtBot, tmp_path: Path, disk: Path, ics: IcsProcess
) -> None:
    laptop = Laptop(qtbot, tmp_path, office_at(ics.base_url, ics.secret), store=disk / "worker")
    try:
        laptop.at_home()
        laptop.first_pull()
        record = write_a_note(laptop)
        laptop.quiet()
        fillings = [fill(disk)]
        editor: Any = laptop.hands.find(f"answer:{NOTE}")
        typed = WORDS
        for round_ in range(60):  # the spare space keeps some of it first
            more = f" {round_} " + "x" * 60_000
            editor.insertPlainText(more)  # pasted: a page of text at a time
            typed += more
            laptop.hands.press(Qt.Key.Key_S, CONTROL)
            laptop.until(lambda: not laptop.window.tasks.pending())
            laptop.bot.wait(0)
            fillings = [fill(disk)]
            if "disk is full" in laptop.words():
                break
        assert "disk is full" in laptop.words()
        shown: str = editor.toPlainText()
        assert len(shown) > len(WORDS)
        held = laptop.result(lambda: laptop.client.held(record))
        assert held.shown.answers[NOTE].value != shown
        for each in fillings:
            each.unlink()
        laptop.until(
            lambda: laptop.result(lambda: laptop.client.held(record)).shown.answers[NOTE].value == shown, 20
        )
        laptop.until(lambda: "disk is full" not in laptop.words())
    finally:
        laptop.end()
    again = NoWindow(disk / "worker", None)
    try:
        assert again.held(record).shown.answers[NOTE].value == shown
    finally:
        again.close()
