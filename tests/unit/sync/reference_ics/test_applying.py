"""The service's delta on nested content and the domain's on flat bodies are one law."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.protocol import OpMessage, ProvenanceMessage, delta_of
from sync.reference_ics.applying import DeltaRefused, content_after
from workbook_desktop.domain.changes import apply
from workbook_desktop.domain.records import Body, body_of, content_of

NAMES = st.sampled_from(["a", "b~1c", "~0"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
ANSWERS = st.fixed_dictionaries(
    {"v": st.integers(0, 3)}, optional={"by": st.just("w"), "later": st.just({"x": 1})}
) | st.just({"v": None, "s": "refused"})


def put(path: str, answer: Any) -> Any:
    return {"ord": "1"} if path.count("/") % 2 else answer


DELTAS = st.tuples(
    st.lists(st.tuples(PATHS, ANSWERS), max_size=8).map(lambda all_: {p: put(p, a) for p, a in all_}),
    st.lists(PATHS, max_size=3, unique=True),
)


def op(set_: dict[str, Any], unset: list[str]) -> OpMessage:
    provenance = ProvenanceMessage(edited_from="", edited_to="", client_time="")
    return OpMessage(
        op_id="o",
        kind="update",
        record_id="r",
        scope_id="f",
        result_hash="",
        provenance=provenance,
        set=set_,
        unset=unset,
    )


@settings(max_examples=60)
@given(deltas=st.lists(DELTAS, max_size=4))
def test_a_chain_of_deltas_comes_out_as_the_domain_has_it(
    deltas: list[tuple[dict[str, Any], list[str]]],
) -> None:
    flat, nested = Body(), content_of(Body())
    for set_, unset in deltas:
        one = op(set_, unset)
        before = copy.deepcopy(nested)
        try:
            after = apply(flat, delta_of(one))
        except ValueError:
            after = None
        try:
            nested_after = content_after(nested["answers"], nested["groups"], one)
        except DeltaRefused:
            nested_after = None
        assert nested == before  # what came in stays as it was
        assert (after is None) == (nested_after is None)
        if after is not None and nested_after is not None:
            assert nested_after == content_of(after)
            assert body_of(nested_after) == after
            flat, nested = after, nested_after
