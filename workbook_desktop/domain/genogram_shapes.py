"""A genogram as lines, boxes and words, for whoever draws: a window, or a page of paper.

Units as in `genogram_layout`. Nothing is said by colour: who is what stands in the shape, how somebody is
joined in the dashes, and both in words (`genogram_words`), which are the form that can be read aloud.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from workbook_desktop.domain.genogram import Bond, Kin
from workbook_desktop.domain.genogram_layout import (
    MOST,
    ROW,
    SLOT,
    SYMBOL,
    Descent,
    Layout,
    laid_out,
)
from workbook_desktop.domain.genogram_words import couple_date_words, home_name, life_words
from workbook_desktop.domain.ids import PersonId
from workbook_desktop.domain.people import Household, Person, Sex

LETTERS = 17  # of a line of a name
_LETTER = 0.46  # width of a letter of size 1, about


class Dash(StrEnum):
    """How a line is drawn."""

    SOLID = "solid"
    DASHED = "dashed"  # adopted, and who stands in
    DOTTED = "dotted"  # fostered, and ties that are neither blood nor couple
    DASH_DOT = "dash-dot"  # step; and the outline of a home


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line through points; `closed` makes it a shape with the ground's colour inside."""

    points: tuple[tuple[float, float], ...]
    dash: Dash = Dash.SOLID
    weight: float = 0.09
    closed: bool = False
    person: PersonId | None = None  # whose symbol it is part of


@dataclass(frozen=True, slots=True, kw_only=True)
class Oval:
    """A circle."""

    x: float
    y: float
    radius: float
    weight: float = 0.09
    person: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The home of some people: a box with round corners behind them."""

    x: float
    y: float
    width: float
    height: float
    radius: float
    dash: Dash = Dash.DASH_DOT
    weight: float = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words, their middle (or their left end) at x, their baseline's foot at y."""

    x: float
    y: float
    text: str
    size: float = 1.0
    bold: bool = False
    from_left: bool = False
    on_ground: bool = False  # they stand on a line: the ground is drawn behind them
    person: PersonId | None = None


Shape = Line | Oval | Outline | Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Genogram:
    """A drawing: what is behind comes first. And the same in words, a line for each person."""

    title: str
    kin: Kin
    layout: Layout
    shapes: tuple[Shape, ...]
    today: date

    @property
    def width(self) -> float:
        """Its width, in units."""
        return self.layout.width

    @property
    def height(self) -> float:
        """Its height, in units."""
        return self.layout.height


def genogram(kin: Kin, today: date, title: str = "") -> Genogram:
    """Return the drawing of a family."""
    layout = laid_out(kin)
    drawn = (*_homes(kin, layout), *_descents(kin, layout), *_couples(kin, layout), *_ties(kin, layout))
    people = tuple(shape for person in kin.people for shape in _person(kin, layout, person, today))
    return Genogram(title=title, kin=kin, layout=layout, shapes=(*drawn, *people), today=today)


def genograms(kin: Kin, today: date) -> tuple[Genogram, ...]:
    """Return a family's drawings: one; or for more than 40 people one for each home with who is nearest to
    it, and others for who lives in none."""
    if len(kin.people) <= MOST:
        return (genogram(kin, today, "The whole family"),)
    found = []
    shown: set[PersonId] = set()
    for number, home in enumerate(kin.homes):
        members = _nearest(kin, home.members)
        shown |= members
        found.append(genogram(_only(kin, members), today, f"{home_name(number)}: {_first_names(kin, home)}"))
    left = [each.id for each in kin.people if each.id not in shown]
    for at in range(0, len(left), MOST):
        part = set(left[at : at + MOST])
        found.append(genogram(_only(kin, part), today, "Others" if at == 0 else f"Others, {at // MOST + 1}"))
    return tuple(found)


def _nearest(kin: Kin, members: Iterable[PersonId]) -> set[PersonId]:
    """Return the people of a home, with parents, children and partners of theirs as far as there is room."""
    found = dict.fromkeys(members)
    pairs = [(each.parent, each.child) for each in kin.parents]
    pairs += [(each.one, each.other) for each in kin.couples]
    pairs += [(each.person, each.other) for each in kin.ties]
    inside = set(found)
    for one, other in pairs:
        for mine, theirs in ((one, other), (other, one)):
            if mine in inside and theirs not in found and len(found) < MOST:
                found[theirs] = None
    return set(list(found)[:MOST])


