"""Answers that name a person or a worker."""

from __future__ import annotations

from collections.abc import Mapping

from workbook_desktop.domain.ids import PersonId
from workbook_desktop.domain.people import Person, Worker
from workbook_desktop.domain.records import Value


def to_person(person: Person) -> Value:
    """Return the answer that names a person."""
    return {"reference": f"Person/{person.id}", "display": person.name}


def to_worker(worker: Worker) -> Value:
    """Return the answer that names a worker."""
    return {"reference": f"Practitioner/{worker.id}", "display": worker.name}


def person_id(value: Value) -> PersonId | None:
    """Return the person an answer names, or None if it names none."""
    reference = value.get("reference") if isinstance(value, Mapping) else None
    if isinstance(reference, str) and reference.startswith("Person/"):
        return PersonId(reference.removeprefix("Person/"))
    return None
