"""A family's genogram, for a window or for paper: whom this worker may know of, and how they are joined."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from workbook_desktop.domain.genogram import Kin, kin_of
from workbook_desktop.domain.genogram_shapes import Genogram, genograms
from workbook_desktop.domain.people import Family
from workbook_desktop.domain.records import FormRef
from workbook_desktop.workspace.suggested import ToldPerson


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyGenogram:
    """A family's people and ties, and the drawing of it: several of more than 40 people, home by home."""

    family: Family
    today: date
    kin: Kin
    drawings: tuple[Genogram, ...]
    told: tuple[ToldPerson, ...] = ()  # not on the office's list yet: in words, and in no drawing
    tell_form: FormRef | None = None  # to tell the office of another; None: it is not on this laptop


def genogram_of(
    family: Family,
    today: date,
    told: tuple[ToldPerson, ...] = (),
    tell_form: FormRef | None = None,
) -> FamilyGenogram:
    """Return the genogram of a family as this laptop holds it: who is withheld from the worker is nowhere."""
    kin = kin_of(family, today)
    drawings = genograms(kin, today)
    return FamilyGenogram(
        family=family, today=today, kin=kin, drawings=drawings, told=told, tell_form=tell_form
    )
