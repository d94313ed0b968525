"""Who is whose: a family's relationships, read as parents, couples and other ties.

Relationships are said in words ("stepfather of Leo"), by many hands. What is understood is drawn as what it
is; what is not is a tie with its own words. Nothing is made up: no parent is invented, nobody guessed to be
related. Only people of the family as this worker holds it are drawn; of a tie to others nothing is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from workbook_desktop.domain.ids import PersonId
from workbook_desktop.domain.people import Family, Household, Person, Relationship


class Bond(StrEnum):
    """How somebody is a parent, or stands in for one."""

    BIRTH = "birth"  # or nothing else was said
    ADOPTIVE = "adoptive"
    FOSTER = "foster"
    STEP = "step"
    CARER = "carer"  # kinship carer, special guardian, guardian


LINEAGE = (Bond.BIRTH, Bond.ADOPTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A parent, or who stands in for one, and a child."""

    parent: PersonId
    child: PersonId
    bond: Bond
    responsibility: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Couple:
    """Two people who are, or were, partners; or only parents of one child together."""

    one: PersonId
    other: PersonId
    said: bool = True  # False: it follows from a child alone
    together: bool = True
    abuse: bool = False
    since: date | None = None
    until: date | None = None

    @property
    def both(self) -> frozenset[PersonId]:
        """The two."""
        return frozenset((self.one, self.other))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Anything else that joins two people."""

    person: PersonId
    other: PersonId
    words: str  # "grandmother", "friend"
    above: int | None  # generations that `person` stands above `other`; None: none that follows
    abuse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """A family, read."""

    people: tuple[Person, ...]
    parents: tuple[Parent, ...]
    couples: tuple[Couple, ...]
    ties: tuple[Tie, ...]
    twins: tuple[frozenset[PersonId], ...]
    homes: tuple[Household, ...]  # of today, with no address; members who are here alone
    generations: Mapping[PersonId, int]  # 0 is the children's; parents are above, at -1
    doubts: tuple[str, ...] = ()  # what does not fit together, in words; it is not drawn

    def person(self, person: PersonId) -> Person:
        """Return a person of it."""
        return next(each for each in self.people if each.id == person)


_NOUNS: dict[str, str] = {
    **dict.fromkeys(("mother", "father", "parent", "mum", "mam", "mummy", "mom", "dad", "daddy"), "parent"),
    **dict.fromkeys(("son", "daughter", "child"), "child"),
    **dict.fromkeys(("carer", "guardian", "caregiver"), "carer"),
    **dict.fromkeys(("brother", "sister", "sibling", "twin"), "sibling"),
    **dict.fromkeys(("partner", "husband", "wife", "spouse", "fiance", "fiancee"), "partner"),
    **dict.fromkeys(("cohabitee", "girlfriend", "boyfriend", "widow", "widower"), "partner"),
}
_ABOVE = {
    **dict.fromkeys(("grandmother", "grandfather", "grandparent", "grandma", "grandad", "granddad"), 2),
    **dict.fromkeys(("granny", "gran", "nan", "nana", "nain", "taid"), 2),
    **dict.fromkeys(("grandson", "granddaughter", "grandchild"), -2),
    **dict.fromkeys(("aunt", "auntie", "aunty", "uncle"), 1),
    **dict.fromkeys(("niece", "nephew"), -1),
    "cousin": 0,
}
_BONDS = {
    **dict.fromkeys(("step",), Bond.STEP),
    **dict.fromkeys(("foster", "fostered"), Bond.FOSTER),
    **dict.fromkeys(("adoptive", "adopted"), Bond.ADOPTIVE),
}
_PAST = frozenset(("former", "ex", "separated", "divorced", "late", "estranged", "widow", "widower"))
_PREFIXES = ("step", "foster", "half", "great", "ex")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    noun: str = ""  # parent, child, carer, sibling, partner; "" for any other
    bond: Bond = Bond.BIRTH
    above: int | None = None
    past: bool = False
    twin: bool = False


def _meaning(kind: str) -> _Meaning:
    """Return what words say: "step-father", "maternal great grandmother", "ex wife"."""
    words = re.findall(r"[a-z]+", kind.casefold().replace("é", "e"))
    if "law" in words or any(word.startswith("god") for word in words):  # by marriage or promise: a tie
        return _Meaning()
    bond, noun, past, great = Bond.BIRTH, "", False, 0
    above: int | None = None
    for word in words:
        stem = word
        prefix = next((each for each in _PREFIXES if word.startswith(each) and len(word) > len(each)), "")
        if prefix and word[len(prefix) :] in _NOUNS | _ABOVE:
            stem = word[len(prefix) :]
            bond = _BONDS.get(prefix, bond)
            great += prefix == "great"
            past = past or prefix == "ex"
        bond = _BONDS.get(word, bond)
        past = past or word in _PAST
        great += word == "great"
        noun = _NOUNS.get(stem, noun)
        above = _ABOVE.get(stem, above)
    if above:
        above += great if above > 0 else -great
    return _Meaning(noun=noun, bond=bond, above=above, past=past, twin="twin" in words)


def kin_of(family: Family, today: date | None = None) -> Kin:
    """Return a family's relationships as they can be drawn. Never fails: what does not fit is in `doubts`.

    Args:
        today: the day on which homes are looked at; None takes all that have no end.
    """
    people = {person.id: person for person in family.people}
    reading = _Reading(people)
    for tie in family.relationships:
        if tie.person in people and tie.other in people:
            reading.take(tie)
    ranks = _Ranks(people)
    reading.rank(ranks)
    homes = tuple(
        replace(home, members=members, address="", postcode="")
        for home in family.households
        if (home.until is None or (today is not None and today < home.until))
        and (members := tuple(dict.fromkeys(each for each in home.members if each in people)))
    )
    return Kin(
        people=tuple(people.values()),
        parents=tuple(reading.parents.values()),
        couples=tuple(reading.couples.values()),
        ties=tuple(reading.ties),
        twins=_groups(reading.twins),
        homes=homes,
        generations=ranks.numbered({each.id for each in people.values() if each.is_child}),
        doubts=tuple(dict.fromkeys(reading.doubts)),
    )


class _Reading:
    """Takes ties one by one; said twice, or from both sides, each is there once."""

    def __init__(self, people: Mapping[PersonId, Person]) -> None:
        self._people = people
        self.parents: dict[tuple[PersonId, PersonId], Parent] = {}
        self.couples: dict[frozenset[PersonId], Couple] = {}
        self.ties: list[Tie] = []
        self.twins: list[frozenset[PersonId]] = []
        self.doubts: list[str] = []

    def take(self, tie: Relationship) -> None:
        """Take one relationship in."""
        if tie.person == tie.other:
            self.doubts.append(
                f"{self._name(tie.person)} is recorded as {tie.kind} of themselves: not drawn."
            )
            return
        said = _meaning(tie.kind)
        if said.noun in ("parent", "carer"):
            is_carer = said.noun == "carer" and said.bond is Bond.BIRTH
            bond = Bond.CARER if is_carer else said.bond
            self._parent(tie.person, tie.other, bond, responsibility=tie.parental_responsibility)
        elif said.noun == "child":
            self._parent(tie.other, tie.person, said.bond, responsibility=False)
        elif said.noun == "partner":
            self._couple(tie, together=not said.past and tie.until is None)
        else:
            if said.twin:
                self.twins.append(frozenset((tie.person, tie.other)))
            above = 0 if said.noun == "sibling" else said.above
            self._tie(tie.person, tie.other, tie.kind, above, abuse=tie.domestic_abuse)

    def _parent(self, parent: PersonId, child: PersonId, bond: Bond, *, responsibility: bool) -> None:
        before = self.parents.get((parent, child))
        if before is not None:
            responsibility = responsibility or before.responsibility
            bond = before.bond if bond is Bond.BIRTH else bond
        self.parents[parent, child] = Parent(
            parent=parent, child=child, bond=bond, responsibility=responsibility
        )

    def _couple(self, tie: Relationship, *, together: bool) -> None:
        both = frozenset((tie.person, tie.other))
        before = self.couples.get(both) or Couple(one=tie.person, other=tie.other)
        self.couples[both] = replace(
            before,
            together=together and before.together,
            abuse=tie.domestic_abuse or before.abuse,
            since=tie.since or before.since,
            until=tie.until or before.until,
        )

    def _tie(
        self, person: PersonId, other: PersonId, words: str, above: int | None, *, abuse: bool = False
    ) -> None:
        for before in self.ties:
            if {before.person, before.other} == {person, other} and (
                before.words == words or (before.above is not None and above is not None)
            ):
                return  # "brother of" and "sister of" say one thing
        self.ties.append(Tie(person=person, other=other, words=words, above=above, abuse=abuse))

    def rank(self, ranks: _Ranks) -> None:
        """Put people in generations: by lineage first, then couples, then who stands in, then all else."""
        self._rank_parents(ranks, LINEAGE)
        self._couples_by_children()
        for both, each in list(self.couples.items()):
            if not ranks.set_apart(each.one, each.other, 0):  # such as partners who are uncle and niece
                del self.couples[both]
                if each.said:
                    words = "partner" if each.together else "former partner"
                    self._tie(each.one, each.other, words, None, abuse=each.abuse)
        self._rank_parents(ranks, (Bond.FOSTER, Bond.STEP))
        self._rank_parents(ranks, (Bond.CARER,))
        for tie in list(self.ties):
            if tie.above is not None and not ranks.set_apart(tie.person, tie.other, tie.above):
                self.ties.remove(tie)
                self._doubt(tie.person, tie.other, tie.words)
        for tie in self.ties:
            if tie.above is None:
                ranks.set_near(tie.person, tie.other)

    def _rank_parents(self, ranks: _Ranks, bonds: tuple[Bond, ...]) -> None:
        for each in list(self.parents.values()):
            if each.bond not in bonds or ranks.set_apart(each.parent, each.child, 1):
                continue
            del self.parents[each.parent, each.child]
            if each.bond is Bond.CARER:  # an older sister or a grandmother may well be one
                self._tie(each.parent, each.child, "carer", None)
            else:
                what = "parent" if each.bond in LINEAGE else f"{each.bond} parent"
                self._doubt(each.parent, each.child, what)

    def _couples_by_children(self) -> None:
        """Two parents of one child are drawn together, and not said to be partners."""
        found: dict[PersonId, list[PersonId]] = {}
        for each in self.parents.values():
            if each.bond in LINEAGE:
                found.setdefault(each.child, []).append(each.parent)
        for parents in found.values():
            if len(parents) > 1:
                one, other = parents[:2]
                couple = Couple(one=one, other=other, said=False, together=False)
                self.couples.setdefault(couple.both, couple)

    def _doubt(self, person: PersonId, other: PersonId, what: str) -> None:
        self.doubts.append(
            f"{self._name(person)} is recorded as {what} of {self._name(other)}."
            " That does not fit with what else is recorded, and is not drawn."
        )

    def _name(self, person: PersonId) -> str:
        return self._people[person].name


class _Ranks:
    """Generations: sets of people whose distance is known, joined as more is read."""

    def __init__(self, people: Iterable[PersonId]) -> None:
        self._root = {person: person for person in people}
        self._down = dict.fromkeys(self._root, 0)  # how far below the next on the way to its root

    def _find(self, person: PersonId) -> tuple[PersonId, int]:
        down = 0
        while self._root[person] != person:
            down += self._down[person]
            person = self._root[person]
        return person, down

    def set_apart(self, upper: PersonId, lower: PersonId, by: int) -> bool:
        """Have one stand so many generations above another; False if it is known otherwise."""
        (one, down_one), (other, down_other) = self._find(upper), self._find(lower)
        if one == other:
            return down_other - down_one == by
        self._root[other] = one
        self._down[other] = down_one + by - down_other
        return True

    def set_near(self, one: PersonId, other: PersonId) -> None:
        """Have two stand side by side, unless something is known of how they stand."""
        if self._find(one)[0] != self._find(other)[0]:
            self.set_apart(one, other, 0)

    def numbered(self, children: set[PersonId]) -> dict[PersonId, int]:
        """Return a generation for everybody. The children whom the work is about are at 0; sets that nothing
        joins stand so that their children are there too, and sets of adults above them."""
        sets: dict[PersonId, dict[PersonId, int]] = {}
        for person in self._root:
            root, down = self._find(person)
            sets.setdefault(root, {})[person] = down
        found: dict[PersonId, int] = {}
        for members in sets.values():
            young = sorted(down for person, down in members.items() if person in children)
            level = young[len(young) // 2] if young else max(members.values()) + 1
            found |= {person: down - level for person, down in members.items()}
        return {person: found[person] for person in self._root}


def _groups(pairs: Iterable[frozenset[PersonId]]) -> tuple[frozenset[PersonId], ...]:
    """Return twins, triplets and more: pairs that share somebody are one group."""
    found: list[frozenset[PersonId]] = []
    for pair in pairs:
        near = [each for each in found if each & pair]
        found = [each for each in found if each not in near]
        found.append(pair.union(*near))
    return tuple(found)
