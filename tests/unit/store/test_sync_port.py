"""The law of `sync.ports.SyncStore`, kept by the store."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from sync.ports import SyncStore
from tests.support.stored import (
    NOON,
    STORE_ID,
    TOLLAND,
    WORKER,
    HandClock,
    Template,
    a_body,
    a_clash,
    a_head,
    a_page,
    acknowledged,
    an_op,
    begin,
    bring_over,
    head_with,
    keep,
)
from workbook_desktop.domain.changes import (
    Clash,
    Conflict,
    ConflictKind,
    FeedItem,
    FeedPage,
    OpKind,
    Parked,
    Rebased,
    RunReport,
    Settlement,
)
from workbook_desktop.domain.ids import ConflictId, FamilyId, FieldPath, OpId, RecordId, WorkerId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import Answer, State, content_hash, content_of
from workbook_desktop.store.records import Here
from workbook_desktop.store.store import Store
from workbook_desktop.store.sync_port import SyncPort

R1 = RecordId("r1")


def released(store: Store, **answers: str) -> None:
    begin(store, **answers)
    store.drafts.release(R1, by=WORKER, at=NOON)


def edited(store: Store, **answers: str) -> None:
    """A record of the ICS at version 1, edited here and released."""
    store.sync_port().apply_page(a_page(a_head(note="as it was", tone="calm")))
    keep(store, R1, **answers)
    store.drafts.release(R1, by=WORKER, at=NOON)


def sealed(store: Store, op: str = "op-1", kind: OpKind = OpKind.UPDATE):
    port = store.sync_port()
    made = an_op(store, R1, op, kind)
    port.seal([made])
    return made


def fits(store: Store) -> SyncStore:
    return store.sync_port()  # a type checker holds this line to the port


def test_the_port_has_every_verb_the_sync_asks_for_with_the_same_parameters(store: Store) -> None:
    for name, verb in inspect.getmembers(SyncStore, inspect.isfunction):
        if not name.startswith("_"):
            asked = list(inspect.signature(verb).parameters)
            assert list(inspect.signature(getattr(SyncPort, name)).parameters) == asked, name
    assert fits(store).feed_state().cursor is None


def test_nothing_is_sent_before_it_is_released(store: Store) -> None:
    begin(store, note="a word")
    assert list(store.sync_port().unsent(10)) == []


def test_released_work_comes_out_oldest_first_with_its_base_and_local_text(store: Store) -> None:
    edited(store, note="as it is", tone="calm")
    begin(store, "r2", note="new")
    store.drafts.release(RecordId("r2"), by=WORKER, at=NOON.replace(hour=11))
    new, old = store.sync_port().unsent(10)
    assert (new.record, new.base) == ("r2", None)
    assert old.base is not None
    assert (old.base.version, old.local) == (1, a_body(note="as it is", tone="calm"))
    assert len(store.sync_port().unsent(1)) == 1


def test_sealed_work_is_no_longer_unsent_and_its_bytes_come_back_unchanged(store: Store) -> None:
    released(store, note="a word")
    made = sealed(store, kind=OpKind.CREATE)
    assert list(store.sync_port().unsent(10)) == []
    assert list(store.sync_port().sealed(10)) == [made]
    assert list(store.sync_port().sealed(10, besides={made.op})) == []


def test_work_that_was_held_back_before_sealing_is_not_sealed(store: Store) -> None:
    released(store, note="a word")
    made = an_op(store, R1)
    assert store.drafts.hold_back(R1)
    store.sync_port().seal([made])
    assert list(store.sync_port().sealed(10)) == []
    assert store.records.held(R1).local == a_body(note="a word")


def test_the_base_stands_still_until_the_acknowledgement_whatever_the_feed_brings(store: Store) -> None:
    edited(store, note="as it is", tone="calm")
    made = sealed(store)
    store.sync_port().apply_page(a_page(a_head(version=2, note="a colleague's", tone="calm")))
    base, head = store.sync_port().held(R1)
    assert base is not None
    assert head is not None
    assert (base.version, base.content["answers"]["note"]["v"]) == (1, "as it was")
    assert head.version == 2
    assert store.records.held(R1).local == a_body(note="as it is", tone="calm")
    work = store.sync_port().work_on(R1, made.op)
    assert work is not None
    assert work.base == base


def test_an_acknowledgement_closes_the_op_and_shows_what_the_ics_has(store: Store) -> None:
    released(store, note="a word")
    made = sealed(store, kind=OpKind.CREATE)
    done = acknowledged(made, 1)
    store.sync_port().acknowledge([done])
    held = store.records.held(R1)
    assert (held.local, held.base, held.head, held.row.here) == (None, done.head, done.head, Here.IN_STEP)
    assert list(store.sync_port().sealed(10)) == []
    assert [line.op for line in store.records.ledger(R1)] == [made.op]


def test_the_same_acknowledgement_again_changes_nothing(store: Store) -> None:
    edited(store, note="as it is", tone="calm")
    done = acknowledged(sealed(store), 2)
    store.sync_port().acknowledge([done])
    keep(store, R1, note="typed later", tone="calm")
    before = store.records.held(R1)
    store.sync_port().acknowledge([done])
    assert store.records.held(R1) == before


def test_text_typed_after_sealing_survives_the_acknowledgement_on_the_new_base(store: Store) -> None:
    edited(store, note="as it is", tone="calm")
    made = sealed(store)
    keep(store, R1, note="as it is, and more", tone="calm")
    store.sync_port().acknowledge([acknowledged(made, 2)])
    held = store.records.held(R1)
    assert held.local == a_body(note="as it is, and more", tone="calm")
    assert held.base is not None
    assert held.base.version == 2
    assert held.row.here is Here.DRAFT
    assert list(store.sync_port().unsent(10)) == []  # typed, but not released


def test_an_acknowledgement_never_moves_the_head_back(store: Store) -> None:
    edited(store, note="as it is", tone="calm")
    made = sealed(store)
    store.sync_port().apply_page(a_page(a_head(version=3, note="as it is", tone="tense")))
    store.sync_port().acknowledge([acknowledged(made, 2)])
    held = store.records.held(R1)
    assert held.head is not None
    assert (held.head.version, held.local) == (3, None)
    assert held.shown == a_body(note="as it is", tone="tense")


def test_typing_after_sealing_rests_on_the_acknowledged_base_though_the_head_is_further_on(
    store: Store,
) -> None:
    edited(store, note="as it is", tone="calm")
    made = sealed(store)
    keep(store, R1, note="as it is, and more", tone="calm")
    store.sync_port().apply_page(a_page(a_head(version=3, note="as it is", tone="tense")))
    store.sync_port().acknowledge([acknowledged(made, 2)])
    base, head = store.sync_port().held(R1)
    assert base is not None
    assert head is not None
    assert (base.version, head.version) == (2, 3)
    assert base.content == made.content


def test_a_second_op_goes_after_the_first_and_the_text_stays_until_both_are_taken(store: Store) -> None:
    released(store, note="a word")
    first = an_op(store, R1, "op-1", OpKind.CREATE)
    second = an_op(store, R1, "op-2", OpKind.UPDATE, after="op-1")
    store.sync_port().seal([first, second])
    assert [op.op for op in store.sync_port().sealed(10)] == ["op-1", "op-2"]
    store.sync_port().acknowledge([acknowledged(first, 1)])
    assert store.records.held(R1).local is not None
    assert store.records.held(R1).row.here is Here.WAITING
    store.sync_port().acknowledge([acknowledged(second, 2)])
    assert store.records.held(R1).row.here is Here.IN_STEP


def test_a_signature_stays_wanted_until_its_transition_is_sealed_and_is_done_when_it_is_taken(
    store: Store,
) -> None:
    begin(store, note="a word")
    wanted = content_hash(content_of(a_body(note="a word")))
    store.drafts.release(R1, by=WORKER, at=NOON, sign_off_hash=wanted)
    first = sealed(store, "op-1", OpKind.CREATE)
    assert list(store.sync_port().unsent(10)) == []  # an op is under way
    store.sync_port().acknowledge([acknowledged(first, 1)])
    (work,) = store.sync_port().unsent(10)
    assert (work.sign_off_hash, work.base is not None) == (wanted, True)
    assert store.records.held(R1).row.signing
    second = sealed(store, "op-2", OpKind.TRANSITION)
    assert list(store.sync_port().unsent(10)) == []
    store.sync_port().acknowledge([acknowledged(second, 2, state=State.SIGNED_OFF)])
    held = store.records.held(R1)
    assert (held.row.state, held.row.here, held.row.signing) == (State.SIGNED_OFF, Here.IN_STEP, False)
    assert list(store.sync_port().unsent(10)) == []


def test_a_rebase_is_all_or_nothing_and_leaves_the_merged_text_on_the_new_base(store: Store) -> None:
    edited(store, note="as it is", tone="calm")
    made = sealed(store)
    port = store.sync_port()
    assert port.work_on(R1, made.op) is not None
    head = a_head(version=2, note="a colleague's", tone="tense")
    clash = Clash(
        path=FieldPath("note"),
        kind=ConflictKind.ANSWER,
        base=Answer(value="as it was"),
        mine=Answer(value="as it is"),
        theirs=Answer(value="a colleague's"),
    )
    following = an_op(store, R1, "op-2")
    port.rebase(
        Rebased(
            record=R1,
            replaces=(made.op,),
            head=head,
            local=a_body(note="a colleague's", tone="tense", more="mine"),
            clashes=(clash,),
            combined=(FieldPath("tone"),),
            next_op=following,
        )
    )
    held = store.records.held(R1)
    assert (held.base, held.head) == (head, head)
    assert held.local == a_body(note="a colleague's", tone="tense", more="mine")
    assert [op.op for op in port.sealed(10)] == ["op-2"]
    assert store.conflicts.proposals(R1) == [clash]
    assert [notice.kind for notice in store.conflicts.notices(R1)] == ["combined"]
    port.acknowledge([acknowledged(following, 3)])
    assert store.conflicts.proposals(R1) == []


def test_two_own_texts_of_one_answer_are_both_kept_until_the_ics_has_both(store: Store) -> None:
    """One was brought by an op that was refused, the other is newer and stood on what the ICS said since."""
    edited(store, note="as it is")
    two = (a_clash("the newest", base="as it was since"), a_clash("the older", base="as it was"))
    following = bring_over(store, sealed(store), "op-2", *two)
    assert store.conflicts.proposals(R1) == [*two]
    store.sync_port().acknowledge([acknowledged(following, 3)])
    assert store.conflicts.proposals(R1) == []


def test_what_was_typed_after_the_merge_was_begun_is_not_overwritten_by_it(store: Store) -> None:
    edited(store, note="as it is", tone="calm")
    made = sealed(store)
    port = store.sync_port()
    port.work_on(R1, made.op)
    keep(store, R1, note="typed meanwhile", tone="calm")
    rebased = Rebased(
        record=R1,
        replaces=(made.op,),
        head=a_head(version=2, note="as it was", tone="tense"),
        local=a_body(note="as it is", tone="tense"),
        clashes=(),
        combined=(),
        next_op=an_op(store, R1, "op-2"),
    )
    port.rebase(rebased)
    assert store.records.held(R1).local == a_body(note="typed meanwhile", tone="calm")
    assert [op.op for op in port.sealed(10)] == ["op-1"]  # it goes again, is stale again, and merges all


def test_a_rebase_that_leaves_nothing_to_send_shows_the_head(store: Store) -> None:
    edited(store, note="as it is", tone="calm")
    made = sealed(store)
    head = a_head(version=2, note="as it is", tone="calm")
    store.sync_port().rebase(
        Rebased(record=R1, replaces=(made.op,), head=head, local=None, clashes=(), combined=())
    )
    held = store.records.held(R1)
    assert (held.local, held.base, held.row.here) == (None, head, Here.IN_STEP)


def test_a_signature_is_dropped_with_a_notice_when_the_text_is_not_what_was_signed(store: Store) -> None:
    store.sync_port().apply_page(a_page(a_head(note="as it was")))
    keep(store, R1, note="signed words")
    asked = content_hash(content_of(a_body(note="signed words")))
    store.drafts.release(R1, by=WORKER, at=NOON, sign_off_hash=asked)
    made = sealed(store, kind=OpKind.TRANSITION)
    store.sync_port().rebase(
        Rebased(
            record=R1,
            replaces=(made.op,),
            head=a_head(version=2, note="as it was", more="a colleague's"),
            local=a_body(note="signed words", more="a colleague's"),
            clashes=(),
            combined=(FieldPath("more"),),
            sign_off_dropped=True,
        )
    )
    held = store.records.held(R1)
    assert (held.sign_off_hash, held.released_at, held.row.here) == (None, None, Here.DRAFT)
    assert "sign-off-dropped" in [notice.kind for notice in store.conflicts.notices(R1)]


def test_a_parked_op_keeps_everything_and_those_resting_on_it_wait_too(store: Store) -> None:
    released(store, note="a word")
    first = an_op(store, R1, "op-1", OpKind.CREATE)
    second = an_op(store, R1, "op-2", after="op-1")
    store.sync_port().seal([first, second])
    begin(store, "r2", note="other")
    store.sync_port().park(Parked(op=first.op, record=R1, code="invalid-answer", path=FieldPath("note")))
    assert list(store.sync_port().sealed(10)) == []
    assert [(each.op, each.code) for each in store.outbox.parked()] == [
        ("op-1", "invalid-answer"),
        ("op-2", "predecessor-missing"),
    ]
    held = store.records.held(R1)
    assert (held.local, held.row.here, held.row.problem) == (
        a_body(note="a word"),
        Here.PARKED,
        "invalid-answer",
    )


def test_a_parked_record_that_is_corrected_and_released_goes_again(store: Store) -> None:
    released(store, note="a word")
    made = sealed(store, kind=OpKind.CREATE)
    store.sync_port().park(Parked(op=made.op, record=R1, code="invalid-answer"))
    assert list(store.sync_port().unsent(10)) == []
    keep(store, R1, note="a better word")
    store.drafts.release(R1, by=WORKER, at=NOON)
    (work,) = store.sync_port().unsent(10)
    assert work.local == a_body(note="a better word")


def test_a_page_and_its_cursor_come_together_and_old_versions_are_passed_over(store: Store) -> None:
    port = store.sync_port()
    assert list(port.apply_page(a_page(a_head(version=2, note="two"), cursor="c1"))) == ["r1"]
    assert list(port.apply_page(a_page(a_head(version=2, note="two"), cursor="c2"))) == []
    assert list(port.apply_page(a_page(a_head(version=1, note="one"), cursor="c3"))) == []
    assert (port.feed_state().cursor, port.feed_state().epoch) == ("c3", "e1")
    assert store.records.held(R1).shown == a_body(note="two")
    port.forget_cursor()
    assert (port.feed_state().cursor, port.feed_state().epoch) == (None, "e1")


def test_a_page_that_cannot_be_taken_leaves_records_and_cursor_as_they_were(store: Store) -> None:
    port = store.sync_port()
    good = a_head(note="one")
    broken = FeedItem(seq=2, kind="record", family=TOLLAND, head="not a head")  # type: ignore[arg-type]
    page = FeedPage(
        items=(FeedItem(seq=1, kind="record", family=TOLLAND, head=good), broken),
        cursor="c9",
        epoch="e1",
        more=False,
    )
    with pytest.raises(AttributeError):
        port.apply_page(page)
    assert port.feed_state().cursor is None
    assert store.records.row(R1) is None


def a_conflict(state: str = "open", **more: object) -> Conflict:
    return Conflict(
        id=ConflictId("k1"),
        record=R1,
        family=TOLLAND,
        path=FieldPath("note"),
        kind=ConflictKind.ANSWER,
        base=None,
        mine=Answer(value="mine"),
        theirs=Answer(value="theirs"),
        mine_by=WORKER,
        mine_at=NOON,
        theirs_by=WorkerId("worker-sam"),
        theirs_at=None,
        theirs_version=2,
        severe=False,
        state=state,
        **more,  # type: ignore[arg-type]
    )


def test_conflicts_come_by_the_feed_are_counted_and_never_open_again(store: Store) -> None:
    port = store.sync_port()
    port.apply_page(a_page(a_head(note="one")))

    def bring(conflict: Conflict) -> list[RecordId]:
        item = FeedItem(seq=1, kind="conflict", family=TOLLAND, conflict=conflict)
        return list(port.apply_page(FeedPage(items=(item,), cursor="c", epoch="e1", more=False)))

    assert bring(a_conflict()) == ["r1"]
    assert store.conflicts.open(R1) == [a_conflict()]
    assert [row.conflicts for row in store.records.work_list()] == [1]
    settled = a_conflict("resolved", settled_by=WORKER, settled_at=NOON, choice="mine")
    assert bring(settled) == ["r1"]
    assert bring(a_conflict()) == []
    assert store.conflicts.open() == []
    assert store.conflicts.get(ConflictId("k1")) == settled


def test_a_settlement_is_on_its_way_until_it_is_acknowledged(store: Store) -> None:
    port = store.sync_port()
    port.apply_page(a_page(a_head(note="one")))
    settles = (Settlement(conflict=ConflictId("k1"), choice="theirs", reason="agreed by telephone"),)
    store.drafts.release(R1, by=WORKER, at=NOON, settles=settles)
    (work,) = port.unsent(10)
    assert work.settles == settles
    made = sealed(store, kind=OpKind.RESOLVE)
    assert store.conflicts.settling(R1) == {"k1"}
    again = port.work_on(R1, made.op)
    assert again is not None
    assert again.settles == settles
    port.acknowledge([acknowledged(made, 2)])
    assert store.conflicts.settling(R1) == frozenset()


def test_families_the_ics_no_longer_lists_are_not_shown_and_nothing_of_them_is_deleted(store: Store) -> None:
    port = store.sync_port()
    content = {"answers": {"name": {"v": "Tolland"}}, "groups": {}}
    port.apply_page(a_page(head_with("family-tolland", 1, content, type="family"), a_head(note="one")))
    worker = Worker(id=WORKER, name="Robin", role="social worker", agency="Council")
    port.note_scopes([TOLLAND], [worker])
    assert [family.name for family in store.records.families()] == ["Tolland"]
    assert store.records.workers() == [worker]
    port.note_scopes([FamilyId("another")], [])
    assert store.records.families() == []
    assert store.records.row(R1) is not None


def test_a_run_is_noted_and_counted(store: Store) -> None:
    report = RunReport(started=NOON, ended=NOON, outcome="complete", sent=2, received=3, complete_pull=True)
    store.sync_port().note_run(report)
    assert store.outbox.runs() == [report]
    assert store.outbox.standing().last_complete == NOON


def test_everything_of_an_unfinished_exchange_is_there_after_closing_and_opening(
    store: Store, template: Template, folder: Path, clock: HandClock
) -> None:
    edited(store, note="as it is", tone="calm")
    made = sealed(store)
    keep(store, R1, note="and more", tone="calm")
    before = store.records.held(R1)
    store.lock()
    again = template.open(folder, clock)
    assert (again.records.held(R1), list(again.sync_port().sealed(10))) == (before, [made])
    assert (again.restored, again.store_id) == (0, STORE_ID)
    assert again.sync_port().work_on(R1, OpId("op-1")) is not None
    again.lock()


def test_ops_that_rest_on_a_replaced_one_go_with_it_and_the_signature_stays_wanted(store: Store) -> None:
    edited(store, note="as it is", tone="calm")
    wanted = content_hash(content_of(a_body(note="as it is", tone="calm")))
    store.drafts.release(R1, by=WORKER, at=NOON, sign_off_hash=wanted)
    words = an_op(store, R1, "op-1")
    signing = an_op(store, R1, "op-2", OpKind.TRANSITION, after="op-1")
    port = store.sync_port()
    port.seal([words, signing])
    head = a_head(version=2, note="as it is", tone="calm")
    port.rebase(Rebased(record=R1, replaces=(words.op,), head=head, local=None, clashes=(), combined=()))
    assert list(port.sealed(10)) == []
    (work,) = port.unsent(10)
    assert (work.sign_off_hash, work.base, work.local) == (wanted, head, a_body(note="as it is", tone="calm"))


def test_what_a_parked_op_settled_is_settled_by_the_next_release(store: Store) -> None:
    port = store.sync_port()
    port.apply_page(a_page(a_head(note="one")))
    settles = (Settlement(conflict=ConflictId("k1"), choice="theirs"),)
    store.drafts.release(R1, by=WORKER, at=NOON, settles=settles)
    made = sealed(store, kind=OpKind.RESOLVE)
    port.park(Parked(op=made.op, record=R1, code="invalid-answer"))
    store.drafts.release(R1, by=WORKER, at=NOON)
    (work,) = port.unsent(10)
    assert work.settles == settles
