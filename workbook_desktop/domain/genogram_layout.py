"""Where everybody of a genogram stands: a row for each generation, couples side by side, nobody on anybody.

Lengths are in units of which a line of text is one high: a window takes them times its em, a print its own.
A person has a slot `SLOT` wide and `ROW` high. Slots of a row are never nearer than that, and rows are as far
apart as the lines between them need: so nothing overlaps, whatever the family.

The order in a row comes from the means of neighbours above and below (barycentres), tried both ways and kept
where fewest lines cross. Places then follow from least squares under that order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import fmean

from workbook_desktop.domain.genogram import LINEAGE, Couple, Kin
from workbook_desktop.domain.ids import PersonId

SLOT = 8.8
ROW = 6.8  # the symbol, two lines of name, one of age
SYMBOL = 1.3  # half of a symbol's side
LANE = 0.75  # between lines that run side by side
_GAP = 1.5  # between a row and the first line above or below it
MOST = 40  # people in one drawing
_SWEEPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent:
    """The children of the same parents: one line down, a bar, and a line to each."""

    parents: tuple[PersonId, ...]  # one, or the two of a couple
    children: tuple[PersonId, ...]
    x: float  # where the line goes down, between slots
    bar: float  # y of the bar
    leaves: float  # y where it leaves the parents


@dataclass(frozen=True, slots=True, kw_only=True)
class Arch:
    """A line over the symbols of a row, from one person to another who is not beside them."""

    one: PersonId
    other: PersonId
    y: float
    kind: str  # "couple" or "tie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything stands. The middle of a person's symbol is at `spots`."""

    spots: Mapping[PersonId, tuple[float, float]]
    generations: Mapping[PersonId, int]
    descents: tuple[Descent, ...]
    arches: tuple[Arch, ...]
    beside: tuple[Couple, ...]  # couples with nobody between them
    width: float
    height: float

    def top(self, person: PersonId) -> float:
        """Return the y of a symbol's top."""
        return self.spots[person][1] - SYMBOL


def laid_out(kin: Kin) -> Layout:
    """Return where everybody stands. Takes some milliseconds for 40 people."""
    return _Laying(kin).layout()


