"""What may stand on paper for whom: the data of ``resources/rules/paper.json``, and who a reader is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import LinkId, PersonId, WorkerId
from workbook_desktop.domain.people import Family, Person, Worker
from workbook_desktop.domain.records import Body
from workbook_desktop.paths import resource
from workbook_desktop.workspace.readers import rules as reader_rules
from workbook_desktop.workspace.views_paper import Reader

FAMILY = frozenset((Reader.ADULT, Reader.APART, Reader.CHILD))


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRules:
    """How records of some forms go on paper."""

    title: str
    about: str  # between the title and the children's names: "for", "to"; "": the family's name stands there
    sections: Mapping[LinkId, str]  # what a part is called for people of the family, who get little of it
    easy: Mapping[LinkId, str]
    tables: Mapping[LinkId, tuple[LinkId, ...]]  # by repeating group: its columns
    who_of: Mapping[LinkId, LinkId]  # by repeating group: the question that says whose a row is
    own_only: frozenset[LinkId]  # repeating groups of which a person of the family gets their own row alone
    neutral: Mapping[LinkId, str]  # what sections, groups and questions are called on a plain paper
    plain: Mapping[LinkId, LinkId]  # what is said in plain words elsewhere: by the question, where
    children_of: Mapping[LinkId, LinkId]  # by repeating group: the question that says for which children
    names_of_others: frozenset[LinkId]  # left out for a person of the family if another adult is named
    allowed: Mapping[Reader, frozenset[LinkId]]  # for people of the family: these alone
    kept_back: Mapping[Reader, frozenset[LinkId]]  # for professionals: all but these
    for_those_in: LinkId | None  # the question that says for whom of the family it is, if for few
    print_style: LinkId | None  # the question that says how it may be printed
    not_plain: frozenset[LinkId]  # what a plain paper, that must not be found out, does not say

    def is_for(self, reader: Reader) -> bool:
        """Say whether such a document is ever for such a reader."""
        return reader in self.allowed or reader in self.kept_back


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingRules:
    """What is kept from a meeting at which somebody may sit from whom something is kept."""

    safety_plan: str  # the form
    plan_words: frozenset[LinkId]  # what such a plan says
    code_words: frozenset[LinkId]
    says_of_plan: tuple[str, ...]  # how it is spoken of elsewhere
    safe_people: frozenset[LinkId]
    friends: Mapping[LinkId, LinkId]  # a name, by the question that says who that is
    friend_words: frozenset[str]
    no_names: frozenset[str]  # words written large that are nobody's name
    read_first: frozenset[str]  # words for which a passage is read before it is printed
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRules:
    """All of them."""

    never: frozenset[LinkId]
    third_party: LinkId
    childs_words: frozenset[LinkId]
    reasons: Mapping[str, str]
    documents: Mapping[str, DocumentRules]  # by form
    chronology_title: str
    chronology_for: frozenset[Reader]
    genogram_title: str
    genogram_for: frozenset[Reader]
    readings_title: str
    meeting: MeetingRules

    def of_form(self, form: str) -> DocumentRules | None:
        """Return the rules for a form's records; None: for colleagues alone, and all of it."""
        return self.documents.get(form)


@cache
def paper_rules() -> PaperRules:
    """Return the rules this client is shipped with."""
    said = json.loads(resource("rules", "paper.json").read_text(encoding="utf-8"))
    return PaperRules(
        never=frozenset(map(LinkId, said["never"])),
        third_party=LinkId(said["third_party"]),
        childs_words=frozenset(map(LinkId, said["childs_words"])),
        reasons=said["reasons"],
        documents={form: _document(each) for each in said["documents"] for form in each["forms"]},
        chronology_title=said["chronology"]["title"],
        chronology_for=frozenset(map(Reader, said["chronology"]["for"])),
        genogram_title=said["genogram"]["title"],
        genogram_for=frozenset(map(Reader, said["genogram"]["for"])),
        readings_title=said["readings"]["title"],
        meeting=_meeting(said["meeting"]),
    )


