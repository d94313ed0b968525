"""Turns a tree into closures. What an index can answer is not walked for.

A closure takes a `Scope` and gives items; a step also takes the items it goes on from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from workbook_desktop.forms.expressions import figures, sets, texts  # noqa: F401  (they enter their functions)
from workbook_desktop.forms.expressions.amounts import Amount
from workbook_desktop.forms.expressions.errors import CannotWorkOut, ExpressionRefused
from workbook_desktop.forms.expressions.functions import FUNCTIONS, Function
from workbook_desktop.forms.expressions.nodes import PRIMITIVES, Items, Node
from workbook_desktop.forms.expressions.operators import OPERATIONS, negative, without_doubles
from workbook_desktop.forms.expressions.reads import link_filter
from workbook_desktop.forms.expressions.response import AnswerNode, ItemNode, Place, Resource, Response
from workbook_desktop.forms.expressions.running import Closure, Scope, truth_of
from workbook_desktop.forms.expressions.syntax import (
    Call,
    Chain,
    Index,
    Literal,
    Member,
    Path,
    Polarity,
    Special,
    Step,
    This,
    Tree,
    TypeTest,
    Variable,
)
from workbook_desktop.forms.expressions.values import is_type

StepWork = Callable[[Scope, Items], Items]

# Functions of the language, or of FHIR, that are left out on purpose: why.
_LEFT_OUT = {
    "resolve": "nothing is fetched while a form is filled in",
    "memberOf": "no terminology server is asked while a form is filled in",
    "subsumes": "no terminology server is asked while a form is filled in",
    "subsumedBy": "no terminology server is asked while a form is filled in",
    "conformsTo": "profiles are not checked here",
    "htmlChecks": "web pages are not checked here",
    "elementDefinition": "profiles are not looked into here",
    "slice": "profiles are not looked into here",
    "defineVariable": "names are given by the form's own variables",
    "sort": "the order of rows is the worker's",
}


_INNER = (Path, Chain, Call, Index, Polarity, TypeTest)
_LEAVES = (Literal, This, Special, Variable, Member)


def compiled(tree: Tree) -> Closure:
    """Return the closure of a tree.

    Raises:
        ExpressionRefused: it uses a function, a type or a pattern that cannot be used.
    """
    return _Compiler().tree(tree)


def _size(tree: Any) -> int:
    """Return about how many parts a tree has."""
    count, waiting = 0, [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tuple):
            waiting += part
        elif isinstance(part, _INNER):
            count += 1
            waiting += [getattr(part, name) for name in part.__slots__]
        elif isinstance(part, _LEAVES):
            count += 1
    return count


class _Compiler:
    def tree(self, tree: Tree) -> Closure:
        match tree:
            case Literal():
                return self.literal(tree)
            case This():
                return lambda scope: scope.this
            case Special():
                return _index if tree.name == "index" else _total
            case Variable():
                return _variable(tree.name)
            case Path():
                return self.path(tree)
            case Chain():
                return self.chain(tree)
            case Polarity():
                operand = self.tree(tree.operand)
                if tree.sign == "-":
                    return lambda scope: negative(operand(scope))
                return lambda scope: negative(negative(operand(scope)))
            case TypeTest():
                return self.type_test(tree)

    def literal(self, tree: Literal) -> Closure:
        items: Items = [] if tree.value is None else [tree.value]
        return lambda scope: items

    # -- operators -------------------------------------------------------------------------------------------

    def chain(self, tree: Chain) -> Closure:
        operators = {operator for operator, _ in tree.rest}
        first = self.tree(tree.first)
        rest = [(operator, self.tree(operand)) for operator, operand in tree.rest]
        if operators == {"and"}:
            return _settled_by(False, [first, *(operand for _, operand in rest)])
        if operators == {"or"}:
            return _settled_by(True, [first, *(operand for _, operand in rest)])
        if operators == {"implies"}:
            return _implied(first, [operand for _, operand in rest])
        if len(rest) == 1:
            operator, second = rest[0]
            work = _operation(operator)
            return lambda scope: work(scope.run, first(scope), second(scope))
        steps = [(_operation(operator), operand) for operator, operand in rest]

        def worked(scope: Scope) -> Items:
            found = first(scope)
            for work, operand in steps:
                found = work(scope.run, found, operand(scope))
            return found

        return worked

    def type_test(self, tree: TypeTest) -> Closure:
        operand, name = self.tree(tree.operand), _known_type(tree.type, tree.position)
        work = FUNCTIONS[tree.operator].work
        if tree.operator == "as":
            return lambda scope: work(scope, operand(scope), name)

        def tested(scope: Scope) -> Items:
            items = operand(scope)
            if len(items) > 1:
                raise CannotWorkOut("there are several values where one is needed")
            return [is_type(item, name, scope.run.environment.types) for item in items]

        return tested

    # -- paths -----------------------------------------------------------------------------------------------

    def path(self, tree: Path) -> Closure:
        start = self.tree(tree.start)
        steps: list[StepWork] = []
        at = 0
        while at < len(tree.steps):
            found = self.look_up(tree.steps, at)
            if found is not None:
                steps.append(found)
                at += 2
            else:
                steps.append(self.step(tree.steps[at]))
                at += 1
        if len(steps) == 1:
            only = steps[0]
            return lambda scope: only(scope, start(scope))

        def walked(scope: Scope) -> Items:
            items = start(scope)
            for step in steps:
                items = step(scope, items)
            return items

        return walked

    def step(self, step: Step) -> StepWork:
        if isinstance(step, Member):
            return _head(step.name) if step.head else _member(step.name)
        if isinstance(step, Index):
            return _indexed(self.tree(step.number))
        return self.call(step)

    def look_up(self, steps: tuple[Step, ...], at: int) -> StepWork | None:
        """Return one step for ``item``, ``repeat(item)`` or ``descendants()`` and a filter on linkId."""
        if at + 1 >= len(steps):
            return None
        one, two = steps[at], steps[at + 1]
        if not (isinstance(two, Call) and two.name == "where" and len(two.arguments) == 1):
            return None
        split = link_filter(two.arguments[0])
        if split is None:
            return None
        links, rest = split
        walk = FUNCTIONS["where"].work
        kept = None if rest is None else self.criterion(rest)
        if isinstance(one, Member) and one.name == "item":
            find = _children_with(links)
        elif isinstance(one, Call) and one.name == "descendants" and not one.arguments:
            find = _all_with(links, by_item=False)
        elif isinstance(one, Call) and one.name == "repeat" and _is_item(one.arguments):
            find = _all_with(links, by_item=True)
        else:
            return None
        by_repeat = isinstance(one, Call) and one.name == "repeat"
        on_json: list[Closure] = []

        def walked(scope: Scope, item: Any) -> Items:
            if not on_json:  # compiled when first met: most expressions only ever see a response
                on_json.append(self.path(Path(This(), (one, Call("select", (This(),), 0), two))))
            return on_json[0](Scope(scope.run, [item], scope.index, scope.total))

        def found(scope: Scope, items: Items) -> Items:
            if len(items) == 1 and isinstance(items[0], _PLACES):
                out = find(items[0])
                scope.run.spend(1 + len(out))
                return out if kept is None else walk(scope, out, kept)
            out = []
            for item in items:
                if isinstance(item, _PLACES):
                    new = find(item)
                    scope.run.spend(1 + len(new))
                    out += new if kept is None else walk(scope, new, kept)
                else:
                    out += walked(scope, item)
            return without_doubles(scope.run, out) if by_repeat else out

        return found

    # -- functions -------------------------------------------------------------------------------------------

    def call(self, call: Call) -> StepWork:
        entry = FUNCTIONS.get(call.name)
        if entry is None:
            _no_function(call)
        if not entry.least <= len(call.arguments) <= entry.most:
            wanted = f"{entry.least}" if entry.least == entry.most else f"{entry.least} to {entry.most}"
            raise ExpressionRefused(
                f"“{call.name}” takes {wanted} arguments in its brackets, not {len(call.arguments)}",
                position=call.position,
                feature="function",
            )
        work = entry.work
        if entry.mode == "type":
            name = _known_type(_type_name(call), call.position)
            return lambda scope, items: work(scope, items, name)
        self.check_pattern(call)
        if entry.mode == "criteria":
            return self.with_criteria(entry, call)
        closures = [self.tree(argument) for argument in call.arguments]
        if not closures:
            return lambda scope, items: work(scope, items)
        if len(closures) == 1:
            only = closures[0]
            return lambda scope, items: work(scope, items, only(scope))
        return lambda scope, items: work(scope, items, *[each(scope) for each in closures])

    def with_criteria(self, entry: Function, call: Call) -> StepWork:
        work = entry.work
        criteria = [self.criterion(argument) for argument in call.arguments]
        if len(criteria) == 1:
            only = criteria[0]
            return lambda scope, items: work(scope, items, only)
        return lambda scope, items: work(scope, items, *criteria)

    def criterion(self, tree: Tree) -> Closure:
        closure, cost = self.tree(tree), _size(tree) // 4
        if cost < 2:
            return closure

        def counted(scope: Scope) -> Items:
            scope.run.spend(cost)
            return closure(scope)

        return counted

    def check_pattern(self, call: Call) -> None:
        if call.name in ("matches", "matchesFull", "replaceMatches"):
            written = call.arguments[0]
            if isinstance(written, Literal) and isinstance(written.value, str):
                why = texts.why_no_pattern(written.value, search=call.name != "matchesFull")
                if why:
                    raise ExpressionRefused(
                        f"a pattern cannot be used: {why}", position=call.position, feature="pattern"
                    )


_PLACES = (ItemNode, Resource, AnswerNode)


def _children_with(links: tuple[str, ...]) -> Callable[[Any], Items]:
    def find(place: Place) -> Items:
        return _response(place).among_children(place, links)

    return find


def _all_with(links: tuple[str, ...], *, by_item: bool) -> Callable[[Any], Items]:
    def find(place: Place) -> Items:
        return _response(place).within(place, links, by_item=by_item)

    return find


def _response(place: Place) -> Response:
    return place.home.response if isinstance(place, AnswerNode) else place.response


def _is_item(arguments: tuple[Tree, ...]) -> bool:
    if len(arguments) != 1 or not isinstance(arguments[0], Path):
        return False
    path = arguments[0]
    return (
        isinstance(path.start, This)
        and len(path.steps) == 1
        and isinstance(path.steps[0], Member)
        and path.steps[0].name == "item"
    )


def _member(name: str) -> StepWork:
    def stepped(scope: Scope, items: Items) -> Items:
        if len(items) == 1:
            item = items[0]
            out = item.member(name) if isinstance(item, Node) else _of_value(item, name)
            scope.run.spend(1 + len(out))
            return out
        out = []
        for item in items:
            out += item.member(name) if isinstance(item, Node) else _of_value(item, name)
        scope.run.spend(1 + len(out) + len(items))
        return out

    return stepped


def _of_value(item: Any, name: str) -> Items:
    if isinstance(item, Amount):
        if name == "value":
            return [item.value]
        found = {"unit": item.unit, "code": item.code, "system": item.system}.get(name)
        return [found] if found else []
    return []


def _head(name: str) -> StepWork:
    member = _member(name)
    if not name[:1].isupper():
        return member

    def stepped(scope: Scope, items: Items) -> Items:
        # A path may begin with the type of what is looked at: "Patient.name".
        types = scope.run.environment.types
        if items and all(isinstance(item, Node) and is_type(item, name, types) for item in items):
            return items
        return member(scope, items)

    return stepped


def _indexed(number: Closure) -> StepWork:
    def stepped(scope: Scope, items: Items) -> Items:
        at = sets.whole(number(scope))
        return [] if at is None or not 0 <= at < len(items) else [items[at]]

    return stepped


def _variable(name: str) -> Closure:
    if name == "context":
        return lambda scope: scope.run.context

    def asked(scope: Scope) -> Items:
        found = scope.run.environment.value(name)
        if found is None:
            raise CannotWorkOut(f"there is no %{name}")
        return found

    return asked


def _index(scope: Scope) -> Items:
    return [] if scope.index is None else [scope.index]


def _total(scope: Scope) -> Items:
    return scope.total or []


def _operation(operator: str) -> Any:
    if operator in OPERATIONS:
        return OPERATIONS[operator]
    return {"or": _or, "and": _and}[operator]


def _or(run: Any, one: Items, other: Items) -> Items:
    mine, theirs = truth_of(one), truth_of(other)
    if mine or theirs:
        return [True]
    return [] if mine is None or theirs is None else [False]


def _and(run: Any, one: Items, other: Items) -> Items:
    mine, theirs = truth_of(one), truth_of(other)
    if mine is False or theirs is False:
        return [False]
    return [] if mine is None or theirs is None else [True]


def _settled_by(deciding: bool, operands: list[Closure]) -> Closure:
    """Return ``and`` (a False decides) or ``or`` (a True does) of several: those after it are not asked."""

    def worked(scope: Scope) -> Items:
        known = True
        for operand in operands:
            found = truth_of(operand(scope))
            if found is deciding:
                return [deciding]
            known = known and found is not None
        return [not deciding] if known else []

    return worked


def _implied(first: Closure, rest: list[Closure]) -> Closure:
    def worked(scope: Scope) -> Items:
        found = truth_of(first(scope))
        for operand in rest:
            if found is False:
                found = True
                continue
            then = truth_of(operand(scope))
            found = then if found or then else None
        return [] if found is None else [found]

    return worked


def _type_name(call: Call) -> str:
    written = call.arguments[0]
    if isinstance(written, Path) and isinstance(written.start, This):
        names = [step.name for step in written.steps if isinstance(step, Member)]
        if len(names) == len(written.steps):
            return ".".join(names)
    raise ExpressionRefused(f"“{call.name}” needs the name of a type", position=call.position)


def _known_type(name: str, position: int) -> str:
    space, _, own = name.rpartition(".")
    if space not in ("", "System", "FHIR") and not own[:1].isupper():
        raise ExpressionRefused(f"there is no type “{name[:40]}”", position=position, feature="type")
    if own[:1].islower() and own not in PRIMITIVES and own not in ("xhtml",):
        raise ExpressionRefused(f"there is no type “{name[:40]}”", position=position, feature="type")
    return name


def _no_function(call: Call) -> NoReturn:
    why = _LEFT_OUT.get(call.name)
    name = call.name[:40]
    raise ExpressionRefused(
        f"“{name}” cannot be used: {why}" if why else f"“{name}” is not a function that can be used here",
        position=call.position,
        feature="function",
    )
