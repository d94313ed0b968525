"""Whether an op is accepted, and what the record says then. In memory alone: all was looked up before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, fields, replace
from typing import Any

import msgspec

from sync.protocol import (
    ConflictMessage,
    OpMessage,
    ProblemMessage,
    ProposalMessage,
    RecordMessage,
    conflict_id,
    hash_of,
)
from sync.reference_ics.applying import DeltaRefused, answer_fits, content_after
from sync.reference_ics.database import Numbers
from sync.reference_ics.problems import problem
from sync.reference_ics.visibility import EVERYONE, Reader, both, note_on
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import ConflictKind, OpKind
from workbook_desktop.domain.ids import FieldPath, OpId, RecordId
from workbook_desktop.domain.records import (
    Answer,
    Body,
    State,
    answer_json,
    answer_of,
    body_of,
    comparable,
    content_of,
)

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_HASH = re.compile(r"[0-9a-f]{64}")
_CHOICES = ("mine", "theirs", "both", "new")
_MOVES = {
    State.DRAFT: {State.READY, State.SIGNED_OFF},
    State.READY: {State.SIGNED_OFF, State.RETURNED},
    State.RETURNED: {State.DRAFT, State.READY, State.SIGNED_OFF},
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """An op, and the digest of the bytes it came in."""

    op: OpMessage
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An op that was accepted before."""

    digest: bytes
    author: str
    record: str
    scope: str
    version: int
    result: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An op that changes nothing: repeated, late or refused."""

    op_id: str
    status: str
    problem: ProblemMessage | None = None
    head: str | None = None  # the record whose head goes with the answer
    repeats: Known | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An op that is taken: the record after it, and the conflicts it opens or closes."""

    incoming: Incoming
    head: RecordMessage
    conflicts: tuple[ConflictMessage, ...] = ()


class Refusal(Exception):
    """A rule says no to this op."""

    def __init__(self, type_: str, detail: str = "", *, path: str | None = None) -> None:
        super().__init__(type_)
        self.problem = problem(type_, detail, path=path)


class Behind(Exception):
    """The op rests on an earlier head than there is now."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """What one push knows, and what it has decided so far: each op sees those before it as done."""

    reader: Reader
    received_at: str
    known: dict[str, Known] = field(default_factory=dict)
    heads: dict[str, RecordMessage] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)  # on each head, of `visibility`
    renoted: set[str] = field(default_factory=set)  # records whose readers are others than before
    conflicts: dict[str, ConflictMessage] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)  # of the conflicts
    limits: dict[str, str] = field(default_factory=dict)  # notes on the conflicts that were there before
    held: set[tuple[str, str]] = field(default_factory=set)  # what the database has an entry for
    gone: dict[str, str] = field(default_factory=dict)  # records that left for good: erased, tombstone
    revisions: list[dict[str, Any]] = field(default_factory=list)
    entries: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    accepted: list[dict[str, Any]] = field(default_factory=list)

    @property
    def worker(self) -> str:
        """Whose push it is."""
        return self.reader.worker

    def as_it_is(self) -> Desk:
        """Return a copy to go back to, should a group of ops not be taken after all."""
        return replace(
            self,
            **{each.name: copy(getattr(self, each.name)) for each in fields(self) if each.name != "reader"},
        )

    def may_see(self, record: str) -> bool:
        """Say whether the worker may know of a record, as it is now; of one that is not there too."""
        head = self.heads.get(record)
        return head is None or self.reader.may_see(self.notes[record], head.scope_id)

    def shown(self, conflicts: Iterable[ConflictMessage]) -> list[ConflictMessage]:
        """Return those conflicts that the worker may know of; those this push opened are the worker's own."""
        return [
            each
            for each in conflicts
            if self.reader.may_see(self.limits.get(each.id, EVERYONE), each.scope_id)
        ]

    def note(self, done: Accepted, numbers: Numbers) -> dict[str, Any]:
        """Take an accepted op onto the list of what will be written; return its result."""
        op, head = done.incoming.op, done.head
        body = msgspec.json.encode(head)
        limits, before = note_on(head), self.notes.get(head.id, EVERYONE)
        if limits != before and head.version > 1:
            self.renoted.add(head.id)
        self.notes[head.id] = limits
        seq = self._revise(numbers, op, "record", head.id, head.version, head.scope_id, "", limits, body)
        for conflict in done.conflicts:
            version = self.versions[conflict.id] = self.versions.get(conflict.id, 0) + 1
            self.conflicts[conflict.id] = conflict
            self._revise(
                numbers,
                op,
                "conflict",
                conflict.id,
                version,
                conflict.scope_id,
                conflict.record_id,
                both(before, limits),  # it quotes what stood there before
                msgspec.json.encode(conflict),
            )
        self.heads[head.id], self.bodies[head.id] = head, body
        result = {
            "op_id": op.op_id,
            "status": "applied",
            "version": head.version,
            "hash": head.hash,
            "seq": seq,
            "conflicts": done.conflicts,
        }
        stored = msgspec.json.encode(result)
        self.known[op.op_id] = Known(
            digest=done.incoming.digest,
            author=self.worker,
            record=head.id,
            scope=head.scope_id,
            version=head.version,
            result=stored,
        )
        self.accepted.append(
            {
                "id": op.op_id,
                "digest": done.incoming.digest,
                "author": self.worker,
                "record": head.id,
                "scope": head.scope_id,
                "version": head.version,
                "result": stored,
                "received_at": self.received_at,
            }
        )
        result["head"] = msgspec.Raw(body)
        result["conflicts"] = self.shown(done.conflicts)
        return result

    def _revise(
        self,
        numbers: Numbers,
        op: OpMessage,
        kind: str,
        id_: str,
        version: int,
        scope: str,
        about: str,
        limits: str,
        body: bytes,
    ) -> int:
        self.revisions.append(
            {
                "kind": kind,
                "id": id_,
                "version": version,
                "op": op.op_id,
                "author": self.worker,
                "received_at": self.received_at,
                "edited_from": _text(op.provenance.edited_from),
                "edited_to": _text(op.provenance.edited_to),
                "limits": limits,
                "body": body,
            }
        )
        seq = numbers.next()
        self.entries[kind, id_] = {
            "kind": kind,
            "id": id_,
            "seq": seq,
            "version": version,
            "scope": scope,
            "about": about,
            "limits": limits,
        }
        return seq


