"""Reads the store into what the windows show: lists, files, and the facts lists rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from workbook_desktop.domain import paths
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import FormRefused, RecordUnknown
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, PersonId, WorkerId
from workbook_desktop.domain.people import Family, Person, Worker, age_words
from workbook_desktop.domain.records import RECEIPT, Body, FormRef, State
from workbook_desktop.workspace.offered import Startable, offered
from workbook_desktop.workspace.today import SOON, OfficeDue, duties_of, in_order, is_mine
from workbook_desktop.workspace.views import (
    CaseloadFamily,
    CaseloadRow,
    Due,
    FamilyFile,
    Home,
    Progress,
    RecordRow,
    WorkedDue,
)

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.store.records import RecordRow as StoredRow
    from workbook_desktop.store.store import Store

PLANS = {
    "CP": "Child protection plan",
    "CIN": "Child in need plan",
    "CLA": "Looked after",
}
VISIT, PLAN = "visit", "plan"
_NO_PROTECTED_ADDRESS = {"da-perpetrator"}  # the chapter whose worker must not learn where the survivor lives
_VISITS_READ = 8  # the newest visits of a family in which a child's last sighting is looked for


class Reading:
    """Views of one unlocked store for one worker. Runs in the store's thread."""

    def __init__(self, store: Store, worker: Worker, clock: Clock) -> None:
        self._store, self._worker, self._clock = store, worker, clock

    def names(self) -> Mapping[str, str]:
        """Return the names of all workers who may be named, by id; this worker's own too."""
        known: dict[str, str] = {worker.id: worker.name for worker in self._store.records.workers()}
        known[self._worker.id] = self._worker.name
        return known

    def family(self, family: FamilyId) -> Family:
        """Return a family. Raises RecordUnknown."""
        found = self._store.records.family(family)
        if found is None:
            raise RecordUnknown(record=family)
        return found

    def form(self, ref: FormRef | None) -> Form | None:
        """Return a form that can be used; a bad one must not take the lists with it that name it."""
        try:
            return self._store.forms.form(ref) if ref is not None else None
        except FormRefused:
            return None

    def rows(self, stored: Iterable[StoredRow]) -> tuple[RecordRow, ...]:
        """Turn the store's lines into a list's lines."""
        families: dict[FamilyId, Family | None] = {}
        names = self.names()
        again = self._store.conflicts.to_sign_again()
        shown = []
        for row in stored:
            if row.family not in families:
                families[row.family] = self._store.records.family(row.family)
            line = self._row(row, families[row.family], names)
            shown.append(replace(line, sign_again=True) if row.id in again else line)
        return tuple(shown)

    def to_sign_again(self) -> list[StoredRow]:
        """Return the lines of what is to be signed again, because the first signature did not count."""
        return self._store.records.rows(self._store.conflicts.to_sign_again())

    def _row(self, row: StoredRow, family: Family | None, names: Mapping[str, str]) -> RecordRow:
        from workbook_desktop.store.records import Here

        people = [family.person(each) for each in row.subjects] if family else []
        form = self.form(row.form)
        if row.conflicts:
            progress = Progress.NEEDS_DECISION
        else:
            progress = {
                Here.IN_STEP: Progress.AT_OFFICE,
                Here.DRAFT: Progress.DRAFT,
                Here.WAITING: Progress.READY,
                Here.PARKED: Progress.NOT_ACCEPTED,
            }[row.here]
        by = "you" if row.changed_by == self._worker.id else names.get(row.changed_by or "", "")
        sent = row.here is Here.IN_STEP and row.changed_by == self._worker.id
        return RecordRow(
            record=row.id,
            form=row.form,
            kind=(form.name or form.title) if form else "Record",
            title=row.title,
            family=row.family,
            family_name=family.name if family else "",
            subjects=tuple(person.name for person in people if person is not None),
            occurred_on=row.occurred_on,
            changed_at=row.changed_at,
            changed_by=by,
            state=row.state,
            progress=progress,
            accepted_at=row.changed_at if sent else None,
            problems=1 if row.problem else 0,
            signed_by=by if row.state is State.SIGNED_OFF else "",
        )

    def home(
        self,
        decisions: int,
        families: Sequence[Family],
        worked: Mapping[FamilyId, tuple[WorkedDue, ...]],
    ) -> Home:
        """Return today's work, but for what is to be read.

        Args:
            worked: the dates of each family that were worked out from its records.
        """
        records, standing = self._store.records, self._store.outbox.standing()
        work = [
            row
            for row in records.work_list()
            if row.type == "form" and (row.form is None or row.form.id != RECEIPT)
        ]
        own = {row.id for row in work}
        # Not in any list of what is under way, and yet not done: the signature did not count.
        work = [*(row for row in self.to_sign_again() if row.id not in own), *work]
        own = {row.id for row in work}
        recent = [
            row
            for row in records.recent(40)
            if row.type == "form" and row.id not in own and row.changed_by not in (None, self._worker.id)
        ]
        today = self._clock.today()
        newest = {str(ref.id): ref for ref in self._store.forms.newest()}
        mine: list[Due] = []
        others = 0
        for family in families:
            dues = worked.get(family.id, ())
            theirs = [due for due in dues if not is_mine(due, self._worker)]
            others += sum(1 for due in theirs if due.on is not None and due.on <= today and not due.runs_out)
            own_dues = [due for due in dues if is_mine(due, self._worker)]
            # What the office expects, too, is a colleague's duty if it is worked out to be one.
            office = [
                each
                for each in self._office_dues(family, newest)
                if not any(each.is_same_as(due) for due in theirs)
            ]
            mine += duties_of(family, office, own_dues, today)
        return Home(
            worker=self._worker,
            today=today,
            due=in_order((due for due in mine if due.on <= today), today),
            soon=in_order((due for due in mine if today < due.on <= today + SOON), today),
            others_due=others,
            work=self.rows(work),
            recent=self.rows(recent[:8]),
            decisions=decisions,
            not_accepted=standing.parked,
            waiting=standing.waiting,
            as_at=standing.last_complete,
        )

    def _office_dues(self, family: Family, newest: Mapping[str, FormRef]) -> list[OfficeDue]:
        """Return what the office expects for a family, without what is done on this laptop."""
        return [
            OfficeDue(person=each.person, what=each.what, on=each.on, form=newest.get(each.form))
            for each in family.due
            if not (each.form and each.person and self._met(each.person, each.form, each.on))
        ]

    def _met(self, person: PersonId, form: str, on: date) -> bool:
        """Say whether a signed record answers a due date: a draft never does, nor a visit in which the child
        was not seen."""
        for row in self._store.records.of_person(person, limit=20):
            signed = row.state is State.SIGNED_OFF or row.signing
            near = row.occurred_on is not None and row.occurred_on > on - timedelta(days=7)
            if row.form is None or row.form.id != form or not signed or not near:
                continue
            if form != VISIT or person in _seen(self._store.drafts.stands(row.id)):
                return True
        return False

    def caseload(self, find: str = "") -> tuple[CaseloadFamily, ...]:
        """Return the shared caseload; `find` matches the beginning of any name in a family."""
        wanted = find.casefold().split()
        names = self.names()
        found = []
        for family in self._store.records.families():
            if wanted and not _matches(family, wanted):
                continue
            rows = self._store.records.of_family(family.id)
            unsent: dict[PersonId, int] = {}
            for row in rows:
                if str(row.here) != "in-step":
                    for person in row.subjects:
                        unsent[person] = unsent.get(person, 0) + 1
            seen = self._last_seen(family, rows)
            today = self._clock.today()
            found.append(
                CaseloadFamily(
                    family=family.id,
                    name=family.name,
                    children=tuple(
                        CaseloadRow(
                            person=child,
                            age=age_words(child, today),
                            family=family.id,
                            plan=PLANS.get(child.plan, child.plan),
                            last_seen=seen.get(child.id, (None, None))[0],
                            last_seen_alone=seen.get(child.id, (None, None))[1],
                            unsent=unsent.get(child.id, 0),
                        )
                        for child in family.children
                    ),
                    workers=_named(family, names, today),
                )
            )
        return tuple(found)

    def _last_seen(
        self, family: Family, rows: Iterable[StoredRow]
    ) -> dict[PersonId, tuple[date | None, date | None]]:
        """Return when each child was last seen, and last seen alone, in a visit that is signed off."""
        found: dict[PersonId, tuple[date | None, date | None]] = {}
        children = {child.id for child in family.children}
        visits = [
            row
            for row in rows
            if row.form is not None
            and row.form.id == VISIT
            and row.occurred_on is not None
            and (row.state is State.SIGNED_OFF or row.signing)
        ]
        for row in visits[:_VISITS_READ]:
            for child, alone in _seen(self._store.drafts.stands(row.id)).items():
                last, last_alone = found.get(child, (None, None))
                found[child] = (
                    last or row.occurred_on,
                    last_alone or (row.occurred_on if alone else None),
                )
            if children <= {child for child, (_, alone_on) in found.items() if alone_on}:
                break
        return found

    @property
    def may_see_protected_homes(self) -> bool:
        """Whether an address that is protected may be on a screen of this worker, wherever it came from."""
        return self._worker.chapter not in _NO_PROTECTED_ADDRESS

    def family_file(self, family: FamilyId) -> FamilyFile:
        """Return a family's file. Raises RecordUnknown."""
        found = self.family(family)
        may_see = self.may_see_protected_homes
        stored = self._store.records.of_family(family)
        rows, agreed = self.rows(stored), agreed_plan(stored)
        forms, at_hand = self.startable()
        return FamilyFile(
            family=found if may_see else _without_protected(found),
            today=self._clock.today(),
            names=tuple((worker, name) for worker, name in self.names().items()),
            records=rows,
            forms=tuple((each.ref, each.name) for each in forms),
            at_hand=at_hand,
            plan=next(
                (
                    row
                    for row in rows
                    if row.form is not None
                    and row.form.id == PLAN
                    and (agreed is None or row.record == agreed.id)
                ),
                None,
            ),
            may_see_protected_address=may_see,
        )

    def startable(self) -> tuple[tuple[Startable, ...], int]:
        """Return what can be begun, this worker's own kind first, and how many are of that kind."""
        forms = [
            Startable(ref=ref, name=form.name or form.title, chapter=form.chapter)
            for ref in self._store.forms.newest()
            if ref.id != RECEIPT and (form := self.form(ref)) is not None
        ]
        return offered(forms, self._worker)


