"""Files that answers name by their hash, on their way to the ICS or from it."""

from __future__ import annotations

from dataclasses import dataclass

from workbook_desktop.domain.ids import FamilyId, RecordId


@dataclass(frozen=True, slots=True, kw_only=True)
class FileToMove:
    """A file to hand over or to fetch. `size` and `reached` in bytes."""

    hash: str  # SHA-256, hex
    family: FamilyId
    size: int
    reached: int  # how much of it is here


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOnItsWay:
    """A file that was chosen here and that the ICS has not. `size` in bytes."""

    hash: str
    family: FamilyId
    record: RecordId | None
    size: int
    refused: bool  # the ICS does not take it
    held_back: bool = False  # until the draft that names it goes
