"""Practice: the Workbook with an invented family, an office of its own, and a colleague who also writes.

Nothing here touches a worker's own store: practice has its own folder, keys and ICS on loopback.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_desktop.app.client import Client
from workbook_desktop.app.machine import SystemClock, system_ids
from workbook_desktop.app.office_line import Office
from workbook_desktop.commands.ics_process import IcsProcess
from workbook_desktop.domain.ids import WorkerId
from workbook_desktop.domain.people import Worker
from workbook_desktop.paths import data_folder

if TYPE_CHECKING:
    from sync.runner import Status

PASSPHRASE = "saltmarsh lantern otter quay"  # of an invented worker's invented store: it guards nothing
WORKER = Worker(
    id=WorkerId("w-amara-quill"),
    name="Amara Quill",
    role="social worker",
    agency="Wrenmouth Council",
    chapter="child",
)
COLLEAGUE = Worker(
    id=WorkerId("w-bea-linnet"),
    name="Bea Linnet",
    role="mental health practitioner",
    agency="Wrenmouth NHS Trust",
    chapter="mental-health",
)


class Practice:
    """The parts of a practice: an ICS process, the worker's client, the colleague's client."""

    def __init__(
        self,
        folder: Path,
        *,
        on_status: Callable[[Status], None] = lambda status: None,
        automatic: bool = True,
    ) -> None:
        self.folder = folder
        self.clock = SystemClock()
        self.new_id = system_ids(self.clock)
        self.ics = IcsProcess(folder / "ics")
        self.office = Office(url=lambda: self.ics.base_url, secret=lambda store: self.ics.secret)
        self.worker = self._client("worker", on_status=on_status, automatic=automatic)
        self.colleague = self._client("colleague", on_status=lambda status: None, automatic=False)

    def _client(self, name: str, *, on_status: Callable[[Status], None], automatic: bool) -> Client:
        return Client(
            self.folder / name,
            self.office,
            clock=self.clock,
            new_id=self.new_id,
            on_status=on_status,
            automatic=automatic,
            form_keys=self.ics.form_keys,
        )

    def prepare(self) -> None:
        """Make what is missing and start the ICS. Takes a second or two the first time."""
        from workbook_desktop.store.keys import FLOOR

        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.ics.prepare()
        self.ics.start()
        for client, worker in ((self.worker, WORKER), (self.colleague, COLLEAGUE)):
            if not client.exists():
                client.thread.submit(client.create, PASSPHRASE, worker, FLOOR).result()

    def close(self) -> None:
        """End the clients, then the ICS."""
        self.worker.close()
        self.colleague.close()
        self.ics.stop()


def practice_folder() -> Path:
    """Return where practice keeps its things."""
    return data_folder("Workbook Practice")


def reset(folder: Path) -> None:
    """Begin practice afresh: removes the practice folder and nothing else."""
    if (folder / "ics").is_dir() or not any(folder.glob("*")):
        shutil.rmtree(folder, ignore_errors=True)
