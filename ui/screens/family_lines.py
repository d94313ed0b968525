"""The parts of a family's file that come from records: what happened, what is agreed, what is due and why.

Nothing is written here. Each line leads to the record that says it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from ui.models.rows import names_words, note_source, shortened
from ui.say import Say, long_date
from ui.screens.family_blocks import Block
from ui.style import Tone, colours_now, em
from ui.style.drawing import box
from ui.widgets import (
    Body,
    Hint,
    LinkButton,
    Strong,
    TaskRow,
    announce,
    follow_reading_order,
)
from workbook_desktop.domain.ids import LinkId, RecordId
from workbook_desktop.workspace.views import ChapterLine, ChronologyEntry, OpenAction, ToRead, WorkedDue

Opens = Callable[[RecordId], None]
OpensAt = Callable[[RecordId, LinkId | None], None]  # a section
_NOT_SENT = "Not sent yet"
_HOW, _HIDE = "How this date was worked out", "Hide how it was worked out"


class LinesBlock(Block):
    """A block of lines: the first few, and all of them when asked.

    What was asked, and the line the focus is on, stay through a refresh.
    """

    def __init__(self, title: str, key: int, nothing: str, *, at_first: int = 5) -> None:
        super().__init__(title, key)
        self._nothing, self._at_first, self._link = nothing, at_first, f"do:all-lines-{key}"
        self._shows_all = False
        self._values: tuple[Hashable, ...] | None = None
        self._note = ""
        self._make: Callable[[int], QWidget] = lambda place: QWidget()

    def show_lines(
        self, values: Sequence[Hashable], make: Callable[[int], QWidget], *, note: str = ""
    ) -> None:
        """Show a line for each value, made by `make` from its place; nothing moves if they are as before.

        `note` stands above them: what they leave out.
        """
        if tuple(values) == self._values and note == self._note:
            return
        self._values, self._make, self._note = tuple(values), make, note
        self._show_them()

    def _show_them(self) -> None:
        values = self._values or ()
        focus = QApplication.focusWidget()
        name = focus.objectName() if focus is not None and self.isAncestorOf(focus) else ""
        count = len(values) if self._shows_all else min(len(values), self._at_first)
        widgets = [self._make(place) for place in range(count)] or [Body(self._nothing)]
        if len(values) > self._at_first:
            words = "Show fewer" if self._shows_all else f"Show all {len(values)}"
            link = LinkButton(words, hidden_context=f"– {self.title.lower()}", identifier=self._link)
            link.clicked.connect(lambda *_: self._turn())
            widgets.append(link)
        if self._note:
            widgets.insert(0, Hint(self._note))
        self.show_inside(widgets)
        if self.isVisible():
            follow_reading_order(self.window())
        again = next((found for each in widgets if name and (found := _named(each, name))), None)
        if again is not None:
            again.setFocus()

    def _turn(self) -> None:
        self._shows_all = not self._shows_all
        self._show_them()
        if not self._shows_all:
            announce(self, f"{self._at_first} of {len(self._values or ())} are shown")


def _named(widget: QWidget, name: str) -> QWidget | None:
    if widget.objectName() == name:
        return widget
    found: QWidget | None = widget.findChild(QWidget, name)
    return found


class NotesBlock(LinesBlock):
    """What this worker is asked to read, above all else; `nothing` stands in its place if there is none."""

    def __init__(self) -> None:
        super().__init__("Please read", 0, "", at_first=3)
        self.setAccessibleDescription("Ctrl+Shift+R")
        self.nothing = Hint("Nothing to read here now.")
        self._notes: tuple[ToRead, ...] = ()

    def show_notes(self, notes: Sequence[ToRead], opens: OpensAt) -> None:
        """Show these, newest first."""
        self._notes = tuple(notes)
        self.show_lines(notes, lambda place: note_row(self._notes[place], place, opens))
        self.setVisible(bool(notes))
        self.nothing.setVisible(not notes)

    def go(self) -> None:
        """Put the focus on the newest, so that Enter opens it."""
        if not self._notes:
            announce(self.nothing, self.nothing.text())
            return
        first = self.findChild(TaskRow)
        (first if isinstance(first, QWidget) else self).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a sheet with a thick bar, as something that is to be done."""
        shade = colours_now().shade(Tone.WARNING)
        painter = QPainter(self)
        box(painter, self.rect(), QColor(colours_now().surface), QColor(shade.edge), 1.0, 6.0)
        painter.fillRect(0, 0, max(6, em(self, 0.3)), self.height(), QColor(shade.edge))
        painter.end()


def note_row(note: ToRead, place: int, opens: OpensAt) -> TaskRow:
    """Return what is to be read: its words, whom it is about, who recorded it, when and where."""
    parts = [names_words(note.names), note_source(note)]
    name = f"note:{note.record}:{place}"

    def at(record: RecordId) -> None:
        opens(record, note.section)

    return _row(name, shortened(note.words, 300), parts, "To read", Tone.WARNING, note.record, at)


