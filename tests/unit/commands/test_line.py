import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workbook_desktop", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
        check=False,
    )


@pytest.mark.parametrize("command", [[], ["practice"], ["enrol"], ["version"], ["ics"], ["ics", "serve"]])
def test_every_command_explains_itself(command: list[str]) -> None:
    done = run(*command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


@pytest.mark.parametrize("arguments", [["no-such-verb"], ["practice", "--no-such-option"], ["enrol"]])
def test_misuse_is_said_plainly_and_exits_with_2(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_versions_are_told_to_people_and_machines() -> None:
    facts = json.loads(run("version", "--json").stdout)
    assert facts["workbook"] == "0.1.0"
    assert facts["sqlite"] >= "3.51.3"
    assert facts["workbook"] in run("version").stdout


def test_without_a_display_the_window_says_so_and_exits_with_1(tmp_path: Path) -> None:
    environment = {
        key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    environment.pop("QT_QPA_PLATFORM", None)
    done = subprocess.run(
        [sys.executable, "-m", "workbook_desktop"],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    )
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux can be without a display")
    assert done.returncode == 1
    assert "display" in done.stderr


def test_opening_the_window_imports_nothing_slow() -> None:
    code = (
        "import sys\n"
        "from workbook_desktop.app.client import Client\n"
        "import workbook_desktop.app.window, workbook_desktop.commands.open_window\n"
        "slow = {'httpx', 'keyring', 'cryptography', 'sqlcipher3', 'asyncio', 'click', 'litestar'}\n"
        "print(sorted(slow & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
