"""Reading strictly, and the way between messages and values."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol import (
    ConflictMessage,
    FeedItemMessage,
    FeedReply,
    OpMessage,
    PushReply,
    RecordMessage,
    canonical,
    conflict_id,
    conflict_message,
    conflict_of,
    decode,
    delta_of,
    encode,
    feed_page_of,
    hash_of,
    head_of,
    op_bytes,
    push_bytes,
    record_json,
    record_message,
    strict_json,
)
from tests.support.chance import MOMENT
from tests.support.sync_store_contract import A_FORM, TOLLAND, VISIT, a_head, saying
from workbook_desktop.domain.changes import Delta, OpKind
from workbook_desktop.domain.errors import NotTheIcs, ReplyRefused
from workbook_desktop.domain.ids import FieldPath, OpId
from workbook_desktop.domain.records import Answer, Empty, Row, canonical_json, content_hash

HEAD = a_head(VISIT, 3, saying(place="home", note="Leo’s café"))

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES)
def test_the_fast_canonical_form_is_the_slow_one(value: Any) -> None:
    assert canonical(value) == canonical_json(value)


@given(VALUES)
def test_what_was_written_is_read_however_it_was_spaced(value: Any) -> None:
    assert strict_json(encode(value)) == value
    assert strict_json(json.dumps(value, indent=1).encode()) == value


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"a":1,"a":2}', ReplyRefused),
        (b'{"a":{"b":1, "b":1}}', ReplyRefused),
        (b'{"a":1.5}', ReplyRefused),
        (b'{"a":1e3}', ReplyRefused),
        (b'{"a":1.0}', ReplyRefused),
        (b'{"a":123456789012345678901}', ReplyRefused),
        (b'{"a":-9223372036854775809}', ReplyRefused),
        (b'{"a":"\\ud800 half"}', ReplyRefused),
        (b'{"a":"\\udc00 half a character"}', ReplyRefused),
        (b"[" * 66 + b"]" * 66, ReplyRefused),
        (b"[" * 100_000 + b"]" * 100_000, ReplyRefused),
        (b'{"a":NaN}', NotTheIcs),
        (b'{"a":Infinity}', NotTheIcs),
        (b'{"a":"\xff"}', NotTheIcs),
        (b"<html>", NotTheIcs),
        (b"", NotTheIcs),
        (b'{"a":1} trailing', NotTheIcs),
    ],
)
def test_json_that_could_be_read_in_two_ways_is_not_read(body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        strict_json(body)


def test_a_body_that_is_another_message_is_refused() -> None:
    with pytest.raises(ReplyRefused):
        decode(b'{"items":[]}', PushReply)


def test_a_record_comes_back_as_it_went() -> None:
    assert head_of(record_message(HEAD)) == HEAD
    assert head_of(record_json(HEAD)) == HEAD


def test_members_of_a_record_and_an_answer_that_nobody_knows_come_along() -> None:
    raw = msgspec.to_builtins(record_message(HEAD))
    raw["answers"]["place"]["told_by"] = "a later version"
    raw["hash"] = content_hash({"answers": raw["answers"], "groups": {}})
    raw["legal_hold"] = {"until": "2027"}
    head = head_of(encode(raw))
    assert head.extra == (("legal_hold", {"until": "2027"}),)
    assert head.content["answers"]["place"]["told_by"] == "a later version"
    assert json.loads(record_json(head)) == json.loads(encode(raw))


def _bent(**members: Any) -> bytes:
    return encode({**msgspec.to_builtins(record_message(HEAD)), **members})


def _with_answers(answers: Any, groups: Any = None) -> bytes:
    content = {"answers": answers, "groups": groups or {}}
    return _bent(**content, hash=content_hash(content))


@pytest.mark.parametrize(
    "body",
    [
        _bent(hash="0" * 64),
        _bent(state="lost"),
        _bent(version=0),
        _bent(changed_at="2026-11-22T14:32:00"),
        _bent(changed_at="yesterday"),
        _with_answers({"place": "home"}),
        _with_answers({"place": {"s": "refused"}}),
        _with_answers({"place": {"v": None}}),
        _with_answers({"place": {"v": 1, "s": "refused"}}),
        _with_answers({"place": {"v": None, "s": "because"}}),
        _with_answers({}, {"children": {"maisie": {"answers": {}, "groups": {}}}}),
        _with_answers({}, {"children": []}),
        b"[]",
    ],
)
def test_a_record_that_is_not_one_is_refused(body: bytes) -> None:
    with pytest.raises(ReplyRefused):
        head_of(body)


def _item(seq: int, **members: Any) -> FeedItemMessage:
    usual: dict[str, Any] = {
        "seq": seq,
        "kind": "record",
        "id": VISIT,
        "version": 3,
        "scope_id": TOLLAND,
        "body": msgspec.Raw(record_json(HEAD)),
    }
    return FeedItemMessage(**{**usual, **members})


def _reply(*items: FeedItemMessage) -> FeedReply:
    reply = FeedReply(
        items=list(items), next_cursor="c", more=False, checkpoint_seq=9, epoch="e", server_time="t"
    )
    return decode(encode(reply), FeedReply)


def test_a_page_holds_what_it_announces_and_passes_over_what_nobody_knows() -> None:
    page = feed_page_of(
        _reply(
            _item(1),
            _item(2, kind="device_command", body=msgspec.Raw(b'{"do":"this"}')),
            _item(
                3,
                kind="form",
                id="visit",
                scope_id=None,
                body=msgspec.Raw(b'{"resourceType":"Questionnaire"}'),
            ),
        )
    )
    assert [item.kind for item in page.items] == ["record", "form"]
    assert page.items[0].head == HEAD
    assert page.items[1].form == b'{"resourceType":"Questionnaire"}'


@pytest.mark.parametrize(
    "items",
    [
        [_item(1, scope_id="family-pask")],
        [_item(1, id="another")],
        [_item(1, version=4)],
        [_item(2), _item(1)],
        [_item(0)],
    ],
)
def test_a_page_that_is_not_as_announced_is_refused(items: list[FeedItemMessage]) -> None:
    with pytest.raises(ReplyRefused):
        feed_page_of(_reply(*items))


def test_a_fraction_is_for_forms_alone() -> None:
    form = msgspec.Raw(b'{"resourceType":"Questionnaire","weight":1.5}')
    assert feed_page_of(_reply(_item(1, kind="form", id="f", scope_id=None, body=form))).items[
        0
    ].form == bytes(form)
    bent = msgspec.Raw(record_json(HEAD).replace(b'"home"', b"1.5"))
    with pytest.raises(ReplyRefused):
        feed_page_of(_reply(_item(1, body=bent)))


def _op(**more: Any) -> bytes:
    usual: dict[str, Any] = {
        "op": OpId("op-1"),
        "kind": OpKind.UPDATE,
        "record": VISIT,
        "type": "form",
        "family": TOLLAND,
        "form": A_FORM,
        "chapter": "",
        "subjects": (),
        "result_hash": HEAD.hash,
        "edited_from": MOMENT,
        "edited_to": MOMENT,
        "now": MOMENT,
    }
    return op_bytes(**{**usual, **more})


def test_an_op_says_the_delta_in_the_same_bytes_each_time() -> None:
    delta = Delta(
        set={
            FieldPath("children/maisie"): Row(ord="b"),
            FieldPath("children/maisie/seen"): Answer(value=None, empty=Empty.REFUSED),
            FieldPath("place"): Answer(value="home", extra=(("x", 1),)),
        },
        unset=(FieldPath("note"),),
    )
    sealed = _op(delta=delta, if_match=3)
    assert sealed == _op(delta=delta, if_match=3)
    assert sealed == canonical_json(json.loads(sealed))
    assert delta_of(decode(sealed, OpMessage)) == delta
    assert json.loads(push_bytes([sealed, sealed]))["ops"] == [json.loads(sealed)] * 2


def test_a_conflict_comes_back_as_it_went() -> None:
    message = ConflictMessage(
        id=conflict_id(VISIT, FieldPath("place"), OpId("op-1")),
        record_id=VISIT,
        scope_id=TOLLAND,
        path="place",
        kind="answer",
        base=None,
        mine={"v": "home"},
        theirs={"v": None, "s": "refused"},
        mine_by="amara-quill",
        mine_at="2026-11-22T14:32:00+00:00",
        theirs_by="bea-linnet",
        theirs_at=None,
        theirs_version=4,
    )
    assert conflict_message(conflict_of(message)) == message


def test_each_proposal_of_an_op_becomes_a_conflict_of_its_own() -> None:
    ids = {conflict_id(VISIT, FieldPath("place"), OpId(op), nth) for op in ("1", "2") for nth in (0, 1)}
    assert len(ids) == 4


def test_a_decoded_message_is_checked_as_its_bytes_are() -> None:
    bent = msgspec.structs.replace(record_message(HEAD), answers={"place": {"v": "school"}})
    assert isinstance(bent, RecordMessage)
    with pytest.raises(ReplyRefused):
        head_of(bent)
    assert hash_of(HEAD.content) == content_hash(HEAD.content)
