"""An outline of a child's body as shapes, by age, and where each part of it is. Standard library only.

A figure is 1,000 high. It is made of ovals, of limbs (lines with a thickness) and of boxes, from a few
measures that change with age: how many heads a body is high, how long legs are, how broad shoulders. A place
on the body is a region, a side and a point inside its box in thousandths: so a mark stays on the same
place of the body whichever outline it is shown on. Left and right are the child's own: in the front view the
child's left is on the right hand of who looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

HIGH = 1000
WIDE = 760


class View(StrEnum):
    """From where one looks."""

    FRONT = "front"
    BACK = "back"
    HEAD = "head"
    HANDS = "hands"


VIEWS = {View.FRONT: "Front", View.BACK: "Back", View.HEAD: "Head", View.HANDS: "Hands"}


class Age(StrEnum):
    """Whose body it is."""

    BABY = "baby"
    TODDLER = "toddler"
    CHILD = "child"
    TEEN = "teen"


class Side(StrEnum):
    """Of the child, not of who looks."""

    LEFT = "left"
    RIGHT = "right"
    MIDDLE = "middle"


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the figure, upright."""

    x: float
    y: float
    width: float
    height: float

    def point(self, x: int, y: int) -> tuple[float, float]:
        """Return the place of a point given in thousandths."""
        return self.x + self.width * x / 1000, self.y + self.height * y / 1000

    def thousandths(self, x: float, y: float) -> tuple[int, int]:
        """Return a place of the figure as a point of this box; at its edge if it is outside."""
        return (
            round(min(1000, max(0, (x - self.x) / self.width * 1000))),
            round(min(1000, max(0, (y - self.y) / self.height * 1000))),
        )

    def holds(self, x: float, y: float) -> bool:
        """Say whether a place is inside."""
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height


@dataclass(frozen=True, slots=True)
class Oval:
    """An oval of the outline, in its box."""

    box: Box


@dataclass(frozen=True, slots=True)
class Limb:
    """A line with round ends, so thick."""

    points: tuple[tuple[float, float], ...]
    thick: float


