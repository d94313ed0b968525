"""Run as a process of its own by `benchmarks.first_sync`: a worker's client, which reads its whole caseload.

``FOLDER URL``, the practice secret on standard input. Prints one line of JSON: memory in MiB before, at the
most and after, and seconds until the first page was kept and until all was.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

from benchmarks.window_child import memory_mib
from workbook_desktop.app.client import Client
from workbook_desktop.app.machine import SystemClock, system_ids
from workbook_desktop.app.office_line import Office
from workbook_desktop.commands.practice import PASSPHRASE

LOOK_EVERY = 0.02  # s


def main() -> int:
    """Read everything; say what it took."""
    folder, url = Path(sys.argv[1]), sys.argv[2]
    secret = sys.stdin.readline().strip()
    clock = SystemClock()
    kept_at: list[float] = []

    def hear(status: object) -> None:
        progress = getattr(status, "progress", None)
        if progress is not None and progress.received and not kept_at:
            kept_at.append(time.perf_counter())

    client = Client(
        folder,
        Office(url=lambda: url, secret=lambda store: secret),
        clock=clock,
        new_id=system_ids(clock),
        on_status=hear,
        automatic=False,
    )
    client.thread.submit(client.unlock, PASSPHRASE).result()
    assert client.runner is not None
    time.sleep(1)  # what unlocking took for itself is given back
    idle = peak = memory_mib()
    over = threading.Event()

    def look() -> None:
        nonlocal peak
        while not over.wait(LOOK_EVERY):
            peak = max(peak, memory_mib())

    looking = threading.Thread(target=look)
    looking.start()
    began = time.perf_counter()
    try:
        report = client.runner.run_once()
    finally:
        over.set()
        looking.join()
    ended = time.perf_counter()
    print(
        json.dumps(
            {
                "idle": idle,
                "peak": peak,
                "after": memory_mib(),
                "first": (kept_at[0] if kept_at else ended) - began,
                "all": ended - began,
                "received": report.received,
                "outcome": report.outcome,
            }
        )
    )
    client.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
