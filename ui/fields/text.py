"""Words: a line, a web address, a text that grows."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, QSizeF, Qt
from PySide6.QtGui import QResizeEvent, QTextCursor
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.fields.base import Editor
from workbook_desktop.domain.records import Value
from workbook_desktop.forms.definition import Item, Kind

_FEWEST_LINES, _MOST_LINES = 3, 40


class GrowingText(QPlainTextEdit):
    """A text that is as high as what is in it. Tab leaves it."""

    def __init__(self, parent: QWidget | None = None, fewest: int = _FEWEST_LINES) -> None:
        super().__init__(parent)
        self._fewest = fewest
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._lines = 0
        self._measuring = False
        self.document().documentLayout().documentSizeChanged.connect(self._on_size)
        self.cursorPositionChanged.connect(self._follow)
        self._on_size(QSizeF())

    def show_text(self, text: str) -> None:
        """Show another text; undo, and where the caret can stay, stay."""
        if text == self.toPlainText():
            return
        cursor = self.textCursor()
        place = cursor.position()
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        cursor.endEditBlock()
        cursor.setPosition(min(place, len(text.encode("utf-16-le")) // 2))
        self.setTextCursor(cursor)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._lines = 0
            self._on_size(QSizeF())

    def sizeHint(self) -> QSize:
        """Return a full line's width; the height is fixed by the text."""
        return QSize(self.fontMetrics().averageCharWidth() * 60, self.maximumHeight())

    def minimumSizeHint(self) -> QSize:
        """Return room for a few words."""
        return QSize(self.fontMetrics().averageCharWidth() * 18, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Count the lines again: narrower means more of them, and nothing says so."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._on_size(QSizeF())

    def _lines_now(self) -> int:
        """Count the lines at this width. The document lays out only what was seen, so each block is asked."""
        lines, block = 0, self.document().firstBlock()
        while block.isValid() and lines < _MOST_LINES:
            self.blockBoundingRect(block)
            lines += max(1, block.layout().lineCount())
            block = block.next()
        return lines

    def _on_size(self, _size: QSizeF) -> None:
        if self._measuring:
            return
        self._measuring = True
        lines = max(self._fewest, min(_MOST_LINES, self._lines_now()))
        self._measuring = False
        if lines == self._lines:
            return
        self._lines = lines
        margins = self.contentsMargins()
        inner = round(lines * self.fontMetrics().lineSpacing() + 2 * self.document().documentMargin())
        self.setFixedHeight(inner + margins.top() + margins.bottom() + 2 * self.frameWidth() + 6)
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if lines == _MOST_LINES else policy.ScrollBarAlwaysOff
        )

    def _follow(self) -> None:
        """Keep the caret on screen in the page, for a text that is higher than the window."""
        if not self.hasFocus() or QApplication.mouseButtons() is not Qt.MouseButton.NoButton:
            return
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        page = parent.widget() if parent is not None else None
        if parent is None or page is None:
            return
        caret: QRect = self.cursorRect()
        spot = self.viewport().mapTo(page, caret.center())
        parent.ensureVisible(spot.x(), spot.y(), 0, caret.height() * 2)


class TextEditor(Editor):
    """A narrative. As long as it needs to be."""

    def __init__(self, item: Item, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.edit = GrowingText(self)
        row.addWidget(self.edit)
        self.edit.installEventFilter(self)
        self.edit.textChanged.connect(self._on_changed)
        self._text = ""

    def show_value(self, value: Value | None) -> None:
        """Show the text."""
        self._text = "" if value is None else _as_text(value)
        self.edit.show_text(self._text)

    def stops(self) -> list[QWidget]:
        """Return the text."""
        return [self.edit]

    def _on_changed(self) -> None:
        text = self.edit.toPlainText()
        if text != self._text:  # Qt also says so when only the layout is another, and then late
            self._text = text
            self.edited.emit(text if text.strip() else None)


class LineEditor(Editor):
    """A line of words, or a web address."""

    def __init__(self, item: Item, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.edit = QLineEdit(self)
        if item.kind is Kind.URL:
            self.edit.setInputMethodHints(Qt.InputMethodHint.ImhUrlCharactersOnly)
        row.addWidget(self.edit)
        self.edit.installEventFilter(self)
        self.edit.textEdited.connect(lambda text: self.edited.emit(text if text.strip() else None))

    def show_value(self, value: Value | None) -> None:
        """Show the words."""
        show_in_line(self.edit, "" if value is None else _as_text(value))

    def stops(self) -> list[QWidget]:
        """Return the line."""
        return [self.edit]


def show_in_line(edit: QLineEdit, text: str) -> None:
    """Show another text in a line, so that undo still reaches what was there before."""
    if text == edit.text():
        return
    place = edit.cursorPosition()
    blocked = edit.blockSignals(True)
    if edit.text():
        edit.selectAll()
        edit.insert(text)
    else:
        edit.setText(text)
    edit.setCursorPosition(min(place, len(text)))
    edit.blockSignals(blocked)
    edit.update()


def _as_text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return str(value.get("display") or value.get("code") or value.get("value") or "")
    return str(value)
