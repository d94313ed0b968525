"""Whatever is asked of the service within the published contract, it answers within the published contract.

Schemathesis makes the calls up from the document; half of the identifiers in them are put right, so that a
call comes further than "no such record".
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sync.protocol import MEDIA_TYPE
from tests.support.service import AMARA, PELLOW, TOLLAND, IcsCaller, RunningIcs, content, create, update

PUBLISHED = Path(__file__).resolve().parents[4] / "resources" / "openapi" / "ics-sync.v1.json"
USUAL = 15
EXAMPLES = int(os.environ.get("WORKBOOK_CALLS", USUAL))  # of each call, on each kind of database
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
OPERATIONS = [
    each.ok()
    for each in schemathesis.openapi.from_dict(
        json.loads(PUBLISHED.read_text(encoding="utf-8"))
    ).get_all_operations()
]


FILE = b"what was handed over"


@pytest.fixture
def real(ics: RunningIcs, amara: IcsCaller, bea: IcsCaller) -> dict[str, list[Any]]:
    """What is there, by the name under which the contract asks for it."""
    amara.push(create("r-1", "op-1", content(note="Ring.")))
    told = amara.push(
        update(
            "r-1",
            "op-2",
            1,
            {},
            content(note="Ring."),
            proposals=[
                {"path": "note", "kind": "answer", "base": None, "mine": {"v": "Call."}, "theirs_version": 1}
            ],
        )
    )
    (conflict,) = told[0]["conflicts"]
    hash_ = hashlib.sha256(FILE).hexdigest()
    asked = {"sha256": hash_, "size": len(FILE), "scope_id": TOLLAND}
    upload = amara.http.post("/v1/uploads", json=asked, headers={"Content-Type": MEDIA_TYPE}).json()
    record = amara.http.get("/v1/records/r-1")
    page = amara.http.get(f"/v1/scopes/{TOLLAND}/snapshot", params={"limit": 1}).json()
    return {
        "record_id": ["r-1"],
        "ids": [["r-1", "r-2"]],
        "scope_id": [TOLLAND, PELLOW],
        "conflict_id": [conflict["id"]],
        "conflict": [conflict["id"]],
        "upload_id": [upload["id"]],
        "sha256": [hash_],
        "size": [len(FILE), 0],
        "offset": [0, 3],
        "limit": [1, 3],
        "version": [1, 2],
        "page": [page.get("next_page") or ""],
        "cursor": [amara.feed()["next_cursor"]],
        "epoch": [amara.feed()["epoch"]],
        "op_id": ["op-1", "op-3", "op-4", "op-5"],
        "after_op": ["op-1", "op-2", "op-3", None],
        "if_match": [1, 2, None],
        "If-Match": [record.headers["ETag"]],
        "result_hash": [record.json()["hash"]],
        "content_hash": [record.json()["hash"]],
        "type": ["form"],
        "kind": ["create", "update", "resolve", "transition", "amend", "discard_draft", "answer", "row"],
        "to_state": ["ready", "signed_off", None],
        "theirs_version": [1],
        "worker": [AMARA],
        "secret": [ics.secret],
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.label)
def test_a_call_made_up_from_the_contract_is_answered_by_the_contract(
    ics: RunningIcs, amara: IcsCaller, real: dict[str, list[Any]], operation: Any
) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=EXAMPLES == USUAL,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def called(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=data.draw(st.sampled_from(GenerationMode))))
        for place in (case.path_parameters, case.query, case.body):
            put_right(place, real, data)
        put_right(case.headers, {"If-Match": real["If-Match"], "Idempotency-Key": ["op-1", "op-6"]}, data)
        token = amara.http.headers["Authorization"]
        case.call_and_validate(
            base_url=ics.base_url, headers={**(case.headers or {}), "Authorization": token}, checks=CHECKS
        )

    called()


def put_right(place: Any, real: dict[str, list[Any]], data: st.DataObject) -> None:
    """Put something that is there in the place of half of what is asked for."""
    if isinstance(place, list):
        for each in place:
            put_right(each, real, data)
        return
    if not isinstance(place, MutableMapping):
        return
    for name in list(place):
        if name in real and data.draw(st.booleans()):
            place[name] = data.draw(st.sampled_from(real[name]))
        else:
            put_right(place[name], real, data)
