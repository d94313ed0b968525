"""Which monthly summaries are missing: every chapter that worked with a family for a whole month owes one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from workbook_desktop.domain.chapters import Outline
from workbook_desktop.domain.ids import RecordId, WorkerId
from workbook_desktop.domain.openings import openings_of
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.records import State
from workbook_desktop.workspace.outline import held_back_from
from workbook_desktop.workspace.views_workbook import Missing

if TYPE_CHECKING:
    from workbook_desktop.store.records import RecordRow

SUMMARY = "monthly-summary"
TURN = 16  # a summary of a day before this one is about the month before: most of what it tells was in that
_LATE, _MONTH = timedelta(days=62), timedelta(days=31)
_NEVER = datetime.min.replace(tzinfo=UTC)
_BACK = 2  # months that are over; what is missing longer is the supervision's to take up


@dataclass(frozen=True, slots=True, kw_only=True)
class ToTell:
    """What a chapter's next summary is to tell of: what lies after its last signed one, or in the month if
    there is none, up to the last day that it is about."""

    after: date
    until: date
    before: date  # the last summary told of what lies after this day
    signed: datetime | None  # the last summary; None: there is none
    listed: frozenset[RecordId]  # by any summary of the chapter
    lists: bool  # whether the last summary says which records it told of

    def holds(self, row: RecordRow) -> bool:
        """Say whether a record is to be told of. One that was recorded late, of a day that the last summary
        was about, is in the next."""
        day = day_of(row)
        if day is None or day > self.until or row.id in self.listed:
            return False
        if day > self.after:
            return True
        if self.signed is None or day <= self.after - _LATE:
            return False
        is_later = row.changed_at is not None and row.changed_at > self.signed
        return is_later or (self.lists and day > self.before)


def to_tell(
    rows: Iterable[RecordRow],
    chapter: str,
    month: tuple[date, date],
    listed_in: Callable[[RecordId], Iterable[RecordId]],
) -> ToTell:
    """Return what the next summary of a chapter is to tell of.

    Args:
        rows: the family's records.
        month: its first day and the last one that the next summary is about.
        listed_in: the records that a summary lists.
    """
    first, until = month
    summaries = sorted(
        (row for row in rows if is_signed_summary(row, chapter) and row.occurred_on is not None),
        key=lambda row: (row.occurred_on or date.min, row.changed_at or _NEVER),
    )
    last = summaries[-1] if summaries else None
    days = sorted({row.occurred_on for row in summaries if row.occurred_on is not None})
    lists = {row.id: frozenset(listed_in(row.id)) for row in summaries}
    after = days[-1] if days else first - timedelta(days=1)
    return ToTell(
        after=after,
        until=until,
        before=days[-2] if len(days) > 1 else after - _MONTH,
        signed=(last.changed_at or _NEVER) if last is not None else None,
        listed=frozenset(each for listed in lists.values() for each in listed),
        lists=last is not None and bool(lists[last.id]),
    )


def is_signed_summary(row: RecordRow, chapter: str) -> bool:
    """Say whether a record is a signed monthly summary of a chapter."""
    is_summary = row.form is not None and row.form.id == SUMMARY and row.chapter == chapter
    return is_summary and (row.state is State.SIGNED_OFF or row.signing)


def day_of(row: RecordRow) -> date | None:
    """Return the day that a record tells of, or else on which it was written."""
    return row.occurred_on or (row.changed_at.date() if row.changed_at is not None else None)


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
