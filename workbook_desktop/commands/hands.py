"""A pair of hands for the real windows: finds things by name, presses real keys, waits, takes pictures.

A script is a generator. It yields `Until` to wait; everything between is done at once, on the UI thread.
Nothing here nests an event loop: a timer asks the script to go on when what it waits for has come.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QScrollArea, QWidget


@dataclass(frozen=True, slots=True)
class Until:
    """Wait until `holds` says True; fail after `seconds`, naming `what`."""

    what: str
    holds: Callable[[], bool]
    seconds: float = 15.0


Script = Generator[Until, None, None]


class NotThere(AssertionError):
    """The window does not show what the script needs: the walk fails, saying what."""


class Hands:
    """Finds and presses things in the window that is in front."""

    def __init__(self, window: QWidget, pictures: Path | None = None) -> None:
        self.window = window
        self.pictures = pictures

    def find(self, name: str) -> QWidget:
        """Return the visible widget of this object name.

        Raises:
            NotThere: there is none, or it cannot be seen.
        """
        found: list[QWidget] = [each for each in self.window.findChildren(QWidget, name) if each.isVisible()]
        if not found:
            raise NotThere(f"{name} is not on the page")
        return found[0]

    def sees(self, name: str) -> bool:
        """Say whether a visible widget has this name."""
        return any(each.isVisible() for each in self.window.findChildren(QWidget, name))

    def text_of(self, name: str) -> str:
        """Return everything a person could read in a widget, in no particular order."""
        widget = self.find(name)
        words = []
        for each in [widget, *widget.findChildren(QWidget)]:
            text = getattr(each, "text", None) or getattr(each, "toPlainText", None)
            if callable(text) and each.isVisible():
                words.append(str(text()))
        return "\n".join(words)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key as the keyboard does: through the window, so that shortcuts see it."""
        handle = self.window.windowHandle()
        if handle is None:
            raise NotThere("the window has no handle")
        QTest.keyClick(handle, key, modifiers)

    def type(self, text: str) -> None:
        """Type text into whatever has the focus, a key at a time, in any script."""
        for character in text:
            if character == "\n":
                self.press(Qt.Key.Key_Return)
                continue
            target = QApplication.focusWidget()
            if target is None:
                raise NotThere(f"nothing has the focus in {QApplication.activeWindow()}")
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, character)
                QApplication.sendEvent(target, event)

    def focus(self, name: str) -> QWidget:
        """Put the focus on a widget the way a worker lands there; its scroll area follows."""
        widget = self.find(name)
        if not widget.isEnabled():
            raise NotThere(f"{name} cannot be used now")
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        around: QObject | None = widget.parent()
        while around is not None and not isinstance(around, QScrollArea):
            around = around.parent()
        inside = around.widget() if isinstance(around, QScrollArea) else None
        if isinstance(around, QScrollArea) and inside is not None and inside.isAncestorOf(widget):
            around.ensureWidgetVisible(widget)
        return widget

    def do(self, name: str) -> None:
        """Press a button by keyboard: focus, then Space."""
        button = self.focus(name)
        if not isinstance(button, QAbstractButton):
            self.press(Qt.Key.Key_Return)
            return
        self.press(Qt.Key.Key_Space)

    def click(self, name: str) -> None:
        """Click the middle of a widget with the mouse."""
        widget = self.find(name)
        QTest.mouseClick(
            widget, Qt.MouseButton.LeftButton, pos=QPoint(widget.width() // 2, widget.height() // 2)
        )

    def answer(self, path: str, text: str) -> None:
        """Type into the editor of an answer, in place of what stood there."""
        self.focus(f"answer:{path}")
        self.press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        self.type(text)

    def choose(self, path: str, code: str, label: str) -> None:
        """Choose an option by keyboard: a radio or a box by Space, in a drop-down by typing its label."""
        own = f"answer:{path}={code}"
        name = own if self.sees(own) else f"answer:{path}"
        widget = self.focus(name)
        if isinstance(widget, QComboBox):
            self.type(label)
        else:
            self.press(Qt.Key.Key_Space)

    def picture(self, name: str) -> str:
        """Save what the window shows; return the file's name, or "" where no pictures are kept."""
        if self.pictures is None:
            return ""
        file = f"{name}.png"
        self.window.grab().save(str(self.pictures / file))
        return file


class Walk(QObject):
    """Runs a script in the running event loop and tells how it ended."""

    def __init__(self, script: Script, done: Callable[[str | None], None], every_ms: int = 5) -> None:
        super().__init__()
        self._script, self._done = script, done
        self._waiting: Until | None = None
        self._since = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(every_ms)
        self._timer.timeout.connect(self._step)

    def start(self) -> None:
        """Begin with the next turn of the event loop."""
        self._timer.start()

    def _step(self) -> None:
        try:
            if self._waiting is not None and not self._waiting.holds():
                if time.monotonic() - self._since > self._waiting.seconds:
                    raise NotThere(f"waited {self._waiting.seconds:.0f} s in vain: {self._waiting.what}")
                return
            self._waiting = next(self._script)
            self._since = time.monotonic()
        except StopIteration:
            self._finish(None)
        except Exception:
            self._finish(traceback.format_exc())

    def _finish(self, why: str | None) -> None:
        self._timer.stop()
        self._script.close()
        self._done(why)
