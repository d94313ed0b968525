"""A record as it is read: signed off, or not this worker's to change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.fields.attachment import open_file
from ui.fields.context import FieldContext
from ui.fields.viewing import can_be_opened
from ui.widgets.buttons import Button
from ui.widgets.page import Page
from ui.widgets.summaries import SummaryRow
from ui.widgets.text import Body, HeadingThree
from workbook_desktop.domain import paths
from workbook_desktop.domain.records import Body as Answers
from workbook_desktop.forms.definition import Form, Kind
from workbook_desktop.forms.summary import Line, RenderedSection


class ReadingPage(Page):
    """One section as questions and answers."""

    def __init__(
        self,
        section: RenderedSection,
        *,
        caption: str = "",
        below: Callable[[Line], Iterable[QWidget]] = lambda line: (),
        parent: QWidget | None = None,
    ) -> None:
        """`below`: what stands below a line, such as a button that opens its file."""
        super().__init__(section.title, caption=caption, parent=parent)
        self.notices: list[QWidget] = []
        self._place = QVBoxLayout()
        self.add_layout(self._place)
        for line in section.lines:
            self.add(line_widget(line.label, line.shown, line.heading), *below(line))
        if not section.lines:
            self.add(Body("Nothing was asked here."))
        self.next = Button("Next section", identifier="do:next-section")
        self.back = Button("Back", identifier="do:back")
        self.add_button(self.next, self.back)

    def put_on_top(self, banner: QWidget) -> None:
        """Show a banner above the answers."""
        self._place.addWidget(banner)


def files_below(form: Form, body: Answers, context: FieldContext, line: Line) -> list[QWidget]:
    """Return a button for each file of a line that can be opened here, or fetched from the office."""
    item = form.by_link_id.get(paths.link_id(line.path)) if line.path and not line.heading else None
    answer = body.answers.get(line.path) if item is not None and item.kind is Kind.ATTACHMENT else None
    values = answer.value if answer is not None else None
    found: list[QWidget] = []
    for value in values if isinstance(values, list) else [values]:
        if not isinstance(value, Mapping):
            continue
        if can_be_opened(value, is_kept_beside=context.files is not None):
            name = str(value.get("title") or "the file")
            number = f"#{len(found) + 1}" if found else ""
            button = Button("Open file", identifier=f"do:open-file:{line.path}{number}", icon_name="eye")
            button.setAccessibleName(f"Open file: {name}, {line.label}")
            button.clicked.connect(lambda *_, kept=value, at=button: open_file(kept, context.files, at))
            found.append(button)
    return found


def line_widget(label: str, shown: str, is_heading: bool) -> QWidget:
    """Return a line of a record that is read."""
    return HeadingThree(label) if is_heading else SummaryRow(label, shown, action="")
