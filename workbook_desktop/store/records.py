"""Records as lists, forms and search read them: heads without bodies, bodies one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from workbook_desktop.domain.changes import Settlement
from workbook_desktop.domain.ids import FamilyId, OpId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.records import Body, FormRef, Head, State


class Here(StrEnum):
    """How this laptop stands to the ICS with a record. The worst word wins."""

    IN_STEP = "in-step"  # as the ICS has it
    DRAFT = "draft"  # typed here, not released
    WAITING = "waiting"  # released or sealed: goes with the next run
    PARKED = "parked"  # refused by the ICS: needs a person


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One line of a list. Never holds a body."""

    id: RecordId
    type: str
    family: FamilyId
    form: FormRef | None
    state: State  # as the ICS has it; DRAFT before it has it at all
    chapter: str
    subjects: tuple[PersonId, ...]
    title: str
    occurred_on: date | None
    base_version: int | None
    head_version: int | None
    here: Here
    signing: bool  # will be signed when sent
    conflicts: int  # open ones
    problem: str | None  # the code under which the ICS parked it
    changed_at: datetime | None  # of the local edit, or of the head
    changed_by: WorkerId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """All this laptop holds of one record. What a form shows is `local`, or else the head's body."""

    row: RecordRow
    base: Head | None
    head: Head | None
    local: Body | None
    edited_from: datetime | None
    edited_to: datetime | None
    released_at: datetime | None
    sign_off_hash: str | None
    settles: tuple[Settlement, ...]

    @property
    def shown(self) -> Body:
        """What to show: the local text if there is any."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Acked:
    """One line of the ledger: this laptop's op, taken by the ICS."""

    op: OpId
    version: int
    hash: str
    at: datetime


class Records:
    """Reads. Nothing here changes a record."""

    def row(self, record: RecordId) -> RecordRow | None:
        """Return one line, or None."""
        raise NotImplementedError

    def rows(self, records: Sequence[RecordId]) -> list[RecordRow]:
        """Return these lines, for "these records changed"; unknown ones are left out."""
        raise NotImplementedError

    def of_family(self, family: FamilyId, *, limit: int | None = None) -> list[RecordRow]:
        """Return a family's records of type ``"form"``, newest first by when the thing happened."""
        raise NotImplementedError

    def of_person(self, person: PersonId, *, limit: int | None = None) -> list[RecordRow]:
        """Return the records about one person, newest first."""
        raise NotImplementedError

    def work_list(self) -> list[RecordRow]:
        """Return what is not in step with the ICS or has an open conflict, last touched first."""
        raise NotImplementedError

    def recent(self, limit: int) -> list[RecordRow]:
        """Return the records changed last, by anyone."""
        raise NotImplementedError

    def search(self, text: str, limit: int = 50) -> list[RecordRow]:
        """Return records in which every word, or word's beginning, stands; best first."""
        raise NotImplementedError

    def held(self, record: RecordId) -> Held:
        """Return all of one record. Raises RecordUnknown."""
        raise NotImplementedError

    def ledger(self, record: RecordId) -> list[Acked]:
        """Return what this laptop sent of a record and the ICS took, oldest first."""
        raise NotImplementedError

    def families(self) -> list[Family]:
        """Return the families of this worker's caseload, by name. One that the ICS no longer lists is left out."""
        raise NotImplementedError

    def family(self, family: FamilyId) -> Family | None:
        """Return one family, or None if the ICS has not sent it."""
        raise NotImplementedError

    def workers(self) -> list[Worker]:
        """Return the workers who may be named."""
        raise NotImplementedError
