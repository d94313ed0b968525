"""S11, body map: marks in a list, and the same as numbers on an outline that shows only when it is asked for.

The rows are those of a plain repeating group, with their cards as everywhere; this adds the figure, the list
of marks in words, and the card that interrupts when a baby who does not move about alone has a mark. Nothing
is dragged, and a mark in which something was said cannot be taken away: it is struck through.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from ui.screens.form.parts import Parts
from ui.screens.form.rows import RowsPart, focus_first
from ui.style import Rank, Tone, em
from ui.widgets.announce import announce
from ui.widgets.body_figure import BodyFigure, Mark
from ui.widgets.buttons import Button
from ui.widgets.flow import FlowLayout
from ui.widgets.surfaces import Band
from ui.widgets.text import Body as Words
from ui.widgets.text import Hint, Strong
from ui.widgets.timeline import TimelineList, TimelineRow
from workbook_desktop.domain import paths
from workbook_desktop.domain.body_figure import VIEWS, Age, View, box_of, place_words
from workbook_desktop.domain.ids import FieldPath, LinkId
from workbook_desktop.domain.people import Person
from workbook_desktop.domain.records import Body
from workbook_desktop.forms.definition import BodyMap, Form, Item, Kind
from workbook_desktop.forms.summary import shown_value
from workbook_desktop.paths import resource

_MIDDLE = 500  # thousandths: where a mark is until it is nudged
_CODED = (Kind.STRING, Kind.CHOICE, Kind.OPEN_CHOICE, Kind.BOOLEAN, Kind.QUANTITY, Kind.INTEGER)


def marks_of(item: Item, body: Body, rows: Sequence[FieldPath]) -> tuple[Mark, ...]:
    """Return the marks that stand in rows, in their order: the number is the row's place and never changes
    its meaning, for no row goes."""
    names = item.body_map
    if names is None:
        return ()
    return tuple(
        Mark(
            key=row,
            number=number,
            region=_code(body, row, names.region),
            side=_code(body, row, names.side),
            x=_whole(body, row, names.x),
            y=_whole(body, row, names.y),
            struck=_value(body, row, names.struck) is True,
            movable=_value(body, row, names.struck) is not True,
        )
        for number, row in enumerate(rows, start=1)
    )


def mark_rows(
    item: Item, body: Body, rows: Sequence[FieldPath], people: Mapping[str, str]
) -> list[TimelineRow]:
    """Return the marks in words, one row each: where, on which side, how it looks, how it was explained."""
    names = item.body_map
    if names is None:
        return []
    left_out = {names.region, names.side, names.x, names.y, names.struck, names.why}
    found = []
    for mark in marks_of(item, body, rows):
        facts: list[str] = []
        texts: list[str] = []
        foot: list[str] = []
        for inner in item.items:
            said = shown_value(
                inner, body.answers.get(paths.child(FieldPath(mark.key), inner.link_id)), people
            )
            if not said or inner.link_id in left_out or inner.hidden:
                continue
            words = f"{inner.short_text or inner.text}: {said}"
            part = facts if inner.kind in _CODED else texts if inner.kind is Kind.TEXT else foot
            part.append(words)
        why = _value(body, FieldPath(mark.key), names.why)
        if mark.struck:
            texts.append(f"Struck through: {why or 'no reason yet'}")
        where = place_words(mark.region, mark.side) if mark.region else "Where it is has not been said yet"
        found.append(
            TimelineRow(
                key=mark.key,
                title=f"{mark.number}. {where}",
                lines=(*((" · ".join(facts),) if facts else ()), *texts),
                foot=" · ".join(foot),
                state="Struck through" if mark.struck else "",
                tone=Tone.NEUTRAL,
                is_quiet=mark.struck,
            )
        )
    return found


def age_of(form: Form, body: Body, names: BodyMap) -> Age:
    """Return whose outline fits, as the record says; a child's while it says nothing."""
    code = _code(body, paths.ROOT, names.age)
    return Age(code) if code in set(Age) else Age.CHILD


