"""What a store remembers for an ICS that was restored from a backup, and for how long."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

from tests.support.stored import NOON, WORKER, HandClock, a_head, a_page, acknowledged, an_op, begin, keep
from workbook_desktop.domain.changes import Acknowledged, OpKind, SealedOp
from workbook_desktop.domain.holdings import Erasure, Holding, Leaving
from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.store.store import Store

R1 = RecordId("r1")


def taken(op: SealedOp, version: int) -> Acknowledged:
    done = acknowledged(op, version)
    return replace(done, head=replace(done.head, mark=f"mark-{version}"))


def with_two_versions(store: Store) -> None:
    """Version 1 was taken from here, then version 2, which is the head."""
    port = store.sync_port()
    begin(store, place="first words")
    for version, kind in ((1, OpKind.CREATE), (2, OpKind.UPDATE)):
        if version == 2:
            keep(store, R1, place="second words")
        store.drafts.release(R1, by=WORKER, at=NOON)
        op = an_op(store, R1, f"op-{version}", kind)
        port.unsent(10)
        port.seal([op])
        port.acknowledge([taken(op, version)])


def held(store: Store) -> list[Holding]:
    return [*store.sync_port().scopes.holdings(None, None, 10), *store.sync_port().again.earlier([R1])]


def test_each_version_is_remembered_as_the_ics_said_it(store: Store) -> None:
    with_two_versions(store)
    wanted = held(store)
    assert [each.version for each in wanted] == [2, 1]
    found = store.sync_port().again.remembered(wanted)
    assert [(each.head.version, each.head.mark) for each in found] == [(2, "mark-2"), (1, "mark-1")]
    said = [each.head.content["answers"]["place"]["v"] for each in found]
    assert said == ["second words", "first words"]


def test_what_bears_no_mark_or_says_something_else_is_not_given_back(store: Store) -> None:
    port = store.sync_port()
    port.apply_page(a_page(a_head("r1", 3, place="theirs")))
    (mine,) = held(store)
    assert port.again.remembered([mine]) == []
    port.apply_page(a_page(replace(a_head("r1", 4, place="newer"), mark="mark-4"), cursor="c2"))
    (mine,) = held(store)
    assert len(port.again.remembered([mine])) == 1
    assert port.again.remembered([replace(mine, hash="0" * 64)]) == []


def test_words_taken_long_ago_are_forgotten_and_that_they_were_taken_is_not(store: Store) -> None:
    with_two_versions(store)
    port = store.sync_port()
    port.again.forget_taken(NOON - timedelta(days=1))
    assert len(port.again.earlier([R1])) == 1
    port.again.forget_taken(NOON + timedelta(days=30))
    assert port.again.earlier([R1]) == []
    assert [line.op for line in store.records.ledger(R1)] == ["op-1", "op-2"]


def test_a_clock_that_was_wrong_does_not_make_it_forget_too_soon(store: Store, clock: HandClock) -> None:
    clock.moment = NOON - timedelta(days=400)
    with_two_versions(store)
    store.sync_port().again.forget_taken(NOON - timedelta(days=30))
    assert len(store.sync_port().again.earlier([R1])) == 1


def test_the_word_of_an_erasure_is_kept(store: Store) -> None:
    family = FamilyId("family-tolland")
    leaving = Leaving(job="erased.7.mark", kind="erased", family=family, record=RecordId("r9"))
    store.sync_port().purges.begin([leaving])
    store.sync_port().purges.begin([leaving])
    assert store.sync_port().again.erased() == [
        Erasure(record=RecordId("r9"), family=family, job="erased.7.mark")
    ]


def test_in_a_new_epoch_files_are_asked_about_again(store: Store) -> None:
    port = store.sync_port()
    family = FamilyId("family-tolland")
    begin(store, place=hashlib.sha256(b"a photograph").hexdigest())
    hash_ = store.attached.put(family, R1, b"a photograph")
    port.attached.sent(family, hash_)
    assert store.attached.on_their_way() == []
    port.again.begin_epoch("e2")
    assert [each.hash for each in store.attached.on_their_way()] == [hash_]
    assert port.feed_state().epoch == "e2"
