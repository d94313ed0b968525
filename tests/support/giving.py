"""Builds the mapping table of a form: what its records give elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tests.support.forms import OURS
from workbook_desktop.domain.records import FormRef
from workbook_desktop.forms.library import core_forms

ROWS = "%resource.repeat(item).where(linkId='{}')"
INSIDE = "item.where(linkId='{}').answer.value"
WHOLE = "%resource.repeat(item).where(linkId='{}').answer.value"


def expression(url: str, text: str) -> dict[str, Any]:
    """Return a formula as an extension holds it."""
    return {"url": url, "valueExpression": {"language": "text/fhirpath", "expression": text}}


def gives(output: str, /, *, each: str = "", when: str = "", **parts: str) -> dict[str, Any]:
    """Return a line of the mapping table."""
    inner: list[dict[str, Any]] = [
        {"url": "kind", "valueCode": output},
        {"url": "id", "valueString": f"{output}-line"},
    ]
    inner += [expression("each", each)] if each else []
    inner += [expression("when", when)] if when else []
    inner += [
        {"url": "part", "extension": [{"url": "name", "valueString": name}, expression("value", text)]}
        for name, text in parts.items()
    ]
    return {"url": OURS + "gives", "extension": inner}


def visit_that_gives(version: str) -> tuple[FormRef, bytes]:
    """Return the visit form, with its mapping table, as another version."""
    raw: Mapping[str, Any] = max(
        (found for each in core_forms() if (found := msgspec.json.decode(each))["id"] == "visit"),
        key=lambda found: str(found["version"]),
    )
    return FormRef(id=raw["id"], version=version), msgspec.json.encode({**raw, "version": version})
