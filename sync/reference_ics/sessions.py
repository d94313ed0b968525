"""Who is signed in: random tokens, kept in memory alone and gone when the service ends."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from workbook_desktop.domain.clock import Clock

_MOST = 10_000  # a practice service with more has a caller that loops


@dataclass(frozen=True, slots=True)
class _Session:
    worker: str
    until: float  # of the clock that never goes back


class Sessions:
    """Bearer tokens and the workers they speak for."""

    def __init__(self, clock: Clock, seconds: int) -> None:
        self._clock = clock
        self.seconds = seconds
        self._held: dict[bytes, _Session] = {}

    def begin(self, worker: str) -> str:
        """Return a new token for a worker."""
        now = self._clock.monotonic()
        if len(self._held) >= _MOST:
            self._held = {key: each for key, each in self._held.items() if each.until > now}
        while len(self._held) >= _MOST:
            self._held.pop(next(iter(self._held)))
        token = secrets.token_urlsafe(32)
        self._held[_key(token)] = _Session(worker, now + self.seconds)
        return token

    def worker(self, token: str) -> str | None:
        """Return whom a token speaks for, or None if for nobody, or no longer."""
        session = self._held.get(_key(token))
        if session is None or session.until <= self._clock.monotonic():
            return None
        return session.worker


def _key(token: str) -> bytes:
    # Looked up by hash, so that the time a look-up takes says nothing about the tokens held.
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
