"""At a gate that the passphrase alone does not open: the lease ended, the laptop was stopped or emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal

from ui.screens.sign_in import SIGN_IN, SignInPanel, explained
from ui.widgets.announce import announce
from ui.widgets.buttons import Button
from ui.widgets.states import ErrorState
from ui.widgets.surfaces import Part
from ui.widgets.text import Hint
from workbook_desktop.domain.errors import LeaseEnded, StoreEmptied, WorkbookError

if TYPE_CHECKING:
    from ui.account import Account
    from ui.say import Explanation, Say
    from ui.tasks import Tasks

AJAR_FOR = 300_000  # ms that a store whose passphrase was right may wait for its worker to go on
_LOOK_EVERY = 2_000  # ms


class OutsideTheGate(Part):
    """Why it stays shut, what is safe, whom to ring, and the one thing that helps.

    While this waits, the store is ajar: its passphrase was right. If nobody goes on it is locked.
    """

    opened = Signal(object)  # the Desk
    again = Signal()  # the store is locked: back to the passphrase
    set_up = Signal()  # this laptop is to be set up again

    def __init__(self, error: WorkbookError, account: Account, tasks: Tasks, say: Say) -> None:
        super().__init__()
        self._account, self._tasks, self._say = account, tasks, say
        self._is_gone = isinstance(error, StoreEmptied)
        self._details = ""
        self.trouble = ErrorState("", "", "", details=lambda: self._details)
        self.trouble.setObjectName("trouble")
        contact = account.acts.contact
        self._ring = Hint(f"Help: {contact}", selectable=True)
        self.add(self.trouble, self._ring)
        self._ring.setVisible(bool(contact))  # only now: shown before it has a parent it would be a window
        self.panel: SignInPanel | None = None
        self._timer = QTimer(self)
        if self._is_gone:
            self._set_up = Button("Set this laptop up again…", identifier="do:set-up-again")
            self._set_up.clicked.connect(lambda *_: self.set_up.emit())
            self.add(self._set_up)
            self._set_up.setVisible(account.set_up is not None)
            self._timer.timeout.connect(self._look_again)
            self._timer.start(_LOOK_EVERY)
        else:
            words = SIGN_IN if isinstance(error, LeaseEnded) else "Ask the office again"
            self.panel = SignInPanel(account, say, self._come_in, words=words, tells_trouble=False)
            self._back = Button("Back to the passphrase", identifier="do:back-to-passphrase")
            self._back.clicked.connect(lambda *_: self._shut())
            self.add(self.panel, self._back)
            self._timer.setSingleShot(True)
            self._timer.timeout.connect(self._shut)
            self._timer.start(AJAR_FOR)
            account.rest()
            account.changed.connect(self._follow)
        self._tell(_explained(say, error))

    def begin(self) -> None:
        """Say it, and put the focus on what helps."""
        self.trouble.speak()
        first = self.panel.button if self.panel is not None else self._set_up
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell(self, words: Explanation) -> None:
        self._details = words.details
        self.trouble.say(words.title, words.safe, words.to_do, words.code)

    # -- ajar ----------------------------------------------------------------------------------------------

    def _come_in(self, fresh: bool) -> None:
        """Go on. A try that failed has locked the store: then the passphrase comes first again."""
        if self._account.error is not None or self._account.said:
            self._account.rest()
            self.again.emit()
            return
        self._timer.stop()
        self._account.come_in(self.opened.emit, fresh=fresh)

    def _follow(self) -> None:
        account, panel = self._account, self.panel
        if panel is None:
            return
        busy = account.is_busy
        self._back.setVisible(not busy and account.error is None and not account.said)
        self.trouble.setVisible(not busy)
        if account.error is not None:
            gone = account.acts.emptied()
            self._tell(_explained(self._say, gone if gone is not None else account.error))
            self.trouble.speak()
        if account.error is not None or account.said == "cancelled":
            panel.button.setText("Enter your passphrase again")
            panel.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _shut(self) -> None:
        self._timer.stop()
        self._tasks.run(self, self._account.acts.shut, lambda _: self.again.emit(), self._say.error)

    # -- gone ----------------------------------------------------------------------------------------------

    def _look_again(self) -> None:
        """What was never sent may have arrived meanwhile."""
        gone = self._account.acts.emptied()
        if gone is None:
            return
        words = _explained(self._say, gone)
        if words.details != self._details:
            self._tell(words)
            announce(self, words.safe)


def _explained(say: Say, error: Exception) -> Explanation:
    """Return an error in words; what became of unsent work is told apart."""
    if not isinstance(error, StoreEmptied):
        return explained(say, error, "outside")
    facts = dict(error.facts)
    reason = facts["reason"]
    if not facts.get("waiting"):
        facts["reason"] = f"{reason}-all-sent"
    elif facts.get("arrived"):
        facts["reason"] = f"{reason}-arrived"
    return say.explain_code(error.code, **facts)
