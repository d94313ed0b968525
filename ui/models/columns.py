"""Widgets beside each other while each has room, below each other when not."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QStyle, QWidget

from ui.style import em


class Columns(QWidget):
    """A grid whose number of columns follows its width and the size of the text."""

    def __init__(
        self, widgets: Sequence[QWidget], *, least: float, most: int, all_or_one: bool = False
    ) -> None:
        """Each column is at least `least` em wide; `all_or_one` allows `most` columns or a single one."""
        super().__init__()
        self._widgets, self._least, self._most = list(widgets), least, most
        self._all_or_one = all_or_one
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._across = 0
        self._set_gaps()
        self._place(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the width."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and hasattr(self, "_across"):
            self._set_gaps()
            self._fit()

    def _set_gaps(self) -> None:
        """Set what the style says once: a grid without gaps of its own asks for them at each reckoning."""
        style = self.style()
        beside, between = (
            QStyle.PixelMetric.PM_LayoutHorizontalSpacing,
            QStyle.PixelMetric.PM_LayoutVerticalSpacing,
        )
        self._grid.setHorizontalSpacing(style.pixelMetric(beside, None, self))
        self._grid.setVerticalSpacing(style.pixelMetric(between, None, self))

    def _fit(self) -> None:
        across = max(1, min(self._most, round(self.width() // max(1, em(self, self._least)))))
        self._place(across if across == self._most or not self._all_or_one else 1)

    def _place(self, across: int) -> None:
        if across == self._across:
            return
        self._across = across
        for widget in self._widgets:
            self._grid.removeWidget(widget)
        for at, widget in enumerate(self._widgets):
            self._grid.addWidget(widget, at // across, at % across)
        for column in range(self._most):
            self._grid.setColumnStretch(column, 1 if column < across else 0)
