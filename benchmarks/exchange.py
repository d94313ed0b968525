"""6,000 records of 4 KB, pushed and pulled through the shipping client and a service process, over HTTP.

The floors are the same records decoded and inserted, with no checks, no network, no merge and no journal, by
one process that does nothing else: for each direction what both ends have to write at the least.

* **Pull**: decoded and inserted into an encrypted store with the client's own settings: row, body, index of
  words.
* **Push**: inserted as they are into the encrypted store (a worker's op is on the disk before a byte of it is
  sent), decoded and inserted into the service's database as head and revision, and struck off in the
  encrypted store. The row below it holds the same push against the service's part alone.
"""

from __future__ import annotations

import gc
import json
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.figures import Figure
from workbook_desktop.commands.practice import PASSPHRASE, WORKER, Practice
from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.domain.records import Gist, Head, body_of

COUNT = 6_000
FAMILY = FamilyId("f-tolland")
PAGE, BATCH = 500, 100


def _heads() -> list[Head]:
    from sync.reference_ics.generate import records_of_4_kb

    return list(records_of_4_kb(COUNT, seed=5, family=FAMILY))


def _messages(heads: list[Head]) -> list[bytes]:
    from sync.protocol import record_json

    return [record_json(head) for head in heads]


def _encrypted(folder: Path, name: str) -> Any:
    import sqlcipher3

    from workbook_desktop.store.connection import SETTINGS

    connection = sqlcipher3.connect(str(folder / name), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{'ab' * 32}'\"")
    for pragma, value, _ in SETTINGS:
        connection.execute(f"PRAGMA {pragma} = {value}")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")  # as the client does while much comes
    return connection


def pull_floor(messages: list[bytes], folder: Path) -> float:
    """Return seconds to decode and insert the messages, encrypted and indexed, with nothing checked."""
    gc.collect()
    connection = _encrypted(folder, "floor.db")
    connection.execute(
        "CREATE TABLE record (id TEXT PRIMARY KEY, family TEXT, version INTEGER, state TEXT, form TEXT)"
    )
    connection.execute("CREATE TABLE body (record TEXT PRIMARY KEY, content BLOB)")
    connection.execute("CREATE VIRTUAL TABLE search USING fts5(title, narrative, content='', detail=column)")
    pages = [b"[" + b",".join(messages[at : at + PAGE]) + b"]" for at in range(0, len(messages), PAGE)]
    began = time.perf_counter()
    for page in pages:
        read = msgspec.json.decode(page)
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
            [(raw["id"], raw["scope_id"], raw["version"], raw["state"], raw["form"]["id"]) for raw in read],
        )
        connection.executemany(
            "INSERT INTO body VALUES (?, ?)",
            [
                (raw["id"], msgspec.json.encode({"answers": raw["answers"], "groups": raw["groups"]}))
                for raw in read
            ],
        )
        connection.executemany(
            "INSERT INTO search (title, narrative) VALUES (?, ?)",
            [(raw["id"], " ".join(_texts(raw["answers"]))) for raw in read],
        )
        connection.execute("COMMIT")
    spent = time.perf_counter() - began
    connection.close()
    return spent


def _texts(answers: dict[str, Any]) -> list[str]:
    return [raw["v"] for raw in answers.values() if isinstance(raw.get("v"), str)]


def push_floor(messages: list[bytes], folder: Path) -> tuple[float, float]:
    """Return seconds to write down the messages as both ends have to, with nothing checked; and those of it
    that are the service's."""
    gc.collect()
    laptop = _encrypted(folder, "outbox-floor.db")
    laptop.execute("CREATE TABLE op (id TEXT PRIMARY KEY, sealed BLOB)")
    laptop.execute("CREATE TABLE record (id TEXT PRIMARY KEY, version INTEGER)")
    service = sqlite3.connect(folder / "service-floor.db", isolation_level=None)
    service.execute("PRAGMA journal_mode = WAL")
    service.execute("PRAGMA synchronous = FULL")
    service.execute("CREATE TABLE head (id TEXT PRIMARY KEY, scope TEXT, version INTEGER, body BLOB)")
    service.execute(
        "CREATE TABLE revision (id TEXT, version INTEGER, op TEXT UNIQUE, body BLOB,"
        " PRIMARY KEY (id, version))"
    )
    pages = [messages[at : at + BATCH] for at in range(0, len(messages), BATCH)]
    names = [[msgspec.json.decode(each)["id"] for each in page] for page in pages]
    of_service = 0.0
    began = time.perf_counter()
    for page, ids in zip(pages, names, strict=True):
        laptop.execute("BEGIN")
        laptop.executemany("INSERT INTO op VALUES (?, ?)", zip(ids, page, strict=True))
        laptop.execute("COMMIT")
        at = time.perf_counter()
        read = msgspec.json.decode(b"[" + b",".join(page) + b"]")
        rows = list(zip(read, page, strict=True))
        service.execute("BEGIN IMMEDIATE")
        service.executemany(
            "INSERT INTO head VALUES (?, ?, 1, ?)", [(raw["id"], raw["scope_id"], each) for raw, each in rows]
        )
        service.executemany(
            "INSERT INTO revision VALUES (?, 1, ?, ?)", [(raw["id"], raw["id"], each) for raw, each in rows]
        )
        service.execute("COMMIT")
        of_service += time.perf_counter() - at
        laptop.execute("BEGIN")
        laptop.executemany("DELETE FROM op WHERE id = ?", [(each,) for each in ids])
        laptop.executemany("INSERT INTO record VALUES (?, 1)", [(each,) for each in ids])
        laptop.execute("COMMIT")
    spent = time.perf_counter() - began
    laptop.close()
    service.close()
    return spent, of_service


