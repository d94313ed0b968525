"""What one text has that another has not, word by word: for the eye and, in words, for a screen reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_WORDS = re.compile(r"\s+|[^\s]+")
_SENTENCES = re.compile(r"[^.!?\n]+[.!?\n]*[”\"’)]*\s*|[.!?\n]+\s*")
_ALIKE = 0.5  # of the words: below it, marks on single words are a wall that says nothing
_MOST = 6_000  # words: beyond it the comparison would be felt, and nobody reads marks in so much text


class Mark(StrEnum):
    """How a run of words stands to the text before."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    ANEW = "written anew"  # so different that marks would only be in the way


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Words that stand together, and their mark."""

    text: str
    mark: Mark


def runs(before: str, after: str) -> tuple[Run, ...]:
    """Return `after` with what was added and removed since `before`; joined without REMOVED it is `after`."""
    if len(before.split()) > _MOST or len(after.split()) > _MOST:
        return (Run(text=after, mark=Mark.SAME),)
    old, new = _SENTENCES.findall(before), _SENTENCES.findall(after)
    found: list[Run] = []
    for kind, old_part, new_part in _parts(old, new):
        if kind == "equal":
            found.append(Run(text=new_part, mark=Mark.SAME))
        elif _alike(old_part, new_part):
            found += _by_words(old_part, new_part)
        else:
            found += [
                Run(text=text, mark=mark)
                for text, mark in ((old_part, Mark.REMOVED), (new_part, Mark.ADDED))
                if text
            ]
    if after.strip() and before.strip() and not any(run.mark is Mark.SAME for run in found):
        return (Run(text=after, mark=Mark.ANEW),)
    return tuple(found)


def _parts(old: list[str], new: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield how parts of two sequences stand to each other, and the parts."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        yield kind, "".join(old[old_from:old_to]), "".join(new[new_from:new_to])


def _alike(old: str, new: str) -> bool:
    """Whether two texts have so many words in common, in order, that marks on words help."""
    return SequenceMatcher(None, old.split(), new.split(), autojunk=False).ratio() >= _ALIKE


def _by_words(old: str, new: str) -> Iterator[Run]:
    for kind, old_part, new_part in _parts(_WORDS.findall(old), _WORDS.findall(new)):
        if kind == "equal":
            yield Run(text=new_part, mark=Mark.SAME)
            continue
        if old_part:
            yield Run(text=old_part, mark=Mark.REMOVED)
        if new_part:
            yield Run(text=new_part, mark=Mark.ADDED)


def spoken(found: tuple[Run, ...]) -> str:
    """Return the marks in words: "She said (removed: no) (added: yes, once)"."""
    parts = []
    for run in found:
        words = " ".join(run.text.split())
        if words:
            parts.append(words if run.mark is Mark.SAME else f"({run.mark}: {words})")
    return " ".join(parts)
