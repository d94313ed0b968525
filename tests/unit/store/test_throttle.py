"""The growing wait: kept over a restart, not shortened by the clock or an editor."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.stored import NOON
from workbook_desktop.domain.errors import TooManyTries
from workbook_desktop.store.throttle import FILE, LONGEST, Throttle, wait_after

KEY = bytes(range(32))


@pytest.fixture
def throttle(tmp_path: Path) -> Throttle:
    fresh = Throttle(tmp_path, "s", KEY)
    fresh.clear(NOON)
    return fresh


def refused(throttle: Throttle, moment: object = NOON) -> int:
    with pytest.raises(TooManyTries) as caught:
        throttle.begin(moment)  # type: ignore[arg-type]
    return int(caught.value.facts["wait"])


def test_three_are_free_and_then_the_wait_grows_to_five_minutes() -> None:
    assert [wait_after(failed) for failed in range(1, 12)] == [
        0, 0, 5, 15, 30, 60, 120, 300, 300, 300, 300,
    ]  # fmt: skip


def test_fewer_than_ten_guesses_fit_into_any_five_minutes() -> None:
    moments, now = [], 0
    for failed in range(1, 40):
        moments.append(now)
        now += wait_after(failed)
    assert all(sum(1 for each in moments if start <= each < start + 300) < 10 for start in moments)


def test_the_count_survives_a_restart(throttle: Throttle, tmp_path: Path) -> None:
    for _ in range(3):
        throttle.begin(NOON)
    assert refused(Throttle(tmp_path, "s", KEY)) == 5


def test_a_clock_that_goes_back_means_the_longest_wait(throttle: Throttle) -> None:
    for _ in range(3):
        throttle.begin(NOON)
    back = NOON - timedelta(days=1)
    assert refused(throttle, back) == LONGEST
    assert refused(throttle, back + timedelta(seconds=10)) == LONGEST - 10
    throttle.begin(back + timedelta(seconds=LONGEST))


@pytest.mark.parametrize("how", ["altered", "gone", "noise", "another store's"])
def test_an_altered_or_missing_count_means_the_longest_wait(
    throttle: Throttle, tmp_path: Path, how: str
) -> None:
    path = tmp_path / FILE
    raw = json.loads(path.read_bytes())
    if how == "altered":
        path.write_text(json.dumps({**raw, "failed": 1}))
    elif how == "gone":
        path.unlink()
    elif how == "noise":
        path.write_bytes(b"[" * 5000)
    else:
        Throttle(tmp_path, "other", KEY).clear(NOON)
    assert refused(throttle) == LONGEST
    throttle.begin(NOON + timedelta(seconds=LONGEST))


def test_the_right_passphrase_starts_the_count_anew(throttle: Throttle) -> None:
    for _ in range(3):
        throttle.begin(NOON)
    throttle.clear(NOON)
    throttle.begin(NOON)
    assert throttle.wait(NOON) == 0
