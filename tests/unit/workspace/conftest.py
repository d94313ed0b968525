"""A worker's desk over the real encrypted store, filled with the practice caseload."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.laptop_store import LaptopStore, filled
from tests.support.stored import Template
from workbook_desktop.workspace.worker_desk import WorkerDesk


@pytest.fixture(scope="session")
def caseload_store(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The filled store that all tests copy."""
    return filled(tmp_path_factory.mktemp("caseload"))


@pytest.fixture
def laptop(caseload_store: Template, tmp_path: Path) -> Iterator[LaptopStore]:
    """Amara Quill's laptop, and the office."""
    found = LaptopStore(caseload_store, tmp_path / "store")
    yield found
    found.close()


@pytest.fixture
def desk(laptop: LaptopStore) -> WorkerDesk:
    """Her desk."""
    return laptop.desk
