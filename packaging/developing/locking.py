"""The hash-locked requirement files: one for every system that is served, and nothing is built."""

from __future__ import annotations

import os
import subprocess
import tempfile

from developing.environment import REQUIREMENTS, in_venv, install_locked, python
from developing.steps import FOUND_A_PROBLEM, OK, Command, run, say

OLDEST = "3.11"
# In uv's words. Not served for want of wheels: Macs with Intel processors, and Windows on ARM.
SERVED_SYSTEMS = ("windows", "aarch64-apple-darwin", "x86_64-manylinux_2_34", "aarch64-manylinux_2_39")

NOT_ON_A_SERVER = ("pyside6-essentials", "shiboken6", "sqlcipher3", "keyring", "typst")


def lock(*, upgrade: bool) -> int:
    """Make the requirement files again, for every system that is served."""
    install_locked(REQUIREMENTS / "lock.txt")
    made = [
        (["pyproject.toml", "--extra", "ics", "--extra", "postgres", "--extra", "dev"], "dev.txt"),
        (["pyproject.toml", "--extra", "ics", "-c", "requirements/dev.txt"], "runtime.txt"),
        # A server has no screen and no laptop's store: `pip install --no-deps .` after this is the service.
        (
            ["pyproject.toml", "--extra", "ics", "--extra", "postgres", "-c", "requirements/dev.txt"]
            + [part for name in NOT_ON_A_SERVER for part in ("--no-emit-package", name)],
            "server.txt",
        ),
        (["requirements/lock.in"], "lock.txt"),
    ]
    # Universal: one file for every system. Binary only: nothing is built, so nothing runs, at an install.
    common = [
        *("--universal", "--python-version", OLDEST, "--generate-hashes"),
        *("--only-binary", ":all:", "--no-emit-index-url", "--no-emit-find-links", "--quiet"),
        *("--custom-compile-command", "python3 dev.py lock"),
    ]
    if upgrade:
        common.append("--upgrade")
    for inputs, output in made:
        say(f"locking requirements/{output}")
        if run(
            [in_venv("uv"), "pip", "compile", *common, *inputs, "-o", f"requirements/{output}"],
            env=uv_environment(),
        ):
            return FOUND_A_PROBLEM
    return OK if every_served_system_finds_its_wheels() else FOUND_A_PROBLEM


def every_served_system_finds_its_wheels() -> bool:
    """Whether each system we serve could install the locked files as they are, without building anything."""
    without = []
    with tempfile.TemporaryDirectory() as nowhere:
        for system in SERVED_SYSTEMS:
            trial: Command = [in_venv("uv"), "pip", "install", "--dry-run", "--quiet", "--target", nowhere]
            trial += ["--python-platform", system, "--python-version", OLDEST, "--only-binary", ":all:"]
            if run([*trial, "--require-hashes", "-r", "requirements/dev.txt"], env=uv_environment()) != 0:
                without.append(system)
    say(f"no wheels for {', '.join(without)}" if without else f"wheels found for {', '.join(SERVED_SYSTEMS)}")
    return not without


def uv_environment() -> dict[str, str]:
    """uv does not read pip's settings: where pip is pointed to an index of its own, point uv to it too."""
    env = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": "13.0"}  # the oldest macOS that Qt's wheels serve
    asked = subprocess.run(
        [python(), "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode == 0 and asked.stdout.strip():
        env.setdefault("UV_DEFAULT_INDEX", asked.stdout.strip())
    return env
