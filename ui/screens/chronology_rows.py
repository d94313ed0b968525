"""What `workspace.chronology` put in order, in words: a row for each line, each year and each gap."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

from ui.models.rows import names_words, shortened
from ui.say import long_date
from ui.style import Tone
from ui.widgets.timeline import TimelineRow
from workbook_desktop.workspace.chronology import (
    Event,
    FamilyChronology,
    Gap,
    Part,
    Wanted,
    Year,
)

_LATE = 3  # days: recorded later than this after it happened is said
_MOST_MADE = 4_000  # rows
_LONG = 420  # letters of an impact: the record has it whole
_STATES = {
    "draft": ("Draft, not signed", Tone.INFO),
    "waiting": ("Signed, not sent yet", Tone.INFO),
    "shared": ("Open, not signed", Tone.NEUTRAL),
}


class ChronologyRows:
    """Makes the rows; the same line is made once, for every letter typed shows most of them again."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str, str, str, bool], TimelineRow] = {}

    def forget(self) -> None:
        """The chronology is another by now."""
        self._made.clear()

    def of(self, parts: tuple[Part, ...], wanted: Wanted) -> list[TimelineRow]:
        """Return the rows in order; a line after a gap says the gap to who hears it."""
        rows: list[TimelineRow] = []
        gap = ""
        for part in parts:
            row = self._row(part, gap, wanted)
            gap = f"{row.title}, {row.detail}" if isinstance(part, Gap) else ""
            rows.append(row)
        return rows

    def _row(self, part: Part, gap: str, wanted: Wanted) -> TimelineRow:
        if isinstance(part, Year):
            return TimelineRow(
                key=f"year:{part.year}",
                title=str(part.year) if part.year else "Day not known",
                detail=f"{part.count} {'line' if part.count == 1 else 'lines'}",
                is_heading=True,
            )
        if isinstance(part, Gap):
            title, detail = _gap_words(part, wanted)
            return TimelineRow(
                key=f"gap:{part.after}", title=title, detail=detail, is_heading=True, is_gap=True
            )
        return self._event_row(part, gap, wanted)

    def _event_row(self, event: Event, gap: str, wanted: Wanted) -> TimelineRow:
        """Return an event's row, made before or now."""
        place = (event.key, event.impact, event.seen, gap, wanted.significant)
        row = self._made.get(place)
        if row is None:
            if len(self._made) > _MOST_MADE:
                self._made.clear()
            row = self._made[place] = self._new_row(event, gap, wanted)
        return row

    def _new_row(self, event: Event, gap: str, wanted: Wanted) -> TimelineRow:
        state, tone = _STATES.get(event.standing, ("", Tone.NEUTRAL))
        marks = "★ Significant" if event.significant and not wanted.significant else ""
        detail = (marks, names_words(event.names), event.category)
        who = f"Source: {event.source}" if event.source else ""
        whom = "For the child" if len(event.people) == 1 else "For the children"
        return TimelineRow(
            key=event.key,
            title=event.headline,
            detail=" · ".join(each for each in (*detail, who) if each),
            day=event.when.words if event.when is not None else "Day not known",
            lines=(
                *((f"{event.seen[:1].upper()}{event.seen[1:]}",) if event.seen else ()),
                *_paragraph(whom, event.impact),
                *_paragraph("Outcome", event.outcome),
            ),
            foot=_foot(event),
            state=state,
            tone=tone,
            is_quiet=not event.significant,
            before=gap,
        )


def count_words(chronology: FamilyChronology, parts: tuple[Part, ...], wanted: Wanted) -> str:
    """Return what the list holds, in a line: how many of how many, in what order, and what is missing."""
    events = [part for part in parts if isinstance(part, Event)]
    of = sum(1 for each in chronology.events if each.significant or not wanted.significant)
    noun = "significant event" if wanted.significant else "record or event"
    plural = "significant events" if wanted.significant else "records and events"
    words = f"{len(events)} {noun if len(events) == 1 else plural}"
    if wanted.is_narrow:
        words = f"{len(events)} of {of} {plural}"
    order = "oldest first" if wanted.oldest_first else "newest first"
    said = [f"{words}, {order}"]
    if any(isinstance(part, Gap) for part in parts):
        said.append("gaps are in what this laptop holds")
    if chronology.unread:
        count = chronology.unread
        said.append(f"! {count} {'record is' if count == 1 else 'records are'} not in here yet")
    return " · ".join(said)


def _gap_words(gap: Gap, wanted: Wanted) -> tuple[str, str]:
    """Return a gap in words: how long, and from when to when."""
    what = "Nothing that matches" if wanted.is_narrow else "Nothing"
    kind = " significant recorded" if wanted.significant and not wanted.is_narrow else ""
    kind = kind or ("" if wanted.is_narrow else " recorded")
    between = (
        f"since {long_date(gap.after)}"
        if gap.till_today
        else f"from {long_date(gap.after + timedelta(days=1))} to {long_date(gap.before - timedelta(days=1))}"
    )
    if gap.others:
        between += f"; {gap.others} other {'record' if gap.others == 1 else 'records'} in that time"
    return f"{what}{kind} for {gap.length}", between


def _foot(event: Event) -> str:
    """Return where a line comes from: what was recorded, by whom, and when if that was later."""
    words = f"{event.kind} by {event.by}" if event.by else event.kind
    if event.recorded_on is None:
        return words
    late = event.days_later
    if late >= _LATE:
        return f"{words}, recorded {late} days later, on {long_date(event.recorded_on)}"
    if event.when is not None and not event.when.is_day:
        return f"{words}, recorded {long_date(event.recorded_on)}"
    return words


def _paragraph(label: str, words: str) -> tuple[str, ...]:
    """Return words under their label; words that run from right to left stand in a line of their own."""
    if not words:
        return ()
    words = shortened(words, _LONG)
    return (f"{label}:", words) if _runs_left(words) else (f"{label}: {words}",)


def _runs_left(words: str) -> bool:
    first = next(
        (kind for each in words if (kind := unicodedata.bidirectional(each)) in ("L", "R", "AL")), "L"
    )
    return first != "L"
