"""What an expression walks through: elements of a resource given as JSON, and (in `response`) of a record."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Protocol

from workbook_desktop.forms.expressions.amounts import Amount
from workbook_desktop.forms.expressions.moments import PartialDate, PartialDateTime, PartialTime

Item = Any  # bool, int, Decimal, str, a moment, an Amount or a Node
Items = list[Item]  # never changed once made: lists are shared


class Node:
    """An element with members."""

    __slots__ = ()

    type_name: str = "Element"

    def member(self, name: str) -> Items:
        """Return what stands under a name; nothing if the element has no such member."""
        raise NotImplementedError

    def children(self) -> Items:
        """Return everything directly inside, in order."""
        raise NotImplementedError


class Types(Protocol):
    """What is known of the types of a resource's elements."""

    def of_member(self, owner: str, name: str) -> str | None:
        """Return the type of a member of a type (or of the element at a path); None if not known."""

    def parent(self, type_name: str) -> str | None:
        """Return the type this one specialises."""


# Suffixes of members that may have several types: deceasedBoolean, valueQuantity.
CHOICES = frozenset(
    [
        "Base64Binary",
        "Boolean",
        "Canonical",
        "Code",
        "Date",
        "DateTime",
        "Decimal",
        "Id",
        "Instant",
        "Integer",
        "Markdown",
        "Oid",
        "PositiveInt",
        "String",
        "Time",
        "UnsignedInt",
        "Uri",
        "Url",
        "Uuid",
        "Address",
        "Age",
        "Annotation",
        "Attachment",
        "CodeableConcept",
        "Coding",
        "ContactPoint",
        "Count",
        "Distance",
        "Duration",
        "HumanName",
        "Identifier",
        "Money",
        "Period",
        "Quantity",
        "Range",
        "Ratio",
        "Reference",
        "SampledData",
        "Signature",
        "Timing",
        "Dosage",
        "ContactDetail",
        "Contributor",
        "DataRequirement",
        "Expression",
        "ParameterDefinition",
        "RelatedArtifact",
        "TriggerDefinition",
        "UsageContext",
        "Meta",
    ]
)
_LOWER = {name: name[0].lower() + name[1:] for name in CHOICES}
PRIMITIVES = frozenset(
    [
        "base64Binary",
        "boolean",
        "canonical",
        "code",
        "date",
        "dateTime",
        "decimal",
        "id",
        "instant",
        "integer",
        "markdown",
        "oid",
        "positiveInt",
        "string",
        "time",
        "unsignedInt",
        "uri",
        "url",
        "uuid",
    ]
)


class CommonTypes:
    """The few members and types that forms use, where no larger table is given."""

    _DATES = frozenset(("birthDate", "deceasedDate", "valueDate", "date"))
    _MOMENTS = frozenset(
        [
            "start",
            "end",
            "authored",
            "issued",
            "effective",
            "deceasedDateTime",
            "effectiveDateTime",
            "valueDateTime",
            "onsetDateTime",
            "recordedDate",
            "lastUpdated",
            "sent",
            "received",
            "created",
        ]
    )
    _PARENTS: ClassVar[dict[str, str]] = {
        "Age": "Quantity",
        "Count": "Quantity",
        "Distance": "Quantity",
        "Duration": "Quantity",
        "Money": "Element",
        "code": "string",
        "id": "string",
        "markdown": "string",
        "url": "uri",
        "uuid": "uri",
        "oid": "uri",
        "canonical": "uri",
        "positiveInt": "integer",
        "unsignedInt": "integer",
    }

    def of_member(self, owner: str, name: str) -> str | None:
        """Return the type of a member by its name alone."""
        if name in self._DATES:
            return "date"
        if name in self._MOMENTS:
            return "dateTime"
        if name in ("period", "effectivePeriod", "valuePeriod"):
            return "Period"
        if name == "name" and owner in ("Patient", "Person", "RelatedPerson", "Practitioner"):
            return "HumanName"
        return None

    def parent(self, type_name: str) -> str | None:
        """Return the type this one specialises."""
        return self._PARENTS.get(type_name)


COMMON = CommonTypes()


class Primitive(Node):
    """A simple value of a resource that says more than the value: its FHIR type, an id, extensions."""

    __slots__ = ("extra", "type_name", "types", "value")

    def __init__(self, value: Item | None, type_name: str, extra: Mapping[str, Any], types: Types) -> None:
        self.value, self.type_name, self.extra, self.types = value, type_name, extra, types

    def member(self, name: str) -> Items:
        if name in ("id", "extension") and name in self.extra:
            return wrapped(self.extra[name], "Extension" if name == "extension" else "string", self.types)
        return []

    def children(self) -> Items:
        return [each for name in self.extra for each in self.member(name)]


