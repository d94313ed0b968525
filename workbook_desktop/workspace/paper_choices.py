"""For whom something can be printed, and what: the first two questions of the paper page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from workbook_desktop.domain.ids import WorkerId
from workbook_desktop.domain.people import Family, Person, Worker, age_words
from workbook_desktop.domain.records import RECEIPT, FormRef
from workbook_desktop.workspace.offered import NEVER
from workbook_desktop.workspace.paper_rules import paper_rules, reader_of
from workbook_desktop.workspace.views_paper import Printable, Reader, Recipient

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.store.records import RecordRow as StoredRow

CHRONOLOGY, GENOGRAM, READINGS = "chronology", "genogram", "readings"
GATHERED: Final = (CHRONOLOGY, GENOGRAM, READINGS)  # what is no record of its own
_MOST_OF_A_FORM: Final = 12  # records of one form that are offered: the newest


def recipients(family: Family, workers: Mapping[WorkerId, Worker], today: date) -> tuple[Recipient, ...]:
    """Return the people of a family who have a name, adults first; meetings; the colleagues involved."""
    people = sorted(family.people, key=lambda each: each.is_child)
    found = [
        Recipient(
            key=person.id,
            name=person.name,
            reader=reader_of(person, family, workers),
            detail=_detail(person, family, today),
        )
        for person in people
        if person.death_date is None
        and person.expected_birth_date is None
        and (person.forename or person.surname or person.preferred_name)
    ]
    for key, name, reader, detail in (
        ("conference", "The conference", Reader.CONFERENCE, "everybody who is invited reads it"),
        ("court", "The court", Reader.COURT, "all parties read it"),
    ):
        found.append(Recipient(key=key, name=name, reader=reader, detail=detail))
    involved = {link.worker for link in family.involvements if link.holds_on(today)}
    colleagues = [worker for worker in workers.values() if worker.id in involved]
    found += [
        Recipient(key=worker.id, name=worker.name, reader=Reader.COLLEAGUE, detail=_role(worker))
        for worker in sorted(colleagues, key=lambda each: each.name)
    ]
    return tuple(found)


def printables(
    rows: Iterable[StoredRow], form_of: Callable[[FormRef | None], Form | None]
) -> tuple[Printable, ...]:
    """Return what can be printed: the newest of what has rules first, and among it what is gathered."""
    rules, counted = paper_rules(), dict[str, int]()
    found: list[tuple[int, Printable]] = []
    order = {form: number for number, form in enumerate(rules.documents)}
    for row in rows:
        form = form_of(row.form)
        if form is None or row.form is None or str(row.form.id) in (RECEIPT, *NEVER):
            continue
        kind = str(row.form.id)
        counted[kind] = counted.get(kind, 0) + 1
        if counted[kind] <= _MOST_OF_A_FORM:
            printable = Printable(
                key=row.id, title=row.title, kind=form.name or form.title, record=row.id, on=row.occurred_on
            )
            found.append((order.get(kind, len(order)), printable))
    found.sort(key=lambda each: each[0])
    gathered = [
        Printable(key=key, title=title, kind=title)
        for key, title in (
            (CHRONOLOGY, rules.chronology_title),
            (GENOGRAM, rules.genogram_title),
            (READINGS, rules.readings_title),
        )
    ]
    first = [each for _, each in found]
    return (*first[:1], *gathered, *first[1:])


def listed(names: Sequence[str]) -> str:
    """Return names as they are said: "Maisie, Leo and Ivy"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _detail(person: Person, family: Family, today: date) -> str:
    if person.is_child:
        age = age_words(person, today)
        return age if age.startswith(("due", "age", "died")) or "month" in age else f"{age} years"
    kinds: dict[str, list[str]] = {}
    for tie in family.relationships:
        other = family.person(tie.other)
        if tie.person == person.id and other is not None and other.is_child and tie.until is None:
            kinds.setdefault(tie.kind, []).append(other.preferred_name or other.forename)
    return ", ".join(f"{kind} of {listed(names)}" for kind, names in kinds.items())


def _role(worker: Worker) -> str:
    return f"{worker.role}, {worker.agency}" if worker.agency else worker.role
