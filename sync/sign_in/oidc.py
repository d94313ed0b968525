"""Signing in with a work account: OpenID Connect, authorisation code with PKCE, in the system's browser.

Sources: OpenID Connect Core 1.0 (3.1), RFC 7636, RFC 8252, RFC 9207, RFC 9700. The access token lives in
memory and dies with the application. The refresh token is kept by the store; each is used once, and the one
that takes its place is on the disk before it is used. None of this ever touches what waits to be sent.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

from sync.sign_in.loopback import Loopback
from sync.sign_in.provider import Answered, Provider, WorkAccount
from sync.tokens import LEEWAY, TokenRefused, audiences, check_times
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import (
    NoBrowser,
    ProviderUnreachable,
    SignInBusy,
    SignInCancelled,
    SignInDenied,
    SignInFailed,
    SignInNeeded,
    WrongAccount,
)

MINUTES = 5
_EARLY_SECONDS = 30  # a token about to end is asked for anew before a call, not in its middle
_USUAL_SECONDS = 300  # of an access token whose provider does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSession:
    """What outlives the application, in the encrypted store: who signed in, and how to go on without
    asking."""

    subject: str
    refresh: str = field(repr=False)
    id_token: str = field(repr=False)  # to end the session at the provider with


class Keeper(Protocol):
    """Where a session is kept. Called from the thread that signs in or sends, never from the store's."""

    def subject(self) -> str | None:
        """Return whose store this is, as the provider calls them; None before the first sign-in."""

    def session(self) -> KeptSession | None:
        """Return what is kept."""

    def keep(self, session: KeptSession) -> None:
        """Keep it; it is on the disk when this returns."""

    def forget(self) -> None:
        """Forget the session. Whose store it is stays."""


@dataclass(frozen=True, slots=True)
class _Access:
    token: str = field(repr=False)
    ends: float  # of the clock that never goes back