class JsonNode(Node):
    """An object of a resource: `mapping` is FHIR-shaped JSON."""

    __slots__ = ("mapping", "path", "type_name", "types")

    def __init__(self, mapping: Mapping[str, Any], type_name: str, types: Types, path: str = "") -> None:
        self.mapping, self.types = mapping, types
        self.type_name = str(mapping.get("resourceType") or type_name or "Element")
        self.path = self.type_name if "resourceType" in mapping else path or self.type_name

    def member(self, name: str) -> Items:
        mapping = self.mapping
        found = mapping.get(name)
        beside = mapping.get("_" + name)
        if found is not None or beside is not None:
            return self._made(name, name, found, beside)
        for key in mapping:
            if len(key) > len(name) and key.startswith(name) and key[len(name) :] in CHOICES:
                return self._made(name, key, mapping[key], mapping.get("_" + key))
        return []

    def children(self) -> Items:
        out: Items = []
        for key, value in self.mapping.items():
            if key == "resourceType":
                continue
            if key.startswith("_"):
                if key[1:] not in self.mapping:
                    out += self._made(key[1:], key[1:], None, value)
            else:
                out += self._made(key, key, value, self.mapping.get("_" + key))
        return out

    def _made(self, name: str, key: str, value: Any, beside: Any) -> Items:
        if key != name:
            kind = _LOWER[key[len(name) :]]
            type_name = kind if kind in PRIMITIVES else key[len(name) :]
        else:
            type_name = self.types.of_member(self.path, name) or ""
        return wrapped(value, type_name, self.types, f"{self.path}.{name}", beside)


def wrapped(value: Any, type_name: str, types: Types, path: str = "", beside: Any = None) -> Items:
    """Return a JSON value, or each value of a list, as items."""
    if isinstance(value, list) or (value is None and isinstance(beside, list)):
        values = value if isinstance(value, list) else [None] * len(beside)
        more = beside if isinstance(beside, list) else []
        out: Items = []
        for number, each in enumerate(values):
            out += wrapped(each, type_name, types, path, more[number] if number < len(more) else None)
        return out
    if isinstance(value, Mapping):
        known = type_name if type_name and type_name not in ("BackboneElement", "Element") else ""
        return [JsonNode(value, known or type_name, types, known or path)]
    if value is None and not isinstance(beside, Mapping):
        return []
    item = None if value is None else _typed(value, type_name)
    if types is not COMMON or isinstance(beside, Mapping):
        return [Primitive(item, type_name or _guess(item), beside or {}, types)]
    return [item]


def _typed(value: Any, type_name: str) -> Item:
    if isinstance(value, str):
        found: Item | None = None
        if type_name == "date":
            found = PartialDate.read(value)
        elif type_name in ("dateTime", "instant"):
            found = PartialDateTime.read(value)
        elif type_name == "time":
            found = PartialTime.read(value)
        elif type_name == "decimal":
            found = decimal_of(value)
        return value if found is None else found
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, int) and not isinstance(value, bool) and type_name == "decimal":
        return Decimal(value)
    return value


def _guess(item: Item | None) -> str:
    if isinstance(item, bool):
        return "boolean"
    if isinstance(item, int):
        return "integer"
    return "decimal" if isinstance(item, Decimal) else "string"


def decimal_of(text: str) -> Decimal | None:
    """Return the number that text names; None if it names none, or one beyond all bounds."""
    try:
        number = Decimal(text)
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() and -60 < number.adjusted() < 60 else None


def plain(item: Item) -> Item | None:
    """Return the value of an item: of a simple element its value, of a quantity the amount; others as is."""
    if isinstance(item, Primitive):
        return item.value
    if isinstance(item, JsonNode):
        return amount_of(item.mapping, item.type_name) or item
    return item


def amount_of(mapping: Mapping[str, Any], type_name: str = "") -> Amount | None:
    """Return the amount that a JSON quantity stands for; None if it is not one."""
    number = mapping.get("value")
    if isinstance(number, bool) or not isinstance(number, int | float | str | Decimal):
        return None
    is_quantity = type_name in ("Quantity", "Age", "Duration", "Count", "Distance")
    if not is_quantity and not (mapping.keys() <= {"value", "unit", "code", "system", "comparator", "id"}):
        return None
    if not is_quantity and isinstance(number, str) and not ("unit" in mapping or "code" in mapping):
        return None
    if "comparator" in mapping:  # "less than 5" is no number
        return None
    value = decimal_of(str(number))
    if value is None:
        return None
    code = mapping.get("code")
    return Amount(
        value=value,
        unit=str(mapping.get("unit") or code or "1"),
        code=str(code or ""),
        system=str(mapping.get("system") or ""),
    )
