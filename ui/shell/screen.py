"""What every screen is to the window: something that can be left, hidden, locked and come back to."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QTextEdit,
    QWidget,
)

from ui.widgets.announce import announce
from ui.widgets.rows import RowList
from workbook_desktop.domain.ids import LinkId, RecordId


@dataclass(frozen=True, slots=True, kw_only=True)
class Caret:
    """Where the worker was on a page: what had the focus, and the place in it. Ids and numbers, no text."""

    name: str = ""  # object name of what had the focus
    position: int = 0
    anchor: int = 0  # the selection's other end; equal to `position` for none
    scroll: int = 0  # of the field or list itself
    page_scroll: int = 0
    row: int = -1  # the current row of a list
    key: str = ""  # of that row, made of ids: it may stand elsewhere by then
    section: LinkId | None = None  # of a form


class Screen(QWidget):
    """A screen. A screen with more to keep or more to remember says so by overriding."""

    def flush(self) -> None:
        """Hand everything typed to the desk now. What is asked of the desk afterwards comes after it."""

    def left(self) -> None:
        """The worker has gone to another page, or the window is being locked: nobody looks at it."""

    def unsaved(self) -> bool:
        """Whether something typed is still in memory alone: the window is then not locked or closed."""
        return False

    def save_aloud(self) -> None:
        """Ctrl+S: it is saved by itself, but a worker who asks is told."""
        self.flush()
        if not self.unsaved():
            announce(self, "Saved")

    def take_room(self, room: QSize) -> None:
        """Learn how large it will be, before it is shown: so that it is laid out once."""
        self.resize(room)

    def prepare_for(self, caret: Caret) -> None:
        """Learn, before it is shown, where the worker comes back to: that must be built by then."""

    def is_whole(self) -> bool:
        """Whether all of it is built: what no window shows at first may come a moment after the rest."""
        return True

    def begin(self) -> None:
        """The page is on screen for the first time: put the focus where work starts."""
        first = first_control(self)
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def caret(self) -> Caret:
        """Say where the worker is."""
        return caret_of(self)

    def restore(self, caret: Caret) -> None:
        """Put the worker back there."""
        if not put_caret(self, caret):
            self.begin()

    def refresh(self, records: tuple[RecordId, ...]) -> None:
        """Show these records again, for they changed (all, if none is named). Never moves the caret."""

    def caught_up(self) -> None:
        """More of what records give is worked out now: dates, notes, lines."""

    def exchange_changed(self) -> None:
        """Sending and receiving stands differently: see `Exchange.status`."""

    # Keys of the frame. A page without sections or problems lets them pass.

    def next_section(self) -> None:
        """Ctrl+PgDown."""

    def previous_section(self) -> None:
        """Ctrl+PgUp."""

    def next_problem(self) -> None:
        """F8."""

    def previous_problem(self) -> None:
        """Shift+F8."""

    def save_and_continue(self) -> None:
        """Ctrl+Enter."""

    def undo(self) -> bool:
        """Ctrl+Z; False if it is for the text that has the focus."""
        return False

    def redo(self) -> bool:
        """Ctrl+Shift+Z, in the same way."""
        return False

    def panes(self) -> tuple[QWidget, ...]:
        """The parts F6 goes round, in order; the first control of each takes the focus."""
        return (self,)


def first_control(inside: QWidget) -> QWidget | None:
    """Return the first thing in a part that takes the focus by Tab, in Tab order."""
    candidate: QWidget | None = inside
    while candidate is not None:
        takes = bool(candidate.focusPolicy() & Qt.FocusPolicy.TabFocus) and candidate.isEnabled()
        inner = candidate is not inside and inside.isAncestorOf(candidate)
        if takes and inner and candidate.isVisibleTo(inside):
            return candidate
        candidate = candidate.nextInFocusChain()
        if candidate is inside:
            return None
    return None


def caret_of(page: QWidget) -> Caret:
    """Return where the focus is inside a page."""
    focused: QWidget | None = page.window().focusWidget()
    area = page.findChild(QScrollArea)
    page_scroll = area.verticalScrollBar().value() if area is not None else 0
    if focused is None or not page.isAncestorOf(focused):
        return Caret(page_scroll=page_scroll)
    scroll = (
        focused.verticalScrollBar().value()
        if isinstance(focused, QAbstractScrollArea) and not isinstance(focused, QScrollArea)
        else 0
    )
    position = anchor = 0
    row, key = -1, ""
    if isinstance(focused, QPlainTextEdit | QTextEdit):
        position, anchor = focused.textCursor().position(), focused.textCursor().anchor()
    elif isinstance(focused, QLineEdit):
        position = anchor = focused.cursorPosition()
        if focused.hasSelectedText():
            start, end = focused.selectionStart(), focused.selectionEnd()
            anchor = end if position == start else start
    elif isinstance(focused, QAbstractItemView):
        row = focused.currentIndex().row()
        key = focused.current_key if isinstance(focused, RowList) else ""
    return Caret(
        name=focused.objectName(),
        position=position,
        anchor=anchor,
        scroll=scroll,
        page_scroll=page_scroll,
        row=row,
        key=key,
    )


def put_caret(page: QWidget, caret: Caret) -> bool:
    """Put the focus and the place in its text back; False if what had the focus is not there."""
    found = page.findChild(QWidget, caret.name) if caret.name else None
    if not isinstance(found, QWidget):
        return False
    if isinstance(found, QPlainTextEdit | QTextEdit):
        cursor = found.textCursor()
        last = max(found.document().characterCount() - 1, 0)
        cursor.setPosition(min(caret.anchor, last))
        cursor.setPosition(min(caret.position, last), cursor.MoveMode.KeepAnchor)
        found.setTextCursor(cursor)
    elif isinstance(found, QLineEdit):
        if caret.anchor != caret.position:
            found.setSelection(caret.anchor, caret.position - caret.anchor)
        else:
            found.setCursorPosition(caret.position)
    elif isinstance(found, QAbstractItemView) and found.model() is not None:
        is_there = bool(caret.key) and isinstance(found, RowList) and found.choose(caret.key)
        index = found.model().index(caret.row, 0)
        if index.isValid() and not is_there:
            found.setCurrentIndex(index)
    found.setFocus(Qt.FocusReason.OtherFocusReason)
    area = page.findChild(QScrollArea)
    if area is not None:
        area.verticalScrollBar().setValue(caret.page_scroll)
    if caret.scroll and isinstance(found, QAbstractScrollArea):
        found.verticalScrollBar().setValue(caret.scroll)
    return True
