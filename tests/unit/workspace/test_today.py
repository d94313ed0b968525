"""Each duty once, whoever knows of it: the office, this laptop, or both; and whose it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.support.forms import AMARA, tolland
from tests.support.laptop_store import BEA, TOM, LaptopStore
from tests.support.worker import Ids
from workbook_desktop.domain.ids import FamilyId, PersonId, WorkerId
from workbook_desktop.domain.people import DueDate, Worker
from workbook_desktop.workspace.today import OfficeDue, duties_of, in_order, is_mine, with_office
from workbook_desktop.workspace.views import Due, WorkedDue
from workbook_desktop.workspace.worker_desk import WorkerDesk

FAMILY = tolland()
LEO, MAISIE = PersonId("p-leo"), PersonId("p-maisie")
TODAY, LATER = date(2026, 11, 23), date(2026, 11, 30)
STEPS = ("Last visit that counts: 9 November 2026.",)


def worked(what: str, on: date | None, person: PersonId | None = None, **more: Any) -> WorkedDue:
    said: dict[str, Any] = {"owner": "social worker", "overdue": False, "steps": STEPS, "state": ""} | more
    return WorkedDue(person=person, who="", what=what, on=on, **said)


def office(what: str, on: date, person: PersonId | None = None) -> OfficeDue:
    return OfficeDue(person=person, what=what, on=on, form=None)


def lines(*found: Due) -> list[tuple[str, str, date]]:
    return sorted((due.who, due.what, due.on) for due in found)


def test_what_office_and_laptop_both_know_is_one_line_on_the_earlier_day() -> None:
    (due,) = duties_of(
        FAMILY,
        [office("Child Protection visit", LATER, LEO)],
        [worked("Child protection visit", TODAY, LEO)],
        TODAY,
    )
    assert (due.who, due.on, due.overdue) == ("Leo Tolland", TODAY, False)
    assert due.steps == (
        "The office has 30 November 2026 for this. Worked out here it is 23 November 2026:",
        *STEPS,
    )


def test_the_same_duty_on_the_same_day_needs_no_word_of_the_office() -> None:
    (due,) = duties_of(FAMILY, [office("Visit", TODAY, LEO)], [worked("Visit", TODAY, LEO)], TODAY)
    assert due.steps == STEPS


def test_another_child_and_another_duty_are_lines_of_their_own() -> None:
    found = duties_of(
        FAMILY,
        [office("Visit", TODAY, MAISIE), office("Core group", LATER)],
        [worked("Visit", LATER, LEO)],
        TODAY,
    )
    assert lines(*found) == [
        ("Leo Tolland", "Visit", LATER),
        ("Maisie Tolland", "Visit", TODAY),
        (f"{FAMILY.name} family", "Core group", LATER),
    ]


def test_what_is_due_for_several_children_on_one_day_is_one_line() -> None:
    (due,) = duties_of(
        FAMILY,
        [office("Core group", LATER)],
        [worked("Core group", LATER, LEO), worked("Core group", LATER, MAISIE)],
        TODAY,
    )
    assert (due.who, due.person) == (f"Leo and Maisie, {FAMILY.name} family", None)


def test_an_order_that_ran_out_is_nobodys_lateness() -> None:
    (due,) = duties_of(FAMILY, [], [worked("Order runs out", date(2026, 11, 1), runs_out=True)], TODAY)
    assert not due.overdue
    assert due.runs_out


def test_chapters_have_each_their_own_summary_to_write() -> None:
    found = duties_of(
        FAMILY,
        [],
        [
            worked("Summary", TODAY, about="substance", chapter="Alcohol and drugs"),
            worked("Summary", TODAY, about="mental-health", chapter="Mental health", writers=("Bea", "Ann")),
        ],
        TODAY,
    )
    assert sorted(due.what for due in found) == [
        "Summary, Alcohol and drugs",
        "Summary, Mental health (Bea and Ann)",
    ]


@pytest.mark.parametrize(
    ("said", "person", "is_one"),
    [
        ("Monthly summary, mental health chapter", None, True),
        ("Monthly chapter summary (mental health)", None, True),
        ("MONTHLY CHAPTER SUMMARY - MENTAL-HEALTH", None, True),
        ("Monthly chapter summary", None, False),  # of which chapter?
        ("Monthly summary, alcohol and drugs chapter", None, False),
        ("Monthly summary, mental health chapter", LEO, False),  # a child's own, and this is the family's
    ],
)
def test_one_duty_is_known_by_its_words_in_whatever_order(
    said: str, person: PersonId | None, is_one: bool
) -> None:
    here = worked(
        "Monthly chapter summary", TODAY, about="mental-health", chapter="Mental health", writers=("Bea",)
    )
    assert office(said, LATER, person).is_same_as(here) is is_one
    assert len(duties_of(FAMILY, [office(said, LATER, person)], [here], TODAY)) == (1 if is_one else 2)


def test_a_familys_page_has_each_duty_once_with_the_offices_other_day() -> None:
    def expects(what: str, on: date, person: PersonId | None = None) -> DueDate:
        return DueDate(id=what, person=person, what=what, on=on)

    dues, alone = with_office(
        [worked("Visit", TODAY, LEO), worked("Visit", TODAY, MAISIE), worked("Review", None, LEO)],
        [
            expects("Core group", LATER),
            expects("visit", LATER, LEO),
            expects("Visit", TODAY, MAISIE),
            expects("Review", TODAY, LEO),
        ],
    )
    assert [(due.what, due.person, due.office) for due in dues] == [
        ("Visit", LEO, LATER),
        ("Visit", MAISIE, None),
        ("Review", LEO, None),
    ]
    # What cannot be worked out here stands as the office has it, too.
    assert [each.what for each in alone] == ["Review", "Core group"]


def test_the_practice_office_expects_what_is_worked_out_here(laptop: LaptopStore) -> None:
    for family in ("f-tolland", "f-marrow"):
        file = laptop.desk.family(FamilyId(family))
        assert not [due.named for due in file.dues if due.office is not None]
        assert {each.what for each in file.office_dues} <= {"Core group"}


def test_a_date_that_cannot_be_worked_out_is_on_the_familys_page_alone() -> None:
    assert duties_of(FAMILY, [], [worked("Visit", None)], TODAY) == ()


@pytest.mark.parametrize(
    ("owner", "about", "role", "mine"),
    [
        ("social worker", "", "senior social worker", True),
        ("social worker", "", "recovery worker", False),
        ("author", "", "recovery worker", True),
        ("chapter author", "child", "social worker", True),
        ("chapter author", "substance", "social worker", False),
        ("team manager", "", "social worker", False),
        ("", "", "recovery worker", True),
    ],
)
def test_a_duty_is_that_of_a_role_a_chapter_or_an_author(
    owner: str, about: str, role: str, mine: bool
) -> None:
    worker = Worker(id=WorkerId("w"), name="W", role=role, agency="Wrenmouth", chapter="child")
    assert is_mine(worked("x", TODAY, owner=owner, about=about), worker) is mine
    boss = Worker(id=WorkerId("m"), name="M", role="team manager", agency="Wrenmouth", is_manager=True)
    assert is_mine(worked("x", TODAY, owner=owner, about=about), boss)
    assert AMARA.role == "social worker"


def test_home_has_what_is_worked_out_once_it_is(laptop: LaptopStore) -> None:
    before = laptop.desk.home()
    assert before.behind == 3
    laptop.desk.catch_up(begin=True)
    home = laptop.desk.home()
    assert home.behind == 0
    leo = [due for due in home.due if due.person == LEO]
    assert [(due.what, due.on, due.overdue) for due in leo] == [
        ("Child protection visit", date(2026, 11, 20), True)
    ]
    assert leo[0].steps[0].startswith("Last visit that counts:")
    assert all(due.on > home.today for due in home.soon)
    assert not [due for due in home.due if "mental health" in due.what]  # a colleague's, and known to be one


def test_a_colleagues_duty_is_counted_and_not_listed(laptop: LaptopStore) -> None:
    for id_ in (BEA, TOM):
        worker = next(each for each in laptop.caseload.workers if each.id == id_)
        desk = WorkerDesk(laptop.store, worker, laptop.clock, Ids())
        desk.catch_up(begin=True)
        home = desk.home()
        assert not [due for due in home.due if due.what == "Child protection visit"]
        assert home.others_due > 0


def test_who_does_not_get_every_record_is_told_that_the_others_may_change_a_date(laptop: LaptopStore) -> None:
    tom = next(each for each in laptop.caseload.workers if each.id == TOM)
    for desk, is_told in ((laptop.desk, False), (WorkerDesk(laptop.store, tom, laptop.clock, Ids()), True)):
        dues = desk.family(FamilyId("f-tolland")).dues
        assert {any("not on this laptop" in step for step in due.steps) for due in dues} == {is_told}
        leo = next(due for due in dues if due.person == LEO and due.what == "Child protection visit")
        assert leo.overdue is not is_told
        assert leo.state.endswith("by the records on this laptop alone") is is_told


def test_yesterdays_dates_stand_until_todays_are_worked_out(laptop: LaptopStore) -> None:
    laptop.desk.catch_up(begin=True)
    laptop.clock.forward(days=8)
    home = laptop.desk.home()
    assert home.behind > 0
    assert any(due.person == MAISIE and due.overdue for due in home.due)
    laptop.desk.catch_up(begin=True)
    assert laptop.desk.home().behind == 0
    assert FamilyId("f-tolland") in {due.family for due in laptop.desk.home().due}


def test_the_earliest_of_several_of_one_kind_stands_and_the_others_are_counted() -> None:
    far = date(2027, 1, 20)
    (due,) = duties_of(
        FAMILY,
        [],
        [
            worked("Record in time", LATER, LEO),
            worked("Record in time", TODAY, LEO),
            worked("Record in time", date(2026, 11, 25), LEO),
            worked("Record in time", far, LEO),
        ],
        TODAY,
    )
    assert (due.what, due.on) == ("Record in time, and 2 more", TODAY)


def test_why_a_date_moved_is_said_with_it() -> None:
    (due,) = duties_of(FAMILY, [], [worked("Visit", TODAY, LEO, moved="A bank holiday.")], TODAY)
    assert due.moved == "A bank holiday."


def test_an_involvement_that_changes_has_the_dates_worked_out_again(laptop: LaptopStore) -> None:
    family = laptop.desk.family(FamilyId("f-tolland")).family
    gathered = laptop.desk._gathered
    before = gathered.stamp_of(family)
    assert laptop.store.derived.dues_stamp(family.id) == before
    fewer = replace(family, involvements=family.involvements[1:])
    assert gathered.stamp_of(fewer) != before


def test_what_is_late_by_law_stands_before_what_is_late_by_the_councils_own_rule() -> None:
    def due(what: str, on: date, presses: Any) -> Due:
        return Due(
            on=on, family=FAMILY.id, person=None, who="w", what=what, overdue=on < TODAY, presses=presses
        )

    early, late = date(2026, 10, 1), date(2026, 11, 20)
    mixed = [
        due("soon", LATER, 0),
        due("summary", early, 2),
        due("visit today", TODAY, 1),
        due("child not seen", late, 1),
        due("review by law", late, 0),
        due("order today", TODAY, 0),
        due("soonest", date(2026, 11, 24), 2),
    ]
    assert [each.what for each in in_order(mixed, TODAY)] == [
        "review by law",
        "child not seen",
        "summary",
        "order today",
        "visit today",
        "soonest",
        "soon",
    ]


def test_a_duty_presses_by_what_it_rests_on_and_whom_it_is_about() -> None:
    found = duties_of(
        FAMILY,
        [office("Core group", TODAY), office("Visit of the office", TODAY, LEO)],
        [
            worked("Review", TODAY, LEO, is_law=True),
            worked("Order", TODAY, runs_out=True),
            worked("Visit", TODAY, LEO),
            worked("Summary", TODAY),
        ],
        TODAY,
    )
    assert {due.what: due.presses for due in found} == {
        "Review": 0,
        "Order": 0,
        "Visit": 1,
        "Visit of the office": 1,
        "Summary": 2,
        "Core group": 2,
    }
