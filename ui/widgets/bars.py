"""The window's two bars: who this is about at the top, how things stand at the bottom."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ui.style import Tone, colours_now, em
from ui.widgets.flow import FlowLayout
from ui.widgets.tags import TagLabel
from ui.widgets.text import Label, SmallPrint, Strong

_FACTS = 2  # labels for them: an age and a plan


class IdentityBar(QWidget):
    """Who the page is about, always in sight: a name, quiet facts, alerts in words; buttons at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._line = QHBoxLayout(self)
        self._words = QWidget()
        self._flow = FlowLayout(self._words, gap=0.75, line_gap=0.2)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self._words.setSizePolicy(policy)
        self._line.addWidget(self._words, 1, Qt.AlignmentFlag.AlignVCenter)
        self._title = Strong("", self._words)
        self._title.setWordWrap(False)
        self._flow.addWidget(self._title)
        self._facts = [Label("", self._words) for _ in range(_FACTS)]
        for label in self._facts:
            label.setWordWrap(False)
            label.hide()
            self._flow.addWidget(label)
        self._alerts: list[TagLabel] = []
        self._tint()
        self._set_room()

    def show_identity(self, name: str, facts: Sequence[str] = (), alerts: Sequence[str] = ()) -> None:
        """Show whom this is about."""
        # Labels are kept and given other words: a new one has the whole window laid out, there and then.
        self._title.setText(name)
        known = [*facts[: _FACTS - 1], " · ".join(facts[_FACTS - 1 :])]
        for at, label in enumerate(self._facts):
            label.setText(known[at] if at < len(known) else "")
            _show_if(label, bool(label.text()))
        while len(self._alerts) < len(alerts):
            self._add_alert()
        for at, tag in enumerate(self._alerts):
            tag.say(alerts[at] if at < len(alerts) else "", Tone.WARNING)
            _show_if(tag, at < len(alerts))
        self.setAccessibleName(", ".join([name, *facts, *alerts]))

    def _add_alert(self) -> None:
        label = TagLabel("", Tone.WARNING, self._words)
        label.hide()
        self._flow.addWidget(label)
        self._alerts.append(label)

    def add_action(self, *buttons: QWidget) -> None:
        """Put buttons at the right: use `Rank.ON_IDENTITY`."""
        for button in buttons:
            self._line.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme and the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._set_room()
        elif event.type() is QEvent.Type.ApplicationPaletteChange:
            self._tint()

    def _tint(self) -> None:
        palette = QPalette()
        ink = QColor(colours_now().on_identity)
        for role in (
            QPalette.ColorRole.WindowText,
            QPalette.ColorRole.Text,
            QPalette.ColorRole.PlaceholderText,
        ):
            palette.setColor(role, ink)
        self.setPalette(palette)

    def _set_room(self) -> None:
        self._line.setContentsMargins(em(self, 1.0), em(self, 0.35), em(self, 0.7), em(self, 0.35))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        colours = colours_now()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.identity))
        if colours.identity in (colours.canvas, colours.surface):
            painter.setPen(QColor(colours.border))
            painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        painter.end()


def _show_if(label: QWidget, wanted: bool) -> None:
    if label.isHidden() is wanted:
        label.setVisible(wanted)


class StatusLine(QWidget):
    """How things stand, in a quiet line that is always there. Parts are named, so each can change alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = FlowLayout(self, gap=0.9, line_gap=0.1)
        self._parts: dict[str, SmallPrint] = {}
        self._unseen: frozenset[str] = frozenset()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._set_room()

    def say(self, part: str, text: str) -> None:
        """Show a part's words; "" takes it out of sight."""
        label = self._parts.get(part)
        if label is None:
            label = SmallPrint()
            label.setWordWrap(False)
            self._parts[part] = label
            self._flow.addWidget(label)
        label.setText(text)
        label.setVisible(bool(text) and part not in self._unseen)
        self.setAccessibleName(" | ".join(one.text() for one in self._parts.values() if one.text()))

    def leave_out(self, *parts: str) -> None:
        """Show all but these parts: where there is no room, what can be learnt elsewhere gives way."""
        if frozenset(parts) != self._unseen:
            self._unseen = frozenset(parts)
            for part, label in self._parts.items():
                label.setVisible(bool(label.text()) and part not in self._unseen)

    def words(self, part: str) -> str:
        """Return what a part says."""
        label = self._parts.get(part)
        return label.text() if label is not None else ""

    def add(self, widget: QWidget) -> None:
        """Put a widget, such as a small button, into the line."""
        self._flow.addWidget(widget)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._set_room()

    def _set_room(self) -> None:
        self._flow.setContentsMargins(em(self, 1.0), em(self, 0.25), em(self, 1.0), em(self, 0.25))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, a line above, and a thin stroke between parts."""
        colours = colours_now()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours.surface))
        painter.setPen(QColor(colours.line))
        painter.drawLine(0, 0, self.width(), 0)
        gap = em(self, 0.45)
        for label in self._parts.values():
            if label.isVisible() and label.x() > gap * 3:
                painter.drawLine(
                    label.x() - gap, label.y() + 3, label.x() - gap, label.geometry().bottom() - 3
                )
        painter.end()
