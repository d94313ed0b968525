"""S2, unlock: a name, a passphrase, and plain words for whatever is in the way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from ui.screens.gate_screen import GateScreen, PassphraseField
from ui.style import Rank
from ui.widgets.announce import announce
from ui.widgets.buttons import Button
from ui.widgets.states import BusyState, ErrorState
from ui.widgets.text import Fault, FieldLabel, HeadingOne, Hint, Strong
from workbook_desktop.domain.errors import (
    DeviceRefused,
    LeaseEnded,
    StoreEmptied,
    TooManyTries,
    WorkbookError,
    WrongPassphrase,
)

if TYPE_CHECKING:
    from ui.account import Account
    from ui.gate import Gate
    from ui.say import Explanation, Say
    from ui.screens.outside import OutsideTheGate
    from ui.tasks import Tasks
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.workspace.desk import Desk


class UnlockScreen(GateScreen):
    """Who you are, your passphrase, Enter."""

    set_up_wanted = Signal()  # this laptop is to be set up, perhaps again

    def __init__(
        self,
        gate: Gate,
        tasks: Tasks,
        say: Say,
        *,
        clock: Clock,
        account: Account | None = None,
        why: Exception | None = None,
    ) -> None:
        """`why`: what ended the session before this, if it was not the worker."""
        super().__init__("screen:unlock", "Unlock")
        self._gate, self._tasks, self._say, self._clock = gate, tasks, say, clock
        self._account = account
        self._until = 0.0  # by the clock's monotonic seconds: no try before
        self._is_busy = self._is_open = False
        self._countdown = QTimer(self)
        self._countdown.setInterval(1000)
        self._countdown.timeout.connect(self._count_down)
        self.outside: OutsideTheGate | None = None
        self._fill()
        self._say_what_is_in_the_way(why)

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
        column = self.card.column
        self.card.add(self.heading, who)
        if gate.hint:
            self.card.add(Hint(gate.hint))
        self.card.add(label)
        column.addLayout(line)
        self.card.add(self.caps, self.fault, self.wait)
        column.addLayout(act)
        self.card.add(self._waiting)
        self.add_text_sizes()
        self._secrets = (label, self.passphrase, self.show_button, self.unlock_button, self.caps, self.fault)

    def _say_what_is_in_the_way(self, why: Exception | None) -> None:
        gone = self._account.acts.emptied() if self._account is not None else None
        if gone is not None:
            self._stay_out(gone)
        elif not self._gate.exists():
            self._tell(self._say.explain_code("store-missing"))
        elif why is not None:
            self._tell(self._say.explain(why), action="Unlock…")

    def begin(self) -> None:
        """Start in the passphrase, and say so."""
        if self.outside is not None:
            self.outside.begin()
            return
        if self.trouble is not None and self.trouble.button is not None:
            self.trouble.button.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, f"{self.heading.text()}. {self._gate.worker_name}. {self._waiting.text()}")

    @property
    def is_trying(self) -> bool:
        """Whether a passphrase was given, and what comes of it is not known yet, or said already."""
        return self._is_busy or self._is_open or self.outside is not None

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
        elif self._account is not None and isinstance(error, LeaseEnded | DeviceRefused | StoreEmptied):
            self._stay_out(error)
        else:
            self._tell(self._say.explain(error))

    def _stay_out(self, error: WorkbookError) -> None:
        """The passphrase was right, or there is nothing to open: the organisation has a word in it."""
        from ui.screens.outside import OutsideTheGate

        assert self._account is not None
        for widget in (*self._secrets, self._waiting, self.wait, self.busy):
            widget.hide()
        if isinstance(error, StoreEmptied):
            self.heading.setText("Workbook")
        self._waiting.setText(_waiting_words(self._gate.waiting()))
        self._waiting.setVisible(bool(self._waiting.text()) and not isinstance(error, StoreEmptied))
        self.outside = OutsideTheGate(error, self._account, self._tasks, self._say)
        self.outside.opened.connect(self._on_unlocked)
        self.outside.again.connect(self._again)
        self.outside.set_up.connect(self.set_up_wanted)
        self.card.column.insertWidget(2, self.outside)
        self.outside.begin()

    def _fail(self, words: str) -> None:
        self.fault.say(words)
        self.passphrase.setProperty("wrong", True)
        self.passphrase.update()
        self.passphrase.setAccessibleDescription(words)
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, f"Error: {words}", assertive=True)

    def _tell(self, words: Explanation, *, action: str = "Try again") -> None:
        """Say what is in the way of any passphrase: the reason, what is safe, what to do."""
        if self.trouble is not None:
            self.trouble.hide()
            self.trouble.deleteLater()
        details = words.details
        self.trouble = ErrorState(
            words.title, words.safe, words.to_do, code=words.code, action=action, details=lambda: details
        )
        self.trouble.setObjectName("trouble")
        if self.trouble.button is not None:
            self.trouble.button.setObjectName("do:try-again")
        self.trouble.acted.connect(self._again)
        for widget in (*self._secrets, self.busy):
            widget.hide()
        self.card.column.insertWidget(2, self.trouble)
        if self.trouble.button is not None:
            self.trouble.button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.trouble.speak()

    def _again(self) -> None:
        if self.outside is not None:
            self.outside.hide()
            self.outside.deleteLater()
            self.outside = None
        if self.trouble is not None:
            self.trouble.hide()
            self.trouble.deleteLater()
            self.trouble = None
        for widget in (self._secrets[0], self.passphrase, self.show_button, self.unlock_button, self.busy):
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
