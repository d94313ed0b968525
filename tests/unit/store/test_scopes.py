"""What a laptop holds of each family: sums that follow every change, families that arrive whole, mending."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.stored import (
    NOON,
    TOLLAND,
    WORKER,
    HandClock,
    Template,
    a_head,
    a_page,
    acknowledged,
    an_op,
    begin,
    keep,
    search,
)
from workbook_desktop.domain.changes import FeedItem, FeedPage, OpKind
from workbook_desktop.domain.digests import Digest, digest_of
from workbook_desktop.domain.holdings import Leaving
from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import Head
from workbook_desktop.store.store import Store

PELLOW = FamilyId("family-pellow")
SOMEBODY = Worker(id=WORKER, name="Robin", role="social worker", agency="Wrenmouth")


def sums(store: Store) -> dict[FamilyId, Digest]:
    scopes = store.sync_port().scopes
    while scopes.sum_up(2):
        pass
    return dict(scopes.digests())


def counted(store: Store) -> dict[FamilyId, Digest]:
    """The same, from the heads themselves."""
    found: dict[FamilyId, list[tuple[str, int, str]]] = {}
    for family, record in store._db.execute("SELECT family, id FROM record"):
        head = store.sync_port().held(record)[1]
        if head is not None:
            found.setdefault(FamilyId(family), []).append((record, head.version, head.hash))
    return {family: digest_of(each) for family, each in found.items()}


def item(head: Head, seq: int = 1) -> FeedItem:
    return FeedItem(seq=seq, kind="record", family=head.family, head=head)


def gained(store: Store, family: FamilyId = TOLLAND) -> None:
    said = FeedItem(seq=500, kind="scope_added", family=family)
    store.sync_port().apply_page(FeedPage(items=(said,), cursor="c500", epoch="e1", more=False))


def shown(store: Store) -> bool:
    return (store._db.execute("SELECT listed FROM scope WHERE family = ?", (TOLLAND,)).fetchone() or (0,))[
        0
    ] == 1


STEPS = st.lists(
    st.tuples(st.sampled_from(["pull", "type", "send", "move", "discard", "purge"]), st.integers(0, 4)),
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_the_sums_follow_whatever_happens(
    steps: list[tuple[str, int]], template: Template, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = template.open(template.copy(tmp_path_factory.mktemp("sums") / "store"), HandClock())
    port = store.sync_port()
    try:
        for number, (what, which) in enumerate(steps):
            record = RecordId(f"r{which}")
            head = port.held(record)[1]
            version = head.version + 1 if head is not None else 1
            if what in ("pull", "move"):
                fresh = a_head(record, version, note=f"n{number}")
                if what == "move":
                    fresh = replace(fresh, family=PELLOW)
                port.apply_page(a_page(fresh, cursor=f"c{number}"))
            elif what == "type" and head is None:
                begin(store, record, note="mine")
            elif what == "type":
                keep(store, record, note=f"typed {number}")
            elif what == "send" and store._unsent.find(record) is not None:
                store.drafts.release(record, by=WORKER, at=NOON)
                if any(work.record == record for work in port.unsent(10)):
                    op = an_op(store, record, f"op-{number}", OpKind.UPDATE)
                    port.seal([op])
                    port.acknowledge([acknowledged(op, version)])
            elif what == "discard" and store._unsent.find(record) is not None:
                store.drafts.discard(record)
            elif what == "purge" and store._unsent.find(record) is not None:
                family = FamilyId(store._unsent.columns(store._unsent.number(record), "family")[0])
                leaving = Leaving(job=f"j{number}", kind="withheld", family=family, record=record)
                port.purges.begin([leaving])
                for work in port.purges.late_work(f"j{number}"):
                    port.purges.seal_late(f"j{number}", work.record, [])
                    store._db.execute("UPDATE record SET pinned = 0 WHERE id = ?", (record,))
                while not port.purges.purge(f"j{number}"):
                    pass
                port.purges.receipted(f"j{number}")
            if number % 3 == 0:
                assert sums(store) == counted(store)
        assert sums(store) == counted(store)
    finally:
        store.lock()


def test_a_first_pull_shows_a_family_at_once(store: Store) -> None:
    port = store.sync_port()
    port.note_scopes([TOLLAND], [SOMEBODY])
    assert shown(store)
    port.apply_page(a_page(a_head("r1", note="x"), more=True))
    port.note_scopes([TOLLAND], [SOMEBODY])
    assert shown(store)


def test_a_family_new_to_a_feed_that_was_read_is_shown_when_it_is_whole(store: Store) -> None:
    port = store.sync_port()
    port.apply_page(a_page(cursor="c1"))
    port.note_scopes([TOLLAND], [SOMEBODY])
    assert not shown(store)
    # Something of it changed on the way here: it comes by the feed before the family is whole.
    page = a_page(a_head("r1", 2, note="zebra"), cursor="c2")
    port.apply_page(replace(page, items=(*page.items, FeedItem(seq=9, kind="scope_added", family=TOLLAND))))
    port.note_scopes([TOLLAND], [SOMEBODY])
    assert not shown(store)
    assert not search(store, "zebra")
    assert not store.records.recent(10)
    (arriving,) = port.scopes.arriving()
    assert (arriving.family, arriving.page) == (TOLLAND, None)
    port.scopes.take_snapshot(TOLLAND, [item(a_head("r2", note="stripes"))], "page-2")
    assert port.scopes.arriving()[0].page == "page-2"
    assert not shown(store)
    port.scopes.take_snapshot(TOLLAND, [item(a_head("r1", 1, note="older"))], None)
    assert shown(store)
    assert not port.scopes.arriving()
    held = port.held(RecordId("r1"))[1]
    assert held is not None
    assert held.version == 2  # what the feed had brought was newer
    assert search(store, "zebra")


def test_where_the_office_knows_no_snapshots_a_new_family_is_shown_after_the_feed(store: Store) -> None:
    port = store.sync_port()
    port.apply_page(a_page(cursor="c1"))
    port.note_scopes([TOLLAND], [SOMEBODY])
    port.apply_page(a_page(a_head("r1", note="x"), cursor="c2", more=True))
    assert not shown(store)
    port.apply_page(a_page(cursor="c3"))
    assert shown(store)


def test_more_of_a_family_that_is_shown_comes_without_hiding_it(store: Store) -> None:
    port = store.sync_port()
    port.note_scopes([TOLLAND], [SOMEBODY])
    port.apply_page(a_page(a_head("r1", note="x")))
    gained(store)
    assert shown(store)
    assert port.scopes.arriving()


def test_a_page_of_a_family_withdrawn_meanwhile_is_not_kept(store: Store) -> None:
    port = store.sync_port()
    port.apply_page(a_page(cursor="c1"))
    gained(store)
    port.scopes.take_snapshot(TOLLAND, [item(a_head("r1", note="x"))], "page-2")
    port.purges.begin([Leaving(job="j", kind="scope", family=TOLLAND)])
    assert not port.scopes.take_snapshot(TOLLAND, [item(a_head("r2", note="x"))], None)
    assert port.held(RecordId("r2")) == (None, None)
    assert not shown(store)


def test_mending_takes_another_content_under_the_version_held_and_leaves_edits_alone(store: Store) -> None:
    port = store.sync_port()
    port.apply_page(a_page(a_head("r1", 2, note="redacted"), a_head("r2", 2, note="as it was")))
    keep(store, RecordId("r2"), note="typed here")
    changed = port.scopes.mend(
        [item(a_head("r1", 2, note="with the address")), item(a_head("r2", 2, note="mended"))]
    )
    assert list(changed) == ["r1", "r2"]
    head = port.held(RecordId("r1"))[1]
    assert head is not None
    assert head.content["answers"]["note"]["v"] == "with the address"
    base, head = port.held(RecordId("r2"))
    assert base is not None
    assert head is not None
    assert (base.content["answers"]["note"]["v"], head.content["answers"]["note"]["v"]) == (
        "as it was",
        "mended",
    )
    assert store.drafts.stands(RecordId("r2")).answers["note"].value == "typed here"
    assert not port.scopes.mend([item(a_head("r1", 1, note="an older one"))])


def test_what_is_held_but_not_listed_is_named_until_it_is_known_to_leave(store: Store) -> None:
    port = store.sync_port()
    port.note_scopes([TOLLAND], [SOMEBODY])
    port.apply_page(a_page(a_head("r1", note="x")))
    assert not port.scopes.unlisted()
    port.note_scopes([PELLOW], [SOMEBODY])
    assert list(port.scopes.unlisted()) == [TOLLAND]
    port.purges.begin([Leaving(job="j", kind="scope", family=TOLLAND)])
    assert not port.scopes.unlisted()
