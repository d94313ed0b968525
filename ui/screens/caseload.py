"""S4, caseload: every family of the worker, the children under it; a few letters find one."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import date
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QVBoxLayout

from ui.asking import Asking
from ui.models.rows import names_words
from ui.say import Say
from ui.shell.navigation import Navigator
from ui.shell.screen import Caret, Screen
from ui.style import Tone, em
from ui.tasks import Tasks
from ui.widgets import WIDE, EmptyState, FieldLabel, Hint, Page, Row, RowList, announce
from ui.widgets.finding import FindField, first_row
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import CaseloadFamily, CaseloadRow


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
        self._desk, self._say, self._go, self._clock = desk, say, go, clock
        self._asking = Asking(self, tasks, self._show, say.error, only_last=True)
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
        self.field.paused.connect(self._ask)
        self.field.take_letters()
        self.field.textChanged.connect(self._on_words)
        self._count = Hint()
        self._none = EmptyState("", icon_name="users")
        self.page.add(label, self.field, self._count)
        self.page.add_filling(self.list)
        self.page.add(self._none)
        self._show(families)

    def begin(self) -> None:
        """Start in the find field: a few letters, Enter."""
        self._kept["words"] = self.field.text()
        self.page.arrive()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def restore(self, caret: Caret) -> None:
        """Come back to what was looked for: after the lock, and by the way one came."""
        if self._kept.get("words"):
            self.field.setText(self._kept["words"])
            self._ask()
        super().restore(caret)

    def refresh(self, records: tuple[RecordId, ...]) -> None:
        """Ask again."""
        self._ask()

    def _on_words(self, words: str) -> None:
        self._kept["words"] = words  # at once: the lock may come before the pause is over

    def _ask(self) -> None:
        wanted, desk = self.field.text(), self._desk
        self._asking.ask(lambda: desk.caseload(wanted))

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
