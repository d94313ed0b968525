"""The periods of a workbook: a signed group supervision closes one and opens the next. Nobody types one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.timescales import Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From one supervision to the next. What happened on the day of a supervision is of the period that it
    closed: that is what the meeting talked about."""

    number: int  # 1 is the first
    after: date | None  # the day of the supervision that opened it; None: the first, from the beginning
    until: date | None  # the day of the supervision that closed it; None: this one
    opened_by: RecordId | None = None

    def holds(self, day: date | None) -> bool:
        """Say whether something of that day belongs here. What has no day is of the first."""
        if day is None:
            return self.after is None
        return (self.after is None or day > self.after) and (self.until is None or day <= self.until)


def periods_of(happenings: Iterable[Happening]) -> tuple[Period, ...]:
    """Return the periods, the first one first; there is always one.

    Args:
        happenings: ``workbook-opened`` of records counts if it is signed off; a draft opens nothing, and a
            supervision that closes the case says none.
    """
    opened: dict[date, RecordId] = {}
    for each in happenings:
        if each.kind == "workbook-opened" and each.signed_off and each.record is not None:
            opened.setdefault(each.on, each.record)
    days = sorted(opened)
    starts: list[date | None] = [None, *days]
    ends: list[date | None] = [*days, None]
    return tuple(
        Period(
            number=number,
            after=after,
            until=until,
            opened_by=opened[after] if after is not None else None,
        )
        for number, (after, until) in enumerate(zip(starts, ends, strict=True), start=1)
    )
