"""The parts of a family's file that come from records: what happened, what is agreed, what is due and why.

Nothing is written here. Each line leads to the record that says it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from ui.models.rows import names_words
from ui.say import Say, long_date
from ui.screens.family_blocks import Block
from ui.style import Tone, em
from ui.widgets import (
    Body,
    Hint,
    LinkButton,
    Strong,
    TaskRow,
    announce,
    follow_reading_order,
)
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.workspace.views import ChapterLine, ChronologyEntry, OpenAction, WorkedDue

Opens = Callable[[RecordId], None]
_SHORT = 140  # letters of a narrative in a line
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
        again = next((each for each in widgets if name and each.objectName() == name), None)
        if again is not None:
            again.setFocus()

    def _turn(self) -> None:
        self._shows_all = not self._shows_all
        self._show_them()
        if not self._shows_all:
            announce(self, f"{self._at_first} of {len(self._values or ())} are shown")


def chronology_row(entry: ChronologyEntry, place: int, say: Say, opens: Opens) -> TaskRow:
    """Return what happened: the day and the headline, whom it is about, what it means for the child."""
    day = long_date(entry.on) if entry.on is not None else "Day not known"
    parts = [
        names_words(entry.names),
        entry.category,
        f"For the child: {_short(entry.impact)}" if entry.impact else "",
        f"Outcome: {_short(entry.outcome)}" if entry.outcome else "",
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
        _short(line.change),
        f"For the child: {_short(line.impact)}" if line.impact else "",
        f"{line.kind}, {line.by}" if line.by else line.kind,
    ]
    state = "" if line.sent else _NOT_SENT
    name = f"chapter:{line.record}:{place}"
    return _row(name, f"{day}: {line.headline}", parts, state, Tone.INFO, line.record, opens)


def action_row(action: OpenAction, say: Say, opens: Opens) -> TaskRow:
    """Return what is agreed: who does it and by when, for whom, and where it was agreed."""
    agreed = f" of {long_date(action.agreed_on)}" if action.agreed_on is not None else ""
    parts = [
        action.who,
        f"for {names_words(action.names)}" if action.names else "",
        _short(action.outcome),
        action.status,
        f"{action.kind}{agreed}",
        "" if action.sent else _NOT_SENT.lower(),
    ]
    state = f"By {say.due(action.by)}" if action.by is not None else "No date"
    tone = Tone.WARNING if action.overdue else Tone.NEUTRAL
    return _row(f"action:{action.id}", action.what, parts, state, tone, action.record, opens)


def _short(text: str) -> str:
    """Return the beginning of a narrative, to the end of a word: the record has it whole."""
    if len(text) <= _SHORT:
        return text
    return f"{text[:_SHORT].rsplit(None, 1)[0].rstrip(' ,.;:')} …"


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
        name = f"do:how-due-{due.person or 'family'}-{due.what}".lower().replace(" ", "-")
        what = f"{due.what} ({due.who})" if whose and due.who else due.what
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, em(self, 0.45), 0, em(self, 0.45))
        self._column.setSpacing(em(self, 0.15))
        self._column.addWidget(Strong(what))
        day = long_date(due.on) if due.on is not None else ""
        shown = ", ".join(part for part in (day, due.state) if part)
        self._column.addWidget(Body(f"! {shown}" if due.overdue else shown))
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
