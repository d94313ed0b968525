"""The worker's account at the office, as the windows see it: signing in, signing out, and what ends that.

`app` fits the acts. They wait for the network and for somebody at a browser, so they run in a thread of their
own, one at a time; nothing a worker does in the windows waits for them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from ui.tasks import CrashHook, Tasks

if TYPE_CHECKING:
    from workbook_desktop.domain.errors import StoreEmptied, WorkbookError
    from workbook_desktop.domain.people import Worker
    from workbook_desktop.workspace.desk import Desk

Phase = Literal["rest", "asking", "browser", "leaving"]
BELIEVED_FOR = 15_000  # ms that a sign-in is good news, whatever the run before it said


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How this laptop stands with the office, as known here."""

    has_account: bool  # its worker signs in with a work account
    is_signed_in: bool
    waiting: int  # records to be sent
    lease_days: int | None  # without contact; None: there is no such limit, as in practice
    days_left: int | None


class Acts(Protocol):
    """What can be done. All but the two properties wait: never on the UI thread."""

    @property
    def contact(self) -> str:
        """Whom to ring when the Workbook does not open, in the organisation's words; "" if it says nobody."""

    def emptied(self) -> StoreEmptied | None:
        """Why there is no store here any more; None if it was not removed by the organisation. Quick."""

    def standing(self) -> Standing:
        """Say how this laptop stands. In the store's thread. Raises StoreLocked."""

    def sign_in(self, *, fresh: bool) -> None:
        """Sign in, in the browser. `fresh`: with the password, whoever is signed in there."""

    def come_in(self, *, fresh: bool) -> Desk:
        """Reach the office for a store that was left ajar, signing in if need be, and open it."""

    def shut(self) -> None:
        """Lock a store that was left ajar. In the store's thread."""

    def cancel(self) -> None:
        """Give up waiting for the browser. Quick, from any thread."""

    def sign_out(self) -> bool:
        """End the session; say whether the provider was reached. What waits to be sent stays."""


class SetUp(Protocol):
    """Setting a laptop up for its worker. All but the properties wait."""

    @property
    def office(self) -> str:
        """The address that the organisation set; "" if the worker is to type one."""

    def sign_in(self, office: str, *, fresh: bool) -> Worker:
        """Sign in, make this laptop known, and say whose it will be. Nothing is on the disk yet."""

    def cancel(self) -> None:
        """Give up waiting for the browser. Quick, from any thread."""

    def make(self, passphrase: str) -> None:
        """Make the store of whoever signed in. In the store's thread: it is unlocked next."""


class Account(QObject):
    """Signing in and out. Lives on the UI thread; `stop` and `show_address` may be called from any."""

    changed = Signal()
    stopped = Signal(object)  # a WorkbookError: the Workbook may not stay open

    _shown = Signal(str, bool)
    _halted = Signal(object)

    def __init__(self, acts: Acts, crashed: CrashHook, *, set_up: SetUp | None = None) -> None:
        super().__init__()
        self.acts, self.set_up = acts, set_up
        self.phase: Phase = "rest"
        self.address = ""  # to sign in at, while the browser is waited for
        self.was_shown = False  # whether a browser opened
        self.error: Exception | None = None  # what ended the last try
        self.said = ""  # what the last try came to: "in", "out", "out-here"; "" for nothing yet
        self._number = 0  # the latest try: what comes of an earlier one is dropped
        self._cancel: Callable[[], None] = acts.cancel
        self._hands = ThreadPoolExecutor(1, thread_name_prefix="account")
        self._tasks = Tasks(self._hands, crashed, self)
        self._believed = QTimer(self)
        self._believed.setSingleShot(True)
        self._believed.setInterval(BELIEVED_FOR)
        self._believed.timeout.connect(self.rest)
        # A signal's own thread hop: a slot of this object runs where this object lives.
        self._shown.connect(self._show)
        self._halted.connect(self.stopped)

    # -- from any thread -----------------------------------------------------------------------------------

    def show_address(self, address: str, was_shown: bool) -> bool:
        """Take the address to sign in at; say whether the worker has it before them."""
        if self.phase == "leaving":
            return was_shown
        self._shown.emit(address, was_shown)
        return True

    def stop(self, error: WorkbookError) -> None:
        """Say that the Workbook may not stay open."""
        self._halted.emit(error)

    # -- on the UI thread ----------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether a try is under way."""
        return self.phase != "rest"

    def sign_in(self, *, fresh: bool = False) -> None:
        """Sign in, for a Workbook that is open."""
        self._try(lambda: self.acts.sign_in(fresh=fresh), lambda _: self._end(said="in"))

    def come_in(self, then: Callable[[Desk], None], *, fresh: bool = False) -> None:
        """Open a store that was left ajar: sign in if need be."""

        def opened(desk: Desk) -> None:
            self._end()
            then(desk)

        self._try(lambda: self.acts.come_in(fresh=fresh), opened)

    def begin_set_up(self, office: str, then: Callable[[Worker], None], *, fresh: bool = False) -> None:
        """Sign in on a laptop that is set up just now."""
        set_up = self.set_up
        assert set_up is not None

        def known(worker: Worker) -> None:
            self._end()
            then(worker)

        self._try(lambda: set_up.sign_in(office, fresh=fresh), known, cancel=set_up.cancel)

    def sign_out(self) -> None:
        """Sign out; what waits to be sent stays as it is."""
        self._try(
            self.acts.sign_out,
            lambda was_reached: self._end(said="out" if was_reached else "out-here"),
            phase="leaving",
        )

    def cancel(self) -> None:
        """Give up: at once for the worker, and as soon as it can be for the thread."""
        if self.phase in ("asking", "browser"):
            self._number += 1
            self._cancel()
            self._end(said="cancelled")

    def rest(self) -> None:
        """Forget what came of the last try: its page is left."""
        if not self.is_busy and (self.error is not None or self.said):
            self._end()

    def close(self) -> None:
        """End the thread. A sign-in under way is given up."""
        self._number += 1
        self._cancel()
        self._hands.shutdown(wait=False, cancel_futures=True)

    # -- how it goes ---------------------------------------------------------------------------------------

    def _try(
        self,
        job: Callable[[], Any],
        then: Callable[[Any], None],
        *,
        phase: Phase = "asking",
        cancel: Callable[[], None] | None = None,
    ) -> None:
        if self.is_busy:
            return
        self._number += 1
        number = self._number
        self._cancel = cancel or self.acts.cancel
        self.phase, self.address, self.error, self.said = phase, "", None, ""

        def answered(result: Any) -> None:
            if number == self._number:
                then(result)

        def failed(error: Exception) -> None:
            if number == self._number:
                self._end(error=error)

        self._tasks.run(self, job, answered, failed)
        self.changed.emit()

    def _show(self, address: str, was_shown: bool) -> None:
        if self.phase in ("asking", "browser"):
            self.phase, self.address, self.was_shown = "browser", address, was_shown
            self.changed.emit()

    def _end(self, *, error: Exception | None = None, said: str = "") -> None:
        self.phase, self.address, self.error, self.said = "rest", "", error, said
        if said == "in":
            self._believed.start()  # then what the office says of it counts
        self.changed.emit()
