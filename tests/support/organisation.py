"""An organisation with its own identity provider, an ICS behind it, and laptops that are set up for its
workers."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync.protocol import WipeOrderMessage, encode
from sync.protocol import devices as said
from sync.reference_ics import devices, seed
from sync.reference_ics.database import Database
from sync.reference_ics.practice import practice_caseload
from sync.reference_ics.serving import Service
from sync.reference_ics.settings import AUTHORITY, IdentityProvider, Settings
from sync.runner import Stopped
from tests.support.keyring import MemoryKeyring
from tests.support.provider import AUDIENCE, Person, RunningProvider
from workbook_desktop.app.client import Client
from workbook_desktop.app.machine import SystemClock, system_ids
from workbook_desktop.app.office_line import Office
from workbook_desktop.commands.enrol import beside_the_store, enrol_with_account
from workbook_desktop.commands.practice import PASSPHRASE
from workbook_desktop.domain.changes import RunReport
from workbook_desktop.domain.errors import StoreLocked, WorkbookError
from workbook_desktop.domain.ids import FamilyId, FieldPath, RecordId
from workbook_desktop.domain.records import Answer
from workbook_desktop.settings import Policy
from workbook_desktop.store.keys import FLOOR
from workbook_desktop.workspace.worker_desk import WorkerDesk

T = TypeVar("T")
TOLLAND = FamilyId("f-tolland")
CHILDREN = FieldPath("network.children")


class MovedClock(SystemClock):
    """The machine's clock with hands: `later` passes time, `set_by` sets it wrong without time passing."""

    def __init__(self) -> None:
        super().__init__()
        self.later, self.set_by = timedelta(), timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later + self.set_by

    def monotonic(self) -> float:
        return super().monotonic() + self.later.total_seconds()


class Organisation:
    """The service with its keys; its officers' private keys, which the service has not."""

    def __init__(self, folder: Path, provider: RunningProvider, **settings: Any) -> None:
        self.officers, self.sealing = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        self.clock = MovedClock()
        self.folder, self.provider = folder, provider
        folder.mkdir(parents=True, exist_ok=True)
        self.settings = Settings(
            database=f"sqlite:///{folder / 'ics.db'}",
            clock=self.clock,
            new_id=lambda: str(uuid.uuid4()),
            identity=IdentityProvider(
                issuer=provider.issuer,
                audience=AUDIENCE,
                client_id="workbook",
                worker_claim="worker_id",
                scope="openid offline_access workbook",
                resource=AUDIENCE,
            ),
            **{
                "require_devices": True,
                "organisation_key": self.officers.public_key().public_bytes_raw(),
                "seal_key": self.sealing.public_key().public_bytes_raw(),
                **settings,
            },
        )
        with_caseload = Database(self.settings.database, authority=AUTHORITY, new_id=self.settings.new_id)
        seed.put(with_caseload, practice_caseload(self.clock.today()), received_at=self.clock.now())
        with_caseload.close()
        self.service = Service(self.settings)
        self.url = self.service.start()

    @property
    def database(self) -> Database:
        return self.service.ics.database

    def devices(self) -> list[devices.Device]:
        with self.database.reading() as connection:
            return devices.devices_in(connection)

    def sets(self, device: str, status: str, order: WipeOrderMessage | None = None) -> None:
        devices.set_status(self.database, self.clock, device, status, order=order)

    def order(self, device: devices.Device, mode: str = said.NOW, **other: str) -> WipeOrderMessage:
        """An order that the officers signed."""
        order = said.WipeOrder(
            **{
                "v": 1,
                "kind": "wipe",
                "id": str(uuid.uuid4()),
                "device": device.id,
                "store": device.store,
                "mode": mode,
                "issued_at": self.clock.now().isoformat(),
                "not_after": (self.clock.now() + timedelta(days=90)).isoformat(),
                "seal_key": said.base64_of(self.sealing.public_key().public_bytes_raw()),
                **other,
            }
        )
        text = encode(order).decode()
        return WipeOrderMessage(
            order=text, signature=said.base64_of(self.officers.sign(said.order_bytes(text)))
        )

    def sealed(self, device: str) -> list[bytes]:
        with self.database.reading() as connection:
            return [envelope for _, envelope in devices.sealed_of(connection, device)]

    def close(self) -> None:
        self.service.stop()


