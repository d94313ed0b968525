"""The service as a process, and under many writers: what it acknowledged stays, its feed has no holes."""

from __future__ import annotations

import itertools
import json
import socket
import ssl
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from sqlalchemy import select

from sync.protocol import MEDIA_TYPE, record_message
from sync.reference_ics.generate import records_of_4_kb
from sync.reference_ics.tables import entry, standing
from tests.support.certificates import Authority
from tests.support.databases import KINDS
from tests.support.service import (
    AMARA,
    BEA,
    REPOSITORY,
    TOLLAND,
    IcsProcess,
    content,
    create,
    running_ics,
    signed_in,
    small_caseload,
)

pytestmark = [
    pytest.mark.usefixtures("database_kind"),
    pytest.mark.parametrize("database_kind", KINDS, indirect=True, scope="module"),
]


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
        assert numbers == sorted(set(numbers))  # in order, and nothing twice
        pushed = {f"r-{w}-{p}-{o}" for w in range(writers) for p in range(pushes) for o in range(ops)}
        assert pushed <= {id_ for _, id_ in seen}
        with ics.database() as office, office.reading() as connection:
            told = set(connection.execute(select(standing.c.seq)).scalars())
            written = set(connection.execute(select(entry.c.seq)).scalars())
        assert told | written == set(range(1, max(written) + 1))  # no number was given to nothing
        assert written <= set(numbers)  # what was not sent is what was said to others about their families


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


def test_told_to_end_it_finishes_the_push_under_way(process: IcsProcess) -> None:
    with httpx.Client(base_url=process.base_url, timeout=30) as http:
        signed_in(http, AMARA, process.secret)
        op = create("r-1", "op-1", content(note="x" * 50_000))
        body = b'{"ops":[' + msgspec.json.encode(op) + b"]}"

        def in_two_parts() -> Iterator[bytes]:
            yield body[:30_000]
            process.tell_to_end()
            yield body[30_000:]

        reply = http.post("/v1/push", content=in_two_parts(), headers={"Content-Type": MEDIA_TYPE})
        assert reply.json()["results"][0]["status"] == "applied"
    assert process.wait() in (0, -15)
    process.start()
    with httpx.Client(base_url=process.base_url, timeout=30) as http:
        assert signed_in(http, AMARA, process.secret).record("r-1")["version"] == 1


def test_told_to_end_it_says_so_first_and_goes_on_answering(tmp_path: Path) -> None:
    port = a_free_port()
    process = IcsProcess(tmp_path, small_caseload(), "--drain-seconds", "2", "--operations-port", str(port))
    try:
        with (
            httpx.Client(base_url=process.base_url, timeout=30) as http,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as operator,
        ):
            caller = signed_in(http, AMARA, process.secret)
            assert operator.get("/ready").status_code == 200
            process.tell_to_end()
            while operator.get("/ready").status_code == 200:
                pass
            assert operator.get("/live").status_code == 200
            assert http.get("/v1/health").status_code == 503
            assert caller.push(create("r-1", "op-1", content(note="x")))[0]["status"] == "applied"
            assert 'ics_ops_total{problem="",status="applied"} 1.0' in operator.get("/metrics").text
        assert process.wait() in (0, -15)
    finally:
        process.kill()
    said = [json.loads(line) for line in process.log.read_text().splitlines()]
    assert {"told to end", "push", "call"} <= {line["event"] for line in said}


def test_it_brings_tls_itself_and_takes_nothing_older_than_1_2(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    paper = authority.issue()
    files = ("--tls-certificate", str(paper.certificate), "--tls-key", str(paper.key))
    process = IcsProcess(tmp_path, small_caseload(), *files)
    try:
        assert process.base_url.startswith("https://")
        trusts = ssl.create_default_context(cafile=str(authority.root))
        with httpx.Client(base_url=process.base_url, verify=trusts) as http:
            assert http.get("/v1/health").json() == {"status": "ok"}
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{process.base_url}/v1/health")  # nobody vouches for it
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{process.base_url}/v1/health", verify=old)
    finally:
        process.kill()


def test_an_epoch_begun_while_it_runs_is_told_at_once(process: IcsProcess) -> None:
    with httpx.Client(base_url=process.base_url, timeout=30) as http:
        caller = signed_in(http, AMARA, process.secret)
        before = caller.feed()["epoch"]
        command = [sys.executable, "-m", "sync.reference_ics", "new-epoch", "--reason", "a drill"]
        told = subprocess.run(
            [*command, "--database", process.database],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=True,
        )
        assert caller.feed()["epoch"] == told.stdout.split()[1] != before


def a_free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
