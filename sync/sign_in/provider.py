"""What is asked of an identity provider: its description, its keys, tokens, and to end what was begun.

Each endpoint is reached with the guards of the ICS's own line: the system's trust, no redirects, no cookies,
sizes and times measured. What it answers is judged here; nothing of it is ever shown or logged.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from sync.tokens import SigningKeys
from sync.wire import Wire
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import IcsUnreachable, NotTheIcs, ProviderUnreachable, SignInFailed

_MOST = 256 * 1024  # bytes of any answer
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkAccount:
    """Where workers of an authority sign in, and as what this application is known there.

    `resource` (RFC 8707) or `scope` make the access token one for the ICS. `prompt`: many providers give a
    refresh token only after asking for consent; "" leaves it to them.
    """

    issuer: str
    client_id: str
    scope: str = "openid offline_access"
    resource: str = ""
    prompt: str = "consent"

    def __post_init__(self) -> None:
        if not _is_safe(self.issuer, loopback=True) or "?" in self.issuer or "#" in self.issuer:
            raise ValueError("an issuer is an https address without a query")
        if not self.client_id or "openid" not in self.scope.split():
            raise ValueError("a client id, and openid among the scopes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A provider by its own description, checked."""

    authorization: str
    token: str
    jwks: str
    end_session: str  # "" if it has none
    revocation: str
    names_itself: bool  # it puts its issuer into the redirect (RFC 9207)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer of the token endpoint. `at`: the provider's own clock, seconds since 1970; None if not
    said."""

    status: int
    said: Mapping[str, Any]
    at: float | None


class Provider:
    """One identity provider. May be called from any thread; `close` ends a call under way."""

    def __init__(self, account: WorkAccount, clock: Clock) -> None:
        self.account, self._clock = account, clock
        self._lock = threading.Lock()
        self._wires: dict[str, Wire] = {}
        self._is_closed = False
        self._described: Described | None = None
        self.keys = SigningKeys(self._key_set, clock.monotonic)

    def described(self) -> Described:
        """Return the provider's description, asked for once.

        Raises:
            ProviderUnreachable: it does not answer, or something else does.
            SignInFailed: it describes another issuer, or offers less than is needed.
        """
        if self._described is None:
            status, _, body = self._ask(
                "GET", self.account.issuer.rstrip("/") + "/.well-known/openid-configuration"
            )
            if status != 200:
                raise ProviderUnreachable(reason="busy" if status >= 500 else "not-the-provider")
            self._described = self._checked(_object(body))
        return self._described

    def _checked(self, said: Mapping[str, Any]) -> Described:
        issuer = self.account.issuer
        if said.get("issuer") != issuer:
            raise SignInFailed(reason="another-issuer")
        methods = said.get("code_challenge_methods_supported")
        if isinstance(methods, list) and "S256" not in methods:
            raise SignInFailed(reason="no-pkce")
        loopback = urlsplit(issuer).scheme == "http"

        def address(name: str, *, needed: bool) -> str:
            found = said.get(name)
            if found is None and not needed:
                return ""
            if not isinstance(found, str) or not _is_safe(found, loopback=loopback):
                raise SignInFailed(reason="unsafe-endpoint")
            return found

        return Described(
            authorization=address("authorization_endpoint", needed=True),
            token=address("token_endpoint", needed=True),
            jwks=address("jwks_uri", needed=True),
            end_session=address("end_session_endpoint", needed=False),
            revocation=address("revocation_endpoint", needed=False),
            names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        )

    def tokens(self, **asked: str) -> Answered:
        """Ask the token endpoint.

        Raises:
            ProviderUnreachable: no answer that counts; ask again later with what was sent.
        """
        body = {"client_id": self.account.client_id, **asked}
        if self.account.resource:
            body["resource"] = self.account.resource
        status, headers, raw = self._ask("POST", self.described().token, body)
        if status == 429 or status >= 500:
            raise ProviderUnreachable(reason="busy")
        return Answered(status=status, said=_object(raw), at=_moment(headers.get("date", "")))

    def revoke(self, token: str) -> None:
        """Let a refresh token be worth nothing any more. Raises ProviderUnreachable."""
        address = self.described().revocation
        if address:
            asked = {"client_id": self.account.client_id, "token": token, "token_type_hint": "refresh_token"}
            self._ask("POST", address, asked)

    def close(self) -> None:
        """Let the connections go."""
        with self._lock:
            self._is_closed = True
            wires = list(self._wires.values())
        for wire in wires:
            wire.close()

    def _key_set(self) -> bytes:
        status, _, body = self._ask("GET", self.described().jwks)
        if status != 200:
            raise ProviderUnreachable(reason="busy")
        return body

    def _ask(
        self, method: str, address: str, form: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            wire = self._wires.get(origin)
            if wire is None:
                wire = self._wires[origin] = Wire(origin, self._clock)
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        body = None
        if form is not None:
            headers["Content-Type"] = _FORM
            body = urlencode(form).encode()
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            return wire.plain(method, path or "/", headers=headers, body=body, most_bytes=_MOST)
        except NotTheIcs as error:
            told = str(error.facts.get("reason", ""))
            is_trust = told.startswith("certificate")  # often this laptop's clock
            raise ProviderUnreachable(reason=told if is_trust else "not-the-provider") from error
        except IcsUnreachable as error:
            raise ProviderUnreachable(**error.facts) from error
        finally:
            if self._is_closed:  # meanwhile, by another thread: nothing is left open
                wire.close()


def _is_safe(address: str, *, loopback: bool) -> bool:
    """Whether an address is reached by https; plain http only where the issuer itself is on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    if (
        not host
        or parts.username is not None
        or parts.fragment
        or any(c <= " " or c == "\\" for c in address)
    ):
        return False
    return parts.scheme == "https" or (loopback and parts.scheme == "http" and host in ("127.0.0.1", "::1"))


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProviderUnreachable(reason="not-the-provider") from error
    if not isinstance(said, dict):
        raise ProviderUnreachable(reason="not-the-provider")
    return said


def _moment(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError):
        return None
