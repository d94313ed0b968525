"""What is counted, and that what is counted gives nobody away."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.support.forms import tolland
from tests.support.laptop_store import LaptopStore
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.people import Family, Involvement, Worker
from workbook_desktop.domain.readings import ScaleReading
from workbook_desktop.domain.timescales import Happening
from workbook_desktop.workspace.dues import in_force_here
from workbook_desktop.workspace.measure_tables import HIDDEN, TOO_FEW, Line, Table, _safe, as_csv, tables_of
from workbook_desktop.workspace.measures import OnPlan, Stretch, Tally, Work, stretches, tally_of
from workbook_desktop.workspace.measuring import sees_team

TODAY = date(2026, 11, 20)
OVER = Stretch(name="", first=date(2026, 9, 1), last=TODAY)
LEO, MAISIE = PersonId("p-leo"), PersonId("p-maisie")
FAMILY = replace(
    tolland(),
    people=tuple(replace(each, plan="") for each in tolland().people),
    involvements=(Involvement(worker=WorkerId("w-a"), person=LEO, role="", start=date(2026, 6, 1)),),
)
CHILD_WORKER = Worker(id=WorkerId("w-a"), name="", role="social worker", agency="", chapter="child")


def it(kind: str, on: str, child: PersonId | None = LEO, *, signed: bool = True, **facts: Any) -> Happening:
    return Happening(
        kind=kind,
        on=date.fromisoformat(on),
        child=child,
        record=RecordId(f"{kind}-{on}"),
        signed_off=signed,
        facts=facts,
    )


def visit(on: str, child: PersonId = LEO, **facts: Any) -> Happening:
    said: dict[str, Any] = {
        "type": "cp",
        "outcome": "completed",
        "seen": True,
        "seen_alone": False,
        "author_role": "social worker",
    }
    return it("visit", on, child, **(said | facts))


def cp(on: str, child: PersonId = LEO, **facts: Any) -> Happening:
    return it("plan-started", on, child, **({"plan": "cp", "category": "NEG", "visiting": "10wd"} | facts))


def tally(*happened: Happening, over: Stretch = OVER, family: Family = FAMILY, **more: Any) -> Tally:
    holds = in_force_here()
    said: dict[str, Any] = {
        "family": family,
        "happenings": happened,
        "readings": (),
        "actions": (),
        "workers": (CHILD_WORKER,),
        "rules": holds.rules,
        "holidays": holds.holidays,
        "categories": {"NEG": "Neglect"},
    }
    return tally_of(Work(**(said | more)), over, TODAY)


def test_a_child_on_a_plan_is_counted_by_category_length_and_when_last_seen() -> None:
    found = tally(cp("2026-06-01"), visit("2026-11-10"))
    assert found.children == {
        LEO: OnPlan(
            plan="Child protection: neglect",
            length="3 months to less than 6",
            seen="Within 2 weeks",
            days=10,
        )
    }


def test_a_plan_written_anew_goes_on_and_its_newest_category_holds() -> None:
    found = tally(cp("2026-01-10"), cp("2026-11-01", category=""))
    assert found.children[LEO].length == "6 months to less than 1 year"
    assert found.children[LEO].plan == "Child protection: not recorded here"


def test_a_plan_that_ended_counts_no_more_and_one_after_it_begins_again() -> None:
    ended = (cp("2026-01-10"), it("plan-ended", "2026-10-01", plan="cp"))
    assert tally(*ended).children == {}
    assert tally(*ended, cp("2026-11-01")).children[LEO].length == "Less than 3 months"


def test_a_plan_only_the_office_names_is_counted_as_not_recorded_here() -> None:
    office = replace(
        FAMILY, people=tuple(replace(each, plan="CP" if each.id == LEO else "") for each in FAMILY.people)
    )
    found = tally(family=office).children[LEO]
    assert (found.plan, found.length, found.days) == (
        "Child protection: not recorded here",
        "Start not recorded here",
        None,
    )
    earlier = Stretch(name="", first=date(2026, 9, 1), last=date(2026, 10, 1))
    assert tally(family=office, over=earlier).children == {}  # what it named then is not known


def test_a_visit_in_time_late_or_missed_is_one_that_fell_due() -> None:
    found = tally(
        cp("2026-09-01"),
        visit("2026-09-10"),  # due 15 September: met
        visit("2026-10-01"),  # due 24 September: late
        visit("2026-10-09", outcome="no-access", seen=False),
        # due 15 October: missed, and still is
    )
    assert found.visits == Counter(due=3, met=1)


def test_a_draft_meets_nothing_and_a_family_workers_visit_is_no_statutory_one() -> None:
    draft = replace(visit("2026-09-10"), signed_off=False)
    other = visit("2026-09-11", author_role="family worker")
    assert tally(cp("2026-09-01"), draft, other).visits == Counter(due=1, met=0)


def test_seen_alone_is_of_every_time_a_child_was_seen() -> None:
    found = tally(
        visit("2026-09-10", seen_alone=True),
        visit("2026-09-10", MAISIE),
        visit("2026-10-10", seen=False),
        visit("2026-08-10", seen_alone=True),
    )
    assert found.seen == Counter(seen=2, alone=1)


def test_summaries_are_counted_from_the_last_supervision_where_a_chapter_has_none() -> None:
    reviewed = it("supervision", "2026-09-15", None)
    assert tally(reviewed).summaries == Counter(due=1, met=0)
    summed = it("chapter-summary", "2026-10-12", None, chapter="child")
    assert tally(reviewed, summed).summaries == Counter(due=2, met=1)
    assert tally(summed).summaries == Counter(due=1, met=0)
    assert tally(reviewed, held_back=("child",)).summaries == Counter()


def test_an_action_that_is_not_due_yet_is_not_counted_unless_it_is_done() -> None:
    actions = ((date(2026, 10, 1), True), (date(2026, 10, 2), False), (TODAY, False), (TODAY, True))
    assert tally(actions=actions).actions == Counter(due=3, done=2)


def reading(on: str, value: int, **more: Any) -> ScaleReading:
    said: dict[str, Any] = {
        "person": LEO,
        "person_name": "Leo Tolland",
        "scale": "phq9",
        "version": "1",
        "name": "PHQ-9: how Leo’s mother feels",
        "value": Decimal(value),
        "band": "",
        "date": date.fromisoformat(on),
        "by": None,
        "record": RecordId(on),
        "better": "lower",
    }
    return ScaleReading(**(said | more))


def test_readings_are_compared_with_what_people_began_with_and_named_without_their_words() -> None:
    found = tally(readings=(reading("2026-06-01", 19), reading("2026-08-01", 15), reading("2026-10-01", 12)))
    assert found.readings == {"PHQ-9": Counter(better=1)}
    assert tally(readings=(reading("2026-10-01", 12),)).readings == {}
    other = reading("2026-10-01", 12, version="2")
    assert tally(readings=(reading("2026-06-01", 19), other)).readings == {}


def test_a_child_of_two_families_is_counted_once() -> None:
    one = tally(cp("2026-06-01"))
    assert len((one + one).children) == 1
    assert (one + one).families == 2
    office = replace(FAMILY, people=tuple(replace(each, plan="CP") for each in FAMILY.people))
    elsewhere = tally(family=office)
    assert (one + elsewhere).children[LEO] == (elsewhere + one).children[LEO] == one.children[LEO]


def test_no_small_count_stands_in_any_table_nor_in_the_file() -> None:
    children = {
        PersonId(f"p{number}"): OnPlan(
            plan="Child in need" if number < 3 else "Child protection: neglect",
            length="Less than 3 months",
            seen="Within 2 weeks" if number < 11 else "Longer ago",
            days=number,
        )
        for number in range(14)
    }
    sum_ = Tally(children=children, visits=Counter(due=40, met=38), seen=Counter(seen=3, alone=1))
    tables = {table.title: table for table in tables_of(sum_, OVER)}
    counts = [line.count for table in tables.values() for line in table.lines]
    assert not [count for count in counts if count is not None and 0 < count < 5]
    assert [line.count for line in tables["Children on plans, by kind and category"].lines] == [
        None,
        None,
        14,
    ]
    assert [line.count for line in tables["Visits in time"].lines] == [None, None, 40]
    assert tables["Visits in time"].more == ""  # a share would tell
    assert tables["Seen alone"].more == TOO_FEW
    assert [(line.label, line.count) for line in tables["Seen alone"].lines] == [
        ("Seen alone", None),
        ("Not alone", None),
        ("All", None),
    ]
    assert tables["Days since last seen"].more == "Half of them were seen within 6 days."
    file = as_csv(tables.values(), scope="3 families", over=OVER, as_at=None).decode("utf-8-sig")
    assert f"Visits in time,In time,{HIDDEN}," in file


def test_what_counts_records_and_not_people_says_how_many_there_are() -> None:
    few = Tally(summaries=Counter(due=3, met=2), actions=Counter(due=4, done=4), visits=Counter(due=2, met=1))
    tables = {table.title: table for table in tables_of(few, OVER)}
    for title, whole in (
        ("Monthly summaries on time", 3),
        ("Plan actions done", 4),
        ("Visits in time", None),
    ):
        assert [line.count for line in tables[title].lines] == [None, None, whole], title
        assert "%" not in tables[title].more


def test_without_anything_recorded_every_measure_says_what_is_missing() -> None:
    for table in tables_of(Tally(), OVER):
        assert table.lines == ()
        assert table.empty.endswith(".")


@pytest.mark.parametrize("evil", ["=1+1", "+44", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_begins_a_formula(evil: str) -> None:
    assert _safe([evil]) == [f"'{evil}"]
    table = Table(title=evil, definition=evil, lines=(Line(label=evil, count=7),))
    file = as_csv([table], scope=evil, over=OVER, as_at=None).decode("utf-8-sig")
    cells = [cell for row in csv.reader(file.splitlines(keepends=True)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_a_manager_and_a_practice_lead_see_the_teams_and_others_their_own(laptop: LaptopStore) -> None:
    lead = replace(CHILD_WORKER, role="Practice lead")
    assert sees_team(lead)
    assert sees_team(replace(CHILD_WORKER, is_manager=True))
    assert not sees_team(CHILD_WORKER)
    mine = laptop.desk.to_measure()
    assert FamilyId("f-bracken") not in mine.families
    assert len(mine.families) == 2
    for over in stretches(mine.today):
        assert laptop.desk.measure(mine.families[0], over).families == 1
