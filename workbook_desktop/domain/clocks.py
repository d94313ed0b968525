"""Which clocks run for a child, when each is due, what met it, and how the date was worked out.

Pure: `today`, the rules and the holidays come in. One child's happenings never touch another's clocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from workbook_desktop.domain import clock_words
from workbook_desktop.domain.dates import (
    Count,
    Counted,
    Holidays,
    add_months,
    counted,
    working_days_between,
)
from workbook_desktop.domain.errors import RuleDataMissing
from workbook_desktop.domain.ids import PersonId
from workbook_desktop.domain.people import DueDate
from workbook_desktop.domain.timescales import (
    Happening,
    Match,
    Period,
    Reason,
    Rule,
    Rules,
    fits_any,
    frequency_of,
)

_FAR = timedelta(days=90)  # no rule warns so early: until then the days left need no counting
_RUN_OUT = timedelta(days=28)  # what ran out is shown so long, to be renewed or ended; then it is history
_DEATH = "died"  # ends what it stops for good, whatever is dated later


class Standing(StrEnum):
    """How a clock stands."""

    IN_TIME = "in-time"
    WARN = "warn"
    TODAY = "today"
    OVERDUE = "overdue"
    MET = "met"
    UNKNOWN = "unknown"  # the holidays are not known so far: no date is guessed


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One thing due for one child, or for the family."""

    rule: Rule
    child: PersonId | None
    about: str  # what keeps two clocks of one rule apart, such as a chapter; ""
    trigger: Happening
    due: date | None  # None only if `standing` is UNKNOWN
    standing: Standing
    working_days: int  # left until the due date, less than 0 when overdue; 0 if not counted (far off, met)
    left_is_exact: bool = True  # False: some of those days may be bank holidays that are not known yet
    count: Count  # as used: the rule's, or the plan's
    counted: Counted | None
    plan: Happening | None = None  # the plan whose own frequency was used
    met_by: Happening | None = None
    met_on: date | None = None
    not_counted: tuple[tuple[Happening, Reason], ...] = ()  # what came since and does not count
    steps: tuple[str, ...] = ()  # how this date was worked out, in plain English

    @property
    def met_late(self) -> bool:
        """Say whether it was met after its due date."""
        return self.met_on is not None and self.due is not None and self.met_on > self.due

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What makes it the same clock after a rule or a holiday has changed."""
        trigger = self.trigger
        return (self.rule.id, self.child or "", self.about, trigger.on.isoformat(), trigger.record or "")


def due(
    happenings: Iterable[Happening], rules: Rules, *, today: date, holidays: Holidays
) -> tuple[Clock, ...]:
    """Return every clock that runs or was met, the most urgent first and those met last.

    Args:
        happenings: what happened, of any number of children of one family; drafts may be among them and
            neither start nor meet a clock, except that they start one to be recorded in time.
        holidays: of the nation of the rules, with what the office has sent since.
    """
    by_child: dict[PersonId | None, list[Happening]] = {}
    for each in happenings:
        by_child.setdefault(each.child, []).append(each)
    found: list[Clock] = []
    for child, theirs in by_child.items():
        theirs.sort(key=lambda each: each.on)  # stable: of one day, as given
        past = [each for each in theirs if each.on <= today]
        for rule_id in rules.ids:
            if (rules.of(rule_id)[0].per == "family") == (child is None):
                for rule, trigger, begins in _running(rules.of(rule_id), past):
                    clock = _clock(rule, trigger, begins, past, rules, today, holidays)
                    if clock is not None:
                        found.append(clock)
    # One record is one trigger, however many of its lines say so; an order told of at each session is one.
    once: dict[object, Clock] = {}
    for clock in found:
        same = clock.key[:3] if clock.rule.runs_out else clock.key[:4]
        once.setdefault((same, clock.due), clock)
    order = list(Standing)
    return tuple(
        sorted(
            once.values(),
            key=lambda clock: (
                clock.standing is Standing.MET,
                clock.due or date.min,
                order.index(clock.standing),
                clock.rule.name,
                clock.child or "",
            ),
        )
    )


def open_clocks(clocks: Iterable[Clock]) -> tuple[Clock, ...]:
    """Return the clocks that are not met yet."""
    return tuple(clock for clock in clocks if clock.standing is not Standing.MET)


def as_due_date(clock: Clock) -> DueDate | None:
    """Return a clock as one of a family's due dates, or None if its date is not known."""
    if clock.due is None:
        return None
    return DueDate(
        id=".".join(part for part in clock.key if part),
        person=clock.child,
        what=clock.rule.name,
        on=clock.due,
        form=clock.rule.form,
    )


