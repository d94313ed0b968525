"""Single steps of the stories about a laptop that is put back from an old image of its disk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.ground import SCALARS
from tests.simulation.laptops import Laptop
from tests.simulation.story import Options, Told, _Story
from workbook_desktop.domain.ids import FamilyId, FieldPath, RecordId, WorkerId
from workbook_desktop.domain.records import Answer, Body

RECORD, PLACE, OTHER = RecordId("r9"), FieldPath(SCALARS[0]), FieldPath(SCALARS[1])
BEGUN = Body(answers={PLACE: Answer(value="Aw901e")})


@pytest.fixture
def story() -> Iterator[_Story]:
    found = _Story(1, Options(service="memory", store="memory", clients=(2, 2)), Told(seed=1))
    for laptop in found.laptops:
        laptop.line.rate = 0.0
    yield found
    found.close()


def writes(story: _Story, laptop: Laptop, before: Body, after: Body) -> None:
    story._keep(laptop, RECORD, FamilyId("family-a"), before, after)
    laptop.disk.release(RECORD)


def test_what_an_image_has_not_sent_is_asked_about_where_its_worker_wrote_on_after_it(story: _Story) -> None:
    laptop = story.laptops[0]
    story._runs(laptop)
    writes(story, laptop, Body(), BEGUN)
    story._laptop_is_backed_up(laptop)
    writes(story, laptop, BEGUN, BEGUN.with_answer(PLACE, Answer(value="Aw902e")))
    story._runs(laptop)
    story._laptop_is_put_back(laptop)
    story._runs(laptop)  # nobody typed since; which of the two is meant, only the worker can say
    (question,) = story.watch.conflicts.values()
    assert (question["path"], question["mine"], question["theirs"]) == (
        PLACE,
        {"v": "Aw901e"},
        {"v": "Aw902e"},
    )


def test_what_an_image_had_sent_is_in_nobody_elses_hand(story: _Story) -> None:
    """There a question to one would be needless still."""
    laptop = story.laptops[0]
    story._runs(laptop)
    writes(story, laptop, Body(), BEGUN)
    story._runs(laptop)
    writes(story, laptop, BEGUN, BEGUN.with_answer(OTHER, Answer(value="Aw902e")))
    story._laptop_is_backed_up(laptop)
    story._laptop_is_put_back(laptop)
    first, second = WorkerId(f"{laptop.worker}.0"), WorkerId(f"{laptop.worker}.1")
    assert story.watch.hands[RECORD, PLACE] == {first}
    assert story.watch.hands[RECORD, OTHER] == {first, second}
