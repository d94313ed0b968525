"""The operator's own port: metrics, and whether the service lives and is ready. On loopback by default."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from sync.reference_ics.schema import DatabaseRefused

if TYPE_CHECKING:
    from sync.reference_ics.calls import Ics

_Start = Callable[[str, list[tuple[str, str]]], Any]


def is_ready(ics: Ics) -> str:
    """Return why the service should get no calls now; empty if it should."""
    if ics.is_draining:
        return "draining"
    try:
        ics.database.check()
    except DatabaseRefused:
        return "schema"
    except SQLAlchemyError:
        return "database"
    return ""


class Operations:
    """A small server beside the service, in threads of its own, so that a busy service still answers it."""

    def __init__(self, ics: Ics, host: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: the port is taken, or the host is not one of this machine's.
        """
        self._ics = ics
        self._server = make_server(host, port, self._answer, _Threads, _Quiet)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.1},
            name="ics-operations",
            daemon=True,
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_port)

    def _answer(self, environ: dict[str, Any], start: _Start) -> Iterable[bytes]:
        path = environ.get("PATH_INFO")
        if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return _said(start, "405 Method Not Allowed", {"is": "read only"})
        if path == "/metrics":
            start("200 OK", [("Content-Type", CONTENT_TYPE_LATEST), ("Cache-Control", "no-store")])
            return [generate_latest(self._ics.metrics.registry)]
        if path == "/live":
            return _said(start, "200 OK", {"live": True})
        if path == "/ready":
            reason = is_ready(self._ics)
            if reason:
                return _said(start, "503 Service Unavailable", {"ready": False, "reason": reason})
            return _said(start, "200 OK", {"ready": True})
        return _said(start, "404 Not Found", {"here": ["/live", "/ready", "/metrics"]})

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a scrape every few seconds is no news."""


def _said(start: _Start, status: str, what: dict[str, Any]) -> Iterable[bytes]:
    start(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
    return [json.dumps(what).encode() + b"\n"]