class _Laying:
    def __init__(self, kin: Kin) -> None:
        self._kin = kin
        self._people = [each.id for each in kin.people]
        self._generation = dict(kin.generations)
        self._parents: dict[PersonId, list[PersonId]] = {each: [] for each in self._people}
        self._children: dict[PersonId, list[PersonId]] = {each: [] for each in self._people}
        for link in kin.parents:
            self._parents[link.child].append(link.parent)
            self._children[link.parent].append(link.child)
        self._age = {
            each.id: (
                (each.birth_date or each.expected_birth_date or date.max).toordinal(),
                number,
            )
            for number, each in enumerate(kin.people)
        }
        self._home: dict[PersonId, int] = {}
        for number, home in enumerate(kin.homes):
            for member in home.members:
                self._home.setdefault(member, number)
        self._row_numbers = sorted(set(self._generation.values()))
        self._units = {row: self._units_of(row) for row in self._row_numbers}

    # -- the order in each row -----------------------------------------------------------------------------

    def _units_of(self, row: int) -> list[list[PersonId]]:
        """Return the people of a row in runs: partners beside each other, who has several between them."""
        members = [each for each in self._people if self._generation[each] == row]
        near: dict[PersonId, list[PersonId]] = {each: [] for each in members}
        for couple in self._kin.couples:
            if couple.one in near and couple.other in near:
                near[couple.one].append(couple.other)
                near[couple.other].append(couple.one)
        units: list[list[PersonId]] = []
        seen: set[PersonId] = set()
        for person in sorted(members, key=lambda each: (-len(near[each]), self._age[each])):
            if person not in seen:
                units.append(self._run(person, near, seen))
        return units

    def _run(
        self, person: PersonId, near: Mapping[PersonId, list[PersonId]], seen: set[PersonId]
    ) -> list[PersonId]:
        """Return a person with their partners on both sides, and theirs further out."""
        seen.add(person)
        left: list[PersonId] = []
        right: list[PersonId] = []
        for number, partner in enumerate(sorted(near[person], key=lambda each: self._age[each])):
            if partner in seen:
                continue
            run = self._run(partner, near, seen)
            if number % 2:
                right = [*right, *run]
            else:
                left = [*run[::-1], *left] if run[0] == partner else [*run, *left]
        return [*left, person, *right]

    def _in_order(self) -> None:
        for row in self._row_numbers:
            self._units[row].sort(
                key=lambda unit: (
                    min(self._home.get(each, 99) for each in unit),
                    min(self._age[each] for each in unit),
                )
            )
        best = (self._crossings(), self._copied())
        for sweep in range(_SWEEPS):
            down = sweep % 2 == 0
            rows = self._row_numbers if down else self._row_numbers[::-1]
            for row in rows:
                self._sort(row, above=down)
            crossings = self._crossings()
            if crossings < best[0]:
                best = (crossings, self._copied())
        self._units = best[1]

    def _copied(self) -> dict[int, list[list[PersonId]]]:
        return {row: [list(unit) for unit in units] for row, units in self._units.items()}

    def _at(self) -> dict[PersonId, float]:
        """Return everybody's place in their row, from its middle."""
        found = {}
        for units in self._units.values():
            flat = [each for unit in units for each in unit]
            for number, each in enumerate(flat):
                found[each] = number - (len(flat) - 1) / 2
        return found

    def _sort(self, row: int, *, above: bool) -> None:
        at = self._at()
        links = self._parents if above else self._children

        def middle(unit: Sequence[PersonId]) -> float:
            wanted = [fmean(at[each] for each in links[person]) for person in unit if links[person]]
            return fmean(wanted) if wanted else fmean(at[each] for each in unit)

        for unit in self._units[row]:
            if len(unit) > 1:  # a couple may stand either way round
                wanted = {each: fmean(at[one] for one in links[each]) for each in unit if links[each]}
                first, last = wanted.get(unit[0]), wanted.get(unit[-1])
                own = fmean(at[each] for each in unit)
                if (first if first is not None else own) > (last if last is not None else own):
                    unit.reverse()
        self._units[row].sort(
            key=lambda unit: (
                round(middle(unit), 3),
                min(self._home.get(each, 99) for each in unit),
                min(self._age[each] for each in unit),
            )
        )

    def _crossings(self) -> int:
        at = self._at()
        edges: dict[tuple[int, int], list[tuple[float, float]]] = {}
        for link in self._kin.parents:
            rows = (self._generation[link.parent], self._generation[link.child])
            edges.setdefault(rows, []).append((at[link.parent], at[link.child]))
        count = 0
        for listed in edges.values():
            for number, (top, foot) in enumerate(listed):
                for other_top, other_foot in listed[number + 1 :]:
                    count += (top - other_top) * (foot - other_foot) < 0
        return count

    def _rows(self) -> dict[int, list[PersonId]]:
        """Return the people of each row from the left."""
        return {row: [each for unit in units for each in unit] for row, units in self._units.items()}

    # -- places --------------------------------------------------------------------------------------------

    def _places(self) -> dict[PersonId, float]:
        x = {each: place * SLOT for each, place in self._at().items()}
        for sweep in range(_SWEEPS * 2):
            down = sweep % 2 == 0
            for row in self._row_numbers if down else self._row_numbers[::-1]:
                wanted = []
                for unit in self._units[row]:
                    pulls = []
                    for number, person in enumerate(unit):
                        offset = (number - (len(unit) - 1) / 2) * SLOT
                        for links, mean in ((self._parents, down), (self._children, not down)):
                            if links[person] and (mean or sweep > _SWEEPS):
                                pulls.append(fmean(x[each] for each in links[person]) - offset)
                    own = fmean(x[each] for each in unit)
                    wanted.append(fmean(pulls) if pulls else own)
                for unit, middle in zip(self._units[row], _spread(self._units[row], wanted), strict=True):
                    for number, person in enumerate(unit):
                        x[person] = middle + (number - (len(unit) - 1) / 2) * SLOT
        least = min(x.values(), default=0.0)
        return {each: place - least + SLOT / 2 for each, place in x.items()}

    def layout(self) -> Layout:
        """Return everything's place."""
        if not self._people:
            return Layout(spots={}, generations={}, descents=(), arches=(), beside=(), width=0.0, height=0.0)
        self._in_order()
        x = self._places()
        order = {each: number for row in self._rows().values() for number, each in enumerate(row)}
        beside, arched = self._couples(order)
        ties = [
            tie
            for tie in self._kin.ties
            if self._generation[tie.person] == self._generation[tie.other]
            and self._is_drawn(tie.person, tie.other)
        ]
        spans = [(each.one, each.other, "couple") for each in arched]
        spans += [(each.person, each.other, "tie") for each in ties]
        arch_lanes, arch_count = self._arch_lanes(spans, x)
        families = self._families(beside, arched)
        drops = self._drops(families, beside, order, x)
        bar_lanes, bar_count = self._bar_lanes(families, drops, x)
        y: dict[int, float] = {}
        at = 0.0
        for row in self._row_numbers:
            at += _GAP + arch_count.get(row, 0) * LANE
            y[row] = at + SYMBOL
            at += ROW + _GAP * 0.6 + bar_count.get(row, 0) * LANE
        spots = {each: (x[each], y[self._generation[each]]) for each in self._people}
        return Layout(
            spots=spots,
            generations=dict(self._generation),
            beside=tuple(beside),
            arches=tuple(
                Arch(
                    one=one,
                    other=other,
                    kind=kind,
                    y=spots[one][1] - SYMBOL - 0.6 - arch_lanes[number] * LANE,
                )
                for number, (one, other, kind) in enumerate(spans)
            ),
            descents=tuple(
                Descent(
                    parents=parents,
                    children=tuple(sorted(children, key=lambda each: x[each])),
                    x=drops[number],
                    bar=spots[parents[0]][1] - SYMBOL + ROW + _GAP * 0.5 + bar_lanes[number] * LANE,
                    leaves=spots[parents[0]][1],
                )
                for number, (parents, children) in enumerate(families)
            ),
            width=max(x.values()) + SLOT / 2,
            height=at,
        )

    def _couples(self, order: Mapping[PersonId, int]) -> tuple[list[Couple], list[Couple]]:
        beside: list[Couple] = []
        arched: list[Couple] = []
        for couple in self._kin.couples:
            is_beside = abs(order[couple.one] - order[couple.other]) == 1
            (beside if is_beside else arched).append(couple)
        return beside, arched

    def _is_drawn(self, one: PersonId, other: PersonId) -> bool:
        """Say whether a tie in one row is news: brothers under one bar are seen to be brothers."""
        return not set(self._parents[one]) & set(self._parents[other])

    def _families(
        self, beside: Sequence[Couple], arched: Sequence[Couple]
    ) -> list[tuple[tuple[PersonId, ...], list[PersonId]]]:
        """Return parents and the children they have together. A foster or step parent's children hang on that
        parent's partner only by lineage: who stands in has a line of their own."""
        couples = {each.both for each in (*beside, *arched)}
        found: dict[tuple[PersonId, ...], list[PersonId]] = {}
        for child in self._people:
            lineage = [
                each.parent for each in self._kin.parents if each.child == child and each.bond in LINEAGE
            ]
            if len(lineage) > 1 and frozenset(lineage[:2]) in couples:
                found.setdefault(tuple(sorted(lineage[:2])), []).append(child)
                lineage = lineage[2:]
            others = [
                each.parent for each in self._kin.parents if each.child == child and each.bond not in LINEAGE
            ]
            if len(others) > 1 and frozenset(others[:2]) in couples:
                found.setdefault(tuple(sorted(others[:2])), []).append(child)
                others = others[2:]
            for parent in (*lineage, *others):
                found.setdefault((parent,), []).append(child)
        return list(found.items())

    def _drops(
        self,
        families: Sequence[tuple[tuple[PersonId, ...], list[PersonId]]],
        beside: Sequence[Couple],
        order: Mapping[PersonId, int],
        x: Mapping[PersonId, float],
    ) -> list[float]:
        """Return where each line goes down: in the space between two slots, each in a place of its own."""
        sides = {(each.one, each.other) for each in beside} | {(each.other, each.one) for each in beside}
        row_of = {row: dict(enumerate(listed)) for row, listed in self._rows().items()}
        used: dict[tuple[int, float], int] = {}
        found = []
        for parents, children in families:
            aim = fmean(x[each] for each in children)
            if len(parents) > 1:
                one, other = sorted(parents, key=lambda each: x[each])
                if (one, other) in sides:
                    drop = (x[one] + x[other]) / 2
                else:  # under the arch, beside the one it ends at
                    drop = x[other] - SLOT / 2
            else:
                (parent,) = parents
                row = row_of[self._generation[parent]]
                right = row.get(order[parent] + 1)
                left = row.get(order[parent] - 1)
                is_right = aim >= x[parent]
                if (parent, right if is_right else left) in sides and (
                    parent,
                    left if is_right else right,
                ) not in sides:
                    is_right = not is_right
                drop = x[parent] + (SLOT / 2 if is_right else -SLOT / 2)
            place = (self._generation[parents[0]], round(drop, 2))
            number = used.get(place, 0)
            used[place] = number + 1
            found.append(drop + (0.3 * ((number + 1) // 2)) * (-1 if number % 2 else 1))
        return found

    def _arch_lanes(
        self, spans: Sequence[tuple[PersonId, PersonId, str]], x: Mapping[PersonId, float]
    ) -> tuple[list[int], dict[int, int]]:
        wanted = [
            (self._generation[one], min(x[one], x[other]), max(x[one], x[other])) for one, other, _ in spans
        ]
        return _lanes(wanted)

    def _bar_lanes(
        self,
        families: Sequence[tuple[tuple[PersonId, ...], list[PersonId]]],
        drops: Sequence[float],
        x: Mapping[PersonId, float],
    ) -> tuple[list[int], dict[int, int]]:
        wanted = []
        for (parents, children), drop in zip(families, drops, strict=True):
            ends = [drop, *(x[each] for each in children)]
            wanted.append((self._generation[parents[0]], min(ends), max(ends)))
        return _lanes(wanted)


def _lanes(spans: Sequence[tuple[int, float, float]]) -> tuple[list[int], dict[int, int]]:
    """Return a lane for each span (row, from, to), so that none of a lane touch, and how many a row has."""
    taken: dict[int, list[list[tuple[float, float]]]] = {}
    found = [0] * len(spans)
    for number in sorted(range(len(spans)), key=lambda each: spans[each][2] - spans[each][1]):
        row, start, end = spans[number]
        lanes = taken.setdefault(row, [])
        for lane, held in enumerate(lanes):
            if all(end + 0.6 < other[0] or start - 0.6 > other[1] for other in held):
                held.append((start, end))
                found[number] = lane
                break
        else:
            found[number] = len(lanes)
            lanes.append([(start, end)])
    return found, {row: len(lanes) for row, lanes in taken.items()}


def _spread(units: Sequence[Sequence[PersonId]], wanted: Sequence[float]) -> list[float]:
    """Return middles as near as can be to those wanted, in this order and with room for every slot.

    Pools neighbours that want the same place (isotonic regression of what is wanted less the room needed).
    """
    before = [0.0]
    for one, other in pairwise(units):
        before.append(before[-1] + (len(one) + len(other)) / 2 * SLOT)
    pools: list[list[float]] = []  # sum, weight
    sizes: list[int] = []
    for unit, place, room in zip(units, wanted, before, strict=True):
        weight = float(len(unit))
        pools.append([(place - room) * weight, weight])
        sizes.append(1)
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            last, size = pools.pop(), sizes.pop()
            pools[-1][0] += last[0]
            pools[-1][1] += last[1]
            sizes[-1] += size
    flat = [pool[0] / pool[1] for pool, size in zip(pools, sizes, strict=True) for _ in range(size)]
    return [place + room for place, room in zip(flat, before, strict=True)]
