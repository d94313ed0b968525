"""What is known otherwise by now, one by one; and what a later form no longer asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.support.form_bench import Bench
from tests.support.forms import form, item
from ui.screens.form.earlier import EarlierPage
from ui.screens.form.known import NOTHING, KnownDialog
from ui.style import Look
from ui.widgets.buttons import LinkButton
from ui.widgets.states import EmptyState
from ui.widgets.summaries import SummaryRow
from ui.widgets.text import Label
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.forms.definition import FACTS
from workbook_desktop.workspace.views import KnownDifference

K = Qt.Key


def a_difference(name: str, here: str, known: str) -> KnownDifference:
    return KnownDifference(
        path=FieldPath(name),
        question=f"{name}?",
        here=here,
        known=known,
        value=known,
        source="Home visit, 3 March 2026, by Tom Harrow",
    )


DIFFERENT = (a_difference("School", "Hill Primary", "Brook Primary"), a_difference("Language", "", "Polish"))


class Opened:
    def __init__(self, qtbot: QtBot, *differences: KnownDifference) -> None:
        self.did: list[str] = []
        self.dialog = KnownDialog(differences, self.act("take"), self.act("keep"))
        qtbot.addWidget(self.dialog)
        with qtbot.waitExposed(self.dialog):
            self.dialog.show()

    def act(self, word: str) -> Callable[[KnownDifference], Callable[[], object]]:
        def carry_out(difference: KnownDifference) -> Callable[[], object]:
            self.did.append(f"{word} {difference.path}")
            return lambda: self.did.append(f"undo {difference.path}")

        return carry_out

    def keys(self, *keys: K) -> None:
        for each in keys:
            focused = self.dialog.focusWidget()
            assert focused is not None
            QTest.keyClick(focused, each)


def test_each_difference_is_decided_by_keyboard_and_the_focus_goes_on(qtbot: QtBot, worn_look: Look) -> None:
    opened = Opened(qtbot, *DIFFERENT)
    assert opened.dialog.focusWidget() is opened.dialog.cards[0].take
    opened.keys(K.Key_Return)
    assert opened.dialog.focusWidget() is opened.dialog.cards[1].take
    opened.keys(K.Key_Tab, K.Key_Space)
    assert opened.did == ["take School", "keep Language"]
    assert opened.dialog.undecided() == 0
    assert opened.dialog.focusWidget() is opened.dialog.shut


def test_a_decision_can_be_taken_back(qtbot: QtBot, worn_look: Look) -> None:
    opened = Opened(qtbot, *DIFFERENT)
    opened.keys(K.Key_Return)
    card = opened.dialog.cards[0]
    card.undo.setFocus()
    opened.keys(K.Key_Return)
    assert opened.did == ["take School", "undo School"]
    assert opened.dialog.undecided() == 2
    assert opened.dialog.focusWidget() is card.take


def test_a_difference_says_what_stands_here_what_is_known_and_where_from(
    qtbot: QtBot, worn_look: Look
) -> None:
    opened = Opened(qtbot, *DIFFERENT)
    words = [each.text() for each in opened.dialog.cards[1].findChildren(Label) if each.isVisible()]
    assert words[0] == "Language?"
    assert {"Here", "Not provided", "Known now", "Polish"} <= set(words)
    assert "From Home visit, 3 March 2026, by Tom Harrow" in words
    assert opened.dialog.cards[0].take.accessibleName() == "Take what is known, Brook Primary: School?"


def test_escape_decides_nothing(qtbot: QtBot, worn_look: Look) -> None:
    opened = Opened(qtbot, *DIFFERENT)
    with qtbot.waitSignal(opened.dialog.finished):
        opened.keys(K.Key_Escape)
    assert not opened.dialog.isVisible()
    assert opened.did == []


def test_without_a_difference_it_says_so(qtbot: QtBot, worn_look: Look) -> None:
    opened = Opened(qtbot)
    assert any(
        label.text() == NOTHING
        for state in opened.dialog.findChildren(EmptyState)
        for label in state.findChildren(Label)
    )
    assert opened.dialog.focusWidget() is opened.dialog.shut


@pytest.mark.parametrize("percent", [100, 200])
def test_nothing_is_wider_than_the_window(percent: int, qtbot: QtBot, worn_look: Look) -> None:
    worn_look.choose(text_percent=percent)
    try:
        opened = Opened(qtbot, a_difference("School", "word " * 60, "x" * 300))
        opened.dialog.resize(911, 512)
        inner = opened.dialog.page.widget()
        assert inner is not None
        assert inner.width() <= opened.dialog.page.viewport().width()
    finally:
        worn_look.choose(text_percent=100)


def test_answers_of_an_earlier_form_are_read_and_can_be_copied(qtbot: QtBot, worn_look: Look) -> None:
    page = EarlierPage([("Who was at home", "Hannah & <b>Maisie</b>")], caption="Visit")
    qtbot.addWidget(page)
    row = page.findChild(SummaryRow)
    assert row is not None
    assert (row.key.text(), row.value.text()) == ("Who was at home", "Hannah & <b>Maisie</b>")
    assert row.value.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse
    assert row.action is None
    page.say_answers([("Who was there", "Nobody")])
    assert [each.key.text() for each in page.rows.rows if isinstance(each, SummaryRow)] == ["Who was there"]


def test_on_request_a_form_compares_and_what_is_decided_is_kept(
    qtbot: QtBot, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = {"title": "Home visit", "by": "Tom Harrow", "value": "Brook Primary"}
    found = replace(a_difference("school", "", "Brook Primary"), origin=origin)
    monkeypatch.setattr(bench.desk, "differences", lambda record: (found,))
    school = item("school", "string", text="School", code=[{"system": FACTS, "code": "child.school"}])
    bench.open(form(school, item("note", "string")))
    offer = bench.screen.findChild(LinkButton, "do:known")
    assert offer is not None
    assert not offer.isHidden()
    where = bench.focused
    bench.keys_with(K.Key_D, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: bool(bench.screen.findChildren(KnownDialog)))
    (dialog,) = bench.screen.findChildren(KnownDialog)
    card = dialog.cards[0]
    QTest.keyClick(card.take, K.Key_Return)
    bench.kept()
    assert bench.stored("school") == "Brook Primary"
    QTest.keyClick(card.undo, K.Key_Return)
    bench.kept()
    assert bench.stored("school") is None
    QTest.keyClick(card.keep, K.Key_Return)
    QTest.keyClick(dialog, K.Key_Escape)
    bench.kept()
    assert bench.stored("school") is None
    qtbot.waitUntil(lambda: not bench.screen.findChildren(KnownDialog))
    assert bench.focused is where
