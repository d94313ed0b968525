"""Sizes in em, so that everything grows with the text. One em here is the height of a line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

TARGET = 36  # px: the least width and height of anything that can be pressed
ROW = 44  # px: the least height of a row in a list, for a finger
RING = 4  # px: the focus ring's width, and the least room beside anything that takes focus
RADIUS = 4

TYPE_SCALE = {  # class name of the label: size against the body, bold or not. Applied by `apply`.
    "HeadingOne": (1.75, True),
    "HeadingTwo": (1.3, True),
    "HeadingThree": (1.08, True),
    "Strong": (1.0, True),
    "TagLabel": (0.92, True),
    "Fault": (1.0, True),
    "SmallPrint": (0.92, False),
}


def em(widget: QWidget, times: float = 1.0) -> int:
    """Return so many line heights of the widget's text, in px."""
    return round(widget.fontMetrics().height() * times)


def column(widget: QWidget, letters: int = 75) -> int:
    """Return the width of a readable column, in px."""
    return round(widget.fontMetrics().averageCharWidth() * letters * 1.08)
