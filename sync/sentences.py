"""Narrative, merged by sentence: two workers' changes stand together where an unchanged sentence parts them.

No fuzzy placing and no characters: a sentence is taken whole from one side or the other, or a person is
asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

# A sentence ends at a line's end, or at a stop (and closing quotes or brackets) with space behind it. Only
# what stands before decides, so that a sentence stays the same sentence whatever is put after it.
_END = re.compile(r"(?<![ \t])[ \t]*(?:\r\n|\r|\n)\s*|(?<=[.!?…])[\"'”’)\]]*\s+")
_NO_END = re.compile(
    r"(?:^|[\s(\"'“‘])(?:Dr|Mr|Mrs|Ms|Mx|St|Rev|Prof|No|approx|e\.g|i\.e|cf|vs|a\.m|p\.m)\.$", re.I
)
_MOST_PAIRS = 4_000_000  # beyond it the comparison would take seconds, and a person decides


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each with the space around it: joined, they are the text again."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if not text[start : end.start()].strip():
            continue  # space before the first word belongs to the first sentence
        spaces = end.group()
        one_line = "\n" not in spaces and "\r" not in spaces
        if one_line and _NO_END.search(text, max(start - 1, end.start() - 8, 0), end.start()):
            continue
        found.append(text[start : end.end()])
        start = end.end()
    if start < len(text):
        if found and not text[start:].strip():
            found[-1] += text[start:]
        else:
            found.append(text[start:])
    return found


def merged_text(base: str, local: str, head: str) -> str | None:
    """Return both sides' changes in one text, or None if they touch and a person must choose."""
    whole = [sentences(base), sentences(local), sentences(head)]
    keys = [[_key(sentence) for sentence in side] for side in whole]
    matched_local = _matches(keys[0], keys[1])
    matched_head = _matches(keys[0], keys[2])
    if matched_local is None or matched_head is None:
        return None
    out: list[str] = []
    at_base = at_local = at_head = 0
    anchors = [number for number in sorted(matched_local) if number in matched_head]
    for anchor in [*anchors, len(whole[0])]:
        to_local = matched_local.get(anchor, len(whole[1]))
        to_head = matched_head.get(anchor, len(whole[2]))
        between = (slice(at_base, anchor), slice(at_local, to_local), slice(at_head, to_head))
        said = [side[part] for side, part in zip(keys, between, strict=True)]
        if said[1] == said[2]:
            pairs = zip(whole[1][between[1]], whole[2][between[2]], strict=True)
            out += [max(pair, key=_space_first) for pair in pairs]
        elif said[2] == said[0]:
            out += whole[1][between[1]]
        elif said[1] == said[0]:
            out += whole[2][between[2]]
        else:
            return None
        if anchor < len(whole[0]):
            out.append(_with_space(whole[0][anchor], whole[1][to_local], whole[2][to_head]))
            at_base, at_local, at_head = anchor + 1, to_local + 1, to_head + 1
    return _joined(out)


def _key(sentence: str) -> str:
    return unicodedata.normalize("NFC", " ".join(sentence.split()))


def _matches(base: Sequence[str], other: Sequence[str]) -> dict[int, int] | None:
    """Return which sentence of `base` stands where in `other`, in rising order; None if too costly to
    find."""
    start = 0
    while start < min(len(base), len(other)) and base[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(base), len(other)) - start and base[-1 - end] == other[-1 - end]:
        end += 1
    found = {number: number for number in range(start)}
    inner, outer = base[start : len(base) - end], other[start : len(other) - end]
    if inner and outer:
        here, there = Counter(inner), Counter(outer)
        if sum(count * there[key] for key, count in here.items()) * min(len(inner), len(outer)) > _MOST_PAIRS:
            return None
        for match in SequenceMatcher(None, inner, outer, autojunk=False).get_matching_blocks():
            for offset in range(match.size):
                found[start + match.a + offset] = start + match.b + offset
    for back in range(1, end + 1):
        found[len(base) - back] = len(other) - back
    return found


def _with_space(base: str, local: str, head: str) -> str:
    """Return a sentence all three have, with the space that either side changed."""
    if local == base:
        return head
    if head == base or local == head:
        return local
    # Both re-spaced it: the paragraph break wins, then the longer; never which side it was.
    return max(local, head, key=_space_first)


def _space_first(text: str) -> tuple[int, int, str]:
    return text.count("\n"), len(text), text


def _joined(parts: list[str]) -> str:
    for number, part in enumerate(parts[:-1]):
        if not part[-1:].isspace():  # it ended its text, and now something follows
            parts[number] = part + (" " if part.rstrip("\"'”’)]")[-1:] in tuple(".!?…") else "\n")
    return "".join(parts)
