"""Opens the window: on a worker's own store, or in practice."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from workbook_desktop.app.machine import SystemClock, harden, system_ids


def open_window() -> int:
    """Open the window on this worker's own store; return the exit code."""
    harden()
    from workbook_desktop.app.client import Client
    from workbook_desktop.app.window import Window, application, catch_everything, crash_report, has_display
    from workbook_desktop.commands.enrol import known_office, known_worker_name, system_keyrings
    from workbook_desktop.paths import data_folder

    if not has_display() and "QT_QPA_PLATFORM" not in os.environ:
        print("There is no display here, so no window can be shown.", file=sys.stderr)
        return 1
    folder = data_folder()
    catch_everything(crash_report(folder))
    clock = SystemClock()
    shown: list[Window] = []
    client = Client(
        folder / "store",
        known_office(folder),
        clock=clock,
        new_id=system_ids(clock),
        keyrings=system_keyrings,
        on_status=lambda status: shown[0].on_status(status) if shown else None,
    )
    app = application(sys.argv)
    window = Window(app, client, clock=clock, worker_name=known_worker_name(folder), preferences=folder)
    shown.append(window)
    window.shell.ended.connect(app.quit)
    window.shell.resize(1180, 760)
    window.shell.show()
    code = app.exec()
    client.close()
    return int(code)


def practise(tour: Path | None, *, reset: bool = False, folder: Path | None = None) -> int:
    """Open practice, or walk the tour through it; return the exit code."""
    harden()
    from workbook_desktop.app.window import has_display
    from workbook_desktop.commands import practice

    if tour is None and not has_display() and "QT_QPA_PLATFORM" not in os.environ:
        tour = Path("practice-tour")
        print(f"There is no display here: walking the tour into {tour}/ instead.", flush=True)
    if tour is not None:
        from workbook_desktop.commands.tour import walk_tour

        return walk_tour(tour)
    where = folder or practice.practice_folder()
    if reset:
        practice.reset(where)
    return _practise_by_hand(where)


def _practise_by_hand(folder: Path) -> int:
    from workbook_desktop.app.window import Window, application, catch_everything, crash_report
    from workbook_desktop.commands.practice import PASSPHRASE, WORKER, Practice

    catch_everything(crash_report(folder))
    shown: list[Window] = []
    parts = Practice(folder, on_status=lambda status: shown[0].on_status(status) if shown else None)
    parts.prepare()
    app = application(sys.argv)
    window = Window(
        app,
        parts.worker,
        clock=parts.clock,
        worker_name=WORKER.name,
        practice=True,
        hint=f"In practice the passphrase is: {PASSPHRASE}",
        preferences=folder,
    )
    shown.append(window)
    window.shell.ended.connect(app.quit)
    window.shell.resize(1180, 760)
    window.shell.show()
    code = app.exec()
    parts.close()
    return int(code)
