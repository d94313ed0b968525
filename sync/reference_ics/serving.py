"""Running the service on a port, until told to stop: in this thread for the command, in another for tests."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType

import anyio.to_thread
import uvicorn

from sync.reference_ics import logs
from sync.reference_ics.app import make_app
from sync.reference_ics.calls import STATE, Ics
from sync.reference_ics.encoding import encoded
from sync.reference_ics.observing import Observed
from sync.reference_ics.operating import Operations
from sync.reference_ics.settings import Listening, Settings

log = logging.getLogger(logs.OURS)


class _Server(uvicorn.Server):
    """A uvicorn server that says when it listens, and not before; told to end, it may say so for a while."""

    def __init__(
        self, config: uvicorn.Config, ics: Ics, how: Listening, listening: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self.ics = ics
        self._how, self._listening = how, listening
        self._drained_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # Each call that asks the database has a thread; more of them than connections would only wait.
        anyio.to_thread.current_default_thread_limiter().total_tokens = self._how.threads
        await super().startup(sockets=sockets)
        if self.started:
            self._listening()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end: at once, or, where there is a time to drain, as soon as that is over."""
        log.info("told to end", extra={"signal": sig})
        if self.ics.is_draining or not self._how.drain:
            self.ics.is_draining = True
            super().handle_exit(sig, frame)
            return
        self.ics.is_draining = True
        self._drained_at = time.monotonic() + self._how.drain

    async def on_tick(self, counter: int) -> bool:
        """Say, ten times a second, whether it is time to end."""
        if self._drained_at is not None and time.monotonic() >= self._drained_at:
            self.should_exit = True
        return await super().on_tick(counter)


def _server(settings: Settings, listening: Callable[[], None], how: Listening | None = None) -> _Server:
    how = how or Listening()
    app = make_app(settings)
    ics: Ics = app.state[STATE]
    config = uvicorn.Config(
        Observed(encoded(app), ics.metrics),
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=how.finish,
        h11_max_incomplete_event_size=128 * 1024,
        ssl_certfile=how.tls_certificate,
        ssl_keyfile=how.tls_key,
        proxy_headers=bool(how.forwarded_from),
        forwarded_allow_ips=list(how.forwarded_from),
    )
    return _Server(config, ics, how, listening)


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a port of this machine; port 0 takes a free one.

    Raises:
        OSError: the port is taken, or the host is not one of this machine's.
    """
    # The protocol is named because asyncio turns Nagle's algorithm off only where it is: without it each
    # reply waited 40 ms for the client's delayed acknowledgement (Linux, Python 3.11).
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(128)
        found.set_inheritable(False)
    except OSError:
        found.close()
        raise
    return found


def serve(
    settings: Settings, listener: socket.socket, listening: Callable[[], None], how: Listening | None = None
) -> None:
    """Serve until SIGTERM or Ctrl+C. Requests under way are finished first.

    Raises:
        OSError: the operator's port is taken, or a certificate or its key cannot be read.
    """
    how = how or Listening()
    server = _server(settings, listening, how)
    operations = None
    try:
        if how.operations is not None:
            operations = Operations(server.ics, *how.operations)
        server.run(sockets=[listener])
    finally:
        if operations is not None:
            operations.close()
        server.ics.database.close()  # also where it never came to run


class Service:
    """The service in a thread of this process, for tests and benchmarks.

    It can be stopped and started again: on the same port and the same data, with nobody signed in.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.port = 0
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._listener: socket.socket | None = None

    @property
    def ics(self) -> Ics:
        """What the calls of the running service share."""
        if self._server is None:
            raise RuntimeError("the service does not run")
        return self._server.ics

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> str:
        """Start it, wait until it listens, and return its address."""
        self._listener = bound("127.0.0.1", self.port)
        self.port = self._listener.getsockname()[1]
        listens = threading.Event()
        self._server = _server(self.settings, listens.set)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, name="reference-ics", daemon=True
        )
        self._thread.start()
        if not listens.wait(timeout=30):
            raise RuntimeError("the service did not start")
        return self.base_url

    def stop(self) -> None:
        """Finish what is under way and stop. Does nothing if it does not run."""
        server, thread = self._server, self._thread
        self._server = self._thread = None
        if server is not None and thread is not None:
            server.should_exit = True
            thread.join(timeout=15)
            if self._listener is not None:
                self._listener.close()
            if thread.is_alive():
                raise RuntimeError("the service did not stop")

    def restart(self) -> str:
        """Stop it and start it again."""
        self.stop()
        return self.start()
