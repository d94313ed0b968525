"""An op sealed from the local text does not repeat it, and keeps its words when the text moves on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support import stored
from tests.support.stored import acknowledged, an_op, begin, keep
from workbook_desktop.domain.changes import OpKind, SealedOp
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.store.store import Store

R1 = RecordId("r1")


@pytest.fixture
def sealed(store: Store) -> SealedOp:
    """An op as a run seals it: from the very text that stands there."""
    begin(store, note="a word")
    store.drafts.release(R1, by=stored.WORKER, at=stored.NOON)
    (work,) = store.sync_port().unsent(1)
    made = replace(an_op(store, R1, kind=OpKind.CREATE), content=work.content)
    store.sync_port().seal([made])
    return made


def _kept(store: Store) -> bytes:
    (kept,) = store._db.execute("SELECT content FROM op").fetchone()
    return bytes(kept)


def _said(store: Store) -> str:
    (op,) = store.sync_port().sealed(10)
    assert op.content is not None
    return str(op.content["answers"]["note"]["v"])


def test_the_words_of_an_op_stand_once_and_are_handed_out_whole(store: Store, sealed: SealedOp) -> None:
    assert _kept(store) == b""
    assert list(store.sync_port().sealed(10)) == [sealed]
    same = store.sync_port().work_on(R1, sealed.op)
    assert same is not None
    assert same.content == sealed.content


def test_an_op_that_says_something_else_than_the_text_keeps_it_itself(store: Store) -> None:
    begin(store, note="a word")
    store.drafts.release(R1, by=stored.WORKER, at=stored.NOON)
    other = replace(an_op(store, R1, kind=OpKind.CREATE), content={"answers": {}, "groups": {}})
    store.sync_port().seal([other])
    assert _kept(store)
    assert list(store.sync_port().sealed(10)) == [other]


def test_what_is_typed_after_the_sealing_leaves_the_op_its_words(store: Store, sealed: SealedOp) -> None:
    keep(store, R1, note="another word")
    assert _said(store) == "a word"
    keep(store, R1, note="a third")
    assert _said(store) == "a word"
    store.sync_port().acknowledge([acknowledged(sealed, 1)])
    base, _ = store.sync_port().held(R1)
    assert base is not None
    assert base.content["answers"]["note"]["v"] == "a word"
    assert store.records.held(R1).shown == stored.a_body(note="a third")


@pytest.mark.parametrize(
    "goes",
    [
        "DELETE FROM body WHERE side = 'local'",
        "UPDATE body SET side = 'stood' WHERE side = 'local'",
        "UPDATE body SET content = x'7b7d' WHERE side = 'local'",
    ],
    ids=["deleted", "called another side", "written over"],
)
def test_whatever_becomes_of_the_text_the_op_has_its_words(store: Store, sealed: SealedOp, goes: str) -> None:
    store._db.run(lambda: store._db.execute(goes))
    assert _said(store) == "a word"


def test_the_same_text_kept_again_is_nothing_new(store: Store, sealed: SealedOp) -> None:
    keep(store, R1, note="a word")
    assert _kept(store) == b""
    assert _said(store) == "a word"


def test_what_was_sealed_just_so_is_what_is_to_be_sent(store: Store) -> None:
    made = []
    for record in ("r1", "r2", "r3"):
        begin(store, record, note=f"a word of {record}")
        store.drafts.release(RecordId(record), by=stored.WORKER, at=stored.NOON)
    for work in store.sync_port().unsent(10):
        op = an_op(store, work.record, op=f"op-{work.record}", kind=OpKind.CREATE)
        made.append(replace(op, content=work.content))
    assert store.sync_port().seal(made)
    assert list(store.sync_port().sealed(10)) == made


def test_where_one_of_them_was_held_back_the_store_has_to_be_asked(store: Store) -> None:
    for record in ("r1", "r2"):
        begin(store, record, note="a word")
        store.drafts.release(RecordId(record), by=stored.WORKER, at=stored.NOON)
    ops = [an_op(store, RecordId(record), op=f"op-{record}", kind=OpKind.CREATE) for record in ("r1", "r2")]
    keep(store, RecordId("r2"), note="not yet")
    assert not store.sync_port().seal(ops)
    assert list(store.sync_port().sealed(10)) == [ops[0]]
