"""The real window on a real practice, driven by real keys: home, forms, keystrokes, the disk, memory.

What is shown is measured to the end of the painting that shows it: from the key press, with the store's work
in between. Each child process uses the same practice folder, filled by a first session.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile

from benchmarks.figures import Figure, percentile
from benchmarks.start_up import child, environment

STARTS = 5
WHERE = "practice family, real ICS process, 1366x768 offscreen"


def practice(what: str, folder: str = "") -> dict[str, list[float]]:
    """Run `benchmarks.practice_child`; return what it said, by name."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.practice_child", what, *([folder] if folder else [])],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"practice_child {what}: {done.stderr[-2000:]}")
    said: dict[str, list[float]] = {}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            for name, value in json.loads(line).items():
                said.setdefault(name, []).extend(value if isinstance(value, list) else [value])
    return said


def measure() -> list[Figure]:
    """Fill a practice store; then measure a session's beginning a few times, and one long session."""
    with tempfile.TemporaryDirectory() as folder:
        practice("fill", folder)
        homes: list[float] = []
        sizes: list[float] = []
        floors: list[float] = []
        for _ in range(STARTS):
            said = practice("home", folder)
            homes += said["home"]
            sizes += said["memory"]
            floors.append(child("empty")[0]["memory"])
        bare = practice("bare")["bare"]
        forms = practice("forms", folder)
    return [
        _absolute(
            "unlocked to a usable home",
            statistics.median(homes),
            300,
            f"the store's yes to home painted, median of {STARTS} starts of the window; {WHERE}",
            group="main",
        ),
        Figure(
            group="main",
            name="memory with the practice family",
            value=statistics.median(sizes),
            floor=statistics.median(floors),
            unit="MiB",
            goal=2.0,
            of_floor=True,
            how="resident, at home, everything received, beside an empty PySide6 window",
        ),
        _opening("F1, a visit, opens", forms, "f1", 100),
        _opening("F6, the assessment, opens", forms, "f6", 150),
        _keys("keystroke to paint in F6's longest section", forms["idle"], bare, forms),
        _keys("the same while 6,000 records of 4 KB come in", forms["receiving"], bare, forms),
        _absolute(
            "last key to safe on disk",
            max(forms["disk"]),
            1000,
            f"the longest of {len(forms['disk'])}: the text read back from the store in the store's thread",
        ),
    ]


def _opening(name: str, said: dict[str, list[float]], form: str, goal: float) -> Figure:
    first, later = said[f"{form}-first"][0], said[form]
    how = (
        f"key press in the family's file to the form painted, a fresh record each, store work included; "
        f"median of {len(later)}, {min(later):.0f} to {max(later):.0f}; the first {first:.0f} ms; {WHERE}"
    )
    return _absolute(name, statistics.median(later), goal, how)


def _keys(name: str, times: list[float], bare: list[float], said: dict[str, list[float]]) -> Figure:
    how = (
        f"p95 of {len(times)} keys in a section of {said['questions'][0]:.0f} questions, median "
        f"{statistics.median(times):.1f}, longest {max(times):.0f}; floor: the same keys into a bare window"
    )
    return Figure(
        group="forms",
        name=name,
        value=percentile(times, 0.95),
        floor=percentile(bare, 0.95),
        unit="ms",
        goal=16,
        how=how,
    )


def _absolute(name: str, value: float, goal: float, how: str, group: str = "forms") -> Figure:
    return Figure(group=group, name=name, value=value, unit="ms", goal=goal, how=how)
