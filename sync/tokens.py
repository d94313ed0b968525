"""Tokens signed by an identity provider: read, with the keys it publishes, for client and service alike.

Only signatures by a private key are believed (RSA, elliptic curve, Ed25519): never "none", never a shared
secret. joserfc is imported when the first token is read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "Ed25519", "EdDSA")
LONGEST = 16 * 1024  # characters of a token
KEEP_SECONDS = 3600.0  # then the issuer is asked again
STALE_SECONDS = 24 * 3600.0  # a key that was withdrawn is believed no longer, answer or not
AGAIN_SECONDS = 3.0  # after it did not answer
LEAST_SECONDS = 20.0  # between two looks for a key that is not known: strangers' tokens must not drive us
LEEWAY = 120  # seconds that two clocks may differ


class TokenRefused(Exception):
    """A token that proves nothing. `reason` is a word, never a part of the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SigningKeys:
    """The keys an issuer publishes. `fetch` returns the JWK set; what it raises goes to the caller."""

    def __init__(self, fetch: Callable[[], bytes], monotonic: Callable[[], float]) -> None:
        self._fetch, self._monotonic = fetch, monotonic
        self._fetching = threading.Lock()
        self._keys: list[Any] | None = None
        self._fetched = self._tried = 0.0
        self._failed: Exception | None = None

    def claims(self, token: str) -> dict[str, Any]:
        """Return what a token says, once its signature is proved. Nothing else of it is checked here.

        Raises:
            TokenRefused: reason ``malformed``, ``algorithm``, ``key``, ``signature``.
        """
        from joserfc import jws, jwt
        from joserfc.errors import BadSignatureError, JoseError

        if len(token) > LONGEST or token.count(".") != 2:
            raise TokenRefused("malformed")
        try:
            header = jws.extract_compact(token.encode("ascii")).headers()
        except (JoseError, ValueError, UnicodeError) as error:
            raise TokenRefused("malformed") from error
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise TokenRefused("algorithm")
        key = self._key(kid if isinstance(kid, str) else None, str(algorithm))
        try:
            claims = jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
        except BadSignatureError as error:
            raise TokenRefused("signature") from error
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefused("malformed") from error
        return {str(name): value for name, value in claims.items()}

    def _key(self, kid: str | None, algorithm: str) -> Any:
        now = self._monotonic()
        if self._keys is None or now - self._fetched > STALE_SECONDS:
            self._look(now, quick=False)
        elif now - self._fetched > KEEP_SECONDS:
            self._look(now, quick=True)
        found = self._find(kid, algorithm)
        if found is None and now - self._fetched > LEAST_SECONDS:
            self._look(now, quick=False)  # the issuer may have a new key
            found = self._find(kid, algorithm)
        if found is None:
            raise TokenRefused("key")
        return found

    def _look(self, asked_at: float, *, quick: bool) -> None:
        """Fetch the keys: one thread does. `quick`: others go on with those at hand, also if it fails."""
        if not self._fetching.acquire(blocking=not quick):
            return
        try:
            if self._keys is not None and self._fetched >= asked_at:
                return  # another thread was quicker
            if self._failed is not None and self._monotonic() - self._tried < AGAIN_SECONDS:
                raise self._failed
            self._tried = self._monotonic()
            self._take()
            self._failed = None
        except Exception as error:
            self._failed = error
            if not quick:
                raise
        finally:
            self._fetching.release()

    def _take(self) -> None:
        import json

        raw = self._fetch()
        try:
            listed = json.loads(raw)["keys"]
            self._keys = [key for each in listed if (key := _imported(each)) is not None]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise TokenRefused("key") from error
        self._fetched = self._monotonic()

    def _find(self, kid: str | None, algorithm: str) -> Any:
        """The key with that name, and of that kind; without a name, the only one there is."""
        kind = {"R": "RSA", "P": "RSA", "ES": "EC", "Ed": "OKP"}
        wanted = kind.get(algorithm[:2], kind.get(algorithm[:1]))
        fitting = [
            key
            for key in self._keys or ()
            if key.key_type == wanted
            and key.get("alg") in (None, algorithm)
            and (kid is None or key.get("kid") == kid)
        ]
        return fitting[0] if len(fitting) == 1 else None


def _imported(said: Any) -> Any:
    """A key for signatures, of a kind that is believed; None for any other, which is no reason to fail."""
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    if not isinstance(said, dict) or said.get("kty") not in ("RSA", "EC", "OKP") or said.get("use") == "enc":
        return None
    try:
        return import_key(said)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def audiences(claims: dict[str, Any]) -> list[str]:
    """Return for whom a token is meant."""
    said = claims.get("aud")
    if isinstance(said, str):
        return [said]
    return [each for each in said if isinstance(each, str)] if isinstance(said, list) else []


def check_times(claims: dict[str, Any], now: float) -> None:
    """Refuse a token that is over, or not yet good. `now`: seconds since 1970, by a clock that is trusted.

    Raises:
        TokenRefused: reason ``expired``, ``not-yet``, ``malformed``.
    """
    expires = claims.get("exp")
    if expires is None or not _is_moment(expires):
        raise TokenRefused("malformed")
    if now >= expires + LEEWAY:
        raise TokenRefused("expired")
    for name in ("nbf", "iat"):
        if name in claims:
            if not _is_moment(claims[name]):
                raise TokenRefused("malformed")
            if now < claims[name] - LEEWAY:
                raise TokenRefused("not-yet")


def _is_moment(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
