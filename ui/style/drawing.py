"""What a control looks like. Every function draws one thing and keeps nothing."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from ui.style.measures import RADIUS, RING
from ui.style.palettes import Colours


class Rank(StrEnum):
    """How loudly a button asks to be pressed. One primary on a page."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    DANGER = "danger"
    ON_IDENTITY = "on identity"


def mixed(one: str, other: str, share: float) -> QColor:
    """Return a colour between two."""
    first, second = QColor(one), QColor(other)
    return QColor(
        round(first.red() + (second.red() - first.red()) * share),
        round(first.green() + (second.green() - first.green()) * share),
        round(first.blue() + (second.blue() - first.blue()) * share),
    )


def box(
    painter: QPainter,
    area: QRect,
    ground: QColor,
    edge: QColor,
    width: float = 1.0,
    radius: float = RADIUS,
    style: Qt.PenStyle = Qt.PenStyle.SolidLine,
) -> None:
    """Draw a filled box with an edge that stays inside the area."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(edge, width, style))
    painter.setBrush(ground)
    inset = width / 2
    painter.drawRoundedRect(QRectF(area).adjusted(inset, inset, -inset, -inset), radius, radius)
    painter.restore()


def focus_ring(painter: QPainter, area: QRect, colours: Colours) -> None:
    """Draw the ring: 4 px bright, with 2 px of dark on its inner side, so that it shows on any ground."""
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width, inset in ((colours.ring_outer, RING, RING / 2), (colours.ring_inner, 2, RING - 1)):
        pen = QPen(QColor(colour), width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(QRectF(area).adjusted(inset, inset, -inset, -inset))
    painter.restore()


def button_ink(colours: Colours, rank: Rank, enabled: bool) -> QColor:
    """Return the colour of a button's words."""
    if not enabled:
        return QColor(colours.hint)
    match rank:
        case Rank.PRIMARY:
            return QColor(colours.on_primary)
        case Rank.DANGER:
            return QColor(colours.surface if colours.is_dark else "#ffffff")
        case Rank.ON_IDENTITY:
            return QColor(colours.on_identity)
        case Rank.SECONDARY:
            return QColor(colours.text)


def button(
    painter: QPainter,
    area: QRect,
    colours: Colours,
    rank: Rank,
    *,
    enabled: bool,
    pressed: bool,
    hovered: bool,
) -> None:
    """Draw a button's body; the filled ranks stand on a darker foot, which goes when pressed."""
    if not enabled:
        # A dashed edge says "not now" without colour, so that it also holds under high contrast.
        box(painter, area, QColor(colours.canvas), QColor(colours.hint), style=Qt.PenStyle.DashLine)
        return
    if rank in (Rank.PRIMARY, Rank.DANGER):
        ground = QColor(colours.primary if rank is Rank.PRIMARY else colours.error)
        foot = QColor(colours.primary_edge) if rank is Rank.PRIMARY else ground.darker(190)
        if hovered or pressed:
            ground = ground.darker(115) if ground.lightness() < 200 else ground.darker(108)
        box(painter, area, foot, foot)
        body = area if pressed else area.adjusted(0, 0, 0, -2)
        box(painter, body, ground, ground if rank is Rank.DANGER or not colours.is_dark else foot)
        return
    if rank is Rank.ON_IDENTITY:
        share = 0.28 if pressed else 0.18 if hovered else 0.0
        box(painter, area, mixed(colours.identity, "#000000", share), QColor(colours.on_identity))
        return
    ground = QColor(colours.hover if hovered or pressed else colours.surface)
    box(painter, area, ground, QColor(colours.border), 2.0 if pressed else 1.0)


def field(painter: QPainter, area: QRect, colours: Colours, *, enabled: bool, wrong: bool) -> None:
    """Draw the frame of something that can be filled in."""
    ground = QColor(colours.surface if enabled else colours.canvas)
    edge = QColor(colours.error if wrong else colours.border if enabled else colours.line)
    box(painter, area, ground, edge, 2.0 if wrong else 1.0, 3.0)


