"""Signing in with the work account: what is waited for, and every way in which it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from ui.asking import Asking
from ui.shell.screen import Screen
from ui.style import Rank, Tone, em
from ui.widgets.announce import announce
from ui.widgets.buttons import Button
from ui.widgets.flow import FlowLayout
from ui.widgets.page import Page
from ui.widgets.states import ErrorState
from ui.widgets.surfaces import Band, Part
from ui.widgets.text import Body, HeadingTwo, Hint, Strong
from workbook_desktop.domain.errors import SignInCancelled, WrongAccount

if TYPE_CHECKING:
    from ui.account import Account, Standing
    from ui.exchange import Exchange
    from ui.say import Explanation, Say
    from ui.shell.navigation import Navigator
    from ui.tasks import Tasks

SIGN_IN = "Sign in with your work account"
_IN_BROWSER = (
    "Your browser shows your organisation’s sign-in page. Sign in there as you always do. When it says “You "
    "can close this window”, come back here."
)
_NO_BROWSER = (
    "No browser opened. Copy the address, paste it into a web browser on this laptop, and sign in there. It "
    "is good for five minutes, and for you alone."
)


class SignInPanel(Part):
    """One button, then what is waited for, then how it ended. Follows an `Account`."""

    def __init__(
        self,
        account: Account,
        say: Say,
        begin: Callable[[bool], None],
        *,
        words: str = SIGN_IN,
        tells_trouble: bool = True,
        where: str = "",
    ) -> None:
        """`begin`: starts a try; True asks the provider for the password, whoever is signed in there.
        `tells_trouble`: False where whoever holds the panel says how a try ended; `where`: as of
        `explained`."""
        super().__init__()
        self._account, self._say, self._begin, self._plain_words = account, say, begin, words
        self._tells_trouble, self._where = tells_trouble, where
        self._fresh = self._was_busy = False
        self.button = Button(words, Rank.PRIMARY, identifier="do:begin-sign-in", icon_name="key-round")
        self.button.clicked.connect(lambda *_: self.start())
        self._waiting = Part()
        self._title, self._words, self._bar = Strong(), Body(), QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setMaximumWidth(em(self, 18))
        self._bar.setAccessibleName("Waiting")
        acts = QWidget()
        flow = FlowLayout(acts, gap=0.7)
        self.copy = Button("Copy the &address", identifier="do:copy-address", icon_name="copy")
        self.copy.clicked.connect(lambda *_: self._copy())
        self.cancel = Button("&Cancel", identifier="do:cancel-sign-in")
        self.cancel.clicked.connect(lambda *_: account.cancel())
        for button in (self.copy, self.cancel):
            flow.addWidget(button)
        self._waiting.add(self._title, self._words, self._bar, acts)
        self.trouble = ErrorState("", "", "", details=lambda: self._details)
        self.trouble.setObjectName("trouble")
        self._details = ""
        self.said = Hint()
        self.add(self.trouble, self.said, self.button, self._waiting)
        account.changed.connect(self.follow)
        self.follow()

    def start(self) -> None:
        """Begin a try."""
        self._begin(self._fresh)

    def follow(self) -> None:
        """Show how it stands."""
        account = self._account
        busy = account.phase in ("asking", "browser")
        had_focus = has_focus(self)
        self.button.setVisible(not busy)
        self._waiting.setVisible(busy)
        if busy:
            self._show_waiting(had_focus)
        self._show_end(account.error, account.said)
        if self._was_busy and not busy and had_focus:
            self.button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._was_busy = busy

    def _show_waiting(self, had_focus: bool) -> None:
        account = self._account
        in_browser = account.phase == "browser"
        title = "Waiting for your browser…" if in_browser else "Asking your organisation where to sign in…"
        if in_browser and not account.was_shown:
            title = "Waiting for you to sign in…"
        words = _IN_BROWSER if account.was_shown else _NO_BROWSER
        self._words.setText(words if in_browser else "This takes a moment.")
        self.copy.setVisible(in_browser)
        self.copy.set_rank(Rank.SECONDARY if account.was_shown else Rank.PRIMARY)
        if title != self._title.text() or not self._was_busy:
            self._title.setText(title)
            announce(self, f"{title} {self._words.text()}")
            if had_focus or not self._was_busy:
                first = self.copy if in_browser and not account.was_shown else self.cancel
                first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_end(self, error: Exception | None, said: str) -> None:
        self._fresh = isinstance(error, WrongAccount)
        self.button.setText("Sign in with your own account" if self._fresh else self._plain_words)
        stopped = isinstance(error, SignInCancelled) and error.facts.get("reason") == "cancelled"
        is_shown = error is not None and not stopped and self._tells_trouble
        if error is not None and is_shown:
            words = explained(self._say, error, self._where)
            self._details = words.details
            contact = self._account.acts.contact if self._where != "set-up" else ""  # there it stands below
            ring = f"Help: {contact}." if contact else ""
            to_do = " ".join(part for part in (words.to_do, ring) if part)
            self.trouble.say(words.title, words.safe, to_do, words.code)
        speak = is_shown and self.trouble.isHidden()
        self.trouble.setVisible(is_shown)
        if speak:
            self.trouble.speak()
        self.said.setText(
            "You stopped the sign-in. Nothing has been changed." if said == "cancelled" or stopped else ""
        )
        self.said.setVisible(bool(self.said.text()))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._account.address)
        announce(self, "The address is copied. Paste it into a web browser on this laptop.")
        self.copy.setText("Copied. Copy it &again")


class AccountScreen(Screen):
    """The worker's account at the office: signed in or not, what waits, and the way in and out."""

    def __init__(self, tasks: Tasks, say: Say, go: Navigator, *, exchange: Exchange) -> None:
        super().__init__()
        account = exchange.account
        assert account is not None
        self._account, self._say, self._exchange = account, say, exchange
        self._standing: Standing | None = None
        self._asking = Asking(self, tasks, self._show, say.error)
        self.setObjectName("screen:account")
        self.setAccessibleIdentifier("screen:account")
        go.title("Your work account")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.page = Page("Your work account")
        outer.addWidget(self.page)
        self._state = Band(Tone.NEUTRAL)
        self._title, self._means, self._rest = Strong(), Body(), Hint()
        self._state.add(self._title, self._means, self._rest)
        self.panel = SignInPanel(account, say, lambda fresh: account.sign_in(fresh=fresh))
        self._out = Part()
        self._stays = Body()
        self.sign_out = Button("Sign &out", identifier="do:sign-out", icon_name="log-out")
        self.sign_out.clicked.connect(lambda *_: account.sign_out())
        self._out.add(HeadingTwo("Sign out"), self._stays, self.sign_out)
        self.page.add(self._state, self.panel, self._out)
        for part in (self._state, self.panel, self._out):
            part.hide()  # until it is known how it stands
        account.changed.connect(self._look)
        account.rest()
        self._look()

    def begin(self) -> None:
        """Start at the one thing there is to do."""
        self.page.arrive()
        self._focus()

    def exchange_changed(self) -> None:
        """The office may have asked for a sign-in meanwhile."""
        self._look()

    def _look(self) -> None:
        self._asking.ask(self._account.acts.standing)

    def _show(self, standing: Standing) -> None:
        account, first = self._account, self._standing is None
        self._standing = standing
        asked = self._exchange.status.phase == "needs-sign-in" and account.said != "in"
        signed_in = standing.is_signed_in and not asked
        busy = account.is_busy
        title, means, tone = _words(standing, account.said, signed_in=signed_in)
        if title != self._title.text() and not first:
            announce(self, f"{title}. {means}")
        self._title.setText(title)
        self._means.setText(means)
        self._rest.setText(_rest(standing))
        if self._state.tone is not tone:
            self._state.tone = tone
            self._state.update()
        had_focus = first or has_focus(self)  # before anything is hidden: then the focus goes elsewhere
        self._state.show()
        shows_panel = standing.has_account and (not signed_in or (busy and account.phase != "leaving"))
        self.panel.setVisible(shows_panel)
        self._out.setVisible(standing.has_account and signed_in and not (busy and account.phase != "leaving"))
        self._stays.setText(
            "What you wrote stays on this laptop, locked with your passphrase. "
            + (
                f"{standing.waiting} waiting to send: sent when you sign in again."
                if standing.waiting
                else "Nothing is waiting to be sent."
            )
        )
        if had_focus and self.isVisible():
            self._focus()

    def _focus(self) -> None:
        for button in (self.panel.cancel, self.panel.button, self.sign_out):
            if button.isVisibleTo(self) and button.isEnabled():
                button.setFocus(Qt.FocusReason.OtherFocusReason)
                return


