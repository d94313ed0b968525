"""The blocks of a family's file: facts under a heading, each a named group that a key leads to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from ui.style import em
from ui.widgets import Body, Button, Card, HeadingTwo, Hint, SummaryRow
from workbook_desktop.domain.dates import long_date
from workbook_desktop.domain.people import Family, Household, Person, Relationship


class Block(Card):
    """A heading and what belongs under it. Its key puts the focus here, and it is then read whole."""

    def __init__(self, title: str, key: int) -> None:
        super().__init__()
        self.setObjectName(f"block:{key}")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.title, self.key = title, key
        self._inside: QWidget | None = None
        self.add(HeadingTwo(title))
        self.setAccessibleName(title)
        self.setAccessibleDescription(f"Ctrl+{key}")

    def show_inside(self, widgets: Sequence[QWidget]) -> None:
        """Show these instead of what was there."""
        if self._inside is not None:
            self.column.removeWidget(self._inside)
            self._inside.hide()
            self._inside.deleteLater()
        self._inside = QWidget()
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in widgets:
            column.addWidget(widget)
        self.column.addWidget(self._inside)
        self.column.addStretch(0)


class Address(QWidget):
    """One household. A protected address is in no widget until the worker asks to see it."""

    def __init__(self, family: Family, home: Household, *, may_see: bool) -> None:
        super().__init__()
        self._home = home
        members = [person.name for each in home.members if (person := family.person(each)) is not None]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, em(self, 0.3), 0, em(self, 0.3))
        column.setSpacing(em(self, 0.15))
        column.addWidget(Body(", ".join(members)))
        self._address = Hint("", selectable=True)
        column.addWidget(self._address)
        self.button: Button | None = None
        if not home.protected:
            self._address.setText(_address_words(home))
        elif not may_see:
            self._address.setText("Protected address: it is not held on this laptop.")
        else:
            self._address.setText("Protected address: shown only here.")
            self.button = Button("Show address", icon_name="eye", identifier=f"do:show-address:{home.id}")
            self.button.setAccessibleName(f"Show the protected address of {', '.join(members)}")
            self.button.clicked.connect(lambda *_: self._turn())
            column.addWidget(self.button)

    def _turn(self) -> None:
        if self.button is None:
            return
        is_shown = self.button.text() == "Cover address"
        self._address.setText(
            "Protected address: shown only here."
            if is_shown
            else f"Protected: tell nobody. {_address_words(self._home)}"
        )
        self.button.setText("Show address" if is_shown else "Cover address")


def _address_words(home: Household) -> str:
    place = ", ".join(part for part in (home.address, home.postcode) if part) or "Address not known"
    since = f" (since {home.since:%d/%m/%Y})" if home.since else ""
    return f"{place}{since}"


def facts_of(person: Person) -> list[QWidget]:
    """Return what to know about a child or adult before the door opens; nothing that is not known."""
    interpreter = f"{person.language}, interpreter needed" if person.interpreter else person.language
    known = (
        ("Legal status", person.legal_status),
        ("School or nursery", person.school),
        ("GP", person.general_practice),
        ("Language", interpreter),
        ("Pronouns", person.pronouns),
        ("How to talk together", person.communication_needs),
        ("Phone", person.phone),
        ("NHS number", person.nhs_number),
        ("Good to know", person.note),
    )
    return [SummaryRow(key, value, action="") for key, value in known if value]


def restricted_words(person: Person, today: date) -> list[str]:
    """Return what to say of somebody whom the office keeps restricted; nothing of anybody else."""
    if not person.restricted:
        return []
    why = f": {person.restricted_why}" if person.restricted_why else ""
    found = [f"! Kept restricted by the office{why}. On no paper, and found by no search."]
    if person.restricted_until is not None:
        late = "was to look" if person.restricted_until < today else "looks"
        found.append(f"The office {late} at this again on {long_date(person.restricted_until)}.")
    return found


def ties_words(family: Family, person: Person) -> str:
    """Return how a person is tied to the children: "mother of Maisie, Leo and Ivy (PR)"."""
    by_kind: dict[tuple[str, bool], list[str]] = {}
    for tie in family.relationships:
        if tie.person != person.id or tie.until is not None:
            continue
        other = family.person(tie.other)
        if other is not None:
            name = other.preferred_name or other.forename or other.label
            by_kind.setdefault((tie.kind, tie.parental_responsibility), []).append(name)
    parts = []
    for (kind, has_responsibility), names in by_kind.items():
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        parts.append(f"{kind} of {listed}{', parental responsibility' if has_responsibility else ''}")
    return "; ".join(parts)


def contact_of(ties: Sequence[Relationship], person: Person) -> str:
    """Return the contact arrangements of a person, each once."""
    return "; ".join(dict.fromkeys(tie.contact for tie in ties if tie.person == person.id and tie.contact))
