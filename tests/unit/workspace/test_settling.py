"""A conflict in a worker's words, and what each choice makes of the record at the office."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.laptop_store import BEA, LaptopStore, says
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import ConflictKind, FeedItem, FeedPage
from workbook_desktop.domain.errors import ChangedSinceRead, RecordUnknown
from workbook_desktop.domain.ids import ConflictId, FieldPath, LinkId, RecordId
from workbook_desktop.domain.records import Value
from workbook_desktop.workspace.views import HalfDecision, OpenConflict, Progress

CONTINGENCY, RATING = FieldPath("safety.contingency"), FieldPath("visiting.every")
MINE, THEIRS = "Ring Lorraine first.", "Ring the school on Monday."
WEEKLY = {"code": "1w", "system": "https://workbook.invalid/fhir/CodeSystem/visiting-every", "display": "A"}
DAILY = {"code": "10d", "system": "https://workbook.invalid/fhir/CodeSystem/visiting-every", "display": "B"}


def _asked(laptop: LaptopStore, plan: RecordId) -> OpenConflict:
    (found,) = laptop.desk.open(plan).conflicts
    return found


def _value(laptop: LaptopStore, plan: RecordId, path: FieldPath = CONTINGENCY) -> Value:
    found = laptop.at_office(plan).answers.get(path)
    return None if found is None else found.value


def test_both_sides_are_shown_with_who_said_them(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    laptop.conflict(plan, CONTINGENCY, MINE, THEIRS)
    shown = _asked(laptop, plan)
    assert (shown.mine, shown.theirs, shown.theirs_by) == (MINE, THEIRS, "Bea Linnet")
    assert (shown.mine_is_this_worker, shown.kind, shown.severe, shown.can_keep_both) == (
        True,
        ConflictKind.ANSWER,
        True,
        True,
    )
    assert shown.label
    assert laptop.desk.open(plan).progress is Progress.NEEDS_DECISION


def test_a_question_that_a_colleagues_laptop_brought_back_is_of_who_wrote_it(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    laptop.conflict(plan, CONTINGENCY, MINE, THEIRS)
    (asked,) = laptop.store.conflicts.open(plan)
    brought = replace(asked, id=ConflictId("brought"), mine_by=BEA)
    item = FeedItem(seq=1, kind="conflict", family=asked.family, conflict=brought)
    state = laptop.store.sync_port().feed_state()
    laptop.store.sync_port().apply_page(
        FeedPage(items=(item,), cursor=state.cursor or "", epoch=state.epoch or "", more=False)
    )
    own, other = laptop.desk.open(plan).conflicts
    for each in (own, other):
        assert (each.mine_by, each.mine_is_this_worker) == ("Amara Quill", True)


@pytest.mark.parametrize(
    ("choice", "text", "stands"),
    [
        ("mine", None, MINE),
        ("theirs", None, THEIRS),
        ("both", None, f"{THEIRS}\n\n{MINE}"),
        ("new", " Ring Hannah. ", "Ring Hannah."),
    ],
)
def test_each_choice_of_a_text_stands_at_the_office(
    laptop: LaptopStore, choice: str, text: str | None, stands: str
) -> None:
    plan = laptop.plan()
    laptop.conflict(plan, CONTINGENCY, MINE, THEIRS)
    laptop.desk.settle(_asked(laptop, plan).id, choice, text, " Agreed on the phone. ")
    assert (_asked(laptop, plan).chosen, laptop.desk.counts().decisions) == (choice, 0)
    laptop.run()
    (settled,) = laptop.ics.conflicts.values()
    assert (settled.state, settled.choice, settled.reason) == ("resolved", choice, "Agreed on the phone.")
    assert _value(laptop, plan) == stands
    assert laptop.desk.open(plan).conflicts == ()


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_a_choice_of_options_stands_at_the_office(laptop: LaptopStore, choice: str) -> None:
    plan = laptop.plan()
    laptop.conflict(plan, RATING, WEEKLY, DAILY)
    shown = _asked(laptop, plan)
    assert not shown.can_keep_both
    laptop.desk.settle(shown.id, choice, None, "The rule.")
    laptop.run()
    assert _value(laptop, plan, RATING) == (WEEKLY if choice == "mine" else DAILY)


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_a_row_is_put_back_whole_or_stays_away(laptop: LaptopStore, choice: str) -> None:
    plan = laptop.plan("f-marrow")
    body = laptop.desk.open(plan).body
    row = body.rows_of(paths.ROOT, LinkId("outcomes"))[0]
    how = paths.child(row, LinkId("outcome.how"))
    laptop.desk.keep(plan, body.with_answer(how, laptop.said("He rings Bea himself.")), body)
    laptop.desk.send(plan)
    laptop.colleague(plan, lambda office: office.without_row(row))
    laptop.run()
    shown = _asked(laptop, plan)
    assert (shown.kind, shown.theirs) == (ConflictKind.ROW, "Taken away")
    assert "He rings Bea himself." in shown.mine
    laptop.desk.settle(shown.id, choice, None, "")
    laptop.run()
    office = laptop.at_office(plan)
    assert (row in office.rows) is (choice == "mine")
    if choice == "mine":
        inside = {path for path in body.answers if paths.under(path, row)}
        assert {path for path in office.answers if paths.under(path, row)} == inside
    assert laptop.open_conflicts(plan) == []


def test_theirs_is_what_stands_now_and_not_what_stood_then(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    laptop.conflict(plan, CONTINGENCY, MINE, THEIRS)
    laptop.colleague(plan, says(CONTINGENCY, "Ring the school today."))
    laptop.run()
    assert _asked(laptop, plan).theirs == "Ring the school today."
    laptop.desk.settle(_asked(laptop, plan).id, "theirs", None, "")
    laptop.run()
    assert _value(laptop, plan) == "Ring the school today."


def test_a_conflict_that_is_not_here_or_settled_already_is_refused(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    laptop.conflict(plan, CONTINGENCY, MINE, THEIRS)
    asked = _asked(laptop, plan).id
    with pytest.raises(RecordUnknown):
        laptop.desk.settle(ConflictId("nothing"), "mine", None, "")
    with pytest.raises(ChangedSinceRead):
        laptop.desk.settle(asked, "neither", None, "")
    laptop.desk.settle(asked, "mine", None, "")
    laptop.run()
    with pytest.raises(ChangedSinceRead):
        laptop.desk.settle(asked, "theirs", None, "")


def test_a_choice_can_be_made_again_before_it_is_sent(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    laptop.conflict(plan, CONTINGENCY, MINE, THEIRS)
    asked = _asked(laptop, plan).id
    laptop.desk.settle(asked, "mine", None, "")
    laptop.desk.settle(asked, "new", "Neither.", "")
    assert _asked(laptop, plan).chosen == "new"
    laptop.run()
    assert _value(laptop, plan) == "Neither."


def test_what_else_was_typed_goes_with_the_decision(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    laptop.conflict(plan, CONTINGENCY, MINE, THEIRS)
    body = laptop.desk.open(plan).body
    laptop.desk.keep(plan, body.with_answer(FieldPath("plan.goal"), laptop.said("Home.")), body)
    laptop.desk.settle(_asked(laptop, plan).id, "theirs", None, "")
    laptop.run()
    assert (_value(laptop, plan), _value(laptop, plan, FieldPath("plan.goal"))) == (THEIRS, "Home.")


def test_an_own_text_that_met_a_colleagues_is_shown_until_the_office_asks_about_it(
    laptop: LaptopStore,
) -> None:
    plan = laptop.plan()
    body = laptop.desk.open(plan).body
    laptop.desk.keep(plan, body.with_answer(CONTINGENCY, laptop.said(MINE)), body)
    laptop.desk.send(plan)
    laptop.colleague(plan, says(CONTINGENCY, THEIRS))
    laptop.run_until("rebase").kill()  # the line is lost: what was merged has not been handed in
    laptop.reopen()
    view = laptop.desk.open(plan)
    stands = view.body.answers[CONTINGENCY].value
    assert stands == THEIRS
    (mine,) = view.underway
    assert (mine.path, mine.mine) == (CONTINGENCY, MINE)
    assert mine.label
    laptop.run()
    view = laptop.desk.open(plan)
    assert (view.underway, [each.mine for each in view.conflicts]) == ((), [MINE])


def test_what_was_combined_without_asking_is_named(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    body = laptop.desk.open(plan).body
    laptop.desk.keep(plan, body.with_answer(FieldPath("plan.goal"), laptop.said("Home.")), body)
    laptop.desk.send(plan)
    laptop.colleague(plan, says(CONTINGENCY, THEIRS))
    laptop.run()
    combined = laptop.desk.open(plan).combined
    assert sorted((each.yours, bool(each.label)) for each in combined) == [(False, True), (True, True)]


def _outcome(laptop: LaptopStore, plan: RecordId) -> tuple[FieldPath, FieldPath]:
    """Return a row of the plan, and the path of a text in it."""
    row = laptop.at_office(plan).rows_of(paths.ROOT, LinkId("outcomes"))[0]
    return row, paths.child(row, LinkId("outcome.how"))


@pytest.mark.parametrize(("choice", "text"), [("mine", None), ("both", None), ("new", "Ring Hannah.")])
def test_what_is_chosen_stands_though_its_row_was_taken_away_here(
    laptop: LaptopStore, choice: str, text: str | None
) -> None:
    plan = laptop.plan()
    row, how = _outcome(laptop, plan)
    whole = laptop.at_office(plan)
    laptop.conflict(plan, how, MINE, THEIRS)
    asked = _asked(laptop, plan)
    body = laptop.desk.open(plan).body
    laptop.desk.keep(plan, body.without_row(row), body)
    laptop.desk.settle(asked.id, choice, text, "")
    stands = laptop.desk.open(plan).body
    assert (text or MINE) in str(stands.answers[how].value)
    others = {path for path in whole.answers if paths.under(path, row)} - {how}
    assert others <= set(stands.answers)  # the row is whole again
    laptop.run()
    assert (text or MINE) in str(_value(laptop, plan, how))


def test_theirs_leaves_a_row_that_was_taken_away_here_away(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    row, how = _outcome(laptop, plan)
    laptop.conflict(plan, how, MINE, THEIRS)
    asked = _asked(laptop, plan)
    body = laptop.desk.open(plan).body
    laptop.desk.keep(plan, body.without_row(row), body)
    laptop.desk.settle(asked.id, "theirs", None, "")
    assert row not in laptop.desk.open(plan).body.rows


def test_what_is_half_decided_outlives_the_night_until_it_is_settled(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    laptop.conflict(plan, CONTINGENCY, MINE, THEIRS)
    half = HalfDecision(choice="new", text="Ring both.", reason="Agreed")
    laptop.desk.keep_half(_asked(laptop, plan).id, half)
    laptop.reopen()
    assert _asked(laptop, plan).half == half
    laptop.desk.settle(_asked(laptop, plan).id, "new", "Ring both.", "Agreed")
    assert _asked(laptop, plan).half is None
    with pytest.raises(RecordUnknown):
        laptop.desk.keep_half(ConflictId("never"), half)


def test_another_question_at_the_same_place_offers_the_words_and_chooses_nothing(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    laptop.conflict(plan, CONTINGENCY, MINE, THEIRS)
    asked = _asked(laptop, plan)
    laptop.desk.keep_half(asked.id, HalfDecision(choice="new", text="Ring both.", reason="Agreed"))
    name = f"half:{plan}:{CONTINGENCY}"
    kept = laptop.store.settings.get(name)
    laptop.store.settings.put(name, kept.replace(str(asked.id), "an-earlier-question"))
    assert _asked(laptop, plan).half == HalfDecision(text="Ring both.", reason="Agreed")
