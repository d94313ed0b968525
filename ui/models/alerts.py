"""Alerts in words: what is known to be dangerous, and who is meant."""

from __future__ import annotations

from ui.models.rows import names_words
from workbook_desktop.domain.people import Family, Person


def alerts_of(family: Family) -> tuple[str, ...]:
    """Return every alert once, with whom it is about unless it is about all the children."""
    about: dict[str, list[Person]] = {}
    for person in family.people:
        for alert in person.alerts:
            about.setdefault(alert, []).append(person)
    found = []
    for alert, people in about.items():
        is_all = len(people) == len(family.children) and all(each.is_child for each in people)
        found.append(alert if is_all else f"{names_words(each.name for each in people)}: {alert}")
    return tuple(found)
