"""The sections of a form and how far each is: a list at the left, or one button where there is no room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QVBoxLayout, QWidget

from ui.fields import Group
from ui.style import Rank, Tone, em
from ui.widgets.buttons import Button, LinkButton
from ui.widgets.summaries import TaskRow
from ui.widgets.text import Hint, caption_safe
from workbook_desktop.domain.ids import LinkId
from workbook_desktop.forms.sheet import SectionState

STATE_WORDS: dict[SectionState, tuple[str, Tone]] = {
    "done": ("Done", Tone.PLAIN),
    "in progress": ("In progress", Tone.INFO),
    "filled in": ("Filled in, to read", Tone.INFO),
    "not started": ("Not started", Tone.NEUTRAL),
    "problem": ("There is a problem", Tone.ERROR),
}

NEXT_UNANSWERED = "Next unanswered (Ctrl+Shift+U)"
KNOWN_NOW = "What is known now (Ctrl+Shift+D)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A section in the list."""

    id: LinkId
    title: str
    state: SectionState | None  # None in a record that is only read


class Contents(QScrollArea):
    """The list. One stop for Tab: the arrows go through it, Enter opens."""

    chosen = Signal(str)
    wants_next = Signal()  # the next question that must be answered
    wants_known = Signal()  # what is known otherwise by now

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setObjectName("list:sections")
        inner = Group()
        inner.setAccessibleName("Sections")
        self._column = QVBoxLayout(inner)
        self._column.setSpacing(2)
        self._count = Hint("")
        self._column.addWidget(self._count)
        self._next = LinkButton(NEXT_UNANSWERED, self, identifier="do:next-unanswered")
        self._next.clicked.connect(self.wants_next)
        self._column.addWidget(self._next)
        self._known = LinkButton(KNOWN_NOW, self, identifier="do:known")
        self._known.clicked.connect(self.wants_known)
        self._column.addWidget(self._known)
        self._count.hide()
        self._next.hide()
        self._known.hide()
        self._column.addStretch(1)
        self.setWidget(inner)
        self.rows: dict[LinkId, TaskRow] = {}
        self._entries: tuple[Entry, ...] = ()
        self._here: LinkId | None = None

    def show_count(self, answered: int, of: int) -> None:
        """Say how many questions are answered."""
        self._count.setText(f"{answered} of {of} answered")
        self._count.show()
        self._next.show()

    def offer_known(self, offered: bool) -> None:
        """Offer to compare with what is known by now, where a form asks for facts."""
        self._known.setVisible(offered)

    def show_entries(self, entries: Sequence[Entry], here: LinkId | None) -> None:
        """Show the sections, and which one is open."""
        wanted = tuple(entries)
        if [each.id for each in wanted] != [each.id for each in self._entries]:
            self._build(wanted)
        for number, entry in enumerate(wanted, start=1):
            row = self.rows[entry.id]
            words, tone = STATE_WORDS[entry.state] if entry.state else ("", Tone.PLAIN)
            if not self._entries or entry not in self._entries:
                row.say(words, tone)
            row.set_chosen(entry.id == here)
            stop = entry.id == here or (here is None and number == 1)
            if not row.hasFocus():
                row.setFocusPolicy(Qt.FocusPolicy.StrongFocus if stop else Qt.FocusPolicy.ClickFocus)
        self._entries, self._here = wanted, here

    def _build(self, entries: Sequence[Entry]) -> None:
        for row in self.rows.values():
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        self._entries = ()
        for number, entry in enumerate(entries, start=1):
            row = _SectionRow(f"{number}  {entry.title}", self, identifier=f"section:{entry.id}")
            row.clicked.connect(lambda *_, which=entry.id: self.chosen.emit(which))
            self._column.insertWidget(number - 1, row)
            row.show()
            self.rows[entry.id] = row

    def step(self, by: int) -> None:
        """Move the focus among the rows."""
        rows = list(self.rows.values())
        here = next((place for place, row in enumerate(rows) if row.hasFocus()), None)
        if here is None:
            return
        to = max(0, min(len(rows) - 1, here + by))
        for place, row in enumerate(rows):
            row.setFocusPolicy(Qt.FocusPolicy.StrongFocus if place == to else Qt.FocusPolicy.ClickFocus)
        rows[to].setFocus(Qt.FocusReason.OtherFocusReason)
        self.ensureWidgetVisible(rows[to])


