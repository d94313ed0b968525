"""Totals and their bands."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from workbook_desktop.domain.records import Value, comparable
from workbook_desktop.forms.definition import Band, Item, Scale


def number_of(value: Value | None) -> Decimal | None:
    """Return a total as a number: of a whole number, a decimal text or an amount; None for anything else."""
    if isinstance(value, Mapping):
        value = value.get("value")
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def weight_of(item: Item, value: Value | None) -> Decimal | None:
    """Return an answer as a number on its scale: itself, or the weight of the option that was chosen."""
    number = number_of(value)
    if number is not None:
        return number
    chosen = next((each for each in item.options if comparable(each.value) == comparable(value)), None)
    return number_of(chosen.weight) if chosen is not None else None


def band_for(scale: Scale, value: Value | None) -> Band | None:
    """Return the band a total is in, None if none has it."""
    number = number_of(value)
    if number is None:
        return None
    return next((each for each in scale.bands if Decimal(each.least) <= number <= Decimal(each.most)), None)
