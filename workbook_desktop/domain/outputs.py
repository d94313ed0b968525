"""What one record gives to other parts of the Workbook, so that nothing is recorded twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from workbook_desktop.domain.ids import FieldPath, PersonId, WorkerId
from workbook_desktop.domain.readings import ScaleReading
from workbook_desktop.domain.records import Value

DATED = "dated"  # part of an entry: its date as it was said, where that is no exact day


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One entry that a record gives, by the mapping table of its form.

    `kind` is ``chronology``, ``action``, ``happening``, ``chapter`` or ``note``. `parts` are plain JSON
    values by name (``headline``, ``what``, ``seen``, …): text, booleans, whole numbers, decimals and dates as
    text, references as ``{"reference", "display"}``, lists of these.
    """

    kind: str
    id: str  # of the line of the mapping table
    number: int  # of the entries of that line, in their order
    date: date | None
    people: tuple[PersonId, ...]
    parts: Mapping[str, Any] = field(default_factory=dict)
    row: str = ""  # id of the row that gives it

    @property
    def dated(self) -> str:
        """The date as it was said where it was no exact day: "2024-03", "2024", "about 2024-03-05"; else
        ``""``. `date` is then its first day, for what has to be put in order."""
        return self.text(DATED)

    @property
    def key(self) -> str:
        """What names the entry inside its record. A row keeps its name when rows are moved or taken away."""
        return f"{self.id}/{self.row or self.number}"

    def text(self, name: str) -> str:
        """Return a part as words; ``""`` if it is not there."""
        return words_of(self.parts.get(name))

    def yes(self, name: str) -> bool:
        """Say whether a part is true."""
        return self.parts.get(name) is True


def words_of(value: Any) -> str:
    """Return a part as words: the display of a reference or a coding, several joined by commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, Mapping):
        return str(value.get("display") or value.get("code") or value.get("reference") or "")
    if isinstance(value, list):
        return ", ".join(each for each in map(words_of, value) if each)
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFact:
    """A fact that was recorded, to be filled in wherever it is asked again."""

    code: str  # "child.school"
    person: PersonId | None  # None: of the family
    value: Value
    path: FieldPath
    on: date | None  # when the record it stands in happened
    by: WorkerId | None
    at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """Everything one record gives."""

    given: tuple[Given, ...] = ()
    facts: tuple[KnownFact, ...] = ()
    readings: tuple[ScaleReading, ...] = ()
