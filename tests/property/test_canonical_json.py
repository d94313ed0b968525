"""Two people's laptops and the ICS hash the same bytes: canonical JSON as RFC 8785 has it.

Compared with an implementation that shares nothing with ours: no `json`, no sorting of encoded text, one
character at a time. Our values are narrower than the RFC's: no fractions, and whole numbers of up to 64 bits
are written as they are, not as doubles.
"""

from __future__ import annotations

import functools
import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync.protocol import canonical, hash_of, strict_json
from workbook_desktop.domain.records import canonical_json, content_hash

# Characters at which encodings part: controls, quotes, the last before and the first after the surrogates,
# private use, and astral ones, which UTF-16 sorts before U+E000 and UTF-8 after it.
CHARACTERS = st.sampled_from(
    "\x00\b\t\n\f\r\x1b\x1f \"/\\<>&'\x7f\x80\xa0é’"
    "\u2028\u2029\ud7ff\ue000\ufb33\uffff𐀀😀🧒🏽\U0010ffffaAzZ09~"
)
TEXTS = st.text(CHARACTERS | st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.integers(-3, 3)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=6),
    max_leaves=20,
)


def slowly(value: Any) -> str:
    """RFC 8785, section 3.2, by the letter."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return _digits(value)
    if isinstance(value, str):
        return '"' + "".join(_character(each) for each in value) + '"'
    if isinstance(value, list):
        return "[" + ",".join(slowly(each) for each in value) + "]"
    names = sorted(value, key=functools.cmp_to_key(_compared))
    return "{" + ",".join(f"{slowly(name)}:{slowly(value[name])}" for name in names) + "}"


def _digits(number: int) -> str:
    if number < 0:
        return "-" + _digits(-number)
    rest, digit = divmod(number, 10)
    return (_digits(rest) if rest else "") + "0123456789"[digit]


def _character(character: str) -> str:
    two = {"\b": "b", "\t": "t", "\n": "n", "\f": "f", "\r": "r", '"': '"', "\\": "\\"}
    if character in two:
        return "\\" + two[character]
    if ord(character) < 0x20:
        return "\\u00" + "0123456789abcdef"[ord(character) // 16] + "0123456789abcdef"[ord(character) % 16]
    return character


def _units(text: str) -> list[int]:
    """UTF-16 code units, worked out by hand."""
    units = []
    for point in map(ord, text):
        if point < 0x10000:
            units.append(point)
        else:
            units += [0xD800 + ((point - 0x10000) >> 10), 0xDC00 + ((point - 0x10000) & 0x3FF)]
    return units


def _compared(one: str, other: str) -> int:
    here, there = _units(one), _units(other)
    for a, b in zip(here, there, strict=False):
        if a != b:
            return -1 if a < b else 1
    return len(here) - len(there)


@given(value=VALUES)
@example(value={"\ue000": 1, "😀": 2, "\uffff": 3, "𐀀": 4, "z": 5})
@example(value={"😀": {"\ufb33": 1, "🧒🏽": 2}, "": {}, "a": [], "\x7f\x1f": "</script>"})
@example(value=[2**64 - 1, -(2**63), 0, True, False, None])
def test_canonical_json_is_what_the_rfc_says(value: Any) -> None:
    expected = slowly(value).encode()
    assert canonical_json(value) == expected
    assert canonical(value) == expected


@given(value=VALUES)
def test_canonical_json_reads_back_and_says_the_same_again(value: Any) -> None:
    written = canonical(value)
    assert msgspec.json.decode(written) == value == json.loads(written)
    assert canonical(strict_json(written)) == written


@given(content=st.dictionaries(st.sampled_from(["answers", "groups"]), st.dictionaries(TEXTS, VALUES)))
def test_both_ways_to_a_hash_agree(content: dict[str, Any]) -> None:
    expected = hashlib.sha256(slowly(content).encode()).hexdigest()
    assert hash_of(content) == content_hash(content) == expected


def test_the_example_of_the_rfc_for_the_order_of_names() -> None:
    # Section 3.2.3, with its own names.
    names = ["\u20ac", "\r", "\ufb33", "1", "😀", "\u0080", "ö"]
    expected = ["\r", "1", "\u0080", "ö", "\u20ac", "😀", "\ufb33"]
    for write in (canonical, canonical_json):
        assert list(json.loads(write(dict.fromkeys(names, 0)))) == expected


@pytest.mark.parametrize("value", [0.5, 1.0, {"a": [1e30]}])
def test_a_fraction_has_no_canonical_form_here(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)
