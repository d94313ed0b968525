"""The window over a client: the gate it unlocks through, the exchange it shows, and the loop it runs in."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QSocketNotifier
from PySide6.QtWidgets import QApplication

from ui.account import Account
from ui.account import Standing as AccountStanding
from ui.exchange import Exchange, ExchangeStatus, Phase
from ui.say import Say
from ui.shell.window import Shell
from ui.style.look import Look
from ui.style.palettes import Theme
from ui.tasks import Tasks
from workbook_desktop import messages, settings
from workbook_desktop.app.machine import has_display
from workbook_desktop.domain.errors import DeviceRefused, LeaseEnded, StoreEmptied

if TYPE_CHECKING:
    from sync.runner import Status
    from workbook_desktop.app.client import Client
    from workbook_desktop.app.setting_up import SettingUp
    from workbook_desktop.domain.changes import RunReport
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.domain.ids import ConflictId, RecordId
    from workbook_desktop.domain.people import Worker
    from workbook_desktop.domain.records import Head
    from workbook_desktop.workspace.desk import Desk


class ClientGate:
    """Fits `ui.gate.Gate` over a client."""

    def __init__(self, client: Client, *, worker_name: str, practice: bool = False, hint: str = "") -> None:
        self._client = client
        self._worker_name, self._practice, self._hint = worker_name, practice, hint
        self._waiting: int | None = None
        self._desk: Desk | None = None

    @property
    def worker_name(self) -> str:
        """Who unlocks here."""
        return self._worker_name

    @property
    def practice(self) -> bool:
        """Whether this is the practice store."""
        return self._practice

    @property
    def hint(self) -> str:
        """What to say beside the passphrase: in practice, the passphrase itself."""
        return self._hint

    def exists(self) -> bool:
        """Whether there is a store to unlock."""
        return self._client.exists()

    def waiting(self) -> int | None:
        """How many things waited to be sent when the store was locked in this session, or left ajar."""
        return self._waiting

    def unlock(self, passphrase: str) -> Desk:
        """Open the store, in the store's thread."""
        try:
            self._desk = self._client.unlock(passphrase)
        except (LeaseEnded, DeviceRefused):
            self._waiting = self._client.look().waiting
            raise
        except StoreEmptied:
            self._client.finish_emptying_later()
            raise
        return self._desk

    def came_in(self, desk: Desk) -> None:
        """The store was opened in another way."""
        self._desk = desk

    def is_now(self, worker: Worker) -> None:
        """This laptop was set up for somebody."""
        self._worker_name = worker.name

    def lock(self) -> None:
        """Close the store, in the store's thread."""
        if self._desk is not None:
            self._waiting = self._desk.counts().waiting
            self._desk = None
        self._client.lock()


class ClientActs:
    """Fits `ui.account.Acts` over a client."""

    def __init__(self, client: Client, gate: ClientGate, contact: Callable[[], str]) -> None:
        self._client, self._gate, self._contact = client, gate, contact

    @property
    def contact(self) -> str:
        """Whom to ring."""
        return self._contact()

    def emptied(self) -> StoreEmptied | None:
        """Why there is no store here any more."""
        return self._client.emptied()

    def standing(self) -> AccountStanding:
        """How this laptop stands; what ends the lease is noticed here, too. In the store's thread."""
        found = self._client.look()
        return AccountStanding(
            has_account=found.has_account,
            is_signed_in=found.is_signed_in,
            waiting=found.waiting,
            lease_days=found.lease_days,
            days_left=found.days_left,
        )

    def sign_in(self, *, fresh: bool) -> None:
        """Sign in, in the browser."""
        self._client.sign_in(fresh=fresh)

    def come_in(self, *, fresh: bool) -> Desk:
        """Open a store that was left ajar."""
        desk = self._client.come_in(fresh=fresh)
        self._gate.came_in(desk)
        return desk

    def shut(self) -> None:
        """Lock a store that was left ajar."""
        self._client.lock()

    def cancel(self) -> None:
        """Give up waiting for the browser."""
        self._client.cancel_sign_in()

    def sign_out(self) -> bool:
        """End the session."""
        return self._client.sign_out()


