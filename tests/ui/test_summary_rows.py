"""A row of "check your answers" is as high as its words."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ui.widgets.page import Page
from ui.widgets.summaries import SummaryRow

QUESTION = "Does it hold information about, or from, someone outside the family?"


@pytest.mark.parametrize("width", [700, 1093, 1366])
def test_no_question_is_cut_on_a_long_page(qtbot: QtBot, width: int) -> None:
    page = Page("Check and finish")
    qtbot.addWidget(page)
    rows = [SummaryRow(QUESTION, "") for _ in range(30)]
    for row in rows:
        page.add(row)
    page.resize(width, 600)
    page.show()
    for row in (rows[0], rows[29]):
        key = row.key
        half_a_line = key.fontMetrics().lineSpacing() // 2
        qtbot.waitUntil(lambda row=row: row.height() >= row.heightForWidth(row.width()))
        assert key.height() > key.heightForWidth(key.width()) - half_a_line