class WorkLaptop:
    """A laptop of the organisation, set up by a sign-in, without a window."""

    def __init__(
        self,
        folder: Path,
        organisation: Organisation,
        person: Person,
        *,
        policy: Policy | None = None,
        clock: MovedClock | None = None,
    ) -> None:
        self.folder, self.organisation, self.person = folder, organisation, person
        self.clock, self.keyring = clock or MovedClock(), MemoryKeyring()
        self.policy = policy or Policy()
        self.stopped: list[WorkbookError] = []
        if not (folder / "store").exists():
            self.worker = enrol_with_account(
                organisation.url,
                PASSPHRASE,
                folder,
                open_browser=person,
                keyrings=lambda: self.keyring,
                cost=FLOOR,
                clock=self.clock,
            )
        self.client = self.started()

    def started(self) -> Client:
        """The application as after a start: another client on the same folder."""
        client = Client(
            self.folder / "store",
            Office(url=lambda: self.organisation.url, secret=lambda store: "", policy=lambda: self.policy),
            clock=self.clock,
            new_id=system_ids(self.clock),
            keyrings=lambda: self.keyring,
            automatic=False,
            open_browser=self.person,
            leaves=beside_the_store(self.folder),
        )
        client.on_stopped = self._on_stopped
        return client

    def _on_stopped(self, error: WorkbookError) -> None:
        """As the windows do for an order: keep what was typed, and lock. Other stops are only noted."""
        self.stopped.append(error)
        if error.facts.get("reason") == "wipe":
            self.client.thread.submit(self.client.lock)

    def start_again(self) -> None:
        self.client.close()
        self.client = self.started()

    def do(self, job: Callable[[], T]) -> T:
        return self.client.thread.submit(job).result(timeout=60)

    def unlock(self) -> WorkerDesk:
        return self.do(lambda: self.client.unlock(PASSPHRASE))

    def lock(self) -> None:
        self.do(self.client.lock)

    @property
    def desk(self) -> WorkerDesk:
        assert self.client.desk is not None
        return self.client.desk

    def exchange(self) -> RunReport:
        assert self.client.runner is not None
        return self.client.runner.run_once()

    def obeys(self) -> None:
        """Exchange once, and be told to be emptied: the run ends with the store."""
        with pytest.raises((Stopped, StoreLocked)):
            self.exchange()
        self.do(lambda: None)

    def plan(self) -> RecordId:
        file = self.do(lambda: self.desk.family(TOLLAND))
        assert file.plan is not None
        return file.plan.record

    def writes(self, text: str, *, send: bool = True) -> RecordId:
        """Write what the children say into the plan."""
        plan = self.plan()

        def job() -> None:
            before = self.desk.open(plan).body
            at = self.clock.now().isoformat()
            body = before.with_answer(CHILDREN, Answer(value=text, by=self.desk.worker.id, at=at))
            self.desk.keep(plan, body, before)
            if send:
                self.desk.send(plan)

        self.do(job)
        return plan

    def waiting(self) -> int:
        return self.do(lambda: self.desk.counts().waiting)

    def settings(self, name: str) -> str:
        def ask() -> str:
            store = self.client._store
            assert store is not None
            return store.settings.get(name)

        return self.do(ask)

    def audited(self) -> list[str]:
        def ask() -> list[str]:
            store = self.client._store
            assert store is not None
            return [line.what for line in store.audit.lines()]

        return self.do(ask)

    def close(self) -> None:
        self.client.close()


def key_text(key: Ed25519PrivateKey | X25519PrivateKey) -> str:
    """The public half as a policy has it."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()
