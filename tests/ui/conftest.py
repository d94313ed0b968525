"""The real window over a copy of one real store: made once, unlocked by each test that needs it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.form_bench import Bench
from tests.support.window import Window, a_gate
from tests.support.worker import FixedClock, StoreGate
from ui.style import Look, Theme, apply
from ui.tasks import Tasks


@pytest.fixture(scope="session")
def looks() -> list[Look]:
    """The look that was put on last, if any."""
    return []


@pytest.fixture
def worn_look(qapp: QApplication, looks: list[Look]) -> Look:
    """The look on the application: light, at 100 %. It is put on anew where a test before took it off, or the
    test would show how Qt does it."""
    if not looks or QApplication.style() is not looks[-1].style:
        for each in looks:
            shiboken6.delete(each)  # a second set of rings would watch too
        looks[:] = [apply(qapp, Theme.LIGHT)]
    looks[-1].choose(theme=Theme.LIGHT, text_percent=100)
    return looks[-1]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store") / "worker"
    StoreGate(folder, FixedClock()).create()
    return folder


@pytest.fixture
def gate(template: Path, tmp_path: Path) -> StoreGate:
    return a_gate(template, tmp_path / "worker")


@pytest.fixture
def window(qtbot: QtBot, gate: StoreGate, worn_look: Look) -> Iterator[Window]:
    made = Window(qtbot, gate, look=worn_look)
    yield made
    made.end()
    worn_look.choose(text_percent=100)


@pytest.fixture
def bench(qtbot: QtBot, worn_look: Look) -> Iterator[Bench]:
    """The form window alone, over a desk that keeps what it is given."""
    crashes: list[BaseException] = []
    with ThreadPoolExecutor(max_workers=1) as executor:
        tasks = Tasks(executor, crashes.append)
        yield Bench(qtbot, tasks)
        qtbot.waitUntil(lambda: not tasks.pending())
    worn_look.choose(text_percent=100)
    assert crashes == []