@dataclass(frozen=True, slots=True)
class Block:
    """A box with round corners."""

    box: Box
    radius: float


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line inside the outline, such as a mouth: to know what is where."""

    points: tuple[tuple[float, float], ...]


Shape = Oval | Limb | Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One view of a body: its outline is all shapes together; and its parts by region and side."""

    view: View
    shapes: tuple[Shape, ...]
    strokes: tuple[Stroke, ...]
    places: Mapping[tuple[str, Side], Box]
    words: tuple[tuple[float, float, str], ...]  # where something is written: "Child's right"


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the body that a mark can be on."""

    code: str
    name: str
    view: View
    sided: bool  # there is a left one and a right one


def _regions() -> tuple[Region, ...]:
    both, one = True, False
    listed: tuple[tuple[View, tuple[tuple[str, str, bool], ...]], ...] = (
        (
            View.HEAD,
            (
                ("scalp", "Scalp", one),
                ("forehead", "Forehead", one),
                ("temple", "Temple", both),
                ("eye", "Eye or eyelid", both),
                ("ear", "Ear", both),
                ("behind-ear", "Behind the ear", both),
                ("nose", "Nose", one),
                ("cheek", "Cheek", both),
                ("mouth", "Lips or inside the mouth", one),
                ("chin", "Chin", one),
                ("jaw", "Jaw", both),
            ),
        ),
        (
            View.FRONT,
            (
                ("neck", "Front of the neck", one),
                ("shoulder", "Shoulder", both),
                ("chest", "Chest", both),
                ("upper-arm", "Upper arm, front", both),
                ("forearm", "Forearm, inside", both),
                ("belly", "Belly", one),
                ("hip", "Hip", both),
                ("groin", "Groin or private parts", one),
                ("thigh", "Thigh, front", both),
                ("knee", "Knee", both),
                ("shin", "Shin", both),
                ("foot", "Top of the foot", both),
            ),
        ),
        (
            View.BACK,
            (
                ("back-head", "Back of the head", one),
                ("nape", "Back of the neck", one),
                ("shoulder-blade", "Shoulder blade", both),
                ("back-arm", "Upper arm, back", both),
                ("elbow", "Elbow", both),
                ("back-forearm", "Forearm, outside", both),
                ("upper-back", "Upper back, along the spine", one),
                ("lower-back", "Lower back", one),
                ("buttock", "Buttock", both),
                ("back-thigh", "Thigh, back", both),
                ("calf", "Calf", both),
                ("heel", "Heel or sole", both),
            ),
        ),
        (
            View.HANDS,
            (
                ("palm", "Palm", both),
                ("back-hand", "Back of the hand", both),
                ("fingers", "Fingers", both),
                ("thumb", "Thumb", both),
                ("wrist", "Wrist", both),
            ),
        ),
    )
    return tuple(
        Region(code=code, name=name, view=view, sided=sided)
        for view, parts in listed
        for code, name, sided in parts
    )


REGIONS = _regions()
BY_CODE = {region.code: region for region in REGIONS}

# heads a body is high; half the breadth of shoulders, hips, thickness of an arm and a leg; where legs begin.
_MEASURES = {
    Age.BABY: (4.0, 128, 92, 74, 96, 0.62),
    Age.TODDLER: (5.0, 122, 84, 64, 84, 0.57),
    Age.CHILD: (6.2, 118, 78, 54, 74, 0.52),
    Age.TEEN: (7.3, 124, 76, 48, 68, 0.49),
}


def figure(view: View, age: Age) -> Figure:
    """Return one view of a body of that age."""
    if view is View.HEAD:
        return _head(age)
    if view is View.HANDS:
        return _hands()
    return _body(view, age)


def _body(view: View, age: Age) -> Figure:
    heads, shoulder, hip, arm, leg, legs_at = _MEASURES[age]
    middle, head = WIDE / 2, (HIGH - 40) / heads
    neck = 20 + head
    top = neck + head * 0.16  # of the shoulders
    crotch = 20 + (HIGH - 40) * legs_at
    waist = top + (crotch - top) * 0.55
    chest = max(hip * 1.04, shoulder - arm * 0.62)
    # Arms hang a little away from the body.
    elbow_x, hand_x = shoulder + arm * 0.85, shoulder + arm * 1.4
    elbow_y, wrist_y = top + (crotch - top) * 0.62, crotch + (HIGH - crotch) * 0.06
    knee_y, foot_y = crotch + (HIGH - 30 - crotch) * 0.5, float(HIGH - 34)
    knee_x, foot_x = hip * 0.62, hip * 0.72

    def both(points: tuple[tuple[float, float], ...], thick: float) -> tuple[Limb, Limb]:
        """Return a limb and its like on the other side; x is counted from the middle."""
        right = tuple((middle + x, y) for x, y in points)
        left = tuple((middle - x, y) for x, y in points)
        return Limb(points=left, thick=thick), Limb(points=right, thick=thick)

    shapes: list[Shape] = [
        Oval(Box(middle - head * 0.4, 20, head * 0.8, head * 1.02)),
        Block(Box(middle - head * 0.17, neck - head * 0.12, head * 0.34, head * 0.4), 10),
        Block(Box(middle - shoulder, top, shoulder * 2, arm * 1.05), arm * 0.52),
        Block(Box(middle - chest, top, chest * 2, (waist - top) * 1.1), chest * 0.3),
        Block(Box(middle - hip, waist - 30, hip * 2, crotch - waist + 60), hip * 0.4),
        *both(((shoulder - arm * 0.4, top + arm * 0.5), (elbow_x, elbow_y)), arm * 0.92),
        *both(((elbow_x, elbow_y), (hand_x, wrist_y)), arm * 0.78),
        *both(((hand_x, wrist_y), (hand_x + 8, wrist_y + head * 0.22)), arm * 0.86),
        *both(((hip * 0.5, crotch), (knee_x, knee_y)), leg),
        *both(((knee_x, knee_y), (foot_x, foot_y - 10)), leg * 0.8),
        *both(((foot_x, foot_y), (foot_x + leg * 0.3, foot_y)), leg * 0.62),
    ]
    strokes: list[Stroke] = []
    sign = 1 if view is View.FRONT else -1  # the child's left is on the right of the page, seen from before
    places: dict[tuple[str, Side], Box] = {}

    def put(code: str, x: float, y: float, width: float, height: float) -> None:
        """Place a region of two sides: x is its middle, counted from the body's middle outwards."""
        places[code, Side.LEFT] = Box(middle + sign * x - width / 2, y, width, height)
        places[code, Side.RIGHT] = Box(middle - sign * x - width / 2, y, width, height)

    def put_one(code: str, y: float, width: float, height: float) -> None:
        places[code, Side.MIDDLE] = Box(middle - width / 2, y, width, height)

    upper, lower = elbow_y - top - arm * 0.5, wrist_y - elbow_y - arm * 0.5
    arm_x, fore_x = (shoulder - arm * 0.4 + elbow_x) / 2, (elbow_x + hand_x) / 2
    shin = foot_y - knee_y - leg * 0.5
    if view is View.FRONT:
        put_one("neck", neck - head * 0.05, head * 0.3, head * 0.2)
        put("shoulder", shoulder * 0.82, top, arm * 1.1, arm * 0.8)
        put("chest", shoulder * 0.42, top + arm * 0.4, shoulder * 0.72, (waist - top) * 0.55)
        put("upper-arm", arm_x, top + arm * 0.8, arm * 0.8, upper * 0.8)
        put("forearm", fore_x, elbow_y + arm * 0.3, arm * 0.7, lower)
        put_one("belly", waist - 44, hip * 1.5, (crotch - waist) * 0.62 + 34)
        put("hip", hip * 0.84, waist + (crotch - waist) * 0.3, hip * 0.36, (crotch - waist) * 0.7)
        put_one("groin", crotch - 34, hip * 0.6, 56)
        put("thigh", hip * 0.58, crotch + 24, leg * 0.74, knee_y - crotch - leg * 0.75)
        put("knee", knee_x, knee_y - leg * 0.4, leg * 0.74, leg * 0.8)
        put("shin", (knee_x + foot_x) / 2, knee_y + leg * 0.5, leg * 0.58, shin - leg * 0.5)
        put("foot", foot_x + leg * 0.15, foot_y - leg * 0.3, leg * 0.66, leg * 0.56)
        strokes += [
            Stroke(((middle - 26, 20 + head * 0.5), (middle - 12, 20 + head * 0.5))),
            Stroke(((middle + 12, 20 + head * 0.5), (middle + 26, 20 + head * 0.5))),
            Stroke(((middle - 12, 20 + head * 0.78), (middle + 12, 20 + head * 0.78))),
            Stroke(
                tuple((middle + x, waist + 22 + y) for x, y in ((-5, 0), (0, -6), (5, 0), (0, 6), (-5, 0)))
            ),
        ]
    else:
        put_one("back-head", 20 + head * 0.12, head * 0.62, head * 0.7)
        put_one("nape", neck - head * 0.05, head * 0.3, head * 0.2)
        put("shoulder-blade", shoulder * 0.5, top + arm * 0.3, shoulder * 0.6, (waist - top) * 0.55)
        put("back-arm", arm_x, top + arm * 0.7, arm * 0.8, upper * 0.75)
        put("elbow", elbow_x, elbow_y - arm * 0.4, arm * 0.8, arm * 0.8)
        put("back-forearm", fore_x, elbow_y + arm * 0.45, arm * 0.7, lower - arm * 0.1)
        put_one("upper-back", top + 10, shoulder * 0.36, waist - top - 20)
        put_one("lower-back", waist - 20, hip * 1.5, (crotch - waist) * 0.4 + 20)
        put("buttock", hip * 0.5, waist + (crotch - waist) * 0.42, hip * 0.8, (crotch - waist) * 0.6 + 20)
        put("back-thigh", hip * 0.58, crotch + 34, leg * 0.74, knee_y - crotch - leg * 0.6)
        put("calf", (knee_x + foot_x) / 2, knee_y + leg * 0.2, leg * 0.62, shin - leg * 0.1)
        put("heel", foot_x, foot_y - leg * 0.25, leg * 0.6, leg * 0.5)
        strokes += [
            Stroke(((middle, top + 30), (middle, waist + 10))),
            Stroke(((middle, waist + (crotch - waist) * 0.4), (middle, crotch))),
        ]
    left, right = (
        ("Child’s right", "Child’s left") if view is View.FRONT else ("Child’s left", "Child’s right")
    )
    return Figure(
        view=view,
        shapes=tuple(shapes),
        strokes=tuple(strokes),
        places=places,
        words=((70, 60, left), (WIDE - 70, 60, right)),
    )


