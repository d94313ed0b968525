"""Single steps of the stories about laptops that are known, stopped and emptied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.story import Options, Told, _Story

OFTEN = Options(often=("office_stops_a_laptop",), clients=(2, 2))


@pytest.fixture
def story() -> Iterator[_Story]:
    found = _Story(1, OFTEN, Told(seed=1))
    for laptop in found.laptops:
        laptop.line.rate = 0.0
    yield found
    found.close()


def test_a_laptop_makes_itself_known_also_when_its_sign_in_ended_meanwhile(story: _Story) -> None:
    laptop = story.laptops[0]
    laptop._signed_in()
    story.service.restart()  # it forgets whom it let in
    assert story._run(laptop).outcome == "complete"
    assert laptop.known is not None
    assert story.service.device_stands(laptop.known.id) == "active"
