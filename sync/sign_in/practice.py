"""Signing in to the practice ICS. The token lives in memory and dies with the application."""

from __future__ import annotations

import threading

from sync.protocol import SignInReply, SignInRequest, encode, worker_of
from sync.wire import Wire
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import SignInNeeded
from workbook_desktop.domain.people import Worker

_EARLY_SECONDS = 30  # a token about to end is asked for anew before a call, not in its middle


class PracticeSignIn:
    """Signs a worker in with the secret that the practice ICS's starter was given; a token source for
    HttpIcs."""

    def __init__(
        self, base_url: str, worker: str, secret: str, clock: Clock, *, wire: Wire | None = None
    ) -> None:
        """`wire`: of the HttpIcs it signs in for, so that closing that one lets go of everything."""
        self._wire = wire or Wire(base_url, clock)
        self._worker, self._secret, self._clock = worker, secret, clock
        self._lock = threading.Lock()
        self._reply: SignInReply | None = None
        self._ends = 0.0

    def sign_in(self) -> Worker:
        """Ask for a token; return whom it speaks for.

        Raises:
            IcsUnreachable, NotTheIcs, ReplyRefused, SignInNeeded: as every call; SignInNeeded if it is
            refused.
        """
        asked = SignInRequest(worker=self._worker, secret=self._secret)
        reply = self._wire.call("POST", "/v1/practice/sign-in", SignInReply, body=encode(asked))
        if reply.worker.id != self._worker:
            raise SignInNeeded
        with self._lock:
            self._reply = reply
            self._ends = self._clock.monotonic() + reply.expires_in - _EARLY_SECONDS
        return worker_of(reply.worker)

    def __call__(self) -> str:
        """Return a token that is good now, signing in (again) for it if need be."""
        with self._lock:
            reply, ends = self._reply, self._ends
        if reply is None or self._clock.monotonic() >= ends:
            self.sign_in()
            with self._lock:
                reply = self._reply
        if reply is None:
            raise SignInNeeded
        return reply.token

    def forget(self) -> None:
        """Forget the token, as when it was refused; the next call signs in anew."""
        with self._lock:
            self._reply = None

    def close(self) -> None:
        """Forget the token and let the connection go."""
        self.forget()
        self._wire.close()
