"""Readings of scales over time: what is charted, and said beside the chart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workbook_desktop.domain.dates import long_date
from workbook_desktop.domain.ids import PersonId, RecordId, WorkerId


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleReading:
    """One number on one scale, of one person on one day, from one signed record."""

    person: PersonId | None  # None: of the whole family
    person_name: str
    scale: str  # id of the scale; readings of one scale and version are joined in a chart
    version: str
    name: str
    value: Decimal
    band: str  # what the value is called; "" without bands
    date: date
    by: WorkerId | None
    record: RecordId
    better: str = ""  # "lower", "higher", or "" where neither is
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(10)
    sent: bool = True  # False: signed here, and not at the office yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The readings of one person on one scale, oldest first. Where the scale's version changes they are not
    joined."""

    person: PersonId | None
    person_name: str
    scale: str
    name: str
    readings: tuple[ScaleReading, ...]

    @property
    def runs(self) -> tuple[tuple[ScaleReading, ...], ...]:
        """The readings cut where the version of the scale changes: only those of one run are joined."""
        found: list[list[ScaleReading]] = []
        for reading in self.readings:
            if found and found[-1][-1].version == reading.version:
                found[-1].append(reading)
            else:
                found.append([reading])
        return tuple(tuple(each) for each in found)


def series(readings: Iterable[ScaleReading]) -> tuple[Series, ...]:
    """Return the readings by person and scale, by name of the scale, then of the person."""
    groups: dict[tuple[PersonId | None, str], list[ScaleReading]] = {}
    for reading in readings:
        groups.setdefault((reading.person, reading.scale), []).append(reading)
    found = []
    for (person, scale), listed in groups.items():
        listed.sort(key=lambda each: (each.date, each.record))
        newest = listed[-1]
        found.append(
            Series(
                person=person,
                person_name=newest.person_name,
                scale=scale,
                name=newest.name,
                readings=tuple(listed),
            )
        )
    return tuple(sorted(found, key=lambda each: (each.name, each.person_name)))


def change_words(of: Series) -> str:
    """Return how the newest reading stands to the one before: "down 7 since 3 March 2026, which is better".

    ``""`` with fewer than two readings, or where the scale changed between them.
    """
    if len(of.readings) < 2:
        return ""
    before, now = of.readings[-2:]
    if before.version != now.version:
        return ""
    day = long_date(before.date)
    if now.value == before.value:
        return f"the same as on {day}"
    step = now.value - before.value
    way = "up" if step > 0 else "down"
    size = f"{abs(step).normalize():f}"
    if not now.better:
        return f"{way} {size} since {day}"
    good = (step > 0) == (now.better == "higher")
    return f"{way} {size} since {day}, which is {'better' if good else 'worse'}"
