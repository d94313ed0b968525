"""Working out ahead: in slices one after the other, none while somebody types, none after the lock."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from tests.support.desk import StandInDesk
from ui.shell.ahead import Ahead
from ui.tasks import Tasks
from workbook_desktop.domain.errors import DiskFull
from workbook_desktop.workspace.views import CaughtUp


class Behind(StandInDesk):
    """A desk with so many families left."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left
        self.began: list[bool] = []
        self.fails = False

    def catch_up(self, *, begin: bool = False) -> CaughtUp:
        self.began.append(begin)
        if self.fails:
            raise DiskFull
        self.left = max(0, self.left - 1)
        return CaughtUp(families_left=self.left, changed=True)


class Bench:
    def __init__(self, qtbot: QtBot, tasks: Tasks) -> None:
        self.bot, self.tasks = qtbot, tasks
        self.told = 0
        self.window = QLineEdit()
        qtbot.addWidget(self.window)
        with qtbot.waitExposed(self.window):
            self.window.show()

    def over(self, left: int) -> Ahead:
        self.desk = Behind(left)
        return Ahead(self.desk, self.tasks, self._tell, window=self.window, parent=self.window)

    def _tell(self) -> None:
        self.told += 1


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield Bench(qtbot, Tasks(thread, lambda error: None))


def test_it_goes_on_until_nothing_is_left_and_says_so(bench: Bench) -> None:
    bench.over(5).start()
    bench.bot.waitUntil(lambda: bench.desk.left == 0 and bench.told > 0)
    assert bench.desk.began == [True, False, False, False, False]


def test_what_comes_meanwhile_makes_it_look_at_everything_again(bench: Bench) -> None:
    ahead = bench.over(3)
    ahead.start()
    bench.bot.waitUntil(lambda: len(bench.desk.began) == 1)
    ahead.start()
    bench.bot.waitUntil(lambda: bench.desk.left == 0 and bench.desk.began.count(True) == 2)


def test_while_somebody_types_there_is_no_slice(bench: Bench) -> None:
    ahead = bench.over(1_000_000)
    ahead.start()
    bench.bot.waitUntil(lambda: len(bench.desk.began) > 2)
    QTest.keyClick(bench.window.windowHandle(), Qt.Key.Key_A)
    bench.bot.waitUntil(lambda: bench.tasks.pending() == 0 and ahead._timer.remainingTime() > 200)
    ahead.stop()


def test_after_the_lock_it_asks_no_more(bench: Bench) -> None:
    ahead = bench.over(1_000_000)
    ahead.start()
    bench.bot.waitUntil(lambda: len(bench.desk.began) > 2)
    ahead.stop()
    bench.bot.waitUntil(lambda: bench.tasks.pending() == 0)
    assert not ahead._timer.isActive()
    ahead.start()
    assert not ahead._timer.isActive()


def test_a_full_disk_ends_it_until_something_comes_again(bench: Bench) -> None:
    ahead = bench.over(3)
    bench.desk.fails = True
    ahead.start()
    bench.bot.waitUntil(lambda: len(bench.desk.began) == 1 and bench.tasks.pending() == 0)
    assert not ahead._timer.isActive()
    bench.desk.fails = False
    ahead.start()
    bench.bot.waitUntil(lambda: bench.desk.left == 0)
