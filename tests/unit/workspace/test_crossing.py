"""A worker types while a run brings a colleague's words to the same place: both are kept, both are asked
about, as if the worker's had been kept before the run. Real store, real engine, an ICS in memory."""

from __future__ import annotations

import pytest

from tests.support.laptop_store import LaptopStore, says
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId, RecordId
from workbook_desktop.domain.records import Answer, Body, State, content_hash, content_of
from workbook_desktop.store import header
from workbook_desktop.workspace.views import KeptBody

CONTINGENCY = FieldPath("safety.contingency")  # whole: never merged by machine
GOAL = FieldPath("plan.goal")
ALONE = FieldPath("visiting.alone")  # merged by sentence
RATING, RATIONALE = FieldPath("safety.rating"), FieldPath("safety.rationale")  # one merge unit
MINE, THEIRS = "Ring Lorraine first.", "Ring the school on Monday."


def _typed(laptop: LaptopStore, seen: Body, *said: tuple[FieldPath, str]) -> Body:
    body = seen
    for path, text in said:
        body = body.with_answer(path, laptop.said(text))
    return body


def _value(body: Body, path: FieldPath) -> object:
    answer = body.answers.get(path)
    return None if answer is None else answer.value


def _asked(laptop: LaptopStore, record: RecordId) -> dict[FieldPath, tuple[object, object, object]]:
    """The office's open questions: base, mine, theirs by path."""

    def text(answer: Answer | None) -> object:
        return None if answer is None else answer.value

    return {
        each.path: (text(each.base), text(each.mine), text(each.theirs))
        for each in laptop.open_conflicts(record)
    }


def _crosses(laptop: LaptopStore, plan: RecordId) -> tuple[Body, KeptBody]:
    """The window shows the plan; a run brings Bea's words; then what Amara typed is kept."""
    seen = laptop.desk.open(plan).body
    laptop.colleague(plan, says(CONTINGENCY, THEIRS))
    laptop.colleague(plan, says("network.parents", "They agree."))
    laptop.run()
    return seen, laptop.desk.keep(plan, _typed(laptop, seen, (CONTINGENCY, MINE)), seen)


