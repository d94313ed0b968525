"""The short way to close an op leaves what the long way leaves, and the ledger keeps what was accepted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support import stored
from tests.support.stored import HandClock, Template, acknowledged, an_op, begin, keep
from workbook_desktop.domain.changes import Acknowledged, OpKind
from workbook_desktop.domain.holdings import Holding
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.store.store import Store
from workbook_desktop.store.unsent import envelope_in

R1 = RecordId("r1")
TABLES = ("record", "body", "op", "proposal", "subject", "conflict", "notice")


def _rows(store: Store) -> dict[str, list[Any]]:
    found = {name: store._db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in TABLES}
    # The short way keeps beside the words what the ICS said of them.
    found["body"] = store._db.execute(
        f"SELECT record, side, {envelope_in('body')}, content FROM body ORDER BY 1, 2"
    ).fetchall()
    return found


def _ledger(store: Store) -> list[tuple[int, bytes | None]]:
    rows = store._db.execute("SELECT version, content FROM ack_ledger ORDER BY version")
    return [(version, None if content is None else bytes(content)) for version, content in rows]


def _sent(store: Store, *, known: bool, version: int = 1, as_stored: bool = True) -> Acknowledged:
    """Release and seal what was typed, as a run does; return the answer to it. With its members in another
    order than they are stored in, the same words go the long way."""
    if known:
        store.sync_port().apply_page(stored.a_page(stored.a_head(note="before", tone="calm")))
        keep(store, R1, note="a word", tone="calm")
    else:
        begin(store, note="a word", tone="calm")
    store.drafts.release(R1, by=stored.WORKER, at=stored.NOON)
    (work,) = store.sync_port().unsent(1)
    made = replace(an_op(store, R1, kind=OpKind.UPDATE if known else OpKind.CREATE), content=work.content)
    if not as_stored:
        made = replace(made, content=dict(reversed(list(work.content.items()))))
    store.sync_port().seal([made])
    done = acknowledged(made, version)
    return replace(done, head=replace(done.head, content=dict(work.content)))


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_the_short_way_leaves_what_the_long_way_leaves(
    template: Template,
    tmp_path: Path,
    clock: HandClock,
    known: bool,
) -> None:
    left = []
    for way in ("short", "long"):
        store = template.open(template.copy(tmp_path / way), clock)
        done = _sent(store, known=known, version=1 + known, as_stored=way == "short")
        store.sync_port().acknowledge([done])
        left.append(_rows(store))
        assert [version for version, _ in _ledger(store)] == [done.head.version]
        assert (_ledger(store)[0][1] is None) == (way == "short")  # so each went the way it should
        store.lock()
    assert left[0] == left[1]


def test_what_was_accepted_stays_in_the_ledger_when_the_head_moves_on(store: Store) -> None:
    store.sync_port().acknowledge([_sent(store, known=False)])
    assert [content for _, content in _ledger(store)] == [None]  # the head says the same
    (said,) = store._db.execute("SELECT content FROM body WHERE side = 'head'").fetchone()
    store.sync_port().apply_page(stored.a_page(stored.a_head(version=2, note="a colleague's", tone="cross")))
    assert _ledger(store) == [(1, bytes(said))]


def test_what_was_accepted_stays_in_the_ledger_when_the_next_op_is(store: Store) -> None:
    store.sync_port().acknowledge([_sent(store, known=False)])
    (said,) = store._db.execute("SELECT content FROM body WHERE side = 'head'").fetchone()
    keep(store, R1, note="another word", tone="calm")
    store.drafts.release(R1, by=stored.WORKER, at=stored.NOON)
    (work,) = store.sync_port().unsent(1)
    made = replace(an_op(store, R1, "op-2"), content=work.content)
    store.sync_port().seal([made])
    store.sync_port().acknowledge([acknowledged(made, 2)])
    assert _ledger(store) == [(1, bytes(said)), (2, None)]


def test_what_is_typed_after_sealing_goes_the_long_way_and_stays(store: Store) -> None:
    done = _sent(store, known=False)
    keep(store, R1, note="typed since", tone="calm")
    store.sync_port().acknowledge([done])
    held = store.records.held(R1)
    assert held.local is not None
    assert held.shown.answers != {}
    assert held.base == done.head
    assert [content is None for _, content in _ledger(store)] == [False]


def test_what_the_ics_said_of_an_accepted_text_is_found_wherever_it_is_asked_for(store: Store) -> None:
    done = _sent(store, known=False)
    store.sync_port().acknowledge([done])
    assert store._db.execute("SELECT envelope FROM body").fetchall() == [(b"\0",)]  # it went the short way
    base, head = store.sync_port().held(R1)
    assert base == head
    assert head is not None
    assert (head.version, head.hash, head.changed_by) == (1, done.head.hash, done.head.changed_by)
    assert store.sync_port().scopes.holdings(stored.TOLLAND, None, 10) == [
        Holding(record=R1, version=1, hash=done.head.hash)
    ]
    keep(store, R1, note="another word", tone="calm")
    store.drafts.release(R1, by=stored.WORKER, at=stored.NOON)
    (work,) = store.sync_port().unsent(1)
    assert (work.base, work.head) == (head, head)


def test_it_goes_along_when_the_head_becomes_the_base_and_stays_no_longer_than_the_head(store: Store) -> None:
    store.sync_port().acknowledge([_sent(store, known=False)])
    (first, _) = store.sync_port().held(R1)
    keep(store, R1, note="another word", tone="calm")
    store.sync_port().apply_page(stored.a_page(stored.a_head(version=2, note="a colleague's", tone="cross")))
    base, head = store.sync_port().held(R1)
    assert base == first
    assert head is not None
    assert head.version == 2
    assert store._db.execute("SELECT count(*) FROM beside").fetchone() == (0,)


def test_it_goes_with_its_record(store: Store) -> None:
    store.sync_port().acknowledge([_sent(store, known=False)])
    store._db.run(lambda: store._db.execute("DELETE FROM record"))
    assert store._db.execute("SELECT count(*) FROM beside").fetchone() == (0,)
