"""Running the service on a port, until told to stop: in this thread for the command, in another for tests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import uvicorn

from sync.reference_ics.app import make_app
from sync.reference_ics.encoding import encoded
from sync.reference_ics.settings import Settings


class _Server(uvicorn.Server):
    """A uvicorn server that says when it listens, and not before."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._listening()


def _server(settings: Settings, listening: Callable[[], None]) -> _Server:
    return _Server(
        uvicorn.Config(
            encoded(make_app(settings)),
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=5,
            h11_max_incomplete_event_size=128 * 1024,
        ),
        listening,
    )


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


def serve(settings: Settings, listener: socket.socket, listening: Callable[[], None]) -> None:
    """Serve until SIGTERM or Ctrl+C. Requests under way are finished first."""
    _server(settings, listening).run(sockets=[listener])


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
