"""The database under the service, on each kind: one writer, one snapshot, nothing acknowledged and lost."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, OperationalError

from sync.reference_ics import engines, tables
from sync.reference_ics.database import Database, checkpoint
from sync.reference_ics.schema import DatabaseRefused
from tests.support.databases import new_url
from tests.support.service import AMARA, RunningIcs, content, create, running_ics


def opened(url: str, *, authority: str = "wrenmouth", pool: engines.Pool | None = None) -> Database:
    return Database(url, authority=authority, new_id=lambda: str(uuid.uuid4()), pool=pool)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return new_url(tmp_path)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    found = opened(url)
    yield found
    found.close()


def written(database: Database, name: str, hold: threading.Event | None = None) -> int:
    """Write one entry, as a push does, and end the transaction only when told to; return its number."""
    with database.writing() as (connection, numbers):
        seq = numbers.next()
        row = {"kind": "record", "id": name, "seq": seq, "version": 1, "scope": "", "about": "", "limits": ""}
        database.insert(connection, tables.entry, [row])
        if hold is not None:
            assert hold.wait(timeout=30)
    return seq


def page(database: Database, after: int) -> tuple[list[int], int]:
    """Read what lies after a number, and up to where this view of the data reaches."""
    with database.reading() as connection:
        asked = select(tables.entry.c.seq).where(tables.entry.c.seq > after).order_by(tables.entry.c.seq)
        found = list(connection.execute(asked).scalars())
        return found, checkpoint(connection)


def test_a_commit_that_comes_late_is_in_no_readers_past(database: Database) -> None:
    written(database, "before")
    hold, started = threading.Event(), threading.Event()

    def late() -> None:
        started.set()
        written(database, "late", hold)

    def after_it() -> None:
        written(database, "after")

    writers = [threading.Thread(target=late), threading.Thread(target=after_it)]
    writers[0].start()
    assert started.wait(timeout=10)
    writers[1].start()
    # Whichever of the two has the turn: neither is seen by halves, and no number before its time.
    for _ in range(20):
        seen, reached = page(database, 0)
        assert seen == list(range(1, reached + 1))
    hold.set()
    for writer in writers:
        writer.join(timeout=30)
        assert not writer.is_alive()
    assert page(database, 0) == ([1, 2, 3], 3)


def test_many_writers_and_the_feed_skips_no_commit(url: str) -> None:
    # Two services over one database, as at a change of version: the lock in the process is not enough.
    services = [opened(url), opened(url)]
    each, writers = 12, 8
    failed: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(each):
                written(services[number % 2], f"{number}-{turn}")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    after = 0
    for turn in itertools.count():
        done = not any(thread.is_alive() for thread in threads)
        found, reached = page(services[turn % 2], after)
        assert found == list(range(after + 1, reached + 1))  # nothing up to the checkpoint is missing
        seen += found
        after = reached
        if done:
            break
    for service in services:
        service.close()
    assert failed == []
    assert seen == list(range(1, each * writers + 1))


def test_a_reader_sees_one_moment_from_its_first_question_to_its_last(database: Database) -> None:
    written(database, "first")
    with database.reading() as connection:
        assert checkpoint(connection) == 1
        other = threading.Thread(target=written, args=(database, "second"))
        other.start()
        other.join(timeout=30)
        assert not other.is_alive()  # readers hold no writer up
        assert checkpoint(connection) == 1
        assert len(connection.execute(select(tables.entry.c.id)).all()) == 1
    assert page(database, 1) == ([2], 2)


def test_a_transaction_that_fails_leaves_neither_rows_nor_numbers(database: Database) -> None:
    written(database, "first")

    class Broken(Exception):
        pass

    def fail() -> None:
        with database.writing() as (connection, numbers):
            row = {"kind": "record", "id": "x", "seq": numbers.next(), "version": 1}
            database.insert(connection, tables.entry, [{**row, "scope": "", "about": "", "limits": ""}])
            raise Broken

    with pytest.raises(Broken):
        fail()
    assert written(database, "second") == 2
    assert page(database, 0) == ([1, 2], 2)


def test_an_epoch_that_begins_is_seen_by_services_that_run(url: str) -> None:
    running, office = opened(url), opened(url)
    before = running.identity
    office.begin_epoch("another", began_at="2026-11-25T09:00:00+00:00", reason="restored")
    with running.reading():
        assert running.identity.epoch == "another"
    assert (running.identity.cursor_key, before.epoch != "another") == (before.cursor_key, True)
    with running.reading() as connection:
        noted = connection.execute(select(tables.epoch.c.id, tables.epoch.c.reason)).all()
    assert ("another", "restored") in [tuple(row) for row in noted]
    assert len(noted) == 2
    for each in (running, office):
        each.close()


def test_clients_see_another_epoch_and_their_cursors_end(ics: RunningIcs) -> None:
    amara = ics.sign_in(AMARA)
    _, cursor = amara.feed_to_the_end()
    before = amara.feed()["epoch"]
    with ics.database() as office:
        office.begin_epoch("another", began_at="2026-11-25T09:00:00+00:00", reason="restored")
    assert amara.http.get("/v1/feed", params={"cursor": cursor}).json()["type"] == "cursor-expired"
    assert amara.http.get("/.well-known/ics-workbook").json()["epoch"] == "another" != before


def test_another_authoritys_database_is_refused(url: str) -> None:
    opened(url).close()
    with pytest.raises(DatabaseRefused, match="is that of wrenmouth"):
        opened(url, authority="saltmere")


def test_two_that_open_an_empty_database_at_once_make_it_once(url: str) -> None:
    found: list[Database] = []
    threads = [threading.Thread(target=lambda: found.append(opened(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len({each.identity.epoch for each in found}) == 1
    assert len(found) == 4
    for each in found:
        each.close()


def test_the_service_says_unavailable_while_another_holds_the_turn_to_write(tmp_path: Path) -> None:
    with running_ics(tmp_path, pool=engines.Pool(lock=0.2)) as ics:
        amara = ics.sign_in(AMARA)
        with ics.database() as office, office.writing():
            reply = amara.push_raw(create("r-1", "op-1", content(note="x")))
            assert (reply.status_code, reply.json()["type"]) == (503, "unavailable")
            assert int(reply.headers["retry-after"]) > 0
        assert amara.push(create("r-1", "op-1", content(note="x")))[0]["status"] == "applied"


def test_the_service_says_unavailable_when_every_connection_is_taken(tmp_path: Path) -> None:
    with running_ics(tmp_path, pool=engines.Pool(size=1, wait=0.2)) as ics:
        amara = ics.sign_in(AMARA)
        with ics.service_database().reading():
            reply = amara.http.get("/v1/feed")
            assert (reply.status_code, reply.json()["type"]) == (503, "unavailable")
            assert int(reply.headers["retry-after"]) > 0
        assert amara.http.get("/v1/feed").status_code == 200


@pytest.mark.parametrize("place", ["op_id", "record_id", "scope_id", "after_op", "amends"])
def test_an_id_with_nul_in_it_is_refused_and_no_mistake(ics: RunningIcs, place: str) -> None:
    op = {**create("r-1", "op-1", content(note="x")), place: "a\0b"}
    (result,) = ics.sign_in(AMARA).push(op)
    assert result["status"] in ("rejected", "predecessor-missing")


def test_nul_in_a_devices_clock_or_an_answer_is_kept_out_of_the_databases_way(ics: RunningIcs) -> None:
    op = create("r-1", "op-1", content(note="before\0after"))
    op["provenance"] = {**op["provenance"], "edited_from": "\0", "edited_to": "2026\0"}
    amara = ics.sign_in(AMARA)
    assert amara.push(op)[0]["status"] == "applied"
    assert amara.record("r-1")["answers"]["note"]["v"] == "before\0after"
    signed = amara.http.post("/v1/practice/sign-in", json={"worker": "a\0b", "secret": ics.secret})
    assert signed.status_code == 401


def test_ids_sort_by_their_bytes_on_every_database(url: str, database: Database) -> None:
    ids = ["B", "a", "Z", "ä", "a-b", "aB", "a_b", "_"]
    with database.writing() as (connection, _):
        for each in ids:
            row = {"id": each, "name": "", "role": "", "agency": "", "chapter": "", "is_manager": False}
            connection.execute(tables.worker.insert(), row)
    with database.reading() as connection:
        said = list(connection.execute(select(tables.worker.c.id).order_by(tables.worker.c.id)).scalars())
    assert said == sorted(ids, key=str.encode)


def test_what_the_database_breaks_off_is_tried_again_and_in_the_end_told(database: Database) -> None:
    class Failure(Exception):
        sqlstate = "40001"

    tried: list[int] = []

    def twice() -> str:
        tried.append(1)
        if len(tried) < 3:
            raise OperationalError("UPDATE", None, Failure())
        return "done"

    assert database.trying(twice) == "done"
    assert len(tried) == 3
    tried.clear()

    def never() -> None:
        tried.append(1)
        raise OperationalError("UPDATE", None, Failure())

    with pytest.raises(DBAPIError):
        database.trying(never)
    assert len(tried) == 4
