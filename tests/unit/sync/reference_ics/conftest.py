"""A service for each file of tests, put back to its beginning for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.service import AMARA, BEA, IcsCaller, RunningIcs, running_ics


@pytest.fixture(scope="module")
def _service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIcs]:
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
