"""Base widgets. They know words, colours and keys; no child, no record.

Each is imported when it is first asked for: the unlock window needs a third of them, and shows sooner for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ui.widgets.announce import announce  # not later: its module has its name, and would stand in its place

if TYPE_CHECKING:
    from ui.style import Rank, Tone
    from ui.style.guards import WheelGuard
    from ui.widgets.banners import Banner, ErrorSummary, Inset
    from ui.widgets.bars import IdentityBar, StatusLine
    from ui.widgets.buttons import Button, LinkButton
    from ui.widgets.flow import FlowLayout
    from ui.widgets.order import follow_reading_order
    from ui.widgets.page import READING, WIDE, Page, button_row
    from ui.widgets.rows import Row, RowList, RowModel
    from ui.widgets.states import BusyState, EmptyState, ErrorState
    from ui.widgets.summaries import RowStack, SummaryRow, TaskRow
    from ui.widgets.surfaces import Band, Card, Picture
    from ui.widgets.tags import Tag, TagLabel
    from ui.widgets.text import (
        Body,
        Fault,
        FieldLabel,
        Heading,
        HeadingOne,
        HeadingThree,
        HeadingTwo,
        Hint,
        Label,
        SmallPrint,
        Strong,
        caption_safe,
    )

_HOMES = {
    "ui.style": (
        "Rank",
        "Tone",
    ),
    "ui.style.guards": ("WheelGuard",),
    "ui.widgets.banners": (
        "Banner",
        "ErrorSummary",
        "Inset",
    ),
    "ui.widgets.bars": (
        "IdentityBar",
        "StatusLine",
    ),
    "ui.widgets.buttons": (
        "Button",
        "LinkButton",
    ),
    "ui.widgets.flow": ("FlowLayout",),
    "ui.widgets.order": ("follow_reading_order",),
    "ui.widgets.page": (
        "READING",
        "WIDE",
        "Page",
        "button_row",
    ),
    "ui.widgets.rows": (
        "Row",
        "RowList",
        "RowModel",
    ),
    "ui.widgets.states": (
        "BusyState",
        "EmptyState",
        "ErrorState",
    ),
    "ui.widgets.summaries": (
        "RowStack",
        "SummaryRow",
        "TaskRow",
    ),
    "ui.widgets.surfaces": (
        "Band",
        "Card",
        "Picture",
    ),
    "ui.widgets.tags": (
        "Tag",
        "TagLabel",
    ),
    "ui.widgets.text": (
        "Body",
        "Fault",
        "FieldLabel",
        "Heading",
        "HeadingOne",
        "HeadingThree",
        "HeadingTwo",
        "Hint",
        "Label",
        "SmallPrint",
        "Strong",
        "caption_safe",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Return a widget's class from its module, and keep it here."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(home), name)
    return found


__all__ = [
    "READING",
    "WIDE",
    "Band",
    "Banner",
    "Body",
    "BusyState",
    "Button",
    "Card",
    "EmptyState",
    "ErrorState",
    "ErrorSummary",
    "Fault",
    "FieldLabel",
    "FlowLayout",
    "Heading",
    "HeadingOne",
    "HeadingThree",
    "HeadingTwo",
    "Hint",
    "IdentityBar",
    "Inset",
    "Label",
    "LinkButton",
    "Page",
    "Picture",
    "Rank",
    "Row",
    "RowList",
    "RowModel",
    "RowStack",
    "SmallPrint",
    "StatusLine",
    "Strong",
    "SummaryRow",
    "Tag",
    "TagLabel",
    "TaskRow",
    "Tone",
    "WheelGuard",
    "announce",
    "button_row",
    "caption_safe",
    "follow_reading_order",
]
