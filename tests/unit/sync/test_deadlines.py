"""What is told when a call takes too long, and what is left when nobody calls."""

from __future__ import annotations

import threading

from sync.deadlines import LINGER, Deadlines


def _watchers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "workbook-deadlines"]


def test_what_takes_too_long_is_told_once_while_it_is_under_way() -> None:
    told: list[int] = []
    over = threading.Event()
    with Deadlines().within(0.01, lambda: (told.append(1), over.set())[0]):
        assert over.wait(10)
    assert told == [1]


def test_what_ends_in_time_is_not_told_of() -> None:
    deadlines, told = Deadlines(), list[str]()
    over = threading.Event()
    with deadlines.within(0.02, lambda: told.append("in time")):
        pass
    with deadlines.within(0.1, over.set):
        assert over.wait(10)
    assert told == []


def test_the_shorter_of_two_is_told_first_though_it_began_later() -> None:
    deadlines, told = Deadlines(), list[str]()
    over = threading.Event()
    with deadlines.within(30, lambda: told.append("long")), deadlines.within(0.01, over.set):
        assert over.wait(10)
    assert told == []


def test_one_thread_watches_many_calls_and_ends_when_there_are_none() -> None:
    deadlines = Deadlines()
    before = set(_watchers())
    for _ in range(50):
        with deadlines.within(30, lambda: None):
            (watcher,) = set(_watchers()) - before
    watcher.join(LINGER * 20)
    assert not watcher.is_alive()
    over = threading.Event()
    with deadlines.within(0.01, over.set):  # another begins
        assert over.wait(10)
