"""The sync centre's other lists: files, what has to leave, what was not accepted and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.support.laptop_store import LaptopStore, visit_said
from workbook_desktop.domain.changes import Conflict, ConflictKind, FeedItem, FeedPage, Parked
from workbook_desktop.domain.errors import NotPermitted
from workbook_desktop.domain.holdings import Leaving
from workbook_desktop.domain.ids import ConflictId, FamilyId, FieldPath, RecordId, WorkerId
from workbook_desktop.domain.records import Answer
from workbook_desktop.workspace.views import Progress

TOLLAND = FamilyId("f-tolland")
DEADLINE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def _visit(laptop: LaptopStore) -> RecordId:
    opened = laptop.desk.start(laptop.visit_form(), TOLLAND)
    said = visit_said(laptop, date(2026, 11, 22), seen=True, alone="yes")
    laptop.desk.keep(opened.record, said, opened.body)
    return opened.record


def _park(laptop: LaptopStore, record: RecordId, code: str) -> None:
    laptop.run_until("sealed")
    port = laptop.store.sync_port()
    for op in port.sealed(10):
        if op.record == record:
            port.park(Parked(op=op.op, record=record, code=code))
            return
    raise AssertionError("nothing sealed")


def _with_a_file(laptop: LaptopStore, record: RecordId, data: bytes) -> str:
    """Choose a file for a record, as the form does: the bytes first, then the answer that names them."""
    hash_ = laptop.desk.put_file(record, TOLLAND, data)
    before = laptop.desk.open(record).body
    value = {"title": "drawing.png", "contentType": "image/png", "size": len(data), "hash": hash_}
    laptop.desk.keep(record, before.with_answer(FieldPath("visit.drawing"), Answer(value=value)), before)
    return hash_


def test_a_file_that_waits_is_counted_and_listed_with_its_record(laptop: LaptopStore) -> None:
    record = _visit(laptop)
    hash_ = _with_a_file(laptop, record, b"canary " * 1000)
    assert laptop.desk.get_file(TOLLAND, hash_) == b"canary " * 1000
    (file,) = laptop.desk.sending().files
    assert (file.record, file.size, file.refused, file.family_name) == (record, 7000, False, "Tolland")
    assert file.held_back
    assert laptop.desk.counts().files == 0, "it waits with its draft"
    laptop.desk.send(record)
    laptop.run_until("sealed")
    (file,) = laptop.desk.sending().files
    assert not file.held_back
    assert laptop.desk.counts().files == 1
    laptop.store.attached.refused(TOLLAND, hash_)
    assert laptop.desk.sending().files == (replace(file, refused=True),)


def test_a_file_that_was_taken_out_again_is_handed_to_nobody(laptop: LaptopStore) -> None:
    record = _visit(laptop)
    _with_a_file(laptop, record, b"canary " * 1000)
    before = laptop.desk.open(record).body
    laptop.desk.keep(record, before.with_answer(FieldPath("visit.drawing"), None), before)
    laptop.desk.send(record)
    laptop.run_until("sealed")
    assert laptop.desk.sending().files == ()
    assert laptop.store.attached.to_send(10) == []


def test_no_file_is_put_into_a_family_that_has_to_leave(laptop: LaptopStore) -> None:
    record = _visit(laptop)
    leaving = Leaving(job="j1", kind="scope", family=TOLLAND, reason="involvement-ended", deadline=DEADLINE)
    laptop.store.sync_port().purges.begin([leaving])
    with pytest.raises(NotPermitted):
        laptop.desk.put_file(record, TOLLAND, b"too late")
    assert laptop.store.attached.on_their_way() == []


def test_what_was_not_accepted_says_why_and_goes_again_as_it_stands(laptop: LaptopStore) -> None:
    record = _visit(laptop)
    laptop.desk.send(record)
    _park(laptop, record, "payload-too-large")
    (line,) = laptop.desk.sending().not_accepted
    assert (line.row.record, line.why) == (record, "payload-too-large")
    laptop.desk.try_again(record)
    assert laptop.desk.sending().not_accepted == ()
    (waiting,) = laptop.desk.sending().waiting
    assert waiting.row.progress is Progress.READY


def test_what_was_not_accepted_is_listed_although_it_waits_for_a_decision_too(laptop: LaptopStore) -> None:
    record = _visit(laptop)
    laptop.desk.send(record)
    _park(laptop, record, "content-mismatch")
    port = laptop.store.sync_port()
    conflict = Conflict(
        id=ConflictId("c-1"),
        record=record,
        family=TOLLAND,
        path=FieldPath("visit.place"),
        kind=ConflictKind.ANSWER,
        base=None,
        mine=Answer(value="home"),
        theirs=Answer(value="school"),
        mine_by=WorkerId("w-amara-quill"),
        mine_at=DEADLINE,
        theirs_by=None,
        theirs_at=None,
        theirs_version=1,
        severe=False,
        state="open",
    )
    port.apply_page(
        FeedPage(
            items=(FeedItem(seq=9_000, kind="conflict", family=TOLLAND, conflict=conflict),),
            cursor="c9",
            epoch="e",
            more=False,
        )
    )
    sending = laptop.desk.sending()
    assert [line.row.record for line in sending.not_accepted] == [record]
    assert laptop.desk.counts().not_accepted == 1


def test_a_signature_goes_again_if_every_word_stands_that_was_signed(laptop: LaptopStore) -> None:
    record = _visit(laptop)
    laptop.sign(record)
    signed = laptop.store.records.held(record).sign_off_hash
    assert signed
    _park(laptop, record, "scope-forbidden")
    laptop.desk.try_again(record)
    assert laptop.store.records.held(record).sign_off_hash == signed


def test_a_record_can_be_taken_elsewhere_as_text(laptop: LaptopStore) -> None:
    record = _visit(laptop)
    words = laptop.desk.words_of(record)
    assert words.splitlines()[0].endswith("Tolland family")
    assert "22 November 2026" in words
    assert "?:" not in words  # a question has its own sign at its end


def test_a_family_that_has_to_leave_says_why_until_when_and_what_is_handed_in(laptop: LaptopStore) -> None:
    laptop.desk.send(_visit(laptop))
    leaving = Leaving(job="j1", kind="scope", family=TOLLAND, reason="involvement-ended", deadline=DEADLINE)
    laptop.store.sync_port().purges.begin([leaving])
    (row,) = laptop.desk.sending().leaving
    assert (row.family_name, row.title, row.kind) == ("Tolland", "", "scope")
    assert (row.reason, row.until, row.to_seal) == ("involvement-ended", DEADLINE, True)
    assert laptop.desk.counts().leaving == 1


def test_before_the_first_complete_run_it_is_said_how_much_is_here(laptop: LaptopStore) -> None:
    assert laptop.desk.counts().here is None
    laptop.store._db.execute("DELETE FROM sync_run")
    here = laptop.desk.counts().here
    assert here
