"""S10, genogram: everybody of a family in a list that says how they are joined, and the same as a drawing."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from ui.asking import Asking
from ui.models.identity import facts_of_family
from ui.say import Say
from ui.screens.family_blocks import contact_of
from ui.shell.navigation import Navigator
from ui.shell.screen import Screen
from ui.style import em
from ui.tasks import Tasks
from ui.widgets import WIDE, Band, Body, Button, EmptyState, FlowLayout, Hint, Page, Strong, Tone, announce
from ui.widgets.genogram_view import GenogramView
from ui.widgets.timeline import TimelineList, TimelineRow
from workbook_desktop.domain.dates import long_date
from workbook_desktop.domain.genogram_words import life_words, words_of
from workbook_desktop.domain.ids import PersonId, RecordId
from workbook_desktop.domain.people import Person
from workbook_desktop.workspace.desk import Desk
from workbook_desktop.workspace.genogram import FamilyGenogram
from workbook_desktop.workspace.suggested import Standing, ToldPerson

_TOLD = "told:"  # before the record, in the key of somebody the office was told of
_STANDING = {
    Standing.DRAFT: "Not told yet: a draft",
    Standing.WAITING: "Waiting to be sent to the office",
    Standing.TOLD: "Told, not yet on the office’s list",
}
_NO_LIMIT = 16_777_215  # QWIDGETSIZE_MAX
_BOTH = 50  # em: below it the list and the drawing take turns
_MARKS = (
    "Square: male. Circle: female. Diamond: not known, or in their own words. Triangle: not born yet. "
    "Double line: child of the file. Crossed: died. Two strokes: live apart. Dashes: adopted or cared for. "
    "Dots: fostered, or parents of one child who are not said to be partners. Dash and dot: step. "
    "Jagged line, DA: domestic abuse. PR: parental responsibility. Outline with a letter: who lives together."
)


class GenogramScreen(Screen):
    """Who is whose, in words and drawn. What is chosen in one is chosen in the other."""

    def __init__(
        self,
        found: FamilyGenogram,
        desk: Desk,
        tasks: Tasks,
        say: Say,
        go: Navigator,
        *,
        kept: MutableMapping[str, Any] | None = None,
    ) -> None:
        """`kept`: what was shown when the page was left."""
        super().__init__()
        self._found, self._desk, self._say, self._go = found, desk, say, go
        self._kept: MutableMapping[str, Any] = kept if kept is not None else {}
        self._asking = Asking(self, tasks, self._take, say.error)
        family = found.family
        self.setObjectName("screen:genogram")
        self.setAccessibleIdentifier("screen:genogram")
        go.title("Genogram")
        go.identity(facts_of_family(family))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.page = Page(f"Genogram: {family.name} family", letters=WIDE)
        outer.addWidget(self.page)
        self.list = TimelineList("People")
        self.list.setObjectName("list:genogram")
        self.list.setAccessibleIdentifier("list:genogram")
        self.list.setMinimumHeight(em(self, 12))
        self.list.looked_at.connect(self._on_looked)
        self.list.opened.connect(lambda _: self._on_opened(self.list.current_key))
        self.drawing = GenogramView()
        self.drawing.chosen.connect(self._on_chosen)
        self._part = QWidget()
        beside = QHBoxLayout(self._part)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self.list, 2)
        beside.addWidget(self.drawing, 3)
        self._doubts = Band(Tone.WARNING)
        self._doubt_words: QWidget | None = None
        self._none = EmptyState("Nobody of this family is known here yet.", icon_name="users")
        self.page.add(self._doubts, self._acts())
        self.page.add_filling(self._part)
        self.page.add(self._none, Hint(_MARKS))
        self._show()

    def begin(self) -> None:
        """Start in the list, at the first person."""
        self.page.arrive()
        people = self._found.kin.people
        if people and self._is_list_shown:
            self.list.choose(self.list.current_key or people[0].id)
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
            QTimer.singleShot(0, self, self._bring_up)

    def _bring_up(self) -> None:
        """In a low window: the list or the drawing in sight, and not only what is above it."""
        inner, bar = self.page.widget(), self.page.verticalScrollBar()
        if inner is not None and bar.maximum() > 0 and self.width() <= em(self, _BOTH):
            bar.setValue(self._part.mapTo(inner, QPoint(0, 0)).y() - em(self, 0.5))

    def panes(self) -> tuple[QWidget, ...]:
        """The page, the list, the drawing."""
        return (self.page, self.list, self.drawing)

    def refresh(self, records: tuple[RecordId, ...]) -> None:
        """Ask again."""
        desk, family = self._desk, self._found.family.id
        self._asking.ask(lambda: desk.genogram(family))

    def _take(self, found: FamilyGenogram) -> None:
        if found != self._found:
            self._found = found
            self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show both where both have room."""
        super().resizeEvent(event)
        self._make_room()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and hasattr(self, "_turn"):
            self._make_room()
            if self.list.hasFocus() or self.drawing.hasFocus():
                QTimer.singleShot(0, self, self._bring_up)

    # -- acts ----------------------------------------------------------------------------------------------

    def _acts(self) -> QWidget:
        row = QWidget()
        flow = FlowLayout(row, gap=0.6)
        self.which = QComboBox()
        self.which.setObjectName("choose:drawing")
        self.which.setAccessibleIdentifier("choose:drawing")
        self.which.setAccessibleName("Which drawing")
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.which.setMinimumContentsLength(24)
        self.which.activated.connect(self._on_which)
        self.tell = Button("Tell the office about a person…", identifier="do:tell-person", icon_name="plus")
        self.tell.clicked.connect(lambda *_: self._on_tell())
        self._turn = Button("", identifier="do:turn-genogram", icon_name="users")
        self._turn.clicked.connect(self._on_turn)
        self._nearer = Button("Larger", identifier="do:genogram-larger", icon_name="plus")
        self._nearer.setAccessibleName("Larger drawing")
        self._nearer.clicked.connect(lambda *_: self.drawing.zoom(nearer=True))
        self._further = Button("Smaller", identifier="do:genogram-smaller", icon_name="minus")
        self._further.setAccessibleName("Smaller drawing")
        self._further.clicked.connect(lambda *_: self.drawing.zoom(nearer=False))
        self._fit = Button("Fit", identifier="do:genogram-fit")
        self._fit.setAccessibleName("Fit the drawing into the window")
        self._fit.clicked.connect(lambda *_: self.drawing.fit())
        for each in (self.which, self._turn, self._nearer, self._further, self._fit, self.tell):
            flow.addWidget(each)
        return row

    @property
    def _is_list_shown(self) -> bool:
        return self._is_wide or not self._kept.get("drawing-alone", False)

    @property
    def _is_wide(self) -> bool:
        return self.width() > em(self, _BOTH) and not self._kept.get("one-alone", False)

    def _on_turn(self) -> None:
        """Show the list alone, the drawing alone, and both where there is room."""
        if self.width() > em(self, _BOTH):
            self._kept["one-alone"] = not self._kept.get("one-alone", False)
            self._kept["drawing-alone"] = self._kept["one-alone"]
        else:
            self._kept["drawing-alone"] = not self._kept.get("drawing-alone", False)
        self._make_room()
        shown = self.list if self._is_list_shown else self.drawing
        shown.setFocus(Qt.FocusReason.OtherFocusReason)
        QTimer.singleShot(0, self, self._bring_up)

    def _make_room(self) -> None:
        is_wide, has_list = self._is_wide, self._is_list_shown
        self.list.setVisible(has_list)
        self.drawing.setVisible(is_wide or not has_list)
        room = self.page.viewport().height() - em(self, 2)
        least = em(self, 12) if self.width() > em(self, _BOTH) else max(em(self, 8), room)
        self.list.setMinimumHeight(least)
        self.drawing.setMinimumHeight(least)
        # In a low window the drawing is as high as what is seen of the page: all of it at once, or nearer.
        self.drawing.setMaximumHeight(least if self.width() <= em(self, _BOTH) else _NO_LIMIT)
        for each in (self._nearer, self._further, self._fit):
            each.setVisible(is_wide or not has_list)
        if self.width() > em(self, _BOTH):
            words = "Show the drawing alone" if is_wide else "Show the list too"
        else:
            words = "Show the drawing" if has_list else "Show the list"
        self._turn.setText(words)
        self._turn.setAccessibleName(words)

    def _on_which(self, at: int) -> None:
        self._kept["which"] = at
        self._show_drawing()
        announce(self, self._found.drawings[at].title)

    # -- showing -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        kin = self._found.kin
        told = [self._told_row(each) for each in self._found.told]
        self.list.show_rows([*(self._row(person) for person in _in_reading_order(self._found)), *told])
        self._part.setVisible(bool(kin.people or told))
        self._none.setVisible(not kin.people and not told)
        self.tell.setVisible(self._found.tell_form is not None)
        self._turn.setVisible(bool(kin.people))
        self.which.clear()
        self.which.addItems([each.title for each in self._found.drawings])
        self.which.setVisible(self.which.count() > 1)
        self._show_doubts()
        self._show_drawing()

    def _show_drawing(self) -> None:
        drawings = self._found.drawings
        at = min(int(self._kept.get("which", 0)), len(drawings) - 1)
        if at < 0:
            return
        self.which.setCurrentIndex(at)
        self.drawing.show_genogram(drawings[at])

    def _show_doubts(self) -> None:
        doubts = self._found.kin.doubts
        if self._doubt_words is not None:
            self._doubts.column.removeWidget(self._doubt_words)
            self._doubt_words.hide()
            self._doubt_words.deleteLater()
        self._doubt_words = QWidget()
        column = QVBoxLayout(self._doubt_words)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(Strong("! Something does not fit together. Ask the office to put it right."))
        for words in doubts[:5]:
            column.addWidget(Body(words))
        if len(doubts) > 5:
            column.addWidget(Body(f"… and {len(doubts) - 5} more."))
        self._doubts.add(self._doubt_words)
        self._doubts.setVisible(bool(doubts))
        self._doubts.setAccessibleName("; ".join(doubts[:5]))

    def _row(self, person: Person) -> TimelineRow:
        found = self._found
        joined = words_of(found.kin, person)
        contact = contact_of(found.family.relationships, person)
        if contact:
            joined = (*joined, f"contact: {contact}")
        own = f"Gender: {person.gender}" if person.gender else ""
        child = "child of the file" if person.is_child else ""
        return TimelineRow(
            key=person.id,
            title=f"{person.name}, {life_words(person, found.today) or 'age not known'}",
            lines=tuple(f"{words[:1].upper()}{words[1:]}" for words in joined)
            or ("Nothing is recorded of how they belong to the others.",),
            detail=" · ".join(
                part
                for part in (child, person.pronouns, own, *(f"! {each}" for each in person.alerts))
                if part
            ),
        )

    def _told_row(self, told: ToldPerson) -> TimelineRow:
        whose = f"{told.what}, of {told.of}" if told.of else told.what
        day = f" on {long_date(told.learnt_on)}" if told.learnt_on is not None else ""
        who = "You" if told.by == "you" else told.by
        return TimelineRow(
            key=f"{_TOLD}{told.record}",
            title=f"{told.name}{f', {told.born}' if told.born else ''}",
            lines=(whose, *(f"{each[:1].upper()}{each[1:]}" for each in told.lines)),
            foot=f"{who} learnt of it{day}. It is not drawn. Enter opens the record.",
            state=_STANDING[told.standing],
            tone=Tone.INFO,
            is_quiet=True,
        )

    def _on_opened(self, key: str) -> None:
        if key.startswith(_TOLD):
            self._go.record(RecordId(key.removeprefix(_TOLD)))
        else:
            self._on_looked(key)

    def _on_tell(self) -> None:
        """Begin to tell the office of somebody; whom they belong to is said in the record."""
        if self._found.tell_form is not None:
            self._go.start(self._found.tell_form, self._found.family.id)

    def _on_looked(self, key: str) -> None:
        if not key or key.startswith(_TOLD):
            return
        person = PersonId(key)
        if not self.drawing.choose(person):
            at = next((n for n, each in enumerate(self._found.drawings) if person in each.layout.spots), None)
            if at is None:
                return
            self._kept["which"] = at
            self._show_drawing()
            self.drawing.choose(person)

    def _on_chosen(self, key: str) -> None:
        self.list.choose(key)
        place = self.list.row_model.place_of(key)
        if place is not None:
            announce(self.drawing, self.list.rows[place].spoken)


def _in_reading_order(found: FamilyGenogram) -> tuple[Person, ...]:
    """Return the children first, then who is nearest to them: as a worker reads a family."""
    rows = found.kin.generations
    children = {each.id: number for number, each in enumerate(found.family.children)}
    return tuple(
        sorted(
            found.kin.people,
            key=lambda each: (children.get(each.id, len(children)), abs(rows[each.id] + 1), rows[each.id]),
        )
    )
