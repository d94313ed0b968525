"""A small honest stand-in of the desk: bodies in memory, the real forms, the practice names.

It keeps the promises of `workspace.desk.Desk` that windows lean on: `keep` replaces the body and says when,
`sign_off` refuses what is missing or has changed since it was read, a full disk keeps nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.support.forms import AMARA, new_ids, tolland
from workbook_desktop.domain.changes import Delta, apply
from workbook_desktop.domain.errors import (
    AlreadySignedOff,
    ChangedSinceRead,
    DiskFull,
    FormUnknown,
    NotReadyToSignOff,
    RecordUnknown,
)
from workbook_desktop.domain.ids import ConflictId, FamilyId, FieldPath, LinkId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.people import Family, Person, Worker, age_words
from workbook_desktop.domain.readings import ScaleReading
from workbook_desktop.domain.records import Answer, Body, FormRef, State, content_hash, content_of
from workbook_desktop.forms.check import problems
from workbook_desktop.forms.definition import Band, Form
from workbook_desktop.forms.draft import begin
from workbook_desktop.forms.library import core_forms
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.sheet import RemovedRow
from workbook_desktop.forms.summary import gist
from workbook_desktop.workspace.census_checks import CensusCheck
from workbook_desktop.workspace.chronology import Event, FamilyChronology, in_order
from workbook_desktop.workspace.genogram import FamilyGenogram, genogram_of
from workbook_desktop.workspace.measures import Stretch, Tally
from workbook_desktop.workspace.measuring import ToMeasure
from workbook_desktop.workspace.moves import FormStanding
from workbook_desktop.workspace.overlay import over
from workbook_desktop.workspace.searching import Found, Searched
from workbook_desktop.workspace.views import (
    CaseloadFamily,
    CaseloadRow,
    CaughtUp,
    Counts,
    FamilyFile,
    HalfDecision,
    Home,
    Kept,
    KeptBody,
    KnownDifference,
    OpenConflict,
    OpenRecord,
    Progress,
    RecordRow,
    Revision,
    Sending,
    SendingRow,
)
from workbook_desktop.workspace.views_workbook import Workbook
from workbook_desktop.workspace.with_parent import ParentsPage

RUTH = Worker(
    id=WorkerId("w-ruth"), name="Ruth Calloway", role="team manager", agency="Wrenmouth", is_manager=True
)
BEA = Worker(id=WorkerId("w-bea"), name="Bea Linnet", role="mental health practitioner", agency="Trust")


class FixedClock:
    """Stands still until it is told to go on."""

    def __init__(self, start: datetime = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def today(self) -> date:
        return self._now.date()

    def monotonic(self) -> float:
        return self._now.timestamp()

    def go_on(self, **by: float) -> None:
        self._now += timedelta(**by)


class StandInDesk:
    """Fits `workbook_desktop.workspace.desk.Desk`."""

    def __init__(
        self,
        clock: FixedClock | None = None,
        *,
        worker: Worker = AMARA,
        family: Family | None = None,
        forms: tuple[Form, ...] | None = None,
    ) -> None:
        self.clock = clock or FixedClock()
        self._worker, self._family = worker, family or tolland()
        known = forms if forms is not None else tuple(load(source) for source in core_forms())
        self._forms = {form.ref: form for form in known}
        self._new_id = new_ids()
        self.looked: list[tuple[RecordId, LinkId]] = []
        self.records: dict[RecordId, OpenRecord] = {}
        self.keeps: list[Body] = []  # every body that was kept, the latest last
        self.census_checks: tuple[CensusCheck, ...] = ()
        self.searches: list[int] = []  # how much was found, each time something found was opened
        self.disk_full = False
        self.events: tuple[Event, ...] = ()  # of the chronology
        self.file: dict[str, Any] = {}  # members of the family's file that other records give

    @property
    def worker(self) -> Worker:
        return self._worker

    def add_form(self, form: Form) -> None:
        """Have a form on this laptop."""
        self._forms[form.ref] = form

    def ref(self, form_id: str) -> FormRef:
        """Return the version of a form that is here."""
        return next(ref for ref in self._forms if ref.id == form_id)

    # -- what a colleague does meanwhile -----------------------------------------------------------------

    def colleague_answers(self, record: RecordId, path: str, answer: Answer) -> None:
        """Have a colleague's answer arrive in a draft, as a merge brings it."""
        view = self.records[record]
        body = apply(view.body, Delta(set={FieldPath(path): answer}))
        self.records[record] = replace(view, body=body)

    def put(self, view: OpenRecord) -> None:
        """Have a record as it is."""
        self.records[view.record] = view

    # -- verbs ---------------------------------------------------------------------------------------------

    def start(self, form: FormRef, family: FamilyId, subjects: tuple[PersonId, ...] = ()) -> OpenRecord:
        known = self._forms.get(form)
        if known is None:
            raise FormUnknown(form=form.id, version=form.version)
        record = RecordId(f"record-{self._new_id()}")
        about = subjects or tuple(child.id for child in self._family.children)
        view = OpenRecord(
            record=record,
            form=known,
            family=self._family,
            body=begin(
                known,
                record=record,
                family=self._family,
                worker=self._worker,
                today=self.clock.today(),
                new_id=self._new_id,
                subjects=about,
            ),
            base=None,
            head=None,
            state=State.DRAFT,
            progress=Progress.DRAFT,
            editable=True,
            why_not="",
            workers=(self._worker, BEA, RUTH),
            conflicts=(),
            combined=(),
            problems=(),
            subjects=about,
        )
        self.records[record] = view
        return view

    def workbook(self, family: FamilyId, period: int | None = None) -> Workbook:
        raise RecordUnknown(record=family)  # a page of its own, tested over a real store

    def look_at_chapter(self, family: FamilyId, chapter: str) -> None:
        raise RecordUnknown(record=family)

    def next_plan(self, family: FamilyId) -> OpenRecord:
        raise RecordUnknown(record=family)  # no plan is signed off here

    def parents(self, family: FamilyId) -> tuple[Person, ...]:
        return ()

    def parents_page(self, family: FamilyId, person: PersonId) -> ParentsPage:
        raise RecordUnknown(record=person)

    def differences(self, record: RecordId) -> tuple[KnownDifference, ...]:
        return ()

    def form_standing(self, record: RecordId) -> FormStanding:
        self.open(record)
        return FormStanding()

    def move_form(self, record: RecordId, to: FormRef) -> OpenRecord:
        return self.open(record)  # nothing is offered here: it stays as it is

    def stay_on_form(self, record: RecordId, on: FormRef) -> None:
        self.open(record)

    def open_to_check(self, record: RecordId) -> OpenRecord:
        return self.open(record)

    def look_at_section(self, record: RecordId, section: LinkId) -> None:
        self.looked.append((record, section))

    def open(self, record: RecordId) -> OpenRecord:
        if record not in self.records:
            raise RecordUnknown(record=record)
        return self.records[record]

    def keep(self, record: RecordId, body: Body, before: Body) -> KeptBody:
        view = self.open(record)
        if self.disk_full:
            raise DiskFull
        if view.state is State.SIGNED_OFF:
            raise AlreadySignedOff(record=record)
        put = over(view.body, before, body)
        self.keeps.append(put)
        progress = Progress.DRAFT if view.progress is Progress.AT_OFFICE else view.progress
        self.records[record] = replace(view, body=put, progress=progress)
        return KeptBody(record=record, at=self.clock.now(), stands=put)

    def keep_removed(self, record: RecordId, removed: tuple[RemovedRow, ...]) -> None:
        """Keep them with the record."""
        self.records[record] = replace(self.records[record], removed=removed)

    def send(self, record: RecordId) -> Kept:
        view = self.open(record)
        self.records[record] = replace(view, state=State.READY, progress=Progress.READY)
        return Kept(record=record, at=self.clock.now())

    def sign_off(self, record: RecordId, content_hash: str) -> Kept:
        view = self.open(record)
        if _hash(view.body) != content_hash:
            raise ChangedSinceRead(record=record)
        missing = sum(1 for each in problems(view.form, view.body) if each.severity == "must")
        undecided = sum(1 for each in view.conflicts if each.chosen is None)
        if missing or undecided:
            raise NotReadyToSignOff(missing=missing, conflicts=undecided)
        self.records[record] = replace(
            view,
            state=State.SIGNED_OFF,
            progress=Progress.READY,
            editable=False,
            why_not="already-signed-off",
        )
        return Kept(record=record, at=self.clock.now())

    def hold_back(self, record: RecordId) -> bool:
        view = self.open(record)
        if view.progress is not Progress.READY:
            return False
        self.records[record] = replace(
            view, state=State.DRAFT, progress=Progress.DRAFT, editable=True, why_not=""
        )
        return True

    def discard(self, record: RecordId) -> bool:
        view = self.open(record)
        if view.head is not None or any(answer.at for answer in view.body.answers.values()):
            return False
        del self.records[record]
        return True

    def keep_half(self, conflict: ConflictId, half: HalfDecision) -> None:
        """Keep it with the conflict."""
        for record, view in self.records.items():
            halves = tuple(
                replace(each, half=half) if each.id == conflict else each for each in view.conflicts
            )
            self.records[record] = replace(view, conflicts=halves)

    def settle(self, conflict: ConflictId, choice: str, text: str | None, reason: str) -> Kept:
        for record, view in self.records.items():
            for each in view.conflicts:
                if each.id == conflict:
                    settled = tuple(
                        replace(one, chosen=choice) if one.id == conflict else one for one in view.conflicts
                    )
                    self.records[record] = replace(view, conflicts=settled)
                    return Kept(record=record, at=self.clock.now())
        raise RecordUnknown(record=conflict)

    # -- lists ---------------------------------------------------------------------------------------------

    def rows(self) -> tuple[RecordRow, ...]:
        """Return every record as lists show it."""
        return tuple(self._row(view) for view in self.records.values())

    def home(self) -> Home:
        rows = self.rows()
        counts = self.counts()
        return Home(
            worker=self._worker,
            today=self.clock.today(),
            due=(),
            work=rows,
            recent=(),
            decisions=counts.decisions,
            not_accepted=counts.not_accepted,
            waiting=counts.waiting,
            as_at=None,
        )

    def caseload(self, find: str = "") -> tuple[CaseloadFamily, ...]:
        children = tuple(
            CaseloadRow(
                person=child,
                age=age_words(child, self.clock.today()),
                family=self._family.id,
                plan="Child protection",
                last_seen=None,
                last_seen_alone=None,
                unsent=0,
            )
            for child in self._family.children
            if find.lower() in child.name.lower()
        )
        if not children:
            return ()
        family = CaseloadFamily(
            family=self._family.id,
            name=self._family.name,
            children=children,
            workers=(self._worker.name,),
        )
        return (family,)

    def family(self, family: FamilyId) -> FamilyFile:
        if family != self._family.id:
            raise RecordUnknown(record=family)
        return FamilyFile(
            family=self._family,
            today=self.clock.today(),
            names=((self._worker.id, self._worker.name),),
            records=self.rows(),
            forms=tuple((ref, form.name or form.title) for ref, form in self._forms.items()),
            plan=None,
            may_see_protected_address=True,
            **self.file,
        )

    def chronology(self, family: FamilyId) -> FamilyChronology:
        if family != self._family.id:
            raise RecordUnknown(record=family)
        return FamilyChronology(
            family=self._family,
            today=self.clock.today(),
            events=in_order(self.events),
            unread=0,
            event_form=self.ref("case-note"),
        )

    def genogram(self, family: FamilyId) -> FamilyGenogram:
        if family != self._family.id:
            raise RecordUnknown(record=family)
        return genogram_of(self._family, self.clock.today())

    def start_event(self, family: FamilyId, subjects: tuple[PersonId, ...] = ()) -> OpenRecord:
        return self.start(self.ref("case-note"), family, subjects)

    def start_for_action(self, family: FamilyId, action: str) -> OpenRecord:
        return self.start(self.ref("visit"), family)

    def catch_up(self, *, begin: bool = False) -> CaughtUp:
        return CaughtUp(families_left=0, changed=False)

    def readings(self, family: FamilyId) -> tuple[ScaleReading, ...]:
        return ()

    def bands(self, family: FamilyId) -> Mapping[tuple[str, str], Sequence[Band]]:
        return {}

    def sending(self) -> Sending:
        rows = self.rows()

        def those(progress: Progress) -> tuple[SendingRow, ...]:
            return tuple(
                SendingRow(row=row, size=1024, receipt="") for row in rows if row.progress is progress
            )

        return Sending(
            decisions=self._undecided(),
            not_accepted=those(Progress.NOT_ACCEPTED),
            waiting=those(Progress.READY),
            drafts=tuple(row for row in rows if row.progress is Progress.DRAFT),
            done_today=(),
            oldest_waiting=None,
            last_complete=None,
            runs=(),
        )

    def counts(self) -> Counts:
        rows = self.rows()
        return Counts(
            waiting=sum(row.progress is Progress.READY for row in rows),
            drafts=sum(row.progress is Progress.DRAFT for row in rows),
            decisions=len(self._undecided()),
            not_accepted=sum(row.progress is Progress.NOT_ACCEPTED for row in rows),
            last_complete=None,
        )

    def history(self, record: RecordId) -> tuple[Revision, ...]:
        return ()

    def search(self, text: str, limit: int = 20, within: FamilyId | None = None) -> Searched:
        found = [
            Found(
                kind="child",
                title=child.name,
                detail=age_words(child, self.clock.today()),
                family=self._family.id,
                person=child.id,
            )
            for child in self._family.children
            if text.lower() in child.name.lower()
        ]
        return Searched(found=tuple(found[:limit]), is_more=len(found) > limit)

    def census(self, record: RecordId) -> tuple[CensusCheck, ...]:
        return self.census_checks

    def to_measure(self) -> ToMeasure:
        return ToMeasure(scope="No family", families=(), today=self.clock.today(), as_at=None)

    def measure(self, family: FamilyId, over: Stretch) -> Tally:
        return Tally(families=1)

    def note_measures_saved(self) -> None:
        pass

    def note_search(self, found: int) -> None:
        self.searches.append(found)

    def _undecided(self) -> tuple[OpenConflict, ...]:
        return tuple(each for view in self.records.values() for each in view.conflicts if each.chosen is None)

    def _row(self, view: OpenRecord) -> RecordRow:
        said = gist(view.form, view.body, self.clock.today())
        people = [self._family.person(each) for each in view.subjects]
        return RecordRow(
            record=view.record,
            form=view.form.ref,
            kind=view.form.name,
            title=said.title,
            family=self._family.id,
            family_name=self._family.name,
            subjects=tuple(person.name for person in people if person is not None),
            occurred_on=said.occurred_on,
            changed_at=self.clock.now(),
            changed_by="you",
            state=view.state,
            progress=view.progress,
        )


def _hash(body: Body) -> str:
    return content_hash(content_of(body))
