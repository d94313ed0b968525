"""HL7's own FHIRPath suite, and R4's types as fhirpathpy has them in tables."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from workbook_desktop.forms.expressions import (
    Amount,
    CannotWorkOut,
    Environment,
    ExpressionRefused,
    PartialTime,
    compile_expression,
    syntax,
)
from workbook_desktop.forms.expressions.values import text_of

DATA = Path(__file__).parents[3] / "shared" / "data"
NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
_ARITHMETIC = frozenset(("+", "-", "*", "/", "div", "mod"))


class R4:
    """Every member of every R4 type."""

    def __init__(self) -> None:
        tables = files("fhirpathpy") / "models" / "r4"

        def table(name: str) -> dict[str, Any]:
            return dict(json.loads((tables / f"{name}.json").read_text()))

        self._types, self._parents = table("path2Type"), table("type2Parent")
        self._elsewhere = table("pathsDefinedElsewhere")

    def of_member(self, owner: str, name: str) -> str | None:
        for each in self._line(owner):
            path = self._elsewhere.get(f"{each}.{name}", f"{each}.{name}")
            found = self._types.get(path)
            if found is not None:
                return "string" if found == "System.String" else str(found).removeprefix("System.")
        return None

    def parent(self, type_name: str) -> str | None:
        return self._parents.get(type_name)

    def _line(self, owner: str) -> Iterator[str]:
        if "." in owner:  # an element inside a resource, without a type of its own
            yield owner
            owner = "BackboneElement"
        each: str | None = owner
        while each is not None:
            yield each
            each = self._parents.get(each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test of the suite."""

    group: str
    name: str
    text: str
    input: str
    invalid: str  # "", "syntax", "semantic" or "execution"
    predicate: bool
    outputs: tuple[tuple[str, str], ...]  # type ("" if not told), text

    @property
    def within(self) -> bool:
        """Whether the expression keeps to what forms may use: our functions, no arithmetic with amounts."""
        return not self.outside

    @property
    def outside(self) -> str:
        """Why the expression is none that forms may use, ``""`` if it is one."""
        try:
            tree = syntax.read(self.text)
            compile_expression(self.text)
        except ExpressionRefused as refused:
            return refused.why if refused.feature == "function" else ""
        return "amounts are not calculated with" if any(map(_with_amounts, _parts(tree))) else ""

    def outcome(self) -> str:
        """Run it; return ``""`` if it comes out as HL7 has it, else what came."""
        try:
            results = compile_expression(self.text).run(_resource(self.input), _environment(self.input))
        except ExpressionRefused as refused:
            return "" if self.invalid else f"refused: {refused.why}"
        except CannotWorkOut as failed:
            return "" if self.invalid else f"cannot be worked out: {failed.why}"
        if self.invalid and not (self.outputs and self._same(results)):
            return f"not refused: {[_shown(each) for each in results]}"
        return "" if self._same(results) else f"{[_shown(each) for each in results]}"

    def _same(self, results: list[Any]) -> bool:
        if self.predicate:
            results = [bool(results) and results != [False]]
        if len(results) != len(self.outputs):
            return False
        return all(_is(result, *output) for result, output in zip(results, self.outputs, strict=True))


def cases() -> list[Case]:
    """Return every test of the suite, in its order."""
    found = []
    for group in ElementTree.parse(DATA / "fhirpath" / "tests-r4.xml").getroot().iter("group"):
        for test in group.findall("test"):
            expression = test.find("expression")
            assert expression is not None
            found.append(
                Case(
                    group=group.get("name") or "",
                    name=test.get("name") or "",
                    text=expression.text or "",
                    input=(test.get("inputfile") or "").rsplit(".", 1)[0],
                    invalid=expression.get("invalid") or "",
                    predicate=test.get("predicate") == "true",
                    outputs=tuple(
                        (each.get("type") or "", each.text or "") for each in test.findall("output")
                    ),
                )
            )
    return found


@cache
def r4() -> R4:
    return R4()


@cache
def _resource(name: str) -> Any:
    path = DATA / "fhirpath" / "inputs" / f"{name}.json"
    return json.loads(path.read_text(), parse_float=Decimal) if path.exists() else None


def _environment(name: str) -> Environment:
    return Environment(resource=_resource(name), today=NOW.date(), now=NOW, types=r4())


def _shown(value: Any) -> str:
    return text_of(value) or type(value).__name__


def _is(result: Any, kind: str, text: str) -> bool:
    if isinstance(result, bool):
        return text == str(result).lower()
    if isinstance(result, int | Decimal):
        try:
            return Decimal(text) == result
        except ArithmeticError:
            return False
    if isinstance(result, Amount):
        return text == str(result)
    if isinstance(result, PartialTime):
        return text.removeprefix("@").removeprefix("T") == str(result)
    return text.removeprefix("@") == _shown(result) or text == _shown(result)


def _parts(tree: Any) -> Iterator[Any]:
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tuple):
            waiting += part
        elif hasattr(part, "__dataclass_fields__"):
            yield part
            waiting += [getattr(part, name) for name in part.__dataclass_fields__]


def _with_amounts(part: Any) -> bool:
    if not isinstance(part, syntax.Chain):
        return False
    signs = {sign for sign, _ in part.rest} & _ARITHMETIC
    amounts = [_is_amount(each) for each in (part.first, *(each for _, each in part.rest))]
    return (amounts[0] and bool(signs)) or (bool(signs - {"+", "-"}) and any(amounts))


def _is_amount(tree: Any) -> bool:
    if isinstance(tree, syntax.Polarity):
        return _is_amount(tree.operand)
    if isinstance(tree, syntax.Path) and any(
        isinstance(step, syntax.Call) and step.name == "toQuantity" for step in tree.steps
    ):
        return True
    return isinstance(tree, syntax.Literal) and isinstance(tree.value, Amount)