def _head(age: Age) -> Figure:
    middle = WIDE / 2
    broad = {Age.BABY: 235.0, Age.TODDLER: 225.0, Age.CHILD: 212.0, Age.TEEN: 200.0}[age]
    high = 720.0
    top = 140.0
    foot = top + high
    ear = 46.0
    shapes: tuple[Shape, ...] = (
        Oval(Box(middle - broad, top, broad * 2, high)),
        Oval(Box(middle - broad - ear * 0.8, top + high * 0.42, ear * 1.6, high * 0.2)),
        Oval(Box(middle + broad - ear * 0.8, top + high * 0.42, ear * 1.6, high * 0.2)),
        Block(Box(middle - broad * 0.42, foot - 60, broad * 0.84, 150), 20),
    )
    eye_y = top + high * 0.48
    strokes = (
        *(
            Stroke(
                tuple(
                    (middle + side * broad * 0.42 + x, eye_y + y)
                    for x, y in ((-44, 0), (-20, -16), (20, -16), (44, 0), (20, 14), (-20, 14), (-44, 0))
                )
            )
            for side in (-1, 1)
        ),
        Stroke(
            ((middle - 12, eye_y + 20), (middle - 30, top + high * 0.66), (middle + 30, top + high * 0.66))
        ),
        Stroke(
            ((middle - 66, top + high * 0.79), (middle, top + high * 0.8), (middle + 66, top + high * 0.79))
        ),
    )
    places: dict[tuple[str, Side], Box] = {}

    def put(code: str, x: float, y: float, width: float, height: float) -> None:
        places[code, Side.LEFT] = Box(middle + x - width / 2, y, width, height)
        places[code, Side.RIGHT] = Box(middle - x - width / 2, y, width, height)

    def put_one(code: str, y: float, width: float, height: float) -> None:
        places[code, Side.MIDDLE] = Box(middle - width / 2, y, width, height)

    put_one("scalp", top + 14, broad * 1.1, high * 0.17)
    put_one("forehead", top + high * 0.22, broad * 1.2, high * 0.17)
    put("temple", broad * 0.8, top + high * 0.3, broad * 0.24, high * 0.14)
    put("eye", broad * 0.42, eye_y - 36, 104, 68)
    put("ear", broad + ear * 0.1, top + high * 0.43, ear * 0.9, high * 0.18)
    put("behind-ear", broad + ear * 0.95, top + high * 0.47, ear * 0.7, high * 0.16)
    put_one("nose", eye_y + 30, 70, high * 0.15)
    put("cheek", broad * 0.55, top + high * 0.57, broad * 0.46, high * 0.17)
    put_one("mouth", top + high * 0.75, 150, high * 0.08)
    put_one("chin", top + high * 0.86, broad * 0.56, high * 0.11)
    put("jaw", broad * 0.6, top + high * 0.77, broad * 0.3, high * 0.12)
    return Figure(
        view=View.HEAD,
        shapes=shapes,
        strokes=strokes,
        places=places,
        words=((90, 80, "Child’s right"), (WIDE - 90, 80, "Child’s left")),
    )


