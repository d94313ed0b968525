"""60,000 records of 4 KB, read by a client that has none: a real process, a real service, a real store.

Ten times what any worker's laptop holds: what is measured is that memory does not grow with the caseload, and
that there is something to begin with at once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from workbook_desktop.commands.practice import Practice
from workbook_desktop.domain.ids import FamilyId
from workbook_desktop.domain.records import FormRef

COUNT = 60_000
AT_ONCE = 5_000
FAMILY = FamilyId("f-tolland")
MOST_MIB = 200


def _fill(database: str) -> None:
    from sync.reference_ics.caseload import Caseload
    from sync.reference_ics.database import Database
    from sync.reference_ics.generate import records_of_4_kb
    from sync.reference_ics.seed import put
    from workbook_desktop.app.machine import SystemClock, system_ids

    opened = Database(database, authority="wrenmouth", new_id=system_ids(SystemClock()))
    for start in range(0, COUNT, AT_ONCE):
        heads = records_of_4_kb(min(AT_ONCE, COUNT - start), seed=start, family=FAMILY)
        form = FormRef(id="visit", version="1.0.0")  # type: ignore[arg-type]
        part = tuple(replace(head, form=head.form or form) for head in heads)
        put(opened, Caseload(workers=(), families=(), records=part), received_at=datetime.now(UTC))
    opened.close()


def first_sync() -> dict[str, Any]:
    """Return what the child said of its first sync."""
    with tempfile.TemporaryDirectory() as place:
        parts = Practice(Path(place), automatic=False)
        parts.ics.prepare()
        _fill(parts.ics.database)
        parts.prepare()
        try:
            done = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "benchmarks.first_sync_child",
                    str(parts.folder / "worker"),
                    parts.ics.base_url,
                ],
                input=parts.ics.secret + "\n",
                capture_output=True,
                text=True,
                timeout=900,
                check=False,
            )
        finally:
            parts.close()
    if done.returncode != 0:
        raise RuntimeError(f"first_sync_child: {done.stderr[-2000:]}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if said["received"] < COUNT or said["outcome"] != "complete":
        raise RuntimeError(f"first_sync_child: {said}")
    return said


def measure() -> list[Figure]:
    """Read it once; memory and moments."""
    said = first_sync()
    about = f"{COUNT:,} records of 4 KB, a client process without window, a service process over HTTP"
    return [
        Figure(
            group="first sync",
            name="memory above idle, at the most",
            value=said["peak"] - said["idle"],
            unit="MiB",
            goal=MOST_MIB,
            how=f"{about}; idle {said['idle']:.0f}, after {said['after']:.0f} MiB",
        ),
        Figure(
            group="first sync",
            name="something to begin with",
            value=said["first"],
            unit="s",
            goal=5,
            how=f"{about}; from the start of the run to the first page on the disk, by a service that "
            "was just started and adds the family up first; the goal is ours",
        ),
        Figure(
            group="first sync",
            name="all of it, records a second",
            value=COUNT / said["all"],
            unit="rec/s",
            goal=1_000,
            at_least=True,
            how=f"{about}; the goal is ours: a laptop's 3,000 in three seconds",
        ),
    ]
