"""One worker's store joined to its exchange with the ICS: a complete client but for the windows.

Imports are lazy on purpose: the unlock window needs little, everything else is loaded when it is used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_desktop.domain.errors import StoreLocked, StoreMissing
from workbook_desktop.domain.ids import NewId, RecordId

if TYPE_CHECKING:
    from sync.ports import Ics
    from sync.runner import Runner, Status
    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.domain.people import Worker
    from workbook_desktop.domain.records import Gist, Head
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.forms.trust import Trust
    from workbook_desktop.store.connection import StoreThread
    from workbook_desktop.store.device_secret import Keyrings
    from workbook_desktop.store.keys import Cost
    from workbook_desktop.store.records import Held
    from workbook_desktop.store.store import Reading, Store
    from workbook_desktop.workspace.worker_desk import WorkerDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Where a client's ICS is, and how this worker signs in there."""

    url: Callable[[], str]
    secret: Callable[[Store], str]  # asked at unlocking, in the store's thread


class Client:
    """One worker's store and its exchange with the ICS: everything but the windows.

    `unlock`, `lock` and the desk's verbs are to be called in the store's thread (`client.thread.submit`).
    """

    def __init__(
        self,
        folder: Path,
        office: Office | None,
        *,
        clock: Clock,
        new_id: NewId,
        keyrings: Callable[[], Keyrings] | None = None,
        on_status: Callable[[Status], None] = lambda status: None,
        automatic: bool = True,
        form_keys: Callable[[], Mapping[str, bytes]] | None = None,
    ) -> None:
        """Join a store and an office.

        Args:
            automatic: starts a thread that sends and receives by itself; without it `exchange_once` does.
            form_keys: public keys, by name, of those whose forms are used; None: those that the device's
                administrator set.
        """
        from workbook_desktop.store.connection import StoreThread

        self.folder, self.office = folder, office
        self.thread: StoreThread = StoreThread()
        self._clock, self._new_id, self._keyrings = clock, new_id, keyrings
        self._on_status, self._automatic = on_status, automatic
        self._form_keys = form_keys
        self._trust: Trust | None = None
        self._store: Store | None = None
        self.runner: Runner | None = None
        self.desk: WorkerDesk | None = None

    def exists(self) -> bool:
        """Say whether there is a store here, whole or not."""
        return (self.folder / "store.hdr").exists() or (self.folder / "store.db").exists()

    def create(
        self,
        passphrase: str,
        worker: Worker,
        cost: Cost | None = None,
        values: Mapping[str, str] | None = None,
    ) -> None:
        """Make this worker's store with these values in it, and lock it again."""
        from workbook_desktop.store.store import Store

        store = Store.create(
            self.folder,
            passphrase,
            clock=self._clock,
            new_id=self._new_id,
            keyrings=self._keyrings() if self._keyrings else None,
            reading=self._reading(),
            cost=cost,
        )
        store.settings.put("worker", json.dumps(asdict(worker)))
        for name, value in (values or {}).items():
            store.settings.put(name, value)
        store.lock()

    def unlock(self, passphrase: str) -> WorkerDesk:
        """Open the store, and begin to send and receive."""
        from workbook_desktop.domain.people import Worker
        from workbook_desktop.store.store import Store
        from workbook_desktop.workspace.worker_desk import WorkerDesk

        store = Store.unlock(
            self.folder,
            passphrase,
            clock=self._clock,
            keyrings=self._keyrings() if self._keyrings else None,
            reading=self._reading(),
        )
        raw = store.settings.get("worker")
        if not raw:
            store.lock()
            raise StoreMissing()
        store.forms.look_again()
        self._store = store
        worker = Worker(**json.loads(raw))
        if self.office is not None:
            self.runner = self._make_runner(self.office, store, worker)
            if self._automatic:
                self.runner.start()
        self.desk = WorkerDesk(store, worker, self._clock, self._new_id)
        return self.desk

    def held(self, record: RecordId) -> Held:
        """Return all this client holds of a record, to look at. Raises StoreLocked, RecordUnknown."""
        if self._store is None:
            raise StoreLocked(by="this-app")
        return self._store.records.held(record)

    def lock(self) -> None:
        """Stop sending and receiving, then close the store. What is unsent stays, encrypted."""
        runner, self.runner, self.desk = self.runner, None, None
        if runner is not None:
            runner.stop(wait=False)
        store, self._store = self._store, None
        if store is not None:
            store.lock()

    def close(self) -> None:
        """Lock, and end the threads."""
        runner = self.runner
        self.thread.submit(self.lock).result()
        if runner is not None:
            runner.stop(wait=True)
        self.thread.shutdown(wait=True)

    def _make_runner(self, office: Office, store: Store, worker: Worker) -> Runner:
        from sync.runner import Runner
        from workbook_desktop.app.machine import chance

        secret = office.secret(store)

        def make_ics() -> Ics:
            from sync.sign_in import PracticeSignIn
            from sync.transport import HttpIcs, Wire

            url = office.url()
            wire = Wire(url, self._clock)
            sign_in = PracticeSignIn(url, worker.id, secret, self._clock, wire=wire)
            return HttpIcs(url, sign_in, self._clock, refused=sign_in.forget, wire=wire)

        return Runner(
            store_executor=self.thread,
            port=store.sync_port(),
            make_ics=make_ics,
            clock=self._clock,
            new_id=self._new_id,
            random=chance,
            report=self._on_status,
        )

    def _reading(self) -> Reading:
        """Say how pulled forms and records are read."""
        from workbook_desktop.forms.loader import load
        from workbook_desktop.store.store import Reading

        return Reading(gist_of=gist_of, load_form=load, vouched=self._vouched)

    def _vouched(self, body: bytes) -> bytes:
        if self._trust is None:
            from workbook_desktop.forms.library import core_forms
            from workbook_desktop.forms.trust import Trust, managed_keys

            self._trust = Trust(self._form_keys or managed_keys, core_forms())
        return self._trust.vouched(body)


def gist_of(head: Head, form: Form | None) -> Gist:
    """Return what lists and search need of a record that was pulled."""
    from workbook_desktop.domain.records import Gist
    from workbook_desktop.forms.summary import gist_of_content

    if form is not None:
        return gist_of_content(form, head.content)
    named = head.content.get("answers", {}).get("name", {}).get("v")
    return Gist(title=str(named or head.type.capitalize()), occurred_on=None, search_text="")
