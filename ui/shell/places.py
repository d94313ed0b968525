"""Where the worker can be, as values: ids only, so that a trail may outlive a lock."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ui.shell.screen import Caret
from workbook_desktop.domain.ids import FamilyId, LinkId, PersonId, RecordId


class Kind(StrEnum):
    """The screens that can be gone to."""

    HOME = "home"
    CASELOAD = "caseload"
    FAMILY = "family"
    WORKBOOK = "workbook"
    WITH_PARENT = "with-parent"
    RECORD = "record"
    CHECK = "check"
    CONFLICT = "conflict"
    SENDING = "sending"
    ACCOUNT = "account"
    FIND = "find"
    NEW = "new"
    PAPER = "paper"
    CHRONOLOGY = "chronology"
    GENOGRAM = "genogram"
    SHORTCUTS = "shortcuts"
    VERSIONS = "versions"
    MEASURES = "measures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place. What a kind does not need stays None."""

    kind: Kind
    family: FamilyId | None = None
    person: PersonId | None = None
    record: RecordId | None = None
    section: LinkId | None = None


_ON_PAPER = {Kind.CHRONOLOGY: "chronology", Kind.GENOGRAM: "genogram", Kind.WITH_PARENT: "readings"}


def paper_of(family: FamilyId, here: Place | None) -> Place:
    """Return where to put on paper what a worker is looking at: a record, or what a page has gathered."""
    if here is None:
        return Place(kind=Kind.PAPER, family=family)
    gathered = _ON_PAPER.get(here.kind)
    record = here.record or (RecordId(gathered) if gathered is not None else None)
    person = here.person if here.kind is Kind.WITH_PARENT else None
    return Place(kind=Kind.PAPER, family=family, record=record, person=person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A place, and where in it the worker was when leaving."""

    place: Place
    caret: Caret = field(default_factory=Caret)


class Trail:
    """The way the worker came. Going back goes along it; passing pages (find) leave no trace."""

    def __init__(self, stops: tuple[Stop, ...] = ()) -> None:
        self._stops = list(stops)

    @property
    def here(self) -> Place | None:
        """Where the worker is."""
        return self._stops[-1].place if self._stops else None

    @property
    def stops(self) -> tuple[Stop, ...]:
        """All of it, the latest last."""
        return tuple(self._stops)

    def leave(self, caret: Caret) -> None:
        """Note where the worker was in the place being left."""
        if self._stops:
            self._stops[-1] = Stop(place=self._stops[-1].place, caret=caret)

    def arrive(self, place: Place) -> None:
        """Go on to a place. The same again is no new stop; home begins a new trail."""
        if place.kind is Kind.HOME:
            self._stops.clear()
        if self._stops and self._stops[-1].place.kind in (Kind.FIND, Kind.NEW):
            self._stops.pop()
        if self._stops and self._same(self._stops[-1].place, place):
            self._stops.pop()
        self._stops.append(Stop(place=place))
        del self._stops[:-30]

    def step_back(self) -> Stop | None:
        """Leave the latest stop and return the one before; None at the beginning."""
        if len(self._stops) < 2:
            return None
        self._stops.pop()
        return self._stops[-1]

    @staticmethod
    def _same(one: Place, other: Place) -> bool:
        """Whether two are the same page, at whatever section or child."""
        return (one.kind, one.family, one.record) == (other.kind, other.family, other.record)
