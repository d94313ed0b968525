"""The edge of the service: headers, signing in, limits, and an answer whatever comes in."""

from __future__ import annotations

import gzip
import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.protocol import CONTRACT, CONTRACT_HEADER, MEDIA_TYPE, PROBLEM_TYPE, Capabilities, Limits
from sync.protocol.encoding import DIGEST_HEADER, digest_fits, digest_of
from tests.support.service import AMARA, SECRET, IcsCaller, RunningIcs, content, create, running_ics

FIRST = content(note="a canary among the answers")


def check_problem(reply: httpx.Response, status: int, type_: str) -> None:
    assert (reply.status_code, reply.json()["type"]) == (status, type_), reply.text
    assert reply.json()["status"] == status
    assert reply.headers["content-type"] == PROBLEM_TYPE
    assert reply.headers[CONTRACT_HEADER] == CONTRACT


def test_capabilities_need_no_signing_in_and_name_the_contract(ics: RunningIcs) -> None:
    reply = httpx.get(f"{ics.base_url}/.well-known/ics-workbook")
    assert reply.headers["content-type"] == MEDIA_TYPE
    assert reply.headers[CONTRACT_HEADER] == CONTRACT
    assert reply.headers["cache-control"] == "no-store, no-transform"
    said = reply.json()
    assert (said["contracts"], said["sign_in"], said["authority"]) == ([CONTRACT], ["practice"], "wrenmouth")
    assert said["limits"]["ops"] == Limits().ops
    assert set(said) == set(Capabilities.__struct_fields__)


def test_the_epoch_stays_over_a_restart(ics: RunningIcs) -> None:
    address = f"{ics.base_url}/.well-known/ics-workbook"
    before = httpx.get(address).json()["epoch"]
    ics.restart()
    assert httpx.get(address).json()["epoch"] == before


def test_health_says_ok(ics: RunningIcs) -> None:
    assert httpx.get(f"{ics.base_url}/v1/health").json() == {"status": "ok"}


def test_everything_else_needs_a_token(ics: RunningIcs) -> None:
    calls = [("GET", "/v1/scopes"), ("GET", "/v1/feed"), ("POST", "/v1/push"), ("GET", "/v1/records/x")]
    calls.append(("GET", "/v1/records/x/history"))
    with httpx.Client(base_url=ics.base_url) as nobody:
        for method, path in calls:
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
                reply = nobody.request(method, path, headers=headers)
                check_problem(reply, 401, "token-expired")
                assert reply.headers["www-authenticate"] == "Bearer"


def test_a_token_ends_with_its_time(ics: RunningIcs, amara: IcsCaller) -> None:
    ics.clock.forward(hours=13)
    check_problem(amara.http.get("/v1/scopes"), 401, "token-expired")


def test_a_wrong_secret_and_an_unknown_worker_answer_alike(ics: RunningIcs) -> None:
    address = f"{ics.base_url}/v1/practice/sign-in"
    wrong = httpx.post(address, json={"worker": AMARA, "secret": "not the secret"})
    unknown = httpx.post(address, json={"worker": "w-nobody", "secret": SECRET})
    check_problem(wrong, 401, "token-expired")
    assert wrong.content == unknown.content


def test_without_a_practice_secret_nobody_signs_in(tmp_path: Path) -> None:
    from dataclasses import replace

    from sync.reference_ics.serving import Service

    with running_ics(tmp_path) as ics:
        ics.stop()
        service = Service(replace(ics.settings, practice_secret=None))
        address = service.start()
        try:
            assert httpx.get(f"{address}/.well-known/ics-workbook").json()["sign_in"] == []
            reply = httpx.post(f"{address}/v1/practice/sign-in", json={"worker": AMARA, "secret": ""})
            check_problem(reply, 404, "not-found")
        finally:
            service.stop()


