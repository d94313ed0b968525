"""Which monthly summaries are missing: every chapter that worked with a family for a whole month owes one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from workbook_desktop.domain.chapters import Outline
from workbook_desktop.domain.ids import WorkerId
from workbook_desktop.domain.openings import openings_of
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.records import State
from workbook_desktop.workspace.outline import held_back_from
from workbook_desktop.workspace.views_workbook import Missing

if TYPE_CHECKING:
    from workbook_desktop.store.records import RecordRow

SUMMARY = "monthly-summary"
TURN = 16  # a summary of a day before this one is about the month before: most of what it tells was in that
_BACK = 2  # months that are over; what is missing longer is the supervision's to take up


def months_before(today: date, count: int = _BACK) -> tuple[date, ...]:
    """Return the first days of the months that are over, the latest first."""
    found = []
    day = today.replace(day=1)
    for _ in range(count):
        day = (day - timedelta(days=1)).replace(day=1)
        found.append(day)
    return tuple(found)


def month_of(day: date) -> date:
    """Return the first day of the month that a summary dated so is about."""
    return (day if day.day >= TURN else day - timedelta(days=TURN)).replace(day=1)


def missing_of(
    family: Family,
    rows: Iterable[RecordRow],
    outline: Outline,
    workers: Iterable[Worker],
    reader: Worker,
    today: date,
) -> tuple[Missing, ...]:
    """Return the summaries that are not there, the latest month first, in the order of the chapters.

    A draft is none. Of a chapter that this worker does not get, nothing can be said.

    Args:
        rows: the family's records; others than summaries are passed over.
    """
    known = {worker.id: worker for worker in workers}
    there = {
        (row.chapter, month_of(row.occurred_on))
        for row in rows
        if row.form is not None
        and row.form.id == SUMMARY
        and row.occurred_on is not None
        and (row.state is State.SIGNED_OFF or row.signing)
    }
    opened: dict[str, date] = {}
    for each in openings_of(family, known.values()):
        about = str(each.facts.get("chapter", ""))
        if each.kind == "chapter-opened":
            opened[about] = each.on
        elif each.kind == "chapter-closed":
            opened.pop(about, None)
    held_back = held_back_from(reader.chapter)
    found = []
    for month in months_before(today):
        for chapter in outline.chapters:
            since = opened.get(chapter.id)
            if since is None or since > month or chapter.id in held_back or (chapter.id, month) in there:
                continue
            writers = writers_of(family, chapter.id, known, today)
            found.append(
                Missing(
                    chapter=chapter.id,
                    title=chapter.title,
                    month=month,
                    writers=tuple(worker.name for worker in writers),
                    is_mine=reader.id in {worker.id for worker in writers},
                )
            )
    return tuple(found)


def writers_of(
    family: Family, chapter: str, known: Mapping[WorkerId, Worker], today: date
) -> tuple[Worker, ...]:
    """Return who works in a chapter of a family today, managers last: the first one writes its summary."""
    found: dict[WorkerId, Worker] = {}
    for link in family.involvements:
        worker = known.get(link.worker)
        if worker is not None and worker.chapter == chapter and link.holds_on(today):
            found.setdefault(worker.id, worker)
    return tuple(sorted(found.values(), key=lambda worker: worker.is_manager))
