"""Which forms a worker finds first, and which behind "Other forms": none is ever out of reach."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import FormRef
from workbook_desktop.paths import resource

NEVER = frozenset(("given-on-paper",))  # forms whose records the Workbook writes by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Startable:
    """A form that can be begun."""

    ref: FormRef
    name: str
    chapter: str  # that its records belong to; "" for any


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is offered first, and to whom."""

    roles: tuple[str, ...]  # parts of a role, in small letters
    chapters: tuple[str, ...]
    forms: tuple[str, ...]

    def is_for(self, worker: Worker) -> bool:
        """Say whether it is for this worker."""
        role = worker.role.casefold()
        return any(part in role for part in self.roles) or worker.chapter in self.chapters


def offered(
    forms: Iterable[Startable], worker: Worker, offers: Sequence[Offer] | None = None
) -> tuple[tuple[Startable, ...], int]:
    """Return every form, those offered first before the others, and how many these are.

    A worker for whom no offer is made is offered everything.
    """
    listed = sorted(
        (form for form in forms if str(form.ref.id) not in NEVER), key=lambda form: form.name.casefold()
    )
    offers = shipped() if offers is None else offers
    named = {form for offer in offers for form in offer.forms}
    own = next((offer.forms for offer in offers if offer.is_for(worker)), None)
    if own is None:
        return tuple(listed), len(listed)
    place = {form: number for number, form in enumerate(own)}
    first = [form for form in listed if str(form.ref.id) in place]
    first.sort(key=lambda form: place[str(form.ref.id)])
    first += [
        form for form in listed if str(form.ref.id) not in named and form.chapter in ("", worker.chapter)
    ]
    return (*first, *(form for form in listed if form not in first)), len(first)


@cache
def shipped() -> tuple[Offer, ...]:
    """Return the offers this client is shipped with."""
    said = json.loads(resource("rules", "offered-forms.json").read_text(encoding="utf-8"))
    return tuple(
        Offer(
            roles=tuple(each.get("roles", ())),
            chapters=tuple(each.get("chapters", ())),
            forms=tuple(each["forms"]),
        )
        for each in said["offers"]
    )
