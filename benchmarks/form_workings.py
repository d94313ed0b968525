"""The largest form: read and compiled, one answer with all that follows from it, a section on the screen."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

from benchmarks.figures import Figure, percentile
from benchmarks.start_up import environment


def measure() -> list[Figure]:
    """Run `benchmarks.form_child` and make figures of what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.form_child"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"form_child: {done.stderr[-2000:]}")
    said = {}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            said.update(json.loads(line))
    size = f"{said['items']} items, {said['formulas']} formulas"
    opened, answers, sections = said["open"], said["answer"], said["section"]
    return [
        Figure(
            group="forms",
            name="the largest form, read and compiled",
            value=statistics.median(opened),
            floor=statistics.median(said["decode"]),
            unit="ms",
            goal=60,
            how=f"{size}; median of {len(opened)}, {min(opened):.0f} to {max(opened):.0f}; "
            "floor: its JSON decoded",
        ),
        Figure(
            group="forms",
            name="one answer and all that follows, p95",
            value=percentile(answers, 0.95),
            floor=percentile(said["plain"], 0.95),
            unit="ms",
            goal=16,
            how=f"{size}; {len(answers)} answers, median {statistics.median(answers):.3f}, longest "
            f"{max(answers):.1f}; floor: the same form without formulas",
        ),
        Figure(
            group="forms",
            name="its whole check before sign-off",
            value=said["check"],
            unit="ms",
            goal=100,
            how=f"{size}; every limit and rule of every question that shows",
        ),
        Figure(
            group="forms",
            name="a section of it shown",
            value=statistics.median(sections),
            unit="ms",
            goal=100,
            how=f"built, laid out and painted, {said['questions']} questions; median of {len(sections)}, "
            f"{min(sections):.0f} to {max(sections):.0f}; 1366x700 offscreen",
        ),
    ]
