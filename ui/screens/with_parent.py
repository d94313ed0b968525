"""A parent's own page: their numbers over time, their words, what they chose. It is fit to be shown to them.

No alerts, no other person and no record stand on it, and the bar above it says nothing of the family.
"""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from ui.say import Say, long_date
from ui.shell.navigation import Navigator
from ui.shell.screen import Screen
from ui.style import Rank
from ui.widgets import WIDE, Body, Button, EmptyState, HeadingTwo, Hint, Inset, Page
from ui.widgets.chart import Chart
from workbook_desktop.domain.readings import Series
from workbook_desktop.workspace.with_parent import ParentsPage


def told_words(of: Series) -> str:
    """Return "On 19 August 2026 you said 4. On 9 October 2026 you said 9: up by 5.\""""
    now = of.readings[-1]
    said = f"On {long_date(now.date)} you said {now.value.normalize():f}"
    if len(of.readings) < 2 or of.readings[-2].version != now.version:
        return f"{said}."
    before = of.readings[-2]
    first = f"On {long_date(before.date)} you said {before.value.normalize():f}."
    step = now.value - before.value
    moved = f"{'up' if step > 0 else 'down'} by {abs(step).normalize():f}" if step else "the same"
    return f"{first} {said}: {moved}."


class WithParentScreen(Screen):
    """One parent's page."""

    def __init__(self, shown: ParentsPage, say: Say, go: Navigator) -> None:
        super().__init__()
        self.setObjectName("screen:with-parent")
        self.setAccessibleIdentifier("screen:with-parent")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        name = shown.person.preferred_name or shown.person.forename or shown.person.name
        self.page = Page(f"{name}: your own page", letters=WIDE)
        outer.addWidget(self.page)
        self.charts: list[Chart] = []
        back = Button("Back", Rank.SECONDARY, identifier="do:back", icon_name="arrow-left")
        back.clicked.connect(lambda *_: go.back())
        self.page.add(back, Hint("This is what you told us, in your numbers and your words."))
        if shown.steps:
            self.page.add(HeadingTwo("What you chose to do"))
            for step in shown.steps:
                by = f" By {say.near_day(step.by)}." if step.by is not None else ""
                self.page.add(Body(f"{step.what}.{by}"))
        if not shown.scales:
            self.page.add(
                EmptyState("No numbers yet. They come from a talk that is signed off.", icon_name="scale")
            )
        for title, series in shown.scales:
            self.page.add(HeadingTwo(title), Body(told_words(series)))
            if len(series.readings) > 1:
                chart = Chart()
                chart.show_series((series,))  # no bands: a colour would judge what somebody said of themself
                self.charts.append(chart)
                self.page.add(chart)
        if shown.words:
            self.page.add(HeadingTwo("What you said"))
            for each in shown.words:
                inset = Inset(each.words)
                if each.on is not None:
                    inset.add(Hint(long_date(each.on)))
                self.page.add(inset)
        go.identity(None)
        go.title("Your own page")

    def begin(self) -> None:
        """Start at the top."""
        self.page.arrive()
