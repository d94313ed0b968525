"""Operators on values: equality, order, arithmetic, logic. Decimals are exact; nothing is infinite."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import Any

from workbook_desktop.forms.expressions.amounts import (
    CALENDAR,
    CALENDAR_OF_UCUM,
    Amount,
    comparable,
    measured,
)
from workbook_desktop.forms.expressions.errors import CannotWorkOut, Misfit
from workbook_desktop.forms.expressions.moments import (
    Moment,
    PartialDate,
    PartialDateTime,
    PartialTime,
    Span,
    later,
    order,
    same_kind_and_parts,
)
from workbook_desktop.forms.expressions.nodes import Item, Items, JsonNode, Node, Primitive, plain
from workbook_desktop.forms.expressions.running import Run, alone, truth_of

EXACT = Context(prec=40, traps=[InvalidOperation, DivisionByZero, Overflow])
_BIGGEST = 30  # digits before the point
_PLACES = Decimal("1E-16")  # of a quotient that does not end
_MOMENTS = (PartialDate, PartialDateTime, PartialTime)


# -- equality ------------------------------------------------------------------------------------------------


def equal_items(one: Item, other: Item) -> bool | None:
    """Say whether two items are equal; None where dates are known in part and it cannot be told."""
    if one is other:
        return True
    one, other = plain(one), plain(other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return one == other
    if isinstance(one, _MOMENTS) and isinstance(other, _MOMENTS):
        if isinstance(one, PartialTime) != isinstance(other, PartialTime):
            return False
        found = order(one, other)
        return None if found is None else found == 0
    if isinstance(one, str) and isinstance(other, str):
        return str.__eq__(one, other)
    if isinstance(one, str) and isinstance(other, _MOMENTS):
        return one == str(other)
    if isinstance(other, str) and isinstance(one, _MOMENTS):
        return other == str(one)
    if isinstance(one, Amount) and isinstance(other, Amount):
        mine, theirs = measured(one), measured(other)
        if mine[0] != theirs[0]:
            return None if comparable(one, other) or mine[0][:4] != "unit" != theirs[0][:4] else False
        return mine[1] == theirs[1]
    if isinstance(one, JsonNode) and isinstance(other, JsonNode):
        return one.mapping == other.mapping
    if isinstance(one, Node) or isinstance(other, Node):
        return False
    return type(one) is type(other) and bool(one == other)


def equal(run: Run, one: Items, other: Items) -> bool | None:
    """FHIRPath ``=``: None if either side is empty."""
    if not one or not other:
        return None
    if len(one) != len(other):
        return False
    run.spend(len(one))
    answer: bool | None = True
    for mine, theirs in zip(one, other, strict=True):
        found = equal_items(mine, theirs)
        if found is False:
            return False
        if found is None:
            answer = None
    return answer


def equivalent_items(one: Item, other: Item) -> bool:
    """Say whether two items are as good as equal: case, spaces and the last decimal places do not count."""
    one, other = plain(one), plain(other)
    if isinstance(one, str) and isinstance(other, str):
        return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        places = min(_places(one), _places(other))
        return _rounded(Decimal(one), places) == _rounded(Decimal(other), places)
    if isinstance(one, _MOMENTS) and isinstance(other, _MOMENTS):
        return same_kind_and_parts(one, other)
    if isinstance(one, Amount) and isinstance(other, Amount):
        return _equivalent_amounts(one, other)
    if isinstance(one, JsonNode) and isinstance(other, JsonNode):
        if "code" in one.mapping and "code" in other.mapping and "value" not in one.mapping:
            return all(one.mapping.get(name) == other.mapping.get(name) for name in ("code", "system"))
        return one.mapping == other.mapping
    return equal_items(one, other) is True


def _equivalent_amounts(one: Amount, other: Amount) -> bool:
    mine, theirs = measured(one, loosely=True), measured(other, loosely=True)
    if mine[0] != theirs[0]:
        return False
    # In the unit of the first, to as many places as the less exact of the two has.
    size = measured(replace(one, value=Decimal(1)), loosely=True)[1]
    converted = tidy(EXACT.divide(theirs[1], size))
    places = min(_places(one.value), _places(converted))
    return _rounded(one.value, places) == _rounded(converted, places)


def equivalent(run: Run, one: Items, other: Items) -> bool:
    """FHIRPath ``~``: order does not count, and two empty collections are equivalent."""
    if len(one) != len(other):
        return False
    left = list(other)
    for mine in one:
        run.spend(1 + len(left))
        place = next((at for at, theirs in enumerate(left) if equivalent_items(mine, theirs)), None)
        if place is None:
            return False
        del left[place]
    return True


def key_of(item: Item) -> Any | None:
    """Return something hashable that equal items share; None where only comparing one by one tells."""
    if isinstance(item, str):
        return item
    if isinstance(item, bool):
        return ("boolean", item)
    if isinstance(item, int | Decimal):
        return ("number", item)
    if isinstance(item, PartialDate):
        return str(item) if len(item.parts) == 3 else None
    if isinstance(item, Primitive):
        return None if item.value is None else key_of(item.value)
    if isinstance(item, Node) and not isinstance(item, JsonNode):
        return id(item)
    return None


class Distinct:
    """Items met so far, to tell whether an equal one was among them."""

    def __init__(self, run: Run, items: Iterable[Item] = ()) -> None:
        self._run = run
        self._keys: set[Any] = set()
        self._others: Items = []
        for each in items:
            self.add(each)

    def has(self, item: Item) -> bool:
        """Say whether an equal item was met."""
        key = key_of(item)
        if key is not None and key in self._keys:
            return True
        if key is not None and not self._others:
            return False
        self._run.spend(1 + len(self._others))
        return any(equal_items(item, each) is True for each in self._others)

    def add(self, item: Item) -> bool:
        """Remember an item; say whether it is new."""
        self._run.spend(1)
        if self.has(item):
            return False
        key = key_of(item)
        if key is None:
            self._others.append(item)
        else:
            self._keys.add(key)
        return True


def without_doubles(run: Run, items: Items) -> Items:
    """Return each of equal items once, in order."""
    if len(items) < 2:
        return items
    seen = Distinct(run)
    return [each for each in items if seen.add(each)]


# -- order ---------------------------------------------------------------------------------------------------


def order_of(one: Item, other: Item) -> int | None:
    """Return -1, 0 or 1; None where it cannot be told.

    Raises:
        Misfit: values of kinds that have no order.
    """
    one, other = plain(one), plain(other)
    if isinstance(one, bool) or isinstance(other, bool):
        raise Misfit("true and false have no order")
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return (one > other) - (one < other)
    if isinstance(one, str) and isinstance(other, str):
        return (one > other) - (one < other)
    if isinstance(one, str) and isinstance(other, _MOMENTS):
        one = _moment_like(one, other)
    elif isinstance(other, str) and isinstance(one, _MOMENTS):
        other = _moment_like(other, one)
    if isinstance(one, _MOMENTS) and isinstance(other, _MOMENTS):
        try:
            return order(one, other)
        except TypeError:
            raise Misfit("a time of day and a date have no order") from None
    if isinstance(one, Amount) and isinstance(other, int | Decimal):
        other = Amount(value=Decimal(other), unit=one.unit if one.key == "1" else "1")
    elif isinstance(other, Amount) and isinstance(one, int | Decimal):
        one = Amount(value=Decimal(one), unit=other.unit if other.key == "1" else "1")
    if isinstance(one, Amount) and isinstance(other, Amount):
        mine, theirs = measured(one), measured(other)
        if mine[0] != theirs[0]:
            return None
        return (mine[1] > theirs[1]) - (mine[1] < theirs[1])
    raise Misfit("values of different kinds are compared")


def _moment_like(text: str, other: Moment) -> Moment | str:
    found: Moment | None
    if isinstance(other, PartialTime):
        found = PartialTime.read(text)
    else:
        found = PartialDate.read(text) or PartialDateTime.read(text)
    return text if found is None else found


_ORDERS: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def compare(operator: str) -> Callable[[Run, Items, Items], Items]:
    """Return the operation of a comparison sign."""
    holds = _ORDERS[operator]

    def operation(run: Run, one: Items, other: Items) -> Items:
        mine, theirs = alone(one), alone(other)
        if mine is None or theirs is None:
            return []
        found = order_of(mine, theirs)
        return [] if found is None else [holds(found)]

    return operation


# -- arithmetic ----------------------------------------------------------------------------------------------


def bounded(number: int | Decimal) -> int | Decimal:
    """Let a number pass that is not beyond all bounds.

    Raises:
        CannotWorkOut: it has more than 30 digits before the point.
    """
    if isinstance(number, int):
        if not -(10**_BIGGEST) < number < 10**_BIGGEST:
            raise CannotWorkOut("a number becomes too big")
        return number
    if not number.is_finite() or number.adjusted() >= _BIGGEST:
        raise CannotWorkOut("a number becomes too big")
    if number.adjusted() < -60:
        return Decimal(0)
    return number


def _numbers(one: Items, other: Items) -> tuple[Any, Any] | None:
    mine, theirs = alone(one), alone(other)
    if mine is None or theirs is None:
        return None
    for each in (mine, theirs):
        if isinstance(each, bool) or not isinstance(each, int | Decimal):
            if isinstance(each, Amount):
                raise Misfit("amounts with units are not calculated with")
            raise Misfit("a number is needed")
    return mine, theirs


def _arithmetic(work: Callable[[Any, Any], Any]) -> Callable[[Run, Items, Items], Items]:
    def operation(run: Run, one: Items, other: Items) -> Items:
        both = _numbers(one, other)
        if both is None:
            return []
        mine, theirs = both
        if isinstance(mine, Decimal) or isinstance(theirs, Decimal):
            mine, theirs = Decimal(mine), Decimal(theirs)
        try:
            found = work(mine, theirs)
        except (InvalidOperation, DivisionByZero, ZeroDivisionError):
            return []
        except Overflow:
            raise CannotWorkOut("a number becomes too big") from None
        return [] if found is None else [bounded(found)]

    return operation


def _times(one: Any, other: Any) -> Any:
    return EXACT.multiply(one, other) if isinstance(one, Decimal) else one * other


def _divided(one: Any, other: Any) -> Any:
    if other == 0:
        return None
    found = EXACT.divide(Decimal(one), Decimal(other))
    return tidy(found)


def tidy(number: Decimal) -> Decimal:
    """Return a worked-out decimal without digits that mean nothing: 16 places at most, no zeros last."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -16 and number.adjusted() < 20:
        number = number.quantize(_PLACES, rounding=ROUND_HALF_UP, context=EXACT)
        exponent = -16
    if isinstance(exponent, int) and exponent < 0:
        number = number.normalize(EXACT)
        if number.as_tuple().exponent > 0:  # type: ignore[operator]  # finite here
            number = number.quantize(Decimal(1), context=EXACT)
    return number


