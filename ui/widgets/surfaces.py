"""Grounds that things stand on: cards, bands, and a picture of an icon."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.style import Tone, colours_now, em
from ui.style import icons as outlines
from ui.style.drawing import box


class Card(QWidget):
    """A sheet with a quiet edge. Add to it with `add` or through `column`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = QVBoxLayout(self)
        self._set_room()

    def add(self, *widgets: QWidget) -> None:
        """Put widgets below the others."""
        for widget in widgets:
            self.column.addWidget(widget)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._set_room()

    def _set_room(self) -> None:
        self.column.setContentsMargins(em(self, 0.85), em(self, 0.7), em(self, 0.85), em(self, 0.7))
        self.column.setSpacing(em(self, 0.35))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sheet."""
        colours = colours_now()
        painter = QPainter(self)
        box(painter, self.rect(), QColor(colours.surface), QColor(colours.line), 1.0, 6.0)
        painter.end()


class Band(QWidget):
    """A band with a thick bar at its left: an inset, an alert, a banner. Tinted, or plain if large."""

    def __init__(
        self, tone: Tone = Tone.NEUTRAL, parent: QWidget | None = None, *, is_tinted: bool = True
    ) -> None:
        super().__init__(parent)
        self.tone = tone
        self._is_tinted = is_tinted
        self.column = QVBoxLayout(self)
        self._set_room()

    def add(self, *widgets: QWidget) -> None:
        """Put widgets below the others."""
        for widget in widgets:
            self.column.addWidget(widget)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._set_room()

    def _set_room(self) -> None:
        self.column.setContentsMargins(em(self, 0.95), em(self, 0.55), em(self, 0.7), em(self, 0.55))
        self.column.setSpacing(em(self, 0.3))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the band."""
        shade = colours_now().shade(self.tone)
        painter = QPainter(self)
        ground = QColor(shade.ground if self._is_tinted else colours_now().surface)
        box(painter, self.rect(), ground, QColor(shade.edge), 1.0 if self._is_tinted else 2.0, 3.0)
        painter.fillRect(0, 0, max(6, em(self, 0.3)), self.height(), QColor(shade.edge))
        painter.end()


class Remark(Band):
    """A narrow band beside a field: words, and at their right what can be done about it.

    Many may stand on a page, as where a form begins with what is known: each takes a line and no more.
    """

    def add_line(self, words: QWidget, act: QWidget) -> None:
        """Put words below the others, and the button of them at their right."""
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(em(self, 0.6))
        line.addWidget(words, 1)
        line.addWidget(act, 0, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(line)

    def _set_room(self) -> None:
        self.column.setContentsMargins(em(self, 0.8), em(self, 0.2), em(self, 0.4), em(self, 0.2))
        self.column.setSpacing(em(self, 0.2))


class Part(QWidget):
    """Some widgets below each other that come and go together; as high as their words at its width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)

    def add(self, *widgets: QWidget) -> None:
        """Put widgets below the others."""
        for widget in widgets:
            self.column.addWidget(widget)


class Picture(QWidget):
    """An icon in the size of the text. Decoration: the words beside it say the same."""

    def __init__(
        self, name: str, colour: str = "hint", times: float = 1.0, parent: QWidget | None = None
    ) -> None:
        """`colour` names an attribute of the theme's colours, or a tone as "tone:warning"."""
        super().__init__(parent)
        self._name, self._colour, self._times = name, colour, times
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return a square of so many lines."""
        side = em(self, self._times)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        """Return the same."""
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        colours = colours_now()
        kind, _, tone = self._colour.partition(":")
        ink = colours.shade(Tone(tone)).ink if kind == "tone" else getattr(colours, self._colour)
        painter = QPainter(self)
        outlines.paint(painter, self._name, str(ink), QRectF(self.rect()))
        painter.end()
