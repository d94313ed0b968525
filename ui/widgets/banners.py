"""Bands that say something: banners (with an act), insets (a quiet aside), the summary of errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.style import Tone, em
from ui.widgets.announce import announce
from ui.widgets.buttons import Button, LinkButton
from ui.widgets.order import follow_reading_order
from ui.widgets.surfaces import Band, Picture
from ui.widgets.text import Body, HeadingTwo, Strong

_PICTURES = {
    Tone.PLAIN: "info",
    Tone.NEUTRAL: "info",
    Tone.INFO: "info",
    Tone.SUCCESS: "circle-check",
    Tone.WARNING: "triangle-alert",
    Tone.ERROR: "octagon-alert",
}
_WORDS = {Tone.WARNING: "Warning", Tone.ERROR: "Important", Tone.SUCCESS: "Done"}


class Banner(Band):
    """Something the worker must know. It stays until what it speaks of has passed."""

    def __init__(
        self,
        tone: Tone,
        title: str,
        text: str = "",
        *,
        action: str = "",
        on_action: Callable[[], None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tone, parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._title, self._body = Strong(title), Body(text)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        self._picture = Picture(_PICTURES[tone], f"tone:{tone}", 1.15)
        line.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(em(self, 0.15))
        words.addWidget(self._title)
        words.addWidget(self._body)
        line.addLayout(words, 1)
        self.button = Button(action) if action else None
        if self.button is not None:
            line.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
            if on_action is not None:
                self.button.clicked.connect(lambda *_: on_action())
        self.column.addLayout(line)
        self._body.setVisible(bool(text))  # only now: shown before it has a parent it would be a window
        self.setAccessibleName(self._spoken())

    def say(self, title: str, text: str = "") -> None:
        """Say something else, and have it spoken."""
        self._title.setText(title)
        self._body.setText(text)
        self._body.setVisible(bool(text))
        self.setAccessibleName(self._spoken())
        self.speak()

    def speak(self) -> None:
        """Have a screen reader say it: call when it appears on a page already open."""
        announce(self, self._spoken(), assertive=self.tone is Tone.ERROR)

    def _spoken(self) -> str:
        parts = (_WORDS.get(self.tone, ""), self._title.text(), self._body.text())
        return ". ".join(part.rstrip(".") for part in parts if part)


class Inset(Band):
    """An aside: a quiet band, for words that frame what follows."""

    def __init__(self, text: str, tone: Tone = Tone.NEUTRAL, parent: QWidget | None = None) -> None:
        super().__init__(tone, parent)
        self.words = Body(text)
        self.add(self.words)


class ErrorSummary(Band):
    """Every problem of the page, each a link to its place. Hidden while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Tone.ERROR, parent, is_tinted=False)
        self.setAccessibleName("There is a problem")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.add(HeadingTwo("There is a problem"))
        self.column.setSpacing(0)
        self._links: list[LinkButton] = []
        self.hide()

    def show_problems(self, problems: Sequence[tuple[str, QWidget | Callable[[], None]]]) -> None:
        """Show these, in the order of the page, and take the focus; none hides the summary.

        Each is what is wrong and where: a widget that can take the focus, or what opens the place.
        """
        for link in self._links:
            self.column.removeWidget(link)
            link.hide()
            link.deleteLater()
        self._links = []
        for text, place in problems:
            link = _ProblemLink(text, self)
            link.clicked.connect(lambda *_, place=place: _go_to(place))
            self.column.addWidget(link)
            self._links.append(link)
        self.setVisible(bool(problems))
        if problems:
            follow_reading_order(self)
            count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
            self.setAccessibleDescription(". ".join(text for text, _ in problems))
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            announce(self, f"There is a problem. {count}", assertive=True)

    @property
    def links(self) -> tuple[LinkButton, ...]:
        """The links, as shown."""
        return tuple(self._links)


class _ProblemLink(LinkButton):
    """A link that may need two lines."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.wrap_text()
        self.set_ink("error")


def _go_to(place: QWidget | Callable[[], None]) -> None:
    if isinstance(place, QWidget):
        if shiboken6.isValid(place):
            place.setFocus(Qt.FocusReason.OtherFocusReason)
    else:
        place()
