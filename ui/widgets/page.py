"""A page: a heading, a readable column that scrolls, and its buttons at the end."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QVBoxLayout, QWidget

from ui.style import column, em
from ui.widgets.announce import announce
from ui.widgets.banners import ErrorSummary
from ui.widgets.buttons import Button
from ui.widgets.flow import FlowLayout
from ui.widgets.order import focusable
from ui.widgets.text import HeadingOne, HeadingTwo, Hint

READING = 75  # letters in a line that is easy to read
WIDE = 150  # letters, for lists and comparisons: the width of a small laptop


class _Inner(QWidget):
    """What scrolls: as high as its words at this width.

    The sum of its parts' least heights, each reckoned for a narrow column, would leave an empty end.
    """

    def minimumSizeHint(self) -> QSize:
        """Return the least width; the height follows from it."""
        return QSize(super().minimumSizeHint().width(), 0)


class Page(QScrollArea):
    """One page. Add to it with `add`, `add_layout`, `add_button`. `ui.style.focus` scrolls to the focus."""

    def __init__(
        self, title: str, *, caption: str = "", letters: int = READING, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        # Always there: a page is laid out once and not twice, and nothing moves when it grows longer. The
        # style draws nothing of it while there is nothing to scroll.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._letters = letters
        self._room: tuple[int, bool, int] | None = None
        self._parted: list[HeadingTwo] = []  # headings that need room above them
        self._caption, self.heading, self.summary = Hint(caption), HeadingOne(title), ErrorSummary()
        inner = _Inner()
        self._outer = QVBoxLayout(inner)
        self._sheet = QWidget()
        self._outer.addWidget(self._sheet)
        self._outer.addStretch(1)
        self.body = QVBoxLayout(self._sheet)
        self.body.setContentsMargins(0, 0, 0, 0)
        top = QVBoxLayout()
        top.setSpacing(0)
        top.addWidget(self._caption)
        top.addWidget(self.heading)
        self._content = QVBoxLayout()
        self._buttons = FlowLayout(gap=0.7)
        self.body.addWidget(self.summary)
        self.body.addLayout(top)
        self.body.addLayout(self._content, 1)
        self.body.addLayout(self._buttons)
        self.setWidget(inner)
        self._caption.setVisible(bool(caption))  # only now: shown before it has a parent it would be a window
        self.setAccessibleName(title)
        self._set_room()

    def is_longer_than_its_room(self) -> bool:
        """Whether its end is out of sight. Then the page itself can have the focus: keys scroll it."""
        inner = self.widget()
        high = max(inner.height(), inner.sizeHint().height()) if inner is not None else 0
        longer = high > self.viewport().height()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if longer else Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.heading.text())
        return longer

    def add(self, *widgets: QWidget) -> None:
        """Put widgets below the others."""
        for widget in widgets:
            if isinstance(widget, HeadingTwo) and self._content.count():
                self._parted.append(widget)
                widget.setContentsMargins(0, em(self, 0.55), 0, 0)
            self._content.addWidget(widget)

    def add_filling(self, widget: QWidget) -> None:
        """Put a widget, such as a list, that takes all the height that is left."""
        self._content.addWidget(widget, 1)
        self._content.addStretch(0)  # takes the height while the list is hidden: nothing above drifts apart
        self._outer.setStretchFactor(self._sheet, 1)
        last = self._outer.takeAt(self._outer.count() - 1)
        del last

    def add_layout(self, layout: QLayout) -> None:
        """Put a layout below the others."""
        self._content.addLayout(layout)

    def add_button(self, *buttons: QWidget) -> None:
        """Put buttons at the page's end, the main one first."""
        for button in buttons:
            self._buttons.addWidget(button)

    def set_title(self, title: str, caption: str = "") -> None:
        """Give the page another heading."""
        self.heading.setText(title)
        self._caption.setText(caption)
        self._caption.setVisible(bool(caption))
        self.setAccessibleName(title)

    def arrive(self) -> None:
        """Begin at the top, say the heading, and put the focus on the first thing that takes it."""
        self.verticalScrollBar().setValue(0)
        announce(self, self.heading.text())
        for widget in focusable(self._sheet):
            if widget.isVisibleTo(self) and widget.isEnabled() and widget is not self.summary:
                widget.setFocus(Qt.FocusReason.OtherFocusReason)
                return

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and hasattr(self, "_outer"):
            self._set_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a narrow window's margins small."""
        super().resizeEvent(event)
        self._set_room()

    def minimumSizeHint(self) -> QSize:
        """Return the least that is usable; what does not fit scrolls."""
        return QSize(em(self, 14), em(self, 3))

    def _set_room(self) -> None:
        key = (em(self), self.width() > em(self, 34), len(self._parted))
        if key == self._room:
            return  # each change of a margin lays the whole page out again
        self._room = key
        side = em(self, 1.6 if self.width() > em(self, 34) else 0.7)
        self._outer.setContentsMargins(side, em(self, 1.1), side, em(self, 1.2))
        self.body.setSpacing(em(self, 0.9))
        self._content.setSpacing(em(self, 0.8))
        for heading in self._parted:
            if shiboken6.isValid(heading):
                heading.setContentsMargins(0, em(self, 0.55), 0, 0)
        self._sheet.setMaximumWidth(column(self, self._letters))


def button_row(*buttons: Button) -> QWidget:
    """Return buttons beside each other that wrap when there is no room."""
    row = QWidget()
    flow = FlowLayout(row, gap=0.7)
    for button in buttons:
        flow.addWidget(button)
    return row
