"""What the work comes to, by team and period: counts of what is recorded already, with no one's name.

Tally of single families are added up (`Tally`), then put into tables in which small counts are hidden
(`measure_tables`). Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from workbook_desktop.domain.dates import Count, Holidays, add_months, counted
from workbook_desktop.domain.errors import RuleDataMissing
from workbook_desktop.domain.ids import PersonId
from workbook_desktop.domain.openings import openings_of
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.readings import ScaleReading, series
from workbook_desktop.domain.timescales import Happening, Match, Rules, fits_any, frequency_of

VISITS = {"cp": "cp-visit", "cin": "cin-visit"}  # the rule by which each plan's visits are due
_SUMMARY = "chapter-summary"
LENGTHS = (
    ("Less than 3 months", 3),
    ("3 months to less than 6", 6),
    ("6 months to less than 1 year", 12),
    ("1 year to less than 2", 24),
    ("2 years or longer", None),
)
NOT_KNOWN = "Start not recorded here"
SEEN = (("Within 2 weeks", 14), ("2 to 4 weeks ago", 28), ("4 to 6 weeks ago", 42), ("Longer ago", None))
NEVER = "No visit recorded here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The days that are looked at, both included; `name` says them as they are chosen."""

    name: str
    first: date
    last: date

    def holds(self, day: date | None) -> bool:
        """Say whether a day is one of them."""
        return day is not None and self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPlan:
    """A child who has a plan on the last day."""

    plan: str  # "Child protection: neglect", "Child in need"
    length: str
    seen: str
    days: int | None  # since last seen; None: never, as far as is recorded here


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What is counted of some families. A child of several families is counted once."""

    families: int = 0
    children: Mapping[PersonId, OnPlan] = field(default_factory=dict)
    visits: Counter[str] = field(default_factory=Counter)  # "due", "met"
    seen: Counter[str] = field(default_factory=Counter)  # "seen", "alone"
    summaries: Counter[str] = field(default_factory=Counter)  # "due", "met"
    actions: Counter[str] = field(default_factory=Counter)  # "due", "done"
    readings: Mapping[str, Counter[str]] = field(default_factory=dict)  # by scale: "better", "same", "worse"
    unread: int = 0  # records that could not be read

    def __add__(self, other: Tally) -> Tally:
        scales = dict(self.readings)
        for scale, ways in other.readings.items():
            scales[scale] = scales.get(scale, Counter()) + ways
        children = dict(self.children)
        for child, on_plan in other.children.items():
            known = children.get(child)
            children[child] = on_plan if known is None else _fuller(known, on_plan)
        return Tally(
            families=self.families + other.families,
            children=children,
            visits=self.visits + other.visits,
            seen=self.seen + other.seen,
            summaries=self.summaries + other.summaries,
            actions=self.actions + other.actions,
            readings=scales,
            unread=self.unread + other.unread,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is recorded of one family, and what it is counted by."""

    family: Family
    happenings: Sequence[Happening]
    readings: Sequence[ScaleReading]
    actions: Sequence[tuple[date, bool]]  # of plans: by when, and whether it is done or no longer needed
    workers: Sequence[Worker]
    rules: Rules
    holidays: Holidays
    categories: Mapping[str, str]  # words of the categories of abuse, by code
    held_back: Collection[str] = ()  # chapters that this worker does not get
    unread: int = 0


def _fuller(one: OnPlan, other: OnPlan) -> OnPlan:
    """Return what is known of a child of two families: where the plan is recorded, and seen last."""

    def rank(each: OnPlan) -> tuple[bool, bool, int]:
        return (each.length == NOT_KNOWN, each.days is None, each.days or 0)

    return min(one, other, key=rank)


def stretches(today: date) -> tuple[Stretch, ...]:
    """Return the days that can be chosen, the usual ones first."""
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    return (
        Stretch(name="The last 3 months", first=add_months(today, -3) + timedelta(days=1), last=today),
        Stretch(name="This month so far", first=month, last=today),
        Stretch(name="Last month", first=before, last=month - timedelta(days=1)),
        Stretch(name="The last 12 months", first=add_months(today, -12) + timedelta(days=1), last=today),
    )