class MarksView(QWidget):
    """The list of marks, and the figure beside it. It begins with the figure out of sight."""

    opened = Signal(str)  # a mark: its row
    moved = Signal(str, int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks: tuple[Mark, ...] = ()
        self._age = Age.CHILD
        self._key = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(em(self, 0.6))
        self.turn = Button("Show the figure", identifier="do:show-figure", icon_name="eye")
        self.turn.setAccessibleDescription("Others in the room may see it.")
        self.turn.clicked.connect(lambda *_: self._turn())
        top = QWidget(self)
        flow = FlowLayout(top, gap=0.6)
        flow.addWidget(self.turn)
        self._views = QButtonGroup(self)
        self._views.setExclusive(True)
        self._view_buttons: dict[View, Button] = {}
        for view, words in VIEWS.items():
            button = Button(words, identifier=f"choose:view-{view}")
            button.setCheckable(True)
            button.clicked.connect(lambda *_, view=view: self._look_from(view))
            self._views.addButton(button)
            self._view_buttons[view] = button
            flow.addWidget(button)
        column.addWidget(top)
        self._hint = Hint(
            "Left and right are the child’s own. The dashed box is the part you named: with the figure in"
            " focus, the arrow keys move the mark in it, with Shift further.",
            self,
        )
        column.addWidget(self._hint)
        beside = QHBoxLayout()
        self.figure = BodyFigure(self)
        self.figure.chosen.connect(self.choose)
        self.figure.moved.connect(self.moved)
        self.list = TimelineList("Marks", self)
        self.list.setObjectName("list:marks")
        self.list.setAccessibleIdentifier("list:marks")
        self.list.setMinimumHeight(em(self, 9))
        self.list.looked_at.connect(self.choose)
        self.list.opened.connect(self.opened)
        beside.addWidget(self.figure, 0, Qt.AlignmentFlag.AlignTop)
        beside.addWidget(self.list, 1)
        column.addLayout(beside)
        self._is_open = False
        self._show_figure()

    @property
    def is_open(self) -> bool:
        """Whether the figure shows."""
        return self._is_open

    @property
    def key(self) -> str:
        """The mark that is chosen."""
        return self._key

    def show_marks(self, marks: Sequence[Mark], rows: Sequence[TimelineRow], age: Age) -> None:
        """Show these marks; the one that is chosen stays so, else it is the last."""
        keys = [each.key for each in marks]
        if self._key not in keys:
            self._key = keys[-1] if keys else ""
        self._marks, self._age = tuple(marks), age
        self.list.show_rows(rows)
        self.list.setVisible(bool(rows))
        if self._key and self.list.current_key != self._key:
            self.list.choose(self._key)
        self._draw()

    def choose(self, key: str) -> None:
        """Choose a mark: it is shown on its own view of the body."""
        if not key or key not in {each.key for each in self._marks}:
            return
        self._key = key
        if self.list.current_key != key:
            self.list.choose(key)
        mark = next(each for each in self._marks if each.key == key)
        found = box_of(mark.region, mark.side, self._age)
        if found is not None and found[0] is not self.figure.view:
            self._look_from(found[0])
        else:
            self._draw()

    def _look_from(self, view: View) -> None:
        self.figure.show_body(view, self._age)
        self._draw()

    def _draw(self) -> None:
        self.figure.show_body(self.figure.view, self._age)
        self.figure.show_marks(self._marks, self._key)
        self._view_buttons[self.figure.view].setChecked(True)
        for view, button in self._view_buttons.items():
            count = sum(
                1
                for each in self._marks
                if (found := box_of(each.region, each.side, self._age)) is not None and found[0] is view
            )
            words = f"{VIEWS[view]} ({count})" if count else VIEWS[view]
            if button.text() != words:
                button.setText(words)
                button.setAccessibleName(f"{VIEWS[view]}, {count} {'mark' if count == 1 else 'marks'}")

    def _turn(self) -> None:
        self._is_open = not self._is_open
        self._show_figure()
        if self._is_open:
            self.choose(self._key)
            announce(self, self.figure.accessibleName())

    def _show_figure(self) -> None:
        self.turn.setText("Cover the figure" if self._is_open else "Show the figure")
        for each in (self.figure, self._hint, *self._view_buttons.values()):
            if self._is_open:
                each.show()
            else:
                each.hide()


class BodyMapPart(RowsPart):
    """The marks of a record that is being written."""

    def __init__(self, item: Item, row: FieldPath, parts: Parts, depth: int, parent: QWidget) -> None:
        self._view: MarksView | None = None
        self._card: ProtocolCard | None = None
        super().__init__(item, row, parts, depth, parent)
        self._card = ProtocolCard(self)
        self._card.rung.connect(self._on_rung)
        self._view = MarksView(self)
        self._view.opened.connect(self._go_to)
        self._view.moved.connect(self._on_moved)
        self._layout.insertWidget(self._top, self._card)
        self._layout.insertWidget(self._top + 1, self._view)
        self._top += 2
        changed = getattr(parts.acts, "changed", None)  # the page: an answer in a card is drawn at once
        if changed is not None:
            changed.connect(lambda _: self.look_again())
        self.look_again()

    def renew(self) -> None:
        """Show the rows the sheet has, and draw them."""
        super().renew()
        self.look_again()

    def name_rows(self) -> None:
        """Write where each mark is; offer to take away only what says nothing yet."""
        super().name_rows()
        for card in self.cards:
            may_go = self._parts.sheet.may_take(card.row)
            card.remove.setVisible(may_go)
            card.up.hide()  # marks keep their numbers
            card.down.hide()

    def title_of(self, row: FieldPath, number: int) -> str:
        """Return a mark's number and where it is."""
        names = self.item.body_map
        if names is None:
            return super().title_of(row, number)
        body = self._parts.sheet.body
        region = _code(body, row, names.region)
        where = place_words(region, _code(body, row, names.side)) if region else "not placed yet"
        return f"Mark {number}: {where}"

    def look_again(self) -> None:
        """Draw what the sheet says."""
        names = self.item.body_map
        if self._view is None or names is None:
            return
        sheet = self._parts.sheet
        rows = [card.row for card in self.cards]
        people = {f"Practitioner/{each.id}": each.name for each in self._parts.context.workers}
        self._view.show_marks(
            marks_of(self.item, sheet.body, rows),
            mark_rows(self.item, sheet.body, rows, people),
            age_of(sheet.form, sheet.body, names),
        )
        self._view.setVisible(bool(rows))
        self.name_rows()
        if self._card is not None and names.protocol:
            path = paths.child(paths.ROOT, names.protocol)
            answer = sheet.body.answers.get(path)
            self._card.ask(sheet.shown(path) and (answer is None or answer.value is not True))

    def _go_to(self, key: str) -> None:
        card = next((each for each in self.cards if each.row == key), None)
        if card is not None:
            focus_first(card)

    def _on_moved(self, key: str, x: int, y: int) -> None:
        names = self.item.body_map
        if names is None:
            return
        row = FieldPath(key)
        for link, value in ((names.x, x), (names.y, y)):
            self._parts.acts.say(paths.child(row, link), value)
        self.look_again()

    def _on_rung(self) -> None:
        names = self.item.body_map
        if names is not None and names.protocol:
            self._parts.acts.say(paths.child(paths.ROOT, names.protocol), True)
        self.look_again()
        announce(self, "Noted: the protocol has been started. Say below when, and whom you spoke to.")


class ProtocolCard(Band):
    """Interrupts: whom to ring now. It goes when that was done, or stands aside when it was seen."""

    rung = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Tone.ERROR, parent)
        said = _protocol("bruise-on-a-baby")
        self.setObjectName("card:protocol")
        self.title = Strong(f"! {said.get('title', '')}")
        self._words = Words(str(said.get("words", "")))
        self.numbers = [Strong(f"{each['who']}: {each['number']}") for each in said.get("ring", ())]
        self._danger = Strong(str(said.get("danger", "")))
        self.add(self.title, self._words, *self.numbers, self._danger)
        row = QWidget(self)
        flow = FlowLayout(row, gap=0.7)
        self.done = Button("I have rung", Rank.PRIMARY, identifier="do:protocol-rung")
        self.done.clicked.connect(lambda *_: self.rung.emit())
        self.aside = Button("Not yet: go on writing", identifier="do:protocol-aside")
        self.aside.clicked.connect(lambda *_: self._stand_aside())
        flow.addWidget(self.done)
        flow.addWidget(self.aside)
        self.add(row)
        self._is_seen = False
        self._is_asked = False
        self.hide()
        spoken = [self.title, self._words, *self.numbers, self._danger]
        self.setAccessibleName(" ".join(each.text() for each in spoken))

    def ask(self, is_asked: bool) -> None:
        """Interrupt, or go."""
        if is_asked == self._is_asked:
            return
        self._is_asked = is_asked
        if is_asked:
            self._is_seen = False
            self._fill()
            self.show()
            announce(self, self.accessibleName(), assertive=True)
        else:
            self.hide()

    def _stand_aside(self) -> None:
        """Leave the numbers in sight and the page to the worker."""
        self._is_seen = True
        self._fill()
        announce(self, "You are asked again when you check the record.")

    def _fill(self) -> None:
        for each in (self._words, self._danger, self.aside):
            each.setVisible(not self._is_seen)


