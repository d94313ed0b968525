"""Answers made up for any form, and the QuestionnaireResponse that they are, built plainly as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from random import Random
from typing import Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, RowId
from workbook_desktop.domain.records import Answer, Body, Empty, Row, Value
from workbook_desktop.forms.definition import Form, Item, Kind

On = Callable[[FieldPath], bool]

_TEXTS = ("", "Rosa", "a b", "12", "07700 900123", "maisie@wrenmouth.example", "é")
_DATES = ("2019-03-01", "2022-06", "1997", "2026-11-22")


def made_up_body(form: Form, chance: Random, answered: float = 0.7) -> Body:
    """Return answers of the kinds the form asks for, up to three rows in each repeating item."""
    answers: dict[FieldPath, Answer] = {}
    rows: dict[FieldPath, Row] = {}

    def fill(items: tuple[Item, ...], at: FieldPath) -> None:
        for item in items:
            own = paths.child(at, item.link_id)
            if item.has_rows:
                for number in range(chance.randrange(4)):
                    row = paths.row(at, item.link_id, RowId(f"row-{number}"))
                    rows[row] = Row(ord=chance.choice("abc"))
                    if item.is_question:
                        say(item, paths.child(row, item.link_id))
                    fill(item.items, row)
                continue
            if item.is_question:
                say(item, own)
            fill(item.items, at)

    def say(item: Item, path: FieldPath) -> None:
        if chance.random() > answered:
            if chance.random() < 0.2:
                answers[path] = Answer(value=None, empty=Empty.CLEARED)
            return
        values = [made_up(item, chance) for _ in range(chance.randint(1, 3) if item.several else 1)]
        answers[path] = Answer(value=values if item.several else values[0])

    fill(form.items, paths.ROOT)
    return Body(answers=answers, rows=rows)


def made_up(item: Item, chance: Random) -> Value:
    """Return one answer to a question."""
    kind = item.kind
    if item.options:
        return chance.choice(item.options).value
    by_kind: dict[Kind, Callable[[], Value]] = {
        Kind.BOOLEAN: lambda: chance.random() < 0.5,
        Kind.INTEGER: lambda: chance.randint(-2, 12),
        Kind.DECIMAL: lambda: f"{chance.randint(0, 2000) / 10:.1f}",
        Kind.DATE: lambda: chance.choice(_DATES),
        Kind.DATE_TIME: lambda: "2026-11-22T14:30:00+00:00",
        Kind.TIME: lambda: "14:30:00",
        Kind.QUANTITY: lambda: {
            "value": str(chance.randint(1, 90)),
            "unit": "kg",
            "code": "kg",
            "system": "http://unitsofmeasure.org",
        },
        Kind.REFERENCE: lambda: {"reference": "Person/p-leo", "display": "Leo Tolland"},
        Kind.ATTACHMENT: lambda: {"title": "Drawing", "contentType": "image/png"},
    }
    return by_kind.get(kind, lambda: chance.choice(_TEXTS[1:]))()


def response_json(
    form: Form, body: Body, on: On = lambda path: True, *, placed: bool = False
) -> dict[str, Any]:
    """Return the response as plain JSON, by the rules at the head of `forms.expressions.response`.

    Args:
        placed: every item gets an id, its path.
    """

    def inside(items: tuple[Item, ...], at: FieldPath) -> Iterator[dict[str, Any]]:
        for item in items:
            own = paths.child(at, item.link_id)
            if item.kind is Kind.DISPLAY or not on(own):
                continue
            rows = [each for each in body.rows_of(at, item.link_id) if on(each)] if item.has_rows else []
            if item.has_rows and not item.is_question:
                for row in rows:
                    yield with_items(
                        base(item, row if placed else str(paths.row_id(row))), inside(item.items, row)
                    )
            elif item.has_rows:
                yield in_rows(item, own, rows)
            else:
                yield question(item, at, own)

    def in_rows(item: Item, own: FieldPath, rows: list[FieldPath]) -> dict[str, Any]:
        node, loose, answers = base(item, own if placed else ""), [], []
        for row in rows:
            given = body.answers.get(paths.child(row, item.link_id))
            if given is None or given.value is None:
                loose += list(inside(item.items, row))
            else:
                answer = {"id": str(paths.row_id(row)), **value_json(item, given.value)}
                answers.append(with_items(answer, inside(item.items, row)))
        if answers:
            node["answer"] = answers
        return with_items(node, iter(loose))

    def question(item: Item, at: FieldPath, own: FieldPath) -> dict[str, Any]:
        node, given = base(item, own if placed else ""), body.answers.get(own)
        if not item.is_question or given is None or given.value is None:
            return with_items(node, inside(item.items, at))
        values = given.value if isinstance(given.value, list) else [given.value]
        node["answer"] = [
            with_items(value_json(item, value), inside(item.items, at) if item.items else iter(()))
            for value in values
        ]
        return node

    def base(item: Item, row_id: str = "") -> dict[str, Any]:
        node: dict[str, Any] = {"linkId": str(item.link_id)}
        if row_id:
            node["id"] = row_id
        if item.text:
            node["text"] = item.text
        return node

    return with_items(
        {"resourceType": "QuestionnaireResponse", "status": "in-progress"}, inside(form.items, paths.ROOT)
    )


def with_items(node: dict[str, Any], items: Iterator[dict[str, Any]]) -> dict[str, Any]:
    found = list(items)
    return {**node, "item": found} if found else node


def value_json(item: Item, value: Value) -> dict[str, Any]:
    """Return an answer's ``value[x]``, by the kind of the question."""
    kind = item.kind
    if kind is Kind.DECIMAL:
        return {"valueDecimal": Decimal(value)}
    if kind is Kind.QUANTITY:
        return {"valueQuantity": {**value, "value": Decimal(value["value"])}}
    if isinstance(value, dict) and kind in (Kind.CHOICE, Kind.OPEN_CHOICE):
        weight = next((each.weight for each in item.options if each.value == value), None)
        if weight is None:
            return {"valueCoding": dict(value)}
        score = {
            "url": "http://hl7.org/fhir/StructureDefinition/ordinalValue",
            "valueDecimal": Decimal(weight),
        }
        return {"valueCoding": {**value, "extension": [score]}}
    names = {
        Kind.BOOLEAN: "Boolean",
        Kind.INTEGER: "Integer",
        Kind.DATE: "Date",
        Kind.DATE_TIME: "DateTime",
        Kind.TIME: "Time",
        Kind.URL: "Uri",
        Kind.REFERENCE: "Reference",
        Kind.ATTACHMENT: "Attachment",
    }
    if isinstance(value, int) and not isinstance(value, bool) and kind in (Kind.CHOICE, Kind.OPEN_CHOICE):
        return {"valueInteger": value}
    return {"value" + names.get(kind, "String"): value}
