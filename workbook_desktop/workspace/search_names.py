"""The names of a worker's families, ready to be looked through: no longer than the store is unlocked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbook_desktop.domain.folding import name_words
from workbook_desktop.domain.ids import FamilyId, PersonId
from workbook_desktop.domain.people import Family, Household, Person, without_restricted


class Names:
    """The names of some families. Made anew when a family is another by now."""

    def __init__(self, families: Sequence[Family], most: int) -> None:
        """`most`: for how many families a command is offered."""
        self.families, self._most = tuple(families), most
        self._of_family = [_Words(family.name) for family in families]
        # That somebody is kept restricted is not told by a search: they stand in the family's file alone.
        found = [without_restricted(family) for family in families]
        self._people = [[(person, _Words(_said(person))) for person in family.people] for family in found]
        self._homes = [[(home, _Words(_place(home))) for home in family.households] for family in found]
        self._all = [
            " ".join((words.joined, *(own.joined for _, own in people)))
            for words, people in zip(self._of_family, self._people, strict=True)
        ]

    def are_of(self, families: Sequence[Family]) -> bool:
        """Say whether these are the very families they were made of."""
        return len(families) == len(self.families) and all(
            one is other for one, other in zip(families, self.families, strict=True)
        )

    def people(self, words: Sequence[str]) -> Iterator[tuple[Family, Person]]:
        """Yield everybody of whom every word begins a name; or the family's name, beside one of their own."""
        for family, of_family, people, said in zip(
            self.families, self._of_family, self._people, self._all, strict=True
        ):
            if not all(f" {word}" in said for word in words):
                continue
            for person, own in people:
                hits = [own.begin_with(word) for word in words]
                if any(hits) and all(
                    hit or of_family.begin_with(word) for hit, word in zip(hits, words, strict=True)
                ):
                    yield family, person

    def homes(self, words: Sequence[str]) -> Iterator[tuple[Family, Household]]:
        """Yield every home of whose address every word begins a word; or of the family's name, beside one of
        its address. A figure or letter alone finds nothing: a house number is everywhere."""
        if all(len(word) == 1 for word in words):
            return
        for family, of_family, homes in zip(self.families, self._of_family, self._homes, strict=True):
            for home, own in homes:
                hits = [own.begin_with(word) for word in words]
                if any(hit and len(word) > 1 for hit, word in zip(hits, words, strict=True)) and all(
                    hit or of_family.begin_with(word) for hit, word in zip(hits, words, strict=True)
                ):
                    yield family, home

    def named(self, words: Sequence[str]) -> tuple[set[str], set[PersonId], set[FamilyId]]:
        """Return the words that begin somebody's name, and those whom all of them name."""
        named = {word for word in words if len(word) > 1 and any(f" {word}" in said for said in self._all)}
        if not named:
            return named, set(), set()
        about = {person.id for _, person in self.people(sorted(named))}
        of = {
            family.id
            for family, of_family in zip(self.families, self._of_family, strict=True)
            if all(of_family.begin_with(word) for word in named)
        }
        return named, about, of

    def for_whom(
        self, words: Sequence[str], command: Sequence[str], within: FamilyId | None
    ) -> list[Family] | None:
        """Return the families a command is meant for: None if it is not asked for, [] if no one is named."""
        asked = [word for word in words if any(each.startswith(word) for each in command)]
        if not any(len(word) > 1 for word in asked):
            return None
        rest = [word for word in words if word not in asked]
        if rest:
            fits = [
                family
                for family, said in zip(self.families, self._all, strict=True)
                if all(f" {word}" in said for word in rest)
            ]
            return sorted(fits, key=lambda each: each.id != within)[: self._most] or None
        here = [family for family in self.families if family.id == within]
        return here or (list(self.families) if len(self.families) == 1 else [])


class _Words:
    """The words of a name, as they are looked for."""

    def __init__(self, text: str) -> None:
        self.joined = " ".join(("", *name_words(text)))

    def begin_with(self, word: str) -> bool:
        """Say whether one of them begins so."""
        return f" {word}" in self.joined


def _said(person: Person) -> str:
    said = (person.forename, person.surname, person.preferred_name, person.label, *person.former_names)
    return " ".join(said)


def _place(home: Household) -> str:
    """Return an address as it is looked for: the postcode also as one word ("xx11aa")."""
    return f"{home.address} {home.postcode} {''.join(home.postcode.split())}"