def reading_of(
    form: Form, items: Sequence[Item], body: Body, people: Sequence[Person], parent: QWidget | None = None
) -> MarksView | None:
    """Return the figure and the list of a record that is read; None if it has no marks."""
    item = next((each for each in _walk(items) if each.body_map is not None), None)
    if item is None or item.body_map is None:
        return None
    rows = tuple(body.rows_of(paths.ROOT, item.link_id))
    if not rows:
        return None
    view = MarksView(parent)
    names = {f"Person/{each.id}": each.name for each in people}
    marks = tuple(
        Mark(
            key=each.key,
            number=each.number,
            region=each.region,
            side=each.side,
            x=each.x,
            y=each.y,
            struck=each.struck,
        )
        for each in marks_of(item, body, rows)
    )
    view.show_marks(marks, mark_rows(item, body, rows, names), age_of(form, body, item.body_map))
    return view


def _walk(items: Sequence[Item]) -> list[Item]:
    return [found for each in items for found in (each, *_walk(each.items))]


def _protocol(name: str) -> dict[str, Any]:
    known = json.loads(resource("rules", "protocols.json").read_text(encoding="utf-8"))
    found = known.get(name)
    return found if isinstance(found, dict) else {}


def _value(body: Body, row: FieldPath, link: LinkId) -> Any:
    answer = body.answers.get(paths.child(row, link))
    return answer.value if answer is not None else None


def _code(body: Body, row: FieldPath, link: LinkId) -> str:
    value = _value(body, row, link)
    return str(value.get("code", "")) if isinstance(value, Mapping) else ""


def _whole(body: Body, row: FieldPath, link: LinkId) -> int:
    value = _value(body, row, link)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1000 else _MIDDLE
