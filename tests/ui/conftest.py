"""The real window over a copy of one real store: made once, unlocked by each test that needs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.window import Window, a_gate
from tests.support.worker import FixedClock, StoreGate
from ui.style import Look, Theme, apply


@pytest.fixture(scope="session")
def worn_look(qapp: QApplication) -> Look:
    return apply(qapp, Theme.LIGHT)


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
