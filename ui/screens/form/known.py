"""What is known now is different: one answer after the other is taken over, or left as it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QVBoxLayout, QWidget

from ui.style import Rank, em
from ui.widgets.announce import announce
from ui.widgets.buttons import Button
from ui.widgets.flow import FlowLayout
from ui.widgets.order import follow_reading_order
from ui.widgets.page import Page
from ui.widgets.states import EmptyState
from ui.widgets.summaries import SummaryRow
from ui.widgets.surfaces import Card
from ui.widgets.text import Body, HeadingThree, Hint
from workbook_desktop.forms.sheet import Change, Sheet
from workbook_desktop.workspace.views import KnownDifference

Decide = Callable[[KnownDifference], Callable[[], object] | None]
"""Carries a decision out, and returns what takes it back, or None if nothing can."""

TITLE = "What is known now is different"
NOTHING = "What stands here is what is known."


class KnownDialog(QDialog):
    """Every difference as a card. Nothing is chosen beforehand, nothing is taken all at once."""

    def __init__(
        self,
        differences: Sequence[KnownDifference],
        take: Decide,
        keep: Decide,
        *,
        parent: QWidget | None = None,
    ) -> None:
        """Show the differences.

        Args:
            take: writes what is known into the draft.
            keep: leaves the draft as it is, and remembers that the worker has seen what is known.
        """
        super().__init__(parent)
        self.setObjectName("dialog:known")
        self.setWindowTitle(TITLE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.page = Page(TITLE)
        column.addWidget(self.page)
        self.cards: list[DifferenceCard] = []
        if differences:
            self.page.add(
                Body("This was recorded elsewhere after you began. Decide for each. Esc decides later.")
            )
        else:
            self.page.add(EmptyState(NOTHING, icon_name="check"))
        for each in differences:
            card = DifferenceCard(each, take, keep, self._on_decided)
            self.cards.append(card)
            self.page.add(card)
        self.shut = Button("Close", Rank.SECONDARY, identifier="do:close-known")
        self.shut.clicked.connect(self.close)
        self.page.add_button(self.shut)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.activated.connect(self.close)
        self.resize(em(self, 40), em(self, 32))
        follow_reading_order(self)
        (self.cards[0].take if self.cards else self.shut).setFocus()

    def undecided(self) -> int:
        """Return how many are left to decide."""
        return sum(not each.is_decided for each in self.cards)

    def _on_decided(self, card: DifferenceCard, said: str) -> None:
        left = self.undecided()
        at = self.cards.index(card)
        following = (*self.cards[at + 1 :], *self.cards[:at])
        to = next((each for each in following if not each.is_decided), None)
        (to.take if to is not None else self.shut).setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, f"{said} " + (f"{left} left" if left else "Nothing is left to decide"))


class DifferenceCard(Card):
    """One question: what stands here, what is known now and where from, and two buttons."""

    def __init__(
        self,
        difference: KnownDifference,
        take: Decide,
        keep: Decide,
        decided: Callable[[DifferenceCard, str], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.difference = difference
        self._decided = decided
        self._undo: Callable[[], object] | None = None
        self.is_decided = False
        question = difference.question
        self.setAccessibleName(question)
        self.add(
            HeadingThree(question),
            SummaryRow("Here", difference.here, action=""),
            SummaryRow("Known now", difference.known, action=""),
        )
        if difference.source:
            self.add(Hint(f"From {difference.source}"))
        self._acts = QWidget(self)
        flow = FlowLayout(self._acts, gap=0.7)
        self.take = Button("Take what is known", Rank.SECONDARY, self._acts)
        self.keep = Button("Keep what is here", Rank.SECONDARY, self._acts)
        known, here = difference.known or "nothing", difference.here or "nothing"
        self.take.setAccessibleName(f"Take what is known, {known}: {question}")
        self.keep.setAccessibleName(f"Keep what is here, {here}: {question}")
        self.take.setAccessibleDescription(f"Here: {here}. Known now: {known}, from {difference.source}")
        for number, button in enumerate((self.take, self.keep), start=1):
            button.setObjectName(f"known:{difference.path}#{number}")
            flow.addWidget(button)
        self.add(self._acts)
        self._done = QWidget(self)
        row = FlowLayout(self._done, gap=0.7)
        self.said = Body("", self._done)
        self.undo = Button("Undo", Rank.SECONDARY, self._done, icon_name="undo-2")
        self.undo.setAccessibleName(f"Undo: {question}")
        row.addWidget(self.said)
        row.addWidget(self.undo)
        self._done.hide()
        self.add(self._done)
        self.take.clicked.connect(lambda: self._on_act(take, "Taken."))
        self.keep.clicked.connect(lambda: self._on_act(keep, "Kept as it stands here."))
        self.undo.clicked.connect(self._on_undo)

    def _on_act(self, act: Decide, said: str) -> None:
        self._undo = act(self.difference)
        self.is_decided = True
        self.said.setText(said)
        self.undo.setVisible(self._undo is not None)
        self._done.show()
        self._decided(self, said)  # the focus goes on before the buttons that have it hide
        self._acts.hide()

    def _on_undo(self) -> None:
        undo, self._undo = self._undo, None
        if undo is not None:
            undo()
        self.is_decided = False
        self._acts.show()
        self.take.setFocus(Qt.FocusReason.OtherFocusReason)
        self._done.hide()
        announce(self, "Undone")


def decide_on(
    differences: Sequence[KnownDifference],
    sheet: Sheet,
    take_in: Callable[[Change], object],
    parent: QWidget,
) -> KnownDialog:
    """Open the dialog over a page, and put the focus back where it was when it is shut.

    Args:
        take_in: shows and keeps what a decision changed on the sheet.
    """

    def noting(*, take: bool) -> Decide:
        def note(difference: KnownDifference) -> Callable[[], object]:
            before = sheet.body.answers.get(difference.path)
            take_in(sheet.note_known(difference.path, difference.origin, take=take))
            return lambda: take_in(sheet.put_back(difference.path, before))

        return note

    focus = QApplication.focusWidget()
    dialog = KnownDialog(differences, noting(take=True), noting(take=False), parent=parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def back() -> None:
        if focus is not None and shiboken6.isValid(focus) and parent.isAncestorOf(focus):
            focus.setFocus(Qt.FocusReason.OtherFocusReason)

    dialog.finished.connect(back)
    dialog.open()
    return dialog
