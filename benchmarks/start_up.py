"""From the start of the process to a window, beside an empty PySide6 window."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure

ROUNDS = 9


def child(*arguments: str) -> tuple[dict[str, float], int]:
    """Run `benchmarks.window_child`; return what it said and when it was started, in ns."""
    began = time.monotonic_ns()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.window_child", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(),
        timeout=120,
        check=True,
    )
    facts: dict[str, float] = {}
    for line in done.stdout.splitlines():
        facts.update(json.loads(line))
    return facts, began


def environment() -> dict[str, str]:
    """Return the environment of an ordinary start: no screen needed, compiled code kept."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "QT_QPA_PLATFORM": "offscreen"}


def to_paint(*arguments: str) -> float:
    """Return milliseconds from starting the process to its first painted window."""
    facts, began = child(*arguments)
    return (facts["painted"] - began) / 1e6


def measure() -> list[Figure]:
    """Measure the start, floor and figure in turn, so that a busy moment falls on both."""
    from workbook_desktop.commands.practice import PASSPHRASE, WORKER, Practice
    from workbook_desktop.store.keys import FLOOR

    with tempfile.TemporaryDirectory() as folder:
        client = Practice(Path(folder), automatic=False).worker
        client.thread.submit(client.create, PASSPHRASE, WORKER, FLOOR).result()
        client.close()
        to_paint("empty")
        to_paint("unlock", folder)  # the first start compiles and reads from the disk
        floors, ours = [], []
        for _ in range(ROUNDS):
            floors.append(to_paint("empty"))
            ours.append(to_paint("unlock", folder))
    return [
        Figure(
            group="main",
            name="start to the unlock window",
            value=statistics.median(ours),
            floor=statistics.median(floors),
            unit="ms",
            goal=2.0,
            of_floor=True,
            how=f"median of {ROUNDS} process starts to the first paint, beside an empty PySide6 window",
        )
    ]
