"""Who may read a record, as far as this laptop can say: so that nothing is copied to where more may read it.

The rules are those the office keeps in what it sends (resources/rules/visibility.json). When in doubt a
record counts as for a few alone, and nothing is filled in from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import LinkId
from workbook_desktop.domain.outputs import Given
from workbook_desktop.domain.records import Body, Value
from workbook_desktop.paths import resource

LIMIT = "limit"  # the kind of a line that says: this record is not for everybody who may see the family


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderRules:
    """What narrows a record."""

    audience: LinkId
    everyone: frozenset[str]
    withheld_from: LinkId
    named: LinkId
    held_back_forms: Mapping[str, frozenset[str]]  # by form: the chapters that do not get its records
    held_back_chapters: Mapping[str, frozenset[str]]  # by the record's chapter: the same, whatever the form


@cache
def rules() -> ReaderRules:
    """Return the rules this client is shipped with."""
    said = json.loads(resource("rules", "visibility.json").read_text(encoding="utf-8"))
    return ReaderRules(
        audience=LinkId(said["audience"]["asked_in"]),
        everyone=frozenset(said["audience"]["everyone"]),
        withheld_from=LinkId(said["withheld_from"]["asked_in"]),
        named=LinkId(said["audience"]["readers_named_in"]),
        held_back_forms={form: frozenset(each) for form, each in said["held_back_forms"].items()},
        held_back_chapters={id_: frozenset(each) for id_, each in said["held_back_chapters"].items()},
    )


def limit_of(body: Body) -> Given | None:
    """Return a line that says a record is for some readers alone by what is answered in it, or None."""
    ours = rules()
    audience = _said(body, ours.audience)
    codes = {each.get("code") if isinstance(each, Mapping) else each for each in _listed(audience)}
    if codes <= ours.everyone and not _listed(_said(body, ours.withheld_from)):
        return None
    return Given(kind=LIMIT, id=LIMIT, number=0, date=None, people=())


def limits_in(body: Body) -> dict[LinkId, Value]:
    """Return the answers that narrow a record, to narrow another in the same way."""
    if limit_of(body) is None:
        return {}
    ours = rules()
    found = {link: _said(body, link) for link in (ours.audience, ours.named, ours.withheld_from)}
    return {link: value for link, value in found.items() if value is not None}


def _said(body: Body, link: LinkId) -> Value | None:
    answer = body.answers.get(paths.child(paths.ROOT, link))
    return answer.value if answer is not None else None


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def may_fill(source: str, *targets: str, chapter: str = "", into: str = "") -> bool:
    """Say whether every reader of a record on each of the forms `targets` may read one on the form
    `source`.

    Args:
        chapter: that the source's record belongs to.
        into: that the new record will belong to.
    """
    ours, nobody = rules(), frozenset[str]()
    kept_from = ours.held_back_forms.get(source, nobody) | ours.held_back_chapters.get(chapter, nobody)
    also = ours.held_back_chapters.get(into, nobody)
    return all(kept_from <= ours.held_back_forms.get(target, nobody) | also for target in targets)
