"""A figure, its floor, its goal, and the table they make."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row of the table.

    `floor` is what the figure is held against, measured in the same run; None where the goal is absolute.
    `goal` is a bound on `value` (absolute) or, when `of_floor`, on `value / floor`.
    """

    group: str
    name: str
    value: float
    unit: str
    how: str
    goal: float
    floor: float | None = None
    of_floor: bool = False
    at_least: bool = False  # the goal is a lower bound: rates

    @property
    def ratio(self) -> float | None:
        """How the value stands to its floor."""
        return self.value / self.floor if self.floor else None

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        measured = self.ratio if self.of_floor else self.value
        if measured is None:
            return False
        return measured >= self.goal if self.at_least else measured <= self.goal

    def json(self) -> dict[str, Any]:
        """Return the figure as one object of ``benchmarks/latest.json``."""
        row = asdict(self)
        row["value"] = round(self.value, 3)
        row["floor"] = None if self.floor is None else round(self.floor, 3)
        row["ratio"] = None if self.ratio is None else round(self.ratio, 2)
        row["met"] = self.met
        row["goal"] = self._goal_words()
        for name in ("of_floor", "at_least"):
            del row[name]
        return row

    def _goal_words(self) -> str:
        sign = ">=" if self.at_least else "<="
        return f"{sign} {self.goal:g}{'x floor' if self.of_floor else ' ' + self.unit}"


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table of text."""
    head = ("group", "what", "value", "floor", "ratio", "goal", "")
    rows = [head]
    for figure in figures:
        row = figure.json()
        rows.append(
            (
                figure.group,
                figure.name,
                f"{figure.value:,.1f} {figure.unit}",
                "-" if figure.floor is None else f"{figure.floor:,.1f}",
                "-" if figure.ratio is None else f"{figure.ratio:.2f}",
                row["goal"],
                "met" if figure.met else "NOT MET",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median_of(times: int, measure: Callable[[], float]) -> float:
    """Measure several times; return the median."""
    return statistics.median(measure() for _ in range(times))
