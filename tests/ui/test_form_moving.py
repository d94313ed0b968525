"""A draft whose form has a later version, on the real store: offered, moved, undone, by keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.support.form_bench import Ways
from tests.support.forms import item, questionnaire
from tests.support.worker import PASSPHRASE, StoreGate, store_thread
from ui.say import Say
from ui.screens.form import FormScreen
from ui.screens.form.moving import MOVED, OFFERED
from ui.screens.form.section import SectionPage
from ui.style import Look, Theme
from ui.tasks import Tasks
from ui.widgets.text import Label
from workbook_desktop.domain.errors import DiskFull
from workbook_desktop.domain.ids import FieldPath, FormId
from workbook_desktop.domain.records import FormRef
from workbook_desktop.messages import load as load_messages
from workbook_desktop.store.store import Store
from workbook_desktop.workspace.views import KeptBody, OpenRecord
from workbook_desktop.workspace.worker_desk import WorkerDesk

T = TypeVar("T")
K = Qt.Key
OLD = FormRef(id=FormId("tried"), version="1.0.0")
BEFORE = questionnaire(item("said", "string"), item("gone", "string", text="Which bus?"))
AFTER = questionnaire(item("said", "string"), item("why", "string", required=True), version="1.1.0")


class Laptop:
    """A form page on a real store, in the store's own thread."""

    def __init__(self, qtbot: QtBot, gate: StoreGate) -> None:
        self.qtbot, self.gate = qtbot, gate
        self.thread = store_thread()
        self.crashes: list[BaseException] = []
        self.tasks = Tasks(self.thread, self.crashes.append)
        self.ways = Ways()
        self.say = Say(load_messages(), gate.clock)
        self.desk: WorkerDesk = self.there(lambda: gate.unlock(PASSPHRASE))
        self.screen: FormScreen

    def there(self, job: Callable[[], T]) -> T:
        done: Future[T] = self.thread.submit(job)
        return done.result()

    @property
    def store(self) -> Store:
        assert self.gate.store is not None
        return self.gate.store

    def put(self, form: dict[str, Any]) -> None:
        self.there(lambda: self.store.forms.put(json.dumps(form).encode()))

    def begin(self) -> FormScreen:
        self.put(BEFORE)
        family = self.there(lambda: self.desk.caseload()[0].family)
        return self.show(self.there(lambda: self.desk.start(OLD, family)))

    def again(self) -> FormScreen:
        record = self.screen.record
        self.screen.close()
        return self.show(self.there(lambda: self.desk.open(record)))

    def show(self, view: OpenRecord) -> FormScreen:
        screen = FormScreen(view, self.desk, self.tasks, self.say, self.ways, clock=self.gate.clock)
        screen.resize(1100, 700)
        self.qtbot.addWidget(screen)
        with self.qtbot.waitExposed(screen):
            screen.show()
        screen.begin()
        self.screen = screen
        self.quiet()
        return screen

    def type(self, path: str, words: str) -> None:
        field = self.screen.page.findChild(QLineEdit, f"answer:{path}")
        assert isinstance(field, QLineEdit)
        field.setFocus()
        QTest.keyClicks(field, words)

    def press(self, name: str) -> None:
        button = self.screen.page.findChild(QWidget, name)
        assert isinstance(button, QWidget), name
        assert button.isVisible(), name
        button.setFocus()
        QTest.keyClick(button, K.Key_Return)

    def quiet(self) -> None:
        self.qtbot.waitUntil(lambda: not self.tasks.pending() and not self.screen.unsaved(), timeout=5000)

    def words(self) -> str:
        page = self.screen.page
        return "\n".join(each.text() for each in page.findChildren(Label) if each.isVisibleTo(page))

    def kept(self) -> tuple[str, dict[str, Any]]:
        view = self.there(lambda: self.desk.open(self.screen.record))
        return view.form.version, {path: each.value for path, each in view.body.answers.items()}

    def end(self) -> None:
        self.quiet()
        self.there(self.gate.lock)
        self.thread.shutdown()
        assert self.crashes == []


@pytest.fixture
def laptop(qtbot: QtBot, gate: StoreGate, worn_look: Look) -> Iterator[Laptop]:
    worn_look.choose(theme=Theme.LIGHT, text_percent=100)
    made = Laptop(qtbot, gate)
    yield made
    made.end()


