"""A bad line: an HTTP relay on loopback between a client and the ICS, which can do what networks do."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from sync.protocol.encoding import DIGEST_HEADER, digest_of

Bend = Callable[[dict[str, Any]], dict[str, Any]]
Answer = tuple[int, list[tuple[str, str]], bytes]  # status, headers, body


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """A call as it goes by."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


# What becomes of a call: told the call and a way to hand it on; returns what goes back, None: the line goes
# dead without an answer.
Meddle = Callable[[Passing, Callable[[], Answer]], Answer | None]


class Line(StrEnum):
    """What the line does with every call."""

    GOOD = "good"
    HTML = "html"  # a hotel's sign-in page, with 200
    CUT = "cut"  # half of the answer, then nothing
    DRIP = "drip"  # a byte at a time, for ever
    REDIRECT = "redirect"  # to another host
    BUSY = "busy"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Callers hang up here all the time, also in the middle of a TLS handshake."""


class FaultyLine:
    """Stands where the ICS stands. `line` can be changed at any time; `bend` changes pages of the feed,
    `bend_scopes` the list of families; `meddle` does anything with any call."""

    def __init__(self, ics: str, tls: ssl.SSLContext | None = None) -> None:
        """`tls`: what the line says it is, when it is reached by https."""
        self.ics, self.line = ics, Line.GOOD
        self.meddle: Meddle | None = None
        self.cut_after: int | None = None  # so many bytes of an answer, counted from its first header
        self.cut_what = ""  # only calls with this in "METHOD /address"
        self.cuts = 0
        self.bend: Bend | None = None
        self.bend_scopes: Bend | None = None
        self.refuse: str | None = None  # calls with this in their address find nobody
        self.refuse_after = 0  # so many of them still get through
        self.elsewhere: list[str] = []  # calls that followed a redirect
        self.calls: list[str] = []
        self._stop = threading.Event()
        line = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                line._answer(self)

            def do_POST(self) -> None:
                line._answer(self)

            def do_PATCH(self) -> None:
                line._answer(self)

            def log_message(self, *_: Any) -> None:
                return

        self._server = _Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        """Take the line down."""
        self._stop.set()
        self._server.shutdown()
        self._thread.join(timeout=10)
        self._server.server_close()

    def _answer(self, call: BaseHTTPRequestHandler) -> None:
        body = call.rfile.read(int(call.headers.get("Content-Length") or 0))
        self.calls.append(f"{call.command} {call.path}")
        try:
            self._do(call, body)
        except OSError:
            call.close_connection = True

    def _do(self, call: BaseHTTPRequestHandler, body: bytes) -> None:
        if call.path.startswith("/elsewhere"):
            self.elsewhere.append(call.path)
        if self.line is Line.HTML:
            page = b"<html><body>Welcome to the hotel. Please sign in.</body></html>"
            return self._send(call, 200, [("Content-Type", "text/html; charset=utf-8")], page)
        if self.line is Line.REDIRECT:
            host = self.url.replace("127.0.0.1", "localhost")
            return self._send(call, 302, [("Location", f"{host}/elsewhere{call.path}")], b"")
        if self.refuse is not None and self.refuse in call.path:
            if self.refuse_after <= 0:
                call.connection.shutdown(socket.SHUT_RDWR)
                call.close_connection = True
                return None
            self.refuse_after -= 1
        if self.line is Line.BUSY:
            return self._send(call, 503, [("Content-Type", "text/plain"), ("Retry-After", "1")], b"busy")
        passing = Passing(method=call.command, path=call.path, headers=call.headers.items(), body=body)
        answer = self.pass_on(passing) if self.meddle is None else self.meddle(passing, self._once(passing))
        if answer is None:
            call.connection.shutdown(socket.SHUT_RDWR)
            call.close_connection = True
            return None
        status, headers, data = answer
        bend = self._bend_for(call.path)
        if bend is not None and status == 200:
            headers, data = _bent(bend, headers, data)
        if self.line is Line.CUT:
            self._head(call, status, headers, len(data))
            call.wfile.write(data[: len(data) // 2])
            call.wfile.flush()
            call.connection.shutdown(socket.SHUT_RDWR)
            call.close_connection = True
            return None
        if self.line is Line.DRIP:
            self._head(call, status, headers, len(data))
            for place in range(len(data)):
                call.wfile.write(data[place : place + 1])
                call.wfile.flush()
                if self._stop.wait(0.2):
                    call.close_connection = True
                    return None
            return None
        return self._send(call, status, headers, data)

    def _bend_for(self, path: str) -> Bend | None:
        if path.startswith("/v1/feed"):
            return self.bend
        return self.bend_scopes if path == "/v1/scopes" else None

    def _once(self, passing: Passing) -> Callable[[], Answer]:
        return lambda: self.pass_on(passing)

    def pass_on(self, passing: Passing) -> Answer:
        """Hand a call to the ICS, now or again, and return what it says."""
        parts = urlsplit(self.ics)
        onward = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        try:
            headers = {name: value for name, value in passing.headers if name.lower() != "host"}
            onward.request(passing.method, passing.path, passing.body or None, headers)
            reply = onward.getresponse()
            data = reply.read()
            left_out = {"content-length", "transfer-encoding", "connection", "date", "server"}
            return (
                reply.status,
                [(name, value) for name, value in reply.getheaders() if name.lower() not in left_out],
                data,
            )
        finally:
            onward.close()

    @staticmethod
    def _head(call: BaseHTTPRequestHandler, status: int, headers: list[tuple[str, str]], size: int) -> None:
        call.send_response(status)
        for name, value in headers:
            call.send_header(name, value)
        call.send_header("Content-Length", str(size))
        call.end_headers()

    def _send(
        self, call: BaseHTTPRequestHandler, status: int, headers: list[tuple[str, str]], data: bytes
    ) -> None:
        if self.cut_after is not None and self.cut_what in f"{call.command} {call.path}":
            lines = [f"HTTP/1.1 {status} said", *(f"{name}: {value}" for name, value in headers)]
            whole = "\r\n".join([*lines, f"Content-Length: {len(data)}", "", ""]).encode() + data
            call.wfile.write(whole[: self.cut_after])
            if self.cut_after < len(whole):
                self.cuts += 1
                call.connection.shutdown(socket.SHUT_RDWR)
                call.close_connection = True
            return
        self._head(call, status, headers, len(data))
        call.wfile.write(data)


def _bent(bend: Bend, headers: list[tuple[str, str]], data: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """Return a reply that says something else, as if the ICS itself had said so."""
    named = {name.lower(): value for name, value in headers}
    if named.get("content-encoding") == "gzip":
        data = gzip.decompress(data)
    bent = json.dumps(bend(json.loads(data)), ensure_ascii=False).encode()
    gone = {"content-encoding", DIGEST_HEADER.lower()}
    kept = [(name, value) for name, value in headers if name.lower() not in gone]
    return [*kept, (DIGEST_HEADER, digest_of(bent))], bent