def chronology_row(entry: ChronologyEntry, place: int, say: Say, opens: Opens) -> TaskRow:
    """Return what happened: the day and the headline, whom it is about, what it means for the child."""
    day = long_date(entry.on) if entry.on is not None else "Day not known"
    day = f"{entry.dated[:1].upper()}{entry.dated[1:]}" or day
    parts = [
        names_words(entry.names),
        entry.category,
        f"For the child: {shortened(entry.impact)}" if entry.impact else "",
        f"Outcome: {shortened(entry.outcome)}" if entry.outcome else "",
        f"{entry.kind}, {entry.by}" if entry.by else entry.kind,
    ]
    state = "" if entry.sent else _NOT_SENT
    name = f"chronology:{entry.record}:{place}"
    return _row(name, f"{day}: {entry.headline}", parts, state, Tone.INFO, entry.record, opens)


def chapter_row(line: ChapterLine, place: int, say: Say, opens: Opens) -> TaskRow:
    """Return a line of a chapter: the day, what it is, what changed."""
    day = long_date(line.on) if line.on is not None else "Day not known"
    parts = [
        say.chapter(line.chapter) if line.chapter else "",
        names_words(line.names),
        line.attended,
        shortened(line.change),
        f"For the child: {shortened(line.impact)}" if line.impact else "",
        f"{line.kind}, {line.by}" if line.by else line.kind,
    ]
    state = "" if line.sent else _NOT_SENT
    name = f"chapter:{line.record}:{place}"
    return _row(name, f"{day}: {line.headline}", parts, state, Tone.INFO, line.record, opens)


class ActionRow(QWidget):
    """What is agreed, and the way to say that it is done."""

    def __init__(
        self, action: OpenAction, say: Say, opens: Opens, done: Callable[[OpenAction], None]
    ) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(action_row(action, say, opens))
        if not action.can_be_recorded:
            return
        link = LinkButton(
            "Record it as done…", hidden_context=f"– {action.what}", identifier=f"do:done:{action.id}"
        )
        link.clicked.connect(lambda *_: done(action))
        inset = QHBoxLayout()
        inset.setContentsMargins(em(self, 0.4), 0, 0, em(self, 0.2))
        inset.addWidget(link)
        inset.addStretch(1)
        column.addLayout(inset)


def action_row(action: OpenAction, say: Say, opens: Opens) -> TaskRow:
    """Return what is agreed: who does it and by when, for whom, and where it was agreed."""
    agreed = f" of {long_date(action.agreed_on)}" if action.agreed_on is not None else ""
    parts = [
        action.who,
        f"for {names_words(action.names)}" if action.names else "",
        shortened(action.outcome),
        action.status,
        f"{action.kind}{agreed}",
        "" if action.can_be_recorded else "kept from some people, so it cannot be marked done here",
        "" if action.sent else _NOT_SENT.lower(),
    ]
    state = f"By {say.due(action.by)}" if action.by is not None else "No date"
    tone = Tone.WARNING if action.overdue else Tone.NEUTRAL
    return _row(f"action:{action.id}", action.what, parts, state, tone, action.record, opens)


def _row(
    name: str, title: str, parts: Sequence[str], state: str, tone: Tone, record: RecordId, opens: Opens
) -> TaskRow:
    detail = " · ".join(part for part in parts if part)
    row = TaskRow(title, state, tone, detail=detail, identifier=name)
    row.clicked.connect(lambda *_: opens(record))
    return row


class DueRow(QWidget):
    """What is due and when; and, when asked, sentence by sentence how that date was worked out."""

    def __init__(self, due: WorkedDue, *, whose: bool) -> None:
        """`whose` says the child's name too: the page is about more than one."""
        super().__init__()
        name = f"do:how-due-{due.person or 'family'}-{due.named}".lower().replace(" ", "-")
        what = f"{due.named} ({due.who})" if whose and due.who else due.named
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, em(self, 0.45), 0, em(self, 0.45))
        self._column.setSpacing(em(self, 0.15))
        self._column.addWidget(Strong(what))
        day = long_date(due.on) if due.on is not None else ""
        parts = (due.state,) if day and day in due.state else (day, due.state)
        shown = ", ".join(part for part in parts if part)
        shown = f"{shown[:1].upper()}{shown[1:]}"
        self._column.addWidget(Body(f"! {shown}" if due.overdue else shown))
        if due.office is not None:
            self._column.addWidget(Hint(f"The office has {long_date(due.office)} for this."))
        if due.moved:
            self._column.addWidget(Hint(f"This date moved. {due.moved}"))
        self.how = LinkButton(_HOW, hidden_context=f"– {what}", identifier=name)
        self.how.clicked.connect(lambda *_: self._turn())
        self._column.addWidget(self.how)
        self.how.setVisible(bool(due.steps))  # only now: shown before it has a parent it would be a window
        self._what, self._steps = what, due.steps
        self._shown: QWidget | None = None

    def _turn(self) -> None:
        if self._shown is None:
            self._shown = QWidget()
            column = QVBoxLayout(self._shown)
            column.setContentsMargins(em(self, 0.8), 0, 0, 0)
            column.setSpacing(em(self, 0.2))
            for step in self._steps:
                column.addWidget(Body(step, selectable=True))
            self._column.addWidget(self._shown)
            announce(self, " ".join(self._steps))
        else:
            self._column.removeWidget(self._shown)
            self._shown.hide()
            self._shown.deleteLater()
            self._shown = None
        words = _HIDE if self._shown is not None else _HOW
        self.how.setText(words)
        self.how.setAccessibleName(f"{words} – {self._what}")
        self.how.updateGeometry()
