"""What comes from the machine: time, chance, and how this process shows itself to others."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from workbook_desktop.domain.ids import NewId, new_ids

if TYPE_CHECKING:
    from workbook_desktop.domain.clock import Clock


class SystemClock:
    """The time as the machine has it; dates are those of Europe/London."""

    def __init__(self) -> None:
        self._here: object | None = None

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """Return the date where the work is done."""
        from zoneinfo import ZoneInfo

        if self._here is None:
            self._here = ZoneInfo("Europe/London")
        assert isinstance(self._here, ZoneInfo)
        return datetime.now(self._here).date()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()


def system_ids(clock: Clock) -> NewId:
    """Return the application's own source of identifiers."""
    return new_ids(clock.now, random_bits)


def random_bits(count: int) -> int:
    """Return a number of so many bits from the system's own source. (`secrets` costs 20 ms to import.)"""
    return int.from_bytes(os.urandom(count // 8 + 1), "big") >> (8 - count % 8)


def chance() -> float:
    """Return a number from 0 to 1, by chance: for waits that must not fall together."""
    return random_bits(53) / (1 << 53)


def open_browser(address: str) -> bool:
    """Show a web page in the system's own browser; say whether that could be done."""
    import webbrowser

    if not address.startswith(("https://", "http://127.0.0.1:")):
        return False
    try:
        return webbrowser.open(address)
    except (webbrowser.Error, OSError):
        return False


def harden() -> None:
    """Make this process a poor source for a thief: private files, no core, no look from outside.

    Best effort: a system that offers none of it still runs the Workbook. Source: measurements M16, M23.
    """
    os.umask(0o077)
    if not sys.platform.startswith("linux"):
        return
    import ctypes
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pr_set_dumpable = 4
    try:
        ctypes.CDLL(None).prctl(pr_set_dumpable, 0, 0, 0, 0)
    except (OSError, AttributeError):
        return


def has_display(environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether a window can be shown here."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
