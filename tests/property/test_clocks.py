"""Clocks hold for every history: drafts change nothing, siblings neither, and every date says why."""

import json
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workbook_desktop.domain.clocks import Clock, Standing, due, moved, open_clocks
from workbook_desktop.domain.dates import holidays_of
from workbook_desktop.domain.ids import PersonId, RecordId
from workbook_desktop.domain.timescale_files import rules_of
from workbook_desktop.domain.timescales import Fact, Happening
from workbook_desktop.paths import resource

ENGLAND = holidays_of(json.loads(resource("rules", "holidays-england.json").read_text(encoding="utf-8")))
RULES = rules_of(json.loads(resource("rules", "timescales.json").read_text(encoding="utf-8")))
START = date(2025, 1, 1)
TODAY = date(2026, 11, 25)
LEO, MAISIE = PersonId("p-leo"), PersonId("p-maisie")


@st.composite
def happenings(draw: st.DrawFn) -> Happening:
    facts: dict[str, Fact] = {
        "plan": draw(st.sampled_from(["cp", "cin"])),
        "type": draw(st.sampled_from(["cp", "cin", "cla", "other"])),
        "outcome": draw(st.sampled_from(["completed", "no-access", "cp-plan", "cin", "icpc"])),
        "seen": draw(st.booleans()),
        "author_role": draw(st.sampled_from(["social worker", "family worker"])),
        "visiting": draw(st.sampled_from(["5wd", "6w", "other"])),
        "started_s47": True,
    }
    return Happening(
        kind=draw(st.sampled_from(sorted(RULES.kinds))),
        on=START + timedelta(days=draw(st.integers(0, 700))),
        child=draw(st.sampled_from([LEO, MAISIE, None])),
        record=RecordId(str(draw(st.integers(0, 10**6)))),
        facts=facts,
    )


@st.composite
def of_few_days(draw: st.DrawFn) -> Happening:
    """Draw what clocks of plans and placements look at: much on the same days, and all of it counts."""
    visit: dict[str, Fact] = {
        "type": draw(st.sampled_from(["cp", "cla"])),
        "outcome": "completed",
        "seen": True,
        "author_role": "social worker",
    }
    kinds = ["visit", "plan-started", "plan-ended", "placement-started", "placement-ended", "core-group"]
    return Happening(
        kind=draw(st.sampled_from(kinds)),
        on=START + timedelta(days=draw(st.integers(0, 3))),
        child=LEO,
        facts=visit | {"plan": "cp"},
    )


HISTORIES = st.lists(happenings(), max_size=14)
CROWDED = st.lists(of_few_days(), max_size=8)


def clocks(history: list[Happening]) -> tuple[Clock, ...]:
    return due(history, RULES, today=TODAY, holidays=ENGLAND)


@given(history=HISTORIES)
def test_every_clock_has_a_date_not_before_its_trigger_and_says_why(history: list[Happening]) -> None:
    for clock in clocks(history):
        assert clock.due is not None
        assert clock.due >= clock.trigger.on
        assert clock.steps
        assert clock.rule.holds_on(clock.trigger.on)
        if clock.standing is Standing.OVERDUE:
            assert clock.due < TODAY
        if clock.met_by is not None:
            assert clock.met_by.child == clock.child


@given(history=HISTORIES, more=HISTORIES)
def test_a_draft_moves_no_clock_but_that_of_its_own_recording(
    history: list[Happening], more: list[Happening]
) -> None:
    drafts = [
        Happening(kind=e.kind, on=e.on, child=e.child, record=e.record, signed_off=False, facts=e.facts)
        for e in more
    ]

    def bare(found: tuple[Clock, ...]) -> set[tuple[object, ...]]:
        return {(c.key, c.due, c.standing) for c in found if not c.rule.met_by_signing}

    assert bare(clocks(history)) == bare(clocks([*history, *drafts]))


@given(history=HISTORIES)
def test_one_childs_clocks_are_the_same_whatever_happened_to_a_sibling(history: list[Happening]) -> None:
    alone = clocks([each for each in history if each.child == LEO])
    assert [each for each in clocks(history) if each.child == LEO] == list(alone)


@given(history=HISTORIES)
def test_nothing_has_moved_where_nothing_has_changed(history: list[Happening]) -> None:
    found = clocks(history)
    assert moved(found, found) == ()


@given(history=CROWDED)
def test_the_order_in_which_records_came_changes_no_date(history: list[Happening]) -> None:
    def bare(found: tuple[Clock, ...]) -> set[tuple[object, ...]]:
        return {(c.rule.id, c.child, c.about, c.trigger.on, c.due, c.standing) for c in found}

    assert bare(clocks(history)) == bare(clocks(history[::-1]))


@given(history=CROWDED)
def test_a_child_on_a_plan_or_in_a_placement_always_has_one_next_visit(history: list[Happening]) -> None:
    found = open_clocks(clocks(history))
    for what, visits in (
        ("plan", {"cp-visit"}),
        ("placement", {"cla-visit-first", "cla-visit-first-year"}),
    ):
        started = max((each.on for each in history if each.kind == f"{what}-started"), default=None)
        ended = max((each.on for each in history if each.kind == f"{what}-ended"), default=None)
        is_running = started is not None and (ended is None or ended <= started)
        assert len([each for each in found if each.rule.id in visits]) == is_running
