"""Scales over time for one family: a chart and a table of each, in a window beside the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

from ui.say import long_date
from ui.style import em
from ui.widgets import Button, EmptyState, HeadingTwo, Hint, Page, button_row
from ui.widgets.chart import Chart, legend, reading_words
from ui.widgets.text import Label, caption_safe
from workbook_desktop.domain.ids import PersonId
from workbook_desktop.domain.people import Person
from workbook_desktop.domain.readings import ScaleReading, Series, change_words, series
from workbook_desktop.forms.definition import Band

Bands = Mapping[tuple[str, str], Sequence[Band]]  # by scale and version
_NO_BANDS: Bands = {}


class ReadingsDialog(QDialog):
    """Every scale of a family, each with its chart and the same as a table."""

    chosen = Signal(str)  # a parent's own page is asked for

    def __init__(
        self,
        readings: Sequence[ScaleReading],
        *,
        title: str = "Readings over time",
        bands: Bands = _NO_BANDS,
        parents: Sequence[Person] = (),
        parent: QWidget | None = None,
    ) -> None:
        """`parents` are the adults for whom there is a page of their own."""
        super().__init__(parent)
        self.setObjectName("dialog:readings")
        self.setWindowTitle("Readings over time")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.page = Page(title, letters=90)
        column.addWidget(self.page)
        self.charts: list[Chart] = []
        if parents:
            self.page.add(Hint("A page of their own, in plain words, to look at together:"))
            self.page.add(button_row(*(self._own_page(each) for each in parents)))
        scales: dict[str, list[Series]] = {}
        for each in series(readings):
            scales.setdefault(each.scale, []).append(each)
        if not scales:
            self.page.add(
                EmptyState(
                    "No readings yet. They come from signed records in which a scale was answered.",
                    icon_name="scale",
                )
            )
        for listed in scales.values():
            self._add(listed, bands)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.activated.connect(self.close)
        self.resize(em(self, 50), em(self, 40))

    def _own_page(self, person: Person) -> Button:
        shown = caption_safe(f"Show {person.name}")
        button = Button(shown, identifier=f"do:own-page-{person.id}", icon_name="user-round")
        button.clicked.connect(lambda *_: self._choose(person.id))
        return button

    def _choose(self, person: PersonId) -> None:
        self.close()
        self.chosen.emit(person)

    def _add(self, listed: Sequence[Series], bands: Bands) -> None:
        newest = listed[0].readings[-1]
        self.page.add(HeadingTwo(listed[0].name))
        for each in listed:
            words = change_words(each)
            if words:
                who = each.person_name or "The family"
                self.page.add(Label(f"{who}: {words}."))
        if newest.better:
            self.page.add(Hint(f"{newest.better.capitalize()} is better."))
        chart = Chart()
        chart.show_series(listed, bands.get((newest.scale, newest.version), ()))
        self.charts.append(chart)
        self.page.add(chart)
        shapes = legend(listed)
        if shapes:
            self.page.add(Hint(shapes))
        self.page.add(ReadingsTable(listed))


class ReadingsTable(QWidget):
    """The same readings as rows, newest first: for those who do not see the chart, and to copy from."""

    def __init__(self, listed: Sequence[Series], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        several = len(listed) > 1
        heads = ["Date", *(["Who"] if several else []), "Reading", "What it means"]
        for place, words in enumerate(heads):
            grid.addWidget(Hint(words, self), 0, place)
        rows = sorted(
            (each for one in listed for each in one.readings), key=lambda each: each.date, reverse=True
        )
        for number, each in enumerate(rows, start=1):
            cells = [
                long_date(each.date),
                *([each.person_name or "The family"] if several else []),
            ]
            cells += [f"{each.value.normalize():f}", each.band or "–"]
            if not each.sent:
                cells[-1] += " (not sent yet)"
            for place, words in enumerate(cells):
                label = Label(words, self, selectable=True)
                label.setAccessibleName(reading_words(each) if place == 0 else words)
                grid.addWidget(label, number, place)
        grid.setColumnStretch(len(heads), 1)
