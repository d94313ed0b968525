"""What one text has that another has not, word by word: for the eye and, in words, for a screen reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_WORDS = re.compile(r"\s+|[^\s]+")
_MOST = 6_000  # words: beyond it the comparison would be felt, and nobody reads marks in so much text


class Mark(StrEnum):
    """How a run of words stands to the text before."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Words that stand together, and their mark."""

    text: str
    mark: Mark


def runs(before: str, after: str) -> tuple[Run, ...]:
    """Return `after` with what was added and removed since `before`; joined without REMOVED it is `after`."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) > _MOST or len(new) > _MOST:
        return (Run(text=after, mark=Mark.SAME),)
    found: list[Run] = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            found.append(Run(text="".join(new[new_from:new_to]), mark=Mark.SAME))
            continue
        if old_to > old_from:
            found.append(Run(text="".join(old[old_from:old_to]), mark=Mark.REMOVED))
        if new_to > new_from:
            found.append(Run(text="".join(new[new_from:new_to]), mark=Mark.ADDED))
    return tuple(found)


def spoken(found: tuple[Run, ...]) -> str:
    """Return the marks in words: "She said (removed: no) (added: yes, once)"."""
    parts = []
    for run in found:
        words = " ".join(run.text.split())
        if words:
            parts.append(words if run.mark is Mark.SAME else f"({run.mark}: {words})")
    return " ".join(parts)
