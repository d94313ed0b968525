"""Puts the look on the application, and keeps it right when the computer's settings change."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from ui.style import palettes
from ui.style.focus import FocusRings
from ui.style.measures import TYPE_SCALE
from ui.style.palettes import Colours, Theme
from ui.style.style import WorkbookStyle
from workbook_desktop import paths

BUNDLED_FAMILY = "Source Sans 3"
_BUNDLED_FILES = ("SourceSans3-Regular.ttf", "SourceSans3-Bold.ttf")
_SYSTEM_POINTS = 11.0
_BUNDLED_POINTS = 11.5  # Source Sans is drawn smaller than Segoe UI at the same size
LEAST_TEXT, MOST_TEXT = 100, 225  # per cent


class Look(QObject):
    """The look in force. Keep it as long as the application: it owns the style, and follows the computer."""

    changed = Signal()

    def __init__(self, app: QApplication, theme: Theme, text_percent: int) -> None:
        super().__init__(app)
        self._app = app
        self._theme, self._text_percent = theme, text_percent
        self._system_palette = QPalette(app.palette())
        # Both wrappers must live: a temporary one ends its C++ object's Python side ("already deleted").
        self._hints = app.styleHints()
        self._accessibility = self._hints.accessibility()
        self._base_font = _base_font(app)
        self.style = WorkbookStyle()
        app.setStyle(self.style)
        self._rings = FocusRings(app, self)
        self._hints.colorSchemeChanged.connect(self._on_system_change)
        self._accessibility.contrastPreferenceChanged.connect(self._on_system_change)
        self._put_on()

    @property
    def colours(self) -> Colours:
        """The colours in force."""
        return self.style.colours

    @property
    def theme(self) -> Theme:
        """What the worker chose, which may be to follow the computer."""
        return self._theme

    @property
    def text_percent(self) -> int:
        """Text size, 100 to 225."""
        return self._text_percent

    def ring_of(self, window: QWidget) -> QWidget | None:
        """Return a window's focus ring."""
        return self._rings.ring_of(window)

    def choose(self, theme: Theme | None = None, text_percent: int | None = None) -> None:
        """Change the look now, in every window."""
        if theme is not None:
            self._theme = theme
        if text_percent is not None:
            self._text_percent = max(LEAST_TEXT, min(MOST_TEXT, text_percent))
        self._put_on()
        self._rings.follow()

    def _on_system_change(self) -> None:
        if self._theme is Theme.SYSTEM:
            self._put_on()

    def _put_on(self) -> None:
        self.style.colours = self._colours_to_use()
        palette = palettes.qt_palette(self.style.colours)
        self._app.setPalette(palette)
        QToolTip.setPalette(palette)
        self._put_on_fonts()
        for window in self._app.topLevelWidgets():
            window.update()
        self.changed.emit()

    def _put_on_fonts(self) -> None:
        font = QFont(self._base_font)
        font.setPointSizeF(self._base_font.pointSizeF() * self._text_percent / 100)
        self._app.setFont(font)  # first: it clears the fonts kept for single classes
        QToolTip.setFont(font)
        for class_name, (times, bold) in TYPE_SCALE.items():
            own = QFont(font)
            own.setPointSizeF(font.pointSizeF() * times)
            own.setBold(bold)
            QApplication.setFont(own, class_name)  # type: ignore[arg-type]

    def _colours_to_use(self) -> Colours:
        match self._theme:
            case Theme.LIGHT:
                return palettes.LIGHT
            case Theme.DARK:
                return palettes.DARK
            case Theme.CONTRAST:
                return palettes.CONTRAST
            case Theme.SYSTEM:
                if self._accessibility.contrastPreference() == Qt.ContrastPreference.HighContrast:
                    return palettes.from_system(self._system_palette)
                is_dark = self._hints.colorScheme() == Qt.ColorScheme.Dark
                return palettes.DARK if is_dark else palettes.LIGHT


def _base_font(app: QApplication) -> QFont:
    """Return the computer's own font; on Linux ours, since a machine may have none that can be read."""
    if sys.platform in ("win32", "darwin"):
        font = QFont(app.font())
        font.setPointSizeF(_SYSTEM_POINTS)
        return font
    for name in _BUNDLED_FILES:
        QFontDatabase.addApplicationFont(str(paths.resource("fonts", name)))
    font = QFont(BUNDLED_FAMILY)
    font.setPointSizeF(_BUNDLED_POINTS)
    return font


def apply(app: QApplication, theme: Theme = Theme.SYSTEM, text_percent: int = 100) -> Look:
    """Put the Workbook's look on the application. Call once, before the first window."""
    return Look(app, theme, max(LEAST_TEXT, min(MOST_TEXT, text_percent)))


def colours_now() -> Colours:
    """Return the colours of the style in force, for widgets that draw themselves."""
    style = QApplication.style()
    return style.colours if isinstance(style, WorkbookStyle) else palettes.LIGHT
