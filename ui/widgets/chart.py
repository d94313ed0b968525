"""Readings over time: a drawing to look at, point by point by keyboard, beside the same as a table.

Points are joined only within one version of a scale. People differ by shape and dash, never by colour alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.style import Tone, colours_now, em
from ui.widgets.announce import announce
from workbook_desktop.domain.dates import long_date, short_date
from workbook_desktop.domain.readings import ScaleReading, Series
from workbook_desktop.forms.definition import Band

_TONES = {"good": Tone.SUCCESS, "warning": Tone.WARNING, "bad": Tone.ERROR}
_DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)
_MOST_MARKS = 6  # on an axis
_SHAPES = "●■▲"


@dataclass(frozen=True, slots=True)
class _Dot:
    reading: ScaleReading
    series: int
    at: QPointF


class Chart(QWidget):
    """One scale over time, for one person or several. The arrow keys go from point to point."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series: tuple[Series, ...] = ()
        self._bands: tuple[Band, ...] = ()
        self._dots: list[_Dot] = []
        self._here = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName("chart:readings")
        self.setAccessibleIdentifier("chart:readings")

    def show_series(self, series: Sequence[Series], bands: Sequence[Band] = ()) -> None:
        """Show the readings of one scale."""
        self._series, self._bands, self._here = tuple(series), tuple(bands), -1
        names = ", ".join(each.person_name or "the family" for each in self._series)
        scale = self._series[0].name if self._series else ""
        count = sum(len(each.readings) for each in self._series)
        words = "1 reading" if count == 1 else f"{count} readings"
        self.setAccessibleName(
            f"Chart: {scale}, {names}, {words}. Arrow keys go through them" if count else "Chart"
        )
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return a width that is easy to read and a height that follows the text size."""
        return QSize(em(self, 30), em(self, 15))

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be read."""
        return QSize(em(self, 16), em(self, 15))

    # -- keys ----------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from point to point, oldest first."""
        count = sum(len(each.readings) for each in self._series)
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        key = Qt.Key(event.key())
        if not count or (key not in steps and key not in (Qt.Key.Key_Home, Qt.Key.Key_End)):
            super().keyPressEvent(event)
            return
        if key is Qt.Key.Key_Home:
            to = 0
        elif key is Qt.Key.Key_End:
            to = count - 1
        else:
            to = self._here + steps[key] if self._here >= 0 else (0 if steps[key] > 0 else count - 1)
        self._go(max(0, min(count - 1, to)))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin at the newest reading."""
        super().focusInEvent(event)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the reading under the pointer."""
        reach = em(self, 1)
        for number, dot in enumerate(self._ordered()):
            if (dot.at - event.position()).manhattanLength() <= reach:
                self._go(number)
        super().mousePressEvent(event)

    def _go(self, number: int) -> None:
        self._here = number
        words = reading_words(self._readings()[number])
        self.setAccessibleDescription(words)
        announce(self, words)
        self.update()

    @property
    def chosen(self) -> ScaleReading | None:
        """The reading the keys are at."""
        return self._readings()[self._here] if self._here >= 0 else None

    def _readings(self) -> list[ScaleReading]:
        found = [each for series in self._series for each in series.readings]
        return sorted(found, key=lambda each: (each.date, each.person_name, each.record))

    def _ordered(self) -> list[_Dot]:
        return sorted(
            self._dots, key=lambda dot: (dot.reading.date, dot.reading.person_name, dot.reading.record)
        )

    # -- drawing -------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bands, axes, lines and points."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = colours_now()
        painter.fillRect(self.rect(), QColor(colours.surface))
        readings = self._readings()
        if not readings:
            painter.setPen(QColor(colours.hint))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), "No readings yet")
            return
        metrics = QFontMetrics(self.font())
        low = min([each.least for each in readings] + [each.value for each in readings])
        high = max([each.most for each in readings] + [each.value for each in readings])
        high = high if high > low else low + 1
        first, last = readings[0].date, readings[-1].date
        if first == last:
            first, last = first - timedelta(days=15), last + timedelta(days=15)
        left = max(metrics.horizontalAdvance(_number(each)) for each in (low, high)) + em(self, 0.8)
        band_room = max((metrics.horizontalAdvance(each.label) for each in self._bands), default=0)
        right = band_room + em(self, 1.0) if self._bands else em(self, 1.2)
        room = QRectF(
            left,
            em(self, 0.8),
            max(1.0, self.width() - left - right),
            max(1.0, self.height() - metrics.height() * 1.6 - em(self, 0.8)),
        )

        def at(day: date, value: Decimal) -> QPointF:
            across = 0.02 + 0.96 * (day - first).days / max(1, (last - first).days)
            up = float((value - low) / (high - low))
            return QPointF(room.left() + across * room.width(), room.bottom() - up * room.height())

        self._paint_bands(painter, room, low, high, right, metrics)
        self._paint_axes(painter, room, low, high, first, last, metrics)
        self._dots = []
        for number, series in enumerate(self._series):
            pen = QPen(QColor(colours.text), max(1.5, em(self, 0.11)), _DASHES[number % len(_DASHES)])
            painter.setPen(pen)
            for run in series.runs:
                points = [at(each.date, each.value) for each in run]
                for one, other in itertools.pairwise(points):
                    painter.drawLine(one, other)
            for place, run in enumerate(series.runs):
                if place:  # the scale is another from here on
                    self._paint_break(painter, room, at(run[0].date, low).x(), metrics)
            for each in series.readings:
                self._dots.append(_Dot(each, number, at(each.date, each.value)))
        for dot in self._dots:
            self._paint_dot(painter, dot, chosen=dot.reading is self.chosen)
        painter.end()

    def _paint_bands(
        self, painter: QPainter, room: QRectF, low: Decimal, high: Decimal, right: int, metrics: QFontMetrics
    ) -> None:
        colours = colours_now()
        for band in self._bands:
            top = min(Decimal(band.most) + Decimal("0.5"), high)
            bottom = max(Decimal(band.least) - Decimal("0.5"), low)
            y_top = room.bottom() - float((top - low) / (high - low)) * room.height()
            y_bottom = room.bottom() - float((bottom - low) / (high - low)) * room.height()
            shade = colours.shade(_TONES.get(band.tone, Tone.NEUTRAL))
            area = QRectF(room.left(), y_top, room.width(), y_bottom - y_top)
            painter.fillRect(area, QColor(shade.ground))
            painter.setPen(QColor(shade.ink))
            words = QRectF(room.right() + em(self, 0.4), y_top, right, y_bottom - y_top)
            painter.drawText(
                words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), band.label
            )

    def _paint_axes(
        self,
        painter: QPainter,
        room: QRectF,
        low: Decimal,
        high: Decimal,
        first: date,
        last: date,
        metrics: QFontMetrics,
    ) -> None:
        colours = colours_now()
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        painter.drawLine(room.bottomLeft(), room.topLeft())
        painter.setPen(QColor(colours.hint))
        rows = max(1, min(_MOST_MARKS, int(room.height() // (metrics.height() * 1.4))))
        step = max(Decimal(1), ((high - low) / rows).to_integral_value(rounding="ROUND_CEILING"))
        value = low
        while value <= high:
            y = room.bottom() - float((value - low) / (high - low)) * room.height()
            box = QRectF(0, y - metrics.height() / 2, room.left() - em(self, 0.35), metrics.height())
            painter.drawText(
                box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), _number(value)
            )
            value += step
        wide = metrics.horizontalAdvance("00 Mmm 0000") + em(self, 0.8)
        columns = max(1, min(_MOST_MARKS, int(room.width() // wide)))
        days = (last - first).days
        for number in range(columns + 1):
            day = first + timedelta(days=round(days * number / columns))
            x = room.left() + room.width() * (0.02 + 0.96 * number / columns)
            box = QRectF(x - wide / 2, room.bottom() + em(self, 0.2), wide, metrics.height() * 1.3)
            align = Qt.AlignmentFlag.AlignHCenter
            if number == 0:
                box.moveLeft(room.left() - em(self, 0.3))
                align = Qt.AlignmentFlag.AlignLeft
            elif number == columns:
                box.moveRight(room.right() + em(self, 0.3))
                align = Qt.AlignmentFlag.AlignRight
            painter.drawText(box, int(align | Qt.AlignmentFlag.AlignTop), short_date(day))

    def _paint_break(self, painter: QPainter, room: QRectF, x: float, metrics: QFontMetrics) -> None:
        painter.save()
        painter.setPen(QPen(QColor(colours_now().hint), 1, Qt.PenStyle.DotLine))
        middle = x - em(self, 0.9)
        painter.drawLine(QPointF(middle, room.top()), QPointF(middle, room.bottom()))
        words = "scale changed"
        wide = metrics.horizontalAdvance(words)
        start = middle + 3 if middle + 3 + wide <= room.right() else middle - 3 - wide
        painter.drawText(QPointF(start, room.top() + metrics.ascent()), words)
        painter.restore()

    def _paint_dot(self, painter: QPainter, dot: _Dot, *, chosen: bool) -> None:
        colours = colours_now()
        size = em(self, 0.36) * (1.5 if chosen else 1.0)
        painter.save()
        painter.setPen(QPen(QColor(colours.text), 2))
        painter.setBrush(QColor(colours.surface if not dot.reading.sent else colours.text))
        area = QRectF(dot.at.x() - size, dot.at.y() - size, 2 * size, 2 * size)
        match dot.series % 3:
            case 0:
                painter.drawEllipse(area)
            case 1:
                painter.drawRect(area)
            case _:
                top, left_, right = area.center() - QPointF(0, size), area.bottomLeft(), area.bottomRight()
                painter.drawPolygon([top, right, left_])
        if chosen:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.ring_outer), 3))
            painter.drawEllipse(area.adjusted(-4, -4, 4, 4))
        painter.restore()


def legend(listed: Sequence[Series]) -> str:
    """Say whose points have which shape; ``""`` for one person alone with everything sent."""
    several = [
        f"{_SHAPES[place % 3]} {each.person_name or 'The family'}" for place, each in enumerate(listed)
    ]
    words = "   ".join(several) if len(listed) > 1 else ""
    if any(not each.sent for one in listed for each in one.readings):
        words = f"{words}   Hollow: not sent yet".strip()
    return words


def reading_words(reading: ScaleReading) -> str:
    """Say a reading: "12 March 2026, Hannah Tolland: 8, mild"."""
    day = long_date(reading.date)
    who = f", {reading.person_name}" if reading.person_name else ""
    band = f", {reading.band}" if reading.band else ""
    unsent = "" if reading.sent else ", not sent yet"
    return f"{day}{who}: {_number(reading.value)}{band}{unsent}"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"
