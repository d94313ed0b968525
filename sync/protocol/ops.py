"""Ops: an edit as sealed bytes, and what an op does to content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from sync.protocol.messages import (
    FormMessage,
    OpMessage,
    ProposalMessage,
    ProvenanceMessage,
    SettlementMessage,
)
from sync.protocol.strict import canonical_struct
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import Delta, OpKind, Settlement
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, OpId, PersonId, RecordId, RowId
from workbook_desktop.domain.records import (
    Answer,
    Content,
    FormRef,
    Row,
    State,
    StoredContent,
    answer_json,
    answer_of,
)


def op_bytes(
    *,
    op: OpId,
    kind: OpKind,
    record: RecordId,
    type: str,
    family: FamilyId,
    form: FormRef | None,
    chapter: str,
    subjects: Sequence[PersonId],
    result_hash: str,
    edited_from: datetime,
    edited_to: datetime,
    now: datetime,
    if_match: int | None = None,
    after: OpId | None = None,
    delta: Delta | None = None,
    whole: Content | None = None,
    proposals: Iterable[ProposalMessage] = (),
    settles: Iterable[Settlement] = (),
    to_state: State | None = None,
    content_hash: str | None = None,
    amends: RecordId | None = None,
) -> bytes:
    """Return a sealed op: canonical JSON, the same bytes at every try. It sets what `delta` says, or all of
    `whole`."""
    put: dict[str, Any]
    if whole is not None:
        put = _flat_json(whole)
    else:
        put = {
            path: {"ord": each.ord} if isinstance(each, Row) else answer_json(each)
            for path, each in (delta.set if delta else {}).items()
        }
    message = OpMessage(
        op_id=op,
        kind=str(kind),
        record_id=record,
        scope_id=family,
        type=type,
        form=FormMessage(id=form.id, version=form.version) if form else None,
        chapter=chapter,
        subjects=list(subjects),
        if_match=if_match,
        after_op=after,
        set=put,
        unset=list(delta.unset) if delta else [],
        proposals=list(proposals),
        settles=[
            SettlementMessage(conflict=each.conflict, choice=each.choice, reason=each.reason)
            for each in settles
        ],
        to_state=None if to_state is None else str(to_state),
        content_hash=content_hash,
        amends=amends,
        result_hash=result_hash,
        provenance=ProvenanceMessage(
            edited_from=edited_from.isoformat(), edited_to=edited_to.isoformat(), client_time=now.isoformat()
        ),
    )
    return canonical_struct(message)


class _RawRow(msgspec.Struct):
    """Rows and answers with each answer as the JSON it is."""

    ord: str = ""
    answers: dict[str, msgspec.Raw] = {}
    groups: dict[str, dict[str, _RawRow]] = {}


class _PlainRow(msgspec.Struct):
    ord: str = ""
    answers: dict[str, Any] = {}
    groups: dict[str, dict[str, _PlainRow]] = {}


_to_raw_rows = msgspec.json.Decoder(_RawRow)


def _flat_json(content: Content) -> dict[str, Any]:
    """Return what a new record's op sets: each answer's and each row's JSON by path."""
    root = (
        _to_raw_rows.decode(content.json)
        if isinstance(content, StoredContent)
        else msgspec.convert({"answers": content["answers"], "groups": content["groups"]}, _PlainRow)
    )
    found: dict[str, Any] = {}

    def read(node: _RawRow | _PlainRow, at: str) -> None:
        answers: Mapping[str, Any] = node.answers
        names = "".join(answers)
        if "/" in names or "~" in names:
            answers = {paths.child(paths.ROOT, LinkId(name)): raw for name, raw in answers.items()}
        if at:
            for name, raw in answers.items():
                found[f"{at}/{name}"] = raw
        else:
            found.update(answers)
        for group, items in node.groups.items():
            for row_id, item in items.items():
                path = paths.row(FieldPath(at), LinkId(group), RowId(row_id))
                found[path] = {"ord": item.ord}
                read(item, path)

    read(root, paths.ROOT)
    return found


def delta_of(op: OpMessage) -> Delta:
    """Return what an op does to a record's content.

    Raises:
        ValueError: a path or what is put there is not of the contract's shape.
    """
    put: dict[FieldPath, Answer | Row] = {}
    for text, raw in op.set.items():
        path = FieldPath(text)
        if paths.is_row(path):
            if not text or not isinstance(raw.get("ord"), str):
                raise ValueError(f"not a row: {text}")
            put[path] = Row(ord=raw["ord"])
        else:
            put[path] = answer_of(raw)
    return Delta(set=put, unset=tuple(FieldPath(each) for each in op.unset))


def push_bytes(ops: Sequence[bytes], *, brief: bool = False, epoch: str | None = None) -> bytes:
    """Return the body of a push around sealed ops, none of whose bytes is touched."""
    of = b"" if epoch is None else b',"epoch":' + msgspec.json.encode(epoch)
    return b'{"ops":[' + b",".join(ops) + (b'],"brief":true' if brief else b"]") + of + b"}"
