"""What must be known of the office while the Workbook is open: a sign-in asked for, a lease that ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from ui.asking import Asking
from ui.style import Tone

if TYPE_CHECKING:
    from ui.account import Account, Standing
    from ui.exchange import Exchange
    from ui.shell.frame import Frame
    from ui.tasks import Tasks

LOOK_EVERY = 60_000  # ms; a lease also ends while sending is paused


def warns_at(lease_days: int) -> int:
    """Return from how many days left the worker is told: 4 of 14, and never of a whole short lease."""
    return max(1, min(4, lease_days // 3))


class OfficeWatch(QObject):
    """Says it in the frame's bands. One for each unlock."""

    def __init__(
        self,
        account: Account,
        tasks: Tasks,
        exchange: Exchange,
        frame: Frame,
        go: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        """`go`: leads to the page of the worker's account."""
        super().__init__(parent)
        self._account, self._exchange, self._frame, self._go = account, exchange, frame, go
        self._said: dict[str, tuple[str, str]] = {}
        self._asking = Asking(self, tasks, self._show, lambda _: None)  # locked meanwhile: nothing to say
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY)
        self._timer.timeout.connect(self.look)
        exchange.changed.connect(self.look)
        account.changed.connect(self.look)
        self._timer.start()
        self.look()

    def look(self) -> None:
        """Ask how this laptop stands; the store itself says if it may not stay open. Many askings are one."""
        self._asking.ask(self._account.acts.standing)

    def end(self) -> None:
        """Hear of nothing any more: the store is locked."""
        self._timer.stop()
        self._exchange.changed.disconnect(self.look)
        self._account.changed.disconnect(self.look)

    def _show(self, standing: Standing) -> None:
        self._show_sign_in(standing)
        self._show_lease(standing)

    def _show_sign_in(self, standing: Standing) -> None:
        asked = self._exchange.status.phase == "needs-sign-in" or not standing.is_signed_in
        page = self._frame.page
        is_there = page is not None and page.objectName() == "screen:account"  # which says more
        said_or_busy = self._account.said == "in" or self._account.is_busy
        if not standing.has_account or not asked or is_there or said_or_busy:
            self._say("sign-in", Tone.INFO, "")
            return
        waits = f" {standing.waiting} waiting, safe on this laptop." if standing.waiting else ""
        self._say(
            "sign-in",
            Tone.INFO,
            "You are signed out of the office"
            if not standing.is_signed_in
            else "The office asks you to sign in again",
            f"Go on writing: all of it is kept.{waits}",
            action="Sign in…",
        )

    def _show_lease(self, standing: Standing) -> None:
        left, days = standing.days_left, standing.lease_days
        if left is None or days is None or left > warns_at(days):
            self._say("lease", Tone.WARNING, "")
            return
        when = "today is the last day" if left == 0 else f"{left} day{'' if left == 1 else 's'} left"
        self._say(
            "lease",
            Tone.WARNING,
            f"This laptop must reach the office: {when}",
            f"Connect to a network, and it is done by itself. After {days} days without the office the "
            "Workbook stays locked until you do. Nothing is removed.",
        )

    def _say(self, name: str, tone: Tone, title: str, text: str = "", *, action: str = "") -> None:
        """Show a band, once for the same words: a screen reader would say it every minute."""
        if not title:
            self._said.pop(name, None)
            self._frame.drop_notice(name)
        elif self._said.get(name) != (title, text):
            self._said[name] = (title, text)
            self._frame.notice(name, tone, title, text, action=action, on_action=self._go if action else None)