class OidcSignIn:
    """One worker's sign-in; a token source for HttpIcs. There is one for an open store: a refresh token is
    used once, and two who refresh would each end the other's session."""

    def __init__(
        self,
        account: WorkAccount,
        clock: Clock,
        keeper: Keeper,
        *,
        open_browser: Callable[[str], bool],
        seconds: float = MINUTES * 60,
    ) -> None:
        """`open_browser` shows an https address to the worker, and says whether it could."""
        self._account, self._clock, self._keeper = account, clock, keeper
        self._open_browser, self._seconds = open_browser, seconds
        self._provider = Provider(account, clock)
        self._at_work = threading.Lock()  # one sign-in in the browser
        self._refreshing = threading.Lock()
        self._lock = threading.Lock()
        self._access: _Access | None = None
        self._loopback: Loopback | None = None
        self._given_up = False  # cancelled before there was anything to wait for

    # Signing in ---------------------------------------------------------------------------------------------

    def sign_in(self, *, fresh: bool = False) -> None:
        """Open the browser, wait for the worker to come back from it, and take the tokens. Blocks for
        minutes.

        Args:
            fresh: the provider is to ask for the password, whoever is signed in there.

        Raises:
            ProviderUnreachable, NoBrowser, SignInBusy, SignInCancelled, SignInDenied, SignInFailed,
            WrongAccount: nothing of it was taken; what was kept before is as it was.
        """
        if not self._at_work.acquire(blocking=False):
            raise SignInBusy
        try:
            with self._lock:
                self._given_up = False
            self._sign_in(fresh)
        finally:
            self._at_work.release()

    def _sign_in(self, fresh: bool) -> None:
        described = self._provider.described()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        loopback = Loopback(state)
        with self._lock:
            self._loopback, given_up = loopback, self._given_up
        try:
            if given_up:
                raise SignInCancelled(reason="cancelled")
            asked = {
                "response_type": "code",
                "client_id": self._account.client_id,
                "redirect_uri": loopback.redirect_uri,
                "scope": self._account.scope,
                "state": state,
                "nonce": nonce,
                "code_challenge": _s256(verifier),
                "code_challenge_method": "S256",
            }
            prompt = " ".join(filter(None, ["login" if fresh else "", self._account.prompt]))
            asked |= {"prompt": prompt} if prompt else {}
            asked |= {"resource": self._account.resource} if self._account.resource else {}
            asked |= {"max_age": "0"} if fresh else {}
            joint = "&" if "?" in described.authorization else "?"
            if not self._open_browser(f"{described.authorization}{joint}{urlencode(asked)}"):
                raise NoBrowser
            came = loopback.wait(self._seconds)
            cancelled = loopback.is_cancelled
        finally:
            with self._lock:
                self._loopback = None
            loopback.close()
        if came is None:
            raise SignInCancelled(reason="cancelled" if cancelled else "time")
        code = self._code_in(came, must_name_itself=described.names_itself)
        answered = self._provider.tokens(
            grant_type="authorization_code",
            code=code,
            redirect_uri=loopback.redirect_uri,
            code_verifier=verifier,
        )
        if answered.status != 200:
            raise SignInFailed(reason=_code_of(answered))
        claims = self._proved(answered, nonce=nonce, fresh=fresh)
        subject, known = str(claims["sub"]), self._keeper.subject()
        if known is not None and known != subject:
            self._let_go(answered.said.get("refresh_token"))
            raise WrongAccount
        self._take(answered, subject=subject, before=None)

    def cancel(self) -> None:
        """Give up waiting for the browser, or for the provider before it. From any thread."""
        with self._lock:
            self._given_up, loopback = True, self._loopback
        if loopback is not None:
            loopback.cancel()

    def _code_in(self, came: Mapping[str, str], *, must_name_itself: bool) -> str:
        said = came.get("iss")
        if said != self._account.issuer and (said is not None or must_name_itself):
            raise SignInFailed(reason="another-issuer")  # a mix-up of providers: RFC 9207
        if "error" in came:
            raise SignInDenied(reason=came["error"][:40])
        code = came.get("code", "")
        if not code:
            raise SignInFailed(reason="no-code")
        return code

    def _proved(self, answered: Answered, *, nonce: str | None, fresh: bool = False) -> Mapping[str, Any]:
        """Return what the ID token says, once it is proved to be from the provider, for us, and of this
        sign-in."""
        token = answered.said.get("id_token")
        if not isinstance(token, str):
            raise SignInFailed(reason="no-id-token")
        # By the provider's clock where it tells: a laptop whose clock is wrong must still be able to sign in.
        now = answered.at if answered.at is not None else self._clock.now().timestamp()
        try:
            claims = self._provider.keys.claims(token)
            check_times(claims, now)
        except TokenRefused as error:
            raise SignInFailed(reason=error.reason) from error
        us = self._account.client_id
        meant_for = audiences(claims)
        if claims.get("iss") != self._account.issuer:
            raise SignInFailed(reason="another-issuer")
        if us not in meant_for or claims.get("azp", us) != us or (len(meant_for) > 1 and "azp" not in claims):
            raise SignInFailed(reason="audience")
        if nonce is not None and claims.get("nonce") != nonce:
            raise SignInFailed(reason="nonce")
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise SignInFailed(reason="subject")
        at = claims.get("auth_time")
        if fresh and not (isinstance(at, int) and now - at <= self._seconds + LEEWAY):
            raise SignInFailed(reason="not-fresh")
        return claims

    # Being signed in ----------------------------------------------------------------------------------------

    def __call__(self) -> str:
        """Return an access token that is good now.

        Raises:
            SignInNeeded: nobody is signed in, or no longer.
            ProviderUnreachable: it had to be asked, and does not answer.
        """
        found = self._good()
        if found is not None:
            return found
        with self._refreshing:
            found = self._good()  # another thread may have been quicker
            if found is not None:
                return found
            return self._refresh()

    def _good(self) -> str | None:
        with self._lock:
            access = self._access
        return access.token if access is not None and self._clock.monotonic() < access.ends else None

    def _refresh(self) -> str:
        session = self._keeper.session()
        if session is None:
            raise SignInNeeded
        answered = self._provider.tokens(grant_type="refresh_token", refresh_token=session.refresh)
        if answered.status != 200:
            if _code_of(answered) in ("invalid_grant", "unauthorized_client", "invalid_client"):
                # Over, withdrawn, or used before: by a thief, or by us in a moment that was never kept.
                self._keeper.forget()
            raise SignInNeeded
        if "id_token" in answered.said:
            try:
                claims = self._proved(answered, nonce=None)
            except SignInFailed as error:
                raise SignInNeeded from error
            if claims["sub"] != session.subject:
                raise SignInNeeded
        return self._take(answered, subject=session.subject, before=session)

    def _take(self, answered: Answered, *, subject: str, before: KeptSession | None) -> str:
        said = answered.said
        token, kind = said.get("access_token"), said.get("token_type")
        if not isinstance(token, str) or not token or str(kind).lower() != "bearer":
            raise SignInFailed(reason="no-access-token")
        refresh, id_token = said.get("refresh_token"), said.get("id_token")
        fresh = KeptSession(
            subject=subject,
            refresh=refresh if isinstance(refresh, str) else before.refresh if before else "",
            id_token=id_token if isinstance(id_token, str) else before.id_token if before else "",
        )
        if fresh != before:
            self._keeper.keep(fresh)
        seconds = said.get("expires_in")
        lasts = seconds if isinstance(seconds, int) and 0 < seconds <= 86_400 else _USUAL_SECONDS
        early = min(_EARLY_SECONDS, lasts // 2)
        with self._lock:
            self._access = _Access(token, self._clock.monotonic() + lasts - early)
        return token

    def forget(self) -> None:
        """Forget the access token, as when the ICS refused it; the next call asks for a fresh one."""
        with self._lock:
            self._access = None

    # Ending -------------------------------------------------------------------------------------------------

    def sign_out(self) -> bool:
        """Forget the session here, and end it at the provider. What waits to be sent stays as it is.

        Returns:
            Whether the provider was reached and the browser shown its page: if not, the session there goes on
            until it ends by itself.
        """
        self.cancel()
        session = self._keeper.session()
        self._keeper.forget()
        self.forget()
        if session is None:
            return True
        try:
            self._provider.revoke(session.refresh)
            address = self._provider.described().end_session
        except (ProviderUnreachable, SignInFailed):
            return False
        if not address:
            return False
        asked = {"client_id": self._account.client_id}
        asked |= {"id_token_hint": session.id_token} if session.id_token else {}
        joint = "&" if "?" in address else "?"
        return self._open_browser(f"{address}{joint}{urlencode(asked)}")

    def close(self) -> None:
        """Stop waiting for a browser, forget the access token, let the connections go."""
        self.cancel()
        self.forget()
        self._provider.close()

    def _let_go(self, refresh: Any) -> None:
        if isinstance(refresh, str):
            try:
                self._provider.revoke(refresh)
            except (ProviderUnreachable, SignInFailed):
                return  # it was never kept, and ends by itself


def _s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _code_of(answered: Answered) -> str:
    said = answered.said.get("error")
    return said[:40] if isinstance(said, str) and said.replace("_", "").isalnum() else "unexpected"
