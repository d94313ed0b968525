"""Small counts that must not be shown, and the others that would give them away. Pure.

A count of one to four children may be somebody. It is hidden; and since the whole is shown, at least one more
large one is hidden with it, so that what is hidden together is five or more. A reader who knows this rule and
sees the rest still cannot tell any hidden count (the tests try every table).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEAST = 5  # the smallest count that is shown, besides none


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The parts of one whole, as they may be shown; None is hidden."""

    parts: tuple[int | None, ...]
    total: int | None

    @property
    def hides(self) -> bool:
        """Say whether something is hidden."""
        return self.total is None or None in self.parts


def shown(parts: Sequence[int]) -> Shown:
    """Return the parts of a whole, each counted once, without those that are small or would give one away.

    None of all is shown as none.
    """
    total = sum(parts)
    hidden = {at for at, count in enumerate(parts) if 0 < count < LEAST}
    if not hidden:
        return Shown(parts=tuple(parts), total=total)
    if total < LEAST:
        return Shown(parts=(None,) * len(parts), total=None)
    # A large one is always hidden with the small ones, the smallest of them: two hidden counts of which each
    # may be four at most would be known to be four and four by their sum of eight. All that are as large go
    # with it: which of two alike was taken would tell where the small one stands.
    least = min((count for count in parts if count >= LEAST), default=0)
    hidden.update(at for at, count in enumerate(parts) if count == least)
    return Shown(parts=tuple(None if at in hidden else count for at, count in enumerate(parts)), total=total)


def share(count: int, of: int) -> tuple[int | None, int | None]:
    """Return a count and what it is out of, as they may be shown: what is left over is a count, too."""
    found = shown((count, of - count))
    return found.parts[0], found.total


def middle(values: Iterable[int]) -> int | None:
    """Return the median of the values, rounded down; None of fewer than `LEAST`."""
    listed = sorted(values)
    return listed[(len(listed) - 1) // 2] if len(listed) >= LEAST else None
