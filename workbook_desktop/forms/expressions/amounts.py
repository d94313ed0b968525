"""Amounts: a number and its unit. Equal and convertible units can be compared; nothing is calculated."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

UCUM = "http://unitsofmeasure.org"

# Words of the language for calendar units. Years and months have no fixed length, so they compare only with
# themselves (and years with months).
CALENDAR = {
    **{word: word for word in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")},
    "years": "year",
    "months": "month",
    "weeks": "week",
    "days": "day",
    "hours": "hour",
    "minutes": "minute",
    "seconds": "second",
    "milliseconds": "millisecond",
}
UCUM_OF_CALENDAR = {
    "year": "a",
    "month": "mo",
    "week": "wk",
    "day": "d",
    "hour": "h",
    "minute": "min",
    "second": "s",
    "millisecond": "ms",
}
CALENDAR_OF_UCUM = {code: word for word, code in UCUM_OF_CALENDAR.items()}

# Units that can be compared with each other: code, what it measures, how many of the first of its kind.
_SCALES: dict[str, tuple[str, Decimal]] = {
    code: (kind, Decimal(size))
    for kind, rows in {
        "time": {
            "s": "1",
            "ms": "0.001",
            "min": "60",
            "h": "3600",
            "d": "86400",
            "wk": "604800",
        },
        "months": {"mo": "1", "a": "12"},
        "mass": {
            "g": "1",
            "kg": "1000",
            "mg": "0.001",
            "ug": "0.000001",
            "[lb_av]": "453.59237",
            "[oz_av]": "28.349523125",
            "[stone_av]": "6350.29318",
        },
        "length": {
            "m": "1",
            "cm": "0.01",
            "mm": "0.001",
            "km": "1000",
            "[in_i]": "0.0254",
            "[ft_i]": "0.3048",
            "[mi_i]": "1609.344",
        },
        "volume": {"L": "1", "l": "1", "dL": "0.1", "cL": "0.01", "mL": "0.001", "ml": "0.001"},
        "plain": {"1": "1", "%": "0.01"},
    }.items()
    for code, size in rows.items()
}
_SPELLINGS = {"kgs": "kg", "lbs": "[lb_av]", "lb": "[lb_av]", "oz": "[oz_av]", "in": "[in_i]", "ft": "[ft_i]"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number with a unit. `unit` is what is shown; `code` and `system` say which unit it is."""

    value: Decimal
    unit: str = "1"
    code: str = ""
    system: str = ""

    @property
    def key(self) -> str:
        """The unit's code, as far as it is known; calendar words stay words."""
        return self.code or _SPELLINGS.get(self.unit, self.unit)

    @property
    def calendar(self) -> str:
        """The calendar unit in the singular; ``""`` for a unit that is not one."""
        return CALENDAR.get(self.key, "")

    def __str__(self) -> str:
        number = f"{self.value:f}"
        if self.key in CALENDAR:
            return f"{number} {self.key}"
        return f"{number} '{self.key}'"


def measured(amount: Amount, *, loosely: bool = False) -> tuple[str, Decimal]:
    """Return what an amount measures and how much of it, so that like amounts can be compared.

    Args:
        loosely: a calendar year counts as a year of UCUM (for ``~``).
    """
    word = amount.calendar
    if word:
        code = UCUM_OF_CALENDAR[word]
        kind, size = _SCALES[code]
        if word in ("year", "month") and not loosely:
            kind = "calendar months"
        return kind, amount.value * size
    kind, size = _SCALES.get(amount.key, (f"unit {amount.key}", Decimal(1)))
    return kind, amount.value * size


def comparable(one: Amount, other: Amount) -> bool:
    """Say whether two amounts measure the same thing in units we know."""
    return measured(one, loosely=True)[0] == measured(other, loosely=True)[0]
