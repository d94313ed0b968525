"""The second copy of unsent work: it brings back what a lost log took away."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.stored import (
    NOON,
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
    keep,
)
from workbook_desktop.domain.changes import OpKind, Parked
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.store import header
from workbook_desktop.store.finding import Wanted
from workbook_desktop.store.journal import Journal
from workbook_desktop.store.records import Here
from workbook_desktop.store.store import Store

R1 = RecordId("r1")
KEY = bytes(range(32))


def without_its_log(store: Store, folder: Path, to: Path) -> Path:
    """What a cleaner or a bad disk leaves: every file but the log, as it lies there this moment."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("*-wal", "*-shm", "store.lock"))
    return to


@pytest.fixture
def cut(
    store: Store, folder: Path, template: Template, clock: HandClock, tmp_path: Path
) -> Callable[[], Store]:
    """Lose the log and open what is left."""
    opened: list[Store] = []

    def lose() -> Store:
        lost = without_its_log(store, folder, tmp_path / f"cut-{len(opened)}")
        opened.append(template.open(lost, clock))
        return opened[-1]

    return lose


def test_without_the_journal_a_lost_log_would_take_the_work_with_it(
    store: Store, folder: Path, tmp_path: Path, template: Template, clock: HandClock
) -> None:
    begin(store, note="gone")  # the control: it shows that the tests below lose something
    store.drafts.release(R1, by=WORKER, at=NOON)
    lost = without_its_log(store, folder, tmp_path / "cut")
    (lost / header.JOURNAL).unlink()
    again = template.open(lost, clock)
    assert again.records.row(R1) is None
    again.lock()


def test_released_work_comes_back_and_is_counted(store: Store, cut: Callable[[], Store]) -> None:
    begin(store, note="kept")
    store.drafts.release(R1, by=WORKER, at=NOON)
    before = store.records.held(R1)
    again = cut()
    assert again.restored == 1
    held = again.records.held(R1)
    assert (held.local, held.released_at, held.edited_from) == (before.local, before.released_at, NOON)
    assert held.row.here is Here.WAITING
    assert [row.id for row in again.finding.records(Wanted(words=("kept",)), 5)] == ["r1"]
    assert [row.id for row in again.records.of_person(before.row.subjects[0])] == ["r1"]
    assert [work.local for work in again.sync_port().unsent(10)] == [a_body(note="kept")]
    again.lock()


def test_a_sealed_op_comes_back_with_the_same_bytes_its_base_and_what_was_typed_since(
    store: Store, cut: Callable[[], Store]
) -> None:
    store.sync_port().apply_page(a_page(a_head(note="as it was")))
    keep(store, R1, note="as it is")
    store.drafts.release(R1, by=WORKER, at=NOON)
    made = an_op(store, R1)
    store.sync_port().seal([made])
    again = cut()
    assert list(again.sync_port().sealed(10)) == [made]
    base, _ = again.sync_port().held(R1)
    assert base == a_head(note="as it was")
    again.sync_port().acknowledge([acknowledged(made, 2)])
    assert again.records.held(R1).row.here is Here.IN_STEP
    again.lock()


@pytest.mark.parametrize("typed", ["", "typed since"], ids=["as it was sealed", "typed on"])
def test_an_op_that_does_not_repeat_the_text_comes_back_whole(
    store: Store, cut: Callable[[], Store], typed: str
) -> None:
    begin(store, note="kept")
    store.drafts.release(R1, by=WORKER, at=NOON)
    (work,) = store.sync_port().unsent(1)
    made = replace(an_op(store, R1, kind=OpKind.CREATE), content=work.content)
    store.sync_port().seal([made])
    if typed:
        keep(store, R1, note=typed)
        store.drafts.release(R1, by=WORKER, at=NOON)  # which is copied at once
    again = cut()
    assert list(again.sync_port().sealed(10)) == [made]
    assert again.records.held(R1).shown == a_body(note=typed or "kept")
    again.lock()


def test_a_parked_op_comes_back_parked(store: Store, cut: Callable[[], Store]) -> None:
    begin(store, note="kept")
    store.drafts.release(R1, by=WORKER, at=NOON)
    made = an_op(store, R1, kind=OpKind.CREATE)
    store.sync_port().seal([made])
    store.sync_port().park(Parked(op=made.op, record=R1, code="invalid-answer"))
    again = cut()
    assert [each.code for each in again.outbox.parked()] == ["invalid-answer"]
    again.lock()


def test_two_own_texts_of_one_answer_that_were_on_their_way_both_come_back(
    store: Store, cut: Callable[[], Store]
) -> None:
    store.sync_port().apply_page(a_page(a_head(note="as it was")))
    keep(store, R1, note="as it is")
    store.drafts.release(R1, by=WORKER, at=NOON)
    made = an_op(store, R1)
    store.sync_port().seal([made])
    two = [a_clash("the newest", base="as it was since"), a_clash("the older", base="as it was")]
    bring_over(store, made, "op-2", *two)
    again = cut()
    assert again.conflicts.proposals(R1) == two
    again.lock()


