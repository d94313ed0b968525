"""Whom a page is about, for the identity bar: the same of every page of a family."""

from __future__ import annotations

from datetime import date

from ui.models.alerts import alerts_about, alerts_of
from ui.shell.navigation import IdentityFacts
from workbook_desktop.domain.people import Family, Person, age_words

_PLANS = {"CP": "Child protection plan", "CIN": "Child in need plan", "CLA": "Looked after"}


def facts_of_family(family: Family) -> IdentityFacts:
    """Return what to say of a whole family."""
    count = len(family.children)
    return IdentityFacts(
        name=f"{family.name} family",
        initials=f"{family.name[:1]}.",
        age=f"{count} {'child' if count == 1 else 'children'}",
        alerts=alerts_of(family),
        family=family.id,
    )


def facts_of_person(person: Person, family: Family, today: date) -> IdentityFacts:
    """Return what to say of a child, or of an adult."""
    age = age_words(person, today)
    return IdentityFacts(
        name=person.name,
        initials=person.initials,
        age=f"{age} years" if age.isdigit() else age,
        plan=_PLANS.get(person.plan, person.plan),
        alerts=alerts_about(person, family),
        family=family.id,
    )
