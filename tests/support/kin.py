"""Builds a family of many kinds for a genogram: invented, like all here."""

from __future__ import annotations

from datetime import date
from typing import Any

from workbook_desktop.domain.ids import FamilyId, PersonId
from workbook_desktop.domain.people import Family, Household, Person, Relationship, Sex

FAMILY = FamilyId("f-harbour")
TODAY = date(2026, 11, 22)


def person(name: str, sex: str = "U", born: int | None = None, **more: Any) -> Person:
    """Return a person whose id is their first name."""
    first, _, rest = name.partition(" ")
    birth = date(born, 5, 1) if born is not None else None
    return Person(
        id=PersonId(first.lower()),
        family=FAMILY,
        forename=first,
        surname=rest,
        sex=Sex(sex),
        birth_date=birth,
        **more,
    )


def tie(person_: str, kind: str, other: str, **more: Any) -> Relationship:
    """Return a relationship, by ids."""
    return Relationship(person=PersonId(person_), other=PersonId(other), kind=kind, **more)


def home(id_: str, *members: str, **more: Any) -> Household:
    """Return a household."""
    return Household(
        id=id_, members=tuple(map(PersonId, members)), address="3 Quay", postcode="", since=None, **more
    )


def family(*parts: Person | Relationship | Household, name: str = "Harbour") -> Family:
    """Return a family of people, ties and homes."""
    return Family(
        id=FAMILY,
        name=name,
        people=tuple(each for each in parts if isinstance(each, Person)),
        households=tuple(each for each in parts if isinstance(each, Household)),
        relationships=tuple(each for each in parts if isinstance(each, Relationship)),
        involvements=(),
    )


def the_harbours() -> Family:
    """Return three generations: two mothers, a father with three partners, step, half, foster and adopted
    children, twins, a pregnancy, two who died, one of whom nothing is known, and three homes."""
    return family(
        person("Wren Harbour", "F", 2017, is_child=True),
        person("Tess Harbour", "F", 2019, is_child=True),
        person("Toby Harbour", "M", 2019, is_child=True),
        person("Sami Okoye", "M", 2020, is_child=True),
        person("Nia O’Dell", "F", 2015, is_child=True),
        Person(
            id=PersonId("bump"),
            family=FAMILY,
            forename="",
            surname="",
            label="Baby",
            is_child=True,
            expected_birth_date=date(2027, 3, 3),
        ),
        person("Ruth Harbour", "F", 1990),
        person("Alex Harbour", "U", 1991, gender="non-binary"),
        person("Conor Dell", "M", 1988),
        person("Sadie Marsh", "F", 1992),
        person("Kit Marsh", "M", 2011, is_child=True),
        person("Ada Harbour", "F", 1960, death_date=date(2021, 2, 2)),
        person("Jack Harbour", "M", 1958),
        person("Elspeth Dell", "F", 1961),
        Person(id=PersonId("nobody"), family=FAMILY, forename="", surname=""),
        person("Bryn Ferry", "M", 1999),
        tie("ruth", "mother", "wren", parental_responsibility=True),
        tie("conor", "father", "wren"),
        tie("ruth", "mother", "tess", parental_responsibility=True),
        tie("ruth", "mother", "toby", parental_responsibility=True),
        tie("alex", "parent", "tess", parental_responsibility=True),
        tie("alex", "parent", "toby", parental_responsibility=True),
        tie("tess", "twin sister", "toby"),
        tie("alex", "step-parent", "wren"),
        tie("ruth", "wife", "alex", since=date(2018, 6, 1)),
        tie("ruth", "foster carer", "sami"),
        tie("alex", "foster carer", "sami"),
        tie(
            "ruth",
            "former partner",
            "conor",
            since=date(2014, 1, 1),
            until=date(2017, 1, 1),
            domestic_abuse=True,
        ),
        tie("conor", "adoptive father", "nia"),
        tie("conor", "partner", "sadie"),
        tie("sadie", "mother", "bump"),
        tie("conor", "father", "bump"),
        tie("sadie", "mother", "kit"),
        tie("nobody", "father", "kit"),
        tie("conor", "stepfather", "kit"),
        tie("ada", "mother", "ruth"),
        tie("jack", "father", "ruth"),
        tie("ada", "wife", "jack"),
        tie("elspeth", "mother", "conor"),
        tie("elspeth", "grandmother", "wren"),
        tie("bryn", "friend", "sadie"),
        tie("wren", "half-sister", "nia"),
        home("h-1", "ruth", "alex", "wren", "tess", "toby", "sami", protected=True),
        home("h-2", "conor", "sadie", "kit", "nia"),
        home("h-3", "jack"),
    )
