"""A clash was on its way, more was typed where it stood, and a colleague signed the record meanwhile.

The newest words stand beside the signed record, not those of the clash; the simulator found them lost.
"""

from __future__ import annotations

from dataclasses import replace

from sync.sealing import Sealer, opened
from tests.support.chance import CountingIds, StillClock
from tests.support.sync_store import MemorySyncStore
from tests.support.sync_store_contract import TOLLAND, VISIT, a_head, a_page, saying
from workbook_desktop.domain.changes import OpKind, Parked
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import State, body_of


def test_what_was_typed_since_the_clash_stands_beside_the_signed_record_and_what_it_said_is_asked_about() -> (
    None
):
    clock = StillClock()
    sealer, store = Sealer(clock, CountingIds("0199cccc")), MemorySyncStore(clock)
    store.apply_page(a_page("c3", a_head(VISIT, 3, saying(place="home"))))
    store.write(VISIT, saying(place="clinic", note="Seen."), family=TOLLAND)
    theirs = a_head(VISIT, 4, saying(place="school"))
    store.apply_page(a_page("c4", theirs))
    rebased = sealer.bring_over(store.unsent(1)[0], theirs, None)
    store.rebase(rebased)
    assert rebased.next_op is not None
    store.keep(VISIT, saying(place="the park", note="Seen."), family=TOLLAND)
    signed = replace(theirs, version=5, state=State.SIGNED_OFF)
    work = store.work_on(VISIT, rebased.next_op.op)
    assert work is not None
    amended = sealer.amend(work, signed, None, [rebased.next_op])
    assert amended.addition is not None
    said = body_of(amended.addition.content).answers[FieldPath("place")]
    assert said.value == "the park"
    made, asks = amended.ops
    assert (made.kind, asks.kind, asks.after) == (OpKind.AMEND, OpKind.UPDATE, made.op)
    (earlier,) = opened(asks).proposals
    assert earlier.mine == {"v": "clinic"}
    assert store.amend(amended)
    held = store.kept.records[amended.addition.id]
    assert [(each.mine and each.mine.value, each.theirs and each.theirs.value) for each in held.clashes] == [
        ("clinic", "the park")
    ]
    # The ICS does not take it, and the worker writes on: the question goes with what is written next.
    store.park(Parked(op=made.op, record=amended.addition.id, code="invalid-answer"))
    store.write(amended.addition.id, saying(place="by the river"), family=TOLLAND)
    (work,) = store.unsent(1)
    made, asks = sealer.seal(work).ops
    assert (made.kind, asks.after) == (OpKind.AMEND, made.op)
    assert [each.mine for each in opened(asks).proposals] == [{"v": "clinic"}]
