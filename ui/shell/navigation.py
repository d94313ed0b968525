"""Where a screen can send the worker, and what it may say in the frame. Screens know this, not the window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ui.shell.places import Place
from workbook_desktop.domain.ids import FamilyId, LinkId, PersonId, RecordId
from workbook_desktop.domain.records import FormRef


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFacts:
    """Whom the page is about, for the identity bar: so that nobody writes in the wrong child's record."""

    name: str  # a child's name, or "Tolland family"
    initials: str  # for the window title, where a name must not stand
    age: str = ""  # as `people.age_words` says it: "7", "5 months"
    plan: str = ""  # "Child protection plan"
    alerts: tuple[str, ...] = ()
    family: FamilyId | None = None  # where the name leads


class Navigator(Protocol):
    """Ways from one screen to another. Each flushes the draft being written before it leaves."""

    def home(self) -> None:
        """Go to today's work."""

    def caseload(self) -> None:
        """Go to the list of families."""

    def family(self, family: FamilyId, person: PersonId | None = None) -> None:
        """Go to a family's file, at a child if one is named."""

    def start(self, form: FormRef, family: FamilyId, subjects: tuple[PersonId, ...] = ()) -> None:
        """Begin a record and open its form."""

    def start_for_action(self, family: FamilyId, action: str) -> None:
        """Begin a record that says something agreed is done, and open its form."""

    def new_record(self, family: FamilyId | None = None) -> None:
        """Choose whom a new record is about, and which form."""

    def record(self, record: RecordId, section: LinkId | None = None) -> None:
        """Open a record, at a section if one is named."""

    def check(self, record: RecordId) -> None:
        """Go to "check and finish" of a record."""

    def conflicts(self, record: RecordId | None = None) -> None:
        """Go to what needs a decision: of one record, or of all."""

    def sending(self) -> None:
        """Go to the sync centre."""

    def to(self, place: Place) -> None:
        """Go to any other page: a family's chronology, its genogram, the team's figures."""

    def back(self) -> None:
        """Go where the worker came from."""

    def identity(self, facts: IdentityFacts | None) -> None:
        """Say whom the page is about; None makes the bar quiet."""

    def title(self, text: str) -> None:
        """Say what the page is: "Child seen – Visit". The frame adds initials and "Workbook"."""

    def kept(self, at: datetime) -> None:
        """Say that what was typed is on disk, for "Saved on this laptop 14:32"."""

    def changed(self) -> None:
        """Say that the numbers of the status line may be others now: something was sent off or settled."""
