"""What becomes of an expression's results: an answer as a record keeps it, or a yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from workbook_desktop.domain.records import Value
from workbook_desktop.forms.definition import Item, Kind
from workbook_desktop.forms.expressions.amounts import Amount
from workbook_desktop.forms.expressions.errors import CannotWorkOut, Misfit
from workbook_desktop.forms.expressions.nodes import Node, decimal_of
from workbook_desktop.forms.expressions.operators import tidy
from workbook_desktop.forms.expressions.response import AnswerNode
from workbook_desktop.forms.expressions.running import truth_of
from workbook_desktop.forms.expressions.values import text_of, to_date, to_date_time, to_time


def truth(results: list[Any]) -> bool | None:
    """Return what a condition says; None for no result. A single value that is no boolean counts as true.

    Raises:
        CannotWorkOut: there are several results.
    """
    return truth_of(results)


def to_answer(kind: Kind, results: list[Any], item: Item | None = None) -> Value | None:
    """Return results as an answer of a kind (`domain.records.Answer` has the shapes); None for none.

    Args:
        item: the question; one that takes several answers gets a list.

    Raises:
        CannotWorkOut: several results for one answer, or a result that is no answer of this kind.
    """
    values = [each for result in results for each in _values(result)]
    if not values:
        return None
    if item is not None and item.several:
        return [_answer(kind, value, item) for value in values]
    if len(values) > 1:
        raise CannotWorkOut("there are several results for one answer")
    return _answer(kind, values[0], item)


def _values(result: Any) -> list[Any]:
    if isinstance(result, AnswerNode):
        return [getattr(each, "mapping", each) for each in result.member("value")]
    return [result]


def _answer(kind: Kind, value: Any, item: Item | None) -> Value:
    if isinstance(value, Node):
        raise Misfit("the result is a part of the form, not an answer")
    found: Value | None = None
    if kind is Kind.BOOLEAN:
        found = value if isinstance(value, bool) else None
    elif kind is Kind.INTEGER:
        found = _whole(value)
    elif kind is Kind.DECIMAL:
        found = _decimal(value)
    elif kind is Kind.DATE:
        found = _text(to_date(value))
    elif kind is Kind.DATE_TIME:
        found = _text(to_date_time(value))
    elif kind is Kind.TIME:
        found = _text(to_time(value))
    elif kind in (Kind.STRING, Kind.TEXT, Kind.URL):
        found = value.get("display") if isinstance(value, Mapping) else text_of(value)
    elif kind in (Kind.CHOICE, Kind.OPEN_CHOICE):
        found = _choice(kind, value, item)
    elif kind is Kind.QUANTITY:
        found = _quantity(value, item)
    elif kind is Kind.REFERENCE:
        found = dict(value) if isinstance(value, Mapping) and "reference" in value else None
    elif kind is Kind.ATTACHMENT:
        found = dict(value) if isinstance(value, Mapping) and ("data" in value or "hash" in value) else None
    if found is None:
        raise Misfit("the result is not an answer of the question's kind")
    return found


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value if isinstance(value, int) else None


def _decimal(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return f"{tidy(value):f}" if isinstance(value, Decimal) else str(value)


def _choice(kind: Kind, value: Any, item: Item | None) -> Value | None:
    options = item.options if item is not None else ()
    if isinstance(value, Mapping):
        if "coding" in value and isinstance(value["coding"], list) and value["coding"]:
            value = value["coding"][0]
        if not isinstance(value, Mapping) or not isinstance(value.get("code"), str):
            return None
        for option in options:
            held = option.value
            if isinstance(held, Mapping) and held.get("code") == value["code"]:
                systems = held.get("system") or "", value.get("system") or ""
                if systems[0] == systems[1] or not systems[1]:
                    return held
        if options and kind is Kind.CHOICE:
            return None
        return {
            name: value[name] for name in ("code", "system", "display") if isinstance(value.get(name), str)
        }
    if isinstance(value, bool):
        return None
    held = value if isinstance(value, int) else text_of(value)
    for option in options:
        own = option.value
        if own == held and type(own) is type(held):
            return own
    for option in options:
        if isinstance(option.value, Mapping) and held in (option.value.get("code"), option.label):
            return option.value
    return held if kind is Kind.OPEN_CHOICE or not options else None


def _quantity(value: Any, item: Item | None) -> Value | None:
    if isinstance(value, Mapping):
        number = decimal_of(str(value.get("value")))
        if number is None:
            return None
        found = {name: value[name] for name in ("unit", "code", "system") if isinstance(value.get(name), str)}
        return {"value": f"{number:f}", **found}
    if isinstance(value, Amount):
        made = {"value": f"{value.value:f}"}
        if value.key != "1":
            made["unit"] = value.unit
        if value.code and value.code != "1":
            made["code"] = value.code
        if value.system:
            made["system"] = value.system
        return made
    number_text = _decimal(value)
    if number_text is None:
        return None
    unit = item.unit if item is not None else ""
    return {"value": number_text, "unit": unit} if unit else {"value": number_text}
