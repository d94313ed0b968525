"""Around every call: its trace, how long it took, what it was answered. And who called when."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from typing import Any

from litestar.types import ASGIApp, Message
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from sync.reference_ics import logs
from sync.reference_ics.database import Database
from sync.reference_ics.metrics import Metrics
from sync.reference_ics.tables import seen
from workbook_desktop.domain.clock import Clock

log = logging.getLogger(logs.OURS)

_NO_ROUTE = "none"  # of the contract: the address is the caller's own words, and not repeated
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
_NOTED_EVERY = timedelta(minutes=5)


class Observed:
    """An application, with each call of it logged and counted."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a call on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        token = logs.enter(logs.trace_of(_header(scope, b"traceparent")))
        began = time.perf_counter()
        status, sent = 500, 0

        async def sending(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                sent += len(message["body"])
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            took = time.perf_counter() - began
            route = str(scope.get("path_template") or _NO_ROUTE)
            asked = str(scope["method"])
            method = asked if asked in _METHODS else "other"
            self._metrics.called(route, method, status, took)
            said = {"route": route, "method": method, "status": status, "sent": sent}
            log.info("call", extra={**said, "ms": round(took * 1000, 1)})
            logs.leave(token)


def _header(scope: Any, name: bytes) -> str | None:
    found = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("latin-1") if len(found) == 1 else None


class Seen:
    """When each device last called, to within five minutes. It must never make a call slower or fail it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._noted: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def called(self, worker: str, device: str = "") -> None:
        """Note a call, where the last note is five minutes old or older."""
        key, now = (worker, device), self._clock.monotonic()
        with self._lock:
            last = self._noted.get(key)
            if last is not None and now - last < _NOTED_EVERY.total_seconds():
                return
            self._noted[key] = now
        try:
            self._note(worker, device)
        except SQLAlchemyError as error:
            log.warning("not noted", extra={"worker": worker, "reason": type(error).__name__})

    def _note(self, worker: str, device: str) -> None:
        at = self._clock.now().isoformat()
        here = (seen.c.worker == worker) & (seen.c.device == device)
        with self._database.noting() as connection:
            if connection.execute(update(seen).where(here).values(last_at=at)).rowcount:
                return
            try:
                with connection.begin_nested():
                    connection.execute(
                        seen.insert(), {"worker": worker, "device": device, "last_at": at, "first_at": at}
                    )
            except IntegrityError:
                return  # another process was quicker, by less than a moment
