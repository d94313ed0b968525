"""One side of a conflict on a card: whose, when, and the words, with what was added and removed marked."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QResizeEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from ui.models.differences import Mark, Run, spoken
from ui.style import Tone, colours_now, em
from ui.widgets import Card, HeadingThree, Hint


class MarkedText(QTextEdit):
    """Words to read and copy, as high as they are. Marks are signs and lines; colour only repeats them."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self._runs: tuple[Run, ...] = ()

    def show_runs(self, runs: tuple[Run, ...]) -> None:
        """Show words with their marks."""
        self._runs = runs
        self.clear()
        cursor = self.textCursor()
        colours = colours_now()
        for run in runs:
            words = QTextCharFormat()
            if run.mark is Mark.ADDED:
                shade = colours.shade(Tone.SUCCESS)
                words.setFontUnderline(True)
                words.setForeground(QColor(shade.ink))
                words.setBackground(QColor(shade.ground))
            elif run.mark is Mark.REMOVED:
                shade = colours.shade(Tone.ERROR)
                words.setFontStrikeOut(True)
                words.setForeground(QColor(shade.ink))
                words.setBackground(QColor(shade.ground))
            text = run.text
            if run.mark in (Mark.ADDED, Mark.REMOVED) and text.strip():
                sign = "+" if run.mark is Mark.ADDED else "−"
                lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
                cursor.insertText(lead, QTextCharFormat())
                plain = QTextCharFormat(words)
                plain.setFontUnderline(False)
                plain.setFontStrikeOut(False)
                cursor.insertText(sign, plain)
                cursor.insertText(text.strip(), words)
                cursor.insertText(tail, QTextCharFormat())
            else:
                cursor.insertText(text, QTextCharFormat())
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self.setAccessibleDescription(spoken(runs))
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size and the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.PaletteChange) and hasattr(self, "_runs"):
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Be as high as the words are at this width."""
        copy = self.document().clone(self)
        copy.setTextWidth(max(1, self.viewport().width()))
        height = max(
            em(self, 1.6), round(copy.size().height()) + self.height() - self.viewport().height() + 2
        )
        copy.deleteLater()
        if self.minimumHeight() != height:
            self.setFixedHeight(height)

    def minimumSizeHint(self) -> QSize:
        """Return little: it wraps."""
        return QSize(em(self, 6), em(self, 1.6))


class SideCard(Card):
    """A heading that says whose, a line that says when, the words."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(f"side:{name}")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.whose, self.when = HeadingThree(), Hint()
        self.words = MarkedText(name)
        self.add(self.whose, self.when, self.words)
        self.column.addStretch(1)

    def say(self, whose: str, when: str, runs: tuple[Run, ...]) -> None:
        """Show a side."""
        self.whose.setText(whose)
        anew = "Written anew" if any(run.mark is Mark.ANEW for run in runs) else ""
        self.when.setText(". ".join(part for part in (when, anew) if part))
        self.when.setVisible(bool(self.when.text()))
        self.words.show_runs(runs)
        self.words.setAccessibleName(whose)
        self.setAccessibleName(f"{whose}. {self.when.text()}")
