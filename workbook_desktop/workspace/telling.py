"""Where a draft tells a protected address, so that whoever wrote it sees that before it goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.given_away import gives_away, secrets_of, texts_of
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.people import Family, Household, Person, Worker
from workbook_desktop.domain.records import Body
from workbook_desktop.forms.definition import Form
from workbook_desktop.workspace.paper_rules import kept_from, people_apart
from workbook_desktop.workspace.readers import rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Answers in which a protected address stands, in a record that others than its household may read."""

    answers: tuple[FieldPath, ...]
    homes: tuple[Person, ...]  # those who live there
    apart: tuple[Person, ...]  # from whom it is kept, and who have a name
    withhold: LinkId | None  # the question that keeps the record from people, if the form has it


def told(family: Family, form: Form, body: Body, workers: Iterable[Worker]) -> Told | None:
    """Return what a record tells of protected homes as it stands; None if nothing, or if it is for few alone:
    for an audience that is not everybody, or kept from all from whom the home is kept.

    An answer that does not show is looked through too: it goes along with the record.
    """
    homes = [home for home in family.households if home.protected]
    if not homes or not secrets_of(homes):
        return None  # on the laptop of a worker who may not know the address there is nothing to look for
    found = {
        home.id: [path for path, each in body.answers.items() if _gives_away(each.value, home)]
        for home in homes
    }
    answers = {path for each in found.values() for path in each}
    if not answers:
        return None
    known = {each.id: each for each in workers}
    apart = kept_from(family, known) or people_apart(
        family, known
    )  # no worker of theirs: whoever lives elsewhere
    if _is_for_few(body, {str(each) for each in apart}):
        return None
    members = {member for home in homes if found[home.id] for member in home.members}
    link = rules().withheld_from
    return Told(
        answers=tuple(path for path in body.answers if path in answers),
        homes=tuple(each for each in family.people if each.id in members),
        apart=tuple(each for each in family.people if each.id in apart and (each.forename or each.surname)),
        withhold=link if link in form.by_link_id else None,
    )


def _gives_away(value: Any, home: Household) -> bool:
    secrets = secrets_of((home,))
    return any(gives_away(text, secrets) for text in texts_of(value))


def _is_for_few(body: Body, apart: set[str]) -> bool:
    ours = rules()
    codes = {each.get("code") if isinstance(each, dict) else each for each in _said(body, ours.audience)}
    if not codes <= ours.everyone:
        return True
    withheld = {
        str(each.get("reference", "")).removeprefix("Person/")
        for each in _said(body, ours.withheld_from)
        if isinstance(each, dict)
    }
    return bool(apart) and apart <= withheld


def _said(body: Body, link: LinkId) -> list[Any]:
    answer = body.answers.get(paths.child(paths.ROOT, link))
    value = answer.value if answer is not None else None
    return [] if value is None else value if isinstance(value, list) else [value]
