"""One run of an expression: what it may ask, and how much it may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from workbook_desktop.forms.expressions.errors import CannotWorkOut
from workbook_desktop.forms.expressions.moments import PartialDate, PartialDateTime
from workbook_desktop.forms.expressions.nodes import COMMON, Items, JsonNode, Types, plain

STEPS = 200_000  # of one run: an element looked at, a criterion tried, 64 letters written
LONGEST_TEXT = 100_000  # letters of one text that an expression makes

_FIXED: dict[str, Items] = {
    "sct": ["http://snomed.info/sct"],
    "loinc": ["http://loinc.org"],
    "ucum": ["http://unitsofmeasure.org"],
}
_BEING_WORKED_OUT: Items = []


class Environment:
    """What an expression may ask beside what it looks at: variables, today, the moment, known types."""

    __slots__ = ("_ready", "_variables", "context", "now", "resource", "today", "types")

    def __init__(
        self,
        *,
        resource: Any,
        context: Any = None,
        variables: Mapping[str, Any] | None = None,
        today: date,
        now: datetime,
        types: Types = COMMON,
    ) -> None:
        """Keep what can be asked.

        Args:
            resource: ``%resource``: the response, or a FHIR-shaped mapping.
            context: ``%context``: the item the expression stands on; None is what it is run on.
            variables: values, lists, FHIR-shaped mappings, or functions of no arguments that give such: they
                are called when first asked, once.
            now: an aware moment.
        """
        self.resource, self.context, self.today, self.now, self.types = resource, context, today, now, types
        self._variables: Mapping[str, Any] = variables or {}
        self._ready: dict[str, Items | CannotWorkOut] = {}

    def value(self, name: str) -> Items | None:
        """Return what a variable holds; None if there is no such variable.

        Raises:
            CannotWorkOut: it cannot be worked out, or asks for itself.
        """
        found = self._ready.get(name)
        if found is None:
            found = self._first(name)
            if found is None:
                return None
        if found is _BEING_WORKED_OUT:
            raise CannotWorkOut(f"%{name} asks for itself")
        if isinstance(found, CannotWorkOut):
            raise CannotWorkOut(found.why)
        return found

    def _first(self, name: str) -> Items | CannotWorkOut | None:
        if name not in self._variables:
            return self._given(name)
        given = self._variables[name]
        if callable(given):
            self._ready[name] = _BEING_WORKED_OUT
            try:
                given = given()
            except CannotWorkOut as failed:
                self._ready[name] = failed
                return failed
            except BaseException:
                del self._ready[name]
                raise
        self._ready[name] = made = items_of(given, self.types)
        return made

    def _given(self, name: str) -> Items | None:
        if name in ("resource", "rootResource"):
            self._ready[name] = made = items_of(self.resource, self.types)
            return made
        if name in _FIXED:
            return _FIXED[name]
        if name.startswith("vs-"):
            return ["http://hl7.org/fhir/ValueSet/" + name[3:]]
        if name.startswith("ext-"):
            return ["http://hl7.org/fhir/StructureDefinition/" + name[4:]]
        return None


def items_of(given: Any, types: Types = COMMON) -> Items:
    """Return what was handed in as items: None is nothing, a mapping becomes an element."""
    if given is None:
        return []
    if isinstance(given, list | tuple):
        return [item for each in given for item in items_of(each, types)]
    if isinstance(given, Mapping):
        return [JsonNode(given, "", types)]
    if isinstance(given, datetime):
        return [PartialDateTime.of(given)]
    if isinstance(given, date):
        return [PartialDate.of(given)]
    if isinstance(given, float):
        from decimal import Decimal

        return [Decimal(repr(given))]
    return [given]


class Run:
    """The means of one run."""

    __slots__ = ("context", "environment", "left")

    def __init__(self, environment: Environment, context: Items) -> None:
        self.environment, self.context = environment, context
        self.left = STEPS

    def spend(self, steps: int) -> None:
        """Count work done.

        Raises:
            CannotWorkOut: it is too much.
        """
        self.left -= steps
        if self.left < 0:
            raise CannotWorkOut("it takes too long")

    def text(self, text: str) -> str:
        """Let a text that was made pass, or refuse to go on.

        Raises:
            CannotWorkOut: it is too long.
        """
        if len(text) > LONGEST_TEXT:
            raise CannotWorkOut("a text becomes too long")
        self.spend(1 + len(text) // 64)
        return text


class Scope:
    """What ``$this``, ``$index`` and ``$total`` are."""

    __slots__ = ("index", "run", "this", "total")

    def __init__(self, run: Run, this: Items, index: int | None = None, total: Items | None = None) -> None:
        self.run, self.this, self.index, self.total = run, this, index, total


Closure = Callable[[Scope], Items]


def alone(items: Items) -> Any | None:
    """Return the value of the one item, or None if there is none.

    Raises:
        CannotWorkOut: there are several.
    """
    if not items:
        return None
    if len(items) > 1:
        raise CannotWorkOut("there are several values where one is needed")
    return plain(items[0])


def truth_of(items: Items) -> bool | None:
    """Return what a condition says: True, False, or None for nothing. One value that is no boolean is true.

    Raises:
        CannotWorkOut: there are several values.
    """
    if not items:
        return None
    if len(items) > 1:
        raise CannotWorkOut("there are several values where one is needed")
    item = items[0]
    if item is True or item is False:
        return bool(item)
    value = plain(item)
    return value if isinstance(value, bool) else True
