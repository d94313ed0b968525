"""A worker's whole laptop: the real window over the real store and exchange, driven by keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar, cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from sync.sign_in import PracticeSignIn
from sync.transport import HttpIcs
from sync.wire import Wire
from ui.shell.screen import Screen
from workbook_desktop.app.client import Client
from workbook_desktop.app.machine import SystemClock, system_ids
from workbook_desktop.app.office_line import Office
from workbook_desktop.app.window import Window
from workbook_desktop.commands.hands import Hands
from workbook_desktop.commands.practice import COLLEAGUE, PASSPHRASE, WORKER
from workbook_desktop.domain.changes import RunReport
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.store.keys import FLOOR
from workbook_desktop.store.records import Held
from workbook_desktop.workspace.views import Counts
from workbook_desktop.workspace.worker_desk import WorkerDesk

T = TypeVar("T")
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
__all__ = ["ALT", "COLLEAGUE", "CONTROL", "PASSPHRASE", "WORKER", "Laptop", "NoWindow", "office_at"]


def office_at(url: str | Callable[[], str], secret: str) -> Office:
    """Return the way to a practice ICS."""
    return Office(url=url if callable(url) else lambda: url, secret=lambda store: secret)


class NoWindow:
    """A complete client without a window: store, journal, exchange over HTTP. It sends when told to."""

    def __init__(
        self,
        folder: Path,
        office: Office | None,
        worker: Worker = COLLEAGUE,
        *,
        clock: Clock | None = None,
        form_keys: Callable[[], Mapping[str, bytes]] | None = None,
    ) -> None:
        self.clock = clock or SystemClock()
        self.office, self.worker = office, worker
        self.client = Client(
            folder,
            office,
            clock=self.clock,
            new_id=system_ids(self.clock),
            automatic=False,
            form_keys=form_keys,
        )
        try:
            if not self.client.exists():
                self.do(lambda: self.client.create(PASSPHRASE, worker, FLOOR))
            self.desk: WorkerDesk = self.do(lambda: self.client.unlock(PASSPHRASE))
        except BaseException:
            self.client.close()
            raise

    def do(self, job: Callable[[], T]) -> T:
        """Do something in the store's thread."""
        return self.client.thread.submit(job).result(timeout=60)

    def exchange(self) -> RunReport:
        """Send and receive once."""
        assert self.client.runner is not None
        return self.client.runner.run_once()

    def held(self, record: RecordId) -> Held:
        """Return all this client holds of a record."""
        return self.do(lambda: self.client.held(record))

    def ics(self) -> HttpIcs:
        """Return this worker's own way to ask the ICS, past the store."""
        assert self.office is not None
        url, secret = self.office.url(), self.office.secret(cast(Any, None))
        wire = Wire(url, self.clock)
        sign_in = PracticeSignIn(url, self.worker.id, secret, self.clock, wire=wire)
        return HttpIcs(url, sign_in, self.clock, wire=wire)

    def close(self) -> None:
        """Lock, and end the threads."""
        self.client.close()


