"""Many laptops at one service: real HTTP, the shipping engine and sealer, a service process, a real database.

    python -m tests.support.load --minutes 5 --devices 200 --database postgresql
    python -m tests.support.load --polls --database postgresql

The first drives simulated laptops for some minutes and then looks whether anything is missing. The second
measures what a poll costs as the records of one worker grow from 1,000 to 60,000. The server of the tests is
used with every commit synced to the disk. Laptops and service share the machine, and the laptops' own time is
in what they measure; what the service measures itself is told beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from sync.engine import Engine
from sync.protocol import Capabilities, FeedReply, PushReply
from sync.reference_ics import seed, tables
from sync.reference_ics.caseload import Caseload
from sync.reference_ics.checking import found_in
from sync.reference_ics.database import Database
from sync.reference_ics.generate import records_of_4_kb
from sync.reference_ics.options import SystemClock
from sync.reference_ics.settings import AUTHORITY
from sync.transport import HttpIcs
from tests.support import driver
from tests.support.postgres import PostgresServer
from tests.support.sync_store import MemorySyncStore
from workbook_desktop.domain.changes import Settlement
from workbook_desktop.domain.ids import FamilyId, FieldPath, PersonId, WorkerId, new_ids
from workbook_desktop.domain.people import Family, Involvement, Person, Worker
from workbook_desktop.domain.records import Answer, Head, State

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SECRET = "a secret of the load on the ICS"
FAMILIES_EACH, RECORDS_EACH = 4, 12
# What the store in memory of these laptops does not do is not asked of the service either.
_USED = {
    "feed",
    "push",
    "conflicts",
    "history",
    "gzip",
    "groups",
    "amend",
    "claims",
    "patch",
    "brief",
    "besides",
}
_FIELDS = ("home.like", "progress.family", "progress.strengths", "analysis.meaning")
_DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "autovacuum": "on"}
_DURABLE |= {"shared_buffers": "256MB", "listen_addresses": ""}
_SIZES = (1_000, 5_000, 20_000, 60_000)


# What is measured ------------------------------------------------------------------------------------------


class Times:
    """How long calls took, by name, in seconds; from the moment it is told to begin."""

    def __init__(self) -> None:
        self._lock, self._taken, self.begun = threading.Lock(), {}, False
        self._taken: dict[str, list[float]]

    def add(self, name: str, seconds: float) -> None:
        if self.begun:
            with self._lock:
                self._taken.setdefault(name, []).append(seconds)

    def at(self, name: str, share: float) -> float:
        taken = sorted(self._taken.get(name, []))
        return taken[min(int(len(taken) * share), len(taken) - 1)] if taken else float("nan")

    def count(self, name: str) -> int:
        return len(self._taken.get(name, []))


class Timed:
    """An ICS whose answers are timed, and whose acknowledgements are kept to be looked for at the end."""

    def __init__(self, ics: HttpIcs, times: Times) -> None:
        self._ics, self._times = ics, times
        self.acknowledged: dict[str, tuple[str, int]] = {}
        self.statuses: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ics, name)

    def capabilities(self) -> Capabilities:
        began = time.perf_counter()
        said = self._ics.capabilities()
        self._times.add("capabilities", time.perf_counter() - began)
        return msgspec.structs.replace(said, features=[f for f in said.features if f in _USED])

    def push(self, ops: Sequence[bytes], *, brief: bool = False) -> PushReply:
        began = time.perf_counter()
        said = self._ics.push(ops, brief=brief)
        self._times.add("push", time.perf_counter() - began)
        for each in said.results:
            self.statuses[each.status] += 1
            if each.status in ("applied", "duplicate"):
                assert each.hash is not None
                self.acknowledged[each.op_id] = (each.hash, each.version or 0)
        return said

    def feed(self, cursor: str | None, limit: int, besides: Sequence[tuple[int, int]] = ()) -> FeedReply:
        began = time.perf_counter()
        said = self._ics.feed(cursor, limit, besides)
        empty = cursor is not None and not said.items
        self._times.add("empty poll" if empty else "page", time.perf_counter() - began)
        return said


class Laptop:
    """One worker's device: it types, and exchanges; never two things at once."""

    def __init__(self, worker: str, base_url: str, token: str, times: Times, number: int) -> None:
        clock = SystemClock()
        self.chance = random.Random(f"laptop {number}")
        self.store = MemorySyncStore(clock)
        self.ics = Timed(HttpIcs(base_url, lambda: token, clock), times)
        self.engine = Engine(clock=clock, new_id=new_ids(clock.now, self.chance.getrandbits))
        self.worker, self.outcomes, self.edits = worker, Counter[str](), 0

    def edit(self) -> None:
        """Write a sentence into a record of one of the worker's families; settle what is asked about it."""
        drafts = [
            (id_, held)
            for id_, held in self.store.kept.records.items()
            if held.type == "form" and held.head is not None and held.head.state is State.DRAFT
        ]
        if not drafts:
            return
        record, held = self.chance.choice(drafts)
        body = self.store.body(record)
        assert body is not None
        asked = [
            each
            for each in self.store.kept.conflicts.values()
            if each.record == record and each.state == "open"
        ]
        self.edits += 1
        words = f"{self.worker} wrote this as edit {self.edits}."
        path = FieldPath(self.chance.choice(_FIELDS))
        if asked:
            settles = [Settlement(conflict=each.id, choice="theirs") for each in asked]
            self.store.write(record, body, family=held.family, settles=settles)
        else:
            self.store.write(record, body.with_answer(path, Answer(value=words)), family=held.family)

    def exchange(self) -> str:
        outcome = driver.run(self.engine, self.store, self.ics).outcome
        self.outcomes[outcome] += 1
        return outcome


