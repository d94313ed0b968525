"""Pages opened in the real window: the practice family's file, its workbook, and home, over 6,000 records."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.caseload_store import FAMILIES, VISITS
from benchmarks.figures import Figure, percentile
from benchmarks.start_up import environment

GOALS = {"family": 150, "workbook": 150, "home": 200}
NAMES = {"family": "family page", "workbook": "workbook page", "home": "home"}
WHOLE = 300


def said(families: int) -> list[dict[str, Any]]:
    """Fill a store, open the pages over it, and return what was measured of each."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "store"
        child("fill", str(folder), str(families))
        return [json.loads(line) for line in child("open", str(folder)).splitlines()]


def child(*arguments: str) -> str:
    """Run `benchmarks.pages_child`; return what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.pages_child", *arguments],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=3600,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"pages_child: {done.stderr[-2000:]}")
    return done.stdout


def figures(families: int, *, group: str, times: int = 1) -> list[Figure]:
    """Return a figure for each page. `times`: how much longer it may take than over the smaller caseload."""
    rows = said(families)
    where = (
        f"{families * VISITS:,} records of {families} families, and the practice families; 1366x768 offscreen"
    )
    many = f", {families * VISITS:,} records" if times > 1 else ""

    def figure(name: str, values: list[float], goal: float, how: str, worked: list[float]) -> Figure:
        cpu = f"processor {percentile(worked, 0.5):.0f} ms; " if worked else ""
        return Figure(
            group=group,
            name=f"{name}{many}",
            value=percentile(values, 0.95),
            unit="ms",
            goal=goal * times,
            how=f"{how}, p95 of {len(values)}, median {percentile(values, 0.5):.0f}; {cpu}{where}",
        )

    found = [
        figure(
            f"{NAMES[kind]} opened",
            [row["wall"] for row in rows if row["kind"] == kind],
            goal,
            "from the click to the end of the painting",
            [row["cpu"] for row in rows if row["kind"] == kind],
        )
        for kind, goal in GOALS.items()
    ]
    whole = [row["whole"] for row in rows if row["kind"] == "family"]
    found.append(
        figure("family page, all of it built", whole, WHOLE, "from the click, with what is below", [])
    )
    return found


def measure() -> list[Figure]:
    """Measure them over a team's caseload."""
    return figures(FAMILIES, group="pages")