def check(painter: QPainter, area: QRect, colours: Colours, *, on: bool, partly: bool, enabled: bool) -> None:
    """Draw a check box."""
    ink = QColor(colours.text if enabled else colours.hint)
    width = max(1.5, area.width() / 13)
    box(painter, area, QColor(colours.surface), ink, width, 2.0)
    if not (on or partly):
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(ink, max(2.5, area.width() / 8))
    painter.setPen(pen)
    left, top, side = area.left(), area.top(), area.width()
    points = ((0.25, 0.5), (0.75, 0.5)) if partly else ((0.23, 0.52), (0.42, 0.71), (0.78, 0.30))
    painter.drawPolyline(QPolygonF([QPointF(left + x * side, top + y * side) for x, y in points]))
    painter.restore()


def radio(painter: QPainter, area: QRect, colours: Colours, *, on: bool, enabled: bool) -> None:
    """Draw a radio button."""
    ink = QColor(colours.text if enabled else colours.hint)
    width = max(1.5, area.width() / 13)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink, width))
    painter.setBrush(QColor(colours.surface))
    painter.drawEllipse(QRectF(area).adjusted(width / 2, width / 2, -width / 2, -width / 2))
    if on:
        inset = area.width() * 0.27
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawEllipse(QRectF(area).adjusted(inset, inset, -inset, -inset))
    painter.restore()


def chevron(painter: QPainter, area: QRect, ink: QColor, direction: Qt.ArrowType, size: float) -> None:
    """Draw a small open arrow in the middle of an area."""
    turn = {
        Qt.ArrowType.DownArrow: ((-1, -0.5), (0, 0.5), (1, -0.5)),
        Qt.ArrowType.UpArrow: ((-1, 0.5), (0, -0.5), (1, 0.5)),
        Qt.ArrowType.RightArrow: ((-0.5, -1), (0.5, 0), (-0.5, 1)),
        Qt.ArrowType.LeftArrow: ((0.5, -1), (-0.5, 0), (0.5, 1)),
    }[direction]
    middle = QRectF(area).center()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink, max(1.6, size / 3)))
    painter.drawPolyline(QPolygonF([QPointF(middle.x() + x * size, middle.y() + y * size) for x, y in turn]))
    painter.restore()


def scroll_handle(painter: QPainter, area: QRect, colours: Colours, *, upright: bool, hot: bool) -> None:
    """Draw a scroll bar's handle: slim, with room around it for a finger."""
    inset = (area.width() if upright else area.height()) * (0.22 if hot else 0.3)
    shape = (
        QRectF(area).adjusted(inset, 2, -inset, -2)
        if upright
        else QRectF(area).adjusted(2, inset, -2, -inset)
    )
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.text if hot else colours.border))
    radius = min(shape.width(), shape.height()) / 2
    painter.drawRoundedRect(shape, radius, radius)
    painter.restore()


def progress(painter: QPainter, area: QRect, colours: Colours, share: float | None) -> None:
    """Draw a progress bar; `None` is "working, length unknown": a still pattern, nothing moves."""
    height = min(area.height(), max(8, area.height() // 2))
    bar = QRect(area.left(), area.center().y() - height // 2, area.width(), height)
    box(painter, bar, QColor(colours.surface), QColor(colours.border), 1.0, height / 2)
    inner = bar.adjusted(2, 2, -2, -2)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    if share is None:
        painter.setBrush(QColor(colours.selection))
        piece = max(6, inner.width() // 12)
        for start in range(inner.left(), inner.right() - piece, piece * 2):
            painter.drawRoundedRect(QRectF(start, inner.top(), piece, inner.height()), 2, 2)
    elif share > 0:
        painter.setBrush(QColor(colours.selection))
        width = max(inner.height(), round(inner.width() * share))
        painter.drawRoundedRect(
            QRectF(inner.left(), inner.top(), width, inner.height()), height / 2, height / 2
        )
    painter.restore()
