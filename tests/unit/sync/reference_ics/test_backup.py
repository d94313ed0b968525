"""Backup and restore on each kind of database: checked before anything is replaced, and under a new epoch."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, update

from sync.reference_ics import leaving, tables
from sync.reference_ics.backup import NotDone, back_up, restore
from sync.reference_ics.checking import found_in
from sync.reference_ics.database import Database
from sync.reference_ics.schema import DatabaseRefused
from sync.reference_ics.settings import Settings
from tests.support.service import AMARA, RunningIcs, content, create, running_ics
from tests.support.service import update as edit

FIRST, SECOND = content(note="first"), content(note="second")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningIcs]:
    """A service with a database that is this test's alone: it will be replaced."""
    with running_ics(tmp_path) as found:
        yield found


def opened(settings: Settings) -> Database:
    return Database(settings.database, authority=settings.authority, new_id=lambda: str(uuid.uuid4()))


def test_a_restore_brings_back_what_was_and_clients_see_another_epoch(
    own: RunningIcs, tmp_path: Path
) -> None:
    amara = own.sign_in(AMARA)
    amara.push(create("r-1", "op-1", FIRST))
    _, cursor = amara.feed_to_the_end()
    before = amara.feed()["epoch"]
    kept = back_up(own.settings.database, tmp_path / "kept")  # while the service runs
    assert (kept.records, kept.ops, kept.wrong) == (3, 1, ())
    amara.push(edit("r-1", "op-2", 1, {"note": "second"}, SECOND), create("r-2", "op-3", FIRST))
    own.stop()
    done = restore(own.settings, tmp_path / "kept", stamp="20261125t0900", reason="a drill")
    own.restart()
    amara = own.sign_in(AMARA)
    assert amara.http.get("/.well-known/ics-workbook").json()["epoch"] == done.epoch != before
    assert amara.http.get("/v1/feed", params={"cursor": cursor}).json()["type"] == "cursor-expired"
    items, _ = amara.feed_to_the_end()
    assert {item["id"]: item["version"] for item in items if item["kind"] == "record"}["r-1"] == 1
    assert "r-2" not in {item["id"] for item in items}
    # What a laptop still holds of what was lost is taken again, by the same ids.
    again = amara.push(edit("r-1", "op-2", 1, {"note": "second"}, SECOND), create("r-2", "op-3", FIRST))
    assert [each["status"] for each in again] == ["applied", "applied"]
    with own.database() as database, database.reading() as connection:
        noted = connection.execute(select(tables.epoch.c.id, tables.epoch.c.reason)).all()
    assert (done.epoch, "a drill") in [tuple(row) for row in noted]


def test_the_database_that_was_there_stays_beside(own: RunningIcs, tmp_path: Path) -> None:
    back_up(own.settings.database, tmp_path / "kept")
    own.sign_in(AMARA).push(create("r-1", "op-1", FIRST))
    own.stop()
    done = restore(own.settings, tmp_path / "kept", stamp="20261125t0900", reason="a drill")
    url = make_url(own.settings.database)
    beside = url.set(database=done.beside).render_as_string(hide_password=False)
    old = opened(replace(own.settings, database=beside))
    with old.reading() as connection:
        assert found_in(connection).ops == 1
    old.close()
    with pytest.raises(NotDone, match="is there already"):
        restore(own.settings, tmp_path / "kept", stamp="20261125t0900", reason="a drill")


def test_a_database_in_use_is_not_replaced(own: RunningIcs, tmp_path: Path) -> None:
    back_up(own.settings.database, tmp_path / "kept")
    amara = own.sign_in(AMARA)
    amara.feed()
    with pytest.raises(NotDone, match="in use"):
        restore(own.settings, tmp_path / "kept", stamp="20261125t0900", reason="a drill")
    assert amara.push(create("r-1", "op-1", FIRST))[0]["status"] == "applied"


def test_what_was_erased_since_does_not_come_back(own: RunningIcs, tmp_path: Path) -> None:
    amara = own.sign_in(AMARA)
    amara.push(create("r-1", "op-1", FIRST), create("r-2", "op-2", FIRST))
    back_up(own.settings.database, tmp_path / "kept")
    with own.database() as office:
        leaving.erase(office, own.settings, "r-1", reason="a court's order")
    own.stop()
    done = restore(own.settings, tmp_path / "kept", stamp="20261125t0900", reason="a drill")
    assert done.erased_again == 1
    own.restart()
    reply = own.sign_in(AMARA).http.get("/v1/records/r-1")
    assert reply.status_code in (404, 410)
    assert own.sign_in(AMARA).record("r-2")["version"] == 1


