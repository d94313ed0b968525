"""Records as lists and forms read them: heads without bodies, bodies one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from workbook_desktop.domain.changes import Settlement
from workbook_desktop.domain.ids import FamilyId, OpId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.people import Family, Worker, family_of
from workbook_desktop.domain.records import RECEIPT, Body, FormRef, Head, State, body_of
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database
from workbook_desktop.store.unsent import Unsent


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
    amends: RecordId | None = None  # the signed record that this one corrects or adds to


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
        """What to show: the local text if there is any, or else what the ICS has."""
        if self.local is not None:
            return self.local
        return body_of(self.head.content) if self.head is not None else Body()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acked:
    """One line of the ledger: this laptop's op, taken by the ICS."""

    op: OpId
    version: int
    hash: str
    at: datetime


ROW = (
    "r.id, r.type, r.family, r.form_id, r.form_version, r.state, r.chapter, r.subjects, r.title,"
    " r.occurred_on, r.base_version, r.head_version, r.here, r.signing, r.conflicts, r.problem,"
    " r.changed_at, r.changed_by, r.amends"
)
# A family that is still arriving is shown whole or not at all; one that has to leave is shown no more.
_SHOWN = (
    "r.family NOT IN (SELECT family FROM scope WHERE listed = 0 AND state = 'arriving'"
    " UNION ALL SELECT family FROM purge_job WHERE record IS NULL)"
)
_LISTED = f"r.form_id IS NOT '{RECEIPT}'"  # what the Workbook writes by itself is no work of anybody's
_NEWEST = "ORDER BY r.sort_on DESC, r.changed_at DESC LIMIT ?"


