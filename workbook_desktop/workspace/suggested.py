"""People a worker told the office about, and whom its list of the family does not have yet.

The office owns who belongs to a family. What a worker learns of somebody goes there as a record like any
other; here it is read back, and it stands beside the office's list until somebody of that name is on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from workbook_desktop.domain import paths
from workbook_desktop.domain.folding import name_words
from workbook_desktop.domain.ids import LinkId, RecordId
from workbook_desktop.domain.people import Family
from workbook_desktop.domain.records import Body, State
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.summary import shown_value
from workbook_desktop.workspace.views import RecordRow

if TYPE_CHECKING:
    from workbook_desktop.store.store import Store
    from workbook_desktop.workspace.reading import Reading

TELL = "person-suggested"  # the form
_NAMELESS, _SOMEBODY = "Name not known", "A person"
_NAME, _BORN = LinkId("person.name"), LinkId("person.born")
_LINES = (("person.relation", ""), ("person.home", "Lives: "), ("person.note", ""))


class Standing(StrEnum):
    """How far the telling is."""

    DRAFT = "draft"  # somebody is still writing it
    WAITING = "waiting"  # signed, and to be sent
    TOLD = "told"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPerson:
    """Somebody of whom the office was told, or is about to be."""

    record: RecordId
    name: str  # "Name not known" where it is not
    what: str  # "A new partner"
    of: str  # names of those they belong to
    lines: tuple[str, ...]  # how they belong, where they live, what else was said
    born: str  # as it is read; "" where nothing was said
    learnt_on: date | None
    by: str  # a name, or "you"
    standing: Standing


def told_of(store: Store, reading: Reading, family: Family) -> tuple[ToldPerson, ...]:
    """Return whom a store's records tell of and the office's list does not have, the newest first. In the
    store's thread."""
    stored = [
        row
        for row in store.records.of_family(family.id)
        if row.form is not None and str(row.form.id) == TELL and row.state is not State.SUPERSEDED
    ]
    found = []
    for row, shown in zip(stored, reading.rows(stored), strict=True):
        form, body = reading.form(row.form), store.drafts.stands(row.id)
        if form is not None and not _is_listed(family, form, body):
            signed = Standing.TOLD if row.state is State.SIGNED_OFF else Standing.DRAFT
            found.append(_person(shown, form, body, Standing.WAITING if row.signing else signed))
    return tuple(each for each in found if each.lines or each.what != _SOMEBODY or each.name != _NAMELESS)


def _person(row: RecordRow, form: Form, body: Body, standing: Standing) -> ToldPerson:
    return ToldPerson(
        record=row.record,
        name=_named(form, body) or _NAMELESS,
        what=_said(form, body, "person.what") or _SOMEBODY,
        of=_said(form, body, "person.of"),
        lines=tuple(f"{before}{words}" for link, before in _LINES if (words := _said(form, body, link))),
        born=_said(form, body, str(_BORN)),
        learnt_on=row.occurred_on,
        by=row.changed_by,
        standing=standing,
    )


def _is_listed(family: Family, form: Form, body: Body) -> bool:
    """Say whether somebody of that name is on the list by now; without a name, somebody born on that day."""
    said = set(name_words(_named(form, body)))
    if said:
        listed = (
            set(name_words(" ".join((each.forename, each.preferred_name, each.surname))))
            for each in family.people
        )
        return any(said <= names for names in listed)
    born = body.answers.get(paths.child(paths.ROOT, _BORN))
    day = born.value if born is not None else None
    return isinstance(day, str) and any(
        each.birth_date is not None and each.birth_date.isoformat() == day for each in family.people
    )


def _named(form: Form, body: Body) -> str:
    answer = body.answers.get(paths.child(paths.ROOT, _NAME))
    return answer.value.strip() if answer is not None and isinstance(answer.value, str) else ""


def _said(form: Form, body: Body, link: str) -> str:
    item = form.by_link_id.get(LinkId(link))
    if item is None:
        return ""
    return shown_value(item, body.answers.get(paths.child(paths.ROOT, item.link_id)))
