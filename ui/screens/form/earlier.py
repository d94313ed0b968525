"""Answers that a later version of the form no longer asks for: kept, shown, read only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtWidgets import QWidget

from ui.widgets.buttons import Button
from ui.widgets.page import Page
from ui.widgets.summaries import RowStack, SummaryRow
from ui.widgets.text import Body
from workbook_desktop.domain.ids import LinkId

EARLIER: Final = LinkId("#earlier")  # names the page among the sections: no item of a form can be called so
TITLE: Final = "From the earlier form"


class EarlierPage(Page):
    """The last of the sections: question and answer, as they were asked and given.

    Has `next`, `back` and `notices` as a page that is read has, so that the screen treats both alike.
    """

    def __init__(
        self, lines: Sequence[tuple[str, str]], *, caption: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(TITLE, caption=caption, parent=parent)
        self.notices: list[QWidget] = []
        self._lines = tuple(lines)
        self.rows = RowStack(*(SummaryRow(label, words, action="") for label, words in lines))
        if lines:
            self.add(
                Body(
                    "The form changed since this was written. It no longer asks for these answers. "
                    "They stay with the record: copy what should stand elsewhere."
                ),
                self.rows,
            )
        else:
            self.add(Body("Nothing was left over from an earlier form."))
        self.next = Button("Continue", identifier="do:after-earlier")
        self.back = Button("Back", identifier="do:back")
        self.add_button(self.next, self.back)

    def say_answers(self, lines: Sequence[tuple[str, str]]) -> None:
        """Show these lines instead, if they are others."""
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        self.rows.set_rows(*(SummaryRow(label, words, action="") for label, words in lines))
