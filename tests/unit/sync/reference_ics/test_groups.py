"""Ops that belong together, amendments of what is signed, claims, and the plain ways of HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sync.protocol import CONTRACT_HEADER, MEDIA_TYPE
from tests.support.service import (
    PROVENANCE,
    TOM,
    IcsCaller,
    RunningIcs,
    content,
    create,
    transition,
    update,
)
from workbook_desktop.domain.records import content_hash

FIRST = content(note="as it was")
LATER = content(note="later")


def together(*ops: dict[str, Any], name: str = "g-1") -> list[dict[str, Any]]:
    return [{**op, "atomic_group": name} for op in ops]


# Groups -------------------------------------------------------------------------------------------------


def test_a_group_is_taken_whole(amara: IcsCaller) -> None:
    results = amara.push(*together(create("r-1", "op-1", FIRST), create("r-2", "op-2", FIRST)))
    assert [each["status"] for each in results] == ["applied", "applied"]
    again = amara.push(*together(create("r-1", "op-1", FIRST), create("r-2", "op-2", FIRST)))
    assert [each["status"] for each in again] == ["duplicate", "duplicate"]


def test_nothing_of_a_group_stays_if_one_op_is_not_taken(amara: IcsCaller) -> None:
    bad = {**create("r-2", "op-2", FIRST), "result_hash": "0" * 64}
    before = amara.feed()["checkpoint_seq"]
    alone = create("r-9", "op-9", FIRST)
    results = amara.push(alone, *together(create("r-1", "op-1", FIRST), bad), create("r-8", "op-8", FIRST))
    assert [each["status"] for each in results] == ["applied", "rejected", "rejected", "applied"]
    assert [results[1]["problem"]["type"], results[2]["problem"]["type"]] == [
        "group-not-taken",
        "content-mismatch",
    ]
    assert amara.http.get("/v1/records/r-1").status_code == 404
    assert amara.feed()["checkpoint_seq"] == before + 2  # numbers of the feed have no gap
    mended = create("r-2", "op-3", FIRST)
    results = amara.push(*together(create("r-1", "op-1", FIRST), mended))
    assert [each["status"] for each in results] == ["applied", "applied"]


def test_a_conflict_opened_in_a_group_that_fails_was_never_there(amara: IcsCaller, bea: IcsCaller) -> None:
    bea.push(create("r-1", "op-bea", FIRST))
    proposal = {"path": "note", "kind": "answer", "base": None, "mine": {"v": "mine"}, "theirs_version": 1}
    op = update("r-1", "op-1", 1, {}, FIRST, proposals=[proposal])
    bad = {**create("r-2", "op-2", FIRST), "result_hash": "0" * 64}
    results = amara.push(*together(op, bad))
    assert [each["status"] for each in results] == ["rejected", "rejected"]
    assert "head" not in results[0]
    assert amara.history("r-1")["conflicts"] == []
    (alone,) = amara.push(op)
    assert alone["status"] == "applied"
    assert len(alone["conflicts"]) == 1


def test_more_than_twenty_are_no_group(amara: IcsCaller) -> None:
    results = amara.push(*together(*(create(f"r-{n}", f"op-{n}", FIRST) for n in range(21))))
    assert {each["status"] for each in results} == {"rejected"}
    assert amara.http.get("/v1/records/r-0").status_code == 404


# Amendments ---------------------------------------------------------------------------------------------


def amend(record: str, op: str, of: str) -> dict[str, Any]:
    return {**create(record, op, LATER), "kind": "amend", "amends": of}


def test_an_amendment_is_a_record_of_its_own_that_names_the_signed_one(
    amara: IcsCaller, bea: IcsCaller
) -> None:
    amara.push(create("r-1", "op-1", FIRST), transition("r-1", "op-2", 1, "signed_off", content_hash(FIRST)))
    (result,) = bea.push(amend("r-2", "op-3", "r-1"))
    assert (result["status"], result["head"]["amends"], result["head"]["state"]) == (
        "applied",
        "r-1",
        "draft",
    )
    signed = amara.record("r-1")
    assert (signed["version"], signed["answers"]) == (2, FIRST["answers"])
    changed = bea.push(update("r-2", "op-4", 1, {"note": "again"}, content(note="again")))
    assert changed[0]["head"]["amends"] == "r-1"


@pytest.mark.parametrize(
    ("op", "type_"),
    [
        (amend("r-2", "op-3", "r-1"), "illegal-transition"),  # not signed: change the record itself
        (amend("r-2", "op-3", "r-none"), "record-unknown"),
        ({**amend("r-2", "op-3", "r-1"), "amends": None}, "invalid-op"),
        ({**create("r-2", "op-3", LATER), "amends": "r-1"}, "invalid-op"),
    ],
)
def test_only_what_is_signed_is_amended(amara: IcsCaller, op: dict[str, Any], type_: str) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    (result,) = amara.push(op)
    assert (result["status"], result["problem"]["type"]) == ("rejected", type_)


def test_what_a_worker_may_not_see_is_not_amended(ics: RunningIcs, amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST), transition("r-1", "op-2", 1, "signed_off", content_hash(FIRST)))
    tom = ics.sign_in(TOM)
    (result,) = tom.push({**amend("r-2", "op-3", "r-1"), "scope_id": "f-pellow"})
    assert (result["status"], result["problem"]["type"]) == ("rejected", "record-unknown")


# Claims -------------------------------------------------------------------------------------------------


@pytest.fixture
def conflict(amara: IcsCaller, bea: IcsCaller) -> str:
    bea.push(create("r-1", "op-bea", FIRST))
    proposal = {"path": "note", "kind": "answer", "base": None, "mine": {"v": "mine"}, "theirs_version": 1}
    (result,) = amara.push(update("r-1", "op-amara", 1, {}, FIRST, proposals=[proposal]))
    return str(result["conflicts"][0]["id"])


def test_a_claim_reaches_colleagues_by_the_feed_and_keeps_nobody_out(
    amara: IcsCaller, bea: IcsCaller, conflict: str
) -> None:
    _, cursor = bea.feed_to_the_end()
    claimed = amara.http.post(f"/v1/conflicts/{conflict}/claim").json()
    assert (claimed["state"], claimed["claimed_by"]) == ("open", "w-amara-quill")
    (item,), cursor = bea.feed_to_the_end(cursor)
    assert (item["kind"], item["version"], item["body"]) == ("conflict", 2, claimed)
    amara.http.post(f"/v1/conflicts/{conflict}/claim")
    assert bea.feed_to_the_end(cursor)[0] == []  # the same claim again is nothing new
    assert bea.http.post(f"/v1/conflicts/{conflict}/release").json() == claimed  # not hers to let go
    assert amara.http.post(f"/v1/conflicts/{conflict}/release").json()["claimed_by"] is None
    amara.http.post(f"/v1/conflicts/{conflict}/claim")
    more = {"kind": "resolve", "settles": [{"conflict": conflict, "choice": "theirs"}]}
    (settled,) = bea.push(update("r-1", "op-2", 2, {}, FIRST, **more))
    (found,) = settled["conflicts"]
    assert (found["state"], found["settled_by"], found["claimed_by"]) == (
        "resolved",
        "w-bea-linnet",
        "w-amara-quill",
    )
    versions = [each["version"] for each in bea.feed_to_the_end(cursor)[0] if each["kind"] == "conflict"]
    assert versions == [5]
    assert amara.http.post(f"/v1/conflicts/{conflict}/claim").json()["type"] == "illegal-transition"


def test_a_conflict_of_anothers_family_cannot_be_claimed(ics: RunningIcs, conflict: str) -> None:
    tom = ics.sign_in(TOM)
    for name in (conflict, "no-such-conflict"):
        reply = tom.http.post(f"/v1/conflicts/{name}/claim")
        assert (reply.status_code, reply.json()["type"]) == (404, "conflict-unknown")


def test_what_nobody_settles_in_time_is_escalated_once(
    ics: RunningIcs, bea: IcsCaller, conflict: str
) -> None:
    from sync.reference_ics.conflicts import escalate_due

    with ics.database() as database:
        assert escalate_due(database, ics.settings) == 0
        ics.clock.forward(days=8)
        _, cursor = ics.sign_in("w-bea-linnet").feed_to_the_end()
        assert escalate_due(database, ics.settings) == 1
        assert escalate_due(database, ics.settings) == 0
    (item,), _ = ics.sign_in("w-bea-linnet").feed_to_the_end(cursor)
    assert (item["body"]["state"], item["body"]["escalated_at"]) == ("open", ics.clock.now().isoformat())


# PATCH --------------------------------------------------------------------------------------------------


def patch(caller: IcsCaller, record: str, tag: str | None, key: str | None, **more: Any) -> httpx.Response:
    body = {
        "scope_id": "f-tolland",
        "result_hash": content_hash(LATER),
        "provenance": PROVENANCE,
        "set": LATER["answers"],
        **more,
    }
    headers = {"Content-Type": MEDIA_TYPE}
    if tag is not None:
        headers["If-Match"] = tag
    if key is not None:
        headers["Idempotency-Key"] = key
    return caller.http.patch(f"/v1/records/{record}", json=body, headers=headers)


def test_a_patch_is_a_push_of_one(amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    tag = amara.http.get("/v1/records/r-1").headers["etag"]
    assert tag == f'"1-{content_hash(FIRST)[:16]}"'
    reply = patch(amara, "r-1", tag, "op-2")
    assert reply.status_code == 200, reply.text
    assert (reply.json()["version"], reply.json()["answers"]) == (2, LATER["answers"])
    assert reply.headers["etag"] == f'"2-{content_hash(LATER)[:16]}"'
    again = patch(amara, "r-1", tag, "op-2")
    assert (again.status_code, again.json()) == (200, reply.json())
    assert amara.record("r-1")["version"] == 2
    stale = patch(amara, "r-1", tag, "op-3")
    assert (stale.status_code, stale.json()["type"]) == (412, "stale")


@pytest.mark.parametrize(
    ("tag", "key", "more", "status", "type_"),
    [
        (None, "op-2", {}, 428, "precondition-required"),
        ("*", "op-2", {}, 428, "precondition-required"),
        ('"1-0123456789abcdef"', None, {}, 428, "precondition-required"),
        ('"1-0123456789abcdef"', "op-2", {"result_hash": "0" * 64}, 422, "content-mismatch"),
        ('"1-0123456789abcdef"', "op-1", {}, 422, "idempotency-mismatch"),
        ('"1-0123456789abcdef"', "op-2", {"scope_id": "f-pellow"}, 403, "scope-forbidden"),
    ],
)
def test_a_patch_is_refused_as_a_push_would_be(
    amara: IcsCaller, tag: str | None, key: str | None, more: dict[str, Any], status: int, type_: str
) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    reply = patch(amara, "r-1", tag, key, **more)
    assert (reply.status_code, reply.json()["type"]) == (status, type_), reply.text
    assert amara.record("r-1")["version"] == 1


# Versions of the contract -------------------------------------------------------------------------------


def test_a_client_that_is_too_old_may_hand_in_work_and_read_nothing(
    ics: RunningIcs, amara: IcsCaller
) -> None:
    object.__setattr__(ics.settings, "oldest_contract", "1.2")
    try:
        amara.http.headers[CONTRACT_HEADER] = "1.1"
        assert amara.push(create("r-1", "op-1", FIRST))[0]["status"] == "applied"
        for path in ("/v1/feed", "/v1/scopes", "/v1/records/r-1"):
            reply = amara.http.get(path)
            assert (reply.status_code, reply.json()["type"]) == (403, "client-too-old")
        amara.http.headers[CONTRACT_HEADER] = "1.10"
        assert amara.http.get("/v1/feed").status_code == 200
    finally:
        object.__setattr__(ics.settings, "oldest_contract", "1.0")
