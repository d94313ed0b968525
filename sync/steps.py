"""What a run is made of: calls for the store and for the ICS, and what it has counted so far."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sync.ports import Ics, SyncStore
from sync.protocol import Capabilities
from workbook_desktop.domain.changes import RunReport
from workbook_desktop.domain.ids import OpId, RecordId


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCall:
    """Work for the store, done in one visit to its thread."""

    what: str
    do: Callable[[SyncStore], Any]

    def on(self, store: SyncStore) -> Any:
        """Do it."""
        return self.do(store)


@dataclass(frozen=True, slots=True, kw_only=True)
class IcsCall:
    """A question for the ICS, asked from the network's thread."""

    what: str  # "capabilities", "scopes", "push", "feed", "snapshot", …: the verb of `ports.Ics`
    do: Callable[[Ics], Any]

    def on(self, ics: Ics) -> Any:
        """Ask it."""
        return self.do(ics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """A store call and a question for the ICS that do not rest on each other: done at the same time, or the
    store call first. Answered with both answers; what the ICS's raised is its answer, for the other is done.
    """

    store: StoreCall
    ics: IcsCall

    @property
    def what(self) -> str:
        """What it is called where calls are followed one by one."""
        return self.store.what


Call = StoreCall | IcsCall | Together
Run = Generator[Call, Any, RunReport]
Step = Generator[Call, Any, Any]


class EpochChanged(Exception):
    """The ICS was restored from a backup: what it holds and what this store rests on may differ."""


@dataclass(slots=True)
class Tally:
    """What one run has done so far."""

    started: datetime
    sent: int = 0
    received: int = 0
    combined: int = 0
    conflicts: int = 0
    parked: int = 0
    complete_pull: bool = False
    changed: dict[RecordId, None] = field(default_factory=dict)
    merges: dict[RecordId, int] = field(default_factory=dict)
    closed: set[OpId] = field(default_factory=set)
    made: set[int] = field(default_factory=set)  # numbers of the feed under which stands what this run sent


def same_epoch(epoch: str, caps: Capabilities) -> None:
    """Raise EpochChanged if a reply is of another epoch than the run began in."""
    if epoch != caps.epoch:
        raise EpochChanged
