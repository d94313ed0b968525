"""Rows of a repeating group: a card each, with add, remove (and undo), move, copy to siblings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.fields import Group
from ui.screens.form.parts import Column, Parts, heading, tab_stops
from ui.style import Rank, Tone, em
from ui.widgets.announce import announce
from ui.widgets.banners import Banner
from ui.widgets.buttons import Button
from ui.widgets.flow import FlowLayout
from ui.widgets.surfaces import Card
from ui.widgets.text import HeadingThree, Hint
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath
from workbook_desktop.domain.people import age_words
from workbook_desktop.domain.records import Body, Value
from workbook_desktop.forms import references
from workbook_desktop.forms.definition import Item, Role
from workbook_desktop.forms.sheet import RemovedRow, Sheet
from workbook_desktop.forms.summary import row_title

_FIRST_WORDS = 48  # letters


class Acts(Protocol):
    """What rows ask of their page. Each changes the sheet and shows what changed."""

    def add_row(self, parent: FieldPath, item: Item) -> FieldPath:
        """Add a row."""

    def remove_row(self, row: FieldPath) -> RemovedRow:
        """Take a row away."""

    def restore_row(self, removed: RemovedRow) -> None:
        """Put it back."""

    def move_row(self, row: FieldPath, up: bool) -> bool:
        """Move a row one place; False at the end."""

    def copy_row(self, row: FieldPath, to: Sequence[FieldPath], source: str) -> int:
        """Copy a row's answers to others, to be checked there; return how many."""

    def say(self, path: FieldPath, value: Value) -> None:
        """Give an answer that has no field on the page, such as a place on a figure."""

    def undo_copy(self) -> None:
        """Take back the last copy, where nobody has touched it since."""

    def settle(self) -> None:
        """Put Tab in order after something was put on the page."""


class RowCard(Group):
    """One row."""

    def __init__(self, row: FieldPath, part: RowsPart, parts: Parts, depth: int) -> None:
        super().__init__(part)
        self.row = row
        item = part.item
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        card = Card(self)
        outer.addWidget(card)
        self.title = HeadingThree("", card)
        card.column.addWidget(self.title)
        if item.is_question:  # a repeating question with items of its own: its answer stands in the row
            card.column.addWidget(parts.add_field(item, paths.child(row, item.link_id), card))
        self.column = Column(item.items, row, parts, depth + 1, card)
        card.column.addWidget(self.column)
        foot = QWidget(card)
        flow = FlowLayout(foot, gap=0.7)
        self.copy: Button | None = None
        if item.copy_to_siblings:
            self.copy = Button(
                "Copy to siblings",
                Rank.SECONDARY,
                foot,
                icon_name="copy",
                identifier=f"do:copy-to-siblings:{row}",
            )
            flow.addWidget(self.copy)
            self.copy.clicked.connect(lambda: part.copy(self))
        self.remove = Button("Remove", Rank.SECONDARY, foot, identifier=f"do:remove-row:{row}")
        flow.addWidget(self.remove)
        self.up = Button("", Rank.SECONDARY, foot, icon_name="chevron-up", identifier=f"do:move-up:{row}")
        self.down = Button(
            "", Rank.SECONDARY, foot, icon_name="chevron-down", identifier=f"do:move-down:{row}"
        )
        self.up.setToolTip("Move up (Alt+Up)")
        self.down.setToolTip("Move down (Alt+Down)")
        for button in (self.up, self.down):
            button.setFixedWidth(em(self, 2.2))
            flow.addWidget(button)
        card.column.addWidget(foot)
        card.column.setSpacing(em(self, 0.8))
        self.up.clicked.connect(lambda: part.shift(self, up=True))
        self.down.clicked.connect(lambda: part.shift(self, up=False))
        self.remove.clicked.connect(lambda: part.remove(self))

    def name(self, title: str, number: int, count: int) -> None:
        """Show whose row it is and what can be done with it here."""
        self.title.setText(title)
        self.setAccessibleName(title)
        self.up.setAccessibleName(f"Move up: {title}")
        self.down.setAccessibleName(f"Move down: {title}")
        self.remove.setAccessibleName(f"Remove: {title}")
        for button, usable in ((self.up, number > 1), (self.down, number < count)):
            if not usable and button.hasFocus():
                (self.down if button is self.up else self.up).setFocus(Qt.FocusReason.OtherFocusReason)
            button.setEnabled(usable)
            button.setVisible(count > 1)
        if self.copy is not None:
            self.copy.setAccessibleName(f"Copy to siblings: {title}")
            self.copy.setVisible(count > 1)


