"""Opens the window: on a worker's own store, or in practice."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_desktop.app.machine import SystemClock, harden, system_ids
from workbook_desktop.settings import Policy

if TYPE_CHECKING:
    from workbook_desktop.app.office_line import Office
    from workbook_desktop.domain.people import Worker
    from workbook_desktop.store.device_secret import Keyrings


class OwnWindow:
    """The window on one store, ready to run: everything the application is but its command line."""

    def __init__(
        self,
        preferences: Path,
        store: Path,
        *,
        name: str,
        office: Office | None,
        keyrings: Callable[[], Keyrings] | None = None,
        leaves: tuple[Path, ...] = (),
        policy: Callable[[], Policy] = Policy,
        sets_up: bool = False,
    ) -> None:
        """`policy`: what the organisation set; `sets_up`: offer to set this laptop up where it is not yet."""
        harden()
        from workbook_desktop.app.client import Client
        from workbook_desktop.app.setting_up import SettingUp
        from workbook_desktop.app.window import Window, application, catch_everything, crash_report

        catch_everything(crash_report(preferences))
        clock = SystemClock()
        self.app = application(sys.argv)
        self.client = Client(
            store,
            office,
            clock=clock,
            new_id=system_ids(clock),
            keyrings=keyrings,
            on_status=self._on_status,
            leaves=leaves,
        )
        set_up = SettingUp(
            self.client,
            preferences,
            clock=clock,
            new_id=system_ids(clock),
            policy=policy,
            made=self._made,
        )
        self._preferences = preferences
        self.window = Window(
            self.app,
            self.client,
            clock=clock,
            worker_name=name,
            preferences=preferences,
            set_up=set_up if sets_up else None,
            contact=lambda: policy().contact,
        )

    def _made(self, worker: Worker) -> None:
        """The store is there, in its thread: it has an office from now on."""
        from workbook_desktop.commands.enrol import known_office

        self.client.office = known_office(self._preferences)
        self.window.gate.is_now(worker)

    def _on_status(self, status: object) -> None:
        self.window.on_status(status)  # type: ignore[arg-type]

    def run(self) -> int:
        """Show the window until it is closed; return the exit code."""
        code = show(self.app, self.window)
        self.client.close()
        return code


def show(app: object, window: object) -> int:
    """Show a window and run its loop; return the exit code."""
    from PySide6.QtWidgets import QApplication

    from workbook_desktop.app.window import Window, close_on_signals

    assert isinstance(app, QApplication)
    assert isinstance(window, Window)
    window.shell.ended.connect(app.quit)
    window.shell.resize(1180, 760)
    window.shell.show()
    asked_to_end = close_on_signals(window.shell)
    code = int(app.exec())
    asked_to_end.setEnabled(False)
    return code


def open_window() -> int:
    """Open the window on this worker's own store; return the exit code."""
    from workbook_desktop.app.machine import has_display
    from workbook_desktop.commands.enrol import (
        beside_the_store,
        known_office,
        known_worker_name,
        policy,
        system_keyrings,
    )
    from workbook_desktop.paths import data_folder

    if not has_display() and "QT_QPA_PLATFORM" not in os.environ:
        print("There is no display here, so no window can be shown.", file=sys.stderr)
        return 1
    folder = data_folder()
    own = OwnWindow(
        folder,
        folder / "store",
        name=known_worker_name(folder),
        office=known_office(folder),
        keyrings=system_keyrings,
        leaves=beside_the_store(folder),
        policy=policy,
        sets_up=True,
    )
    return own.run()


def practise(
    tour: Path | None,
    *,
    gallery: Path | None = None,
    reset: bool = False,
    folder: Path | None = None,
) -> int:
    """Open practice, walk the tour through it or picture its pages; return the exit code."""
    harden()
    pictures = tour or gallery
    if pictures is not None:
        try:
            pictures.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            print(f"pictures cannot be kept in {pictures}: {error.strerror}", file=sys.stderr)
            return 1
    if gallery is not None:
        from workbook_desktop.commands.gallery import make_gallery

        return make_gallery(gallery)
    from workbook_desktop.app.machine import has_display
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
    from workbook_desktop.commands.practice_menu import PracticeMenu

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
    menu = PracticeMenu(window, parts)
    code = show(app, window)
    parts.close()
    del menu
    return code
