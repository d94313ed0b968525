"""The verbs a window may ask for: the one door from the screens to a worker's unlocked store.

Every verb runs in the store's thread (the screens go through `ui.tasks`), takes and returns plain values,
and is one transaction or none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from workbook_desktop.domain.ids import ConflictId, FamilyId, LinkId, PersonId, RecordId
from workbook_desktop.domain.people import Person, Worker
from workbook_desktop.domain.readings import ScaleReading
from workbook_desktop.domain.records import Body, FormRef, Head
from workbook_desktop.forms.definition import Band
from workbook_desktop.workspace.census_checks import CensusCheck
from workbook_desktop.workspace.chronology import FamilyChronology
from workbook_desktop.workspace.genogram import FamilyGenogram
from workbook_desktop.workspace.measures import Stretch, Tally
from workbook_desktop.workspace.measuring import ToMeasure
from workbook_desktop.workspace.moves import FormStanding
from workbook_desktop.workspace.searching import Searched
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
from workbook_desktop.workspace.with_parent import ParentsPage

if TYPE_CHECKING:
    from workbook_desktop.forms.sheet import RemovedRow


class Desk(Protocol):
    """What the screens see of an unlocked store."""

    @property
    def worker(self) -> Worker:
        """The worker who is signed in."""

    def home(self) -> Home:
        """Return today's work."""

    def caseload(self, find: str = "") -> tuple[CaseloadFamily, ...]:
        """Return the shared caseload, narrowed to families in which a name matches `find`."""

    def family(self, family: FamilyId) -> FamilyFile:
        """Return a family's file, with what its records give: chronology, actions, due dates. Raises
        RecordUnknown."""

    def readings(self, family: FamilyId) -> tuple[ScaleReading, ...]:
        """Return the readings of scales in signed records, oldest first. Raises RecordUnknown."""

    def bands(self, family: FamilyId) -> Mapping[tuple[str, str], Sequence[Band]]:
        """Return what the values of a family's scales are called, by scale and version."""

    def chronology(self, family: FamilyId) -> FamilyChronology:
        """Return a family's chronology: what is significant, and every other record. Raises RecordUnknown."""

    def genogram(self, family: FamilyId) -> FamilyGenogram:
        """Return a family's people and how they are joined, with the drawing. Raises RecordUnknown."""

    def start_event(self, family: FamilyId, subjects: tuple[PersonId, ...] = ()) -> OpenRecord:
        """Begin a note of a significant event. Raises FormUnknown, RecordUnknown."""

    def workbook(self, family: FamilyId, period: int | None = None) -> Workbook:
        """Return a family's workbook: this period, or another by its number. Raises RecordUnknown."""

    def look_at_chapter(self, family: FamilyId, chapter: str) -> None:
        """Note that this worker has a chapter before them: what comes from now on is new. Kept here alone."""

    def next_plan(self, family: FamilyId) -> OpenRecord:
        """Return the next version of a family's agreed plan, drafted from it; the one that is being drafted,
        if there is one. Raises RecordUnknown (no plan is signed off), FormUnknown."""

    def parents(self, family: FamilyId) -> tuple[Person, ...]:
        """Return the adults of a family who have numbers of their own to look at. Raises RecordUnknown."""

    def parents_page(self, family: FamilyId, person: PersonId) -> ParentsPage:
        """Return a parent's own page, fit to be shown to them. Raises RecordUnknown."""

    def start(self, form: FormRef, family: FamilyId, subjects: tuple[PersonId, ...] = ()) -> OpenRecord:
        """Begin a record: a draft on this laptop, kept at once. Raises FormUnknown, RecordUnknown."""

    def start_for_action(self, family: FamilyId, action: str) -> OpenRecord:
        """Begin a record in which a row already says that something agreed (`OpenAction.id`) is done: a case
        note, or else a visit. Raises FormUnknown; RecordUnknown if it is open no longer."""

    def open(self, record: RecordId) -> OpenRecord:
        """Return a record to read or write. Raises RecordUnknown, FormUnknown."""

    def look_at_section(self, record: RecordId, section: LinkId) -> None:
        """Note that this worker has a section of a record before them. What the record asks them to read
        counts as read when every section in which it stands was shown. Raises as `open` does."""

    def open_to_check(self, record: RecordId) -> OpenRecord:
        """Return a draft to be checked: what follows from its answers is worked out anew. Raises as `open`
        does."""

    def census(self, record: RecordId) -> tuple[CensusCheck, ...]:
        """Return what a draft brings that the children in need census would refuse or ask about. It can be
        sent all the same. Raises RecordUnknown."""

    def differences(self, record: RecordId) -> tuple[KnownDifference, ...]:
        """Return what is known otherwise by now than it stands in a draft. Raises as `open` does."""

    def form_standing(self, record: RecordId) -> FormStanding:
        """Say whether a draft's form has a later version here, and what moving would mean; and whether the
        draft was moved and can go back. Raises RecordUnknown."""

    def move_form(self, record: RecordId, to: FormRef) -> OpenRecord:
        """Move a draft that was never sent to a later version of its form, or back to the one it came from,
        with all its answers. Where it can go neither, it stays as it is. Raises as `open` does, DiskFull."""

    def stay_on_form(self, record: RecordId, on: FormRef) -> None:
        """Remember that the worker keeps a draft's version although this later one is here."""

    def keep(self, record: RecordId, body: Body, before: Body) -> KeptBody:
        """Keep what has been typed. Never refused for what it says, and never over a colleague's words.

        Args:
            body: what the window shows now.
            before: what it last knew to stand in the store: what the worker was looking at while typing. If a
                run has changed that, what was typed goes on top of what the run brought, and where both
                changed the same thing both texts become a conflict when the record is sent, as if this had
                been kept before the run.

        Raises:
            RecordUnknown, AlreadySignedOff, DiskFull.
        """

    def keep_removed(self, record: RecordId, removed: tuple[RemovedRow, ...]) -> None:
        """Keep the rows that were taken away from a draft, to be put back until it is sent. Raises
        RecordUnknown, DiskFull."""

    def send(self, record: RecordId) -> Kept:
        """Release a draft to the team: it goes when there is a connection, and stays open to write in."""

    def sign_off(self, record: RecordId, content_hash: str) -> Kept:
        """Release a draft and sign it: `content_hash` is of what the worker was shown.

        Raises NotReadyToSignOff, ChangedSinceRead.
        """

    def hold_back(self, record: RecordId) -> bool:
        """Take back a release that has not begun to be sent. False: it is under way already."""

    def discard(self, record: RecordId) -> bool:
        """Throw away a draft the office has never had and in which nothing is answered; otherwise False."""

    def keep_half(self, conflict: ConflictId, half: HalfDecision) -> None:
        """Keep a decision that is half made, until it is settled or its record leaves. Raises RecordUnknown,
        DiskFull."""

    def settle(self, conflict: ConflictId, choice: str, text: str | None, reason: str) -> Kept:
        """Settle a conflict: "mine", "theirs", "both", or "new" with its text.

        Works offline: the decision waits to be sent. Raises RecordUnknown, ChangedSinceRead.
        """

    def try_again(self, record: RecordId) -> Kept:
        """Release again what the office did not accept, as it stands now; signed, if it was signed and says
        what it said then. Raises RecordUnknown, AlreadySignedOff."""

    def words_of(self, record: RecordId) -> str:
        """Return a record as text, to be taken elsewhere: title, questions and answers. Raises as `open`
        does."""

    def put_file(self, record: RecordId, family: FamilyId, data: bytes) -> str:
        """Keep a file that was chosen for a record; return its hash, by which an answer names it. It goes to
        the office after the words that name it. Raises DiskFull."""

    def get_file(self, family: FamilyId, hash_: str) -> bytes | None:
        """Return a file's bytes; None if not all of them are on this laptop."""

    def want_file(self, family: FamilyId, hash_: str, size: int) -> None:
        """Have the next run fetch a file."""

    def sending(self) -> Sending:
        """Return the sync centre's lists."""

    def counts(self) -> Counts:
        """Return the numbers of the status line: cheap, asked often."""

    def catch_up(self, *, begin: bool = False) -> CaughtUp:
        """Work out ahead a little of what records give, for some hundredths of a second; `begin` looks at
        every family again first. To be asked until no family is left."""

    def paper_choices(self, family: FamilyId) -> PaperChoices:
        """Return for whom something can be put on paper, and what. Raises RecordUnknown."""

    def paper(self, order: Order) -> Sheets:
        """Return a document as it would be handed over now, with what is left out of it and why.

        Raises RecordUnknown, FormUnknown.
        """

    def paper_given(self, given: Sheets, how: str) -> RecordId | None:
        """Sign a record that a document was given out, "printed" or "saved"; None if the office has no form
        for that. Raises RecordUnknown, DiskFull."""

    def history(self, record: RecordId) -> tuple[Revision, ...]:
        """Return the versions of a record that this laptop knows, newest first."""

    def versions(self, record: RecordId, fetched: tuple[Head, ...] = ()) -> Versions:
        """Return what is known of a record's versions. Raises RecordUnknown.

        Args:
            fetched: versions that the office gave when it was asked; they are not kept.
        """

    def search(self, text: str, limit: int = 20, within: FamilyId | None = None) -> Searched:
        """Find children, people, records and what can be done, on this laptop only.

        Args:
            within: the family whose page the worker comes from.
        """

    def to_measure(self) -> ToMeasure:
        """Return whose work this worker may see counted: a manager the team's, others their own families'."""

    def measure(self, family: FamilyId, over: Stretch) -> Tally:
        """Return what is counted of one family in these days. Raises RecordUnknown."""

    def note_measures_saved(self) -> None:
        """Add to the audit trail that measures were saved as a file."""

    def note_search(self, found: int) -> None:
        """Add to the audit trail that something was looked for and how much was found; never what."""
