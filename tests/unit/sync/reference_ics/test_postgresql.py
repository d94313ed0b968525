"""What is PostgreSQL's alone: a server not to be trusted with records, and a pooler in between."""

from __future__ import annotations

import threading
import uuid

import pytest
from sqlalchemy import select

from sync.reference_ics import engines, seed, tables
from sync.reference_ics.database import Database, NotOnTheReplica
from sync.reference_ics.schema import DatabaseRefused
from tests.support.postgres import PostgresServer
from tests.support.service import IcsClock, small_caseload


def opened(url: str, *, pool: engines.Pool | None = None) -> Database:
    return Database(url, authority="wrenmouth", new_id=lambda: str(uuid.uuid4()), pool=pool)


def test_an_unsafe_server_is_refused(postgres_server: PostgresServer) -> None:
    name = postgres_server.fresh()
    postgres_server.run(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with pytest.raises(DatabaseRefused, match="synchronous_commit is off"):
        opened(postgres_server.url(name))
    latin = "ics_latin"
    postgres_server.run(f"CREATE DATABASE {latin} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(DatabaseRefused, match="UTF8"):
        opened(postgres_server.url(latin))


def test_nothing_outlives_a_transaction_that_a_pooler_would_mix_up(postgres_server: PostgresServer) -> None:
    database = opened(postgres_server.url(postgres_server.fresh()), pool=engines.Pool(size=1))
    seed.put(database, small_caseload(), received_at=IcsClock().now())
    for number in range(12):  # psycopg would prepare what it has sent five times
        with database.writing() as (connection, numbers):
            row = {"kind": "record", "id": f"r-{number}", "seq": numbers.next(), "version": 1}
            database.insert(connection, tables.entry, [{**row, "scope": "", "about": "", "limits": ""}])
        with database.reading() as connection:
            connection.execute(select(tables.entry.c.seq)).all()
    with database.engine.connect() as connection:
        asked = "SELECT count(*) FROM pg_prepared_statements"
        assert connection.exec_driver_sql(asked).scalar_one() == 0
        asked = "SELECT count(*) FROM pg_settings WHERE source = 'session' AND name IN"
        names = "('statement_timeout', 'lock_timeout', 'default_transaction_isolation')"
        assert connection.exec_driver_sql(f"{asked} {names}").scalar_one() == 0
    database.close()


def test_a_commit_that_gave_up_waiting_for_its_replica_is_not_acknowledged(
    postgres_server: PostgresServer,
) -> None:
    name = postgres_server.fresh()
    database = opened(postgres_server.url(name))
    postgres_server.run("ALTER SYSTEM SET synchronous_standby_names = 'a_replica_that_is_not_there'")
    postgres_server.run("SELECT pg_reload_conf()")
    while "a_replica_that_is_not_there" not in str(postgres_server.run("SHOW synchronous_standby_names")):
        pass  # the server takes it when it comes round to it
    outcome: list[object] = []

    def write() -> None:
        try:
            with database.writing() as (connection, numbers):
                row = {"kind": "record", "id": "r-1", "seq": numbers.next(), "version": 1}
                database.insert(connection, tables.entry, [{**row, "scope": "", "about": "", "limits": ""}])
            outcome.append("acknowledged")
        except Exception as error:
            outcome.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        waits = f"FROM pg_stat_activity WHERE datname = '{name}' AND wait_event = 'SyncRep'"
        while not postgres_server.run(f"SELECT pid {waits}"):
            assert writer.is_alive()
        assert outcome == []  # not while it waits
        postgres_server.run(f"SELECT pg_cancel_backend(pid) {waits}")
        writer.join(timeout=30)
    finally:
        postgres_server.run("ALTER SYSTEM RESET synchronous_standby_names")
        postgres_server.run("SELECT pg_reload_conf()")
    assert [type(each) for each in outcome] == [NotOnTheReplica]
    with database.reading() as connection:  # it is there, on this server: sent again, it would be known
        assert connection.execute(select(tables.entry.c.id)).scalars().all() == ["r-1"]
    database.close()
