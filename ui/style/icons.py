"""Icons: Lucide's outlines, recoloured, so that they follow the theme and the size of the text."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap

from workbook_desktop import paths

if TYPE_CHECKING:
    from PySide6.QtSvg import QSvgRenderer


@lru_cache(maxsize=256)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    from PySide6.QtSvg import QSvgRenderer  # with the first icon: the unlock window has none

    drawing = paths.resource("icons", f"{name}.svg").read_text(encoding="utf-8")
    return QSvgRenderer(QByteArray(drawing.replace("currentColor", colour).encode()))


def paint(painter: QPainter, name: str, colour: str, box: QRectF) -> None:
    """Draw an icon in a box, sharp at any size."""
    _renderer(name, colour).render(painter, box)


class _OutlineEngine(QIconEngine):
    """Draws from the outline each time, so one icon serves every size and screen."""

    def __init__(self, name: str, colour: str) -> None:
        super().__init__()
        self._name, self._colour = name, colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw, paler when disabled."""
        painter.save()
        if mode == QIcon.Mode.Disabled:
            painter.setOpacity(0.55)
        paint(painter, self._name, self._colour, QRectF(rect))
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return a picture of the asked size."""
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, picture.rect(), mode, state)
        painter.end()
        return picture

    def clone(self) -> QIconEngine:
        """Return another of the same."""
        return _OutlineEngine(self._name, self._colour)


def icon(name: str, colour: str) -> QIcon:
    """Return an icon of `resources/icons`, drawn in `#rrggbb`."""
    return QIcon(_OutlineEngine(name, colour))
