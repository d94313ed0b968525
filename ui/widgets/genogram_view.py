"""The drawing of a genogram: zoomed, fitted, gone through by keyboard. The list beside it is read aloud.

Lines and shapes come from `domain.genogram_shapes`; here they are put on a scene, in the theme's colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsItem,
    QGraphicsScene,
    QGraphicsView,
    QStyleOptionGraphicsItem,
    QWidget,
)

from ui.style import colours_now, em
from ui.widgets.text import plain
from workbook_desktop.domain.genogram_layout import ROW, SLOT, SYMBOL
from workbook_desktop.domain.genogram_shapes import Dash, Genogram, Line, Outline, Oval, Shape, Words
from workbook_desktop.domain.ids import PersonId

_MARGIN = 1.0  # unit around the drawing
_STEP = 1.2  # of a zoom
_LEAST, _MOST = 0.25, 3.0
_READABLE = 0.5  # of the window's own text size
_PENS = {
    Dash.SOLID: Qt.PenStyle.SolidLine,
    Dash.DASHED: Qt.PenStyle.DashLine,
    Dash.DOTTED: Qt.PenStyle.DotLine,
    Dash.DASH_DOT: Qt.PenStyle.DashDotLine,
}
_WAYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class GenogramView(QGraphicsView):
    """One genogram. Arrows go from person to person, with Ctrl they move the drawing; plus, minus zoom."""

    chosen = Signal(str)  # a person's id

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = QGraphicsScene(self)
        self.setScene(self._stage)
        self.setObjectName("drawing:genogram")
        self.setAccessibleIdentifier("drawing:genogram")
        self.setAccessibleDescription(
            "The list beside it says the same in words. Arrow keys go from person to person."
        )
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self._drawing: Genogram | None = None
        self._people: dict[PersonId, _Piece] = {}
        self._person: PersonId | None = None
        self._is_fitted = True

    def show_genogram(self, drawing: Genogram) -> None:
        """Draw a genogram; whoever was chosen stays so if they are in it."""
        self._drawing = drawing
        count = len(drawing.kin.people)
        self.setAccessibleName(f"Genogram, {count} {'person' if count == 1 else 'people'}")
        if self._person not in drawing.layout.spots:
            self._person = None
        self._draw()
        if self._is_fitted:
            self.fit(whole=False)

    @property
    def person(self) -> PersonId | None:
        """Who is chosen."""
        return self._person

    def choose(self, person: PersonId) -> bool:
        """Choose somebody, and have them in sight; say whether they are in the drawing."""
        if person not in self._people:
            return False
        for each in (self._person, person):
            if each in self._people:
                self._people[each].update()
        self._person = person
        self.ensureVisible(self._people[person], em(self), em(self))
        return True

    def is_chosen(self, person: PersonId | None) -> bool:
        """Say whether this is who is chosen."""
        return person is not None and person == self._person

    # -- zoom ----------------------------------------------------------------------------------------------

    def fit(self, *, whole: bool = True) -> None:
        """Show all of it, never larger than it reads best; not `whole`: never too small to read either."""
        self._is_fitted = True
        area = self._stage.sceneRect()
        room = self.maximumViewportSize()  # without scroll bars: what fits needs none
        if area.isEmpty() or room.isEmpty():
            return
        scale = min(1.0, room.width() / area.width(), room.height() / area.height())
        if not whole:
            scale = max(scale, _READABLE)
        self.resetTransform()
        self.scale(scale, scale)
        self.centerOn(area.center())
        if self._person in self._people and not whole:
            self.ensureVisible(self._people[self._person])

    def zoom(self, *, nearer: bool) -> None:
        """Zoom by a step."""
        self._is_fitted = False
        now = self.transform().m11()
        wanted = now * (_STEP if nearer else 1 / _STEP)
        if _LEAST <= wanted <= _MOST:
            self.scale(wanted / now, wanted / now)
        if self._person is not None:
            self.ensureVisible(self._people[self._person])

    def sizeHint(self) -> QSize:
        """Return room for a small family."""
        return QSize(em(self, 24), em(self, 18))

    def minimumSizeHint(self) -> QSize:
        """Return the least that is of use."""
        return QSize(em(self, 12), em(self, 8))

    # -- keys and pointer ----------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from person to person, move or zoom."""
        key = Qt.Key(event.key())
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in _WAYS and ctrl:
            x, y = _WAYS[key]
            for bar, way in ((self.horizontalScrollBar(), x), (self.verticalScrollBar(), y)):
                bar.setValue(bar.value() + way * em(self, 3))
        elif key in _WAYS:
            self._step(*_WAYS[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus) and not ctrl:
            self.zoom(nearer=key is not Qt.Key.Key_Minus)
        elif key in (Qt.Key.Key_0, Qt.Key.Key_Home) and not ctrl:
            self.fit()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def _step(self, x: int, y: int) -> None:
        """Go to the nearest person that way."""
        if self._drawing is None or not self._people:
            return
        spots = self._drawing.layout.spots
        if self._person is None:
            self._take(min(spots, key=lambda each: (spots[each][1], spots[each][0])))
            return
        at_x, at_y = spots[self._person]

        def cost(person: PersonId) -> float:
            along = (spots[person][0] - at_x) * x + (spots[person][1] - at_y) * y
            across = abs((spots[person][0] - at_x) * y) + abs((spots[person][1] - at_y) * x)
            return along + 3 * across if along > 0.01 else float("inf")

        nearest = min(spots, key=cost)
        if cost(nearest) != float("inf"):
            self._take(nearest)

    def _take(self, person: PersonId) -> None:
        if self.choose(person):
            self.chosen.emit(person)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose who is under the pointer."""
        super().mousePressEvent(event)
        for item in self.items(event.position().toPoint()):
            if isinstance(item, _Piece) and item.person is not None:
                self._take(item.person)
                return

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl, scroll without: as everywhere."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(nearer=event.angleDelta().y() > 0)
            event.accept()
        else:
            super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit again, unless the worker has chosen how near."""
        super().resizeEvent(event)
        if self._is_fitted:
            self.fit(whole=False)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size and the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.PaletteChange) and getattr(
            self, "_drawing", None
        ):
            self._draw()
            if self._is_fitted:
                self.fit(whole=False)

    # -- drawing -------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        if self._drawing is None:
            return
        unit = float(em(self))
        self._stage.clear()
        self._people = {}
        layout = self._drawing.layout
        area = QRectF(
            -_MARGIN * unit,
            -_MARGIN * unit,
            (layout.width + 2 * _MARGIN) * unit,
            (layout.height + 2 * _MARGIN) * unit,
        )
        self._stage.setBackgroundBrush(QColor(colours_now().surface))
        self._stage.setSceneRect(area)
        behind = [each for each in self._drawing.shapes if getattr(each, "person", None) is None]
        self._stage.addItem(_Piece(self, behind, area, unit, None))
        for person, (x, y) in layout.spots.items():
            own = [each for each in self._drawing.shapes if getattr(each, "person", None) == person]
            slot = QRectF((x - SLOT * 0.47) * unit, (y - SYMBOL - 0.3) * unit, SLOT * 0.94 * unit, ROW * unit)
            piece = _Piece(self, own, slot, unit, person)
            self._people[person] = piece
            self._stage.addItem(piece)


