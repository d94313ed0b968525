"""Stores on real files, opened without waiting for a key derivation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stored import HandClock, Template
from workbook_desktop.store.store import Store


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The store that all tests copy."""
    return Template.make(tmp_path_factory.mktemp("stores"))


@pytest.fixture
def clock() -> HandClock:
    """A clock that stands at noon."""
    return HandClock()


@pytest.fixture
def folder(template: Template, tmp_path: Path) -> Path:
    """A closed store."""
    return template.copy(tmp_path / "store")


@pytest.fixture
def store(template: Template, folder: Path, clock: HandClock) -> Iterator[Store]:
    """An open store."""
    found = template.open(folder, clock)
    yield found
    found.lock()
