"""The built application, on a machine that has no Python: it starts, and it does the main job.

Building takes a minute, so it happens in CI, or when asked for with WORKBOOK_FROZEN=1. Otherwise what already
lies in dist/ is tried, and without it these tests are skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.frozen

TOO_LONG = 600  # seconds


@pytest.fixture(scope="module")
def built() -> Path:
    repository = Path(__file__).resolve().parents[2]
    program = repository / "dist" / "workbook-desktop" / "workbook-desktop"
    if sys.platform == "win32":
        program = program.with_suffix(".exe")
    if os.environ.get("CI") or os.environ.get("WORKBOOK_FROZEN"):
        made = subprocess.run(
            [sys.executable, repository / "dev.py", "build"], capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stdout + made.stderr
    elif not program.exists():
        pytest.skip("nothing is built: python3 dev.py build")
    return program


def run_bare(program: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it as a machine would that has no Python, no settings and no display."""
    environment = {"HOME": str(home), "LANG": "C.UTF-8", "PATH": "/nowhere", "QT_QPA_PLATFORM": "offscreen"}
    if sys.platform == "win32":
        kept = (
            "SYSTEMROOT",
            "SYSTEMDRIVE",
            "WINDIR",
            "TEMP",
            "TMP",
            "USERPROFILE",
            "LOCALAPPDATA",
            "APPDATA",
        )
        environment = {**{name: os.environ[name] for name in kept}, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [program, *arguments],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=TOO_LONG,
        check=False,
    )


def test_the_built_application_finds_everything_it_needs(built: Path, tmp_path: Path) -> None:
    tested = run_bare(built, tmp_path, "--selftest")
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_the_built_application_does_the_main_job_and_loses_nothing(built: Path, tmp_path: Path) -> None:
    toured = run_bare(built, tmp_path, "practice", "--tour", str(tmp_path / "tour"))
    assert toured.returncode == 0, toured.stdout + toured.stderr
    tour = json.loads((tmp_path / "tour" / "tour.json").read_text(encoding="utf-8"))
    assert tour["lost"] == 0
    assert tour["steps"]
    assert all((tmp_path / "tour" / step["picture"]).is_file() for step in tour["steps"])
