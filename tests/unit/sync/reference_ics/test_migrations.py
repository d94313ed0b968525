"""Databases of former schemas are brought up, newer ones are left alone: on each kind of database."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, make_url, select, update

from sync.reference_ics import migrations, schema, tables
from sync.reference_ics.checking import found_in
from sync.reference_ics.database import Database
from sync.reference_ics.schema import DatabaseRefused
from sync.reference_ics.serving import Service
from sync.reference_ics.settings import Settings
from tests.support.databases import new_url
from tests.support.service import AMARA, SECRET, IcsClock, content, running_ics, signed_in
from tests.support.service import update as edit


@pytest.fixture
def former(database_kind: str, repository: Path, tmp_path: Path) -> Callable[[int], str]:
    """A database as a former version of the service left it, with work in it."""

    def made(number: int) -> str:
        url = new_url(tmp_path)
        sql = (repository / "tests" / "data" / f"ics-schema-{number}.{database_kind}.sql").read_text()
        if database_kind == "sqlite":
            connection = sqlite3.connect(str(make_url(url).database))
            connection.executescript(sql)
            connection.close()
        else:
            plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(plain) as server:
                server.execute(sql.encode())
        return url

    return made


def opened(url: str, *, migrate: bool = False) -> Database:
    return Database(url, authority="wrenmouth", new_id=lambda: str(uuid.uuid4()), migrate=migrate)


def number_in(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        number = schema.there_is(connection)
        assert (number == 1) == (not inspect(connection).has_table("epoch"))
    engine.dispose()
    return number


def test_an_older_schema_is_refused_until_it_is_brought_up(former: Callable[[int], str]) -> None:
    url = former(1)
    with pytest.raises(DatabaseRefused, match="workbook-ics migrate"):
        opened(url)
    database = opened(url, migrate=True)
    assert database.migrated == tuple(range(2, migrations.NEWEST + 1))
    database.close()
    again = opened(url, migrate=True)
    assert again.migrated == ()
    again.close()


def test_a_migrated_database_is_as_a_new_one(former: Callable[[int], str], tmp_path: Path) -> None:
    migrated = opened(former(1), migrate=True)
    with migrated.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    (tmp_path / "new").mkdir()
    new = opened(new_url(tmp_path / "new"))
    for table in tables.metadata.tables:
        for database in (migrated, new):
            assert {column["name"] for column in inspect(database.engine).get_columns(table)} == set(
                tables.metadata.tables[table].columns.keys()
            )
        said = [
            [
                (
                    column["name"],
                    str(column["type"]),
                    column["nullable"],
                    getattr(column["type"], "collation", ""),
                )
                for column in inspect(database.engine).get_columns(table)
            ]
            for database in (migrated, new)
        ]
        assert said[0] == said[1]
        keys = [inspect(database.engine).get_pk_constraint(table) for database in (migrated, new)]
        assert keys[0]["constrained_columns"] == keys[1]["constrained_columns"]
    for database in (migrated, new):
        database.close()


def test_what_was_in_it_is_served_and_goes_on(former: Callable[[int], str]) -> None:
    url = former(1)
    database = opened(url, migrate=True)
    with database.reading() as connection:
        before = found_in(connection)
        epochs = connection.execute(select(tables.epoch.c.id)).scalars().all()
    assert (before.wrong, before.records, before.ops) == ((), 4, 5)
    assert epochs == [before.epoch]  # a migration ends no epoch: nothing was lost
    database.close()
    settings = Settings(
        database=url, clock=IcsClock(), new_id=lambda: str(uuid.uuid4()), practice_secret=SECRET
    )
    service = Service(settings)
    with httpx.Client(base_url=service.start()) as http:
        try:
            amara = signed_in(http, AMARA, SECRET)
            head = amara.record("r-1")
            assert len(head["open_conflicts"]) == 1
            note = {"note": "Said after the change."}
            after = content(note="Said after the change.", mood="tired")
            (result,) = amara.push(edit("r-1", "op-new", head["version"], note, after))
            assert (result["status"], result["version"]) == ("applied", head["version"] + 1)
            assert [item["seq"] for item in amara.feed_to_the_end()[0]] == sorted(
                item["seq"] for item in amara.feed_to_the_end()[0]
            )
        finally:
            service.stop()


def test_a_newer_schema_is_refused_in_plain_words_and_left_alone(tmp_path: Path) -> None:
    url = new_url(tmp_path)
    database = opened(url)
    with database.writing() as (connection, _):
        connection.execute(update(tables.meta).where(tables.meta.c.name == "schema").values(value="99"))
    database.close()
    for migrate in (False, True):
        with pytest.raises(DatabaseRefused, match="a newer version has been here"):
            opened(url, migrate=migrate)
    assert number_in(url) == 99


def test_a_step_that_fails_changes_nothing(
    former: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = former(1)

    def fails(_op: object) -> None:
        raise RuntimeError("in mid-step")

    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, (migrations.NEWEST + 1, fails)))
    with pytest.raises(RuntimeError):
        opened(url, migrate=True)
    assert number_in(url) == 1
    monkeypatch.undo()
    opened(url, migrate=True).close()


def test_a_running_service_of_this_version_says_unavailable_once_a_newer_one_has_been_here(
    tmp_path: Path,
) -> None:
    with running_ics(tmp_path) as ics:
        amara = ics.sign_in(AMARA)
        with ics.database() as office, office.writing() as (connection, _):
            connection.execute(update(tables.meta).where(tables.meta.c.name == "schema").values(value="99"))
        assert amara.http.get("/v1/health").status_code == 503


def test_the_steps_are_numbered_without_a_gap() -> None:
    assert [number for number, _ in migrations.STEPS] == list(range(2, migrations.NEWEST + 1))
