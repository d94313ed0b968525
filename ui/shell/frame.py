"""The frame around every open page: whom it is about, what must be known now, the page, how work stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.exchange import ExchangeStatus
from ui.models.exchange import exchange_words
from ui.say import Say
from ui.shell.navigation import IdentityFacts
from ui.shell.screen import Screen
from ui.style import Tone, em
from ui.widgets import Banner, Button, IdentityBar, LinkButton, Rank, StatusLine
from workbook_desktop.workspace.views import Counts

_LOW = 20  # em: a window that is lower shows less in its status line
NARROWEST = 20  # em
DROP_AFTER = 200  # ms: a page that was left is deleted when its successor has been painted


class Frame(QWidget):
    """Everything that speaks of work or people. Hiding takes it out of the window, whole."""

    def __init__(
        self,
        say: Say,
        *,
        go_home: Callable[[], None],
        go_caseload: Callable[[], None],
        find: Callable[[], None],
        hide_screen: Callable[[], None],
        go_sending: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._say = say
        self._facts: IdentityFacts | None = None
        self._names_alerts = True
        self.setObjectName("frame")
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.bar = IdentityBar()
        self.bar.setObjectName("identity")
        self._ways: list[Button] = []
        for words, spoken, identifier, act in (
            ("Home", "Home, my work", "go:home", go_home),
            ("Caseload", "Caseload", "go:caseload", go_caseload),
            ("Find", "Find or go to, Ctrl+K", "do:find", find),
        ):
            button = Button(words, Rank.ON_IDENTITY, identifier=identifier)
            button.setAccessibleName(spoken)
            button.clicked.connect(lambda *_, act=act: act())
            self._ways.append(button)
        self.hide_button = Button("Hide screen  F9", Rank.ON_IDENTITY, identifier="do:hide")
        self.hide_button.setAccessibleName("Hide screen, F9")
        self.hide_button.clicked.connect(lambda *_: hide_screen())
        self.bar.add_action(*self._ways, self.hide_button)
        self._notices = QVBoxLayout()
        self._notices.setContentsMargins(0, 0, 0, 0)
        self._notices.setSpacing(0)
        self._by_name: dict[str, Banner] = {}
        self._slot = QVBoxLayout()
        self._slot.setContentsMargins(0, 0, 0, 0)
        self.page: QWidget | None = None
        self.status = StatusLine()
        self.status.setObjectName("status")
        for part in ("kept", "exchange", "reached", "text", "busy"):
            self.status.say(part, "")
        self.status.say("kept", "Everything is saved on this laptop")
        self.decide = LinkButton("", identifier="go:sending")
        self.decide.clicked.connect(lambda *_: go_sending())
        self.status.add(self.decide)
        self._rows.addWidget(self.bar)
        self._rows.addLayout(self._notices)
        self._rows.addLayout(self._slot, 1)
        self._rows.addWidget(self.status)
        self.show_identity(None)

    def minimumSizeHint(self) -> QSize:
        """Never widen the window: a page that the text grew too wide for is laid out anew a moment later."""
        wanted = super().minimumSizeHint()
        return QSize(min(wanted.width(), em(self, NARROWEST)), wanted.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the names their room: in a narrow window the menus lead everywhere, too."""
        super().resizeEvent(event)
        wide = self.width() >= em(self, 46)
        for button in self._ways[1:]:
            button.setVisible(wide)
        self._ways[0].setVisible(self.width() >= em(self, 20))
        # In a low window, or with large text, the page needs the room more: both stand in the menus' pages.
        self.status.leave_out(*(() if self.height() >= em(self, _LOW) else ("reached", "text")))
        if (self.width() >= em(self, 34)) != self._names_alerts:
            self._names_alerts = not self._names_alerts
            self.show_identity(self._facts)

    # -- who ---------------------------------------------------------------------

    def show_identity(self, facts: IdentityFacts | None) -> None:
        """Say whom the page is about; quiet when it is about nobody."""
        self._facts = facts
        if facts is None:
            self.bar.show_identity("Workbook")
            return
        known = [facts.age, facts.plan]
        alerts = [f"! {alert}" for alert in facts.alerts]
        if alerts and not self._names_alerts:  # with large text they would push the page out of the window
            alerts = ["! 1 alert" if len(alerts) == 1 else f"! {len(alerts)} alerts"]
        self.bar.show_identity(facts.name, [each for each in known if each], alerts)

    # -- what must be known now ---------------------------------------------------------------------

    def notice(
        self,
        name: str,
        tone: Tone,
        title: str,
        text: str = "",
        *,
        action: str = "",
        on_action: Callable[[], None] | None = None,
    ) -> None:
        """Show a band above the page. The same name again says something else in the same band."""
        before = self._by_name.get(name)
        if before is not None and before.tone is tone and (before.button is None) == (not action):
            before.say(title, text)
            return
        self.drop_notice(name)
        banner = Banner(tone, title, text, action=action, on_action=on_action)
        banner.setObjectName(f"notice:{name}")
        if banner.button is not None:
            banner.button.setObjectName(f"do:{name}")
        self._by_name[name] = banner
        self._notices.addWidget(banner)
        banner.speak()

    def drop_notice(self, name: str) -> None:
        """Take a band away: what it spoke of has passed."""
        banner = self._by_name.pop(name, None)
        if banner is not None:
            self._notices.removeWidget(banner)
            banner.hide()
            banner.deleteLater()

    # -- the page ---------------------------------------------------------------------

    def show_page(self, page: QWidget, facts: IdentityFacts | None) -> None:
        """Put a page in, and whom it is about; the one before is deleted."""
        before, self.page = self.page, page
        room = before.size() if before is not None else self.size()
        if before is not None:  # first: else it would be laid out once more, beside what takes its place
            self._slot.removeWidget(before)
            before.hide()
            QTimer.singleShot(DROP_AFTER, before, before.deleteLater)  # taking it apart is not waited for
        self.show_identity(facts)  # while there is no page: else all of it is laid out for each name
        if isinstance(page, Screen):
            page.take_room(room)
        self._slot.addWidget(page)
        page.show()
        self._order_tabs(page)

    def _order_tabs(self, page: QWidget) -> None:
        """Tab goes as the eye does: bar, page, status line."""
        QWidget.setTabOrder(self.hide_button, page)
        last = page
        candidate: QWidget | None = page.nextInFocusChain()
        while candidate is not None and page.isAncestorOf(candidate):
            last = candidate
            candidate = candidate.nextInFocusChain()
        QWidget.setTabOrder(last, self.decide)

    # -- how work stands ---------------------------------------------------------------------

    def say_kept(self, at: datetime) -> None:
        """Say when work was last put on this laptop's disk."""
        self.status.say("kept", self._say.saved(at))

    def say_text_size(self, percent: int) -> None:
        """Say how large the text is."""
        self.status.say("text", f"Text {percent} %")

    def say_busy(self, words: str) -> None:
        """Say what the window is waiting for; "" for nothing."""
        self.status.say("busy", words)

    def say_exchange(self, status: ExchangeStatus, counts: Counts) -> None:
        """Say what waits, and when the office was last reached."""
        self.status.say("exchange", exchange_words(self._say, status, counts).line)
        last = max(filter(None, (status.last_complete, counts.last_complete)), default=None)
        self.status.say("reached", self._say.reached(last))
        asks = []
        if counts.decisions:
            asks.append(f"{counts.decisions} {'needs' if counts.decisions == 1 else 'need'} your decision")
        if counts.not_accepted:
            asks.append(f"{counts.not_accepted} not accepted")
        words = ", ".join(asks) or "Sending and receiving"
        self.decide.setText(words)
        self.decide.setAccessibleName(f"{words}: open sending and receiving")
        self.decide.updateGeometry()
