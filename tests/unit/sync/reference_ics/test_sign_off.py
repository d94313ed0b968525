"""States of a record: nothing is signed that the signer has not seen, and what is signed stays as it is."""

from __future__ import annotations

import pytest

from tests.support.service import IcsCaller, content, create, transition, update
from workbook_desktop.domain.records import content_hash

FIRST = content(note="as it was")
SEEN = content_hash(FIRST)


@pytest.fixture(autouse=True)
def record(amara: IcsCaller) -> None:
    amara.push(create("r-1", "op-1", FIRST))


def test_a_signed_record_says_by_whom_and_keeps_its_content(amara: IcsCaller) -> None:
    (result,) = amara.push(transition("r-1", "op-2", 1, "signed_off", SEEN))
    head = result["head"]
    assert (head["state"], head["signed_by"], head["hash"]) == ("signed_off", "w-amara-quill", SEEN)
    assert head["signed_at"] is not None


def test_nothing_changes_a_signed_record(amara: IcsCaller, bea: IcsCaller) -> None:
    amara.push(transition("r-1", "op-2", 1, "signed_off", SEEN))
    (edit,) = bea.push(update("r-1", "op-3", 2, {"note": "later"}, content(note="later")))
    (back,) = bea.push(transition("r-1", "op-4", 2, "returned", SEEN))
    for result in (edit, back):
        assert (result["status"], result["problem"]["type"]) == ("rejected", "record-signed-off")
        assert result["head"]["state"] == "signed_off"
    assert bea.record("r-1")["version"] == 2


def test_signing_what_has_changed_since_it_was_read_is_stale(amara: IcsCaller, bea: IcsCaller) -> None:
    bea.push(update("r-1", "op-2", 1, {"note": "later"}, content(note="later")))
    (old_version,) = amara.push(transition("r-1", "op-3", 1, "signed_off", SEEN))
    (old_content,) = amara.push(transition("r-1", "op-4", 2, "signed_off", SEEN))
    assert old_version["status"] == "stale"
    assert old_content["problem"]["type"] == "content-mismatch"
    assert amara.record("r-1")["state"] == "draft"


def test_two_signers_sign_once(amara: IcsCaller, bea: IcsCaller) -> None:
    (first,) = amara.push(transition("r-1", "op-2", 1, "signed_off", SEEN))
    (second,) = bea.push(transition("r-1", "op-3", 1, "signed_off", SEEN))
    assert (first["status"], second["problem"]["type"]) == ("applied", "record-signed-off")
    assert second["head"]["signed_by"] == "w-amara-quill"
    assert bea.record("r-1")["signed_by"] == "w-amara-quill"


@pytest.mark.parametrize(
    ("states", "taken"),
    [
        (["ready", "signed_off"], True),
        (["ready", "returned", "draft", "ready"], True),
        (["ready", "returned", "signed_off"], True),
        (["returned"], False),
        (["ready", "draft"], False),
        (["draft"], False),
        (["superseded"], False),
        (["nonsense"], False),
    ],
)
def test_only_the_moves_of_the_contract_are_taken(amara: IcsCaller, states: list[str], taken: bool) -> None:
    results = [
        amara.push(transition("r-1", f"op-t{number}", number, state, SEEN))[0]
        for number, state in enumerate(states, start=1)
    ]
    assert results[-1]["status"] == ("applied" if taken else "rejected")
    if not taken:
        assert results[-1]["problem"]["type"] == "illegal-transition"


def test_a_transition_changes_no_answer_and_names_what_was_seen(amara: IcsCaller) -> None:
    smuggled = transition("r-1", "op-2", 1, "signed_off", SEEN, set={"note": {"v": "x"}})
    blind = transition("r-1", "op-3", 1, "signed_off", SEEN)
    del blind["content_hash"]
    results = amara.push(smuggled, blind)
    assert [each["problem"]["type"] for each in results] == ["invalid-op", "precondition-required"]
