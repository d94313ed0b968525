"""A state in a word, with a colour that says the same."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.style import Tone, colours_now
from ui.style.drawing import box


class TagLabel(QWidget):
    """A tag: one or a few words on a tinted ground. `Tone.PLAIN` has no ground: what is done stays quiet."""

    def __init__(self, text: str = "", tone: Tone = Tone.NEUTRAL, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._tone = "", tone
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.say(text, tone)

    @property
    def text(self) -> str:
        """The words."""
        return self._text

    def say(self, text: str, tone: Tone) -> None:
        """Show another state."""
        self._text, self._tone = text, tone
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the words' size and a little room around them."""
        return tag_size(self.fontMetrics(), self._text)

    def minimumSizeHint(self) -> QSize:
        """Return the same: a state is never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        paint_tag(painter, self.rect(), self._text, self._tone)
        painter.end()


Tag = TagLabel


def tag_size(metrics: QFontMetrics, text: str) -> QSize:
    """Return the size of a tag with these words."""
    side = round(metrics.height() * 0.45)
    return QSize(metrics.horizontalAdvance(text) + 2 * side, metrics.height() + 2 * max(2, side // 3))


def paint_tag(painter: QPainter, area: QRect, text: str, tone: Tone) -> None:
    """Draw a tag in an area, with the painter's font."""
    shade = colours_now().shade(tone)
    if tone is not Tone.PLAIN:
        box(painter, area, QColor(shade.ground), QColor(shade.edge), 1.0, 3.0)
    painter.save()
    painter.setPen(QColor(colours_now().text if tone is Tone.PLAIN else shade.ink))
    painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), text)
    painter.restore()
