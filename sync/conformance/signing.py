"""Scenarios: conflicts, and what is signed."""

from __future__ import annotations

from sync.conformance.kit import JSON, Kit, content_of, same
from sync.protocol import conflict_id, hash_of
from workbook_desktop.domain.ids import FieldPath, OpId, RecordId


def both_texts_are_kept_before_anyone_chose(kit: Kit) -> None:
    """A proposal becomes a conflict beside the unchanged head, and colleagues get it by the feed."""
    cursor = kit.second.at_the_end()
    record, op, conflict = kit.disputed()
    wanted = conflict_id(RecordId(record), FieldPath("place"), OpId(op["op_id"]))
    same(conflict["id"], wanted, "the conflict's id")
    same((conflict["mine"], conflict["theirs"]), ({"v": "park"}, {"v": "school"}), "both texts")
    same((conflict["state"], conflict["severe"]), ("open", True), "the conflict")
    head = kit.second.record(record)
    same(
        (head["answers"], head["open_conflicts"]), ({"place": {"v": "school"}}, [conflict["id"]]), "the head"
    )
    found = [
        each for page in kit.second.pages(cursor) for each in page["items"] if each["kind"] == "conflict"
    ]
    same(
        [each["body"] for each in found if each["id"] == conflict["id"]],
        [conflict],
        "the conflict in the feed",
    )


def a_conflict_is_settled_once(kit: Kit) -> None:
    """A settlement closes its conflict; a second resolver finds the op stale, the first choice standing."""
    record, _, conflict = kit.disputed()
    settle = [{"conflict": conflict["id"], "choice": "mine", "reason": "asked them"}]
    put, after = {"place": "park"}, content_of(place="park")
    mine = kit.first.one(kit.update(record, 2, put, after, kind="resolve", settles=settle))
    same((mine["status"], mine["conflicts"][0]["state"]), ("applied", "resolved"), "the first choice")
    other = kit.second.one(
        kit.update(record, 2, {}, content_of(place="school"), kind="resolve", settles=settle)
    )
    same(other["status"], "stale", "the second choice")
    same(kit.second.record(record)["open_conflicts"], [], "open conflicts")
    (kept,) = kit.second.history(record)["conflicts"]
    same((kept["choice"], kept["reason"]), ("mine", "asked them"), "what is kept of the choice")


def a_head_that_comes_to_say_the_same_ends_the_question(kit: Kit) -> None:
    """An open conflict whose text the head comes to say is `superseded`."""
    record, _, conflict = kit.disputed()
    result = kit.second.one(kit.update(record, 2, {"place": "park"}, content_of(place="park")))
    closed = [each["state"] for each in result["conflicts"] if each["id"] == conflict["id"]]
    same(closed, ["superseded"], "the conflict")


def nothing_is_signed_over_a_question(kit: Kit) -> None:
    """Sign-off is refused while a conflict is open, and when what was seen is not what stands there."""
    record, _, _ = kit.disputed()
    seen = hash_of(content_of(place="school"))
    same(_problem(kit.second.one(kit.sign(record, 2, seen))), "conflict-open", "signing over a conflict")
    other, _ = kit.begun(place="home")
    wrong = hash_of(content_of(place="park"))
    same(_problem(kit.first.one(kit.sign(other, 1, wrong))), "content-mismatch", "signing what was not seen")
    kit.second.one(kit.update(other, 1, {"place": "x"}, content_of(place="x")))
    stale = kit.first.one(kit.sign(other, 1, hash_of(content_of(place="home"))))
    same(stale["status"], "stale", "signing what has changed")


def what_is_signed_stays(kit: Kit) -> None:
    """Nothing changes a signed record; who signed it is kept; a second signature is refused."""
    record, content = kit.begun(place="home")
    seen = hash_of(content)
    result = kit.first.one(kit.sign(record, 1, seen))
    same((result["status"], result["head"]["state"]), ("applied", "signed_off"), "signing")
    for op in (
        kit.update(record, 2, {"place": "x"}, content_of(place="x")),
        kit.sign(record, 2, seen),
        {**kit.sign(record, 2, seen), "to_state": "draft"},
    ):
        late = kit.second.one(op)
        same(_problem(late), "record-signed-off", "a change of a signed record")
        same(late["head"]["version"], 2, "the head that goes with it")
    same(kit.first.record(record)["answers"], content["answers"], "the signed words")


def a_late_edit_stands_beside_what_was_signed(kit: Kit) -> None:
    """An `amend` is a record of its own that names the signed one; only what is signed is amended."""
    kit.needs("amend")
    record, content = kit.begun(place="home")
    late = kit.create(kit.new_id(), content_of(place="school"), kind="amend", amends=record)
    same(_problem(kit.second.one(late)), "illegal-transition", "an amendment of what is not signed")
    kit.first.one(kit.sign(record, 1, hash_of(content)))
    result = kit.second.one(late)
    same((result["status"], result["head"]["amends"]), ("applied", record), "an amendment")


def a_claim_keeps_nobody_out(kit: Kit) -> None:
    """A claim is told to colleagues and decides nothing."""
    kit.needs("claims")
    record, _, conflict = kit.disputed()
    claimed = kit.first.good("POST", f"/v1/conflicts/{conflict['id']}/claim", b"{}")
    same((claimed["state"], bool(claimed["claimed_by"])), ("open", True), "a claim")
    settle = [{"conflict": conflict["id"], "choice": "theirs"}]
    op = kit.update(record, 2, {}, content_of(place="school"), kind="resolve", settles=settle)
    same(kit.second.one(op)["status"], "applied", "settling what a colleague claimed")


def _problem(result: JSON) -> str:
    same(result["status"], "rejected", "the op")
    return str(result["problem"]["type"])


SCENARIOS = (
    both_texts_are_kept_before_anyone_chose,
    a_conflict_is_settled_once,
    a_head_that_comes_to_say_the_same_ends_the_question,
    nothing_is_signed_over_a_question,
    what_is_signed_stays,
    a_late_edit_stands_beside_what_was_signed,
    a_claim_keeps_nobody_out,
)
