"""A test of the tests: each bug made on purpose is caught by the stories, within so many seeds."""

from __future__ import annotations

import pytest

from tests.simulation.bugs import BUGS
from tests.simulation.story import tell


@pytest.mark.parametrize("name", BUGS)
def test_a_bug_made_on_purpose_is_caught(name: str) -> None:
    bug = BUGS[name]
    with bug.install():
        caught = next((seed for seed in range(bug.seeds) if tell(seed, bug.options).violation), None)
    assert caught is not None, f"{bug.says}: not caught in {bug.seeds} stories"
    assert tell(caught, bug.options).violation is None  # it was the bug, not the story