class Laptop:
    """One worker with the window in front of her. `hands` press keys; `until` waits."""

    def __init__(
        self,
        bot: QtBot,
        folder: Path,
        office: Office | None,
        worker: Worker = WORKER,
        *,
        clock: Clock | None = None,
        store: Path | None = None,
        form_keys: Callable[[], Mapping[str, bytes]] | None = None,
    ) -> None:
        self.bot, self.folder = bot, folder
        self.clock = clock or SystemClock()
        self.store = store or folder / "worker"
        shown: list[Window] = []
        self.client = Client(
            self.store,
            office,
            clock=self.clock,
            new_id=system_ids(self.clock),
            on_status=lambda status: shown[0].on_status(status) if shown else None,
            form_keys=form_keys,
        )
        if not self.client.exists():
            self.client.thread.submit(self.client.create, PASSPHRASE, worker, FLOOR).result(timeout=60)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.window = Window(
            application,
            self.client,
            clock=self.clock,
            worker_name=worker.name,
            practice=True,
            preferences=folder,
        )
        shown.append(self.window)
        self.shell = self.window.shell
        self.shell.resize(1366, 768)
        self.shell.show()
        bot.waitExposed(self.shell)
        self.shell.activateWindow()
        self.until(self.shell.isActiveWindow)
        self.hands = Hands(self.shell)

    # -- waiting -------------------------------------------------------------------------------------------

    def until(self, holds: Callable[[], bool], seconds: float = 20) -> None:
        """Wait until something holds, with the window alive."""
        self.bot.waitUntil(holds, timeout=int(seconds * 1000))

    def sees(self, name: str, seconds: float = 20) -> None:
        """Wait until a widget of this name shows, and nothing is pending."""
        self.until(lambda: self.hands.sees(name), seconds)
        self.quiet()

    def quiet(self) -> None:
        """Wait until everything asked has been answered, and the page is laid out."""
        for _ in range(2):
            self.until(lambda: self.window.tasks.pending() == 0 and self._is_whole())
            self.bot.wait(0)

    def _is_whole(self) -> bool:
        page = self.shell.screen_now
        return not isinstance(page, Screen) or page.is_whole()

    def result(self, job: Callable[[], T]) -> T:
        """Do something in the store's thread while the window goes on."""
        future: Future[T] = self.client.thread.submit(job)
        self.until(future.done, 60)
        return future.result()

    # -- what a worker does --------------------------------------------------------------------------------

    def unlock(self, passphrase: str = PASSPHRASE) -> None:
        """Type the passphrase and press Enter."""
        self.sees("screen:unlock")
        self.hands.focus("answer:passphrase")
        self.hands.press(Qt.Key.Key_A, CONTROL)
        self.hands.type(passphrase)
        self.hands.press(Qt.Key.Key_Return)

    def at_home(self) -> None:
        """Unlock, and wait for home."""
        self.unlock()
        self.sees("screen:home")

    def first_pull(self) -> None:
        """Wait until everything the office has is here."""
        self.until(lambda: self.window.exchange.status.last_complete is not None, 60)
        self.quiet()

    def open_family(self, name: str = "toll") -> None:
        """Go to the family's file by the caseload."""
        self.hands.press(Qt.Key.Key_Home, ALT)
        self.sees("screen:home")
        self.hands.do("do:caseload")
        self.sees("screen:caseload")
        self.hands.focus("find:caseload")
        self.hands.type(name)
        self.bot.wait(200)  # the list narrows a moment after the last key
        self.quiet()
        self.hands.focus("list:caseload")
        self.hands.press(Qt.Key.Key_Home)
        self.hands.press(Qt.Key.Key_Return)
        self.sees("screen:family")

    def open_form(self, verb: str = "do:start-visit") -> RecordId:
        """Begin a record, or open the one in force, from the family's file."""
        self.hands.do(verb)
        self.sees("screen:form")
        return self.record

    @property
    def record(self) -> RecordId:
        """The record that is open."""
        return RecordId(cast(Any, self.shell.screen_now).record)

    @property
    def phase(self) -> str:
        """Where sending stands."""
        return self.window.exchange.status.phase

    def counts(self) -> Counts:
        """The numbers of the status line, from the store itself."""
        desk = self.client.desk
        assert desk is not None, "the store is locked"
        return self.result(desk.counts)

    def words(self, part: QWidget | None = None) -> str:
        """Everything a screen reader could read in the window, or in a part of it."""
        return "\n".join(_texts(QAccessible.queryAccessibleInterface(part or self.shell)))

    def end(self) -> None:
        """Close the window as a worker does, then end the client's threads, come what may."""
        try:
            self.shell.close()
            self.until(lambda: not self.shell.isVisible(), 15)
        finally:
            self.client.close()
        self.shell.deleteLater()
        self.bot.wait(0)


def _texts(of: QAccessibleInterface | None, depth: int = 0) -> list[str]:
    if of is None or not of.isValid() or depth > 40:
        return []
    kinds = (QAccessible.Text.Name, QAccessible.Text.Description, QAccessible.Text.Value)
    found = [text for kind in kinds if (text := of.text(kind))]
    for at in range(min(of.childCount(), 500)):
        found += _texts(of.child(at), depth + 1)
    return found
