"""A text is as high as what is in it, at any width."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui.fields.text import GrowingText

WORDS = "Nothing with the address on it is to be printed for a meeting that he attends. " * 4


@pytest.mark.parametrize("width", [300, 500, 900])
def test_no_line_is_cut_whatever_the_width_was_when_the_words_came(qtbot: QtBot, width: int) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    text = GrowingText(page)
    column.addWidget(text)
    text.show_text(WORDS)
    page.resize(1200, 800)
    page.show()
    page.resize(width, 800)
    qtbot.waitUntil(lambda: text.width() < width)
    lines = text.document().firstBlock().layout().lineCount()
    assert lines > 3 or width > 800
    qtbot.waitUntil(lambda: text.viewport().height() >= lines * text.fontMetrics().lineSpacing())
