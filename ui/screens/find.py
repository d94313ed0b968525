"""S17, find or go to: any child, person or record of this laptop in a few keys."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout

from ui.say import Say
from ui.screens.caseload import FindField, first_row
from ui.shell.navigation import Navigator
from ui.shell.screen import Screen
from ui.tasks import Tasks
from ui.widgets import WIDE, EmptyState, FieldLabel, Hint, Page, Row, RowList, announce
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import Found

MOST = 20
_PAUSE = 100  # ms
_KINDS = (("child", "Children", "user"), ("person", "People", "users"), ("record", "Records", "file-text"))


class FindScreen(Screen):
    """A field and what it finds. Nothing typed here is kept anywhere."""

    def __init__(self, desk: Desk, tasks: Tasks, say: Say, go: Navigator) -> None:
        super().__init__()
        self._desk, self._tasks, self._say, self._go = desk, tasks, say, go
        self._found: tuple[Found, ...] = ()
        self._asked = 0
        self.setObjectName("screen:find")
        self.setAccessibleIdentifier("screen:find")
        go.title("Find")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.page = Page("Find or go to", letters=WIDE)
        outer.addWidget(self.page)
        self.list = RowList("Found")
        self.list.setObjectName("list:found")
        self.list.setAccessibleIdentifier("list:found")
        self.list.opened.connect(self._open)
        self.field = FindField("answer:find", self.list)
        label = FieldLabel("A name, or a &word of a record")
        label.set_field(self.field)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE)
        self._pause.timeout.connect(self._ask)
        self.field.textChanged.connect(lambda _: self._pause.start())
        self._count = Hint()
        self._none = EmptyState("", icon_name="search")
        self.page.add(label, self.field, self._count, self._none)
        self.page.add_filling(self.list)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(go.back)
        self._show(())

    def begin(self) -> None:
        """Start in the field."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, self.page.heading.text())

    def _ask(self) -> None:
        self._asked += 1
        number, wanted, desk = self._asked, self.field.text().strip(), self._desk
        if not wanted:
            self._show(())
            return

        def answered(found: tuple[Found, ...]) -> None:
            if number == self._asked:
                self._show(found)

        self._tasks.run(self, lambda: desk.search(wanted, MOST), answered, self._say.error)

    def _show(self, found: tuple[Found, ...]) -> None:
        self._found = found
        rows: list[Row] = []
        for kind, title, picture in _KINDS:
            of_kind = [(at, each) for at, each in enumerate(found) if each.kind == kind]
            if of_kind:
                rows.append(Row(key=f"kind:{kind}", title=title, is_heading=True))
            rows += [
                Row(key=str(at), title=each.title, detail=each.detail, icon=picture) for at, each in of_kind
            ]
        self.list.set_rows(rows)
        self.list.setVisible(bool(rows))
        self._none.setVisible(not rows)
        wanted = self.field.text().strip()
        if not wanted:
            self._none.say("Type the first letters of a name, or a word you remember. Esc goes back.")
            self._count.setText("")
        elif not found:
            self._none.say(
                "Not on this laptop. The office may have it: ask there when you have a connection."
            )
            self._count.setText("0 results")
        else:
            more = " or more: type more to narrow it down" if len(found) >= MOST else ""
            self._count.setText(f"{len(found)} result{'' if len(found) == 1 else 's'}{more}")
            first_row(self.list)
        self._count.setVisible(bool(wanted))
        if wanted:
            announce(self.field, self._count.text())

    def _open(self, key: str) -> None:
        if not key.isdigit():
            return
        found = self._found[int(key)]
        if found.record is not None:
            self._go.record(RecordId(found.record))
        else:
            self._go.family(found.family, found.person)
