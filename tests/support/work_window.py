"""The application's own window on an organisation's laptop, its sync running, and somebody at a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import shiboken6
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.support.keyring import MemoryKeyring
from tests.support.organisation import MovedClock, Organisation
from tests.support.provider import Person
from tests.support.window import Window
from ui.exchange import BUSY
from ui.shell.window import Standing
from workbook_desktop.app.client import Client
from workbook_desktop.app.machine import system_ids
from workbook_desktop.app.office_line import Office
from workbook_desktop.app.setting_up import SettingUp
from workbook_desktop.app.window import Window as AppWindow
from workbook_desktop.commands.enrol import _facts, beside_the_store, known_worker_name
from workbook_desktop.settings import Policy
from workbook_desktop.store.keys import FLOOR

T = TypeVar("T")
PASSPHRASE = "saltmarsh lantern otter quay"


class WorkWindow(Window):
    """A worker at a laptop that is theirs, or will be."""

    def __init__(
        self,
        bot: QtBot,
        folder: Path,
        organisation: Organisation,
        person: Person,
        *,
        policy: Policy | None = None,
        clock: MovedClock | None = None,
        keyring: MemoryKeyring | None = None,
        shows_browser: bool = True,
        size: tuple[int, int] = (1366, 768),
    ) -> None:
        self.bot, self.folder, self.organisation, self.person = bot, folder, organisation, person
        self.moved = clock or MovedClock()
        self.keyring = keyring or MemoryKeyring()
        self.policy = policy or Policy(office=organisation.url, contact="the IT service desk, 01632 960123")
        self.crashes: list[BaseException] = []
        shown: list[AppWindow] = []
        known = _facts(folder)
        self.client = Client(
            folder / "store",
            self._office() if known else None,
            clock=self.moved,
            new_id=system_ids(self.moved),
            keyrings=lambda: self.keyring,
            on_status=lambda status: shown[0].on_status(status) if shown else None,
            open_browser=(lambda address: person(address) and shows_browser),
            leaves=beside_the_store(folder),
        )
        set_up = SettingUp(
            self.client,
            folder,
            clock=self.moved,
            new_id=system_ids(self.moved),
            policy=lambda: self.policy,
            open_browser=(lambda address: person(address) and shows_browser),
            cost=FLOOR,
            made=self._made,
        )
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.app = AppWindow(
            application,
            self.client,
            clock=self.moved,
            worker_name=known_worker_name(folder),
            preferences=folder,
            set_up=set_up,
            contact=lambda: self.policy.contact,
        )
        shown.append(self.app)
        self.shell, self.tasks, self.exchange = self.app.shell, self.app.tasks, self.app.exchange
        assert self.app.account is not None
        self.account = self.app.account
        self.shell.resize(*size)
        self.shell.show()
        bot.waitExposed(self.shell)
        self.shell.activateWindow()
        self.until(self.shell.isActiveWindow)

    def _office(self) -> Office:
        return Office(url=lambda: self.organisation.url, secret=lambda store: "", policy=lambda: self.policy)

    def _made(self, worker: object) -> None:
        self.client.office = self._office()
        self.app.gate.is_now(worker)  # type: ignore[arg-type]

    def do(self, job: Callable[[], T]) -> T:
        """Run something in the store's thread."""
        return self.client.thread.submit(job).result(timeout=60)

    def sets_up(self) -> None:
        """From the first window to the first page."""
        self.click("do:begin-sign-in")
        self.until(lambda: self.named("answer:passphrase").isVisible())
        self.type(PASSPHRASE)
        self.named("answer:passphrase-again").setFocus()
        self.type(PASSPHRASE)
        self.press("Enter")
        self.until(lambda: self.shell.standing is Standing.OPEN)
        self.complete()

    def complete(self) -> None:
        """Wait until a run has ended well and nothing is under way."""
        self.until(lambda: self.exchange.status.phase == "idle")
        self.quiet()

    def asks(self, phase: str) -> None:
        """Send and receive now, and wait until it stands so: again, if a line from before was cut."""
        self.exchange.request()

        def stands_so() -> bool:
            now = self.exchange.status.phase
            if now != phase and now not in BUSY:
                self.exchange.request()
            return now == phase

        self.until(stands_so)
        self.quiet()

    def lock_and_unlock(self) -> None:
        """As after a cup of tea."""
        self.press("Ctrl+L")
        self.until(lambda: self.screen == "screen:unlock")
        self.unlock(PASSPHRASE)

    def picture(self, file: Path) -> None:
        """Keep a picture of the window."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self.bot.wait(300)  # for the eye: what comes late is there, what is laid out again has its place
        assert self.shell.grab().save(str(file))

    def end(self) -> None:
        """Close the window as a worker does, then everything behind it."""
        if not shiboken6.isValid(self.shell):
            return
        self.shell.close()
        self.until(lambda: not self.shell.isVisible())
        self.client.close()
        for _ in range(3):
            QApplication.processEvents()
        self.shell.deleteLater()
        QApplication.processEvents()
        shiboken6.delete(self.app.look)  # its focus ring would watch the next test's window
        assert not (self.folder / "crashes.log").exists(), (self.folder / "crashes.log").read_text()
