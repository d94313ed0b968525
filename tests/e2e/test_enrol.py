"""A laptop set up for a worker: the command line, the system's real keyring, a real ICS, and the window."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.service import IcsProcess
from workbook_desktop.app.client import Client
from workbook_desktop.app.machine import SystemClock, system_ids
from workbook_desktop.commands.enrol import known_office, known_worker_name, system_keyrings
from workbook_desktop.domain.errors import KeyUnavailable, WrongPassphrase

PASSPHRASE = "four words for one laptop"
WORKER = "w-amara-quill"


def enrol(ics: IcsProcess, home: Path, passphrase: str = PASSPHRASE) -> subprocess.CompletedProcess[str]:
    secret = home.parent / "secret-file"
    secret.write_text(ics.secret)
    command = [sys.executable, "-m", "workbook_desktop", "enrol", "--ics", ics.base_url]
    command += ["--worker", WORKER, "--secret-file", str(secret), "--passphrase", passphrase]
    environment = {**os.environ, "XDG_DATA_HOME": str(home)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


@pytest.fixture
def ics(tmp_path: Path):  # type: ignore[no-untyped-def]
    from sync.reference_ics.practice import practice_caseload

    folder = tmp_path / "ics"
    folder.mkdir()
    process = IcsProcess(folder, practice_caseload(SystemClock().today()))
    yield process
    process.terminate()


@pytest.mark.secret_service
def test_a_laptop_is_set_up_with_the_systems_keyring_and_receives_its_caseload(
    secret_service: None, ics: IcsProcess, tmp_path: Path
) -> None:
    home = tmp_path / "data"
    done = enrol(ics, home)
    assert done.returncode == 0, done.stderr
    folder = home / "workbook"
    assert known_worker_name(folder) == "Amara Quill"
    facts = (folder / "office.json").read_text()
    assert ics.secret not in facts
    assert json.loads(facts)["url"] == ics.base_url
    for file in folder.rglob("*"):
        assert file.is_dir() or ics.secret.encode() not in file.read_bytes(), file

    clock = SystemClock()
    client = Client(
        folder / "store",
        known_office(folder),
        clock=clock,
        new_id=system_ids(clock),
        keyrings=system_keyrings,
        automatic=False,
    )
    try:
        with pytest.raises(WrongPassphrase):
            client.thread.submit(client.unlock, "not these four words at all").result()
        desk = client.thread.submit(client.unlock, PASSPHRASE).result()
        assert client.runner is not None
        assert client.runner.run_once().outcome == "complete"
        names = {family.name for family in client.thread.submit(desk.caseload).result()}
        assert names == {"Tolland", "Marrow"}
    finally:
        client.close()


def test_without_a_keyring_nothing_is_made_and_the_reason_is_said(ics: IcsProcess, tmp_path: Path) -> None:
    home = tmp_path / "data"
    done = enrol(ics, home)
    assert done.returncode == 1
    assert "keyring" in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert not list((home / "workbook").rglob("store*"))


def test_a_weak_passphrase_makes_nothing(ics: IcsProcess, tmp_path: Path) -> None:
    home = tmp_path / "data"
    done = enrol(ics, home, passphrase="too short")
    assert done.returncode == 2
    assert "15" in done.stderr
    assert not list((home / "workbook").rglob("store*"))


@pytest.mark.secret_service
def test_a_copy_of_the_store_on_another_laptop_does_not_open(
    secret_service: None, ics: IcsProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "data"
    assert enrol(ics, home).returncode == 0
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/at/all")
    clock = SystemClock()
    client = Client(
        home / "workbook" / "store", None, clock=clock, new_id=system_ids(clock), keyrings=system_keyrings
    )
    try:
        with pytest.raises(KeyUnavailable):
            client.thread.submit(client.unlock, PASSPHRASE).result()
    finally:
        client.close()


def test_an_address_of_another_kind_is_misuse(ics: IcsProcess, tmp_path: Path) -> None:
    secret = tmp_path / "secret-file"
    secret.write_text(ics.secret)
    command = [sys.executable, "-m", "workbook_desktop", "enrol", "--ics", "ftp://foo", "--worker", WORKER]
    command += ["--secret-file", str(secret), "--passphrase", PASSPHRASE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "https" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_worker_is_told_so_and_nothing_is_made(ics: IcsProcess, tmp_path: Path) -> None:
    home = tmp_path / "data"
    secret = tmp_path / "secret-file"
    secret.write_text(ics.secret)
    command = [
        sys.executable,
        "-m",
        "workbook_desktop",
        "enrol",
        "--ics",
        ics.base_url,
        "--worker",
        "w-nobody",
    ]
    command += ["--secret-file", str(secret), "--passphrase", PASSPHRASE]
    environment = {**os.environ, "XDG_DATA_HOME": str(home)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert done.returncode == 1
    assert "Nothing was made" in done.stderr
    assert not home.exists() or not list(home.rglob("store*"))
