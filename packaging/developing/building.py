"""The application as a folder that needs no Python."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from developing.environment import python
from developing.machine import BUILD_NEEDS, WINDOWS, supply
from developing.steps import FOUND_A_PROBLEM, OK, ROOT, Command, run, say, seconds_since


def build() -> int:
    """Build `dist/workbook-desktop`, and let it test itself where there is no Python."""
    supply(BUILD_NEEDS, "to build", required=True)
    begin = time.monotonic()
    say("building dist/workbook-desktop ...")
    reproducible = {**os.environ, "PYTHONHASHSEED": "0"}
    pyinstaller: Command = [
        python(),
        "-m",
        "PyInstaller",
        "--noconfirm",
        "--clean",
        "--log-level",
        "WARN",
        "build.spec",
    ]
    if run(pyinstaller, env=reproducible) != 0:
        return FOUND_A_PROBLEM
    folder = ROOT / "dist" / "workbook-desktop"
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    say(f"built after {seconds_since(begin)}: {size / 1e6:.0f} MB")
    built = folder / ("workbook-desktop.exe" if WINDOWS else "workbook-desktop")
    with tempfile.TemporaryDirectory() as home:
        code = run([built, "--selftest"], env=bare_environment(home), cwd=Path(home))
    say(f"selftest: {'well' if code == 0 else 'FAILED'}")
    return OK if code == 0 else FOUND_A_PROBLEM


def bare_environment(home: str) -> dict[str, str]:
    """What a machine without Python would give the built application: no path, no settings of ours."""
    kept = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "TEMP", "TMP", "USERPROFILE", "LOCALAPPDATA", "APPDATA")
    env = {name: os.environ[name] for name in kept if WINDOWS and name in os.environ}
    if not WINDOWS:
        env.update(
            HOME=home, LANG="C.UTF-8", PATH="/usr/bin:/bin" if sys.platform == "darwin" else "/nowhere"
        )
    env["QT_QPA_PLATFORM"] = "offscreen"
    return env
