"""How a form's page is divided: the list of sections beside it, or one button above it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from ui.screens.form.contents import Contents, ContentsButton, Entry, width_of_list
from ui.style import em
from ui.widgets.flow import FlowLayout
from ui.widgets.text import Hint
from workbook_desktop.domain.ids import LinkId

NARROW = 1000  # px of the window: below, the list of sections is one button
LARGE_TEXT = 1.3
_USUAL_TEXT = 11.5  # pt


class Room(QWidget):
    """The list of sections and the page. Which of the two ways it is divided follows from width and text."""

    chosen = Signal(str)  # a section
    wants_next = Signal()  # the next question that must be answered
    wants_known = Signal()  # what is known otherwise by now

    def __init__(self, above: QWidget, page: QWidget, parent: QWidget | None = None) -> None:
        """Divide the room. `above` stands over the page, wherever the page is scrolled to."""
        super().__init__(parent)
        self.contents = Contents(self)
        self.contents.chosen.connect(self.chosen)
        self.contents.wants_next.connect(self.wants_next)
        self.contents.wants_known.connect(self.wants_known)
        self.button = ContentsButton()
        self.button.picked.connect(self.chosen)
        self.button.wants_next.connect(self.wants_next)
        self.button.wants_known.connect(self.wants_known)
        self.count = Hint("")  # beside the button
        self._is_counted = False
        self._bar = QWidget()
        self._bar_row = FlowLayout(self._bar, gap=0.7, line_gap=0.1)
        self._bar_row.addWidget(self.button)
        self._bar_row.addWidget(self.count)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self._bar)
        right.addWidget(above)
        right.addWidget(page, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.contents)
        row.addLayout(right, 1)

    def show_entries(self, entries: Sequence[Entry], here: LinkId | None) -> None:
        """Show the sections, and which one is open."""
        self.contents.show_entries(entries, here)
        self.button.show_entries(entries, here)

    def show_count(self, answered: int, of: int) -> None:
        """Say how many questions are answered."""
        self._is_counted = True
        self.contents.show_count(answered, of)
        self.button.show_count(answered, of)
        self.count.setText(f"{answered} of {of} answered")

    def offer_known(self, offered: bool) -> None:
        """Offer to compare with what is known by now, where a form asks for facts."""
        self.contents.offer_known(offered)
        self.button.offer_known(offered)

    def list_of_sections(self) -> QWidget:
        """Return what shows the sections now."""
        return self.contents if self.contents.isVisibleTo(self) else self._bar

    def fit(self, width: int, *, sections: int) -> None:
        """Give the list of sections room only where there is some.

        Args:
            width: px, of the page that is laid out.
            sections: how many the form has; one needs no list, only what the list says beside it.
        """
        narrow = width < NARROW or QApplication.font().pointSizeF() / _USUAL_TEXT > LARGE_TEXT
        many = sections > 1
        focused: QWidget | None = self.window().focusWidget()
        had_focus = focused is not None and self.contents.isAncestorOf(focused)
        self.contents.setVisible(many and not narrow)
        self._bar.setVisible(narrow if many else self._is_counted)
        self.count.setVisible(many)
        if had_focus and narrow:
            self.button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.contents.setFixedWidth(width_of_list(self))
        side = em(self, 1.6 if width > em(self, 34) else 0.7)  # as the page below has it
        self.button.fit(width - 2 * side)
        self._bar_row.setContentsMargins(side, em(self, 0.4), side, 0)
