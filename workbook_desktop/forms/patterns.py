"""Patterns that a form sets for an answer, kept from hanging the window.

Python's `re` tries every way in which a pattern can match, and a pattern such as ``(a+)+b`` has very many,
as has ``(a|a)(a|a)…``. It cannot be interrupted. So each pattern is weighed before it is used: `ways` is an
upper bound on the number of ways to match a text of so many letters, counted from each letter where the match
may begin. From it follows the longest text the pattern is tried on; one that is too heavy even for a short
text is not used at all.

Where what is repeated and what follows it share no letter (``[^@]+@``), there is one way only, though its
letters are gone through.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

LONGEST = 256  # letters of an answer that any pattern is tried on
_SHORTEST = 32  # a pattern that cannot be tried on so many is not used
_LONGEST_PATTERN = 500
_HEAVIEST = (
    500_000  # ways: mostly a few milliseconds; the worst of 12,000 patterns put together by chance took 70
)

# Private to `re`, though unchanged since 3.11: should it go, no pattern is used and forms say so.
_parser: Any = getattr(re, "_parser", None)


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """Return the pattern, or None if it is not understood or could take too long."""
    if why_not(pattern):
        return None
    return re.compile(pattern)


@lru_cache(maxsize=512)
def why_not(pattern: str, *, search: bool = False) -> str:
    """Say in plain words why a pattern is not used; ``""`` if it is. `search` as in `longest_text`."""
    if len(pattern) > _LONGEST_PATTERN:
        return "it is too long"
    if _parser is None:
        return "it could not be weighed"
    try:
        re.compile(pattern)
        longest = longest_text(pattern, search=search)
    except (re.error, RecursionError, OverflowError, MemoryError):
        return "it is not understood"
    return "" if longest else "trying it on a long answer could take for ever"


@lru_cache(maxsize=512)
def longest_text(pattern: str, *, search: bool = False) -> int:
    """Return the most letters a text may have to be tried with a pattern that `re` understands; 0: none.

    Args:
        search: the match may begin anywhere, and not only where the text does.
    """
    for letters in (LONGEST, 192, 128, 96, 64, 48, _SHORTEST):
        if ways(pattern, letters, search=search) <= _HEAVIEST:
            return letters
    return 0


@lru_cache(maxsize=4096)
def ways(pattern: str, letters: int, *, search: bool = False) -> int:
    """Return an upper bound on the ways to match a text of so many letters; `_HEAVIEST` + 1 is too many."""
    tree = _parser.parse(pattern)
    careful = bool(tree.state.flags & ~int(re.UNICODE | re.DOTALL))
    weigher = _Weigher(letters, careful)
    found = weigher.sequence(list(tree), _END)
    found *= 1 + weigher.told_apart * letters // 8  # going through letters costs an eighth of trying a way
    if search and not (len(tree) and str(tree[0][0]) == "AT" and "BEGINNING" in str(tree[0][1])):
        found *= letters + 1
    return int(min(found, _HEAVIEST + 1))


_Letters = frozenset[int]
_OTHER = 128  # stands for every letter beyond ASCII
_ALL: _Letters = frozenset(range(_OTHER + 1))
_END: _Letters = frozenset()  # nothing may follow
_CATEGORIES: dict[str, _Letters] = {
    "DIGIT": frozenset((*range(48, 58), _OTHER)),
    "SPACE": frozenset((9, 10, 11, 12, 13, 28, 29, 30, 31, 32, _OTHER)),
    "WORD": frozenset((*(n for n in range(_OTHER) if chr(n).isalnum()), 95, _OTHER)),
}
_ONE_LETTER = ("LITERAL", "NOT_LITERAL", "ANY", "IN")
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


class _Weigher:
    """Weighs the parts of one pattern for texts of one length."""

    def __init__(self, letters: int, careful: bool) -> None:
        self._letters, self._careful = letters, careful
        self.told_apart = (
            0  # long repeats that end in one place only: one way, but gone through letter by letter
        )

    def sequence(self, tree: list[Any], follow: _Letters) -> int:
        """Return the ways of parts one after the other, of which `follow` comes next."""
        total = 1
        after: tuple[_Letters, _Letters] | None = None  # the one letter that comes next, and what comes then
        for name, value in reversed(tree):
            if after is not None and self.is_told_apart(str(name), value, *after):
                self.told_apart += 1
            else:
                total *= self.part(str(name), value, follow)
            if total > _HEAVIEST:
                return _HEAVIEST + 1
            after = (self.first(str(name), value)[0], follow) if str(name) in _ONE_LETTER else None
            first, nullable = self.first(str(name), value)
            follow = first | follow if nullable else first
        return total

    def is_told_apart(self, name: str, value: Any, letter: _Letters, then: _Letters) -> bool:
        """Say whether letters, one more such letter and something else are told apart: ``[a-z-]*[a-z]@``."""
        if name not in _REPEATS or len(value[2]) != 1 or str(value[2][0][0]) not in _ONE_LETTER:
            return False
        letters, _ = self.first_of(list(value[2]))
        return letter <= letters and not letters & then

    def part(self, name: str, value: Any, follow: _Letters) -> int:
        if name in _REPEATS:
            least, most, body = value
            return self.repeat(int(least), min(int(most), self._letters), list(body), follow)
        if name == "BRANCH":
            branches = [list(each) for each in value[1]]
            found = [self.sequence(each, follow) for each in branches]
            firsts = [self.first_of(each) for each in branches]
            apart = sum(len(first) for first, _ in firsts) == len(frozenset().union(*(f for f, _ in firsts)))
            return max(found) if apart and not any(nullable for _, nullable in firsts) else sum(found)
        if name == "SUBPATTERN":
            return _HEAVIEST + 1 if value[1] or value[2] else self.sequence(list(value[-1]), follow)
        if name in ("ASSERT", "ASSERT_NOT"):
            return self.sequence(list(value[1]), _END)
        if name == "ATOMIC_GROUP":
            return self.sequence(list(value), _END)
        return _HEAVIEST + 1 if name == "GROUPREF_EXISTS" else 1

    def repeat(self, least: int, most: int, body: list[Any], follow: _Letters) -> int:
        first, nullable = self.first_of(body)
        ways = self.sequence(body, follow | first)
        ends = not nullable and not first & follow  # whether the next letter tells that it is over
        if ends and most > 8:
            self.told_apart += 1
        if ways == 1:
            return 1 if ends else max(most - least, 0) + 1
        total = 0
        for times in range(min(least, most), most + 1):
            now = ways**times if times < 32 else _HEAVIEST + 1
            total = max(total, now) if ends else total + now
            if total > _HEAVIEST:
                return _HEAVIEST + 1
        return max(total, 1)

    def first_of(self, tree: list[Any]) -> tuple[_Letters, bool]:
        """Return which letters parts can begin with, and whether they can be nothing."""
        found = _END
        for name, value in tree:
            first, nullable = self.first(str(name), value)
            found |= first
            if not nullable:
                return found, False
        return found, True

    def first(self, name: str, value: Any) -> tuple[_Letters, bool]:
        if name in _ONE_LETTER:
            return _ALL if self._careful else _set_of(name, value), False
        if name in _REPEATS:
            least, most, body = value
            first, nullable = self.first_of(list(body))
            return first, nullable or int(least) == 0 or int(most) == 0
        if name == "BRANCH":
            firsts = [self.first_of(list(each)) for each in value[1]]
            return frozenset().union(*(first for first, _ in firsts)), any(each for _, each in firsts)
        if name == "SUBPATTERN":
            return self.first_of(list(value[-1]))
        if name == "ATOMIC_GROUP":
            return self.first_of(list(value))
        if name == "AT":
            return (frozenset((10,)), False) if "END" in str(value) else (_END, True)
        if name in ("ASSERT", "ASSERT_NOT"):
            return _END, True
        return _ALL, True  # a group said again: it may be anything


def _set_of(name: str, value: Any) -> _Letters:
    if name == "LITERAL":
        return frozenset((min(int(value), _OTHER),))
    if name == "NOT_LITERAL":
        return _ALL - {int(value)} if int(value) < _OTHER else _ALL
    if name == "ANY":
        return _ALL
    found: set[int] = set()
    negated = False
    for kind, what in value:
        word = str(kind)
        if word == "NEGATE":
            negated = True
        elif word == "LITERAL":
            found.add(min(int(what), _OTHER))
        elif word == "RANGE":
            low, high = what
            found.update(range(min(low, _OTHER), min(high, _OTHER) + 1))
        elif word == "CATEGORY":
            for category, letters in _CATEGORIES.items():
                if str(what).endswith(category):
                    found |= (_ALL - letters) | {_OTHER} if "_NOT_" in str(what) else letters
        else:
            return _ALL
    return frozenset((_ALL - found) | {_OTHER}) if negated else frozenset(found)