def _hands() -> Figure:
    """Return four hands: the palms above, the backs below, the child's right on the left of the page."""
    shapes: list[Shape] = []
    places: dict[tuple[str, Side], Box] = {}
    words: list[tuple[float, float, str]] = []
    for row, (what, code) in enumerate((("palm", "palm"), ("back", "back-hand"))):
        for column, side in enumerate((Side.RIGHT, Side.LEFT)):
            x, y = 190.0 + 380 * column, 290.0 + 465 * row
            # Seen from the palm, with fingers up, a right hand's thumb points to the right of the page.
            thumb = 1 if (side is Side.RIGHT) == (what == "palm") else -1
            shapes.append(Block(Box(x - 78, y - 70, 156, 160), 40))
            shapes.append(Block(Box(x - 50, y + 60, 100, 90), 16))
            for finger, (offset, length) in enumerate(((-58, 120), (-20, 150), (20, 158), (58, 132))):
                tall = length if thumb < 0 else (132, 158, 150, 120)[finger]
                shapes.append(Limb(((x + offset, y - 50), (x + offset * 1.12, y - 60 - tall)), 34))
            shapes.append(Limb(((x + thumb * 60, y + 40), (x + thumb * 128, y - 40)), 38))
            places[code, side] = Box(x - 66, y - 60, 132, 130)
            words.append((x, y + 186, f"{'Right' if side is Side.RIGHT else 'Left'} hand, {what}"))
            if what == "palm":
                places["fingers", side] = Box(x - 80, y - 220, 160, 150)
                places["wrist", side] = Box(x - 46, y + 88, 92, 56)
                low, high = sorted((x + thumb * 70, x + thumb * 140))
                places["thumb", side] = Box(low, y - 60, high - low, 100)
    return Figure(view=View.HANDS, shapes=tuple(shapes), strokes=(), places=places, words=tuple(words))


def place_words(code: str, side: str) -> str:
    """Return where a mark is, "Upper arm, front, left"; the code itself if no region has it."""
    region = BY_CODE.get(code)
    name = region.name if region is not None else code
    return f"{name}, {side}" if side and side != Side.MIDDLE else name


def box_of(code: str, side: str, age: Age) -> tuple[View, Box] | None:
    """Return on which view, and where, a region is; None if there is none such."""
    region = BY_CODE.get(code)
    if region is None:
        return None
    places = figure(region.view, age).places
    try:
        wanted = Side(side) if region.sided else Side.MIDDLE
    except ValueError:
        wanted = Side.LEFT if region.sided else Side.MIDDLE
    box = places.get((code, wanted)) or places.get((code, Side.LEFT))
    return (region.view, box) if box is not None else None
