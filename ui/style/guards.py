"""Event filters that keep Qt's habits from changing a worker's answer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget


class WheelGuard(QObject):
    """Lets the wheel scroll the page instead of changing a choice that does not have the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pass the wheel on to the page unless the worker is in this field."""
        if event.type() is QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()  # Qt offers an ignored wheel event to the parent, even when it was filtered
            return True
        return False
