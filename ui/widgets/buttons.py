"""Buttons of three ranks: the one act of a page, the others, and those that look like links."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QPushButton, QSizePolicy, QStyle, QWidget

from ui.style import Rank, colours_now, em, icon
from ui.style.drawing import button_ink
from ui.style.measures import RING, TARGET
from ui.widgets.text import caption_safe


class Button(QPushButton):
    """A button. `Rank.PRIMARY` is bold and filled: one on a page."""

    def __init__(
        self,
        text: str,
        rank: Rank = Rank.SECONDARY,
        parent: QWidget | None = None,
        *,
        icon_name: str = "",
        identifier: str = "",
    ) -> None:
        super().__init__(text, parent)
        self._icon_name = icon_name
        self._rank = rank
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if identifier:
            self.setAccessibleIdentifier(identifier)
            self.setObjectName(identifier)
        self.set_rank(rank)

    def set_rank(self, rank: Rank) -> None:
        """Change how loudly it asks."""
        self._rank = rank
        self.setProperty("rank", str(rank))
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme and the text size."""
        super().changeEvent(event)
        if event.type() in (
            QEvent.Type.PaletteChange,
            QEvent.Type.StyleChange,
            QEvent.Type.EnabledChange,
            QEvent.Type.FontChange,
        ):
            self._dress()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press it too: Qt asks the platform, and most say Space alone."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def _dress(self) -> None:
        if self.font().bold() != (self._rank in (Rank.PRIMARY, Rank.DANGER)):
            font = QFont()
            font.setBold(self._rank in (Rank.PRIMARY, Rank.DANGER))
            self.setFont(font)
        if self._icon_name:
            ink = button_ink(colours_now(), self._rank, self.isEnabled())
            self.setIcon(icon(self._icon_name, ink.name()))
            side = self.style().pixelMetric(QStyle.PixelMetric.PM_ButtonIconSize, None, self)
            self.setIconSize(QSize(side, side))


class LinkButton(QAbstractButton):
    """A button that looks like a link: for small acts in running text, such as "Change"."""

    def __init__(
        self, text: str, parent: QWidget | None = None, *, hidden_context: str = "", identifier: str = ""
    ) -> None:
        super().__init__(parent)
        self._wraps, self._at_top, self._ink = False, False, "link"
        self.setText(caption_safe(text))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{text} {hidden_context}".strip())
        if identifier:
            self.setAccessibleIdentifier(identifier)
            self.setObjectName(identifier)

    def wrap_text(self) -> None:
        """Let the words run over several lines, in the width there is."""
        self._wraps = True
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def stand_at_top(self) -> None:
        """Draw the words at the top of the target, in line with the words beside it."""
        self._at_top = True
        self.update()

    def set_ink(self, colour: str) -> None:
        """Draw in another of the theme's colours: "error", "on_identity"."""
        self._ink = colour
        self.update()

    def sizeHint(self) -> QSize:
        """Return the words' size, and no less than can be hit."""
        metrics = self.fontMetrics()
        wide = metrics.size(Qt.TextFlag.TextShowMnemonic, self.text()).width() + 2 * RING
        return QSize(max(TARGET, wide), max(TARGET, metrics.height() + 8))

    def minimumSizeHint(self) -> QSize:
        """Return the same: a link is never cut. One that wraps needs only a narrow column."""
        hint = self.sizeHint()
        return QSize(min(hint.width(), em(self, 8)), hint.height()) if self._wraps else hint

    def hasHeightForWidth(self) -> bool:
        """Return whether it wraps."""
        return self._wraps

    def heightForWidth(self, width: int) -> int:
        """Return the height of the wrapped words."""
        room = QRect(0, 0, max(1, width - 2 * RING), 10_000)
        words = self.fontMetrics().boundingRect(room, self._flags(), self.text())
        return max(TARGET, words.height() + 8)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.updateGeometry()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be pressed."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Stop showing it."""
        super().leaveEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press it too: Qt asks the platform, and most say Space alone."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw underlined words in the colour of links."""
        colours = colours_now()
        painter = QPainter(self)
        font = QFont(self.font())
        font.setUnderline(True)
        painter.setFont(font)
        ink = getattr(colours, self._ink) if self.isEnabled() else colours.hint
        if self.underMouse() and self.isEnabled() and self._ink == "link":
            ink = colours.text
        painter.setPen(QColor(ink))
        painter.drawText(self.rect().adjusted(RING, 0, -RING, 0), self._flags(), self.text())
        painter.end()

    def _flags(self) -> int:
        upright = Qt.AlignmentFlag.AlignTop if self._at_top else Qt.AlignmentFlag.AlignVCenter
        flags = upright | Qt.AlignmentFlag.AlignLeft
        return (
            int(flags)
            | int(Qt.TextFlag.TextHideMnemonic)
            | (int(Qt.TextFlag.TextWordWrap) if self._wraps else 0)
        )
