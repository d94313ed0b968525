"""Sets a document as a tagged PDF (PDF/UA-1), or as pictures of its pages: the only module that knows typst.

Everything is done in memory: nothing is written anywhere. The text of a document goes in as JSON and is set
as text; no markup is ever made of it. The library is imported when it is first needed, which takes some tens
of milliseconds, in whatever thread asks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from workbook_desktop.domain.errors import Unavailable
from workbook_desktop.paper.document import Document, Drawing, Heading, Look, Pair, Part, Table
from workbook_desktop.paper.letters import clean, is_right_to_left
from workbook_desktop.paths import resource

POINTS_PER_INCH: Final = 72
TEMPLATE: Final = ("print", "document.typ")
_SHORT: Final = 60  # letters: what stands in the line of its question
_LONG_WORD = re.compile(r"\S{25,}")  # wider than a column of a table, or a title in large print
_PIECE = re.compile(r"[^/?&=._-]{4,11}[/?&=._-]|\S{12}")
_MOST_COLUMNS = 3  # of a table in large print
_WHOLE = 240  # letters: a row of a table with no longer cell stays on one page
_OF_SECTION: Final = 2  # level of a section's heading
_NAMELESS: Final = "–"  # a heading must say something
_PAGE_WORDS: Final = ("Page", "of")


class TypesetterMissing(Unavailable):
    """The typesetter is not there or does not load: the installation is not whole."""

    code = "typesetter-missing"


class NotSet(Unavailable):
    """The typesetter could not set a document. Nothing that was written is lost."""

    code = "paper-not-set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Characters that no font on paper can draw, as they are told to the worker."""

    letters: tuple[str, ...]

    @property
    def said(self) -> str:
        """Up to eight of them, by name where they have one."""
        import unicodedata

        named = [unicodedata.name(each, f"U+{ord(each):04X}").lower() for each in self.letters[:8]]
        more = len(self.letters) - 8
        return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def missing(document: Document) -> Missing:
    """Return what of a document cannot be drawn. A mark stands there instead."""
    found: set[str] = set()
    for text in document.texts():
        found |= clean(text)[1]
    return Missing(letters=tuple(sorted(found)))


def pdf(document: Document, look: Look) -> bytes:
    """Return a document as a tagged PDF. Raises TypesetterMissing, NotSet."""
    made = _compile(document, look, format="pdf", pdf_standards=["ua-1"])
    assert isinstance(made, bytes)
    return made


def pages(document: Document, look: Look, dots_per_inch: float) -> tuple[bytes, ...]:
    """Return pictures of the pages of a document, each a PNG. Raises TypesetterMissing, NotSet."""
    made = _compile(document, look, format="png", ppi=dots_per_inch)
    return (made,) if isinstance(made, bytes) else tuple(made)


def _compile(document: Document, look: Look, **how: Any) -> Any:
    try:
        import typst
    except ImportError as error:
        raise TypesetterMissing from error
    try:
        return typst.compile(
            str(resource(*TEMPLATE)),
            root=str(resource("print")),
            font_paths=[str(resource("fonts"))],
            ignore_system_fonts=True,
            sys_inputs={"document": json.dumps(_shape(document, look), ensure_ascii=False)},
            **how,
        )
    except (typst.TypstError, OSError) as error:
        raise NotSet from error


# The shape that the template reads ----------------------------------------------------------------------


def _fitting(text: str) -> str:
    """Return text in which a very long word (an address of the web) has places where a line may end."""
    return _LONG_WORD.sub(lambda word: _PIECE.sub("\\g<0>\u200b", word[0]).removesuffix("\u200b"), text)


def _line(text: str) -> str:
    return _fitting(" ".join(clean(text)[0].split("\n")))


def _paragraphs(text: str) -> list[dict[str, Any]]:
    lines = [_fitting(line.strip()) for line in clean(text)[0].split("\n")]
    return [{"t": line, "rtl": is_right_to_left(line)} for line in lines if line]


def _part(part: Part, look: Look) -> dict[str, Any]:
    if isinstance(part, Pair):
        label, text = _line(part.label), _paragraphs(part.text)
        return {
            "kind": "pair",
            "label": label,
            "after": "" if label.endswith((":", "?", ".", "!", "…")) else ":",
            "text": text,
            "short": len(text) == 1 and len(text[0]["t"]) <= _SHORT and not text[0]["rtl"],
        }
    if isinstance(part, Heading):
        return {"kind": "heading", "level": part.level, "text": _line(part.text)}
    if isinstance(part, Drawing):
        return {
            "kind": "drawing",
            "alt": _line(part.alt),
            "width": part.width,
            "height": part.height,
            "shapes": [
                {**each, "text": _line(str(each["text"]))} if each["kind"] == "words" else dict(each)
                for each in part.shapes
            ],
        }
    if isinstance(part, Table) and look.large and len(part.headers) > _MOST_COLUMNS:
        # In large print so many columns are too narrow for their words: each row is told below the other.
        named = [
            [
                Pair(label=header, text=cell)
                for header, cell in zip(part.headers, row, strict=True)
                if cell.strip()
            ]
            for row in part.rows
        ]
        return {
            "kind": "told",
            "caption": _line(part.caption),
            "rows": [
                {
                    "pairs": [_part(each, look) for each in row],
                    "whole": sum(len(each.text) for each in row) <= _WHOLE,
                }
                for row in named
                if row
            ],
        }
    if isinstance(part, Table):
        return {
            "kind": "table",
            "caption": _line(part.caption),
            "headers": [_line(each) for each in part.headers],
            "widths": list(part.widths) or [1] * len(part.headers),
            "rows": [
                [{"paragraphs": _paragraphs(cell), "whole": max(map(len, row)) <= _WHOLE} for cell in row]
                for row in part.rows
            ],
        }
    return {"kind": "prose", "text": _paragraphs(part.text)}


def _parts(parts: Sequence[Part], look: Look) -> list[dict[str, Any]]:
    """Return the parts of a section. A heading is never more than one level below the one before it."""
    made, level = [], _OF_SECTION
    for part in parts:
        shape = _part(part, look)
        if isinstance(part, Heading):
            level = min(part.level, level + 1)
            shape = {**shape, "level": level, "text": _heading(part.text)}
        made.append(shape)
    return made


def _heading(text: str) -> str:
    return _line(text).strip() or _NAMELESS


def _shape(document: Document, look: Look) -> dict[str, Any]:
    return {
        "title": _heading(document.title),
        "facts": [_part(each, look) for each in document.facts],
        "sections": [
            {"title": _heading(each.title), "parts": _parts(each.parts, look)} for each in document.sections
        ],
        "footer": _line(document.footer),
        "letterhead": _line(document.letterhead),
        "practice": document.is_practice,
        "language": document.language,
        "large": look.large,
        "page-words": list(_PAGE_WORDS),
    }
