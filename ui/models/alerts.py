"""Alerts in words: what is known to be dangerous, and who is meant."""

from __future__ import annotations

from dataclasses import replace

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


def alerts_about(person: Person, family: Family) -> tuple[str, ...]:
    """Return the alerts for a page about one person: their own, and of a child every one about an adult, with
    whom it is about."""
    if not person.is_child:
        return person.alerts
    adults = [each for each in family.people if not each.is_child]
    others = alerts_of(replace(family, people=tuple(adults))) if adults else ()
    return tuple(dict.fromkeys((*person.alerts, *others)))
