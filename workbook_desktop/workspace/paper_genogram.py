"""A family's genogram on paper: the drawing, and the same as a table that can be read aloud."""

from __future__ import annotations

from datetime import date

from workbook_desktop.domain.genogram_shapes import plain
from workbook_desktop.domain.genogram_words import life_words, words_of
from workbook_desktop.domain.people import Family
from workbook_desktop.paper.document import Drawing, Part, Section, Table
from workbook_desktop.workspace.genogram import genogram_of
from workbook_desktop.workspace.paper_sieve import Sieve

_ALT = "A drawing of the family. The table below says the same in words."


def genogram_sections(family: Family, today: date, sieve: Sieve) -> tuple[Section, ...]:
    """Return a section for each drawing of a family. No address stands in it: homes are letters."""
    found = []
    for drawing in genogram_of(family, today).drawings:
        shapes = plain(drawing)
        rows = []
        for person in drawing.kin.people:
            ties = "; ".join(words_of(drawing.kin, person))
            code = sieve.why_not_words(ties)
            if code:
                sieve.leave_out("How somebody is joined to others", code)
                ties = ""
            rows.append((person.name, life_words(person, today) or "Not known", ties))
        parts: list[Part] = [
            Drawing(width=shapes["width"], height=shapes["height"], shapes=tuple(shapes["shapes"]), alt=_ALT)
        ]
        if rows:
            parts.append(
                Table(
                    caption="The same in words",
                    headers=("Name", "Age", "How they are joined"),
                    rows=tuple(rows),
                    widths=(3, 0, 6),
                )
            )
        found.append(Section(title=drawing.title or "The family", parts=tuple(parts)))
    return tuple(found)
