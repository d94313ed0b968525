"""The window: unlock, hide, lock, navigation, keys, the status line. Real store, real keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from tests.support.window import Window
from tests.support.worker import PASSPHRASE, VISIT, StoreGate
from ui.exchange import ExchangeStatus
from ui.shell.places import Kind, Place
from ui.shell.window import Standing
from ui.style import Look
from ui.widgets import Row, RowList
from workbook_desktop.domain.errors import AlreadySignedOff, DiskFull
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId
from workbook_desktop.domain.records import Body
from workbook_desktop.workspace.views import Kept

TOLLAND = FamilyId("f-tolland")
NAMES = ("Tolland", "Maisie", "Leo", "Hannah", "Darren", "Cordwainer", "Sexton")


def routes(window: Window):  # type: ignore[no-untyped-def]
    found = window.shell._routes
    assert found is not None
    return found


def rows(window: Window, name: str) -> tuple[Row, ...]:
    listed = window.named(name)
    assert isinstance(listed, RowList)
    return listed.rows


def start_a_visit(window: Window) -> QPlainTextEdit:
    """Home, family, F1 by its button; return a text field of it with the focus."""
    window.open(lambda: routes(window).family(TOLLAND), "screen:family")
    window.press("Space")  # the first control is "Start visit"
    window.on("screen:form")
    for _ in range(12):
        for field in window.shell.findChildren(QPlainTextEdit):
            if field.isVisibleTo(window.shell) and not field.isReadOnly():
                field.setFocus(Qt.FocusReason.TabFocusReason)
                return field
        window.press("Ctrl+PgDn")
    raise AssertionError("no text field in the visit")


def test_a_passphrase_and_enter_lead_to_todays_work(window: Window) -> None:
    assert window.screen == "screen:unlock"
    assert window.focus.objectName() == "answer:passphrase"
    window.unlock()
    assert window.screen == "screen:home"
    assert "Child protection visit" in window.spoken()


def test_the_title_says_the_page_and_initials_but_no_name(window: Window) -> None:
    window.unlock()
    window.open(lambda: routes(window).family(TOLLAND, PersonId("p-maisie")), "screen:family")
    assert window.shell.windowTitle() == "Child's file, M.T. – Workbook"


def test_f9_takes_every_name_out_of_the_window_and_enter_brings_all_back(window: Window) -> None:
    window.unlock()
    field = start_a_visit(window)
    window.type("She drew a house.")
    window.press("Left", "Left")
    before = field.textCursor().position()
    assert any(name in window.spoken() for name in NAMES)
    window.press("F9")
    assert window.screen == "screen:hidden"
    assert not [name for name in NAMES if name in window.findable()]
    assert "house" not in window.findable()
    assert window.shell.windowTitle() == "Workbook"
    assert [each for each in QApplication.topLevelWidgets() if each.isVisible()] == [window.shell]
    window.press("Enter")
    assert window.screen == "screen:form"
    assert window.focus is field
    assert field.textCursor().position() == before
    assert field.toPlainText() == "She drew a house."


def test_in_a_low_window_with_large_text_the_status_line_leaves_room_for_the_page(
    qtbot: QtBot, gate: StoreGate, worn_look: Look
) -> None:
    worn_look.choose(text_percent=200)
    window = Window(qtbot, gate, look=worn_look, size=(911, 512))
    try:
        window.unlock()
        status = window.named("status")
        seen = [each.text() for each in status.findChildren(QLabel) if each.isVisible()]
        assert any("saved" in each for each in seen)
        assert any("Offline" in each for each in seen)
        assert not any("Text" in each or "Office last" in each for each in seen)
        assert "Office last reached" in status.accessibleName(), "a screen reader still finds it"
        low = status.height()
        worn_look.choose(text_percent=100)
        window.until(
            lambda: any("Office last" in e.text() for e in status.findChildren(QLabel) if e.isVisible())
        )
        worn_look.choose(text_percent=200)
        window.until(lambda: status.height() == low)
    finally:
        window.end()
        worn_look.choose(text_percent=100)


def test_a_double_click_begins_one_record(window: Window) -> None:
    window.unlock()
    desk = routes(window).desk

    def count() -> int:
        return len(window.thread.submit(desk.family, TOLLAND).result().records)

    window.open(lambda: routes(window).family(TOLLAND), "screen:family")
    before = count()
    button = window.named("do:start-case-note")
    for _ in range(3):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    window.on("screen:form")
    assert count() == before + 1
    window.open(lambda: routes(window).family(TOLLAND), "screen:family")
    window.click("do:start-case-note")
    window.on("screen:form")
    assert count() == before + 2, "and the next one can be begun"


def test_no_late_answer_brings_a_title_back_while_the_screen_is_hidden(window: Window) -> None:
    window.unlock()
    routes(window).family(TOLLAND)
    window.press("F9")
    window.quiet()
    assert window.shell.windowTitle() == "Workbook"
    assert not [name for name in NAMES if name in window.findable()]


def test_locking_while_typing_loses_nothing_and_unlocking_returns_to_the_caret(window: Window) -> None:
    window.unlock()
    field = start_a_visit(window)
    name, section = field.objectName(), window.shell.windowTitle()
    window.type("Maisie said: it is quieter now")
    window.press("Left", "Left", "Left")
    place = field.textCursor().position()
    window.press("Ctrl+L")  # not a moment after the last key
    window.until(lambda: window.shell.standing is Standing.LOCKED)
    assert not [each for each in NAMES if each in window.findable()]
    assert window.gate.store is None
    window.unlock()
    assert window.screen == "screen:form"
    again = window.focus
    assert isinstance(again, QPlainTextEdit)
    assert again.objectName() == name
    assert again.toPlainText() == "Maisie said: it is quieter now"
    assert again.textCursor().position() == place
    assert window.shell.windowTitle() == section


def test_closing_while_typing_keeps_it_first(qtbot: QtBot, gate: StoreGate, worn_look: Look) -> None:
    window = Window(qtbot, gate, look=worn_look)
    window.unlock()
    start_a_visit(window)
    window.type("Ring the nursery")
    window.press("Ctrl+Q")
    window.until(lambda: not window.shell.isVisible())
    window.end()
    desk = gate.unlock(PASSPHRASE)
    work = desk.home().work
    said = [answer.value for answer in desk.open(work[0].record).body.answers.values()]
    gate.lock()
    assert "Ring the nursery" in said


def test_what_cannot_be_put_on_the_disk_keeps_the_window_from_locking(window: Window) -> None:
    window.unlock()
    field = start_a_visit(window)
    desk = routes(window)._desk
    kept = desk.keep

    def full(record: RecordId, body: Body, before: Body) -> Kept:
        raise DiskFull

    desk.keep = full
    window.type("This must not be lost")
    window.press("Ctrl+L")
    window.until(lambda: "not locked yet" in window.spoken())
    assert window.gate.store is not None
    assert "This must not be lost" not in window.findable()
    window.press("Enter")
    assert field.toPlainText() == "This must not be lost"
    desk.keep = kept
    window.press("Ctrl+L")
    window.until(lambda: window.shell.standing is Standing.LOCKED)


def test_a_page_with_something_unsaved_is_not_left(window: Window) -> None:
    window.unlock()
    field = start_a_visit(window)
    desk = routes(window)._desk
    kept = desk.keep

    def full(record: RecordId, body: Body, before: Body) -> Kept:
        raise DiskFull

    desk.keep = full
    window.type("Still here")
    routes(window).home()
    window.until(lambda: "This page stays open" in window.spoken())
    assert window.screen == "screen:form"
    assert field.toPlainText() == "Still here"
    desk.keep = kept


def test_nobody_there_is_warned_a_minute_before_and_any_key_goes_on(window: Window) -> None:
    window.unlock()
    window.clock.forward(minutes=4, seconds=5)
    window.shell.idle.tick()
    window.until(lambda: "locks in 55 seconds" in window.spoken())
    window.press("Shift+Tab")
    assert "locks in" not in window.spoken()
    window.clock.forward(minutes=5, seconds=1)
    window.shell.idle.tick()
    window.until(lambda: window.shell.standing is Standing.LOCKED)
    assert window.gate.store is None


def test_a_hidden_screen_locks_too_when_nobody_comes(window: Window) -> None:
    window.unlock()
    window.press("F9")
    window.clock.forward(minutes=5, seconds=1)
    window.shell.idle.tick()
    window.until(lambda: window.shell.standing is Standing.LOCKED)


def test_alt_left_goes_back_to_the_row_the_worker_was_on(window: Window) -> None:
    window.unlock()
    # Until dates are worked out, what the office alone says may turn out to be a colleague's duty.
    window.until(lambda: "being worked out" not in window.spoken())
    due = window.named("list:due")
    due.setFocus(Qt.FocusReason.TabFocusReason)
    window.press("Down")
    before = due.current_key  # type: ignore[attr-defined]
    window.press("Enter")
    window.on("screen:family")
    window.press("Alt+Left")
    window.on("screen:home")
    assert window.focus.objectName() == "list:due"
    assert window.focus.current_key == before != ""  # type: ignore[attr-defined]


def test_ctrl_k_finds_a_child_and_esc_returns_to_the_caret(window: Window) -> None:
    window.unlock()
    name = start_a_visit(window).objectName()
    window.type("abc")
    window.press("Left", "Ctrl+K")
    window.on("screen:find")
    window.press("Esc")
    window.on("screen:form")
    again = window.focus
    assert isinstance(again, QPlainTextEdit)
    assert again.objectName() == name
    assert (again.toPlainText(), again.textCursor().position()) == ("abc", 2)
    window.press("Ctrl+K")
    window.on("screen:find")
    window.type("mais")
    window.until(lambda: bool(rows(window, "list:found")))
    window.press("Enter")
    window.on("screen:family")
    assert "Maisie Tolland" in window.named("identity").accessibleName()


def test_ctrl_n_begins_a_record_by_keyboard_alone(window: Window) -> None:
    window.unlock()
    window.press("Ctrl+N")
    window.on("screen:new")
    window.type("tilly")
    window.until(lambda: len(rows(window, "list:choices")) == 3)
    window.press("Enter")
    window.quiet()
    window.until(lambda: "which one" in window.spoken())
    window.press("Enter")
    window.on("screen:form")
    assert (
        "Marrow" in window.named("identity").accessibleName()
        or "Tilly" in window.named("identity").accessibleName()
    )


def test_the_status_line_is_always_true(window: Window) -> None:
    window.unlock()
    assert "Offline – nothing waiting" in window.status()
    assert "Office last reached today 08:55" in window.status()
    desk = routes(window)._desk
    window.thread.submit(lambda: desk.send(desk.start(VISIT, TOLLAND).record)).result()
    window.exchange.tell(())
    window.until(lambda: "Offline – 1 waiting" in window.status())
    window.exchange.show(ExchangeStatus(phase="sending", last_complete=window.clock.now(), sent=2))
    window.until(lambda: "Sending, 2 sent – 1 waiting" in window.status())
    window.exchange.show(ExchangeStatus(phase="idle", last_complete=window.clock.now()))
    window.until(lambda: "Office last reached today 14:32" in window.status())
    assert "1 waiting" in window.status()


def test_text_size_changes_by_keyboard_before_and_after_unlock(window: Window, worn_look: Look) -> None:
    window.press("Ctrl+=")
    assert worn_look.text_percent == 110
    window.unlock()
    window.press("Ctrl+=")
    assert "Text 125 %" in window.status()
    window.press("Ctrl+0")
    assert worn_look.text_percent == 100


def test_larger_text_in_a_form_never_makes_the_window_wider(window: Window, worn_look: Look) -> None:
    window.unlock()
    window.shell.resize(1366, 768)
    start_a_visit(window)
    worn_look.choose(text_percent=200)
    window.until(lambda: " of 7: " in window.spoken())
    assert window.shell.width() == 1366


def test_f6_goes_round_the_parts_of_the_window(window: Window) -> None:
    window.unlock()
    parts = []
    for _ in range(3):
        window.press("F6")
        parts.append(
            next(
                name
                for name in ("identity", "screen:home", "status")
                if window.named(name).isAncestorOf(window.focus)
            )
        )
    assert sorted(parts) == ["identity", "screen:home", "status"]


def every_page(window: Window) -> Iterator[str]:
    go = routes(window)
    for lead, screen in (
        (go.home, "screen:home"),
        (go.caseload, "screen:caseload"),
        (lambda: go.family(TOLLAND), "screen:family"),
        (lambda: go.to(Place(kind=Kind.PAPER, family=TOLLAND)), "screen:paper"),
        (lambda: go.to(Place(kind=Kind.CHRONOLOGY, family=TOLLAND)), "screen:chronology"),
        (lambda: go.to(Place(kind=Kind.GENOGRAM, family=TOLLAND)), "screen:genogram"),
        (go.sending, "screen:sending"),
        (go.conflicts, "screen:conflict"),
        (go.find, "screen:find"),
        (go.new_record, "screen:new"),
        (go.shortcuts, "screen:shortcuts"),
    ):
        window.open(lead, screen)
        yield screen


def test_tab_reaches_everything_once_round_and_every_stop_has_a_name(window: Window) -> None:
    assert all(stop.accessibleName() or _text(stop) for stop in window.tab_stops())
    window.unlock()
    for screen in every_page(window):
        stops = list(window.tab_stops())
        assert len(stops) > 2, screen
        nameless = [stop.objectName() or type(stop).__name__ for stop in stops if not _name(stop)]
        assert not nameless, (screen, nameless)
        assert any(stop.objectName() == "do:hide" for stop in stops), screen


@pytest.mark.parametrize(("size", "percent"), [((911, 512), 100), ((1093, 614), 200), ((911, 512), 200)])
def test_nothing_is_cut_off_in_a_small_window_or_with_large_text(
    window: Window, worn_look: Look, size: tuple[int, int], percent: int
) -> None:
    window.unlock()
    worn_look.choose(text_percent=percent)
    window.shell.resize(*size)
    for screen in every_page(window):
        assert (window.shell.width(), window.shell.height()) == size, screen
        for area in window.shell.findChildren(QScrollArea):
            if area.isVisible():
                assert area.horizontalScrollBar().maximum() == 0, screen
        for widget in window.shell.findChildren(QWidget):
            if not widget.isVisible() or not isinstance(widget, QPushButton | QLabel):
                continue
            wanted = widget.minimumSizeHint() if isinstance(widget, QLabel) else widget.sizeHint()
            assert widget.width() >= wanted.width(), (screen, widget.text())
            if isinstance(widget, QLabel) and widget.wordWrap():
                needed = widget.heightForWidth(widget.width()) * 0.85
                assert widget.height() >= needed, (screen, widget.text())


def _name(widget: QWidget) -> str:
    return widget.accessibleName() or _text(widget)


def _text(widget: QWidget) -> str:
    text = getattr(widget, "text", None)
    return str(text()) if callable(text) else ""


def test_the_lock_time_is_five_minutes_unless_said_otherwise(
    qtbot: QtBot, gate: StoreGate, worn_look: Look
) -> None:
    window = Window(qtbot, gate, look=worn_look, lock_after=timedelta(minutes=2))
    window.unlock()
    window.clock.forward(minutes=2, seconds=1)
    window.shell.idle.tick()
    window.until(lambda: window.shell.standing is Standing.LOCKED)
    window.end()


def test_start_a_visit_in_the_child_menu_starts_a_visit(window: Window) -> None:
    window.unlock()
    window.open(lambda: routes(window).family(TOLLAND), "screen:family")
    window.press("Ctrl+Shift+V")
    window.on("screen:form")
    assert "Home visit" in window.shell.windowTitle()


def test_the_warning_before_the_lock_calls_saved_only_what_is(window: Window) -> None:
    window.unlock()
    start_a_visit(window)
    desk = routes(window)._desk
    kept = desk.keep

    def full(record: RecordId, body: Body, before: Body) -> Kept:
        raise DiskFull

    desk.keep = full
    window.type("On this page alone")
    window.until(lambda: "Not saved yet" in window.spoken())
    window.shell._warn_of_lock(60)
    window.until(lambda: "locks in 60 seconds" in window.spoken())
    assert "What you typed is saved" not in window.spoken()
    desk.keep = kept
    window.press("Ctrl+S")
    window.until(lambda: not routes(window).unsaved())
    window.shell._drop_warning()
    window.shell._warn_of_lock(60)
    window.until(lambda: "What you typed is saved" in window.spoken())


def test_what_a_signed_record_takes_no_more_can_be_copied_and_the_page_left(window: Window) -> None:
    window.unlock()
    field = start_a_visit(window)
    desk = routes(window)._desk

    def signed(record: RecordId, body: Body, before: Body) -> Kept:
        raise AlreadySignedOff(record=record)

    desk.keep = signed
    window.type("Said at the door: not today")
    window.until(lambda: "Copy my words" in window.spoken())
    assert field.toPlainText() == "Said at the door: not today"
    assert not window.named("do:leave-my-words").isEnabled()
    window.click("do:copy-my-words")
    field.setFocus(Qt.FocusReason.TabFocusReason)
    window.type("!")
    assert not window.named("do:leave-my-words").isEnabled()  # that letter was not copied yet
    window.click("do:copy-my-words")
    assert "Said at the door: not today" in QApplication.clipboard().text()
    window.click("do:leave-my-words")
    window.until(lambda: not routes(window).unsaved())
    window.open(routes(window).home, "screen:home")
