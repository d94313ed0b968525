"""Every story of two laptops and one record, some steps deep: `exhaustive`. Deeper ones by the command."""

from __future__ import annotations

import pytest

from tests.simulation.bugs import BUGS
from tests.simulation.exhaustive import Scope, explore, replay, said
from tests.simulation.small import World, read
from tests.simulation.states import digest, image, put_back


def test_no_story_of_three_steps_breaks_an_invariant() -> None:
    gone = explore(Scope(steps=3))
    assert gone.violations == []
    assert gone.states > 600
    assert gone.sequences > 20_000


def test_no_step_breaks_an_invariant_with_the_real_ics_and_encrypted_stores() -> None:
    scope = Scope(steps=1, service="sqlite", store="sqlcipher", beginnings=("asked",))
    assert explore(scope).violations == []


@pytest.mark.parametrize(
    "name", ["base-dropped", "last-writer-wins", "settled-unread", "signed-unread", "duplicate-as-head"]
)
def test_a_bug_made_on_purpose_is_found_and_its_story_breaks_the_same_again(name: str) -> None:
    with BUGS[name].install():
        gone = explore(Scope(steps=3, beginnings=("begun",)), most_violations=1)
        story, broken = gone.violations[0]
        assert replay(story) == broken
    assert replay(story) is None  # it was the bug, not the story


def test_a_story_says_itself_in_words_that_tell_it_again() -> None:
    story = (
        "begun: 1 types place; 1 runs late@2; 2 runs@6 (1 types note); 2 dies@7; 1 arrives; 1 takes theirs@1;"
        " 2 holds back; 1 runs answer-lost@3"
    )
    assert said(read(story)) == story


def test_what_was_set_back_is_as_it_was() -> None:
    beginning, steps = read("asked: 1 types note; 2 takes mine@0; 2 runs answer-lost@2; 1 runs")
    world = World(beginning)
    for step in steps:
        kept, before = image(world), digest(world)
        world.play(step)
        after = digest(world)
        put_back(world, kept)
        assert digest(world) == before
        world.play(step)
        assert digest(world) == after


def test_two_states_that_differ_in_names_alone_are_one() -> None:
    one, other = World("begun"), World("begun")
    for step in read("begun: 1 types place; 2 types note; 1 runs")[1]:
        one.play(step)
    for step in read("begun: 2 drafts place; 1 types note; 2 sends; 2 runs")[1]:
        other.play(step)
    assert digest(one) == digest(other)
