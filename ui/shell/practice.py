"""The strip that says this is practice."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.style import Tone, colours_now, em

PRACTICE_WORDS = "PRACTICE – invented people. Nothing here is about anybody."


class PracticeBand(QWidget):
    """A strip that says this is practice; it is never taken out of the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("practice")
        self.setAccessibleName(PRACTICE_WORDS)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(em(self, 1.35))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words on stripes, so that it reads as practice from across a room."""
        shade = colours_now().shade(Tone.WARNING)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(shade.ground))
        stripe = QColor(shade.edge)
        stripe.setAlpha(46)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(stripe)
        step, high = self.height(), self.height()
        words = self.fontMetrics().horizontalAdvance(PRACTICE_WORDS) + 3 * high
        left, right = (self.width() - words) // 2, (self.width() + words) // 2
        for x in range(-high, self.width(), step):
            if x + 2 * high > left and x < right:
                continue
            painter.drawConvexPolygon(
                [
                    QPoint(x, high),
                    QPoint(x + high, 0),
                    QPoint(x + high + high // 2, 0),
                    QPoint(x + high // 2, high),
                ]
            )
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(shade.ink))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), PRACTICE_WORDS)
        painter.end()
