"""What the workbook's pages show: plain values, made in the store's thread, handed to the screens whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from workbook_desktop.domain.chapters import Chapter, Module
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.people import Family
from workbook_desktop.domain.records import FormRef
from workbook_desktop.workspace.periods import Period
from workbook_desktop.workspace.views import RecordRow, ToRead


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record of a chapter, in a line of plain words."""

    row: RecordRow
    headline: str
    change: str  # what became of it: "Lower", "Better"
    impact: str  # for the children
    by: str  # who wrote it: a name, or "you"; "" if not known
    people: tuple[PersonId, ...]
    is_new: bool  # since this worker last looked at the chapter on this laptop

    @property
    def record(self) -> RecordId:
        """Which record it is."""
        return self.row.record


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskNow:
    """How high the risk is in one field, as its chapter said last."""

    rating: str  # "Amber: some worry"
    level: int  # 0 low, 1 some worry, 2 high
    on: date
    by: str
    record: RecordId


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A monthly summary that is not there."""

    chapter: str
    title: str  # of the chapter
    month: date  # its first day
    writers: tuple[str, ...]  # whose it is; () if nobody works there now
    is_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterPart:
    """One chapter of a family's workbook, as this worker may see it."""

    chapter: Chapter
    writers: tuple[str, ...]  # who works in it now: "you" first
    is_mine: bool
    is_given: bool  # False: the office does not send it to this worker
    entries: tuple[Entry, ...]  # of the period that is shown, newest first
    elsewhere: int  # entries of other periods
    summary: Entry | None  # the latest, of whatever period
    risk: RiskNow | None
    looked_at: datetime | None  # None: never, on this laptop
    new: tuple[Entry, ...]  # since then, of every period; () if never
    missing: tuple[Missing, ...]
    start: FormRef | None  # on which this worker writes an entry; None: it is not theirs to write
    start_summary: FormRef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBy:
    """Somebody who has read what they were asked to."""

    worker: WorkerId
    name: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody was asked to read, and who has, as far as the office has said."""

    record: RecordId
    words: str
    to: tuple[str, ...]  # titles of chapters; (): everybody
    by: str
    on: date | None
    sent: bool
    read_by: tuple[ReadBy, ...]
    not_yet: tuple[str, ...]  # names of those who were asked and have not


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleDone:
    """A module of the programme, and what has been done of it with this family."""

    module: Module
    times: int  # signed entries that worked on it, of every period
    last: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbook:
    """A family's workbook, one period of it."""

    family: Family
    today: date
    periods: tuple[Period, ...]  # the first one first
    period: Period  # which is shown
    parts: tuple[ChapterPart, ...]
    together: tuple[Entry, ...]  # what the team wrote together in this period, newest first
    together_title: str
    modules: tuple[ModuleDone, ...]
    modules_are_ours: bool  # placeholders: no council's own titles are on this device
    to_read: tuple[ToRead, ...]
    asked: tuple[Asked, ...]  # what this worker asked others to read; a manager sees what anybody did
    unread: int  # records that are in none of it: their form is not here, or the disk is full
    refused: tuple[str, ...]  # files of the council that are not used
    start_supervision: FormRef | None  # for who chairs one

    @property
    def id(self) -> FamilyId:
        """Which family."""
        return self.family.id

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Every summary that is not there."""
        return tuple(each for part in self.parts for each in part.missing)
