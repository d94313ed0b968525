"""What stands in a place that has no content now: empty, busy, or broken."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from ui.style import Rank, Tone, em
from ui.widgets.announce import announce
from ui.widgets.buttons import Button
from ui.widgets.flow import FlowLayout
from ui.widgets.surfaces import Band, Picture
from ui.widgets.text import Body, Heading, HeadingTwo, Hint, Strong

SHOW_BUSY_AFTER = 300  # ms: sooner than this a flicker disturbs more than the wait


class EmptyState(QWidget):
    """Nothing here yet: why, and the one next thing to do."""

    acted = Signal()

    def __init__(
        self, sentence: str, *, action: str = "", icon_name: str = "inbox", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.addWidget(Picture(icon_name, "hint", 2.0), 0, Qt.AlignmentFlag.AlignHCenter)
        self._sentence = Hint(sentence)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._sentence)
        self.button = Button(action) if action else None
        if self.button is not None:
            column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
            self.button.clicked.connect(lambda *_: self.acted.emit())

    def say(self, sentence: str) -> None:
        """Give another reason."""
        self._sentence.setText(sentence)


class BusyState(QWidget):
    """Words and a bar that appear only if the wait is felt. Their room is kept from the start."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setRetainSizeWhenHidden(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._text, self.bar = Hint(text), QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setMaximumWidth(em(self, 18))
        self._inner = QWidget()
        self._inner.setSizePolicy(policy)
        inside = QVBoxLayout(self._inner)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self._text)
        inside.addWidget(self.bar)
        column.addWidget(self._inner)
        self._inner.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOW_BUSY_AFTER)
        self._timer.timeout.connect(self._appear)

    def begin(self, text: str) -> None:
        """Start waiting: shown only after 0.3 s."""
        self._text.setText(text)
        self.bar.setAccessibleName(text)
        self.bar.setRange(0, 0)
        self._timer.start()

    def progress(self, done: int, of: int) -> None:
        """Say how far it is."""
        self.bar.setRange(0, max(1, of))
        self.bar.setValue(done)

    def end(self) -> None:
        """Stop waiting."""
        self._timer.stop()
        self._inner.hide()

    @property
    def is_seen(self) -> bool:
        """Whether the words are on the screen."""
        return self._inner.isVisible()

    def _appear(self) -> None:
        self._inner.show()
        announce(self, self._text.text())


class ErrorState(Band):
    """Something went wrong, at the place where it went wrong: cause, what is safe, what to do, a code."""

    acted = Signal()

    def __init__(
        self,
        cause: str,
        safe: str,
        to_do: str,
        *,
        code: str = "",
        action: str = "",
        details: Callable[[], str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`details` gives what "Copy details for IT" puts on the clipboard: never a child's data."""
        super().__init__(Tone.ERROR, parent, is_tinted=False)
        self._details = details or (lambda: f"{code}: {cause}")
        self._lines: tuple[Heading, Strong, Body] = (HeadingTwo(), Strong(), Body())
        self._code = Hint(selectable=True)
        self.add(*self._lines, self._code)
        self.button = Button(action, Rank.PRIMARY) if action else None
        self.copy = Button("Copy details for IT", icon_name="copy")
        self.copy.clicked.connect(lambda *_: self._copy())
        row = FlowLayout()
        if self.button is not None:
            row.addWidget(self.button)
            self.button.clicked.connect(lambda *_: self.acted.emit())
        row.addWidget(self.copy)
        self.column.addLayout(row)
        self.say(cause, safe, to_do, code)

    def say(self, cause: str, safe: str, to_do: str, code: str = "") -> None:
        """Say what went wrong now."""
        for label, words in zip(self._lines, (cause, safe, to_do), strict=True):
            label.setText(words)
            label.setVisible(bool(words))
        self._code.setText(f"Code: {code}" if code else "")
        self._code.setVisible(bool(code))
        self.setAccessibleName(". ".join(word.rstrip(".") for word in (cause, safe, to_do) if word))

    def speak(self) -> None:
        """Have a screen reader say it."""
        announce(self, self.accessibleName(), assertive=True)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details())
        announce(self, "Details copied")
