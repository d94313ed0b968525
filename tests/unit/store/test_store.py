"""Made, unlocked, locked: on real files, with real keys."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.keyring import MemoryKeyring
from tests.support.stored import NOON, PASSPHRASE, STORE_ID, WORKER, HandClock, Template, a_body, begin, keep
from workbook_desktop.domain.errors import (
    KeyUnavailable,
    StoreDamaged,
    StoreLocked,
    StoreMissing,
    StoreTooNew,
    StoreUnwritable,
    TooManyTries,
    WeakPassphrase,
    WrongPassphrase,
)
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.store import connection, header, keys, schema
from workbook_desktop.store.connection import SETTINGS, StoreThread
from workbook_desktop.store.store import Store

CANARY = "Zephyrine Quillfeather"


def make(folder: Path, clock: HandClock, keyring: MemoryKeyring | None) -> Store:
    return Store.create(
        folder, PASSPHRASE, clock=clock, new_id=lambda: STORE_ID, keyrings=keyring, cost=keys.FLOOR
    )


def test_a_store_rests_on_passphrase_and_device_secret_and_opens_again(
    tmp_path: Path, clock: HandClock
) -> None:
    keyring = MemoryKeyring()
    store = make(tmp_path / "store", clock, keyring)
    begin(store, note="kept")
    store.lock()
    assert list(keyring.secrets) == [STORE_ID]
    assert header.read(tmp_path / "store").headers[0].keyring == "memory"
    again = Store.unlock(tmp_path / "store", PASSPHRASE, clock=clock, keyrings=keyring)
    assert again.records.held(RecordId("r1")).shown == a_body(note="kept")
    again.lock()


def test_the_passphrase_alone_opens_nothing_on_another_laptop(tmp_path: Path, clock: HandClock) -> None:
    make(tmp_path / "store", clock, MemoryKeyring()).lock()
    with pytest.raises(KeyUnavailable) as caught:
        Store.unlock(tmp_path / "store", PASSPHRASE, clock=clock, keyrings=MemoryKeyring())
    assert caught.value.facts == {"reason": "secret-missing"}
    other = MemoryKeyring()
    make(tmp_path / "other", clock, other).lock()
    # The same store id in another keyring: its secret is another, and the count of tries goes with that.
    (tmp_path / "store" / "store.tries").write_bytes((tmp_path / "other" / "store.tries").read_bytes())
    with pytest.raises(WrongPassphrase):
        Store.unlock(tmp_path / "store", PASSPHRASE, clock=clock, keyrings=other)


@pytest.mark.parametrize("reason", ["no-keyring", "keyring-locked", "keyring-silent"])
def test_without_a_keyring_no_store_is_made_and_nothing_is_left(
    tmp_path: Path, clock: HandClock, reason: str
) -> None:
    with pytest.raises(KeyUnavailable) as caught:
        make(tmp_path / "store", clock, MemoryKeyring(reason=reason))
    assert caught.value.facts == {"reason": reason}
    assert list(tmp_path.iterdir()) == []


def test_another_keyring_than_the_remembered_one_is_said_and_gets_no_new_secret(
    tmp_path: Path, clock: HandClock
) -> None:
    make(tmp_path / "store", clock, MemoryKeyring()).lock()
    changed = MemoryKeyring("wallet")
    with pytest.raises(KeyUnavailable) as caught:
        Store.unlock(tmp_path / "store", PASSPHRASE, clock=clock, keyrings=changed)
    assert (caught.value.facts, changed.secrets) == ({"reason": "keyring-changed"}, {})


def test_a_weak_passphrase_makes_no_store(tmp_path: Path, clock: HandClock) -> None:
    for weak in ("short", "aaaaaaaaaaaaaaaaaaaa", ""):
        with pytest.raises(WeakPassphrase):
            Store.create(
                tmp_path / "store", weak, clock=clock, new_id=lambda: "s", keyrings=None, cost=keys.FLOOR
            )
    assert list(tmp_path.iterdir()) == []


def test_a_store_is_never_made_over_another_nor_into_a_folder_in_use(folder: Path, clock: HandClock) -> None:
    before = (folder / header.DATABASE).read_bytes()
    with pytest.raises(StoreUnwritable) as caught:
        make(folder, clock, None)
    assert caught.value.facts == {"reason": "store-exists"}
    assert (folder / header.DATABASE).read_bytes() == before
    used = folder.parent / "used"
    used.mkdir()
    (used / "letter.txt").write_text("mine")
    with pytest.raises(StoreUnwritable):
        make(used, clock, None)
    assert [path.name for path in used.iterdir()] == ["letter.txt"]


def test_a_wrong_passphrase_touches_no_data_and_the_wait_grows(folder: Path, clock: HandClock) -> None:
    def bytes_of_all() -> dict[str, bytes]:
        return {
            path.name: path.read_bytes()
            for path in folder.iterdir()
            if path.name not in ("store.tries", "store.lock")
        }

    before = bytes_of_all()
    waits = []
    for _ in range(4):
        with pytest.raises(WrongPassphrase) as caught:
            Store.unlock(folder, "not the passphrase at all", clock=clock)
        waits.append(caught.value.facts["wait"])
        clock.pass_(int(caught.value.facts["wait"]))
    assert waits == [0, 0, 5, 15]
    assert bytes_of_all() == before
    Store.unlock(folder, PASSPHRASE, clock=clock).lock()


def test_a_try_before_the_wait_is_over_is_refused_even_with_the_right_passphrase(
    folder: Path, clock: HandClock
) -> None:
    for _ in range(3):
        with pytest.raises(WrongPassphrase):
            Store.unlock(folder, "not the passphrase at all", clock=clock)
    with pytest.raises(TooManyTries):
        Store.unlock(folder, PASSPHRASE, clock=clock)
    clock.pass_(5)
    Store.unlock(folder, PASSPHRASE, clock=clock).lock()


def test_a_second_window_is_refused_and_the_first_goes_on(
    store: Store, folder: Path, clock: HandClock
) -> None:
    with pytest.raises(StoreLocked) as caught:
        Store.unlock(folder, PASSPHRASE, clock=clock)
    assert caught.value.facts == {"by": "another-window"}
    begin(store, note="still here")


def test_locking_twice_is_locking_once_and_leaves_no_log(store: Store, folder: Path) -> None:
    begin(store, note="kept")
    store.lock()
    store.lock()
    assert not (folder / "store.db-wal").exists()


def test_every_setting_reads_back_as_it_was_set(store: Store) -> None:
    for name, _, expected in SETTINGS:
        assert str(store._db.execute(f"PRAGMA {name}").fetchone()[0]) == expected, name
    store._db.check()
    store._db.execute("PRAGMA synchronous = NORMAL")
    with pytest.raises(StoreDamaged):
        store._db.check()
    store._db.execute("PRAGMA synchronous = FULL")


@pytest.mark.skipif(os.name == "nt", reason="modes are an ACL there")
def test_only_the_worker_can_read_the_files(tmp_path: Path, clock: HandClock) -> None:
    store = make(tmp_path / "store", clock, None)
    begin(store, note="kept")
    assert stat.S_IMODE((tmp_path / "store").stat().st_mode) == 0o700
    for path in (tmp_path / "store").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name
    store.lock()


@pytest.mark.parametrize("size", [0, 1, 15, 4095])
def test_a_database_cut_short_is_damage_and_not_an_empty_store(
    folder: Path, clock: HandClock, template: Template, size: int
) -> None:
    path = folder / header.DATABASE
    content = path.read_bytes()[:size]
    path.write_bytes(content)
    with pytest.raises(StoreDamaged):
        template.open(folder, clock)
    assert path.read_bytes() == content


def test_every_flipped_page_is_noticed_or_holds_nothing(
    folder: Path, clock: HandClock, template: Template
) -> None:
    store = template.open(folder, clock)
    begin(store, note="kept")
    store.lock()
    path = folder / header.DATABASE
    content = path.read_bytes()
    noticed = 0
    pages = range(0, len(content), connection.PAGE)
    for page in pages:
        position = page + 2000
        path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        found = None
        try:
            found = template.open(folder, clock)
            assert list(found._db.execute("PRAGMA cipher_integrity_check")) == []
        except (StoreDamaged, AssertionError):
            noticed += 1
        finally:
            if found is not None:
                found.lock()
    assert noticed == len(pages)


def test_another_database_under_this_header_is_damage(folder: Path, clock: HandClock, tmp_path: Path) -> None:
    make(tmp_path / "other", clock, None).lock()
    (folder / header.DATABASE).write_bytes((tmp_path / "other" / header.DATABASE).read_bytes())
    with pytest.raises(StoreDamaged):
        Store.unlock(folder, PASSPHRASE, clock=clock)


def test_a_plain_database_is_never_opened(folder: Path, clock: HandClock, template: Template) -> None:
    import sqlite3

    path = folder / header.DATABASE
    path.unlink()
    plain = sqlite3.connect(path)
    plain.execute("CREATE TABLE t (x)")
    plain.commit()
    plain.close()
    with pytest.raises(StoreDamaged):
        template.open(folder, clock)


def test_a_newer_schema_is_refused_and_left_as_it_is(
    folder: Path, clock: HandClock, template: Template
) -> None:
    store = template.open(folder, clock)
    store._db.execute("PRAGMA user_version = 99")
    store.lock()
    with pytest.raises(StoreTooNew) as caught:
        template.open(folder, clock)
    assert caught.value.facts == {"found": 99, "known": schema.migrations()[-1][0]}


def test_a_migration_is_whole_or_not_at_all(store: Store) -> None:
    known = schema.migrations()
    last = known[-1][0]
    broken = [*known, (last + 1, "CREATE TABLE half (x) STRICT;")]
    with pytest.raises(Exception, match="datatype"):
        schema.migrate(store._db, broken)
    assert schema.version_of(store._db) == last
    whole = [
        *known,
        (last + 1, "CREATE TABLE extra (x TEXT) STRICT;\nINSERT INTO extra VALUES ('; not the end');\n"),
    ]
    assert schema.migrate(store._db, whole) == last
    assert schema.version_of(store._db) == last + 1
    assert schema.migrate(store._db, whole) == last + 1


def test_no_word_that_was_typed_stands_in_any_file(tmp_path: Path, clock: HandClock) -> None:
    folder = tmp_path / "store"
    store = make(folder, clock, MemoryKeyring())
    record = begin(store, note=CANARY)
    for number in range(50):
        keep(store, record, note=f"{CANARY} {number}" * 40)
    store.drafts.release(record, by=WORKER, at=NOON)
    store.settings.put("last", CANARY)

    def words_in_files() -> list[str]:
        hidden = (CANARY.encode(), CANARY.encode("utf-16-le"), PASSPHRASE.encode(), b"family-tolland")
        return [path.name for path in folder.rglob("*") if any(word in path.read_bytes() for word in hidden)]

    assert words_in_files() == []
    store.rest()
    assert words_in_files() == []
    store.lock()
    assert words_in_files() == []


def test_sql_outside_the_stores_own_thread_is_refused(
    folder: Path, clock: HandClock, template: Template
) -> None:
    thread = StoreThread()
    store = thread.submit(template.open, folder, clock).result()
    assert thread.submit(lambda: threading.current_thread().name).result().startswith("store")
    assert thread.submit(store.records.work_list).result() == []
    with pytest.raises(RuntimeError, match="thread"):
        store.records.work_list()
    thread.submit(store.lock).result()
    thread.shutdown()


def test_work_done_together_is_kept_together_or_not_at_all(store: Store) -> None:
    def half() -> None:
        begin(store, note="half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.together(half)
    assert store.records.row(RecordId("r1")) is None


def test_the_package_and_the_header_load_without_the_heavy_libraries(repository: Path) -> None:
    code = (
        "import sys, workbook_desktop.store, workbook_desktop.store.header;"
        "import workbook_desktop.store.device_secret, workbook_desktop.store.keys;"
        "heavy = ('keyring', 'cryptography', 'sqlcipher3', 'msgspec');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_missing_store_stays_missing(tmp_path: Path, clock: HandClock) -> None:
    (tmp_path / "store").mkdir()
    with pytest.raises(StoreMissing):
        Store.unlock(tmp_path / "store", PASSPHRASE, clock=clock)
    assert list((tmp_path / "store").iterdir()) == []


def test_the_cost_of_a_guess_never_falls_below_the_floor() -> None:
    for took, expected in ((2.0, keys.FLOOR), (0.6, keys.USUAL), (0.2, keys.ALONE)):
        moments = iter((0.0, took))
        assert keys.calibrate(lambda moments=moments: next(moments)) == expected
    moments = iter((0.0, 0.01))
    fast = keys.calibrate(lambda: next(moments))
    assert (fast.m, fast.p) == (keys.ALONE.m, keys.ALONE.p)
    assert 3 < fast.t <= 10