class _Piece(QGraphicsItem):
    """All lines behind, or one person."""

    def __init__(
        self,
        view: GenogramView,
        shapes: Sequence[Shape],
        area: QRectF,
        unit: float,
        person: PersonId | None,
    ) -> None:
        super().__init__()
        self._view, self._shapes, self._area, self._unit = view, shapes, area, unit
        self.person = person
        self.setZValue(0 if person is None else 1)

    def boundingRect(self) -> QRectF:
        """Return the room it draws in."""
        return self._area

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw it; whoever is chosen stands in a ring."""
        paint_shapes(painter, self._shapes, self._unit, self._view.font())
        if self._view.is_chosen(self.person):
            colours = colours_now()
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, width, inset in ((colours.ring_outer, 5.0, 3.0), (colours.ring_inner, 2.0, 6.0)):
                painter.setPen(QPen(QColor(colour), width))
                painter.drawRoundedRect(self._area.adjusted(inset, inset, -inset, -inset), 6, 6)


def paint_shapes(painter: QPainter, shapes: Iterable[Shape], unit: float, font: QFont) -> None:
    """Paint shapes with a unit of so many pixels, in the theme's colours."""
    colours = colours_now()
    ink, ground = QColor(colours.text), QColor(colours.surface)
    for shape in shapes:
        if isinstance(shape, Words):
            _paint_words(painter, shape, unit, font, ink, ground)
            continue
        weight = max(1.2, shape.weight * unit)
        if isinstance(shape, Oval):
            painter.setPen(QPen(ink, weight))
            painter.setBrush(ground)
            painter.drawEllipse(
                QPointF(shape.x * unit, shape.y * unit), shape.radius * unit, shape.radius * unit
            )
            continue
        pen = QPen(QColor(colours.hint) if isinstance(shape, Outline) else ink, weight, _PENS[shape.dash])
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        if isinstance(shape, Outline):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            area = QRectF(shape.x * unit, shape.y * unit, shape.width * unit, shape.height * unit)
            painter.drawRoundedRect(area, shape.radius * unit, shape.radius * unit)
        elif isinstance(shape, Line):
            points = QPolygonF([QPointF(x * unit, y * unit) for x, y in shape.points])
            if shape.closed:
                painter.setBrush(ground)
                painter.drawPolygon(points)
            else:
                painter.drawPolyline(points)


def _paint_words(
    painter: QPainter, words: Words, unit: float, font: QFont, ink: QColor, ground: QColor
) -> None:
    own = QFont(font)
    own.setPointSizeF(font.pointSizeF() * words.size)
    own.setBold(words.bold)
    text = plain(words.text)
    metrics = QFontMetricsF(own)
    wide = metrics.horizontalAdvance(text)
    left = words.x * unit - (0 if words.from_left else wide / 2)
    if words.on_ground:
        area = QRectF(left - 3, words.y * unit - metrics.ascent(), wide + 6, metrics.height())
        painter.fillRect(area, ground)
    painter.setFont(own)
    painter.setPen(ink)
    painter.drawText(QPointF(left, words.y * unit), text)