def tally_of(work: Work, over: Stretch, today: date) -> Tally:
    """Return what is counted of one family."""
    signed = [each for each in work.happenings if each.signed_off]
    by_child: dict[PersonId, list[Happening]] = {}
    for each in signed:
        if each.child is not None and each.on <= today:
            by_child.setdefault(each.child, []).append(each)
    children: dict[PersonId, OnPlan] = {}
    visits: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for child in work.family.children:
        theirs = sorted(by_child.get(child.id, ()), key=lambda each: each.on)
        on_plan = _on_plan(theirs, work, over, office=child.plan if over.last >= today else "")
        if on_plan is not None:
            children[child.id] = on_plan
        for rule in VISITS.values():
            for due, was_met in _visits_due(rule, theirs, work, today):
                if over.holds(due):
                    visits["due"] += 1
                    visits["met"] += was_met
        for each in theirs:
            if each.kind == "visit" and over.holds(each.on) and _was_seen(each):
                seen["seen"] += 1
                seen["alone"] += each.facts.get("seen_alone") is True
    summaries: Counter[str] = Counter()
    for due, was_met in _summaries_due(signed, work, today):
        if over.holds(due):
            summaries["due"] += 1
            summaries["met"] += was_met
    actions: Counter[str] = Counter()
    for by, is_done in work.actions:
        if over.holds(by) and (is_done or by < today):
            actions["due"] += 1
            actions["done"] += is_done
    return Tally(
        families=1,
        children=children,
        visits=visits,
        seen=seen,
        summaries=summaries,
        actions=actions,
        readings=_changes(work.readings, over),
        unread=work.unread,
    )


# -- children on plans -------------------------------------------------------------------------------------


def _on_plan(theirs: Sequence[Happening], work: Work, over: Stretch, *, office: str) -> OnPlan | None:
    """Return how a child's plan stands on the last day, or None without one.

    Args:
        office: the plan that the office names today, for one whose start is not recorded here; "" to pass
            it over.
    """
    past = [each for each in theirs if each.on <= over.last]
    for plan, rule_id in VISITS.items():
        rule = work.rules.of(rule_id)[0]
        if rule.period is None:
            continue
        began, newest = None, None
        for each in _in_order(past, rule.period.begins):
            if fits_any(rule.period.begins, each):
                began, newest = began or each, each
            elif began is not None and fits_any(rule.stopped_by, each):
                began = newest = None
        if began is not None and newest is not None:
            days = _last_seen(past, rule.satisfied_by, over.last)
            return OnPlan(
                plan=_plan_words(plan, str(newest.facts.get("category", "")), work.categories),
                length=_length(began.on, over.last),
                seen=_since(days),
                days=days,
            )
    if office.casefold() not in VISITS:
        return None
    rule = work.rules.of(VISITS[office.casefold()])[0]
    days = _last_seen(past, rule.satisfied_by, over.last)
    return OnPlan(
        plan=_plan_words(office.casefold(), "", work.categories),
        length=NOT_KNOWN,
        seen=_since(days),
        days=days,
    )


def _plan_words(plan: str, category: str, categories: Mapping[str, str]) -> str:
    if plan == "cin":
        return "Child in need"
    words = categories.get(category, category)
    return (
        f"Child protection: {words[:1].lower()}{words[1:]}"
        if words
        else "Child protection: not recorded here"
    )


def _length(began: date, last: date) -> str:
    return next(words for words, months in LENGTHS if months is None or last < add_months(began, months))


def _since(days: int | None) -> str:
    if days is None:
        return NEVER
    return next(words for words, most in SEEN if most is None or days <= most)


def _last_seen(past: Iterable[Happening], counts: tuple[Match, ...], last: date) -> int | None:
    seen = [each.on for each in past if fits_any(counts, each)]
    return (last - max(seen)).days if seen else None


def _was_seen(visit: Happening) -> bool:
    return visit.facts.get("seen") is True and visit.facts.get("outcome") == "completed"


# -- in time -----------------------------------------------------------------------------------------------


def _in_order(past: Iterable[Happening], begins: tuple[Match, ...]) -> list[Happening]:
    """Of one day an end comes first, then what begins, as the clocks have it."""
    return sorted(past, key=lambda each: (each.on, fits_any(begins, each)))


