"""The real window over a real store, driven by real keys, with its accessibility tree to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.support.worker import PASSPHRASE, FixedClock, StoreGate, store_thread
from ui.exchange import Exchange, ExchangeStatus
from ui.say import Say
from ui.shell.screen import Screen
from ui.shell.window import Shell, Standing
from ui.style import Look
from ui.tasks import Tasks
from workbook_desktop.messages import load

_CTRL, _ALT, _SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


class Window:
    """A worker at the laptop."""

    def __init__(
        self,
        qtbot: QtBot,
        gate: StoreGate,
        *,
        look: Look | None = None,
        size: tuple[int, int] = (1093, 614),
        lock_after: timedelta = timedelta(minutes=5),
    ) -> None:
        self.bot, self.gate, self.clock = qtbot, gate, gate.clock
        self.thread = store_thread()
        self.crashes: list[BaseException] = []
        self.asked: list[str] = []
        self.tasks = Tasks(self.thread, self.crashes.append)
        self.exchange = Exchange(
            lambda: self.asked.append("send"),
            lambda: self.asked.append("pause"),
            lambda: self.asked.append("resume"),
            ExchangeStatus(phase="offline", last_complete=self.clock.now() - timedelta(hours=5, minutes=37)),
            claim=lambda conflict: self.asked.append(f"claim {conflict}"),
            release=lambda conflict: self.asked.append(f"release {conflict}"),
        )
        self.shell = Shell(
            gate,
            self.tasks,
            Say(load(), self.clock),
            self.exchange,
            clock=self.clock,
            practice=True,
            look=look,
            lock_after=lock_after,
        )
        self.shell.resize(*size)
        self.shell.show()
        qtbot.waitExposed(self.shell)
        self.shell.activateWindow()
        self.until(self.shell.isActiveWindow)

    # What a worker does

    def press(self, *keys: str) -> None:
        """Press keys as they are written in the keyboard map: "Ctrl+L", "Tab", "Alt+1"."""
        for key in keys:
            *mods, name = key.split("+") if not key.endswith("++") else [*key[:-2].split("+"), "Plus"]
            held = Qt.KeyboardModifier.NoModifier
            for mod in mods:
                held |= {"Ctrl": _CTRL, "Alt": _ALT, "Shift": _SHIFT}[mod]
            names = {
                "Enter": "Return",
                "PgDn": "PageDown",
                "PgUp": "PageUp",
                "Esc": "Escape",
                "/": "Slash",
                "=": "Equal",
            }
            code = getattr(Qt.Key, f"Key_{names.get(name, name)}")
            QTest.keyClick(self.shell.windowHandle(), code, held)
        QApplication.processEvents()

    def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        for letter in text:
            QTest.keyClick(self.shell.windowHandle(), letter)
        QApplication.processEvents()

    def unlock(self, passphrase: str = PASSPHRASE) -> None:
        """Unlock, and wait for the first page."""
        self.type(passphrase)
        self.press("Enter")
        self.until(lambda: self.shell.standing is Standing.OPEN)
        self.quiet()

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds."""
        self.bot.waitUntil(condition, timeout=20_000)

    def quiet(self) -> None:
        """Wait until nothing is pending, the page is built and every layout is done."""
        self.bot.waitUntil(lambda: not self.tasks.pending() and self.is_whole, timeout=20_000)
        for _ in range(3):
            QApplication.processEvents()
        self.bot.waitUntil(lambda: not self.tasks.pending(), timeout=20_000)

    @property
    def is_whole(self) -> bool:
        """Whether the page is built to its end."""
        page = self.shell.screen_now
        return not isinstance(page, Screen) or page.is_whole()

    def on(self, screen: str) -> None:
        """Wait until a screen is shown."""
        self.until(lambda: self.screen == screen)
        self.quiet()

    def open(self, go: Callable[[], None], screen: str) -> None:
        """Go somewhere through the menu's own verb."""
        go()
        self.on(screen)

    # What a worker sees

    @property
    def screen(self) -> str:
        """The object name of what is in the window."""
        now = self.shell.screen_now
        return now.objectName() if now is not None else ""

    @property
    def focus(self) -> QWidget:
        """What has the focus."""
        found = QApplication.focusWidget()
        assert found is not None
        return found

    def named(self, name: str) -> QWidget:
        """Return a widget of the window by its object name; on the page that is open, not one just left."""
        found: list[QWidget] = self.shell.findChildren(QWidget, name)
        page = self.shell.screen_now
        here = [each for each in found if page is not None and (each is page or page.isAncestorOf(each))]
        frame = [each for each in found if each.isVisible()]
        assert found, f"no {name}"
        return [*here, *frame, *found][0]

    def click(self, name: str) -> None:
        """Press a button with the keyboard: focus, Space."""
        button = self.named(name)
        assert isinstance(button, QPushButton | QWidget)
        button.setFocus(Qt.FocusReason.TabFocusReason)
        self.press("Space")

    def spoken(self) -> str:
        """Return what a screen reader finds on the screen: names, descriptions, values."""
        return "\n".join(_texts(QAccessible.queryAccessibleInterface(self.shell), shown_only=True))

    def findable(self) -> str:
        """Return the same with what is in the window but out of sight: tools can read that, too."""
        return "\n".join(_texts(QAccessible.queryAccessibleInterface(self.shell), shown_only=False))

    def status(self) -> str:
        """The status line."""
        return self.named("status").accessibleName()

    def tab_stops(self) -> Iterator[QWidget]:
        """Yield what Tab reaches, once round."""
        seen: set[int] = set()
        for _ in range(300):
            now = QApplication.focusWidget()
            if now is None or id(now) in seen:
                return
            seen.add(id(now))
            yield now
            self.press("Tab")

    def end(self) -> None:
        """Close the window as a worker does, and stop the store's thread."""
        self.shell.close()
        self.until(lambda: not self.shell.isVisible())
        self.quiet()
        self.thread.submit(self.gate.lock).result()
        self.thread.shutdown()
        self.shell.deleteLater()
        QApplication.processEvents()
        assert not self.crashes, self.crashes


def _texts(of: QAccessibleInterface | None, *, shown_only: bool, depth: int = 0) -> Iterator[str]:
    if of is None or not of.isValid() or depth > 40:
        return
    widget = of.object()
    if shown_only and isinstance(widget, QWidget) and not widget.isVisible():
        return
    for kind in (QAccessible.Text.Name, QAccessible.Text.Description, QAccessible.Text.Value):
        text = of.text(kind)
        if text:
            yield text
    for at in range(min(of.childCount(), 500)):
        yield from _texts(of.child(at), shown_only=shown_only, depth=depth + 1)


def a_gate(template: Path, folder: Path, clock: FixedClock | None = None) -> StoreGate:
    """Return a gate over a copy of a store made once."""
    import shutil

    shutil.copytree(template, folder)
    return StoreGate(folder, clock or FixedClock())
