"""A parent's own numbers on paper: each as a chart and as a table, their words, and what they chose to do."""

from __future__ import annotations

from typing import Any, Final

from workbook_desktop.domain.dates import long_date
from workbook_desktop.domain.readings import Series
from workbook_desktop.paper.document import Drawing, Part, Prose, Section, Table
from workbook_desktop.workspace.paper_sieve import Sieve
from workbook_desktop.workspace.with_parent import ParentsPage

_WIDE, _HIGH = 34.0, 9.0  # of a chart, in letters
_LEFT, _TOP = 2.0, 1.2
_ALT: Final = "The numbers over time as a line. The table below says the same."


def readings_sections(page: ParentsPage, sieve: Sieve) -> tuple[Section, ...]:
    """Return a section for each of a parent's scales, then their words and their steps."""
    found = []
    for name, line in page.scales:
        code = sieve.why_not_words(name)
        if code:
            sieve.leave_out("A number", code)
            continue
        parts: list[Part] = [Drawing(width=_WIDE, height=_HIGH + 2, shapes=_chart(line), alt=_ALT)]
        if len(line.readings) == 1:
            parts = []
        rows = tuple(
            (long_date(each.date), f"{each.value.normalize():f} of {each.most.normalize():f}", each.band)
            for each in line.readings
        )
        parts.append(
            Table(caption="", headers=("When", "The number", "What it means"), rows=rows, widths=(2, 2, 3))
        )
        found.append(Section(title=name, parts=tuple(parts)))
    said: list[Part] = []
    for each in page.words:
        code = sieve.why_not_words(each.words)
        if code:
            sieve.leave_out("Something you said", code)
        else:
            said.append(Prose(text=f"{_quoted(each.words)}{f' ({long_date(each.on)})' if each.on else ''}"))
    if said:
        found.append(Section(title="What you said", parts=tuple(said)))
    steps = [each for each in page.steps if not sieve.why_not_words(each.what)]
    if steps:
        rows = tuple((each.what, long_date(each.by) if each.by else "", "") for each in steps)
        table = Table(
            caption="",
            headers=("Your step", "By when"),
            rows=tuple(row[:2] for row in rows),
            widths=(3, 1),
        )
        found.append(Section(title="What you chose to do", parts=(table,)))
    return tuple(found)


def _quoted(text: str) -> str:
    """Return words in quotation marks; those that are typed around them are enough."""
    text = text.strip()
    return text if text[:1] in _OPENING and text[-1:] in _CLOSING else f"“{text}”"


_OPENING, _CLOSING = ("“", '"', "‘", "„", "«"), ("”", '"', "’", "“", "»")


def _chart(line: Series) -> tuple[dict[str, Any], ...]:
    """Return a line through readings: higher is more, later is further right."""
    readings = line.readings
    first, last = readings[0].date, readings[-1].date
    days = max((last - first).days, 1)
    span = max(float(readings[0].most - readings[0].least), 1.0)
    wide = _WIDE - 2 * _LEFT

    def at(number: int) -> tuple[float, float]:
        each = readings[number]
        x = _LEFT + wide * (each.date - first).days / days
        y = _TOP + (_HIGH - _TOP) * (1 - float(each.value - readings[0].least) / span)
        return round(x, 3), round(y, 3)

    points = [at(number) for number in range(len(readings))]
    frame = [(_LEFT - 1, 0.2), (_LEFT - 1, _HIGH + 0.5), (_WIDE - _LEFT + 1, _HIGH + 0.5)]
    shapes: list[dict[str, Any]] = [
        {"kind": "line", "points": frame, "dash": "solid", "weight": 0.05, "closed": False},
        {"kind": "line", "points": points, "dash": "solid", "weight": 0.12, "closed": False},
    ]
    taken: list[tuple[float, float]] = []
    for each, (x, y) in zip(readings, points, strict=True):
        shapes.append({"kind": "oval", "x": x, "y": y, "radius": 0.32, "weight": 0.12})
        if all(abs(x - other) > 1.4 for other, _ in taken):
            taken.append((x, y))
            shapes.append(_words(f"{each.value.normalize():f}", x, y - 0.6, bold=True))
    shapes.append(_words(long_date(first), _LEFT - 1, _HIGH + 1.7, from_left=True))
    if last != first:
        shapes.append(_words(long_date(last), _WIDE - _LEFT - 2, _HIGH + 1.7))
    return tuple(shapes)


def _words(text: str, x: float, y: float, *, bold: bool = False, from_left: bool = False) -> dict[str, Any]:
    return {
        "kind": "words",
        "x": round(x, 3),
        "y": round(y, 3),
        "text": text,
        "size": 0.85,
        "bold": bold,
        "from_left": from_left,
        "on_ground": False,
    }
