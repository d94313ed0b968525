"""What records give, as the lines of a family's file; what is due by them, and how that was worked out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support.forms import tolland
from tests.support.laptop_store import LaptopStore
from workbook_desktop.domain.ids import FamilyId, FormId, PersonId, RecordId
from workbook_desktop.domain.outputs import Given
from workbook_desktop.domain.records import FormRef
from workbook_desktop.workspace.dues import shown, worked_out
from workbook_desktop.workspace.lines import (
    Source,
    action_id,
    actions_of,
    chapter_lines_of,
    chronology_of,
    happenings_of,
    plan_actions_of,
)

FAMILY = tolland()
MAISIE, LEO = PersonId("p-maisie"), PersonId("p-leo")
TODAY = date(2026, 11, 23)  # a Monday
VISIT = {"visit": FormRef(id=FormId("visit"), version="1.1.0")}


def source(record: str = "r-1", on: date = date(2026, 11, 20), **more: Any) -> Source:
    said: dict[str, Any] = {
        "kind": "Home visit",
        "by": "Amara Quill",
        "chapter": "child",
        "sent": True,
        "role": "social worker",
    }
    return Source(record=RecordId(record), on=on, **said | more)


def given(
    output: str,
    /,
    *people: PersonId,
    on: date | None = date(2026, 11, 20),
    number: int = 0,
    **parts: Any,
) -> Given:
    return Given(kind=output, id=output, number=number, date=on, people=people, parts=parts)


def test_the_chronology_is_newest_first_and_what_has_no_day_stands_last() -> None:
    lines = chronology_of(
        [
            (source(), given("chronology", headline="Then", on=date(2026, 11, 1))),
            (source(), given("chronology", headline="Some time", on=None)),
            (source(), given("chronology", LEO, headline="Now", on=date(2026, 11, 20))),
            (source(), given("chapter", headline="Elsewhere")),
        ],
        FAMILY,
    )
    assert [line.headline for line in lines] == ["Now", "Then", "Some time"]
    assert lines[0].names == ("Leo Tolland",)


def test_a_line_without_a_headline_says_what_was_recorded() -> None:
    (line,) = chronology_of([(source(), given("chronology"))], FAMILY)
    assert line.headline == "Home visit"


def test_what_a_plan_had_done_stays_counted_when_its_next_version_leaves_it_out() -> None:
    first, second, third = (
        source(each, is_plan=True, on=day)
        for each, day in (("r-1", date(2026, 9, 1)), ("r-2", date(2026, 10, 1)), ("r-3", date(2026, 11, 1)))
    )

    def action(number: int, by: str, **more: Any) -> Given:
        return given("action", what=f"Action {number}", by=by, number=number, **more)

    found = [
        (first, action(0, "2026-09-20", status="done")),
        (first, action(1, "2026-09-30")),
        (first, action(2, "2026-10-10")),
        (second, action(1, "2026-10-30", replaces="r-1")),
        (second, action(2, "2026-10-10", replaces="r-1")),
        (third, action(2, "2026-11-10", replaces="r-2")),
    ]
    assert sorted(plan_actions_of(found, FAMILY, TODAY)) == [
        (date(2026, 9, 20), True),  # in the first alone
        (date(2026, 10, 30), True),  # gone from the third: by the day it had last
        (date(2026, 11, 10), False),
    ]


def test_actions_are_by_date_and_late_ones_are_marked() -> None:
    found = [
        (source(), given("action", what="Later", who="Joss Penn", by="2026-12-01")),
        (source(), given("action", what="Some day", number=1)),
        (source(), given("action", what="Late", by="2026-11-22", number=2)),
        (source(), given("action", what="Today", by="2026-11-23", number=3)),
    ]
    lines = actions_of(found, FAMILY, TODAY)
    assert [(line.what, line.overdue) for line in lines] == [
        ("Late", True),
        ("Today", False),
        ("Later", False),
        ("Some day", False),
    ]


def test_steps_of_visits_long_past_stand_last_and_those_of_the_plan_do_not() -> None:
    plan = source("r-plan", date(2026, 6, 1), is_plan=True)
    found = [
        (source("r-0", date(2026, 6, 1)), given("action", what="Old step", by="2026-06-10")),
        (plan, given("action", what="Old in the plan", by="2026-06-20")),
        (source(), given("action", what="Now", by="2026-11-24")),
    ]
    lines = actions_of(found, FAMILY, TODAY)
    assert [(line.what, line.of_plan) for line in lines] == [
        ("Old in the plan", True),
        ("Now", False),
        ("Old step", False),
    ]


@pytest.mark.parametrize(
    "status",
    [
        "done",
        "Completed",
        {"code": "no-longer-needed", "display": "Not"},
        {"code": "dropped", "display": "No"},
    ],
)
def test_what_is_done_is_no_open_action(status: Any) -> None:
    assert actions_of([(source(), given("action", what="Ring", status=status))], FAMILY, TODAY) == ()


def test_a_later_record_says_how_an_action_went_and_the_action_stays_where_it_was_agreed() -> None:
    agreed = (source("r-1"), given("action", LEO, what="Ring", who="Joss", by="2026-11-30"))
    id_ = action_id(agreed[0].record, agreed[1])
    went = given("action", of=id_, status={"code": "stuck", "display": "Stuck"})
    again = (source("r-2", date(2026, 11, 22), sent=False), went)
    (line,) = actions_of([again, agreed], FAMILY, TODAY)
    assert (line.what, line.who, line.status) == ("Ring", "Joss", "Stuck")
    assert (line.record, line.names, line.sent) == ("r-1", ("Leo Tolland",), False)
    done = (source("r-3", date(2026, 11, 23)), given("action", of=id_, status="done"))
    assert actions_of([done, again, agreed], FAMILY, TODAY) == ()


def test_what_the_plan_calls_done_is_done_though_a_visit_called_it_on_track_before() -> None:
    """The plan began on 1 September, and was changed on 15 November."""
    plan = source("r-1", date(2026, 9, 1), is_plan=True, said_on=date(2026, 11, 15))
    done = given("action", what="Dentist", who="Mum", by="2026-10-01", status="done")
    on_track = given(
        "action",
        of=action_id(plan.record, done),
        what="Dentist",
        by="2026-10-01",
        status={"code": "on-track", "display": "On track"},
    )
    visit = (source("r-2", date(2026, 9, 10)), on_track)
    assert actions_of([(plan, done), visit], FAMILY, TODAY) == ()
    later = (source("r-3", date(2026, 11, 20)), on_track)
    (line,) = actions_of([(plan, done), visit, later], FAMILY, TODAY)
    assert (line.record, line.of_plan, line.status) == ("r-1", True, "On track")


def test_what_a_visit_called_done_is_done_though_the_plan_still_lists_it() -> None:
    plan = source("r-1", date(2026, 9, 1), is_plan=True, said_on=date(2026, 11, 15))
    listed = given("action", what="Dentist", status="not-started")
    done = given("action", of=action_id(plan.record, listed), status="done")
    assert actions_of([(plan, listed), (source("r-2", date(2026, 9, 10)), done)], FAMILY, TODAY) == ()


def test_an_action_said_to_be_open_again_is_the_one_that_was_agreed() -> None:
    plan = source("r-1", date(2026, 9, 1), is_plan=True, said_on=date(2026, 9, 1))
    listed = given("action", LEO, what="Dentist", who="Mum")
    id_ = action_id(plan.record, listed)
    done = (source("r-2", date(2026, 9, 10)), given("action", of=id_, status="done"))
    stuck = (source("r-3", date(2026, 9, 20)), given("action", of=id_, what="Dentist", status="stuck"))
    (line,) = actions_of([(plan, listed), done, stuck], FAMILY, TODAY)
    assert (line.record, line.of_plan, line.who, line.agreed_on) == ("r-1", True, "Mum", date(2026, 9, 1))


def test_a_chapter_has_its_own_lines_alone() -> None:
    found = [
        (source(), given("chapter", headline="Visit", change="Calmer")),
        (source(chapter="substance"), given("chapter", headline="Session")),
        (source(), given("chapter", headline="Told", chapter="substance")),
    ]
    assert [line.headline for line in chapter_lines_of(found, FAMILY, "substance")] == ["Session", "Told"]
    assert len(chapter_lines_of(found, FAMILY)) == 3


def test_what_happened_is_once_for_each_child_with_the_role_of_who_recorded_it() -> None:
    visit = given(
        "happening",
        LEO,
        kind="visit",
        child={"reference": "Person/p-leo", "display": "Leo Tolland"},
        seen=True,
        seenAlone=False,
        outcome={"code": "completed", "display": "Completed"},
        authorRole="manager",
        next="2026-12-04",
    )
    leo, family = happenings_of([(source(), visit)])
    assert (leo.kind, leo.child, family.child) == ("visit", LEO, None)
    assert dict(leo.facts) == {
        "seen": True,
        "seen_alone": False,
        "outcome": "completed",
        "author_role": "social worker",
        "next": date(2026, 12, 4),
        "chapter": "child",
    }


def _visits(*seen: tuple[date, bool, str]) -> list[tuple[Source, Given]]:
    plan = given("happening", LEO, kind="plan-started", on=date(2026, 10, 1), plan="cp")
    return [(source("r-plan", date(2026, 10, 1)), plan)] + [
        (
            source(f"r-{on}", on, role=role),
            given("happening", LEO, on=on, kind="visit", type="cp", outcome="completed", seen=was_seen),
        )
        for on, was_seen, role in seen
    ]


def test_a_visit_in_which_the_child_was_seen_moves_the_next_one_and_says_why() -> None:
    found = _visits((date(2026, 11, 6), True, "social worker"))
    dues = {due.what: due for due in shown(worked_out(happenings_of(found), TODAY), FAMILY, VISIT)}
    visit = dues["Child protection visit"]
    assert (visit.who, visit.on, visit.overdue) == ("Leo Tolland", date(2026, 11, 20), True)
    assert visit.form == VISIT["visit"]
    assert visit.steps[0] == "Last visit that counts: 6 November 2026."
    found = _visits((date(2026, 11, 6), True, "social worker"), (date(2026, 11, 20), True, "social worker"))
    (visit,) = (
        due
        for due in shown(worked_out(happenings_of(found), TODAY), FAMILY, VISIT)
        if due.what == "Child protection visit"
    )
    assert (visit.on, visit.overdue) == (date(2026, 12, 4), False)


@pytest.mark.parametrize(("seen", "role"), [(False, "social worker"), (True, "family worker")])
def test_a_visit_that_does_not_count_moves_nothing_and_the_steps_say_so(seen: bool, role: str) -> None:
    found = _visits((date(2026, 11, 6), True, "social worker"), (date(2026, 11, 20), seen, role))
    (visit,) = (
        due
        for due in shown(worked_out(happenings_of(found), TODAY), FAMILY, VISIT)
        if due.what == "Child protection visit"
    )
    assert visit.on == date(2026, 11, 20)
    assert any(step.startswith("Not counted: visit on 20 November 2026") for step in visit.steps)


def test_a_line_that_is_known_to_the_month_says_the_month_and_no_day() -> None:
    given = Given(
        kind="chronology",
        id="event",
        number=0,
        date=date(2024, 3, 1),
        people=(),
        parts={"headline": "A move", "dated": "about 2024-03"},
    )
    (line,) = chronology_of([(source(), given)], FAMILY)
    assert line.dated == "about March 2024"


def test_what_was_done_in_the_practice_family_is_not_still_agreed(laptop: LaptopStore) -> None:
    actions = laptop.desk.family(FamilyId("f-tolland")).actions
    long_past = [each.what for each in actions if each.by is not None and each.by < date(2026, 8, 22)]
    assert not long_past
    assert len(actions) < 40
    # What was said of an action is one line with it: its name is that of the record in which it was agreed.
    assert {each.status for each in actions} <= {"", "On track", "Not started", "Stuck"}  # words, no codes
    whats = [each.what for each in actions]
    assert len({each.casefold() for each in whats}) >= len(whats) - 1
