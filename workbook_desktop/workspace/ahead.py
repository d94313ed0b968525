"""Works out ahead what records give, a little at a time: so that no page waits for it when it is opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.workspace import dues
from workbook_desktop.workspace.gathered import Gathered
from workbook_desktop.workspace.searching import Searching
from workbook_desktop.workspace.views import CaughtUp

if TYPE_CHECKING:
    from workbook_desktop.store.derived import Behind
    from workbook_desktop.store.store import Store

SLICE = 0.004  # s: what comes next waits so long, and for the step that was begun
_AT_ONCE = 8  # records indexed anew in one transaction: some milliseconds


@dataclass(slots=True, kw_only=True)
class _Working:
    """The dates of a family, half worked out: child by child, for as long as nothing is written meanwhile."""

    changes: int
    stamp: str
    parts: list[dues.Part]
    found: list[dues.Open] = field(default_factory=list)


class Ahead:
    """Catches up with every family of one worker's unlocked store. Runs in the store's thread."""

    def __init__(self, store: Store, clock: Clock, gathered: Gathered, searching: Searching) -> None:
        self._store, self._clock, self._gathered, self._searching = store, clock, gathered, searching
        self._left: list[FamilyId] = []
        self._tried: set[tuple[RecordId, str]] = set()  # what could not be read, until more has come
        self._working: _Working | None = None

    def begin(self) -> None:
        """Look at every family again: something has come, or was signed."""
        self._tried.clear()
        self._working = None
        self._left = self.behind()

    def behind(self) -> list[FamilyId]:
        """Return the families in which a record is to be read, or a date to be worked out."""
        stamp = self._gathered.stamp()
        return [
            family.id
            for family in self._store.records.families()
            if self._store.derived.dues_stamp(family.id) != self._gathered.stamp_of(family, stamp)
            or self._behind(family.id)
        ]

    def some(self, seconds: float = SLICE) -> CaughtUp:
        """Go on for so long, and by one step at least. Nothing is half kept if the store is locked between
        two slices."""
        until = self._clock.monotonic() + seconds
        changed = False
        is_first = True
        while self._left and (is_first or self._clock.monotonic() < until):
            is_first = False
            if self._some_of(self._left[0], until):
                self._left.pop(0)
                self._working = None
                changed = True
        is_indexing = True
        while is_indexing and not self._left and (is_first or self._clock.monotonic() < until):
            is_first = False
            is_indexing = self._searching.renew(_AT_ONCE)
        return CaughtUp(families_left=len(self._left), changed=changed, is_indexing=is_indexing)

    def _behind(self, family: FamilyId) -> list[Behind]:
        found = self._store.derived.behind(family)
        return [each for each in found if (each.record, each.mark) not in self._tried]

    def _some_of(self, family: FamilyId, until: float) -> bool:
        """Do a part of a family's work; True if that was the last of it."""
        whole = self._store.records.family(family)
        if whole is None:  # the office has taken it away meanwhile
            return True
        behind = self._behind(family)
        if behind:
            looked_at = self._gathered.read(family, behind, until)
            done = behind[:looked_at] if looked_at else behind  # none: the disk is full
            self._tried.update((each.record, each.mark) for each in done)
            return False
        changes, stamp = self._store.derived.changes(), self._gathered.stamp_of(whole)
        working = self._working
        if working is None or (working.changes, working.stamp) != (changes, stamp):
            if self._store.derived.dues_stamp(family) == stamp:
                return True
            parts = dues.apart(self._gathered.counted(family))
            self._working = _Working(changes=changes, stamp=stamp, parts=parts)
            return False
        if working.parts:
            working.found += dues.open_clocks(working.parts.pop(), self._clock.today())
            return False
        self._gathered.keep_dues(family, stamp, dues.kept(working.found))
        return True
