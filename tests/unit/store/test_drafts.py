"""Typing, sending, taking it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.stored import (
    NOON,
    WORKER,
    a_body,
    a_gist,
    a_head,
    a_page,
    an_op,
    begin,
    head_with,
    keep,
    search,
)
from workbook_desktop.domain.changes import Crossing, Rebased, Settlement
from workbook_desktop.domain.errors import AlreadySignedOff, ChangedSinceRead, RecordUnknown
from workbook_desktop.domain.ids import ConflictId, FieldPath, RecordId
from workbook_desktop.domain.records import Answer, Body, Row, State, content_hash, content_of
from workbook_desktop.store.records import Here
from workbook_desktop.store.store import Store

R1 = RecordId("r1")
LATER = NOON + timedelta(minutes=5)


def test_what_was_typed_last_is_what_is_shown(store: Store) -> None:
    begin(store, note="first")
    keep(store, R1, LATER, note="last")
    held = store.records.held(R1)
    assert (held.shown, held.edited_from, held.edited_to) == (a_body(note="last"), NOON, LATER)
    assert (held.row.here, held.row.changed_by, held.row.changed_at) == (Here.DRAFT, WORKER, LATER)


def test_begun_twice_it_is_one_record(store: Store) -> None:
    begin(store, note="once")
    begin(store, note="again")
    assert [row.id for row in store.records.work_list()] == ["r1"]


def test_typing_into_an_unknown_record_is_refused(store: Store) -> None:
    with pytest.raises(RecordUnknown):
        keep(store, RecordId("nowhere"), note="x")


def test_a_signed_record_takes_no_typing_but_text_already_begun_is_kept_on(store: Store) -> None:
    port = store.sync_port()
    port.apply_page(a_page(a_head(note="signed", state=State.SIGNED_OFF)))
    with pytest.raises(AlreadySignedOff):
        keep(store, R1, note="no")
    port.apply_page(a_page(a_head("r2", note="open")))
    keep(store, RecordId("r2"), note="mine")
    port.apply_page(a_page(a_head("r2", 2, note="open", state=State.SIGNED_OFF)))
    keep(store, RecordId("r2"), note="mine, still")
    assert store.records.held(RecordId("r2")).shown == a_body(note="mine, still")
    with pytest.raises(AlreadySignedOff):
        store.drafts.release(RecordId("r2"), by=WORKER, at=NOON)


def test_what_typing_crossed_with_waits_beside_the_draft_until_a_run_has_merged_it(store: Store) -> None:
    port = store.sync_port()
    port.apply_page(a_page(a_head(note="one")))
    seen = store.drafts.stands(R1)
    port.apply_page(a_page(a_head(version=2, note="two")))
    crossing = Crossing(seen=seen, stood=store.drafts.stands(R1))
    store.drafts.keep(R1, a_body(note="one, and mine"), a_gist(), WORKER, NOON, crossed=crossing)
    keep(store, R1, note="one, and mine, and more")
    assert store.drafts.crossing(R1) == crossing
    store.drafts.release(R1, by=WORKER, at=NOON)
    (work,) = port.unsent(10)
    assert work.crossed == crossing
    port.rebase(
        Rebased(
            record=R1,
            replaces=(),
            head=a_head(version=2, note="two"),
            local=a_body(note="merged"),
            clashes=(),
            combined=(),
        )
    )
    assert store.drafts.crossing(R1) is None


def test_what_a_thrown_away_draft_crossed_with_is_forgotten(store: Store) -> None:
    store.sync_port().apply_page(a_page(a_head(note="one")))
    crossing = Crossing(seen=a_body(), stood=a_body(note="one"))
    store.drafts.keep(R1, a_body(note="mine"), a_gist(), WORKER, NOON, crossed=crossing)
    store.drafts.discard(R1)
    assert store.drafts.crossing(R1) is None


def test_release_needs_the_words_that_were_signed(store: Store) -> None:
    begin(store, note="signed words")
    with pytest.raises(ChangedSinceRead):
        store.drafts.release(R1, by=WORKER, at=NOON, sign_off_hash="0" * 64)
    asked = content_hash(content_of(a_body(note="signed words")))
    store.drafts.release(R1, by=WORKER, at=NOON, sign_off_hash=asked)
    assert store.records.held(R1).row.signing


def test_typing_withdraws_a_release_and_the_same_words_again_do_not(store: Store) -> None:
    begin(store, note="words")
    settles = (Settlement(conflict=ConflictId("k"), choice="mine"),)
    store.drafts.release(R1, by=WORKER, at=NOON, settles=settles)
    keep(store, R1, LATER, note="words")
    assert store.records.held(R1).row.here is Here.WAITING
    keep(store, R1, LATER, note="other words")
    held = store.records.held(R1)
    assert (held.row.here, held.released_at, held.settles) == (Here.DRAFT, None, ())


def test_a_release_can_be_held_back_until_it_is_sealed(store: Store) -> None:
    begin(store, note="words")
    store.drafts.release(R1, by=WORKER, at=NOON)
    assert store.drafts.hold_back(R1)
    assert not store.drafts.hold_back(R1)
    assert store.records.held(R1).row.here is Here.DRAFT
    store.drafts.release(R1, by=WORKER, at=NOON)
    store.sync_port().seal([an_op(store, R1)])
    assert not store.drafts.hold_back(R1)
    assert not store.drafts.discard(R1)


def test_signing_what_a_colleague_wrote_needs_no_typing_and_can_be_held_back(store: Store) -> None:
    head = a_head(note="theirs")
    store.sync_port().apply_page(a_page(head))
    store.drafts.release(R1, by=WORKER, at=NOON, sign_off_hash=head.hash)
    (work,) = store.sync_port().unsent(10)
    assert (work.local, work.sign_off_hash) == (a_body(note="theirs"), head.hash)
    assert store.drafts.hold_back(R1)
    assert store.records.held(R1).row.here is Here.IN_STEP


def test_thrown_away_a_new_draft_is_gone_and_an_edit_shows_the_head(store: Store) -> None:
    begin(store, note="canary")
    assert store.drafts.discard(R1)
    assert store.records.row(R1) is None
    assert search(store, "canary") == []
    store.sync_port().apply_page(a_page(a_head("r2", note="theirs")))
    keep(store, RecordId("r2"), note="mine")
    assert store.drafts.discard(RecordId("r2"))
    assert store.records.held(RecordId("r2")).shown == a_body(note="theirs")


def test_half_a_letter_is_kept_as_a_mark_rather_than_lost_with_all_the_rest(store: Store) -> None:
    begin(store, note="before \ud83d after")
    assert "before" in str(store.records.held(R1).shown.answers[FieldPath("note")].value)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ANSWERS = st.builds(
    Answer, value=st.one_of(TEXTS, st.booleans(), st.integers(-(2**53), 2**53), st.lists(TEXTS, max_size=3))
)
BODIES = st.builds(
    lambda answers, rows: Body(
        answers={
            **{FieldPath(name): answer for name, answer in answers.items()},
            **{FieldPath(f"rows/{row}/note"): answer for row, answer in rows.items()},
        },
        rows={FieldPath(f"rows/{row}"): Row(ord="1") for row in rows},
    ),
    st.dictionaries(st.sampled_from(["a", "b~1c", "d"]), ANSWERS, max_size=3),
    st.dictionaries(st.sampled_from(["x", "y"]), ANSWERS, max_size=2),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(BODIES, min_size=1, max_size=4))
def test_any_body_is_read_back_as_it_was_typed(store: Store, bodies: list[Body]) -> None:
    begin(store, note="x")
    for body in bodies:
        store.drafts.keep(R1, body, a_gist(), WORKER, NOON)
        assert store.records.held(R1).local == body


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES, number=st.integers(1, 5))
def test_any_head_is_read_back_as_it_came(store: Store, body: Body, number: int) -> None:
    head = head_with(f"h{number}-{content_hash(content_of(body))}", number, content_of(body))
    store.sync_port().apply_page(a_page(head))
    assert store.records.held(head.id).head == head


def test_releasing_what_says_no_more_than_the_head_releases_nothing(store: Store) -> None:
    store.sync_port().apply_page(a_page(a_head(note="as it is")))
    keep(store, R1, note="changed")
    keep(store, R1, note="as it is")
    store.drafts.release(R1, by=WORKER, at=NOON)
    assert list(store.sync_port().unsent(10)) == []
    assert store.records.held(R1).row.here is Here.IN_STEP
