"""The published vectors: what another language is told to come to is what this code comes to."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sync.merge import merge
from sync.protocol import OpMessage, ProvenanceMessage, canonical, delta_of, hash_of
from sync.reference_ics.applying import DeltaRefused, content_after
from workbook_desktop.domain.changes import apply
from workbook_desktop.domain.records import answer_json, body_of, canonical_json, content_hash, content_of
from workbook_desktop.forms.loader import load
from workbook_desktop.paths import resource

MERGES = msgspec.json.decode(resource("conformance", "merge-vectors.json").read_bytes())
CONTENT = msgspec.json.decode(resource("conformance", "content-vectors.json").read_bytes())
FORM = load(msgspec.json.encode(MERGES["form"]))


def _named(cases: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", _named(MERGES["cases"]))
def test_a_merge_comes_to_what_is_published(case: dict[str, Any]) -> None:
    met = merge(body_of(case["base"]), body_of(case["local"]), body_of(case["head"]), FORM)
    assert content_of(met.merged) == case["merged"]
    assert [
        {
            "path": each.path,
            "kind": str(each.kind),
            "base": None if each.base is None else answer_json(each.base),
            "mine": None if each.mine is None else answer_json(each.mine),
            "theirs": None if each.theirs is None else answer_json(each.theirs),
            "severe": each.severe,
        }
        for each in met.clashes
    ] == case["clashes"]
    assert list(met.combined) == case["combined"]


def test_every_kind_of_field_of_the_contract_has_a_vector() -> None:
    named = {case["name"] for case in MERGES["cases"]}
    assert len(named) == len(MERGES["cases"]) >= 35
    clashing = [case for case in MERGES["cases"] if case["clashes"]]
    assert {each["kind"] for case in clashing for each in case["clashes"]} == {"answer", "row"}
    assert any(each["severe"] for case in clashing for each in case["clashes"])


@pytest.mark.parametrize("case", _named(CONTENT["contents"]))
def test_content_hashes_as_published(case: dict[str, Any]) -> None:
    assert (
        canonical(case["content"]).decode() == canonical_json(case["content"]).decode() == case["canonical"]
    )
    assert hash_of(case["content"]) == content_hash(case["content"]) == case["sha256"]


@pytest.mark.parametrize("case", _named(CONTENT["deltas"]))
def test_a_delta_comes_to_what_is_published_at_both_ends(case: dict[str, Any]) -> None:
    op = OpMessage(
        op_id="op",
        kind="update",
        record_id="record",
        scope_id="scope",
        result_hash="",
        provenance=ProvenanceMessage(edited_from="", edited_to="", client_time=""),
        set=case["set"],
        unset=case["unset"],
    )
    before = case["before"]
    if "refused" in case:
        with pytest.raises(ValueError, match="no such row"):
            apply(body_of(before), delta_of(op))
        with pytest.raises(DeltaRefused):
            content_after(before["answers"], before["groups"], op)
        return
    assert content_of(apply(body_of(before), delta_of(op))) == case["after"]
    assert content_after(before["answers"], before["groups"], op) == case["after"]
    assert hash_of(case["after"]) == case["sha256"]
