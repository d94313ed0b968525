"""Ops: taken once, on the head they rest on, whole or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sync.protocol import MEDIA_TYPE
from tests.support.service import PELLOW, IcsCaller, content, create, update
from workbook_desktop.domain.records import content_hash

FIRST = content(note="The kitchen was warm.", mood="calm")
SECOND = content(note="The kitchen was warm.", mood="tired")
THIRD = content(note="The kitchen was cold.", mood="tired")


def problem_of(result: dict[str, Any]) -> str:
    assert result["status"] == "rejected", result
    return str(result["problem"]["type"])


def test_an_accepted_op_comes_back_with_the_head_it_made(amara: IcsCaller) -> None:
    (result,) = amara.push(create("r-1", "op-1", FIRST))
    assert (result["status"], result["version"], result["hash"]) == ("applied", 1, content_hash(FIRST))
    head = result["head"]
    assert {"answers": head["answers"], "groups": head["groups"]} == FIRST
    assert (head["created_by"], head["state"], head["open_conflicts"]) == ("w-amara-quill", "draft", [])
    assert amara.record("r-1") == head


def test_a_brief_push_brings_back_what_was_made_without_the_answers(amara: IcsCaller) -> None:
    ops = [create("r-1", "op-1", FIRST), update("r-1", "op-2", 1, {"mood": "tired"}, SECOND)]
    body = json.dumps({"ops": ops, "brief": True}).encode()
    headers = {"Content-Type": MEDIA_TYPE}
    results = amara.http.post("/v1/push", content=body, headers=headers).json()["results"]
    assert all("head" not in each for each in results)
    head = amara.record("r-1")
    assert results[1]["made"] == {
        name: said for name, said in head.items() if name not in ("answers", "groups")
    }
    again = amara.http.post("/v1/push", content=body, headers=headers).json()["results"]
    assert [each["status"] for each in again] == ["duplicate", "duplicate"]
    assert again[1]["head"] == head  # whoever sends it again may have lost what it sealed


def test_what_a_caller_says_it_has_is_left_out_of_the_feed_and_nothing_else(
    amara: IcsCaller, bea: IcsCaller
) -> None:
    cursor = amara.feed_to_the_end()[1]
    mine = amara.push(
        create("r-1", "op-1", FIRST), create("r-2", "op-2", FIRST), create("r-3", "op-3", FIRST)
    )
    bea.push(update("r-2", "op-4", 1, {"mood": "tired"}, SECOND))
    asked = {"cursor": cursor, "besides": f"{mine[0]['seq']}-{mine[2]['seq']}"}
    page = amara.http.get("/v1/feed", params=asked).json()
    assert [(each["id"], each["version"]) for each in page["items"]] == [("r-2", 2)]
    assert amara.feed(page["next_cursor"])["items"] == []
    assert page["scopes_digest"] == amara.feed(cursor)["scopes_digest"]


@pytest.mark.parametrize("said", ["", "3", "3-", "a-b", "1-2,", "1-2;3-4", ",".join(["1-2"] * 51), "-1-2"])
def test_ranges_that_are_none_are_refused(amara: IcsCaller, said: str) -> None:
    reply = amara.http.get("/v1/feed", params={"besides": said})
    assert (reply.status_code, reply.json()["type"]) == (400, "malformed")


def test_the_same_op_again_changes_nothing_and_gets_the_same_result(amara: IcsCaller) -> None:
    op = create("r-1", "op-1", FIRST)
    (first,) = amara.push(op)
    amara.push(update("r-1", "op-2", 1, {"mood": "tired"}, SECOND))
    for _ in range(3):
        (again,) = amara.push(op)
        assert again == {**first, "status": "duplicate"}
    assert len(amara.history("r-1")["revisions"]) == 2


def test_the_same_op_twice_in_one_push_is_taken_once(amara: IcsCaller) -> None:
    op = create("r-1", "op-1", FIRST)
    first, again = amara.push(op, op)
    assert (first["status"], again["status"]) == ("applied", "duplicate")
    assert again["head"] == first["head"]


def test_an_op_id_used_for_something_else_is_refused(amara: IcsCaller, bea: IcsCaller) -> None:
    op = create("r-1", "op-1", FIRST)
    amara.push(op)
    assert problem_of(amara.push(create("r-2", "op-1", FIRST))[0]) == "idempotency-mismatch"
    respaced = json.dumps(op, indent=1).encode()  # the same op, but not the bytes that were sealed
    assert problem_of(amara.push(respaced)[0]) == "idempotency-mismatch"
    assert problem_of(bea.push(op)[0]) == "idempotency-mismatch"  # another worker's name on it


def test_an_op_on_an_older_head_is_stale_and_brings_the_head(amara: IcsCaller, bea: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    bea.push(update("r-1", "op-2", 1, {"mood": "tired"}, SECOND))
    (late,) = amara.push(update("r-1", "op-3", 1, {"note": "x"}, content(note="x", mood="calm")))
    assert (late["status"], late["version"]) == ("stale", 2)
    assert late["head"]["answers"]["mood"] == {"v": "tired"}
    (ahead,) = amara.push(update("r-1", "op-4", 7, {"note": "x"}, content(note="x", mood="tired")))
    assert ahead["status"] == "stale"
    assert len(amara.history("r-1")["revisions"]) == 2


def test_a_refused_op_may_be_sent_again_once_it_fits(amara: IcsCaller, bea: IcsCaller) -> None:
    op = update("r-1", "op-2", 1, {"mood": "tired"}, SECOND)
    assert problem_of(amara.push(op)[0]) == "record-unknown"
    amara.push(create("r-1", "op-1", FIRST))
    assert amara.push(op)[0]["status"] == "applied"


def test_a_second_create_of_a_record_is_stale(amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    (result,) = amara.push(create("r-1", "op-2", SECOND))
    assert (result["status"], result["head"]["version"]) == ("stale", 1)


def test_a_chain_of_ops_is_taken_in_one_push(amara: IcsCaller) -> None:
    chained = update("r-1", "op-2", 1, {"mood": "tired"}, SECOND)
    chained["after_op"] = "op-1"
    del chained["if_match"]
    third = {**update("r-1", "op-3", 1, {"note": "The kitchen was cold."}, THIRD), "after_op": "op-2"}
    del third["if_match"]
    results = amara.push(create("r-1", "op-1", FIRST), chained, third)
    assert [(each["status"], each["version"]) for each in results] == [
        ("applied", 1),
        ("applied", 2),
        ("applied", 3),
    ]
    items, _ = amara.feed_to_the_end()
    assert [item["version"] for item in items if item["id"] == "r-1"] == [3]  # the newest, once


def test_an_op_after_one_that_is_not_here_waits_and_stops_nothing_else(amara: IcsCaller) -> None:
    orphan = update("r-1", "op-2", 1, {"mood": "tired"}, SECOND)
    orphan["after_op"] = "op-1"
    del orphan["if_match"]
    bad = create("r-1", "op-1", FIRST)
    bad["result_hash"] = "0" * 64
    results = amara.push(bad, orphan, create("r-9", "op-9", FIRST))
    assert [each["status"] for each in results] == ["rejected", "predecessor-missing", "applied"]


def test_content_that_comes_out_differently_stores_nothing(amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    op = update("r-1", "op-2", 1, {"mood": "tired"}, FIRST)
    assert problem_of(amara.push(op)[0]) == "content-mismatch"
    assert amara.record("r-1")["version"] == 1


def test_answers_are_taken_away_and_rows_come_and_go(amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    row = {
        "answers": FIRST["answers"],
        "groups": {"children": {"row-1": {"ord": "1", "answers": {"seen": {"v": True}}, "groups": {}}}},
    }
    op = update("r-1", "op-2", 1, {}, row)
    op["set"] = {"children/row-1/seen": {"v": True}, "children/row-1": {"ord": "1"}}
    assert amara.push(op)[0]["status"] == "applied"
    bare = content(mood="calm")
    op = update("r-1", "op-3", 2, {}, bare, unset=["children/row-1", "note"])
    assert amara.push(op)[0]["status"] == "applied"
    assert amara.record("r-1")["answers"] == bare["answers"]


def test_members_of_an_answer_that_are_not_known_are_kept(amara: IcsCaller) -> None:
    after = {"answers": {"note": {"v": "x", "confidence": {"from": "a later version"}}}, "groups": {}}
    (result,) = amara.push({**create("r-1", "op-1", after), "colour": "ignored in the envelope"})
    assert result["head"]["answers"] == after["answers"]


def test_a_record_of_the_office_cannot_be_written_by_a_worker(amara: IcsCaller) -> None:
    family = amara.record("f-tolland")
    after = {"answers": {"name": {"v": "Other"}}, "groups": family["groups"]}
    op = update("f-tolland", "op-1", 1, {"name": "Other"}, after)
    assert problem_of(amara.push(op)[0]) == "not-permitted"
    assert problem_of(amara.push({**create("r-1", "op-2", FIRST), "type": "person"})[0]) == "not-permitted"


def test_a_record_stays_in_its_family(amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    op = update("r-1", "op-2", 1, {"mood": "tired"}, SECOND, scope_id=PELLOW)
    assert problem_of(amara.push(op)[0]) == "scope-forbidden"


def test_an_edit_that_rests_on_nothing_is_refused(amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST))
    op = update("r-1", "op-2", 1, {"mood": "tired"}, SECOND)
    del op["if_match"]
    assert problem_of(amara.push(op)[0]) == "precondition-required"


@pytest.mark.parametrize(
    "spoil",
    [
        {"set": {"": {"v": 1}}},
        {"set": {"a//b": {"v": 1}}},
        {"set": {"group/row/answer": {"v": 1}}},  # the row is not there
        {"set": {"group/row": {"v": 1}}},
        {"set": {"group/row": {"ord": 7}}},
        {"set": {"a": {"ord": "1"}}},
        {"set": {"a": {"v": None}}},
        {"set": {"a": {"v": 1, "s": "refused"}}},
        {"set": {"a": {"v": None, "s": "no such word"}}},
        {"set": {"a": {"v": 1.5}}},
        {"set": {"a": {"v": 1, "by": 7}}},
        {"set": {"a": {"v": 2**70}}},
        {"set": {"a": 3}},
        {"set": [1]},
        {"kind": "discard"},
        {"op_id": "spaces are no identifier"},
        {"record_id": ""},
        {"record_id": "x" * 65},
        {"result_hash": "short"},
        {"form": None},
        {"if_match": 1},
        {"settles": [{"conflict": "c", "choice": "mine"}]},
        {"provenance": None},
    ],
    ids=str,
)
def test_a_malformed_op_is_refused_and_others_go_on(amara: IcsCaller, spoil: dict[str, Any]) -> None:
    bad = {**create("r-1", "op-1", FIRST), **spoil}
    refused, taken = amara.push(bad, create("r-2", "op-2", FIRST))
    assert problem_of(refused) in ("invalid-answer", "invalid-op")
    assert taken["status"] == "applied"
    assert "kitchen" not in json.dumps(refused)


def test_what_is_no_object_at_all_is_a_refused_op(amara: IcsCaller) -> None:

    results = amara.push(b"7", b'"x"', b"null", b"[]", create("r-1", "o", FIRST))
    assert [each["status"] for each in results] == ["rejected"] * 4 + ["applied"]
    assert results[0]["op_id"] == ""