class RowsPart(Group):
    """A repeating group with its rows."""

    def __init__(self, item: Item, row: FieldPath, parts: Parts, depth: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.item, self._row, self._parts, self._depth = item, row, parts, depth
        self.path = paths.child(row, item.link_id)
        self.cards: list[RowCard] = []
        self._banner: Banner | None = None
        self._offered: tuple[RemovedRow, ...] = ()
        self._undos = QWidget(self)
        undos = QVBoxLayout(self._undos)
        undos.setContentsMargins(0, 0, 0, 0)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(em(self, 0.7))
        self._words = f"{item.prefix} {item.called}".strip() or "Entries"
        self.setAccessibleName(self._words)
        optional = not item.required and parts.context.mark_optional and not item.limits.min_occurs
        words = self._words + (" (optional)" if optional and not item.rows_for else "")
        self._layout.addWidget(heading(words, depth, self))
        if item.help:
            self._layout.addWidget(Hint(item.help, self))
        self._none = Hint("Nothing here yet.", self)
        self._layout.addWidget(self._none)
        self._top = self._layout.count()
        self.add = Button("Add", Rank.SECONDARY, self, icon_name="plus", identifier=f"do:add-row:{self.path}")
        self.add.clicked.connect(self._on_add)
        self._layout.addWidget(self._undos)
        self._layout.addWidget(self.add)
        self.renew()

    def renew(self) -> None:
        """Show the rows the sheet has, in its order."""
        wanted = self._parts.sheet.rows(self._row, self.item.link_id)
        standing = {card.row: card for card in self.cards}
        for card in [each for each in self.cards if each.row not in wanted]:
            self._layout.removeWidget(card)
            self._parts.forget_under(card.row)
            card.hide()
            card.setParent(None)  # else it would still be found by its names until Qt gets round to it
            card.deleteLater()
        cards = []
        for place, row in enumerate(wanted):
            card = standing.get(row) or RowCard(row, self, self._parts, self._depth)
            if row not in standing or self._layout.indexOf(card) != self._top + place:
                self._layout.removeWidget(card)
                self._layout.insertWidget(self._top + place, card)
                if self.isVisible():
                    card.show()
                self._parts.restructured = True
            cards.append(card)
        self.cards = cards
        self.name_rows()
        self._none.setVisible(not cards)
        most = self.item.limits.max_occurs
        self.add.setVisible(most is None or len(cards) < most)
        words = "Add another" if cards else "Add"
        self.add.setText(words)
        self.add.setAccessibleName(f"{words}: {self._words}")
        self._offer_back(wanted)

    def name_rows(self) -> None:
        """Write whose row each is: "Maisie Tolland, 7"."""
        for number, card in enumerate(self.cards, start=1):
            card.name(self.title_of(card.row, number), number, len(self.cards))

    def title_of(self, row: FieldPath, number: int) -> str:
        """Return what to call a row."""
        return title_of(self._parts.sheet, self.item, row, number, self._parts)

    # -- acts ----------------------------------------------------------------------------------------------

    def _on_add(self) -> None:
        row = self._parts.acts.add_row(self._row, self.item)
        self._say_nothing()
        card = next((each for each in self.cards if each.row == row), None)
        if card is not None:
            focus_first(card)
            announce(self, f"Added: {card.title.text()}")

    def shift(self, card: RowCard, *, up: bool) -> None:
        """Move a row; the focus goes with it."""
        focused: QWidget | None = self.window().focusWidget()
        if not self._parts.acts.move_row(card.row, up):
            return
        if focused is not None and card.isAncestorOf(focused) and focused.isEnabled():
            focused.setFocus(Qt.FocusReason.OtherFocusReason)
        place = self.cards.index(card) + 1
        announce(self, f"Moved: {card.title.text()}, now {place} of {len(self.cards)}")

    def remove(self, card: RowCard) -> None:
        """Take a row away, and offer it back."""
        self._say_nothing()
        self._parts.acts.remove_row(card.row)
        newest = self._undos.findChild(Banner)
        if newest is not None and newest.button is not None:
            newest.button.setFocus(Qt.FocusReason.OtherFocusReason)
            newest.speak()

    def _offer_back(self, standing: Sequence[FieldPath]) -> None:
        """Offer each row that was taken away from here and does not stand again, the last one first."""
        here = self._parts.removed
        offered = tuple(
            each
            for each in reversed(here)
            if each.path not in standing
            and paths.parent_row(each.path) == self._row
            and paths.link_id(each.path) == self.item.link_id
        )
        if offered == self._offered:
            return
        self._offered = offered
        column = self._undos.layout()
        assert column is not None
        for old in self._undos.findChildren(Banner):
            column.removeWidget(old)
            old.hide()
            old.setParent(None)
            old.deleteLater()
        for each in offered:
            words = f"Removed: {self._called(each)}"
            banner = Banner(
                Tone.NEUTRAL,
                words,
                action="Undo",
                on_action=partial(self._on_undo_remove, each),
                parent=self._undos,
            )
            column.addWidget(banner)
            if banner.button is not None:
                which = self.path if each is offered[0] else each.path
                banner.button.setObjectName(f"do:undo:{which}")
                banner.button.setAccessibleName(f"Undo: {words}")
            if self.isVisible():
                banner.show()
        self._undos.setVisible(bool(offered))
        self._parts.restructured = True

    def _called(self, removed: RemovedRow) -> str:
        """Return what to call a row that is gone: its number is another's by now, its first words are not."""
        names = {f"Person/{person.id}": person.name for person in self._parts.context.people}
        body = Body(answers=dict(removed.answers), rows=dict(removed.rows))
        title = row_title(self.item, body, removed.path, 0, names).removesuffix(" 0")
        said = (answer.value for _, answer in removed.answers)
        first = next((" ".join(each.split()) for each in said if isinstance(each, str) and each.strip()), "")
        if not first:
            return title
        return f"{title}, “{first if len(first) <= _FIRST_WORDS else first[:_FIRST_WORDS].rstrip() + '…'}”"

    def copy(self, card: RowCard) -> None:
        """Copy a row's answers to the others, to be checked there one by one."""
        others = [each for each in self.cards if each is not card]
        title = card.title.text()
        count = self._parts.acts.copy_row(card.row, [each.row for each in others], title.split(",")[0])
        names = _listed([each.title.text().split(",")[0] for each in others])
        place = self.cards.index(card) + 1
        if not count:
            self._say(
                Tone.NEUTRAL, f"Nothing to copy: {names} have answers of their own", "", None, place, ""
            )
            return
        answers = "1 answer" if count == 1 else f"{count} answers"
        self._say(
            Tone.WARNING,
            f"Copied {answers} to {names}. Check each one there",
            "Undo",
            self._on_undo_copy,
            place,
            "undo",
        )

    def _on_undo_remove(self, removed: RemovedRow) -> None:
        self._say_nothing()
        self._parts.acts.restore_row(removed)
        card = next((each for each in self.cards if each.row == removed.path), None)
        if card is not None:
            focus_first(card)
            announce(self, f"Put back: {card.title.text()}")

    def _on_undo_copy(self) -> None:
        self._say_nothing()
        self._parts.acts.undo_copy()
        if self.cards:
            focus_first(self.cards[0])
        announce(self, "Copy undone")

    def _say(
        self, tone: Tone, words: str, action: str, act: Callable[[], None] | None, place: int, verb: str
    ) -> None:
        self._say_nothing()
        banner = Banner(tone, words, action=action, on_action=act, parent=self)
        self._layout.insertWidget(self._top + place, banner)
        self._banner = banner
        if banner.button is not None:
            banner.button.setObjectName(f"do:{verb}:{self.path}")
            banner.button.setAccessibleName(f"{action}: {words}")
            banner.button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._parts.restructured = True
        self._parts.acts.settle()
        banner.speak()

    def _say_nothing(self) -> None:
        if self._banner is not None:
            self._layout.removeWidget(self._banner)
            self._banner.hide()
            self._banner.deleteLater()
            self._banner = None


def title_of(sheet: Sheet, item: Item, row: FieldPath, number: int, parts: Parts) -> str:
    """Return what to call a row: the person it is about with their age, or its kind and number."""
    context = parts.context
    names = {f"Person/{person.id}": person.name for person in context.people}
    title = row_title(item, sheet.body, row, number, names)
    for inner in item.items:
        if inner.role is not Role.SUBJECT:
            continue
        answer = sheet.body.answers.get(paths.child(row, inner.link_id))
        about = references.person_id(answer.value) if answer is not None else None
        person = next((each for each in context.people if each.id == about), None)
        if person is not None and person.is_child:
            return f"{title}, {age_words(person, context.clock.today())}"
    return title


def focus_first(part: QWidget) -> None:
    """Put the focus on the first answer of a part; on the first control if it has none."""
    first: QWidget | None = None
    for stop in tab_stops(part):
        tabbed = stop.focusPolicy() & Qt.FocusPolicy.TabFocus
        if not tabbed or not stop.isVisibleTo(part) or not stop.isEnabled():
            continue
        if stop.objectName().startswith("answer:"):
            stop.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        first = first or stop
    if first is not None:
        first.setFocus(Qt.FocusReason.OtherFocusReason)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
