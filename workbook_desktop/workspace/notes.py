"""What signed records ask a worker to read, until the worker has opened them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import DiskFull, StoreUnwritable
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.outputs import Given, words_of
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.records import FormRef
from workbook_desktop.workspace.gathered import counts
from workbook_desktop.workspace.reading import Reading
from workbook_desktop.workspace.views import FamilyToRead, ToRead

if TYPE_CHECKING:
    from workbook_desktop.store.store import Store


class Notes:
    """The notes of one worker's unlocked store. Runs in the store's thread; reads what is kept, no record."""

    def __init__(self, store: Store, worker: Worker, clock: Clock, reading: Reading) -> None:
        self._store, self._worker, self._clock, self._reading = store, worker, clock, reading

    def to_read(self, families: Sequence[Family]) -> tuple[ToRead, ...]:
        """Return what this worker is asked to read and has not opened, newest first."""
        by_id = {family.id: family for family in families}
        names = self._reading.names()
        kinds: dict[FormRef, str] = {}
        found: dict[tuple[RecordId, str], ToRead] = {}
        for origin, of, given in self._store.derived.notes(tuple(by_id), self._worker.id):
            words = given.text("words")
            if not words or not counts(origin) or not is_asked(given, self._worker):
                continue
            if origin.form not in kinds:
                form = self._reading.form(origin.form)
                kinds[origin.form] = (form.name or form.title) if form is not None else "Record"
            family = by_id[of]
            people = [family.person(each) for each in given.people]
            note = ToRead(
                record=origin.record,
                family=of,
                family_name=family.name,
                words=words,
                names=tuple(person.name for person in people if person is not None),
                people=given.people,
                kind=kinds[origin.form],
                by=names.get(origin.author, "") if origin.author is not None else "",
                on=given.date or origin.occurred_on,
                at=origin.at,
            )
            found.setdefault((note.record, note.words), note)  # to several chapters, it is one for a manager
        return tuple(found.values())

    def look(self, record: RecordId) -> None:
        """Note that this worker has a record open. It is no reason to refuse the page."""
        with suppress(DiskFull, StoreUnwritable):
            self._store.derived.look(record, self._worker.id, self._clock.now())


def asked_chapters(given: Given) -> tuple[str, ...]:
    """Return the chapters that a note is for; () if it is for everybody."""
    to = given.parts.get("to")
    asked = (words_of(each).casefold() for each in (to if isinstance(to, list) else [to]))
    return tuple(each for each in dict.fromkeys(asked) if each)


def is_asked(given: Given, worker: Worker) -> bool:
    """Say whether a worker is: the chapter it is for, everybody if it names none, and managers."""
    asked = asked_chapters(given)
    return not asked or worker.is_manager or worker.chapter.casefold() in asked


def by_family(notes: Iterable[ToRead]) -> tuple[FamilyToRead, ...]:
    """Return how much there is to read of each family: that with the newest first."""
    found: dict[str, list[ToRead]] = {}
    for each in notes:
        found.setdefault(each.family, []).append(each)
    return tuple(
        FamilyToRead(family=theirs[0].family, name=theirs[0].family_name, count=len(theirs), newest=theirs[0])
        for theirs in found.values()
    )