def test_more_than_the_limits_is_refused(tmp_path: Path) -> None:
    with running_ics(tmp_path, limits=Limits(ops=2, push_bytes=4_000)) as ics:
        amara = ics.sign_in(AMARA)
        ops = [create(f"r-{n}", f"op-{n}", FIRST) for n in range(3)]
        check_problem(amara.push_raw(*ops), 413, "payload-too-large")
        check_problem(amara.push_raw(create("r", "op", content(note="x" * 5_000))), 413, "payload-too-large")

        def drip() -> Iterator[bytes]:  # no Content-Length: only reading tells
            for _ in range(200):
                yield b" " * 100

        reply = amara.http.post("/v1/push", content=drip(), headers={"Content-Type": MEDIA_TYPE})
        check_problem(reply, 413, "payload-too-large")
        assert [each["status"] for each in amara.push(*ops[:2])] == ["applied", "applied"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "type_"),
    [
        ("GET", "/nothing", {}, b"", 404, "not-found"),
        ("GET", "/v1/records/a/b/c", {}, b"", 404, "not-found"),
        ("GET", "/v1/records/%00%ff", {}, b"", 404, "record-unknown"),
        ("GET", "/v1/records/" + "x" * 3_000, {}, b"", 404, "record-unknown"),
        ("DELETE", "/v1/feed", {}, b"", 405, "method-not-allowed"),
        ("GET", "/v1/feed?limit=0", {}, b"", 400, "malformed"),
        ("GET", "/v1/feed?limit=-1", {}, b"", 400, "malformed"),
        ("GET", "/v1/feed?limit=%D9%A1", {}, b"", 400, "malformed"),
        ("GET", "/v1/feed?limit=99999999999999999999", {}, b"", 400, "malformed"),
        ("GET", "/v1/records/x?version=zero", {}, b"", 400, "malformed"),
        ("POST", "/v1/push", {"Content-Type": "text/html"}, b"{}", 415, "unsupported-encoding"),
        (
            "POST",
            "/v1/push",
            {"Content-Type": MEDIA_TYPE, "Content-Encoding": "br"},
            b"{}",
            415,
            "unsupported-encoding",
        ),
        (
            "POST",
            "/v1/push",
            {"Content-Type": MEDIA_TYPE, "Content-Encoding": "gzip"},
            b"{}",
            400,
            "malformed",
        ),
        (
            "POST",
            "/v1/push",
            {"Content-Type": MEDIA_TYPE, "Content-Encoding": "gzip"},
            gzip.compress(b'{"ops":[]}')[:-3],
            400,
            "malformed",
        ),
        (
            "POST",
            "/v1/push",
            {"Content-Type": MEDIA_TYPE, "Content-Encoding": "gzip"},
            gzip.compress(b" " * 50_000_000),
            413,
            "payload-too-large",
        ),
        (
            "POST",
            "/v1/push",
            {"Content-Type": MEDIA_TYPE, "Content-Digest": digest_of(b"something else")},
            b'{"ops":[]}',
            400,
            "digest-mismatch",
        ),
        ("POST", "/v1/push", {"Content-Type": MEDIA_TYPE}, b"", 400, "malformed"),
        ("POST", "/v1/push", {"Content-Type": MEDIA_TYPE}, b"{", 400, "malformed"),
        ("POST", "/v1/push", {"Content-Type": MEDIA_TYPE}, b"\xff\xfe{}", 400, "malformed"),
        ("POST", "/v1/push", {"Content-Type": MEDIA_TYPE}, b"[" * 100_000, 400, "malformed"),
        ("POST", "/v1/push", {"Content-Type": MEDIA_TYPE}, b'{"ops":[]}', 400, "malformed"),
        ("POST", "/v1/push", {"Content-Type": MEDIA_TYPE}, b'{"ops":"x"}', 400, "malformed"),
        ("POST", "/v1/push", {"Content-Type": MEDIA_TYPE}, b'{"ops":[NaN]}', 400, "malformed"),
    ],
)
def test_what_is_not_of_the_contract_gets_a_problem(
    amara: IcsCaller, method: str, path: str, headers: dict[str, str], body: bytes, status: int, type_: str
) -> None:
    check_problem(amara.http.request(method, path, headers=headers, content=body), status, type_)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = [*sorted(create("r-1", "op-1", FIRST)), "if_match", "after_op", "unset", "proposals", "settles"]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spoilt=st.lists(st.tuples(st.sampled_from(MEMBERS), JSON), min_size=1, max_size=12))
def test_whatever_stands_in_an_op_is_answered_and_never_by_a_mistake(
    amara: IcsCaller, spoilt: list[tuple[str, Any]]
) -> None:
    ops = [json.dumps({**create("r-1", "op-1", FIRST), member: value}).encode() for member, value in spoilt]
    results = amara.push(*ops)
    assert len(results) == len(ops)
    for result in results:
        assert result["status"] in ("applied", "duplicate", "stale", "rejected", "predecessor-missing")


def test_bytes_that_are_no_request_do_not_end_the_service(ics: RunningIcs, amara: IcsCaller) -> None:
    for noise in (b"\x16\x03\x01\x02\x00", b"GET /v1/feed HTTP/9.9\r\n\r\n", b"POST /v1/push HTTP/1.1\r\n"):
        with socket.create_connection(("127.0.0.1", int(ics.base_url.rsplit(":", 1)[1]))) as line:
            line.sendall(noise)
    assert amara.http.get("/v1/health").status_code == 200


def test_the_log_holds_ids_and_counts_and_no_answer(
    amara: IcsCaller, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        bad = create("r-2", "op-2", FIRST)
        bad["result_hash"] = "0" * 64
        amara.push(create("r-1", "op-1", FIRST), bad)
        amara.feed()
    written = [vars(each) for each in caplog.records if each.name == "sync.reference_ics"]
    assert {"applied=1 rejected=1"} <= {str(each.get("became")) for each in written}
    said = repr([vars(each) for each in caplog.records if not each.name.startswith("httpx")])
    assert "canary" not in said
    assert SECRET not in said


@pytest.mark.parametrize("coding", ["identity", "gzip", "gzip;q=0", "br, gzip;q=0.5"])
def test_every_answer_carries_the_digest_of_the_very_bytes_sent(
    ics: RunningIcs, amara: IcsCaller, coding: str
) -> None:
    for number in range(8):
        amara.push(create(f"r-{number}", f"op-{number}", FIRST))
    asked = {"Accept-Encoding": coding, "Authorization": amara.http.headers["Authorization"]}
    for path in ("/v1/feed", "/v1/scopes", "/v1/nowhere", "/.well-known/ics-workbook"):
        with httpx.stream("GET", ics.base_url + path, headers=asked) as reply:
            raw = b"".join(reply.iter_raw())
        assert digest_fits(reply.headers[DIGEST_HEADER], raw)
        packed = reply.headers.get("content-encoding") == "gzip"
        assert packed == (path == "/v1/feed" and "gzip" in coding and coding[-3:] != "q=0")
        json.loads(gzip.decompress(raw) if packed else raw)
