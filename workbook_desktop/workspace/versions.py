"""The versions of a record: those this laptop has, and those that the office gave when it was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, RecordId
from workbook_desktop.domain.records import Answer, Head, State, body_of

if TYPE_CHECKING:
    from workbook_desktop.domain.people import Family
    from workbook_desktop.forms.definition import Form
    from workbook_desktop.workspace.views import Revision

_LONGEST = 200  # characters of an answer in a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version: who, when, and what it says otherwise than the one before."""

    number: int
    by: str
    at: datetime | None
    state: State
    changes: tuple[str, ...] = ()
    is_compared: bool = False  # the one before is known too, or there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """All that is known here of a record's versions, the newest first."""

    record: RecordId
    title: str
    versions: tuple[Version, ...]
    at_office_only: int  # how many more there are at the office
    family: Family | None = None


def versions_of(
    record: RecordId,
    title: str,
    form: Form | None,
    here: Iterable[Revision],
    heads: Iterable[Head],
    names: Mapping[str, str],
) -> Versions:
    """Return the versions of a record.

    Args:
        here: what this laptop remembers without the words.
        heads: versions with their words, wherever they come from.
    """
    plain = {each.version: each for each in here}
    whole = {each.version: each for each in heads if each.id == record}
    found = []
    for number in sorted({*plain, *whole}, reverse=True):
        head, before = whole.get(number), whole.get(number - 1)
        is_compared = head is not None and (before is not None or number == 1)
        known = plain.get(number)
        found.append(
            Version(
                number=number,
                by=(names.get(head.changed_by or "", "") if head is not None else "")
                or (known.by if known is not None else ""),
                at=head.changed_at if head is not None else known.at if known is not None else None,
                state=head.state if head is not None else known.state if known is not None else State.DRAFT,
                changes=_changes(form, before, head) if head is not None and before is not None else (),
                is_compared=is_compared,
            )
        )
    newest = found[0].number if found else 0
    return Versions(record=record, title=title, versions=tuple(found), at_office_only=newest - len(found))


def _changes(form: Form | None, before: Head, after: Head) -> tuple[str, ...]:
    """Return each answer that is another, in words, in the order of the form; none that is worked out."""
    from workbook_desktop.forms.summary import shown_value

    old, new = body_of(before.content).answers, body_of(after.content).answers
    lines: list[tuple[int, FieldPath, str]] = []
    items = form.by_link_id if form is not None else {}
    order = {link: place for place, link in enumerate(items)}
    for path in {*old, *new}:
        was, now = old.get(path), new.get(path)
        item = items.get(paths.link_id(path))
        if item is None or item.is_worked_out or item.hidden or _says_the_same(was, now):
            continue
        label = (item.short_text or item.text).rstrip(":?")
        from_, to = (_short(shown_value(item, each)) for each in (was, now))
        lines.append(
            (order[item.link_id], path, f"{label}: {from_ or 'not answered'} → {to or 'not answered'}")
        )
    return tuple(line for _, _, line in sorted(lines))


def _says_the_same(one: Answer | None, other: Answer | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.says_the_same(other)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
