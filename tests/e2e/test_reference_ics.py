"""The service as a process, and under many writers: what it acknowledged stays, its feed has no holes."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from sync.protocol import record_message
from sync.reference_ics.generate import records_of_4_kb
from tests.support.service import (
    AMARA,
    BEA,
    TOLLAND,
    IcsProcess,
    content,
    create,
    running_ics,
    signed_in,
    small_caseload,
)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[IcsProcess]:
    found = IcsProcess(tmp_path, small_caseload())
    try:
        yield found
    finally:
        found.kill()


def test_killed_in_mid_push_it_keeps_what_it_acknowledged_and_nothing_by_halves(process: IcsProcess) -> None:
    acknowledged: dict[str, str] = {}
    sent: dict[str, bytes] = {}
    numbers = itertools.count()
    for _ in range(4):
        enough = threading.Event()

        def pushing(base_url: str, enough: threading.Event = enough) -> None:
            with httpx.Client(base_url=base_url, timeout=20) as http:
                caller = signed_in(http, AMARA, process.secret)
                for pushed in itertools.count(1):
                    ops = {}
                    for number in itertools.islice(numbers, 20):
                        op = create(f"r-{number}", f"op-{number}", content(note=f"{number} " * 200))
                        ops[f"op-{number}"] = msgspec.json.encode(op)
                    sent.update(ops)
                    try:
                        results = caller.push(*ops.values())
                    except httpx.HTTPError:
                        return
                    acknowledged.update({each["op_id"]: each["hash"] for each in results})
                    if pushed == 5:
                        enough.set()

        pusher = threading.Thread(target=pushing, args=(process.base_url,))
        pusher.start()
        assert enough.wait(timeout=30)
        process.kill()
        pusher.join(timeout=30)
        assert not pusher.is_alive()
        process.start()

    with httpx.Client(base_url=process.base_url, timeout=30) as http:
        caller = signed_in(http, AMARA, process.secret)
        items, _ = caller.feed_to_the_end()
        stored = {item["id"]: item["body"] for item in items if item["id"].startswith("r-")}
        assert len(acknowledged) >= 4 * 5 * 20
        for op, hash_ in acknowledged.items():
            assert stored[op.replace("op-", "r-")]["hash"] == hash_
        # Sent again, every op is known whole or not at all, and each record is there once.
        for start in range(0, len(sent), 100):
            batch = list(sent.items())[start : start + 100]
            for (op, _), result in zip(batch, caller.push(*(each for _, each in batch)), strict=True):
                known = op.replace("op-", "r-") in stored
                assert result["status"] == ("duplicate" if known else "applied")
        items, _ = caller.feed_to_the_end()
        assert len([item for item in items if item["id"].startswith("r-")]) == len(sent)
        assert len(caller.history("r-0")["revisions"]) == 1


def test_asked_to_end_it_ends_cleanly_and_starts_again_on_its_port(process: IcsProcess) -> None:
    address = process.base_url
    assert httpx.get(f"{address}/v1/health").status_code == 200
    assert process.terminate() in (0, -15)
    process.start()
    assert process.base_url == address
    assert httpx.get(f"{address}/v1/health").status_code == 200


def test_a_reader_beside_many_writers_misses_nothing(tmp_path: Path) -> None:
    writers, pushes, ops = 4, 10, 5
    with running_ics(tmp_path) as ics:
        failed: list[BaseException] = []

        def write(name: int) -> None:
            try:
                caller = ics.sign_in(AMARA)
                for push in range(pushes):
                    names = [f"{name}-{push}-{op}" for op in range(ops)]
                    results = caller.push(*(create(f"r-{n}", f"op-{n}", content(note=n)) for n in names))
                    assert {each["status"] for each in results} == {"applied"}
            except BaseException as error:
                failed.append(error)

        reader = ics.sign_in(BEA)
        threads = [threading.Thread(target=write, args=(name,)) for name in range(writers)]
        for thread in threads:
            thread.start()
        seen: list[tuple[int, str]] = []
        cursor: str | None = None
        while True:
            done = not any(thread.is_alive() for thread in threads)
            page = reader.feed(cursor, limit=7)
            cursor = page["next_cursor"]
            assert all(item["seq"] <= page["checkpoint_seq"] for item in page["items"])
            seen += [(item["seq"], item["id"]) for item in page["items"]]
            if done and not page["more"]:
                break
        assert failed == []
        numbers = [seq for seq, _ in seen]
        assert numbers == list(
            range(1, writers * pushes * ops + 4)
        )  # nothing missing, nothing twice, in order
        assert len({id_ for _, id_ in seen}) == len(seen)


def test_six_thousand_records_of_4_kb_go_up_and_come_down(tmp_path: Path) -> None:
    with running_ics(tmp_path) as ics:
        amara = ics.sign_in(AMARA)
        heads = [record_message(head) for head in records_of_4_kb(6_000, 1, TOLLAND)]
        for start in range(0, len(heads), 100):
            ops = []
            for head in heads[start : start + 100]:
                op = create(head.id, f"op-{head.id}", content())
                (row_id, row), *_ = head.groups["children"].items()
                at = f"children/{row_id}"
                op["set"] = {**head.answers, at: {"ord": row["ord"]}}
                op["set"] |= {f"{at}/{link_id}": answer for link_id, answer in row["answers"].items()}
                op["result_hash"] = head.hash
                ops.append(op)
            assert {each["status"] for each in amara.push(*ops)} == {"applied"}
        items, _ = ics.sign_in(BEA).feed_to_the_end()
        came = {item["id"]: item["body"]["hash"] for item in items if item["kind"] == "record"}
        assert all(came[head.id] == head.hash for head in heads)