def test_what_is_typed_stays_and_the_rest_that_came_is_shown(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    _, kept = _crosses(laptop, plan)
    assert _value(kept.stands, CONTINGENCY) == MINE
    assert _value(kept.stands, FieldPath("network.parents")) == "They agree."
    assert laptop.desk.open(plan).body == kept.stands


def test_both_texts_are_a_question_at_the_office(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    seen, _ = _crosses(laptop, plan)
    laptop.desk.send(plan)
    report = laptop.run()
    assert (report.outcome, report.conflicts) == ("complete", 1)
    assert _value(laptop.at_office(plan), CONTINGENCY) == THEIRS
    assert _asked(laptop, plan) == {CONTINGENCY: (_value(seen, CONTINGENCY), MINE, THEIRS)}
    (shown,) = laptop.desk.open(plan).conflicts
    assert (shown.mine, shown.theirs) == (MINE, THEIRS)


def test_it_is_as_if_the_keep_had_come_before_the_run(laptop: LaptopStore) -> None:
    plan, other = laptop.plan(), laptop.plan("f-marrow")
    seen, _ = _crosses(laptop, plan)
    first = laptop.desk.open(other).body
    laptop.desk.keep(other, _typed(laptop, first, (CONTINGENCY, MINE)), first)
    laptop.colleague(other, says(CONTINGENCY, THEIRS))
    laptop.run()
    laptop.desk.send(plan)
    laptop.desk.send(other)
    laptop.run()
    assert _asked(laptop, plan) == {CONTINGENCY: (_value(seen, CONTINGENCY), MINE, THEIRS)}
    assert _asked(laptop, other) == {CONTINGENCY: (_value(first, CONTINGENCY), MINE, THEIRS)}


def test_it_outlives_the_night(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    _crosses(laptop, plan)
    laptop.reopen()
    laptop.desk.send(plan)
    laptop.run()
    assert _asked(laptop, plan)[CONTINGENCY][1:] == (MINE, THEIRS)


def test_it_comes_back_with_the_draft_when_the_database_lost_both(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    laptop.reopen()
    before = (laptop.folder / header.DATABASE).read_bytes()
    seen, _ = _crosses(laptop, plan)
    laptop.store.lock()
    (laptop.folder / header.DATABASE).write_bytes(before)
    laptop.reopen()
    assert laptop.store.restored == 1
    assert _value(laptop.desk.open(plan).body, CONTINGENCY) == MINE
    laptop.desk.send(plan)
    laptop.run()
    assert _asked(laptop, plan) == {CONTINGENCY: (_value(seen, CONTINGENCY), MINE, THEIRS)}


def test_typing_on_in_the_same_answer_asks_once_with_the_last_words(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    seen, kept = _crosses(laptop, plan)
    more = _typed(laptop, kept.stands, (CONTINGENCY, f"{MINE} Then Hannah."))
    laptop.desk.keep(plan, more, kept.stands)
    laptop.desk.send(plan)
    laptop.run()
    assert _asked(laptop, plan) == {CONTINGENCY: (_value(seen, CONTINGENCY), f"{MINE} Then Hannah.", THEIRS)}


def test_a_second_keep_from_a_page_that_has_not_caught_up_takes_nothing_back(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    seen, _ = _crosses(laptop, plan)
    sent = _typed(laptop, seen, (CONTINGENCY, MINE))
    kept = laptop.desk.keep(plan, _typed(laptop, sent, (GOAL, "To be home.")), sent)
    assert _value(kept.stands, FieldPath("network.parents")) == "They agree."
    laptop.desk.send(plan)
    laptop.run()
    assert _value(laptop.at_office(plan), GOAL) == "To be home."
    assert _value(laptop.at_office(plan), FieldPath("network.parents")) == "They agree."
    assert set(_asked(laptop, plan)) == {CONTINGENCY}


def test_words_that_came_and_were_then_changed_in_full_view_are_an_edit(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    _, kept = _crosses(laptop, plan)
    parents = FieldPath("network.parents")
    laptop.desk.keep(plan, _typed(laptop, kept.stands, (parents, "They agree, both.")), kept.stands)
    laptop.desk.send(plan)
    laptop.run()
    assert _value(laptop.at_office(plan), parents) == "They agree, both."
    assert set(_asked(laptop, plan)) == {CONTINGENCY}


def test_words_put_back_as_they_were_give_way_to_the_colleagues(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    seen, kept = _crosses(laptop, plan)
    back = kept.stands.with_answer(CONTINGENCY, seen.answers.get(CONTINGENCY))
    laptop.desk.keep(plan, back, kept.stands)
    laptop.desk.send(plan)
    laptop.run()
    assert _asked(laptop, plan) == {}
    assert _value(laptop.desk.open(plan).body, CONTINGENCY) == THEIRS


def test_who_typed_the_very_same_is_asked_nothing(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    seen = laptop.desk.open(plan).body
    laptop.colleague(plan, says(CONTINGENCY, THEIRS))
    laptop.run()
    laptop.desk.keep(plan, _typed(laptop, seen, (CONTINGENCY, THEIRS)), seen)
    laptop.desk.send(plan)
    laptop.run()
    assert _asked(laptop, plan) == {}
    assert _value(laptop.at_office(plan), CONTINGENCY) == THEIRS


def test_narrative_meets_by_sentence(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    laptop.colleague(plan, says(ALONE, "One. Two. Three."))
    laptop.run()
    seen = laptop.desk.open(plan).body
    laptop.colleague(plan, says(ALONE, "Nought. One. Two. Three."))
    laptop.run()
    laptop.desk.keep(plan, _typed(laptop, seen, (ALONE, "One. Two. Three. Four.")), seen)
    laptop.desk.send(plan)
    laptop.run()
    assert _asked(laptop, plan) == {}
    assert _value(laptop.at_office(plan), ALONE) == "Nought. One. Two. Three. Four."


def test_answers_that_mean_something_only_together_are_not_mixed(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    seen = laptop.desk.open(plan).body
    laptop.colleague(plan, says(RATIONALE, "Safer since Friday."))
    laptop.run()
    worse = seen.with_answer(RATING, laptop.said({"code": "red", "display": "Red"}))
    laptop.desk.keep(plan, worse, seen)
    laptop.desk.send(plan)
    laptop.run()
    assert RATING in _asked(laptop, plan)
    assert _value(laptop.at_office(plan), RATING) == _value(seen, RATING)


def test_a_row_taken_away_under_the_worker_is_a_question(laptop: LaptopStore) -> None:
    plan = laptop.plan("f-marrow")
    seen = laptop.desk.open(plan).body
    row = seen.rows_of(paths.ROOT, LinkId("outcomes"))[0]
    laptop.colleague(plan, lambda body: body.without_row(row))
    laptop.run()
    how = paths.child(row, LinkId("outcome.how"))
    kept = laptop.desk.keep(plan, _typed(laptop, seen, (how, "He rings Bea himself.")), seen)
    assert _value(kept.stands, paths.child(row, LinkId("outcome.what"))) == _value(
        seen, paths.child(row, LinkId("outcome.what"))
    )
    laptop.desk.send(plan)
    laptop.run()
    assert set(_asked(laptop, plan)) == {row}
    assert _asked(laptop, plan)[row][2] is None


# -- with work of one's own under way ------------------------------------------------------------------------


def _under_way(laptop: LaptopStore, plan: RecordId) -> Body:
    """Amara's own draft stands released; the window shows it. Return what it shows."""
    before = laptop.desk.open(plan).body
    shown = laptop.desk.keep(plan, _typed(laptop, before, (GOAL, "To be home, all of us.")), before).stands
    laptop.desk.send(plan)
    return shown


def test_a_rebase_between_two_keeps_loses_neither_text(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    shown = _under_way(laptop, plan)
    laptop.colleague(plan, says(CONTINGENCY, THEIRS))
    going = laptop.run_until("rebase")  # stale at the office: merged, the next op stands sealed
    laptop.desk.keep(plan, _typed(laptop, shown, (CONTINGENCY, MINE)), shown)
    laptop.end(going)
    assert _asked(laptop, plan) == {}
    laptop.desk.send(plan)
    laptop.run()
    assert _value(laptop.at_office(plan), GOAL) == "To be home, all of us."
    assert _value(laptop.at_office(plan), CONTINGENCY) == THEIRS
    assert _asked(laptop, plan)[CONTINGENCY][1:] == (MINE, THEIRS)


def test_nor_when_the_op_in_flight_is_stale_once_more(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    shown = _under_way(laptop, plan)
    laptop.colleague(plan, says(CONTINGENCY, THEIRS))
    going = laptop.run_until("rebase")
    laptop.colleague(plan, says("network.parents", "They agree."))  # the sealed op will be stale too
    laptop.desk.keep(plan, _typed(laptop, shown, (CONTINGENCY, MINE)), shown)
    laptop.end(going)
    laptop.desk.send(plan)
    laptop.run()
    office = laptop.at_office(plan)
    assert _value(office, GOAL) == "To be home, all of us."
    assert _value(office, FieldPath("network.parents")) == "They agree."
    assert _asked(laptop, plan)[CONTINGENCY][1:] == (MINE, THEIRS)
    assert laptop.store.drafts.crossing(plan) is None


def test_ones_own_unsent_sentence_survives_a_merge_and_a_stale_op(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    laptop.colleague(plan, says(ALONE, "One. Two. Three."))
    laptop.run()
    before = laptop.desk.open(plan).body
    shown = laptop.desk.keep(plan, _typed(laptop, before, (ALONE, "Own. One. Two. Three.")), before).stands
    laptop.desk.send(plan)
    laptop.colleague(plan, says(ALONE, "One. Two. Three. Theirs."))
    going = laptop.run_until("rebase")
    laptop.colleague(plan, says(GOAL, "Another."))
    laptop.desk.keep(plan, _typed(laptop, shown, (ALONE, "Own. One. Two. More. Three.")), shown)
    laptop.end(going)
    laptop.desk.send(plan)
    laptop.run()
    assert _asked(laptop, plan) == {}
    assert _value(laptop.at_office(plan), ALONE) == "Own. One. Two. More. Three. Theirs."


def test_what_was_typed_while_a_run_accepted_and_fetched_is_asked_about(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    shown = _under_way(laptop, plan)
    going = laptop.run_until("acknowledge")
    laptop.colleague(plan, says(GOAL, "A home for Leo."))
    laptop.end(going)
    laptop.desk.keep(plan, _typed(laptop, shown, (GOAL, "To be home, soon.")), shown)
    laptop.desk.send(plan)
    laptop.run()
    assert _asked(laptop, plan) == {GOAL: ("To be home, all of us.", "To be home, soon.", "A home for Leo.")}


def test_a_refused_op_and_a_crossing_lose_nothing(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    shown = _under_way(laptop, plan)
    laptop.colleague(plan, says(CONTINGENCY, THEIRS))
    going = laptop.run_until("rebase")
    laptop.desk.keep(plan, _typed(laptop, shown, (CONTINGENCY, MINE)), shown)
    laptop.ics.sees[laptop.worker_id].clear()  # refused: not this worker's family any more
    laptop.end(going)
    assert laptop.store.outbox.parked()
    laptop.ics.door(laptop.worker_id, *(each.id for each in laptop.caseload.families))
    laptop.desk.send(plan)
    laptop.run()
    assert _value(laptop.at_office(plan), GOAL) == "To be home, all of us."
    assert _asked(laptop, plan)[CONTINGENCY][1:] == (MINE, THEIRS)


# -- signing -------------------------------------------------------------------------------------------------


@pytest.fixture
def signable(laptop: LaptopStore) -> RecordId:
    """The plan, with nothing missing."""
    return laptop.plan("f-marrow")


def test_a_signature_over_a_crossing_is_dropped_when_the_content_changes(
    laptop: LaptopStore, signable: RecordId
) -> None:
    _, kept = _crosses(laptop, signable)
    laptop.store.drafts.release(
        signable,
        by=laptop.worker_id,
        at=laptop.clock.now(),
        sign_off_hash=content_hash(content_of(kept.stands)),
    )
    laptop.run()
    assert laptop.head(signable).state is State.DRAFT
    assert laptop.desk.open(signable).sign_off_dropped
    assert set(_asked(laptop, signable)) == {CONTINGENCY}


def test_a_signature_stands_when_the_merge_changes_nothing(laptop: LaptopStore, signable: RecordId) -> None:
    seen = laptop.desk.open(signable).body
    laptop.colleague(signable, says("network.parents", "They agree."))
    laptop.run()
    kept = laptop.desk.keep(signable, _typed(laptop, seen, (CONTINGENCY, MINE)), seen)
    laptop.store.drafts.release(
        signable,
        by=laptop.worker_id,
        at=laptop.clock.now(),
        sign_off_hash=content_hash(content_of(kept.stands)),
    )
    laptop.run()
    assert laptop.head(signable).state is State.SIGNED_OFF
    assert _value(laptop.at_office(signable), CONTINGENCY) == MINE


def test_a_signature_that_a_conflict_undid_is_asked_for_again_until_it_is_given(
    laptop: LaptopStore, signable: RecordId
) -> None:
    seen = laptop.desk.open(signable).body
    laptop.desk.keep(signable, _typed(laptop, seen, (CONTINGENCY, MINE)), seen)
    laptop.colleague(signable, says(CONTINGENCY, THEIRS))
    laptop.sign(signable)
    laptop.run()

    def listed() -> list[str]:
        home = {row.record: row.sign_again for row in laptop.desk.home().work}
        drafts = {row.record: row.sign_again for row in laptop.desk.sending().drafts}
        return [name for name, rows in (("home", home), ("drafts", drafts)) if rows.get(signable)]

    (asked,) = laptop.desk.open(signable).conflicts
    assert listed() == ["home"], "it needs a decision first"
    laptop.desk.settle(asked.id, "both", None, "")
    laptop.run()
    assert laptop.head(signable).state is State.DRAFT
    assert laptop.desk.open(signable).sign_off_dropped
    assert listed() == ["home", "drafts"]
    assert signable not in [each.row.record for each in laptop.desk.sending().done_today]
    laptop.sign(signable)
    assert listed() == []
    laptop.run()
    assert laptop.head(signable).state is State.SIGNED_OFF
    assert listed() == []
    assert not laptop.desk.open(signable).sign_off_dropped


def test_half_a_letter_is_no_crossing(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    seen = laptop.desk.open(plan).body
    half = _typed(laptop, seen, (GOAL, "Well done \ud83d"))
    whole = _typed(laptop, seen, (GOAL, "Well done \U0001f600"))
    laptop.desk.keep(plan, half, seen)
    laptop.desk.keep(plan, whole, half)
    assert laptop.store.drafts.crossing(plan) is None
    assert _value(laptop.desk.open(plan).body, GOAL) == "Well done \U0001f600"
