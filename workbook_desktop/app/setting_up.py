"""Sets a laptop up for whoever signs in on it: first the work account and the laptop's key, then the store.

Nothing is on the disk before the passphrase was chosen. Beside the store then lies ``office.json``: the
address of the ICS and the worker's name, for the unlock window. What opens anything is inside the encrypted
store.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_desktop.domain.errors import (
    NotTheIcs,
    SignInCancelled,
    SignInNeeded,
    StoreEmptied,
    StoreUnwritable,
)

if TYPE_CHECKING:
    from sync.sign_in.oidc import OidcSignIn
    from workbook_desktop.app.client import Client
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.domain.ids import NewId
    from workbook_desktop.domain.people import Worker
    from workbook_desktop.settings import Policy
    from workbook_desktop.store.keys import Cost

OFFICE = "office.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Whom the office knows this laptop for, and what the store is to begin with."""

    worker: Worker
    url: str
    store_id: str
    values: dict[str, str]


class SettingUp:
    """Fits `ui.account.SetUp` over a client that has no store yet."""

    def __init__(
        self,
        client: Client,
        home: Path,
        *,
        clock: Clock,
        new_id: NewId,
        policy: Callable[[], Policy],
        open_browser: Callable[[str], bool] | None = None,
        cost: Cost | None = None,
        made: Callable[[Worker], None] = lambda worker: None,
    ) -> None:
        """`home`: the folder of this person's data; `made`: told when the store is there, in its thread."""
        self._client, self._home, self._clock, self._new_id = client, home, clock, new_id
        self._policy, self._open_browser, self._cost, self._made = policy, open_browser, cost, made
        self.on_address: Callable[[str, bool], bool] = lambda address, was_shown: was_shown
        self._lock = threading.Lock()
        self._sign_in: OidcSignIn | None = None
        self._given_up = False  # cancelled before there was anything to wait for
        self._known: _Known | None = None

    @property
    def office(self) -> str:
        """The address that the organisation set."""
        return self._policy().office

    def sign_in(self, office: str, *, fresh: bool = False) -> Worker:
        """Sign in with a work account and make this laptop known; return whose it will be. Blocks.

        Raises:
            IcsUnreachable, NotTheIcs, NoWorkAccount, SignInNeeded (the office does not know this account),
            and what signing in raises.
        """
        from sync.protocol import CONTRACT, WELL_KNOWN, Capabilities, worker_of
        from sync.sign_in.device import Device, DeviceKey
        from sync.sign_in.oidc import OidcSignIn
        from sync.wire import Wire
        from workbook_desktop import __version__
        from workbook_desktop.app import account as keeping

        with self._lock:
            self._known, self._given_up = None, False
        try:
            wire = Wire(office, self._clock)
        except ValueError as error:
            raise NotTheIcs(reason="address") from error
        keeper = keeping.FirstKeeper()
        try:
            caps = wire.call("GET", WELL_KNOWN, Capabilities)
            at = keeping.account_at(self._policy(), caps)
            signing_in = OidcSignIn(at, self._clock, keeper, open_browser=self._show_address)
            with self._lock:
                self._sign_in, given_up = signing_in, self._given_up
            try:
                if given_up:
                    raise SignInCancelled(reason="cancelled")
                signing_in.sign_in(fresh=fresh)
                private, store_id = DeviceKey.new(), self._new_id()
                told = Device(DeviceKey(private), self._clock).register(
                    wire,
                    signing_in(),
                    store_id=store_id,
                    platform=sys.platform,
                    version=__version__,
                    contract=CONTRACT,
                )
            finally:
                with self._lock:
                    self._sign_in = None
                signing_in.close()
        finally:
            wire.close()
        values = {
            **keeper.values(),
            **keeping.account_values(at),
            keeping.DEVICE_KEY: base64.b64encode(private).decode("ascii"),
            keeping.DEVICE_KNOWN: told.id,
            keeping.DEVICE_STATUS: told.status,
            keeping.ORGANISATION_KEY: told.organisation_key or "",
            keeping.SEAL_KEY: told.seal_key or "",
        }
        worker = worker_of(told.worker)
        self._known = _Known(worker=worker, url=office, store_id=store_id, values=values)
        return worker

    def cancel(self) -> None:
        """Give up waiting for the browser. From any thread."""
        with self._lock:
            self._given_up, signing_in = True, self._sign_in
        if signing_in is not None:
            signing_in.cancel()

    def make(self, passphrase: str) -> None:
        """Make the store of whoever signed in, and lock it. In the store's thread.

        Raises:
            SignInNeeded: nobody signed in. StoreEmptied: the one before is still being removed.
            WeakPassphrase, KeyUnavailable, StoreUnwritable, DiskFull: no store was made.
        """
        from workbook_desktop.store import keys
        from workbook_desktop.store.emptying import Emptying

        known = self._known
        if known is None:
            raise SignInNeeded
        keys.check_passphrase(passphrase)
        job = Emptying(self._client.folder).job()
        if job is not None and not job.destroyed:  # what is to be destroyed here must not be the new one
            raise StoreEmptied(reason=job.reason, waiting=job.unsent, arrived=int(job.handed_in))
        with office_noted(self._home, known.url, known.worker.name):
            self._client.create(passphrase, known.worker, self._cost, known.values, known.store_id)
        self._known = None
        self._made(known.worker)

    def _show_address(self, address: str) -> bool:
        from workbook_desktop.app.machine import open_browser

        return self.on_address(address, (self._open_browser or open_browser)(address))


@contextmanager
def office_noted(home: Path, url: str, worker: str) -> Iterator[None]:
    """Note beside the store where the office is and whose laptop this is; taken back if the block fails.

    Before the store is made: one without the note would never find its office.

    Raises:
        StoreUnwritable
    """
    file = home / OFFICE
    before = file.read_bytes() if file.exists() else None
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(json.dumps({"url": url, "worker": worker}, indent=1), encoding="utf-8")
    except OSError as error:
        raise StoreUnwritable(reason="folder") from error
    try:
        yield
    except BaseException:
        if before is None:
            file.unlink(missing_ok=True)
        else:
            file.write_bytes(before)
        raise