def _meeting(said: Mapping[str, Any]) -> MeetingRules:
    return MeetingRules(
        safety_plan=said["safety_plan"],
        plan_words=frozenset(map(LinkId, said["plan_words"])),
        code_words=frozenset(map(LinkId, said["code_words"])),
        says_of_plan=tuple(said["says_of_plan"]),
        safe_people=frozenset(map(LinkId, said["safe_people"])),
        friends={LinkId(name): LinkId(who) for name, who in said["friends"].items()},
        friend_words=frozenset(said["friend_words"]),
        no_names=frozenset(said["no_names"]),
        read_first=frozenset(said["read_first"]),
        reasons=said["reasons"],
    )


def _document(said: Mapping[str, Any]) -> DocumentRules:
    rows = said.get("rows", {})
    professional = [each for each in Reader if each not in FAMILY]
    return DocumentRules(
        title=said["title"],
        about=said.get("about", ""),
        sections={LinkId(link): words for link, words in said.get("sections", {}).items()},
        easy={LinkId(link): words for link, words in said.get("easy", {}).items()},
        neutral={LinkId(link): words for link, words in said.get("neutral", {}).items()},
        tables={LinkId(group): tuple(map(LinkId, each)) for group, each in said.get("tables", {}).items()},
        who_of={LinkId(group): LinkId(each["who"]) for group, each in rows.items() if "who" in each},
        own_only=frozenset(LinkId(group) for group, each in rows.items() if each.get("own_only")),
        plain={LinkId(link): LinkId(where) for link, where in said.get("plain", {}).items()},
        children_of={
            LinkId(group): LinkId(each["children"]) for group, each in rows.items() if "children" in each
        },
        names_of_others=frozenset(map(LinkId, said.get("names_of_others", ()))),
        allowed={each: frozenset(map(LinkId, said[each])) for each in FAMILY if each in said},
        kept_back={each: frozenset(map(LinkId, said[each])) for each in professional if each in said},
        for_those_in=LinkId(said["for_those_in"]) if "for_those_in" in said else None,
        print_style=LinkId(said["print_style"]) if "print_style" in said else None,
        not_plain=frozenset(map(LinkId, said.get("not_plain", ()))),
    )


# Who a reader is ----------------------------------------------------------------------------------------


def reader_of(person: Person, family: Family, workers: Mapping[WorkerId, Worker]) -> Reader:
    """Return how the rules look at a person of a family.

    An adult is apart if there is, or was, a protected home in the family that is not theirs, or if a worker
    from whose chapter such homes are kept works with them. In doubt they are.
    """
    if person.is_child:
        return Reader.CHILD
    homes = [home for home in family.households if home.protected]
    if any(person.id not in home.members for home in homes) or person.id in kept_from(family, workers):
        return Reader.APART
    return Reader.ADULT


def people_apart(family: Family, workers: Mapping[WorkerId, Worker]) -> frozenset[PersonId]:
    """Return the adults from whom a home of the family is kept secret."""
    return frozenset(
        person.id for person in family.people if reader_of(person, family, workers) is Reader.APART
    )


@cache
def _chapters_apart() -> frozenset[str]:
    said = json.loads(resource("rules", "visibility.json").read_text(encoding="utf-8"))
    return frozenset(said["protected_homes"]["not_for_chapters"])


def kept_from(family: Family, workers: Mapping[WorkerId, Worker]) -> frozenset[PersonId]:
    """Return the people with whom somebody works to whose chapter a survivor's home is not told."""
    return people_of_chapters(family, workers, _chapters_apart())


def people_of_chapters(
    family: Family, workers: Mapping[WorkerId, Worker], chapters: Iterable[str]
) -> frozenset[PersonId]:
    """Return the people with whom workers of these chapters are, or were, involved."""
    wanted = set(chapters)
    return frozenset(
        link.person
        for link in family.involvements
        if (worker := workers.get(link.worker)) is not None and worker.chapter in wanted
    )


