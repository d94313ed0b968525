"""Which timescales and bank holidays hold on this device: those shipped, a council's own, and late changes.

Pure: the files come in as bytes. Where they lie is for `workbook_desktop.paths.managed_folder` to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from workbook_desktop.domain import clocks
from workbook_desktop.domain.clocks import Move
from workbook_desktop.domain.dates import Holidays, holiday_changes_of
from workbook_desktop.domain.errors import RulesRefused
from workbook_desktop.domain.timescale_files import with_local
from workbook_desktop.domain.timescales import Happening, Rules

LOCAL = "timescales.json"  # a council's own timescales, see `timescale_files.with_local`
CHANGES = "holidays.json"  # bank holidays proclaimed since, see `dates.holiday_changes_of`
FILES = (LOCAL, CHANGES)
_LARGEST = 1_000_000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What dates are worked out with, and what was not taken of the council's files, in words."""

    rules: Rules
    holidays: Holidays
    refused: tuple[str, ...] = ()


def in_force(rules: Rules, holidays: Holidays, files: Mapping[str, bytes]) -> InForce:
    """Return what holds when a council's files are laid over what is shipped.

    A file that is not right is left out whole, and said: a date is then worked out as shipped, never guessed.

    Args:
        files: by the names in `FILES`; others are passed over.
    """
    refused = []
    if LOCAL in files:
        try:
            rules = with_local(rules, _read(files[LOCAL]))
        except (ValueError, RulesRefused) as error:
            refused.append(_words("The council’s own timescales are not used", error))
    if CHANGES in files:
        try:
            holidays = holidays.changed_by(holiday_changes_of(_read(files[CHANGES])))
        except ValueError as error:
            refused.append(_words("The council’s changes to bank holidays are not used", error))
    return InForce(rules=rules, holidays=holidays, refused=tuple(refused))


def moved_between(
    happenings: Iterable[Happening], before: InForce, after: InForce, *, today: date
) -> tuple[Move, ...]:
    """Return the open dates that are others now though nothing happened, each with why, in words.

    For when a council's file is new or has changed: `before` is what held until then.
    """
    known = tuple(happenings)

    def found(what: InForce) -> tuple[clocks.Clock, ...]:
        return clocks.due(known, what.rules, today=today, holidays=what.holidays)

    return clocks.moved(found(before), found(after))


def _read(data: bytes) -> Mapping[str, Any]:
    if len(data) > _LARGEST:
        raise ValueError("the file is too large")
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("it is no object")
    return found


def _words(begins: str, error: Exception) -> str:
    if isinstance(error, RulesRefused):
        rule, why = error.facts.get("rule", ""), str(error.facts.get("why", ""))
        return f"{begins}: {f'{rule}: ' if rule else ''}{why}."
    if isinstance(error, UnicodeDecodeError | json.JSONDecodeError):
        return f"{begins}: the file cannot be read."
    return f"{begins}: {error}."