def _only(kin: Kin, members: set[PersonId]) -> Kin:
    """Return a family with these people alone."""
    homes = []
    for home in kin.homes:
        here = tuple(each for each in home.members if each in members)
        # All homes stay, so that each keeps its letter.
        homes.append(
            Household(
                id=home.id, members=here, address="", postcode="", since=home.since, protected=home.protected
            )
        )
    return Kin(
        people=tuple(each for each in kin.people if each.id in members),
        parents=tuple(each for each in kin.parents if {each.parent, each.child} <= members),
        couples=tuple(each for each in kin.couples if each.both <= members),
        ties=tuple(each for each in kin.ties if {each.person, each.other} <= members),
        twins=tuple(each for each in kin.twins if each <= members),
        homes=tuple(homes),
        generations={person: row for person, row in kin.generations.items() if person in members},
        doubts=kin.doubts,
    )


def _first_names(kin: Kin, home: Household) -> str:
    return ", ".join(_short(kin.person(each)) for each in home.members)


def _short(person: Person) -> str:
    return person.preferred_name or person.forename or person.name


# -- homes, lines --------------------------------------------------------------------------------------------


def _homes(kin: Kin, layout: Layout) -> Iterator[Shape]:
    """Yield an outline for each home. Where somebody else stands between its members, each part has its own
    outline with the same letter: an outline never takes in who does not live there."""
    for number, home in enumerate(kin.homes):
        inset = 0.18 * (number % 4)
        for x, y, width, height in _parts(layout, home.members):
            yield Outline(
                x=x + inset, y=y + inset, width=width - 2 * inset, height=height - 2 * inset, radius=0.8
            )
            yield Words(
                x=x + inset + 0.5,
                y=y - inset + height - 0.3,
                text=home_name(number),
                size=0.8,
                bold=True,
                from_left=True,
            )


def _parts(layout: Layout, members: tuple[PersonId, ...]) -> list[tuple[float, float, float, float]]:
    """Return boxes around members of a home: x, y, width, height, with nobody else inside."""
    others = [spot for person, spot in layout.spots.items() if person not in members]
    runs: list[list[PersonId]] = []
    rows: dict[float, list[PersonId]] = {}
    for member in members:
        rows.setdefault(layout.spots[member][1], []).append(member)
    for row in rows.values():
        run: list[PersonId] = []
        for member in sorted(row, key=lambda each: layout.spots[each][0]):
            if run and not _is_free(_box(layout, [*run, member]), others):
                runs.append(run)
                run = []
            run.append(member)
        runs.append(run)
    merged = True
    while merged:  # a mother above her children: one home, one outline
        merged = False
        for at, one in enumerate(runs):
            for other in runs[at + 1 :]:
                if _is_free(_box(layout, [*one, *other]), others):
                    runs.remove(other)
                    one.extend(other)
                    merged = True
                    break
            if merged:
                break
    return [_box(layout, run) for run in runs]


def _box(layout: Layout, members: list[PersonId]) -> tuple[float, float, float, float]:
    spots = [layout.spots[each] for each in members]
    left, right = min(x for x, _ in spots) - SLOT * 0.46, max(x for x, _ in spots) + SLOT * 0.46
    top, foot = min(y for _, y in spots) - SYMBOL - 0.45, max(y for _, y in spots) - SYMBOL + ROW + 0.4
    return left, top, right - left, foot - top


def _is_free(box: tuple[float, float, float, float], others: list[tuple[float, float]]) -> bool:
    left, top, width, height = box
    return not any(
        left - SLOT * 0.45 < x < left + width + SLOT * 0.45 and top - ROW + SYMBOL < y < top + height + SYMBOL
        for x, y in others
    )


_DASHES = {
    Bond.BIRTH: Dash.SOLID,
    Bond.ADOPTIVE: Dash.DASHED,
    Bond.FOSTER: Dash.DOTTED,
    Bond.STEP: Dash.DASH_DOT,
    Bond.CARER: Dash.DASHED,
}
_BOND_WORDS = {
    Bond.ADOPTIVE: "adopted",
    Bond.FOSTER: "fostered",
    Bond.STEP: "step",
    Bond.CARER: "cared for",
}


def _descents(kin: Kin, layout: Layout) -> Iterator[Shape]:
    bonds = {(each.parent, each.child): each.bond for each in kin.parents}
    for each in layout.descents:
        if len(each.parents) == 1:
            x, y = layout.spots[each.parents[0]]
            side = SYMBOL if each.x > x else -SYMBOL
            yield Line(points=((x + side, y), (each.x, y), (each.x, each.bar)))
        else:
            arch = next((one for one in layout.arches if {one.one, one.other} == set(each.parents)), None)
            start = arch.y if arch is not None else each.leaves
            yield Line(points=((each.x, start), (each.x, each.bar)))
        lands = {child: _landing(layout, child, each) for child in each.children}
        twins = _twin_ends(kin, layout, each.children)
        together = {child for _, group in twins for child in group}
        ends = [x for x, _ in twins] + [x for child, x in lands.items() if child not in together]
        along = [each.x, *ends]
        if max(along) - min(along) > 0.01:
            yield Line(points=((min(along), each.bar), (max(along), each.bar)))
        for child in each.children:
            x = lands[child]
            bond = bonds[each.parents[0], child]
            start_x = next((end for end, group in twins if child in group), x)
            top = layout.top(child)
            yield Line(points=((start_x, each.bar), (x, top)), dash=_DASHES[bond])
            if bond in _BOND_WORDS:
                yield Words(
                    x=(start_x + x) / 2, y=top - 0.35, text=_BOND_WORDS[bond], size=0.75, on_ground=True
                )


