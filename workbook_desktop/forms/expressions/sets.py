"""Functions on collections: filters, parts, sets, conditions, aggregates."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from workbook_desktop.forms.expressions import operators
from workbook_desktop.forms.expressions.amounts import Amount
from workbook_desktop.forms.expressions.errors import CannotWorkOut, Misfit
from workbook_desktop.forms.expressions.functions import each, function
from workbook_desktop.forms.expressions.nodes import Items, JsonNode, Node, Primitive, decimal_of, plain
from workbook_desktop.forms.expressions.operators import Distinct, bounded, tidy, without_doubles
from workbook_desktop.forms.expressions.response import AnswerNode, Coding, Scored
from workbook_desktop.forms.expressions.running import Closure, Scope, alone, truth_of
from workbook_desktop.forms.expressions.values import is_type

Criterion = Callable[[Scope], Items]


# -- filters -------------------------------------------------------------------------------------------------


@function("where", least=1, mode="criteria")
def _where(scope: Scope, items: Items, criterion: Criterion) -> Items:
    return [item for item, found in each(scope, items, criterion) if truth_of(found)]


@function("select", least=1, mode="criteria")
def _select(scope: Scope, items: Items, projection: Criterion) -> Items:
    out: Items = []
    for _, found in each(scope, items, projection):
        scope.run.spend(len(found))
        out += found
    return out


@function("repeat", least=1, mode="criteria")
def _repeat(scope: Scope, items: Items, projection: Criterion) -> Items:
    # Depth first, so that a response comes out in its own order. Items already met are not entered again.
    seen = Distinct(scope.run)
    out: Items = []
    inner = Scope(scope.run, [], None, scope.total)
    waiting = deque(_found_by(scope, items, projection, inner))
    while waiting:
        item = waiting.popleft()
        if seen.add(item):
            out.append(item)
            waiting.extendleft(reversed(_found_by(scope, [item], projection, inner)))
    return out


def _found_by(scope: Scope, items: Items, projection: Criterion, inner: Scope) -> Items:
    out: Items = []
    for index, item in enumerate(items):
        inner.this, inner.index = [item], index
        found = projection(inner)
        scope.run.spend(1 + len(found))
        out += found
    return out


@function("ofType", least=1, mode="type")
def _of_type(scope: Scope, items: Items, name: str) -> Items:
    return [item for item in items if is_type(item, name, scope.run.environment.types, exactly=True)]


@function("as", least=1, mode="type")
def _as(scope: Scope, items: Items, name: str) -> Items:
    if len(items) > 1:
        raise CannotWorkOut("there are several values where one is needed")
    return _of_type(scope, items, name)


@function("is", least=1, mode="type")
def _is(scope: Scope, items: Items, name: str) -> Items:
    if len(items) > 1:
        raise CannotWorkOut("there are several values where one is needed")
    return [is_type(item, name, scope.run.environment.types) for item in items]


@function("extension", least=1)
def _extension(scope: Scope, items: Items, url: Items) -> Items:
    wanted = alone(url)
    out: Items = []
    for item in items:
        if isinstance(item, Node):
            out += [
                found
                for found in item.member("extension")
                if isinstance(found, JsonNode) and found.mapping.get("url") == wanted
            ]
    return out


# -- parts ---------------------------------------------------------------------------------------------------


@function("first")
def _first(scope: Scope, items: Items) -> Items:
    return items[:1]


@function("last")
def _last(scope: Scope, items: Items) -> Items:
    return items[-1:]


@function("tail")
def _tail(scope: Scope, items: Items) -> Items:
    return items[1:]


def whole(items: Items) -> int | None:
    """Return a whole number given as an argument; None if none is given."""
    value = alone(items)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise Misfit("a whole number is needed")
    return value


@function("skip", least=1)
def _skip(scope: Scope, items: Items, number: Items) -> Items:
    return items[max(whole(number) or 0, 0) :]


@function("take", least=1)
def _take(scope: Scope, items: Items, number: Items) -> Items:
    return items[: max(whole(number) or 0, 0)]


@function("single")
def _single(scope: Scope, items: Items) -> Items:
    if len(items) > 1:
        raise CannotWorkOut("there are several values where one is needed")
    return items


@function("children")
def _children(scope: Scope, items: Items) -> Items:
    out: Items = []
    for item in items:
        if isinstance(item, Node):
            found = item.children()
            scope.run.spend(len(found))
            out += found
    return out


@function("descendants")
def _descendants(scope: Scope, items: Items) -> Items:
    out: Items = []
    waiting = _children(scope, items)[::-1]
    while waiting:
        item = waiting.pop()
        out.append(item)
        if isinstance(item, Node):
            found = item.children()
            scope.run.spend(1 + len(found))
            waiting += reversed(found)
    return out


@function("answers")
def _answers(scope: Scope, items: Items) -> Items:
    # SDC's own function: every answer of the items and of all inside them.
    return [each for each in _descendants(scope, items) if isinstance(each, AnswerNode)]


# -- conditions ----------------------------------------------------------------------------------------------


@function("exists", most=1, mode="criteria")
def _exists(scope: Scope, items: Items, criterion: Criterion | None = None) -> Items:
    if criterion is None:
        return [bool(items)]
    return [any(truth_of(found) for _, found in each(scope, items, criterion))]


@function("empty")
def _empty(scope: Scope, items: Items) -> Items:
    return [not items]


@function("not")
def _not(scope: Scope, items: Items) -> Items:
    found = truth_of(items)
    return [] if found is None else [not found]


@function("all", least=1, mode="criteria")
def _all(scope: Scope, items: Items, criterion: Criterion) -> Items:
    return [all(truth_of(found) for _, found in each(scope, items, criterion))]


def _booleans(items: Items) -> list[bool]:
    values = [plain(item) for item in items]
    if not all(isinstance(value, bool) for value in values):
        raise Misfit("only true and false are expected")
    return [bool(value) for value in values]


@function("allTrue")
def _all_true(scope: Scope, items: Items) -> Items:
    return [all(_booleans(items))]


@function("anyTrue")
def _any_true(scope: Scope, items: Items) -> Items:
    return [any(_booleans(items))]


@function("allFalse")
def _all_false(scope: Scope, items: Items) -> Items:
    return [not any(_booleans(items))]


@function("anyFalse")
def _any_false(scope: Scope, items: Items) -> Items:
    return [not all(_booleans(items))]


@function("iif", least=2, most=3, mode="criteria")
def _iif(
    scope: Scope, items: Items, condition: Criterion, then: Criterion, otherwise: Criterion | None = None
) -> Items:
    if len(items) > 1:
        raise CannotWorkOut("there are several values where one is needed")
    inner = Scope(scope.run, items or scope.this, scope.index, scope.total)
    found = condition(inner)
    if len(found) == 1 and not isinstance(plain(found[0]), bool):
        raise Misfit("a condition is neither true nor false")
    if truth_of(found):
        return then(inner)
    return otherwise(inner) if otherwise is not None else []


@function("hasValue")
def _has_value(scope: Scope, items: Items) -> Items:
    if len(items) != 1:
        return [False]
    item = items[0]
    return [not isinstance(item, Node) or (isinstance(item, Primitive) and item.value is not None)]


@function("getValue")
def _get_value(scope: Scope, items: Items) -> Items:
    if len(items) != 1:
        return []
    value = plain(items[0])
    return [] if value is None or isinstance(value, Node) else [value]


# -- sets ----------------------------------------------------------------------------------------------------


@function("count")
def _count(scope: Scope, items: Items) -> Items:
    return [len(items)]


@function("distinct")
def _distinct(scope: Scope, items: Items) -> Items:
    return without_doubles(scope.run, items)


@function("isDistinct")
def _is_distinct(scope: Scope, items: Items) -> Items:
    return [len(without_doubles(scope.run, items)) == len(items)]


@function("union", least=1)
def _union(scope: Scope, items: Items, other: Items) -> Items:
    return operators.union(scope.run, items, other)


@function("combine", least=1, most=2)
def _combine(scope: Scope, items: Items, other: Items, keep: Items | None = None) -> Items:
    scope.run.spend(len(items) + len(other))
    return items + other


@function("intersect", least=1)
def _intersect(scope: Scope, items: Items, other: Items) -> Items:
    theirs = Distinct(scope.run, other)
    return without_doubles(scope.run, [item for item in items if theirs.has(item)])


@function("exclude", least=1)
def _exclude(scope: Scope, items: Items, other: Items) -> Items:
    theirs = Distinct(scope.run, other)
    return [item for item in items if not theirs.has(item)]


@function("subsetOf", least=1)
def _subset_of(scope: Scope, items: Items, other: Items) -> Items:
    theirs = Distinct(scope.run, other)
    return [all(theirs.has(item) for item in items)]


@function("supersetOf", least=1)
def _superset_of(scope: Scope, items: Items, other: Items) -> Items:
    mine = Distinct(scope.run, items)
    return [all(mine.has(item) for item in other)]


# -- aggregates ----------------------------------------------------------------------------------------------


@function("aggregate", least=1, most=2, mode="criteria")
def _aggregate(scope: Scope, items: Items, step: Criterion, start: Criterion | None = None) -> Items:
    total = start(scope) if start is not None else []
    inner = Scope(scope.run, [], None, total)
    for index, item in enumerate(items):
        inner.this, inner.index = [item], index
        inner.total = step(inner)
        scope.run.spend(1 + len(inner.total))
    return inner.total or []


def _values(items: Items) -> list[Any]:
    values = []
    for item in items:
        value = plain(item)
        if value is None:
            continue
        if isinstance(value, AnswerNode):
            inner = value.member("value")
            value = plain(inner[0]) if inner else None
            if value is None:
                continue
        values.append(value)
    return values


def _total(scope: Scope, items: Items) -> Any:
    scope.run.spend(len(items))
    values = _values(items)
    if values and isinstance(values[0], Amount):
        first = values[0]
        if not all(isinstance(value, Amount) and value.key == first.key for value in values):
            raise Misfit("amounts with different units are not added")
        number = Decimal(0)
        for value in values:
            number = operators.EXACT.add(number, value.value)
        return Amount(value=Decimal(bounded(number)), unit=first.unit, code=first.code, system=first.system)
    total: int | Decimal = 0
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise Misfit("only numbers can be added")
        if isinstance(total, Decimal) or isinstance(value, Decimal):
            total = operators.EXACT.add(Decimal(total), Decimal(value))
        else:
            total += value
    return bounded(total)


@function("sum")
def _sum(scope: Scope, items: Items) -> Items:
    return [_total(scope, items)] if items else [0]


@function("avg")
def _avg(scope: Scope, items: Items) -> Items:
    if not items:
        return []
    total, number = _total(scope, items), Decimal(len(items))
    if isinstance(total, Amount):
        value = tidy(operators.EXACT.divide(total.value, number))
        return [Amount(value=value, unit=total.unit, code=total.code, system=total.system)]
    return [tidy(operators.EXACT.divide(Decimal(total), number))]


def _extreme(scope: Scope, items: Items, sign: int) -> Items:
    scope.run.spend(len(items))
    found: Any = None
    for value in _values(items):
        if found is None:
            found = value
            continue
        order = operators.order_of(value, found)
        if order is None:
            return []
        if order == sign:
            found = value
    return [] if found is None else [found]


@function("min")
def _min(scope: Scope, items: Items) -> Items:
    return _extreme(scope, items, -1)


@function("max")
def _max(scope: Scope, items: Items) -> Items:
    return _extreme(scope, items, 1)


@function("weight", "ordinal")
def _weight(scope: Scope, items: Items) -> Items:
    out: Items = []
    for item in items:
        if isinstance(item, AnswerNode):
            out += _weight(scope, item.member("value"))
            continue
        text: Any = None
        if isinstance(item, Coding | Scored):
            text = item.weight
        elif isinstance(item, JsonNode | Primitive):
            text = _weight_in(item)
        number = None if text is None else decimal_of(str(text))
        if number is not None:
            out.append(number)
    scope.run.spend(len(items))
    return out


def _weight_in(item: JsonNode | Primitive) -> Any:
    for extension in item.member("extension"):
        if isinstance(extension, JsonNode):
            url = str(extension.mapping.get("url", ""))
            if url.rsplit("/", 1)[-1] in ("ordinalValue", "itemWeight"):
                return extension.mapping.get("valueDecimal")
    return None


@function("trace", least=1, most=2, mode="criteria")
def _trace(scope: Scope, items: Items, name: Criterion, what: Closure | None = None) -> Items:
    # Says nothing: what an expression sees are answers, and those stay out of logs.
    return items
