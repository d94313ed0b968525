"""Ten times the families, more than a team manager's laptop holds: what a page may take may double.

Both stores are measured in the same run; the smaller one is shown beside the larger as its floor.
"""

from __future__ import annotations

from benchmarks.caseload_store import FAMILIES, VISITS, spent
from benchmarks.figures import Figure, percentile

TIMES = 10


def measure() -> list[Figure]:
    """Measure 6,000 records and 60,000."""
    small, large = spent(), spent(FAMILIES * TIMES, slice_=2.0)
    named = (
        ("home page's lists", small.homes, large.homes, 200),
        ("search as you type", small.searches, large.searches, 50),
        ("a family's file", small.warm, large.warm, 150),
    )
    return [
        Figure(
            group="large",
            name=f"{name}, {FAMILIES * VISITS * TIMES:,} records",
            value=percentile(more, 0.95),
            floor=percentile(few, 0.95),
            unit="ms",
            goal=2 * goal,
            how=f"p95 of {len(more)}, longest {max(more):.0f}; {FAMILIES * TIMES} families; the goal is twice"
            f" that of {FAMILIES * VISITS:,} records, which are the floor",
        )
        for name, few, more, goal in named
    ]
