"""What a family's records give, gathered: recorded once, and shown wherever it matters.

Whatever is asked, records that say something else by now are read first; nothing is read during a pull.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any
from zlib import crc32
from zoneinfo import ZoneInfo

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import DiskFull
from workbook_desktop.domain.ids import FamilyId, RecordId, WorkerId
from workbook_desktop.domain.openings import counted_openings
from workbook_desktop.domain.outputs import Derived, Given, KnownFact
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.readings import ScaleReading
from workbook_desktop.domain.records import FormRef
from workbook_desktop.domain.timescales import Happening
from workbook_desktop.forms.surroundings import Surroundings, worker_shape
from workbook_desktop.workspace.lines import (
    Source,
    actions_of,
    chapter_lines_of,
    chronology_of,
    happenings_of,
)
from workbook_desktop.workspace.offered import NEVER
from workbook_desktop.workspace.readers import LIMIT, limit_of, may_fill
from workbook_desktop.workspace.reading import PLAN, Reading
from workbook_desktop.workspace.summaries import writers_of
from workbook_desktop.workspace.ticking import FORMS
from workbook_desktop.workspace.views import ChapterLine, ChronologyEntry, OpenAction, WorkedDue

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Band, Form
    from workbook_desktop.store.derived import Behind, KeptDue, Origin, Text
    from workbook_desktop.store.store import Store

_HERE = ZoneInfo("Europe/London")
WORKBOOK_OPENED = "workbook-opened"  # a kind of happening
FIELD_RISK = "field-risk/"  # how the scales of risk in one field begin; the chapter follows


class Gathered:
    """What records give, for one worker's unlocked store. Runs in the store's thread."""

    def __init__(self, store: Store, worker: Worker, clock: Clock, reading: Reading) -> None:
        self._store, self._worker, self._clock, self._reading = store, worker, clock, reading

    def chronology(self, family: FamilyId) -> tuple[ChronologyEntry, ...]:
        """Return the chronology, newest first. Raises RecordUnknown."""
        return chronology_of(self._given(family, "chronology"), self._reading.family(family))

    def actions(self, family: FamilyId) -> tuple[OpenAction, ...]:
        """Return what is agreed and not done, the earliest first. Raises RecordUnknown."""
        whole = self._reading.family(family)
        found = self._given(family, "action")
        into = self._worker.chapter
        held_back = {
            source.record
            for source, _ in found
            if not may_fill(source.form, *FORMS, chapter=source.chapter, into=into)
        }
        return tuple(
            replace(each, can_be_recorded=each.record not in held_back)
            for each in actions_of(found, whole, self._clock.today())
        )

    def given(
        self, family: FamilyId, kind: str, *, own_drafts: bool = False
    ) -> tuple[tuple[Source, Given], ...]:
        """Return what signed records, and the plan, give of one kind, oldest first; with this worker's own
        drafts if they are asked for (`Source.signed_off` says which). Raises RecordUnknown."""
        return tuple(self._given(family, kind, own_drafts=own_drafts))

    def openings(self, family: FamilyId) -> tuple[Happening, ...]:
        """Return what opened the periods of the workbook: signed supervisions. Raises RecordUnknown."""
        found = happenings_of(self._given(family, "happening", saying=WORKBOOK_OPENED))
        return tuple(each for each in found if each.kind == WORKBOOK_OPENED)

    def field_risks(self, family: FamilyId) -> tuple[ScaleReading, ...]:
        """Return how high the risk was said to be in each field, oldest first, in signed records."""
        self.catch_up(family)
        kept = self._store.derived.readings(family, saying=FIELD_RISK)
        return tuple(each for origin, each in kept if origin.is_signed and each.scale.startswith(FIELD_RISK))

    def chapter_lines(self, family: FamilyId, chapter: str | None = None) -> tuple[ChapterLine, ...]:
        """Return the lines of a chapter, or of every one, newest first. Raises RecordUnknown."""
        return chapter_lines_of(self._given(family, "chapter"), self._reading.family(family), chapter)

    def happenings(self, family: FamilyId) -> tuple[Happening, ...]:
        """Return what clocks look at, oldest first; this worker's own drafts are among them, not signed off.

        Raises RecordUnknown.
        """
        return happenings_of(self._given(family, "happening", own_drafts=True))

    def counted(self, family: FamilyId) -> tuple[Happening, ...]:
        """Return all that clocks are counted from: what records say, and what involvements open and close.

        Raises RecordUnknown.
        """
        from workbook_desktop.workspace.outline import held_back_from

        happened = self.happenings(family)
        openings = counted_openings(
            self._reading.family(family),
            self._workers().values(),
            happened,
            held_back=held_back_from(self._worker.chapter),
        )
        return (*happened, *openings)

    def dues(self, family: FamilyId) -> tuple[WorkedDue, ...]:
        """Return what is due by what was recorded, and how each date was worked out. Raises RecordUnknown."""
        self.catch_up(family)
        whole = self._reading.family(family)
        stamp = self.stamp_of(whole)
        kept = self._store.derived.dues(family)
        if kept is None or kept[0] != stamp:
            from workbook_desktop.workspace.dues import worked_out

            found = worked_out(self.counted(family), self._clock.today())
            self.keep_dues(family, stamp, found)
            kept = (stamp, found)
        return self._shown(kept[1], whole, self._newest(), self._workers())

    def kept_dues(self, families: Iterable[Family]) -> dict[FamilyId, tuple[WorkedDue, ...]]:
        """Return the dates of families as they were worked out last: nothing is read, nothing worked out."""
        found = {}
        newest, known = self._newest(), self._workers()
        for family in families:
            kept = self._store.derived.dues(family.id)
            found[family.id] = self._shown(kept[1], family, newest, known) if kept else ()
        return found

    def _newest(self) -> dict[str, FormRef]:
        return {str(ref.id): ref for ref in self._store.forms.newest()}

    def _shown(
        self,
        dues: Sequence[KeptDue],
        family: Family,
        newest: Mapping[str, FormRef],
        known: Mapping[WorkerId, Worker],
    ) -> tuple[WorkedDue, ...]:
        from workbook_desktop.workspace.dues import shown
        from workbook_desktop.workspace.outline import held_back_from

        found = shown(dues, family, newest) if dues else ()
        if held_back_from(self._worker.chapter) or self._is_partner(family, known):
            found = tuple(self._doubted(due) for due in found)
        if not any(due.about for due in found):
            return found
        return tuple(self._of_chapter(due, family, known) if due.about else due for due in found)

    def _of_chapter(self, due: WorkedDue, family: Family, known: Mapping[WorkerId, Worker]) -> WorkedDue:
        """Return a date with the name of the chapter that it is of, and who works in it now."""
        from workbook_desktop.workspace.outline import in_force

        chapter = in_force().chapter(due.about)
        title = chapter.title if chapter is not None else due.about.replace("-", " ").capitalize()
        writers = writers_of(family, due.about, known, self._clock.today())
        return replace(due, chapter=title, writers=tuple(each.name for each in writers))

    def _is_partner(self, family: Family, known: Mapping[WorkerId, Worker]) -> bool:
        """Say whether this worker is of another agency than who holds the family's case."""
        involved = (known.get(link.worker) for link in family.involvements)
        councils = {
            each.agency
            for each in involved
            if each is not None and any(role in each.role.casefold() for role in _COUNCILS_OWN)
        }
        return bool(councils) and self._worker.agency not in councils

    def _doubted(self, due: WorkedDue) -> WorkedDue:
        """Return a date with the word that it may be another; a colleague's is not called overdue."""
        from workbook_desktop.workspace.today import is_mine

        due = replace(due, steps=(*due.steps, NOT_ALL_HERE))
        if due.overdue and not is_mine(due, self._worker):
            return replace(due, overdue=False, state=f"{due.state}, by the records on this laptop alone")
        return due

    def stamp(self) -> str:
        """Return what every family's dates are worked out with now, besides what happened."""
        from workbook_desktop.workspace.dues import stamp

        return stamp(self._clock.today(), self._worker, self._workers().values())

    def stamp_of(self, family: Family, stamp: str = "") -> str:
        """Return the same for one family, whose involvements count; `stamp`, if it is known already."""
        links = [(link.worker, link.start, link.end) for link in family.involvements]
        return f"{stamp or self.stamp()}.{crc32(repr(links).encode()):08x}"

    def keep_dues(self, family: FamilyId, stamp: str, dues: Sequence[KeptDue]) -> None:
        """Keep a family's dates; on a full disk they are worked out again when they are asked for."""
        with suppress(DiskFull):
            self._store.derived.put_dues(family, stamp, dues)

    def readings(self, family: FamilyId) -> tuple[ScaleReading, ...]:
        """Return the readings of scales, oldest first; those of drafts are none."""
        self.catch_up(family)
        return tuple(each for origin, each in self._store.derived.readings(family) if origin.is_signed)

    def bands(self, family: FamilyId) -> dict[tuple[str, str], tuple[Band, ...]]:
        """Return what the values of a family's scales are called, by scale and version."""
        found: dict[tuple[str, str], tuple[Band, ...]] = {}
        forms = {origin.form for origin, _ in self._store.derived.readings(family)}
        for form in (self._reading.form(ref) for ref in forms):
            for item in form.walk() if form is not None else ():
                if item.scale is not None and item.scale.bands:
                    found[item.scale.id, item.scale.version] = item.scale.bands
        return found

    def facts(self, family: FamilyId) -> tuple[tuple[Origin, KnownFact], ...]:
        """Return what was said once for all, oldest first: of signed records, and of this worker's drafts."""
        self.catch_up(family)
        return tuple(
            (origin, fact)
            for origin, fact in self._store.derived.facts(family)
            if origin.is_signed or fact.by == self._worker.id
        )

    def narrow(self, family: FamilyId) -> frozenset[RecordId]:
        """Return the records that are for some readers alone, by what is answered in them."""
        self.catch_up(family)
        return frozenset(origin.record for origin, _ in self._store.derived.given(family, (LIMIT,)))

    # -- reading what has changed --------------------------------------------------------------------------

    def catch_up(self, family: FamilyId) -> int:
        """Read the records whose text is another than when they were last read; return how many were.

        What cannot be read, or cannot be kept on a full disk, stays to be read: no page is refused for it.
        """
        return self.read(family, self._store.derived.behind(family))

    def read(self, family: FamilyId, behind: Sequence[Behind], until: float | None = None) -> int:
        """Read these records, in one transaction, until that moment of the monotonic clock; at least one.

        Returns:
            how many of them were looked at, from the first. One that cannot be read is behind as before.
        """
        if not behind:
            return 0
        whole = self._reading.family(family)
        workers = self._workers()
        forms: dict[FormRef, Form | None] = {}

        def read_some() -> int:
            for number, each in enumerate(behind, start=1):
                self._read(each, whole, workers, forms)
                if until is not None and self._clock.monotonic() >= until:
                    return number
            return len(behind)

        try:
            return self._store.together(read_some)
        except DiskFull:
            return 0

    def unread(self, family: FamilyId) -> int:
        """Return how many records are not in what was gathered: without a form here, or on a full disk."""
        return len(self._store.derived.behind(family))

    def _read(
        self,
        behind: Behind,
        family: Family,
        workers: Mapping[WorkerId, Worker],
        forms: dict[FormRef, Form | None],
    ) -> None:
        if behind.form not in forms:
            forms[behind.form] = self._reading.form(behind.form)
        form = forms[behind.form]
        try:
            text = self._store.derived.text(behind)
        except ValueError:  # the office's record is of a shape this version does not know
            form = None
        if form is None:  # it may come yet, or a newer Workbook
            self._store.derived.forget(behind)
            return
        self._store.derived.put(behind, text, _derived(form, behind, text, family, workers))

    def _workers(self) -> dict[WorkerId, Worker]:
        known = {worker.id: worker for worker in self._store.records.workers()}
        known[self._worker.id] = self._worker
        return known

    def _given(
        self, family: FamilyId, kind: str, *, own_drafts: bool = False, saying: str = ""
    ) -> list[tuple[Source, Given]]:
        """Return what counts: signed records, and the plan as the office has it, in which several write.

        Own drafts are asked for by clocks alone: a draft meets none, and is itself to be signed in time.
        """
        self.catch_up(family)
        workers = self._workers()
        names: dict[Any, str] = {}
        found = []
        kept = self._store.derived.given(family, (kind,), saying=saying)
        is_agreed = any(origin.form.id == PLAN and origin.is_signed for origin, _ in kept)
        for origin, given in kept:
            if str(origin.form.id) in NEVER:
                continue  # that something was given on paper is no event in anybody's life
            if is_agreed and origin.form.id == PLAN and str(origin.standing) == "shared":
                continue  # the next version of an agreed plan: that one stays in force until it is signed off
            own = origin.author == self._worker.id and str(origin.standing) == "draft"
            if not counts(origin) and not (own_drafts and own):
                continue
            if origin.form not in names:
                form = self._reading.form(origin.form)
                names[origin.form] = (form.name or form.title) if form is not None else "Record"
            author = workers.get(origin.author) if origin.author is not None else None
            found.append((self._source(origin, author, names[origin.form]), given))
        return found

    def _source(self, origin: Origin, author: Worker | None, kind: str) -> Source:
        own = author is not None and author.id == self._worker.id
        return Source(
            record=origin.record,
            form=origin.form.id,
            kind=kind,
            by="you" if own else author.name if author is not None else "",
            on=origin.occurred_on,
            chapter=origin.chapter,
            sent=str(origin.standing) != "signing",
            role=author.role if author is not None else "",
            signed_off=counts(origin),
            is_plan=origin.form.id == PLAN,
            signed_on=_day_here(origin.at) if origin.is_signed else None,
            said_on=_day_here(origin.at),
            author=origin.author,
        )


