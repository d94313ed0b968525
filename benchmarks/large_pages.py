"""The same pages with ten times the families: each may take twice as long."""

from __future__ import annotations

from benchmarks.caseload_store import FAMILIES
from benchmarks.figures import Figure
from benchmarks.large_caseload import TIMES
from benchmarks.pages import figures


def measure() -> list[Figure]:
    """Measure them over 60,000 records."""
    return figures(FAMILIES * TIMES, group="large", times=2)
