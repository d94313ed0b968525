"""Which characters the fonts on paper can draw, read from the fonts themselves.

A character that no font has would stop the typesetter (a tagged PDF may hold no empty box), or be a box on
a page that a family reads. So it is looked for beforehand, the worker is told, and a mark stands there.
"""

from __future__ import annotations

import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from workbook_desktop.paths import resource

FONTS: Final = (
    "SourceSans3-Regular.ttf",
    "SourceSans3-Bold.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansArabic-Bold.ttf",
    "NotoSansBengali-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansEthiopic-Regular.ttf",
    "NotoSansGujarati-Regular.ttf",
    "NotoSansGurmukhi-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansTamil-Regular.ttf",
    "NotoEmoji-Regular.ttf",
)
MARK: Final = "[?]"  # in place of what cannot be drawn

# What changes the direction or joins letters without being seen. Direction is the typesetter's to find: an
# override in a name could make a page read otherwise than what is stored.
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_UNSEEN = frozenset("\u00ad\ufeff\ufe0e\ufe0f\u200b\u2060")
_JOINERS = frozenset("\u200c\u200d")


def clean(text: str) -> tuple[str, frozenset[str]]:
    """Return a text as it can be set, and the characters in it that no font can draw.

    Line ends are LF. Controls, direction overrides and unseen marks are dropped; a tab is a space.
    """
    missing: set[str] = set()
    found: list[str] = []
    drawn = _ranges()
    said = unicodedata.normalize(
        "NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    )
    for letter in said:
        if letter == "\n" or (" " <= letter <= "~"):
            found.append(letter)
            continue
        kind = unicodedata.category(letter)
        if letter in ("\t", "\u2029") or kind == "Zs":
            found.append("\u00a0" if letter in "\u00a0\u202f" else " ")
        elif letter in _OVERRIDES or letter in _UNSEEN or kind == "Cc":
            continue
        elif letter in _JOINERS or _is_in(drawn, ord(letter)):
            found.append(letter)
        else:
            missing.add(letter)
            if found[-1:] != [MARK]:
                found.append(MARK)
    return "".join(found), frozenset(missing)


def is_right_to_left(text: str) -> bool:
    """Say whether a paragraph begins, with its first letter, in a script that runs from right to left."""
    for letter in text:
        way = unicodedata.bidirectional(letter)
        if way in ("R", "AL"):
            return True
        if way == "L":
            return False
    return False


def _is_in(ranges: tuple[list[int], list[int]], code: int) -> bool:
    starts, ends = ranges
    at = bisect_right(starts, code) - 1
    return at >= 0 and code <= ends[at]


@cache
def _ranges() -> tuple[list[int], list[int]]:
    """Return where the drawn characters start and end, in order."""
    codes: set[int] = set()
    for name in FONTS:
        if name.endswith("-Bold.ttf"):
            continue
        codes.update(_drawn_by(resource("fonts", name).read_bytes()))
    starts: list[int] = []
    ends: list[int] = []
    for code in sorted(codes):
        if ends and code == ends[-1] + 1:
            ends[-1] = code
        else:
            starts.append(code)
            ends.append(code)
    return starts, ends


def _drawn_by(font: bytes) -> Iterator[int]:
    """Yield the characters a TrueType or OpenType font has a glyph for (tables of format 4 and 12)."""
    count = struct.unpack_from(">H", font, 4)[0]
    tables = {
        font[at : at + 4]: struct.unpack_from(">L", font, at + 8)[0] for at in range(12, 12 + 16 * count, 16)
    }
    base = tables[b"cmap"]
    subtables = struct.unpack_from(">H", font, base + 2)[0]
    for number in range(subtables):
        at = base + struct.unpack_from(">L", font, base + 4 + 8 * number + 4)[0]
        match struct.unpack_from(">H", font, at)[0]:
            case 4:
                yield from _format_4(font, at)
            case 12:
                groups = struct.unpack_from(">L", font, at + 12)[0]
                for group in range(groups):
                    first, last, _ = struct.unpack_from(">LLL", font, at + 16 + 12 * group)
                    yield from range(first, last + 1)
            case _:
                continue


def _format_4(font: bytes, at: int) -> Iterable[int]:
    twice = struct.unpack_from(">H", font, at + 6)[0]
    half = twice // 2
    ends = struct.unpack_from(f">{half}H", font, at + 14)
    starts = struct.unpack_from(f">{half}H", font, at + 16 + twice)
    deltas = struct.unpack_from(f">{half}H", font, at + 16 + 2 * twice)
    offsets_at = at + 16 + 3 * twice
    offsets = struct.unpack_from(f">{half}H", font, offsets_at)
    for number, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for code in range(start, min(end, 0xFFFE) + 1):
            if offset == 0:
                glyph = (code + delta) & 0xFFFF
            else:
                place = offsets_at + 2 * number + offset + 2 * (code - start)
                glyph = struct.unpack_from(">H", font, place)[0] if place + 2 <= len(font) else 0
            if glyph:
                yield code
