"""Run as a process of its own by `benchmarks.form_workings`: the largest form, read, worked out and shown.

Lines are JSON on standard output, times in milliseconds.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast

from benchmarks.large_form import answerable, formulas_in, large_form, some_answer
from workbook_desktop.domain.ids import WorkerId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import Body
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.expressions.program import read_expression
from workbook_desktop.forms.loader import load
from workbook_desktop.forms.plan import plan_of
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.forms.workings import Surroundings

TIMES = 9
HERE = Surroundings(today=date(2026, 11, 22), now=datetime(2026, 11, 22, 14, 30, tzinfo=UTC))
WORKER = Worker(
    id=WorkerId("w"), name="Amara Quill", role="social worker", agency="Wrenmouth", chapter="child"
)


def say(**facts: object) -> None:
    """Write one line for the process that started this one."""
    print(json.dumps(facts), flush=True)


def since(start: int) -> float:
    """Return the milliseconds since a moment of the monotonic clock."""
    return (time.perf_counter_ns() - start) / 1e6


def read(source: bytes) -> Form:
    """Say how long it takes to read the form and to make its plan, from nothing; and to decode its JSON."""
    opened, decoded = [], []
    for _ in range(TIMES):
        read_expression.cache_clear()
        start = time.perf_counter_ns()
        form = load(source)
        plan_of(form)
        opened.append(since(start))
        start = time.perf_counter_ns()
        json.loads(source)
        decoded.append(since(start))
    say(open=opened, decode=decoded, items=len(list(form.walk())), formulas=formulas_in(form))
    return form


def answered(form: Form) -> None:
    """Say how long one answer takes with all that follows from it, each question in turn, three times over;
    and the same in a form without formulas."""
    plain_items = tuple(_without(each) for each in form.items)
    for name, of in (("answer", form), ("plain", replace(form, items=plain_items))):
        sheet = Sheet(
            of, Body(), by=WORKER.id, now=lambda: "2026-11-22T14:30:00+00:00", new_id=str, surroundings=HERE
        )
        chance, times = random.Random(1), []
        for _ in range(3):
            for path, item in answerable(of):
                value = some_answer(item, chance)
                start = time.perf_counter_ns()
                sheet.answer(path, value)
                times.append(since(start))
        say(**{name: times})
        if name == "answer":
            start = time.perf_counter_ns()
            sheet.problems()
            say(check=since(start))


def _without(item: Any) -> Any:
    return replace(
        item,
        items=tuple(_without(each) for each in item.items),
        calculated=None,
        enabled=None,
        rules=(),
        variables=(),
    )


def shown(form: Form) -> None:
    """Say how long each section takes from the click to its last paint."""
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtWidgets import QApplication

    from ui.say import Say
    from ui.screens.form import FormScreen
    from ui.style import Theme, apply
    from ui.tasks import Tasks
    from workbook_desktop.messages import load as load_messages

    class Clock:
        def now(self) -> datetime:
            return cast(datetime, HERE.now)

        def today(self) -> date:
            return cast(date, HERE.today)

        def monotonic(self) -> float:
            return time.monotonic()

    class Ways:
        def __getattr__(self, name: str) -> Any:
            return lambda *_: None

    app = QApplication(["form"])
    look = apply(app, Theme.LIGHT)
    with ThreadPoolExecutor(max_workers=1) as executor:
        desk: Any = SimpleNamespace(worker=WORKER)
        ways: Any = Ways()
        clock = Clock()
        start = time.perf_counter_ns()
        screen = FormScreen.trial(
            form, desk, Tasks(executor, lambda _error: None), Say(load_messages(), clock), ways, clock=clock
        )
        screen.resize(1366, 700)
        screen.show()
        app.processEvents()
        screen.grab()
        say(first=since(start))
        times = []
        for section in form.sections[1:]:
            start = time.perf_counter_ns()
            screen.open_section(section.id)
            app.processEvents()
            screen.grab()
            times.append(since(start))
        say(section=times, questions=max(len(each.items[0].items) for each in form.sections))
        screen.close()
    del look


if __name__ == "__main__":
    whole = read(large_form())
    answered(whole)
    shown(whole)
