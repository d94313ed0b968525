"""The answers a Questionnaire offers, and single FHIR values as the values of our records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from workbook_desktop.domain.errors import FormRefused
from workbook_desktop.domain.records import Value
from workbook_desktop.forms import value_sets
from workbook_desktop.forms.definition import Kind, Option
from workbook_desktop.forms.extensions import Extensions
from workbook_desktop.forms.strict_json import number_text

_MOST_OPTIONS = 5_000
_MOST_TOGETHER = 50_000  # of all the lists of a form
_TEXT = 100_000
_TYPES = {
    "Boolean": Kind.BOOLEAN,
    "Decimal": Kind.DECIMAL,
    "Integer": Kind.INTEGER,
    "Date": Kind.DATE,
    "DateTime": Kind.DATE_TIME,
    "Time": Kind.TIME,
    "String": Kind.STRING,
    "Uri": Kind.URL,
    "Coding": Kind.CHOICE,
    "Quantity": Kind.QUANTITY,
    "Reference": Kind.REFERENCE,
    "Attachment": Kind.ATTACHMENT,
}


def typed_value(name: str, given: Any) -> Value | None:
    """Return what ``answer<name>`` or ``value<name>`` holds as a record keeps it; None if it is not that."""
    kind = _TYPES.get(name)
    return None if kind is None else value_for(kind, given)


def value_for(kind: Kind, given: Any) -> Value | None:
    """Return a FHIR value as an answer of this kind keeps it; None if it does not fit."""
    match kind:
        case Kind.BOOLEAN:
            return given if isinstance(given, bool) else None
        case Kind.INTEGER:
            text = number_text(given) if not isinstance(given, str) else None
            whole = None if text is None else text.rstrip("0").rstrip(".") if "." in text else text
            return int(whole) if whole is not None and "." not in whole else None
        case Kind.DECIMAL:
            return number_text(given)
        case Kind.CHOICE | Kind.OPEN_CHOICE:
            if isinstance(given, dict):
                return coding(given)
            if isinstance(given, int) and not isinstance(given, bool):
                return given
            return given if isinstance(given, str) else None
        case Kind.QUANTITY:
            return _quantity(given)
        case Kind.REFERENCE:
            return _members(given, ("reference", "display")) if _has_text(given, "reference") else None
        case Kind.ATTACHMENT:
            names = ("title", "contentType", "size", "hash", "data")
            return _members(given, names) if isinstance(given, dict) else None
        case Kind.GROUP | Kind.DISPLAY:
            return None
        case _:
            if isinstance(given, dict):  # a coding where text was asked for, after a list went missing
                return label_of(given) or None
            return given if isinstance(given, str) and given else None


def coding(given: Any) -> dict[str, Any] | None:
    """Return a coding with the members we keep, or None if it has neither code nor words."""
    if not isinstance(given, dict):
        return None
    found = {name: given[name] for name in ("code", "system", "display") if isinstance(given.get(name), str)}
    if "code" not in found:
        if not found.get("display"):
            return None
        found["code"] = found["display"]  # some lists have words only; the words are then the code
    return found


def label_of(value: Any) -> str:
    """Return the words of an option's value."""
    if isinstance(value, dict):
        for name in ("display", "title", "unit", "code", "reference"):
            if isinstance(value.get(name), str) and value[name]:
                return str(value[name])
        return ""
    return str(value)