def _div(one: Any, other: Any) -> Any:
    if other == 0:
        return None
    if isinstance(one, Decimal):
        return int((EXACT.divide(one, other)).to_integral_value(ROUND_DOWN))
    found = abs(one) // abs(other)
    return found if (one < 0) == (other < 0) else -found


def _mod(one: Any, other: Any) -> Any:
    if other == 0:
        return None
    if isinstance(one, Decimal):
        return EXACT.remainder(one, other)
    found = abs(one) % abs(other)
    return -found if one < 0 else found


def _sum(one: Any, other: Any) -> Any:
    return EXACT.add(one, other) if isinstance(one, Decimal) else one + other


def _difference(one: Any, other: Any) -> Any:
    return EXACT.subtract(one, other) if isinstance(one, Decimal) else one - other


_plus_numbers = _arithmetic(_sum)
_minus_numbers = _arithmetic(_difference)


def plus(run: Run, one: Items, other: Items) -> Items:
    """FHIRPath ``+``: numbers, texts, and a date and a length of time."""
    mine, theirs = alone(one), alone(other)
    if mine is None or theirs is None:
        return []
    if isinstance(mine, str) and isinstance(theirs, str):
        return [run.text(mine + theirs)]
    if isinstance(mine, _MOMENTS) and isinstance(theirs, Amount):
        return _moved(mine, theirs, 1)
    return _plus_numbers(run, [mine], [theirs])