# Of a worker who does not get all of a family's records: what would meet a duty may be among the others.
NOT_ALL_HERE = (
    "Records that are not on this laptop may change this date: you may not get all of this family’s."
)
_COUNCILS_OWN = ("social worker", "team manager")  # roles: their agency's staff get what is for staff alone


def counts(origin: Origin) -> bool:
    """Say whether what a record gives is shown: it is signed off; or it is the plan, which several write in
    and which is in force without a signature as soon as it is at the office."""
    return origin.is_signed or (origin.form.id == PLAN and str(origin.standing) == "shared")


def _day_here(at: datetime | None) -> date | None:
    """Return the day of a moment where the work is done: clocks count such days, not those of Greenwich."""
    return at.astimezone(_HERE).date() if at is not None else None


def _derived(
    form: Form, behind: Behind, text: Text, family: Family, workers: Mapping[WorkerId, Worker]
) -> Derived:
    limit = limit_of(text.body)
    limits = (limit,) if limit is not None else ()
    if not (form.gives or any(item.fact or item.scale is not None for item in form.walk())):
        return Derived(given=limits)
    from workbook_desktop.forms.outputs import derive

    author = workers.get(text.author) if text.author is not None else None
    # Nothing of today, and nothing of who reads: the same record gives the same on every laptop.
    day = behind.occurred_on or _day_here(text.at) or date(1970, 1, 1)
    around = Surroundings(
        today=day,
        now=datetime.combine(day, time(12), tzinfo=UTC),
        variables={"worker": worker_shape(author), "user": worker_shape(author)},
        as_it_stands=str(behind.standing) != "draft",
    )
    found = derive(
        form,
        text.body,
        around,
        record=behind.record,
        subjects=behind.subjects,
        occurred_on=behind.occurred_on,
        people=family.people,
    )
    return replace(found, given=(*found.given, *limits))
