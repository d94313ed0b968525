"""What has to leave a laptop leaves it whole, nothing else does, and whatever cuts it short, it is taken up
again."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sync.protocol import OpMessage, decode
from sync.sealing import Sealer
from tests.support.chance import CountingIds, StillClock
from tests.support.stored import (
    NOON,
    TOLLAND,
    WORKER,
    HandClock,
    Template,
    a_body,
    a_gist,
    a_head,
    a_page,
    an_op,
    begin,
    head_with,
    keep,
    search,
)
from workbook_desktop.domain.changes import Conflict, ConflictKind, FeedItem, FeedPage, Parked
from workbook_desktop.domain.digests import digest_of_ids
from workbook_desktop.domain.errors import NotPermitted
from workbook_desktop.domain.holdings import LateOp, Leaving
from workbook_desktop.domain.ids import ConflictId, FamilyId, FieldPath, OpId, RecordId
from workbook_desktop.domain.outputs import Derived, KnownFact
from workbook_desktop.domain.records import Answer, Head, content_of
from workbook_desktop.store import files
from workbook_desktop.store.connection import Database
from workbook_desktop.store.store import Store

PELLOW = FamilyId("family-pellow")
CANARY = "zzqcanary"
JOB = "job-1"
SEALER = Sealer(StillClock(), CountingIds("0199dddd"))
LEAVES = Leaving(job=JOB, kind="scope", family=TOLLAND, reason="transferred")


def of_pellow(head: Head) -> Head:
    return replace(head, family=PELLOW)


def a_conflict(name: str, record: str, family: FamilyId) -> FeedItem:
    conflict = Conflict(
        id=ConflictId(name),
        record=RecordId(record),
        family=family,
        path=FieldPath("note"),
        kind=ConflictKind.ANSWER,
        base=None,
        mine=Answer(value=f"{CANARY} mine"),
        theirs=Answer(value=f"{CANARY} theirs"),
        mine_by=WORKER,
        mine_at=NOON,
        theirs_by=None,
        theirs_at=None,
        theirs_version=1,
        severe=False,
        state="open",
    )
    return FeedItem(seq=900, kind="conflict", family=family, conflict=conflict)


def filled(store: Store) -> None:
    """Two families with everything a record can have: heads, bases, edits, ops sent and refused, lines of the
    ledger, conflicts, notices, what records give, and words in the search."""
    port = store.sync_port()
    words = {"note": f"{CANARY} as the office has it"}
    port.apply_page(
        a_page(
            a_head("seen", **words),
            a_head("edited", **words),
            a_head("refused", **words),
            a_head("acked", **words),
            of_pellow(a_head("other", note="stays as it is")),
            of_pellow(a_head("other-edited", note="stays too")),
        )
    )
    keep(store, RecordId("edited"), note=f"{CANARY} typed over it")
    port.apply_page(a_page(a_head("edited", 2, note=f"{CANARY} and theirs"), cursor="c2"))
    begin(store, "draft", note=f"{CANARY} only typed")
    keep(store, RecordId("refused"), note=f"{CANARY} too late")
    store.drafts.release(RecordId("refused"), by=WORKER, at=NOON)
    port.seal([an_op(store, RecordId("refused"), "op-refused")])
    port.park(Parked(op=OpId("op-refused"), record=RecordId("refused"), code="invalid-answer"))
    keep(store, RecordId("acked"), note=f"{CANARY} on its way")
    store.drafts.release(RecordId("acked"), by=WORKER, at=NOON)
    port.seal([an_op(store, RecordId("acked"), "op-acked")])
    keep(store, RecordId("other-edited"), note="mine, and it stays")
    store.drafts.release(RecordId("other-edited"), by=WORKER, at=NOON)
    items = (
        a_conflict("c-1", "edited", TOLLAND),
        a_conflict("c-orphan", "never-came", TOLLAND),
        replace(a_conflict("c-2", "other", PELLOW), seq=901),
    )
    port.apply_page(FeedPage(items=items, cursor="c3", epoch="e1", more=False))
    for behind in store.derived.behind(TOLLAND):
        fact = KnownFact(
            code="x", person=None, value=f"{CANARY} known", path=FieldPath("note"), on=None, by=None, at=None
        )
        store.derived.put(behind, store.derived.text(behind), Derived(given=(), facts=(fact,), readings=()))
    store._db.execute(
        "INSERT INTO notice (record, kind, paths, at) SELECT num, 'combined', '[]', '' FROM record"
    )
    store.settings.put("stays seen", "1")


@pytest.fixture
def full(template: Template, folder: Path, clock: HandClock) -> Path:
    """A closed store with all of it."""
    store = template.open(folder, clock)
    filled(store)
    store.lock()
    return folder


def seal_all(store: Store, job: str = JOB) -> list[OpId]:
    """Seal what is unsent, as the engine does; return the late ops."""
    purges = store.sync_port().purges
    for work in purges.late_work(job):
        ops = [LateOp(op=op.op, record=op.record, bytes_=op.bytes_) for op in work.ops]
        if work.edit is not None:
            late = SEALER.late(work.edit)
            ops.append(LateOp(op=late.op, record=late.record, bytes_=late.bytes_))
        purges.seal_late(job, work.record, ops)
    return [each.op for each in purges.late_ops(job, 100)]


def to_the_end(store: Store) -> None:
    """Take up what there is, with an office that keeps everything."""
    purges = store.sync_port().purges
    for each in purges.jobs():
        job = each.leaving.job
        if each.to_seal:
            seal_all(store, job)
        purges.late_answered(job, [op.op for op in purges.late_ops(job, 1000)], [])
        while not purges.purge(job):
            pass


def everything_in(store: Store) -> str:
    """All that the decrypted store says, its search index and its journal too."""
    tables = [
        name
        for (name,) in store._db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        )
    ]
    said = [repr(row) for name in tables for row in store._db.execute(f'SELECT * FROM "{name}"')]
    said += [repr(entry) for entry in store._journal.entries()]
    store._db.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'search', 'row')")
    said += [term for (term,) in store._db.execute("SELECT term FROM temp.words")]
    store._db.execute("DROP TABLE temp.words")
    return "\n".join(said)


def others(store: Store) -> dict[str, Any]:
    """What there is of the other family, row by row."""
    port = store.sync_port()
    found: dict[str, Any] = {
        record: (port.held(RecordId(record)), store.records.held(RecordId(record)))
        for record in ("other", "other-edited")
    }
    found["unsent"] = [work.record for work in port.unsent(10)]
    found["conflict"] = store.conflicts.get(ConflictId("c-2"))
    found["found"] = [row.id for row in search(store, "stays")]
    return found


def members(store: Store) -> set[str]:
    return {record for (record,) in store._db.execute("SELECT id FROM record WHERE family = ?", (TOLLAND,))}


def test_what_leaves_is_nowhere_afterwards_and_nothing_else_is_touched(
    template: Template, full: Path, clock: HandClock
) -> None:
    store = template.open(full, clock)
    before, ids = others(store), members(store)
    assert CANARY in everything_in(store)
    port = store.sync_port()
    assert set(port.purges.begin([LEAVES])) == ids
    to_the_end(store)
    receipt = port.purges.receipt(JOB)
    assert receipt is not None
    assert (receipt.records, receipt.digest) == (len(ids), digest_of_ids(ids))
    assert receipt.conflicts == 1
    said = [line for line in everything_in(store).splitlines() if CANARY in line]
    assert all("'c-2'" in line for line in said), said  # the other family's own conflict
    assert others(store) == before
    assert not members(store)
    store.lock()
    again = template.open(full, clock)
    said = [line for line in everything_in(again).splitlines() if CANARY in line]
    assert all("'c-2'" in line for line in said), said
    assert others(again)["unsent"] == before["unsent"]
    again.lock()


def test_every_unsent_word_is_in_a_late_op_before_anything_goes(
    template: Template, full: Path, clock: HandClock
) -> None:
    store = template.open(full, clock)
    port = store.sync_port()
    port.purges.begin([LEAVES])
    with pytest.raises(RuntimeError):
        port.purges.purge(JOB)  # unsent work is not sealed yet
    seal_all(store)
    late = port.purges.late_ops(JOB, 100)
    assert {op.record for op in late} == {"edited", "draft", "refused", "acked"}
    words = "".join(op.bytes_.decode() for op in late)
    assert f"{CANARY} typed over it" in words
    assert f"{CANARY} only typed" in words
    assert {"op-refused", "op-acked"} <= {op.op for op in late}
    made = [decode(op.bytes_, OpMessage) for op in late if op.record == "edited"]
    assert [(op.kind, op.if_match) for op in made] == [("update", 1)]
    assert not port.sealed(10)  # none of it goes by the ordinary way
    store.lock()


def test_sealed_for_the_organisation_nothing_unsent_can_be_read_here_any_more(
    template: Template, full: Path, clock: HandClock
) -> None:
    store = template.open(full, clock)
    purges = store.sync_port().purges
    before = others(store)
    store.attached.put(TOLLAND, RecordId("edited"), f"{CANARY} a picture".encode())
    purges.begin([LEAVES])
    words, file = purges.left_of(JOB, NOON)
    said = json.loads(words)
    assert {each["record"] for each in said["texts"]} == {"edited", "draft", "refused", "acked"}
    assert {each["sealed"]["op_id"] for each in said["ops"]} == {"op-refused", "op-acked"}
    assert said["store"] == store.store_id
    assert f"{CANARY} only typed" in words.decode()
    (picture,) = json.loads(file)["files"]
    assert base64.b64decode(picture["data"]) == f"{CANARY} a picture".encode()
    purges.seal_whole(JOB, [b"an envelope", b"another"])
    assert not purges.left_of(JOB, NOON)
    assert not purges.late_work(JOB)
    while not purges.purge(JOB):
        pass
    assert CANARY not in "".join(line for line in everything_in(store).splitlines() if "'c-2'" not in line)
    assert others(store)["unsent"] == before["unsent"]
    store.lock()
    store = template.open(full, clock)
    purges = store.sync_port().purges
    late = purges.late_ops(JOB, 10)
    assert [(op.is_sealed, op.bytes_) for op in late] == [(True, b"an envelope"), (True, b"another")]
    purges.late_answered(JOB, [late[0].op], [])
    assert purges.receipt(JOB) is None
    purges.late_answered(JOB, [late[1].op], [])
    receipt = purges.receipt(JOB)
    assert receipt is not None
    assert (receipt.records, receipt.handed_in) == (5, 2)
    store.lock()


def test_what_is_late_work_already_can_still_be_sealed_for_the_organisation(
    template: Template, full: Path, clock: HandClock
) -> None:
    store = template.open(full, clock)
    purges = store.sync_port().purges
    purges.begin([LEAVES])
    seal_all(store)
    purges.seal_whole(JOB, [b"an envelope" for _ in purges.left_of(JOB, NOON)])
    assert not purges.late_work(JOB)
    assert [op.is_sealed for op in purges.late_ops(JOB, 10)] == [True]
    store.lock()


def test_what_an_earlier_version_left_as_late_ops_is_sealed_too(
    template: Template, full: Path, clock: HandClock
) -> None:
    store = template.open(full, clock)
    purges = store.sync_port().purges
    purges.begin([LEAVES])
    ops = seal_all(store)
    while not purges.purge(JOB):
        pass
    purges.late_answered(JOB, ops[1:], [(ops[0], "scope-forbidden")])
    (words,) = purges.left_of(JOB, NOON)
    assert [each["sealed"]["op_id"] for each in json.loads(words)["late"]] == [ops[0]]
    purges.seal_whole(JOB, [b"an envelope"])
    assert [op.is_sealed for op in purges.late_ops(JOB, 10)] == [True]
    assert CANARY not in "".join(line for line in everything_in(store).splitlines() if "'c-2'" not in line)
    store.lock()


def test_there_is_no_receipt_before_the_last_word_is_handed_in(
    template: Template, full: Path, clock: HandClock
) -> None:
    store = template.open(full, clock)
    purges = store.sync_port().purges
    purges.begin([LEAVES])
    ops = seal_all(store)
    purges.late_answered(JOB, ops[1:], [(ops[0], "scope-forbidden")])
    while not purges.purge(JOB):
        pass
    assert not members(store)
    assert purges.receipt(JOB) is None
    assert [op.op for op in purges.late_ops(JOB, 10)] == [ops[0]]
    assert purges.kept_sealed() == 1
    purges.late_answered(JOB, [ops[0]], [])
    receipt = purges.receipt(JOB)
    assert receipt is not None
    assert receipt.handed_in == len(ops)
    purges.receipted(JOB)
    assert not purges.jobs()
    store.lock()


def test_nothing_more_is_written_to_what_has_to_leave(store: Store) -> None:
    filled(store)
    store.sync_port().purges.begin([LEAVES])
    with pytest.raises(NotPermitted):
        keep(store, RecordId("edited"), note="more")
    with pytest.raises(NotPermitted):
        begin(store, "new-one", note="more")
    with pytest.raises(NotPermitted):
        store.drafts.release(RecordId("draft"), by=WORKER, at=NOON)
    assert not [row for row in search(store, CANARY) if row.family == TOLLAND]


def test_a_leaving_of_what_is_not_here_is_nothing(store: Store) -> None:
    store.sync_port().purges.begin([LEAVES])
    assert not store.sync_port().purges.jobs()


def test_said_twice_it_is_one_job(store: Store) -> None:
    filled(store)
    purges = store.sync_port().purges
    purges.begin([LEAVES])
    purges.begin([LEAVES])
    assert len(purges.jobs()) == 1


def test_one_record_leaves_and_its_family_stays(store: Store) -> None:
    filled(store)
    purges = store.sync_port().purges
    purges.begin([Leaving(job="job-2", kind="erased", family=TOLLAND, record=RecordId("edited"))])
    to_the_end(store)
    assert "edited" not in members(store)
    assert {"seen", "draft", "acked"} <= members(store)
    store.sync_port().apply_page(a_page(a_head("edited", 9, note="again"), cursor="c9"))
    assert "edited" not in members(store)  # what was erased does not come back


def naming(data: bytes) -> dict[str, Any]:
    """The answer that names a file."""
    return {"contentType": "image/png", "size": len(data), "hash": hashlib.sha256(data).hexdigest()}


def with_picture(record: str, data: bytes) -> Head:
    """A record as the office has it, with a file."""
    body = a_body(note="Seen.").with_answer(FieldPath("picture"), Answer(value=naming(data)))
    return head_with(record, 1, content_of(body))


def fetch(store: Store, data: bytes) -> str:
    """Want a file and get it."""
    hash_ = naming(data)["hash"]
    store.attached.want(TOLLAND, hash_, len(data))
    assert store.attached.arrived(TOLLAND, hash_, 0, data)
    return str(hash_)


ERASED = Leaving(job="job-2", kind="erased", family=TOLLAND, record=RecordId("seen"))


def test_a_file_of_what_was_erased_is_not_handed_over_any_more(store: Store) -> None:
    port, data = store.sync_port(), CANARY.encode()
    port.apply_page(a_page(with_picture("seen", data)))
    store.attached.put(TOLLAND, RecordId("seen"), data)
    assert store.attached.to_send(10)
    port.purges.begin([ERASED])
    to_the_end(store)
    assert not store.attached.to_send(10)
    assert store.attached.data(TOLLAND, naming(data)["hash"]) is None


def test_a_file_of_work_that_is_handed_in_late_still_goes_though_its_record_was_erased(store: Store) -> None:
    port, data = store.sync_port(), CANARY.encode()
    port.apply_page(a_page(a_head("seen", note="Seen.")))
    store.attached.put(TOLLAND, RecordId("seen"), data)
    body = a_body(note="Seen.").with_answer(FieldPath("picture"), Answer(value=naming(data)))
    store.drafts.keep(RecordId("seen"), body, a_gist(), WORKER, NOON)
    port.purges.begin([ERASED])
    seal_all(store, "job-2")
    while not port.purges.purge("job-2"):
        pass
    assert [each.hash for each in store.attached.to_send(10)] == [naming(data)["hash"]]


def test_a_file_that_was_fetched_goes_with_the_last_record_that_names_it(store: Store) -> None:
    port = store.sync_port()
    port.apply_page(a_page(with_picture("seen", b"of one"), with_picture("both", b"of another")))
    one, another = fetch(store, b"of one"), fetch(store, b"of another")
    port.purges.begin([ERASED])
    to_the_end(store)
    assert store.attached.data(TOLLAND, one) is None
    assert store.attached.data(TOLLAND, another) == b"of another"


def test_a_record_that_moved_here_meanwhile_does_not_leave_with_its_old_family(store: Store) -> None:
    filled(store)
    port = store.sync_port()
    port.purges.begin([Leaving(job="job-2", kind="moved_out", family=TOLLAND, record=RecordId("seen"))])
    port.apply_page(a_page(of_pellow(a_head("seen", 2, note="moved")), cursor="c9"))
    to_the_end(store)
    assert port.held(RecordId("seen"))[1] is not None


def test_a_family_that_comes_back_while_it_leaves_leaves_first(store: Store) -> None:
    filled(store)
    port = store.sync_port()
    port.purges.begin([LEAVES])
    gained = FeedItem(seq=1000, kind="scope_added", family=TOLLAND)
    port.apply_page(FeedPage(items=(gained,), cursor="c9", epoch="e1", more=False))
    assert not port.scopes.arriving()
    to_the_end(store)
    port.purges.receipted(JOB)
    assert [each.family for each in port.scopes.arriving()] == [TOLLAND]


# Killed ------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(number: int, just_before: Callable[[], object] = lambda: None) -> Iterator[Callable[[], int]]:
    """End the process at the so-manieth statement or file operation; 0 never, and only counts."""
    count = 0
    execute, many = Database.execute, Database.many
    patched = {name: getattr(files, name) for name in ("write_all", "sync", "rename")}

    def step() -> None:
        nonlocal count
        count += 1
        if count == number:
            just_before()
            raise Killed

    def counting(original: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            step()
            return original(*args, **kwargs)

        return run

    Database.execute = counting(execute)  # type: ignore[method-assign]
    Database.many = counting(many)  # type: ignore[method-assign]
    for name, original in patched.items():
        setattr(files, name, counting(original))
    try:
        yield lambda: count
    finally:
        Database.execute, Database.many = execute, many  # type: ignore[method-assign]
        for name, original in patched.items():
            setattr(files, name, original)


def leave(store: Store) -> None:
    store.sync_port().purges.begin([LEAVES])
    to_the_end(store)


def test_killed_at_any_statement_it_is_taken_up_and_no_word_is_lost(
    template: Template, full: Path, clock: HandClock, tmp_path: Path
) -> None:
    store = template.open(full, clock)
    ids, before = members(store), others(store)
    store.lock()
    shutil.copytree(full, tmp_path / "counted")
    store = template.open(tmp_path / "counted", clock)
    with killed_at(0) as counted:
        leave(store)
        steps = counted()
    store.lock()
    assert steps > 100
    each = 1 if os.environ.get("WORKBOOK_HYPOTHESIS") == "thorough" else 3
    for number in range(1, steps + 1, each):
        folder, crashed = tmp_path / f"run-{number}", tmp_path / f"crashed-{number}"
        shutil.copytree(full, folder)
        store = template.open(folder, clock)
        # As the disk is at that moment: nothing is rolled back or closed by us.
        copy = partial(shutil.copytree, folder, crashed, ignore=shutil.ignore_patterns("store.lock"))
        with killed_at(number, copy), pytest.raises(Killed):
            leave(store)
        store.lock()
        again = template.open(crashed, clock)
        purges = again.sync_port().purges
        if not purges.jobs():  # killed before it was written down: nothing may be gone
            assert members(again) == ids, number
            purges.begin([LEAVES])
        to_the_end(again)
        receipt = purges.receipt(JOB)
        assert receipt is not None, number
        assert (receipt.records, receipt.digest) == (len(ids), digest_of_ids(ids)), number
        assert receipt.handed_in == 4, number  # two ops as they were sealed, two edits
        said = [line for line in everything_in(again).splitlines() if CANARY in line]
        assert all("'c-2'" in line for line in said), number
        assert others(again) == before, number
        again.lock()
        shutil.rmtree(folder)
        shutil.rmtree(crashed)
