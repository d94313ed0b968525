"""Words from forms and people are shown as they stand: no markup, no turned order, no endless line."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.support.desk import FixedClock
from ui.fields import FieldContext, field_for
from ui.style import Look
from ui.widgets.text import Label, caption_safe, plain
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.forms.definition import Item, Kind, Option


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Ann \u202eTolland\u202c", "Ann Tolland"),
        ("\u2066x\u2069\u200f", "x"),
        ("a\x00b\x07", "ab"),
        ("two\nlines\tand", "two\nlines\tand"),
        ("שלום and مرحبا", "שלום and مرحبا"),
        ("<b>bold</b> <img src='http://x'>", "<b>bold</b> <img src='http://x'>"),
    ],
)
def test_signs_that_turn_the_order_are_left_out_and_all_else_stays(given: str, shown: str) -> None:
    assert plain(given) == shown


def test_a_word_without_end_gets_places_to_wrap_once() -> None:
    once = plain("x" * 200)
    assert once.replace("\u200b", "") == "x" * 200
    assert max(map(len, once.split("\u200b"))) == 40
    assert plain(once) == once


def test_a_label_takes_no_markup(qtbot: QtBot, worn_look: Look) -> None:
    label = Label("<b>Ann</b> &amp; Bo")
    qtbot.addWidget(label)
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert label.text() == "<b>Ann</b> &amp; Bo"
    assert caption_safe("Ann & \u202eBo") == "Ann && Bo"


@pytest.mark.parametrize("text", ["word " * 20_000, "x" * 100_000], ids=["words", "one word"])
def test_a_hundred_thousand_letters_stay_in_the_width_there_is(
    text: str, qtbot: QtBot, worn_look: Look
) -> None:
    options = (Option(value="a", label=text), Option(value="b", label="No"))
    item = Item(link_id=LinkId("q"), kind=Kind.CHOICE, text=text, help=text, options=options)
    window = QWidget()
    QVBoxLayout(window).addWidget(field_for(item, FieldPath("q"), FieldContext(clock=FixedClock())))
    qtbot.addWidget(window)
    window.resize(600, 400)
    with qtbot.waitExposed(window):
        window.show()
    assert window.width() <= 700
