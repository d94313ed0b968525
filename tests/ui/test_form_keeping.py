"""What is typed meets what came meanwhile: both stay. And the same through the real store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit
from pytestqt.qtbot import QtBot

from tests.support.form_bench import Ways
from tests.support.worker import PASSPHRASE, FixedClock, StoreGate, store_thread
from ui.say import Say
from ui.screens.form import FormScreen
from ui.screens.form.keeping import over
from ui.screens.form.section import SectionPage
from ui.style import Theme
from ui.style import apply as dress
from ui.tasks import Tasks
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Answer, Body, Row
from workbook_desktop.messages import load as load_messages
from workbook_desktop.workspace.views import OpenRecord

NAMES = st.sampled_from(["a", "b", "c", "rows/r1/x", "rows/r1/y", "rows/r2/x"])


@st.composite
def bodies(draw: st.DrawFn) -> Body:
    said = draw(st.dictionaries(NAMES, st.sampled_from(["one", "two", "three"])))
    rows = draw(st.sets(st.sampled_from(["rows/r1", "rows/r2"])))
    rows |= {"/".join(name.split("/")[:2]) for name in said if "/" in name}
    return Body(
        answers={FieldPath(name): Answer(value=value) for name, value in said.items()},
        rows={FieldPath(row): Row(ord=row[-1]) for row in rows},
    )


@given(before=bodies(), after=bodies())
def test_with_nothing_in_between_what_was_typed_is_what_stands(before: Body, after: Body) -> None:
    assert over(before, before, after) == after


@given(stands=bodies(), before=bodies())
def test_who_typed_nothing_changes_nothing(stands: Body, before: Body) -> None:
    assert over(stands, before, before) == stands


@given(stands=bodies(), before=bodies(), after=bodies())
def test_every_word_typed_is_in_what_stands_whatever_came(stands: Body, before: Body, after: Body) -> None:
    found = over(stands, before, after)
    for path, answer in after.answers.items():
        if before.answers.get(path) != answer:
            assert found.answers[path] == answer


@given(stands=bodies(), before=bodies(), after=bodies())
def test_what_came_and_was_not_touched_here_stays(stands: Body, before: Body, after: Body) -> None:
    found = over(stands, before, after)
    for path, answer in stands.answers.items():
        row = path.rsplit("/", 1)[0] if "/" in path else ""
        gone = bool(row) and row in before.rows and row not in after.rows  # the row was taken away here
        if before.answers.get(path) == after.answers.get(path) and not gone:
            assert found.answers.get(path) == answer


def _a_visit(gate: StoreGate) -> tuple[object, OpenRecord]:
    gate.create()
    desk = gate.unlock(PASSPHRASE)
    family = desk.caseload()[0].family
    ref = next(ref for ref, _ in desk.family(family).forms if ref.id == "visit")
    return desk, desk.start(ref, family)


def test_what_is_typed_is_in_the_real_store_and_opens_again(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    dress(qapp, Theme.LIGHT)
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
