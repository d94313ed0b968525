"""A family's workbook: one chapter for each discipline, what is new in it, and what the team wrote together.

Everything comes from what this laptop holds, so what the office holds back is nowhere in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from workbook_desktop.domain.chapters import Chapter, Outline
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import DiskFull, StoreUnwritable
from workbook_desktop.domain.ids import FamilyId, RecordId, WorkerId
from workbook_desktop.domain.outputs import Given
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.readings import ScaleReading
from workbook_desktop.domain.records import FormRef
from workbook_desktop.workspace import outline as outlines
from workbook_desktop.workspace.gathered import FIELD_RISK, Gathered
from workbook_desktop.workspace.notes import Notes
from workbook_desktop.workspace.offered import NEVER
from workbook_desktop.workspace.periods import Period, periods_of
from workbook_desktop.workspace.reading import Reading
from workbook_desktop.workspace.receipts import Receipts
from workbook_desktop.workspace.summaries import SUMMARY, missing_of, writers_of
from workbook_desktop.workspace.views import RecordRow
from workbook_desktop.workspace.views_workbook import (
    ChapterPart,
    Entry,
    Missing,
    ModuleDone,
    RiskNow,
    Workbook,
)

if TYPE_CHECKING:
    from workbook_desktop.store.store import Store

SUPERVISION = "group-supervision"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the page's lines are made of, read once."""

    lines: Mapping[RecordId, Given]
    authors: Mapping[RecordId, WorkerId | None]
    seen: frozenset[RecordId]
    looked: Mapping[str, datetime]
    names: Mapping[str, str]


class Workbooks:
    """The workbooks of one worker's unlocked store. Runs in the store's thread."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        clock: Clock,
        reading: Reading,
        gathered: Gathered,
        notes: Notes,
        receipts: Receipts,
    ) -> None:
        self._store, self._worker, self._clock = store, worker, clock
        self._reading, self._gathered, self._notes, self._receipts = reading, gathered, notes, receipts

    def of(self, family: FamilyId, period: int | None = None) -> Workbook:
        """Return a family's workbook at this period, or at another by its number. Raises RecordUnknown."""
        whole, outline = self._reading.family(family), outlines.in_force()
        today = self._clock.today()
        lines = self._gathered.given(family, "chapter")  # catches up first
        events = self._gathered.given(family, "chronology")
        periods = periods_of(self._gathered.openings(family))
        shown = next((each for each in periods if each.number == period), periods[-1])
        looked = self._store.looks.of(family, self._worker.id)
        stored = [
            row
            for row in self._store.records.of_family(family)
            if row.form is None or str(row.form.id) not in NEVER  # what the Workbook notes is in no chapter
        ]
        rows = self._reading.rows(stored)
        known = {worker.id: worker for worker in (*self._store.records.workers(), self._worker)}
        said = _Said(
            lines={source.record: given for source, given in (*events, *lines)},
            authors={source.record: source.author for source, _ in (*events, *lines)},
            seen=looked.seen,
            looked=looked.chapters,
            names=self._reading.names(),
        )
        missing = missing_of(whole, stored, outline, known.values(), self._worker, today)
        by_chapter: dict[str, list[RecordRow]] = {}
        together: list[RecordRow] = []
        for plain, row in zip(stored, rows, strict=True):
            if plain.form is not None and plain.form.id in outline.together.forms:
                together.append(row)
            else:
                by_chapter.setdefault(plain.chapter, []).append(row)
        risks = _risks(self._gathered.field_risks(family), said.names, self._worker.id)
        newest = {str(ref.id): ref for ref in self._store.forms.newest()}
        parts = []
        for chapter in _chapters(outline, by_chapter):
            part = self._part(
                chapter,
                whole,
                by_chapter.get(chapter.id, []),
                said,
                shown,
                known,
                missing,
                risks.get(chapter.id),
                newest,
            )
            if part is not None:
                parts.append(part)
        return Workbook(
            family=whole,
            today=today,
            periods=periods,
            period=shown,
            parts=tuple(parts),
            together=tuple(
                self._entry(row, said, "")
                for row in together
                if shown.holds(_day(row)) or row.record == shown.opened_by
            ),
            together_title=outline.together.title,
            modules=_modules(outline, (given for source, given in lines if source.form != SUMMARY)),
            modules_are_ours=outline.modules_are_ours,
            to_read=self._notes.to_read((whole,)),
            asked=tuple(each for each in self._receipts.asked(whole, outline, known) if shown.holds(each.on)),
            unread=self._gathered.unread(family),
            refused=outline.refused,
            start_supervision=newest.get(SUPERVISION) if self._worker.is_manager else None,
        )

    def look(self, family: FamilyId, chapter: str) -> None:
        """Note that this worker has a chapter before them. It is no reason to refuse the page."""
        outline = outlines.in_force()
        records = [
            row.id
            for row in self._store.records.of_family(family)
            if row.chapter == chapter and (row.form is None or row.form.id not in outline.together.forms)
        ]
        with suppress(DiskFull, StoreUnwritable):
            self._store.looks.look(family, chapter, records, self._worker.id, self._clock.now())

    def _part(
        self,
        chapter: Chapter,
        family: Family,
        rows: list[RecordRow],
        said: _Said,
        shown: Period,
        known: Mapping[WorkerId, Worker],
        missing: tuple[Missing, ...],
        risk: RiskNow | None,
        newest: Mapping[str, FormRef],
    ) -> ChapterPart | None:
        """Return one chapter; None if nobody works in it and nothing is there, or if not even that may be
        known."""
        # What is here was given: a worker's own entry in a chapter that is otherwise kept back, for one.
        is_given = bool(rows) or chapter.id not in outlines.held_back_from(self._worker.chapter)
        writers = writers_of(family, chapter.id, known, self._clock.today())
        if not rows and (not writers or not (is_given or chapter.named_to_others)):
            return None
        entries = [self._entry(row, said, chapter.id) for row in rows]
        told = [each for each in entries if not _is_summary(each)]
        here = tuple(each for each in told if shown.holds(_day(each.row)))
        summaries = [each for each in entries if _is_summary(each) and each.record in said.lines]  # signed
        is_mine = chapter.is_of(self._worker)
        return ChapterPart(
            chapter=chapter,
            writers=tuple("you" if each.id == self._worker.id else each.name for each in writers),
            is_mine=is_mine,
            is_given=is_given,
            entries=here,
            elsewhere=len(told) - len(here),
            summary=summaries[0] if summaries else None,
            risk=risk,
            looked_at=said.looked.get(chapter.id),
            new=tuple(each for each in entries if each.is_new),
            missing=tuple(each for each in missing if each.chapter == chapter.id),
            start=newest.get(chapter.form) if is_mine else None,
            start_summary=newest.get(SUMMARY) if is_mine else None,
        )

    def _entry(self, row: RecordRow, said: _Said, chapter: str) -> Entry:
        given = said.lines.get(row.record)
        author = said.authors.get(row.record)
        by = row.changed_by
        if author is not None:
            by = "you" if author == self._worker.id else said.names.get(author, by)
        is_own = by == "you" or row.changed_by == "you"
        return Entry(
            row=row,
            headline=given.text("headline") if given is not None else "",
            change=(given.text("change") or given.text("outcome")) if given is not None else "",
            impact=given.text("impact") if given is not None else "",
            by=by,
            people=given.people if given is not None else (),
            is_new=chapter in said.looked and row.record not in said.seen and not is_own,
        )


