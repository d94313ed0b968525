"""The log has ids and counts and nothing of an answer, whatever is sent and whatever goes wrong."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy import update as sql_update

from sync.protocol import MEDIA_TYPE
from sync.reference_ics import logs, tables
from sync.reference_ics.openapi import document
from tests.support.service import AMARA, BEA, RunningIcs, content, create, update

CANARY = "canary"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the service writes to its log, at its most talkative."""
    stream = io.StringIO()
    handler = logs.begin("debug", stream)
    yield stream
    logs.end(handler)
    logging.getLogger(logs.OURS).setLevel(logging.INFO)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def full_of_canaries() -> list[dict[str, Any]]:
    said = content(note=f"{CANARY} one", mood=f"{CANARY} two")
    after = content(note=f"{CANARY} three", mood=f"{CANARY} two")
    proposal = {
        "path": "mood",
        "kind": "answer",
        "base": {"v": f"{CANARY} four"},
        "mine": {"v": f"{CANARY} five"},
        "theirs_version": 1,
    }
    wrong = {**create("r-9", "op-9", said), "result_hash": "0" * 64}
    return [
        create("r-1", "op-1", said),
        update("r-1", "op-2", 1, {"note": f"{CANARY} three"}, after),
        update("r-1", "op-3", 1, {"note": f"{CANARY} late"}, said),
        update("r-1", "op-4", 2, {}, after, proposals=[proposal]),
        wrong,
        {**wrong, "op_id": f"op {CANARY}", "kind": CANARY},
        {**wrong, "record_id": f"r {CANARY}", "scope_id": CANARY, "form": {"id": CANARY, "version": CANARY}},
        {CANARY: CANARY},
    ]


def test_no_answer_reaches_the_log_by_any_address(ics: RunningIcs, written: io.StringIO) -> None:
    amara, bea = ics.sign_in(AMARA), ics.sign_in(BEA)
    statuses = {each["status"] for each in amara.push(*full_of_canaries())}
    assert {"applied", "stale", "rejected"} <= statuses
    bea.push(*full_of_canaries())
    amara.feed_to_the_end()
    amara.history("r-1")
    headers = {
        "Content-Type": MEDIA_TYPE,
        "X-Note": CANARY,
        "Traceparent": CANARY,
        "User-Agent": CANARY,
        "Referer": f"https://workbook.invalid/{CANARY}",
        "If-Match": f'"{CANARY}"',
        "Idempotency-Key": CANARY,
    }
    body = json.dumps({CANARY: CANARY, "ops": [CANARY], "worker": CANARY, "secret": CANARY}).encode()
    answered = set()
    for path, methods in document()["paths"].items():
        for method in (*methods, "options", "delete"):
            for signed in (amara.http, httpx.Client(base_url=ics.base_url)):
                address = path.replace("{record_id}", CANARY)
                for name in ("conflict_id", "scope_id", "job_id", "device_id"):
                    address = address.replace(f"{{{name}}}", CANARY)
                asked = {"cursor": CANARY, "limit": CANARY, "version": CANARY, "page": CANARY}
                for params in ({}, asked):
                    reply = signed.request(method, address, params=params, headers=headers, content=body)
                    answered.add(reply.status_code)
                if signed is not amara.http:
                    signed.close()
    amara.http.get(f"/{CANARY}/{CANARY}?{CANARY}={CANARY}")
    assert {200, 400, 401, 404, 405} <= answered
    assert CANARY not in written.getvalue()
    assert ics.secret not in written.getvalue()
    assert len(lines(written)) > 60  # it was written to


def test_no_answer_reaches_the_log_by_a_mistake_of_ours(ics: RunningIcs, written: io.StringIO) -> None:
    amara = ics.sign_in(AMARA)
    first = content(note=f"{CANARY} one")
    amara.push(create("r-1", "op-1", first))
    with ics.database() as office, office.writing() as (connection, _):
        spoilt = f'{{"id": "{CANARY}", "answers": {CANARY}'.encode()
        connection.execute(
            sql_update(tables.revision).where(tables.revision.c.id == "r-1").values(body=spoilt)
        )
    push = update("r-1", "op-2", 1, {"note": f"{CANARY} two"}, content(note=f"{CANARY} two"))
    assert amara.push_raw(push).status_code == 500
    mistakes = [each for each in lines(written) if each["event"] == "mistake"]
    assert len(mistakes) == 1
    assert mistakes[0]["kind"] == "DecodeError"
    assert ":" in mistakes[0]["where"]
    assert mistakes[0]["route"] == "/v1/push"
    assert CANARY not in written.getvalue()


def test_no_answer_reaches_the_log_by_an_error_of_the_database(ics: RunningIcs, written: io.StringIO) -> None:
    amara = ics.sign_in(AMARA)
    with ics.database() as office, office.writing() as (connection, _):
        connection.execute(text("ALTER TABLE revision RENAME TO elsewhere"))
    try:
        reply = amara.push_raw(create("r-1", "op-1", content(note=CANARY)))
        assert reply.status_code in (500, 503)
    finally:
        with ics.database() as office, office.writing() as (connection, _):
            connection.execute(text("ALTER TABLE elsewhere RENAME TO revision"))
    assert {"database", "mistake"} & {each["event"] for each in lines(written)}
    assert CANARY not in written.getvalue()


def test_a_librarys_words_come_without_what_was_put_into_them(written: io.StringIO) -> None:
    server = logging.getLogger("uvicorn.error")
    try:
        raise ValueError(CANARY)
    except ValueError:
        server.exception("Exception in %s", CANARY, extra={"reason": "known", "body": CANARY})
    (line,) = lines(written)
    assert (line["event"], line["from"]) == ("Exception in %s", "uvicorn.error")
    assert (line["kind"], line["where"].split(":")[0]) == (
        "ValueError",
        "test_a_librarys_words_come_without_what_was_put_into_them",
    )
    assert CANARY not in written.getvalue()


def test_a_callers_trace_is_in_every_line_of_the_call(ics: RunningIcs, written: io.StringIO) -> None:
    amara = ics.sign_in(AMARA)
    amara.http.headers["traceparent"] = f"00-{TRACE}-00f067aa0ba902b7-01"
    amara.push(create("r-1", "op-1", content(note="x")))
    ics.restart()  # whatever was under way is over
    said = [each for each in lines(written) if each.get("trace") == TRACE]
    assert [each["event"] for each in said] == ["push", "call"]
    assert {each["parent"] for each in said} == {"00f067aa0ba902b7"}
    (call,) = [each for each in said if each["event"] == "call"]
    assert (call["route"], call["method"], call["status"]) == ("/v1/push", "POST", 200)
    assert call["sent"] > 0


@given(
    st.one_of(
        st.none(),
        st.text(),
        st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-x)?", fullmatch=True),
        st.sampled_from(
            [f"ff-{TRACE}-00f067aa0ba902b7-01", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"00-{TRACE}-01"]
        ),
    )
)
def test_whatever_a_caller_says_of_its_trace_the_call_has_one(header: str | None) -> None:
    trace = logs.trace_of(header)
    assert len(trace.id) == 32
    assert int(trace.id, 16) > 0
    assert len(trace.span) == 16
    if trace.parent is not None:
        assert header is not None
        assert trace.id in header
        assert not header.startswith("ff")


def test_every_line_is_one_object_with_a_time_and_a_level(ics: RunningIcs, written: io.StringIO) -> None:
    ics.sign_in(AMARA).feed()
    for line in lines(written):
        assert {"at", "level", "event"} <= set(line)
        assert line["at"].endswith("+00:00")
