"""What an ICS is filled with before the first worker calls: people of the work, families, records, forms."""

from __future__ import annotations

from dataclasses import dataclass

from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.records import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Caseload:
    """Invented work for practice, tests and benchmarks. `seed.put` writes it into a database.

    The record of each family (type ``"family"``, its id the family's) is made from `families`; `records`
    holds what workers have written, each at version 1, in the order in which the feed is to bring them.
    """

    workers: tuple[Worker, ...]
    families: tuple[Family, ...]
    records: tuple[Head, ...] = ()
    forms: tuple[bytes, ...] = ()  # Questionnaires, as published
