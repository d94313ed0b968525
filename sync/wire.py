"""HTTPS to whoever stands at an address, measured and guarded: the only place that knows httpx.

A reply counts only if its status, media type, contract header and content all fit; anything else is a hotel's
sign-in page until proved otherwise, and changes nothing. httpx is imported when the first call is made, in
the thread that makes it: it costs more than the first window.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from sync.deadlines import deadlines
from sync.ports import ClientTooOld, CursorExpired, ScopeForbidden, TooMuchAtOnce
from sync.protocol import (
    CONTRACT,
    CONTRACT_HEADER,
    MEDIA_TYPE,
    OCTETS,
    PROBLEM_TYPE,
    ProblemMessage,
    decode,
)
from sync.protocol.encoding import (
    DIGEST_HEADER,
    GZIP,
    WORTH_IT,
    NotEncoded,
    TooLong,
    digest_fits,
    digest_of,
    gzipped,
    inflated,
)
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import IcsUnreachable, NotTheIcs, ReplyRefused, SignInNeeded

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0  # without a byte
TOTAL_SECONDS = 120.0  # of one call, however steadily it drips
SMALL_BYTES = 1024 * 1024
MOST_RETRY_AFTER = 3600

# What a system's own check of a certificate says, by its number: OpenSSL's, macOS's, Windows'. Any other is
# "certificate" alone. A laptop whose clock is wrong by weeks finds every certificate out of date.
_WHY_NOT = {
    **dict.fromkeys((9, 10, -67818, -67819, 0x800B0101), "certificate-dates"),
    **dict.fromkeys((62, 63, 64, -67602, 0x800B010F), "certificate-name"),
}

_T = TypeVar("_T")
Signer = Callable[[str, str, str], Mapping[str, str]]  # method, path with query, digest of the body or ""


def trust() -> ssl.SSLContext:
    """Return a TLS context that trusts what the operating system trusts, so that a council's own roots
    work."""
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Wire:
    """One client, kept alive. Redirects and cookies are off, replies are measured while they come in."""

    def __init__(
        self,
        base_url: str,
        clock: Clock,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
        squeezes: bool | None = None,
    ) -> None:
        """`squeezes`: send and take gzip; None: wherever there is a line between us and the ICS."""
        parts = urlsplit(base_url)
        loopback = parts.hostname in ("127.0.0.1", "::1", "localhost")
        if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
            raise ValueError("an ICS is reached by https; plain http only on this machine")
        self._base_url, self._clock = base_url.rstrip("/"), clock
        self._squeezes = not loopback if squeezes is None else squeezes
        self._connect, self._read, self._total = connect_seconds, read_seconds, total_seconds
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self.signer: Signer | None = None  # this device's, once it is known to the authority

    def close(self) -> None:
        """Let the connections go; a call under way ends with IcsUnreachable. The next call opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        self._hang_up()
        if client is not None:
            client.close()

    def _hang_up(self) -> None:
        """Wake whoever waits for a byte on one of our sockets."""
        for each in list(self._sockets):
            try:
                socket.socket.shutdown(
                    each, socket.SHUT_RDWR
                )  # also under TLS: past SSLSocket's own farewell
            except OSError:
                pass  # it was closed already

    def _watch(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore's trace: remember each socket, for it has no deadline but between two bytes."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            opened = info["return_value"].get_extra_info("socket")
            if opened is not None:
                self._sockets.add(opened)

    def call(
        self,
        method: str,
        path: str,
        into: type[_T],
        *,
        token: str | None = None,
        body: bytes | None = None,
        most_bytes: int = SMALL_BYTES,
        media: str = MEDIA_TYPE,
    ) -> _T:
        """Return the message an endpoint answers with; bytes as they are for `into` bytes.

        Raises:
            IcsUnreachable: no answer, not all of it, or one that says to come back later.
            NotTheIcs: an answer that is not the contract's.
            SignInNeeded, ReplyRefused, CursorExpired, TooMuchAtOnce: what the ICS's problem says.
        """
        headers = {
            "Accept": f"{OCTETS if into is bytes else MEDIA_TYPE}, {PROBLEM_TYPE}",
            "Accept-Encoding": GZIP if self._squeezes else "identity",
            CONTRACT_HEADER: CONTRACT,
        }
        if body is not None:
            headers["Content-Type"] = media
            if self._squeezes and len(body) >= WORTH_IT and media == MEDIA_TYPE:
                body = gzipped(body)
                headers["Content-Encoding"] = GZIP
            headers[DIGEST_HEADER] = digest_of(body)
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if self.signer is not None:
            headers |= self.signer(method, path, headers.get(DIGEST_HEADER, ""))
        with _our_errors():
            status, answered, data = self._exchange(method, path, headers, body, most_bytes)
        _judge(status, answered, data, OCTETS if into is bytes else MEDIA_TYPE)
        return cast(_T, data) if into is bytes else decode(data, into)

    def plain(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        most_bytes: int = SMALL_BYTES,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Exchange with one who does not speak the contract, such as an identity provider: measured and
        guarded like every call, and judged by the caller. Returns status, headers and body.

        Raises:
            IcsUnreachable, NotTheIcs: no answer, not all of it, too much of it.
        """
        with _our_errors():
            return self._exchange(method, path, headers, body, most_bytes)

    def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, most_bytes: int
    ) -> tuple[int, Mapping[str, str], bytes]:
        began = self._clock.monotonic()
        client = self._open()
        given_up = threading.Event()

        def give_up() -> None:
            given_up.set()  # first: the hanging up is felt at once in the other thread
            self._hang_up()

        before = set(self._sockets)
        try:
            with deadlines.within(self._total, give_up):  # headers that drip are not seen by the loop below
                return self._read_all(client, method, path, headers, body, most_bytes, began)
        except Exception as error:
            if given_up.is_set():
                raise IcsUnreachable(reason="timeout") from error
            raise
        finally:
            if self._client is not client:
                # Closed while this call was connecting: the pool that is gone never hears of its socket.
                for each in set(self._sockets) - before:
                    each.close()

    def _read_all(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        most_bytes: int,
        began: float,
    ) -> tuple[int, Mapping[str, str], bytes]:
        with client.stream(
            method,
            self._base_url + path,
            headers=dict(headers),
            content=body,
            extensions={"trace": self._watch},
        ) as response:
            coding = response.headers.get("content-encoding", "identity").lower()
            if coding not in ("identity", GZIP):
                raise NotTheIcs(reason="encoding")
            kept: list[bytes] = []
            size = 0
            for piece in response.iter_raw():
                size += len(piece)
                if size > most_bytes:
                    raise NotTheIcs(reason="too-long")
                if self._clock.monotonic() - began > self._total:
                    raise IcsUnreachable(reason="timeout")
                kept.append(piece)
            return (
                response.status_code,
                response.headers,
                _unpacked(b"".join(kept), coding, response.headers.get(DIGEST_HEADER), most_bytes),
            )

    def _open(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                from http.cookiejar import DefaultCookiePolicy

                import httpx

                for name in ("httpx", "httpcore"):  # their lines hold addresses, and addresses hold ids
                    logging.getLogger(name).setLevel(logging.CRITICAL + 1)
                self._client = httpx.Client(
                    verify=trust(),
                    trust_env=self._base_url.startswith("https:"),  # no proxy between us and this machine
                    follow_redirects=False,
                    timeout=httpx.Timeout(self._read, connect=self._connect),
                    limits=httpx.Limits(max_connections=4, max_keepalive_connections=2),
                )
                self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # none
            return self._client


@contextmanager
def _our_errors() -> Iterator[None]:
    """Turn what httpx and the sockets raise into what the Workbook says."""
    import httpx

    try:
        yield
    except httpx.TimeoutException as error:
        raise IcsUnreachable(reason="timeout") from error
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.CloseError) as error:
        raise IcsUnreachable(reason="cut") from error
    except httpx.ConnectError as error:
        reason = _not_proved(error)
        if reason is not None:
            raise NotTheIcs(reason=reason) from error
        raise IcsUnreachable(reason="no-connection") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise IcsUnreachable(reason="no-connection") from error


def _not_proved(error: BaseException) -> str | None:
    """Return why whoever answered could not prove to be the ICS; None if that was not the trouble."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _WHY_NOT.get(cause.verify_code, "certificate")
        if isinstance(cause, ssl.SSLError):
            return "certificate"
        cause = cause.__cause__ or cause.__context__
    return "certificate" if "CERTIFICATE" in str(error).upper() else None


def _judge(status: int, headers: Mapping[str, str], data: bytes, wanted: str) -> None:
    """Return if this is a good answer of the ICS; raise what it means if not."""
    said = headers.get(CONTRACT_HEADER, "")
    media = headers.get("content-type", "").split(";")[0].strip().lower()
    speaks = said == "1" or said.startswith("1.")
    if status == 200 and speaks and media == wanted:
        if DIGEST_HEADER not in headers:
            raise NotTheIcs(reason="digest")  # nothing says that it came whole
        return
    if status == 429 or status >= 500:  # a gateway in front of the ICS may say so in its own words
        raise IcsUnreachable(**_wait(headers), reason="busy")
    if status < 400 or not speaks or media != PROBLEM_TYPE:
        raise NotTheIcs(reason="redirect" if 300 <= status < 400 else "not-the-contract", status=status)
    problem = decode(data, ProblemMessage).type
    if problem == "digest-mismatch":  # what arrived is not what was sent: the line's doing, not the op's
        raise IcsUnreachable(reason="bent")
    if status == 401:
        raise SignInNeeded
    if status == 403 and problem == "client-too-old":
        raise ClientTooOld
    if status == 403 and problem == "scope-forbidden":
        raise ScopeForbidden
    if status == 410 and problem in ("cursor-expired", "page-expired"):
        raise CursorExpired
    if status == 413:
        raise TooMuchAtOnce
    raise ReplyRefused(reason="problem", status=status, problem=problem[:60])


def _unpacked(body: bytes, coding: str, digest: str | None, most_bytes: int) -> bytes:
    """Return a body as it was before it was sent. One that was changed on the way is nobody's answer."""
    if digest is not None and not digest_fits(digest, body):
        raise NotTheIcs(reason="digest")
    if coding != GZIP:
        return body
    try:
        return inflated(body, most_bytes)
    except TooLong as error:
        raise NotTheIcs(reason="too-long") from error
    except NotEncoded as error:
        raise NotTheIcs(reason="encoding") from error


def _wait(headers: Mapping[str, str]) -> dict[str, int]:
    text = headers.get("retry-after", "")
    return {"wait": min(int(text), MOST_RETRY_AFTER)} if text.isascii() and text.isdigit() else {}
