"""What stands before the Workbook is open: one card in the middle of the window, and the text size below."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QScrollArea, QStyle, QVBoxLayout, QWidget

from ui.shell.screen import Screen
from ui.style import em
from ui.widgets.buttons import Button
from ui.widgets.flow import FlowLayout
from ui.widgets.surfaces import Card
from ui.widgets.text import Hint


class PassphraseField(QLineEdit):
    """A field for a secret: hidden unless shown, no undo to bring it back, gone after each use."""

    caps_lock = Signal(bool)

    def __init__(self, parent: QWidget | None = None, *, name: str = "answer:passphrase") -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleIdentifier(name)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
            | Qt.InputMethodHint.ImhHiddenText
        )
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # it has an Undo
        self.setMaxLength(512)

    def take(self) -> str:
        """Return the passphrase and forget it: `setText` empties the undo history, too; `clear` does not."""
        passphrase = self.text()
        self.setText("")
        return passphrase

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take no undo or redo; notice Caps Lock by what a letter key gave."""
        undo = event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.key() in (
            Qt.Key.Key_Z,
            Qt.Key.Key_Y,
        )
        if undo:
            event.accept()
            return
        letter = event.text()
        if len(letter) == 1 and letter.isalpha() and letter.upper() != letter.lower():
            shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps_lock.emit(letter.isupper() != shifted)
        elif event.key() == Qt.Key.Key_CapsLock:
            self.caps_lock.emit(False)  # not known until the next letter
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep Ctrl+Z from being offered to the field at all."""
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
            and event.key() in (Qt.Key.Key_Z, Qt.Key.Key_Y)
        ):
            event.accept()
            return True
        return super().event(event)


class _Inner(QWidget):
    """What scrolls: as high as its words at this width, as in `ui.widgets.page`."""

    def minimumSizeHint(self) -> QSize:
        """Return the least width; the height follows from it."""
        return QSize(super().minimumSizeHint().width(), 0)


class GateScreen(Screen):
    """A card that follows the window's width and the text size."""

    unlocked = Signal(object)  # the Desk
    text_larger = Signal()
    text_smaller = Signal()

    def __init__(self, name: str, title: str, *, letters: int = 24) -> None:
        """`letters`: the card's width at most, in ems."""
        super().__init__()
        self._letters = letters
        self.setObjectName(name)
        self.setAccessibleIdentifier(name)
        self.setAccessibleName(title)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = _Inner()
        middle = QVBoxLayout(inner)
        margins = middle.contentsMargins()
        middle.setContentsMargins(0, margins.top(), 0, margins.bottom())
        area.setWidget(inner)
        outer.addWidget(area)
        self.card = Card()
        middle.addStretch(2)
        line = QHBoxLayout()  # and no alignment: its height would be reckoned for the window's whole width
        line.addStretch(1)
        line.addWidget(self.card)
        line.addStretch(1)
        middle.addLayout(line)
        middle.addStretch(3)
        self.fit()

    def add_text_sizes(self) -> None:
        """Put the two buttons for the text size at the card's end."""
        sizes = QWidget(self.card)
        flow = FlowLayout(sizes, gap=0.4)
        smaller = Button("A −", identifier="do:smaller")
        larger = Button("A +", identifier="do:larger")
        smaller.setAccessibleName("Smaller text")
        larger.setAccessibleName("Larger text")
        smaller.clicked.connect(lambda *_: self.text_smaller.emit())
        larger.clicked.connect(lambda *_: self.text_larger.emit())
        words = Hint("Text size")
        words.setWordWrap(False)
        for each in (words, smaller, larger):
            flow.addWidget(each)
        self.card.column.addSpacing(em(self, 0.5))
        self.card.add(sizes)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and hasattr(self, "card"):
            self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the window."""
        self.fit()

    def fit(self) -> None:
        """Give the card the width that the window and the text leave it."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        left = self.width() - bar - em(self, 1.0)
        self.card.setFixedWidth(max(240, min(em(self, self._letters), left)))
