"""Whether an op is accepted, and what the record says then. In memory alone: all was looked up before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sync.protocol import ConflictMessage, OpMessage, RecordMessage, hash_of
from sync.reference_ics.applying import DeltaRefused, content_after
from sync.reference_ics.desk import Accepted, Behind, Desk, Discarded, Incoming, Known, Refusal, Verdict
from sync.reference_ics.problems import problem
from sync.reference_ics.proposals import ids_of, is_asked, proposed, settled, superseded
from sync.reference_ics.staying import named
from workbook_desktop.domain.changes import OpKind
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.records import Body, State, body_of
from workbook_desktop.forms.append_only import altered

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_HASH = re.compile(r"[0-9a-f]{64}")
_KINDS = frozenset(OpKind)
_MOVES = {
    State.DRAFT: {State.READY, State.SIGNED_OFF},
    State.READY: {State.SIGNED_OFF, State.RETURNED},
    State.RETURNED: {State.DRAFT, State.READY, State.SIGNED_OFF},
}


def decide(desk: Desk, incoming: Incoming) -> Accepted | Discarded | Verdict:
    """Return what becomes of an op. The order of the questions is the contract's, see `sync.protocol`."""
    op = incoming.op
    try:
        earlier = _repeated(desk, incoming)
        if earlier is not None:
            return Verdict(op_id=op.op_id, status="duplicate", repeats=earlier)
        _check_envelope(desk, op)
        if op.record_id in desk.gone:
            raise Refusal("erased" if desk.gone[op.record_id] == "erased" else "record-unknown")
        head = _visible_head(desk, op)
        if op.after_op is not None and not _is_accepted(desk, op.after_op, op.record_id):
            return Verdict(op_id=op.op_id, status="predecessor-missing")
        if op.kind in (OpKind.CREATE, OpKind.AMEND):
            if head is not None:
                raise Behind
            return _create(desk, incoming)
        if head is None:
            raise Refusal("record-unknown")
        if head.type != "form":
            raise Refusal("not-permitted", "records of this type are kept by the office")
        if head.state == State.SIGNED_OFF:
            return Verdict(
                op_id=op.op_id, status="rejected", problem=problem("record-signed-off"), head=head.id
            )
        if head.version != _expected_version(desk, op):
            raise Behind
        if op.kind == OpKind.DISCARD:
            return _discard(desk, incoming, head)
        if op.kind == OpKind.TRANSITION:
            return _transition(desk, incoming, head)
        return _update(desk, incoming, head)
    except Refusal as refusal:
        return Verdict(op_id=op.op_id, status="rejected", problem=refusal.problem)
    except Behind:
        return Verdict(op_id=op.op_id, status="stale", head=op.record_id)


def _repeated(desk: Desk, incoming: Incoming) -> Known | None:
    known = desk.known.get(incoming.op.op_id)
    if known is None:
        return None
    if known.digest != incoming.digest or known.author != desk.worker:
        raise Refusal("idempotency-mismatch")
    return known


def _check_envelope(desk: Desk, op: OpMessage) -> None:
    for name, text in (("op_id", op.op_id), ("record_id", op.record_id)):
        if not _ID.fullmatch(text):
            raise Refusal("invalid-op", f"{name} is not an identifier")
    if op.kind not in _KINDS:
        raise Refusal("invalid-op", "this kind of op is not known")
    if not _HASH.fullmatch(op.result_hash):
        raise Refusal("invalid-op", "result_hash is not a SHA-256 in hex")
    if op.scope_id not in desk.reader.people:
        raise Refusal("scope-forbidden")
    if op.type != "form":
        raise Refusal("not-permitted", "records of this type are kept by the office")


def _visible_head(desk: Desk, op: OpMessage) -> RecordMessage | None:
    """Return the head; None if there is none that this worker may know of."""
    head = desk.heads.get(op.record_id)
    seen = desk.may_see(op.record_id)
    if head is None or (seen and head.scope_id == op.scope_id):
        return head
    if seen or op.kind in (OpKind.CREATE, OpKind.AMEND):
        raise Refusal("scope-forbidden")
    return None  # one this worker must not know of: answered as a record that never was


def _is_accepted(desk: Desk, op_id: str, record: str) -> bool:
    known = desk.known.get(op_id)
    if known is None or known.record != record:
        return False
    return known.author == desk.worker or desk.may_see(record)


def _expected_version(desk: Desk, op: OpMessage) -> int:
    if op.after_op is not None:
        if op.if_match is not None:
            raise Refusal("invalid-op", "if_match or after_op, not both")
        return desk.known[op.after_op].version
    if op.if_match is None:
        raise Refusal("precondition-required")
    return op.if_match


def _create(desk: Desk, incoming: Incoming) -> Accepted:
    op = incoming.op
    if op.if_match is not None or op.after_op is not None or op.proposals or op.settles or op.to_state:
        raise Refusal("invalid-op", "a create rests on nothing and only sets answers")
    if op.form is None or not op.form.id or not op.form.version:
        raise Refusal("invalid-op", "a record needs a form")
    if (op.kind == OpKind.AMEND) != (op.amends is not None):
        raise Refusal("invalid-op", "an amendment, and nothing else, names what it amends")
    if op.amends is not None:
        _check_amended(desk, op)
    content, hash_ = _content_after({}, {}, op)
    return Accepted(
        incoming=incoming,
        head=RecordMessage(
            id=op.record_id,
            type=op.type,
            scope_id=op.scope_id,
            version=1,
            hash=hash_,
            state=State.DRAFT,
            answers=content["answers"],
            groups=content["groups"],
            form=op.form,
            chapter=op.chapter,
            subjects=op.subjects,
            amends=op.amends,
            created_by=desk.worker,
            created_at=desk.received_at,
            changed_by=desk.worker,
            changed_at=desk.received_at,
        ),
    )