def _text(said: str) -> str:
    return said[:40].replace("\0", "")  # PostgreSQL keeps no NUL in a text


def decide(desk: Desk, incoming: Incoming) -> Accepted | Verdict:
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
    if op.kind not in set(OpKind):
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
    if signed.state != State.SIGNED_OFF:
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


def _update(desk: Desk, incoming: Incoming, head: RecordMessage) -> Accepted:
    op = incoming.op
    if op.to_state is not None or op.content_hash is not None:
        raise Refusal("invalid-op", "an edit leaves the state alone")
    content, hash_ = _content_after(head.answers, head.groups, op)
    open_now = [desk.conflicts[each] for each in head.open_conflicts]
    closed = _settled(desk, op, desk.shown(open_now))
    if len(closed) < len(open_now):
        before, after = body_of({"answers": head.answers, "groups": head.groups}), body_of(content)
        left = [each for each in open_now if each.id not in _ids(closed)]
        closed += _superseded(desk, before, after, left)
    earlier: dict[str, int] = {}
    brought = []
    stands = body_of(content) if op.proposals else Body()
    for proposal in op.proposals:
        nth = earlier[proposal.path] = earlier.get(proposal.path, -1) + 1
        brought.append(_proposed(desk, op, head, stands, proposal, nth))
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
                *(each for each in head.open_conflicts if each not in _ids(closed)),
                *(each.id for each in fresh),
            ],
        ),
        conflicts=(*closed, *brought),
    )


def _ids(conflicts: Sequence[ConflictMessage]) -> set[str]:
    return {each.id for each in conflicts}


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


def _path(text: str) -> FieldPath:
    if not all(text.split("/")) or len(text) > 2_000:
        raise Refusal("invalid-answer", "not a path", path=text[:200])
    return FieldPath(text)


# Conflicts -------------------------------------------------------------------------------------------


def _settled(desk: Desk, op: OpMessage, open_now: Sequence[ConflictMessage]) -> list[ConflictMessage]:
    """Return the conflicts that this op says it settles, as they are then."""
    found: list[ConflictMessage] = []
    for settlement in op.settles:
        conflict = next((each for each in open_now if each.id == settlement.conflict), None)
        if conflict is None or conflict.id in _ids(found):
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


def _superseded(
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


def _proposed(
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
