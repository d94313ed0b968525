"""A field above a list, for a few letters of what is looked for; and the list that it narrows."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from ui.widgets.rows import RowList

_PAUSE = 120  # ms after a letter before anybody is asked: a name is typed at once


class FindField(QLineEdit):
    """A field above a list: the arrows move in the list, Enter opens, Esc empties the field."""

    paused = Signal()  # the letters stand as they are for a moment

    def __init__(self, name: str, below: RowList, *, esc_empties: bool = True) -> None:
        super().__init__()
        self._below, self._esc_empties = below, esc_empties
        self.setObjectName(name)
        self.setAccessibleIdentifier(name)
        self.setClearButtonEnabled(True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE)
        self._pause.timeout.connect(self.paused)
        self.textChanged.connect(lambda _: self._pause.start())

    def take_letters(self) -> None:
        """Take letters that are typed on the list too: no need to look where the focus is."""
        self._below.installEventFilter(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hand what moves in a list to the list."""
        moves = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)
        if event.key() in moves:
            if not self._below.currentIndex().isValid():
                first_row(self._below)
            else:
                self._below.keyPressEvent(event)
            event.accept()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not self._below.currentIndex().isValid():
                first_row(self._below)
            self._below.keyPressEvent(event)
            event.accept()
        elif event.key() == Qt.Key.Key_Escape and self.text() and self._esc_empties:
            self.clear()
            event.accept()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Letters typed on the list come here."""
        if watched is self._below and event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            text = event.text()
            plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
            if plain and text and text.isprintable() and not text.isspace():
                self.setFocus(Qt.FocusReason.ShortcutFocusReason)
                self.setText(self.text() + text)
                return True
        return False


def first_row(listed: RowList) -> None:
    """Put the worker's place on the first row that can be opened."""
    row = next((each for each in listed.rows if not each.is_heading), None)
    if row is not None:
        listed.choose(row.key)
