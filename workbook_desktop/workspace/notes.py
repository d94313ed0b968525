"""What signed records ask a worker to read, until the worker has opened them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import DiskFull, StoreUnwritable
from workbook_desktop.domain.ids import LinkId, RecordId
from workbook_desktop.domain.outputs import Given, words_of
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.records import FormRef
from workbook_desktop.workspace.gathered import counts
from workbook_desktop.workspace.reading import Reading
from workbook_desktop.workspace.views import FamilyToRead, ToRead

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.store.store import Store
    from workbook_desktop.workspace.views import OpenRecord

_LINK = re.compile(r"linkId\s*=\s*'([^']+)'")


class Notes:
    """The notes of one worker's unlocked store. Runs in the store's thread; reads what is kept, no record."""

    def __init__(self, store: Store, worker: Worker, clock: Clock, reading: Reading) -> None:
        self._store, self._worker, self._clock, self._reading = store, worker, clock, reading
        # What has been before the worker of records that ask to be read, by record and version: until it is
        # all of it, they are not read. Not kept: after a lock they ask again.
        self._shown: dict[tuple[RecordId, int], set[LinkId]] = {}

    def to_read(self, families: Sequence[Family]) -> tuple[ToRead, ...]:
        """Return what this worker is asked to read and has not opened, newest first."""
        by_id = {family.id: family for family in families}
        names = self._reading.names()
        kinds: dict[FormRef, str] = {}
        stands: dict[FormRef, Mapping[str, LinkId]] = {}
        found: dict[tuple[RecordId, str], ToRead] = {}
        for origin, of, given in self._store.derived.notes(tuple(by_id), self._worker.id):
            words = given.text("words")
            if not words or not counts(origin) or not is_asked(given, self._worker):
                continue
            if origin.form not in kinds:
                form = self._reading.form(origin.form)
                kinds[origin.form] = (form.name or form.title) if form is not None else "Record"
                stands[origin.form] = sections_of(form) if form is not None else {}
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
                section=stands[origin.form].get(given.id),
            )
            found.setdefault((note.record, note.words), note)  # to several chapters, it is one for a manager
        return tuple(found.values())

    def left(self, opened: OpenRecord, section: LinkId | None = None) -> bool:
        """Say whether anything that a record asks this worker to read has not been before them yet.

        Args:
            section: that is before them now.
        """
        from workbook_desktop.forms.summary import rendered

        asked = [note.section for note in self.to_read((opened.family,)) if note.record == opened.record]
        sections = {each for each in asked if each is not None}
        held = self._store.records.held(opened.record)
        key = (opened.record, held.head.version if held.head is not None else 0)
        shown = self._shown.setdefault(key, set())
        if section is not None:
            shown.add(section)
        if sections <= shown:
            return False
        # What cannot be shown keeps nobody from having read the record.
        return bool((sections - shown) & {each.id for each in rendered(opened.form, opened.body, ())})

    def look(self, record: RecordId) -> None:
        """Note that this worker has read what a record asks. It is no reason to refuse the page."""
        with suppress(DiskFull, StoreUnwritable):
            self._store.derived.look(record, self._worker.id, self._clock.now())


def sections_of(form: Form) -> Mapping[str, LinkId]:
    """Return in which section of a form's records each note stands, by the note's id in the form: that of the
    last answer in its words, or else in what it depends on."""
    found = {}
    for output in form.gives:
        if output.kind != "note":
            continue
        formulas = [output.when, *(formula for name, formula in output.parts if name == "words")]
        links = [link for each in formulas if each is not None for link in _LINK.findall(each.text)]
        for link in reversed(links):
            section = _section_of(form, LinkId(link))
            if section is not None:
                found[output.id] = section
                break
    return found


def _section_of(form: Form, link: LinkId) -> LinkId | None:
    top = form.by_link_id.get(link)
    while top is not None and (above := form.parents.get(top.link_id)) is not None:
        top = above
    return next((each.id for each in form.sections if top is not None and top in each.items), None)


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
