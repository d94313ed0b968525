"""One answer in FHIR's words, and back: what a value of ours is there, and why an answer is empty."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from workbook_desktop.domain.records import Empty, Value
from workbook_desktop.forms import offers
from workbook_desktop.forms.check import fits
from workbook_desktop.forms.definition import Item, Kind

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
REASONS = {Empty.NOT_KNOWN: "unknown", Empty.NOT_ASKED: "not-asked", Empty.REFUSED: "asked-declined"}
BY_REASON = {word: empty for empty, word in REASONS.items()}
_NAMES = {
    Kind.BOOLEAN: "valueBoolean",
    Kind.DECIMAL: "valueDecimal",
    Kind.INTEGER: "valueInteger",
    Kind.DATE: "valueDate",
    Kind.DATE_TIME: "valueDateTime",
    Kind.TIME: "valueTime",
    Kind.STRING: "valueString",
    Kind.TEXT: "valueString",
    Kind.URL: "valueUri",
    Kind.QUANTITY: "valueQuantity",
    Kind.REFERENCE: "valueReference",
    Kind.ATTACHMENT: "valueAttachment",
}
# FHIR wants seconds with every time of day, and an offset of whole minutes.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


# As much of a day as is known, which FHIR has for a day and for a moment.
_PART = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")


def as_fhir(item: Item, value: Value) -> dict[str, Any]:
    """Return a value as one `value[x]`; what does not fit its question stands as text."""
    kind = item.kind
    if kind in (Kind.CHOICE, Kind.OPEN_CHOICE):
        if isinstance(value, Mapping) and isinstance(value.get("code"), str):
            return {"valueCoding": _members(value, ("system", "code", "display"))}
        if isinstance(value, int) and not isinstance(value, bool):
            return {"valueInteger": value}
        return {"valueString": _words(value)}
    if _is_part_of_time(kind, value):
        return {_NAMES[kind]: value}
    if fits(item, value):  # as it was typed
        return {"valueString": _words(value)}
    name = _NAMES[kind]
    match kind:
        case Kind.DECIMAL:
            return {name: Decimal(value)}
        case Kind.TIME:
            return {name: value if len(value) > 5 else f"{value}:00"}
        case Kind.DATE_TIME:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                return {"valueString": value}
            written = value if _MOMENT.fullmatch(value) else moment.isoformat()
            return {name: written} if _MOMENT.fullmatch(written) else {"valueString": value}
        case Kind.QUANTITY:
            found = _members(value, ("unit", "system", "code"))
            return {name: {"value": Decimal(str(value["value"])), **found}}
        case Kind.REFERENCE:
            return {name: _members(value, ("reference", "display"))}
        case Kind.ATTACHMENT:
            return {name: _members(value, ("title", "contentType", "size", "hash", "data"))}
        case _:
            return {name: value}


def _is_part_of_time(kind: Kind, value: Value) -> bool:
    if kind not in (Kind.DATE, Kind.DATE_TIME) or not isinstance(value, str):
        return False
    return bool(_PART.fullmatch(value)) or (kind is Kind.DATE_TIME and _is_day(value))


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _words(value: Value) -> str:
    text = value if isinstance(value, str) else offers.label_of(value) or as_json(value)
    return text or " "


def _members(value: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value[name] for name in names if isinstance(value.get(name), str | int)}


def from_fhir(item: Item, raw: Mapping[str, Any]) -> Value | None:
    """Return what one answer of a response is to a question; None if it does not fit it."""
    name = next((name for name in raw if name.startswith("value")), None)
    if name is None:
        return None
    given = raw[name]
    if isinstance(given, Decimal) and item.kind in (Kind.CHOICE, Kind.OPEN_CHOICE):
        return None
    if isinstance(given, Mapping) and "comparator" in given:
        return None  # "less than 5 kg" is not 5 kg
    return offers.value_for(item.kind, given)


def kept_in(text: str, read: Callable[[Any], Any]) -> Any:
    """Return what one of our own extensions holds; None if others have broken it."""
    try:
        return read(json.loads(text))
    except (ValueError, RecursionError, KeyError):
        return None


def as_json(value: Any) -> str:
    """Return a value as one of our own extensions holds it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
