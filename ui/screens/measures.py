"""Measures: what the team's work comes to, counted from what is recorded, with no one's name."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from ui.say import Say
from ui.shell.navigation import Navigator
from ui.shell.screen import Screen
from ui.style import Tone, em
from ui.tasks import Tasks
from ui.widgets import (
    WIDE,
    Band,
    Body,
    BusyState,
    Button,
    EmptyState,
    FieldLabel,
    HeadingTwo,
    Hint,
    Page,
    Strong,
    SummaryRow,
    announce,
    follow_reading_order,
)
from ui.widgets.drop_down import DropDown
from workbook_desktop.domain.dates import long_date
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.measure_tables import HIDDEN_MEANS, Table, as_csv, tables_of
from workbook_desktop.workspace.measures import Stretch, Tally, stretches
from workbook_desktop.workspace.measuring import ToMeasure

_NO_FAMILIES = (
    "There is no family on this laptop whose figures you may see: those are of families you work with."
)
_FEW = (
    "There are few families on this laptop, so most counts are hidden. What each table counts stands here all"
    " the same; on the laptop of a manager or practice lead, with a whole team’s families, they have figures."
)
_NOT_SAVED = "It could not be saved there. Nothing is lost: choose another place, or ask whether it is full."


class MeasuresScreen(Screen):
    """Counts family by family, so that nothing else waits, and shows them when all are in."""

    def __init__(
        self,
        whose: ToMeasure,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
        *,
        ask_where: Callable[[str, Callable[[str], None]], None] | None = None,
        kept: MutableMapping[str, Any] | None = None,
    ) -> None:
        """`ask_where` asks for a place to save a file of a name, and answers with its path; `kept` holds the
        days that were chosen when the page was left."""
        super().__init__()
        self._whose, self._desk, self._tasks, self._say = whose, desk, tasks, say
        self._ask_where = ask_where or self._file_dialog
        self._over = stretches(whose.today)
        self._kept: MutableMapping[str, Any] = kept if kept is not None else {}
        self._round = 0
        self._tables: tuple[Table, ...] = ()
        self._parts: list[TablePart] = []
        self.setObjectName("screen:measures")
        self.setAccessibleIdentifier("screen:measures")
        go.title("Measures")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.page = Page("Measures", caption=self._caption(), letters=WIDE)
        outer.addWidget(self.page)
        self.page.add(
            Body("Counted from what is recorded on this laptop. It names nobody, and is about no one worker.")
        )
        if not whose.families:
            self.page.add(EmptyState(_NO_FAMILIES, icon_name="users"))
            return
        self.days = DropDown("answer:days")
        self.days.addItems([f"{each.name}, {_days(each)}" for each in self._over])
        names = [each.name for each in self._over]
        if self._kept.get("days") in names:
            self.days.setCurrentIndex(names.index(self._kept["days"]))
        self.days.currentIndexChanged.connect(lambda _: self._count())
        label = FieldLabel("&Days")
        label.set_field(self.days)
        self.save = Button("&Save as a file…", identifier="do:save-measures", icon_name="download")
        self.save.clicked.connect(lambda *_: self._ask_where(self._file_name(), self._save))
        self._busy = BusyState("Counting")
        self._note = Band(Tone.NEUTRAL)
        self._note_words = Body("")
        self._note.add(self._note_words)
        self._shown = QWidget()
        self._column = QVBoxLayout(self._shown)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.page.add(label, self.days, self.save, self._busy, self._note, self._shown)
        self._note.hide()
        self._count()

    def begin(self) -> None:
        """Start at the choice of days."""
        self.page.arrive()

    # -- counting ------------------------------------------------------------------------------------------

    def _count(self) -> None:
        self._round += 1
        self.save.setEnabled(False)
        self._shown.hide()
        self._busy.show()
        self._kept["days"] = self._over[self.days.currentIndex()].name
        self._next(self._round, 0, Tally(), self._over[self.days.currentIndex()])

    def _next(self, turn: int, at: int, sum_: Tally, over: Stretch) -> None:
        if turn != self._round:
            return
        if at == len(self._whose.families):
            self._show(sum_, over)
            return
        family, desk = self._whose.families[at], self._desk

        def counted(found: Tally) -> None:
            self._next(turn, at + 1, sum_ + found, over)

        def failed(error: Exception) -> None:
            if turn == self._round:
                self._busy.hide()
                self._say.error(error)

        self._tasks.run(self, lambda: desk.measure(family, over), counted, failed)

    def _show(self, sum_: Tally, over: Stretch) -> None:
        self._busy.hide()
        self._tables = tables_of(sum_, over)
        for part in self._parts:
            self._column.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts = [TablePart(table) for table in self._tables]
        for part in self._parts:
            self._column.addWidget(part)
        self._shown.show()
        if self.isVisible():
            follow_reading_order(self.window())
        notes = []
        if any(table.hides for table in self._tables):
            notes.append(HIDDEN_MEANS)
        if 2 * sum(table.hides or bool(table.empty) for table in self._tables) > len(self._tables):
            notes.append(_FEW)
        if sum_.unread:
            many = "1 record" if sum_.unread == 1 else f"{sum_.unread} records"
            are = "is" if sum_.unread == 1 else "are"
            notes.append(f"{many} could not be read on this laptop and {are} not counted.")
        self._note_words.setText(" ".join(notes))
        self._note.setVisible(bool(notes))
        self.save.setEnabled(True)
        announce(self, f"Counted, {over.name}")

    # -- saving --------------------------------------------------------------------------------------------

    def _file_name(self) -> str:
        over = self._over[self.days.currentIndex()]
        return f"measures {over.first.isoformat()} to {over.last.isoformat()}.csv"

    def _file_dialog(self, name: str, then: Callable[[str], None]) -> None:
        dialog = QFileDialog(self, "Save measures", name, "Spreadsheet (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(then)
        dialog.open()

    def _save(self, path: str) -> None:
        over = self._over[self.days.currentIndex()]
        data = as_csv(self._tables, scope=self._whose.scope, over=over, as_at=self._whose.as_at)
        desk = self._desk

        def job() -> bool:
            try:
                Path(path).write_bytes(data)
            except OSError:
                return False
            desk.note_measures_saved()
            return True

        self._tasks.run(self, job, lambda ok: self._saved(path, ok), self._say.error)

    def _saved(self, path: str, ok: bool) -> None:
        words = f"Saved as {Path(path).name}." if ok else _NOT_SAVED
        self._note_words.setText(words)
        self._note.show()
        announce(self, words)

    def _caption(self) -> str:
        at = self._whose.as_at
        reached = f", as at {self._say.moment(at)}" if at is not None else ""
        return f"{self._whose.scope}{reached}"


class TablePart(QWidget):
    """One measure: its counts, what is counted, and why there are none."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self.setAccessibleName(table.title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, em(self, 0.8), 0, 0)
        column.setSpacing(em(self, 0.25))
        column.addWidget(HeadingTwo(table.title))
        column.addWidget(Hint(table.definition))
        for line in table.lines:
            column.addWidget(SummaryRow(line.label, line.words, action=""))
        if table.more:
            column.addWidget(Strong(table.more))
        if table.empty:
            column.addWidget(Body(table.empty))


def _days(over: Stretch) -> str:
    return f"{long_date(over.first)} to {long_date(over.last)}"
