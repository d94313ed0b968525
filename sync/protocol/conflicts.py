"""Conflicts and the proposals that become them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sync.protocol.messages import ConflictMessage, ProposalMessage
from sync.protocol.records import moment_of, text_of, worker_id_of
from workbook_desktop.domain.changes import Clash, Conflict, ConflictKind
from workbook_desktop.domain.errors import ReplyRefused
from workbook_desktop.domain.ids import ConflictId, FamilyId, FieldPath, OpId, RecordId, WorkerId
from workbook_desktop.domain.records import Answer, answer_json, answer_of


def conflict_id(record: RecordId, path: FieldPath, op: OpId, nth: int = 0) -> ConflictId:
    """Return the id of the conflict that an op's `nth` proposal for a path becomes (SHA-256, hex)."""
    return ConflictId(hashlib.sha256(f"{record}\n{path}\n{op}\n{nth}".encode()).hexdigest())


def _answer_or_none(raw: Mapping[str, Any] | None) -> Answer | None:
    try:
        return None if raw is None else answer_of(raw)
    except (ValueError, TypeError) as error:
        raise ReplyRefused(reason="not-an-answer") from error


def _json_or_none(answer: Answer | None) -> dict[str, Any] | None:
    return None if answer is None else answer_json(answer)


def conflict_of(message: ConflictMessage) -> Conflict:
    """Return the conflict of a message.

    Raises:
        ReplyRefused: it is not one.
    """
    mine_at = moment_of(message.mine_at)
    try:
        kind = ConflictKind(message.kind)
    except ValueError as error:
        raise ReplyRefused(reason="not-a-conflict") from error
    if mine_at is None or message.state not in ("open", "resolved", "superseded"):
        raise ReplyRefused(reason="not-a-conflict")
    return Conflict(
        id=ConflictId(message.id),
        record=RecordId(message.record_id),
        family=FamilyId(message.scope_id),
        path=FieldPath(message.path),
        kind=kind,
        base=_answer_or_none(message.base),
        mine=_answer_or_none(message.mine),
        theirs=_answer_or_none(message.theirs),
        mine_by=WorkerId(message.mine_by),
        mine_at=mine_at,
        theirs_by=worker_id_of(message.theirs_by),
        theirs_at=moment_of(message.theirs_at),
        theirs_version=message.theirs_version,
        severe=message.severe,
        state=message.state,
        settled_by=worker_id_of(message.settled_by),
        settled_at=moment_of(message.settled_at),
        choice=message.choice,
        reason=message.reason,
        claimed_by=worker_id_of(message.claimed_by),
        claimed_at=moment_of(message.claimed_at),
        escalated_at=moment_of(message.escalated_at),
        mark=message.mark,
    )


def conflict_message(conflict: Conflict) -> ConflictMessage:
    """Return the message of a conflict."""
    return ConflictMessage(
        id=conflict.id,
        record_id=conflict.record,
        scope_id=conflict.family,
        path=conflict.path,
        kind=str(conflict.kind),
        base=_json_or_none(conflict.base),
        mine=_json_or_none(conflict.mine),
        theirs=_json_or_none(conflict.theirs),
        mine_by=conflict.mine_by,
        mine_at=conflict.mine_at.isoformat(),
        theirs_by=conflict.theirs_by,
        theirs_at=text_of(conflict.theirs_at),
        theirs_version=conflict.theirs_version,
        severe=conflict.severe,
        state=conflict.state,
        settled_by=conflict.settled_by,
        settled_at=text_of(conflict.settled_at),
        choice=conflict.choice,
        reason=conflict.reason,
        claimed_by=conflict.claimed_by,
        claimed_at=text_of(conflict.claimed_at),
        escalated_at=text_of(conflict.escalated_at),
        mark=conflict.mark,
    )


def proposal_of(clash: Clash, theirs_version: int) -> ProposalMessage:
    """Return the proposal that carries a clash to the ICS."""
    return ProposalMessage(
        path=clash.path,
        kind=str(clash.kind),
        base=_json_or_none(clash.base),
        mine=_json_or_none(clash.mine),
        theirs_version=theirs_version,
        severe=clash.severe,
    )


def clash_of(proposal: ProposalMessage, theirs: Answer | None) -> Clash:
    """Return the clash a proposal carries, beside what the head says now."""
    return Clash(
        path=FieldPath(proposal.path),
        kind=ConflictKind(proposal.kind),
        base=_answer_or_none(proposal.base),
        mine=_answer_or_none(proposal.mine),
        theirs=theirs,
        severe=proposal.severe,
    )
