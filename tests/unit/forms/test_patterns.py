"""Patterns are weighed before they are used: none can hang the window."""

from __future__ import annotations

import re

import pytest

from workbook_desktop.forms import patterns

HANGING = [
    "(a+)+$",
    "(a|a)*b",
    "(a|aa)+$",
    "(a|a)" * 24 + "b",  # 16 million ways from each letter: a minute and more
    "(?:a|aa){1,5}(a|aa){1,5}(a|aa){1,5}(a|aa){1,5}b",
    "(?:a?){20}a{20}",
    "a?" * 30 + "a" * 30,
    r"(\w+\s?)+",
    r"([a-z]+)*[0-9]",
    "((ab)*)*c",
    "(?i:a*A*a*)b",
    "(a)?(?(1)b|c)",
]
EVERYDAY = [
    r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}",
    r"[0-9]{3} ?[0-9]{3} ?[0-9]{4}",
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    r"^(\+\d{1,2}\s?)?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}$",
    r"\d{1,3}(,\d{3})*(\.\d+)?",
    r"[A-Za-z]+( [A-Za-z]+)*",
    r"(0[1-9]|[12][0-9]|3[01])/(0[1-9]|1[0-2])/\d{4}",
    r"https?://[^\s/$.?#].[^\s]*",
    r"[\S\s]*",
]


@pytest.mark.parametrize("pattern", HANGING)
def test_a_pattern_with_too_many_ways_is_not_used(pattern: str) -> None:
    assert patterns.compiled(pattern) is None
    assert patterns.why_not(pattern) == "trying it on a long answer could take for ever"


@pytest.mark.parametrize("pattern", EVERYDAY)
def test_patterns_of_everyday_are_tried_on_every_answer(pattern: str) -> None:
    assert patterns.why_not(pattern) == ""
    assert patterns.longest_text(pattern) == patterns.LONGEST


@pytest.mark.parametrize("pattern", ["a*a*a*b", ".*.*.*x", "[ab]*[ab]*[ab]*c", "(.*)(.*)\\2\\1x"])
def test_a_heavy_pattern_is_tried_on_shorter_texts_only_and_the_more_so_where_it_may_begin_anywhere(
    pattern: str,
) -> None:
    whole, part = (patterns.longest_text(pattern, search=search) for search in (False, True))
    assert part < whole <= patterns.LONGEST
    for letters, search in ((whole, False), (part, True)):
        assert patterns.ways(pattern, letters, search=search) <= 1_000_000


def test_the_bound_counts_at_least_the_ways_there_are() -> None:
    """On small patterns, where every way can be counted by hand."""
    for pattern, letters, ways in (
        ("a*a*b", 10, 11),  # where the first ends
        ("(a|a)(a|a)(a|a)b", 10, 8),
        ("a{2,5}a{1,3}b", 10, 4),
        ("(ab?)*a*b", 4, 5),
    ):
        assert patterns.ways(pattern, letters) >= ways
        assert re.compile(pattern)
