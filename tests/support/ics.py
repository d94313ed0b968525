"""A small honest ICS in memory: compare-and-set, history, conflicts, a feed, and who may see what.

It keeps the law of `sync/protocol` as the reference ICS does, in a tenth of the lines, so that a
simulation can ask it ten thousand times. What it answers goes through the wire's own encoding and strict
reading.
"""

from __future__ import annotations

import copy
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from sync.merge import answer_at
from sync.ports import ClientTooOld, CursorExpired, TooMuchAtOnce
from sync.protocol import (
    Capabilities,
    FeedItemMessage,
    FeedReply,
    Limits,
    MadeMessage,
    OpMessage,
    OpResult,
    ProblemMessage,
    PushReply,
    ScopeMessage,
    ScopesReply,
    WorkerMessage,
    clash_of,
    conflict_id,
    conflict_message,
    decode,
    delta_of,
    encode,
    hash_of,
    record_json,
    record_message,
)
from workbook_desktop.domain.changes import Clash, Conflict, ConflictKind, OpKind, apply
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import SignInNeeded, WorkbookError
from workbook_desktop.domain.ids import ConflictId, FamilyId, FieldPath, FormId, OpId, RecordId, WorkerId
from workbook_desktop.domain.records import Answer, Body, FormRef, Head, State, body_of, content_of

