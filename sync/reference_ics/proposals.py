"""The conflicts an op brings, settles or makes needless. What stands is read in the record, not in the op."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sync.protocol import ConflictMessage, OpMessage, ProposalMessage, RecordMessage, conflict_id
from sync.reference_ics.applying import answer_fits
from sync.reference_ics.desk import Desk, Refusal
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import ConflictKind
from workbook_desktop.domain.ids import FieldPath, OpId, RecordId
from workbook_desktop.domain.records import Answer, Body, answer_json, answer_of, comparable, content_of

_CHOICES = ("mine", "theirs", "both", "new")


def ids_of(conflicts: Sequence[ConflictMessage]) -> set[str]:
    return {each.id for each in conflicts}


def settled(desk: Desk, op: OpMessage, open_now: Sequence[ConflictMessage]) -> list[ConflictMessage]:
    """Return the conflicts that this op says it settles, as they are then."""
    found: list[ConflictMessage] = []
    for settlement in op.settles:
        conflict = next((each for each in open_now if each.id == settlement.conflict), None)
        if conflict is None or conflict.id in ids_of(found):
            continue  # closed already, by another choice or by the head having come to say the same
        if settlement.choice not in _CHOICES:
            raise Refusal("invalid-op", "not a choice", path=conflict.path)
        found.append(
            msgspec.structs.replace(
                conflict,
                state="resolved",
                settled_by=desk.worker,
                settled_at=desk.received_at,
                choice=settlement.choice,
                reason=settlement.reason,
            )
        )
    return found


def superseded(
    desk: Desk, before: Body, after: Body, open_now: Sequence[ConflictMessage]
) -> list[ConflictMessage]:
    """Return the conflicts that are none any more: the head has come to say what their sender said."""
    return [
        msgspec.structs.replace(
            conflict, state="superseded", settled_by=desk.worker, settled_at=desk.received_at, choice="mine"
        )
        for conflict in open_now
        if _says(_at(after, FieldPath(conflict.path))) == _says(_answer(conflict.mine))
        and (conflict.kind != ConflictKind.ROW or _comes_back(before, conflict))
    ]


def _comes_back(before: Body, conflict: ConflictMessage) -> bool:
    """Say whether the record did not say so already: a row is put back by the very op that asks about it."""
    return bool(_says(_at(before, FieldPath(conflict.path))) != _says(_answer(conflict.mine)))


def is_asked(proposal: ProposalMessage, open_now: Sequence[ConflictMessage]) -> bool:
    """Say whether a question that is open says this already, to the letter and by the same name: after a
    restore every laptop that knew a lost question brings it."""
    mine = proposal.mine
    if mine is None or mine.get("by") is None:
        return False
    return any(
        (each.path, each.kind, each.base, each.mine) == (proposal.path, proposal.kind, proposal.base, mine)
        for each in open_now
    )


def proposed(
    desk: Desk, op: OpMessage, head: RecordMessage, stands: Body, proposal: ProposalMessage, nth: int
) -> ConflictMessage:
    """Return the conflict a proposal becomes. What stands there is read from the record, not from the op."""
    place = _path(proposal.path)
    if proposal.kind not in set(ConflictKind):
        raise Refusal("invalid-answer", "this kind of conflict is not known", path=place)
    if not 1 <= proposal.theirs_version <= head.version:
        raise Refusal("invalid-answer", "theirs_version is none of this record", path=place)
    try:
        _answer(proposal.base)
        mine = _answer(proposal.mine)
    except (ValueError, TypeError) as error:
        raise Refusal("invalid-answer", "not an answer", path=place) from error
    theirs = _at(stands, place)
    # A row that is put back stands there by this very op: that a colleague took it away is the question.
    agrees = proposal.kind == ConflictKind.ANSWER and _says(mine) == _says(theirs)
    return ConflictMessage(
        id=conflict_id(RecordId(head.id), place, OpId(op.op_id), nth),
        record_id=head.id,
        scope_id=head.scope_id,
        path=place,
        kind=proposal.kind,
        base=proposal.base,
        mine=proposal.mine,
        theirs=answer_json(theirs) if theirs is not None else None,
        mine_by=desk.worker,
        mine_at=desk.received_at,
        theirs_by=(theirs.by if theirs is not None else None) or head.changed_by,
        theirs_at=(theirs.at if theirs is not None else None) or head.changed_at,
        theirs_version=proposal.theirs_version,
        severe=proposal.severe,
        state="superseded" if agrees else "open",
        settled_by=desk.worker if agrees else None,
        settled_at=desk.received_at if agrees else None,
        choice="mine" if agrees else None,
    )


def _answer(raw: Mapping[str, Any] | None) -> Answer | None:
    if raw is None:
        return None
    if not answer_fits(raw):
        raise ValueError("not an answer")
    return answer_of(raw)


def _at(body: Body, place: FieldPath) -> Answer | None:
    """Return what a body says at a place; a row's content stands in an answer, see `domain.changes.Clash`."""
    if not paths.is_row(place):
        return body.answers.get(place)
    if place not in body.rows:
        return None
    node: dict[str, Any] = content_of(body)
    segments = paths.split(place)
    for group, row_id in zip(segments[::2], segments[1::2], strict=True):
        node = node["groups"][group][row_id]
    return Answer(value={"row": node})


def _says(answer: Answer | None) -> Any:
    """Return what an answer says in a form that compares: not who said it, nor when."""
    if answer is None:
        return None
    return (answer.empty, comparable(answer.value), answer.is_about)


def _path(text: str) -> FieldPath:
    if not all(text.split("/")) or len(text) > 2_000:
        raise Refusal("invalid-answer", "not a path", path=text[:200])
    return FieldPath(text)
