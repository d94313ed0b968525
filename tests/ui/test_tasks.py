"""Tasks: answers come later, on the UI thread, and never to somebody who is gone."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import shiboken6
from PySide6.QtCore import QObject, QThread, Signal
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from ui.tasks import Tasks
from workbook_desktop.domain.errors import DiskFull, StoreLocked


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    """One thread, as the store has."""
    with ThreadPoolExecutor(max_workers=1) as one:
        yield one


class Crashes(list[BaseException]):
    """What reached the crash hook."""


@pytest.fixture
def crashes() -> Crashes:
    return Crashes()


@pytest.fixture
def tasks(executor: ThreadPoolExecutor, crashes: Crashes, qapp: QApplication) -> Tasks:
    return Tasks(executor, crashes.append)


def test_a_job_runs_elsewhere_and_its_answer_comes_back_on_the_ui_thread(tasks: Tasks, qtbot: QtBot) -> None:
    owner, seen = QObject(), []
    tasks.run(
        owner,
        threading.get_ident,
        lambda ident: seen.append((ident, threading.get_ident(), QThread.currentThread().isMainThread())),
    )
    qtbot.waitUntil(lambda: bool(seen))
    job, answer, on_ui = seen[0]
    assert job != answer
    assert on_ui


def test_an_answer_never_comes_before_run_has_returned(tasks: Tasks, qtbot: QtBot) -> None:
    owner, order = QObject(), []
    done = threading.Event()
    tasks.run(owner, done.set, lambda _: order.append("answer"))
    assert done.wait(5)
    order.append("returned")
    qtbot.waitUntil(lambda: len(order) == 2)
    assert order == ["returned", "answer"]


def test_answers_come_in_the_order_asked(tasks: Tasks, qtbot: QtBot) -> None:
    owner, seen = QObject(), []
    for number in range(50):
        tasks.run(owner, lambda number=number: number, seen.append)
    assert tasks.pending() == 50
    with qtbot.waitSignal(tasks.idle):
        pass
    assert seen == list(range(50))
    assert tasks.pending() == 0


def test_an_owner_deleted_by_qt_is_not_called(tasks: Tasks, qtbot: QtBot) -> None:
    parent = QWidget()
    owner = QLabel(parent)
    ready, seen = threading.Event(), []
    tasks.run(owner, ready.wait, lambda _: seen.append(owner.text()), lambda _: seen.append("failed"))
    shiboken6.delete(parent)
    assert not shiboken6.isValid(owner)
    ready.set()
    qtbot.waitUntil(lambda: tasks.pending() == 0)
    assert seen == []


def test_a_waiting_answer_does_not_keep_its_owner_alive(tasks: Tasks, qtbot: QtBot) -> None:
    seen: list[str] = []

    class Screen(QObject):
        def show_it(self, _: object) -> None:
            seen.append("called")

    owner = Screen()
    ready = threading.Event()
    tasks.run(owner, ready.wait, owner.show_it, owner.show_it)
    del owner
    gc.collect()
    ready.set()
    qtbot.waitUntil(lambda: tasks.pending() == 0)
    assert seen == []


def test_an_error_raised_on_purpose_goes_to_whoever_asked(
    tasks: Tasks, crashes: Crashes, qtbot: QtBot
) -> None:
    owner, seen = QObject(), []
    tasks.run(owner, _disk_full, failed=seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert isinstance(seen[0], DiskFull)
    assert crashes == []


def test_an_error_nobody_listens_to_is_not_swallowed(tasks: Tasks, crashes: Crashes, qtbot: QtBot) -> None:
    owner = QObject()
    tasks.run(owner, _disk_full)
    qtbot.waitUntil(lambda: bool(crashes))
    assert isinstance(crashes[0], DiskFull)


def test_our_own_mistake_goes_to_the_crash_hook_and_to_whoever_asked(
    tasks: Tasks, crashes: Crashes, qtbot: QtBot
) -> None:
    owner, seen = QObject(), []
    tasks.run(owner, lambda: 1 // 0, failed=seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert isinstance(seen[0], ZeroDivisionError)
    assert crashes == seen


def test_our_own_mistake_is_reported_even_when_the_owner_is_gone(
    tasks: Tasks, crashes: Crashes, qtbot: QtBot
) -> None:
    owner = QObject()
    ready = threading.Event()
    tasks.run(owner, lambda: (ready.wait(), 1 // 0))
    shiboken6.delete(owner)
    ready.set()
    qtbot.waitUntil(lambda: bool(crashes))


def test_a_closed_store_answers_locked_and_not_nothing(crashes: Crashes, qtbot: QtBot) -> None:
    with ThreadPoolExecutor(max_workers=1) as executor:
        tasks = Tasks(executor, crashes.append)
    owner, seen = QObject(), []
    tasks.run(owner, lambda: None, failed=seen.append)
    assert seen == []  # later, like every answer
    qtbot.waitUntil(lambda: bool(seen))
    assert isinstance(seen[0], StoreLocked)
    assert crashes == []


def test_a_job_thrown_away_by_the_lock_is_told_to_whoever_asked(crashes: Crashes, qtbot: QtBot) -> None:
    executor = ThreadPoolExecutor(max_workers=1)
    tasks = Tasks(executor, crashes.append)
    owner, seen = QObject(), []
    ready = threading.Event()
    tasks.run(owner, ready.wait)
    tasks.run(owner, lambda: "kept", failed=seen.append)
    executor.shutdown(wait=False, cancel_futures=True)
    ready.set()
    qtbot.waitUntil(lambda: tasks.pending() == 0)
    assert isinstance(seen[0], StoreLocked)
    executor.shutdown()


def test_a_mistake_in_an_answer_does_not_stop_the_next_one(
    tasks: Tasks, crashes: Crashes, qtbot: QtBot
) -> None:
    owner, seen = QObject(), []
    with qtbot.captureExceptions() as raised:
        tasks.run(owner, lambda: 1, lambda _: 1 // 0)  # type: ignore[arg-type]
        tasks.run(owner, lambda: 2, seen.append)
        qtbot.waitUntil(lambda: bool(seen))
    assert [kind for kind, _, _ in raised] == [ZeroDivisionError]
    assert tasks.pending() == 0


def test_a_job_that_ends_after_the_tasks_are_gone_harms_nobody(crashes: Crashes, qtbot: QtBot) -> None:
    with ThreadPoolExecutor(max_workers=1) as executor:
        tasks = Tasks(executor, crashes.append)
        owner = QObject()
        ready = threading.Event()
        tasks.run(owner, ready.wait)
        shiboken6.delete(tasks)
        ready.set()
    QApplication.processEvents()
    assert crashes == []


def test_a_screen_may_ask_from_within_an_answer(tasks: Tasks, qtbot: QtBot) -> None:
    class Screen(QObject):
        done = Signal()

        def first(self, number: int) -> None:
            tasks.run(self, lambda: number + 1, self.second)

        def second(self, number: int) -> None:
            self.number = number
            self.done.emit()

    screen = Screen()
    with qtbot.waitSignal(screen.done):
        tasks.run(screen, lambda: 1, screen.first)
    assert screen.number == 2


def _disk_full() -> None:
    raise DiskFull
