"""A worker's desk over an unlocked store: the verbs of `desk.Desk`, each handed to the part that does it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import DiskFull, RecordUnknown
from workbook_desktop.domain.ids import ConflictId, FamilyId, LinkId, NewId, PersonId, RecordId
from workbook_desktop.domain.people import Person, Worker
from workbook_desktop.domain.readings import ScaleReading
from workbook_desktop.domain.records import Body, FormRef, Head
from workbook_desktop.workspace.ahead import Ahead
from workbook_desktop.workspace.census_checks import CensusCheck, checks_of, code_list
from workbook_desktop.workspace.chronicle import Chronicle
from workbook_desktop.workspace.chronology import FamilyChronology
from workbook_desktop.workspace.conflicts import Settling
from workbook_desktop.workspace.gathered import Gathered
from workbook_desktop.workspace.genogram import FamilyGenogram, genogram_of
from workbook_desktop.workspace.knowledge import Knowledge
from workbook_desktop.workspace.measures import Stretch, Tally
from workbook_desktop.workspace.measuring import Measuring, ToMeasure
from workbook_desktop.workspace.moves import FormStanding, Moving
from workbook_desktop.workspace.notes import Notes, by_family
from workbook_desktop.workspace.paper import Paper
from workbook_desktop.workspace.plans import Plans
from workbook_desktop.workspace.reading import Reading
from workbook_desktop.workspace.receipts import Receipts
from workbook_desktop.workspace.searching import Searched, Searching
from workbook_desktop.workspace.sending import SendingLists
from workbook_desktop.workspace.suggested import TELL, told_of
from workbook_desktop.workspace.today import with_office
from workbook_desktop.workspace.versions import Versions
from workbook_desktop.workspace.views import (
    CaseloadFamily,
    CaughtUp,
    Counts,
    FamilyFile,
    HalfDecision,
    Home,
    Kept,
    KeptBody,
    KnownDifference,
    OpenRecord,
    Revision,
    Sending,
)
from workbook_desktop.workspace.views_paper import Order, PaperChoices, Sheets
from workbook_desktop.workspace.views_workbook import Workbook
from workbook_desktop.workspace.with_parent import ParentsPage, WithParent
from workbook_desktop.workspace.workbook import Workbooks
from workbook_desktop.workspace.writing import Writing

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Band
    from workbook_desktop.forms.sheet import RemovedRow
    from workbook_desktop.store.store import Store


class WorkerDesk:
    """Fits `workbook_desktop.workspace.desk.Desk`. Every verb runs in the store's thread."""

    def __init__(self, store: Store, worker: Worker, clock: Clock, new_id: NewId) -> None:
        self._store, self._worker, self._clock = store, worker, clock
        self._reading = Reading(store, worker, clock)
        self._gathered = Gathered(store, worker, clock, self._reading)
        self._searching = Searching(store, worker, clock, self._reading)
        self._measuring = Measuring(store, worker, clock, self._reading, self._gathered)
        self._ahead = Ahead(store, clock, self._gathered, self._searching)
        self._notes = Notes(store, worker, clock, self._reading)
        self._receipts = Receipts(store, worker, clock, self._reading, self._gathered)
        self._workbooks = Workbooks(
            store, worker, clock, self._reading, self._gathered, self._notes, self._receipts
        )
        self._settling = Settling(store, worker, clock, self._reading)
        self._lists = SendingLists(store, clock, self._reading, self._settling)
        knowledge = Knowledge(store, worker, clock, self._reading, self._gathered)
        self._moving = Moving(store, worker, clock, self._reading)
        self._writing = Writing(store, worker, clock, new_id, self._reading, self._settling, knowledge)
        self._plans = Plans(store, self._reading, self._gathered, self._writing)
        self._with_parent = WithParent(store, worker, clock, self._reading, self._gathered)
        self._paper = Paper(
            store, worker, clock, self._reading, self._gathered, self._writing, self._with_parent
        )
        self._chronicle = Chronicle(store, worker, clock, self._reading, self._gathered, self._writing)

    @property
    def worker(self) -> Worker:
        """The worker who is signed in."""
        return self._worker

    def home(self) -> Home:
        """Return today's work."""
        families = self._store.records.families()
        worked = self._gathered.kept_dues(families)
        home = self._reading.home(self._settling.undecided(), families, worked)
        to_read = by_family(self._notes.to_read(families))
        return replace(home, to_read=to_read, behind=len(self._ahead.behind()))

    def caseload(self, find: str = "") -> tuple[CaseloadFamily, ...]:
        """Return the shared caseload."""
        return self._reading.caseload(find)

    def family(self, family: FamilyId) -> FamilyFile:
        """Return a family's file."""
        found = self._reading.family_file(family)
        dues, office_dues = with_office(self._gathered.dues(family), found.family.due)
        return replace(
            found,
            chronology=self._gathered.chronology(family),
            actions=self._gathered.actions(family),
            dues=dues,
            office_dues=office_dues,
            chapters=self._gathered.chapter_lines(family),
            unread=self._gathered.unread(family),
            to_read=self._notes.to_read((self._reading.family(family),)),
        )

    def readings(self, family: FamilyId) -> tuple[ScaleReading, ...]:
        """Return the readings of scales."""
        return self._gathered.readings(family)

    def bands(self, family: FamilyId) -> dict[tuple[str, str], tuple[Band, ...]]:
        """Return what the values of scales are called."""
        return self._gathered.bands(family)

    def chronology(self, family: FamilyId) -> FamilyChronology:
        """Return a family's chronology."""
        return self._chronicle.chronology(family)

    def genogram(self, family: FamilyId) -> FamilyGenogram:
        """Return a family's genogram."""
        whole = self._reading.family(family)
        told = told_of(self._store, self._reading, whole)
        form = next((ref for ref in self._store.forms.newest() if str(ref.id) == TELL), None)
        return genogram_of(whole, self._clock.today(), told, form)

    def start_event(self, family: FamilyId, subjects: tuple[PersonId, ...] = ()) -> OpenRecord:
        """Begin a note of a significant event."""
        return self._chronicle.start_event(family, subjects)

    def workbook(self, family: FamilyId, period: int | None = None) -> Workbook:
        """Return a family's workbook."""
        return self._workbooks.of(family, period)

    def look_at_chapter(self, family: FamilyId, chapter: str) -> None:
        """Note that this worker has a chapter before them."""
        self._workbooks.look(family, chapter)

    def next_plan(self, family: FamilyId) -> OpenRecord:
        """Return the next version of the agreed plan."""
        return self._plans.next(family)

    def parents(self, family: FamilyId) -> tuple[Person, ...]:
        """Return the adults who have numbers of their own."""
        return self._with_parent.parents(family)

    def parents_page(self, family: FamilyId, person: PersonId) -> ParentsPage:
        """Return a parent's own page."""
        return self._with_parent.page(family, person)

    def start(self, form: FormRef, family: FamilyId, subjects: tuple[PersonId, ...] = ()) -> OpenRecord:
        """Begin a record."""
        return self._writing.start(form, family, subjects)

    def start_for_action(self, family: FamilyId, action: str) -> OpenRecord:
        """Begin a record that says something agreed is done."""
        found = next((each for each in self._gathered.actions(family) if each.id == action), None)
        if found is None or not found.can_be_recorded:  # a run has brought meanwhile that it is
            raise RecordUnknown(record=action)
        return self._writing.start_for_action(family, found)

    def open(self, record: RecordId) -> OpenRecord:
        """Open a record: if what it asks this worker to read stands in no section of its own, it is read."""
        opened = self._writing.open(record)
        if not self._notes.left(opened):
            self._read(record)
        return opened

    def look_at_section(self, record: RecordId, section: LinkId) -> None:
        """Note that this worker has a section of a record before them: what it asks is read with the last."""
        rows = self._store.records.rows((record,))
        if not rows:
            raise RecordUnknown(record=record)
        if not any(
            note.record == record for note in self._notes.to_read((self._reading.family(rows[0].family),))
        ):
            return
        if not self._notes.left(self._writing.open(record), section):
            self._read(record)

    def _read(self, record: RecordId) -> None:
        self._notes.look(record)
        self._receipts.give(record)

    def open_to_check(self, record: RecordId) -> OpenRecord:
        """Open a draft to be checked."""
        return self._writing.open_to_check(record)

    def census(self, record: RecordId) -> tuple[CensusCheck, ...]:
        """Return what a draft brings that the census would refuse or ask about."""
        row = self._store.records.rows((record,))
        if not row:
            raise RecordUnknown(record=record)
        family = self._reading.family(row[0].family)
        happened = self._gathered.happenings(family.id)
        return checks_of(record, family.children, happened, code_list("assessment-factors"))

    def differences(self, record: RecordId) -> tuple[KnownDifference, ...]:
        """Say what is known otherwise by now."""
        return self._writing.differences(record)

    def form_standing(self, record: RecordId) -> FormStanding:
        """Say what can be done about the version of a draft's form."""
        return self._moving.standing(record)

    def move_form(self, record: RecordId, to: FormRef) -> OpenRecord:
        """Move a draft to a later version of its form, or back."""
        self._moving.move(record, to)
        return self._writing.open(record)

    def stay_on_form(self, record: RecordId, on: FormRef) -> None:
        """Keep a draft's version."""
        self._moving.stay(record, on)

    def keep(self, record: RecordId, body: Body, before: Body) -> KeptBody:
        """Keep what has been typed."""
        return self._writing.keep(record, body, before)

    def keep_removed(self, record: RecordId, removed: tuple[RemovedRow, ...]) -> None:
        """Keep rows that were taken away."""
        self._writing.keep_removed(record, removed)

    def send(self, record: RecordId) -> Kept:
        """Release a draft to the team."""
        return self._writing.send(record)

    def sign_off(self, record: RecordId, content_hash: str) -> Kept:
        """Release a draft and sign it."""
        return self._writing.sign_off(record, content_hash)

    def hold_back(self, record: RecordId) -> bool:
        """Take back a release."""
        return self._writing.hold_back(record)

    def discard(self, record: RecordId) -> bool:
        """Throw away an empty draft."""
        return self._writing.discard(record)

    def keep_half(self, conflict: ConflictId, half: HalfDecision) -> None:
        """Keep a decision that is half made."""
        self._settling.keep_half(conflict, half)

    def settle(self, conflict: ConflictId, choice: str, text: str | None, reason: str) -> Kept:
        """Settle a conflict."""
        return self._settling.settle(conflict, choice, text, reason)

    def paper_choices(self, family: FamilyId) -> PaperChoices:
        """Return for whom something can be put on paper, and what."""
        return self._paper.choices(family)

    def paper(self, order: Order) -> Sheets:
        """Return a document as it would be handed over now."""
        return self._paper.sheets(order)

    def paper_given(self, given: Sheets, how: str) -> RecordId | None:
        """Sign a record that a document was given out."""
        return self._paper.give(given, how)

    def history(self, record: RecordId) -> tuple[Revision, ...]:
        """Return the versions of a record."""
        return self._writing.history(record)

    def versions(self, record: RecordId, fetched: tuple[Head, ...] = ()) -> Versions:
        """Return what is known of a record's versions."""
        return self._writing.versions(record, fetched)

    def search(self, text: str, limit: int = 20, within: FamilyId | None = None) -> Searched:
        """Find children, people, records and what can be done."""
        return self._searching.search(text, limit, within)

    def to_measure(self) -> ToMeasure:
        """Return whose work this worker may see counted."""
        return self._measuring.begin()

    def measure(self, family: FamilyId, over: Stretch) -> Tally:
        """Return what is counted of one family."""
        return self._measuring.count(family, over)

    def note_measures_saved(self) -> None:
        """Add to the audit trail that measures were saved as a file."""
        with suppress(DiskFull):
            self._store.audit.note("measures-saved", by=self._worker.id, at=self._clock.now())

    def note_search(self, found: int) -> None:
        """Add to the audit trail that something was looked for."""
        with suppress(DiskFull):
            self._store.audit.note("search", by=self._worker.id, at=self._clock.now(), facts={"found": found})

    def catch_up(self, *, begin: bool = False) -> CaughtUp:
        """Work out ahead a little of what records give."""
        if begin:
            self._ahead.begin()
        return self._ahead.some()

    def counts(self) -> Counts:
        """Return the numbers of the status line."""
        return self._lists.counts()

    def sending(self) -> Sending:
        """Return the sync centre's lists."""
        return self._lists.lists()

    def try_again(self, record: RecordId) -> Kept:
        """Release again what the office did not accept."""
        return self._writing.try_again(record)

    def words_of(self, record: RecordId) -> str:
        """Return a record as text."""
        return self._writing.words_of(record)

    def put_file(self, record: RecordId, family: FamilyId, data: bytes) -> str:
        """Keep a file that was chosen for a record."""
        return self._store.attached.put(family, record, data)

    def get_file(self, family: FamilyId, hash_: str) -> bytes | None:
        """Return a file's bytes, if they are here."""
        return self._store.attached.data(family, hash_)

    def want_file(self, family: FamilyId, hash_: str, size: int) -> None:
        """Have the next run fetch a file."""
        self._store.attached.want(family, hash_, size)
