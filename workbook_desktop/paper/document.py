"""A document for a person to hold, as values: no markup, no layout, and nothing that they may not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

PLAIN_TITLE: Final = "Notes"  # of a document that must not say what it is: title and file name


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A question, or a fact, and what is said to it. Lines of `text` are paragraphs."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading inside a section. `level` is 3 or 4; the section's own is 2, the document's 1."""

    text: str
    level: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """Paragraphs without a label."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under headers. Each row has a cell for each header."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[
        int, ...
    ] = ()  # shares of the width, 0: as narrow as its words; all alike if none are given

    def __post_init__(self) -> None:
        if not self.headers or any(len(row) != len(self.headers) for row in self.rows):
            raise ValueError("each row of a table has a cell for each header")
        if self.widths and len(self.widths) != len(self.headers):
            raise ValueError("each column of a table has a width")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Lines, boxes and words in units of which one is the height of a letter. What is behind comes first.

    `shapes` is JSON: objects of ``kind`` line, oval, outline or words, as `genogram_shapes.plain` makes
    them. `alt` says where the same can be read.
    """

    width: float
    height: float
    shapes: tuple[Mapping[str, Any], ...]
    alt: str


Part = Pair | Heading | Prose | Table | Drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a document with a heading."""

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as it goes to one recipient, with everything left out that is not for them."""

    title: str
    facts: tuple[Pair, ...]  # under the title: for whom, about whom, the date of the record
    sections: tuple[Section, ...]
    footer: str  # "Printed by Amara Quill, 25 November 2026, 14:32. Copy 1."
    letterhead: str = ""  # whose paper it is; "" on a plain one
    is_practice: bool = False
    language: str = "en"

    def texts(self) -> Iterator[str]:
        """Yield every text that stands in it."""
        yield from (self.title, self.footer, self.letterhead)
        for fact in self.facts:
            yield from (fact.label, fact.text)
        for section in self.sections:
            yield section.title
            for part in section.parts:
                if isinstance(part, Pair):
                    yield from (part.label, part.text)
                elif isinstance(part, Table):
                    yield from (part.caption, *part.headers)
                    for row in part.rows:
                        yield from row
                elif isinstance(part, Drawing):
                    yield part.alt
                    yield from (str(each["text"]) for each in part.shapes if each["kind"] == "words")
                else:
                    yield part.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How it is set."""

    large: bool = False  # 18 pt
