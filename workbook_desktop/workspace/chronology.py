"""A family's chronology: everything significant, and when asked every record, in the order it happened.

What records give is read by `chronicle`; here it is ordered, narrowed and parted. Pure.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from workbook_desktop.domain.folding import folded, words_of
from workbook_desktop.domain.ids import PersonId, RecordId
from workbook_desktop.domain.people import Family, Person, age_on
from workbook_desktop.domain.records import FormRef

GAP = 3  # whole months with nothing: said in words
_MONTHS = tuple(calendar.month_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When something happened, as exactly as it was said and no more."""

    first: date
    last: date  # equal to `first` for a known day
    about: bool = False

    @property
    def is_day(self) -> bool:
        """Say whether a day was named."""
        return self.first == self.last

    @property
    def words(self) -> str:
        """Return "27 March 2026", "about March 2024" or "2019"."""
        if self.is_day:
            words = f"{self.first.day} {_MONTHS[self.first.month]} {self.first.year}"
        elif self.first.month == self.last.month:
            words = f"{_MONTHS[self.first.month]} {self.first.year}"
        else:
            words = f"{self.first.year}"
        return f"about {words}" if self.about else words


def when_of(on: date | None, dated: str = "") -> When | None:
    """Return when something happened, from its day and how that was said ("2024-03", "about 2024")."""
    about = dated.startswith("about ")
    text = dated.removeprefix("about ")
    try:
        if len(text) == len("2024"):
            return When(first=date(int(text), 1, 1), last=date(int(text), 12, 31), about=about)
        if len(text) == len("2024-03"):
            year, month = int(text[:4]), int(text[5:])
            last = calendar.monthrange(year, month)[1]
            return When(first=date(year, month, 1), last=date(year, month, last), about=about)
    except ValueError:
        pass
    return When(first=on, last=on, about=about) if on is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the chronology."""

    key: str  # of ids: the same after a refresh and on another day
    when: When | None  # None: no day is known
    headline: str
    category: str
    people: tuple[PersonId, ...]  # () is the whole family
    names: tuple[str, ...]  # of those this worker may know of
    impact: str
    outcome: str
    source: str  # who said it, in the record's words
    record: RecordId | None  # None: from the office's record of the family
    kind: str  # "Home visit": what was recorded
    by: str  # a name, or "you"
    recorded_on: date | None
    standing: str  # "" at the office, "waiting" signed here and not sent, "shared" open there, "draft"
    significant: bool
    seen: str = ""  # of a visit, child by child: who was seen, and alone

    @property
    def days_later(self) -> int:
        """How long after it happened it was recorded, in days; 0 where either is not known to the day."""
        if self.recorded_on is None or self.when is None or not self.when.is_day:
            return 0
        return max(0, (self.recorded_on - self.when.first).days)


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyChronology:
    """All of it, oldest first, and what the page needs beside it."""

    family: Family
    today: date
    events: tuple[Event, ...]
    unread: int  # records that are not in it: their form is not here, or the disk is full
    event_form: FormRef | None  # what to start for a significant event
    # What lines say as it is looked for: made when somebody looks, and once.
    folded: dict[tuple[str, str], str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of it is to be shown."""

    words: str = ""
    kind: str = ""  # a category or the name of a kind of record
    person: PersonId | None = None
    significant: bool = True
    since: date | None = None
    until: date | None = None
    oldest_first: bool = False

    @property
    def is_narrow(self) -> bool:
        """Say whether more is left out than what is not significant, or not about a child."""
        return bool(self.words.strip() or self.kind or self.since or self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time with nothing, from the day after one event to the day before the next."""

    after: date
    before: date
    till_today: bool = False
    others: int = 0  # records that are no significant events, and so are not shown

    @property
    def length(self) -> str:
        """Return "3 months" or "2 years and 1 month"."""
        return months_words(*age_on(self.after, self.before))


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The beginning of a year in the list; 0 stands for what has no date."""

    year: int
    count: int


Part = Event | Gap | Year


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return events oldest first. What is known to the month stands before the days of that month, what is
    known to the year before its months: it may be as early as that. What has no date stands first."""

    def place(event: Event) -> tuple[date, int, str]:
        if event.when is None:
            return (date.min, 0, event.key)
        return (event.when.first, -(event.when.last - event.when.first).days, event.key)

    return tuple(sorted(events, key=place))


def found(chronology: FamilyChronology, wanted: Wanted) -> tuple[Event, ...]:
    """Return the events that are wanted, oldest first; of a child's own, only what is said of that child."""
    # Signs alone ("%") are no words: they are looked for as they stand.
    words = words_of(wanted.words) or folded(wanted.words).split()
    children = chronology.family.children
    shown = []
    for event in chronology.events:
        if wanted.significant and not event.significant:
            continue
        if wanted.person is not None and event.people and wanted.person not in event.people:
            continue
        if wanted.kind and wanted.kind not in (event.category, event.kind):
            continue
        if not _within(event.when, wanted.since, wanted.until):
            continue
        if wanted.person is not None and (event.impact or event.seen):
            event = replace(
                event,
                impact=_of_child(event.impact, children, wanted.person),
                seen=_of_child(event.seen, children, wanted.person),
            )
        if words and not _says(chronology, event, words):
            continue
        shown.append(event)
    return tuple(shown)


def parted(chronology: FamilyChronology, wanted: Wanted) -> tuple[Part, ...]:
    """Return what is wanted, in the wanted order, with its years and the gaps between. Gaps run from the last
    day something can have happened on: what is known to the year alone fills that year."""
    events = found(chronology, wanted)
    counts: dict[int, int] = {}
    for event in events:
        counts[_year(event)] = counts.get(_year(event), 0) + 1
    others = _others(chronology, wanted) if wanted.significant else []
    parts: list[Part] = []
    last: date | None = None
    for event in events:
        if event.when is not None:
            gap = _gap(last, event.when.first, others) if last is not None else None
            if gap is not None:
                parts.append(gap)
            last = max(last or date.min, event.when.last)
        parts.append(event)
    ends = chronology.today if wanted.until is None else min(wanted.until, chronology.today)
    gap = _gap(last, ends, others) if last is not None else None
    if gap is not None:
        parts.append(replace(gap, till_today=wanted.until is None))
    undated = [part for part in parts if isinstance(part, Event) and part.when is None]
    parts = [part for part in parts if not (isinstance(part, Event) and part.when is None)]
    if not wanted.oldest_first:
        parts.reverse()
    parts.extend(undated)
    return tuple(_with_years(parts, counts))


def _with_years(parts: Sequence[Part], counts: dict[int, int]) -> Iterable[Part]:
    now: int | None = None
    waiting: list[Part] = []  # a gap belongs above the year that it leads into
    for part in parts:
        if isinstance(part, Event):
            if _year(part) != now:
                now = _year(part)
                yield from waiting
                yield Year(year=now, count=counts[now])
            else:
                yield from waiting
            waiting.clear()
            yield part
        else:
            waiting.append(part)
    yield from waiting


def kinds_of(chronology: FamilyChronology) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the categories and the kinds of record that there are, each in the order of the alphabet."""
    categories = {event.category for event in chronology.events if event.category}
    records = {event.kind for event in chronology.events if event.kind} - categories
    return tuple(sorted(categories)), tuple(sorted(records))


def people_of(chronology: FamilyChronology) -> tuple[Person, ...]:
    """Return whom events name, children first: of the family as this worker may see it, nobody else."""
    named = {person for event in chronology.events for person in event.people}
    family = chronology.family
    others = [each for each in family.people if not each.is_child and each.id in named]
    return (*family.children, *others)


def months_words(years: int, months: int) -> str:
    """Return a length of time in words."""
    parts = [
        f"{count} {name if count == 1 else name + 's'}"
        for count, name in ((years, "year"), (months, "month"))
        if count
    ]
    return " and ".join(parts) or "less than a month"


def _says(chronology: FamilyChronology, event: Event, words: Sequence[str]) -> bool:
    place = (event.key, event.impact)  # on a child's page the impact is that child's alone
    whole = chronology.folded.get(place)
    if whole is None:
        said = (
            event.headline,
            event.category,
            event.impact,
            event.outcome,
            event.source,
            event.kind,
            event.by,
        )
        when = event.when.words if event.when is not None else ""
        whole = chronology.folded[place] = folded(" ".join((*said, *event.names, when)))
    return all(word in whole for word in words)


def _within(when: When | None, since: date | None, until: date | None) -> bool:
    if when is None:
        return since is None and until is None
    return (since is None or when.last >= since) and (until is None or when.first <= until)


def _year(event: Event) -> int:
    return event.when.first.year if event.when is not None else 0


def _others(chronology: FamilyChronology, wanted: Wanted) -> list[date]:
    """Return the days of what is left out for not being significant; nothing while a filter is on."""
    if wanted.is_narrow:
        return []
    return [
        event.when.first
        for event in found(chronology, replace(wanted, significant=False))
        if not event.significant and event.when is not None
    ]


def _gap(after: date, before: date, others: Sequence[date]) -> Gap | None:
    if before <= after:
        return None
    years, months = age_on(after, before)
    if years * 12 + months < GAP:
        return None
    between = sum(1 for day in others if after < day < before)
    return Gap(after=after, before=before, others=between)


def _of_child(impact: str, children: Sequence[Person], child: PersonId) -> str:
    """Return what an impact says of one child, where it goes child by child ("Maisie Tolland: …; Leo …")."""
    starts = sorted(
        (at, each.id, at + len(opening))
        for each in children
        if (opening := f"{each.name}: ") and (at := _opening_at(impact, opening)) is not None
    )
    if not starts or starts[0][0] != 0:
        return impact
    ends = [*(at for at, _, _ in starts[1:]), len(impact)]
    said = [
        impact[begins:end].removesuffix("; ").rstrip()
        for (_, person, begins), end in zip(starts, ends, strict=True)
        if person == child
    ]
    return said[0] if said else ""


def _opening_at(impact: str, opening: str) -> int | None:
    if impact.startswith(opening):
        return 0
    at = impact.find(f"; {opening}")
    return at + 2 if at >= 0 else None