def test_nothing_is_said_while_there_is_no_later_version(laptop: Laptop) -> None:
    laptop.begin()
    assert OFFERED not in laptop.words()


def test_the_offer_says_what_changes_and_leaves_the_focus_where_it_is(laptop: Laptop) -> None:
    laptop.begin()
    laptop.type("gone", "The 12")
    laptop.quiet()
    laptop.put(AFTER)
    screen = laptop.again()
    said = laptop.words()
    assert OFFERED in said
    assert "It has no place for what you answered to “Which bus?”." in said
    assert "1 question is no longer asked, 1 is new and must be answered." in said
    focused = screen.window().focusWidget()
    assert focused is not None
    assert focused.objectName() == "answer:said"


def test_a_draft_moves_with_what_was_typed_a_moment_ago_and_goes_on(laptop: Laptop) -> None:
    laptop.begin()
    laptop.type("gone", "The 12")
    laptop.quiet()
    laptop.put(AFTER)
    screen = laptop.again()
    laptop.type("said", "half a sen")
    laptop.press("do:move-form")
    laptop.quiet()
    assert laptop.kept() == ("1.1.0", {"said": "half a sen", "gone": "The 12"})
    assert MOVED in laptop.words()
    assert [each.title for each in screen.shown_sections()][-1] == "From the earlier form"
    laptop.type("why", "For warmth")
    laptop.quiet()
    assert laptop.kept()[1]["why"] == "For warmth"


def test_going_back_brings_every_answer_back_to_its_question(laptop: Laptop) -> None:
    laptop.begin()
    laptop.type("gone", "The 12")
    laptop.quiet()
    laptop.put(AFTER)
    laptop.again()
    laptop.press("do:move-form")
    laptop.quiet()
    laptop.again()
    laptop.press("do:move-form-back")
    laptop.quiet()
    assert laptop.kept() == ("1.0.0", {"gone": "The 12"})
    field = laptop.screen.page.findChild(QLineEdit, "answer:gone")
    assert isinstance(field, QLineEdit)
    assert field.text() == "The 12"
    assert OFFERED not in laptop.words()
    assert [each.title for each in laptop.screen.shown_sections()][-1] != "From the earlier form"


def test_who_stays_is_not_asked_again(laptop: Laptop) -> None:
    laptop.begin()
    laptop.put(AFTER)
    laptop.again()
    laptop.press("do:stay-on-form")
    laptop.quiet()
    assert OFFERED not in laptop.words()
    laptop.again()
    assert OFFERED not in laptop.words()
    assert laptop.kept()[0] == "1.0.0"


def test_what_is_on_its_way_is_told_why_it_stays(laptop: Laptop) -> None:
    laptop.begin()
    laptop.type("said", "x")
    laptop.quiet()
    laptop.there(lambda: laptop.desk.send(laptop.screen.record))
    laptop.put(AFTER)
    screen = laptop.again()
    assert "it stays on that one" in laptop.words()
    assert screen.page.findChild(QWidget, "do:move-form") is None


def test_while_the_disk_is_full_nothing_moves_and_nothing_is_lost(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.begin()
    laptop.put(AFTER)
    screen = laptop.again()

    def full(*_: object) -> KeptBody:
        raise DiskFull

    with monkeypatch.context() as patched:
        patched.setattr(WorkerDesk, "keep", full)
        laptop.type("said", "kept in mind")
        laptop.press("do:move-form")
        laptop.qtbot.waitUntil(screen.in_trouble, timeout=2000)
        assert isinstance(screen.page, SectionPage)
        assert screen.page.isEnabled()
        assert laptop.there(lambda: laptop.desk.open(screen.record)).form.ref == OLD
    screen.flush()
    laptop.quiet()
    assert laptop.kept() == ("1.0.0", {"said": "kept in mind"})


def test_every_change_can_be_read(laptop: Laptop) -> None:
    laptop.begin()
    laptop.put(AFTER)
    laptop.again()
    sentence = "“Which bus?” is no longer asked."
    assert sentence not in laptop.words()
    laptop.press("do:form-changes")
    assert sentence in laptop.words()
    laptop.press("do:form-changes")
    assert sentence not in laptop.words()
    assert FieldPath("gone") not in laptop.screen.sheet.body.answers
