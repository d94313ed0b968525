"""From when to when: the usual periods at once, any other by two dates typed as people say them."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from ui.fields.reading import date_typed, read_date
from ui.style import em
from ui.widgets import FieldLabel, FlowLayout
from workbook_desktop.workspace.chronology import when_of

_PERIODS = (("All time", 0), ("Last 3 months", 3), ("Last 12 months", 12), ("Last 3 years", 36))
_OTHER = "Other dates…"


class PeriodFilter(QWidget):
    """Chooses a period. `since` and `until` are days, both in it; None is open."""

    changed = Signal()

    def __init__(self, today: date) -> None:
        super().__init__()
        self._today = today
        self.since: date | None = None
        self.until: date | None = None
        flow = FlowLayout(self, gap=0.4)
        label = FieldLabel("&Period")
        label.setWordWrap(False)
        self.box = QComboBox()
        self.box.setObjectName("choose:period")
        self.box.setAccessibleIdentifier("choose:period")
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for words, months in _PERIODS:
            self.box.addItem(words, months)
        self.box.addItem(_OTHER, -1)
        label.set_field(self.box)
        self.box.activated.connect(lambda _: self._on_period())
        flow.addWidget(label)
        flow.addWidget(self.box)
        self.edits: list[QLineEdit] = []
        self._typed: list[QWidget] = []
        for name, words in (("since", "&from"), ("until", "&to")):
            edit = QLineEdit()
            edit.setObjectName(f"find:{name}")
            edit.setAccessibleIdentifier(f"find:{name}")
            edit.setPlaceholderText("3/2024")
            edit.setFixedWidth(em(self, 8))
            title = FieldLabel(words)
            title.setWordWrap(False)
            title.set_field(edit)
            edit.setAccessibleName("From" if name == "since" else "To")
            edit.editingFinished.connect(self._on_typed)
            self.edits.append(edit)
            self._typed += [title, edit]
            flow.addWidget(title)
            flow.addWidget(edit)
        self._show_edits(visible=False)

    def put(self, since: date | None, until: date | None) -> None:
        """Show a period."""
        self.since, self.until = since, until
        months = next(
            (count for _, count in _PERIODS if until is None and self._months_ago(count) == since), -1
        )
        self.box.setCurrentIndex(self.box.findData(months))
        for edit, day in zip(self.edits, (since, until), strict=True):
            edit.setText(date_typed(day.isoformat()) if day is not None and months < 0 else "")
        self._show_edits(visible=months < 0)

    def _months_ago(self, months: int) -> date | None:
        if not months:
            return None
        years, month = divmod(self._today.year * 12 + self._today.month - 1 - months, 12)
        return date(years, month + 1, min(self._today.day, 28))

    def _on_period(self) -> None:
        months = self.box.currentData()
        self._show_edits(visible=months < 0)
        if months < 0:
            self.edits[0].setFocus()
            return
        self.since, self.until = self._months_ago(months), None
        self.changed.emit()

    def _on_typed(self) -> None:
        found: list[date | None] = []
        for edit, is_end in zip(self.edits, (False, True), strict=True):
            read = read_date(edit.text(), self._today, ("day", "month", "year")) if edit.text() else None
            wrong = read is not None and read.value is None
            edit.setProperty("wrong", wrong)
            edit.update()
            when = None
            if read is not None and isinstance(read.value, str):
                text = read.value
                day = date.fromisoformat(text) if len(text) > len("2024-03") else None
                when = when_of(day, "" if day else text)
            found.append(None if when is None else when.last if is_end else when.first)
        if (self.since, self.until) != (found[0], found[1]):
            self.since, self.until = found
            self.changed.emit()

    def _show_edits(self, *, visible: bool) -> None:
        for each in self._typed:
            each.setVisible(visible)
        self.updateGeometry()
