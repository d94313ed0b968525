"""What answers on a real socket, and what the Workbook makes of it."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sync.ports import CursorExpired, Ics, TooMuchAtOnce
from sync.protocol import (
    CONTRACT_HEADER,
    MEDIA_TYPE,
    PROBLEM_TYPE,
    FeedReply,
    ProblemMessage,
    SignInReply,
    WorkerMessage,
    encode,
)
from sync.protocol.encoding import DIGEST_HEADER, digest_fits, digest_of, gzipped, inflated
from sync.sign_in import PracticeSignIn
from sync.transport import HttpIcs
from sync.wire import Wire
from tests.support.chance import StillClock
from workbook_desktop.domain.errors import (
    IcsUnreachable,
    NotTheIcs,
    ReplyRefused,
    SignInNeeded,
    WorkbookError,
)

PAGE = encode(FeedReply(items=[], next_cursor="c", more=False, checkpoint_seq=0, epoch="e", server_time="t"))
GOOD = {CONTRACT_HEADER: "1.0", "Content-Type": MEDIA_TYPE}


def answer(status: str, headers: dict[str, str], body: bytes, *, length: int | None = None) -> bytes:
    headers = {DIGEST_HEADER: digest_of(body), **headers}
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name}: {value}" for name, value in headers.items() if value]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Server:
    """Says what it is told to, whatever it is asked. Remembers what it was asked."""

    def __init__(self, say: Callable[[socket.socket], None]) -> None:
        self._say = say
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self._open: list[socket.socket] = []
        self.asked: list[bytes] = []
        self.connections = 0
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            kept = b""
            while True:
                try:
                    piece = connection.recv(65536)
                    kept += piece
                    if not piece:
                        return
                    head, end, rest = kept.partition(b"\r\n\r\n")
                    length = 0
                    for line in head.lower().split(b"\r\n"):
                        if line.startswith(b"content-length:"):
                            length = int(line.split(b":")[1])
                    if not end or len(rest) < length:
                        continue
                    self.asked.append(kept)
                    kept = b""
                    self._say(connection)
                except OSError:
                    return

    def close(self) -> None:
        self._over.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._thread.join(2)


@contextmanager
def serving(say: bytes | Callable[[socket.socket], None]) -> Iterator[Server]:
    server = Server(say if callable(say) else lambda connection: connection.sendall(say))
    try:
        yield server
    finally:
        server.close()


@contextmanager
def ics_at(url: str, *, total: float = 5.0, read: float = 2.0) -> Iterator[HttpIcs]:
    clock = _RealSeconds()
    wire = Wire(url, clock, connect_seconds=2, read_seconds=read, total_seconds=total)
    ics = HttpIcs(url, lambda: "a-token", clock, wire=wire)
    try:
        yield ics
    finally:
        ics.close()


class _RealSeconds(StillClock):
    def monotonic(self) -> float:
        import time

        return time.monotonic()


def failure(say: bytes | Callable[[socket.socket], None], **how: float) -> WorkbookError:
    """What the call raises when this is the answer."""
    with serving(say) as server, ics_at(server.url, **how) as ics, pytest.raises(WorkbookError) as caught:
        ics.feed(None, 10)
    return caught.value


def test_a_good_answer_is_taken() -> None:
    with serving(answer("200 OK", GOOD, PAGE)) as server, ics_at(server.url) as ics:
        port: Ics = ics
        assert port.feed("a b&c", 10).next_cursor == "c"
        assert port.feed(None, 10).more is False
    first = server.asked[0]
    assert first.startswith(b"GET /v1/feed?cursor=a+b%26c&limit=10 HTTP/1.1\r\n")
    assert b"accept-encoding: identity" in first.lower()
    assert b"authorization: bearer a-token" in first.lower()
    assert server.connections == 1, "the connection is kept"


def test_sealed_bytes_are_sent_as_they_are() -> None:
    sealed = '{"op_id":"1","note":"Leo’s  words"}'.encode()
    with (
        serving(answer("200 OK", GOOD, b"{}")) as server,
        ics_at(server.url) as ics,
        pytest.raises(ReplyRefused),
    ):
        ics.push([sealed, sealed])
    assert server.asked[0].endswith(b'{"ops":[' + sealed + b"," + sealed + b"]}")


HTML = b"<html><form action=/login>Hotel Wi-Fi</form></html>"


@pytest.mark.parametrize(
    "said",
    [
        answer("200 OK", {"Content-Type": "text/html"}, HTML),
        answer("200 OK", {**GOOD, "Content-Type": "text/html"}, HTML),
        answer("200 OK", GOOD, HTML),
        answer("200 OK", {"Content-Type": MEDIA_TYPE}, PAGE),
        answer("200 OK", {**GOOD, CONTRACT_HEADER: "2.0"}, PAGE),
        answer("200 OK", {**GOOD, "Content-Type": "application/json"}, PAGE),
        answer("302 Found", {**GOOD, "Location": "http://127.0.0.1:1/elsewhere"}, b""),
        answer("307 Temporary Redirect", {"Location": "/v1/feed"}, b""),
        answer("204 No Content", {CONTRACT_HEADER: "1.0"}, b""),
        answer("401 Unauthorized", {"Content-Type": "text/html"}, HTML),
        answer("403 Forbidden", {"Content-Type": "text/html"}, HTML),
        answer("404 Not Found", {}, HTML),
        answer("200 OK", {**GOOD, "Content-Encoding": "gzip"}, gzip.compress(b" " * 50_000_000)),
        answer("200 OK", GOOD, b'"' + b"a" * 9_000_000 + b'"'),
        answer("200 OK", {**GOOD, DIGEST_HEADER: ""}, PAGE),
        answer("200 OK", {**GOOD, DIGEST_HEADER: digest_of(PAGE[:-1])}, PAGE),
        answer("200 OK", {**GOOD, DIGEST_HEADER: "sha-256=rubbish"}, PAGE),
        answer("200 OK", {**GOOD, "Content-Encoding": "gzip"}, gzip.compress(PAGE)[:-4]),
        answer("200 OK", {**GOOD, "Content-Encoding": "gzip"}, gzip.compress(PAGE) + b"more"),
        answer("200 OK", {**GOOD, "Content-Encoding": "br"}, PAGE),
    ],
    ids=[
        "html",
        "html with the header",
        "html in disguise",
        "no contract header",
        "another contract",
        "another media type",
        "redirect to another host",
        "redirect",
        "nothing",
        "a portal's 401",
        "a portal's 403",
        "a portal's 404",
        "a bomb",
        "too long",
        "its digest stripped",
        "another digest",
        "a digest that is none",
        "gzip cut off",
        "gzip with something behind it",
        "an encoding nobody asked for",
    ],
)
def test_what_is_not_the_contracts_is_not_the_ics(said: bytes) -> None:
    assert isinstance(failure(said), NotTheIcs)


def _problem(status: str, type_: str, **headers: str) -> bytes:
    body = encode(ProblemMessage(type=type_, title="no", status=int(status[:3])))
    return answer(status, {CONTRACT_HEADER: "1.0", "Content-Type": PROBLEM_TYPE, **headers}, body)


def test_what_the_ics_says_no_to_has_its_meaning() -> None:
    assert isinstance(failure(_problem("401 Unauthorized", "token-expired")), SignInNeeded)
    refused = failure(_problem("404 Not Found", "record-unknown"))
    assert isinstance(refused, ReplyRefused)
    assert refused.facts["problem"] == "record-unknown"
    for said, error in (
        (_problem("410 Gone", "cursor-expired"), CursorExpired),
        (
            _problem("413 Content Too Large", "payload-too-large"),
            TooMuchAtOnce,
        ),
    ):
        with serving(said) as server, ics_at(server.url) as ics, pytest.raises(error):
            ics.feed("c", 10)


def test_who_is_busy_says_for_how_long() -> None:
    busy = failure(_problem("429 Too Many Requests", "rate-limited", **{"Retry-After": "17"}))
    assert isinstance(busy, IcsUnreachable)
    assert busy.facts == {"reason": "busy", "wait": 17}
    gateway = failure(answer("502 Bad Gateway", {"Content-Type": "text/html"}, HTML))
    assert gateway.facts == {"reason": "busy"}


@pytest.mark.parametrize(
    "said",
    [
        answer("200 OK", GOOD, PAGE[:20], length=len(PAGE)),
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"",
    ],
    ids=["in the body", "in the headers", "before a byte"],
)
def test_an_answer_that_is_cut_is_no_answer(said: bytes) -> None:
    def say(connection: socket.socket) -> None:
        connection.sendall(said)
        connection.shutdown(socket.SHUT_RDWR)

    error = failure(say)
    assert isinstance(error, IcsUnreachable)
    assert error.facts["reason"] == "cut"


def test_nobody_there_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with ics_at(url) as ics, pytest.raises(IcsUnreachable) as caught:
        ics.capabilities()
    assert caught.value.facts["reason"] == "no-connection"


def test_silence_ends_by_itself() -> None:
    error = failure(lambda connection: None, read=0.2)
    assert isinstance(error, IcsUnreachable)
    assert error.facts["reason"] == "timeout"


@pytest.mark.parametrize("begun", [b"HTTP/1.1 200 OK\r\nX-", answer("200 OK", GOOD, b"", length=10_000)])
def test_an_answer_that_drips_for_ever_ends_at_the_deadline(begun: bytes) -> None:
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(begun)
        while not over.wait(0.05):
            connection.sendall(b"a")

    try:
        error = failure(drip, total=0.5)
    finally:
        over.set()
    assert isinstance(error, IcsUnreachable)
    assert error.facts["reason"] == "timeout"


def test_a_call_under_way_ends_when_the_runner_is_told_to_stop() -> None:
    asked = threading.Event()
    with serving(lambda connection: asked.set()) as server, ics_at(server.url, read=30, total=30) as ics:
        caught: list[Exception] = []

        def call() -> None:
            try:
                ics.feed(None, 10)
            except WorkbookError as error:
                caught.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        assert asked.wait(5)
        ics.close()
        thread.join(5)
        assert not thread.is_alive()
    assert [type(error) for error in caught] == [IcsUnreachable]


def test_a_cookie_is_not_kept() -> None:
    said = answer("200 OK", {**GOOD, "Set-Cookie": "a=b; Path=/"}, PAGE)
    with serving(said) as server, ics_at(server.url) as ics:
        ics.feed(None, 10)
        ics.feed(None, 10)
    assert b"cookie" not in server.asked[1].lower()


def test_plain_http_is_for_this_machine_alone() -> None:
    with pytest.raises(ValueError, match="https"):
        Wire("http://ics.wrenmouth.example", StillClock())


def test_nobody_signed_in_asks_nobody() -> None:
    ics = HttpIcs("http://127.0.0.1:1", lambda: None, StillClock())
    with pytest.raises(SignInNeeded):
        ics.scopes()


def test_the_practice_sign_in_holds_its_token_till_it_ends() -> None:
    who = WorkerMessage(id="amara-quill", name="Amara Quill", role="social worker", agency="Wrenmouth")
    body = encode(SignInReply(token="t-1", expires_in=600, worker=who))
    clock = StillClock()
    with serving(answer("200 OK", GOOD, body)) as server:
        source = PracticeSignIn(server.url, "amara-quill", "a secret", clock)
        assert (source(), source(), source.sign_in().name) == ("t-1", "t-1", "Amara Quill")
        assert len(server.asked) == 2
        clock.forward(590)
        source()
        assert len(server.asked) == 3
        source.close()


def test_importing_the_sync_does_not_import_httpx() -> None:
    import subprocess
    import sys

    code = "import sys, sync.runner, sync.transport, sync.sign_in; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_goes_over_a_line_is_packed_both_ways_and_arrives_the_same() -> None:
    with serving(answer("200 OK", {**GOOD, "Content-Encoding": "gzip"}, gzipped(PAGE))) as server:
        wire = Wire(server.url, StillClock(), squeezes=True)
        body = b'{"ops":[' + b" " * 5_000 + b"]}"
        assert wire.call("POST", "/v1/push", FeedReply, body=body).next_cursor == "c"
        wire.close()
    head, _, sent = server.asked[0].partition(b"\r\n\r\n")
    assert inflated(sent, 10_000) == body
    said = {line.split(b": ")[0].lower(): line.split(b": ")[1].decode() for line in head.split(b"\r\n")[1:]}
    assert said[b"content-encoding"] == said[b"accept-encoding"] == "gzip"
    assert digest_fits(said[b"content-digest"], sent)


def test_on_this_machine_nothing_is_packed() -> None:
    with serving(answer("200 OK", GOOD, PAGE)) as server:
        wire = Wire(server.url, StillClock())
        wire.call("POST", "/v1/push", FeedReply, body=b" " * 5_000)
        wire.close()
    assert b"accept-encoding: identity" in server.asked[0].lower()
    assert b"content-encoding" not in server.asked[0].lower()
