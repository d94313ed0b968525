"""Steps: a command that is run, what is said of it, and what runs beside the others."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

OK, FOUND_A_PROBLEM, MISUSE = 0, 1, 2

Command = list[str | Path]


class Stopped(Exception):
    """Something is missing or failed, and the words say what. Nothing after it would work."""


def say(words: str) -> None:
    print(f"dev: {words}", flush=True)


def seconds_since(start: float) -> str:
    return f"{time.monotonic() - start:.1f} s"


def run(
    command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = ROOT
) -> int:
    """Run a command with this terminal as its own and return its exit code."""
    return subprocess.run([str(part) for part in command], env=env, cwd=cwd, check=False).returncode


class Beside:
    """A command that runs beside the steps before it; what it says is kept until it is asked for."""

    def __init__(self, command: Command) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - `end` closes it
        self._process = subprocess.Popen(
            [str(part) for part in command],
            env={**told_in_utf8(), "PYTHONUNBUFFERED": "1"},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=subprocess.STDOUT,
        )

    def wait(self) -> int:
        """Wait for its end, print all it said and return its exit code."""
        code = self._process.wait()
        self._said.seek(0)
        for line in self._said:
            print(line.decode("utf-8", "replace"), end="")
        sys.stdout.flush()
        return code

    def end(self) -> None:
        """Leave nothing running."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
        self._said.close()


def told_in_utf8() -> dict[str, str]:
    return {**os.environ, "PYTHONIOENCODING": "utf-8"}


def run_all(steps: Mapping[str, Command | Beside]) -> int:
    """Run every step, also after one has failed, and name those that did."""
    failed = []
    for name, command in steps.items():
        begin = time.monotonic()
        say(f"{name} ...")
        code = command.wait() if isinstance(command, Beside) else run(command, env=told_in_utf8())
        say(f"{name}: {'well' if code == 0 else 'FAILED'}, {seconds_since(begin)}")
        if code != 0:
            failed.append(name)
    if failed:
        say(f"failed: {', '.join(failed)}")
    return FOUND_A_PROBLEM if failed else OK
