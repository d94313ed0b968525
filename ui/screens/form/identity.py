"""Whom a record is about, for the identity bar."""

from __future__ import annotations

from datetime import date

from ui.models.alerts import alerts_about, alerts_of
from ui.shell.navigation import IdentityFacts
from workbook_desktop.domain.people import age_words
from workbook_desktop.workspace.views import OpenRecord

_PLANS = {"CP": "Child protection plan", "CIN": "Child in need plan", "CLA": "Looked after"}


def identity_of(view: OpenRecord, today: date) -> IdentityFacts:
    """Return the one child a record is about, or the family."""
    people = [person for each in view.subjects if (person := view.family.person(each)) is not None]
    children = [each for each in people if each.is_child]
    if len(children) == 1:
        child = children[0]
        return IdentityFacts(
            name=child.name,
            initials=child.initials,
            age=age_words(child, today),
            plan=_PLANS.get(child.plan, child.plan),
            alerts=alerts_about(child, view.family),
            family=view.family.id,
        )
    plans = {_PLANS.get(each.plan, each.plan) for each in view.family.children if each.plan}
    name = view.family.name
    return IdentityFacts(
        name=f"{name} family",
        initials=f"{name[:1]}. family",
        plan=", ".join(sorted(plans)),
        alerts=alerts_of(view.family),
        family=view.family.id,
    )
