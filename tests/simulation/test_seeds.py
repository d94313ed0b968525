"""Many stories hold all the invariants, and a seed tells the same story wherever it is told.

With the real service and encrypted stores everything happens: erasure, families gained and lost, and a
service or laptop put back from a backup, in some stories much more often than in life.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.simulation.story import Options, tell
from tests.simulation.telling import all_told

JOBS = 2
REAL = Options()
RESTORED = Options(often=("service_is_put_back", "service_is_backed_up", "types", "sends", "goes_on", "runs"))
ASKED = Options(
    often=("claims", "two_say_the_same", "settles", "service_is_put_back", "service_is_backed_up", "runs")
)
SMALL = Options(service="memory", store="memory")


@pytest.mark.parametrize(
    ("options", "seeds"),
    [(REAL, range(600)), (RESTORED, range(250)), (ASKED, range(150)), (SMALL, range(1_600))],
    ids=["real", "restored", "asked", "small"],
)
def test_no_story_breaks_an_invariant(options: Options, seeds: range) -> None:
    broken = [(told.seed, told.violation) for told in all_told(seeds, options, JOBS) if told.violation]
    assert not broken


@pytest.mark.parametrize(
    ("seed", "options"),
    [
        *((seed, SMALL) for seed in (57184, 13255, 74370, 78126)),
        *((seed, REAL) for seed in (532, 597, 548, 818, 853, 844, 929, 1477)),
        *((seed, RESTORED) for seed in (1012, 1216, 1459)),
        *((seed, ASKED) for seed in (132, 192, 366)),
    ],
)
def test_what_once_broke_a_story_breaks_it_no_more(seed: int, options: Options) -> None:
    """57184: typed over while an earlier text was still a proposal, then signed by a colleague meanwhile:
    the late addition said the earlier text. 13255: the same, and the earlier stood nowhere. 74370 and
    78126: a laptop was put back from before its worker wrote on, and what it had not sent was asked about,
    rightly. Asked: of two own texts of one answer on their way one was not shown. The rest: a service that
    was put back. Seeds tell other stories since, but such a one is told by some seed in a hundred."""
    assert tell(seed, options).violation is None


def test_a_seed_tells_the_same_story_in_another_process() -> None:
    """Whatever order Python gives its sets there."""

    def told(hash_seed: str) -> str:
        command = [sys.executable, "-m", "tests.simulation", "--replay", "17", "--trace"]
        found = subprocess.run(
            command,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=False,
        )
        assert found.stdout, found.stderr
        return found.stdout

    assert told("1") == told("2")