# The service -----------------------------------------------------------------------------------------------


@contextmanager
def a_database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{(folder / 'ics.sqlite').as_posix()}"
        return
    server = PostgresServer(settings=_DURABLE)
    try:
        yield server.url(server.fresh())
    finally:
        server.close()


@contextmanager
def a_service(url: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Serve a database with a process of its own; give its address and that of its metrics."""
    secret, where = folder / "secret", folder / "database"
    for file, text in ((secret, SECRET), (where, url)):
        file.touch(mode=0o600)
        file.write_text(text)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        operations = free.getsockname()[1]
    command = [sys.executable, "-m", "sync.reference_ics", "serve", "--database-file", str(where)]
    command += ["--port", "0", "--practice-secret-file", str(secret), "--operations-port", str(operations)]
    command += ["--log-level", "warning"]
    with (folder / "ics.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=log, text=True, env=dict(os.environ)
        )
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening on "), (folder / "ics.log").read_text()
            yield line.split()[-1], f"http://127.0.0.1:{operations}"
        finally:
            process.send_signal(signal.SIGTERM)


def signed_in(base_url: str, worker: str) -> str:
    body = {"worker": worker, "secret": SECRET}
    reply = httpx.post(f"{base_url}/v1/practice/sign-in", json=body, timeout=60)
    return str(reply.raise_for_status().json()["token"])


def a_caseload(devices: int) -> tuple[Caseload, list[str]]:
    """Families shared by two workers each, four to a worker, with a dozen drafts of 4 KB in each."""
    workers = tuple(
        Worker(
            id=WorkerId(f"w-load-{n}"),
            name=f"Worker {n}",
            role="social worker",
            agency="Wrenmouth Council",
            chapter="child",
        )
        for n in range(devices)
    )
    families, records = [], []
    for n in range(max(devices * FAMILIES_EACH // 2, 1)):
        id_ = FamilyId(f"f-load-{n}")
        child = Person(
            id=PersonId(f"p-load-{n}"), family=id_, forename="Maisie", surname=f"Load{n}", is_child=True
        )
        team = {workers[place % devices].id for place in (n, n + 1 + n // devices)}
        links = tuple(
            Involvement(worker=each, person=child.id, role="case holder", start=date(2026, 1, 5))
            for each in sorted(team)
        )
        families.append(
            Family(
                id=id_, name=f"Load{n}", people=(child,), households=(), relationships=(), involvements=links
            )
        )
        records += [draft(head) for head in records_of_4_kb(RECORDS_EACH, n, id_)]
    return Caseload(workers=workers, families=tuple(families), records=tuple(records)), [
        w.id for w in workers
    ]


def draft(head: Head) -> Head:
    return replace(head, state=State.DRAFT, signed_by=None, signed_at=None)


def opened(url: str) -> Database:
    return Database(url, authority=AUTHORITY, new_id=new_ids(SystemClock().now, random.getrandbits))


# The run ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    devices: int
    minutes: float
    every: float  # seconds between a laptop's runs, on average
    database: str


def drive(asked: Asked) -> int:
    """Run the load and print its figures; return how much was found wrong."""
    with (
        tempfile.TemporaryDirectory(prefix="ics-load-") as name,
        a_database(asked.database, Path(name)) as url,
    ):
        caseload, workers = a_caseload(asked.devices)
        database = opened(url)
        seed.put(database, caseload, received_at=datetime.now(UTC))
        database.close()
        times = Times()
        with a_service(url, Path(name)) as (base_url, operations):
            laptops = [
                Laptop(worker, base_url, signed_in(base_url, worker), times, number)
                for number, worker in enumerate(workers)
            ]
            began = time.perf_counter()
            before = going(laptops, times, asked, f"{operations}/metrics")
            took = time.perf_counter() - began
            for _ in range(3):  # what is still to be merged, and then what that brought the others
                for laptop in laptops:
                    laptop.exchange()
            metrics = httpx.get(f"{operations}/metrics", timeout=60).text
            for laptop in laptops:
                laptop.ics.close()
        wrong = what_is_wrong(url, laptops)
    tell(asked, laptops, times, took, (before, metrics), wrong)
    return len(wrong)


def going(laptops: list[Laptop], times: Times, asked: Asked, metrics: str) -> str:
    """Have every laptop run for the time asked, each in a thread; the first sync of all is not measured.

    Returns what the service had counted by the end of the first syncs.
    """
    ready, end = threading.Barrier(len(laptops) + 1), threading.Event()
    broken: list[str] = []

    def work(laptop: Laptop) -> None:
        try:
            laptop.exchange()
            ready.wait(timeout=600)
            while not end.wait(laptop.chance.uniform(0.5, 1.5) * asked.every):
                if laptop.chance.random() < 0.5:
                    laptop.edit()
                laptop.exchange()
        except Exception as error:
            broken.append(f"{laptop.worker}: {type(error).__name__}: {error}")
            ready.abort()

    threads = [threading.Thread(target=work, args=(laptop,)) for laptop in laptops]
    for thread in threads:
        thread.start()
    try:
        ready.wait(timeout=600)
    except threading.BrokenBarrierError:
        for thread in threads:
            thread.join()
        raise SystemExit("\n".join(broken)) from None
    before = httpx.get(metrics, timeout=60).text
    times.begun = True
    end.wait(asked.minutes * 60)
    times.begun = False
    end.set()
    for thread in threads:
        thread.join()
    if broken:
        raise SystemExit("\n".join(broken))
    return before


def what_is_wrong(url: str, laptops: list[Laptop]) -> list[str]:
    """Return what does not hold: a lost acknowledgement, a gap, a laptop that says something else."""
    database = opened(url)
    try:
        with database.reading_for_long() as connection:
            wrong = list(found_in(connection).wrong)
            ops = {
                row.id: row.version for row in connection.execute(select(tables.op.c.id, tables.op.c.version))
            }
            same = (
                (tables.entry.c.kind == tables.revision.c.kind)
                & (tables.entry.c.id == tables.revision.c.id)
                & (tables.entry.c.version == tables.revision.c.version)
            )
            rows = connection.execute(
                select(tables.entry.c.id, tables.entry.c.scope, tables.revision.c.body)
                .join_from(tables.entry, tables.revision, same)
                .where(tables.entry.c.kind == "record")
            ).all()
    finally:
        database.close()
    for laptop in laptops:
        for op, (_, version) in laptop.ics.acknowledged.items():
            if ops.get(op) != version:
                wrong.append(f"{op} was acknowledged as version {version}, and the ICS has {ops.get(op)}")
        if laptop.store.kept.ops and not laptop.store.parked():
            wrong.append(f"{laptop.worker} still has {len(laptop.store.kept.ops)} ops")
        mine = set(laptop.store.kept.scopes)
        held = {
            id_: (each.head.version, each.head.hash)
            for id_, each in laptop.store.kept.records.items()
            if each.head is not None
        }
        heads = {}
        for id_, scope, body in rows:
            if scope in mine:
                head = msgspec.json.decode(body)
                heads[id_] = (head["version"], head["hash"])
        if held != heads:
            differ = sum(held.get(id_) != head for id_, head in heads.items())
            wrong.append(f"{laptop.worker} has {differ} records other than the ICS, of {len(heads)}")
    return wrong


def tell(
    asked: Asked, laptops: list[Laptop], times: Times, took: float, metrics: tuple[str, str], wrong: list[str]
) -> None:
    statuses, outcomes = Counter[str](), Counter[str]()
    for laptop in laptops:
        statuses += laptop.ics.statuses
        outcomes += laptop.outcomes
    failed = sum(count for outcome, count in outcomes.items() if outcome not in ("complete", "partial"))
    print(f"{asked.devices} laptops, {asked.database}, {took:.0f} s, a run every {asked.every:g} s each")
    print(f"runs     {json.dumps(dict(outcomes))}")
    print(f"ops      {json.dumps(dict(statuses))}")
    own = of_the_service(*metrics)
    print("\n| call | count | p50 ms | p95 ms | p99 ms | p95 by the service ms |")
    print("|---|---|---|---|---|---|")
    for name, route in (
        ("push", "/v1/push"),
        ("empty poll", "/v1/feed"),
        ("page", "/v1/feed"),
        ("capabilities", "/.well-known/ics-workbook"),
    ):
        at = " | ".join(f"{times.at(name, share) * 1000:.1f}" for share in (0.5, 0.95, 0.99))
        print(f"| {name} | {times.count(name)} | {at} | {own.get(route, float('nan')) * 1000:.0f} |")
    print(f"\nerrors   {failed}")
    print(f"wrong    {len(wrong)}")
    for each in wrong[:20]:
        print(f"  {each}")


def of_the_service(before: str, after: str) -> dict[str, float]:
    """Return, by address, the upper end of the bucket in which the service's own 95th percentile lies."""
    first, last = _buckets(before), _buckets(after)
    found = {}
    for route, edges in last.items():
        of = {edge: count - first.get(route, {}).get(edge, 0.0) for edge, count in edges.items()}
        found[route] = min(edge for edge, count in of.items() if count >= 0.95 * of[float("inf")])
    return found


def _buckets(metrics: str) -> dict[str, dict[float, float]]:
    found: dict[str, dict[float, float]] = {}
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if sample.name == "ics_call_seconds_bucket" and sample.labels["status"] == "200":
                of = found.setdefault(sample.labels["route"], {})
                edge = float(sample.labels["le"])
                of[edge] = of.get(edge, 0.0) + sample.value
    return found


# The cost of a poll ----------------------------------------------------------------------------------------


def polls(kind: str) -> int:
    """Print what a poll costs one worker with ever more records."""
    print(f"\n{kind}: what one worker's poll costs, by records of that worker; milliseconds\n")
    print("| records | empty poll p50 | p95 | poll that brings one change p50 | p95 |")
    print("|---|---|---|---|---|")
    for size in _SIZES:
        with tempfile.TemporaryDirectory(prefix="ics-load-") as name, a_database(kind, Path(name)) as url:
            caseload, workers = a_caseload(2)
            fewer = replace(caseload, records=())
            own = [
                family.id
                for family in caseload.families
                if any(link.worker == workers[0] for link in family.involvements)
            ]
            database = opened(url)
            seed.put(database, fewer, received_at=datetime.now(UTC))
            for start in range(0, size, 5_000):
                count, family = min(5_000, size - start), own[start // 5_000 % len(own)]
                part = [draft(head) for head in records_of_4_kb(count, start, family)]
                seed.put(
                    database, replace(fewer, families=(), records=tuple(part)), received_at=datetime.now(UTC)
                )
            database.close()
            with a_service(url, Path(name)) as (base_url, _):
                row = _polled(base_url, workers[0], size)
        print(f"| {size:,} | " + " | ".join(f"{each * 1000:.1f}" for each in row) + " |", flush=True)
    return 0


def _polled(base_url: str, worker: str, size: int) -> list[float]:
    times = Times()
    laptop = Laptop(worker, base_url, signed_in(base_url, worker), times, size)
    laptop.exchange()
    assert len([h for h in laptop.store.kept.records.values() if h.type == "form"]) == size
    times.begun = True
    cursor = laptop.store.kept.feed.cursor
    for _ in range(200):
        laptop.ics.feed(cursor, 250)
    for _ in range(60):
        before = laptop.store.kept.feed.cursor
        times.begun = False
        laptop.edit()
        laptop.exchange()
        assert laptop.outcomes["complete"] == laptop.outcomes.total()
        times.begun = True
        laptop.ics.feed(before, 250)  # as another laptop of this worker reads it
    laptop.ics.close()
    return [times.at(name, share) for name in ("empty poll", "page") for share in (0.5, 0.95)]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=1.0, help="how long (default: 1)")
    parser.add_argument("--devices", type=int, default=200, help="how many laptops (default: 200)")
    parser.add_argument(
        "--every", type=float, default=10.0, help="seconds between a laptop's runs (default: 10)"
    )
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--polls", action="store_true", help="measure the cost of a poll instead")
    said = parser.parse_args()
    if said.polls:
        return polls(said.database)
    asked = Asked(devices=said.devices, minutes=said.minutes, every=said.every, database=said.database)
    return 1 if drive(asked) else 0


if __name__ == "__main__":
    sys.exit(main())
