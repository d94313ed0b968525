"""Reads a family's chronology from one worker's store: what records give, and every other record."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from workbook_desktop.domain import paths
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import FormUnknown
from workbook_desktop.domain.ids import FamilyId, LinkId, PersonId, RecordId
from workbook_desktop.domain.outputs import Given
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.records import Answer, State
from workbook_desktop.workspace.chronology import Event, FamilyChronology, in_order, when_of
from workbook_desktop.workspace.lines import Source
from workbook_desktop.workspace.views import OpenRecord

if TYPE_CHECKING:
    from workbook_desktop.store.records import RecordRow as StoredRow
    from workbook_desktop.store.store import Store
    from workbook_desktop.workspace.gathered import Gathered
    from workbook_desktop.workspace.reading import Reading
    from workbook_desktop.workspace.writing import Writing

EVENT_FORM = "case-note"  # the shortest record of something that happened
SIGNIFICANT = LinkId("record.significant")  # the question by which a record goes into the chronology
_NEW_PARTS = ("happening", "chapter")  # what says how exactly the day of a record is known
_MONTHS = tuple(calendar.month_name)
_DAY_AT_END = re.compile(rf", (?:(?:\d{{1,2}} )?(?:{'|'.join(_MONTHS[1:])}) )?\d{{4}}$")


class Chronicle:
    """Reads a family's chronology from one worker's unlocked store. Runs in the store's thread."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        clock: Clock,
        reading: Reading,
        gathered: Gathered,
        writing: Writing,
    ) -> None:
        self._store, self._worker, self._clock = store, worker, clock
        self._reading, self._gathered, self._writing = reading, gathered, writing

    def chronology(self, family: FamilyId) -> FamilyChronology:
        """Return a family's chronology. Raises RecordUnknown."""
        whole = self._reading.family(family)
        given = self._gathered.given(family, "chronology", own_drafts=True)
        beside = [
            found for kind in _NEW_PARTS for found in self._gathered.given(family, kind, own_drafts=True)
        ]
        events = [*_given_events(given, whole), *_family_events(whole)]
        said = {source.record for source, _ in given}
        dated = {source.record: each.dated for source, each in beside if each.dated}
        events += self._other_records(whole, said, dated)
        seen = _seen(beside, whole)
        events = [
            replace(event, seen=seen.get(event.record, "")) if event.record is not None else event
            for event in events
        ]
        newest = {str(ref.id): ref for ref in self._store.forms.newest()}
        return FamilyChronology(
            family=whole,
            today=self._clock.today(),
            events=in_order(events),
            unread=self._gathered.unread(family),
            event_form=newest.get(EVENT_FORM),
        )

    def start_event(self, family: FamilyId, subjects: tuple[PersonId, ...]) -> OpenRecord:
        """Begin a note that is said to be a significant event. Raises FormUnknown, RecordUnknown."""
        newest = {str(ref.id): ref for ref in self._store.forms.newest()}
        ref = newest.get(EVENT_FORM)
        if ref is None:
            raise FormUnknown(form=EVENT_FORM, version="")
        opened = self._writing.start(ref, family, subjects)
        if SIGNIFICANT not in opened.form.by_link_id:
            return opened
        answer = Answer(value=True, by=self._worker.id, at=self._clock.now().isoformat())
        body = opened.body.with_answer(paths.child(paths.ROOT, SIGNIFICANT), answer)
        self._writing.keep(opened.record, body, opened.body)
        return self._writing.open(opened.record)

    def _other_records(
        self, family: Family, said: set[RecordId], dated: dict[RecordId, str]
    ) -> Iterable[Event]:
        """Yield the records that give no line of their own: routine contact, colleagues' open records."""
        stored = [
            row
            for row in self._store.records.of_family(family.id)
            if row.type == "form" and row.id not in said and row.state is not State.SUPERSEDED
        ]
        for row, shown in zip(stored, self._reading.rows(stored), strict=True):
            yield Event(
                key=row.id,
                when=when_of(row.occurred_on, dated.get(row.id, "")),
                headline=_without_day(shown.title or shown.kind),
                category="",
                people=row.subjects,
                names=_names(row.subjects, family),
                impact="",
                outcome="",
                source="",
                record=row.id,
                kind=shown.kind,
                by=shown.changed_by,
                recorded_on=row.changed_at.date() if row.changed_at is not None else None,
                standing=_standing(row),
                significant=False,
            )


def _seen(given: Iterable[tuple[Source, Given]], family: Family) -> Mapping[RecordId, str]:
    """Return what visits say of seeing each child, child by child: "Maisie Tolland: seen alone; Leo …"."""
    found: dict[RecordId, list[str]] = {}
    for source, each in given:
        if each.kind != "happening" or each.text("kind") != "visit" or "seen" not in each.parts:
            continue
        if not each.yes("seen"):
            words = "not seen"
        else:
            words = "seen alone" if each.yes("seenAlone") else "seen, not alone"
        for person in each.people:
            child = family.person(person)
            line = f"{child.name}: {words}" if child is not None else ""
            if line and line not in found.setdefault(source.record, []):
                found[source.record].append(line)
    return {record: "; ".join(lines) for record, lines in found.items() if lines}


def _without_day(title: str) -> str:
    """Return a record's title without its date at the end: the line says that already."""
    return _DAY_AT_END.sub("", title)


def _standing(row: StoredRow) -> str:
    if row.signing and str(row.here) == "waiting":
        return "waiting"
    if row.state is State.SIGNED_OFF:
        return ""
    return "draft" if row.head_version is None else "shared"


def _given_events(given: Iterable[tuple[Source, Given]], family: Family) -> Iterable[Event]:
    """Yield what records say is significant. A table that gives one line for each child, all saying the same,
    gives one event that is about all of them."""
    found: dict[tuple[object, ...], Event] = {}
    for source, each in given:
        event = Event(
            key=f"{source.record}/{each.key}",
            when=when_of(each.date, each.dated),
            headline=each.text("headline") or source.kind,
            category=each.text("category"),
            people=each.people,
            names=_names(each.people, family),
            impact=each.text("impact"),
            outcome=each.text("outcome"),
            source=each.text("source"),
            record=source.record,
            kind=source.kind,
            by=source.by,
            recorded_on=source.said_on,
            standing="draft" if not source.signed_off else "" if source.sent else "waiting",
            significant=True,
        )
        same = (source.record, each.id, event.when, event.headline, event.impact, event.outcome, event.source)
        before = found.get(same)
        if before is not None:
            people = tuple(dict.fromkeys((*before.people, *event.people)))
            event = replace(before, people=people, names=_names(people, family))
        found[same] = event
    return found.values()


def _family_events(family: Family) -> Iterable[Event]:
    """Yield births of the children and deaths, as the office's record of the family has them."""
    for person in family.people:
        for day, what in (
            (person.birth_date if person.is_child else None, "was born"),
            (person.death_date, "died"),
        ):
            if day is not None:
                yield Event(
                    key=f"{person.id}/{what.rsplit(' ', 1)[-1]}",
                    when=when_of(day),
                    headline=f"{person.name} {what}",
                    category="Family",
                    people=(person.id,) if person.is_child else (),
                    names=(person.name,),
                    impact="",
                    outcome="",
                    source="",
                    record=None,
                    kind="The office’s record of the family",
                    by="",
                    recorded_on=None,
                    standing="",
                    significant=True,
                )


def _names(people: Iterable[PersonId], family: Family) -> tuple[str, ...]:
    return tuple(person.name for each in people if (person := family.person(each)) is not None)
