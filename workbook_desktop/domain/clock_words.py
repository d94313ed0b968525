"""Clocks in plain English: how a date was worked out, why something does not count, why a date has moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from workbook_desktop.domain.dates import (
    Count,
    Counted,
    Holiday,
    Holidays,
    Unit,
    count_words,
    day_name,
    listed,
    long_date,
)
from workbook_desktop.domain.timescales import (
    Basis,
    Happening,
    Reason,
    Rule,
    Rules,
    fits_any,
    frequency_of,
)

if TYPE_CHECKING:
    from workbook_desktop.domain.clocks import Clock

_BASES = {Basis.STATUTE: "Set by law", Basis.GUIDANCE: "Statutory guidance", Basis.LOCAL: "Local rule"}


def with_steps(clock: Clock, rules: Rules, holidays: Holidays) -> Clock:
    """Return a clock with its steps."""
    return replace(clock, steps=tuple(_steps(clock, rules, holidays)))


def _steps(clock: Clock, rules: Rules, holidays: Holidays) -> Iterable[str]:
    rule, trigger = clock.rule, clock.trigger
    what = rules.kinds.get(trigger.kind, trigger.kind)
    if not rule.met_by_signing and fits_any(rule.satisfied_by, trigger):
        unsent = "" if trigger.sent else " (not yet sent)"
        yield f"Last {what} that counts: {long_date(trigger.on)}{unsent}."
    else:
        yield f"{_capital(what)}: {long_date(trigger.on)}."
    for happening, reason in clock.not_counted:
        kind = rules.kinds.get(happening.kind, happening.kind)
        yield f"Not counted: {kind} on {long_date(happening.on)} ({reason_words(reason, rules)})."
    if clock.plan is not None:
        yield _plan_words(clock, clock.plan)
    if rule.own_date and isinstance(trigger.facts.get(rule.own_date), date):
        yield "The date was entered with it."
    elif clock.count.number:
        yield f"{_capital(_counting(clock.count, clock.counted))}."
    if clock.counted is not None and clock.counted.rolled_from is not None:
        end = clock.counted.rolled_from
        yield (
            f"That is {day_name(end)} {long_date(end)}, when nobody works, so it moves to "
            f"{day_name(clock.counted.due)} {long_date(clock.counted.due)}."
        )
    if clock.due is None:
        yield f"The bank holidays are known to {long_date(holidays.known_to)} only, so no date is given."
    else:
        yield f"Due {long_date(clock.due)}."
        if _leans_on_holidays(clock) and not holidays.is_confirmed(clock.due):
            yield "Its bank holidays are worked out and not confirmed yet: the date may move."
        if not clock.left_is_exact:
            yield (
                f"The bank holidays are known to {long_date(holidays.known_to)} only: the days left are "
                "counted without later ones."
            )
    if clock.met_by is not None:
        yield _met_words(clock, clock.met_by, rules)
    if rule.note:
        yield rule.note
    yield _basis_words(rule)
    if not rule.checked:
        yield "This timescale has not been checked against its source yet: if in doubt, ask your manager."


def _leans_on_holidays(clock: Clock) -> bool:
    rolls = clock.counted is not None and clock.counted.rolled_from is not None
    return clock.count.skip_holidays and (clock.count.unit is Unit.WORKING_DAYS or rolls)


def _plan_words(clock: Clock, plan: Happening) -> str:
    dated = f"The plan of {long_date(plan.on)}"
    usual = count_words(clock.rule.count)
    if frequency_of(plan.facts.get("visiting"), clock.rule.count) is None:
        return f"{dated} says in its own words how often: read it there. Counted here is the usual {usual}."
    if clock.count == clock.rule.count:
        return f"{dated} asks for it every {usual}."
    return f"{dated} asks for it every {count_words(clock.count)}, in place of the usual {usual}."


def _counting(count: Count, found: Counted | None) -> str:
    text = count_words(count)
    if count.start_inclusive:
        text += ", counting the day itself as the first"
    if count.unit is not Unit.WORKING_DAYS:
        return text
    if not count.skip_holidays:
        return f"{text}, not counting weekends (bank holidays count as working days here)"
    text += ", not counting weekends and bank holidays"
    if found is None:
        return text
    if not found.passed_over:
        return f"{text} (none fell between)"
    return f"{text} ({listed(_holiday(each) for each in found.passed_over)})"


def _holiday(holiday: Holiday) -> str:
    return f"{holiday.name} on {long_date(holiday.day)}"


def _met_words(clock: Clock, met_by: Happening, rules: Rules) -> str:
    on = clock.met_on or met_by.on
    sent = "" if met_by.sent else ", not yet sent"
    late = ", after the due date" if clock.met_late else ""
    if clock.rule.met_by_signing:
        return f"Signed off on {long_date(on)}{late}{sent}."
    return f"Met by the {rules.kinds.get(met_by.kind, met_by.kind)} of {long_date(on)}{late}{sent}."


def _basis_words(rule: Rule) -> str:
    base = f"Local rule of {rule.council}" if rule.council else _BASES[rule.basis]
    return f"{base}, in force since {long_date(rule.effective_from)}. Source: {rule.source}."


def reason_words(reason: Reason, rules: Rules) -> str:
    """Say why something does not count: "no access", "the child was not seen"."""
    match reason.code:
        case "not-signed":
            return "a draft, not signed off"
        case "not-seen":
            return "the child was not seen"
        case "not-seen-alone":
            return "the child was not seen alone"
        case "role":
            return f"by a {reason.value}" if reason.value else "it does not say who did it"
        case _:
            if not reason.value:
                return f"it does not say: {reason.fact.replace('_', ' ')}"
            return rules.values.get(reason.fact, {}).get(reason.value, reason.value.replace("-", " "))


def standing_words(clock: Clock) -> str:
    """Say how a clock stands: "due today", "overdue by 3 working days", "due in 2 working days", "met"."""
    if clock.rule.runs_out and clock.due is not None and clock.met_by is None:
        return _running_out(clock, clock.due)
    match str(clock.standing):
        case "met":
            return "met, late" if clock.met_late else "met"
        case "unknown":
            return "date not known"
        case "today":
            return "due today"
        case "overdue":
            # From a Friday to the Saturday no working day has passed, and it is late all the same.
            days = -clock.working_days
            return f"overdue by {_working_days(days)}" if days else "overdue"
        case "warn":
            return f"due in {_working_days(clock.working_days)}"
    return f"due {long_date(clock.due)}" if clock.due else "in time"


def _running_out(clock: Clock, due: date) -> str:
    match str(clock.standing):
        case "overdue":
            return f"ran out {long_date(due)}"
        case "today":
            return "runs out today"
        case "warn":
            return f"runs out in {_working_days(clock.working_days)}"
    return f"runs out {long_date(due)}"


def _working_days(number: int) -> str:
    return f"{number} working day{'' if number == 1 else 's'}"


def moved(before: Clock, after: Clock) -> str:
    """Say that a date has moved, and why."""
    was = f"was due {long_date(before.due)}" if before.due else "had no date"
    now = f"is now due {long_date(after.due)}" if after.due else "has no date now"
    return f"{after.rule.name} {was} and {now}: {_why(before, after)}."


def _why(before: Clock, after: Clock) -> str:
    if before.plan != after.plan or (before.count != after.count and before.rule == after.rule):
        if after.plan is not None:
            return f"the plan of {long_date(after.plan.on)} asks for it every {count_words(after.count)}"
        return f"no plan sets how often any more, so it is {count_words(after.count)}"
    if before.count != after.count:
        return f"the rule was {_way(before.count)} and is {_way(after.count)}"
    was = set(before.counted.passed_over) if before.counted else set()
    now = set(after.counted.passed_over) if after.counted else set()
    new = sorted(now - was)
    gone = sorted(each for each in was - now if after.due is None or each.day <= after.due)
    # A day lost at the end of a shorter count is no news; one lost within it is.
    if new:
        names = listed(_holiday(each) for each in new)
        return f"{names} {'is a bank holiday' if len(new) == 1 else 'are bank holidays'}"
    if gone:
        names = listed(_holiday(each) for each in gone)
        return f"{names} {'is no bank holiday' if len(gone) == 1 else 'are no bank holidays'} any more"
    if before.rule != after.rule:
        return "the rule has changed"
    if before.trigger.facts != after.trigger.facts:
        return "the date entered was changed"
    return "the list of bank holidays has changed"


def _way(count: Count) -> str:
    text = count_words(count)
    if count.start_inclusive:
        text += " with the day itself"
    if count.unit is Unit.WORKING_DAYS and not count.skip_holidays:
        text += " with bank holidays"
    return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
