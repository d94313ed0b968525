"""A worker's sign-in, kept in their store, and the line to the office that watches how this laptop stands.

Nothing here runs in the store's thread: a sign-in waits for a person, a call for the network. What has to be
kept is handed to that thread and waited for.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sync.ports import Absent
from sync.protocol import CONTRACT, Capabilities, ScopesReply, WipeOrderMessage
from sync.sign_in.device import Device
from sync.sign_in.oidc import KeptSession
from sync.sign_in.provider import WorkAccount
from sync.transport import HttpIcs, TokenSource
from sync.wire import Wire
from workbook_desktop import __version__
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import DeviceRefused, NoWorkAccount, ReplyRefused, StoreLocked
from workbook_desktop.settings import Policy

T = TypeVar("T")
log = logging.getLogger("workbook.account")

SESSION, SUBJECT, ACCOUNT = "account-session", "account-subject", "account"
DEVICE_KEY, DEVICE_STATUS, DEVICE_KNOWN = "device-key", "device-status", "device-registered"
ORGANISATION_KEY, SEAL_KEY = "organisation-key", "seal-key"


class Settings(Protocol):
    """Small values of a store, reached from any thread."""

    def get(self, name: str) -> str:
        """Return a value, "" if there is none. Raises StoreLocked."""

    def put(self, values: dict[str, str]) -> None:
        """Keep values, all or none; they are on the disk when this returns. Raises StoreLocked."""


class StoreSettings:
    """Fits `Settings` over an open store, by way of its thread."""

    def __init__(self, submit: Callable[[Callable[[], Any]], Any], store: Callable[[], Any]) -> None:
        """`store`: the open store, asked in its thread; None if it is locked."""
        self._submit, self._store = submit, store

    def get(self, name: str) -> str:
        """Return a value."""
        return str(self._do(lambda store: store.settings.get(name)))

    def put(self, values: dict[str, str]) -> None:
        """Keep values."""

        def keep(store: Any) -> None:
            def all_of_them() -> None:
                for name, value in values.items():
                    store.settings.put(name, value)

            store.together(all_of_them)

        self._do(keep)

    def _do(self, job: Callable[[Any], T]) -> T:
        def run() -> T:
            store = self._store()
            if store is None:
                raise StoreLocked(by="this-app")
            return job(store)

        try:
            found: T = self._submit(run).result()
        except (RuntimeError, CancelledError) as error:
            raise StoreLocked(by="this-app") from error
        return found


class StoreKeeper:
    """Keeps a session in the encrypted store. Fits `oidc.Keeper`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def subject(self) -> str | None:
        """Return whose store this is at the provider."""
        return self._settings.get(SUBJECT) or None

    def session(self) -> KeptSession | None:
        """Return what is kept."""
        raw = self._settings.get(SESSION)
        return KeptSession(**json.loads(raw)) if raw else None

    def keep(self, session: KeptSession) -> None:
        """Keep a session, and whose it is."""
        self._settings.put({SESSION: json.dumps(asdict(session)), SUBJECT: session.subject})

    def forget(self) -> None:
        """Forget the session."""
        self._settings.put({SESSION: ""})


class FirstKeeper:
    """Keeps a session until there is a store to keep it in."""

    def __init__(self) -> None:
        self.kept: KeptSession | None = None

    def subject(self) -> str | None:
        """Nobody's yet."""
        return None

    def session(self) -> KeptSession | None:
        """Return what is kept."""
        return self.kept

    def keep(self, session: KeptSession) -> None:
        """Keep it."""
        self.kept = session

    def forget(self) -> None:
        """Forget it."""
        self.kept = None

    def values(self) -> dict[str, str]:
        """Return what a new store is to begin with."""
        if self.kept is None:
            return {}
        return {SESSION: json.dumps(asdict(self.kept)), SUBJECT: self.kept.subject}


def account_values(account: WorkAccount) -> dict[str, str]:
    """Return what a store keeps of where its worker signs in."""
    return {ACCOUNT: json.dumps(asdict(account))}


def account_at(policy: Policy, caps: Capabilities) -> WorkAccount:
    """Return where workers sign in: where the organisation set it for its laptops, else where the office
    says.

    Raises:
        NoWorkAccount: neither says, or what is said is no safe address.
    """
    said = caps.work_account
    try:
        if policy.issuer:
            return WorkAccount(
                issuer=policy.issuer,
                client_id=policy.client_id,
                scope=policy.scope,
                resource=policy.resource,
                prompt=policy.prompt,
            )
        if said is not None:
            return WorkAccount(
                issuer=said.issuer,
                client_id=said.client_id,
                scope=said.scope,
                resource=said.resource,
                prompt=said.prompt,
            )
    except ValueError as error:
        raise NoWorkAccount from error
    raise NoWorkAccount


