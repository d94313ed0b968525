"""What a worker waits for in the store: keeping a draft, finding a word, opening the store."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, percentile
from workbook_desktop.commands.practice import PASSPHRASE, Practice
from workbook_desktop.domain.ids import FamilyId
from workbook_desktop.domain.records import Answer, FormRef
from workbook_desktop.workspace.worker_desk import WorkerDesk

KEEPS = 200


def _plain_commits(folder: Path) -> float:
    """Return the median ms of one small transaction in a plain SQLite file, WAL and FULL."""
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE draft (id TEXT PRIMARY KEY, body TEXT)")
    spent = []
    for number in range(KEEPS):
        began = time.perf_counter()
        connection.execute("INSERT OR REPLACE INTO draft VALUES ('one', ?)", (f"{number} " * 1000,))
        spent.append((time.perf_counter() - began) * 1000)
    connection.close()
    return percentile(spent, 0.5)


def measure() -> list[Figure]:
    """Measure in the practice store of Amara Quill."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        parts = Practice(folder, automatic=False)
        parts.prepare()
        worker = parts.worker
        desk: WorkerDesk = worker.thread.submit(worker.unlock, PASSPHRASE).result()
        assert worker.runner is not None
        worker.runner.run_once()

        def keeps() -> list[float]:
            opened = desk.start(FormRef(id="visit", version="1.0.0"), FamilyId("f-tolland"))  # type: ignore[arg-type]
            body, spent = opened.body, []
            path = body.rows_of("", "children")[0] + "/child.said"  # type: ignore[arg-type]
            for number in range(KEEPS):
                answer = Answer(value="words " * number, by=desk.worker.id, at=parts.clock.now().isoformat())
                changed = body.with_answer(path, answer)  # type: ignore[arg-type]
                began = time.perf_counter()
                desk.keep(opened.record, changed, body)
                body = changed
                spent.append((time.perf_counter() - began) * 1000)
            return spent

        def searches() -> list[float]:
            spent = []
            for text in (
                "m",
                "ma",
                "mai",
                "mais",
                "school",
                "school br",
                "contact",
                "lapse",
                "hosp",
                "tolland",
            ) * 5:
                began = time.perf_counter()
                desk.search(text)
                spent.append((time.perf_counter() - began) * 1000)
            return spent

        kept = worker.thread.submit(keeps).result()
        found = worker.thread.submit(searches).result()
        floor = _plain_commits(folder)
        parts.close()
    return [
        Figure(
            group="store",
            name="keep a draft, p95",
            value=percentile(kept, 0.95),
            floor=floor,
            unit="ms",
            goal=20,
            how=f"{KEEPS} keeps of a visit; floor: a plain SQLite commit; the goal is ours",
        ),
        Figure(
            group="store",
            name="search as you type, p95",
            value=percentile(found, 0.95),
            unit="ms",
            goal=50,
            how="people and records of the practice family, first letters to words; the goal is ours",
        ),
    ]
