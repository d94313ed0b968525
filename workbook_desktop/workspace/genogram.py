"""A family's genogram, for a window or for paper: whom this worker may know of, and how they are joined."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from workbook_desktop.domain.genogram import Kin, kin_of
from workbook_desktop.domain.genogram_shapes import Genogram, genograms
from workbook_desktop.domain.people import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyGenogram:
    """A family's people and ties, and the drawing of it: several of more than 40 people, home by home."""

    family: Family
    today: date
    kin: Kin
    drawings: tuple[Genogram, ...]


def genogram_of(family: Family, today: date) -> FamilyGenogram:
    """Return the genogram of a family as this laptop holds it: who is withheld from the worker is nowhere."""
    kin = kin_of(family, today)
    return FamilyGenogram(family=family, today=today, kin=kin, drawings=genograms(kin, today))
