"""Asking: many askings at once are one, and the last is always answered."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.asking import Asking
from ui.tasks import Tasks
from workbook_desktop.domain.errors import DiskFull


class Page(QObject):
    """Whoever asks, and what it was told."""

    def __init__(self, tasks: Tasks, *, only_last: bool = False) -> None:
        super().__init__()
        self.shown: list[int] = []
        self.failures: list[Exception] = []
        self.asking = Asking(self, tasks, self.show_answer, self.say_failure, only_last=only_last)

    def show_answer(self, answer: int) -> None:
        self.shown.append(answer)

    def say_failure(self, error: Exception) -> None:
        self.failures.append(error)


class Store:
    """What answers: it waits until it is let go, and knows what it was asked."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.asked: list[int] = []

    def answer(self, number: int) -> int:
        self.may_answer.wait(10)
        self.asked.append(number)
        return number

    def fail(self) -> int:
        self.may_answer.wait(10)
        raise DiskFull


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[Tasks]:
    crashes: list[BaseException] = []
    with ThreadPoolExecutor(max_workers=1) as one:
        yield Tasks(one, crashes.append)
    assert crashes == []


@pytest.fixture
def store() -> Store:
    return Store()


def ask(page: Page, store: Store, *numbers: int) -> None:
    for number in numbers:
        page.asking.ask(lambda number=number: store.answer(number))  # type: ignore[misc]


def test_many_askings_at_once_are_the_first_and_the_last(tasks: Tasks, store: Store, qtbot: QtBot) -> None:
    page = Page(tasks)
    ask(page, store, *range(100))
    assert page.asking.is_under_way
    store.may_answer.set()
    qtbot.waitUntil(lambda: not page.asking.is_under_way)
    assert store.asked == page.shown == [0, 99]


def test_of_letters_typed_at_once_only_the_last_answer_is_shown(
    tasks: Tasks, store: Store, qtbot: QtBot
) -> None:
    page = Page(tasks, only_last=True)
    ask(page, store, 1, 2, 3)
    store.may_answer.set()
    qtbot.waitUntil(lambda: not page.asking.is_under_way)
    assert (store.asked, page.shown) == ([1, 3], [3])


def test_what_is_asked_from_within_an_answer_is_answered(tasks: Tasks, store: Store, qtbot: QtBot) -> None:
    class Curious(Page):
        def show_answer(self, answer: int) -> None:
            super().show_answer(answer)
            if answer < 3:
                ask(self, store, answer + 1)

    store.may_answer.set()
    page = Curious(tasks)
    ask(page, store, 1)
    qtbot.waitUntil(lambda: len(page.shown) == 3)
    assert page.shown == [1, 2, 3]
    assert not page.asking.is_under_way


def test_after_a_failure_one_can_ask_again(tasks: Tasks, store: Store, qtbot: QtBot) -> None:
    page = Page(tasks)
    page.asking.ask(store.fail)
    ask(page, store, 1)
    store.may_answer.set()
    qtbot.waitUntil(lambda: bool(page.failures))
    assert isinstance(page.failures[0], DiskFull)
    assert not page.asking.is_under_way
    ask(page, store, 2)
    qtbot.waitUntil(lambda: bool(page.shown))
    assert store.asked == [2], "what was asked meanwhile would have failed too"


def test_who_is_gone_is_neither_told_nor_kept_alive(tasks: Tasks, store: Store, qtbot: QtBot) -> None:
    page = Page(tasks)
    shown, there = page.shown, weakref.ref(page)
    ask(page, store, 1, 2)
    del page
    gc.collect()
    assert there() is None
    store.may_answer.set()
    qtbot.waitUntil(lambda: tasks.pending() == 0)
    assert shown == []
    assert store.asked == [1]
