"""The ICS over HTTPS: the only place, with `sign_in`, that knows httpx.

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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from sync.ports import (
    Absent,
    ClientTooOld,
    CursorExpired,
    PushMalformed,
    ScopeForbidden,
    TooMuchAtOnce,
    UploadMoved,
)
from sync.protocol import (
    CONTRACT,
    CONTRACT_HEADER,
    MEDIA_TYPE,
    OCTETS,
    PART_BYTES,
    PROBLEM_TYPE,
    WELL_KNOWN,
    Capabilities,
    ConflictMessage,
    FeedReply,
    FetchRequest,
    HistoryReply,
    LateReply,
    LateRequest,
    ManifestItem,
    ManifestReply,
    ProblemMessage,
    PushReply,
    ReceiptMessage,
    ReceiptReply,
    ReconcileReply,
    ReconcileRequest,
    ScopesReply,
    SnapshotReply,
    UploadReply,
    UploadRequest,
    decode,
    encode,
    push_bytes,
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
from workbook_desktop.domain.holdings import Holding, Receipt
from workbook_desktop.domain.ids import ConflictId, FamilyId, RecordId

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0  # without a byte
TOTAL_SECONDS = 120.0  # of one call, however steadily it drips
MOST_BYTES = 8 * 1024 * 1024 + 64 * 1024  # of a page, with its envelope
MOST_PUSH_BYTES = 32 * 1024 * 1024  # the reply to a push has each head in it
SMALL_BYTES = 1024 * 1024
MOST_RETRY_AFTER = 3600

_T = TypeVar("_T")
TokenSource = Callable[[], str | None]  # None: nobody is signed in
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

        late = threading.Timer(self._total, give_up)  # headers that drip are not seen by the loop below
        late.daemon = True
        late.start()
        try:
            return self._read_all(client, method, path, headers, body, most_bytes, began)
        except Exception as error:
            if given_up.is_set():
                raise IcsUnreachable(reason="timeout") from error
            raise
        finally:
            late.cancel()

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
        if isinstance(error.__cause__, ssl.SSLError) or "CERTIFICATE" in str(error).upper():
            raise NotTheIcs(reason="certificate") from error
        raise IcsUnreachable(reason="no-connection") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise IcsUnreachable(reason="no-connection") from error


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


class HttpIcs:
    """The ICS behind an address, for whoever the token source says is signed in. Fits `ports.Ics`."""

    def __init__(
        self,
        base_url: str,
        token: TokenSource,
        clock: Clock,
        *,
        refused: Callable[[], None] = lambda: None,  # told when the ICS no longer takes the token
        wire: Wire | None = None,
    ) -> None:
        self._wire = wire or Wire(base_url, clock)
        self._token, self._refused = token, refused

    def close(self) -> None:
        """Let the connections go."""
        self._wire.close()

    def capabilities(self) -> Capabilities:
        """Ask what the ICS offers; needs no signing in."""
        return self._wire.call("GET", WELL_KNOWN, Capabilities)

    def scopes(self) -> ScopesReply:
        """Ask which families are this worker's."""
        return self._call("GET", "/v1/scopes", ScopesReply)

    def push(self, ops: Sequence[bytes]) -> PushReply:
        """Hand in sealed ops, as they are."""
        body = push_bytes(ops)
        try:
            return self._call("POST", "/v1/push", PushReply, body=body, most_bytes=MOST_PUSH_BYTES)
        except ReplyRefused as error:
            if (error.facts.get("status"), error.facts.get("problem")) == (400, "malformed"):
                raise PushMalformed from error
            raise

    def feed(self, cursor: str | None, limit: int) -> FeedReply:
        """Read on from a cursor, or from the start."""
        asked = {"limit": str(limit)} if cursor is None else {"cursor": cursor, "limit": str(limit)}
        return self._call("GET", f"/v1/feed?{urlencode(asked)}", FeedReply, most_bytes=MOST_BYTES)

    def begin_upload(self, family: FamilyId, hash_: str, size: int) -> UploadReply:
        """Begin handing over a file, or learn how far it is."""
        body = encode(UploadRequest(sha256=hash_, size=size, scope_id=family))
        return self._call("POST", "/v1/uploads", UploadReply, body=body)

    def send_part(self, upload: str, at: int, data: bytes) -> UploadReply:
        """Hand over a part of a file."""
        path = f"/v1/uploads/{quote(upload, safe='')}?offset={at:d}"
        try:
            return self._call("PATCH", path, UploadReply, body=data, media=OCTETS)
        except ReplyRefused as error:
            if error.facts.get("problem") in ("upload-unknown", "offset-mismatch", "content-mismatch"):
                raise UploadMoved from error
            raise

    def file_part(self, hash_: str, at: int) -> bytes:
        """Return some bytes of a file from `at` on."""
        path = f"/v1/blobs/{quote(hash_, safe='')}?offset={at:d}&limit={PART_BYTES:d}"
        try:
            return self._call("GET", path, bytes)
        except ReplyRefused as error:
            if error.facts.get("status") == 404:
                raise Absent from error
            raise

    def claim(self, conflict: ConflictId) -> None:
        """Say that this worker is looking at a conflict."""
        path = f"/v1/conflicts/{quote(conflict, safe='')}/claim"
        try:
            self._call("POST", path, ConflictMessage)
        except ReplyRefused as error:
            if error.facts.get("status") in (404, 409):
                raise Absent from error
            raise

    def history(self, record: str) -> HistoryReply:
        """Read every revision and every conflict of a record."""
        path = f"/v1/records/{quote(record, safe='')}/history"
        return self._call("GET", path, HistoryReply, most_bytes=MOST_PUSH_BYTES)

    def snapshot(self, scope: FamilyId, page: str | None, limit: int) -> SnapshotReply:
        """Read a family whole, a page at a time."""
        asked = {"limit": str(limit)} | ({} if page is None else {"page": page})
        path = f"{_scope(scope)}/snapshot?{urlencode(asked)}"
        return self._call("GET", path, SnapshotReply, most_bytes=MOST_BYTES)

    def manifest(self, scope: FamilyId) -> ManifestReply:
        """Ask for id, version and hash of every record of a family."""
        return self._call("GET", f"{_scope(scope)}/manifest", ManifestReply, most_bytes=MOST_BYTES)

    def fetch(self, scope: FamilyId, records: Sequence[RecordId]) -> SnapshotReply:
        """Read some records of a family with their conflicts."""
        body = encode(FetchRequest(ids=list(records)))
        path = f"{_scope(scope)}/records"
        return self._call("POST", path, SnapshotReply, body=body, most_bytes=MOST_PUSH_BYTES)

    def late_proposals(self, job: str, ops: Sequence[bytes]) -> LateReply:
        """Hand in work of what has to leave, as it was sealed."""
        body = encode(LateRequest(job_id=job, ops=[msgspec.Raw(op) for op in ops]))
        return self._call("POST", "/v1/late-proposals", LateReply, body=body)

    def purge_receipt(self, receipt: Receipt) -> ReceiptReply:
        """Say what has left."""
        said = ReceiptMessage(
            job_id=receipt.job,
            scope_id=receipt.family,
            kind=receipt.kind,
            records=receipt.records,
            conflicts=receipt.conflicts,
            handed_in=receipt.handed_in,
            digest=receipt.digest,
        )
        return self._call("POST", "/v1/purge-receipts", ReceiptReply, body=encode(said))

    def reconcile(self, epoch: str, held: Sequence[Holding]) -> ReconcileReply:
        """Say what is held from an earlier epoch, and learn what of it the ICS has no more."""
        items = [ManifestItem(id=each.record, version=each.version, hash=each.hash) for each in held]
        body = encode(ReconcileRequest(epoch=epoch, items=items))
        return self._call("POST", "/v1/reconcile", ReconcileReply, body=body, most_bytes=MOST_PUSH_BYTES)

    def _call(
        self,
        method: str,
        path: str,
        into: type[_T],
        *,
        body: bytes | None = None,
        most_bytes: int = SMALL_BYTES,
        media: str = MEDIA_TYPE,
    ) -> _T:
        token = self._token()
        if token is None:
            raise SignInNeeded
        try:
            return self._wire.call(
                method, path, into, token=token, body=body, most_bytes=most_bytes, media=media
            )
        except SignInNeeded:
            # An ICS that was started again forgets its tokens: ask once for a new one before
            # troubling the worker.
            self._refused()
            fresh = self._token()
            if fresh is None or fresh == token:
                raise
            return self._wire.call(
                method, path, into, token=fresh, body=body, most_bytes=most_bytes, media=media
            )


def _scope(scope: FamilyId) -> str:
    return f"/v1/scopes/{quote(scope, safe='')}"
