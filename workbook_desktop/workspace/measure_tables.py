"""Tally as they may be shown: tables without small counts, each with what it counts in plain words. Pure.

What the page shows and what is saved as a file are the same tables.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from workbook_desktop.domain.dates import long_date
from workbook_desktop.domain.suppression import LEAST, middle, shown
from workbook_desktop.workspace.measures import LENGTHS, NEVER, NOT_KNOWN, SEEN, Stretch, Tally

HIDDEN = "hidden"  # what stands where a count is not shown
HIDDEN_MEANS = (
    f"“{HIDDEN}”: a count of 1 to {LEAST - 1} could be a child somebody knows. The next smallest count of the"
    " same table is hidden with it, so that it cannot be worked out."
)
TOO_FEW = f"Fewer than {LEAST} in all, so none of it is shown."
ONLY_SUM = f"Fewer than {LEAST} in all, so only the sum is shown: it counts records, not people."
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One count of a table; None is hidden."""

    label: str
    count: int | None
    is_total: bool = False

    @property
    def words(self) -> str:
        """The count as it is shown."""
        return HIDDEN if self.count is None else f"{self.count:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One measure."""

    title: str
    definition: str
    lines: tuple[Line, ...] = ()  # the total last
    empty: str = ""  # why there are no lines
    more: str = ""  # a median, a share

    @property
    def hides(self) -> bool:
        """Say whether a count is hidden."""
        return any(line.count is None for line in self.lines)


def tables_of(counts: Tally, over: Stretch) -> tuple[Table, ...]:
    """Return every measure, in the order in which they are read."""
    children = tuple(counts.children.values())
    plans = sorted({each.plan for each in children})
    days = [each.days for each in children if each.days is not None]
    half = middle(days)
    on = long_date(over.last)
    no_plans = "No plan is recorded for a child here on that day."
    return (
        _table(
            "Children on plans, by kind and category",
            f"Children with a plan on {on}, each once; by the newest category of the child protection plan. A"
            " plan that only the office names has no category here.",
            Counter(each.plan for each in children),
            plans,
            no_plans,
            is_fixed=False,
        ),
        _table(
            "Children on plans, by length",
            f"The same children, by the time from the start of their plan to {on}. A plan that is written"
            " anew goes on; one that follows after an end begins again.",
            Counter(each.length for each in children),
            [*(words for words, _ in LENGTHS), NOT_KNOWN],
            no_plans,
        ),
        _table(
            "Days since last seen",
            f"The same children, by the days from the last visit that counts for their plan to {on}.",
            Counter(each.seen for each in children),
            [*(words for words, _ in SEEN), NEVER],
            no_plans,
            more=f"Half of them were seen within {half} days." if half is not None else "",
        ),
        _share(
            "Visits in time",
            "Child protection and child in need visits that fell due in these days, by the plan’s own"
            " frequency or the rule: met by a visit that counts, on that day or before. A missed visit is one"
            " until the next.",
            counts.visits,
            ("met", "In time"),
            "Late, or not yet",
            "No visit fell due in these days: the start of a plan has to be recorded here to know.",
        ),
        _share(
            "Seen alone",
            "Of every time a child was seen at a completed visit in these days: the child was spoken to"
            " alone. Babies and children too young for it count as not.",
            Counter(due=counts.seen["seen"], met=counts.seen["alone"]),
            ("met", "Seen alone"),
            "Not alone",
            "No completed visit in which a child was seen is recorded in these days.",
        ),
        _share(
            "Monthly summaries on time",
            "Summaries that fell due in these days, one a month for each chapter in which somebody works:"
            " signed by that day.",
            counts.summaries,
            ("met", "On time"),
            "Late, or not yet",
            "No summary fell due in these days: that begins with a chapter’s first summary or the first group"
            " supervision.",
            of_work=True,
        ),
        _share(
            "Plan actions done",
            "Actions of plans whose day fell in these days: done, or agreed to be no longer needed, by now.",
            Counter(due=counts.actions["due"], met=counts.actions["done"]),
            ("met", "Done"),
            "Not done",
            "No action of a plan had its day in these days.",
            of_work=True,
        ),
        *_readings(counts),
    )


