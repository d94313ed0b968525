"""Buttons for options: their words wrap, an `&` is an ampersand, the whole line can be hit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QGridLayout,
    QRadioButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QWidget,
)

from ui.style import TARGET
from ui.widgets.buttons import LinkButton
from ui.widgets.flow import FlowLayout
from ui.widgets.text import caption_safe, plain

_WIDEST = 62  # letters on a line before an option wraps
_FLAGS = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


if TYPE_CHECKING:
    _Button = QAbstractButton
else:
    _Button = object  # two Qt classes cannot both be inherited: a crash, not an error (PySide6 6.11)


class _Wrapping(_Button):
    """What the radio button and the check box share: laying out and drawing their own words.

    Qt draws an option's words on one line, however long, and makes the page as wide.
    """

    _primitive = QStyle.PrimitiveElement.PE_IndicatorCheckBox
    _side = QStyle.PixelMetric.PM_IndicatorWidth
    words: str
    _sizes: dict[int, int]  # heights by width
    _hints: dict[str, QSize]

    def _begin(self, words: str) -> None:
        self.words = words = plain(words)
        self._sizes, self._hints = {}, {}
        self.setText(caption_safe(words))
        self.setAccessibleName(words)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def _indent(self) -> int:
        return self.style().pixelMetric(self._side, None, self) + 12

    def heightForWidth(self, width: int) -> int:
        if width not in self._sizes:
            room = max(1, width - self._indent() - 4)
            words = self.fontMetrics().boundingRect(QRect(0, 0, room, 100_000), _FLAGS, self.words)
            self._sizes[width] = max(TARGET, words.height() + 14)
        return self._sizes[width]

    def hasHeightForWidth(self) -> bool:
        return True

    def sizeHint(self) -> QSize:
        if "best" not in self._hints:
            metrics = self.fontMetrics()
            wide = min(metrics.horizontalAdvance(self.words) + 2, metrics.averageCharWidth() * _WIDEST)
            width = max(TARGET, wide + self._indent() + 6)
            self._hints["best"] = QSize(width, self.heightForWidth(width))
        return self._hints["best"]

    def minimumSizeHint(self) -> QSize:
        if "least" not in self._hints:
            metrics = self.fontMetrics()
            longest = max((metrics.horizontalAdvance(word) for word in self.words.split()), default=0)
            longest = min(longest, metrics.averageCharWidth() * 24)
            self._hints["least"] = QSize(longest + self._indent() + 6, TARGET)
        return self._hints["least"]

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def changeEvent(self, event):  # type: ignore[no-untyped-def]
        super().changeEvent(event)
        if event.type() in (event.Type.FontChange, event.Type.StyleChange):
            self._sizes.clear()
            self._hints.clear()
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)  # type: ignore[attr-defined]
        side = self.style().pixelMetric(self._side, None, self)
        metrics = self.fontMetrics()
        indent = self._indent()
        room = QRect(indent, 0, max(1, self.width() - indent - 4), self.height())
        words = metrics.boundingRect(room, _FLAGS, self.words)
        top = max(0, (self.height() - words.height()) // 2)
        option.rect = QRect(2, top + (metrics.height() - side) // 2, side, side)
        painter = QPainter(self)
        self.style().drawPrimitive(self._primitive, option, painter, self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(QRect(indent, top, room.width(), words.height() + 2), _FLAGS, self.words)
        painter.end()


class OptionRadio(_Wrapping, QRadioButton):
    """One of several, chosen alone."""

    _primitive = QStyle.PrimitiveElement.PE_IndicatorRadioButton
    _side = QStyle.PixelMetric.PM_ExclusiveIndicatorWidth

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        QRadioButton.__init__(self, parent)
        self._begin(words)


class OptionCheck(_Wrapping, QCheckBox):
    """One of several, with others."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        QCheckBox.__init__(self, parent)
        self._begin(words)

    def say(self, words: str) -> None:
        """Stand for something else."""
        self._begin(words)
        self.updateGeometry()


