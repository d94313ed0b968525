"""A locked laptop still hears that it was stopped, or is to be emptied.

What is asked needs the laptop's own key, not the store's: that key, what the organisation's orders are proved
with, and what was unsent, sealed for the organisation as the store was closed, stay in memory. Nothing that
anybody wrote does, and nothing is sent or fetched. A Workbook that was started and never unlocked has none of
them: it hears nothing until it is.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_desktop.app.standing import STOPPED
from workbook_desktop.domain.errors import DeviceRefused, ReplyRefused, WorkbookError
from workbook_desktop.store import files

if TYPE_CHECKING:
    from sync.sign_in.device import Device, Order
    from workbook_desktop.app.emptying import Ready
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.store.emptying import Job

FIRST, EVERY = 5.0, 300.0  # seconds after the lock, and from then on
MARKER = "store.stopped"  # in the store's folder: heard while it was locked, and not in the store yet
WIPE = "wipe"

log = logging.getLogger("workbook.account")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What outlives the lock."""

    url: str
    device: Device
    store_id: str
    organisation_key: bytes | None
    status: str  # as the store has it: only what is otherwise is told
    ready: Ready


class Listener:
    """Asks the office from time to time how this laptop stands, in a thread of its own."""

    def __init__(
        self,
        known: Known,
        folder: Path,
        clock: Clock,
        *,
        submit: Callable[[Callable[[], bool]], Future[bool]],
        is_open: Callable[[], bool],
        destroy: Callable[[Job], None],
        emptied: Callable[[], None],
        stopped: Callable[[WorkbookError], None],
    ) -> None:
        """Watch over a store's folder.

        Args:
            submit: has something done in the store's thread; `is_open` and `destroy` are called there.
            is_open: whether the store was opened meanwhile: then whoever opened it hears the order.
            destroy: destroys the store, if its job says that it is time.
            emptied: told that a job was begun, and is to be gone on with.
            stopped: told, from the thread that asks, that the laptop was stopped; once for each change.
        """
        self._known, self._folder, self._clock = known, folder, clock
        self._submit, self._is_open, self._destroy = submit, is_open, destroy
        self._emptied, self._stopped = emptied, stopped
        self._told = known.status
        self._ends = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to ask."""
        self._thread = threading.Thread(target=self._listen, name="listening", daemon=True)
        self._thread.start()

    def end(self, *, wait: bool = False) -> None:
        """Ask no more."""
        self._ends.set()
        if wait and self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5)

    def ask(self) -> str:
        """Ask once, do as it is said, and return how the laptop stands: "" if the office does not say.

        Raises:
            WorkbookError: the office does not answer.
        """
        from sync.protocol import WELL_KNOWN, Capabilities
        from sync.sign_in.device import OrderRefused, order_for
        from sync.wire import Wire

        known = self._known
        wire = Wire(known.url, self._clock)
        try:
            caps = wire.call("GET", WELL_KNOWN, Capabilities)
            if "devices" not in caps.features:
                return ""
            known.device.note_time(caps.server_time)
            wire.signer = known.device.headers
            try:
                reply = known.device.status(wire)
            except ReplyRefused:
                return ""  # a restored office may not know this laptop
        finally:
            wire.close()
        if self._ends.is_set():
            return ""
        if reply.status == WIPE:
            try:
                order = order_for(
                    reply.order,
                    organisation_key=known.organisation_key,
                    device=known.device.key.id,
                    store=known.store_id,
                    now=self._clock.now(),
                )
            except OrderRefused as error:
                log.warning("an order to empty this laptop was not obeyed: %s", error.reason)
                return ""
            if self._obey(order):
                return WIPE
        if reply.status != self._told:
            self._told = reply.status
            mark(self._folder, reply.status)
            if reply.status != "active":
                self._stopped(DeviceRefused(reason=reply.status))
        return reply.status

    def _obey(self, order: Order) -> bool:
        try:
            if not self._submit(lambda: self._empty(order)).result():
                return False
        except RuntimeError:
            return False  # the store's thread has ended
        self._ends.set()
        self._emptied()
        self._stopped(DeviceRefused(reason=WIPE))
        return True

    def _empty(self, order: Order) -> bool:
        """In the store's thread: empty the locked store; False if unsent work would be lost by it."""
        from workbook_desktop.app.emptying import begin

        ready = self._known.ready
        is_safe = not ready.unsent or (bool(ready.envelope) and ready.seal_key == order.seal_key)
        if self._is_open() or not is_safe:
            return False
        at = self._clock.now()
        device = self._known.device
        job = begin(ready, self._folder, device, reason="order", order=order.id, now=order.now, at=at)
        self._destroy(job)
        return True

    def _listen(self) -> None:
        wait = FIRST
        while not self._ends.wait(wait):
            wait = EVERY
            try:
                self.ask()
            except (WorkbookError, OSError):
                continue  # no network, no office: asked again


def mark(folder: Path, status: str) -> None:
    """Keep what was heard until the store is opened: a stop holds with or without a network from then on."""
    if status in STOPPED or status == WIPE:
        files.replace(folder / MARKER, status.encode())
    else:
        (folder / MARKER).unlink(missing_ok=True)


def marked(folder: Path) -> str:
    """Return what was heard while the store was locked, as the store keeps it: "" if nothing was."""
    try:
        status = (folder / MARKER).read_bytes().decode("ascii", "replace").strip()
    except OSError:
        return ""
    if status == WIPE:
        return STOPPED[0]  # shut until the office is asked again, which then gives the order
    return status if status in STOPPED else ""