_NOT_DATA = {"clock", "limits", "contracts", "features"}
_BEGINNINGS = (OpKind.CREATE, OpKind.AMEND)
_STEPS = {
    State.DRAFT: {State.READY, State.SIGNED_OFF},
    State.READY: {State.SIGNED_OFF, State.RETURNED},
    State.RETURNED: {State.READY, State.SIGNED_OFF},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An op the ICS will never take a second time."""

    digest: str
    version: int
    result: OpResult


class _Refused(Exception):
    def __init__(self, problem: str, path: str | None = None) -> None:
        super().__init__(problem)
        self.problem = ProblemMessage(type=problem, title=problem, path=path)


class MemoryIcs:
    """The ICS. `door(worker)` is how one worker's laptop reaches it."""

    def __init__(self, clock: Clock, limits: Limits | None = None) -> None:
        self.clock, self.limits = clock, limits or Limits()
        self.epoch = "epoch-1"
        self.contracts = ["1.0"]
        self.features: list[str] = []  # "brief", "besides"
        self.history: dict[RecordId, list[Head]] = {}
        self.conflicts: dict[ConflictId, Conflict] = {}
        self.accepted: dict[OpId, Accepted] = {}
        self.sees: dict[WorkerId, set[FamilyId]] = {}
        self.forms: dict[str, bytes] = {}
        self._changed: dict[tuple[str, str], tuple[int, int]] = {}  # kind, id: seq, version
        self._seq = 0

    def door(self, worker: str, *families: str) -> Door:
        """Return the way in for a worker, who may see these families."""
        self.sees.setdefault(WorkerId(worker), set()).update(FamilyId(each) for each in families)
        return Door(self, WorkerId(worker))

    def head(self, record: RecordId) -> Head | None:
        """Return a record as it is now."""
        revisions = self.history.get(record)
        return revisions[-1] if revisions else None

    def put(self, head: Head) -> None:
        """Put a record there as the office does, or a colleague whom no test follows."""
        self.history.setdefault(head.id, []).append(head)
        self._announce("record", head.id, head.version)

    def publish(self, form_id: str, questionnaire: bytes) -> None:
        """Put a form into the feed."""
        self.forms[form_id] = questionnaire
        self._announce("form", form_id, 1)

    def entries(self) -> list[tuple[int, str, str, int, str | None]]:
        """Return the whole feed: seq, kind, id, version and scope of each thing at its newest."""
        items = (self._item(*key, *at) for key, at in self._changed.items())
        return sorted((item.seq, item.kind, item.id, item.version, item.scope_id) for item in items)

    def image(self) -> dict[str, Any]:
        """Return a backup of everything."""
        return {name: copy.deepcopy(value) for name, value in vars(self).items() if name not in _NOT_DATA}

    def restore(self, image: dict[str, Any], epoch: str) -> None:
        """Come up on a backup, and say so."""
        vars(self).update(copy.deepcopy(image))
        self.epoch = epoch

    def _announce(self, kind: str, id_: str, version: int | None = None) -> None:
        self._seq += 1
        before = self._changed.get((kind, id_), (0, 0))[1]
        self._changed[kind, id_] = (self._seq, version or before + 1)

    # One op -------------------------------------------------------------------------------------------------

    def take(self, worker: WorkerId, raw: bytes) -> OpResult:
        """Judge one op, in the order the contract gives."""
        digest = hashlib.sha256(raw).hexdigest()
        try:
            op = decode(raw, OpMessage)
            delta, kind, record = delta_of(op), OpKind(op.kind), RecordId(op.record_id)
        except (WorkbookError, ValueError):
            op_id = msgspec.json.decode(raw).get("op_id", "")
            return OpResult(op_id=op_id, status="rejected", problem=_Refused("invalid-op").problem)
        head = self.head(record)
        try:
            known = self.accepted.get(OpId(op.op_id))
            if known is not None:
                if known.digest != digest:
                    raise _Refused("idempotency-mismatch")
                again = msgspec.structs.replace(known.result, status="duplicate")
                if again.head is not None and again.head.scope_id not in self.sees[worker]:
                    again = msgspec.structs.replace(again, head=None, conflicts=[])
                return again
            family = FamilyId(op.scope_id)
            if family not in self.sees[worker] or (head is not None and head.family != family):
                raise _Refused("scope-forbidden")
            before = self.accepted.get(OpId(op.after_op)) if op.after_op else None
            if op.after_op and (
                before is None or before.result.head is None or before.result.head.id != record
            ):
                return OpResult(op_id=op.op_id, status="predecessor-missing")
            if kind is OpKind.AMEND:
                signed = self.head(RecordId(op.amends or ""))
                if signed is None or signed.family != family:
                    raise _Refused("record-unknown")
                if signed.state is not State.SIGNED_OFF:
                    raise _Refused("illegal-transition")
            if head is None and kind not in _BEGINNINGS:
                raise _Refused("record-unknown")
            if head is not None:
                if head.state is State.SIGNED_OFF and kind not in _BEGINNINGS:
                    problem = _Refused("record-signed-off").problem
                    return OpResult(
                        op_id=op.op_id, status="rejected", problem=problem, head=record_message(head)
                    )
                if head.version != (before.version if before else op.if_match):
                    return OpResult(op_id=op.op_id, status="stale", head=record_message(head))
            try:
                if any("ord" in put and "v" in put for put in op.set.values()):
                    raise ValueError("neither an answer nor a row")
                body = apply(body_of(head.content) if head else Body(), delta)
            except ValueError as error:
                raise _Refused("invalid-answer", next(iter(op.set), None)) from error
            if hash_of(content_of(body)) != op.result_hash:
                raise _Refused("content-mismatch")
            state = self._state_after(op, kind, head)
        except _Refused as refused:
            return OpResult(op_id=op.op_id, status="rejected", problem=refused.problem)
        return self._accept(worker, op, digest, head, body, state)

    def _state_after(self, op: OpMessage, kind: OpKind, head: Head | None) -> State:
        if head is None or kind is not OpKind.TRANSITION:
            return head.state if head is not None else State.DRAFT
        if op.content_hash != head.hash:
            raise _Refused("content-mismatch")
        if head.open_conflicts:
            raise _Refused("conflict-open")
        to_state = State(op.to_state or "")
        if to_state not in _STEPS.get(head.state, set()):
            raise _Refused("illegal-transition")
        return to_state

    def _accept(
        self, worker: WorkerId, op: OpMessage, digest: str, head: Head | None, body: Body, state: State
    ) -> OpResult:
        now, content = self.clock.now(), content_of(body)
        record, version = RecordId(op.record_id), (head.version if head else 0) + 1
        touched = self._open(worker, op, head) + self._settle(worker, op) + self._superseded(op, record, body)
        for conflict in touched:
            self.conflicts[conflict.id] = conflict
        signed = state is State.SIGNED_OFF
        after = Head(
            id=record,
            type=op.type,
            family=FamilyId(op.scope_id),
            form=FormRef(id=FormId(op.form.id), version=op.form.version) if op.form else None,
            state=state,
            chapter=op.chapter,
            subjects=head.subjects if head else (),
            content=content,
            version=version,
            hash=hash_of(content),
            created_by=head.created_by if head else worker,
            created_at=head.created_at if head else now,
            changed_by=worker,
            changed_at=now,
            signed_by=worker if signed else None,
            signed_at=now if signed else None,
            open_conflicts=tuple(
                sorted(
                    each.id
                    for each in self.conflicts.values()
                    if each.record == record and each.state == "open"
                )
            ),
            amends=head.amends if head else (RecordId(op.amends) if op.amends else None),
            extra=head.extra if head else (),
        )
        self.put(after)
        for conflict in touched:
            self._announce("conflict", conflict.id)
        result = OpResult(
            op_id=op.op_id,
            status="applied",
            version=version,
            hash=after.hash,
            seq=self._seq,
            head=record_message(after),
            conflicts=[conflict_message(each) for each in touched],
        )
        self.accepted[OpId(op.op_id)] = Accepted(digest=digest, version=version, result=result)
        return result

    def _open(self, worker: WorkerId, op: OpMessage, head: Head | None) -> list[Conflict]:
        found: list[Conflict] = []
        before = body_of(head.content) if head else Body()
        earlier: Counter[FieldPath] = Counter()
        for proposal in op.proposals:
            path = FieldPath(proposal.path)
            theirs = answer_at(before, path)
            clash = clash_of(proposal, theirs)
            nth = earlier[path]
            earlier[path] += 1
            if clash.mine is not None and clash.mine.by is not None and self._is_asked(op, clash):
                continue
            found.append(
                Conflict(
                    id=conflict_id(RecordId(op.record_id), path, OpId(op.op_id), nth),
                    record=RecordId(op.record_id),
                    family=FamilyId(op.scope_id),
                    path=path,
                    kind=clash.kind,
                    base=clash.base,
                    mine=clash.mine,
                    theirs=theirs,
                    mine_by=worker,
                    mine_at=self.clock.now(),
                    theirs_by=(theirs.by if theirs else None) or (head.changed_by if head else None),
                    theirs_at=head.changed_at if head else None,
                    theirs_version=proposal.theirs_version,
                    severe=proposal.severe,
                    state="open",
                )
            )
        return found

    def _is_asked(self, op: OpMessage, clash: Clash) -> bool:
        """Say whether an open question that this op does not settle says the same, to the letter."""
        settled = {each.conflict for each in op.settles}
        return any(
            (each.path, each.kind, each.base, each.mine) == (clash.path, clash.kind, clash.base, clash.mine)
            for each in self.conflicts.values()
            if each.state == "open" and each.record == op.record_id and each.id not in settled
        )

    def _settle(self, worker: WorkerId, op: OpMessage) -> list[Conflict]:
        return [
            replace(
                self.conflicts[ConflictId(each.conflict)],
                state="resolved",
                settled_by=worker,
                settled_at=self.clock.now(),
                choice=each.choice,
                reason=each.reason,
            )
            for each in op.settles
            if (known := self.conflicts.get(ConflictId(each.conflict))) is not None
            and known.state == "open"
            and known.record == op.record_id
        ]

    def _superseded(self, op: OpMessage, record: RecordId, body: Body) -> list[Conflict]:
        settled = {each.conflict for each in op.settles}
        return [
            replace(each, state="superseded")
            for each in self.conflicts.values()
            if each.record == record
            and each.state == "open"
            and each.id not in settled
            and each.kind is ConflictKind.ANSWER
            and _says_the_same(each.mine, body.answers.get(each.path))
        ]

    # Reading ------------------------------------------------------------------------------------------------

    def page(
        self, worker: WorkerId, cursor: str | None, limit: int, besides: Sequence[tuple[int, int]] = ()
    ) -> FeedReply:
        """Return the next page of what a worker may see."""
        sees = self.sees[worker]
        grant = hashlib.sha256("\n".join(sorted(sees)).encode()).hexdigest()[:8]
        seen = 0
        if cursor is not None:
            epoch, number, granted = cursor.split(" ")
            if granted != grant or epoch != self.epoch:
                raise CursorExpired
            seen = int(number)
        items: list[FeedItemMessage] = []
        for (kind, id_), (seq, version) in sorted(self._changed.items(), key=lambda entry: entry[1]):
            if seq <= seen or any(first <= seq <= last for first, last in besides):
                continue
            item = self._item(kind, id_, seq, version)
            if item.scope_id is None or item.scope_id in sees:
                items.append(item)
        more = len(items) > limit
        items = items[:limit]
        last = items[-1].seq if more else self._seq
        return FeedReply(
            items=items,
            next_cursor=f"{self.epoch} {last} {grant}",
            more=more,
            checkpoint_seq=last,
            epoch=self.epoch,
            server_time=self.clock.now().isoformat(),
        )

    def _item(self, kind: str, id_: str, seq: int, version: int) -> FeedItemMessage:
        scope: str | None = None
        if kind == "record":
            head = self.history[RecordId(id_)][-1]
            scope, version, body = head.family, head.version, record_json(head)
        elif kind == "conflict":
            conflict = self.conflicts[ConflictId(id_)]
            scope, body = conflict.family, encode(conflict_message(conflict))
        elif kind == "form":
            body = self.forms[id_]
        else:
            body = b"{}"
        return FeedItemMessage(
            seq=seq, kind=kind, id=id_, version=version, scope_id=scope, body=msgspec.Raw(body)
        )


class Door:
    """One worker's way to the ICS. Fits `ports.Ics`."""

    def __init__(self, ics: MemoryIcs, worker: WorkerId) -> None:
        self.ics, self.worker = ics, worker
        self.signed_in = True
        self.is_too_old = False
        self.calls: list[str] = []

    def capabilities(self) -> Capabilities:
        self.calls.append("capabilities")
        return Capabilities(
            authority="wrenmouth",
            contracts=self.ics.contracts,
            features=self.ics.features,
            epoch=self.ics.epoch,
            server_time=self.ics.clock.now().isoformat(),
            limits=self.ics.limits,
            sign_in=["practice"],
        )

    def scopes(self) -> ScopesReply:
        self._enter("scopes")
        if self.is_too_old:
            raise ClientTooOld
        families = sorted(self.ics.sees[self.worker])
        return ScopesReply(
            scopes=[ScopeMessage(id=each, count=0) for each in families],
            workers=[
                WorkerMessage(id=each, name=each, role="social worker", agency="Wrenmouth")
                for each in self.ics.sees
            ],
            as_of_seq=0,
            epoch=self.ics.epoch,
        )

    def push(self, ops: Sequence[bytes], *, brief: bool = False) -> PushReply:
        self._enter("push")
        if sum(map(len, ops)) > self.ics.limits.push_bytes or len(ops) > self.ics.limits.ops:
            raise TooMuchAtOnce
        reply = PushReply(
            results=[self.ics.take(self.worker, op) for op in ops],
            epoch=self.ics.epoch,
            server_time=self.ics.clock.now().isoformat(),
        )
        if brief:
            results = [_without_answers(each) for each in reply.results]
            reply = msgspec.structs.replace(reply, results=results)
        return decode(encode(reply), PushReply)

    def feed(self, cursor: str | None, limit: int, besides: Sequence[tuple[int, int]] = ()) -> FeedReply:
        self._enter("feed")
        return decode(encode(self.ics.page(self.worker, cursor, limit, besides)), FeedReply)

    def close(self) -> None:
        """Nothing is held."""

    def _enter(self, what: str) -> None:
        self.calls.append(what)
        if not self.signed_in:
            raise SignInNeeded


def _without_answers(result: OpResult) -> OpResult:
    if result.status != "applied" or result.head is None:
        return result
    made = {name: getattr(result.head, name) for name in MadeMessage.__struct_fields__}
    return msgspec.structs.replace(result, head=None, made=MadeMessage(**made))


def _says_the_same(one: Answer | None, other: Answer | None) -> bool:
    return one is other if one is None or other is None else one.says_the_same(other)
