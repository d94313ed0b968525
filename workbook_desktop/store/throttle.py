"""The growing wait after wrong passphrases. It touches no data: a child at the keyboard destroys nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workbook_desktop.domain.errors import TooManyTries
from workbook_desktop.domain.records import canonical_json
from workbook_desktop.store import files, keys

FILE = "store.tries"
_FREE = 3
_WAITS = (5, 15, 30, 60, 120, 300)  # seconds: fewer than ten guesses in five minutes
LONGEST = _WAITS[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    failed: int
    seen: int  # the clock at the last look, seconds since 1970
    until: int  # no try before


class Throttle:
    """Wrong guesses at one store, in a file with a mac: a restart or an editor does not shorten the wait.

    The file is there from the store's first day, so one that is missing or altered means the longest wait.
    """

    def __init__(self, folder: Path, store_id: str, key: bytes) -> None:
        self._path, self._store_id, self._key = folder / FILE, store_id, key

    def begin(self, now: datetime) -> None:
        """Count a try as failed before it is made, so that ending the process gains nothing.

        Raises:
            TooManyTries: it is too early for a try.
        """
        moment = int(now.timestamp())
        count = self._read()
        if count is None:
            count = _Count(failed=_FREE + len(_WAITS), seen=moment, until=moment + LONGEST)
            self._write(count)
        elif moment < count.seen:  # the clock went back
            count = _Count(failed=count.failed, seen=moment, until=moment + LONGEST)
            self._write(count)
        if moment < count.until:
            raise TooManyTries(wait=count.until - moment)
        failed = count.failed + 1
        self._write(_Count(failed=failed, seen=moment, until=moment + wait_after(failed)))

    def wait(self, now: datetime) -> int:
        """Return the seconds till the next try."""
        count = self._read()
        return max(0, count.until - int(now.timestamp())) if count else LONGEST

    def clear(self, now: datetime) -> None:
        """The passphrase was right."""
        self._write(_Count(failed=0, seen=int(now.timestamp()), until=0))

    def _read(self) -> _Count | None:
        try:
            raw = json.loads(self._path.read_bytes())
            count = _Count(failed=int(raw["failed"]), seen=int(raw["seen"]), until=int(raw["until"]))
            mac = bytes.fromhex(raw["mac"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return count if keys.same(mac, self._mac(count)) else None

    def _write(self, count: _Count) -> None:
        files.replace(
            self._path,
            canonical_json({**_json(count), "mac": self._mac(count).hex()}),
        )

    def _mac(self, count: _Count) -> bytes:
        return keys.mac(self._key, canonical_json({**_json(count), "store_id": self._store_id}))


def _json(count: _Count) -> dict[str, int]:
    return {"failed": count.failed, "seen": count.seen, "until": count.until}


def wait_after(failed: int) -> int:
    """Return the seconds to wait after this many wrong passphrases in a row."""
    if failed < _FREE:
        return 0
    return _WAITS[min(failed - _FREE, len(_WAITS) - 1)]
