"""Yes and No."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.fields.choice import RadioEditor
from workbook_desktop.forms.definition import Option

_YES_NO = (Option(value=True, label="Yes"), Option(value=False, label="No"))


class BooleanEditor(RadioEditor):
    """Yes or No, side by side at the left; neither is chosen until the worker does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_YES_NO, open_choice=False, horizontal=True, parent=parent)
