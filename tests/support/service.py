"""The reference ICS over real HTTP: in a thread of this process, or as a process that can be killed."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
from sqlalchemy import make_url

from sync.protocol import MEDIA_TYPE, Limits
from sync.reference_ics import seed, tables
from sync.reference_ics.calls import Ics
from sync.reference_ics.caseload import Caseload
from sync.reference_ics.database import Database
from sync.reference_ics.engines import Pool
from sync.reference_ics.metrics import Metrics
from sync.reference_ics.serving import Service
from sync.reference_ics.settings import AUTHORITY, Settings
from tests.support import databases, postgres
from workbook_desktop.domain.ids import FamilyId, PersonId, WorkerId
from workbook_desktop.domain.people import Family, Involvement, Person, Worker
from workbook_desktop.domain.records import content_hash

# Nothing here is encrypted: reading the machine's certificates for each caller took longer than most tests.
_PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

SECRET = "a secret of the practice ICS"
REPOSITORY = Path(__file__).resolve().parent.parent.parent


class IcsClock:
    """The clock of the service: it stands still until it is moved."""

    def __init__(self, now: datetime | None = None) -> None:
        self.moment = now or datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def today(self) -> date:
        return self.moment.date()

    def monotonic(self) -> float:
        return self.moment.timestamp()

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


class RunningIcs:
    """A service on a database of its own. `stop`, `restart`; the port and the data stay."""

    def __init__(
        self, folder: Path, caseload: Caseload, *, clock: IcsClock, limits: Limits, pool: Pool
    ) -> None:
        self.clock = clock
        self.secret = SECRET
        self._kind = databases.kind()
        self.settings = Settings(
            database=databases.new_url(folder),
            clock=clock,
            new_id=lambda: str(uuid.uuid4()),
            practice_secret=SECRET,
            limits=limits,
            pool=pool,
        )
        self._caseload, self._begun = caseload, clock.now()
        with self.database() as database:
            seed.put(database, caseload, received_at=clock.now())
        self._service = Service(self.settings)
        self.base_url = self._service.start()
        self._clients: list[httpx.Client] = []

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The database itself, for what the office does beside the service."""
        database = Database(
            self.settings.database, authority=self.settings.authority, new_id=self.settings.new_id
        )
        try:
            yield database
        finally:
            database.close()

    def service_database(self) -> Database:
        """The service's own way to its database, with its pool."""
        return self._service.ics.database

    @property
    def shared(self) -> Ics:
        """What the calls of the running service share."""
        return self._service.ics

    @contextmanager
    def no_database(self) -> Iterator[None]:
        """Have the database be gone until the block ends: its file moved away, or its server refusing."""
        url = make_url(self.settings.database)
        self.service_database().engine.dispose()
        if url.get_backend_name() == "sqlite":
            file, away = Path(str(url.database)), Path(f"{url.database}.away")
            file.rename(away)
            file.mkdir()
            try:
                yield
            finally:
                file.rmdir()
                away.rename(file)
            return
        server = postgres.the_server()
        server.run(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false")
        try:
            yield
        finally:
            server.run(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true")

    @property
    def metrics(self) -> Metrics:
        """What the service has counted."""
        return self._service.ics.metrics

    def office_changes(self, family: Family) -> None:
        """Put a family in place of what is there: who is involved, who lives where."""
        with self.database() as database:
            seed.put_family(database, family, received_at=self.clock.now())

    def publishes(self, form: bytes) -> None:
        """Hand out one more form."""
        with self.database() as database:
            seed.add_form(database, form, received_at=self.clock.now())

    def begin_anew(self) -> None:
        """Put everything back as it was at the start, quicker than a new service: the time and the data."""
        self._close_clients()
        self.clock.moment = self._begun
        with self.database() as database:
            with database.writing() as (connection, _):
                for table in tables.metadata.sorted_tables:
                    if table not in (tables.meta, tables.counter):
                        connection.execute(table.delete())
                connection.execute(tables.counter.update().values(n=0))
                epoch = str(uuid.uuid4())  # numbers are given anew
                at = tables.meta.update().where(tables.meta.c.name == "epoch")
                connection.execute(at.values(value=epoch))
                first = {"id": epoch, "began_at": "", "reason": "begun anew"}
                connection.execute(tables.epoch.insert(), first)
            seed.put(database, self._caseload, received_at=self.clock.now())

    def _close_clients(self) -> None:
        while self._clients:
            self._clients.pop().close()

    def stop(self) -> None:
        self._service.stop()

    def restart(self) -> None:
        self._service.restart()

    def sign_in(self, worker: str) -> IcsCaller:
        """A worker's calls. The token dies with the service; sign in again after `restart`."""
        if self._kind != databases.kind():
            raise RuntimeError("the fixture that started this service must ask for `database_kind`")
        client = httpx.Client(base_url=self.base_url, timeout=30, verify=_PLAIN)
        self._clients.append(client)
        return signed_in(client, worker, self.secret)

    def close(self) -> None:
        self._close_clients()
        self.stop()


@contextmanager
def running_ics(
    folder: Path,
    caseload: Caseload | None = None,
    *,
    clock: IcsClock | None = None,
    limits: Limits | None = None,
    pool: Pool | None = None,
) -> Iterator[RunningIcs]:
    """Run the service in a thread until the block ends."""
    ics = RunningIcs(
        folder,
        caseload or small_caseload(),
        clock=clock or IcsClock(),
        limits=limits or Limits(),
        pool=pool or Pool(),
    )
    try:
        yield ics
    finally:
        ics.close()


class CommandFailed(Exception):
    """An operator's command ended with this code, and said this."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(code, said)
        self.code, self.said = code, said


class IcsProcess:
    """``workbook-ics serve`` as a process of its own, to be killed in mid-sentence."""

    def __init__(self, folder: Path, caseload: Caseload, *more: str) -> None:
        """Fill a database and serve it; `more` are further arguments of ``serve``."""
        self.secret = SECRET
        self.log = folder / "ics.log"
        self._more = more
        self.database = databases.new_url(folder)
        self._secret_file = folder / "secret"
        self._secret_file.write_text(SECRET)
        database = Database(self.database, authority=AUTHORITY, new_id=lambda: str(uuid.uuid4()))
        seed.put(database, caseload, received_at=datetime.now(UTC))
        database.close()
        self._port, self._scheme = 0, "http"
        self._process: subprocess.Popen[str] | None = None
        self._clients: list[httpx.Client] = []
        self.start()

    @property
    def base_url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "sync.reference_ics", "serve", "--database", self.database]
        command += ["--port", str(self._port), "--practice-secret-file", str(self._secret_file), *self._more]
        with self.log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("listening on http"), self.log.read_text(encoding="utf-8")
        self._scheme = line.split()[2].partition(":")[0]
        self._port = int(line.rsplit(":", 1)[1])

    def sign_in(self, worker: str) -> IcsCaller:
        """A worker's calls. The token dies with the process."""
        client = httpx.Client(base_url=self.base_url, timeout=30, verify=_PLAIN)
        self._clients.append(client)
        return signed_in(client, worker, self.secret)

    def command(self, *words: str) -> str:
        """Do what an operator does: ``workbook-ics`` with these words, on its database; return what it says.

        Raises:
            CommandFailed: it ended with another code than 0.
        """
        told = subprocess.run(
            [sys.executable, "-m", "sync.reference_ics", words[0], "--database", self.database, *words[1:]],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if told.returncode != 0:
            raise CommandFailed(told.returncode, told.stdout + told.stderr)
        return told.stdout

    def tell_to_end(self) -> None:
        """Send it the signal that ends services, and do not wait."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Wait until it has ended, and return its exit code."""
        process, self._process = self._process, None
        assert process is not None
        with process:
            return process.wait(timeout=30)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(getattr(signal, "SIGKILL", signal.SIGTERM))

    def terminate(self) -> int:
        """Ask it to end, and return its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        while self._clients:
            self._clients.pop().close()
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(how)
        with process:
            return process.wait(timeout=20)


class IcsCaller:
    """One worker's calls, bare: what a client library would do, without one."""

    def __init__(self, http: httpx.Client, worker: str) -> None:
        self.http = http
        self.worker = worker

    def push(self, *ops: dict[str, Any] | bytes) -> list[dict[str, Any]]:
        """Send ops and return their results."""
        reply = self.push_raw(*ops)
        assert reply.status_code == 200, reply.text
        results: list[dict[str, Any]] = reply.json()["results"]
        return results

    def push_raw(self, *ops: dict[str, Any] | bytes) -> httpx.Response:
        encoded = [each if isinstance(each, bytes) else msgspec.json.encode(each) for each in ops]
        body = b'{"ops":[' + b",".join(encoded) + b"]}"
        return self.http.post("/v1/push", content=body, headers={"Content-Type": MEDIA_TYPE})

    def feed(self, cursor: str | None = None, limit: int = 500) -> dict[str, Any]:
        """Read one page."""
        asked: dict[str, Any] = {"limit": limit}
        if cursor is not None:
            asked["cursor"] = cursor
        reply = self.http.get("/v1/feed", params=asked)
        assert reply.status_code == 200, reply.text
        page: dict[str, Any] = reply.json()
        return page

    def feed_to_the_end(
        self, cursor: str | None = None, limit: int = 500
    ) -> tuple[list[dict[str, Any]], str]:
        """Read all pages; return their items and the last cursor."""
        items: list[dict[str, Any]] = []
        while True:
            page = self.feed(cursor, limit)
            items += page["items"]
            cursor = page["next_cursor"]
            assert cursor is not None
            if not page["more"]:
                return items, cursor

    def record(self, record: str) -> dict[str, Any]:
        reply = self.http.get(f"/v1/records/{record}")
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    def history(self, record: str) -> dict[str, Any]:
        reply = self.http.get(f"/v1/records/{record}/history")
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found


def signed_in(client: httpx.Client, worker: str, secret: str) -> IcsCaller:
    reply = client.post("/v1/practice/sign-in", json={"worker": worker, "secret": secret})
    assert reply.status_code == 200, reply.text
    client.headers["Authorization"] = f"Bearer {reply.json()['token']}"
    return IcsCaller(client, worker)


# What is in it ------------------------------------------------------------------------------------------

AMARA, BEA, TOM = WorkerId("w-amara-quill"), WorkerId("w-bea-linnet"), WorkerId("w-tom-harrow")
TOLLAND, PELLOW = FamilyId("f-tolland"), FamilyId("f-pellow")


def involved(worker: WorkerId, person: str, start: date, end: date | None = None) -> Involvement:
    return Involvement(worker=worker, person=PersonId(person), role="case holder", start=start, end=end)


def a_family(id_: FamilyId, name: str, *involvements: Involvement) -> Family:
    child = Person(
        id=PersonId(f"p-{name.lower()}-child"), family=id_, forename="Maisie", surname=name, is_child=True
    )
    return Family(
        id=id_,
        name=name,
        people=(child,),
        households=(),
        relationships=(),
        involvements=involvements,
    )


MARKS = b"""{"resourceType":"Questionnaire","id":"marks","version":"1.0.0","status":"active","item":[
{"linkId":"mark","type":"group","repeats":true,"text":"Marks","extension":[
{"url":"https://workbook.invalid/fhir/StructureDefinition/appendOnly","valueBoolean":true},
{"url":"https://workbook.invalid/fhir/StructureDefinition/bodyMap","extension":[
{"url":"region","valueString":"where"},{"url":"side","valueString":"side"},{"url":"x","valueString":"x"},
{"url":"y","valueString":"y"},{"url":"struck","valueString":"struck"},{"url":"why","valueString":"why"},
{"url":"age","valueString":"age"}]}],
"item":[{"linkId":"where","type":"string","text":"Where"},{"linkId":"size","type":"string","text":"Size"},
{"linkId":"struck","type":"boolean","text":"Struck"},{"linkId":"why","type":"string","text":"Why"}]},
{"linkId":"note","type":"string","text":"Note"}]}"""


def small_caseload(*families: Family) -> Caseload:
    """Two families: Amara and Bea know both, Tom the second alone."""
    long_ago = date(2026, 1, 5)
    both = (involved(AMARA, "p-1", long_ago), involved(BEA, "p-1", long_ago))
    return Caseload(
        workers=(
            Worker(
                id=AMARA,
                name="Amara Quill",
                role="social worker",
                agency="Wrenmouth Council",
                chapter="child",
            ),
            Worker(
                id=BEA,
                name="Bea Linnet",
                role="mental health practitioner",
                agency="Wrenmouth NHS Trust",
                chapter="mental-health",
            ),
            Worker(id=TOM, name="Tom Harrow", role="probation officer", agency="Probation"),
        ),
        families=families
        or (
            a_family(TOLLAND, "Tolland", *both),
            a_family(PELLOW, "Pellow", *both, involved(TOM, "p-2", long_ago)),
        ),
        forms=(
            b'{"resourceType":"Questionnaire","id":"visit","version":"1.0.0","status":"active","item":[]}',
        ),
    )


# Ops ----------------------------------------------------------------------------------------------------

PROVENANCE = {
    "edited_from": "2026-11-22T09:00:00+00:00",
    "edited_to": "2026-11-22T09:10:00+00:00",
    "client_time": "2026-11-22T09:11:00+00:00",
}


def content(**answers: Any) -> dict[str, Any]:
    """The content that holds these answers and no rows."""
    return {"answers": {name: {"v": value} for name, value in answers.items()}, "groups": {}}


def create(record: str, op: str, after: dict[str, Any], *, scope: str = TOLLAND) -> dict[str, Any]:
    """An op that makes a record with this content, all of it outside rows."""
    return {
        "op_id": op,
        "kind": "create",
        "record_id": record,
        "scope_id": scope,
        "form": {"id": "visit", "version": "1.0.0"},
        "set": after["answers"],
        "result_hash": content_hash(after),
        "provenance": PROVENANCE,
    }


def update(
    record: str, op: str, version: int, put: dict[str, Any], after: dict[str, Any], **more: Any
) -> Any:
    """An op that puts answers into a record at a version, so that it then says `after`."""
    return {
        "op_id": op,
        "kind": "update",
        "record_id": record,
        "scope_id": TOLLAND,
        "if_match": version,
        "set": {name: {"v": value} for name, value in put.items()},
        "result_hash": content_hash(after),
        "provenance": PROVENANCE,
        **more,
    }


def transition(record: str, op: str, version: int, to_state: str, seen: str, **more: Any) -> dict[str, Any]:
    """An op that changes a record's state, by one who has seen the content of that hash."""
    return {
        "op_id": op,
        "kind": "transition",
        "record_id": record,
        "scope_id": TOLLAND,
        "if_match": version,
        "to_state": to_state,
        "content_hash": seen,
        "result_hash": seen,
        "provenance": PROVENANCE,
        **more,
    }
