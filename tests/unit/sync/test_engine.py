"""What a run does, call by call, with the shipping engine against a small honest ICS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from sync.engine import Engine
from sync.ports import PushMalformed
from sync.protocol import FeedItemMessage, FeedReply, Limits, PushReply, record_json, record_message
from tests.support.chance import CountingIds, StillClock
from tests.support.driver import Going, run
from tests.support.faults import Fault, FaultyIcs
from tests.support.ics import Door, MemoryIcs
from tests.support.sync_store import A_FORM, MemorySyncStore
from tests.support.sync_store_contract import NOTE, TOLLAND, VISIT, a_head, saying
from workbook_desktop.domain.changes import FeedState, RunReport, Settlement
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, RecordId
from workbook_desktop.domain.records import Answer, Body, Head, State, body_of
from workbook_desktop.forms.definition import Form, Item, Kind

PASK = FamilyId("family-pask")
FORM = Form(
    id=A_FORM.id,
    version="1",
    title="Visit",
    items=(Item(link_id=LinkId("note"), kind=Kind.TEXT, text="Note"),),
)


class Laptop:
    def __init__(self, ics: MemoryIcs, worker: str) -> None:
        self.door = ics.door(worker, TOLLAND)
        self.line = FaultyIcs(self.door)
        self.store = MemorySyncStore(ics.clock)
        self.store.kept.forms[A_FORM] = FORM
        self.engine = Engine(clock=ics.clock, new_id=CountingIds(worker[:8]))

    def write(self, body: Body, record: RecordId = VISIT, **how: Any) -> None:
        self.store.write(record, body, family=TOLLAND, **how)

    def run(self, *faults: Fault) -> RunReport:
        self.line.faults.extend(faults)
        report = run(self.engine, self.store, self.line)
        self.line.faults.clear()
        return report

    def says(self, record: RecordId = VISIT) -> Body | None:
        return self.store.body(record)


@pytest.fixture
def ics() -> MemoryIcs:
    return MemoryIcs(StillClock())


@pytest.fixture
def amara(ics: MemoryIcs) -> Laptop:
    return Laptop(ics, "amara-quill")


@pytest.fixture
def bea(ics: MemoryIcs) -> Laptop:
    return Laptop(ics, "bea-linnet")


def _head(ics: MemoryIcs, record: RecordId = VISIT) -> Head:
    head = ics.head(record)
    assert head is not None
    return head


def _both_have(amara: Laptop, bea: Laptop, body: Body) -> None:
    amara.write(body)
    assert amara.run().outcome == "complete"
    assert bea.run().outcome == "complete"
    assert bea.says() == body


def test_what_one_worker_wrote_the_other_reads(amara: Laptop, bea: Laptop) -> None:
    amara.write(saying(place="home"))
    sent = amara.run()
    assert (sent.outcome, sent.sent, sent.complete_pull) == ("complete", 1, True)
    got = bea.run()
    assert (got.outcome, got.received, got.changed) == ("complete", 1, (VISIT,))
    assert bea.says() == saying(place="home")


def test_work_leaves_before_anything_is_fetched(amara: Laptop) -> None:
    amara.write(saying(place="home"))
    amara.run()
    assert amara.door.calls == ["capabilities", "scopes", "push", "feed"]


def test_nothing_to_do_is_no_push(amara: Laptop) -> None:
    amara.run()
    assert amara.door.calls == ["capabilities", "scopes", "feed"]


def test_changes_to_different_answers_stand_together(ics: MemoryIcs, amara: Laptop, bea: Laptop) -> None:
    _both_have(amara, bea, saying(place="home", weather="wet"))
    amara.write(saying(place="school", weather="wet"))
    bea.write(saying(place="home", weather="dry"))
    amara.run()
    report = bea.run()
    assert (report.combined, report.conflicts) == (2, 0)
    assert body_of(_head(ics).content) == saying(place="school", weather="dry") == bea.says()


def test_both_texts_are_at_the_ics_before_anyone_has_chosen(
    ics: MemoryIcs, amara: Laptop, bea: Laptop
) -> None:
    _both_have(amara, bea, saying(place="home"))
    amara.write(saying(place="school"))
    bea.write(saying(place="clinic", weather="dry"))
    amara.run()
    report = bea.run()
    assert report.conflicts == 1
    assert body_of(_head(ics).content) == saying(place="school", weather="dry")
    (conflict,) = ics.conflicts.values()
    assert conflict.mine is not None
    assert conflict.theirs is not None
    assert (conflict.mine.value, conflict.theirs.value) == ("clinic", "school")
    assert (conflict.mine_by, conflict.theirs_by) == ("bea-linnet", "amara-quill")
    amara.run()
    assert amara.store.kept.conflicts == bea.store.kept.conflicts == ics.conflicts


def test_the_choice_is_one_more_op(ics: MemoryIcs, amara: Laptop, bea: Laptop) -> None:
    test_both_texts_are_at_the_ics_before_anyone_has_chosen(ics, amara, bea)
    (conflict,) = ics.conflicts.values()
    amara.write(
        saying(place="clinic", weather="dry"), settles=[Settlement(conflict=conflict.id, choice="mine")]
    )
    assert amara.run().outcome == "complete"
    bea.run()
    assert _head(ics).open_conflicts == ()
    assert ics.conflicts[conflict.id].state == bea.store.kept.conflicts[conflict.id].state == "resolved"
    assert bea.says() == saying(place="clinic", weather="dry")


def test_two_who_settle_differently_are_asked_again(ics: MemoryIcs, amara: Laptop, bea: Laptop) -> None:
    test_both_texts_are_at_the_ics_before_anyone_has_chosen(ics, amara, bea)
    (conflict,) = ics.conflicts.values()
    chosen = [Settlement(conflict=conflict.id, choice="new")]
    amara.write(saying(place="the park", weather="dry"), settles=chosen)
    bea.write(saying(place="the pool", weather="dry"), settles=chosen)
    amara.run()
    assert bea.run().outcome == "complete"
    assert body_of(_head(ics).content) == saying(place="the park", weather="dry")
    (again,) = [each for each in ics.conflicts.values() if each.state == "open"]
    assert again.mine is not None
    assert again.mine.value == "the pool"


def test_sentences_that_do_not_touch_are_put_together(ics: MemoryIcs, amara: Laptop, bea: Laptop) -> None:
    _both_have(amara, bea, saying(note="Maisie was well. Leo was shy. Ivy slept."))
    amara.write(saying(note="Maisie was quiet. Leo was shy. Ivy slept."))
    bea.write(saying(note="Maisie was well. Leo was shy. Ivy slept. Hannah was tired."))
    amara.run()
    bea.run()
    assert body_of(_head(ics).content) == saying(
        note="Maisie was quiet. Leo was shy. Ivy slept. Hannah was tired."
    )


def test_a_sign_off_follows_its_words(ics: MemoryIcs, amara: Laptop) -> None:
    amara.write(saying(place="home"), signing=True)
    report = amara.run()
    assert (report.outcome, report.sent) == ("complete", 2)
    assert _head(ics).state is State.SIGNED_OFF
    assert _head(ics).signed_by == "amara-quill"


def test_what_the_signer_did_not_see_is_not_signed(ics: MemoryIcs, amara: Laptop, bea: Laptop) -> None:
    _both_have(amara, bea, saying(place="home"))
    amara.write(saying(place="home", weather="dry"))
    bea.write(saying(place="school"), signing=True)
    amara.run()
    assert bea.run().outcome == "complete"
    assert _head(ics).state is State.DRAFT
    assert body_of(_head(ics).content) == saying(place="school", weather="dry")
    assert bea.store.kept.records[VISIT].sign_off_hash is None


def test_a_record_with_an_open_conflict_is_not_signed(ics: MemoryIcs, amara: Laptop, bea: Laptop) -> None:
    test_both_texts_are_at_the_ics_before_anyone_has_chosen(ics, amara, bea)
    body = amara.says()
    assert body is not None
    amara.write(body, signing=True)
    assert amara.run().outcome == "complete"
    assert _head(ics).state is State.DRAFT
    assert not amara.store.kept.ops


def _beside(ics: MemoryIcs, signed: RecordId = VISIT) -> Head:
    (found,) = (heads[-1] for heads in ics.history.values() if heads[-1].amends == signed)
    return found


def test_an_edit_that_comes_after_the_sign_off_becomes_a_record_beside_it(
    ics: MemoryIcs, amara: Laptop, bea: Laptop
) -> None:
    _both_have(amara, bea, saying(place="home", weather="dry"))
    amara.write(saying(place="home", weather="wet"), signing=True)
    bea.write(saying(place="school", weather="dry"))
    bea.write(saying(note="Seen."), NOTE)
    amara.run()
    report = bea.run()
    assert (report.outcome, report.parked, report.sent) == ("complete", 0, 2)
    assert body_of(_head(ics).content) == saying(place="home", weather="wet")
    assert bea.says() == saying(place="home", weather="wet")
    addition = _beside(ics)
    assert body_of(addition.content) == saying(place="school", weather="wet")
    assert (addition.state, addition.created_by) == (State.DRAFT, "bea-linnet")
    assert not bea.store.kept.ops
    amara.run()
    assert amara.says(addition.id) == saying(place="school", weather="wet")


def test_where_both_changed_an_answer_the_addition_has_the_late_one_and_the_signed_one_stays(
    ics: MemoryIcs, amara: Laptop, bea: Laptop
) -> None:
    _both_have(amara, bea, saying(place="home"))
    amara.write(saying(place="nursery"), signing=True)
    bea.write(saying(place="school"))
    amara.run()
    bea.run()
    assert body_of(_head(ics).content) == saying(place="nursery")
    assert body_of(_beside(ics).content) == saying(place="school")


def test_a_late_edit_that_says_what_was_signed_leaves_nothing(
    ics: MemoryIcs, amara: Laptop, bea: Laptop
) -> None:
    _both_have(amara, bea, saying(place="home"))
    amara.write(saying(place="school"), signing=True)
    bea.write(saying(place="school"), signing=True)
    amara.run()
    report = bea.run()
    assert (report.outcome, report.parked) == ("complete", 0)
    assert set(ics.history) == {VISIT}
    assert bea.says() == saying(place="school")
    assert not bea.store.kept.ops


@pytest.mark.parametrize("at", range(1, 12))
def test_a_laptop_that_dies_while_an_edit_is_set_beside_loses_and_doubles_nothing(at: int) -> None:
    ics = MemoryIcs(StillClock())
    amara, bea = Laptop(ics, "amara-quill"), Laptop(ics, "bea-linnet")
    _both_have(amara, bea, saying(place="home"))
    amara.write(saying(place="home"), signing=True)
    bea.write(saying(place="school"))
    amara.run()
    going = Going(bea.engine, bea.store, bea.line)
    for _ in range(at):
        if going.report is None:
            going.step()
    going.kill()
    bea.engine = Engine(clock=ics.clock, new_id=CountingIds("restarts"))
    assert bea.run().outcome == "complete"
    assert body_of(_beside(ics).content) == saying(place="school")
    assert not bea.store.kept.ops


def test_an_op_the_ics_cannot_read_at_all_holds_up_no_other_record(
    ics: MemoryIcs, amara: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    push = Door.push

    def reads(door: Door, ops: Sequence[bytes]) -> PushReply:
        if any(b"half a letter" in op for op in ops):
            raise PushMalformed
        return push(door, ops)

    monkeypatch.setattr(Door, "push", reads)
    records = [RecordId(f"visit-{number}") for number in range(5)]
    for number, record in enumerate(records):
        amara.write(saying(place="half a letter" if number == 2 else "home"), record)
    report = amara.run()
    assert (report.outcome, report.sent, report.parked) == ("complete", 4, 1)
    assert [(each.record, each.code) for each in amara.store.parked()] == [(records[2], "invalid-op")]
    assert set(ics.history) == set(records) - {records[2]}


def test_a_client_that_is_too_old_hands_in_its_work_and_reads_nothing(ics: MemoryIcs, amara: Laptop) -> None:
    amara.write(saying(place="home"))
    amara.door.is_too_old = True
    report = amara.run()
    assert (report.outcome, report.sent, report.received) == ("client-too-old", 1, 0)
    assert body_of(_head(ics).content) == saying(place="home")
    assert amara.store.kept.feed.cursor is None


@pytest.mark.parametrize("fault", [Fault.REQUEST_LOST, Fault.ANSWER_LOST, Fault.CUT, Fault.BUSY, Fault.HTML])
@pytest.mark.parametrize("at", range(4))
def test_a_fault_at_any_call_loses_nothing_and_doubles_nothing(
    ics: MemoryIcs, amara: Laptop, fault: Fault, at: int
) -> None:
    amara.write(saying(place="home"), signing=True)
    report = amara.run(*[Fault.NONE] * at, fault)
    assert report.outcome in ("ics-unreachable", "not-the-ics")
    assert amara.store.kept.runs == [report]
    assert amara.says() == saying(place="home")
    assert amara.run().outcome == "complete"
    assert len(ics.history[VISIT]) == 2
    assert _head(ics).state is State.SIGNED_OFF


def test_a_run_that_dies_anywhere_is_taken_up_again_with_the_same_bytes(ics: MemoryIcs) -> None:
    for at in range(1, 14):
        service = MemoryIcs(StillClock())
        laptop = Laptop(service, "amara-quill")
        laptop.write(saying(place="home"), signing=True)
        going = Going(laptop.engine, laptop.store, laptop.line)
        for _ in range(at):
            going.step()
        going.kill()
        sealed = [op.bytes_ for op in laptop.store.sealed(10)]
        laptop.engine = Engine(clock=service.clock, new_id=CountingIds("restarts"))
        assert laptop.run().outcome == "complete"
        assert len(service.history[VISIT]) == 2
        assert not sealed or len(service.accepted) == 2


def test_what_is_typed_while_the_op_is_out_is_merged_too(ics: MemoryIcs, amara: Laptop, bea: Laptop) -> None:
    _both_have(amara, bea, saying(place="home"))
    amara.write(saying(place="school"))
    amara.run()
    bea.write(saying(place="home", weather="dry"))
    going = Going(bea.engine, bea.store, bea.line)
    while going.last != "push":
        going.step()
    bea.write(saying(place="home", weather="dry", mood="tired"))
    while going.report is None:
        going.step()
    assert body_of(_head(ics).content) == saying(place="school", weather="dry", mood="tired")


def test_proposals_of_an_op_that_was_stale_come_along(ics: MemoryIcs, amara: Laptop, bea: Laptop) -> None:
    _both_have(amara, bea, saying(place="home"))
    amara.write(saying(place="school"))
    amara.run()
    bea.write(saying(place="clinic"))
    going = Going(bea.engine, bea.store, bea.line)
    while going.last != "rebase":
        going.step()
    amara.write(saying(place="school", weather="dry"))
    amara.run()  # and so the op with the proposal is stale as well
    while going.report is None:
        going.step()
    (conflict,) = ics.conflicts.values()
    assert conflict.mine is not None
    assert conflict.mine.value == "clinic"
    assert bea.says() == saying(place="school", weather="dry")


def test_more_than_one_push_can_hold_goes_in_several(ics: MemoryIcs, amara: Laptop) -> None:
    ics.limits = Limits(ops=3)
    for number in range(10):
        amara.write(saying(place=f"home {number}"), RecordId(f"visit-{number}"))
    assert amara.run().sent == 10
    assert amara.door.calls.count("push") == 4


@pytest.mark.parametrize("features", [[], ["brief", "besides"]])
def test_wherever_a_push_of_many_batches_is_cut_short_each_edit_is_there_once(features: list[str]) -> None:
    def laptop() -> tuple[MemoryIcs, Laptop]:
        ics = MemoryIcs(StillClock(), Limits(ops=3))
        ics.features = features
        amara = Laptop(ics, "amara-quill")
        for number in range(10):
            amara.write(saying(place=f"home {number}"), RecordId(f"visit-{number}"))
        return ics, amara

    for steps in range(1, 30):
        ics, amara = laptop()
        going = Going(amara.engine, amara.store, amara.line)
        for _ in range(steps):
            if going.report is None:
                going.step()
        going.kill()
        assert amara.run().outcome == "complete"
        assert [_head(ics, RecordId(f"visit-{number}")).version for number in range(10)] == [1] * 10
        assert not amara.store.sealed(1)
        assert not amara.store.unsent(1)


def test_a_batch_read_ahead_is_not_sent_where_a_merge_replaced_its_ops(
    ics: MemoryIcs, amara: Laptop, bea: Laptop
) -> None:
    _both_have(amara, bea, saying(place="home"))
    amara.write(saying(place="school"))
    amara.run()
    ics.limits = Limits(ops=1)
    bea.write(saying(place="home", weather="dry"), signing=True)  # two ops, one resting on the other
    report = bea.run()
    assert (report.outcome, report.parked) == ("complete", 0)
    assert body_of(_head(ics).content) == saying(place="school", weather="dry")


def test_what_was_just_sent_does_not_come_back(ics: MemoryIcs, amara: Laptop, bea: Laptop) -> None:
    ics.features = ["brief", "besides"]
    bea.write(saying(place="nursery"), NOTE)
    bea.run()
    for number in range(4):
        amara.write(saying(place=f"home {number}"), RecordId(f"visit-{number}"))
    report = amara.run()
    assert (report.outcome, report.sent, report.received) == ("complete", 4, 1)
    assert amara.says(NOTE) == saying(place="nursery")
    assert amara.run().received == 0  # nor with the next run


def test_what_a_colleague_changed_since_comes_although_it_was_sent_in_this_run(
    ics: MemoryIcs, amara: Laptop, bea: Laptop
) -> None:
    ics.features = ["brief", "besides"]
    bea.run()
    amara.write(saying(place="home"))
    going = Going(amara.engine, amara.store, amara.line)
    while going.last != "acknowledge":
        going.step()
    bea.run()
    bea.write(saying(place="home", weather="dry"))
    bea.run()
    while going.report is None:
        going.step()
    assert amara.says() == saying(place="home", weather="dry")


class _Narrow(Door):
    """Takes less than it says."""

    def push(self, ops: Sequence[bytes]) -> PushReply:
        from sync.ports import TooMuchAtOnce

        if len(ops) > 2 or any(b"too long for it" in op for op in ops):
            self.calls.append("push")
            raise TooMuchAtOnce
        return super().push(ops)


def test_a_batch_that_is_too_much_is_halved_and_a_single_op_set_aside(ics: MemoryIcs, amara: Laptop) -> None:
    for number in range(5):
        amara.write(saying(place="too long for it" if number == 2 else "home"), RecordId(f"visit-{number}"))
    amara.line = FaultyIcs(_Narrow(ics, amara.door.worker))
    report = amara.run()
    assert (report.sent, report.parked) == (4, 1)
    assert [each.code for each in amara.store.parked()] == ["payload-too-large"]


def test_an_expired_cursor_reads_from_the_start_and_keeps_the_outbox(
    ics: MemoryIcs, amara: Laptop, bea: Laptop
) -> None:
    _both_have(amara, bea, saying(place="home"))
    ics.put(replace(a_head(RecordId("old"), 1, saying(place="office")), family=PASK))
    ics.door("bea-linnet", PASK)
    bea.write(saying(place="school"))
    report = bea.run()
    assert report.outcome == "complete"
    assert bea.says(RecordId("old")) == saying(place="office")
    assert body_of(_head(ics).content) == saying(place="school")


def test_after_a_restore_of_the_ics_everything_stops_and_stays(ics: MemoryIcs, amara: Laptop) -> None:
    amara.run()
    ics.epoch = "epoch-2"
    amara.write(saying(place="home"))
    before = amara.store.feed_state()
    report = amara.run()
    assert report.outcome == "epoch-changed"
    assert amara.store.feed_state() == before
    assert amara.says() == saying(place="home")
    assert not ics.history


def test_another_contract_is_not_spoken(ics: MemoryIcs, amara: Laptop) -> None:
    ics.contracts = ["2.0"]
    assert amara.run().outcome == "contract-unsupported"


def test_a_session_that_ended_asks_for_sign_in(amara: Laptop) -> None:
    amara.door.signed_in = False
    amara.write(saying(place="home"))
    assert amara.run().outcome == "sign-in-needed"
    assert amara.says() == saying(place="home")


class _Lying(Door):
    """An ICS that answers what it must not."""

    bend_push: Callable[[PushReply], PushReply] = staticmethod(lambda reply: reply)
    bend_feed: Callable[[FeedReply], FeedReply] = staticmethod(lambda reply: reply)

    def push(self, ops: Sequence[bytes]) -> PushReply:
        return self.bend_push(super().push(ops))

    def feed(self, cursor: str | None, limit: int) -> FeedReply:
        return self.bend_feed(super().feed(cursor, limit))


def _with_item(head: Head, **envelope: Any) -> Callable[[FeedReply], FeedReply]:
    usual = {"seq": 900, "kind": "record", "id": head.id, "version": head.version, "scope_id": head.family}
    item = FeedItemMessage(**{**usual, **envelope}, body=msgspec.Raw(record_json(head)))
    return lambda reply: msgspec.structs.replace(reply, items=[*reply.items, item])


STRANGER = a_head(NOTE, 1, saying(place="elsewhere"))


@pytest.mark.parametrize(
    "bend",
    [
        _with_item(replace(STRANGER, family=PASK)),
        _with_item(replace(STRANGER, family=PASK), scope_id=TOLLAND),
        _with_item(STRANGER, id="another"),
        _with_item(replace(STRANGER, hash="0" * 64)),
        _with_item(STRANGER, seq=0),
        lambda reply: msgspec.structs.replace(reply, items=[], more=True),
    ],
    ids=["another family", "another family in disguise", "another id", "another hash", "order", "no end"],
)
def test_a_page_that_breaks_the_contract_changes_nothing(
    ics: MemoryIcs, amara: Laptop, bend: Callable[[FeedReply], FeedReply]
) -> None:
    ics.put(a_head(VISIT, 1, saying(place="home")))
    lying = _Lying(ics, amara.door.worker)
    lying.bend_feed = bend  # type: ignore[method-assign]
    amara.line = FaultyIcs(lying)
    assert amara.run().outcome == "reply-refused"
    assert amara.store.feed_state() == FeedState(epoch=None, cursor=None)
    assert amara.says() is None


def _bent_result(**members: Any) -> Callable[[PushReply], PushReply]:
    return lambda reply: msgspec.structs.replace(
        reply, results=[msgspec.structs.replace(each, **members) for each in reply.results]
    )


@pytest.mark.parametrize(
    "bend",
    [
        _bent_result(op_id="another"),
        _bent_result(status="perhaps"),
        _bent_result(head=None),
        _bent_result(head=record_message(a_head(VISIT, 1, saying(place="somewhere else")))),
        _bent_result(head=record_message(replace(a_head(VISIT, 1, saying(place="home")), family=PASK))),
        _bent_result(head=record_message(a_head(NOTE, 1, saying(place="home")))),
        lambda reply: msgspec.structs.replace(reply, results=[]),
    ],
    ids=[
        "another op",
        "a status nobody knows",
        "no head",
        "other words",
        "another family",
        "another record",
        "none",
    ],
)
def test_an_acknowledgement_of_something_else_lets_no_op_go(
    ics: MemoryIcs, amara: Laptop, bend: Callable[[PushReply], PushReply]
) -> None:
    amara.write(saying(place="home"))
    lying = _Lying(ics, amara.door.worker)
    lying.bend_push = bend  # type: ignore[method-assign]
    amara.line = FaultyIcs(lying)
    assert amara.run().outcome == "reply-refused"
    assert len(amara.store.sealed(10)) == 1
    amara.line = FaultyIcs(amara.door)
    assert amara.run().outcome == "complete"
    assert body_of(_head(ics).content) == saying(place="home")


def test_work_that_was_taken_before_the_family_was_lost_holds_nothing_up(
    ics: MemoryIcs, amara: Laptop
) -> None:
    def hide(reply: PushReply) -> PushReply:
        bare = [
            msgspec.structs.replace(result, head=None) if result.status == "duplicate" else result
            for result in reply.results
        ]
        return msgspec.structs.replace(reply, results=bare)

    amara.write(saying(place="home"))
    amara.run(Fault.NONE, Fault.NONE, Fault.ANSWER_LOST)
    lying = _Lying(ics, amara.door.worker)
    lying.bend_push = hide  # type: ignore[method-assign]
    amara.line = FaultyIcs(lying)
    amara.store.write(NOTE, saying(place="school"), family=TOLLAND)
    report = amara.run()
    assert (report.outcome, report.parked) == ("complete", 1)
    assert [each.code for each in amara.store.parked()] == ["scope-forbidden"]
    assert body_of(_head(ics, NOTE).content) == saying(place="school")


def test_a_family_given_in_the_middle_of_a_run_is_asked_about_before_it_is_refused(
    ics: MemoryIcs, amara: Laptop
) -> None:
    going = Going(amara.engine, amara.store, amara.line)
    while going.last != "note-scopes":
        going.step()
    ics.put(replace(STRANGER, family=PASK))
    ics.door("amara-quill", PASK)
    while going.report is None:
        going.step()
    assert going.report.outcome == "complete"
    assert amara.says(NOTE) == saying(place="elsewhere")


def test_an_op_the_ics_refuses_waits_for_its_worker_and_others_go_on(ics: MemoryIcs, amara: Laptop) -> None:
    amara.store.write(NOTE, saying(place="home"), family=PASK)
    amara.write(saying(place="home"))
    report = amara.run()
    assert (report.outcome, report.sent, report.parked) == ("complete", 1, 1)
    assert [each.code for each in amara.store.parked()] == ["scope-forbidden"]


def test_a_row_taken_away_by_one_and_changed_by_the_other_stays_to_be_seen(
    ics: MemoryIcs, amara: Laptop, bea: Laptop
) -> None:
    from workbook_desktop.domain.records import Row

    row = FieldPath("children/maisie")
    words = FieldPath("children/maisie/words")
    base = Body().with_row(row, Row(ord="a")).with_answer(words, Answer(value="little"))
    _both_have(amara, bea, base)
    amara.write(base.without_row(row))
    bea.write(base.with_answer(words, Answer(value="a lot")))
    amara.run()
    assert bea.run().outcome == "complete"
    assert body_of(_head(ics).content) == base.with_answer(words, Answer(value="a lot"))
    (conflict,) = ics.conflicts.values()
    assert (conflict.path, conflict.theirs) == (row, None)
