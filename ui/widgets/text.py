"""Words on a page: headings, body, hints. Always plain text, so that nobody's words become markup."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QPalette
from PySide6.QtWidgets import QAccessibleWidget, QLabel, QSizePolicy, QWidget

_LONGEST_WORD = 40  # letters: a longer one is broken, for a line cannot end inside a word
_BREAK = "\u200b"  # zero-width space: a line may end here
_STEERING = dict.fromkeys(
    (
        *range(0x09),
        *range(0x0B, 0x20),
        *range(0x7F, 0xA0),
        0x061C,
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
)
_MEASURED = 8  # words: the widest is among those with the most letters
_LONG_WORD = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")


def plain(text: str) -> str:
    """Return text from outside as it may be shown: in its own order, and with a place to wrap.

    Signs that turn the direction of what follows are left out: with them a name can be made to read as
    another's. Letters of every script stay, and Qt orders them by what they are. A word of more than 40
    letters gets places where a line may end, so that no page grows as wide as it. For showing only: what is
    kept is never changed.
    """
    text = text.translate(_STEERING)
    if len(text) <= _LONGEST_WORD:
        return text
    return _LONG_WORD.sub(_broken, text)


def _broken(word: re.Match[str]) -> str:
    letters = word[0]
    if _BREAK in letters:
        return letters
    return _BREAK.join(letters[at : at + _LONGEST_WORD] for at in range(0, len(letters), _LONGEST_WORD))


class Label(QLabel):
    """Text that wraps and takes no markup; an `&` in it is an ampersand."""

    _longest: int | None = None  # pixels of the longest word, reckoned once for a text and a font

    def __init__(self, text: str = "", parent: QWidget | None = None, *, selectable: bool = False) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setText(text)

    def minimumSizeHint(self) -> QSize:
        """Return the room for one long word, so that a narrow window wraps and does not clip."""
        hint = super().minimumSizeHint()
        if not self.wordWrap():
            return hint
        if self._longest is None:
            metrics = self.fontMetrics()
            words = sorted({*self.text().replace(_BREAK, " ").split()}, key=len)[-_MEASURED:]
            self._longest = max((metrics.horizontalAdvance(word) for word in words), default=0)
        longest = self._longest
        return QSize(min(hint.width(), longest) if hint.width() else longest, hint.height())

    def setText(self, text: str) -> None:
        """Show a text, made plain."""
        self._longest = None
        super().setText(plain(text))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._longest = None
        super().changeEvent(event)


class FieldLabel(Label):
    """The question above a field: `set_field(widget)` ties them. Mnemonics (`&`) work here."""

    def set_field(self, field: QWidget) -> None:
        """Make this the name of a field, for the eye and for a screen reader."""
        self.setBuddy(field)
        field.setAccessibleName(self.text().replace("&&", "\0").replace("&", "").replace("\0", "&"))


class Heading(Label):
    """A heading. Use `HeadingOne` once on a page, `HeadingTwo` for its parts."""

    level = 1


class HeadingOne(Heading):
    """What this page is."""

    level = 1


class HeadingTwo(Heading):
    """A part of a page."""

    level = 2


class HeadingThree(Heading):
    """A part of a part."""

    level = 3


class Body(Label):
    """A paragraph."""


class Strong(Label):
    """A line that matters more than its neighbours."""


class Hint(Label):
    """Quiet words that help."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, selectable: bool = False) -> None:
        super().__init__(text, parent, selectable=selectable)
        self.setForegroundRole(QPalette.ColorRole.PlaceholderText)


class SmallPrint(Hint):
    """Quiet words a little smaller: dates of a record, receipts."""


class Fault(Label):
    """What is wrong with an answer, beside the field. Begins "Error: ": the colour is never alone."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setForegroundRole(QPalette.ColorRole.BrightText)
        self.say(text)

    def say(self, text: str) -> None:
        """Show what is wrong; nothing for "" ."""
        self.setText(f"Error: {text}" if text else "")
        self.setVisible(bool(text))


def caption_safe(text: str) -> str:
    """Return text for a Qt caption in which `&` means itself and not a mnemonic."""
    return plain(text).replace("&", "&&")


class _HeadingInterface(QAccessibleWidget):
    """Tells a screen reader "heading". The level cannot be told: the attributes interface crashes (6.11)."""

    def __init__(self, heading: Heading) -> None:
        super().__init__(heading, QAccessible.Role.Heading, heading.text())

    def text(self, what: QAccessible.Text) -> str:
        """Return the words, as they are now."""
        widget = self.widget()
        if what is QAccessible.Text.Name and isinstance(widget, QLabel):
            return widget.text()
        return super().text(what)


def _interface_for(_class_name: str, of: QObject) -> QAccessibleInterface | None:
    return _HeadingInterface(of) if isinstance(of, Heading) else None


QAccessible.installFactory(_interface_for)
