"""The outline of a body with numbered marks on it. What it shows stands in the list beside it, in words.

Marks are chosen with a click or by keyboard; the one that is being placed is nudged with the arrows, or put
where one clicks. Nothing is dragged, and nothing is taken away here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.style import colours_now, em
from workbook_desktop.domain.body_figure import (
    HIGH,
    WIDE,
    Age,
    Block,
    Figure,
    Limb,
    Oval,
    Side,
    View,
    box_of,
    figure,
)

_STEP, _LEAP = 40, 150  # thousandths of the region
_NUDGES = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One mark, as it is drawn."""

    key: str
    number: int
    region: str
    side: str
    x: int  # thousandths of the region, from its left
    y: int
    struck: bool = False
    movable: bool = False  # still being placed


class BodyFigure(QWidget):
    """One view of a body with its marks."""

    chosen = Signal(str)  # the key of a mark
    moved = Signal(str, int, int)  # a mark, and where it is now in its region

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("figure:body")
        self.setAccessibleIdentifier("figure:body")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._view, self._age = View.FRONT, Age.CHILD
        self._figure: Figure = figure(self._view, self._age)
        self._outline = _outline(self._figure)
        self._marks: tuple[Mark, ...] = ()
        self._key = ""
        self._name()

    @property
    def view(self) -> View:
        """From where it is seen."""
        return self._view

    def show_body(self, view: View, age: Age) -> None:
        """Show another view, or another age."""
        if (view, age) != (self._view, self._age):
            self._view, self._age = view, age
            self._figure = figure(view, age)
            self._outline = _outline(self._figure)
        self._name()
        self.update()

    def show_marks(self, marks: Sequence[Mark], key: str) -> None:
        """Show these marks; `key` is the one that is chosen."""
        self._marks, self._key = tuple(marks), key
        self._name()
        self.update()

    def _name(self) -> None:
        here = [each for each in self._marks if self._at(each) is not None]
        count = f"{len(here)} {'mark' if len(here) == 1 else 'marks'}"
        self.setAccessibleName(f"Figure, {self._view}, {count}")
        self.setAccessibleDescription(
            "The list says where each mark is. Arrow keys move the mark that is being placed."
        )

    def sizeHint(self) -> QSize:
        """Return a size at which regions can be told apart."""
        high = em(self, 20)
        return QSize(round(high * WIDE / HIGH), high)

    def minimumSizeHint(self) -> QSize:
        """Return the same: smaller, marks would lie on each other."""
        return self.sizeHint()

    # -- where ---------------------------------------------------------------------------------------------

    def _scale(self) -> tuple[float, float, float]:
        """Return the scale, and the left and top edge, in px."""
        scale = min(self.width() / WIDE, self.height() / HIGH)
        return scale, (self.width() - WIDE * scale) / 2, (self.height() - HIGH * scale) / 2

    def _at(self, mark: Mark) -> QPointF | None:
        """Return where a mark is on this view, in the figure's units; None if it is on another."""
        found = box_of(mark.region, mark.side, self._age)
        if found is None or found[0] is not self._view:
            return None
        return QPointF(*found[1].point(mark.x, mark.y))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nudge the mark that is being placed."""
        way = _NUDGES.get(Qt.Key(event.key()))
        mark = next((each for each in self._marks if each.key == self._key and each.movable), None)
        if way is None or mark is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
            return
        step = _LEAP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
        x = min(1000, max(0, mark.x + way[0] * step))
        y = min(1000, max(0, mark.y + way[1] * step))
        self.moved.emit(mark.key, x, y)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the mark that was pressed, or put the one that is being placed there."""
        scale, left, top = self._scale()
        x, y = (event.position().x() - left) / scale, (event.position().y() - top) / scale
        near = [
            (abs(spot.x() - x) + abs(spot.y() - y), each)
            for each in self._marks
            if (spot := self._at(each)) is not None
        ]
        closest = min(near, key=lambda pair: pair[0], default=None)
        if closest is not None and closest[0] < 44 and closest[1].key != self._key:
            self.chosen.emit(closest[1].key)
            return
        mark = next((each for each in self._marks if each.key == self._key and each.movable), None)
        found = box_of(mark.region, mark.side, self._age) if mark is not None else None
        if mark is not None and found is not None and found[0] is self._view and found[1].holds(x, y):
            self.moved.emit(mark.key, *found[1].thousandths(x, y))

    # -- drawing -------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the outline, what is inside it, and the marks."""
        colours = colours_now()
        scale, left, top = self._scale()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(left, top)
        painter.scale(scale, scale)
        painter.setPen(QPen(QColor(colours.border), 3.5))
        painter.setBrush(QColor(colours.surface))
        painter.drawPath(self._outline)
        painter.setPen(QPen(QColor(colours.border), 2.5))
        for stroke in self._figure.strokes:
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in stroke.points]))
        self._paint_region(painter)
        font = QFont(self.font())
        font.setPixelSize(max(8, round(em(self) * 0.72 / scale)))
        painter.setFont(font)
        painter.setPen(QColor(colours.hint))
        for x, y, words in self._figure.words:
            area = QRectF(x - 190, y - 40, 380, 80)
            area.moveLeft(min(max(0.0, area.left()), WIDE - area.width()))
            align = Qt.AlignmentFlag.AlignHCenter
            if x < 120:
                align = Qt.AlignmentFlag.AlignLeft
            elif x > WIDE - 120:
                align = Qt.AlignmentFlag.AlignRight
            painter.drawText(area, int(align | Qt.AlignmentFlag.AlignVCenter), words)
        for mark in self._marks:
            self._paint_mark(painter, mark, scale)
        painter.end()

    def _paint_region(self, painter: QPainter) -> None:
        """Draw the region of the chosen mark as a dashed box, so that one sees where it may be put."""
        mark = next((each for each in self._marks if each.key == self._key), None)
        found = box_of(mark.region, mark.side, self._age) if mark is not None else None
        if found is None or found[0] is not self._view:
            return
        box = found[1]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours_now().link), 2.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(box.x, box.y, box.width, box.height), 8, 8)

    def _paint_mark(self, painter: QPainter, mark: Mark, scale: float) -> None:
        spot = self._at(mark)
        if spot is None:
            return
        colours = colours_now()
        radius = em(self) * 0.56 / scale
        is_chosen = mark.key == self._key
        ground = QColor(colours.text) if is_chosen else QColor(colours.surface)
        ink = QColor(colours.surface) if is_chosen else QColor(colours.text)
        painter.setPen(
            QPen(QColor(colours.text), 3, Qt.PenStyle.DotLine if mark.struck else Qt.PenStyle.SolidLine)
        )
        painter.setBrush(ground)
        painter.drawEllipse(spot, radius, radius)
        font = QFont(self.font())
        font.setPixelSize(max(8, round(em(self) * 0.68 / scale)))
        font.setBold(True)
        font.setStrikeOut(mark.struck)
        painter.setFont(font)
        painter.setPen(ink)
        area = QRectF(spot.x() - radius, spot.y() - radius, 2 * radius, 2 * radius)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), str(mark.number))


def _outline(of: Figure) -> QPainterPath:
    """Return the outline of all shapes together."""
    whole = QPainterPath()
    whole.setFillRule(Qt.FillRule.WindingFill)
    for shape in of.shapes:
        own = QPainterPath()
        if isinstance(shape, Oval):
            own.addEllipse(QRectF(shape.box.x, shape.box.y, shape.box.width, shape.box.height))
        elif isinstance(shape, Block):
            box = QRectF(shape.box.x, shape.box.y, shape.box.width, shape.box.height)
            own.addRoundedRect(box, shape.radius, shape.radius)
        elif isinstance(shape, Limb):
            line = QPainterPath(QPointF(*shape.points[0]))
            for point in shape.points[1:]:
                line.lineTo(QPointF(*point))
            stroker = QPainterPathStroker()
            stroker.setWidth(shape.thick)
            stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
            stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            own = stroker.createStroke(line).simplified()
        whole = whole.united(own)
    return whole.simplified()


__all__ = ["Age", "BodyFigure", "Mark", "Side", "View"]
