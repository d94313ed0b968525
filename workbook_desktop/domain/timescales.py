"""Timescales of the work: which happening starts a clock, how far it runs, and what meets it.

The rules are data: resources/rules/timescales.json, and over it what a council has set for itself.
`workbook_desktop.domain.timescale_files` reads both; `workbook_desktop.domain.clocks` runs them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, NamedTuple

from workbook_desktop.domain.dates import Count, Unit
from workbook_desktop.domain.errors import RuleDataMissing
from workbook_desktop.domain.ids import PersonId, RecordId

Fact = str | int | bool | date


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened, for one child or (without a child) for the family.

    What concerned three children is three happenings of one record: siblings have their own clocks, and one
    may have been seen and another not. Records replaced or entered in error are left out by the caller.

    Facts that rules ask for: `type`, `outcome`, `seen`, `seen_alone`, `author_role`, `plan`, `visiting`
    ("10wd", "6w"), `chapter`, `about`, and those that timescales.json names besides.
    """

    kind: str  # one of the kinds that timescales.json names
    on: date  # local calendar date
    child: PersonId | None = None
    record: RecordId | None = None
    signed_off: bool = True  # what the office holds as a fact is signed off
    signed_on: date | None = None
    sent: bool = True  # signed off here and not yet at the office: it counts, and is shown as not sent
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))


class Reason(NamedTuple):
    """Why a happening does not count."""

    code: str  # "not-signed", "not-seen", "not-seen-alone", "role", "fact"
    fact: str = ""  # which, for "fact"
    value: str = ""  # what it says instead: a role, an outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which happenings are meant: of one of these kinds, and as asked."""

    kinds: tuple[str, ...]
    where: Mapping[str, frozenset[str | int | bool]] = field(default_factory=dict)  # fact: values allowed
    unless: Mapping[str, frozenset[str | int | bool]] = field(default_factory=dict)  # fact: values shut out
    seen: bool = False  # the child must have been seen
    seen_alone: bool = False
    roles: tuple[str, ...] = ()  # of the author; empty: any

    def why_not(self, happening: Happening) -> Reason | None:
        """Return why a happening of the right kind is not meant, or None. Signing is not looked at."""
        facts = happening.facts
        for name, allowed in self.where.items():
            if facts.get(name) not in allowed:
                return Reason("fact", name, str(facts.get(name, "")))
        for name, shut_out in self.unless.items():
            if facts.get(name) in shut_out:
                return Reason("fact", name, str(facts.get(name, "")))
        if self.seen and facts.get("seen") is not True:
            return Reason("not-seen")
        if self.seen_alone and facts.get("seen_alone") is not True:
            return Reason("not-seen-alone")
        if self.roles and facts.get("author_role") not in self.roles:
            return Reason("role", value=str(facts.get("author_role", "")))
        return None

    def fits(self, happening: Happening) -> bool:
        """Say whether a happening is meant. Signing is not looked at."""
        return happening.kind in self.kinds and self.why_not(happening) is None


def fits_any(matches: tuple[Match, ...], happening: Happening) -> bool:
    """Say whether a happening is meant by one of several."""
    return any(match.fits(happening) for match in matches)


class Basis(StrEnum):
    """What a rule rests on."""

    STATUTE = "S"  # act or regulations
    GUIDANCE = "SG"  # statutory guidance
    LOCAL = "L"  # a default that a council may change


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The time in which a rule runs: from the latest happening of a kind, such as the start of a plan."""

    begins: tuple[Match, ...]
    only_if: Match | None = None  # what the beginning must say, such as a placement's arrangement
    from_months: int | None = None  # only triggers this long after the beginning, or later
    before_months: int | None = None  # only triggers sooner than this
    continues: bool = False  # what begins it again without an end between goes on with the same period


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One timescale, in one version."""

    id: str
    name: str  # "Child protection visit"
    trigger: tuple[Match, ...]
    count: Count
    basis: Basis
    satisfied_by: tuple[Match, ...]
    warn_at: int  # working days before the due date
    owner: str  # a role
    nation: str
    effective_from: date
    source: str
    effective_to: date | None = None  # the last day on which it holds
    per: Literal["child", "family"] = "child"
    stopped_by: tuple[Match, ...] = ()
    period: Period | None = None
    repeat: Literal["latest", "each"] = "latest"  # one clock from the latest trigger, or one for each
    nth: tuple[int, int | None] = (1, None)  # only the triggers so numbered within the period
    apart_by: str = ""  # a fact, such as the chapter: a clock of its own for each value
    own_date: str = ""  # a fact of the trigger that says the date itself; with a count of 0 it must be there
    frequency_from: tuple[Match, ...] = ()  # plans whose `visiting` takes the place of the count
    runs_out: bool = False  # nobody is late: an order or a power ends on that day
    met_by_signing: bool = False  # met when the trigger's own record is signed off; a draft starts it
    form: str = ""  # the form that meets it, if one does
    note: str = ""  # shown with the date
    checked: bool = True  # seen in a source; if not, the date says so
    council: str = ""  # whose own version this is
    in_use: bool = True

    def holds_on(self, day: date) -> bool:
        """Say whether this version is in force on a day."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All timescales, in all their versions, with the words for what they name."""

    versions: tuple[Rule, ...]
    kinds: Mapping[str, str]  # "core-group": "core group"
    values: Mapping[str, Mapping[str, str]]  # a fact's values in words: outcome: no-access: "no access"

    @property
    def ids(self) -> tuple[str, ...]:
        """The rules, in the order of the file."""
        return tuple(dict.fromkeys(rule.id for rule in self.versions))

    def of(self, rule_id: str) -> tuple[Rule, ...]:
        """Return the versions of a rule, oldest first."""
        return tuple(
            sorted((r for r in self.versions if r.id == rule_id), key=lambda rule: rule.effective_from)
        )

    def rule_in_force(self, rule_id: str, on: date) -> Rule:
        """Return the version of a rule that holds on a day.

        Raises:
            RuleDataMissing: there is no such rule, or none of its versions holds on that day.
        """
        for rule in self.of(rule_id):
            if rule.holds_on(on):
                return rule
        raise RuleDataMissing(rule=rule_id, day=on.isoformat())


_FREQUENCY = re.compile(r"([1-9][0-9]?)(wd|d|w|m)")
_UNITS = {"wd": Unit.WORKING_DAYS, "d": Unit.DAYS, "w": Unit.WEEKS, "m": Unit.MONTHS}


def frequency_of(code: Fact | None, like: Count) -> Count | None:
    """Return the count a plan's visiting frequency says ("10wd", "6w"), counted in the way of `like`.

    None if it says none, or says it in words ("other").
    """
    found = _FREQUENCY.fullmatch(code) if isinstance(code, str) else None
    if found is None:
        return None
    unit = _UNITS[found[2]]
    plain = unit is Unit.WORKING_DAYS
    return Count(
        number=int(found[1]),
        unit=unit,
        start_inclusive=like.start_inclusive,
        skip_holidays=like.skip_holidays,
        **({} if plain else {"roll": like.roll}),
    )
