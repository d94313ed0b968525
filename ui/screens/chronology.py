"""S12, chronology: a family's story, or a child's, and its gaps; each line leads to its record.

Nothing is worked out here: `workspace.chronology` puts in order and narrows, this says it in words.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from ui.asking import Asking
from ui.models.identity import facts_of_family, facts_of_person
from ui.say import Say
from ui.screens.chronology_period import PeriodFilter
from ui.screens.chronology_rows import ChronologyRows, count_words
from ui.shell.navigation import Navigator
from ui.shell.screen import Caret, Screen
from ui.style import em
from ui.tasks import Tasks
from ui.widgets import (
    WIDE,
    Button,
    EmptyState,
    FieldLabel,
    FlowLayout,
    Hint,
    Page,
    Rank,
    announce,
    caption_safe,
)
from ui.widgets.finding import FindField
from ui.widgets.timeline import TimelineList
from workbook_desktop.domain.ids import PersonId, RecordId
from workbook_desktop.domain.people import age_words
from workbook_desktop.workspace.chronology import (
    Event,
    FamilyChronology,
    Part,
    Wanted,
    Year,
    kinds_of,
    parted,
    people_of,
)
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import OpenRecord

_ROOMY = 46  # em: below it the filters stand behind a button


class ChronologyScreen(Screen):
    """The chronology of a family, or of one child."""

    def __init__(
        self,
        chronology: FamilyChronology,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
        *,
        person: PersonId | None = None,
        kept: MutableMapping[str, Any] | None = None,
    ) -> None:
        """`kept`: how it was narrowed when it was left; it holds what was typed, and goes with the lock."""
        super().__init__()
        self._chronology, self._desk, self._tasks, self._say, self._go = chronology, desk, tasks, say, go
        self._kept: MutableMapping[str, Any] = kept if kept is not None else {}
        is_here = person is not None and chronology.family.person(person) is not None
        self._whose = person if is_here else None
        wanted = self._kept.get("wanted")
        self._wanted = wanted if isinstance(wanted, Wanted) else Wanted(person=self._whose)
        self._parts: tuple[Part, ...] = ()
        self._records: dict[str, RecordId | None] = {}
        self._rows = ChronologyRows()
        self._asking = Asking(self, tasks, self._take, say.error)
        self._is_filling = False
        self.setObjectName("screen:chronology")
        self.setAccessibleIdentifier("screen:chronology")
        go.title("Chronology")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.page = Page("Chronology", letters=WIDE)
        outer.addWidget(self.page)
        self.list = TimelineList("Chronology")
        self.list.setObjectName("list:chronology")
        self.list.setAccessibleIdentifier("list:chronology")
        self.list.setMinimumHeight(em(self, 12))
        self.list.opened.connect(self._open)
        self._count = Hint()
        self._none = EmptyState("", icon_name="history")
        self.page.add(self._acts(), self._filters(), self._count)
        self.page.add_filling(self.list)
        self.page.add(self._none)
        find = QShortcut(QKeySequence("Ctrl+F"), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(lambda: self.field.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self._fill_choices()
        self._identify()
        self._show()

    # -- the page to the window ----------------------------------------------------------------------------

    def begin(self) -> None:
        """Start on the newest line: the arrows read on from there."""
        self.page.arrive()
        first = next((part.key for part in self._parts if isinstance(part, Event)), None)
        if first is None:
            return
        self.list.choose(first)
        self.list.scrollToTop()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        QTimer.singleShot(0, self.list, self._bring_up)

    def _bring_up(self) -> None:
        """In a low window: the lines in sight, and not only what narrows them."""
        inner = self.page.widget()
        bar = self.page.verticalScrollBar()
        if inner is not None and bar.maximum() > 0:
            bar.setValue(self.list.mapTo(inner, QPoint(0, 0)).y() - em(self, 0.5))

    def restore(self, caret: Caret) -> None:
        """Come back to the same line, once the rows have their heights."""
        super().restore(caret)
        if caret.name == self.list.objectName() and caret.key:
            QTimer.singleShot(0, self.list, lambda: self._bring_back(caret))

    def _bring_back(self, caret: Caret) -> None:
        if self.list.choose(caret.key):
            self.list.verticalScrollBar().setValue(caret.scroll)
            self.list.scrollTo(self.list.currentIndex())

    def refresh(self, records: tuple[RecordId, ...]) -> None:
        """Ask again."""
        desk, family = self._desk, self._chronology.family.id
        self._asking.ask(lambda: desk.chronology(family))

    def _take(self, chronology: FamilyChronology) -> None:
        self._chronology = chronology
        self._rows.forget()
        self._fill_choices()
        self._show()

    def panes(self) -> tuple[QWidget, ...]:
        """What narrows, and the lines."""
        return (self.page, self.list)

    def next_section(self) -> None:
        """Go to the next year down the list."""
        self._step_year(1)

    def previous_section(self) -> None:
        """Go to the year before, up the list."""
        self._step_year(-1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the filters behind a button where they would leave no room for the lines."""
        super().resizeEvent(event)
        self._make_room()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and hasattr(self, "_more"):
            self.field.setMinimumWidth(em(self, 15))
            self._make_room()
            if self.list.hasFocus():  # what is being read stays in sight
                QTimer.singleShot(0, self.list, self._bring_up)

    def _make_room(self) -> None:
        is_roomy = self.width() > em(self, _ROOMY)
        # In a small window, or with large text, the lines are a page of their own below what narrows them.
        room = self.page.viewport().height() - em(self, 1)
        self.list.setMinimumHeight(em(self, 12) if is_roomy else max(em(self, 8), room))
        self._more.setVisible(not is_roomy)
        self._narrowing.setVisible(is_roomy or self._more.isChecked())

    # -- what narrows --------------------------------------------------------------------------------------

    def _acts(self) -> QWidget:
        row = QWidget()
        flow = FlowLayout(row, gap=0.7)
        self.field = FindField("find:chronology", self.list)
        self.field.setPlaceholderText("Find in the chronology  (Ctrl+F)")
        self.field.setAccessibleName("Find in the chronology")
        self.field.setMinimumWidth(em(self, 15))
        self.field.setText(self._wanted.words)
        self.field.paused.connect(self._narrow)
        self.field.take_letters()
        self.field.textChanged.connect(self._on_words)
        self.add_event = Button(
            "Add a significant event", Rank.PRIMARY, identifier="do:add-event", icon_name="plus"
        )
        self.add_event.clicked.connect(self._add_event)
        if self._chronology.event_form is None:  # shown before it has a parent it would be a window
            self.add_event.hide()
        self.turn = Button("", identifier="do:turn-chronology", icon_name="history")
        self.turn.clicked.connect(self._turn)
        self.years = self._choice("choose:year", "Go to year")
        self.years.activated.connect(self._go_to_year)
        self._more = Button("Filters…", identifier="do:chronology-filters")
        self._more.setCheckable(True)
        self._more.toggled.connect(lambda _: self._make_room())
        for each in (self.field, self.add_event, self.turn, self.years, self._more):
            flow.addWidget(each)
        return row

    def _filters(self) -> QWidget:
        self._narrowing = QWidget()
        self._narrowing.setAccessibleName("What is shown")
        flow = FlowLayout(self._narrowing, gap=0.9)
        self.significant = QCheckBox("Significant events only")
        self.significant.setObjectName("choose:significant")
        self.significant.setAccessibleIdentifier("choose:significant")
        self.significant.setChecked(self._wanted.significant)
        self.significant.toggled.connect(lambda _: self._narrow())
        self.kind = self._choice("choose:kind", "Kind")
        self.person = self._choice("choose:person", "About")
        self.period = PeriodFilter(self._chronology.today)
        self.kind.activated.connect(lambda _: self._narrow())
        self.person.activated.connect(lambda _: self._narrow())
        self.period.changed.connect(self._narrow)
        flow.addWidget(self.significant)
        for words, field in (("&About", self.person), ("&Kind", self.kind)):
            flow.addWidget(_labelled(words, field))
        flow.addWidget(self.period)
        return self._narrowing

    def _choice(self, name: str, words: str) -> QComboBox:
        box = QComboBox()
        box.setObjectName(name)
        box.setAccessibleIdentifier(name)
        box.setAccessibleName(words)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        return box

    def _fill_choices(self) -> None:
        self._is_filling = True
        categories, records = kinds_of(self._chronology)
        wanted = self._wanted
        _fill(
            self.kind,
            [("Everything", ""), *((each, each) for each in categories), *((each, each) for each in records)],
            wanted.kind,
        )
        today = self._chronology.today
        people = [
            (f"{each.name}, {age_words(each, today)}" if each.is_child else each.name, each.id)
            for each in people_of(self._chronology)
        ]
        _fill(self.person, [("Whole family", None), *people], wanted.person)
        self.period.put(wanted.since, wanted.until)
        # Who or what is not there any more narrows nothing: the page shows what its fields say.
        kind, person = self.kind.currentData() or "", self.person.currentData()
        self._wanted = replace(wanted, kind=kind, person=person)
        self._is_filling = False

    def _on_words(self, words: str) -> None:
        self._kept["wanted"] = replace(
            self._wanted, words=words
        )  # the lock may come before the pause is over

    def _narrow(self) -> None:
        if self._is_filling:
            return
        before = self._wanted
        self._wanted = Wanted(
            words=self.field.text(),
            kind=self.kind.currentData() or "",
            person=self.person.currentData(),
            significant=self.significant.isChecked(),
            since=self.period.since,
            until=self.period.until,
            oldest_first=before.oldest_first,
        )
        if self._wanted != before:
            if self._wanted.person != before.person:
                self._identify()
            self._show()
            announce(self, self._count.text())

    def _turn(self) -> None:
        self._wanted = replace(self._wanted, oldest_first=not self._wanted.oldest_first)
        self._show()
        self.list.scrollToTop()
        announce(self, "Oldest first" if self._wanted.oldest_first else "Newest first")

    def _step_year(self, by: int) -> None:
        years = [place for place, part in enumerate(self._parts) if isinstance(part, Year)]
        if not years:
            return
        here = self.list.currentIndex().row()
        if by > 0:
            target = next((place for place in years if place > here), years[-1])
        else:
            own = [place for place in years if place < here]
            target = own[-2] if len(own) > 1 and own[-1] == here - 1 else own[-1] if own else years[0]
        self._arrive_at(target)

    def _go_to_year(self, at: int) -> None:
        place = self.years.itemData(at)
        if isinstance(place, int):
            self._arrive_at(place)

    def _arrive_at(self, place: int) -> None:
        """Put the year at the top and the worker's place on its first line."""
        rows = self.list.rows
        first = next((row for row in rows[place:] if row.key in self._records), None)
        if first is not None:
            self.list.choose(first.key)
        self.list.bring_up(rows[place].key)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self.list, rows[place].title)

    # -- showing -------------------------------------------------------------------------------------------

    def _identify(self) -> None:
        family = self._chronology.family
        whose = family.person(self._wanted.person) if self._wanted.person is not None else None
        name = whose.name if whose is not None else f"{family.name} family"
        self.page.set_title(f"Chronology: {name}", f"{family.name} family" if whose is not None else "")
        self._go.identity(
            facts_of_person(whose, family, self._chronology.today)
            if whose is not None
            else facts_of_family(family)
        )

    def _show(self) -> None:
        wanted = self._wanted
        self._kept["wanted"] = wanted
        self._parts = parted(self._chronology, wanted)
        events = [part for part in self._parts if isinstance(part, Event)]
        self._records = {part.key: part.record for part in events}
        self.list.show_rows(self._rows.of(self._parts, wanted))
        self.list.setVisible(bool(events))
        self._none.setVisible(not events)
        self._none.say(
            "Nothing matches. Take a filter away, or look for fewer letters."
            if wanted.is_narrow
            else "Nothing significant has been recorded yet."
            if wanted.significant
            else "Nothing has been recorded yet."
        )
        self.turn.setText("Newest first" if wanted.oldest_first else "Oldest first")
        self.turn.setAccessibleName(
            "Show the newest first" if wanted.oldest_first else "Show the oldest first, as for court"
        )
        self._is_filling = True
        self.years.clear()
        self.years.addItem("Go to year")
        for place, part in enumerate(self._parts):
            if isinstance(part, Year):
                self.years.addItem(_year_words(part), place)
        self.years.setVisible(self.years.count() > 2)
        self._is_filling = False
        self._count.setText(count_words(self._chronology, self._parts, wanted))
        self._count.setVisible(True)

    # -- acts ----------------------------------------------------------------------------------------------

    def _open(self, key: str) -> None:
        record = self._records.get(key)
        if record is not None:
            self._go.record(record)
        elif key in self._records:
            announce(self, "This line is from the office's record of the family")

    def _add_event(self) -> None:
        desk, family = self._desk, self._chronology.family
        child = family.person(self._wanted.person) if self._wanted.person is not None else None
        about = (child.id,) if child is not None and child.is_child else ()
        self.add_event.setEnabled(False)  # twice pressed is one record

        def begun(opened: OpenRecord) -> None:
            self.add_event.setEnabled(True)
            self._go.record(opened.record)

        def failed(error: Exception) -> None:
            self.add_event.setEnabled(True)
            self._say.error(error)

        self._tasks.run(self, lambda: desk.start_event(family.id, about), begun, failed)


def _labelled(words: str, field: QComboBox) -> QWidget:
    """Return a field with its question before it."""
    part = QWidget()
    flow = FlowLayout(part, gap=0.4)
    label = FieldLabel(words)
    label.setWordWrap(False)
    name = field.accessibleName()
    label.set_field(field)
    field.setAccessibleName(name)
    flow.addWidget(label)
    flow.addWidget(field)
    return part


def _fill(box: QComboBox, choices: list[tuple[str, Any]], chosen: Any) -> None:
    box.clear()
    for words, value in choices:
        box.addItem(caption_safe(words).replace("&&", "&"), value)
    box.setCurrentIndex(next((at for at, (_, value) in enumerate(choices) if value == chosen), 0))


def _year_words(part: Year) -> str:
    return f"{part.year or 'Day not known'} ({part.count})"
