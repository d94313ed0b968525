"""While the store keeps what came before, the next answer is asked for and read; neither waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from sync.engine import Engine, StoreCall, Together
from sync.protocol import FeedReply, Limits, OpMessage, PushReply, canonical, decode, record_json
from sync.sealing import Sealer
from tests.support.chance import CountingIds, StillClock
from tests.support.ics import Door, MemoryIcs
from tests.support.sync_store import A_FORM, MemorySyncStore
from tests.support.sync_store_contract import TOLLAND, VISIT, a_head, saying
from workbook_desktop.domain.changes import Unsent
from workbook_desktop.domain.errors import ReplyRefused
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.records import StoredContent, content_of

RECORDS = [RecordId(f"{VISIT}-{number}") for number in range(3)]


class _Second(Door):
    """Its second answer, of either kind, says another hash than its words have."""

    answers = 0

    def feed(self, cursor: str | None, limit: int, besides: Sequence[tuple[int, int]] = ()) -> FeedReply:
        reply = super().feed(cursor, limit, besides)
        self.answers += 1
        if self.answers < 2:
            return reply
        bent = replace(a_head(RECORDS[1], 1, saying(place="home")), hash="0" * 64)
        item, *others = reply.items
        return msgspec.structs.replace(
            reply, items=[msgspec.structs.replace(item, body=msgspec.Raw(record_json(bent))), *others]
        )

    def push(self, ops: Sequence[bytes], *, brief: bool = False) -> PushReply:
        reply = super().push(ops, brief=brief)
        self.answers += 1
        if self.answers < 2:
            return reply
        return msgspec.structs.replace(
            reply, results=[msgspec.structs.replace(each, op_id="another") for each in reply.results]
        )


def _read_beside_the_store(store: MemorySyncStore, ics: MemoryIcs, what: str) -> list[Exception | None]:
    """Run until the end; return how each question went that was asked beside a call for the store."""
    door = _Second(ics, "amara-quill")
    ics.door("amara-quill", TOLLAND)
    going = Engine(clock=ics.clock, new_id=CountingIds("amara"), page_items=1).run()
    answer, beside = None, list[Exception | None]()
    while True:
        try:
            call = going.send(answer)
        except StopIteration:
            return beside
        if not isinstance(call, Together):
            answer = call.on(store) if isinstance(call, StoreCall) else call.on(door)
            continue
        assert call.ics.what == what
        stored, asked, error = call.store.on(store), None, None
        try:
            asked = call.ics.on(door)
        except Exception as raised:
            error = raised
        beside.append(error)
        answer = stored, error or asked


def test_a_page_is_read_to_its_last_hash_while_the_one_before_is_kept() -> None:
    ics = MemoryIcs(StillClock())
    for record in RECORDS:
        ics.put(a_head(record, 1, saying(place="home")))
    store = MemorySyncStore(ics.clock)
    (error,) = _read_beside_the_store(store, ics, "feed")
    assert isinstance(error, ReplyRefused)
    assert error.facts["reason"] == "hash"
    assert store.body(RECORDS[0]) == saying(place="home")
    assert store.body(RECORDS[1]) is None


def test_what_became_of_a_push_is_read_while_the_one_before_is_kept() -> None:
    ics = MemoryIcs(StillClock(), Limits(ops=1))
    store = MemorySyncStore(ics.clock)
    for record in RECORDS:
        store.write(record, saying(place="home"), family=TOLLAND)
    _, error, *_ = _read_beside_the_store(store, ics, "push")
    assert isinstance(error, ReplyRefused)
    assert error.facts["reason"] == "results"


def test_a_new_record_is_sealed_without_being_read() -> None:
    text = canonical(content_of(saying(place="home", note="a word")))

    def never(json: bytes) -> Any:
        raise AssertionError("it was read, as every record of a push would be")

    clock = StillClock()
    work = Unsent(
        record=VISIT,
        type="form",
        family=TOLLAND,
        form=A_FORM,
        chapter="",
        subjects=(),
        base=None,
        head=None,
        content=StoredContent(text, never),
        edited_from=clock.now(),
        edited_to=clock.now(),
        sign_off_hash=None,
    )
    (op,) = Sealer(clock, CountingIds("amara")).seal(work).ops
    assert decode(op.bytes_, OpMessage).set["note"]["v"] == "a word"
