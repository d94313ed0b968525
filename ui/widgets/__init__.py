"""Base widgets. They know words, colours and keys; no child, no record."""

from ui.style import Rank, Tone
from ui.style.guards import WheelGuard
from ui.widgets.announce import announce
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
