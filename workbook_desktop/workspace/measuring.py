"""Tally a family of this laptop for the measures, and says whose figures a worker may see.

A team manager or a practice lead sees those of every family on this laptop; anybody else those of the
families they work with. A family at a time: nothing else waits long for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FamilyId
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.workspace.census_checks import code_list
from workbook_desktop.workspace.gathered import Gathered
from workbook_desktop.workspace.lines import plan_actions_of
from workbook_desktop.workspace.measures import Stretch, Tally, Work, tally_of
from workbook_desktop.workspace.outline import held_back_from
from workbook_desktop.workspace.reading import Reading

if TYPE_CHECKING:
    from datetime import datetime

    from workbook_desktop.store.store import Store

_LEADS = ("practice lead", "principal social worker", "service manager")  # parts of a role


@dataclass(frozen=True, slots=True, kw_only=True)
class ToMeasure:
    """Whose work is counted."""

    scope: str  # "The 40 families of the team on this laptop"
    families: tuple[FamilyId, ...]
    today: date
    as_at: datetime | None  # when the office was last reached


class Measuring:
    """Tally in one worker's unlocked store. Runs in the store's thread."""

    def __init__(
        self, store: Store, worker: Worker, clock: Clock, reading: Reading, gathered: Gathered
    ) -> None:
        self._store, self._worker, self._clock = store, worker, clock
        self._reading, self._gathered = reading, gathered

    def begin(self) -> ToMeasure:
        """Return what there is to count for this worker."""
        today = self._clock.today()
        families = self._store.records.families()
        if sees_team(self._worker):
            mine, whose = families, "on this laptop, the whole team’s"
        else:
            mine, whose = (
                [each for each in families if _works_with(self._worker, each, today)],
                "you work with",
            )
        many = "1 family" if len(mine) == 1 else f"{len(mine)} families"
        return ToMeasure(
            scope=f"{many} {whose}",
            families=tuple(each.id for each in mine),
            today=today,
            as_at=self._store.outbox.standing().last_complete,
        )

    def count(self, family: FamilyId, over: Stretch) -> Tally:
        """Return what is counted of a family. Raises RecordUnknown."""
        from workbook_desktop.workspace.dues import in_force_here

        holds = in_force_here()
        whole = self._reading.family(family)
        actions = self._gathered.given(family, "action")  # catches up first
        today = self._clock.today()
        workers = {each.id: each for each in (*self._store.records.workers(), self._worker)}
        return tally_of(
            Work(
                family=whole,
                happenings=self._gathered.happenings(family),
                readings=self._gathered.readings(family),
                actions=plan_actions_of(actions, whole, today),
                workers=tuple(workers.values()),
                rules=holds.rules,
                holidays=holds.holidays,
                categories={each.code: each.label for each in code_list("abuse-categories").codes},
                held_back=held_back_from(self._worker.chapter),
                unread=self._gathered.unread(family),
            ),
            over,
            today,
        )


def sees_team(worker: Worker) -> bool:
    """Say whether a worker sees the figures of the whole team."""
    return worker.is_manager or any(part in worker.role.casefold() for part in _LEADS)


def _works_with(worker: Worker, family: Family, today: date) -> bool:
    return any(link.worker == worker.id and link.holds_on(today) for link in family.involvements)
