"""What a worker and a parent look at together: the parent's own numbers, words and next steps, plainly.

Only what this parent said of themself in conversations and sessions stands here, and nothing of a record that
fewer than the team may read: the laptop lies between the two of them on the table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import RecordUnknown
from workbook_desktop.domain.ids import FamilyId, PersonId
from workbook_desktop.domain.people import Person, Worker
from workbook_desktop.domain.readings import Series, series
from workbook_desktop.domain.records import FormRef
from workbook_desktop.forms.definition import Scale
from workbook_desktop.workspace.gathered import Gathered
from workbook_desktop.workspace.reading import Reading
from workbook_desktop.workspace.told import Told

if TYPE_CHECKING:
    from workbook_desktop.store.store import Store

CONVERSATION = "mi-session"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWords:
    """What the parent said, and when."""

    words: str
    on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnStep:
    """What the parent chose to do."""

    what: str
    by: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentsPage:
    """A parent's own page."""

    family: FamilyId
    person: Person
    scales: tuple[tuple[str, Series], ...]  # in the parent's words: "How much it matters to me"
    words: tuple[OwnWords, ...]  # newest first
    steps: tuple[OwnStep, ...]  # the next first


class WithParent:
    """Reads for one worker. Runs in the store's thread."""

    def __init__(
        self, store: Store, worker: Worker, clock: Clock, reading: Reading, gathered: Gathered
    ) -> None:
        self._store, self._reading, self._gathered = store, reading, gathered
        self._told = Told(store=store, worker=worker, clock=clock, reading=reading, gathered=gathered)

    def page(self, family: FamilyId, person: PersonId) -> ParentsPage:
        """Return a parent's own page. Raises RecordUnknown if it is nobody of the family, or a child."""
        whole = self._reading.family(family)
        parent = whole.person(person)
        if parent is None or parent.is_child:
            raise RecordUnknown(record=person)
        narrow = self._gathered.narrow(family)
        rows = {row.id: row for row in self._store.records.of_family(family)}
        known: dict[FormRef | None, dict[str, Scale]] = {}
        found = []
        for each in series(
            reading
            for reading in self._gathered.readings(family)
            if reading.person == person and reading.record not in narrow and reading.record in rows
        ):
            ref = rows[each.readings[-1].record].form
            if ref not in known:
                known[ref] = self._scales(ref)
            scale = known[ref].get(each.scale.split("/", 1)[0])
            if scale is None or not scale.plain_name:
                continue
            # What is charted apart has the change they talked about behind the name of the scale.
            of = each.name.removeprefix(scale.name).removeprefix(": ") if scale.apart_by else ""
            name = f"{scale.plain_name}: {of}" if of else scale.plain_name
            found.append((name, replace(each, name=name, person_name="")))
        return ParentsPage(
            family=family,
            person=parent,
            scales=tuple(found),
            words=self._words(family, person, narrow),
            steps=tuple(
                OwnStep(what=action.what, by=action.by)
                for action in self._gathered.actions(family)
                if person in action.people
                and action.record in rows
                and action.record not in narrow
                and (form := rows[action.record].form) is not None
                and form.id == CONVERSATION
            ),
        )

    def parents(self, family: FamilyId) -> tuple[Person, ...]:
        """Return the adults of a family who have numbers of their own."""
        whole = self._reading.family(family)
        told = {reading.person for reading in self._gathered.readings(family)}
        return tuple(
            person
            for person in whole.people
            if person.id in told and not person.is_child and self.page(family, person.id).scales
        )

    def _scales(self, ref: FormRef | None) -> dict[str, Scale]:
        form = self._reading.form(ref)
        items = form.walk() if form is not None else ()
        return {item.scale.id: item.scale for item in items if item.scale is not None}

    def _words(self, family: FamilyId, person: PersonId, narrow: frozenset[str]) -> tuple[OwnWords, ...]:
        whole = self._reading.family(family)
        readable = {
            row.id: row
            for row in self._store.records.of_family(family)
            if row.id not in narrow and row.form is not None and row.form.id == CONVERSATION
        }
        return tuple(
            OwnWords(words=each["words"], on=_day(each["from"].get("on")))
            for each in self._told.said(whole, readable, since=date.min)
            if each["who"] and each["person"] and each["person"].get("reference") == f"Person/{person}"
        )


def _day(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else None