class RadioSet(QWidget):
    """Radio buttons of which one or none is chosen, with a way back to none. One stop for Tab."""

    chosen = Signal(int)  # the place of the one now chosen, -1 for none

    def __init__(
        self,
        labels: Sequence[str],
        parent: QWidget | None = None,
        *,
        horizontal: bool = False,
        can_clear: bool = True,
    ) -> None:
        super().__init__(parent)
        self._can_clear = can_clear
        self.buttons: list[OptionRadio] = []
        self._group = QButtonGroup(self)
        self._horizontal = horizontal
        self._grid: QGridLayout | None = None
        self._flow: FlowLayout | None = None
        if horizontal:
            self._flow = FlowLayout(self, gap=0.9)
        else:
            self._grid = QGridLayout(self)
            self._grid.setContentsMargins(0, 0, 0, 0)
            self._grid.setVerticalSpacing(0)
            self._grid.setColumnStretch(2, 1)
        for label in labels:
            self._add(label)
        self._clear = LinkButton("Clear answer", self)  # after them: Tab goes in the order of making
        keep = self._clear.sizePolicy()
        keep.setRetainSizeWhenHidden(True)  # so that nothing moves when an answer is given
        self._clear.setSizePolicy(keep)
        self._clear.hide()
        self._clear.clicked.connect(self._on_clear)
        self._place_clear()
        self._group.idClicked.connect(self._on_clicked)

    def add(self, label: str) -> OptionRadio:
        """Offer one more."""
        button = self._add(label)
        self._place_clear()
        QWidget.setTabOrder(button, self._clear)
        return button

    def _add(self, label: str) -> OptionRadio:
        button = OptionRadio(label, self)
        if self.buttons:
            button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._group.addButton(button, len(self.buttons))
        self.buttons.append(button)
        if self._flow is not None:
            self._flow.addWidget(button)
        elif self._grid is not None:
            self._grid.addWidget(button, len(self.buttons) - 1, 0)
        return button

    def _place_clear(self) -> None:
        """Beside the last option: no line of its own, so no page is longer for it."""
        if self._flow is not None:
            self._flow.removeWidget(self._clear)
            self._flow.addWidget(self._clear)
        elif self._grid is not None:
            self._grid.removeWidget(self._clear)
            self._grid.addWidget(self._clear, max(len(self.buttons) - 1, 0), 1, Qt.AlignmentFlag.AlignVCenter)

    def show_chosen(self, place: int) -> None:
        """Show which is chosen, -1 for none, without saying so."""
        if place == self._group.checkedId():
            return
        self._group.setExclusive(False)
        for number, button in enumerate(self.buttons):
            button.setChecked(number == place)
        self._group.setExclusive(True)
        stop = place if place >= 0 else 0
        if not any(button.hasFocus() for button in self.buttons):
            for number, button in enumerate(self.buttons):
                here = number == stop
                button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if here else Qt.FocusPolicy.ClickFocus)
        self._clear.setVisible(self._can_clear and place >= 0)

    def place(self) -> int:
        """Return which is chosen, -1 for none."""
        return self._group.checkedId()

    def stop(self) -> OptionRadio | None:
        """Return the button that Tab comes to."""
        if not self.buttons:
            return None
        return self.buttons[max(self.place(), 0)]

    def tell(self, question: str, details: str) -> None:
        """Name each button for a screen reader: its words first, then the question."""
        for button in self.buttons:
            button.setAccessibleName(f"{button.words}: {question}" if question else button.words)
            button.setAccessibleDescription(details)
        self._clear.setAccessibleName(f"Clear answer: {question}")

    def _on_clicked(self, place: int) -> None:
        self._clear.setVisible(self._can_clear)
        self.chosen.emit(place)

    def _on_clear(self) -> None:
        focused = self._clear.hasFocus()
        self.show_chosen(-1)
        if focused and self.buttons:
            self.buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)
        self.chosen.emit(-1)
