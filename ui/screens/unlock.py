"""S2, unlock: a name, a passphrase, and plain words for whatever is in the way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from ui.shell.screen import Screen
from ui.style import Rank, em
from ui.widgets.announce import announce
from ui.widgets.buttons import Button
from ui.widgets.flow import FlowLayout
from ui.widgets.states import BusyState, ErrorState
from ui.widgets.surfaces import Card
from ui.widgets.text import Fault, FieldLabel, HeadingOne, Hint, Strong
from workbook_desktop.domain.errors import TooManyTries, WorkbookError, WrongPassphrase

if TYPE_CHECKING:
    from ui.gate import Gate
    from ui.say import Explanation, Say
    from ui.tasks import Tasks
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.workspace.desk import Desk


class PassphraseField(QLineEdit):
    """A field for a secret: hidden unless shown, no undo to bring it back, gone after each use."""

    caps_lock = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("answer:passphrase")
        self.setAccessibleIdentifier("answer:passphrase")
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
            | Qt.InputMethodHint.ImhHiddenText
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # it has an Undo
        self.setMaxLength(512)

    def take(self) -> str:
        """Return the passphrase and forget it: `setText` empties the undo history, too; `clear` does not."""
        passphrase = self.text()
        self.setText("")
        return passphrase

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take no undo or redo; notice Caps Lock by what a letter key gave."""
        undo = event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.key() in (
            Qt.Key.Key_Z,
            Qt.Key.Key_Y,
        )
        if undo:
            event.accept()
            return
        letter = event.text()
        if len(letter) == 1 and letter.isalpha() and letter.upper() != letter.lower():
            shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps_lock.emit(letter.isupper() != shifted)
        elif event.key() == Qt.Key.Key_CapsLock:
            self.caps_lock.emit(False)  # not known until the next letter
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep Ctrl+Z from being offered to the field at all."""
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
            and event.key() in (Qt.Key.Key_Z, Qt.Key.Key_Y)
        ):
            event.accept()
            return True
        return super().event(event)


class UnlockScreen(Screen):
    """Who you are, your passphrase, Enter."""

    unlocked = Signal(object)  # the Desk
    text_larger = Signal()
    text_smaller = Signal()

    def __init__(self, gate: Gate, tasks: Tasks, say: Say, *, clock: Clock) -> None:
        super().__init__()
        self._gate, self._tasks, self._say, self._clock = gate, tasks, say, clock
        self._until = 0.0  # by the clock's monotonic seconds: no try before
        self._is_busy = self._is_open = False
        self.setObjectName("screen:unlock")
        self.setAccessibleIdentifier("screen:unlock")
        self.setAccessibleName("Unlock")
        self._countdown = QTimer(self)
        self._countdown.setInterval(1000)
        self._countdown.timeout.connect(self._count_down)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget()
        self._middle = QVBoxLayout(inner)
        area.setWidget(inner)
        outer.addWidget(area)
        self._card = Card()
        self._middle.addStretch(2)
        self._middle.addWidget(self._card, 0, Qt.AlignmentFlag.AlignHCenter)
        self._middle.addStretch(3)
        self._fill()
        self._fit()

    def _fill(self) -> None:
        gate = self._gate
        self.heading = HeadingOne("Unlock your Workbook")
        who = Strong(gate.worker_name)
        who.setVisible(bool(gate.worker_name))
        self.passphrase = PassphraseField()
        label = FieldLabel("&Passphrase")
        label.set_field(self.passphrase)
        self.show_button = Button("&Show", identifier="do:show-passphrase")
        self.show_button.setCheckable(True)
        self.show_button.setAccessibleName("Show passphrase")
        self.show_button.toggled.connect(self._show_passphrase)
        self.caps = Hint("Caps Lock is on")
        self.caps.hide()
        self.passphrase.caps_lock.connect(self._say_caps)
        self.fault = Fault()
        self.wait = Hint()
        self.wait.hide()
        self.unlock_button = Button("&Unlock", Rank.PRIMARY, identifier="do:unlock")
        self.unlock_button.clicked.connect(lambda *_: self._try())
        self.passphrase.returnPressed.connect(self._try)
        self.busy = BusyState()
        self._waiting = Hint(_waiting_words(gate.waiting()))
        self._waiting.setVisible(bool(self._waiting.text()))
        self.trouble: ErrorState | None = None
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.passphrase, 1)
        line.addWidget(self.show_button)
        act = QHBoxLayout()
        act.setContentsMargins(0, 0, 0, 0)
        act.addWidget(self.unlock_button)
        act.addWidget(self.busy, 1)
        sizes = QWidget(self._card)
        flow = FlowLayout(sizes, gap=0.4)
        smaller = Button("A −", identifier="do:smaller")
        larger = Button("A +", identifier="do:larger")
        smaller.setAccessibleName("Smaller text")
        larger.setAccessibleName("Larger text")
        smaller.clicked.connect(lambda *_: self.text_smaller.emit())
        larger.clicked.connect(lambda *_: self.text_larger.emit())
        words = Hint("Text size")
        words.setWordWrap(False)
        for each in (words, smaller, larger):
            flow.addWidget(each)
        column = self._card.column
        self._card.add(self.heading, who)
        if gate.hint:
            self._card.add(Hint(gate.hint))
        self._card.add(label)
        column.addLayout(line)
        self._card.add(self.caps, self.fault, self.wait)
        column.addLayout(act)
        self._card.add(self._waiting)
        column.addSpacing(em(self, 0.5))
        self._card.add(sizes)
        self._secrets = (label, self.passphrase, self.show_button, self.unlock_button, self.caps, self.fault)
        if not gate.exists():
            self._tell(self._say.explain_code("store-missing"))

    def begin(self) -> None:
        """Start in the passphrase, and say so."""
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, f"{self.heading.text()}. {self._gate.worker_name}. {self._waiting.text()}")

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and hasattr(self, "_card"):
            self._fit()

    def resizeEvent(self, event: QEvent) -> None:
        """Follow the window."""
        self._fit()

    def _fit(self) -> None:
        self._card.setFixedWidth(max(240, min(em(self, 24), self.width() - em(self, 1.5))))

    # -- trying --------------------------------------------------------------------------------------------

    def _try(self) -> None:
        if self._is_busy or self._is_open or self._seconds_left() > 0:
            return
        if not self.passphrase.text():
            self._fail("Enter your passphrase")
            return
        self.fault.say("")
        self.passphrase.setProperty("wrong", False)
        self._set_busy(True)
        gate, passphrase = self._gate, self.passphrase.take()
        self._tasks.run(self, lambda: gate.unlock(passphrase), self._on_unlocked, self._on_refused)

    def _on_unlocked(self, desk: Desk) -> None:
        self._is_open = True  # the busy words stay until the first page takes this screen's place
        self.unlocked.emit(desk)

    def _on_refused(self, error: Exception) -> None:
        self._set_busy(False)
        if isinstance(error, WrongPassphrase):
            self._fail("That passphrase does not open the Workbook. Check Caps Lock and the keyboard layout.")
            self._wait_for(error)
        elif isinstance(error, TooManyTries):
            self._fail("Please wait a moment before the next try.")
            self._wait_for(error)
        else:
            self._tell(self._say.explain(error))

    def _fail(self, words: str) -> None:
        self.fault.say(words)
        self.passphrase.setProperty("wrong", True)
        self.passphrase.update()
        self.passphrase.setAccessibleDescription(words)
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, f"Error: {words}", assertive=True)

    def _tell(self, words: Explanation) -> None:
        """Say what is in the way of any passphrase: the reason, what is safe, what to do."""
        if self.trouble is not None:
            self.trouble.hide()
            self.trouble.deleteLater()
        details = words.details
        self.trouble = ErrorState(
            words.title, words.safe, words.to_do, code=words.code, action="Try again", details=lambda: details
        )
        self.trouble.setObjectName("trouble")
        if self.trouble.button is not None:
            self.trouble.button.setObjectName("do:try-again")
        self.trouble.acted.connect(self._again)
        for widget in self._secrets:
            widget.hide()
        self._card.column.insertWidget(2, self.trouble)
        if self.trouble.button is not None:
            self.trouble.button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.trouble.speak()

    def _again(self) -> None:
        if self.trouble is not None:
            self.trouble.hide()
            self.trouble.deleteLater()
            self.trouble = None
        for widget in (self._secrets[0], self.passphrase, self.show_button, self.unlock_button):
            widget.show()
        if not self._gate.exists():
            self._tell(self._say.explain_code("store-missing"))
            return
        self.begin()

    def _set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self.unlock_button.setEnabled(not is_busy)
        self.passphrase.setReadOnly(is_busy)
        if is_busy:
            self.busy.begin("Unlocking your records. This takes a moment: it keeps others out.")
        else:
            self.busy.end()

    # -- waiting -------------------------------------------------------------------------------------------

    def _seconds_left(self) -> int:
        return math.ceil(self._until - self._clock.monotonic())

    def _wait_for(self, error: WorkbookError) -> None:
        seconds = error.facts.get("wait", 0)
        self._until = self._clock.monotonic() + float(seconds)
        if self._seconds_left() > 0:
            self._countdown.start()
        self._count_down()

    def _count_down(self) -> None:
        """Say how long, without blame: no number of tries is shown."""
        left = self._seconds_left()
        if left > 0:
            unit = f"{left} second{'' if left == 1 else 's'}" if left < 120 else f"{-(-left // 60)} minutes"
            self.wait.setText(f"You can try again in {unit}. Your work is safe meanwhile.")
            self.wait.show()
            self.unlock_button.setEnabled(False)
            return
        self._countdown.stop()
        if not self.wait.isHidden():
            self.wait.hide()
            self.unlock_button.setEnabled(not self._is_busy)
            announce(self, "You can try again now")

    # -- seeing --------------------------------------------------------------------------------------------

    def _show_passphrase(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.passphrase.setEchoMode(mode)
        self.show_button.setText("Hi&de" if shown else "&Show")
        self.show_button.setAccessibleName("Hide passphrase" if shown else "Show passphrase")

    def _say_caps(self, is_on: bool) -> None:
        if is_on and self.caps.isHidden():
            announce(self, "Caps Lock is on", assertive=True)
        self.caps.setVisible(is_on)


def _waiting_words(waiting: int | None) -> str:
    if not waiting:
        return ""
    return f"{waiting} waiting to send, safe on this laptop."