def minus(run: Run, one: Items, other: Items) -> Items:
    """FHIRPath ``-``: numbers, and a length of time off a date."""
    mine, theirs = alone(one), alone(other)
    if mine is None or theirs is None:
        return []
    if isinstance(mine, _MOMENTS) and isinstance(theirs, Amount):
        return _moved(mine, theirs, -1)
    return _minus_numbers(run, [mine], [theirs])


def _moved(moment: Moment, amount: Amount, sign: int) -> Items:
    unit = CALENDAR.get(amount.key) or CALENDAR_OF_UCUM.get(amount.key, "")
    if not unit:
        raise Misfit("only a length of time can be added to a date")
    if unit in ("year", "month") and amount.key not in CALENDAR:
        raise Misfit("years and months of a calendar are needed, not of fixed length")
    found = later(moment, Span(value=amount.value * sign, unit=unit))
    return [] if found is None else [found]


def join(run: Run, one: Items, other: Items) -> Items:
    """FHIRPath ``&``: texts; nothing counts as an empty text."""
    texts = []
    for each in (one, other):
        value = alone(each)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise Misfit("a text is needed")
        texts.append(value)
    return [run.text(texts[0] + texts[1])]


def union(run: Run, one: Items, other: Items) -> Items:
    """FHIRPath ``|``: each item of both once."""
    return without_doubles(run, one + other)