class _SectionRow(TaskRow):
    def __init__(self, title: str, contents: Contents, *, identifier: str) -> None:
        super().__init__(title, identifier=identifier)
        self._contents = contents

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go through the rows with the arrows, open with Enter."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Home: -10_000, Qt.Key.Key_End: 10_000}
        if event.key() in steps:
            self._contents.step(steps[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class ContentsButton(Button):
    """The same in one button, for a narrow window or large text: "Section 2 of 7: Child seen".

    Its menu has the sections with their states, and what else the list gives. With a single section it says
    how many questions are answered.
    """

    picked = Signal(str)
    wants_next = Signal()
    wants_known = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", Rank.SECONDARY, parent, icon_name="list-checks", identifier="do:sections")
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        self._entries: tuple[Entry, ...] = ()
        self._here: LinkId | None = None
        self._count = ""
        self._offers_known = False
        self._width = 0

    def show_entries(self, entries: Sequence[Entry], here: LinkId | None) -> None:
        """Show where the worker is."""
        self._entries, self._here = tuple(entries), here
        self._renew()

    def show_count(self, answered: int, of: int) -> None:
        """Say how many questions are answered."""
        self._count = f"{answered} of {of} answered"
        self._renew()

    def offer_known(self, offered: bool) -> None:
        """Offer to compare with what is known by now."""
        self._offers_known = offered
        self._renew()

    def fit(self, width: int) -> None:
        """Keep within a width, in px: a long title is cut short."""
        if width != self._width:
            self._width = width
            self._renew()

    def _renew(self) -> None:
        self._menu.clear()
        if len(self._entries) > 1:
            for number, entry in enumerate(self._entries, start=1):
                state = STATE_WORDS[entry.state][0] if entry.state else ""
                words = f"{number}  {entry.title}" + (f" – {state}" if state else "")
                action = self._menu.addAction(caption_safe(words))
                action.setCheckable(True)
                action.setChecked(entry.id == self._here)
                action.triggered.connect(lambda *_, which=entry.id: self.picked.emit(which))
            if self._count:
                self._menu.addSeparator()
        if self._count:
            self._menu.addAction(NEXT_UNANSWERED).triggered.connect(lambda *_: self.wants_next.emit())
        if self._offers_known:
            self._menu.addAction(KNOWN_NOW).triggered.connect(lambda *_: self.wants_known.emit())
        self._say()
        self.updateGeometry()

    def _say(self) -> None:
        here = next((place for place, each in enumerate(self._entries) if each.id == self._here), None)
        if len(self._entries) < 2 or here is None:
            self.setText(self._count)
            self.setAccessibleName(self._count)
            return
        entry, count = self._entries[here], len(self._entries)
        begins = f"Section {here + 1} of {count}: "
        title = entry.title if len(entry.title) <= 34 else f"{entry.title[:33]}…"
        if self._width:
            metrics = self.fontMetrics()
            room = self._width - em(self, 4) - metrics.horizontalAdvance(begins)
            title = metrics.elidedText(title, Qt.TextElideMode.ElideRight, max(room, em(self, 3)))
        self.setText(caption_safe(f"{begins}{title}"))
        state = STATE_WORDS[entry.state][0] if entry.state else ""
        parts = (f"{begins}{entry.title}", state, self._count)
        self.setAccessibleName(". ".join(each for each in parts if each))


def width_of_list(widget: QWidget) -> int:
    """Return how wide the list is beside the page."""
    return em(widget, 15.5)