def test_a_damaged_backup_replaces_nothing(own: RunningIcs, tmp_path: Path) -> None:
    own.sign_in(AMARA).push(*(create(f"r-{n}", f"op-{n}", content(note="x" * 3_000)) for n in range(40)))
    kept = tmp_path / "kept"
    back_up(own.settings.database, kept)
    own.stop()
    whole = kept.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:100] + bytes(20_000) + whole[20_100:], b"", b"nothing"):
        kept.write_bytes(damaged)
        with pytest.raises(NotDone):
            restore(own.settings, kept, stamp="20261125t0900", reason="a drill")
    own.restart()
    assert own.sign_in(AMARA).record("r-39")["version"] == 1


@pytest.mark.parametrize("lost", ["a revision", "an entry", "a byte of an answer", "a number"])
def test_a_backup_that_does_not_hold_together_is_told_and_not_kept(
    own: RunningIcs, tmp_path: Path, lost: str
) -> None:
    own.sign_in(AMARA).push(create("r-1", "op-1", FIRST), edit("r-1", "op-2", 1, {"note": "second"}, SECOND))
    with own.database() as database, database.writing() as (connection, _):
        of_it = (tables.revision.c.id == "r-1") & (tables.revision.c.version == 1)
        if lost == "a revision":
            connection.execute(tables.revision.delete().where(of_it))
        elif lost == "an entry":
            connection.execute(tables.entry.delete().where(tables.entry.c.id == "r-1"))
        elif lost == "a number":
            connection.execute(update(tables.entry).where(tables.entry.c.id == "r-1").values(seq=1_000))
        else:
            body = connection.execute(select(tables.revision.c.body).where(of_it)).scalar_one()
            changed = bytes(body).replace(b"first", b"fIrst")
            connection.execute(update(tables.revision).where(of_it).values(body=changed))
    with pytest.raises(NotDone, match="does not hold together"):
        back_up(own.settings.database, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_a_backup_never_takes_the_place_of_another(own: RunningIcs, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("yesterday's")
    with pytest.raises(NotDone, match="is there already"):
        back_up(own.settings.database, tmp_path / "kept")
    assert (tmp_path / "kept").read_text() == "yesterday's"


def test_a_backup_is_for_its_owners_eyes(own: RunningIcs, tmp_path: Path) -> None:
    back_up(own.settings.database, tmp_path / "kept")
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0


def test_another_authoritys_backup_is_refused(own: RunningIcs, tmp_path: Path) -> None:
    back_up(own.settings.database, tmp_path / "kept")
    own.stop()
    with pytest.raises(NotDone, match="is that of wrenmouth"):
        restore(
            replace(own.settings, authority="saltmere"), tmp_path / "kept", stamp="20261125", reason="a drill"
        )
    opened(own.settings).close()


def test_a_backup_of_a_newer_version_is_refused(own: RunningIcs, tmp_path: Path) -> None:
    with own.database() as database, database.writing() as (connection, _):
        connection.execute(update(tables.meta).where(tables.meta.c.name == "schema").values(value="99"))
    with pytest.raises(NotDone, match="schema 99"):
        back_up(own.settings.database, tmp_path / "kept")
    with pytest.raises(DatabaseRefused, match="schema 99"):
        opened(own.settings)


def test_a_check_of_everything_finds_nothing_wrong_after_a_week_of_work(own: RunningIcs) -> None:
    amara = own.sign_in(AMARA)
    amara.push(create("r-1", "op-1", FIRST), edit("r-1", "op-2", 1, {"note": "second"}, SECOND))
    proposal = {
        "path": "note",
        "kind": "answer",
        "base": {"v": "first"},
        "mine": {"v": "third"},
        "theirs_version": 2,
    }
    amara.push(edit("r-1", "op-3", 2, {}, SECOND, proposals=[proposal]))
    with own.database() as database:
        leaving.move(database, own.settings, "r-1", "f-pellow")
        with database.reading() as connection:
            found = found_in(connection)
    assert (found.wrong, found.ops) == ((), 3)