def explained(say: Say, error: Exception, where: str) -> Explanation:
    """Return an error in words that fit where it happened.

    Before there is a Workbook (``set-up``), and before it is open (``outside``), nobody can go on working.
    """
    words = say.explain(error)
    return replace(
        words,
        title=say.first(f"{where}.title.{words.code}") or words.title,
        safe=say.first(f"{where}.safe.{words.code}", f"{where}.safe") or words.safe,
        to_do=say.first(f"{where}.next.{words.code}") or words.to_do,
    )


def has_focus(part: QWidget) -> bool:
    """Say whether the focus is in a part of the window."""
    focused: QWidget | None = part.window().focusWidget()
    return focused is not None and part.isAncestorOf(focused)


def _words(standing: Standing, said: str, *, signed_in: bool) -> tuple[str, str, Tone]:
    if not standing.has_account:
        return (
            "This laptop signs in by itself",
            "It was set up with a secret of the office, as in a pilot. There is nothing to do here.",
            Tone.NEUTRAL,
        )
    if signed_in:
        return "You are signed in", "Sending and receiving goes on by itself.", Tone.SUCCESS
    if said == "out":
        return (
            "You are signed out",
            "Your browser shows your organisation’s page: sign out there too, or that session goes on.",
            Tone.NEUTRAL,
        )
    if said == "out-here":
        return (
            "You are signed out of the Workbook",
            "Your organisation’s sign-in service was not reached, or has no page for it: that session ends "
            "by itself.",
            Tone.NEUTRAL,
        )
    if standing.is_signed_in:
        return (
            "The office asks you to sign in again",
            "Go on writing: it is kept on this laptop. If it asks again right after that, ring IT: the "
            "office may not know your account any more.",
            Tone.WARNING,
        )
    return (
        "You are not signed in",
        "Go on writing: it is kept on this laptop. Nothing is sent or received until you sign in.",
        Tone.WARNING,
    )


def _rest(standing: Standing) -> str:
    parts = [
        f"{standing.waiting} waiting to send, safe on this laptop."
        if standing.waiting
        else "Nothing is waiting to be sent."
    ]
    if standing.days_left is not None:
        left = standing.days_left
        parts.append(
            f"Without word from the office this laptop opens for {left} more day{'' if left == 1 else 's'}."
            if left
            else "Without word from the office this laptop does not open after today."
        )
    return " ".join(parts)
