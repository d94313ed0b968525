"""Changes to records: deltas, the ops that carry them, and the conflicts two changes can leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.holdings import Leaving
from workbook_desktop.domain.ids import (
    ConflictId,
    FamilyId,
    FieldPath,
    OpId,
    PersonId,
    RecordId,
    WorkerId,
)
from workbook_desktop.domain.records import Answer, Body, Content, FormRef, Head, Row, State, body_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What turns one body into another: answers and rows put, answers and rows taken away.

    `unset` of a row takes away everything in it. `set` is applied after `unset`, outer rows first.
    """

    set: Mapping[FieldPath, Answer | Row] = field(default_factory=dict)
    unset: tuple[FieldPath, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.set or self.unset)


def delta_between(before: Body, after: Body) -> Delta:
    """Return the delta for which ``apply(before, delta) == after``, as small as may be."""
    gone_rows = [path for path in before.rows if path not in after.rows]
    top_rows = [
        path
        for path in gone_rows
        if not any(path != other and paths.under(path, other) for other in gone_rows)
    ]
    gone_answers = [
        path
        for path in before.answers
        if path not in after.answers and not any(paths.under(path, row) for row in top_rows)
    ]
    put: dict[FieldPath, Answer | Row] = {}
    for path, row in after.rows.items():
        if before.rows.get(path) != row:
            put[path] = row
    for path, answer in after.answers.items():
        if before.answers.get(path) != answer:
            put[path] = answer
    return Delta(set=put, unset=tuple(sorted([*top_rows, *gone_answers])))


def apply(body: Body, delta: Delta) -> Body:
    """Return the body after a delta.

    Raises:
        ValueError: the delta puts an answer or a row into a row that is not there.
    """
    for path in delta.unset:
        if paths.is_row(path):
            body = body.without_row(path)
    answers, rows = dict(body.answers), dict(body.rows)
    for path in delta.unset:
        answers.pop(path, None)
    for path, put in sorted(delta.set.items(), key=lambda item: item[0].count("/")):
        parent = paths.parent_row(path)
        if parent and parent not in rows:
            raise ValueError(f"no such row: {parent}")
        if paths.is_row(path) != isinstance(put, Row):
            raise ValueError(f"a path and what is put there are of different kinds: {path}")
        if isinstance(put, Row):
            rows[path] = put
        else:
            answers[path] = put
    return Body(answers=answers, rows=rows)


class OpKind(StrEnum):
    """What an op asks of the ICS."""

    CREATE = "create"
    UPDATE = "update"
    RESOLVE = "resolve"
    TRANSITION = "transition"
    AMEND = "amend"  # a create of a record that corrects a signed one
    DISCARD = "discard_draft"  # a draft is taken out of its family by the one who began it


class ConflictKind(StrEnum):
    """How two changes met."""

    ANSWER = "answer"  # both changed one answer, or one merge unit, to different things
    ROW = "row"  # one took a row away, the other changed what stands in it
    STATE = "state"  # one changed the content, the other signed it off


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """One leaf that two people changed differently: what the merge could not decide.

    `path` is an answer's path, or a row's for `ConflictKind.ROW`. ``None`` means: not there.
    For a row, `base`, `mine` and `theirs` are ``None`` (taken away) or the row's content as JSON in an Answer
    with value ``{"row": content}``.
    """

    path: FieldPath
    kind: ConflictKind
    base: Answer | None
    mine: Answer | None
    theirs: Answer | None
    severe: bool = False  # the form marks the question as critical


