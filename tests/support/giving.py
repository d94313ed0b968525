"""Builds the mapping table of a form: what its records give elsewhere. Stands in until a form has its own."""

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


def visit_that_gives(version: str = "1.0.1") -> tuple[FormRef, bytes]:
    """Return the first visit form with a mapping table, as a later version."""
    raw: Mapping[str, Any] = next(
        found
        for each in core_forms()
        if (found := msgspec.json.decode(each))["id"] == "visit" and found["version"] == "1.0.0"
    )
    table = [
        gives(
            "chronology",
            when=WHOLE.format("record.significant"),
            date=WHOLE.format("visit.date"),
            headline=WHOLE.format("record.headline"),
            category=WHOLE.format("record.category"),
            impact=WHOLE.format("analysis.meaning"),
        ),
        gives(
            "chapter",
            date=WHOLE.format("visit.date"),
            headline="'Home visit'",
            change=WHOLE.format("analysis.change"),
            impact=WHOLE.format("analysis.meaning"),
        ),
        gives(
            "action",
            each=ROWS.format("next-step"),
            what=INSIDE.format("next-step.what"),
            who=INSIDE.format("next-step.who"),
            by=INSIDE.format("next-step.by"),
        ),
        gives(
            "happening",
            each=ROWS.format("children"),
            kind="'visit'",
            date=WHOLE.format("visit.date"),
            child=INSIDE.format("child.person"),
            type=WHOLE.format("visit.type"),
            outcome=WHOLE.format("visit.outcome"),
            seen=INSIDE.format("child.seen"),
            authorRole="%worker.role",
        ),
    ]
    made = {**raw, "version": version, "extension": [*raw.get("extension", []), *table]}
    return FormRef(id=raw["id"], version=version), msgspec.json.encode(made)
