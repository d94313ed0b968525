"""What holds for every test: no display, no real home, no real keyring, and nothing left running behind."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.databases import database_kind, postgres_server

__all__ = ["database_kind", "postgres_server"]  # fixtures

# Before anything imports Qt. To watch the tests in real windows: WORKBOOK_TEST_PLATFORM=xcb (windows, cocoa).
os.environ["QT_QPA_PLATFORM"] = os.environ.get("WORKBOOK_TEST_PLATFORM", "offscreen")

# A test that forgets to say where its files go must not find the worker's own.
_ELSEWHERE = Path(tempfile.mkdtemp(prefix="workbook-tests-"))
for _name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
    os.environ[_name] = str(_ELSEWHERE / _name.lower())
# Nor the developer's keyring: a test that wants a Secret Service starts its own bus.
os.environ["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={_ELSEWHERE / 'no-bus'}"

# A slow machine is no failure; `thorough` is for the nights: WORKBOOK_HYPOTHESIS=thorough.
settings.register_profile("usual", deadline=None, print_blob=True)
settings.register_profile(
    "thorough",
    parent=settings.get_profile("usual"),
    max_examples=2_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("WORKBOOK_HYPOTHESIS", "usual"))

REPOSITORY = Path(__file__).resolve().parent.parent
_WATCHED = {"ui", "e2e"}


def pytest_unconfigure() -> None:
    shutil.rmtree(_ELSEWHERE, ignore_errors=True)


@pytest.fixture
def repository() -> Path:
    """The folder that holds the whole project."""
    return REPOSITORY


@pytest.fixture(autouse=True)
def nothing_is_left_behind(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """In ui and e2e tests a logged error or a thread that is still alive fails the test.

    A Qt warning does so everywhere: `qt_log_level_fail` in pyproject.toml.
    """
    watched = request.path.relative_to(REPOSITORY / "tests").parts[0] in _WATCHED
    before = set(threading.enumerate())
    yield
    if not watched:
        return
    alive = [thread for thread in threading.enumerate() if thread not in before and not _ends(thread)]
    assert not alive, f"still running: {', '.join(thread.name for thread in alive)}"
    if request.node.get_closest_marker("logs_errors") is None:
        errors = [
            record.getMessage()
            for when in ("setup", "call")
            for record in caplog.get_records(when)
            if record.levelno >= logging.ERROR
        ]
        assert not errors, f"logged: {errors}"


def _ends(thread: threading.Thread) -> bool:
    """Whether it ends by itself, soon: a thread that was told to stop may need a moment to do it."""
    if isinstance(thread, threading._DummyThread):
        return True  # Qt's own, seen because Python once ran in it: it cannot be joined, and Qt ends it
    thread.join(timeout=2)
    return not thread.is_alive()


@pytest.fixture
def secret_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A real Secret Service on a bus of its own, with a home of its own, unlocked."""
    if shutil.which("dbus-run-session") is None or shutil.which("gnome-keyring-daemon") is None:
        pytest.skip("needs dbus and gnome-keyring")
    home = tmp_path / "home"
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        environment[name] = str(home / name.lower())
        Path(environment[name]).mkdir(parents=True, mode=0o700)
    script = (
        "printf 'a login password' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;"
        ' echo "$DBUS_SESSION_BUS_ADDRESS"; read -r _'
    )
    bus = subprocess.Popen(
        ["dbus-run-session", "--", "sh", "-c", script],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert bus.stdin is not None
    assert bus.stdout is not None
    address = bus.stdout.readline().strip()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    monkeypatch.setenv("HOME", str(home))
    yield
    bus.stdin.close()
    bus.stdout.close()
    bus.wait(timeout=20)