def with_row_as(body: Body, path: FieldPath, side: Answer | None) -> Body:
    """Return a body with a row as one side of a clash has it: put back whole, or taken away."""
    body = body.without_row(path)
    content = side.value.get("row") if side is not None and isinstance(side.value, Mapping) else None
    if content is None:
        return body
    inner = body_of(content)
    answers = {FieldPath(f"{path}/{key}"): answer for key, answer in inner.answers.items()}
    rows = {FieldPath(f"{path}/{key}"): row for key, row in inner.rows.items()}
    return Body(
        answers={**body.answers, **answers},
        rows={**body.rows, path: Row(ord=content.get("ord", "m")), **rows},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A durable question at the ICS: both texts are there before anyone has chosen.

    `id` is the SHA-256 of record, path and the op that brought `mine`. While it is open the head keeps
    `theirs`.
    """

    id: ConflictId
    record: RecordId
    family: FamilyId
    path: FieldPath
    kind: ConflictKind
    base: Answer | None
    mine: Answer | None  # of the worker who sent the later edit
    theirs: Answer | None  # what the head says
    mine_by: WorkerId
    mine_at: datetime
    theirs_by: WorkerId | None
    theirs_at: datetime | None
    theirs_version: int
    severe: bool
    state: str  # "open", "resolved", "superseded"
    settled_by: WorkerId | None = None
    settled_at: datetime | None = None
    choice: str | None = None  # "mine", "theirs", "both", "new"
    reason: str | None = None
    claimed_by: WorkerId | None = None  # who said "I am looking at it"; others may still settle it
    claimed_at: datetime | None = None
    escalated_at: datetime | None = None  # when it had been open for longer than the authority lets it
    mark: str | None = None  # by which the ICS knows its own word again, should it lose it
    extra: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How one conflict is settled. The text chosen stands in the op's delta."""

    conflict: ConflictId
    choice: str  # "mine", "theirs", "both", "new"
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedOp:
    """An op whose bytes never change again: a retry sends the same ones.

    `bytes_` is the JSON the ICS receives. `content` is what the record says once this op is accepted, so that
    the acknowledgement can move the base forward without asking again.
    """

    op: OpId
    record: RecordId
    kind: OpKind
    after: OpId | None  # an op of the same record that must be accepted first
    bytes_: bytes
    content: Content | None
    state: State | None  # the record's state once accepted, if this op changes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Typing that crossed with a run: the worker typed on what was shown, and by the time it was kept a
    colleague's words stood there.

    A three-way merge of `seen`, the local body and `stood` is what would have come of it had the worker been
    kept first. Without `seen` a machine could not tell the worker's words from a wish to overwrite.
    """

    seen: Body  # what was on the screen
    stood: Body  # what stood in the store


@dataclass(frozen=True, kw_only=True)
class Unsent:
    """A record with work that the worker has released for sending and that stands in no sealed op yet.

    `content` is the local text nested, `local` the same flat: worked out when it is first asked for, because
    a new record is sent without.
    """

    record: RecordId
    type: str
    family: FamilyId
    form: FormRef
    chapter: str
    subjects: tuple[PersonId, ...]
    base: Head | None  # None: the ICS has never had it
    head: Head | None  # newer than the base if the feed brought a colleague's change meanwhile
    content: Content
    edited_from: datetime
    edited_to: datetime
    sign_off_hash: str | None  # the content hash the worker saw when signing; None: not signing
    settles: tuple[Settlement, ...] = ()  # conflicts this edit settles
    crossed: Crossing | None = None  # not merged yet: merge it before anything of the edit is sent
    aside: tuple[SealedOp, ...] = ()  # refused before this was released: what they proposed goes with it
    amends: RecordId | None = None  # the signed record that this one corrects or adds to

    @cached_property
    def local(self) -> Body:
        """The local text, flat."""
        return body_of(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateWork:
    """A record that has to leave, with work that was never accepted: its ops as they are sealed, and its
    local text if that says more than the last of them."""

    record: RecordId
    ops: tuple[SealedOp, ...]
    edit: Unsent | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """The ICS has the op, durably."""

    op: OpId
    record: RecordId
    head: Head  # as it stands after the op
    conflicts: tuple[Conflict, ...] = ()  # opened or settled by it


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """The ICS refused the op for a reason that trying again will not cure."""

    op: OpId
    record: RecordId
    code: str  # of the contract's problem types, such as "invalid-answer"
    path: FieldPath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebased:
    """Local edits were brought onto a newer head; the old op, if any, is replaced by what is sealed next.

    `local` is None when nothing of the edit is left to send (the head says the same already).
    `combined` lists what each side changed that now stands together, for "2 changes combined, view".
    """

    record: RecordId
    replaces: tuple[OpId, ...]
    head: Head
    local: Body | None
    clashes: tuple[Clash, ...]
    combined: tuple[FieldPath, ...]
    sign_off_dropped: bool = False  # the content is no longer what the signer saw: read again, then sign
    next_op: SealedOp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """An edit met a record that a colleague had signed off meanwhile, and becomes a record beside it.

    `addition` is that record as the ICS will have it, `ops` take it there: the first makes it, a second
    brings `clashes`, earlier texts of the worker beside the newest. There is none of these if the signed
    record says already what the edit would have made of it.
    """

    record: RecordId  # the signed one
    replaces: tuple[OpId, ...]
    head: Head  # of the signed one
    addition: Head | None
    ops: tuple[SealedOp, ...] = ()
    clashes: tuple[Clash, ...] = ()  # in the last of the ops, as proposals


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One thing the feed brought. Exactly one of the values is there, by `kind`."""

    seq: int
    kind: str  # "record", "conflict", "form", "scope_added", "leaving"
    family: FamilyId | None
    head: Head | None = None
    conflict: Conflict | None = None
    form: bytes | None = None  # a Questionnaire, as published
    leaving: Leaving | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """A page of the feed; it and its cursor are one transaction in the store."""

    items: tuple[FeedItem, ...]
    cursor: str
    epoch: str
    more: bool
    digest: str | None = None  # of all that the worker may see by now, on a last page


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """How far this store has read. `cursor` is None before the first page."""

    epoch: str | None
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What one sync run did; one row in the store's log. Counts and codes only.

    `outcome` is ``"complete"`` (everything sent, feed read to its end), ``"partial"``, or a code of an error.
    """

    started: datetime
    ended: datetime
    outcome: str
    sent: int = 0
    received: int = 0
    combined: int = 0
    conflicts: int = 0
    parked: int = 0
    complete_pull: bool = False
    changed: tuple[RecordId, ...] = ()  # records the windows should look at again
