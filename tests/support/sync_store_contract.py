"""What every store must do for the sync: written once, run against each.

A test module makes a class of `SyncStoreContract` with a `bench` fixture: a `Bench` whose `port` is the
store and whose verbs are what a worker does to it. `reopened` closes the store and opens it again, as after
a kill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from sync.ports import SyncStore
from sync.protocol import hash_of
from sync.sealing import Sealer, opened
from tests.support.chance import CountingIds, StillClock
from workbook_desktop.domain.changes import (
    Acknowledged,
    FeedItem,
    FeedPage,
    FeedState,
    OpKind,
    Parked,
    Rebased,
    RunReport,
    SealedOp,
    Settlement,
    Unsent,
)
from workbook_desktop.domain.ids import ConflictId, FamilyId, FieldPath, FormId, OpId, RecordId, WorkerId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import Answer, Body, FormRef, Head, State, content_of

TOLLAND = FamilyId("family-tolland")
VISIT = RecordId("0199aaaa-0000-7000-8000-00000000f001")
NOTE = RecordId("0199aaaa-0000-7000-8000-00000000f002")
A_FORM = FormRef(id=FormId("visit"), version="1")
MOMENT = datetime(2026, 11, 22, 14, 32, tzinfo=UTC)


class Bench(Protocol):
    """A store, and a worker in front of it."""

    @property
    def port(self) -> SyncStore: ...

    def write(
        self, record: RecordId, body: Body, *, signing: bool = False, settles: Sequence[Settlement] = ()
    ) -> None:
        """Say this in a record of the Tollands, new or known, and release it for sending."""

    def body(self, record: RecordId) -> Body | None:
        """Return what the worker is shown."""

    def reopened(self) -> Bench:
        """Close and open again."""


def saying(**answers: str) -> Body:
    """A body of plain answers."""
    return Body(answers={FieldPath(path): Answer(value=text) for path, text in answers.items()})


def a_head(record: RecordId, version: int, body: Body, state: State = State.DRAFT) -> Head:
    """A record as the ICS might have it."""
    content = content_of(body)
    return Head(
        id=record,
        type="form",
        family=TOLLAND,
        form=A_FORM,
        state=state,
        chapter="",
        subjects=(),
        content=content,
        version=version,
        hash=hash_of(content),
        created_by=WorkerId("bea-linnet"),
        created_at=MOMENT,
        changed_by=WorkerId("bea-linnet"),
        changed_at=MOMENT,
    )


def a_page(cursor: str, *heads: Head, more: bool = False) -> FeedPage:
    """A page of records."""
    return FeedPage(
        items=tuple(
            FeedItem(seq=number, kind="record", family=head.family, head=head)
            for number, head in enumerate(heads, start=1)
        ),
        cursor=cursor,
        epoch="epoch-1",
        more=more,
    )


def an_accepted(op: SealedOp, version: int) -> Acknowledged:
    """The ICS took the op as it was."""
    from workbook_desktop.domain.records import body_of

    assert op.content is not None
    return Acknowledged(
        op=op.op,
        record=op.record,
        head=a_head(op.record, version, body_of(op.content), op.state or State.DRAFT),
    )


def replace_amends(accepted: Acknowledged, signed: RecordId) -> Acknowledged:
    """The same, of a record that names the signed one it adds to."""
    return replace(accepted, head=replace(accepted.head, amends=signed))


class SyncStoreContract:
    """The tests. `sealer` makes ops as the engine does."""

    sealer = Sealer(StillClock(), CountingIds("0199cccc"))

    def sealed(self, bench: Bench, record: RecordId = VISIT) -> tuple[SealedOp, ...]:
        """Seal what is unsent of a record, as the engine does."""
        ops = self.sealer.seal(self.unsent(bench, record)).ops
        bench.port.seal(ops)
        return ops

    def unsent(self, bench: Bench, record: RecordId = VISIT) -> Unsent:
        return next(work for work in bench.port.unsent(100) if work.record == record)

    def arrive(self, bench: Bench, head: Head) -> None:
        bench.port.apply_page(a_page(f"cursor-{head.version}", head))

    def test_a_new_store_has_read_nothing(self, bench: Bench) -> None:
        assert bench.port.feed_state() == FeedState(epoch=None, cursor=None)
        assert not bench.port.unsent(10)
        assert not bench.port.sealed(10)
        assert bench.port.held(VISIT) == (None, None)

    def test_a_page_and_its_cursor_arrive_together_and_stay(self, bench: Bench) -> None:
        head = a_head(VISIT, 3, saying(place="home"))
        assert list(bench.port.apply_page(a_page("cursor-3", head))) == [VISIT]
        again = bench.reopened()
        assert again.port.feed_state() == FeedState(epoch="epoch-1", cursor="cursor-3")
        assert again.port.held(VISIT)[1] == head
        assert again.body(VISIT) == saying(place="home")

    def test_a_version_that_is_known_is_passed_over(self, bench: Bench) -> None:
        self.arrive(bench, a_head(VISIT, 3, saying(place="home")))
        assert not bench.port.apply_page(a_page("cursor-9", a_head(VISIT, 2, saying(place="school"))))
        assert bench.body(VISIT) == saying(place="home")
        assert bench.port.feed_state().cursor == "cursor-9"

    def test_forgetting_the_cursor_forgets_nothing_else(self, bench: Bench) -> None:
        self.arrive(bench, a_head(VISIT, 3, saying(place="home")))
        bench.write(VISIT, saying(place="school"))
        (op,) = self.sealed(bench)
        bench.port.forget_cursor()
        assert bench.port.feed_state().cursor is None
        assert [each.op for each in bench.port.sealed(10)] == [op.op]
        assert bench.body(VISIT) == saying(place="school")

    def test_released_work_is_unsent_until_it_is_sealed(self, bench: Bench) -> None:
        bench.write(VISIT, saying(place="home"))
        work = self.unsent(bench)
        assert (work.base, work.local, work.family) == (None, saying(place="home"), TOLLAND)
        (op,) = self.sealed(bench)
        assert op.kind is OpKind.CREATE
        assert not bench.port.unsent(10)

    def test_unsent_work_comes_in_parts(self, bench: Bench) -> None:
        bench.write(VISIT, saying(place="home"))
        bench.write(NOTE, saying(place="school"))
        assert len(bench.port.unsent(1)) == 1
        assert len(bench.port.unsent(10)) == 2

    def test_a_sealed_op_keeps_its_bytes_over_a_restart(self, bench: Bench) -> None:
        bench.write(VISIT, saying(place="home"))
        (op,) = self.sealed(bench)
        assert list(bench.reopened().port.sealed(10)) == [op]

    def test_a_sign_off_stands_behind_the_words_it_signs(self, bench: Bench) -> None:
        bench.write(VISIT, saying(place="home"), signing=True)
        words, signing = self.sealed(bench)
        assert signing.after == words.op
        assert [each.op for each in bench.port.sealed(10)] == [words.op, signing.op]
        assert [each.op for each in bench.port.sealed(1)] == [words.op]
        assert [each.op for each in bench.port.sealed(10, {words.op})] == [signing.op]

    def test_an_acknowledgement_moves_the_base_and_ends_the_edit(self, bench: Bench) -> None:
        bench.write(VISIT, saying(place="home"))
        (op,) = self.sealed(bench)
        done = an_accepted(op, 1)
        bench.port.acknowledge([done])
        again = bench.reopened()
        assert not again.port.sealed(10)
        assert not again.port.unsent(10)
        assert again.port.held(VISIT)[1] == done.head
        again.port.acknowledge([done])  # the answer came twice
        assert again.body(VISIT) == saying(place="home")

    def test_what_was_typed_after_sealing_stays_on_the_new_base(self, bench: Bench) -> None:
        bench.write(VISIT, saying(place="home"))
        (op,) = self.sealed(bench)
        bench.write(VISIT, saying(place="home", note="Leo slept."))
        work = bench.port.work_on(VISIT, op.op)
        assert work is not None
        assert work.local == saying(place="home", note="Leo slept.")
        assert bench.port.sealed(10)[0].bytes_ == op.bytes_
        bench.port.acknowledge([an_accepted(op, 1)])
        assert bench.body(VISIT) == saying(place="home", note="Leo slept.")
        work = self.unsent(bench)
        assert work.base is not None
        assert work.base.version == 1

    def test_the_base_stays_where_it_was_while_a_colleague_goes_on(self, bench: Bench) -> None:
        self.arrive(bench, a_head(VISIT, 3, saying(place="home")))
        bench.write(VISIT, saying(place="school"))
        self.arrive(bench, a_head(VISIT, 4, saying(place="home", note="theirs")))
        work = self.unsent(bench)
        assert work.base is not None
        assert work.head is not None
        assert (work.base.version, work.head.version) == (3, 4)
        assert bench.body(VISIT) == saying(place="school")

    def test_an_old_acknowledgement_takes_no_newer_head_away(self, bench: Bench) -> None:
        self.arrive(bench, a_head(VISIT, 3, saying(place="home")))
        bench.write(VISIT, saying(place="school"))
        (op,) = self.sealed(bench)
        self.arrive(bench, a_head(VISIT, 5, saying(place="school", note="theirs")))
        bench.port.acknowledge([an_accepted(op, 4)])
        head = bench.port.held(VISIT)[1]
        assert head is not None
        assert head.version == 5
        assert bench.body(VISIT) == saying(place="school", note="theirs")

    def test_a_rebase_replaces_the_op_and_those_behind_it(self, bench: Bench) -> None:
        self.arrive(bench, a_head(VISIT, 3, saying(place="home")))
        bench.write(VISIT, saying(place="school"), signing=True)
        words, signing = self.sealed(bench)
        head = a_head(VISIT, 4, saying(place="home", note="theirs"))
        work = bench.port.work_on(VISIT, words.op)
        assert work is not None
        rebased = self.sealer.bring_over(work, head, None, (words, signing))
        assert rebased.sign_off_dropped
        assert rebased.next_op is not None
        bench.port.rebase(rebased)
        again = bench.reopened()
        assert list(again.port.sealed(10)) == [rebased.next_op]
        assert again.body(VISIT) == saying(place="school", note="theirs")
        assert again.port.held(VISIT)[0] == head
        bench.port.acknowledge([an_accepted(rebased.next_op, 5)])
        assert not bench.port.unsent(10), "the sign-off is no longer wanted"

    def test_a_rebase_that_leaves_nothing_ends_the_edit(self, bench: Bench) -> None:
        self.arrive(bench, a_head(VISIT, 3, saying(place="home")))
        bench.write(VISIT, saying(place="school"))
        (op,) = self.sealed(bench)
        work = bench.port.work_on(VISIT, op.op)
        assert work is not None
        rebased: Rebased = self.sealer.bring_over(work, a_head(VISIT, 4, saying(place="school")), None, (op,))
        assert (rebased.local, rebased.next_op) == (None, None)
        bench.port.rebase(rebased)
        assert not bench.port.sealed(10)
        assert not bench.port.unsent(10)
        assert bench.body(VISIT) == saying(place="school")

    def test_a_sign_off_outlives_a_merge_that_changed_nothing_the_signer_saw(self, bench: Bench) -> None:
        self.arrive(bench, a_head(VISIT, 3, saying(place="home")))
        bench.write(VISIT, saying(place="school", note="Seen."), signing=True)
        ops = self.sealed(bench)
        work = bench.port.work_on(VISIT, ops[0].op)
        assert work is not None
        rebased = self.sealer.bring_over(work, a_head(VISIT, 4, saying(place="school")), None, ops)
        assert not rebased.sign_off_dropped
        bench.port.rebase(rebased)
        assert rebased.next_op is not None
        assert not bench.port.unsent(10)
        bench.port.acknowledge([an_accepted(rebased.next_op, 5)])
        again = self.unsent(bench.reopened())
        assert again.sign_off_hash == hash_of(content_of(saying(place="school", note="Seen.")))
        (signing,) = self.sealer.seal(again).ops
        assert signing.kind is OpKind.TRANSITION

    def test_an_edit_that_came_too_late_stands_beside_the_signed_record(self, bench: Bench) -> None:
        bench.port.apply_page(a_page("c1", a_head(VISIT, 1, saying(place="home"))))
        bench.write(VISIT, saying(place="school"), signing=True)
        ops = self.sealed(bench)
        assert len(ops) == 2
        signed = a_head(VISIT, 2, saying(place="home", weather="wet"), State.SIGNED_OFF)
        work = bench.port.work_on(VISIT, ops[0].op)
        assert work is not None
        amended = self.sealer.amend(work, signed, None, ops)
        assert amended.addition is not None
        assert bench.port.amend(amended)
        bench = bench.reopened()
        assert bench.body(VISIT) == saying(place="home", weather="wet")
        assert bench.body(amended.addition.id) == saying(place="school", weather="wet")
        (op,) = bench.port.sealed(10)
        assert (op, op.kind) == (*amended.ops, OpKind.AMEND)
        assert not bench.port.unsent(10)
        bench.port.acknowledge([replace_amends(an_accepted(op, 1), VISIT)])
        assert not bench.port.sealed(10)
        head = bench.port.held(amended.addition.id)[1]
        assert head is not None
        assert head.amends == VISIT
        assert bench.port.held(VISIT) == (signed, signed)

    def test_what_is_typed_on_into_an_addition_still_says_what_it_adds_to(self, bench: Bench) -> None:
        bench.port.apply_page(a_page("c1", a_head(VISIT, 1, saying(place="home"))))
        bench.write(VISIT, saying(place="school"))
        (op,) = self.sealed(bench)
        signed = a_head(VISIT, 2, saying(place="home"), State.SIGNED_OFF)
        work = bench.port.work_on(VISIT, op.op)
        assert work is not None
        amended = self.sealer.amend(work, signed, None, [op])
        assert amended.addition is not None
        (made,) = amended.ops
        bench.port.amend(amended)
        bench.port.park(Parked(op=made.op, record=amended.addition.id, code="invalid-answer"))
        bench.write(amended.addition.id, saying(place="the school"))
        (again,) = self.sealed(bench.reopened(), amended.addition.id)
        assert again.kind is OpKind.AMEND
        assert b'"amends":"' + VISIT.encode() in again.bytes_

    def test_an_earlier_text_that_was_on_its_way_goes_as_a_question_about_the_addition(
        self, bench: Bench
    ) -> None:
        bench.port.apply_page(a_page("c1", a_head(VISIT, 3, saying(place="home"))))
        bench.write(VISIT, saying(place="clinic"))
        theirs = a_head(VISIT, 4, saying(place="school"))
        self.arrive(bench, theirs)
        rebased = self.sealer.bring_over(self.unsent(bench), theirs, None)
        bench.port.rebase(rebased)
        (op,) = bench.port.sealed(10)
        bench.write(VISIT, saying(place="the park"))
        signed = replace(theirs, version=5, state=State.SIGNED_OFF)
        work = bench.port.work_on(VISIT, op.op)
        assert work is not None
        amended = self.sealer.amend(work, signed, None, [op])
        assert amended.addition is not None
        assert bench.port.amend(amended)
        bench = bench.reopened()
        addition = amended.addition.id
        assert bench.body(addition) == saying(place="the park")
        assert tuple(bench.port.sealed(10)) == amended.ops
        made, asks = amended.ops
        assert [each.mine for each in opened(asks).proposals] == [{"v": "clinic"}]
        # Refused, and written on: the question goes with what is written next.
        bench.port.park(Parked(op=made.op, record=addition, code="invalid-answer"))
        bench.write(addition, saying(place="the river"))
        made, asks = self.sealed(bench, addition)
        assert (made.kind, asks.after) == (OpKind.AMEND, made.op)
        assert [each.mine for each in opened(asks).proposals] == [{"v": "clinic"}]
        bench.port.acknowledge([replace_amends(an_accepted(made, 1), VISIT)])
        assert list(bench.port.sealed(10)) == [asks]
        bench.port.acknowledge([replace_amends(an_accepted(asks, 2), VISIT)])
        assert not bench.port.sealed(10)
        assert not bench.port.unsent(10)

    def test_a_late_edit_that_says_no_more_than_what_was_signed_goes(self, bench: Bench) -> None:
        bench.port.apply_page(a_page("c1", a_head(VISIT, 1, saying(place="home"))))
        bench.write(VISIT, saying(place="school"), signing=True)
        ops = self.sealed(bench)
        signed = a_head(VISIT, 2, saying(place="school"), State.SIGNED_OFF)
        work = bench.port.work_on(VISIT, ops[0].op)
        assert work is not None
        assert bench.port.amend(self.sealer.amend(work, signed, None, ops))
        bench = bench.reopened()
        assert bench.body(VISIT) == saying(place="school")
        assert not bench.port.sealed(10)
        assert not bench.port.unsent(10)

    def test_a_parked_op_waits_with_those_behind_it_and_others_go_on(self, bench: Bench) -> None:
        bench.write(VISIT, saying(place="home"), signing=True)
        bench.write(NOTE, saying(place="school"))
        words, _ = self.sealed(bench)
        (other,) = self.sealed(bench, NOTE)
        bench.port.park(Parked(op=words.op, record=VISIT, code="invalid-answer", path=FieldPath("place")))
        assert [each.op for each in bench.port.sealed(10)] == [other.op]
        assert not bench.port.unsent(10)
        assert bench.body(VISIT) == saying(place="home")

    def test_what_a_refused_op_proposed_goes_with_the_next(self, bench: Bench) -> None:
        self.arrive(bench, a_head(VISIT, 3, saying(place="home")))
        bench.write(VISIT, saying(place="school"))
        theirs = a_head(VISIT, 4, saying(place="nursery"))
        self.arrive(bench, theirs)
        rebased = self.sealer.bring_over(self.unsent(bench), theirs, None)
        bench.port.rebase(rebased)
        assert rebased.next_op is not None
        bench.port.park(Parked(op=rebased.next_op.op, record=VISIT, code="scope-forbidden"))
        bench.write(VISIT, saying(place="nursery", note="Seen."))
        work = self.unsent(bench.reopened())
        assert [each.op for each in work.aside] == [rebased.next_op.op]
        again = self.sealer.bring_over(work, theirs, None)
        assert [each.mine and each.mine.value for each in again.clashes] == ["school"]
        bench = bench.reopened()
        self.unsent(bench)
        bench.port.rebase(again)
        assert again.next_op is not None
        assert list(bench.port.sealed(10)) == [again.next_op]
        bench.port.acknowledge([an_accepted(again.next_op, 5)])
        bench.write(VISIT, saying(place="nursery", note="Seen. Well."))
        assert not self.unsent(bench).aside, "it goes once"

    def test_a_settlement_goes_with_one_op(self, bench: Bench) -> None:
        self.arrive(bench, a_head(VISIT, 3, saying(place="home")))
        chosen = Settlement(conflict=ConflictId("c" * 64), choice="mine")
        bench.write(VISIT, saying(place="school"), settles=[chosen])
        assert self.unsent(bench).settles == (chosen,)
        (op,) = self.sealed(bench)
        assert op.kind is OpKind.RESOLVE
        work = bench.port.work_on(VISIT, op.op)
        assert work is not None
        assert work.settles == (chosen,)
        bench.port.acknowledge([an_accepted(op, 4)])
        assert not bench.port.unsent(10)

    def test_an_op_that_is_not_here_has_no_work(self, bench: Bench) -> None:
        assert bench.port.work_on(VISIT, OpId("nobody's")) is None

    def test_scopes_and_runs_are_noted(self, bench: Bench) -> None:
        worker = Worker(id=WorkerId("bea-linnet"), name="Bea Linnet", role="mental health", agency="trust")
        bench.port.note_scopes([TOLLAND], [worker])
        bench.port.note_run(RunReport(started=MOMENT, ended=MOMENT, outcome="complete", complete_pull=True))