def agreed_plan(rows: Iterable[StoredRow]) -> StoredRow | None:
    """Return the newest plan that is signed off, of a family's records newest first."""
    signed = [
        row
        for row in rows
        if row.form is not None and row.form.id == PLAN and (row.state is State.SIGNED_OFF or row.signing)
    ]
    return max(signed, key=lambda row: (row.occurred_on or date.min, row.id), default=None)


def _seen(visit: Body) -> dict[PersonId, bool]:
    """Return the children seen in a visit, and whether each was spoken to alone; none in a failed one."""
    outcome = _code(visit, paths.child(paths.ROOT, LinkId("visit.outcome")))
    if outcome != "completed":  # what was answered before the visit failed is hidden, but still there
        return {}
    found = {}
    for row in visit.rows_of(paths.ROOT, LinkId("children")):
        who = visit.answers.get(paths.child(row, LinkId("child.person")))
        seen = visit.answers.get(paths.child(row, LinkId("child.seen")))
        if who is not None and isinstance(who.value, Mapping) and seen is not None and seen.value is True:
            child = PersonId(str(who.value.get("reference", "")).removeprefix("Person/"))
            found[child] = _code(visit, paths.child(row, LinkId("child.alone"))) == "yes"
    return found


def _code(body: Body, path: FieldPath) -> str | None:
    answer = body.answers.get(path)
    return answer.value.get("code") if answer is not None and isinstance(answer.value, Mapping) else None


def _name_parts(person: Person) -> list[str]:
    text = f"{person.forename} {person.surname} {person.preferred_name} {person.label}"
    return text.casefold().replace("-", " ").split()


def _matches(family: Family, wanted: list[str]) -> bool:
    parts = [*family.name.casefold().split(), *(part for each in family.people for part in _name_parts(each))]
    return all(any(part.startswith(word) for part in parts) for word in wanted)


def _named(family: Family, names: Mapping[str, str], today: date) -> tuple[str, ...]:
    seen: dict[WorkerId, None] = {}
    for link in family.involvements:
        if link.holds_on(today):
            seen.setdefault(link.worker)
    return tuple(names.get(worker, "") for worker in seen if worker in names)


def _without_protected(family: Family) -> Family:
    homes = tuple(
        replace(home, address="", postcode="") if home.protected else home for home in family.households
    )
    return replace(family, households=homes)