def _twin_ends(
    kin: Kin, layout: Layout, children: tuple[PersonId, ...]
) -> list[tuple[float, frozenset[PersonId]]]:
    """Return where twins' lines begin: at one point, between them."""
    found = []
    for group in kin.twins:
        here = frozenset(each for each in group if each in children)
        if len(here) > 1:
            found.append((sum(layout.spots[each][0] for each in here) / len(here), here))
    return found


def _landing(layout: Layout, child: PersonId, of: Descent) -> float:
    """Return where a line reaches a child: beside the other, where birth and step parents each have one."""
    coming = [each for each in layout.descents if child in each.children]
    return layout.spots[child][0] + (coming.index(of) - (len(coming) - 1) / 2) * 0.7


def _couples(kin: Kin, layout: Layout) -> Iterator[Shape]:
    arches = {frozenset((each.one, each.other)): each for each in layout.arches if each.kind == "couple"}
    for couple in kin.couples:
        left, right = sorted(couple.both, key=lambda each: layout.spots[each][0])
        (x1, y), (x2, _) = layout.spots[left], layout.spots[right]
        arch = arches.get(couple.both)
        dash = Dash.SOLID if couple.said else Dash.DOTTED
        if arch is None:
            points = ((x1 + SYMBOL, y), (x2 - SYMBOL, y))
            level = y
        else:
            level = arch.y
            points = (  # type: ignore[assignment]
                (x1 + 0.3, y - SYMBOL),
                (x1 + 0.3, level),
                (x2 - 0.3, level),
                (x2 - 0.3, y - SYMBOL),
            )
        yield Line(points=points, dash=dash)
        middle = (x1 + x2) / 2
        if couple.said and not couple.together:
            for shift in (-0.25, 0.2):  # two strokes across: they live apart
                x = x1 + SYMBOL + 1.0 + shift
                yield Line(points=((x - 0.25, level + 0.6), (x + 0.25, level - 0.6)), weight=0.12)
        if couple.abuse:
            yield from _zigzag(middle if arch is not None else x2 - SYMBOL - 1.6, level)
        words = couple_date_words(couple)
        if words and arch is None:
            has_marks = couple.abuse or not couple.together
            yield Words(x=middle, y=level - (0.85 if has_marks else 0.3), text=words, size=0.7)


def _zigzag(x: float, y: float) -> Iterator[Shape]:
    """Yield the mark of domestic abuse: a jagged line and the letters."""
    points = tuple((x - 0.9 + step * 0.3, y + (0.35 if step % 2 else -0.35)) for step in range(7))
    yield Line(points=points, weight=0.13)
    yield Words(x=x, y=y + 1.25, text="DA", size=0.8, bold=True, on_ground=True)


def _ties(kin: Kin, layout: Layout) -> Iterator[Shape]:
    arches = {frozenset((each.one, each.other)): each for each in layout.arches if each.kind == "tie"}
    parents = {(each.parent, each.child) for each in kin.parents}
    slanted: dict[PersonId, dict[str, list[float]]] = {}  # by who is below and words: where each line begins
    for tie in kin.ties:
        (x1, y1), (x2, y2) = layout.spots[tie.person], layout.spots[tie.other]
        arch = arches.get(frozenset((tie.person, tie.other)))
        if arch is not None:
            yield Line(
                points=((x1, y1 - SYMBOL), (x1, arch.y), (x2, arch.y), (x2, y2 - SYMBOL)), dash=Dash.DOTTED
            )
            yield Words(x=(x1 + x2) / 2, y=arch.y + 0.25, text=tie.words, size=0.75, on_ground=True)
            if tie.abuse:
                yield from _zigzag((x1 + x2) / 2 + 3, arch.y)
        elif y1 != y2 and not _is_seen(parents, tie.person, tie.other, tie.above):
            start, end = ((x1, y1), (x2, y2)) if y1 < y2 else ((x2, y2), (x1, y1))
            yield Line(points=((start[0], start[1] + SYMBOL), (end[0], end[1] - SYMBOL)), dash=Dash.DOTTED)
            below = tie.other if y1 < y2 else tie.person
            slanted.setdefault(below, {}).setdefault(tie.words, []).append(start[0])
    yield from _slanted_words(layout, slanted)


