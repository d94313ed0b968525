"""S17, find or go to: any child, person, record or command of this laptop in a few keys."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout

from ui.say import Say
from ui.shell.navigation import Navigator
from ui.shell.places import Kind, Place
from ui.shell.screen import Screen
from ui.style import Tone, em
from ui.tasks import Tasks
from ui.widgets import WIDE, EmptyState, FieldLabel, Hint, Page, Row, RowList, announce
from ui.widgets.finding import FindField, first_row
from ui.widgets.states import SHOW_BUSY_AFTER
from workbook_desktop.domain.ids import FamilyId
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.searching import Found, Searched

MOST = 20
_SEEN = 9.0  # em of the list that should be seen without scrolling
_KINDS = (
    ("child", "Children", "user"),
    ("person", "People", "users"),
    ("home", "Addresses", "house"),
    ("record", "Records", "file-text"),
    ("do", "Do", "arrow-right"),
)
_BEGIN = (
    "Type the first letters of a name or a street, a word you remember, a day such as “27 March”, or what you"
    " want to do: “new visit”. Esc goes back."
)
_NOTHING = "Not on this laptop. The office may have it: ask there when you have a connection."


class FindScreen(Screen):
    """A field and what it finds. Nothing typed here is kept anywhere.

    One question is under way at a time, and the next one asks for what stands in the field by then: so the
    first letter is answered at once, and fast typing asks no more than can be answered.
    """

    def __init__(
        self, desk: Desk, tasks: Tasks, say: Say, go: Navigator, *, within: FamilyId | None = None
    ) -> None:
        """`within`: the family whose page the worker comes from."""
        super().__init__()
        self._desk, self._tasks, self._say, self._go, self._within = desk, tasks, say, go, within
        self._found: tuple[Found, ...] = ()
        self._is_asking = False
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
        self.field = FindField("answer:find", self.list, esc_empties=False)
        label = FieldLabel("A name, a street, a &word of a record, a day, or what to do")
        label.set_field(self.field)
        self.field.textChanged.connect(lambda _: self._ask())
        self._count = Hint()
        self._count.setObjectName("say:count")
        self._slow = QTimer(self)  # what is found stays meanwhile: it may be what is wanted
        self._slow.setSingleShot(True)
        self._slow.setInterval(SHOW_BUSY_AFTER)
        self._slow.timeout.connect(lambda: self._count.setText("Looking…"))
        self._none = EmptyState("", icon_name="search")
        self.page.add(label, self.field, self._count, self._none)
        self.page.add_filling(self.list)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(go.back)
        self._show(Searched())

    def begin(self) -> None:
        """Start in the field."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, self.page.heading.text())

    def _ask(self) -> None:
        wanted, desk, within = self._wanted(), self._desk, self._within
        if self._is_asking:
            return
        if not wanted:
            self._show(Searched())
            return

        def answered(found: Searched) -> None:
            self._is_asking = False
            self._slow.stop()
            if self._wanted() != wanted:
                self._ask()
            else:
                self._show(found)

        def failed(error: Exception) -> None:
            self._is_asking = False
            self._slow.stop()
            self._say.error(error)

        self._is_asking = True
        self._slow.start()
        self._tasks.run(self, lambda: desk.search(wanted, MOST, within), answered, failed)

    def _wanted(self) -> str:
        return " ".join(self.field.text().split())

    def _show(self, searched: Searched) -> None:
        wanted = self._wanted()
        self._found = tuple(each for each in searched.found if _can_open(each))
        rows: list[Row] = []
        kinds = (_KINDS[-1], *_KINDS[:-1]) if searched.is_command else _KINDS
        for kind, title, picture in kinds:
            of_kind = [(at, each) for at, each in enumerate(self._found) if each.kind == kind]
            if of_kind:
                rows.append(Row(key=f"kind:{kind}", title=title, is_heading=True))
            rows += [self._row(str(at), each, picture) for at, each in of_kind]
        self.list.set_rows(rows)
        self.list.setVisible(bool(rows))
        self._none.setVisible(not rows)
        self._none.say(_NOTHING if wanted else _BEGIN)
        self._count.setText(_count(len(self._found), searched) if wanted else "")
        self._count.setVisible(bool(wanted))
        if self._found:
            first_row(self.list)
        if wanted:
            announce(self.field, self._said())
        QTimer.singleShot(0, self, self._bring_up)

    def _bring_up(self) -> None:
        """In a low window or at large text, let the field go to the top, so that what is found is seen."""
        bar, field = self.page.verticalScrollBar(), self.field
        below = self.list if self._found else self._none
        room = self.page.viewport().height()
        inner = self.page.viewport()
        hidden = below.mapTo(inner, below.rect().topLeft()).y() + em(self, _SEEN) - room
        if self._wanted() and hidden > 0:
            bar.setValue(bar.value() + field.mapTo(inner, field.rect().topLeft()).y() - em(self, 0.6))

    def _said(self) -> str:
        """What is announced: how much was found, and what Enter opens."""
        key = self.list.current_key
        if not self._found or not key.isdigit():
            return f"{self._count.text()} {_NOTHING}"
        first = self._found[int(key)]
        return f"{self._count.text()} {first.title}, {first.detail}" if first.detail else self._count.text()

    def _row(self, key: str, found: Found, picture: str) -> Row:
        state = self._say.progress_of(found.row) if found.row is not None else None
        detail = found.detail
        if found.around:
            detail = f"{detail}: {found.around}"
        return Row(
            key=key,
            title=found.title,
            detail=detail,
            icon=picture,
            state=state.text if state is not None else "",
            tone=state.tone if state is not None else Tone.NEUTRAL,
        )

    def _open(self, key: str) -> None:
        if not key.isdigit() or int(key) >= len(self._found):
            return
        found, count, desk = self._found[int(key)], len(self._found), self._desk
        self._tasks.run(self, lambda: desk.note_search(count), lambda _: None, lambda _: None)
        if found.record is not None:
            self._go.record(found.record)
        elif found.form is not None and found.family is not None:
            self._go.start(found.form, found.family)
        elif found.page:
            self._go.to(Place(kind=Kind(found.page), family=found.family))
        elif found.kind == "do":
            self._go.new_record()
        elif found.family is not None:
            self._go.family(found.family, found.person)


def _can_open(found: Found) -> bool:
    return not found.page or found.page in {str(kind) for kind in Kind}


def _count(many: int, searched: Searched) -> str:
    if searched.is_more:
        words = f"The first {many} results. Type more to narrow it down."
    else:
        words = f"{many} result{'' if many == 1 else 's'}."
    if searched.index_left:
        words += " Some records are still being prepared for search: look again in a minute."
    return words
