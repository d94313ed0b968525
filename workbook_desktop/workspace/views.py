"""What the windows show: plain values, made in the store's thread, handed to the screens whole.

Nothing here holds a connection or a widget, so a view may be kept, compared and thrown away freely.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from workbook_desktop.domain.changes import ConflictKind
from workbook_desktop.domain.ids import ConflictId, FamilyId, FieldPath, LinkId, PersonId, RecordId
from workbook_desktop.domain.people import DueDate, Family, Person, Worker
from workbook_desktop.domain.records import Body, Empty, FormRef, Head, State, Value
from workbook_desktop.forms.definition import Form, Item
from workbook_desktop.forms.surroundings import NOWHERE, Surroundings

if TYPE_CHECKING:
    from workbook_desktop.forms.sheet import RemovedRow


class Progress(StrEnum):
    """Where a record stands on its way to the office: the one vocabulary, worded in `ui.say`."""

    AT_OFFICE = "at-office"  # nothing here that the office has not
    DRAFT = "draft"  # "Draft on this laptop"
    READY = "ready"  # "Ready to send"
    SENDING = "sending"  # "Sending"
    NOT_ACCEPTED = "not-accepted"  # "Not accepted – fix N things"
    NEEDS_DECISION = "needs-decision"  # "Needs your decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """A record in a list."""

    record: RecordId
    form: FormRef | None
    kind: str  # "Home visit"
    title: str
    family: FamilyId
    family_name: str
    subjects: tuple[str, ...]  # names, as shown
    occurred_on: date | None
    changed_at: datetime | None
    changed_by: str  # a name, or "you"
    state: State
    progress: Progress
    accepted_at: datetime | None = None  # for "Sent and accepted 14:32"
    problems: int = 0  # things to fix, for NOT_ACCEPTED
    signed_by: str = ""
    sign_again: bool = False  # a signature given here did not count: something else came in first

    @property
    def waits_for_signature(self) -> bool:
        """Whether to sign it again is all there is to do, and can be done now."""
        return self.sign_again and self.progress in (Progress.DRAFT, Progress.AT_OFFICE)


Presses = Literal[0, 1, 2]  # 0: law, or an order that ends; 1: about a child; 2: a record to be written


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something with a date that the worker should do."""

    on: date
    family: FamilyId
    person: PersonId | None
    who: str
    what: str
    overdue: bool
    form: FormRef | None = None  # what to start for it
    steps: tuple[str, ...] = ()  # how it was worked out, in plain sentences; () for what only the office says
    runs_out: bool = False  # an order that ends: nobody is late
    moved: str = ""  # why it is not due when it was, in a sentence: a bank holiday that was proclaimed late
    presses: Presses = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRead:
    """What a signed record asks somebody to read: risk gone higher, something a child has said."""

    record: RecordId
    family: FamilyId
    family_name: str
    words: str
    names: tuple[str, ...]  # whom it is about
    people: tuple[PersonId, ...]
    kind: str  # "Survivor entry": what was recorded
    by: str  # a name
    on: date | None  # when it happened
    at: datetime | None  # when it was signed
    section: LinkId | None = None  # of the record, where it stands; None: anywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyToRead:
    """How much of a family is to be read."""

    family: FamilyId
    name: str
    count: int
    newest: ToRead


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtUp:
    """How far what records give is worked out ahead."""

    families_left: int  # 0: everything on this laptop is worked out
    changed: bool  # something that lists show may be otherwise now
    is_indexing: bool = False  # words of records are still to be indexed anew

    @property
    def is_over(self) -> bool:
        """Say whether nothing is left."""
        return not self.families_left and not self.is_indexing


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """S3: today, what is late, what is unsent, in one look."""

    worker: Worker
    today: date
    due: tuple[Due, ...]  # today and late, the latest first
    work: tuple[RecordRow, ...]  # own drafts, ready, not accepted, needs decision; newest change first
    recent: tuple[RecordRow, ...]  # colleagues' newest records of shared families
    decisions: int
    not_accepted: int
    waiting: int
    as_at: datetime | None  # last complete pull; None: never
    soon: tuple[Due, ...] = ()  # of the days that follow
    others_due: int = 0  # late and today, but a colleague's duty: on the families' pages
    to_read: tuple[FamilyToRead, ...] = ()  # the newest first
    behind: int = 0  # families whose dates and notes are still being worked out


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseloadRow:
    """A child of the caseload."""

    person: Person
    age: str
    family: FamilyId
    plan: str  # "Child protection", "Child in need", ""
    last_seen: date | None  # from signed-off or sent visits in which the child was seen
    last_seen_alone: date | None
    unsent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseloadFamily:
    """A family of the caseload, with its children eldest first."""

    family: FamilyId
    name: str
    children: tuple[CaseloadRow, ...]
    workers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChronologyEntry:
    """One line of a family's chronology, as some signed record gives it."""

    on: date | None  # None: no day is known
    headline: str
    category: str
    people: tuple[PersonId, ...]  # of the family: whose chronology it stands in
    names: tuple[str, ...]
    impact: str  # on the child
    outcome: str
    source: str
    record: RecordId
    kind: str  # "Home visit": what was recorded
    by: str  # a name, or "you"
    sent: bool  # False: signed on this laptop, and not at the office yet
    dated: str = ""  # "about March 2024": how it was said, where `on` is only the first day it can mean


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAction:
    """Something agreed that is not done yet."""

    id: str
    what: str
    who: str
    by: date | None
    overdue: bool
    outcome: str  # what it is meant to change
    status: str  # in words; "" if nobody has said
    people: tuple[PersonId, ...]
    names: tuple[str, ...]
    record: RecordId
    kind: str
    agreed_on: date | None
    sent: bool
    of_plan: bool = False  # it stands in the plan, and is asked about at each visit until it is done
    can_be_recorded: bool = True  # False: fewer may read where it was agreed than a note that says it is done


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterLine:
    """One line of a chapter of the workbook, as some signed record gives it."""

    on: date | None
    chapter: str
    headline: str
    change: str
    impact: str
    attended: str
    module: str
    people: tuple[PersonId, ...]
    names: tuple[str, ...]
    record: RecordId
    kind: str
    by: str
    sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedDue:
    """A date that follows from what was recorded, and how it was worked out."""

    person: PersonId | None  # None: of the whole family
    who: str
    what: str  # "Child protection visit"
    on: date | None  # None: it cannot be worked out, and the steps say why
    state: str  # in words: "overdue by 3 working days"
    overdue: bool
    steps: tuple[str, ...]  # plain sentences, in order
    form: FormRef | None = None  # what to start for it
    owner: str = ""  # whose duty it is: a role, "author", "chapter author"
    about: str = ""  # of which chapter, if each has its own
    chapter: str = ""  # the name of that chapter: "Mental health"
    writers: tuple[str, ...] = ()  # who works in that chapter now
    runs_out: bool = False  # an order that ends: nobody is late
    moved: str = ""  # why it is not due when it was, in a sentence
    office: date | None = None  # the day the office has for the same duty, if it is another
    is_law: bool = False  # by statute, regulations or statutory guidance, not by the council's own rule

    @property
    def named(self) -> str:
        """What is due, with the chapter that owes it: "Monthly chapter summary, Mental health"."""
        return f"{self.what}, {self.chapter}" if self.chapter else self.what


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyFile:
    """S5: know who, risk, legal, plan before the door opens."""

    family: Family
    today: date
    names: tuple[tuple[str, str], ...]  # worker id, name: of everyone involved
    records: tuple[RecordRow, ...]  # newest first
    forms: tuple[tuple[FormRef, str], ...]  # what can be started here: form and its short name
    plan: RecordRow | None  # the plan in force, if any
    may_see_protected_address: bool
    chronology: tuple[ChronologyEntry, ...] = ()  # newest first
    actions: tuple[OpenAction, ...] = ()  # the earliest first
    dues: tuple[WorkedDue, ...] = ()  # the earliest first
    office_dues: tuple[DueDate, ...] = ()  # what the office expects, and nothing here works out
    chapters: tuple[ChapterLine, ...] = ()  # newest first, of every chapter this laptop holds
    unread: int = 0  # records that are in none of these: their form is not here, or the disk is full
    to_read: tuple[ToRead, ...] = ()  # newest first
    at_hand: int | None = None  # how many of the forms are this worker's own kind; None: all


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfDecision:
    """What a worker has put in so far for one conflict, not saved as a decision yet."""

    choice: str | None = None  # "mine", "theirs", "both", "new"
    text: str = ""  # of "new"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConflict:
    """S16: one thing that two people changed differently, in words a worker understands."""

    id: ConflictId
    record: RecordId
    path: FieldPath
    kind: ConflictKind
    label: str  # "What happens if the plan does not work?"
    where: str  # the row it stands in, "Maisie Tolland", or ""
    item: Item | None
    base: str  # shown text of each side
    mine: str
    theirs: str
    mine_by: str
    mine_at: datetime
    mine_is_this_worker: bool
    theirs_by: str
    theirs_at: datetime | None
    severe: bool  # a reason is asked for
    can_keep_both: bool  # text
    sent: bool  # False: both texts are still on their way to the office
    chosen: str | None = None  # settled here, waiting to be sent: "mine", "theirs", "both", "new"
    claimed_by: str = ""  # the name of who says "I will settle this"; others may all the same
    claimed_at: datetime | None = None
    is_claimed_here: bool = False  # by this worker
    opened_at: datetime | None = None  # waiting since
    escalated_at: datetime | None = None  # when the team manager was told
    half: HalfDecision | None = field(default=None, compare=False)  # typing is no change of the conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """What was merged without asking, for "2 changes combined, view"."""

    label: str
    where: str
    yours: bool  # you changed it; otherwise a colleague did


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """An own answer that met a colleague's: the record says theirs, and the office does not have ours yet."""

    path: FieldPath
    label: str  # "What happens if the plan does not work?"
    where: str  # the row it stands in, or ""
    mine: str  # as it is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRecord:
    """A record opened to be read or written."""

    record: RecordId
    form: Form
    family: Family
    body: Body  # what to show: the local edit if there is one, else the head
    base: Head | None  # what the edit started from
    head: Head | None  # newer than the base: changed at the office since
    state: State
    progress: Progress
    editable: bool
    why_not: str  # a message code if not editable: "already-signed-off", …
    workers: tuple[Worker, ...]  # who may be named in worker fields
    conflicts: tuple[OpenConflict, ...]
    combined: tuple[Combined, ...]
    problems: tuple[tuple[FieldPath | None, str], ...]  # of an op that was not accepted: where, code
    subjects: tuple[PersonId, ...]
    sign_off_dropped: bool = False  # it changed after you signed: read again, then sign
    removed: tuple[RemovedRow, ...] = ()  # rows taken away since it was sent last, to be put back
    surroundings: Surroundings = NOWHERE  # what the form's formulas may ask, fixed for this opening
    amends: RecordId | None = None  # the signed record that this one corrects or adds to
    underway: tuple[UnderWay, ...] = ()  # texts that met a colleague's and are not at the office yet


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDifference:
    """An answer in a draft beside what was recorded elsewhere since, or otherwise."""

    path: FieldPath
    question: str
    here: str  # in words; "" if nothing stands there
    known: str
    value: Value  # what is known, as an answer keeps it
    source: str  # "Home visit, 3 March 2026, by Tom Harrow"
    origin: Mapping[str, Value] = field(default_factory=dict)  # the source as a filled in answer keeps it


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A draft is on disk: said only after the commit returned."""

    record: RecordId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBody(Kept):
    """The same, and what the record says now: also what a run brought since the window last looked."""

    stands: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingRow:
    """A line of the sync centre."""

    row: RecordRow
    size: int  # bytes on their way
    receipt: str  # op id of the acceptance, as proof; "" before
    why: str = ""  # the code under which the office did not accept it


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """A file that waits to be handed over, or that the office did not take."""

    hash: str
    record: RecordId | None  # in which it was chosen; None: that has left this laptop
    title: str  # of the record
    family_name: str  # "" if the family is not here any more
    size: int  # bytes
    refused: bool
    held_back: bool = False  # until the draft that names it is sent


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingRow:
    """A family, or one record of it, that has to leave this laptop."""

    job: str
    kind: str  # scope (a whole family), moved_out, tombstone, erased, withheld
    family_name: str  # "" if it is gone already
    title: str  # of the record; "" for a whole family
    reason: str  # as the office gave it
    until: datetime | None
    to_seal: bool  # unsent work is still to be made ready for handing in
    to_hand_in: int  # things that the office has not kept yet
    is_gone: bool  # deleted here; only what is to be handed in is kept, sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """S15: did my work reach the office, and if not, what do I do?"""

    decisions: tuple[OpenConflict, ...]
    not_accepted: tuple[SendingRow, ...]
    waiting: tuple[SendingRow, ...]
    drafts: tuple[RecordRow, ...]
    done_today: tuple[SendingRow, ...]
    oldest_waiting: datetime | None
    last_complete: datetime | None
    runs: tuple[tuple[datetime, str], ...]  # when, outcome code; newest first
    forms_aside: tuple[str, ...] = ()  # forms that arrived and are not used: which, and why
    files: tuple[FileRow, ...] = ()
    leaving: tuple[LeavingRow, ...] = ()
    counts: Counts | None = None  # of the status line, at the same moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The honest numbers of the status line."""

    waiting: int
    drafts: int
    decisions: int
    not_accepted: int
    last_complete: datetime | None
    files: int = 0  # to hand over
    leaving: int = 0  # families and records that have to leave this laptop
    here: int | None = None  # records of the caseload that have come; None: all have


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One version of a record, for its history."""

    version: int
    by: str
    at: datetime | None
    state: State


__all__ = [
    "CaseloadFamily",
    "CaseloadRow",
    "CaughtUp",
    "ChapterLine",
    "ChronologyEntry",
    "Combined",
    "Counts",
    "Due",
    "Empty",
    "FamilyFile",
    "FamilyToRead",
    "FileRow",
    "Home",
    "Kept",
    "KeptBody",
    "LeavingRow",
    "OpenAction",
    "OpenConflict",
    "OpenRecord",
    "Progress",
    "RecordRow",
    "Revision",
    "Sending",
    "SendingRow",
    "ToRead",
    "UnderWay",
    "WorkedDue",
]
