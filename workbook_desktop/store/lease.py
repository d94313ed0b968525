"""For how long this laptop may be read without word from the office: a lease that setting the clock does not
extend.

The time that counts is the office's. It is the latest of three: our clock, corrected by how far it was out
when the office was last reached; the latest time that was ever seen; and that time plus what has passed since
by the clock that never goes back. All of it stands in the encrypted store. What nobody can see from inside a
laptop is a whole disk put back to an earlier day together with its clock.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workbook_desktop.domain.clock import Clock
from workbook_desktop.store.settings import Settings

NAME = "lease"
DAY = 24 * 3600.0
_NOTED_EVERY = 300.0  # seconds between two notes of the latest time seen

Standing = Literal["runs", "ended", "over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the organisation allows: days without contact until the Workbook stays locked, and until it is
    emptied (0: never)."""

    days: int = 14
    empty_after_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Noted:
    contact: float  # the office's time when it was last reached, seconds since 1970
    seen: float  # the latest time there ever was
    ahead: float  # seconds by which the office's clock is ahead of ours


class Lease:
    """One store's lease. To be used in the store's thread, from the moment it is opened."""

    def __init__(self, settings: Settings, clock: Clock, terms: Terms) -> None:
        self._settings, self._clock, self.terms = settings, clock, terms
        self._noted = self._read()
        self._since = clock.monotonic()
        self._base = self._noted.seen

    def standing(self) -> Standing:
        """Say whether the lease runs. ``over``: for so long that the organisation wants the laptop
        emptied."""
        away = self.now() - self._noted.contact
        if self.terms.empty_after_days and away > self.terms.empty_after_days * DAY:
            return "over"
        return "ended" if away > self.terms.days * DAY else "runs"

    def days_left(self) -> int:
        """Return the whole days left."""
        return max(0, int((self._noted.contact + self.terms.days * DAY - self.now()) // DAY))

    def now(self) -> float:
        """Return the time that counts, and note it now and then."""
        passed = max(0.0, self._clock.monotonic() - self._since)
        moment = max(self._clock.now().timestamp() + self._noted.ahead, self._noted.seen, self._base + passed)
        if moment - self._noted.seen >= _NOTED_EVERY:
            self._keep(_Noted(contact=self._noted.contact, seen=moment, ahead=self._noted.ahead))
        return moment

    def note(self) -> None:
        """Note the latest time, as before the store is closed."""
        self._keep(_Noted(contact=self._noted.contact, seen=self.now(), ahead=self._noted.ahead))

    def renew(self, server_time: datetime) -> None:
        """The office was reached, and took this worker's sign-in. Its time counts from here on."""
        moment = server_time.timestamp()
        self._keep(_Noted(contact=moment, seen=moment, ahead=moment - self._clock.now().timestamp()))
        self._since, self._base = self._clock.monotonic(), moment

    def _read(self) -> _Noted:
        raw = self._settings.get(NAME)
        if raw:
            said = json.loads(raw)
            return _Noted(contact=said["contact"], seen=said["seen"], ahead=said["ahead"])
        moment = self._clock.now().timestamp()  # a store's first day, or the first under this version
        first = _Noted(contact=moment, seen=moment, ahead=0.0)
        self._settings.put(NAME, json.dumps({"contact": moment, "seen": moment, "ahead": 0.0}))
        return first

    def _keep(self, noted: _Noted) -> None:
        self._noted = noted
        self._settings.put(
            NAME, json.dumps({"contact": noted.contact, "seen": noted.seen, "ahead": noted.ahead})
        )
