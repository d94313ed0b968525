"""S5, family and child file: know who, risk, legal status and plan before the door opens."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from ui.asking import Asking
from ui.models.alerts import alerts_about, alerts_of
from ui.models.columns import Columns
from ui.models.lists import PageList
from ui.models.rows import file_row
from ui.say import Say
from ui.screens.family_blocks import Address, Block, contact_of, facts_of, restricted_words, ties_words
from ui.screens.family_lines import (
    ActionRow,
    DueRow,
    LinesBlock,
    NotesBlock,
    chapter_row,
    chronology_row,
)
from ui.screens.family_pages import MorePages
from ui.shell.navigation import IdentityFacts, Navigator
from ui.shell.places import Kind, Place
from ui.shell.screen import Caret, Screen
from ui.style import Tone
from ui.tasks import Tasks
from ui.widgets import (
    WIDE,
    Band,
    Body,
    Button,
    EmptyState,
    FlowLayout,
    HeadingTwo,
    Page,
    Rank,
    Strong,
    SummaryRow,
    follow_reading_order,
)
from ui.widgets.later import Later
from ui.widgets.text import caption_safe
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import LinkId, PersonId, RecordId
from workbook_desktop.domain.people import Person, age_words
from workbook_desktop.domain.records import FormRef, State
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.views import FamilyFile, OpenAction, Progress, RecordRow, WorkedDue

PLANS = {"CP": "Child protection plan", "CIN": "Child in need plan", "CLA": "Looked after"}


class FamilyScreen(Screen):
    """A family's file, at the whole family or at one child."""

    def __init__(
        self,
        file: FamilyFile,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
        *,
        clock: Clock,
        person: PersonId | None = None,
    ) -> None:
        super().__init__()
        self._file, self._desk, self._tasks, self._say, self._go = file, desk, tasks, say, go
        self._person = person if any(each.id == person for each in file.family.children) else None
        self._asking = Asking(self, tasks, self._take, say.error)
        self.setObjectName("screen:family")
        self.setAccessibleIdentifier("screen:family")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.page = Page("", letters=WIDE)
        outer.addWidget(self.page)
        self._alerts = Band(Tone.WARNING)
        self._alert_words: QWidget | None = None
        self._chosen = QButtonGroup(self)
        self._chosen.setExclusive(True)
        self._notes = NotesBlock()
        self._more = MorePages(file.family, desk, tasks, say, go, to_page=self._to_page)
        self.page.add(
            self._selector(), self._alerts, self._notes, self._notes.nothing, self._starts(), self._more
        )
        self._blocks = (
            Block("About", 1),
            LinesBlock("Plan and dates", 2, "No plan and no dates are known.", at_first=8),
            Block("Where they live", 3),
            Block("People", 4),
            LinesBlock("What is agreed and not done", 5, "Nothing is open."),
            LinesBlock("Chronology", 6, "No record here gives a line to the chronology yet."),
            LinesBlock("Chapters of the workbook", 7, "No record here gives a line to a chapter yet."),
            Block("Who is involved", 8),
        )
        self._about, self._dates, self._homes, self._people = self._blocks[:4]
        self._actions, self._chronology, self._chapters, self._involved = self._blocks[4:]
        self.records = PageList("records", "Records, newest first")
        self.records.opened.connect(self._open_record)
        self._no_records = EmptyState("Nothing has been recorded yet.", icon_name="file-text")
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(HeadingTwo("Records"))
        column.addWidget(self.records)
        column.addWidget(self._no_records)
        self.page.add(Columns(self._blocks[:6], least=18, most=2), self._chapters, part, self._involved)
        # A page of fifty records is ten windows high: what no window shows at first is built a moment later.
        self._below = (*self._blocks[2:], part)
        for each in self._below:
            each.hide()
        self.rest = Later(self.page, self._complete)
        self._keys()
        self._show()

    def prepare_for(self, caret: Caret) -> None:
        """Build all of it at once if the worker comes back to a place in what would come later."""
        place: QWidget | None = self.findChild(QWidget, caret.name)
        if caret.page_scroll or place is None or not place.isVisibleTo(self):
            self.rest.now()

    def is_whole(self) -> bool:
        """Whether what is below is there too."""
        return self.rest.is_over

    def _complete(self) -> None:
        self._show_below()
        for each in self._below:
            each.show()
        if self.isVisible() or self.parentWidget() is not None:  # also while the window is covered by F9
            follow_reading_order(self.window())

    def begin(self) -> None:
        """Start at the first act: a visit is what most come for."""
        self.page.arrive()
        self._first.setFocus(Qt.FocusReason.OtherFocusReason)

    def panes(self) -> tuple[QWidget, ...]:
        """The page, and its records."""
        self.rest.now()
        return (self.page, self.records) if self.records.rows else (self.page,)

    def refresh(self, records: tuple[RecordId, ...]) -> None:
        """Ask again."""
        desk, family = self._desk, self._file.family.id
        self._asking.ask(lambda: desk.family(family))

    def _take(self, file: FamilyFile) -> None:
        self._file = file
        self._show()

    # -- choosing a child ----------------------------------------------------------------------------------

    def _selector(self) -> QWidget:
        """Buttons for the whole family and each child: a row of tabs that wraps and is never cut."""
        row = QWidget()
        row.setAccessibleName("Whose file")
        flow = FlowLayout(row, gap=0.4)
        today = self._file.today
        choices: list[tuple[PersonId | None, str]] = [(None, "Whole family")]
        choices += [
            (each.id, f"{each.name}, {age_words(each, today)}") for each in self._file.family.children
        ]
        for person, words in choices:
            button = Button(caption_safe(words), identifier=f"choose:{person or 'family'}")
            button.setCheckable(True)
            button.setChecked(person == self._person)
            self._chosen.addButton(button)
            button.clicked.connect(lambda *_, person=person: self._choose(person))
            flow.addWidget(button)
        return row

    def _choose(self, person: PersonId | None) -> None:
        self._person = person
        self._show()

    @property
    def _child(self) -> Person | None:
        return self._file.family.person(self._person) if self._person is not None else None

    # -- starting ------------------------------------------------------------------------------------------

    def _starts(self) -> QWidget:
        row = QWidget()
        flow = FlowLayout(row, gap=0.7)
        self._first = Button("")
        forms = self._file.forms
        at_hand = len(forms) if self._file.at_hand is None else self._file.at_hand
        for at, (ref, name) in enumerate(forms[:at_hand]):
            is_plan = ref.id == "plan" and self._file.plan is not None
            words = "Start visit" if ref.id == "visit" else "Open the plan" if is_plan else name
            button = Button(
                caption_safe(words),
                Rank.PRIMARY if at == 0 else Rank.SECONDARY,
                identifier=f"do:start-{ref.id}",
                icon_name="notebook-pen" if at == 0 else "",
            )
            if not is_plan and ref.id != "visit":
                button.setAccessibleName(f"{name}: start a new one")
            button.clicked.connect(lambda *_, ref=ref, is_plan=is_plan: self._start(ref, is_plan))
            flow.addWidget(button)
            if at == 0:
                self._first.deleteLater()
                self._first = button
        self._others = Button("Other forms…  Alt+O", identifier="do:other-forms", icon_name="search")
        self._others.setAccessibleName("Other forms")
        self._others.clicked.connect(lambda *_: self._show_others(forms[at_hand:], forms[:at_hand]))
        flow.addWidget(self._others)
        self._others.setVisible(at_hand < len(forms))
        return row

    def _to_page(self, kind: Kind, person: PersonId | None = None) -> None:
        self._go.to(Place(kind=kind, family=self._file.family.id, person=person or self._person))

    def _show_others(
        self, others: tuple[tuple[FormRef, str], ...], first: tuple[tuple[FormRef, str], ...]
    ) -> None:
        from ui.screens.other_forms import OtherFormsDialog  # read only once it is asked for

        dialog = OtherFormsDialog(others, first, parent=self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(lambda *_: self._others.setFocus(Qt.FocusReason.OtherFocusReason))
        dialog.chosen.connect(lambda ref: self._start(ref, ref.id == "plan" and self._file.plan is not None))
        dialog.open()

    def _start(self, ref: FormRef, is_plan: bool) -> None:
        if is_plan and self._file.plan is not None:
            self._go.record(self._file.plan.record)
            return
        about = (self._person,) if self._person is not None and ref.id != "visit" else ()
        self._go.start(ref, self._file.family.id, about)

    # -- showing -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        family, child, today = self._file.family, self._child, self._file.today
        if child is not None:
            plan = PLANS.get(child.plan, child.plan)
            age = age_words(child, today)
            self.page.set_title(child.name, f"{family.name} family")
            alerts = alerts_about(child, family)
            self._go.identity(
                IdentityFacts(
                    name=child.name,
                    initials=child.initials,
                    age=f"{age} years" if age.isdigit() else age,
                    plan=plan,
                    alerts=alerts,
                    family=family.id,
                )
            )
        else:
            self.page.set_title(f"{family.name} family", "Family file")
            alerts = alerts_of(family)
            self._go.identity(
                IdentityFacts(
                    name=f"{family.name} family",
                    initials=f"{family.name[:1]}.",
                    age=f"{len(family.children)} {'child' if len(family.children) == 1 else 'children'}",
                    alerts=alerts,
                    family=family.id,
                )
            )
        self._go.title("Child's file" if child is not None else "Family file")
        self._show_alerts(alerts)
        agreed = self._file.plan
        self._more.show_for(family, has_agreed_plan=agreed is not None and agreed.state is State.SIGNED_OFF)
        self._notes.show_notes(
            [each for each in self._file.to_read if child is None or self._is_about(each.people, child)],
            self._open_record,
        )
        self._show_about(child)
        self._show_dates(child)
        if self.rest.is_over:
            self._show_below()

    def _show_below(self) -> None:
        family, child = self._file.family, self._child
        self._homes.show_inside(
            [
                Address(family, home, may_see=self._file.may_see_protected_address)
                for home in family.households
                if home.until is None and (child is None or child.id in home.members)
            ]
            or [Body("No address is known.")]
        )
        self._show_people(child)
        self._show_actions(child)
        self._show_chronology(child)
        self._show_chapters(child)
        self._show_involved(child)
        shown = [row for row in self._file.records if child is None or child.name in row.subjects]
        self.records.set_rows([file_row(row, self._say) for row in shown])
        self.records.setVisible(bool(shown))
        self._no_records.setVisible(not shown)

    def _show_alerts(self, alerts: tuple[str, ...]) -> None:
        if self._alert_words is not None:
            self._alerts.column.removeWidget(self._alert_words)
            self._alert_words.hide()
            self._alert_words.deleteLater()
        self._alert_words = QWidget()
        column = QVBoxLayout(self._alert_words)
        column.setContentsMargins(0, 0, 0, 0)
        for alert in alerts:
            column.addWidget(Strong(f"! {alert}"))
        self._alerts.add(self._alert_words)
        self._alerts.setVisible(bool(alerts))
        self._alerts.setAccessibleName(f"Alerts: {'; '.join(alerts)}")

    def _show_about(self, child: Person | None) -> None:
        if child is not None:
            self._about.show_inside(facts_of(child) or [Body("Nothing more is known yet.")])
            return
        today = self._file.today
        self._about.show_inside(
            [
                SummaryRow(
                    f"{each.name}, {age_words(each, today)}",
                    each.legal_status or PLANS.get(each.plan, "No plan"),
                    action="",
                )
                for each in self._file.family.children
            ]
        )

    def _show_dates(self, child: Person | None) -> None:
        """The plan, what follows from records with how it does, and what else the office expects."""
        file = self._file
        worked = [each for each in file.dues if child is None or each.person in (None, child.id)]
        office = [each for each in file.office_dues if child is None or each.person in (None, child.id)]
        shown = [*((file.plan,) if file.plan is not None else ()), *worked, *office]

        def row(place: int) -> QWidget:
            each = shown[place]
            if isinstance(each, RecordRow):
                changed = f", {self._say.moment(each.changed_at)}" if each.changed_at else ""
                return SummaryRow("Plan", f"{each.title}{changed}", action="")
            if isinstance(each, WorkedDue):
                return DueRow(each, whose=child is None)
            who = file.family.person(each.person) if each.person else None
            whose = f" ({who.name})" if who is not None and child is None else ""
            words = self._say.due(each.on)
            return SummaryRow(f"{each.what}{whose}", f"{words[0].upper()}{words[1:]}", action="")

        self._dates.show_lines(
            [(child is None, file.today, each) for each in shown], row, note=self._left_out
        )

    def _show_actions(self, child: Person | None) -> None:
        found = [each for each in self._file.actions if child is None or self._is_about(each.people, child)]
        self._actions.show_lines(
            [(self._file.today, each) for each in found],  # "tomorrow" is said of a day
            lambda place: ActionRow(found[place], self._say, self._open_record, self._record_done),
            note=self._left_out,
        )

    def _record_done(self, action: OpenAction) -> None:
        self._go.start_for_action(self._file.family.id, action.id)

    def _show_chronology(self, child: Person | None) -> None:
        found = [
            each for each in self._file.chronology if child is None or self._is_about(each.people, child)
        ]
        self._chronology.show_lines(
            found,
            lambda place: chronology_row(found[place], place, self._say, self._open_record),
            note=self._left_out,
        )

    def _show_chapters(self, child: Person | None) -> None:
        found = [each for each in self._file.chapters if child is None or self._is_about(each.people, child)]
        self._chapters.show_lines(
            found,
            lambda place: chapter_row(found[place], place, self._say, self._open_record),
            note=self._left_out,
        )

    @staticmethod
    def _is_about(people: tuple[PersonId, ...], child: Person) -> bool:
        return not people or child.id in people

    @property
    def _left_out(self) -> str:
        """What gathered lines leave out, in words: a list that is not whole says so."""
        count = self._file.unread
        if not count:
            return ""
        which = "1 record is" if count == 1 else f"{count} records are"
        return f"! {which} not counted in here yet: the form is not on this laptop, or its disk is full."

    def _show_people(self, child: Person | None) -> None:
        family, today = self._file.family, self._file.today
        rows: list[QWidget] = []
        for person in family.people:
            if child is not None and person.id == child.id:
                continue
            parts = [ties_words(family, person) or ("child" if person.is_child else "")]
            contact = contact_of(family.relationships, person)
            if contact:
                parts.append(f"Contact: {contact}")
            if person.phone:
                parts.append(person.phone)
            parts += [f"! {alert}" for alert in person.alerts if not person.is_child]
            parts += restricted_words(person, today)
            age = age_words(person, today)
            known_age = "" if age == "age not known" else f", {age}"
            rows.append(SummaryRow(f"{person.name}{known_age}", "\n".join(filter(None, parts)), action=""))
        self._people.show_inside(rows)

    def _show_involved(self, child: Person | None) -> None:
        family, today, names = self._file.family, self._file.today, dict(self._file.names)
        found: dict[tuple[str, str], list[str]] = {}
        for link in family.involvements:
            if not link.holds_on(today) or (child is not None and link.person != child.id):
                continue
            person = family.person(link.person)
            if person is not None:
                found.setdefault((names.get(link.worker, "A colleague"), link.role), []).append(
                    person.preferred_name or person.forename or person.label
                )
        self._involved.show_inside(
            [
                SummaryRow(name, f"{role[:1].upper()}{role[1:]} – {', '.join(people)}", action="")
                for (name, role), people in found.items()
            ]
            or [Body("Nobody is named yet.")]
        )

    # -- keys ----------------------------------------------------------------------------------------------

    def _keys(self) -> None:
        """Ctrl+1 to Ctrl+9 lead to the blocks and the records."""
        for block in self._blocks:
            self._key(block.key, block)
        self._key(len(self._blocks) + 1, self.records)
        for keys, act in (("Ctrl+Shift+R", self._notes.go), ("Alt+O", self._others.click)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def _key(self, number: int, target: QWidget) -> None:
        shortcut = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(lambda: self._to_block(target))

    def _to_block(self, target: QWidget) -> None:
        self.rest.now()
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _open_record(self, key: str, section: LinkId | None = None) -> None:
        record = RecordId(key)
        row = next((each for each in self._file.records if each.record == record), None)
        if row is not None and row.progress is Progress.NEEDS_DECISION:
            self._go.conflicts(record)
        else:
            self._go.record(record, section)
