"""What is due for a family by what was recorded, from the timescales this client is shipped with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from workbook_desktop.domain import clock_words, clocks
from workbook_desktop.domain.clocks import Clock, Standing
from workbook_desktop.domain.dates import Holidays, holidays_of
from workbook_desktop.domain.people import Family
from workbook_desktop.domain.records import FormRef
from workbook_desktop.domain.timescale_files import rules_of
from workbook_desktop.domain.timescales import Happening, Rules
from workbook_desktop.paths import resource
from workbook_desktop.workspace.views import WorkedDue


def dues_of(
    happenings: Iterable[Happening],
    family: Family,
    today: date,
    newest: Mapping[str, FormRef],
) -> tuple[WorkedDue, ...]:
    """Return what is open, the most urgent first; what cannot be worked out says so.

    Args:
        happenings: of the whole family.
        newest: the newest version on this laptop of each form, by its id.

    Raises:
        RulesRefused: the shipped timescales cannot be read.
    """
    rules, holidays = _rules(), _holidays()
    found = clocks.due(happenings, rules, today=today, holidays=holidays)
    return tuple(_due(clock, family, newest) for clock in clocks.open_clocks(found))


def _due(clock: Clock, family: Family, newest: Mapping[str, FormRef]) -> WorkedDue:
    person = family.person(clock.child) if clock.child is not None else None
    return WorkedDue(
        person=clock.child,
        who=person.name if person is not None else "",
        what=clock.rule.name,
        on=clock.due,
        state=clock_words.standing_words(clock),
        overdue=clock.standing is Standing.OVERDUE,
        steps=clock.steps,
        form=newest.get(clock.rule.form),
    )


@cache
def _rules() -> Rules:
    return rules_of(_read("timescales.json"))


@cache
def _holidays() -> Holidays:
    return holidays_of(_read("holidays-england.json"))


def _read(name: str) -> Any:
    return json.loads(resource("rules", name).read_text(encoding="utf-8"))