# Which clocks run


def _running(
    versions: tuple[Rule, ...], past: list[Happening]
) -> Iterator[tuple[Rule, Happening, Happening | None]]:
    """Yield each rule in force, what triggers it, and what its period began with."""
    found: list[tuple[Rule, Happening, Happening | None]] = []
    for rule in versions:
        if not rule.in_use:
            continue
        begins = None
        if rule.period is not None:
            begins = _beginning(rule, rule.period, past)
            if begins is None:
                continue
            if rule.period.only_if is not None and rule.period.only_if.why_not(begins) is not None:
                continue
        starts = [
            each
            for each in past
            if (each.signed_off or rule.met_by_signing)
            and fits_any(rule.trigger, each)
            and (begins is None or each.on >= begins.on)
            and not _goes_on(rule.period, each, begins)
        ]
        least, most = rule.nth
        for number, each in enumerate(starts, start=1):
            if rule.holds_on(each.on) and least <= number and (most is None or number <= most):
                found.append((rule, each, begins))
    place = {id(each): number for number, each in enumerate(past)}
    # Of one day, what meets the rule comes last: a visit on the day a plan starts begins the next count.
    found.sort(key=lambda one: (one[1].on, fits_any(one[0].satisfied_by, one[1]), place[id(one[1])]))
    if versions[0].repeat == "each":
        yield from found
        return
    latest: dict[str, tuple[Rule, Happening, Happening | None]] = {}
    for one in found:
        latest[_about(one[0], one[1])] = one
    yield from latest.values()


def _beginning(rule: Rule, period: Period, past: list[Happening]) -> Happening | None:
    """Return what the period now running began with.

    A plan written anew goes on with the plan before it, unless that had ended: it must not wipe out a visit
    that is overdue.
    """
    if not period.continues:
        return next((each for each in reversed(past) if _signed_fit(period.begins, each)), None)
    found, has_ended = None, False
    # Of one day the end comes first: the next plan begins on the day the last one ends.
    for each in sorted(past, key=lambda each: (each.on, fits_any(period.begins, each))):
        if _signed_fit(period.begins, each):
            if found is None or has_ended:
                found, has_ended = each, False
        elif found is not None and each.on > found.on and _signed_fit(rule.stopped_by, each):
            has_ended = True
    return found


def _goes_on(period: Period | None, each: Happening, begins: Happening | None) -> bool:
    """Say whether a happening only goes on with a period: it begins no count of its own."""
    return period is not None and period.continues and each is not begins and _signed_fit(period.begins, each)


def _clock(
    rule: Rule,
    trigger: Happening,
    begins: Happening | None,
    past: list[Happening],
    rules: Rules,
    today: date,
    holidays: Holidays,
) -> Clock | None:
    if not _within_period(rule, trigger, begins):
        return None
    if rule.repeat == "latest" and rule.nth[1] is not None and _more_since(rule, trigger, begins, past):
        return None
    own = trigger.facts.get(rule.own_date) if rule.own_date else None
    if rule.own_date and rule.count.number == 0 and not isinstance(own, date):
        return None
    about = _about(rule, trigger)
    met_by, met_on = _met(rule, trigger, about, past)
    if met_by is None and _stopped(rule, trigger, about, begins, past):
        return None
    plan, count = _plan_of(rule, begins, past)
    when: Counted | None
    standing, left, is_exact = Standing.MET if met_by else Standing.UNKNOWN, 0, True
    try:
        when = Counted(due=own) if isinstance(own, date) else counted(trigger.on, count, holidays)
    except RuleDataMissing:
        when = None
    if when is not None and met_by is None:
        if rule.runs_out and today - when.due > _RUN_OUT:
            return None
        standing, left, is_exact = _standing(when.due, rule, today, holidays)
    ignored = () if met_by else tuple(_ignored(rule, trigger, past))
    plain = Clock(
        rule=rule,
        child=trigger.child,
        about=about,
        trigger=trigger,
        due=when.due if when else None,
        standing=standing,
        working_days=left,
        left_is_exact=is_exact,
        count=count,
        counted=when,
        plan=plan,
        met_by=met_by,
        met_on=met_on,
        not_counted=ignored,
    )
    return clock_words.with_steps(plain, rules, holidays)


def _signed_fit(matches: tuple[Match, ...], happening: Happening) -> bool:
    return happening.signed_off and fits_any(matches, happening)


def _about(rule: Rule, happening: Happening) -> str:
    if rule.apart_by == "record":
        return happening.record or ""
    return str(happening.facts.get(rule.apart_by, "")) if rule.apart_by else ""


