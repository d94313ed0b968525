"""The ICS of a story: the reference ICS's own code over SQLite in memory, or the small one of the tests.

It is asked as over HTTP, with a method, a path and bytes, but through no socket and in no other thread.
"""

from __future__ import annotations

import base64
import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync.envelope import unseal
from sync.ports import CursorExpired, TooMuchAtOnce
from sync.protocol import (
    CONTRACT,
    CONTRACT_HEADER,
    MEDIA_TYPE,
    OCTETS,
    PROBLEM_TYPE,
    WELL_KNOWN,
    Capabilities,
    DeviceRequest,
    DoneReply,
    FetchRequest,
    GiveBackReply,
    GiveBackRequest,
    HandedInMessage,
    LateReply,
    LateRequest,
    Limits,
    PushRequest,
    ReceiptMessage,
    ReceiptReply,
    ReconcileReply,
    ReconcileRequest,
    UploadRequest,
    WipeOrderMessage,
    WipeReceiptMessage,
    conflict_message,
    encode,
    record_json,
)
from sync.protocol.devices import UNSENT
from sync.protocol.encoding import DIGEST_HEADER, digest_fits, digest_of
from sync.reference_ics import (
    conflicts,
    devices,
    giving_back,
    grants,
    handing_in,
    leaving,
    pushing,
    reading,
    reconciling,
    scope_calls,
    seed,
    snapshots,
    uploads,
)
from sync.reference_ics.caseload import Caseload
from sync.reference_ics.cursors import Cursor
from sync.reference_ics.database import Database, Identity
from sync.reference_ics.digests import Books
from sync.reference_ics.problems import ProblemRaised, problem
from sync.reference_ics.settings import Settings
from tests.simulation.ground import QUESTIONNAIRE, WorldClock, a_family, a_worker
from tests.support.chance import CountingIds
from tests.support.ics import MemoryIcs
from workbook_desktop.domain.ids import FamilyId, WorkerId
from workbook_desktop.domain.records import Head

EPOCH: Final = "epoch-1"
OFFICERS: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))  # who order laptops to be emptied
SEALING: Final = X25519PrivateKey.from_private_bytes(bytes(range(1, 33)))  # and read what these held
_IN_MEMORY: Final = "sqlite://"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, as it left a laptop."""

    method: str
    path: str
    token: str | None
    body: bytes | None
    digest: str | None = None  # that the laptop put on the body
    device: str = ""  # that it says it is, with its proof
    proof: str = ""

    @property
    def what(self) -> str:
        """Which endpoint it is for."""
        return urlsplit(self.path).path.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What comes back over the wire."""

    status: int
    headers: Mapping[str, str]
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A version of a record or a conflict that the ICS has written and will never write again."""

    row: int  # in the order written
    kind: str
    id: str
    version: int
    op: str | None
    author: str | None
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where the newest of something stands in the feed."""

    seq: int
    kind: str
    id: str
    version: int
    scope: str


class Crash(Exception):
    """The service fell over in the middle of something."""


class Service(Protocol):
    """The ICS, with the doors that only the office and the checks have."""

    sees: dict[WorkerId, frozenset[FamilyId]]
    features: list[str]

    def handle(self, ask: Ask) -> Reply:
        """Answer a request."""

    def sign_in(self, worker: WorkerId) -> str:
        """Return a token for a worker."""

    def restart(self) -> None:
        """Come up again on the same data, with nobody signed in."""

    def involve(self, family: FamilyId, workers: Iterable[WorkerId]) -> None:
        """Let just these workers see a family from now on."""

    def withdraw(self, family: FamilyId, worker: WorkerId, *, immediate: bool) -> None:
        """Take a family from one worker."""

    def erase(self, record: str) -> None:
        """Erase a record for ever."""

    def know_devices(self) -> None:
        """Let nobody in from now on but laptops that are known."""

    def set_device(self, device: str, status: str, order: WipeOrderMessage | None = None) -> None:
        """Stop a laptop, let it on again, or put an order by for it."""

    def device_stands(self, device: str) -> str:
        """Return how a laptop stands; "" if it is not known."""

    def crash_in(self, calls: int) -> None:
        """Fall over at a later write, before it is committed."""

    def escalate(self) -> int:
        """Mark the conflicts that have waited too long; return how many."""

    def late(self) -> list[bytes]:
        """Return what was handed in late, for a person to look at."""

    def receipts(self) -> int:
        """Return how many receipts of leaving there are."""

    def files(self) -> dict[str, bytes]:
        """Return the files that are there whole, by the hash they are kept under."""

    def written_since(self, number: int) -> list[Written]:
        """Return the versions written after a row, in the order written."""

    def entries(self) -> list[Entry]:
        """Return the feed, for nobody in particular."""

    def accepted(self) -> dict[str, int]:
        """Return the version each accepted op made."""

    def image(self) -> Any:
        """Return a backup."""

    def restore(self, image: Any, epoch: str, *, damaged: bool, signs_out: bool) -> None:
        """Come up on a backup. From what it replaces it learns what was erased, unless that is damaged."""


