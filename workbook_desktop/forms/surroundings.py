"""What a form's formulas may ask beside the record. Apart from `workings`: views need not import all that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import Value
from workbook_desktop.forms.definition import Form

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What formulas may ask beside the record: the day, fixed for one opening, and what is known of the
    family.

    `variables` by name, without "%": values, lists, FHIR-shaped mappings, or functions of no arguments that
    give such. Without a day (`today` None) what asks for it is left as it stands.
    """

    today: date | None = None
    now: datetime | None = None  # aware
    variables: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    # Where what a name stands for was recorded ("previous", "plan"): members of `draft.FROM` but the value.
    sources: Mapping[str, Mapping[str, Value]] = field(default_factory=lambda: NOTHING)
    # What was worked out stands as it was then: a signed record, read where less is known, or more.
    as_it_stands: bool = False


NOWHERE = Surroundings()


# Whom a form means that is written for a clinic, by the type of resource it expects to be launched with.
LAUNCHED = {"Patient": "child", "Person": "child", "Practitioner": "worker", "PractitionerRole": "worker"}


def worker_shape(worker: Worker | None) -> Any:
    """Return a worker as formulas see them; nothing if it is not known who that is."""
    if worker is None:
        return []
    return {
        "reference": f"Practitioner/{worker.id}",
        "name": worker.name,
        "role": worker.role,
        "agency": worker.agency,
        "chapter": worker.chapter,
        "isManager": worker.is_manager,
    }


def launched(form: Form, around: Surroundings) -> dict[str, Any]:
    """Return what a form calls by names of its own (launchContext), as far as it is known here."""
    found = {}
    for name, type_ in form.launch:
        ours = LAUNCHED.get(type_, "")
        if name not in around.variables and ours in around.variables:
            found[name] = around.variables[ours]
    return found
