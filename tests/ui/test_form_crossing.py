"""A worker types with real keys while a run brings a colleague's words to the same question: nothing moves
under her fingers, nothing is lost, and both texts become a question. Real window, store, engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from tests.support.form_bench import Ways
from tests.support.laptop_store import LaptopStore, filled, says
from tests.support.stored import Template
from tests.support.worker import store_thread
from ui.say import Say
from ui.screens.form import FormScreen
from ui.style import Look
from ui.tasks import Tasks
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.records import Body
from workbook_desktop.messages import load as load_messages

T = TypeVar("T")
CONTINGENCY, CONTACT = FieldPath("safety.contingency"), FieldPath("safety.contact")
THEIRS = "Ring the school on Monday."


class Bench:
    """The plan of the Tollands, open at its safety section."""

    def __init__(self, qtbot: QtBot, tasks: Tasks, executor: ThreadPoolExecutor, laptop: LaptopStore) -> None:
        self.qtbot, self.tasks, self.executor, self.laptop = qtbot, tasks, executor, laptop
        self.plan, self.ways = laptop.plan(), Ways()
        self.screen = FormScreen(
            self.do(lambda: laptop.desk.open(self.plan)),
            laptop.desk,
            tasks,
            Say(load_messages(), laptop.clock),
            self.ways,
            clock=laptop.clock,
        )
        qtbot.addWidget(self.screen)
        self.screen.resize(1100, 700)
        with qtbot.waitExposed(self.screen):
            self.screen.show()
        self.screen.open_section(LinkId("safety"))
        assert self.screen._keeper is not None
        self.screen._keeper._quiet.setInterval(100_000)  # the test says when it is kept
        self.screen._keeper._latest.setInterval(100_000)

    def do(self, job: Callable[[], T]) -> T:
        """Do something in the store's thread."""
        return self.executor.submit(job).result(timeout=30)

    def edit(self, path: FieldPath = CONTINGENCY) -> QPlainTextEdit:
        """The text field of a question."""
        found = self.screen.page.findChild(QPlainTextEdit, f"answer:{path}")
        assert isinstance(found, QPlainTextEdit)
        return found

    def type(self, text: str, path: FieldPath = CONTINGENCY) -> None:
        edit = self.edit(path)
        if not edit.hasFocus():
            edit.setFocus()
        QTest.keyClicks(edit, text)

    def quiet(self) -> None:
        """Wait until all that was asked is answered, and what that led to."""
        self.qtbot.waitUntil(lambda: not self.screen.unsaved() and not self.tasks.pending(), timeout=5000)
        self.qtbot.wait(0)
        self.qtbot.waitUntil(lambda: not self.screen.unsaved() and not self.tasks.pending(), timeout=5000)

    def kept(self) -> Body:
        """What stands in the store."""
        return self.do(lambda: self.laptop.desk.open(self.plan)).body

    def send(self) -> dict[FieldPath, tuple[object, object]]:
        """Send, and return mine and theirs of what the office asks."""
        laptop = self.laptop

        def both() -> None:
            laptop.desk.send(self.plan)
            laptop.run()

        self.do(both)
        return {
            each.path: (each.mine.value if each.mine else None, each.theirs.value if each.theirs else None)
            for each in laptop.open_conflicts(self.plan)
        }


@pytest.fixture(scope="module")
def caseload_store(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return filled(tmp_path_factory.mktemp("caseload"))


@pytest.fixture
def bench(qtbot: QtBot, worn_look: Look, caseload_store: Template, tmp_path: Path) -> Iterator[Bench]:
    crashes: list[BaseException] = []
    with store_thread() as executor:
        laptop = executor.submit(LaptopStore, caseload_store, tmp_path / "store").result()
        tasks = Tasks(executor, crashes.append)
        yield Bench(qtbot, tasks, executor, laptop)
        qtbot.waitUntil(lambda: not tasks.pending())
        executor.submit(laptop.close).result()
    assert crashes == []


def _old(bench: Bench) -> str:
    return bench.edit().toPlainText()


def test_what_came_to_the_same_question_moves_nothing_and_both_are_asked_about(bench: Bench) -> None:
    old = _old(bench)
    bench.type("Hannah rings. ")
    mine, caret = bench.edit().toPlainText(), bench.edit().textCursor().position()
    bench.laptop.colleague(bench.plan, says(CONTINGENCY, THEIRS))
    bench.laptop.colleague(bench.plan, says(CONTACT, "Amara, 01632 960199"))
    bench.do(bench.laptop.run)
    bench.screen.refresh((bench.plan,))  # as the window hears of the run
    bench.quiet()
    assert mine != old
    assert (bench.edit().toPlainText(), bench.edit().textCursor().position()) == (mine, caret)
    assert bench.edit(CONTACT).toPlainText() == "Amara, 01632 960199"
    bench.type("Then Lorraine. ")
    bench.screen.flush()
    bench.quiet()
    whole = bench.edit().toPlainText()
    assert "Hannah rings. Then Lorraine. " in whole
    assert bench.send() == {CONTINGENCY: (whole, THEIRS)}


def test_keeps_that_follow_one_another_faster_than_they_are_answered_lose_nothing(bench: Bench) -> None:
    bench.type("One. ")
    bench.laptop.colleague(bench.plan, says(CONTINGENCY, THEIRS))
    bench.laptop.colleague(bench.plan, says(CONTACT, "Amara, 01632 960199"))
    bench.do(bench.laptop.run)
    for text in ("Two. ", "Three. "):
        bench.screen.flush()  # asked, and not answered: nothing has let the window go on
        bench.type(text)
    bench.screen.flush()
    bench.quiet()
    whole = bench.edit().toPlainText()
    assert "One. Two. Three. " in whole
    assert bench.edit(CONTACT).toPlainText() == "Amara, 01632 960199"
    stands = bench.kept().answers
    assert (stands[CONTINGENCY].value, stands[CONTACT].value) == (whole, "Amara, 01632 960199")
    assert bench.send() == {CONTINGENCY: (whole, THEIRS)}
    assert bench.laptop.at_office(bench.plan).answers[CONTACT].value == "Amara, 01632 960199"


def test_a_colleagues_newer_words_are_not_undone_by_older_ones_on_the_page(bench: Bench) -> None:
    bench.type("One. ")
    for text in ("Amara", "Amara, mornings", "Amara, afternoons"):
        bench.laptop.colleague(bench.plan, says(CONTACT, text))
        bench.do(bench.laptop.run)
        bench.type("More. ")
        bench.screen.flush()
    bench.quiet()
    assert bench.kept().answers[CONTACT].value == bench.edit(CONTACT).toPlainText()
    bench.send()
    office = bench.laptop.at_office(bench.plan).answers
    assert office[CONTACT].value == "Amara, afternoons"
    assert bench.laptop.open_conflicts(bench.plan) == []


def test_a_page_that_goes_away_hands_over_its_last_words(bench: Bench) -> None:
    bench.type("One. ")
    bench.screen.flush()
    bench.type("Last. ")
    whole = bench.edit().toPlainText()
    bench.screen.hide()
    bench.qtbot.waitUntil(lambda: not bench.tasks.pending())
    assert bench.kept().answers[CONTINGENCY].value == whole
