"""Lists and files over the practice caseload: who was seen, what is due, who may know what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.support.laptop_store import TOM, LaptopStore, says, visit_said
from tests.support.stored import Template
from workbook_desktop.domain.errors import RecordUnknown
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId
from workbook_desktop.domain.records import Body, State
from workbook_desktop.workspace.views import CaseloadRow, Progress

TOLLAND = FamilyId("f-tolland")
MAISIE, LEO = PersonId("p-maisie"), PersonId("p-leo")


def _child(laptop: LaptopStore, person: PersonId = LEO) -> CaseloadRow:
    (family,) = laptop.desk.caseload("toll")
    return next(row for row in family.children if row.person.id == person)


def _visit(laptop: LaptopStore, body: Body, *, signed: bool = True) -> RecordId:
    """Record a visit to the Tollands on this laptop, as far as asked."""
    opened = laptop.desk.start(laptop.visit_form(), TOLLAND)
    laptop.desk.keep(opened.record, body, opened.body)
    if signed:
        laptop.sign(opened.record)
    return opened.record


def test_the_caseload_lists_families_with_their_children_eldest_first(laptop: LaptopStore) -> None:
    caseload = laptop.desk.caseload()
    assert [family.name for family in caseload] == ["Bracken", "Marrow", "Tolland"]
    assert [row.person.forename for row in caseload[-1].children] == ["Maisie", "Leo", "Ivy"]
    assert "Amara Quill" in caseload[-1].workers


@pytest.mark.parametrize(
    ("find", "families"),
    [("toll", ["Tolland"]), ("maisie", ["Tolland"]), ("LEO tol", ["Tolland"]), ("olland", []), ("  ", None)],
)
def test_the_caseload_narrows_to_beginnings_of_names(
    laptop: LaptopStore, find: str, families: list[str] | None
) -> None:
    found = [family.name for family in laptop.desk.caseload(find)]
    assert found == (families if families is not None else ["Bracken", "Marrow", "Tolland"])


def test_a_child_was_last_seen_on_the_day_of_the_last_signed_visit(laptop: LaptopStore) -> None:
    _visit(laptop, visit_said(laptop, date(2026, 11, 21), seen=True, alone="yes"))
    row = _child(laptop)
    assert (row.last_seen, row.last_seen_alone) == (date(2026, 11, 21), date(2026, 11, 21))


def test_seen_but_not_alone_leaves_the_day_last_seen_alone(laptop: LaptopStore) -> None:
    before = _child(laptop)
    _visit(laptop, visit_said(laptop, date(2026, 11, 21), seen=True, alone="too-young"))
    row = _child(laptop)
    assert (row.last_seen, row.last_seen_alone) == (date(2026, 11, 21), before.last_seen_alone)


@pytest.mark.parametrize("how", ["draft", "not seen", "failed"])
def test_a_draft_a_child_not_seen_and_a_failed_visit_are_no_sighting(laptop: LaptopStore, how: str) -> None:
    before = _child(laptop)
    assert before.last_seen is not None
    said = visit_said(
        laptop,
        date(2026, 11, 21),
        seen=how != "not seen",
        alone="yes",
        outcome="no-access" if how == "failed" else "completed",
    )
    _visit(laptop, said, signed=how != "draft")
    row = _child(laptop)
    assert (row.last_seen, row.last_seen_alone) == (before.last_seen, before.last_seen_alone)
    assert row.unsent == 1


def test_home_says_what_is_due_and_what_is_late(laptop: LaptopStore) -> None:
    home = laptop.desk.home()
    assert (home.worker, home.today) == (laptop.worker, date(2026, 11, 22))
    assert [due.presses for due in home.due] == [1, 2]
    assert {due.what: due.overdue for due in home.due}["Monthly summary, mental health chapter"]
    visit = next(due for due in home.due if due.person == LEO)
    assert (visit.what, visit.overdue, visit.form) == ("Child protection visit", True, laptop.visit_form())
    assert home.as_at is not None


def test_a_signed_visit_in_which_the_child_was_seen_meets_the_duty(laptop: LaptopStore) -> None:
    def due() -> bool:
        return any(each.person == LEO and each.on == date(2026, 11, 20) for each in laptop.desk.home().due)

    assert due()
    _visit(laptop, visit_said(laptop, date(2026, 11, 22), seen=True, alone="yes"), signed=False)
    assert due()
    _visit(laptop, visit_said(laptop, date(2026, 11, 22), seen=True, alone="yes", outcome="not-in"))
    assert due()
    _visit(laptop, visit_said(laptop, date(2026, 11, 22), seen=True, alone="yes"))
    assert not due()


def test_home_shows_own_work_and_what_colleagues_did_apart(laptop: LaptopStore) -> None:
    record = _visit(laptop, visit_said(laptop, date(2026, 11, 22), seen=True, alone="yes"), signed=False)
    home = laptop.desk.home()
    assert [(row.record, row.progress, row.changed_by) for row in home.work] == [
        (record, Progress.DRAFT, "you")
    ]
    assert home.recent
    assert all(row.changed_by not in ("you", "") for row in home.recent)


def test_a_family_file_has_everything_a_worker_needs_at_the_door(laptop: LaptopStore) -> None:
    file = laptop.desk.family(TOLLAND)
    assert [row.occurred_on or date.min for row in file.records[:1]] != []
    assert file.plan is not None
    assert file.plan.record == laptop.plan()
    assert file.forms[0][0].id == "visit"
    assert dict(file.names)["w-bea-linnet"] == "Bea Linnet"
    assert file.may_see_protected_address
    assert next(home for home in file.family.households if home.protected).address


@pytest.fixture
def tom(caseload_store: Template, tmp_path: Path) -> Iterator[LaptopStore]:
    """The laptop of the worker for the one who did harm."""
    found = LaptopStore(caseload_store, tmp_path / "tom", TOM)
    yield found
    found.close()


def test_who_works_with_the_perpetrator_sees_no_protected_address(tom: LaptopStore) -> None:
    file = tom.desk.family(TOLLAND)
    assert not file.may_see_protected_address
    protected, other = (
        next(home for home in file.family.households if home.protected is which) for which in (True, False)
    )
    assert (protected.address, protected.postcode) == ("", "")
    assert other.address


def test_an_unknown_family_is_said_to_be_unknown(laptop: LaptopStore) -> None:
    with pytest.raises(RecordUnknown):
        laptop.desk.family(FamilyId("f-nobody"))


def test_search_finds_children_first_then_people_then_records(laptop: LaptopStore) -> None:
    found = laptop.desk.search("tolland")
    kinds = [each.kind for each in found.found]
    assert kinds[:2] == ["child", "child"]
    assert "person" in kinds
    assert kinds == sorted(kinds, key=["child", "person", "record", "do"].index)
    assert laptop.desk.search("").found == ()
    assert len(laptop.desk.search("t", limit=3).found) == 3


def test_search_finds_a_word_just_typed(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    body = laptop.desk.open(plan).body
    laptop.desk.keep(plan, says("plan.goal", "A treehouse for Leo.")(body), body)
    assert [each.record for each in laptop.desk.search("treeh").found] == [plan]


def test_history_names_who_made_each_version(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    laptop.colleague(plan, says("plan.goal", "Another."))
    laptop.run()
    newest = laptop.desk.history(plan)[0]
    assert (newest.version, newest.by, newest.state) == (2, "Bea Linnet", State.DRAFT)
    body = laptop.desk.open(plan).body
    laptop.desk.keep(plan, says("plan.goal", "Mine.", laptop.worker_id)(body), body)
    laptop.desk.send(plan)
    laptop.run()
    assert next((each.version, each.by) for each in laptop.desk.history(plan)) == (3, "Amara Quill")


def test_a_view_can_be_compared_and_kept(laptop: LaptopStore) -> None:
    assert laptop.desk.home() == laptop.desk.home()
    assert replace(laptop.desk.home(), decisions=1) != laptop.desk.home()
