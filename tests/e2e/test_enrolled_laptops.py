"""Laptops set up before a window could sign in: they go on opening, and have a lease from now on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.organisation import MovedClock
from tests.support.service import SECRET, RunningIcs, running_ics
from workbook_desktop.app.client import Client
from workbook_desktop.app.machine import system_ids
from workbook_desktop.app.office_line import Office
from workbook_desktop.commands import enrol
from workbook_desktop.commands.practice import PASSPHRASE, WORKER, Practice
from workbook_desktop.domain.errors import LeaseEnded, WorkbookError
from workbook_desktop.settings import Policy
from workbook_desktop.store.keys import FLOOR


@pytest.fixture
def ics(tmp_path: Path) -> Iterator[RunningIcs]:
    (tmp_path / "ics").mkdir()
    with running_ics(tmp_path / "ics") as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path, ics: RunningIcs) -> Path:
    """A laptop as `enrol` of an earlier version left it: a secret, no account, nothing of a lease."""
    home = tmp_path / "home"
    home.mkdir()
    clock = MovedClock()
    client = Client(home / "store", None, clock=clock, new_id=system_ids(clock), automatic=False)
    client.thread.submit(client.create, PASSPHRASE, WORKER, FLOOR, {"sign-in-secret": SECRET}).result()
    client.close()
    (home / "office.json").write_text(json.dumps({"url": ics.base_url, "worker": WORKER.name}))
    return home


def opened(folder: Path, office: Office | None, clock: MovedClock) -> Client:
    return Client(folder / "store", office, clock=clock, new_id=system_ids(clock), automatic=False)


def test_an_old_store_opens_sends_and_has_its_lease_from_the_first_opening_on(folder: Path) -> None:
    office = enrol.known_office(folder)
    assert office is not None
    assert office.policy is not None
    clock = MovedClock()
    client = opened(folder, office, clock)
    try:
        client.thread.submit(client.unlock, PASSPHRASE).result()
        look = client.thread.submit(client.look).result()
        assert (look.has_account, look.lease_days, look.days_left) == (False, 14, 13)  # whole days
        assert client.runner is not None
        assert client.runner.run_once().outcome == "complete"
        client.thread.submit(client.lock).result()
        clock.later += timedelta(days=15)
        with pytest.raises(LeaseEnded):
            client.thread.submit(client.unlock, PASSPHRASE).result()
        client.come_in()  # by the secret it was set up with: no browser
        assert client.desk is not None
    finally:
        client.close()


def test_a_store_of_the_first_schema_opens_under_a_policy(tmp_path: Path, repository: Path) -> None:
    from tests.support.stored import PASSPHRASE as OLD

    home = tmp_path / "home"
    shutil.copytree(repository / "tests" / "data" / "store-schema-1", home / "store")
    clock = MovedClock()
    office = Office(url=lambda: "http://127.0.0.1:1", secret=lambda store: "", policy=Policy)
    client = opened(home, office, clock)
    try:

        def named() -> None:
            from workbook_desktop.store.store import Store

            store = Store.unlock(home / "store", OLD, clock=clock, keyrings=None)
            store.settings.put("worker", json.dumps(asdict(WORKER)))  # as `enrol` does; that file has none
            store.lock()

        client.thread.submit(named).result()
        client.thread.submit(client.unlock, OLD).result()
        assert client.thread.submit(lambda: client.desk.counts().waiting).result() > 0  # type: ignore[union-attr]
    finally:
        client.close()


def test_practice_has_no_lease_and_no_key_of_the_laptops_own(tmp_path: Path) -> None:
    practice = Practice(tmp_path / "practice", automatic=False)
    assert practice.office.policy is None
    practice.close()


def test_what_was_known_of_an_office_stays_when_setting_up_again_fails(folder: Path, ics: RunningIcs) -> None:
    before = (folder / "office.json").read_bytes()
    with pytest.raises(WorkbookError):
        enrol.enrol_here(ics.base_url, WORKER.id, SECRET, PASSPHRASE, folder)
    assert (folder / "office.json").read_bytes() == before
    assert (folder / "store" / "store.db").exists()
