"""From a family's file to its other pages: the row of buttons, and what two of them have to ask first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ui.say import Say
from ui.shell.navigation import Navigator
from ui.shell.places import Kind
from ui.tasks import Tasks
from ui.widgets import Button, FlowLayout
from workbook_desktop.domain.ids import PersonId
from workbook_desktop.domain.people import Family, Person
from workbook_desktop.domain.readings import ScaleReading
from workbook_desktop.forms.definition import Band as ScaleBand
from workbook_desktop.workspace.desk import Desk

Bands = Mapping[tuple[str, str], Sequence[ScaleBand]]  # what values are called, by scale and version
_PAGES = (
    ("Workbook: all chapters", Kind.WORKBOOK, "book-open"),
    ("Chronology", Kind.CHRONOLOGY, "history"),
    ("Genogram", Kind.GENOGRAM, "users"),
    ("On paper", Kind.PAPER, "printer"),
)


class MorePages(QWidget):
    """Buttons to the family's other pages, to its readings, and to the next version of its plan."""

    def __init__(
        self,
        family: Family,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
        *,
        to_page: Callable[[Kind, PersonId | None], None],
    ) -> None:
        """`to_page` goes to a page of the family, about one person if it is about one."""
        super().__init__()
        self._family, self._desk, self._tasks, self._say, self._go = family, desk, tasks, say, go
        self._to_page = to_page
        self.setAccessibleName("More of this family")
        flow = FlowLayout(self, gap=0.7)
        for words, kind, icon_name in _PAGES:
            button = Button(words, identifier=f"do:{kind}", icon_name=icon_name)
            button.clicked.connect(lambda *_, kind=kind: self._to_page(kind, None))
            flow.addWidget(button)
        self._readings = Button("Readings over time", identifier="do:readings", icon_name="scale")
        self._readings.clicked.connect(self._ask_readings)
        flow.addWidget(self._readings)
        self._next_plan = Button("Next version of the plan", identifier="do:next-plan", icon_name="file-pen")
        self._next_plan.clicked.connect(self._draft_next_plan)
        flow.addWidget(self._next_plan)

    # -- the plan ------------------------------------------------------------------------------------------

    def show_for(self, family: Family, *, has_agreed_plan: bool) -> None:
        """Follow the family as it is known now. The next plan is offered only after an agreed one."""
        self._family = family
        self._next_plan.setVisible(has_agreed_plan)

    def _draft_next_plan(self) -> None:
        """Go to the draft that follows the agreed plan: that one is locked."""
        desk, family = self._desk, self._family.id
        self._next_plan.setEnabled(False)  # until it is here: twice pressed is one draft
        self._tasks.run(
            self,
            lambda: desk.next_plan(family),
            lambda opened: self._go.record(opened.record),
            self._no_next_plan,
        )

    def _no_next_plan(self, error: Exception) -> None:
        self._next_plan.setEnabled(True)
        self._say.error(error)

    # -- readings ------------------------------------------------------------------------------------------

    def _ask_readings(self) -> None:
        desk, family = self._desk, self._family.id
        self._readings.setEnabled(False)  # until they are here: twice pressed is one window
        self._tasks.run(
            self,
            lambda: (desk.readings(family), desk.bands(family), desk.parents(family)),
            lambda found: self._show_readings(*found),
            self._no_readings,
        )

    def _show_readings(
        self, readings: tuple[ScaleReading, ...], bands: Bands, parents: tuple[Person, ...]
    ) -> None:
        from ui.screens.readings import ReadingsDialog  # read only once it is asked for

        self._readings.setEnabled(True)
        title = f"Readings over time: {self._family.name}"
        dialog = ReadingsDialog(readings, title=title, bands=bands, parents=parents, parent=self)
        dialog.chosen.connect(lambda person: self._to_page(Kind.WITH_PARENT, PersonId(person)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(lambda *_: self._readings.setFocus(Qt.FocusReason.OtherFocusReason))
        dialog.open()

    def _no_readings(self, error: Exception) -> None:
        self._readings.setEnabled(True)
        self._say.error(error)
