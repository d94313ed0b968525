"""The window: locked, open or hidden, and the ways between. Nothing typed is lost on any of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QToolTip, QVBoxLayout, QWidget

from ui.screens.unlock import UnlockScreen
from ui.shell.commands import CommandBar
from ui.shell.hidden import HiddenScreen
from ui.shell.idle import IdleWatch
from ui.shell.practice import PracticeBand
from ui.shell.screen import Caret, Screen, first_control
from ui.style import Tone
from ui.style.look import Look

if TYPE_CHECKING:
    from ui.exchange import Exchange
    from ui.gate import Gate
    from ui.say import Say
    from ui.shell.frame import Frame
    from ui.shell.navigation import IdentityFacts
    from ui.shell.places import Stop
    from ui.shell.routes import Routes
    from ui.tasks import Tasks
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.domain.ids import RecordId
    from workbook_desktop.workspace.desk import Desk

NAME = "Workbook"
TEXT_STEPS = (100, 110, 125, 150, 175, 200, 225)
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
        self._frame: Frame | None = None
        self._routes: Routes | None = None
        self._focus_before: QWidget | None = None
        self._is_closing = False
        self._may_end = self._is_warned = False
        self.setObjectName("window")
        self.setWindowTitle(NAME)
        ground = QWidget()
        self._rows = QVBoxLayout(ground)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        if practice:
            self._rows.addWidget(PracticeBand())
        self.setCentralWidget(ground)
        self._content: QWidget | None = None
        self.commands = CommandBar(self, self._acts())
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
        self._show_unlock()

    # -- standing ------------------------------------------------------------------------------------------

    @property
    def standing(self) -> Standing:
        """How the window stands."""
        return self._standing

    @property
    def screen_now(self) -> QWidget | None:
        """What is in the window: the unlock screen, the hidden screen, or the page that is open."""
        if self._standing is Standing.OPEN and self._routes is not None:
            return self._routes.screen
        return self._content

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
        screen = UnlockScreen(self._gate, self._tasks, self._say, clock=self._clock)
        screen.unlocked.connect(self._on_unlocked)
        screen.text_larger.connect(lambda: self._text_size(1))
        screen.text_smaller.connect(lambda: self._text_size(-1))
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
            go_home=lambda: self._ask("home"),
            go_caseload=lambda: self._ask("caseload"),
            find=lambda: self._ask("find"),
            hide_screen=self.hide_screen,
            go_sending=lambda: self._ask("sending"),
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
            parent=self,
        )
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
        self._tasks.run(self, self._gate.lock, self._on_locked, self._lock_failed)

    def _lock_failed(self, error: Exception | None) -> None:
        """Stay hidden, keep what is in memory, and try again: a child's record comes before the lock."""
        self.hidden.say_not_locked(
            "Something you typed could not be put on the disk yet. It is kept here and tried again by "
            "itself. Free some disk space, or press Enter to go back to it."
        )
        self.hidden.button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._is_closing = False
        self._retry.start()

    def _on_locked(self, _: None) -> None:
        routes, frame = self._routes, self._frame
        self._routes = self._frame = self._focus_before = None
        if routes is not None:
            routes.end()
            routes.deleteLater()
        if frame is not None:
            frame.deleteLater()
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

    # -- what the keys do ----------------------------------------------------------------------------------

    def _acts(self) -> dict[str, Callable[[], None]]:
        def ask(verb: str) -> Callable[[], None]:
            return lambda: self._ask(verb)

        def page(verb: str) -> Callable[[], None]:
            return lambda: self._page(verb)

        return {
            "new": ask("new_record"),
            "send-now": self._exchange.request,
            "sending": ask("sending"),
            "hide": self.hide_screen,
            "lock": self.lock,
            "close": self._close_now,
            "undo": lambda: self._edit("undo"),
            "redo": lambda: self._edit("redo"),
            "cut": lambda: self._edit("cut"),
            "copy": lambda: self._edit("copy"),
            "paste": lambda: self._edit("paste"),
            "select-all": lambda: self._edit("selectAll"),
            "find": ask("find"),
            "home": ask("home"),
            "caseload": ask("caseload"),
            "back": ask("back"),
            "next-pane": lambda: self._pane(1),
            "previous-pane": lambda: self._pane(-1),
            "next-section": page("next_section"),
            "previous-section": page("previous_section"),
            "next-problem": page("next_problem"),
            "previous-problem": page("previous_problem"),
            "save-and-continue": page("save_and_continue"),
            "save": self._save,
            "larger": lambda: self._text_size(1),
            "smaller": lambda: self._text_size(-1),
            "normal": lambda: self._text_size(0),
            "child-file": lambda: self._child("file"),
            "child-visit": lambda: self._child("visit"),
            "child-new": lambda: self._child("new"),
            "shortcuts": self._help,
            "help": self._help,
        }

    def _ask(self, verb: str) -> None:
        if self._standing is Standing.OPEN and self._routes is not None:
            getattr(self._routes, verb)()

    def _page(self, verb: str) -> None:
        screen = self._routes.screen if self._routes is not None else None
        if self._standing is Standing.OPEN and screen is not None:
            getattr(screen, verb)()

    def _save(self) -> None:
        if self._routes is not None and self._standing is Standing.OPEN:
            self._routes.save_aloud()

    def _close_now(self) -> None:
        self.close()

    def _child(self, what: str) -> None:
        if self._routes is not None and self._standing is Standing.OPEN:
            self._routes.about_child(what)

    def _edit(self, verb: str) -> None:
        focused = self.focusWidget()
        act = getattr(focused, verb, None)
        if act is not None:
            act()

    def _help(self) -> None:
        if self._routes is not None and self._standing is Standing.OPEN:
            self._routes.shortcuts()

    def _pane(self, step: int) -> None:
        if self._standing is not Standing.OPEN or self._frame is None or self._routes is None:
            return
        screen = self._routes.screen
        parts: list[QWidget] = [self._frame.bar]
        parts += screen.panes() if isinstance(screen, Screen) else ()
        parts.append(self._frame.status)
        panes = [part for part in parts if first_control(part) is not None]
        focused: QWidget | None = self.focusWidget()
        here = next(
            (
                at
                for at, part in enumerate(panes)
                if focused is part or (focused is not None and part.isAncestorOf(focused))
            ),
            0 if step > 0 else 1,
        )
        target = first_control(panes[(here + step) % len(panes)]) if panes else None
        if target is not None:
            reason = Qt.FocusReason.TabFocusReason if step > 0 else Qt.FocusReason.BacktabFocusReason
            target.setFocus(reason)

    def _text_size(self, step: int) -> None:
        if self._look is None:
            return
        now = self._look.text_percent
        if step == 0:
            wanted = 100
        elif step > 0:
            wanted = next((size for size in TEXT_STEPS if size > now), TEXT_STEPS[-1])
        else:
            wanted = next((size for size in reversed(TEXT_STEPS) if size < now), TEXT_STEPS[0])
        self._look.choose(text_percent=wanted)
        if self._frame is not None:
            self._frame.say_text_size(wanted)

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
