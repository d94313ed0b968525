"""Patterns that a form sets for an answer, kept from hanging the window.

Python's `re` tries every way in which a pattern can match, and a pattern such as ``(a+)+b`` has very many. So
each pattern is weighed before it is used: the weight is an upper bound on the number of ways for a text of
`LONGEST` letters, and one that is too heavy is not used at all.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

LONGEST = 256  # letters of an answer that a pattern is tried on
_LONGEST_PATTERN = 500
_HEAVIEST = 20_000_000  # three unbounded repeats pass; tried, the worst of them take a tenth of a second

# Private to `re`, though unchanged since 3.11: should it go, no pattern is used and forms say so.
_parser: Any = getattr(re, "_parser", None)


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """Return the pattern, or None if it is not understood or could take too long."""
    if why_not(pattern):
        return None
    return re.compile(pattern)


@lru_cache(maxsize=512)
def why_not(pattern: str) -> str:
    """Say in plain words why a pattern is not used; ``""`` if it is."""
    if len(pattern) > _LONGEST_PATTERN:
        return "it is too long"
    try:
        re.compile(pattern)
        if _parser is None:
            return "it could not be weighed"
        weight = _weight(_parser.parse(pattern))
    except (re.error, RecursionError, OverflowError, MemoryError):
        return "it is not understood"
    return "" if weight <= _HEAVIEST else "trying it on a long answer could take for ever"


def _weight(tree: Any) -> int:
    weight = 1
    for name, value in tree:
        weight *= _part(str(name), value)
        if weight > _HEAVIEST:
            return _HEAVIEST + 1
    return weight


def _part(name: str, value: Any) -> int:
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, body = value
        inner = _weight(body)
        most = min(int(most), LONGEST)
        least = min(int(least), most)
        if inner == 1:
            return most - least + 1
        total = 0
        for times in range(least, most + 1):
            total += inner ** min(times, 32)
            if total > _HEAVIEST:
                break
        return total
    if name == "BRANCH":
        return sum(_weight(branch) for branch in value[1])
    if name == "SUBPATTERN":
        return _weight(value[-1])
    if name in ("ASSERT", "ASSERT_NOT"):
        return _weight(value[1])
    if name == "ATOMIC_GROUP":
        return _weight(value)
    if name == "GROUPREF_EXISTS":
        return _HEAVIEST + 1
    return 1