def _within_period(rule: Rule, trigger: Happening, begins: Happening | None) -> bool:
    if rule.period is None or begins is None:
        return True
    first, end = rule.period.from_months, rule.period.before_months
    return (first is None or trigger.on >= add_months(begins.on, first)) and (
        end is None or trigger.on < add_months(begins.on, end)
    )


def _more_since(rule: Rule, trigger: Happening, begins: Happening | None, past: list[Happening]) -> bool:
    """Say whether the rule is for the first few of a kind, and there have been more."""
    starts = [
        each for each in past if _signed_fit(rule.trigger, each) and (begins is None or each.on >= begins.on)
    ]
    return bool(starts) and starts[-1] is not trigger


def _met(
    rule: Rule, trigger: Happening, about: str, past: list[Happening]
) -> tuple[Happening | None, date | None]:
    if rule.met_by_signing:
        return (trigger, trigger.signed_on or trigger.on) if trigger.signed_off else (None, None)
    itself = fits_any(rule.satisfied_by, trigger)
    for each in past:
        if each is trigger or not _signed_fit(rule.satisfied_by, each):
            continue
        if each.on < trigger.on or (itself and each.on == trigger.on):
            continue
        if about and _about(rule, each) != about:
            continue
        return each, each.on
    return None, None


def _stopped(
    rule: Rule, trigger: Happening, about: str, begins: Happening | None, past: list[Happening]
) -> bool:
    for each in past:
        if each is trigger or not _signed_fit(rule.stopped_by, each):
            continue
        if about and rule.apart_by in each.facts and _about(rule, each) != about:
            continue
        if each.kind == _DEATH:
            return True
        # One plan ends and the next begins on the same day: the end is not that of the next. What is over
        # stays over: a visit after the end of the plan begins nothing.
        if each.on > begins.on if begins is not None else _comes_after(each, trigger):
            return True
    return False


def _comes_after(end: Happening, trigger: Happening) -> bool:
    """Say whether an end comes after what it would end. On one day, what was begun to be recorded first came
    first (ids begin with the moment): a case closed and referred again that day is open."""
    if end.on != trigger.on or end.record is None or trigger.record is None:
        return end.on >= trigger.on
    return end.record >= trigger.record


def _plan_of(rule: Rule, begins: Happening | None, past: list[Happening]) -> tuple[Happening | None, Count]:
    for each in reversed(past):
        if not _signed_fit(rule.frequency_from, each) or (begins is not None and each.on < begins.on):
            continue
        if "visiting" not in each.facts:
            continue
        own = frequency_of(each.facts["visiting"], rule.count)
        # A frequency in words cannot be counted: the default stands, and the steps say so.
        return each, own or rule.count
    return None, rule.count


def _standing(on: date, rule: Rule, today: date, holidays: Holidays) -> tuple[Standing, int, bool]:
    """Return how a date stands, the working days left, and whether these are exact."""
    if on - today > _FAR:
        return Standing.IN_TIME, 0, True
    is_exact = True
    try:
        left = working_days_between(today, on, holidays, rule.count.skip_holidays)
    except RuleDataMissing:
        # The date itself is sure. It is not taken away because a day around it may be a bank holiday.
        left, is_exact = working_days_between(today, on, holidays, skip_holidays=False), False
    if today > on:
        return Standing.OVERDUE, left, is_exact
    if today == on:
        return Standing.TODAY, left, is_exact
    return (Standing.WARN if left <= rule.warn_at else Standing.IN_TIME), left, is_exact


def _ignored(rule: Rule, trigger: Happening, past: list[Happening]) -> Iterator[tuple[Happening, Reason]]:
    for each in past:
        if each is trigger or each.on < trigger.on:
            continue
        asked = [match for match in rule.satisfied_by if each.kind in match.kinds]
        if not asked:
            continue
        reasons = [match.why_not(each) for match in asked]
        if None not in reasons:
            yield each, next(reason for reason in reasons if reason is not None)
        elif not each.signed_off:
            yield each, Reason("not-signed")


# Dates that move


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A due date that was shown and is another now."""

    before: Clock
    after: Clock
    words: str


def moved(before: Iterable[Clock], after: Iterable[Clock]) -> tuple[Move, ...]:
    """Return the open clocks whose date has moved though nothing new happened: a holiday, a rule, a plan.

    A clock that began anew, because the child was visited, has not moved.
    """
    earlier = {clock.key: clock for clock in before}
    found = []
    for clock in after:
        old = earlier.get(clock.key)
        if old is not None and clock.standing is not Standing.MET and old.due != clock.due:
            found.append(Move(before=old, after=clock, words=clock_words.moved(old, clock)))
    return tuple(found)
