"""S4, caseload: every family of the worker, the children under it; a few letters find one."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import date
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout

from ui.models.rows import names_words
from ui.say import Say
from ui.shell.navigation import Navigator
from ui.shell.screen import Screen
from ui.style import Tone, em
from ui.tasks import Tasks
from ui.widgets import WIDE, EmptyState, FieldLabel, Hint, Page, Row, RowList, announce
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import CaseloadFamily, CaseloadRow

_PAUSE = 120  # ms after a letter before the desk is asked: a name is typed at once


class FindField(QLineEdit):
    """A field above a list: the arrows move in the list, Enter opens, Esc empties the field."""

    def __init__(self, name: str, below: RowList, *, esc_empties: bool = True) -> None:
        super().__init__()
        self._below, self._esc_empties = below, esc_empties
        self.setObjectName(name)
        self.setAccessibleIdentifier(name)
        self.setClearButtonEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hand what moves in a list to the list."""
        moves = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)
        if event.key() in moves:
            if not self._below.currentIndex().isValid():
                first_row(self._below)
            else:
                self._below.keyPressEvent(event)
            event.accept()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not self._below.currentIndex().isValid():
                first_row(self._below)
            self._below.keyPressEvent(event)
            event.accept()
        elif event.key() == Qt.Key.Key_Escape and self.text() and self._esc_empties:
            self.clear()
            event.accept()
        else:
            super().keyPressEvent(event)


def first_row(listed: RowList) -> None:
    """Put the worker's place on the first row that can be opened."""
    row = next((each for each in listed.rows if not each.is_heading), None)
    if row is not None:
        listed.choose(row.key)


class CaseloadScreen(Screen):
    """The shared caseload on this laptop."""

    def __init__(
        self,
        families: tuple[CaseloadFamily, ...],
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
        *,
        clock: Clock,
        kept: MutableMapping[str, Any] | None = None,
    ) -> None:
        """`kept`: what was looked for when it was left."""
        super().__init__()
        self._kept: MutableMapping[str, Any] = kept if kept is not None else {}
        self._desk, self._tasks, self._say, self._go, self._clock = desk, tasks, say, go, clock
        self._asked = 0
        self.setObjectName("screen:caseload")
        self.setAccessibleIdentifier("screen:caseload")
        go.title("Caseload")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.page = Page("Caseload", letters=WIDE)
        outer.addWidget(self.page)
        self.list = RowList("Caseload")
        self.list.setObjectName("list:caseload")
        self.list.setAccessibleIdentifier("list:caseload")
        self.list.opened.connect(self._open)
        self.list.setMinimumHeight(em(self, 8))
        self.field = FindField("find:caseload", self.list)
        self.field.setPlaceholderText("First letters of a first name or surname")
        label = FieldLabel("&Find a child or family")
        label.set_field(self.field)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE)
        self._pause.timeout.connect(self._ask)
        self.field.textChanged.connect(self._on_words)
        self._count = Hint()
        self._none = EmptyState("", icon_name="users")
        self.page.add(label, self.field, self._count)
        self.page.add_filling(self.list)
        self.page.add(self._none)
        self.list.installEventFilter(self)
        self._show(families)
        if self._kept.get("words"):
            self.field.setText(self._kept["words"])
            self._ask()

    def begin(self) -> None:
        """Start in the find field: a few letters, Enter."""
        self.page.arrive()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, records: tuple[RecordId, ...]) -> None:
        """Ask again."""
        self._ask()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Letters typed on the list go to the find field: no need to look where the focus is."""
        if watched is self.list and event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            text = event.text()
            plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
            if plain and text and text.isprintable() and not text.isspace():
                self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
                self.field.setText(self.field.text() + text)
                return True
        return False

    def _on_words(self, words: str) -> None:
        self._kept["words"] = words  # at once: the lock may come before the pause is over
        self._pause.start()

    def _ask(self) -> None:
        self._asked += 1
        number, wanted, desk = self._asked, self.field.text(), self._desk

        def answered(families: tuple[CaseloadFamily, ...]) -> None:
            if number == self._asked:
                self._show(families)

        self._tasks.run(self, lambda: desk.caseload(wanted), answered, self._say.error)

    def _show(self, families: tuple[CaseloadFamily, ...]) -> None:
        rows: list[Row] = []
        children = 0
        for family in families:
            with_whom = f"with {names_words(family.workers)}" if family.workers else ""
            rows.append(
                Row(
                    key=f"family:{family.family}",
                    title=f"{family.name} family",
                    detail=with_whom,
                    is_heading=True,
                )
            )
            for child in family.children:
                children += 1
                rows.append(self._row(child))
            if not family.children:
                rows.append(
                    Row(key=f"file:{family.family}", title=f"{family.name} family", icon="folder-open")
                )
        self.list.set_rows(rows)
        self.list.setVisible(bool(rows))
        wanted = self.field.text().strip()
        self._none.setVisible(not rows)
        self._none.say(
            f"Nobody on this laptop is called “{wanted}”. Try fewer letters; others are at the office only."
            if wanted
            else "No family is on this laptop yet. Send and receive once, with the office in reach."
        )
        count = f"{_some(len(families), 'family', 'families')}, {_some(children, 'child', 'children')}"
        self._count.setText(count)
        self._count.setVisible(bool(rows))
        if wanted:
            first_row(self.list)
            self._bring_up()
            announce(self.field, count if rows else "Nobody found")

    def _bring_up(self) -> None:
        """In a low window: the field to the top, so that what it found is in sight below it."""
        inner = self.page.widget()
        if inner is not None and self.page.verticalScrollBar().maximum() > 0:
            self.page.verticalScrollBar().setValue(self.field.mapTo(inner, QPoint(0, 0)).y() - em(self, 0.5))

    def _row(self, child: CaseloadRow) -> Row:
        today = self._clock.today()
        parts = [_aged(child.age), child.plan]
        parts.append(f"seen {self._seen(child.last_seen, today)}" if child.last_seen else "not seen yet")
        if child.last_seen is not None:
            alone = child.last_seen_alone
            parts.append(f"alone {self._seen(alone, today)}" if alone else "not alone yet")
        unsent = child.unsent
        return Row(
            key=f"child:{child.family}:{child.person.id}",
            title=child.person.name,
            detail=" · ".join(part for part in parts if part),
            state=f"{unsent} not sent" if unsent else "",
            tone=Tone.INFO,
            icon="baby" if "month" in child.age or "due" in child.age else "user",
        )

    def _seen(self, day: date, today: date) -> str:
        ago = (today - day).days
        near = self._say.near_day(day)
        return near if ago < 2 else f"{ago} days ago"

    def _open(self, key: str) -> None:
        kind, family, person = (*key.split(":", 2), "")[:3]
        if kind == "child":
            self._go.family(FamilyId(family), PersonId(person))
        else:
            self._go.family(FamilyId(family))


def _aged(age: str) -> str:
    return f"aged {age}" if age.isdigit() else age


def _some(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
