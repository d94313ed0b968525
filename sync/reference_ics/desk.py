"""What one push knows and has decided so far, and the three things that can become of an op."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any

import msgspec

from sync.protocol import ConflictMessage, MadeMessage, OpMessage, ProblemMessage, RecordMessage
from sync.reference_ics.database import Numbers
from sync.reference_ics.marks import Marks
from sync.reference_ics.problems import problem
from sync.reference_ics.staying import Stay
from sync.reference_ics.visibility import (
    EVERYONE,
    NOTHING_KEPT,
    Kept,
    Reader,
    both,
    note_on,
    note_on_question,
)


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
class Discarded:
    """An op that is taken: the draft leaves its family, as it was."""

    incoming: Incoming
    head: RecordMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An op that is taken: the record after it, and the conflicts it opens or closes."""

    incoming: Incoming
    head: RecordMessage
    conflicts: tuple[ConflictMessage, ...] = ()


_MADE_NAMES = MadeMessage.__struct_fields__
_made = attrgetter(*_MADE_NAMES)


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
    marks: Marks
    known: dict[str, Known] = field(default_factory=dict)
    heads: dict[str, RecordMessage] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)  # on each head, of `visibility`
    kept: Mapping[str, Kept] = field(default_factory=dict)  # by family, where anything is
    renoted: set[str] = field(default_factory=set)  # records whose readers are others than before
    conflicts: dict[str, ConflictMessage] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)  # of the conflicts
    limits: dict[str, str] = field(default_factory=dict)  # notes on the conflicts that were there before
    held: set[tuple[str, str]] = field(default_factory=set)  # what the database has an entry for
    gone: dict[str, str] = field(default_factory=dict)  # records that left for good: erased, tombstone
    stays: Mapping[str, Stay] = field(default_factory=dict)  # by the names of forms, see `staying`
    written_by: dict[str, set[str]] = field(default_factory=dict)  # who ever wrote in what is to be discarded
    discards: list[tuple[str, int]] = field(
        default_factory=list
    )  # records that leave, and the feed's numbers
    signed_beside: set[str] = field(default_factory=set)  # signed before a restore, and kept beside since
    revisions: list[dict[str, Any]] = field(default_factory=list)
    entries: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    accepted: list[dict[str, Any]] = field(default_factory=list)
    is_brief: bool = False  # what an op made is answered without its answers

    @property
    def worker(self) -> str:
        """Whose push it is."""
        return self.reader.worker

    def as_it_is(self) -> Desk:
        """Return a copy to go back to, should a group of ops not be taken after all."""
        return replace(
            self,
            **{
                each.name: copy(getattr(self, each.name))
                for each in fields(self)
                if each.name not in ("reader", "marks", "stays", "kept")
            },
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
        op, head = done.incoming.op, self.marks.record(done.head)
        conflicts = tuple(self.marks.conflict(each) for each in done.conflicts)
        body = msgspec.json.encode(head)
        kept = self.kept.get(head.scope_id, NOTHING_KEPT)
        limits, before = note_on(head, kept), self.notes.get(head.id, EVERYONE)
        if limits != before and head.version > 1:
            self.renoted.add(head.id)
        self.notes[head.id] = limits
        seq = self._revise(numbers, op, "record", head.id, head.version, head.scope_id, "", limits, body)
        for conflict in conflicts:
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
                # It quotes what stood there before, and what somebody else would have there.
                both(both(before, limits), note_on_question(conflict, kept)),
                msgspec.json.encode(conflict),
            )
        self.heads[head.id], self.bodies[head.id] = head, body
        result = {
            "op_id": op.op_id,
            "status": "applied",
            "version": head.version,
            "hash": head.hash,
            "seq": seq,
            "conflicts": conflicts,
        }
        self._remember(done.incoming, head, head.version, result)
        if self.is_brief:
            result["made"] = dict(zip(_MADE_NAMES, _made(head), strict=True))
        else:
            result["head"] = msgspec.Raw(body)
        result["conflicts"] = self.shown(conflicts)
        return result

    def discard(self, done: Discarded, numbers: Numbers) -> dict[str, Any]:
        """Take a draft that leaves onto the list of what will be written; return the op's result: no head,
        for there is none any more."""
        op, head = done.incoming.op, done.head
        seq = numbers.next()
        self.discards.append((head.id, seq))
        self.gone[head.id] = "tombstone"
        del self.heads[head.id]
        result = {
            "op_id": op.op_id,
            "status": "applied",
            "version": head.version + 1,
            "hash": head.hash,
            "seq": seq,
            "conflicts": [],
        }
        self._remember(done.incoming, head, head.version + 1, result)
        return result

    def _remember(
        self, incoming: Incoming, head: RecordMessage, version: int, result: Mapping[str, Any]
    ) -> None:
        """Remember an op for ever, with what is answered when it comes again."""
        stored, op_id = msgspec.json.encode(result), incoming.op.op_id
        self.known[op_id] = Known(
            digest=incoming.digest,
            author=self.worker,
            record=head.id,
            scope=head.scope_id,
            version=version,
            result=stored,
        )
        self.accepted.append(
            {
                "id": op_id,
                "digest": incoming.digest,
                "author": self.worker,
                "record": head.id,
                "scope": head.scope_id,
                "version": version,
                "result": stored,
                "received_at": self.received_at,
            }
        )

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
