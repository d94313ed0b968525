"""Readings over time: drawn, gone through by keyboard, and told as a table."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ui.screens.readings import ReadingsDialog
from ui.style import Look, Theme
from ui.widgets.chart import Chart, reading_words
from ui.widgets.text import Label
from workbook_desktop.domain.ids import PersonId, RecordId
from workbook_desktop.domain.readings import ScaleReading, change_words, series
from workbook_desktop.forms.definition import Band

BANDS = (
    Band(least="0", most="9", label="Low", tone="good"),
    Band(least="10", most="27", label="High", tone="bad"),
)


def reading(
    day: date, value: int, who: str = "Hannah Tolland", version: str = "1", **more: object
) -> ScaleReading:
    return ScaleReading(
        person=PersonId(who),
        person_name=who,
        scale="mood",
        version=version,
        name="Mood",
        value=Decimal(value),
        band="High" if value > 9 else "Low",
        date=day,
        by=None,
        record=RecordId(f"r-{day}-{who}"),
        better="lower",
        least=Decimal(0),
        most=Decimal(27),
        **more,  # type: ignore[arg-type]
    )


READINGS = (
    reading(date(2026, 3, 3), 19),
    reading(date(2026, 5, 12), 12),
    reading(date(2026, 8, 20), 8, sent=False),
    reading(date(2026, 4, 1), 6, "Darren Pask"),
    reading(date(2026, 9, 1), 14, "Darren Pask", version="2"),
)


@pytest.fixture
def dialog(qtbot: QtBot, worn_look: Look) -> ReadingsDialog:
    worn_look.choose(theme=Theme.LIGHT, text_percent=100)
    made = ReadingsDialog(READINGS, bands={("mood", "1"): BANDS, ("mood", "2"): BANDS})
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_points_are_joined_only_within_one_version_of_a_scale() -> None:
    darren, hannah = series(READINGS)
    assert [len(run) for run in darren.runs] == [1, 1]
    assert [len(run) for run in hannah.runs] == [3]
    assert change_words(hannah) == "down 4 since 12 May 2026, which is better"
    assert change_words(darren) == ""


def test_the_arrow_keys_go_through_the_readings_and_each_is_said(dialog: ReadingsDialog) -> None:
    (chart,) = dialog.charts
    chart.setFocus()
    QTest.keyClick(chart, Qt.Key.Key_Home)
    assert chart.chosen == READINGS[0]
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.accessibleDescription() == "1 April 2026, Darren Pask: 6, Low"
    QTest.keyClick(chart, Qt.Key.Key_End)
    assert chart.chosen == READINGS[4]
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.accessibleDescription() == "20 August 2026, Hannah Tolland: 8, Low, not sent yet"


def test_the_table_says_the_same_as_the_chart(dialog: ReadingsDialog) -> None:
    said = [each.text() for each in dialog.findChildren(Label)]
    for each in READINGS:
        assert f"{each.date.day} {each.date:%B %Y}" in said
        assert str(each.value) in said
    assert "Hannah Tolland: down 4 since 12 May 2026, which is better." in said
    assert reading_words(READINGS[0]) == "3 March 2026, Hannah Tolland: 19, High"


@pytest.mark.parametrize("theme", [Theme.DARK, Theme.CONTRAST])
def test_it_is_drawn_in_every_theme_with_one_point_none_and_large_text(
    qtbot: QtBot, worn_look: Look, theme: Theme
) -> None:
    worn_look.choose(theme=theme, text_percent=200)
    for readings in ((), READINGS[:1], READINGS):
        chart = Chart()
        qtbot.addWidget(chart)
        chart.show_series(series(readings), BANDS)
        chart.resize(chart.sizeHint())
        assert not chart.grab().isNull()
    worn_look.choose(theme=Theme.LIGHT, text_percent=100)


def test_no_readings_say_where_they_would_come_from(qtbot: QtBot, worn_look: Look) -> None:
    made = ReadingsDialog(())
    qtbot.addWidget(made)
    assert any("No readings yet" in each.text() for each in made.findChildren(Label))