def test_a_draft_is_copied_when_it_is_begun_and_then_at_most_once_a_minute(
    store: Store, cut: Callable[[], Store], clock: HandClock, folder: Path
) -> None:
    begin(store, note="first")
    size = (folder / header.JOURNAL).stat().st_size
    clock.pass_(59)
    keep(store, R1, note="not copied yet")
    assert (folder / header.JOURNAL).stat().st_size == size
    again = cut()
    assert again.records.held(R1).shown == a_body(note="first")
    again.lock()
    clock.pass_(1)
    keep(store, R1, note="copied")
    again = cut()
    assert again.records.held(R1).shown == a_body(note="copied")
    again.lock()


def test_locking_copies_what_was_typed_since_the_last_copy(
    store: Store, folder: Path, template: Template, clock: HandClock
) -> None:
    old = (folder / header.DATABASE).read_bytes()
    begin(store, note="first")
    keep(store, R1, note="last words")
    store.lock()
    (folder / header.DATABASE).write_bytes(old)  # a whole database put back from an older copy
    again = template.open(folder, clock)
    assert (again.restored, again.records.held(R1).shown) == (1, a_body(note="last words"))
    again.lock()


def test_what_was_brought_back_once_is_not_brought_back_again(
    store: Store, cut: Callable[[], Store], template: Template, clock: HandClock, tmp_path: Path
) -> None:
    begin(store, note="kept")
    store.drafts.release(R1, by=WORKER, at=NOON)
    again = cut()
    again.drafts.hold_back(R1)
    again.lock()
    third = template.open(tmp_path / "cut-0", clock)
    assert (third.restored, third.records.held(R1).released_at) == (0, None)
    third.lock()


def test_acknowledged_work_does_not_come_back_from_the_journal(
    store: Store, cut: Callable[[], Store]
) -> None:
    begin(store, note="kept")
    store.drafts.release(R1, by=WORKER, at=NOON)
    made = an_op(store, R1, kind=OpKind.CREATE)
    store.sync_port().seal([made])
    store.sync_port().acknowledge([acknowledged(made, 1)])
    store._unsent.compact(at_once=True)
    store.rest()
    again = cut()
    assert again.restored == 0
    assert list(again.sync_port().sealed(10)) == []
    again.lock()


def test_compaction_keeps_what_is_unsent_and_lets_the_rest_go(
    store: Store, folder: Path, cut: Callable[[], Store]
) -> None:
    for number in range(20):
        begin(store, f"r{number}", note="x" * 2000)
        store.drafts.release(RecordId(f"r{number}"), by=WORKER, at=NOON)
    before = (folder / header.JOURNAL).stat().st_size
    for number in range(1, 20):
        made = an_op(store, RecordId(f"r{number}"), f"op-{number}", OpKind.CREATE)
        store.sync_port().seal([made])
        store.sync_port().acknowledge([acknowledged(made, 1)])
    store._unsent.compact(at_once=True)
    assert (folder / header.JOURNAL).stat().st_size < before / 10
    begin(store, "later", note="typed after compaction")
    again = cut()
    assert again.records.row(RecordId("later")) is not None
    again.lock()


# The file itself --------------------------------------------------------------------------------------------


def a_journal(path: Path, count: int) -> list[tuple[int, dict[str, str]]]:
    entries = [(number, {"words": "w" * number}) for number in range(1, count + 1)]
    journal = Journal(path, KEY, "s")
    for number, entry in entries:
        journal.append(number, entry)
    journal.close()
    return entries


def read(path: Path, store_id: str = "s") -> list[tuple[int, object]]:
    journal = Journal(path, KEY, store_id)
    found = list(journal.entries())
    journal.close()
    return found


def test_every_truncation_reads_as_a_clean_beginning_and_takes_new_entries(tmp_path: Path) -> None:
    entries = a_journal(tmp_path / "whole", 5)
    content = (tmp_path / "whole").read_bytes()
    for length in range(len(content)):
        path = tmp_path / "torn"
        path.write_bytes(content[:length])
        prefix = read(path)
        assert prefix == entries[: len(prefix)]
        journal = Journal(path, KEY, "s")
        journal.append(9, {"words": "after"})
        journal.close()
        assert read(path) == [*prefix, (9, {"words": "after"})]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 300), bit=st.integers(0, 7))
def test_a_flipped_bit_costs_one_entry_and_never_makes_another(
    tmp_path: Path, position: int, bit: int
) -> None:
    path = tmp_path / "flipped"
    path.unlink(missing_ok=True)
    entries = a_journal(path, 5)
    content = bytearray(path.read_bytes())
    content[position % len(content)] ^= 1 << bit
    path.write_bytes(content)
    found = read(path)
    assert len(found) == 4
    assert all(each in entries for each in found)


def test_another_stores_journal_says_nothing(tmp_path: Path) -> None:
    a_journal(tmp_path / "journal", 3)
    assert read(tmp_path / "journal", "another") == []


def test_noise_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b"WBJ1" * 500 + bytes(1000))
    assert read(tmp_path / "journal") == []
