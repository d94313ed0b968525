"""S1, setting this laptop up: sign in once with the work account, then choose the passphrase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from ui.screens.gate_screen import GateScreen, PassphraseField
from ui.screens.sign_in import SignInPanel
from ui.style import Rank
from ui.widgets.announce import announce
from ui.widgets.buttons import Button
from ui.widgets.states import BusyState, ErrorState
from ui.widgets.surfaces import Part
from ui.widgets.text import Body, Fault, FieldLabel, HeadingOne, Hint, Strong

if TYPE_CHECKING:
    from ui.account import Account, SetUp
    from ui.gate import Gate
    from ui.say import Say
    from ui.tasks import Tasks
    from workbook_desktop.domain.people import Worker
    from workbook_desktop.workspace.desk import Desk

_TITLE = "Set up the Workbook on this laptop"


class SetUpScreen(GateScreen):
    """Two steps. Nothing is on the laptop before the second is done."""

    made = Signal()  # the store is there, and could not be opened at once: to the unlock screen

    def __init__(self, gate: Gate, account: Account, tasks: Tasks, say: Say) -> None:
        super().__init__("screen:set-up", _TITLE, letters=28)
        assert account.set_up is not None
        self._gate, self._account, self._tasks, self._say = gate, account, tasks, say
        self._set_up: SetUp = account.set_up
        self._is_busy = False
        account.rest()
        self.heading = HeadingOne(_TITLE)
        self.step = Hint()
        self.card.add(self.heading, self.step)
        self._first, self._second = self._sign_in_step(), self._passphrase_step()
        self.card.add(self._first, self._second)
        contact = account.acts.contact
        if contact:
            self.card.add(Hint(f"Help: {contact}", selectable=True))
        self.add_text_sizes()
        self._show_step(1)

    def begin(self) -> None:
        """Start at the first thing to do."""
        announce(self, f"{self.heading.text()}. {self.step.text()}")
        (self.office if self.office is not None else self.panel.button).setFocus(
            Qt.FocusReason.OtherFocusReason
        )

    def _show_step(self, number: int) -> None:
        words = ("sign in to your office", "choose your passphrase")
        self.step.setText(f"Step {number} of 2: {words[number - 1]}")
        self._first.setVisible(number == 1)
        self._second.setVisible(number == 2)

    # -- the first step ------------------------------------------------------------------------------------

    def _sign_in_step(self) -> Part:
        part = Part()
        managed = self._set_up.office
        self.office: QLineEdit | None = None
        self.fault = Fault()
        if managed:
            part.add(Body(f"Your organisation’s office system: {managed}"))
        else:
            self.office = QLineEdit()
            self.office.setObjectName("answer:office")
            self.office.setAccessibleIdentifier("answer:office")
            self.office.setMaxLength(500)
            self.office.setPlaceholderText("https://")
            label = FieldLabel("&Address of your office system")
            label.set_field(self.office)
            hint = Hint("IT gives it to you. It begins with https://")
            self.office.setAccessibleDescription(hint.text())
            self.office.returnPressed.connect(self._start)
            part.add(label, self.office, hint, self.fault)
        part.add(
            Body(
                "Use a network that reaches your office. You sign in once, in this laptop’s web browser; the "
                "Workbook never sees that password."
            )
        )
        self.panel: SignInPanel = SignInPanel(self._account, self._say, self._sign_in, where="set-up")
        part.add(self.panel)
        return part

    def _start(self) -> None:
        self.panel.start()

    def _sign_in(self, fresh: bool) -> None:
        office = self._set_up.office
        if self.office is not None:
            office = self.office.text().strip().rstrip("/")
            if not office.startswith(("https://", "http://127.0.0.1:")) or len(office) < 10:
                self._fail("Enter the address of your office system, beginning with https://")
                return
        self.fault.say("")
        self._account.begin_set_up(office, self._known, fresh=fresh)

    def _fail(self, words: str) -> None:
        assert self.office is not None
        self.fault.say(words)
        self.office.setProperty("wrong", True)
        self.office.update()
        self.office.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, f"Error: {words}", assertive=True)

    def _known(self, worker: Worker) -> None:
        self._who.setText(worker.name)
        self._what.setText(", ".join(part for part in (worker.role, worker.agency) if part))
        self._show_step(2)
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, f"You are signed in as {worker.name}, {self._what.text()}. {self.step.text()}")

    # -- the second step -----------------------------------------------------------------------------------

    def _passphrase_step(self) -> Part:
        part = Part()
        self._who, self._what = Strong(), Body()
        self.not_me = Button("This is not me", identifier="do:not-me")
        self.not_me.clicked.connect(lambda *_: self._another())
        self.passphrase = PassphraseField()
        self.repeated = PassphraseField(name="answer:passphrase-again")
        label, again = FieldLabel("&Passphrase"), FieldLabel("The same &again")
        label.set_field(self.passphrase)
        again.set_field(self.repeated)
        hint = Hint(
            "15 characters or more: four words that do not belong together do well. It opens your records "
            "on this laptop, with or without a network. Nobody can look it up for you."
        )
        self.passphrase.setAccessibleDescription(hint.text())
        self.show_button = Button("&Show", identifier="do:show-passphrase")
        self.show_button.setCheckable(True)
        self.show_button.setAccessibleName("Show both passphrases")
        self.show_button.toggled.connect(self._show_passphrase)
        self.caps = Hint("Caps Lock is on")
        self.caps.hide()
        for field in (self.passphrase, self.repeated):
            field.caps_lock.connect(self.caps.setVisible)
            field.returnPressed.connect(self._make)
        self.wrong = Fault()
        self.make_button = Button("Make &my Workbook", Rank.PRIMARY, identifier="do:make")
        self.make_button.clicked.connect(lambda *_: self._make())
        self.busy = BusyState()
        self.trouble = ErrorState("", "", "", details=lambda: self._details)
        self.trouble.setObjectName("trouble-making")
        self.trouble.hide()
        self._details = ""
        line = QHBoxLayout()
        line.addWidget(self.passphrase, 1)
        line.addWidget(self.show_button)
        act = QHBoxLayout()
        act.addWidget(self.make_button)
        act.addWidget(self.busy, 1)
        part.add(self._who, self._what, self.not_me, label)
        part.column.addLayout(line)
        part.add(hint, again, self.repeated, self.caps, self.wrong, self.trouble)
        part.column.addLayout(act)
        return part

    def _another(self) -> None:
        """Somebody else is signed in in the browser: ask there for the password."""
        self._show_step(1)
        self.passphrase.take()
        self.repeated.take()
        self._account.begin_set_up(self._office_typed(), self._known, fresh=True)

    def _office_typed(self) -> str:
        return self.office.text().strip().rstrip("/") if self.office is not None else self._set_up.office

    def _show_passphrase(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        for field in (self.passphrase, self.repeated):
            field.setEchoMode(mode)
        self.show_button.setText("Hi&de" if shown else "&Show")
        self.show_button.setAccessibleName("Hide both passphrases" if shown else "Show both passphrases")

    def _make(self) -> None:
        if self._is_busy:
            return
        if not self.passphrase.text():
            self._refuse("Choose a passphrase", self.passphrase)
            return
        if self.passphrase.text() != self.repeated.text():
            self._refuse("The two are not the same. Type it again.", self.repeated)
            return
        self.wrong.say("")
        self.trouble.hide()
        self._set_busy(True)
        passphrase, gate, set_up = self.passphrase.take(), self._gate, self._set_up
        self.repeated.take()

        def make() -> Desk:
            set_up.make(passphrase)
            return gate.unlock(passphrase)

        self._tasks.run(self, make, self.unlocked.emit, self._not_made)

    def _refuse(self, words: str, field: PassphraseField) -> None:
        self.wrong.say(words)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, f"Error: {words}", assertive=True)

    def _not_made(self, error: Exception) -> None:
        self._set_busy(False)
        if self._gate.exists():
            self.made.emit()
            return
        words = self._say.explain(error)
        self._details = words.details
        self.trouble.say(words.title, words.safe, words.to_do, words.code)
        self.trouble.show()
        self.trouble.speak()
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)

    def _set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        for widget in (self.make_button, self.not_me):
            widget.setEnabled(not is_busy)
        for field in (self.passphrase, self.repeated):
            field.setReadOnly(is_busy)
        if is_busy:
            self.busy.begin("Making your Workbook. This takes a moment: it keeps others out.")
        else:
            self.busy.end()