def _slanted_words(
    layout: Layout, slanted: Mapping[PersonId, Mapping[str, Sequence[float]]]
) -> Iterator[Shape]:
    """Yield what lines to one person are called: each kind of tie once, with how many there are, one above
    the other, for at that end all lines meet."""
    for below, kinds in slanted.items():
        x, y = layout.spots[below]
        for number, (words, starts) in enumerate(kinds.items()):
            is_alone = len(kinds) == len(starts) == 1
            yield Words(
                x=x + (starts[0] - x) * 0.12 if is_alone else x,
                y=y - SYMBOL - 0.7 - number * 1.0,
                text=words if len(starts) == 1 else f"{words} ({len(starts)})",
                size=0.75,
                on_ground=True,
            )


def _is_seen(
    parents: set[tuple[PersonId, PersonId]], upper: PersonId, lower: PersonId, above: int | None
) -> bool:
    """Say whether lines of parents show already that somebody is a grandparent."""
    if above is None or abs(above) < 2:
        return False
    if above < 0:
        upper, lower = lower, upper
    level = {upper}
    for _ in range(abs(above)):
        level = {child for parent, child in parents if parent in level}
    return lower in level


# -- people --------------------------------------------------------------------------------------------------


def _person(kin: Kin, layout: Layout, person: Person, today: date) -> Iterator[Shape]:
    x, y = layout.spots[person.id]
    who = person.id
    if person.birth_date is None and person.expected_birth_date is not None:  # a pregnancy
        yield _shape(((x, y - SYMBOL), (x + SYMBOL, y + SYMBOL), (x - SYMBOL, y + SYMBOL)), who)
    elif person.gender or person.sex is Sex.UNKNOWN:
        for half in (SYMBOL * 1.15, SYMBOL * 0.9)[: 2 if person.is_child else 1]:
            yield _shape(((x, y - half), (x + half, y), (x, y + half), (x - half, y)), who)
    elif person.sex is Sex.FEMALE:
        for radius in (SYMBOL, SYMBOL * 0.82)[: 2 if person.is_child else 1]:
            yield Oval(x=x, y=y, radius=radius, person=who)
    else:
        for half in (SYMBOL, SYMBOL * 0.82)[: 2 if person.is_child else 1]:
            yield _shape(
                ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)), who
            )
    if person.death_date is not None:
        for sign in (-1, 1):
            yield Line(
                points=(
                    (x - SYMBOL * 0.8, y - sign * SYMBOL * 0.8),
                    (x + SYMBOL * 0.8, y + sign * SYMBOL * 0.8),
                ),
                person=who,
            )
    elif person.expected_birth_date is None and not (
        person.forename or person.surname or person.preferred_name
    ):
        yield Words(x=x, y=y + 0.4, text="?", size=1.3, bold=True, person=who)
    if any(each.parent == who and each.responsibility for each in kin.parents):
        yield Words(
            x=x + SYMBOL + 0.35, y=y + SYMBOL, text="PR", size=0.75, bold=True, from_left=True, person=who
        )
    foot = y + SYMBOL + 1.15
    for line in name_lines(person):
        yield Words(x=x, y=foot, text=line, bold=True, size=0.95, person=who)
        foot += 1.15
    age = life_words(person, today)
    if age:
        yield Words(x=x, y=foot, text=age, size=0.85, person=who)


def _shape(points: tuple[tuple[float, float], ...], person: PersonId) -> Line:
    return Line(points=points, closed=True, person=person)


def name_lines(person: Person) -> tuple[str, ...]:
    """Return a name in two lines at most; what does not fit ends in "…" and is whole in the list."""
    lines: list[str] = []
    for word in person.name.split():
        if lines and len(lines[-1]) + 1 + len(word) <= LETTERS:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    shown = [line if len(line) <= LETTERS else f"{line[: LETTERS - 1]}…" for line in lines[:2]]
    if len(lines) > 2:
        shown[1] = f"{shown[1][: LETTERS - 2].rstrip()} …"
    return tuple(shown)


# -- for paper -----------------------------------------------------------------------------------------------


def plain(drawing: Genogram) -> dict[str, Any]:
    """Return a drawing as plain JSON, for a typesetter: ``width``, ``height`` in units, and ``shapes``, each
    with its ``kind`` (``line``, ``oval``, ``outline``, ``words``) and members. What is behind comes first."""
    shapes: list[dict[str, Any]] = []
    for shape in drawing.shapes:
        said = {name: value for name, value in asdict(shape).items() if name != "person"}
        shapes.append({"kind": type(shape).__name__.lower(), **said})
    return {
        "title": drawing.title,
        "width": round(drawing.width, 3),
        "height": round(drawing.height, 3),
        "shapes": shapes,
    }
