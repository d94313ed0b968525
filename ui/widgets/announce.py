"""Words for a screen reader that are not a change of focus: "Saved", "2 problems", "Sent"."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

_POLITENESS = QAccessible.AnnouncementPoliteness


def announce(widget: QWidget, text: str, assertive: bool = False) -> None:
    """Have a screen reader say this; assertive interrupts what it is saying."""
    event = QAccessibleAnnouncementEvent(widget, text)
    event.setPoliteness(_POLITENESS.Assertive if assertive else _POLITENESS.Polite)
    QAccessible.updateAccessibility(event)