def _table(
    title: str,
    definition: str,
    found: Counter[str],
    order: Sequence[str],
    empty: str,
    more: str = "",
    *,
    is_fixed: bool = True,
    of_work: bool = False,
) -> Table:
    """Args:
    is_fixed: the lines are the same whatever is counted: they tell nothing, and stand there hidden too.
    of_work: what is counted are records and not people: how many there are is no secret.
    """
    if not sum(found.values()):
        return Table(title=title, definition=definition, empty=empty)
    said = shown([found[name] for name in order])
    if said.total is None:
        if not is_fixed:
            return Table(title=title, definition=definition, empty=TOO_FEW)
        whole = sum(found.values()) if of_work else None
        return Table(
            title=title,
            definition=definition,
            lines=(
                *(Line(label=name, count=None) for name in order),
                Line(label="All", count=whole, is_total=True),
            ),
            more=ONLY_SUM if of_work else TOO_FEW,
        )
    lines = [Line(label=name, count=count) for name, count in zip(order, said.parts, strict=True)]
    lines.append(Line(label="All", count=said.total, is_total=True))
    return Table(title=title, definition=definition, lines=tuple(lines), more=more)


def _share(
    title: str,
    definition: str,
    counts: Counter[str],
    met: tuple[str, str],
    rest: str,
    empty: str,
    *,
    of_work: bool = False,
) -> Table:
    key, words = met
    due = counts["due"]
    found = Counter({words: counts[key], rest: due - counts[key]})
    table = _table(title, definition, found, (words, rest), empty, of_work=of_work)
    lines = {line.label: line.count for line in table.lines}
    if not table.lines or table.hides:
        return table
    percent = f"{words}: {100 * (lines.get(words) or 0) / due:.0f} %."
    return Table(title=title, definition=definition, lines=table.lines, more=percent)


def _readings(counts: Tally) -> Iterator[Table]:
    definition = (
        "For each person with two readings or more of a scale: the last one in these days against the one"
        " they began with, the last before these days or else the first in them."
    )
    tables = []
    for scale in sorted(counts.readings):
        ways = counts.readings[scale]
        named = Counter(Better=ways["better"], Same=ways["same"], Worse=ways["worse"])
        tables.append(
            _table(
                f"Change of readings: {scale}",
                definition,
                named,
                ("Better", "Same", "Worse"),
                "",
                is_fixed=False,
            )
        )
    yield from (table for table in tables if table.lines)
    if not any(table.lines for table in tables):  # which scales are in use with a few may say of whom
        none = "Nobody has two readings of one scale to compare in these days."
        empty = TOO_FEW if tables else none
        yield Table(title="Change of readings", definition=definition, empty=empty)


# -- the file ----------------------------------------------------------------------------------------------


def as_csv(tables: Iterable[Table], *, scope: str, over: Stretch, as_at: datetime | None) -> bytes:
    """Return the tables as a file for a spreadsheet: UTF-8 with a mark, so that Excel reads it as such."""
    out = io.StringIO(newline="")
    write = csv.writer(out)
    until = long_date(as_at.date()) if as_at is not None else "never"
    write.writerow(_safe(["Measures", scope]))
    write.writerow(_safe(["Days", f"{long_date(over.first)} to {long_date(over.last)}"]))
    write.writerow(_safe(["Office last reached", until]))
    write.writerow(_safe(["Hidden counts", HIDDEN_MEANS]))
    write.writerow([])
    write.writerow(["Measure", "What", "Count", "Counted"])
    for table in tables:
        if not table.lines:
            write.writerow(_safe([table.title, table.empty, "", table.definition]))
        for line in table.lines:
            count = HIDDEN if line.count is None else str(line.count)
            write.writerow(_safe([table.title, line.label, count, table.definition]))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _safe(cells: Iterable[str]) -> list[str]:
    """Return cells that no spreadsheet takes for a formula."""
    return [f"'{cell}" if cell.startswith(_BEGINS_A_FORMULA) else cell for cell in cells]
