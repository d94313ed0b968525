"""A form tried with answers nobody gave, before it is published: what fails now would fail at a visit."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, WorkerId
from workbook_desktop.domain.records import Body, Value
from workbook_desktop.forms.definition import Form, Item, Kind
from workbook_desktop.forms.sheet import Sheet
from workbook_desktop.forms.surroundings import Surroundings

TIMES = 20
DAY = date(2026, 3, 27)
_PERSON = {
    "id": "p",
    "reference": "Person/p",
    "name": "Maisie Tolland",
    "given": "Maisie",
    "family": "Tolland",
    "birthDate": "2019-03-04",
    "gender": "female",
    "school": "A school",
    "plan": "CP",
}
_WORKER = {"reference": "Practitioner/w", "name": "Amara Quill", "role": "social worker", "chapter": "child"}
PRETENDED: dict[str, Any] = {
    "today": DAY,
    "child": _PERSON,
    "patient": _PERSON,
    "children": [_PERSON],
    "family": {"name": "Tolland"},
    "household": {},
    "worker": _WORKER,
    "user": _WORKER,
    "previous": [],
    "plan": [],
    "openActions": [],
    "entries": [],
    "readings": [],
    "dues": [],
}


def trial_run(form: Form, seed: int = 1) -> Iterator[str]:
    """Yield what could not be worked out on generated responses, each once: item and why, never an answer."""
    chance = random.Random(seed)
    said: set[str] = set()
    count = 0

    def new_id() -> str:
        nonlocal count
        count += 1
        return f"row-{count}"

    for _ in range(TIMES):
        sheet = Sheet(
            form,
            Body(),
            by=WorkerId("trial"),
            now=lambda: "2026-03-27T14:30:00+00:00",
            new_id=new_id,
            surroundings=Surroundings(
                today=DAY, now=datetime(2026, 3, 27, 14, 30, tzinfo=UTC), variables=PRETENDED
            ),
        )
        fill(sheet, chance)
        sheet.problems()
        for path, why in sheet.failures().items():
            item = form.by_link_id[paths.link_id(path)]
            words = f"“{(item.text or item.link_id)[:60]}” ({item.link_id}) cannot be worked out: {why}."
            if words not in said:
                said.add(words)
                yield words


def fill(sheet: Sheet, chance: random.Random, share: float = 0.7) -> None:
    """Answer a share of what shows, with up to two rows in everything that repeats."""

    def visit(items: tuple[Item, ...], row: FieldPath) -> None:
        for item in items:
            if item.has_rows:
                for _ in range(chance.randrange(3)):
                    added = sheet.add_row(row, item.link_id)
                    if item.is_question:
                        _answer(sheet, item, paths.child(added, item.link_id), chance)
                    visit(item.items, added)
                continue
            if item.is_question and not item.is_worked_out and chance.random() < share:
                _answer(sheet, item, paths.child(row, item.link_id), chance)
            visit(item.items, row)

    visit(sheet.form.items, paths.ROOT)


def _answer(sheet: Sheet, item: Item, path: FieldPath, chance: random.Random) -> None:
    value = some_value(sheet, item, path, chance)
    if value is not None:
        sheet.answer(path, [value] if item.several else value)


def some_value(sheet: Sheet, item: Item, path: FieldPath, chance: random.Random) -> Value | None:
    """Return an answer of the question's kind, within its limits as far as they are easily kept."""
    offered = sheet.options(path) if item.kind in (Kind.CHOICE, Kind.OPEN_CHOICE) else item.options
    if offered:
        return chance.choice(offered).value
    match item.kind:
        case Kind.BOOLEAN:
            return chance.random() < 0.5
        case Kind.INTEGER | Kind.DECIMAL | Kind.QUANTITY:
            number = _number_between(item, chance)
            if item.kind is Kind.QUANTITY:
                return {"value": str(number), "unit": item.unit or "1"}
            return number if item.kind is Kind.INTEGER else str(number)
        case Kind.DATE:
            return (DAY - timedelta(days=chance.randrange(400))).isoformat()
        case Kind.DATE_TIME:
            return f"{(DAY - timedelta(days=chance.randrange(400))).isoformat()}T10:00:00+00:00"
        case Kind.TIME:
            return f"{chance.randrange(24):02}:30:00"
        case Kind.URL:
            return "https://example.org"
        case Kind.REFERENCE:
            return {"reference": "Person/p", "display": "Maisie Tolland"}
        case Kind.ATTACHMENT:
            return {"title": "a.txt", "contentType": "text/plain", "size": 2, "data": "aGk="}
        case Kind.CHOICE:
            return None
        case _:
            return chance.choice(("Some words", "Other words, and more of them"))


def _number_between(item: Item, chance: random.Random) -> int:
    def bound(text: str | None, usual: int) -> int:
        try:
            return int(float(text)) if text is not None else usual
        except ValueError:
            return usual

    low, high = bound(item.limits.min_value, 0), bound(item.limits.max_value, 40)
    return chance.randint(low, max(low, high))
