"""What stands in the window while the screen is hidden: nothing about anybody."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.style import Rank, em
from ui.widgets import Button, HeadingTwo, Hint

HIDDEN = "Workbook – screen hidden"


class HiddenScreen(QWidget):
    """One sentence and one button. Enter or a click goes back."""

    returned = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("screen:hidden")
        self.setAccessibleIdentifier("screen:hidden")
        self.setAccessibleName(HIDDEN)
        column = QVBoxLayout(self)
        column.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = HeadingTwo(HIDDEN)
        self._title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._title.setMinimumWidth(em(self, 16))
        self._words = Hint("")
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.button = Button("Return", Rank.SECONDARY, identifier="do:return")
        self.button.clicked.connect(lambda *_: self.returned.emit())
        column.addWidget(self._title)
        column.addWidget(self._words)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        self.say_hidden()

    def say_hidden(self) -> None:
        """Say what the key does."""
        self._say(HIDDEN, "Press Enter to return", can_return=True)

    def say_locking(self) -> None:
        """Say that the store is being closed."""
        self._say("Workbook – locking", "Saving and closing your records", can_return=False)

    def say_not_locked(self, words: str) -> None:
        """Say why it is not locked yet: something typed is still in memory alone."""
        self._say("Workbook – not locked yet", words, can_return=True)

    def _say(self, title: str, words: str, *, can_return: bool) -> None:
        self._title.setText(title)
        self._words.setText(words)
        self.setAccessibleName(title)
        self.button.setVisible(can_return)
        self.can_return = can_return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return with Enter, wherever the focus is."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.can_return:
            self.returned.emit()
            event.accept()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click anywhere returns, too."""
        if self.can_return:
            self.returned.emit()