def account_in(raw: str) -> WorkAccount | None:
    """Return where a store's worker signs in; None: nowhere, as in practice."""
    return WorkAccount(**json.loads(raw)) if raw else None


class Watch(Protocol):
    """Who is told what the office says of this laptop. Called in the thread of the run."""

    def contacted(self, server_time: datetime) -> None:
        """The office took this worker's sign-in."""

    def stands(self, status: str) -> None:
        """The office says how this laptop stands: active, suspended, retired."""

    def ordered(self, message: WipeOrderMessage | None, server_time: datetime) -> None:
        """The office says that this laptop is to be emptied. Raises DeviceRefused if the order is a good
        one."""

    def known(self, organisation_key: str | None, seal_key: str | None) -> None:
        """This laptop has been made known; the keys are believed where none are pinned."""

    def is_known(self) -> bool:
        """Whether it has been made known before."""


class WatchedIcs(HttpIcs):
    """The ICS, for a laptop that has a key: each run begins by asking how the laptop stands."""

    def __init__(
        self,
        base_url: str,
        token: TokenSource,
        clock: Clock,
        *,
        refused: Callable[[], None],
        wire: Wire,
        device: Device,
        store_id: str,
        platform: str,
        watch: Watch,
    ) -> None:
        super().__init__(base_url, token, clock, refused=refused, wire=wire)
        self._line, self._source, self._device, self._watch = wire, token, device, watch
        self._store_id, self._platform = store_id, platform
        self._server_time: datetime | None = None

    def capabilities(self) -> Capabilities:
        """Ask what the ICS offers, and then how this laptop stands with it."""
        self._line.signer = None  # a restored office may not know this laptop, and must be able to say so
        caps = super().capabilities()
        self._server_time = _moment(caps.server_time)
        self._device.note_time(caps.server_time)
        if "devices" in caps.features:
            self._look()
        return caps

    def scopes(self) -> ScopesReply:
        """Ask which families are this worker's. An answer means that the office knows worker and laptop."""
        reply = super().scopes()
        if self._server_time is not None:
            self._watch.contacted(self._server_time)
        return reply

    def hand_in_sealed(self, job: str, envelope: bytes) -> None:
        """Hand in work of what has to leave that the organisation alone can open, signed by this laptop."""
        from sync.sign_in.device import hand_in

        before = self._line.signer
        try:
            hand_in(self._line, self._device.handed_in(job, envelope), envelope)
        except ReplyRefused as error:
            if error.facts.get("problem") in ("device-unknown", "proof-refused"):
                raise Absent from error
            raise
        finally:
            self._line.signer = before

    def _look(self) -> None:
        self._line.signer = self._device.headers
        if not self._watch.is_known():
            self._make_known()
            return
        try:
            reply = self._device.status(self._line)
        except ReplyRefused as error:
            if error.facts.get("problem") != "device-unknown":
                raise
            self._make_known()  # the office was restored from before it knew this laptop
            return
        if reply.status == "wipe":
            self._watch.ordered(reply.order, self._server_time or _moment(reply.server_time) or _NEVER)
            return
        self._watch.stands(reply.status)
        if reply.status != "active":
            raise DeviceRefused(reason=reply.status)

    def _make_known(self) -> None:
        self._line.signer = None
        if self._source() is None:
            return
        reply = self._for_the_worker(
            lambda token: self._device.register(
                self._line,
                token,
                store_id=self._store_id,
                platform=self._platform,
                version=__version__,
                contract=CONTRACT,
            )
        )
        self._line.signer = self._device.headers
        self._watch.known(reply.organisation_key, reply.seal_key)
        if reply.status not in ("active", "wipe"):
            self._watch.stands(reply.status)
            raise DeviceRefused(reason=reply.status)

    def _call(self, *asked: Any, **how: Any) -> Any:
        try:
            return super()._call(*asked, **how)
        except ReplyRefused as error:
            problem = str(error.facts.get("problem", ""))
            if not problem.startswith("device-"):
                raise
            raise DeviceRefused(reason=problem.removeprefix("device-")) from error


_NEVER = datetime.fromisoformat("9999-01-01T00:00:00+00:00")


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return found if found.utcoffset() is not None else None
