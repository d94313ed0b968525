"""A genogram in words: how everybody is joined to the others. Everything that the drawing shows is here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from workbook_desktop.domain.genogram import Bond, Couple, Kin
from workbook_desktop.domain.ids import PersonId
from workbook_desktop.domain.people import Person, Sex, age_words


def words_of(kin: Kin, person: Person) -> tuple[str, ...]:
    """Return how somebody is joined to others, a sentence part each: "mother of Maisie and Leo (parental
    responsibility for both)". Everything the drawing shows is here."""
    found: list[str] = []
    found += _parent_words(kin, person.id)
    found += _child_words(kin, person.id)
    for couple in kin.couples:
        if person.id in couple.both and couple.said:
            (other,) = couple.both - {person.id}
            years = couple_date_words(couple)
            words = f"{'partner' if couple.together else 'former partner'} of {kin.person(other).name}"
            words += f", {years}" if years else ""
            found.append(words + (", domestic abuse" if couple.abuse else ""))
    for group in kin.twins:
        said = {frozenset((tie.person, tie.other)) for tie in kin.ties}
        others = [each for each in group if each != person.id and {each, person.id} not in said]
        if person.id in group and others:
            found.append(f"twin of {_listed(kin, others)}")
    ties: dict[tuple[str, bool], list[PersonId]] = {}
    for tie in kin.ties:
        if tie.person == person.id:
            ties.setdefault((tie.words, tie.abuse), []).append(tie.other)
    for (words, abuse), others in ties.items():
        found.append(f"{words} of {_listed(kin, others)}{', domestic abuse' if abuse else ''}")
    found += [
        f"{kin.person(tie.person).name} is their {tie.words}" for tie in kin.ties if tie.other == person.id
    ]
    homes = [(number, home) for number, home in enumerate(kin.homes) if person.id in home.members]
    for number, home in homes:
        others = [each for each in home.members if each != person.id]
        with_whom = f" with {_listed(kin, others)}" if others else " alone, as far as is known"
        protected = ", protected address" if home.protected else ""
        found.append(f"lives{with_whom} ({home_name(number)}{protected})")
    return tuple(dict.fromkeys(found))


def _parent_words(kin: Kin, person: PersonId) -> list[str]:
    by_bond: dict[Bond, list[PersonId]] = {}
    for each in kin.parents:
        if each.parent == person:
            by_bond.setdefault(each.bond, []).append(each.child)
    found = []
    for bond, children in by_bond.items():
        noun = {
            Bond.BIRTH: _parent_noun(kin.person(person)),
            Bond.CARER: "carer",
        }.get(bond, f"{bond} parent")
        found.append(f"{noun} of {_listed(kin, children)}")
    holds = [each.child for each in kin.parents if each.parent == person and each.responsibility]
    if holds:
        found.append(f"parental responsibility for {_listed(kin, holds)}")
    return found


def _parent_noun(person: Person) -> str:
    if person.gender:
        return "parent"
    return {Sex.FEMALE: "mother", Sex.MALE: "father"}.get(person.sex, "parent")


def _child_words(kin: Kin, person: PersonId) -> list[str]:
    by_bond: dict[Bond, list[PersonId]] = {}
    for each in kin.parents:
        if each.child == person:
            by_bond.setdefault(each.bond, []).append(each.parent)
    words = {
        Bond.BIRTH: "child of",
        Bond.ADOPTIVE: "adopted by",
        Bond.FOSTER: "fostered by",
        Bond.STEP: "stepchild of",
        Bond.CARER: "cared for by",
    }
    return [f"{words[bond]} {_listed(kin, parents)}" for bond, parents in by_bond.items()]


def _listed(kin: Kin, people: Iterable[PersonId]) -> str:
    names = [kin.person(each).name for each in people]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def couple_date_words(couple: Couple) -> str:
    """Return the years of a couple: "2019 – 2024", "since 2019"."""
    if couple.until is not None:
        return f"{couple.since.year if couple.since else ''} – {couple.until.year}".strip()
    return f"since {couple.since.year}" if couple.since is not None and couple.together else ""


def home_name(number: int) -> str:
    """Return what a home is called in a drawing: never an address."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return f"Home {letters[number % 26]}{number // 26 or ''}"


def life_words(person: Person, today: date) -> str:
    """Return an age, or when somebody died, or is to be born; "" if nothing is known."""
    if person.death_date is not None:
        return f"died {person.death_date.year}"
    age = age_words(person, today)
    return "" if age == "age not known" else age