class Window:
    """The application's one window, with all it stands on. Make it on the UI thread."""

    def __init__(
        self,
        application: QApplication,
        client: Client,
        *,
        clock: Clock,
        worker_name: str,
        practice: bool = False,
        hint: str = "",
        preferences: Path,
        set_up: SettingUp | None = None,
        contact: Callable[[], str] = lambda: "",
    ) -> None:
        """`set_up`: sets this laptop up where it is not yet; `contact`: whom to ring if it does not open."""
        self._client = client
        self.preferences = preferences
        self._told: RunReport | None = None  # the last run whose records the screens know of
        chosen = settings.read(preferences)
        self.look = Look(application, Theme(chosen.theme), chosen.text_percent)
        self.look.changed.connect(self._keep_look)
        self.say = Say(messages.load(), clock)
        crashed = crash_report(preferences)
        self.tasks = Tasks(client.thread, crashed)
        self.gate = ClientGate(client, worker_name=worker_name, practice=practice, hint=hint)
        self.account: Account | None = None
        if not practice:
            self.account = account = Account(ClientActs(client, self.gate, contact), crashed, set_up=set_up)
            client.on_stopped, client.on_address = account.stop, account.show_address
            if set_up is not None:
                set_up.on_address = account.show_address
        # Waits for the office beside the exchange: a page that was asked for must not wait for a run.
        self._hands = ThreadPoolExecutor(1, thread_name_prefix="office")
        self._line = Tasks(self._hands, crashed)
        self.exchange = Exchange(
            self._request,
            self._pause,
            self._resume,
            claim=self._claim,
            release=self._release,
            account=self.account,
            versions=self._fetch_versions,
        )
        self.shell = Shell(
            self.gate,
            self.tasks,
            self.say,
            self.exchange,
            clock=clock,
            practice=practice,
            look=self.look,
            lock_after=timedelta(minutes=chosen.lock_minutes),
        )
        self._line.setParent(self.shell)
        self.shell.ended.connect(lambda: self._hands.shutdown(wait=False, cancel_futures=True))
        if self.account is not None:
            self.account.setParent(self.shell)  # left to the garbage collector, it may go in another thread
            self.shell.ended.connect(self.account.close)
        if client.emptied() is not None:
            client.finish_emptying_later()

    def on_status(self, status: Status) -> None:
        """Show what the runner says. From any thread."""
        # The runner's phases are the window's, word for word: a test compares them.
        phase: Phase = "paused" if status.paused else cast("Phase", str(status.phase))
        progress = status.progress
        self.exchange.show(
            ExchangeStatus(
                phase=phase,
                last_complete=status.last_complete,
                detail_code=status.code or "",
                detail_reason=status.reason,
                sent=progress.sent if progress is not None else 0,
                received=progress.received if progress is not None else 0,
                listed=progress.listed if progress is not None else 0,
                clock_off=status.clock_off,
            )
        )
        if status.arrived:
            self.exchange.tell(status.arrived)
        report = status.report
        if report is not None and report is not self._told:
            self._told = report
            if report.changed:
                self.exchange.tell(report.changed)

    def _keep_look(self) -> None:
        chosen = settings.changed(
            settings.read(self.preferences),
            text_percent=self.look.text_percent,
            theme=str(self.look.theme.value),
        )
        settings.keep(self.preferences, chosen)

    def _request(self) -> None:
        if self._client.runner is not None:
            self._client.runner.request()

    def _pause(self) -> None:
        if self._client.runner is not None:
            self._client.runner.pause()

    def _claim(self, conflict: ConflictId) -> None:
        if self._client.runner is not None:
            self._client.runner.claim(conflict)

    def _fetch_versions(
        self,
        owner: QObject,
        record: RecordId,
        then: Callable[[tuple[Head, ...]], None],
        failed: Callable[[Exception], None],
    ) -> None:
        client = self._client
        self._line.run(owner, lambda: client.versions_at_office(record), then, failed)

    def _release(self, conflict: ConflictId) -> None:
        if self._client.runner is not None:
            self._client.runner.release(conflict)

    def _resume(self) -> None:
        if self._client.runner is not None:
            self._client.runner.resume()


def crash_report(folder: Path) -> Callable[[BaseException], None]:
    """Return a hook that notes a mistake of ours: its type and where, never what anybody wrote."""

    def note(error: BaseException) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [
            type(error).__name__,
            *(f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames),
        ]
        text = "\n".join(lines) + "\n"
        sys.stderr.write(text)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            log = folder / "crashes.log"
            handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8") as out:
                if out.tell() < 1_000_000:
                    out.write(text)
        except OSError:
            return

    return note


def catch_everything(note: Callable[[BaseException], None]) -> None:
    """Send what nobody caught, in any thread, to the crash report."""
    import threading

    sys.excepthook = lambda kind, error, trace: note(error)
    threading.excepthook = lambda facts: note(facts.exc_value) if facts.exc_value else None


def close_on_signals(shell: Shell) -> QSocketNotifier:
    """Close the window, everything kept, when the system or a terminal asks the process to end.

    Python's own handlers run only between two lines of Python, and an exception in the middle of Qt's work
    brings the process down: so the signal only writes a byte, and the event loop does the rest. Keep what is
    returned.
    """
    import signal
    import socket

    mine, theirs = socket.socketpair()
    for end in (mine, theirs):
        end.setblocking(False)
    signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    notifier = QSocketNotifier(mine.fileno(), QSocketNotifier.Type.Read)

    def asked() -> None:
        mine.recv(64)
        shell.close()

    notifier.activated.connect(asked)
    theirs.detach()
    return notifier


def application(arguments: list[str]) -> QApplication:
    """Return the QApplication, on a screen or without one."""
    if not has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    made = QApplication(arguments[:1])
    made.setApplicationName("Workbook")
    made.setApplicationDisplayName("Workbook")
    made.setDesktopFileName("workbook")
    made.setQuitOnLastWindowClosed(False)
    return made
