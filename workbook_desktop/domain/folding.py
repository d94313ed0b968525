"""How words are compared when somebody looks for them: without case, accents and apostrophes.

Whoever types ``obrien``, ``lodz`` or ``sian`` finds O’Brien, Łódź and Siân. What is kept in an index and what
is typed go through the same door; a change of it is a new `VERSION`, and the index is made anew.
"""

from __future__ import annotations

import re
import unicodedata

VERSION = 3  # 1: as the tokeniser of the index did it by itself; 2: with answers that were switched off

# Letters of their own, which no decomposition turns into plain ones; and Arabic and Persian spellings that
# writers use for each other.
_LETTERS = str.maketrans(
    {
        "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th",
        "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ı": "i", "ħ": "h", "Ħ": "h", "ŧ": "t", "ŋ": "n",
        "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ـ": "",
        "’": "'", "‘": "'", "ʼ": "'", "ʻ": "'", "`": "'", "´": "'", "′": "'", "＇": "'",
        "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": " ", "\ufe0f": "",
    }
)  # fmt: skip
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
_PICTURES = re.compile("[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_JOINED = re.compile(r"([^\W_]+)'([^\W_]+)")
_WORD = re.compile(r"[^\W_]+")


def folded(text: str) -> str:
    """Return a text as it is kept in an index: every word, and of one with an apostrophe its parts too.

    A picture sign becomes a word of its own, so that it can be looked for like any other.
    """
    plain = _plain(text)
    return _JOINED.sub(_with_parts, plain) if "'" in plain else plain


def words_of(text: str) -> list[str]:
    """Return the words of what somebody typed, or of a name, as they are looked for."""
    return _WORD.findall(_plain(text).replace("'", ""))


def name_words(text: str) -> list[str]:
    """Return the words of a name under which it may be looked for, its parts at an apostrophe among them."""
    return _WORD.findall(folded(text))


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return _PICTURES.sub(_named, _MARKS.sub("", apart)).translate(_LETTERS).casefold()


def _with_parts(found: re.Match[str]) -> str:
    first, second = found.groups()
    return f"{first}{second}" if len(second) == 1 else f"{first}{second} {first} {second}"


def _named(found: re.Match[str]) -> str:
    return f" sign{ord(found.group()):x} "