def _fill(parts: Practice, heads: list[Head]) -> None:
    """Write the records into the worker's store as drafts, released to be sent."""
    from workbook_desktop.domain.records import FormRef

    store = parts.worker._store  # a bench prepares what a worker would take months to write
    assert store is not None
    at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def write() -> None:
        for number, head in enumerate(heads):
            form = head.form or FormRef(id="visit", version="1.0.0")  # type: ignore[arg-type]
            store.drafts.begin(
                RecordId(head.id),
                family=head.family,
                form=form,
                chapter="child",
                subjects=head.subjects,
                body=body_of(head.content),
                gist=Gist(title=f"Record {number}", occurred_on=None, search_text=""),
                by=WORKER.id,
                at=at + timedelta(milliseconds=number),
            )
            store.drafts.release(RecordId(head.id), by=WORKER.id, at=at + timedelta(milliseconds=number))

    parts.worker.thread.submit(lambda: store.together(write)).result()


def measure() -> list[Figure]:
    """Push from the worker's store, then pull into the colleague's, in a process set up as the window's."""
    from ui.tasks import COLLECT, TURN

    sys.setswitchinterval(TURN)
    gc.set_threshold(*COLLECT)
    heads = _heads()
    messages = _messages(heads)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        parts = Practice(folder, automatic=False)
        parts.prepare()
        for client in (parts.worker, parts.colleague):
            client.thread.submit(client.unlock, PASSPHRASE).result()
            assert client.runner is not None
            client.runner.run_once()
        _fill(parts, heads)
        del heads  # no laptop holds them: looking for garbage among half a million values would be measured
        gc.collect()
        gc.freeze()
        assert parts.worker.runner is not None
        assert parts.colleague.runner is not None
        # What a busy machine adds to the clock it adds to all: the processor time stands beside it.
        cpu = [(time.process_time(), parts.ics.processor_seconds())]
        floor_push, floor_service = push_floor(messages, folder)
        cpu.append((time.process_time(), parts.ics.processor_seconds()))
        began = time.perf_counter()
        sent = parts.worker.runner.run_once()
        push = time.perf_counter() - began
        cpu.append((time.process_time(), parts.ics.processor_seconds()))
        floor_pull = pull_floor(messages, folder)
        cpu.append((time.process_time(), parts.ics.processor_seconds()))
        began = time.perf_counter()
        received = parts.colleague.runner.run_once()
        pull = time.perf_counter() - began
        cpu.append((time.process_time(), parts.ics.processor_seconds()))
        empty = []
        for _ in range(20):
            began = time.perf_counter()
            parts.colleague.runner.run_once()
            empty.append(time.perf_counter() - began)
        parts.close()
    if sent.sent < COUNT or received.received < COUNT:
        raise RuntimeError(
            f"sent {sent.sent}, received {received.received} of {COUNT}: {json.dumps(sent.outcome)}"
        )
    size = sum(len(message) for message in messages) / len(messages) / 1024
    of_push_floor, of_push, of_pull_floor, of_pull = (
        tuple(after - before for before, after in zip(*ends, strict=True)) for ends in pairwise(cpu)
    )
    busy = (
        f"; processor time of the client {of_push[0]:.2f} and {of_pull[0]:.2f} s, of the service"
        f" {of_push[1]:.2f} and {of_pull[1]:.2f} s, of the floors"
        f" {of_push_floor[0]:.2f} and {of_pull_floor[0]:.2f} s"
    )
    about = f"{COUNT:,} records of {size:.1f} KB, from store to store by way of a service process over HTTP"

    def figure(name: str, value: float, floor: float, goal: float = 1 / 2, how: str = about) -> Figure:
        return Figure(
            group="sync",
            name=name,
            value=value,
            floor=floor,
            unit="rec/s",
            goal=goal,
            of_floor=True,
            at_least=True,
            how=f"{how}; floor: decode + insert with no checks{busy}",
        )

    return [
        figure("push, sealed to acknowledged", COUNT / push, COUNT / floor_push),
        figure(
            "push beside the service's part alone",
            COUNT / push,
            COUNT / floor_service,
            1 / 10,
            f"{about}; the floor leaves out that the laptop writes at all, so the goal is ours",
        ),
        figure("pull, asked to searchable", COUNT / pull, COUNT / floor_pull),
        figure("push and pull together", 2 * COUNT / (push + pull), 2 * COUNT / (floor_push + floor_pull)),
        Figure(
            group="sync",
            name="nothing to send or receive",
            value=sorted(empty)[10] * 1000,
            unit="ms",
            goal=50,
            how="median of 20 runs: capabilities, families, one empty page; the goal is ours",
        ),
    ]
