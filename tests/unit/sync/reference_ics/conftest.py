"""A service for each file of tests, put back to its beginning for each test: on SQLite, and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.databases import KINDS
from tests.support.service import AMARA, BEA, IcsCaller, RunningIcs, running_ics

_STARTS_SERVICES = {"running_ics", "RunningIcs", "IcsCaller", "IcsProcess", "new_url"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test of a file that has to do with a service on every kind of database."""
    if "database_kind" in metafunc.fixturenames and _STARTS_SERVICES & vars(metafunc.module).keys():
        metafunc.parametrize("database_kind", KINDS, indirect=True, scope="module")


@pytest.fixture(scope="module", autouse=True)
def _on_every_database(database_kind: str) -> None:
    """Have every test here stand on some kind of database."""


@pytest.fixture(scope="module")
def _service(database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIcs]:
    with running_ics(tmp_path_factory.mktemp("ics")) as found:
        yield found


@pytest.fixture
def ics(_service: RunningIcs) -> RunningIcs:
    _service.begin_anew()
    return _service


@pytest.fixture
def amara(ics: RunningIcs) -> IcsCaller:
    return ics.sign_in(AMARA)


@pytest.fixture
def bea(ics: RunningIcs) -> IcsCaller:
    return ics.sign_in(BEA)
