"""Beginning, keeping, sending, signing and taking back: what is refused, and why."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.laptop_store import LaptopStore, says, visit_said
from workbook_desktop.domain.errors import (
    AlreadySignedOff,
    ChangedSinceRead,
    FormUnknown,
    NotReadyToSignOff,
    RecordUnknown,
)
from workbook_desktop.domain.ids import FamilyId, FieldPath, FormId, PersonId, RecordId
from workbook_desktop.domain.records import Body, FormRef, Row, State, content_hash, content_of
from workbook_desktop.forms.sheet import RemovedRow
from workbook_desktop.workspace.views import OpenRecord, Progress

TOLLAND = FamilyId("f-tolland")
GOAL = FieldPath("plan.goal")


def _start(laptop: LaptopStore) -> OpenRecord:
    return laptop.desk.start(laptop.visit_form(), TOLLAND)


def _whole(laptop: LaptopStore) -> RecordId:
    """A visit with nothing missing, kept."""
    opened = _start(laptop)
    laptop.desk.keep(
        opened.record, visit_said(laptop, date(2026, 11, 22), seen=True, alone="yes"), opened.body
    )
    return opened.record


def _hash(laptop: LaptopStore, record: RecordId) -> str:
    return content_hash(content_of(laptop.desk.open(record).body))


def test_a_record_begun_is_kept_at_once(laptop: LaptopStore) -> None:
    opened = _start(laptop)
    assert (opened.progress, opened.editable, opened.base, opened.state) == (
        Progress.DRAFT,
        True,
        None,
        State.DRAFT,
    )
    laptop.reopen()
    assert laptop.desk.open(opened.record) == opened


def test_it_is_about_all_the_children_or_those_chosen(laptop: LaptopStore) -> None:
    assert _start(laptop).subjects == ("p-maisie", "p-leo", "p-ivy")
    chosen = laptop.desk.start(laptop.visit_form(), TOLLAND, (PersonId("p-leo"),))
    assert chosen.subjects == ("p-leo",)


def test_nothing_begins_with_a_form_or_a_family_that_is_not_here(laptop: LaptopStore) -> None:
    with pytest.raises(FormUnknown):
        laptop.desk.start(FormRef(id=FormId("nothing"), version="1"), TOLLAND)
    with pytest.raises(RecordUnknown):
        laptop.desk.start(laptop.visit_form(), FamilyId("f-nobody"))
    with pytest.raises(RecordUnknown):
        laptop.desk.open(RecordId("nothing"))
    assert laptop.desk.counts().drafts == 0


def test_what_is_kept_opens_again(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    body = laptop.desk.open(plan).body
    typed = says("plan.goal", "To be home.")(body)
    kept = laptop.desk.keep(plan, typed, body)
    assert (kept.stands, kept.at) == (typed, laptop.clock.now())
    laptop.reopen()
    assert laptop.desk.open(plan).body == typed


def test_a_signed_record_is_read_and_never_written(laptop: LaptopStore) -> None:
    signed = next(
        each for each in laptop.caseload.records if each.state is State.SIGNED_OFF and each.form is not None
    )
    opened = laptop.desk.open(signed.id)
    assert (opened.editable, opened.why_not) == (False, "already-signed-off")
    with pytest.raises(AlreadySignedOff):
        laptop.desk.keep(signed.id, Body(), opened.body)
    with pytest.raises(AlreadySignedOff):
        laptop.desk.send(signed.id)


def test_nothing_can_be_kept_in_a_record_that_is_not_here(laptop: LaptopStore) -> None:
    with pytest.raises((RecordUnknown, FormUnknown)):
        laptop.desk.keep(RecordId("nothing"), Body(), Body())


def test_what_is_missing_is_counted_when_signing_is_refused(laptop: LaptopStore) -> None:
    opened = _start(laptop)
    with pytest.raises(NotReadyToSignOff) as refused:
        laptop.desk.sign_off(opened.record, _hash(laptop, opened.record))
    assert refused.value.facts["conflicts"] == 0
    assert int(refused.value.facts["missing"]) > 0
    assert laptop.desk.open(opened.record).progress is Progress.DRAFT


def test_nor_is_anything_signed_over_an_open_conflict(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    laptop.conflict(plan, "safety.contingency")
    with pytest.raises(NotReadyToSignOff) as refused:
        laptop.desk.sign_off(plan, _hash(laptop, plan))
    assert refused.value.facts["conflicts"] == 1


def test_only_what_was_shown_is_signed(laptop: LaptopStore) -> None:
    record = _whole(laptop)
    shown = _hash(laptop, record)
    body = laptop.desk.open(record).body
    laptop.desk.keep(record, says("progress.family", "One more thing.")(body), body)
    with pytest.raises(ChangedSinceRead):
        laptop.desk.sign_off(record, shown)
    laptop.desk.sign_off(record, _hash(laptop, record))
    laptop.run()
    assert laptop.head(record).state is State.SIGNED_OFF
    assert laptop.head(record).signed_by == laptop.worker_id


def test_what_a_colleague_wrote_can_be_signed_without_typing(laptop: LaptopStore) -> None:
    plan = laptop.plan("f-marrow")
    laptop.desk.sign_off(plan, _hash(laptop, plan))
    laptop.run()
    assert laptop.head(plan).state is State.SIGNED_OFF


def test_a_release_can_be_held_back_until_it_is_sealed(laptop: LaptopStore) -> None:
    record = _whole(laptop)
    laptop.desk.send(record)
    assert laptop.desk.open(record).progress is Progress.READY
    assert laptop.desk.hold_back(record)
    assert laptop.desk.open(record).progress is Progress.DRAFT
    laptop.run()
    assert laptop.ics.head(record) is None
    laptop.desk.send(record)
    going = laptop.run_until("sealed")
    assert not laptop.desk.hold_back(record)
    laptop.end(going)
    assert laptop.head(record).version == 1


def test_only_a_draft_in_which_nothing_is_answered_is_thrown_away(laptop: LaptopStore) -> None:
    empty, typed, plan = _start(laptop).record, _whole(laptop), laptop.plan()
    assert laptop.desk.discard(empty)
    with pytest.raises(RecordUnknown):
        laptop.desk.open(empty)
    assert not laptop.desk.discard(typed)
    assert not laptop.desk.discard(plan)
    assert laptop.desk.open(typed).body.answers
    one = _start(laptop)
    laptop.desk.keep(
        one.record, one.body.with_answer(FieldPath("progress.family"), laptop.said("A start.")), one.body
    )
    assert not laptop.desk.discard(one.record)


def test_typing_into_what_was_released_takes_the_release_back(laptop: LaptopStore) -> None:
    record = _whole(laptop)
    laptop.sign(record)
    body = laptop.desk.open(record).body
    laptop.desk.keep(record, says("progress.family", "Wait.")(body), body)
    laptop.run()
    assert laptop.ics.head(record) is None
    assert laptop.desk.open(record).progress is Progress.DRAFT


def test_a_row_that_was_taken_away_outlives_the_night_and_not_the_sending(laptop: LaptopStore) -> None:
    opened = laptop.desk.start(laptop.visit_form(), TOLLAND)
    row = FieldPath("next#r1")
    removed = RemovedRow(
        path=row,
        rows=((row, Row(ord="a0")),),
        answers=((FieldPath(f"{row}/what"), laptop.said("Ring the school.")),),
    )
    laptop.desk.keep_removed(opened.record, (removed,))
    laptop.reopen()
    assert laptop.desk.open(opened.record).removed == (removed,)
    assert not laptop.desk.discard(opened.record), "its words are a child's record, too"
    laptop.desk.keep(
        opened.record, visit_said(laptop, date(2026, 11, 22), seen=True, alone="yes"), opened.body
    )
    laptop.desk.send(opened.record)
    assert laptop.desk.open(opened.record).removed == ()
