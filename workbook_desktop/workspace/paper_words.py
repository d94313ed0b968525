"""Looks through words for what must not be in them: where somebody lives, a telephone number, a name.

Words are typed, so this finds what is spelt as it is recorded, or nearly. It leaves out too much rather than
too little; what it cannot find is why the worker reads the preview.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from workbook_desktop.domain.given_away import PARTS_OF_HOUSE
from workbook_desktop.domain.given_away import Secret as Secret
from workbook_desktop.domain.given_away import gives_away as gives_away
from workbook_desktop.domain.given_away import secret_run as secret_run
from workbook_desktop.domain.given_away import secrets_of as secrets_of
from workbook_desktop.domain.given_away import words as words
from workbook_desktop.domain.people import Household, Person

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
    theirs = {each for home in homes for each in words(home.address)} & (PARTS_OF_HOUSE - {"the"})
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
