"""The look of the Workbook: palettes, measures, style, focus ring, icons."""

from ui.style.drawing import Rank
from ui.style.icons import icon
from ui.style.look import Look, apply, colours_now
from ui.style.measures import ROW, TARGET, column, em
from ui.style.palettes import Colours, Theme, Tone

__all__ = [
    "ROW",
    "TARGET",
    "Colours",
    "Look",
    "Rank",
    "Theme",
    "Tone",
    "apply",
    "colours_now",
    "column",
    "em",
    "icon",
]
