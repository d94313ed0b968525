"""Every form that is not offered first: a few letters find one, Enter begins it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from ui.style import em
from ui.widgets import EmptyState, FieldLabel, Page, Row, RowList, announce
from ui.widgets.finding import FindField, first_row
from workbook_desktop.domain.records import FormRef

Offer = tuple[FormRef, str]


class OtherFormsDialog(QDialog):
    """A list to choose from. Every form stands in it, those offered first too: nobody need know which are."""

    chosen = Signal(object)  # FormRef

    def __init__(
        self, others: Sequence[Offer], first: Sequence[Offer], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._others, self._first = tuple(others), tuple(first)
        self.setObjectName("dialog:other-forms")
        self.setWindowTitle("Other forms")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.page = Page("Other forms")
        column.addWidget(self.page)
        self.list = RowList("Forms", two_lines=False)
        self.list.setObjectName("list:forms")
        self.list.setAccessibleIdentifier("list:forms")
        self.list.opened.connect(self._open)
        self.field = FindField("find:form", self.list)
        self.field.setPlaceholderText("A word of its name")
        label = FieldLabel("&Find a form")
        label.set_field(self.field)
        self.field.textChanged.connect(lambda *_: self._show())
        self._none = EmptyState("No form on this laptop has that in its name.", icon_name="file-text")
        self.page.add(label, self.field, self._none)
        self.page.add_filling(self.list)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.activated.connect(self.close)
        self.resize(em(self, 34), em(self, 32))
        self._show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self) -> None:
        wanted = self.field.text().casefold().split()
        rows: list[Row] = []
        for heading, offers in (("Other forms", self._others), ("Offered first", self._first)):
            found = [(ref, name) for ref, name in offers if all(word in name.casefold() for word in wanted)]
            if found:
                rows.append(Row(key=f"heading:{heading}", title=heading, is_heading=True))
            rows += [Row(key=f"form:{ref.id}", title=name, icon="file-pen") for ref, name in found]
        self.list.set_rows(rows)
        self.list.setVisible(bool(rows))
        self._none.setVisible(not rows)
        first_row(self.list)
        if wanted:
            count = sum(not row.is_heading for row in rows)
            announce(self, "1 form" if count == 1 else f"{count} forms")

    def _open(self, key: str) -> None:
        wanted = key.removeprefix("form:")
        ref = next((ref for ref, _ in (*self._others, *self._first) if ref.id == wanted), None)
        if ref is not None:
            self.close()
            self.chosen.emit(ref)
