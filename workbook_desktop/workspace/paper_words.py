"""Looks through words for what must not be in them: where somebody lives, a telephone number, a name.

Words are typed, so this finds what is spelt as it is recorded, or nearly. It leaves out too much rather than
too little; what it cannot find is why the worker reads the preview.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from workbook_desktop.domain.people import Household, Person

_KINDS_OF_STREET: Final = frozenset(
    [
        "avenue",
        "ave",
        "close",
        "cl",
        "court",
        "ct",
        "crescent",
        "cres",
        "drive",
        "dr",
        "gardens",
        "gdns",
        "green",
        "grove",
        "hill",
        "lane",
        "ln",
        "mews",
        "parade",
        "park",
        "place",
        "pl",
        "rise",
        "road",
        "rd",
        "row",
        "square",
        "sq",
        "street",
        "st",
        "terrace",
        "ter",
        "view",
        "walk",
        "way",
        "wharf",
        "yard",
        "steps",
    ]
)
_COMMON: Final = frozenset(
    [
        "station",
        "church",
        "school",
        "victoria",
        "albert",
        "king",
        "queen",
        "kings",
        "queens",
        "market",
        "bridge",
        "chapel",
        "castle",
        "station",
        "north",
        "south",
        "east",
        "west",
        "manor",
        "abbey",
        "orchard",
        "windsor",
        "london",
        "green",
        "grange",
    ]
)  # names of so many streets that the word alone says nothing
_PARTS_OF_HOUSE: Final = frozenset(
    ["flat", "apartment", "apt", "unit", "room", "floor", "house", "block", "the"]
)
DWELLINGS: Final = frozenset(
    [
        *("flat", "flats", "apartment", "apartments", "maisonette", "bedsit", "studio", "bungalow"),
        *("house", "houses", "cottage", "caravan", "houseboat", "refuge", "hostel", "shelter"),
    ]
)  # in what kind of home somebody lives
_SECRET_BY_NATURE: Final = frozenset(["refuge", "refuges", "hostel", "shelter"])
_RINGING: Final = frozenset(
    [
        *("ring", "rings", "ringing", "rang", "rung", "phone", "phones", "phoned", "phoning"),
        *("telephone", "telephones", "telephoned", "call", "calls", "called", "calling"),
        *("text", "texts", "texted", "texting", "message", "messages", "messaged"),
    ]
)
_OTHERS: Final = frozenset(["she", "her", "they", "their", "them", "mum", "mummy", "mother"])
_WORD = re.compile(r"[^\W_]+")
_LEAST_JOINED: Final = 8  # letters: shorter ones stand inside other words


def words(text: str) -> list[str]:
    """Return the words of a text in the form in which they are compared."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "").replace("'", ""))
    return _WORD.findall("".join(each for each in plain if not unicodedata.combining(each)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A run of words to look for."""

    run: tuple[str, ...]

    def is_in(self, said: list[str], joined: str) -> bool:
        """Say whether it stands in a text, given as its words and as all of them in one."""
        one = "".join(self.run)
        if len(one) >= _LEAST_JOINED and one in joined:
            return True
        size = len(self.run)
        return any(tuple(said[at : at + size]) == self.run for at in range(len(said) - size + 1))


def secret_run(text: str) -> Secret:
    """Return some words as what to look for, as they stand."""
    return Secret(run=tuple(words(text)))


def secrets_of(homes: Iterable[Household]) -> tuple[Secret, ...]:
    """Return what gives an address away: the name of its street or house, and its postcode."""
    found: dict[tuple[str, ...], None] = {}
    for home in homes:
        parts = [words(each) for each in home.address.split(",")]
        for number, part in enumerate(parts):
            named = [each for each in part if not any(letter.isdigit() for letter in each)]
            named = [each for each in named if each not in _PARTS_OF_HOUSE]
            is_town = len(parts) > 1 and number == len(parts) - 1 and len(named) == len(part)
            if not named or is_town:
                continue
            core = named[:-1] if named[-1] in _KINDS_OF_STREET and len(named) > 1 else named
            alone = len(core) == 1 and (len(core[0]) < 5 or core[0] in _COMMON)
            found[tuple(named if alone else core)] = None
        code = words(home.postcode)
        if code:
            found[tuple(code)] = None
            found[("".join(code),)] = None
    return tuple(Secret(run=run) for run in found)


def gives_away(text: str, secrets: Iterable[Secret]) -> bool:
    """Say whether a text holds one of these."""
    said = words(text)
    joined = "".join(said)
    return any(each.is_in(said, joined) for each in secrets)


def numbers_of(people: Iterable[Person]) -> frozenset[str]:
    """Return the telephone numbers of people, as digits without a country's code."""
    return frozenset(digits for person in people if len(digits := _digits(person.phone)) >= 6)


def holds_number(text: str, numbers: Iterable[str]) -> bool:
    """Say whether a text holds one of these telephone numbers, however it is spaced."""
    digits = re.sub(r"\D", "", text)
    return any(each in digits for each in numbers)


_POSTCODE = re.compile(r"\b[a-z]{1,2}[0-9][a-z0-9]?\s{0,2}[0-9][a-z]{2}\b", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?:\+|\b0)[0-9](?:[\s().-]{0,2}[0-9]){8,12}\b")


def looks_like_a_place_or_number(text: str) -> bool:
    """Say whether something in a text is written as postcodes or telephone numbers are."""
    return _POSTCODE.search(text) is not None or _TELEPHONE.search(text) is not None


def places_of(people: Iterable[Person]) -> tuple[Secret, ...]:
    """Return where people can be found in the day: the names of their schools and surgeries."""
    found: dict[tuple[str, ...], None] = {}
    for person in people:
        for place in (person.school, person.general_practice):
            named = words(place.split(",")[0])
            if named and len("".join(named)) >= 4:
                found[tuple(named)] = None
    return tuple(Secret(run=run) for run in found)


def _digits(phone: str) -> str:
    digits = re.sub(r"\D", "", phone)
    if digits.startswith("0044"):
        return digits[4:]
    return digits.removeprefix("44") if phone.strip().startswith("+") else digits.removeprefix("0")


def tells_the_kind_of_home(text: str, homes: Iterable[Household], *, any_kind: bool = True) -> bool:
    """Say whether a text says in what kind of home somebody may live: "come to the flat".

    Args:
        any_kind: a kind that is not theirs counts too ("the house"). If not, only theirs do, and homes that
            are secret by their nature ("the refuge").
    """
    said = set(words(text))
    theirs = {each for home in homes for each in words(home.address)} & (_PARTS_OF_HOUSE - {"the"})
    theirs |= {f"{each}s" for each in theirs}
    return bool(said & (theirs | (DWELLINGS if any_kind else _SECRET_BY_NATURE)))


def tells_of_ringing(text: str, people: Iterable[Person], apart_from: Iterable[Person]) -> bool:
    """Say whether a text may say whom some people ring, or who rings them."""
    said = set(words(text))
    return bool(said & _RINGING) and (bool(said & _OTHERS) or names_one_of(text, people, apart_from))


_ITS: Final = re.compile(r"['’]s?(?![^\W\d_])", re.IGNORECASE)  # of somebody: "Darren's", "the Pasks'"


def names_one_of(text: str, people: Iterable[Person], apart_from: Iterable[Person]) -> bool:
    """Say whether a text names one of some people by a name that is none of `apart_from`'s: "Darren's" is
    Darren too."""
    said = {*words(text), *words(_ITS.sub(" ", text))}
    known = {name for person in apart_from for name in _names(person)}
    return any(name in said for person in people for name in _names(person) if name not in known)


def _names(person: Person) -> list[str]:
    return [each for name in (person.forename, person.preferred_name, person.surname) for each in words(name)]


def names_worker(text: str, names: Iterable[str]) -> bool:
    """Say whether a text names one of some workers by their surname, or by their first name."""
    said = set(words(text))
    return any(said & set(words(name)) for name in names)
