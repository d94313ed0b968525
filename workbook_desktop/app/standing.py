"""How a laptop stands: whether its store may be opened, and what is done when the organisation ends that.

One for each open store. What looks at the store runs in its thread; what the office says comes in the thread
of a run and is handed over.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from workbook_desktop.app import account
from workbook_desktop.domain.errors import DeviceRefused, LeaseEnded, StoreLocked, WorkbookError
from workbook_desktop.store.lease import Lease, Terms

if TYPE_CHECKING:
    from sync.protocol import WipeOrderMessage
    from sync.sign_in.device import Device, Order
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.domain.people import Worker
    from workbook_desktop.settings import Policy
    from workbook_desktop.store.store import Store

T = TypeVar("T")
log = logging.getLogger("workbook.account")

STOPPED = ("suspended", "retired")


class Standing:
    """Fits `account.Watch` over an open store."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        settings: account.Settings,
        *,
        clock: Clock,
        policy: Policy,
        submit: Callable[[Callable[[], Any]], Any],
        empty: Callable[[Order], None],
        stopped: Callable[[WorkbookError], None],
    ) -> None:
        """To be made in the store's thread.

        Args:
            empty: does what a good order says; called in the thread of the run.
            stopped: told when the Workbook may not stay open; from any thread.
        """
        self._store, self._worker, self._settings, self._clock = store, worker, settings, clock
        self._policy, self._submit, self._empty, self._stopped = policy, submit, empty, stopped
        self.lease = Lease(
            store.settings,
            clock,
            Terms(days=policy.lease_days, empty_after_days=policy.empty_after_days),
        )
        self.device: Device = self._own_device()

    def _own_device(self) -> Device:
        from sync.sign_in.device import Device, DeviceKey

        raw = self._store.settings.get(account.DEVICE_KEY)
        if not raw:
            raw = base64.b64encode(DeviceKey.new()).decode("ascii")
            self._store.settings.put(account.DEVICE_KEY, raw)
        return Device(DeviceKey(base64.b64decode(raw)), self._clock)

    # In the store's thread ----------------------------------------------------------------------------------

    def why_shut(self) -> WorkbookError | None:
        """Return why the Workbook may not be open; None if it may."""
        status = self.status()
        if status in STOPPED:
            return DeviceRefused(reason=status)
        if self.lease.standing() != "runs":
            return LeaseEnded(days=self.lease.terms.days)
        return None

    def status(self) -> str:
        """Return how the office last said this laptop stands; "" if it never did."""
        return self._store.settings.get(account.DEVICE_STATUS)

    def is_over(self) -> bool:
        """Say whether the laptop was away for so long that it is to be emptied, and there is a key to seal
        with."""
        return self.lease.standing() == "over" and self.seal_key() is not None

    def is_known_here(self) -> bool:
        """Say whether this laptop was made known to the office."""
        return bool(self._store.settings.get(account.DEVICE_KNOWN))

    def look(self) -> None:
        """See whether the Workbook may stay open, and tell if not."""
        why = self.why_shut()
        if why is not None:
            self._stopped(why)

    def seal_key(self) -> bytes | None:
        """Return the key that unsent work is sealed to."""
        return self._key(self._policy.seal_key, account.SEAL_KEY)

    def organisation_key(self) -> bytes | None:
        """Return the key whose orders count."""
        return self._key(self._policy.organisation_key, account.ORGANISATION_KEY)

    def _key(self, managed: str, name: str) -> bytes | None:
        text = managed or self._store.settings.get(name)
        return base64.b64decode(text) if text else None

    def _note(self, what: str, **facts: str | int) -> None:
        self._store.audit.note(what, by=self._worker.id, at=self._clock.now(), facts=facts)

    # In the thread of a run ---------------------------------------------------------------------------------

    def contacted(self, server_time: datetime) -> None:
        """The office took this worker's sign-in: the lease begins anew."""
        self._do(lambda: self.lease.renew(server_time))

    def stands(self, status: str) -> None:
        """Keep how this laptop stands: a stop holds until the office takes it back, with or without a
        network."""

        def keep() -> str:
            before = self._store.settings.get(account.DEVICE_STATUS)
            if before != status:
                self._store.settings.put(account.DEVICE_STATUS, status)
                self._note("device-status", status=status[:20])
            return before

        self._do(keep)
        if status in STOPPED:
            self._stopped(DeviceRefused(reason=status))

    def known(self, organisation_key: str | None, seal_key: str | None) -> None:
        """Keep that this laptop is known, and pin the keys where none is: those that are stay for good."""
        from sync.protocol.devices import key_in

        def keep() -> None:
            self._store.settings.put(account.DEVICE_KNOWN, self.device.key.id)
            for name, said in ((account.ORGANISATION_KEY, organisation_key), (account.SEAL_KEY, seal_key)):
                if said and key_in(said) is not None and not self._store.settings.get(name):
                    self._store.settings.put(name, said)
            self._note("device-known", device=self.device.key.id)

        self._do(keep)

    def is_known(self) -> bool:
        """Say whether this laptop was made known."""
        return bool(self._settings.get(account.DEVICE_KNOWN))

    def ordered(self, message: WipeOrderMessage | None, server_time: datetime) -> None:
        """Obey an order to empty this laptop, if it is the organisation's own; else note it and go on.

        Raises:
            DeviceRefused: the order was good, and what it says is being done.
        """
        from sync.sign_in.device import OrderRefused, order_for

        try:
            order = order_for(
                message,
                organisation_key=self._do(self.organisation_key),
                device=self.device.key.id,
                store=self._store.store_id,
                now=max(server_time, self._do(lambda: datetime.fromtimestamp(self.lease.now(), UTC))),
            )
        except OrderRefused as error:
            log.warning("an order to empty this laptop was not obeyed: %s", error.reason)
            reason = error.reason
            self._do(lambda: self._note("order-refused", reason=reason))
            return
        self._empty(order)
        raise DeviceRefused(reason="wipe")

    def _do(self, job: Callable[[], T]) -> T:
        try:
            found: T = self._submit(job).result()
        except RuntimeError as error:
            raise StoreLocked(by="this-app") from error
        return found
