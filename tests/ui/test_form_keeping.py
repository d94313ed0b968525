"""What is typed is in the real store, and meets there what came meanwhile: both stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from tests.support.form_bench import Ways
from tests.support.worker import PASSPHRASE, FixedClock, StoreGate, store_thread
from ui.say import Say
from ui.screens.form import FormScreen
from ui.screens.form.section import SectionPage
from ui.style import Look
from ui.tasks import Tasks
from workbook_desktop.domain.ids import LinkId
from workbook_desktop.messages import load as load_messages
from workbook_desktop.workspace.views import OpenRecord


def _a_visit(gate: StoreGate) -> tuple[object, OpenRecord]:
    gate.create()
    desk = gate.unlock(PASSPHRASE)
    family = desk.caseload()[0].family
    ref = next(ref for ref, _ in desk.family(family).forms if ref.id == "visit")
    return desk, desk.start(ref, family)


def test_what_is_typed_is_in_the_real_store_and_opens_again(
    qtbot: QtBot, worn_look: Look, tmp_path: Path
) -> None:
    clock = FixedClock()
    gate = StoreGate(tmp_path, clock)
    crashes: list[BaseException] = []
    with store_thread() as executor:
        assert isinstance(executor, ThreadPoolExecutor)
        tasks = Tasks(executor, crashes.append)
        desk, view = executor.submit(_a_visit, gate).result()
        say, ways = Say(load_messages(), clock), Ways()

        def shown(of: OpenRecord) -> FormScreen:
            screen = FormScreen(of, desk, tasks, say, ways, clock=clock)  # type: ignore[arg-type]
            qtbot.addWidget(screen)
            screen.resize(1100, 700)
            with qtbot.waitExposed(screen):
                screen.show()
            screen.open_section(LinkId("each-child"))
            return screen

        screen = shown(view)
        edit = screen.page.findChildren(QPlainTextEdit)[0]
        edit.setFocus()
        QTest.keyClicks(edit, "Started at the nursery in Skerry Lane")
        qtbot.waitUntil(lambda: bool(ways.kept_at) and not screen.unsaved(), timeout=3000)
        again = shown(executor.submit(desk.open, view.record).result())  # type: ignore[attr-defined]
        assert isinstance(again.page, SectionPage)
        texts = [each.toPlainText() for each in again.page.findChildren(QPlainTextEdit)]
        assert "Started at the nursery in Skerry Lane" in texts
        qtbot.waitUntil(lambda: not tasks.pending())
        executor.submit(gate.lock).result()
    assert crashes == []
