"""A full disk: the spare space keeps what is being typed; then it is said, and nothing that was kept is
lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.small_disk import fill, small_disk
from tests.support.stored import (
    NOON,
    PASSPHRASE,
    WORKER,
    HandClock,
    Template,
    a_body,
    a_head,
    a_page,
    begin,
    keep,
)
from workbook_desktop.domain.errors import DiskFull
from workbook_desktop.domain.ids import FieldPath, RecordId
from workbook_desktop.store.ballast import BYTES, FILE, Ballast
from workbook_desktop.store.store import Store


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path, 32) as found:
        yield found


def test_the_draft_is_kept_with_the_spare_space_then_the_store_says_that_the_disk_is_full(
    disk: Path, template: Template, clock: HandClock
) -> None:
    folder = template.copy(disk / "store")
    store = template.open(folder, clock)
    filling = fill(disk)
    kept: list[RecordId] = []
    with pytest.raises(DiskFull):  # noqa: PT012  the point is what was kept before it came to that
        for number in range(1000):
            kept.append(begin(store, f"n{number}", note=str(number) + "x" * 60_000))
    assert not (folder / FILE).exists()
    assert len(kept) > 10, "the spare space was of no use"
    for number, record in enumerate(kept):
        assert store.records.held(record).shown == a_body(note=str(number) + "x" * 60_000)
    assert len(store.records.work_list()) == len(kept)
    page = a_page(a_head("r9", note="from the feed"))
    port = store.sync_port()
    with pytest.raises(DiskFull):
        port.apply_page(page)  # what little there is, is for typing
    filling.unlink()
    keep(store, kept[0], note="room again")
    port.apply_page(page)
    assert (folder / FILE).stat().st_size == BYTES
    store.lock()
    again = template.open(folder, clock)
    assert again.records.held(kept[0]).shown == a_body(note="room again")
    again.lock()


def test_a_release_on_a_full_disk_is_kept_or_refused_as_a_whole(
    disk: Path, template: Template, clock: HandClock
) -> None:
    store = template.open(template.copy(disk / "store"), clock)
    begin(store, note="x" * 60_000)
    fill(disk)
    store._db.ballast.release()
    fill(disk)
    refused = 0
    for number in range(50):
        record = RecordId(f"n{number}")
        try:
            begin(store, record, note="x" * 60_000)
            store.drafts.release(record, by=WORKER, at=NOON)
        except DiskFull:
            refused += 1
    assert refused
    for row in store.records.work_list():
        assert len(str(store.records.held(row.id).shown.answers[FieldPath("note")].value)) == 60_000
    store.lock()


def test_a_full_disk_does_not_lock_the_worker_out(disk: Path, template: Template, clock: HandClock) -> None:
    folder = template.copy(disk / "store")
    template.open(folder, clock).lock()
    fill(disk)
    store = Store.unlock(folder, PASSPHRASE, clock=clock)
    begin(store, note="still working")
    store.lock()


def test_the_spare_space_is_taken_again_only_when_there_is_room(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path, size=1000, spare=10)
    assert ballast.restore()
    assert ballast.restore()
    assert ballast.release()
    assert not ballast.release()
    assert not Ballast(tmp_path, size=1 << 62).restore()
    assert list(tmp_path.iterdir()) == []