def _check_amended(desk: Desk, op: OpMessage) -> None:
    """Only what is signed off is amended: until then the record itself can be changed."""
    signed = desk.heads.get(op.amends or "")
    if signed is None or not desk.may_see(signed.id):
        raise Refusal("record-unknown", "what it amends")
    if signed.scope_id != op.scope_id or signed.type != op.type:
        raise Refusal("scope-forbidden", "what it amends is of another family")
    if signed.state != State.SIGNED_OFF and signed.id not in desk.signed_beside:
        raise Refusal("illegal-transition", "what it amends is not signed off")


def _transition(desk: Desk, incoming: Incoming, head: RecordMessage) -> Accepted:
    op = incoming.op
    if op.set or op.unset or op.proposals or op.settles:
        raise Refusal("invalid-op", "a transition changes the state alone")
    if op.content_hash is None:
        raise Refusal("precondition-required", "content_hash says what the signer saw")
    if op.content_hash != head.hash or op.result_hash != head.hash:
        raise Refusal("content-mismatch")
    if head.open_conflicts:
        raise Refusal("conflict-open", f"{len(head.open_conflicts)} of them")
    try:
        state, to_state = State(head.state), State(op.to_state or "")
    except ValueError as error:
        raise Refusal("illegal-transition", "no such state") from error
    if to_state not in _MOVES.get(state, set()):
        raise Refusal("illegal-transition", f"from {state} to {to_state}")
    signed = to_state is State.SIGNED_OFF
    return Accepted(
        incoming=incoming,
        head=msgspec.structs.replace(
            head,
            version=head.version + 1,
            state=str(to_state),
            changed_by=desk.worker,
            changed_at=desk.received_at,
            signed_by=desk.worker if signed else head.signed_by,
            signed_at=desk.received_at if signed else head.signed_at,
        ),
    )


def _discard(desk: Desk, incoming: Incoming, head: RecordMessage) -> Discarded:
    """A draft leaves by the one who began it, and only as long as nobody else has written in it."""
    op = incoming.op
    if op.set or op.unset or op.proposals or op.settles or op.to_state:
        raise Refusal("invalid-op", "what is discarded is not changed")
    if op.content_hash is None:
        raise Refusal("precondition-required", "content_hash says what was seen")
    if op.content_hash != head.hash or op.result_hash != head.hash:
        raise Refusal("content-mismatch")
    if head.state != State.DRAFT:
        raise Refusal("illegal-transition", "only drafts are discarded")
    if head.open_conflicts:
        raise Refusal("conflict-open", f"{len(head.open_conflicts)} of them")
    writers = {head.created_by, head.changed_by, *desk.written_by.get(head.id, ())}
    if writers != {desk.worker}:
        raise Refusal("not-permitted", "others have written in it")
    return Discarded(incoming=incoming, head=head)


def _update(desk: Desk, incoming: Incoming, head: RecordMessage) -> Accepted:
    op = incoming.op
    if op.to_state is not None or op.content_hash is not None:
        raise Refusal("invalid-op", "an edit leaves the state alone")
    content, hash_ = _content_after(head.answers, head.groups, op)
    open_now = [desk.conflicts[each] for each in head.open_conflicts]
    closed = settled(desk, op, desk.shown(open_now))
    _check_what_stays(desk, head, content, closed)
    if len(closed) < len(open_now):
        before, after = body_of({"answers": head.answers, "groups": head.groups}), body_of(content)
        left = [each for each in open_now if each.id not in ids_of(closed)]
        closed += superseded(desk, before, after, left)
    earlier: dict[str, int] = {}
    brought = []
    stands = body_of(content) if op.proposals else Body()
    asked = [each for each in desk.shown(open_now) if each.id not in ids_of(closed)] if op.proposals else []
    for proposal in op.proposals:
        nth = earlier[proposal.path] = earlier.get(proposal.path, -1) + 1
        conflict = proposed(desk, op, head, stands, proposal, nth)
        if not is_asked(proposal, asked):
            brought.append(conflict)
    fresh = [each for each in brought if each.state == "open"]
    return Accepted(
        incoming=incoming,
        head=msgspec.structs.replace(
            head,
            version=head.version + 1,
            hash=hash_,
            answers=content["answers"],
            groups=content["groups"],
            changed_by=desk.worker,
            changed_at=desk.received_at,
            open_conflicts=[
                *(each for each in head.open_conflicts if each not in ids_of(closed)),
                *(each.id for each in fresh),
            ],
        ),
        conflicts=(*closed, *brought),
    )


def _check_what_stays(
    desk: Desk, head: RecordMessage, content: Mapping[str, Any], closed: Sequence[ConflictMessage]
) -> None:
    """What was put down in rows of an append-only group is neither taken away nor altered, but by a person's
    choice between two texts."""
    stay = desk.stays.get(named(head.form)) if head.form is not None and head.groups else None
    if not stay:
        return
    before, after = body_of({"answers": head.answers, "groups": head.groups}), body_of(content)
    at = altered(stay, before, after, {FieldPath(each.path) for each in closed})
    if at is not None:
        raise Refusal("append-only", "what was put down here stays", path=at)


# Content ---------------------------------------------------------------------------------------------


def _content_after(
    answers: Mapping[str, Any], groups: Mapping[str, Any], op: OpMessage
) -> tuple[dict[str, Any], str]:
    """Return the content after an op and its hash, which is the one the sender expects."""
    try:
        content = content_after(answers, groups, op)
    except DeltaRefused as error:
        raise Refusal("invalid-answer", "the delta does not fit here", path=error.path) from error
    hash_ = hash_of(content)
    if hash_ != op.result_hash:
        raise Refusal("content-mismatch")
    return content, hash_