class Records:
    """Reads. Nothing here changes a record."""

    def __init__(self, database: Database, unsent: Unsent) -> None:
        self._db, self._unsent = database, unsent
        self._families: dict[str, tuple[int, Family]] = {}

    def row(self, record: RecordId) -> RecordRow | None:
        """Return one line, or None."""
        found = self._db.execute(f"SELECT {ROW} FROM record r WHERE r.id = ?", (record,)).fetchone()
        return None if found is None else row_of(found)

    def rows(self, records: Sequence[RecordId]) -> list[RecordRow]:
        """Return these lines, for "these records changed"; unknown ones are left out."""
        return [row for record in records if (row := self.row(record)) is not None]

    def of_family(self, family: FamilyId, *, limit: int | None = None) -> list[RecordRow]:
        """Return a family's records of type ``"form"``, newest first by when the thing happened."""
        return self._rows(
            f"SELECT {ROW} FROM record r WHERE r.family = ? AND r.type = 'form' AND {_LISTED} {_NEWEST}",
            (family, _most(limit)),
        )

    def of_person(self, person: PersonId, *, limit: int | None = None) -> list[RecordRow]:
        """Return the records about one person, newest first."""
        return self._rows(
            f"SELECT {ROW} FROM subject s JOIN record r ON r.num = s.record"
            f" WHERE s.person = ? AND r.type = 'form' AND {_LISTED} AND {_SHOWN} {_NEWEST}",
            (person, _most(limit)),
        )

    def work_list(self) -> list[RecordRow]:
        """Return what is not in step with the ICS or has an open conflict, last touched first."""
        return self._rows(
            f"SELECT {ROW} FROM record r WHERE r.here <> 'in-step' OR r.conflicts > 0"
            " ORDER BY r.changed_at DESC"
        )

    def recent(self, limit: int) -> list[RecordRow]:
        """Return the records changed last, by anyone."""
        return self._rows(
            f"SELECT {ROW} FROM record r WHERE r.type = 'form' AND {_LISTED} AND {_SHOWN}"
            " ORDER BY r.changed_at DESC LIMIT ?",
            (limit,),
        )

    def held(self, record: RecordId) -> Held:
        """Return all of one record. Raises RecordUnknown."""
        num = self._unsent.number(record)
        row = self.row(record)
        assert row is not None
        edited_from, edited_to, released_at, sign_off_hash, settles = self._unsent.columns(
            num, "edited_from", "edited_to", "released_at", "sign_off_hash", "settles"
        )
        local = self._unsent.side(num, "local")
        return Held(
            row=row,
            base=self._unsent.base(num),
            head=self._unsent.head(num),
            local=body_of(codec.decode(local[1])) if local is not None else None,
            edited_from=codec.moment(edited_from),
            edited_to=codec.moment(edited_to),
            released_at=codec.moment(released_at),
            sign_off_hash=sign_off_hash,
            settles=codec.settlements_of(settles),
        )

    def ledger(self, record: RecordId) -> list[Acked]:
        """Return what this laptop sent of a record and the ICS took, oldest first."""
        rows = self._db.execute(
            "SELECT op, version, hash, acked_at FROM ack_ledger WHERE record = ? ORDER BY version, acked_at",
            (record,),
        )
        return [
            Acked(op=op, version=version, hash=hash_, at=datetime.fromisoformat(at))
            for op, version, hash_, at in rows
        ]

    def families(self) -> list[Family]:
        """Return the families of this worker's caseload, by name. One that the ICS no longer lists is left
        out."""
        rows = self._db.execute(
            "SELECT r.num, r.id, r.family, r.head_version FROM record r WHERE r.type = 'family'"
            " AND r.family NOT IN (SELECT family FROM scope WHERE listed = 0)"
        ).fetchall()
        found = [family for row in rows if (family := self._family(*row)) is not None]
        return sorted(found, key=lambda family: (family.name.casefold(), family.id))

    def count_here(self) -> int:
        """Return how many records have come from the ICS."""
        (count,) = self._db.execute("SELECT count(*) FROM record WHERE head_version IS NOT NULL").fetchone()
        return int(count)

    def family(self, family: FamilyId, *, listed_only: bool = True) -> Family | None:
        """Return one family, or None if the ICS has not sent it, or (unless asked otherwise) lists it no
        longer."""
        row = self._db.execute(
            "SELECT num, id, family, head_version FROM record WHERE type = 'family' AND family = ?1"
            " AND (?2 = 0 OR family NOT IN (SELECT family FROM scope WHERE listed = 0))",
            (family, int(listed_only)),
        ).fetchone()
        return None if row is None else self._family(*row)

    def workers(self) -> list[Worker]:
        """Return the workers who may be named."""
        rows = self._db.execute(
            "SELECT id, name, role, agency, chapter, is_manager FROM worker ORDER BY name, id"
        )
        return [
            Worker(id=id_, name=name, role=role, agency=agency, chapter=chapter, is_manager=bool(manager))
            for id_, name, role, agency, chapter, manager in rows
        ]

    def _family(self, num: int, record: str, family: FamilyId, version: int | None) -> Family | None:
        kept = self._families.get(record)
        if kept is not None and kept[0] == version:
            return kept[1]
        side = self._unsent.side(num, "head")
        if side is None or version is None:
            return None
        try:
            value = family_of(family, codec.decode(side[1]))
        except (
            ValueError
        ):  # the office's record is of a shape this version does not know; it is kept, not shown
            return None
        self._families[record] = (version, value)
        return value

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[RecordRow]:
        return [row_of(found) for found in self._db.execute(sql, values)]


def _most(limit: int | None) -> int:
    return -1 if limit is None else limit


def row_of(found: tuple[Any, ...]) -> RecordRow:
    """Return what the columns of `ROW` say."""
    (id_, type_, family, form_id, form_version, state, chapter, subjects, title, occurred_on) = found[:10]
    (base_version, head_version, here, signing, conflicts, problem, changed_at, changed_by, amends) = found[
        10:
    ]
    return RecordRow(
        id=id_,
        type=type_,
        family=family,
        form=FormRef(id=form_id, version=form_version) if form_id is not None else None,
        state=State(state),
        chapter=chapter,
        subjects=tuple(codec.decode(subjects)),
        title=title,
        occurred_on=codec.day(occurred_on),
        base_version=base_version,
        head_version=head_version,
        here=Here(here),
        signing=bool(signing),
        conflicts=conflicts,
        problem=problem,
        changed_at=codec.moment(changed_at),
        changed_by=changed_by,
        amends=amends,
    )
