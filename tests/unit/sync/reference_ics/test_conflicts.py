"""The life of a conflict: both texts are at the ICS before anybody has chosen, and somebody chooses once."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.support.service import IcsCaller, content, create, transition, update
from workbook_desktop.domain.records import content_hash

HEAD = content(risk="amber", note="as it was")
MINE = {"v": "red", "by": "w-amara-quill", "at": "2026-11-20T10:00:00+00:00"}


def proposal(path: str = "risk", mine: Any = MINE, **more: Any) -> dict[str, Any]:
    return {
        "path": path,
        "kind": "answer",
        "base": {"v": "green"},
        "mine": mine,
        "theirs_version": 1,
        "severe": True,
        **more,
    }


@pytest.fixture
def conflict(amara: IcsCaller, bea: IcsCaller) -> dict[str, Any]:
    """Bea's head says amber; Amara's op brings red."""
    bea.push(create("r-1", "op-bea", HEAD))
    (result,) = amara.push(update("r-1", "op-amara", 1, {}, HEAD, proposals=[proposal()]))
    assert result["status"] == "applied", result
    (found,) = result["conflicts"]
    return dict(found)


def settle(op: str, version: int, conflict: dict[str, Any], choice: str, risk: str) -> dict[str, Any]:
    after = content(risk=risk, note="as it was")
    put = {"risk": risk} if risk != "amber" else {}
    more = {
        "kind": "resolve",
        "settles": [{"conflict": conflict["id"], "choice": choice, "reason": "agreed"}],
    }
    return dict(update("r-1", op, version, put, after, **more))


def test_a_proposal_becomes_a_conflict_and_the_head_keeps_theirs(
    amara: IcsCaller, conflict: dict[str, Any]
) -> None:
    assert conflict["id"] == hashlib.sha256(b"r-1\nrisk\nop-amara\n0").hexdigest()
    assert (conflict["state"], conflict["severe"]) == ("open", True)
    assert (conflict["base"], conflict["mine"], conflict["theirs"]) == ({"v": "green"}, MINE, {"v": "amber"})
    assert (conflict["mine_by"], conflict["theirs_by"]) == ("w-amara-quill", "w-bea-linnet")
    head = amara.record("r-1")
    assert head["answers"]["risk"] == {"v": "amber"}
    assert (head["version"], head["open_conflicts"]) == (2, [conflict["id"]])


def test_colleagues_get_the_conflict_by_the_feed_after_its_record(
    bea: IcsCaller, conflict: dict[str, Any]
) -> None:
    items, _ = bea.feed_to_the_end()
    kinds = [(item["kind"], item["id"]) for item in items][-2:]
    assert kinds == [("record", "r-1"), ("conflict", conflict["id"])]
    assert items[-1]["body"] == conflict


def test_the_same_proposal_again_is_the_same_conflict(amara: IcsCaller, conflict: dict[str, Any]) -> None:
    (again,) = amara.push(update("r-1", "op-amara", 1, {}, HEAD, proposals=[proposal()]))
    assert (again["status"], again["conflicts"]) == ("duplicate", [conflict])
    assert len(amara.history("r-1")["conflicts"]) == 1


def test_a_conflict_is_settled_once_and_the_second_chooser_is_stale(
    amara: IcsCaller, bea: IcsCaller, conflict: dict[str, Any]
) -> None:
    (first,) = bea.push(settle("op-1", 2, conflict, "mine", "red"))
    assert first["status"] == "applied"
    (settled,) = first["conflicts"]
    assert (settled["state"], settled["choice"], settled["settled_by"]) == (
        "resolved",
        "mine",
        "w-bea-linnet",
    )
    assert settled["reason"] == "agreed"
    assert first["head"]["open_conflicts"] == []
    (second,) = amara.push(settle("op-2", 2, conflict, "theirs", "amber"))
    assert (second["status"], second["head"]["answers"]["risk"]) == ("stale", {"v": "red"})
    after = content(risk="red", note="as it was")
    op = {**settle("op-3", 3, conflict, "theirs", "amber"), "result_hash": content_hash(after)}
    (passed_over,) = amara.push(op)  # on the right head, but the conflict is closed
    assert (passed_over["status"], passed_over["conflicts"]) == ("applied", [])
    assert amara.history("r-1")["conflicts"] == [settled]


def test_an_edit_of_the_place_alone_does_not_settle_the_conflict(
    amara: IcsCaller, conflict: dict[str, Any]
) -> None:
    after = content(risk="green", note="as it was")
    (result,) = amara.push(update("r-1", "op-1", 2, {"risk": "green"}, after))
    assert (result["conflicts"], result["head"]["open_conflicts"]) == ([], [conflict["id"]])


def test_an_equal_later_value_supersedes_the_conflict(bea: IcsCaller, conflict: dict[str, Any]) -> None:
    after = content(risk="red", note="as it was")
    (result,) = bea.push(update("r-1", "op-1", 2, {"risk": "red"}, after))
    (settled,) = result["conflicts"]
    assert (settled["state"], result["head"]["open_conflicts"]) == ("superseded", [])


def test_an_edit_elsewhere_leaves_the_conflict_open(bea: IcsCaller, conflict: dict[str, Any]) -> None:
    after = content(risk="amber", note="changed")
    (result,) = bea.push(update("r-1", "op-1", 2, {"note": "changed"}, after))
    assert result["conflicts"] == []
    assert result["head"]["open_conflicts"] == [conflict["id"]]


def test_nothing_is_signed_off_or_handed_in_while_a_conflict_is_open(
    amara: IcsCaller, conflict: dict[str, Any]
) -> None:
    for number, state in enumerate(("ready", "signed_off")):
        (result,) = amara.push(transition("r-1", f"op-{number}", 2, state, content_hash(HEAD)))
        assert result["problem"]["type"] == "conflict-open"
    amara.push(settle("op-s", 2, conflict, "theirs", "amber"))
    (result,) = amara.push(transition("r-1", "op-t", 3, "signed_off", content_hash(HEAD)))
    assert result["status"] == "applied"


def test_a_row_taken_away_by_one_and_edited_by_the_other_is_a_conflict(
    amara: IcsCaller, bea: IcsCaller
) -> None:
    row = {"ord": "1", "answers": {"seen": {"v": True}}, "groups": {}}
    head = {"answers": {}, "groups": {"children": {"row-1": row}}}
    op = create("r-1", "op-1", head)
    op["set"] = {"children/row-1": {"ord": "1"}, "children/row-1/seen": {"v": True}}
    bea.push(op)
    (result,) = amara.push(
        update(
            "r-1", "op-2", 1, {}, head, proposals=[proposal("children/row-1", None, kind="row", base=None)]
        )
    )
    (conflict,) = result["conflicts"]
    assert (conflict["mine"], conflict["theirs"]) == (None, {"v": {"row": row}})
    bare: dict[str, Any] = {"answers": {}, "groups": {}}
    (result,) = amara.push(update("r-1", "op-3", 2, {}, bare, unset=["children/row-1"]))
    assert [each["state"] for each in result["conflicts"]] == ["superseded"]


def test_two_proposals_for_one_place_are_two_conflicts(
    amara: IcsCaller, bea: IcsCaller, conflict: dict[str, Any]
) -> None:
    other = proposal(mine={"v": "black"}, theirs_version=2)
    (result,) = bea.push(update("r-1", "op-3", 2, {}, HEAD, proposals=[other]))
    assert len(result["head"]["open_conflicts"]) == 2
    after = content(risk="red", note="as it was")
    (result,) = amara.push(update("r-1", "op-4", 3, {"risk": "red"}, after))
    assert [each["state"] for each in result["conflicts"]] == ["superseded"]
    assert len(result["head"]["open_conflicts"]) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        {"kind": "feeling"},
        {"theirs_version": 9},
        {"theirs_version": 0},
        {"path": ""},
        {"mine": {"v": None}},
        {"mine": {"v": {"a": 2}, "s": "refused"}},
        {"mine": {"v": "red", "by": 7}},
    ],
    ids=str,
)
def test_a_malformed_proposal_is_refused(amara: IcsCaller, spoil: dict[str, Any]) -> None:
    amara.push(create("r-1", "op-1", HEAD))
    (result,) = amara.push(update("r-1", "op-2", 1, {}, HEAD, proposals=[{**proposal(), **spoil}]))
    assert result["problem"]["type"] == "invalid-answer"
    assert amara.record("r-1")["version"] == 1


def test_two_proposals_of_one_op_for_one_place_are_two_conflicts(amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", HEAD))
    both = [proposal(), proposal(mine={"v": "black"})]
    (result,) = amara.push(update("r-1", "op-2", 1, {}, HEAD, proposals=both))
    assert len({each["id"] for each in result["conflicts"]}) == 2
    assert [each["mine"]["v"] for each in result["conflicts"]] == ["red", "black"]


def test_what_an_open_question_says_to_the_letter_is_not_asked_again(
    amara: IcsCaller, bea: IcsCaller, conflict: dict[str, Any]
) -> None:
    """After a restore two laptops may bring one lost question."""
    (result,) = bea.push(update("r-1", "op-2", 2, {}, HEAD, proposals=[proposal()]))
    assert (result["status"], result["conflicts"]) == ("applied", [])
    assert amara.record("r-1")["open_conflicts"] == [conflict["id"]]
    (again,) = bea.push(update("r-1", "op-2", 2, {}, HEAD, proposals=[proposal()]))
    assert (again["status"], again["conflicts"]) == ("duplicate", [])
    # Once it is settled it is no question any more, and what is said again is asked again.
    bea.push(settle("op-3", 3, conflict, "theirs", "amber"))
    (result,) = bea.push(update("r-1", "op-4", 4, {}, HEAD, proposals=[proposal()]))
    assert len(result["conflicts"]) == 1


@pytest.mark.parametrize(
    "other",
    [
        proposal(mine={**MINE, "by": "w-bea-linnet"}),
        proposal(base={"v": "black"}),
        proposal(mine={"v": "red"}),
        proposal("note"),
    ],
    ids=["another's", "on another base", "nobody's by name", "elsewhere"],
)
def test_what_is_only_like_an_open_question_is_one_of_its_own(
    bea: IcsCaller, conflict: dict[str, Any], other: dict[str, Any]
) -> None:
    (result,) = bea.push(update("r-1", "op-2", 2, {}, HEAD, proposals=[other]))
    (asked,) = result["conflicts"]
    assert bea.record("r-1")["open_conflicts"] == [conflict["id"], asked["id"]]


def test_an_op_sent_again_tells_its_conflicts_as_they_are_now(
    amara: IcsCaller, bea: IcsCaller, conflict: dict[str, Any]
) -> None:
    bea.push(settle("op-1", 2, conflict, "mine", "red"))
    (again,) = amara.push(update("r-1", "op-amara", 1, {}, HEAD, proposals=[proposal()]))
    assert [each["state"] for each in again["conflicts"]] == ["resolved"]
    assert again["head"]["version"] == 2  # the revision it made, not what came after


def test_a_conflict_of_another_record_is_not_settled(amara: IcsCaller, conflict: dict[str, Any]) -> None:
    amara.push(create("r-2", "op-1", HEAD))
    amara.push({**settle("op-2", 1, conflict, "theirs", "amber"), "record_id": "r-2"})
    assert amara.history("r-1")["conflicts"] == [conflict]