class Lists:
    """The lists of answers that a Questionnaire carries inside, and those that ship: each read once."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        contained = raw.get("contained", [])
        if not isinstance(contained, list):
            _refuse("", "contained", "what it contains is not a list")
        self._sets = value_sets.ValueSets()
        self._sets.add_own(contained)
        self._read: dict[object, tuple[tuple[Option, ...], str]] = {}
        self._together = 0

    def options(self, address: str, link: str) -> tuple[tuple[Option, ...], str]:
        """Return what a list offers, and why nothing if so. `link`: the first question that asks."""
        inside = self._sets.find(address)
        if address.startswith("#") and inside is None:
            _refuse(link, "answerValueSet", "its list of answers is not in the form")
        key: object = address if inside is None else id(inside)  # one list can be asked for in many ways
        if key not in self._read:
            held = self._sets.look_up(address) if inside is not None else value_sets.shipped(address)
            if len(held.concepts) > _MOST_OPTIONS:
                _refuse(link, "answerValueSet", f"its list holds more than {_MOST_OPTIONS:,} answers")
            self._together += len(held.concepts)
            if self._together > _MOST_TOGETHER:
                _refuse(
                    link, "answerValueSet", f"the lists hold more than {_MOST_TOGETHER:,} answers together"
                )
            found = tuple(_option({"valueCoding": each}, link) for each in held.concepts)
            self._read[key] = (found, f"its list of answers {held.why}" if held.why else "")
        return self._read[key]


def options_of(raw: Mapping[str, Any], lists: Lists, link: str) -> tuple[tuple[Option, ...], bool, str]:
    """Return an item's options, whether other words are allowed too, and why there are none, if so."""
    is_open = raw.get("answerConstraint") in ("optionsOrString", "optionsOrType")
    listed = raw.get("answerOption", raw.get("option"))  # STU3 said `option`
    if listed:
        if not isinstance(listed, list):
            _refuse(link, "answerOption", "the answers offered are not a list")
        if len(listed) > _MOST_OPTIONS:
            _refuse(link, "answerOption", f"more than {_MOST_OPTIONS:,} answers are offered")
        return tuple(_option(each, link) for each in listed), is_open, ""
    source = raw.get("answerValueSet", raw.get("options"))
    if isinstance(source, dict):  # STU3: a reference
        source = source.get("reference")
    if source is None:
        return (), is_open, ""
    if not isinstance(source, str):
        _refuse(link, "answerValueSet", "the list of answers is not named by an address")
    found, why = lists.options(source, link)
    return found, is_open, why


def no_modifiers(raw: Mapping[str, Any], link: str) -> None:
    """Refuse what has extensions that change its meaning: FHIR says they may not be passed over, and none is
    known here."""
    given = raw.get("modifierExtension")
    if given:
        first = given[0] if isinstance(given, list) else given
        url = first.get("url") if isinstance(first, dict) else None
        name = url if isinstance(url, str) else "without a name"
        _refuse(link, "modifierExtension", f"its meaning is changed by {name[:120]}, which is not known here")


def _option(raw: Any, link: str) -> Option:
    if not isinstance(raw, dict):
        _refuse(link, "answerOption", "an answer offered is not an object")
    no_modifiers(raw, link)
    key = next((key for key in raw if key.startswith("value")), None)
    if key is None:
        _refuse(link, "answerOption", "an answer offered has no value")
    value = typed_value(key.removeprefix("value"), raw[key])
    if value is None or isinstance(value, bool):
        _refuse(link, "answerOption", f"an answer offered cannot be used ({key[:40]})")
    outer, inner = Extensions(raw), Extensions(raw[key])
    weight = None
    for where in (outer, inner):
        for name in ("ordinalValue", "itemWeight"):
            weight = weight or number_text(where.one(name))
    label = label_of(value)
    if len(label) > _TEXT:
        _refuse(link, "answerOption", "an answer offered is too long")
    return Option(
        value=value,
        label=label,
        prefix=outer.text("optionPrefix") or inner.text("optionPrefix"),
        weight=weight,
        exclusive=outer.yes("optionExclusive") or inner.yes("optionExclusive"),
        chosen_at_first=raw.get("initialSelected") is True,
    )


def _quantity(given: Any) -> dict[str, Any] | None:
    if not isinstance(given, dict):
        return None
    found = _members(given, ("unit", "code", "system"))
    number = number_text(given.get("value"))
    if number is not None:
        found["value"] = number
    return found or None


def _members(given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {
        name: given[name]
        for name in names
        if isinstance(given.get(name), str | int) and not isinstance(given[name], bool)
    }


def _has_text(given: Any, name: str) -> bool:
    return isinstance(given, dict) and isinstance(given.get(name), str)


def _refuse(item: str, feature: str, why: str) -> NoReturn:
    raise FormRefused(item=item[:80], feature=feature, why=why)
