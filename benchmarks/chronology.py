"""A chronology of 1,500 events over 30 years: opened, scrolled, searched."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.figures import Figure, percentile
from benchmarks.start_up import environment

FRAME = 1000 / 60  # ms
WHERE = "1,500 events over 30 years, 1366x700 offscreen"


def measure() -> list[Figure]:
    """Run the page in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.chronology_child"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"chronology_child: {done.stderr[-2000:]}")
    said = json.loads(done.stdout.splitlines()[-1])
    return [
        Figure(
            group="pages",
            name="chronology, a frame while scrolling (p95)",
            value=percentile(said["frames"], 0.95),
            floor=percentile(said["bare"], 0.95),
            unit="ms",
            goal=FRAME,
            how=f"a step of the bar to the end of the painting, of {len(said['frames'])}; {WHERE}; floor: a"
            " bare list of the same headlines",
        ),
        Figure(
            group="pages",
            name="chronology opens",
            value=said["opened"],
            unit="ms",
            goal=500,
            how=f"what the desk answered to the first painting, all heights measured; {WHERE}",
        ),
        Figure(
            group="pages",
            name="chronology, a letter to what it finds (slowest)",
            value=max(said["typed"]),
            unit="ms",
            goal=200,
            how=f"the letter to the end of the painting, without the pause of 120 ms; {WHERE}",
        ),
    ]
