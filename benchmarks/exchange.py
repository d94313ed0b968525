"""6,000 records of 4 KB, pushed and pulled through the shipping client and a service process, over HTTP.

The floor is the same records decoded and inserted with no checks, no network and no merge: into an encrypted
store of the same settings with the same search index for the pull (what a client must do at the least), and
into a plain database of head and revision rows for the push (what a server must do at the least).
"""

from __future__ import annotations

import gc
import json
import sqlite3
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.figures import Figure
from workbook_desktop.commands.practice import PASSPHRASE, WORKER, Practice
from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.domain.records import Gist, Head, body_of

COUNT = 6_000
FAMILY = FamilyId("f-tolland")
PAGE = 500


def _heads() -> list[Head]:
    from sync.reference_ics.generate import records_of_4_kb

    return list(records_of_4_kb(COUNT, seed=5, family=FAMILY))


def _messages(heads: list[Head]) -> list[bytes]:
    from sync.protocol import record_json

    return [record_json(head) for head in heads]


def pull_floor(messages: list[bytes], folder: Path) -> float:
    """Return seconds to decode and insert the messages, encrypted and indexed, with nothing checked."""
    import sqlcipher3

    gc.collect()
    connection = sqlcipher3.connect(str(folder / "floor.db"), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{'ab' * 32}'\"")
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -65536", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(
        "CREATE TABLE record (id TEXT PRIMARY KEY, family TEXT, version INTEGER, state TEXT, form TEXT)"
    )
    connection.execute("CREATE TABLE body (record TEXT PRIMARY KEY, content BLOB)")
    connection.execute("CREATE VIRTUAL TABLE search USING fts5(title, narrative, content='', detail=column)")
    pages = [b"[" + b",".join(messages[at : at + PAGE]) + b"]" for at in range(0, len(messages), PAGE)]
    began = time.perf_counter()
    for page in pages:
        connection.execute("BEGIN")
        for raw in msgspec.json.decode(page):
            connection.execute(
                "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
                (raw["id"], raw["scope_id"], raw["version"], raw["state"], raw["form"]["id"]),
            )
            content = msgspec.json.encode({"answers": raw["answers"], "groups": raw["groups"]})
            connection.execute("INSERT INTO body VALUES (?, ?)", (raw["id"], content))
            words = " ".join(_texts(raw["answers"]))
            connection.execute("INSERT INTO search (title, narrative) VALUES (?, ?)", (raw["id"], words))
        connection.execute("COMMIT")
    spent = time.perf_counter() - began
    connection.close()
    return spent


def _texts(answers: dict[str, Any]) -> list[str]:
    return [raw["v"] for raw in answers.values() if isinstance(raw.get("v"), str)]


def push_floor(messages: list[bytes], folder: Path) -> float:
    """Return seconds to decode and insert the messages as a server would, with nothing checked."""
    gc.collect()
    connection = sqlite3.connect(folder / "server-floor.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE head (id TEXT PRIMARY KEY, scope TEXT, version INTEGER, body BLOB)")
    connection.execute(
        "CREATE TABLE revision (id TEXT, version INTEGER, op TEXT UNIQUE, body BLOB,"
        " PRIMARY KEY (id, version))"
    )
    began = time.perf_counter()
    for at in range(0, len(messages), 100):
        page = messages[at : at + 100]
        connection.execute("BEGIN IMMEDIATE")
        for raw, message in zip(msgspec.json.decode(b"[" + b",".join(page) + b"]"), page, strict=True):
            connection.execute("INSERT INTO head VALUES (?, ?, 1, ?)", (raw["id"], raw["scope_id"], message))
            connection.execute("INSERT INTO revision VALUES (?, 1, ?, ?)", (raw["id"], raw["id"], message))
        connection.execute("COMMIT")
    spent = time.perf_counter() - began
    connection.close()
    return spent


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
    """Push from the worker's store, then pull into the colleague's."""
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
        assert parts.worker.runner is not None
        assert parts.colleague.runner is not None
        floor_push = push_floor(messages, folder)
        began = time.perf_counter()
        sent = parts.worker.runner.run_once()
        push = time.perf_counter() - began
        floor_pull = pull_floor(messages, folder)
        began = time.perf_counter()
        received = parts.colleague.runner.run_once()
        pull = time.perf_counter() - began
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
    about = f"{COUNT:,} records of {size:.1f} KB, from store to store by way of a service process over HTTP"

    def figure(name: str, value: float, floor: float, how: str = about) -> Figure:
        return Figure(
            group="sync",
            name=name,
            value=value,
            floor=floor,
            unit="rec/s",
            goal=1 / 3,
            of_floor=True,
            at_least=True,
            how=f"{how}; floor: decode + insert with no checks",
        )

    return [
        figure("push, sealed to acknowledged", COUNT / push, COUNT / floor_push),
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
