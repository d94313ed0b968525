"""An expression ready to run, and what can be known of it without running it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from workbook_desktop.domain.records import Value
from workbook_desktop.forms.expressions import compiler, reads, syntax
from workbook_desktop.forms.expressions.errors import CannotWorkOut, ExpressionRefused
from workbook_desktop.forms.expressions.nodes import JsonNode, Node, Primitive, amount_of
from workbook_desktop.forms.expressions.reads import Among
from workbook_desktop.forms.expressions.response import Scored
from workbook_desktop.forms.expressions.running import (
    Closure,
    Environment,
    Run,
    Scope,
    items_of,
    truth_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A compiled expression.

    `reads` holds linkIds; ``""`` in it is the item the expression stands on. What a variable reads is not in
    it: `names` says which variables are asked.
    """

    text: str
    reads: frozenset[str]
    reads_all: bool  # it cannot be told from the text: it may look at any answer
    names: frozenset[str]  # of variables, without "%"
    uses_clock: bool
    row_local: bool  # it looks at nothing but through the item it stands on and variables
    # Criteria on linkIds, such as ``linkId.startsWith('mood')``, and among which items. If there are some,
    # `reads_all` is true, and `reads_with` tells more.
    filters: tuple[tuple[Among, Program], ...] = ()
    _all_but_filters: bool = False
    _tree: syntax.Tree = field(default=syntax.This(), repr=False, compare=False)
    _closure: Closure | None = field(default=None, repr=False, compare=False)

    def reads_with(self, top: Iterable[str], links: Iterable[str]) -> tuple[frozenset[str], bool] | None:
        """Return what it may look at in a form; None if that cannot be told even so.

        Args:
            top: linkIds of the items that stand in no other.
            links: linkIds of all items.

        Returns:
            linkIds, and whether it is these and no others.
        """
        if not self.reads_all:
            return self.reads, True
        if self._all_but_filters:
            return None
        kept: set[str] = set()
        for among, criterion in self.filters:
            kept.update(link for link in (top if among is Among.TOP else links) if _may_keep(criterion, link))
        return self.reads | kept, all(among is not Among.SOME for among, _ in self.filters)

    def prepare(self) -> Closure:
        """Compile what has been read, if that was left for later.

        Raises:
            ExpressionRefused: it uses what is left out here.
        """
        closure = self._closure
        if closure is None:
            try:
                closure = compiler.compiled(self._tree)
            except RecursionError:
                raise ExpressionRefused(
                    "too many expressions stand inside each other", feature="size"
                ) from None
            object.__setattr__(self, "_closure", closure)
        return closure

    def run(self, focus: Node | Mapping[str, Any] | Value, environment: Environment) -> list[Any]:
        """Return the results: bool, int, Decimal, str, partial dates and times, Amount, mappings, nodes.

        Args:
            focus: what the expression stands on: a node of a `Response`, FHIR-shaped JSON, a value, or None.

        Raises:
            CannotWorkOut: with these answers it has no result; `why` says it in plain words.
        """
        closure = self._closure
        if closure is None:
            try:
                closure = self.prepare()
            except ExpressionRefused as refused:
                raise CannotWorkOut(refused.why) from None
        items = items_of(focus, environment.types)
        context = items if environment.context is None else items_of(environment.context, environment.types)
        run = Run(environment, context)
        try:
            found = closure(Scope(run, items))
        except RecursionError:
            raise CannotWorkOut("it asks for itself, or is nested too deeply") from None
        except (ArithmeticError, MemoryError):
            raise CannotWorkOut("a number or a text becomes too big") from None
        return [_handed_out(item) for item in found if not _is_void(item)]


_NOWHEN = Environment(resource=None, today=date(1970, 1, 1), now=datetime(1970, 1, 1, tzinfo=UTC))


def _may_keep(criterion: Program, link: str) -> bool:
    try:
        return truth_of(criterion.run({"linkId": link}, _NOWHEN)) is True
    except CannotWorkOut:
        return True


def _is_void(item: Any) -> bool:
    return isinstance(item, Primitive) and item.value is None


def _handed_out(item: Any) -> Any:
    if isinstance(item, JsonNode):
        amount = amount_of(item.mapping, "Quantity") if item.type_name == "Quantity" else None
        return item.mapping if amount is None else amount
    if isinstance(item, Primitive):
        return item.value
    return str(item) if isinstance(item, Scored) else item


def compile_expression(text: str) -> Program:
    """Return the program of an expression, ready to run; the same text gives the same program.

    Raises:
        ExpressionRefused: it is not FHIRPath, or uses what is left out here, or is too big.
    """
    program = read_expression(text)
    program.prepare()
    return program


@lru_cache(maxsize=4096)
def read_expression(text: str) -> Program:
    """Return the program of an expression that is compiled when it first runs: large forms open sooner.

    Raises:
        ExpressionRefused: it is not FHIRPath, or is too big. What is left out here shows when it runs.
    """
    try:
        tree = syntax.read(text)
        found = reads.reads_of(tree)
    except RecursionError:
        raise ExpressionRefused("too many expressions stand inside each other", feature="size") from None
    return Program(
        text=text,
        reads=frozenset(found.links),
        reads_all=found.all or bool(found.filters),
        names=frozenset(found.names),
        uses_clock=found.clock,
        row_local=not found.beyond_row,
        filters=tuple((among, _criterion(each)) for among, each in found.filters),
        _all_but_filters=found.all,
        _tree=tree,
    )


def _criterion(tree: syntax.Tree) -> Program:
    return Program(
        text="",
        reads=frozenset(),
        reads_all=False,
        names=frozenset(),
        uses_clock=False,
        row_local=True,
        _tree=tree,
    )
