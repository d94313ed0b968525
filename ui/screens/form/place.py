"""Where the worker is in a record: the section, the field, the place in its text; and going back there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QWidget

from ui.screens.form.pages import Pages
from ui.shell.screen import Caret, caret_of, put_caret
from workbook_desktop.domain.ids import LinkId


def place_in(pages: Pages) -> Caret:
    """Return where the worker is: nowhere in particular if the focus is not on the page."""
    page = pages.page
    focused: QWidget | None = page.window().focusWidget()
    is_here = focused is not None and page.isAncestorOf(focused)
    found = caret_of(page) if is_here else Caret()
    return replace(found, page_scroll=page.verticalScrollBar().value(), section=pages.here)


def put_back(pages: Pages, caret: Caret, show: Callable[[LinkId], None]) -> None:
    """Put the worker back there, else at the first question.

    Args:
        show: shows the section of that place, if it still applies.
    """
    if caret.section is not None:
        show(caret.section)
    if put_caret(pages.page, caret):
        pages.page.verticalScrollBar().setValue(caret.page_scroll)
    else:
        pages.focus_start()