def _visits_due(
    rule_id: str, theirs: Sequence[Happening], work: Work, today: date
) -> Iterator[tuple[date, bool]]:
    """Yield each day by which a child was to be seen, and whether that was so. A visit that was missed is one
    until the next one comes."""
    since: date | None = None
    count: Count | None = None
    rule = work.rules.of(rule_id)[0]
    if rule.period is None:
        return
    begins = rule.period.begins
    for each in sorted(
        theirs, key=lambda each: (each.on, fits_any(begins, each), fits_any(rule.satisfied_by, each))
    ):
        if fits_any(begins, each) or fits_any(rule.frequency_from, each):
            count = frequency_of(each.facts.get("visiting"), rule.count) or count or rule.count
            if fits_any(begins, each) and since is None:
                since = each.on
        elif since is None:
            continue
        elif fits_any(rule.stopped_by, each):
            due = _due(since, count or rule.count, work.holidays)
            if due is not None and due < each.on:
                yield due, False
            since = count = None
        elif fits_any(rule.satisfied_by, each):
            due = _due(since, count or rule.count, work.holidays)
            if due is not None:
                yield due, each.on <= due
            since = each.on
    if since is not None:
        due = _due(since, count or rule.count, work.holidays)
        if due is not None and due < today:
            yield due, False


def _summaries_due(signed: Sequence[Happening], work: Work, today: date) -> Iterator[tuple[date, bool]]:
    """Yield each day by which a chapter's summary was due, and whether it was there: counted as the clocks
    count, from the last supervision where a chapter has none."""
    rule = work.rules.of(_SUMMARY)[0]
    of_family = [each for each in signed if each.child is None and each.on <= today]
    reviews = [each for each in of_family if each.kind == "supervision"]
    by_chapter: dict[str, list[Happening]] = {}
    for each in openings_of(work.family, work.workers):
        if each.kind.startswith("chapter-"):
            by_chapter.setdefault(str(each.facts["chapter"]), []).append(each)
    for each in of_family:
        if fits_any(rule.satisfied_by, each):
            by_chapter.setdefault(str(each.facts.get("chapter", "")), []).append(each)
    for chapter, of_chapter in by_chapter.items():
        if chapter in work.held_back:
            continue
        is_open = has_one = False
        since: date | None = None
        reviewed = False
        for each in sorted((*of_chapter, *reviews), key=lambda each: each.on):
            due = _due(since, rule.count, work.holidays) if since is not None else None
            if each.kind == "chapter-opened":
                is_open, has_one, since = True, False, each.on if reviewed else None
            elif each.kind == "chapter-closed":
                if due is not None and due < each.on:
                    yield due, False
                is_open, since = False, None
            elif each.kind == "supervision":
                reviewed = True
                if is_open and not has_one:
                    if due is not None and due < each.on:
                        yield due, False
                    since = each.on
            elif is_open:
                if due is not None:
                    yield due, each.on <= due
                has_one, since = True, each.on
        if since is not None:
            due = _due(since, rule.count, work.holidays)
            if due is not None and due < today:
                yield due, False


def _due(since: date, count: Count, holidays: Holidays) -> date | None:
    try:
        return counted(since, count, holidays).due
    except RuleDataMissing:
        return None


# -- readings ----------------------------------------------------------------------------------------------


def _changes(readings: Iterable[ScaleReading], over: Stretch) -> dict[str, Counter[str]]:
    """Return, by scale, how the last reading of each person stands to the one that they began with: the last
    before these days, or else the first in them. Scales that know no better or worse are left
    out. What stands after a colon in a name may be somebody’s own words."""
    found: dict[str, Counter[str]] = {}
    for one in series(each for each in readings if each.better and each.date <= over.last):
        within = [each for each in one.readings if over.holds(each.date)]
        if not within:
            continue
        now = within[-1]
        before = [each for each in one.readings if each.date < over.first and each.version == now.version]
        first = before[-1] if before else within[0]
        if first.version != now.version or first.record == now.record or first.date == now.date:
            continue
        step = now.value - first.value
        way = "same" if not step else "better" if (step > 0) == (now.better == "higher") else "worse"
        found.setdefault(one.name.partition(":")[0], Counter())[way] += 1
    return found
