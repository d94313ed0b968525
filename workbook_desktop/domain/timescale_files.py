"""Reads timescales, and what a council has set over them. Whatever is not right is refused by name."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal, NoReturn, TypeVar

from workbook_desktop.domain.dates import Count, Roll, Unit
from workbook_desktop.domain.errors import RulesRefused
from workbook_desktop.domain.timescales import Basis, Match, Period, Rule, Rules

_DAY = timedelta(days=1)
_FILE = {"about", "nation", "kinds", "values", "rules"}
_RULE = {
    *("id", "name", "trigger", "count", "unit", "start_inclusive", "skip_holidays", "roll", "basis"),
    *("satisfied_by", "warn_at", "owner", "effective_from", "effective_to", "source", "per", "stopped_by"),
    *("period", "repeat", "nth", "apart_by", "own_date", "frequency_from", "met_by_signing", "form"),
    *("note", "checked", "in_use", "nation", "runs_out"),
}
_COUNTING = {"count", "unit", "start_inclusive", "skip_holidays", "roll"}
# What a council may set: how far and how a rule counts, what meets it, whose it is. Never what it rests on.
_LOCAL = _COUNTING | {
    *("id", "name", "satisfied_by", "warn_at", "owner", "effective_from", "effective_to", "source"),
    *("note", "form", "in_use"),
}
_MATCH = {"kinds", "where", "unless", "seen", "seen_alone", "roles"}
_PERIOD = {"begins", "only_if", "from_months", "before_months", "continues"}
# In a trigger: the last thing that met the rule starts it anew.
_WHAT_MEETS = "satisfied_by"

_T = TypeVar("_T")


def rules_of(data: Mapping[str, Any]) -> Rules:
    """Return the rules that resources/rules/timescales.json holds.

    Raises:
        RulesRefused: an unknown or missing member, a value of another kind, a kind without words, or two
            versions of one rule in force on the same day. Nothing is half taken.
    """
    _only("", data, _FILE)
    kinds = _words("", data.get("kinds"), "kinds")
    values = data.get("values", {})
    if not isinstance(values, Mapping):
        _refuse("", "values is not an object")
    nation = _text("", data, "nation")
    rows = data.get("rules")
    if not isinstance(rows, list) or not rows:
        _refuse("", "there are no rules")
    rules = tuple(_rule(row, nation, kinds) for row in rows)
    _no_two_at_once(rules)
    return Rules(
        versions=rules,
        kinds=kinds,
        values={name: _words("", each, name) for name, each in values.items()},
    )


def with_local(rules: Rules, data: Mapping[str, Any]) -> Rules:
    """Return the rules with a council's own over them, each from its first day in force.

    Args:
        data: {about, council, rules: [{id, effective_from, source, and what is set otherwise}]}.

    Raises:
        RulesRefused: a rule that is unknown or not the council's to change (any but `basis` L), a member that
            may not be set, or anything else that is not right. Nothing is half taken.
    """
    _only("", data, {"about", "council", "rules"})
    council = _text("", data, "council")
    rows = data.get("rules")
    if not isinstance(rows, list):
        _refuse("", "rules is not a list")
    versions = list(rules.versions)
    for row in rows:
        rule_id = _id_of(row)
        if not any(rule.id == rule_id for rule in rules.versions):
            _refuse(rule_id, "there is no such rule")
        fixed = next((r for r in rules.versions if r.id == rule_id and r.basis is not Basis.LOCAL), None)
        if fixed is not None:
            _refuse(rule_id, f"{fixed.name} is not a local rule and cannot be changed here")
        _only(rule_id, row, _LOCAL)
        _text(rule_id, row, "source")
        versions = _laid_over(versions, rule_id, row, council, rules.kinds)
    _no_two_at_once(tuple(versions))
    return replace(rules, versions=tuple(versions))


def _laid_over(
    versions: list[Rule], rule_id: str, row: Mapping[str, Any], council: str, kinds: Mapping[str, str]
) -> list[Rule]:
    first = _date(rule_id, row, "effective_from")
    last = _date(rule_id, row, "effective_to") if "effective_to" in row else None
    found: list[Rule] = []
    hit = False
    for rule in versions:
        start = max(first, rule.effective_from)
        end = min((each for each in (last, rule.effective_to) if each is not None), default=None)
        if rule.id != rule_id or (end is not None and end < start):
            found.append(rule)
            continue
        if rule.council:
            _refuse(rule_id, "the council has set it twice for the same day")
        hit = True
        if rule.effective_from < start:
            found.append(replace(rule, effective_to=start - _DAY))
        found.append(_changed(rule, row, council, kinds, start, end))
        if end is not None and (rule.effective_to is None or end < rule.effective_to):
            found.append(replace(rule, effective_from=end + _DAY))
    if not hit:
        _refuse(rule_id, "it is not in force on any of those days")
    return found


def _changed(
    rule: Rule,
    row: Mapping[str, Any],
    council: str,
    kinds: Mapping[str, str],
    start: date,
    end: date | None,
) -> Rule:
    counting = {
        "count": rule.count.number,
        "unit": str(rule.count.unit),
        "start_inclusive": rule.count.start_inclusive,
        "skip_holidays": rule.count.skip_holidays,
        "roll": str(rule.count.roll),
    }
    changes: dict[str, Any] = {name: row[name] for name in ("name", "owner", "note", "form") if name in row}
    for name in changes:
        _text(rule.id, row, name)
    if "warn_at" in row:
        changes["warn_at"] = _whole(rule.id, row, "warn_at")
    if "in_use" in row:
        changes["in_use"] = _flag(rule.id, row, "in_use", True)
    if "satisfied_by" in row:
        meets = _matches(rule.id, row["satisfied_by"], "satisfied_by", kinds)
        changes["satisfied_by"] = meets
        # A clock that starts anew from what met it starts from what meets it now.
        others = tuple(each for each in rule.trigger if each not in rule.satisfied_by)
        if len(others) < len(rule.trigger):
            changes["trigger"] = (*others, *meets)
    return replace(
        rule,
        count=_count(rule.id, counting | {name: row[name] for name in _COUNTING if name in row}),
        effective_from=start,
        effective_to=end,
        source=_text(rule.id, row, "source"),
        council=council,
        checked=True,  # the council says it of itself
        **changes,
    )


def _rule(row: Any, nation: str, kinds: Mapping[str, str]) -> Rule:
    rule_id = _id_of(row)
    _only(rule_id, row, _RULE)
    meets = _matches(rule_id, row.get("satisfied_by"), "satisfied_by", kinds, may_be_empty=True)
    trigger = row.get("trigger")
    if not isinstance(trigger, list):
        _refuse(rule_id, "trigger is not a list")
    starts: tuple[Match, ...] = ()
    for each in trigger:
        starts += meets if each == _WHAT_MEETS else _matches(rule_id, [each], "trigger", kinds)
    if not starts:
        _refuse(rule_id, "nothing triggers it")
    met_by_signing = _flag(rule_id, row, "met_by_signing", False)
    if met_by_signing == bool(meets):
        _refuse(rule_id, "it needs either satisfied_by or met_by_signing")
    basis = _one_of(rule_id, row, "basis", Basis)
    frequency = _matches(rule_id, row.get("frequency_from", []), "frequency_from", kinds, may_be_empty=True)
    if frequency and basis is not Basis.LOCAL:
        _refuse(rule_id, "a plan takes the place of a local rule only")
    effective_from = _date(rule_id, row, "effective_from")
    effective_to = _date(rule_id, row, "effective_to") if "effective_to" in row else None
    if effective_to is not None and effective_to < effective_from:
        _refuse(rule_id, "effective_to is before effective_from")
    return Rule(
        id=rule_id,
        name=_text(rule_id, row, "name"),
        trigger=starts,
        count=_count(rule_id, row),
        basis=basis,
        satisfied_by=meets,
        warn_at=_whole(rule_id, row, "warn_at"),
        owner=_text(rule_id, row, "owner"),
        nation=_text(rule_id, row, "nation") if "nation" in row else nation,
        effective_from=effective_from,
        effective_to=effective_to,
        source=_text(rule_id, row, "source"),
        per=_per(rule_id, row),
        stopped_by=_matches(rule_id, row.get("stopped_by", []), "stopped_by", kinds, may_be_empty=True),
        period=_period(rule_id, row["period"], kinds) if "period" in row else None,
        repeat=_repeat(rule_id, row),
        nth=_nth(rule_id, row.get("nth", [1, None])),
        apart_by=_optional(rule_id, row, "apart_by"),
        own_date=_optional(rule_id, row, "own_date"),
        frequency_from=frequency,
        runs_out=_flag(rule_id, row, "runs_out", False),
        met_by_signing=met_by_signing,
        form=_optional(rule_id, row, "form"),
        note=_optional(rule_id, row, "note"),
        checked=_flag(rule_id, row, "checked", True),
        in_use=_flag(rule_id, row, "in_use", True),
    )


def _count(rule_id: str, row: Mapping[str, Any]) -> Count:
    try:
        return Count(
            number=_whole(rule_id, row, "count"),
            unit=_one_of(rule_id, row, "unit", Unit),
            start_inclusive=_flag(rule_id, row, "start_inclusive", False),
            skip_holidays=_flag(rule_id, row, "skip_holidays", True),
            roll=_one_of(rule_id, {"roll": "none", **row}, "roll", Roll),
        )
    except ValueError as error:
        raise RulesRefused(rule=rule_id, why=str(error)) from error


def _matches(
    rule_id: str, rows: Any, name: str, kinds: Mapping[str, str], *, may_be_empty: bool = False
) -> tuple[Match, ...]:
    if rows is None and may_be_empty:
        return ()
    if not isinstance(rows, list) or not (rows or may_be_empty):
        _refuse(rule_id, f"{name} is not a list of what is meant")
    return tuple(_match(rule_id, row, name, kinds) for row in rows)


def _match(rule_id: str, row: Any, name: str, kinds: Mapping[str, str], *, any_kind: bool = False) -> Match:
    if not isinstance(row, Mapping):
        _refuse(rule_id, f"{name} holds something that is not an object")
    _only(rule_id, row, _MATCH)
    meant = () if any_kind else _texts(rule_id, row.get("kinds"), f"{name}.kinds")
    for kind in meant:
        if kind not in kinds:
            _refuse(rule_id, f"{name} names {kind}, which is no kind of happening")
    return Match(
        kinds=meant,
        where=_facts(rule_id, row, "where"),
        unless=_facts(rule_id, row, "unless"),
        seen=_flag(rule_id, row, "seen", False),
        seen_alone=_flag(rule_id, row, "seen_alone", False),
        roles=_texts(rule_id, row["roles"], f"{name}.roles") if "roles" in row else (),
    )


def _period(rule_id: str, row: Any, kinds: Mapping[str, str]) -> Period:
    if not isinstance(row, Mapping):
        _refuse(rule_id, "period is not an object")
    _only(rule_id, row, _PERIOD)
    return Period(
        begins=_matches(rule_id, row.get("begins"), "period.begins", kinds),
        only_if=(
            _match(rule_id, row["only_if"], "period.only_if", kinds, any_kind=True)
            if "only_if" in row
            else None
        ),
        from_months=_whole(rule_id, row, "from_months") if "from_months" in row else None,
        before_months=_whole(rule_id, row, "before_months") if "before_months" in row else None,
        continues=_flag(rule_id, row, "continues", False),
    )


def _facts(rule_id: str, row: Mapping[str, Any], name: str) -> dict[str, frozenset[str | int | bool]]:
    found = row.get(name, {})
    if not isinstance(found, Mapping):
        _refuse(rule_id, f"{name} is not an object")
    for fact, values in found.items():
        if not isinstance(values, list) or not values:
            _refuse(rule_id, f"{name}.{fact} is not a list of values")
        if not all(isinstance(each, str | int) for each in values):
            _refuse(rule_id, f"{name}.{fact} holds a value that is no text, number or yes")
    return {fact: frozenset(values) for fact, values in found.items()}


def _no_two_at_once(rules: tuple[Rule, ...]) -> None:
    for rule_id in dict.fromkeys(rule.id for rule in rules):
        versions = sorted((r for r in rules if r.id == rule_id), key=lambda rule: rule.effective_from)
        for earlier, later in itertools.pairwise(versions):
            if earlier.effective_to is None or later.effective_from <= earlier.effective_to:
                _refuse(rule_id, f"two versions are in force on {later.effective_from.isoformat()}")


# Reading one member


def _refuse(rule_id: str, why: str) -> NoReturn:
    raise RulesRefused(rule=rule_id, why=why)


def _only(rule_id: str, row: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(row) - known)
    if unknown:
        _refuse(rule_id, f"it has a member {unknown[0]} that is not known here")


def _id_of(row: Any) -> str:
    if not isinstance(row, Mapping) or not isinstance(row.get("id"), str) or not row["id"]:
        _refuse("", "a rule without an id")
    return str(row["id"])


def _text(rule_id: str, row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        _refuse(rule_id, f"{name} is missing")
    return value


def _optional(rule_id: str, row: Mapping[str, Any], name: str) -> str:
    return _text(rule_id, row, name) if name in row else ""


def _texts(rule_id: str, value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
        _refuse(rule_id, f"{name} is not a list of words")
    return tuple(value)


def _words(rule_id: str, value: Any, name: str) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(each, str) and each for each in value.values()):
        _refuse(rule_id, f"{name} does not give words")
    return dict(value)


def _whole(rule_id: str, row: Mapping[str, Any], name: str) -> int:
    value = row.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1000:
        _refuse(rule_id, f"{name} is not a whole number from 0 to 1000")
    return value


def _flag(rule_id: str, row: Mapping[str, Any], name: str, default: bool) -> bool:
    value = row.get(name, default)
    if not isinstance(value, bool):
        _refuse(rule_id, f"{name} is not true or false")
    return value


def _date(rule_id: str, row: Mapping[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(_text(rule_id, row, name))
    except ValueError as error:
        raise RulesRefused(rule=rule_id, why=f"{name} is not a date") from error


def _one_of(rule_id: str, row: Mapping[str, Any], name: str, kind: Callable[[str], _T]) -> _T:
    try:
        return kind(_text(rule_id, row, name))
    except ValueError as error:
        raise RulesRefused(rule=rule_id, why=f"{name} is none of those known") from error


def _per(rule_id: str, row: Mapping[str, Any]) -> Literal["child", "family"]:
    match row.get("per", "child"):
        case "child":
            return "child"
        case "family":
            return "family"
    _refuse(rule_id, "per is none of those known")


def _repeat(rule_id: str, row: Mapping[str, Any]) -> Literal["latest", "each"]:
    match row.get("repeat", "latest"):
        case "latest":
            return "latest"
        case "each":
            return "each"
    _refuse(rule_id, "repeat is none of those known")


def _nth(rule_id: str, value: Any) -> tuple[int, int | None]:
    match value:
        case [int(least), None] if least >= 1:
            return least, None
        case [int(least), int(most)] if 1 <= least <= most:
            return least, most
    _refuse(rule_id, "nth is not [least, most]")
