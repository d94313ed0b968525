"""Whom a work account's token speaks for: the identity provider's signature, and a claim that names a worker.

The provider's keys are fetched when they are first needed, kept, and fetched again when a token names one
that is not among them. What was proved is remembered for a minute at most, so that a worker who leaves is
soon nobody here.
"""

from __future__ import annotations

import hashlib
import json
import threading
from typing import Any
from urllib.parse import urlsplit

from sync.reference_ics import reading
from sync.reference_ics.database import Database
from sync.reference_ics.problems import ProblemRaised
from sync.reference_ics.settings import IdentityProvider
from sync.tokens import SigningKeys, TokenRefused, audiences, check_times
from workbook_desktop.domain.clock import Clock

_REMEMBERED = 60.0  # seconds
_MOST = 10_000
_MOST_BYTES = 256 * 1024
_SECONDS = 10.0


class NotFetched(Exception):
    """The provider did not answer, or not as one."""


class Identity:
    """Proves the tokens of one provider."""

    def __init__(self, provider: IdentityProvider, database: Database, clock: Clock) -> None:
        self._provider, self._database, self._clock = provider, database, clock
        self._keys = SigningKeys(self._key_set, clock.monotonic)
        self._lock = threading.Lock()
        self._known: dict[bytes, tuple[str, float]] = {}

    def remembered(self, token: str) -> str | None:
        """Return whom a token was proved to speak for a moment ago. Quick."""
        found = self._known.get(_digest(token))
        return found[0] if found is not None and self._clock.monotonic() < found[1] else None

    def worker(self, token: str) -> str | None:
        """Return whom a token speaks for; None if for nobody here. May ask the provider: not on the event
        loop.

        Raises:
            ProblemRaised: ``unavailable``: the provider's keys cannot be had.
        """
        known = self.remembered(token)
        if known is not None:
            return known
        try:
            claims = self._keys.claims(token)
            check_times(claims, self._clock.now().timestamp())
        except TokenRefused:
            return None
        except NotFetched as error:
            raise ProblemRaised("unavailable", "the identity provider does not answer") from error
        if claims.get("iss") != self._provider.issuer or self._provider.audience not in audiences(claims):
            return None
        named = claims.get(self._provider.worker_claim)
        if not isinstance(named, str) or not named:
            return None
        id_ = self._provider.worker_prefix + named
        with self._database.reading() as connection:
            if reading.worker_named(connection, id_) is None:
                return None
        left = float(claims["exp"]) - self._clock.now().timestamp()
        self._remember(token, id_, self._clock.monotonic() + max(0.0, min(_REMEMBERED, left)))
        return id_

    def _remember(self, token: str, worker: str, until: float) -> None:
        now = self._clock.monotonic()
        with self._lock:
            if len(self._known) >= _MOST:
                self._known = {key: each for key, each in self._known.items() if each[1] > now}
            while len(self._known) >= _MOST:
                self._known.pop(next(iter(self._known)))
            self._known[_digest(token)] = (worker, until)

    def _key_set(self) -> bytes:
        described = _fetched(self._provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
        try:
            said: Any = json.loads(described)
            address = said["jwks_uri"]
            if said["issuer"] != self._provider.issuer or not isinstance(address, str):
                raise NotFetched
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise NotFetched from error
        if urlsplit(address).scheme != urlsplit(self._provider.issuer).scheme:
            raise NotFetched
        return _fetched(address)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _fetched(address: str) -> bytes:
    import ssl

    import httpx
    import truststore

    context: Any = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if address.startswith("https:") else False
    try:
        with (
            httpx.Client(verify=context, timeout=_SECONDS, follow_redirects=False) as client,
            client.stream("GET", address, headers={"Accept": "application/json"}) as reply,
        ):
            body = bytearray()
            for piece in reply.iter_bytes(16 * 1024):
                body += piece
                if len(body) > _MOST_BYTES:
                    raise NotFetched
            if reply.status_code != 200:
                raise NotFetched
            return bytes(body)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise NotFetched from error
