"""A record as it is read: signed off, or not this worker's to change."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.widgets.buttons import Button
from ui.widgets.page import Page
from ui.widgets.summaries import SummaryRow
from ui.widgets.text import Body, HeadingThree
from workbook_desktop.forms.summary import RenderedSection


class ReadingPage(Page):
    """One section as questions and answers."""

    def __init__(self, section: RenderedSection, *, caption: str = "", parent: QWidget | None = None) -> None:
        super().__init__(section.title, caption=caption, parent=parent)
        self.notices: list[QWidget] = []
        self._place = QVBoxLayout()
        self.add_layout(self._place)
        for line in section.lines:
            self.add(line_widget(line.label, line.shown, line.heading))
        if not section.lines:
            self.add(Body("Nothing was asked here."))
        self.next = Button("Next section", identifier="do:next-section")
        self.back = Button("Back", identifier="do:back")
        self.add_button(self.next, self.back)

    def put_on_top(self, banner: QWidget) -> None:
        """Show a banner above the answers."""
        self._place.addWidget(banner)


def line_widget(label: str, shown: str, is_heading: bool) -> QWidget:
    """Return a line of a record that is read."""
    return HeadingThree(label) if is_heading else SummaryRow(label, shown, action="")
