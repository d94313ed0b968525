"""Finds an address in words: the name of a street or a house, or a postcode, as it is recorded or nearly.

Words are typed. What says where somebody lives without naming it is found by nobody but a reader.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from workbook_desktop.domain.people import Household

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
PARTS_OF_HOUSE: Final = frozenset(
    ["flat", "apartment", "apt", "unit", "room", "floor", "house", "block", "the"]
)
_WORD = re.compile(r"[^\W_]+")
_LEAST_JOINED: Final = 8  # letters: shorter ones stand inside other words


def words(text: str) -> list[str]:
    """Return the words of a text in the form in which they are compared."""
    plain = text.casefold().replace("’", "").replace("'", "")
    for sign in "“”‘–—…":  # what stands between words of ours; other letters take the long way
        plain = plain.replace(sign, " ")
    if plain.isascii():  # as nearly all is: nothing to take apart
        return _WORD.findall(plain)
    plain = unicodedata.normalize("NFKD", plain)
    return _WORD.findall("".join(each for each in plain if not unicodedata.combining(each)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A run of words to look for."""

    run: tuple[str, ...]

    def is_in(self, said: list[str], joined: str) -> bool:
        """Say whether it stands in a text, given as its words and as all of them in one."""
        one = "".join(self.run)
        if one not in joined:
            return False
        if len(one) >= _LEAST_JOINED:
            return True
        size = len(self.run)
        return any(tuple(said[at : at + size]) == self.run for at in range(len(said) - size + 1))


def texts_of(value: Any) -> Iterator[str]:
    """Yield what is typed, or chosen in words, anywhere in an answer's value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | Mapping):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from texts_of(each)


def secret_run(text: str) -> Secret:
    """Return some words as what to look for, as they stand."""
    return Secret(run=tuple(words(text)))


def secrets_of(homes: Iterable[Household]) -> tuple[Secret, ...]:
    """Return what gives an address away: the name of its street or house, and its postcode."""
    found = [each for home in homes for each in secrets_in(home.address, home.postcode)]
    return tuple(dict.fromkeys(found))


def secrets_in(address: str, postcode: str) -> tuple[Secret, ...]:
    """Return what gives one address away."""
    found: dict[tuple[str, ...], None] = {}
    parts = [words(each) for each in address.split(",")]
    for number, part in enumerate(parts):
        named = [each for each in part if not any(letter.isdigit() for letter in each)]
        named = [each for each in named if each not in PARTS_OF_HOUSE]
        is_town = len(parts) > 1 and number == len(parts) - 1 and len(named) == len(part)
        if not named or is_town:
            continue
        core = named[:-1] if named[-1] in _KINDS_OF_STREET and len(named) > 1 else named
        alone = len(core) == 1 and (len(core[0]) < 5 or core[0] in _COMMON)
        found[tuple(named if alone else core)] = None
    code = words(postcode)
    if code:
        found[tuple(code)] = None
        found[("".join(code),)] = None
    return tuple(Secret(run=run) for run in found)


def gives_away(text: str, secrets: Iterable[Secret]) -> bool:
    """Say whether a text holds one of these."""
    said = words(text)
    joined = "".join(said)
    return any(each.is_in(said, joined) for each in secrets)