def _is_summary(entry: Entry) -> bool:
    return entry.row.form is not None and entry.row.form.id == SUMMARY


def _day(row: RecordRow) -> date | None:
    return row.occurred_on or (row.changed_at.date() if row.changed_at is not None else None)


def _chapters(outline: Outline, by_chapter: Mapping[str, list[RecordRow]]) -> Iterable[Chapter]:
    """Yield the chapters in force, then any other that a record belongs to: nothing is out of sight."""
    yield from outline.chapters
    for id_ in sorted(by_chapter):
        if outline.chapter(id_) is None:
            words = id_.replace("-", " ").strip() or "No chapter"
            yield Chapter(id=id_, title=f"{words[:1].upper()}{words[1:]}")


def _modules(outline: Outline, lines: Iterable[Given]) -> tuple[ModuleDone, ...]:
    """Return the modules in force with how often entries worked on them; forms say them by title, several
    joined by commas, or by id."""
    said = [(given.text("module"), given.date) for given in lines if given.text("module")]
    found = []
    for module in outline.modules:
        days = [day for words, day in said if module.title in words or words == module.id]
        last = max((day for day in days if day is not None), default=None)
        found.append(ModuleDone(module=module, times=len(days), last=last))
    return tuple(found)


def _risks(
    readings: Iterable[ScaleReading], names: Mapping[str, str], reader: WorkerId
) -> dict[str, RiskNow]:
    """Return how high the risk is in each chapter's field, as it was said last."""
    found: dict[str, RiskNow] = {}
    for each in readings:  # oldest first
        by = "you" if each.by == reader else names.get(each.by or "", "")
        found[each.scale.removeprefix(FIELD_RISK)] = RiskNow(
            rating=each.band, level=int(each.value), on=each.date, by=by, record=each.record
        )
    return found
