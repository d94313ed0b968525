"""What is due for a family by what was recorded: by the timescales this client is shipped with, and what the
council has put on the device over them. Its files are read once, when the Workbook starts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from workbook_desktop.domain import clock_words, clocks
from workbook_desktop.domain.clocks import Clock, Standing
from workbook_desktop.domain.dates import Holidays, holidays_of
from workbook_desktop.domain.ids import FormId, PersonId
from workbook_desktop.domain.in_force import FILES, InForce, in_force, moved_between
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.records import FormRef
from workbook_desktop.domain.timescale_files import rules_of
from workbook_desktop.domain.timescales import Basis, Happening, Rules
from workbook_desktop.paths import files_in, managed_folder, resource
from workbook_desktop.workspace.views import WorkedDue

if TYPE_CHECKING:
    from workbook_desktop.store.derived import KeptDue

_ORDER = list(Standing)
_HANDS = 4  # so that no part takes longer than some milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What can be worked out by itself: what happened to one child, or to the family, by some rules."""

    happenings: tuple[Happening, ...]
    rules: Rules


def apart(happenings: Iterable[Happening]) -> list[Part]:
    """Return the parts that together give a family's clocks. No part touches another's, so that each may be
    worked out at another moment.

    Raises:
        RulesRefused: the shipped timescales cannot be read.
    """
    theirs: dict[PersonId | None, list[Happening]] = {}
    for each in happenings:
        theirs.setdefault(each.child, []).append(each)
    return [
        Part(happenings=tuple(happened), rules=rules)
        for happened in theirs.values()
        for rules in _some_rules()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A clock that is not met; `moved` says in a sentence that a late change of bank holidays moved it."""

    clock: Clock
    moved: str = ""


def open_clocks(part: Part, today: date, holds: InForce | None = None) -> tuple[Open, ...]:
    """Return the clocks of a part that are not met.

    Args:
        holds: what dates are worked out with; None: what is in force on this device.
    """
    holds = holds or _in_force()
    found = clocks.due(part.happenings, part.rules, today=today, holidays=holds.holidays)
    moves = {}
    if holds.holidays != _shipped_holidays():
        before = InForce(rules=part.rules, holidays=_shipped_holidays())
        after = InForce(rules=part.rules, holidays=holds.holidays)
        for move in moved_between(part.happenings, before, after, today=today):
            moves[move.after.key] = move.words
    return tuple(Open(clock=clock, moved=moves.get(clock.key, "")) for clock in clocks.open_clocks(found))


def worked_out(happenings: Iterable[Happening], today: date) -> tuple[KeptDue, ...]:
    """Return all of it at once. Raises as `apart` does."""
    return kept(each for part in apart(happenings) for each in open_clocks(part, today))


def kept(found: Iterable[Open]) -> tuple[KeptDue, ...]:
    """Return clocks as they are kept, the most urgent first, as `clocks.due` has them."""
    from workbook_desktop.store.derived import KeptDue

    return tuple(
        KeptDue(
            person=clock.child,
            what=clock.rule.name,
            on=clock.due,
            state=clock_words.standing_words(clock),
            overdue=clock.standing is Standing.OVERDUE,
            steps=(*clock.steps, *_in_force().refused),
            form=FormId(clock.rule.form) if clock.rule.form else None,
            owner=clock.rule.owner,
            about=clock.about if clock.rule.apart_by == "chapter" else "",
            runs_out=clock.rule.runs_out,
            moved=each.moved,
            is_law=clock.rule.basis is not Basis.LOCAL,
        )
        for each in sorted(found, key=lambda each: _urgency(each.clock))
        for clock in (each.clock,)
    )


def _urgency(clock: Clock) -> tuple[date, int, str, str]:
    return (clock.due or date.min, _ORDER.index(clock.standing), clock.rule.name, clock.child or "")


def shown(dues: Iterable[KeptDue], family: Family, newest: Mapping[str, FormRef]) -> tuple[WorkedDue, ...]:
    """Return kept dates with names and forms. What cannot be worked out says so.

    Args:
        newest: the newest version on this laptop of each form, by its id.
    """
    found = []
    for due in dues:
        person = family.person(due.person) if due.person is not None else None
        found.append(
            WorkedDue(
                person=due.person,
                who=person.name if person is not None else "",
                what=due.what,
                on=due.on,
                state=due.state,
                overdue=due.overdue,
                steps=due.steps,
                form=newest.get(due.form) if due.form is not None else None,
                owner=due.owner,
                about=due.about,
                runs_out=due.runs_out,
                moved=due.moved,
                is_law=due.is_law,
            )
        )
    return tuple(found)


def stamp(today: date, reader: Worker, workers: Iterable[Worker]) -> str:
    """Return what dates of every family are worked out with besides what happened: worked out with anything
    else, they are worked out again."""
    from workbook_desktop.store.derived import READ_BY

    # A clock asks by whom a visit was: a worker's role may change at the office.
    roles = sorted((worker.id, worker.role) for worker in workers)
    said = json.dumps([READ_BY, today.isoformat(), _sources(), reader.id, roles])
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def in_force_here() -> InForce:
    """Return what holds on this device. Raises RulesRefused as `apart` does."""
    return _in_force()


def laid_over(files: Mapping[str, bytes]) -> InForce:
    """Return what holds with a council's files, by the names in `in_force.FILES`."""
    return in_force(rules_of(_read("timescales.json")), _shipped_holidays(), files)


@cache
def _files() -> Mapping[str, bytes]:
    return files_in(managed_folder(), FILES)


@cache
def _in_force() -> InForce:
    return laid_over(_files())


@cache
def _shipped_holidays() -> Holidays:
    return holidays_of(_read("holidays-england.json"))


@cache
def _some_rules() -> tuple[Rules, ...]:
    """Return the rules dealt into a few hands: one rule never looks at another's clocks."""
    rules = _in_force().rules
    hands = [set(rules.ids[start::_HANDS]) for start in range(_HANDS)]
    return tuple(
        replace(rules, versions=tuple(rule for rule in rules.versions if rule.id in hand)) for hand in hands
    )


@cache
def _sources() -> str:
    whole = b"".join(resource("rules", name).read_bytes() for name in _FILES)
    whole += b"".join(name.encode() + data for name, data in _files().items())
    return hashlib.sha256(whole).hexdigest()


_FILES = ("timescales.json", "holidays-england.json")


def _read(name: str) -> Any:
    return json.loads(resource("rules", name).read_text(encoding="utf-8"))
