"""The window: locked, open or hidden, and the ways between. Nothing typed is lost on any of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Hashable
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QToolTip, QVBoxLayout, QWidget

from ui.screens.unlock import UnlockScreen
from ui.shell.commands import CommandBar
from ui.shell.hidden import HiddenScreen
from ui.shell.idle import IdleWatch
from ui.shell.keys import Keys
from ui.shell.places import Kind
from ui.shell.practice import PracticeBand
from ui.shell.screen import Caret
from ui.style import Tone
from ui.style.look import Look

if TYPE_CHECKING:
    from ui.exchange import Exchange
    from ui.gate import Gate
    from ui.say import Say
    from ui.screens.gate_screen import GateScreen
    from ui.shell.frame import Frame
    from ui.shell.navigation import IdentityFacts
    from ui.shell.places import Stop
    from ui.shell.routes import Routes
    from ui.shell.standing import OfficeWatch
    from ui.tasks import Tasks
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.domain.ids import RecordId
    from workbook_desktop.workspace.desk import Desk

NAME = "Workbook"
TRY_AGAIN = 2000  # ms between tries to keep what could not be kept

# Imported while the worker types the passphrase, one at a time, so that home is there at once afterwards.
_SOON = (
    "ui.shell.frame",
    "ui.shell.routes",
    "ui.screens.home",
    "ui.screens.family",
    "ui.screens.form",
    "ui.screens.caseload",
    "ui.screens.check",
    "ui.screens.sending",
    "ui.screens.conflict",
    "ui.screens.find",
    "ui.shell.standing",
    "ui.screens.new_record",
)


class Standing(StrEnum):
    """How the window stands."""

    LOCKED = "locked"
    OPEN = "open"
    HIDDEN = "hidden"
    LOCKING = "locking"


class Shell(QMainWindow):
    """The one window of the application."""

    opened = Signal()  # the first page after an unlock is on the screen
    locked = Signal()
    ended = Signal()  # closed, everything kept

    def __init__(
        self,
        gate: Gate,
        tasks: Tasks,
        say: Say,
        exchange: Exchange,
        *,
        clock: Clock,
        practice: bool,
        look: Look | None = None,
        lock_after: timedelta = timedelta(minutes=5),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._gate, self._tasks, self._say, self._exchange = gate, tasks, say, exchange
        self._clock, self._look = clock, look
        self._standing = Standing.LOCKED
        self._title = NAME
        self._trail: tuple[Stop, ...] = ()
        self._left: dict[RecordId, Caret] = {}  # where the worker was in each record: ids and numbers
        self._narrowed: dict[Hashable, dict[str, Any]] = {}  # how each page was narrowed; never on a disk
        self._frame: Frame | None = None
        self._routes: Routes | None = None
        self._focus_before: QWidget | None = None
        self._watch: OfficeWatch | None = None
        self._why: Exception | None = None  # what ended the session, if it was not the worker
        self._is_closing = False
        self._may_end = self._is_warned = False
        self.setObjectName("window")
        self.setWindowTitle(NAME)
        ground = QWidget()
        self._rows = QVBoxLayout(ground)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.setProperty("practice", practice)  # what is printed says so too
        if practice:
            self._rows.addWidget(PracticeBand())
        self.setCentralWidget(ground)
        self._content: QWidget | None = None
        self._keys = Keys(self, exchange, look, lambda: self._open_routes, lambda: self._frame)
        self.commands = CommandBar(self, self._keys.acts())
        self.hidden = HiddenScreen()
        self.hidden.returned.connect(self.return_from_hidden)
        self.idle = IdleWatch(clock, lock_after, self)
        self.idle.warned.connect(self._warn_of_lock)
        self.idle.returned.connect(self._drop_warning)
        self.idle.ran_out.connect(self.lock)
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(TRY_AGAIN)
        self._retry.timeout.connect(self._keep_then_lock)
        self._soon = list(_SOON)
        self._was_painted = False
        self._account = account = exchange.account
        self.commands.actions["account"].setVisible(account is not None)
        if account is not None:
            account.stopped.connect(self._on_stopped)
        if (
            account is not None
            and account.set_up is not None
            and not gate.exists()
            and not account.acts.emptied()
        ):
            self._show_set_up()
        else:
            self._show_unlock()

    # -- standing ------------------------------------------------------------------------------------------

    @property
    def standing(self) -> Standing:
        """How the window stands."""
        return self._standing

    @property
    def screen_now(self) -> QWidget | None:
        """What is in the window: the unlock screen, the hidden screen, or the page that is open."""
        routes = self._open_routes
        return routes.screen if routes is not None else self._content

    @property
    def navigator(self) -> Routes | None:
        """The ways from page to page while the store is open."""
        return self._routes

    @property
    def _open_routes(self) -> Routes | None:
        return self._routes if self._standing is Standing.OPEN else None

    def _stand(self, standing: Standing) -> None:
        self._standing = standing
        if standing is Standing.OPEN:
            self._allow()
        elif standing is Standing.LOCKED:
            self.commands.allow(is_open=False, has_child=False)
        elif standing is Standing.HIDDEN:
            self.commands.allow_only("lock", "close")
        else:
            self.commands.allow_only()
        self.menuBar().setVisible(standing in (Standing.OPEN, Standing.LOCKED))

    def _allow(self) -> None:
        facts = self._routes.facts if self._routes is not None else None
        self.commands.allow(is_open=True, has_child=facts is not None and facts.family is not None)

    def _put(self, content: QWidget, settle: Callable[[], None]) -> QWidget | None:
        """Put something into the window and return what was there: out of the window, with no parent.

        `settle` puts the focus into what came, before the other goes: the focus ring must not go with it.
        """
        before, self._content = self._content, content
        self._rows.addWidget(content, 1)
        content.show()
        settle()
        if before is not None and before is not content:
            self._rows.removeWidget(before)
            before.setParent(None)
        return before

    def _retitle(self) -> None:
        """Say in the title what the page is, with initials: it shows on the taskbar and in Alt+Tab."""
        if self._standing is not Standing.OPEN:
            self.setWindowTitle(NAME)
            return
        facts = self._routes.facts if self._routes is not None else None
        title = f"{self._title}, {facts.initials}" if facts is not None and facts.initials else self._title
        self.setWindowTitle(f"{title} – {NAME}" if title != NAME else NAME)

    # -- unlocking -----------------------------------------------------------------------------------------

    def _show_unlock(self) -> None:
        why, self._why = self._why, None
        screen = UnlockScreen(
            self._gate, self._tasks, self._say, clock=self._clock, account=self._account, why=why
        )
        screen.set_up_wanted.connect(self._show_set_up)
        self._show_gate(screen)

    def _show_set_up(self) -> None:
        from ui.screens.set_up import SetUpScreen

        assert self._account is not None
        screen = SetUpScreen(self._gate, self._account, self._tasks, self._say)
        screen.made.connect(self._show_unlock)
        self._show_gate(screen)

    def _show_gate(self, screen: GateScreen) -> None:
        screen.unlocked.connect(self._on_unlocked)
        screen.text_larger.connect(lambda: self._keys.text_size(1))
        screen.text_smaller.connect(lambda: self._keys.text_size(-1))
        self._stand(Standing.LOCKED)
        self._retitle()
        if self.isVisible():
            self.activateWindow()  # closing the windows beside this one may have left none active
        before = self._put(screen, screen.begin)
        if before is not None and before is not self.hidden:
            before.deleteLater()

    def _on_unlocked(self, desk: Desk) -> None:
        from ui.shell.frame import Frame
        from ui.shell.routes import Routes

        self._frame = frame = Frame(
            self._say,
            go_home=lambda: self._keys.ask("home"),
            go_caseload=lambda: self._keys.ask("caseload"),
            find=lambda: self._keys.ask("find"),
            hide_screen=self.hide_screen,
            go_sending=lambda: self._keys.ask("sending"),
        )
        frame.say_text_size(self._look.text_percent if self._look is not None else 100)
        self._routes = routes = Routes(
            desk,
            self._tasks,
            self._say,
            self._exchange,
            frame,
            clock=self._clock,
            trail=self._trail,
            left=self._left,
            kept=self._narrowed,
            parent=self,
        )
        if self._account is not None:
            from ui.shell.standing import OfficeWatch

            self._watch = OfficeWatch(
                self._account,
                self._tasks,
                self._exchange,
                frame,
                lambda: self._keys.go(Kind.ACCOUNT),
                parent=self,
            )
            routes.arrived.connect(self._watch.look)
        routes.titled.connect(self._on_titled)
        routes.identified.connect(self._on_identified)
        routes.arrived.connect(self._on_first_page)
        routes.resume()

    def _on_first_page(self) -> None:
        """Take the unlock screen away only now: the first page is ready behind it."""
        if self._standing is not Standing.LOCKED or self._frame is None or self._routes is None:
            return
        self._stand(Standing.OPEN)
        self._retitle()
        # Only now: a page could not take the focus while it was outside the window.
        before = self._put(self._frame, self._routes.settle_focus)
        if before is not None:
            before.deleteLater()
        self.idle.start()
        self.idle.watch(self.windowHandle())
        self.opened.emit()
        if self._why is not None:  # stopped while the first page was being made
            self.lock()

    def _on_titled(self, text: str) -> None:
        self._title = text
        self._retitle()

    def _on_identified(self, facts: IdentityFacts | None) -> None:
        self._retitle()
        if self._standing is Standing.OPEN:
            self._allow()

    # -- hiding --------------------------------------------------------------------------------------------

    def hide_screen(self) -> None:
        """Take everything about anybody out of the window, now; under a cover a screen reader would see it.

        What was typed is handed over first, which only queues it: the key acts within a tenth of a second.
        """
        if self._standing is not Standing.OPEN or self._frame is None or self._routes is None:
            return
        self._routes.flush()
        self._trail = self._routes.trail  # now: outside the window nothing has the focus
        self._focus_before = self.focusWidget()
        self._close_others()
        self.hidden.say_hidden()
        self._stand(Standing.HIDDEN)
        self._put(self.hidden, lambda: self.hidden.button.setFocus(Qt.FocusReason.OtherFocusReason))
        self._retitle()

    def return_from_hidden(self) -> None:
        """Put everything back as it was, to the caret."""
        if self._standing not in (Standing.HIDDEN, Standing.LOCKING) or self._frame is None:
            return
        self._retry.stop()
        self._is_closing = False
        self._stand(Standing.OPEN)
        self._retitle()
        self._put(self._frame, self._focus_again)
        self.idle.start()

    def _focus_again(self) -> None:
        before, self._focus_before = self._focus_before, None
        if self._frame is None or self._routes is None:
            return
        if before is not None and shiboken6.isValid(before) and self._frame.isAncestorOf(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._routes.settle_focus()

    def _close_others(self) -> None:
        """Close pop-ups, tooltips and every other window: they may show a name."""
        QToolTip.hideText()
        for _ in range(10):
            popup = QApplication.activePopupWidget()
            if popup is None:
                break
            popup.close()
        for other in QApplication.topLevelWidgets():
            if other is not self and other.isVisible():
                other.close()

    # -- locking -------------------------------------------------------------------------------------------

    def lock(self) -> None:
        """Hide, keep what was typed, close the store; then ask for the passphrase."""
        if self._standing not in (Standing.OPEN, Standing.HIDDEN) or self._routes is None:
            return
        if self._standing is Standing.OPEN:
            self.hide_screen()
        self.idle.stop()
        self.hidden.say_locking()
        self._stand(Standing.LOCKING)
        self._keep_then_lock()

    def _keep_then_lock(self) -> None:
        """Lock only when everything typed is on the disk."""
        if self._standing is Standing.LOCKING and self._routes is not None:
            self._routes.settle(self._lock_now, lambda: self._lock_failed(None))

    def _lock_now(self) -> None:
        if self._standing is not Standing.LOCKING or self._routes is None:
            return
        self._routes.leave()
        self._tasks.run(self, self._gate.lock, self._on_locked, self._lock_failed)

    def _lock_failed(self, error: Exception | None) -> None:
        """Stay hidden, keep what is in memory, and try again: a child's record comes before the lock."""
        self.hidden.say_not_locked(
            "Something you typed could not be put on the disk yet. It is kept here and tried again by "
            "itself. Free some disk space, or press Enter to go back to it."
        )
        self.hidden.button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._is_closing = False
        if self._account is not None and self._account.acts.emptied() is not None:
            self._on_locked(None)  # the organisation's order did not wait: there is nothing to put it into
            return
        self._retry.start()

    def _on_stopped(self, error: Exception) -> None:
        """The office, or the lease, ends it: keep what was typed, lock, and say why."""
        if self._standing is Standing.LOCKED and self._routes is None:
            self._say_stopped(error)
            return
        self._why = error
        self.lock()

    def _say_stopped(self, error: Exception) -> None:
        """It is locked, and was told of it: say so where the passphrase is asked for, unless one was just
        given: then what comes of that says it."""
        if isinstance(self._content, UnlockScreen) and not self._content.is_trying:
            self._narrowed.clear()
            self._why = error
            self._show_unlock()

    def _on_locked(self, _: None) -> None:
        routes, frame, watch = self._routes, self._frame, self._watch
        self._routes = self._frame = self._focus_before = self._watch = None
        if watch is not None:
            watch.end()
            watch.deleteLater()
        if routes is not None:
            routes.end()
            routes.deleteLater()
        if frame is not None:
            frame.deleteLater()
        if self._why is not None:  # not the worker's own lock: nothing of it is kept for coming back
            self._narrowed.clear()
        if self._is_closing:
            self._may_end = True
            self.close()
            return
        self._show_unlock()
        self.locked.emit()

    def _warn_of_lock(self, seconds: int) -> None:
        is_new = not self._is_warned
        if self._standing is Standing.OPEN and self._frame is not None and (is_new or seconds in (30, 10)):
            self._is_warned = True
            self._frame.notice(
                "lock",
                Tone.WARNING,
                f"The Workbook locks in {seconds} second{'' if seconds == 1 else 's'}",
                "Press any key to go on."
                + ("" if self._routes is None or self._routes.unsaved() else " What you typed is saved."),
            )

    def _drop_warning(self) -> None:
        self._is_warned = False
        if self._frame is not None:
            self._frame.drop_notice("lock")

    # -- closing -------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close only when everything typed is kept and the store is shut."""
        if self._standing is Standing.LOCKED and self._routes is None:
            self._may_end = True
        if self._may_end:
            self.idle.stop()
            event.accept()
            self.ended.emit()
            return
        event.ignore()
        if self._standing in (Standing.OPEN, Standing.HIDDEN):
            self._is_closing = True
            self.lock()

    # -- quickly on the screen -----------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Begin the imports that the first page needs once the unlock screen is on the screen."""
        handled = super().event(event)
        if event.type() is QEvent.Type.Paint and not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(50, self._import_next)
        return handled

    def _import_next(self) -> None:
        if self._soon and self._standing is Standing.LOCKED:
            importlib.import_module(self._soon.pop(0))
            QTimer.singleShot(20, self._import_next)


__all__ = ["NAME", "Shell", "Standing"]
