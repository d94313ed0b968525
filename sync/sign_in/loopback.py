"""The redirect that brings the worker back from the browser: caught once, on this machine's own address.

RFC 8252, 7.3. The port is any free one. Whatever else knocks (a web page that guesses the port, another
program, the browser's own looking for an icon) gets a plain refusal and changes nothing; the one request that
names the state of this sign-in is taken, and after it nobody is listening.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PATH = "/cb"
_LONGEST = 8 * 1024  # characters of an address
_HEAD = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Workbook</title>"
    "<style>body{font:1.25rem/1.5 sans-serif;margin:15vh auto;max-width:32rem;padding:0 1rem}</style>"
)
_CLOSE = f"{_HEAD}<h1>You can close this window</h1><p>Go back to the Workbook.</p>"
_NOT_OURS = f"{_HEAD}<h1>Nothing was done</h1><p>This is not the sign-in that was begun in the Workbook.</p>"


class Loopback:
    """Listens from the moment it is made until `close`, or until the redirect has come."""

    def __init__(self, state: str) -> None:
        from http.server import ThreadingHTTPServer

        self._state = state
        self._done = threading.Condition()
        self._came: dict[str, str] | None = None
        self._cancelled = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self), bind_and_activate=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="sign-in", daemon=True
        )
        self._thread.start()

    @property
    def redirect_uri(self) -> str:
        """Where the browser is to be sent back to."""
        return f"http://{self.host}{PATH}"

    @property
    def host(self) -> str:
        """The address and port it listens at."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody gave up waiting."""
        return self._cancelled

    def wait(self, seconds: float) -> Mapping[str, str] | None:
        """Return what the redirect said; None if it did not come in time, or `cancel` was called."""
        with self._done:
            self._done.wait_for(lambda: self._came is not None or self._cancelled, seconds)
            return None if self._cancelled else self._came

    def cancel(self) -> None:
        """Let whoever waits go on with nothing. From any thread."""
        with self._done:
            self._cancelled = True
            self._done.notify_all()

    def close(self) -> None:
        """Listen no more."""
        self.cancel()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2)

    def take(self, target: str, host: str) -> bool:
        """Take the redirect, if that is what this request is. Only the first one ever is."""
        if (
            len(target) > _LONGEST or host != self.host
        ):  # another name for this machine: a page that rebinds one
            return False
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or parts.path != PATH:
            return False
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=20)
        said = dict(pairs)
        if len(said) != len(pairs) or not hmac.compare_digest(
            said.get("state", "").encode(), self._state.encode()
        ):
            return False
        with self._done:
            if self._came is not None or self._cancelled:
                return False
            self._came = said
            self._done.notify_all()
            return True


def _handler(loopback: Loopback) -> Any:
    from http.server import BaseHTTPRequestHandler

    class Handler(BaseHTTPRequestHandler):
        timeout = 5  # a browser may open a connection and say nothing
        server_version, sys_version = "Workbook", ""

        def do_GET(self) -> None:
            try:
                taken = loopback.take(self.path, self.headers.get("Host", ""))
            except ValueError:  # too many parts, or no address at all
                taken = False
            page = (_CLOSE if taken else _NOT_OURS).encode()
            self.send_response(200 if taken else 400)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.send_header(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            )
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(page)
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the address has the code in it."""

    return Handler
