"""Run as a process of its own by `benchmarks.chronology`: 1,500 events over 30 years, scrolled.

A frame is one step of the scroll bar and the painting that follows it, to its end. Lines are JSON on standard
output, times in milliseconds.
"""

from __future__ import annotations

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any, cast

from PySide6.QtWidgets import QApplication, QListWidget

from ui.say import Say
from ui.screens.chronology import ChronologyScreen
from ui.style import Theme, apply
from ui.tasks import Tasks
from workbook_desktop.app.machine import SystemClock
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId
from workbook_desktop.domain.people import Family, Person
from workbook_desktop.messages import load
from workbook_desktop.workspace.chronology import Event, FamilyChronology, in_order, when_of

EVENTS, YEARS, FRAMES = 1_500, 30, 600
STEP = 60  # px: three lines of text, as one notch of a wheel
_WORDS = [
    *(
        "contact",
        "school",
        "nursery",
        "mother",
        "father",
        "slept",
        "wept",
        "laughed",
        "visited",
        "rang",
        "told",
    ),
    *("heard", "saw", "left", "came", "back", "again", "worried", "safe", "home", "Łódź", "O’Brien", "siôn"),
    *("night", "morning", "plan", "order", "court", "police", "doctor", "clinic"),
]


def events() -> tuple[Event, ...]:
    """Return events of the length of real ones: a headline, what it meant, what came of it."""
    chance = random.Random(5)
    newest = date(2026, 11, 22)

    def words(least: int, most: int) -> str:
        return " ".join(chance.choice(_WORDS) for _ in range(chance.randint(least, most)))

    found = []
    for number in range(EVENTS):
        on = newest - timedelta(days=number * YEARS * 365 // EVENTS)
        found.append(
            Event(
                key=f"record-{number}/event/0",
                when=when_of(on),
                headline=words(4, 14).capitalize(),
                category="Health",
                people=(PersonId("p-leo"),),
                names=("Leo Tolland",),
                impact=words(10, 60),
                outcome=words(0, 20),
                source="A professional told me",
                record=RecordId(f"record-{number}"),
                kind="Case note",
                by="Amara Quill",
                recorded_on=on + timedelta(days=chance.randint(0, 9)),
                standing="",
                significant=True,
            )
        )
    return in_order(found)


def since(start: int) -> float:
    """Return the milliseconds since a moment."""
    return (time.perf_counter_ns() - start) / 1e6


def main() -> None:
    """Open the page, scroll it from end to end, search in it; and scroll a plain list beside it."""
    app = QApplication([])
    apply(app, Theme.LIGHT)
    child = Person(
        id=PersonId("p-leo"), family=FamilyId("f"), forename="Leo", surname="Tolland", is_child=True
    )
    family = Family(
        id=FamilyId("f"), name="Tolland", people=(child,), households=(), relationships=(), involvements=()
    )
    whole = FamilyChronology(
        family=family, today=date(2026, 11, 22), events=events(), unread=0, event_form=None
    )
    with ThreadPoolExecutor(max_workers=1) as thread:
        start = time.perf_counter_ns()
        page = ChronologyScreen(
            whole,
            cast(Any, None),
            Tasks(thread, lambda error: None),
            Say(load(), SystemClock()),
            cast(Any, _Nowhere()),
        )
        page.resize(1366, 700)
        page.show()
        page.begin()
        app.processEvents()
        page.list.viewport().repaint()
        opened = since(start)
        bar = page.list.verticalScrollBar()
        frames = []
        for number in range(FRAMES):
            start = time.perf_counter_ns()
            bar.setValue(bar.value() + STEP if number % 50 else bar.maximum() * number // FRAMES)
            page.list.viewport().repaint()
            frames.append(since(start))
        typed = []
        for letters in ("c", "co", "con", "cont", "conta", ""):
            start = time.perf_counter_ns()
            page.field.setText(letters)
            page._narrow()
            app.processEvents()
            page.list.viewport().repaint()
            typed.append(since(start))
        bare = QListWidget()
        bare.addItems([each.headline for each in whole.events])
        bare.resize(1366, 700)
        bare.show()
        app.processEvents()
        floor = []
        for _ in range(FRAMES):
            start = time.perf_counter_ns()
            bare.verticalScrollBar().setValue(bare.verticalScrollBar().value() + 1)
            bare.viewport().repaint()
            floor.append(since(start))
    print(json.dumps({"opened": opened, "frames": frames, "typed": typed, "bare": floor}), flush=True)


class _Nowhere:
    """Leads nowhere: the page is alone."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


if __name__ == "__main__":
    main()
