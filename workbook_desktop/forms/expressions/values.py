"""What kind of value something is, how it is written as text, and how text becomes one."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from workbook_desktop.forms.expressions.amounts import CALENDAR, UCUM, Amount
from workbook_desktop.forms.expressions.moments import PartialDate, PartialDateTime, PartialTime
from workbook_desktop.forms.expressions.nodes import Item, JsonNode, Node, Primitive, Types, decimal_of, plain

# Names of the language's own types, and of FHIR's that a plain value stands for.
_OF_VALUE: tuple[tuple[type, str, frozenset[str]], ...] = (
    (bool, "Boolean", frozenset(("boolean",))),
    (int, "Integer", frozenset(("integer", "positiveInt", "unsignedInt"))),
    (Decimal, "Decimal", frozenset(("decimal",))),
    (str, "String", frozenset(("string", "code", "uri", "url", "id", "markdown", "canonical"))),
    (PartialDate, "Date", frozenset(("date",))),
    (PartialDateTime, "DateTime", frozenset(("dateTime", "instant"))),
    (PartialTime, "Time", frozenset(("time",))),
    (Amount, "Quantity", frozenset(("Quantity",))),
)
SYSTEM_TYPES = frozenset(name for _, name, _ in _OF_VALUE)


def type_name(item: Item) -> tuple[str, str]:
    """Return the namespace and the name of an item's type."""
    if isinstance(item, Node):
        return "FHIR", item.type_name
    for kind, name, _ in _OF_VALUE:
        if isinstance(item, kind):
            return "System", name
    return "System", "Any"


def is_type(item: Item, name: str, types: Types, *, exactly: bool = False) -> bool:
    """Say whether an item is of a type, or of one that specialises it.

    Args:
        name: `Quantity`, `System.Boolean`, `FHIR.date`.
        exactly: a simple FHIR type counts only by its own name (`as`, `ofType`): a code is no string.
    """
    space, _, own = name.rpartition(".")
    if isinstance(item, Node):
        if space == "System":
            return False
        mine: str | None = item.type_name
        if exactly and isinstance(item, Primitive):
            return mine == own
        for _ in range(12):
            if mine in (own, name):
                return True
            mine = None if mine is None else types.parent(mine)
            if mine is None:
                break
        return (
            own in ("Resource", "DomainResource")
            and isinstance(item, JsonNode)
            and ("resourceType" in item.mapping)
        )
    for kind, system, also in _OF_VALUE:
        if isinstance(item, kind):
            return (own == system and space != "FHIR") or (own in also and space != "System")
    return False


def text_of(item: Item) -> str | None:
    """Return how a value is written; None for what has members."""
    value = plain(item)
    if value is None or isinstance(value, Node):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


_INTEGER = re.compile(r"[+-]?\d{1,30}")
_DECIMAL = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?")
_AMOUNT = re.compile(r"([+-]?\d{1,30}(?:\.\d{1,30})?)(?:\s*(?:'([^']*)'|([A-Za-z]+)))?")
_TRUE = frozenset(("true", "t", "yes", "y", "1", "1.0"))
_FALSE = frozenset(("false", "f", "no", "n", "0", "0.0"))


def to_boolean(value: Any) -> bool | None:
    """Return the truth a value stands for."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return {0: False, 1: True}.get(int(value)) if value == int(value) else None
    if isinstance(value, str):
        word = value.lower()
        return True if word in _TRUE else False if word in _FALSE else None
    return None


def to_integer(value: Any) -> int | None:
    """Return the whole number a value stands for."""
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return None


def to_decimal(value: Any) -> Decimal | None:
    """Return the number a value stands for."""
    if isinstance(value, bool | int):
        return Decimal(int(value))
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return decimal_of(value)
    return None


def to_date(value: Any) -> PartialDate | None:
    """Return the date a value stands for: of a date-time, its day."""
    if isinstance(value, PartialDate):
        return value
    if isinstance(value, PartialDateTime):
        return PartialDate(parts=tuple(int(part) for part in value.parts[:3]))
    if isinstance(value, str):
        found = PartialDate.read(value)
        if found is not None:
            return found
        moment = PartialDateTime.read(value)
        return None if moment is None else to_date(moment)
    return None


def to_date_time(value: Any) -> PartialDateTime | None:
    """Return the moment a value stands for: of a date, known to the day."""
    if isinstance(value, PartialDateTime):
        return value
    if isinstance(value, PartialDate):
        return PartialDateTime(parts=value.parts)
    return PartialDateTime.read(value) if isinstance(value, str) else None


def to_time(value: Any) -> PartialTime | None:
    """Return the time of day a value stands for."""
    if isinstance(value, PartialTime):
        return value
    return PartialTime.read(value) if isinstance(value, str) else None


def to_amount(value: Any) -> Amount | None:
    """Return the amount a value stands for: of a number, one without unit."""
    if isinstance(value, Amount):
        return value
    if isinstance(value, bool | int | Decimal):
        return Amount(value=Decimal(int(value)) if isinstance(value, bool) else Decimal(value), code="1")
    if isinstance(value, str):
        match = _AMOUNT.fullmatch(value)
        if match is None:
            return None
        number, code, word = match.groups()
        if word is not None and word not in CALENDAR:
            return None
        if code is not None:
            return Amount(value=Decimal(number), unit=code, code=code, system=UCUM)
        return Amount(value=Decimal(number), unit=word or "1", code="" if word else "1")
    return None


def to_text(value: Any) -> str | None:
    """Return the text a value is written as."""
    return text_of(value)
