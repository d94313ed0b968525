"""Functions on numbers. Exact where they can be, and to 16 decimal places where not."""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import Any

from workbook_desktop.forms.expressions.amounts import Amount
from workbook_desktop.forms.expressions.errors import CannotWorkOut, Misfit
from workbook_desktop.forms.expressions.functions import function
from workbook_desktop.forms.expressions.nodes import Items
from workbook_desktop.forms.expressions.operators import EXACT, bounded, tidy
from workbook_desktop.forms.expressions.running import Scope, alone
from workbook_desktop.forms.expressions.sets import whole


def _number(items: Items) -> int | Decimal | None:
    value = alone(items)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Misfit("a number is needed")
    return value


def _integral(name: str, rounding: str) -> None:
    def worked(scope: Scope, items: Items) -> Items:
        number = _number(items)
        if number is None:
            return []
        return [number if isinstance(number, int) else int(number.to_integral_value(rounding))]

    function(name)(worked)


_integral("ceiling", ROUND_CEILING)
_integral("floor", ROUND_FLOOR)
_integral("truncate", ROUND_DOWN)


@function("abs")
def _abs(scope: Scope, items: Items) -> Items:
    value = alone(items)
    if isinstance(value, Amount):
        return [Amount(value=abs(value.value), unit=value.unit, code=value.code, system=value.system)]
    number = _number(items)
    return [] if number is None else [abs(number)]


@function("round", most=1)
def _round(scope: Scope, items: Items, places: Items | None = None) -> Items:
    number = _number(items)
    if number is None:
        return []
    wanted = 0 if places is None else whole(places) or 0
    if not 0 <= wanted <= 30:
        raise CannotWorkOut("a number is rounded to a count of places that makes no sense")
    if isinstance(number, int):
        return [number]
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= wanted:
        return [number]
    try:
        return [number.quantize(Decimal(1).scaleb(-wanted), rounding=ROUND_HALF_UP, context=EXACT)]
    except InvalidOperation:
        raise CannotWorkOut("a number becomes too big") from None


def _real(items: Items, work: Callable[[Decimal], Decimal | None]) -> Items:
    number = _number(items)
    if number is None:
        return []
    return _result(lambda: work(Decimal(number)))


def _result(work: Callable[[], Any]) -> Items:
    try:
        found = work()
    except (InvalidOperation, DivisionByZero, ZeroDivisionError):
        return []
    except Overflow:
        raise CannotWorkOut("a number becomes too big") from None
    if found is None:
        return []
    if isinstance(found, Decimal):
        if not found.is_finite():
            return []
        bounded(found)
        return [tidy(found)]
    return [bounded(found)]


@function("sqrt")
def _sqrt(scope: Scope, items: Items) -> Items:
    scope.run.spend(20)
    return _real(items, lambda number: None if number < 0 else EXACT.sqrt(number))


@function("exp")
def _exp(scope: Scope, items: Items) -> Items:
    scope.run.spend(50)

    def work(number: Decimal) -> Decimal:
        if number > 100:
            raise CannotWorkOut("a number becomes too big")
        return Decimal(0) if number < -200 else EXACT.exp(number)

    return _real(items, work)


@function("ln")
def _ln(scope: Scope, items: Items) -> Items:
    scope.run.spend(50)
    return _real(items, lambda number: None if number <= 0 else EXACT.ln(number))


@function("log", least=1)
def _log(scope: Scope, items: Items, base: Items) -> Items:
    scope.run.spend(100)
    of = _number(base)
    if of is None or of <= 0 or of == 1:
        return []
    return _real(
        items, lambda number: None if number <= 0 else EXACT.divide(EXACT.ln(number), EXACT.ln(Decimal(of)))
    )


@function("power", least=1)
def _power(scope: Scope, items: Items, exponent: Items) -> Items:
    scope.run.spend(100)
    number, raised = _number(items), _number(exponent)
    if number is None or raised is None:
        return []
    if number == 0:
        return [] if raised < 0 else [1 if raised == 0 else 0]
    if number < 0 and raised != int(raised):
        return []
    # The size of what comes out, before anything is made of that size.
    size = EXACT.multiply(EXACT.log10(abs(Decimal(number))), Decimal(raised))
    if size >= 30:
        raise CannotWorkOut("a number becomes too big")
    if size < -60:
        return [Decimal(0)]
    if abs(Decimal(number)) == 1 and abs(Decimal(raised)) > 10**9:
        return [number if int(raised) % 2 else 1]
    if isinstance(number, int) and isinstance(raised, int) and raised >= 0:
        return [bounded(number**raised)]
    return _result(lambda: EXACT.power(Decimal(number), Decimal(raised)))
