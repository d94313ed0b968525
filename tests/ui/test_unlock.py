"""S2: the passphrase, kind waits, and every reason why a store does not open."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from tests.support.window import Window
from tests.support.worker import PASSPHRASE
from workbook_desktop.domain.errors import KeyUnavailable, StoreDamaged, StoreTooNew


def passphrase(window: Window) -> QLineEdit:
    found = window.named("answer:passphrase")
    assert isinstance(found, QLineEdit)
    return found


def test_a_wrong_passphrase_empties_the_field_says_so_and_waits_without_blame(window: Window) -> None:
    for _ in range(4):
        window.type("not the passphrase")
        window.press("Enter")
        window.quiet()
        assert passphrase(window).text() == ""
        window.clock.forward(minutes=10)
        window.shell.screen_now._count_down()  # type: ignore[union-attr]
    assert "does not open the Workbook" in window.spoken()
    assert "attempt" not in window.spoken()
    assert "tries left" not in window.spoken()
    window.unlock()
    assert window.screen == "screen:home"


def test_a_wait_is_counted_down_and_then_the_button_is_there_again(window: Window) -> None:
    screen = window.shell.screen_now
    for _ in range(6):
        window.type("no")
        window.press("Enter")
        window.quiet()
        if "You can try again in" in window.spoken():
            break
    assert "You can try again in" in window.spoken()
    assert not window.named("do:unlock").isEnabled()
    window.clock.forward(minutes=30)
    screen._count_down()  # type: ignore[union-attr]
    assert "You can try again in" not in window.spoken()
    assert window.named("do:unlock").isEnabled()


def test_undo_never_brings_a_passphrase_back(window: Window) -> None:
    window.type(PASSPHRASE)
    window.press("Ctrl+Z")
    assert passphrase(window).text() == PASSPHRASE
    window.type("x")
    window.press("Enter")
    window.quiet()
    window.press("Ctrl+Z", "Ctrl+Y")
    assert passphrase(window).text() == ""
    assert not passphrase(window).isUndoAvailable()


def test_the_passphrase_is_not_said_unless_it_is_shown(window: Window) -> None:
    window.type("quiet")
    assert "quiet" not in window.findable()
    window.click("do:show-passphrase")
    assert passphrase(window).echoMode() is QLineEdit.EchoMode.Normal
    window.click("do:show-passphrase")
    assert passphrase(window).echoMode() is QLineEdit.EchoMode.Password


def test_caps_lock_is_noticed_by_the_letters_it_gives(window: Window) -> None:
    field = passphrase(window)
    QTest.keyClick(field, "A")  # a capital without Shift
    assert "Caps Lock is on" in window.spoken()
    QTest.keyClick(field, "a")
    assert "Caps Lock is on" not in window.spoken()
    QTest.keyClick(field, "A", Qt.KeyboardModifier.ShiftModifier)
    assert "Caps Lock is on" not in window.spoken()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StoreDamaged(what="header"), "Nothing has been changed or removed"),
        (StoreTooNew(found=9, known=1), "Your records are safe"),
        (KeyUnavailable(reason="no-keyring"), "no keyring, the safe place for keys"),
        (KeyUnavailable(reason="secret-missing"), "a recovery key may help"),
    ],
)
def test_whatever_stands_in_the_way_is_said_with_what_is_safe_and_what_to_do(
    window: Window, error: Exception, said: str
) -> None:
    window.gate.fails_with = error
    window.type(PASSPHRASE)
    window.press("Enter")
    window.until(lambda: said in window.spoken())
    assert "start again" not in window.spoken().lower()
    assert "Copy details for IT" in window.spoken()
    window.gate.fails_with = None
    window.press("Space")  # "Try again" has the focus
    assert window.focus.objectName() == "answer:passphrase"
    window.unlock()


def test_enter_with_nothing_typed_asks_for_it_and_tries_nothing(window: Window) -> None:
    window.press("Enter")
    assert "Enter your passphrase" in window.spoken()
    assert window.tasks.pending() == 0


def test_what_waits_to_be_sent_is_said_before_unlocking(window: Window) -> None:
    window.unlock()
    desk = window.shell._routes._desk  # type: ignore[union-attr]
    file = window.thread.submit(lambda: desk.family(desk.caseload()[0].family)).result()
    window.thread.submit(lambda: desk.send(desk.start(file.forms[0][0], file.family.id).record)).result()
    window.press("Ctrl+L")
    window.until(lambda: window.screen == "screen:unlock")
    assert "1 waiting to send" in window.spoken()
