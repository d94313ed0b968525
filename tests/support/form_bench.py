"""The form window on a stand-in desk, driven by real keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.support.desk import FixedClock, StandInDesk
from ui.say import Say
from ui.screens.form import FormScreen
from ui.screens.form.section import SectionPage
from ui.shell.navigation import IdentityFacts
from ui.shell.places import Place
from ui.tasks import Tasks
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId, PersonId, RecordId
from workbook_desktop.domain.records import FormRef
from workbook_desktop.forms.definition import Form
from workbook_desktop.messages import load as load_messages
from workbook_desktop.workspace.views import OpenRecord

K = Qt.Key
TOLLAND = FamilyId("f-tolland")


class Ways:
    """Where the screen sent the worker, and what it said in the frame."""

    def __init__(self) -> None:
        self.went: list[tuple[Any, ...]] = []
        self.kept_at: list[datetime] = []
        self.titles: list[str] = []
        self.changes = 0  # how often the page said that something was finished
        self.facts: IdentityFacts | None = None

    def home(self) -> None:
        self.went.append(("home",))

    def changed(self) -> None:
        self.changes += 1

    def caseload(self) -> None:
        self.went.append(("caseload",))

    def family(self, family: FamilyId, person: PersonId | None = None) -> None:
        self.went.append(("family", family))

    def start(self, form: FormRef, family: FamilyId, subjects: tuple[PersonId, ...] = ()) -> None:
        self.went.append(("start", form))

    def start_for_action(self, family: FamilyId, action: str) -> None:
        self.went.append(("done", action))

    def new_record(self, family: FamilyId | None = None) -> None:
        self.went.append(("new", family))

    def record(self, record: RecordId, section: LinkId | None = None) -> None:
        self.went.append(("record", record, section))

    def check(self, record: RecordId) -> None:
        self.went.append(("check", record))

    def conflicts(self, record: RecordId | None = None) -> None:
        self.went.append(("conflicts", record))

    def sending(self) -> None:
        self.went.append(("sending",))

    def to(self, place: Place) -> None:
        self.went.append(("to", place))

    def back(self) -> None:
        self.went.append(("back",))

    def identity(self, facts: IdentityFacts | None) -> None:
        self.facts = facts

    def title(self, text: str) -> None:
        self.titles.append(text)

    def kept(self, at: datetime) -> None:
        self.kept_at.append(at)


class Bench:
    """A screen on a desk, driven by real keys."""

    def __init__(self, qtbot: QtBot, tasks: Tasks) -> None:
        self.qtbot, self.tasks = qtbot, tasks
        self.clock = FixedClock()
        self.desk = StandInDesk(self.clock)
        self.say = Say(load_messages(), self.clock)
        self.ways = Ways()
        self.screen: FormScreen

    def open(self, of: Form | str, *, width: int = 1200, **more: Any) -> FormScreen:
        if isinstance(of, str):
            ref = self.desk.ref(of)
        else:
            self.desk.add_form(of)
            ref = of.ref
        return self.show(self.desk.start(ref, TOLLAND), width=width, **more)

    def show(self, view: OpenRecord, *, width: int = 1200, height: int = 700, **more: Any) -> FormScreen:
        self.desk.put(view)
        screen = FormScreen(view, self.desk, self.tasks, self.say, self.ways, clock=self.clock, **more)
        screen.resize(width, height)
        self.qtbot.addWidget(screen)
        with self.qtbot.waitExposed(screen):
            screen.show()
        screen.begin()
        self.screen = screen
        return screen

    @property
    def page(self) -> SectionPage:
        page = self.screen.page
        assert isinstance(page, SectionPage)
        return page

    @property
    def focused(self) -> QWidget:
        focused = self.screen.window().focusWidget()
        assert focused is not None
        return focused

    def keys(self, *keys: str | K) -> None:
        for each in keys:
            if isinstance(each, str):
                QTest.keyClicks(self.focused, each)
            else:
                QTest.keyClick(self.focused, each)

    def keys_with(self, key: K, modifiers: Qt.KeyboardModifier) -> None:
        QTest.keyClick(self.focused, key, modifiers)

    def at(self, name: str) -> QWidget:
        found = self.page.findChild(QWidget, name)
        assert isinstance(found, QWidget), name
        return found

    def tab_to(self, name: str, limit: int = 200) -> QWidget:
        """Press Tab until it is there: what cannot be reached so cannot be reached at all."""
        for _ in range(limit):
            if self.focused.objectName() == name:
                return self.focused
            self.keys(K.Key_Tab)
        raise AssertionError(f"Tab never came to {name}, only to {self.focused.objectName()}")

    def kept(self) -> None:
        self.qtbot.waitUntil(lambda: not self.screen.unsaved(), timeout=3000)

    def stored(self, path: str) -> Any:
        answer = self.desk.records[self.screen.record].body.answers.get(FieldPath(path))
        return answer.value if answer is not None else None

    def rows(self, group: str) -> tuple[FieldPath, ...]:
        return self.screen.sheet.rows(paths.ROOT, LinkId(group))
