"""The limits a Questionnaire sets for an answer, as far as they fit their question.

A limit that does not fit, or that leaves no answer at all, is left out and said: a check that can never hold
would stand in the way of signing off, and one that can never fail would be believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from workbook_desktop.forms import patterns
from workbook_desktop.forms.definition import Kind, Limits
from workbook_desktop.forms.extensions import short_name
from workbook_desktop.forms.rules import order
from workbook_desktop.forms.strict_json import number_text

Refuse = Callable[[str, str], Any]  # feature, why: raises FormRefused
Misfit = Callable[[str, str], None]  # feature, what is not checked and why

NO_LIMITS = Limits()
_MEGABYTE = 1024 * 1024
_LETTERS = frozenset((Kind.STRING, Kind.TEXT, Kind.URL, Kind.OPEN_CHOICE))
_NUMBERS = frozenset(("Integer", "Decimal", "PositiveInt", "UnsignedInt", "Integer64", "String"))
_BOUNDED: Mapping[Kind, frozenset[str]] = {
    Kind.INTEGER: _NUMBERS,
    Kind.DECIMAL: _NUMBERS,
    Kind.QUANTITY: _NUMBERS | {"Quantity"},
    Kind.DATE: frozenset(("Date", "DateTime", "String")),
    Kind.DATE_TIME: frozenset(("Date", "DateTime", "Instant", "String")),
    Kind.TIME: frozenset(("Time", "String")),
}
_WORDS = {
    Kind.GROUP: "it takes no answer",
    Kind.DISPLAY: "it takes no answer",
    Kind.BOOLEAN: "it is answered with yes or no",
    Kind.CHOICE: "it is answered from a list",
    Kind.OPEN_CHOICE: "it is answered from a list or in own words",
    Kind.REFERENCE: "it names a person",
    Kind.ATTACHMENT: "it takes a file",
    Kind.INTEGER: "it takes a whole number",
    Kind.DECIMAL: "it takes a number",
    Kind.QUANTITY: "it takes an amount",
    Kind.DATE: "it takes a date",
    Kind.DATE_TIME: "it takes a date and time",
    Kind.TIME: "it takes a time",
}
_BOUNDS = {"minValue": "a lower limit", "maxValue": "an upper limit"}


def limits_of(raw: Mapping[str, Any], kind: Kind, refuse: Refuse, misfit: Misfit) -> Limits:
    """Return the limits of an item. `misfit` hears of each that is left out, and why."""
    given = dict(_given(raw, misfit))
    if not given and "maxLength" not in raw:
        return NO_LIMITS
    reader = _Reader(kind, raw.get("repeats") is True, given, misfit)
    low, high = reader.bound("minValue"), reader.bound("maxValue")
    if low is not None and high is not None and (order(low, high, _compared_as(kind)) or 0) > 0:
        misfit("minValue", f"has limits that leave no answer ({low} to {high}): neither is checked")
        low = high = None
    shortest, longest = reader.letters("minLength"), reader.longest(raw.get("maxLength"), refuse)
    if shortest is not None and longest is not None and shortest > longest:
        misfit("minLength", "has limits of length that leave no answer: neither is checked")
        shortest = longest = None
    fewest, most = reader.count("minOccurs"), reader.count("maxOccurs")
    if fewest is not None and most is not None and fewest > most:
        misfit("minOccurs", f"wants {fewest} answers or more and {most} at most: neither is checked")
        fewest = most = None
    return Limits(
        min_value=low,
        max_value=high,
        min_length=shortest,
        max_length=longest,
        pattern=reader.pattern(),
        max_decimal_places=reader.places(),
        min_occurs=fewest,
        max_occurs=most,
        max_size=reader.size(),
        media_types=reader.media_types(),
    )


_NAMES = frozenset(
    (*_BOUNDS, "minLength", "regex", "maxDecimalPlaces", "minOccurs", "maxOccurs", "maxSize", "mimeType")
)
_Found = list[tuple[str, Any]]  # the type as FHIR writes it ("Integer"), and the value; ("", None) for none


def _given(raw: Mapping[str, Any], misfit: Misfit) -> Iterator[tuple[str, _Found]]:
    found: dict[str, _Found] = {}
    listed = raw.get("extension")
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict) or not isinstance(each.get("url"), str):
            continue
        name = short_name(each["url"])
        if name not in _NAMES:
            continue
        key = next((key for key in each if key.startswith("value")), None)
        if key == "valueExpression":
            continue  # read where formulas are
        if key is not None:
            found.setdefault(name, []).append((key.removeprefix("value"), each[key]))
        elif "extension" not in each and not any(key.startswith("_value") for key in each):
            misfit(name, f"is limited by {name}, which has no value: it is not checked")
    for name, values in found.items():
        if name != "mimeType" and len(values) > 1:
            misfit(name, f"is limited by {name} {len(values)} times: only the first is checked")
        yield name, values


class _Reader:
    """Reads one item's limits one by one. Each is None if there is none, or none that fits."""

    def __init__(self, kind: Kind, repeats: bool, given: Mapping[str, _Found], misfit: Misfit) -> None:
        self._kind, self._repeats, self._given, self._misfit = kind, repeats, given, misfit

    def bound(self, name: str) -> str | None:
        if name not in self._given:
            return None
        type_, value = self._given[name][0]
        what = _BOUNDS[name]
        if not self._fits(name, self._kind in _BOUNDED):
            return None
        if isinstance(value, dict) and type_ == "Quantity":
            value = value.get("value")
        read = _bound_in(self._kind, value) if type_ in _BOUNDED[self._kind] else None
        if read is None:
            words = _WORDS.get(self._kind, "it takes text")
            self._misfit(name, f"has {what} of another kind ({words}): it is not checked")
        return read

    def letters(self, name: str) -> int | None:
        if name not in self._given or not self._fits(name, self._kind in _LETTERS):
            return None
        return self._whole(name)

    def longest(self, most: Any, refuse: Refuse) -> int | None:
        if most is None:
            return None
        if isinstance(most, bool) or not isinstance(most, int) or most < 0:
            refuse("maxLength", "maxLength is not a whole number")
        if not self._fits("maxLength", self._kind in _LETTERS):
            return None
        if most == 0:
            self._misfit("maxLength", "has a limit of length that leaves no answer: it is not checked")
            return None
        return int(most)

    def count(self, name: str) -> int | None:
        if name not in self._given:
            return None
        number = self._whole(name)
        if number is None or (self._repeats and self._kind is not Kind.DISPLAY):
            if number == 0 and name == "maxOccurs":
                self._misfit(name, "can be answered at most 0 times: that is not checked")
                return None
            return number
        if number > 1 or self._kind in (Kind.GROUP, Kind.DISPLAY) or (number == 0 and name == "maxOccurs"):
            if number == 1 and self._kind is Kind.GROUP:
                return None  # a group is there once in any case
            self._misfit(
                name, f"can be answered only once, and {name} asks for {number}: that is not checked"
            )
            return None
        return number if name == "minOccurs" else None  # one at least: it must be answered

    def pattern(self) -> str | None:
        if "regex" not in self._given:
            return None
        text = self._given["regex"][0][1]
        if not isinstance(text, str) or not text:
            self._misfit("regex", "has a pattern that is no text: it is not checked")
            return None
        if why := patterns.why_not(text):
            self._misfit("regex", f"has a pattern that is not checked: {why}")
            return None
        return text if self._fits("regex", self._kind in _LETTERS) else None

    def places(self) -> int | None:
        if "maxDecimalPlaces" not in self._given:
            return None
        if not self._fits("maxDecimalPlaces", self._kind in (Kind.DECIMAL, Kind.QUANTITY, Kind.INTEGER)):
            return None
        return self._whole("maxDecimalPlaces")

    def size(self) -> int | None:
        if "maxSize" not in self._given or not self._fits("maxSize", self._kind is Kind.ATTACHMENT):
            return None
        text = number_text(self._given["maxSize"][0][1])
        if text is None or float(text) <= 0:
            self._misfit("maxSize", "has a limit of size that is no number of megabytes: it is not checked")
            return None
        return int(float(text) * _MEGABYTE)

    def media_types(self) -> tuple[str, ...]:
        listed = [value for _, value in self._given.get("mimeType", ())]
        if not listed or not self._fits("mimeType", self._kind is Kind.ATTACHMENT):
            return ()
        return tuple(each for each in listed if isinstance(each, str))

    def _whole(self, name: str) -> int | None:
        value = self._given[name][0][1]
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self._misfit(name, f"is limited by {name}, which is not a whole number: it is not checked")
        return None

    def _fits(self, name: str, fits: bool) -> bool:
        if fits:
            return True
        words = _WORDS.get(self._kind, "it takes text")
        self._misfit(name, f"is limited by {name}, which does not fit it ({words}): it is not checked")
        return False


def _compared_as(kind: Kind) -> Kind:
    return Kind.DECIMAL if kind is Kind.QUANTITY else kind


def _bound_in(kind: Kind, value: Any) -> str | None:
    if kind in (Kind.INTEGER, Kind.DECIMAL, Kind.QUANTITY):
        return number_text(value)
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        if kind is Kind.TIME:
            time.fromisoformat(value)
            return value if re.fullmatch(r"\d\d:\d\d(:\d\d(\.\d+)?)?", value) else None
        if re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", value):
            date.fromisoformat((value + "-01-01")[:10])
            return value
        datetime.fromisoformat(value)
    except ValueError:
        return None
    return value[:10] if kind is Kind.DATE else value