def is_in(run: Run, one: Items, other: Items) -> Items:
    """FHIRPath ``in``."""
    if not one:
        return []
    if len(one) > 1:
        raise CannotWorkOut("there are several values where one is needed")
    run.spend(len(other))
    return [any(equal_items(one[0], each) is True for each in other)]


def _equals(run: Run, one: Items, other: Items) -> Items:
    found = equal(run, one, other)
    return [] if found is None else [found]


def _differs(run: Run, one: Items, other: Items) -> Items:
    found = equal(run, one, other)
    return [] if found is None else [not found]


# -- logic: three values, None is "cannot be told" -----------------------------------------------------------


def _xor(run: Run, one: Items, other: Items) -> Items:
    mine, theirs = truth_of(one), truth_of(other)
    return [] if mine is None or theirs is None else [mine != theirs]


OPERATIONS: dict[str, Callable[[Run, Items, Items], Items]] = {
    "=": _equals,
    "!=": _differs,
    "~": lambda run, one, other: [equivalent(run, one, other)],
    "!~": lambda run, one, other: [not equivalent(run, one, other)],
    "+": plus,
    "-": minus,
    "&": join,
    "*": _arithmetic(_times),
    "/": _arithmetic(_divided),
    "div": _arithmetic(_div),
    "mod": _arithmetic(_mod),
    "|": union,
    "in": is_in,
    "contains": lambda run, one, other: is_in(run, other, one),
    "xor": _xor,
    **{sign: compare(sign) for sign in _ORDERS},
}


def negative(items: Items) -> Items:
    """FHIRPath ``-x``."""
    value = alone(items)
    if value is None:
        return []
    if isinstance(value, Amount):
        return [Amount(value=-value.value, unit=value.unit, code=value.code, system=value.system)]
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Misfit("a number is needed")
    return [-value]


def _places(number: int | Decimal) -> int:
    if isinstance(number, int):
        return 0
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=EXACT)