def held_back_chapters(form: str, chapter: str) -> frozenset[str]:
    """Return the chapters whose workers do not get a record, whatever it says."""
    return reader_rules().held_back_forms.get(form, frozenset()) | _by_chapter().get(chapter, frozenset())


@cache
def _by_chapter() -> Mapping[str, frozenset[str]]:
    said = json.loads(resource("rules", "visibility.json").read_text(encoding="utf-8"))
    return {chapter: frozenset(each) for chapter, each in said.get("held_back_chapters", {}).items()}


# What a record says of its readers ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """How a record is narrowed to some readers."""

    everyone: bool  # False: council staff only, or named readers
    codes: frozenset[str]
    named: frozenset[str]  # worker ids
    withheld_from: frozenset[PersonId]
    chapters: frozenset[str]  # whose workers do not get it


def narrowed(body: Body, form: str, chapter: str) -> Narrowed:
    """Return for whom a record is, by what is answered in it and by what kind of record it is."""
    ours = reader_rules()
    codes = frozenset(
        str(each.get("code") if isinstance(each, Mapping) else each) for each in _said(body, ours.audience)
    )
    return Narrowed(
        everyone=codes <= ours.everyone,
        codes=codes,
        named=_references(body, ours.named, "Practitioner/"),
        withheld_from=frozenset(PersonId(each) for each in _references(body, ours.withheld_from, "Person/")),
        chapters=held_back_chapters(form, chapter),
    )


def why_not_for_colleague(
    colleague: Worker, said: Narrowed, family: Family, own: frozenset[str], day: date
) -> str:
    """Return the code of why the office would not send a record to a colleague, "" if it would.

    Args:
        own: the agencies whose staff are the council's own, as far as this laptop can say.
    """
    people = {
        link.person for link in family.involvements if link.worker == colleague.id and link.holds_on(day)
    }
    if (
        not people
        or colleague.chapter in said.chapters
        or (said.withheld_from and people <= said.withheld_from)
    ):
        return "may-not-read"
    if not said.everyone:
        own_only = said.codes <= reader_rules().everyone | _own_codes()
        if own_only and colleague.agency not in own:
            return "council"
        if not own_only and not (colleague.is_manager or colleague.id in said.named):
            return "council"
    return ""


@cache
def _own_codes() -> frozenset[str]:
    said = json.loads(resource("rules", "visibility.json").read_text(encoding="utf-8"))
    return frozenset(said["audience"]["own_staff"])


def own_agencies(family: Family, workers: Mapping[WorkerId, Worker]) -> frozenset[str]:
    """Return whose staff are the council's own: the agencies of the managers who are involved."""
    return frozenset(
        worker.agency
        for link in family.involvements
        if (worker := workers.get(link.worker)) is not None and worker.is_manager and worker.agency
    )


def _said(body: Body, link: LinkId) -> list[Any]:
    answer = body.answers.get(paths.child(paths.ROOT, link))
    value = answer.value if answer is not None else None
    return [] if value is None else value if isinstance(value, list) else [value]


def _references(body: Body, link: LinkId, prefix: str) -> frozenset[str]:
    found = (str(each.get("reference", "")) for each in _said(body, link) if isinstance(each, Mapping))
    return frozenset(each.removeprefix(prefix) for each in found if each.startswith(prefix))


def people_in(body: Body, link: LinkId) -> frozenset[PersonId]:
    """Return the people that the answer to a question outside any row names."""
    return frozenset(PersonId(each) for each in _references(body, link, "Person/"))


def is_true(body: Body, link: LinkId) -> bool:
    """Say whether a question outside any row is answered with yes."""
    return _said(body, link) == [True]


def code_of(body: Body, link: LinkId) -> str:
    """Return the code that is chosen for a question outside any row, "" for none."""
    found = _said(body, link)
    return str(found[0].get("code", "")) if found and isinstance(found[0], Mapping) else ""
