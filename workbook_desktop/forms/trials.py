"""A form tried with answers nobody gave, before it is published: what fails now would fail at a visit."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId, WorkerId
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
    "month": {"start": "2026-11-01", "end": "2026-11-22"},
    "words": [],
    "chapters": [],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of a form's trials. Whole sentences that name items, never an answer."""

    failures: tuple[str, ...]  # what could not be worked out, and why
    empty: tuple[str, ...]  # what was worked out to nothing each time, and what it waited for


def tried(form: Form, seed: int = 1) -> Tried:
    """Return what came of a form with generated answers: `TIMES` times, each fourth with every question
    answered."""
    chance = random.Random(seed)
    failures: dict[str, None] = {}
    waited: dict[LinkId, tuple[LinkId, ...] | None] = {}  # what is empty so far; None: it was never shown
    filled: set[LinkId] = set()
    count = 0

    def new_id() -> str:
        nonlocal count
        count += 1
        return f"row-{count}"

    for number in range(TIMES):
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
        fill(sheet, chance, share=1.0 if number % 4 == 3 else 0.7)
        sheet.problems()
        for path, why in sheet.failures().items():
            failures[f"{_named(form, paths.link_id(path))} cannot be worked out: {why}."] = None
        for path in sheet.workings.places():
            link = paths.link_id(path)
            item = form.by_link_id[link]
            if not item.is_worked_out or item.has_rows or link in filled:
                continue
            if not sheet.workings.on(path):
                waited.setdefault(link, None)
                continue
            answer = sheet.body.answers.get(path)
            if answer is not None and answer.value is not None:
                filled.add(link)
                continue
            missing = tuple(dict.fromkeys(paths.link_id(each) for each in sheet.missing_for(path)))
            before = waited.get(link)
            if before is None or len(missing) < len(before):
                waited[link] = missing
    empty = [_empty(form, link, missing) for link, missing in waited.items() if link not in filled]
    return Tried(failures=tuple(failures), empty=tuple(empty))


def _empty(form: Form, link: LinkId, missing: tuple[LinkId, ...] | None) -> str:
    if missing is None:
        why = "it was never shown"
    elif missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        why = f"it waits for {', '.join(_named(form, each) for each in missing[:5])}{more}"
    else:
        why = "though everything it asks for was answered"
    return f"{_named(form, link)} stayed empty in all {TIMES} trials: {why}."


def _named(form: Form, link: LinkId) -> str:
    item = form.by_link_id[link]
    return f"“{(item.text or item.link_id)[:60]}” ({item.link_id})"


def fill(sheet: Sheet, chance: random.Random, share: float = 0.7) -> None:
    """Answer a share of the questions, with up to two rows in everything that repeats (one or two if all are
    answered)."""

    def visit(items: tuple[Item, ...], row: FieldPath) -> None:
        for item in items:
            if item.has_rows:
                for _ in range(chance.randrange(1 if share >= 1 else 0, 3)):
                    added = sheet.add_row(row, item.link_id)
                    if item.is_question:
                        _answer(sheet, item, paths.child(added, item.link_id), chance)
                    visit(item.items, added)
                continue
            if _can_be_answered(item) and chance.random() < share:
                _answer(sheet, item, paths.child(row, item.link_id), chance)
            visit(item.items, row)

    visit(sheet.form.items, paths.ROOT)


def _can_be_answered(item: Item) -> bool:
    """Say whether a worker, or what is known already, can give an answer."""
    if not item.is_question or item.is_worked_out:
        return False
    beforehand = item.initial or item.first is not None or item.role is not None or item.fact
    return not item.read_only or bool(beforehand)


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
