"""The functions that may be called, with how many arguments. Others are refused when a form is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from workbook_desktop.forms.expressions.nodes import Items
from workbook_desktop.forms.expressions.running import Scope

Mode = Literal["values", "criteria", "type"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function: `work(scope, items, *arguments)`.

    By `mode` the arguments arrive worked out ("values"), as closures to run for each item ("criteria"), or as
    a type's name ("type").
    """

    name: str
    work: Callable[..., Items]
    least: int
    most: int
    mode: Mode = "values"


FUNCTIONS: dict[str, Function] = {}


def function(
    *names: str, least: int = 0, most: int | None = None, mode: Mode = "values"
) -> Callable[[Callable[..., Items]], Callable[..., Items]]:
    """Enter a function under its names."""

    def entered(work: Callable[..., Items]) -> Callable[..., Items]:
        for name in names:
            FUNCTIONS[name] = Function(
                name=name, work=work, least=least, most=least if most is None else most, mode=mode
            )
        return work

    return entered


def each(scope: Scope, items: Items, criterion: Callable[[Scope], Items]) -> Any:
    """Yield each item and what a criterion comes to with it as ``$this``."""
    inner = Scope(scope.run, [], None, scope.total)
    for index, item in enumerate(items):
        scope.run.spend(1)
        inner.this, inner.index = [item], index
        yield item, criterion(inner)