def cursor_seq(cursor: str | None) -> int:
    """Return how far a cursor has read, of either service."""
    if cursor is None:
        return 0
    if " " in cursor:
        return int(cursor.split(" ")[1])
    raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_")
    return msgspec.msgpack.decode(raw[32:], type=Cursor).seq


def opened(envelope: bytes, store: str) -> bytes:
    """Return what the organisation reads in an envelope of a laptop's unsent work."""
    return unseal(SEALING.private_bytes_raw(), envelope, f"{UNSENT}|{store}")


def _good(data: bytes, media: str = MEDIA_TYPE) -> Reply:
    headers = {CONTRACT_HEADER: CONTRACT, "content-type": media, DIGEST_HEADER: digest_of(data)}
    return Reply(status=200, headers=headers, data=data)


def refused(type_: str, **headers: str) -> Reply:
    """Return a problem as the contract has it."""
    message = problem(type_)
    data = msgspec.json.encode(message)
    ours = {CONTRACT_HEADER: CONTRACT, "content-type": PROBLEM_TYPE, DIGEST_HEADER: digest_of(data)}
    return Reply(status=message.status, headers={**ours, **headers}, data=data)


class _Signing:
    """Tokens, as a service that keeps them in memory alone."""

    def __init__(self) -> None:
        self._tokens: dict[str, WorkerId] = {}
        self._made = 0

    def sign_in(self, worker: WorkerId) -> str:
        self._made += 1
        token = f"token-{self._made}"
        self._tokens[token] = worker
        return token

    def restart(self) -> None:
        self._tokens.clear()

    def _worker(self, ask: Ask) -> WorkerId:
        if ask.digest is not None and not digest_fits(ask.digest, ask.body or b""):
            raise ProblemRaised("digest-mismatch" if ask.method == "PATCH" else "malformed")
        worker = self._tokens.get(ask.token or "")
        if worker is None:
            raise ProblemRaised("token-expired")
        return worker


# The reference ICS ----------------------------------------------------------------------------------------


class _Database(Database):
    """The service's database, that can be made to fall over."""

    crash_in = 0
    known: Identity | None = None  # instead of one with a key by chance

    @property
    def identity(self) -> Identity:
        found = super().identity
        return found if self.known is None else replace(self.known, epoch=found.epoch)

    _in_notes = False

    def insert(self, connection: Any, table: Any, rows: Any) -> None:
        super().insert(connection, table, rows)
        if rows:
            self._fall_over()

    def _fall_over(self) -> None:
        if self.crash_in:
            self.crash_in -= 1
            if not self.crash_in:
                raise Crash

    @contextlib.contextmanager
    def falls_over_in_notes(self) -> Iterator[None]:
        """For one call: what only notes something may fall over as well."""
        self._in_notes = True
        try:
            yield
        finally:
            self._in_notes = False

    @contextlib.contextmanager
    def noting(self) -> Iterator[Any]:
        with super().noting() as connection:
            yield connection
            if self._in_notes:
                self._fall_over()


class _Prepared:
    """One database for all stories of a process: putting an image back is quicker than making tables."""

    def __init__(self) -> None:
        self.database = _Database(_IN_MEMORY, authority="wrenmouth", new_id=CountingIds())
        with self.database.engine.connect() as connection:
            self.raw: Any = connection.connection.driver_connection
        key = bytes(range(32))
        self.database.known = Identity(authority="wrenmouth", epoch=EPOCH, cursor_key=key)
        self.raw.execute("UPDATE meta SET value = ? WHERE name = 'epoch'", (EPOCH,))
        self.raw.execute("UPDATE epoch SET id = ?", (EPOCH,))
        self.empty: bytes = self.raw.serialize()


