"""The virtual environment: made when it is not there, and again when what it must hold is another."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from developing.machine import DISPLAY_NEEDS, LINUX, QT_NEEDS, WINDOWS, Need, supply
from developing.steps import ROOT, Command, Stopped, run, say, seconds_since

VENV = ROOT / ".venv"
STAMP = VENV / "workbook-setup.json"
REQUIREMENTS = ROOT / "requirements"
# Not .venv's own, when that is what runs this file: it may have to be made afresh.
BASE_PYTHON: str = getattr(sys, "_base_executable", None) or sys.executable


def in_venv(name: str) -> Path:
    return VENV / "Scripts" / f"{name}.exe" if WINDOWS else VENV / "bin" / name


def python() -> Path:
    return in_venv("python")


def what_is_asked_for() -> dict[str, str]:
    """What an installed environment must match: the locked files, the packaging tables and where we stand."""
    import tomllib

    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packaging = {
        "project": tables["project"],
        "build-system": tables["build-system"],
        "setuptools": tables.get("tool", {}).get("setuptools"),
    }
    digest = hashlib.sha256((REQUIREMENTS / "dev.txt").read_bytes())
    digest.update(json.dumps(packaging, sort_keys=True).encode())
    return {"requirements": digest.hexdigest(), "folder": str(ROOT)}


def venv_works() -> bool:
    try:
        return (
            subprocess.run([python(), "-c", "import encodings"], capture_output=True, check=False).returncode
            == 0
        )
    except OSError:
        return False


def is_set_up() -> bool:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(stamp == what_is_asked_for()) and venv_works()


def make_venv(*, afresh: bool) -> None:
    if LINUX:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        supply(
            [Need("the venv module", f"python{version}-venv", can_make_venvs)], "to begin with", required=True
        )
    say(f"making .venv with Python {sys.version.split()[0]}")
    clear = ["--clear"] if afresh else []
    if run([BASE_PYTHON, "-m", "venv", *clear, VENV]) != 0:
        raise Stopped("could not make .venv: what went wrong is above")


def can_make_venvs() -> bool:
    look = subprocess.run([BASE_PYTHON, "-c", "import venv, ensurepip"], capture_output=True, check=False)
    return look.returncode == 0


def pip_install(*arguments: str | Path) -> None:
    pip: Command = [python(), "-m", "pip", "--disable-pip-version-check", "install", "-qq", "--no-input"]
    if run([*pip, *arguments]) != 0:
        raise Stopped(
            "pip could not install: the reason is above. Is the network, or your package index, there?"
        )


def install_locked(file: Path) -> None:
    pip_install("--require-hashes", "--only-binary", ":all:", "-r", file)


def install_requirements() -> None:
    start = time.monotonic()
    say("installing the locked requirements (some 150 MB the first time)")
    STAMP.unlink(missing_ok=True)
    install_locked(REQUIREMENTS / "dev.txt")
    # "compat" puts this folder itself on the path: what runs is what you edit, and every tool can follow it.
    pip_install("--no-deps", "--no-build-isolation", "--config-settings", "editable_mode=compat", "-e", ROOT)
    STAMP.write_text(json.dumps(what_is_asked_for(), indent=1) + "\n", encoding="utf-8")
    say(f"installed after {seconds_since(start)}")


def set_up(*, again: bool = False) -> None:
    """Leave a working .venv with the locked requirements, and what Qt needs. Quick if all is there."""
    if again or not is_set_up():
        works = VENV.exists() and venv_works()
        if again or not works:
            if VENV.exists():
                say("making .venv afresh" if works else ".venv does not work: making it afresh")
            make_venv(afresh=VENV.exists())
        install_requirements()
    supply(QT_NEEDS, "for its windows", required=True)
    if LINUX and os.environ.get("DISPLAY"):
        supply(DISPLAY_NEEDS, "for windows on this display", required=False)
