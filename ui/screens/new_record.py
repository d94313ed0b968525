"""A new record: first whom it is about, then which."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout

from ui.asking import Asking
from ui.say import Say
from ui.shell.navigation import Navigator
from ui.shell.screen import Screen
from ui.tasks import Tasks
from ui.widgets import WIDE, Button, EmptyState, FieldLabel, Page, Row, RowList, announce
from ui.widgets.finding import FindField, first_row
from workbook_desktop.domain.ids import FamilyId, PersonId
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import CaseloadFamily, FamilyFile


class NewRecordScreen(Screen):
    """Two short lists, one after the other."""

    def __init__(
        self,
        families: tuple[CaseloadFamily, ...],
        file: FamilyFile | None,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
    ) -> None:
        super().__init__()
        self._families, self._desk, self._tasks, self._say, self._go = families, desk, tasks, say, go
        self._file = file
        self._person: PersonId | None = None
        self._asking = Asking(self, tasks, self._found, say.error, only_last=True)
        self.setObjectName("screen:new")
        self.setAccessibleIdentifier("screen:new")
        go.title("New record")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.page = Page("New record", letters=WIDE)
        outer.addWidget(self.page)
        self.list = RowList("Choose")
        self.list.setObjectName("list:choices")
        self.list.setAccessibleIdentifier("list:choices")
        self.list.opened.connect(self._chosen)
        self.field = FindField("find:new", self.list)
        self._label = FieldLabel("&Find a child or family")
        self._label.set_field(self.field)
        self.field.paused.connect(self._ask)
        self._none = EmptyState("Nobody on this laptop has that name.", icon_name="users")
        self.page.add(self._label, self.field, self._none)
        self.page.add_filling(self.list)
        self._other = Button("Choose another &family", identifier="do:choose-again")
        self._other.clicked.connect(lambda *_: self._choose_again())
        self.page.add_button(self._other)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(go.back)
        self._show()

    def begin(self) -> None:
        """Start at the list, or in the field above it."""
        announce(self, self.page.heading.text())
        target = self.field if self._file is None else self.list
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self) -> None:
        file = self._file
        for widget in (self._label, self.field):
            widget.setVisible(file is None)
        self._other.setVisible(file is not None)
        if file is None:
            self.page.set_title("New record: who is it about?", "Step 1 of 2")
            rows: list[Row] = []
            for family in self._families:
                rows.append(
                    Row(key=f"heading:{family.family}", title=f"{family.name} family", is_heading=True)
                )
                rows.append(Row(key=f"family:{family.family}:", title="The whole family", icon="users"))
                rows += [
                    Row(
                        key=f"child:{family.family}:{child.person.id}",
                        title=child.person.name,
                        detail=" · ".join(part for part in (child.age, child.plan) if part),
                        icon="user",
                    )
                    for child in family.children
                ]
        else:
            child_of = file.family.person(self._person) if self._person else None
            who = child_of.name if child_of is not None else f"{file.family.name} family"
            self.page.set_title("New record: which one?", f"Step 2 of 2 · {who}")
            rows = [
                Row(key=f"form:{at}", title=name, icon="notebook-pen" if ref.id == "visit" else "file-pen")
                for at, (ref, name) in enumerate(file.forms)
            ]
            if file.at_hand is not None and 0 < file.at_hand < len(rows):
                rows.insert(file.at_hand, Row(key="heading:others", title="Other forms", is_heading=True))
        self.list.set_rows(rows)
        self.list.setVisible(bool(rows))
        self._none.setVisible(not rows)
        first_row(self.list)

    def _ask(self) -> None:
        wanted, desk = self.field.text(), self._desk
        self._asking.ask(lambda: desk.caseload(wanted))

    def _found(self, families: tuple[CaseloadFamily, ...]) -> None:
        self._families = families
        self._show()

    def _chosen(self, key: str) -> None:
        kind, _, rest = key.partition(":")
        if kind == "form" and self._file is not None:
            ref, _ = self._file.forms[int(rest)]
            self._go.start(ref, self._file.family.id, (self._person,) if self._person else ())
            return
        family, _, person = rest.partition(":")
        self._person = PersonId(person) if person else None
        desk = self._desk
        self._tasks.run(self, lambda: desk.family(FamilyId(family)), self._take, self._say.error)

    def _take(self, file: FamilyFile) -> None:
        self._file = file
        self._show()
        self.begin()

    def _choose_again(self) -> None:
        self._file = None
        self._show()
        self.begin()