@functools.cache
def _prepared() -> _Prepared:
    return _Prepared()


class SqliteService(_Signing):
    """`sync.reference_ics` over SQLite in memory: its pushing and its reading, at the HTTP layer's door."""

    def __init__(
        self,
        clock: WorldClock,
        limits: Limits,
        sees: Mapping[WorkerId, frozenset[FamilyId]],
        begun: Sequence[Head] = (),
    ) -> None:
        super().__init__()
        found = _prepared()
        self._clock, self._raw, self.database = clock, found.raw, found.database
        self._raw.deserialize(found.empty)
        self.database.crash_in = 0
        self.settings = Settings(
            database=_IN_MEMORY,
            clock=clock,
            new_id=CountingIds("0199dddd"),
            limits=limits,
            escalate_after_days=0,
        )
        self.sees = dict(sees)
        self.features = [*scope_calls.FEATURES, "brief", "besides"]
        self._books = Books()
        self._proofs = devices.Proofs(self.database, clock)
        self._since: date = clock.today()
        families = sorted({family for each in sees.values() for family in each})
        seed.put(
            self.database,
            Caseload(
                workers=tuple(a_worker(worker) for worker in sees),
                families=tuple(
                    a_family(family, tuple(w for w in sees if family in sees[w]), self._since)
                    for family in families
                ),
                records=tuple(begun),
                forms=(QUESTIONNAIRE,),
            ),
            received_at=clock.now(),
        )

    def handle(self, ask: Ask) -> Reply:
        try:
            return _good(self._answer(ask), OCTETS if ask.path.startswith("/v1/blobs/") else MEDIA_TYPE)
        except ProblemRaised as error:
            return refused(error.problem.type)
        except Crash:
            return refused("internal-error")

    def _answer(self, ask: Ask) -> bytes:
        if ask.path == WELL_KNOWN:
            return encode(
                Capabilities(
                    authority=self.database.identity.authority,
                    contracts=[CONTRACT],
                    features=self.features,
                    epoch=self.database.identity.epoch,
                    server_time=self._clock.now().isoformat(),
                    limits=self.settings.limits,
                )
            )
        address = urlsplit(ask.path)
        if address.path.startswith("/v1/devices"):
            return self._device(ask)
        worker = self._worker(ask)
        if "devices" in self.features:
            devices.let_in(self.settings, self._proved(ask), worker)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        if ask.what == "scopes":
            return encode(reading.scopes(self.database, self.settings, worker, self._books))
        if ask.what == "feed":
            page = reading.feed(
                self.database,
                self.settings,
                worker,
                cursor=asked.get("cursor"),
                limit=self._limit(asked),
                besides=ranges(asked.get("besides")),
                books=self._books,
            )
            return encode(page)
        if ask.what == "push" and ask.body is not None:
            return self._push(worker, ask.body)
        if ask.what == "claim":
            return conflicts.claim(self.database, self.settings, worker, address.path.split("/")[3])
        if address.path.startswith("/v1/scopes/"):
            scope = address.path.split("/")[3]
            if ask.what == "snapshot":
                page_at, limit = asked.get("page"), self._limit(asked)
                return encode(
                    snapshots.snapshot(self.database, self.settings, worker, scope, page=page_at, limit=limit)
                )
            if ask.what == "manifest":
                return encode(snapshots.manifest(self.database, self.settings, worker, scope, self._books))
            if ask.what == "records":
                ids = msgspec.json.decode(ask.body or b"", type=FetchRequest).ids
                return encode(snapshots.fetch(self.database, self.settings, worker, scope, ids))
        if address.path.startswith(("/v1/uploads", "/v1/blobs/")):
            return self._file(worker, ask, asked)
        return self._let_go(worker, ask)

    def restart(self) -> None:
        super().restart()
        self._proofs = devices.Proofs(self.database, self._clock)

    def _proved(self, ask: Ask) -> devices.Device | None:
        if not ask.device:
            return None
        return self._proofs.device(ask.device, ask.proof, ask.method, ask.path, ask.digest or "")

    def _device(self, ask: Ask) -> bytes:
        body = ask.body or b""
        if ask.digest is not None and not digest_fits(ask.digest, body):
            raise ProblemRaised("digest-mismatch")
        if ask.what == "devices":
            asked = msgspec.json.decode(body, type=DeviceRequest)
            return encode(devices.register(self.database, self.settings, self._worker(ask), asked))
        if ask.what == "self":
            device = self._proved(ask)
            if device is None:
                raise ProblemRaised("proof-refused")
            return encode(devices.reply_for(self.database, self.settings, device.id))
        if ask.what == "sealed":
            handed = msgspec.json.decode(body, type=HandedInMessage)
            status = devices.hand_in(self.database, self._clock, handed)
            return encode(DoneReply(device=handed.device, status=status))
        receipt = msgspec.json.decode(body, type=WipeReceiptMessage)
        status = devices.take_receipt(self.database, self._clock, receipt)
        return encode(DoneReply(device=receipt.device, status=status))

    def know_devices(self) -> None:
        self.features.append("devices")
        self.settings = replace(
            self.settings,
            require_devices=True,
            organisation_key=OFFICERS.public_key().public_bytes_raw(),
            seal_key=SEALING.public_key().public_bytes_raw(),
        )

    def set_device(self, device: str, status: str, order: WipeOrderMessage | None = None) -> None:
        devices.set_status(self.database, self._clock, device, status, order=order)

    def device_stands(self, device: str) -> str:
        found = self._raw.execute("SELECT status FROM device WHERE id = ?", (device,)).fetchone()
        return str(found[0]) if found else ""

    def _file(self, worker: WorkerId, ask: Ask, asked: Mapping[str, str]) -> bytes:
        ics, body = (self.database, self.settings, worker), ask.body or b""
        if ask.method == "GET":
            return uploads.part(*ics, ask.what, int(asked["offset"]), int(asked["limit"]))
        with self.database.falls_over_in_notes():
            if ask.method == "PATCH":
                return encode(uploads.take_part(*ics, ask.what, int(asked["offset"]), body))
            return encode(uploads.begin(*ics, msgspec.json.decode(body, type=UploadRequest)))

    def _limit(self, asked: Mapping[str, str]) -> int:
        return min(int(asked["limit"]), self.settings.limits.page_items)

    def _let_go(self, worker: WorkerId, ask: Ask) -> bytes:
        epoch, body = self.database.identity.epoch, ask.body or b""
        if ask.what == "late-proposals":
            late = msgspec.json.decode(body, type=LateRequest)
            if len(late.ops) > self.settings.limits.ops or len(body) > self.settings.limits.push_bytes:
                raise ProblemRaised("payload-too-large")
            kept = handing_in.take_late(self.database, self.settings, worker, late.job_id, late.ops)
            return encode(LateReply(results=kept, epoch=epoch))
        if ask.what == "purge-receipts":
            said = msgspec.json.decode(body, type=ReceiptMessage)
            handing_in.note_receipt(self.database, self.settings, worker, said)
            return encode(ReceiptReply(job_id=said.job_id, epoch=epoch))
        if ask.what == "reconcile":
            asked = msgspec.json.decode(body, type=ReconcileRequest)
            found, wanted = reconciling.reconcile(
                self.database, self.settings, worker, asked.epoch, asked.items, asked.earlier
            )
            return encode(ReconcileReply(items=found, epoch=epoch, wanted=wanted))
        if ask.what == "give-back":
            back = msgspec.json.decode(body, type=GiveBackRequest)
            if len(back.records) > max(self.settings.limits.ops, 3):
                raise ProblemRaised("payload-too-large")
            became = giving_back.give_back(
                self.database, self.settings, worker, back.epoch, back.records, back.erased
            )
            return encode(GiveBackReply(results=became, epoch=epoch))
        raise ProblemRaised("not-found")

    def _push(self, worker: WorkerId, body: bytes) -> bytes:
        limits = self.settings.limits
        if len(body) > limits.push_bytes:
            raise ProblemRaised("payload-too-large")
        try:
            said = msgspec.json.decode(body, type=PushRequest)
            raws = said.ops
        except (msgspec.DecodeError, RecursionError) as error:
            raise ProblemRaised("malformed") from error
        if not raws or len(raws) > limits.ops:
            raise ProblemRaised("payload-too-large" if raws else "malformed")
        results = pushing.push(self.database, self.settings, worker, raws, brief=said.brief, epoch=said.epoch)
        now = self._clock.now().isoformat()
        return encode({"results": results, "epoch": self.database.identity.epoch, "server_time": now})

    def involve(self, family: FamilyId, workers: Iterable[WorkerId]) -> None:
        chosen = tuple(workers)
        self.sees = {
            worker: each | {family} if worker in chosen else each - {family}
            for worker, each in self.sees.items()
        }
        seed.put_family(self.database, a_family(family, chosen, self._since), received_at=self._clock.now())

    def withdraw(self, family: FamilyId, worker: WorkerId, *, immediate: bool) -> None:
        grants.withdraw(self.database, self.settings, worker, family, reason="moved on", immediate=immediate)
        self.sees[worker] = self.sees[worker] - {family}

    def erase(self, record: str) -> None:
        leaving.erase(self.database, self.settings, record, reason="a court said so")
        self._books = Books()

    def escalate(self) -> int:
        return conflicts.escalate_due(self.database, self.settings)

    def late(self) -> list[bytes]:
        found = [bytes(body) for (body,) in self._raw.execute("SELECT body FROM late_op ORDER BY rowid")]
        sealed = self._raw.execute(
            "SELECT s.envelope, d.store FROM device_sealed AS s JOIN device AS d ON d.id = s.device"
            " ORDER BY s.rowid"
        )
        return found + [opened(bytes(envelope), store) for envelope, store in sealed]

    def receipts(self) -> int:
        return int(self._raw.execute("SELECT count(*) FROM receipt").fetchone()[0])

    def crash_in(self, calls: int) -> None:
        self.database.crash_in = calls

    def files(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {hash_: b"" for (hash_,) in self._raw.execute("SELECT sha256 FROM blob")}
        for hash_, data in self._raw.execute("SELECT sha256, data FROM blob_part ORDER BY sha256, at"):
            found[hash_] += bytes(data)
        return found

    def written_since(self, number: int) -> list[Written]:
        rows = self._raw.execute(
            "SELECT rowid, kind, id, version, op, author, body FROM revision WHERE rowid > ? ORDER BY rowid",
            (number,),
        )
        return [
            Written(row=row, kind=kind, id=id_, version=version, op=op, author=author, body=bytes(body))
            for row, kind, id_, version, op, author, body in rows
        ]

    def entries(self) -> list[Entry]:
        rows = self._raw.execute("SELECT seq, kind, id, version, scope FROM entry ORDER BY seq")
        return [
            Entry(seq=seq, kind=kind, id=id_, version=version, scope=scope)
            for seq, kind, id_, version, scope in rows
        ]

    def accepted(self) -> dict[str, int]:
        return dict(self._raw.execute("SELECT id, version FROM op").fetchall())

    def image(self) -> Any:
        return self._raw.serialize(), dict(self.sees)

    def restore(self, image: Any, epoch: str, *, damaged: bool, signs_out: bool) -> None:
        data, sees = image
        erased = [] if damaged else [each.id for each in self.entries() if each.kind == "erased"]
        self.sees = dict(sees)
        self._raw.deserialize(data)
        self._books = Books()
        self.database.begin_epoch(epoch, began_at=self._clock.now().isoformat(), reason="put back")
        there = {each.id for each in self.entries() if each.kind == "record"}
        for record in erased:
            if record in there:
                leaving.erase(self.database, self.settings, record, reason="erased before the restore")
        if signs_out:
            self.restart()


# The small one --------------------------------------------------------------------------------------------


def ranges(text: str | None) -> list[tuple[int, int]]:
    """Return what a caller of the feed has already."""
    found = (each.split("-") for each in text.split(",")) if text else ()
    return [(int(first), int(last)) for first, last in found]


class MemoryService(_Signing):
    """`tests.support.ics.MemoryIcs` at the same door: quicker, and a second opinion on the contract."""

    def __init__(
        self,
        clock: WorldClock,
        limits: Limits,
        sees: Mapping[WorkerId, frozenset[FamilyId]],
        begun: Sequence[Head] = (),
    ) -> None:
        super().__init__()
        self.features = ["brief", "besides"]
        self.ics = MemoryIcs(clock, limits)
        self.ics.epoch = EPOCH
        self.ics.features = self.features
        for worker, families in sees.items():
            self.ics.door(worker, *families)
        self.ics.publish("visit|1", QUESTIONNAIRE)
        self._written: list[Written] = []
        self._known: dict[tuple[str, str], Any] = {}
        self._crash = 0
        for head in begun:
            self.ics.put(head)
        self._note()

    @property
    def sees(self) -> dict[WorkerId, frozenset[FamilyId]]:  # type: ignore[override]
        """Who may see what."""
        return {worker: frozenset(each) for worker, each in self.ics.sees.items()}

    def handle(self, ask: Ask) -> Reply:
        try:
            return _good(self._answer(ask))
        except ProblemRaised as error:
            return refused(error.problem.type)
        except CursorExpired:
            return refused("cursor-expired")
        except TooMuchAtOnce:
            return refused("payload-too-large")
        except Crash:
            return refused("internal-error")

    def _answer(self, ask: Ask) -> bytes:
        if ask.path == WELL_KNOWN:
            return encode(self.ics.door("nobody").capabilities())
        door = self.ics.door(self._worker(ask))
        if ask.what == "scopes":
            return encode(door.scopes())
        if ask.what == "feed":
            asked = parse_qs(urlsplit(ask.path).query)
            besides = ranges(asked.get("besides", [None])[0])
            return encode(door.feed(asked.get("cursor", [None])[0], int(asked["limit"][0]), besides))
        if ask.what == "push" and ask.body is not None:
            if self._crash:
                self._crash = 0
                raise Crash
            said = msgspec.json.decode(ask.body, type=PushRequest)
            reply = encode(door.push([bytes(each) for each in said.ops], brief=said.brief))
            self._note()
            return reply
        raise ProblemRaised("not-found")

    def _note(self) -> None:
        for record, heads in self.ics.history.items():
            known = self._known.get(("record", record), 0)
            for head in heads[known:]:
                op = next(
                    (
                        op
                        for op, each in self.ics.accepted.items()
                        if each.result.head is not None
                        and (each.result.head.id, each.version) == (record, head.version)
                    ),
                    None,
                )
                self._write("record", record, head.version, op, head.changed_by, record_json(head))
            self._known["record", record] = len(heads)
        for conflict in self.ics.conflicts.values():
            if self._known.get(("conflict", conflict.id)) != conflict:
                version = 1 if ("conflict", conflict.id) not in self._known else 2
                self._known["conflict", conflict.id] = conflict
                body = encode(conflict_message(conflict))
                self._write("conflict", conflict.id, version, None, conflict.mine_by, body)

    def _write(self, kind: str, id_: str, version: int, op: str | None, author: Any, body: bytes) -> None:
        row = len(self._written) + 1
        self._written.append(
            Written(row=row, kind=kind, id=id_, version=version, op=op, author=author, body=body)
        )

    def involve(self, family: FamilyId, workers: Iterable[WorkerId]) -> None:
        chosen = set(workers)
        for worker, each in self.ics.sees.items():
            (each.add if worker in chosen else each.discard)(family)

    def withdraw(self, family: FamilyId, worker: WorkerId, *, immediate: bool) -> None:
        self.ics.sees[worker].discard(family)

    def erase(self, record: str) -> None:
        raise NotImplementedError

    def escalate(self) -> int:
        return 0

    def late(self) -> list[bytes]:
        return []

    def receipts(self) -> int:
        return 0

    def know_devices(self) -> None:
        raise NotImplementedError

    def set_device(self, device: str, status: str, order: WipeOrderMessage | None = None) -> None:
        raise NotImplementedError

    def device_stands(self, device: str) -> str:
        return ""

    def crash_in(self, calls: int) -> None:
        self._crash = calls

    def files(self) -> dict[str, bytes]:
        return {}

    def written_since(self, number: int) -> list[Written]:
        return self._written[number:]

    def entries(self) -> list[Entry]:
        found = []
        for seq, kind, id_, version, scope in self.ics.entries():
            found.append(Entry(seq=seq, kind=kind, id=id_, version=version, scope=scope or ""))
        return found

    def accepted(self) -> dict[str, int]:
        return {op: each.version for op, each in self.ics.accepted.items()}

    def image(self) -> Any:
        return self.ics.image(), list(self._written), dict(self._known)

    def restore(self, image: Any, epoch: str, *, damaged: bool, signs_out: bool) -> None:
        kept, written, known = image
        self.ics.restore(kept, epoch)
        self._written, self._known = list(written), dict(known)
        self.restart()


Make = Callable[[WorldClock, Limits, Mapping[WorkerId, frozenset[FamilyId]], Sequence[Head]], Service]
SERVICES: Final[dict[str, Make]] = {"sqlite": SqliteService, "memory": MemoryService}
