"""A service for each test, on a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.service import AMARA, BEA, IcsCaller, RunningIcs, running_ics


@pytest.fixture
def ics(tmp_path: Path) -> Iterator[RunningIcs]:
    with running_ics(tmp_path) as found:
        yield found


@pytest.fixture
def amara(ics: RunningIcs) -> IcsCaller:
    return ics.sign_in(AMARA)


@pytest.fixture
def bea(ics: RunningIcs) -> IcsCaller:
    return ics.sign_in(BEA)
