"""How sending and receiving goes, as the windows see it. `app.py` feeds it; nothing here knows HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from workbook_desktop.domain.ids import ConflictId, RecordId

if TYPE_CHECKING:
    from ui.account import Account
    from workbook_desktop.domain.records import Head

    # Whoever waits, the record, what to do with its versions, and what with an error.
    FetchVersions = Callable[
        [QObject, RecordId, Callable[[tuple[Head, ...]], None], Callable[[Exception], None]], None
    ]

Phase = Literal[
    "starting",
    "idle",
    "sending",
    "receiving",
    "comparing",
    "letting-go",
    "files",
    "offline",
    "needs-sign-in",
    "not-the-ics",
    "too-old",
    "stopped",
    "halted",
    "paused",
]
BUSY: frozenset[Phase] = frozenset(("sending", "receiving", "comparing", "letting-go", "files"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeStatus:
    """One moment of the exchange with the office."""

    phase: Phase
    last_complete: datetime | None  # last time everything was sent and the feed read to its end
    detail_code: str = ""  # of an error, such as "ics-unreachable"; "" when all is well
    detail_reason: str = ""  # fact of that error: "no-connection", "timeout", "cut", "busy"
    sent: int = 0  # in this run
    received: int = 0  # in this run
    listed: int = 0  # records the office has for this worker in all; 0: not known
    clock_off: int = 0  # seconds by which this laptop's clock is ahead of the office's


QUIET = ExchangeStatus(phase="starting", last_complete=None)


class Exchange(QObject):
    """The exchange with the office. Lives on the UI thread; `show` and `tell` may be called from any."""

    changed = Signal()  # the status is another one
    records_changed = Signal(object)  # tuple[RecordId, ...]: look at these again

    _shown = Signal(object)
    _told = Signal(object)

    def __init__(
        self,
        request: Callable[[], None],
        pause: Callable[[], None],
        resume: Callable[[], None],
        status: ExchangeStatus = QUIET,
        *,
        claim: Callable[[ConflictId], None] = lambda conflict: None,
        release: Callable[[ConflictId], None] = lambda conflict: None,
        account: Account | None = None,
        versions: FetchVersions | None = None,
    ) -> None:
        """`account`: how the worker signs in there; None in practice. `versions`: asks the office for all
        versions of a record; None: it cannot be asked."""
        super().__init__()
        self.account = account
        self._request, self._pause, self._resume = request, pause, resume
        self._claim, self._release, self._versions = claim, release, versions
        self._status = status
        # A signal's own thread hop: a slot of this object runs where this object lives.
        self._shown.connect(self._take)
        self._told.connect(self.records_changed)

    @property
    def status(self) -> ExchangeStatus:
        """The latest status."""
        return self._status

    def show(self, status: ExchangeStatus) -> None:
        """Show another status. From any thread."""
        self._shown.emit(status)

    def tell(self, records: tuple[RecordId, ...]) -> None:
        """Say which records a run changed. From any thread."""
        self._told.emit(records)

    def request(self) -> None:
        """Ask for a run now."""
        self._request()

    def pause(self) -> None:
        """Stop sending and receiving until `resume`: for a visit on a phone's connection."""
        self._pause()

    def resume(self) -> None:
        """Go on."""
        self._resume()

    def claim(self, conflict: ConflictId) -> None:
        """Let colleagues know that the worker is looking at a conflict, if there is a connection."""
        self._claim(conflict)

    def release(self, conflict: ConflictId) -> None:
        """Let colleagues know that the worker is not looking at it any more."""
        self._release(conflict)

    def fetch_versions(
        self,
        owner: QObject,
        record: RecordId,
        then: Callable[[tuple[Head, ...]], None],
        failed: Callable[[Exception], None],
    ) -> bool:
        """Ask the office for all versions of a record; say whether it can be asked. They are kept nowhere."""
        if self._versions is None:
            return False
        self._versions(owner, record, then, failed)
        return True

    def _take(self, status: ExchangeStatus) -> None:
        if status != self._status:
            self._status = status
            self.changed.emit()
