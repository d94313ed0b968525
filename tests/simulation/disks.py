"""A laptop's store as a story sees it, in memory or encrypted: what a worker does, and what stands there."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sync.ports import SyncStore
from sync.protocol import OpMessage, conflict_message, decode, encode, hash_of, proposal_of, record_message
from tests.simulation.ground import A_FORM, FORM, words_in
from tests.support.sync_store import Kept, MemorySyncStore
from workbook_desktop.domain.changes import Conflict, Crossing, FeedState, Settlement
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FamilyId, RecordId, WorkerId
from workbook_desktop.domain.records import Body, Head, State, body_of, content_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A record as it stands on a laptop."""

    id: RecordId
    type: str
    family: FamilyId
    base: Head | None
    head: Head | None
    local: Body | None
    released: bool
    settles: tuple[Settlement, ...]

    @property
    def is_closed(self) -> bool:
        """Say whether nothing can be typed into it any more."""
        return self.head is not None and self.head.state is State.SIGNED_OFF


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenOp:
    """An op in a laptop's outbox."""

    id: str
    record: RecordId
    after: str | None
    bytes_: bytes
    parked: str | None  # the problem's code

    @property
    def message(self) -> OpMessage:
        """What it says."""
        return decode(self.bytes_, OpMessage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the laptop remembers of an op that was taken."""

    op: str
    record: RecordId
    version: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDisk:
    """A file on a laptop."""

    hash: str
    family: FamilyId
    state: str  # "new", "sent", "refused": chosen here; "wanted", "here": from the ICS
    data: bytes | None  # None: not all of it


class Disk(Protocol):
    """A store, and the hands on it."""

    @property
    def port(self) -> SyncStore:
        """What the engine works on."""

    def keep(self, record: RecordId, body: Body, family: FamilyId, crossed: Crossing | None) -> None:
        """Keep what was typed."""

    def release(
        self, record: RecordId, sign_off_hash: str | None = None, settles: Sequence[Settlement] = ()
    ) -> None:
        """Let it be sent."""

    def hold_back(self, record: RecordId) -> bool:
        """Take a release back."""

    def discard(self, record: RecordId) -> bool:
        """Throw local text away."""

    def crossing(self, record: RecordId) -> Crossing | None:
        """Return what typing crossed with."""

    def records(self) -> list[Seen]:
        """Return all records."""

    def record(self, record: RecordId) -> Seen | None:
        """Return one record."""

    def ops(self) -> list[SeenOp]:
        """Return the outbox, what is set aside included."""

    def families(self) -> list[FamilyId]:
        """Return the families that are this worker's, so far as the laptop knows."""

    def conflicts(self) -> list[Conflict]:
        """Return all conflicts known."""

    def proposed(self, record: RecordId) -> set[bytes]:
        """Return the words of this record's clashes that are on their way."""

    def receipts(self) -> list[Receipt]:
        """Return the ledger."""

    def late(self) -> list[tuple[str, bytes, bool]]:
        """Return work of what has to leave: op, bytes, and whether the ICS has it."""

    def erased(self) -> set[str]:
        """Return the records of which the ICS said that they were erased."""

    def leaving(self) -> set[str]:
        """Return the families of which something has to leave and has not left yet."""

    def half_gone(self) -> set[str]:
        """Return the families of which something is being deleted."""

    def everything(self) -> bytes:
        """Return all that could be read of this disk by who has its key."""

    def feed(self) -> FeedState:
        """Return how far the feed was read."""

    def published(self) -> int:
        """Return how many forms have come."""

    def attach(self, family: FamilyId, record: RecordId, data: bytes) -> str:
        """Keep a file that was chosen for a record; return its hash."""

    def want(self, family: FamilyId, hash_: str, size: int) -> None:
        """Have the next run fetch a file."""

    def files(self) -> list[OnDisk]:
        """Return the files that are here, whole or not."""

    def state(self) -> bytes:
        """Return all that is kept, but for the log of runs, as bytes that compare."""

    def die(self) -> None:
        """The process ends and starts again."""

    def image(self) -> Any:
        """Return a backup of the laptop's disk."""

    def restore(self, image: Any) -> None:
        """Put a backup in the place of what is there."""

    def close(self) -> None:
        """Let go of everything."""


class MemoryDisk:
    """`tests.support.sync_store` on a disk that keeps its `Kept`."""

    def __init__(self, clock: Clock, _worker: WorkerId) -> None:
        self._clock = clock
        self.store = MemorySyncStore(clock)
        self.store.kept.forms[A_FORM] = FORM

    @property
    def port(self) -> SyncStore:
        return self.store

    def keep(self, record: RecordId, body: Body, family: FamilyId, crossed: Crossing | None) -> None:
        whole = body_of(content_of(body))  # an answer in a row that is not there is not written down
        self.store.keep(record, whole, family=family, crossed=crossed)

    def release(
        self, record: RecordId, sign_off_hash: str | None = None, settles: Sequence[Settlement] = ()
    ) -> None:
        self.store.release(record, sign_off_hash=sign_off_hash, settles=settles)

    def hold_back(self, record: RecordId) -> bool:
        return self.store.hold_back(record)

    def discard(self, record: RecordId) -> bool:
        return self.store.discard(record)

    def crossing(self, record: RecordId) -> Crossing | None:
        return self.store.crossing(record)

    def records(self) -> list[Seen]:
        found = (self.record(each) for each in self.store.kept.records)
        return [each for each in found if each is not None]

    def record(self, record: RecordId) -> Seen | None:
        held = self.store.kept.records.get(record)
        if held is None:
            return None
        return Seen(
            id=record,
            type=held.type,
            family=held.family,
            base=held.base,
            head=held.head,
            local=held.local,
            released=held.released is not None,
            settles=held.settles,
        )

    def ops(self) -> list[SeenOp]:
        return [
            SeenOp(
                id=op.sealed.op,
                record=op.sealed.record,
                after=op.sealed.after,
                bytes_=op.sealed.bytes_,
                parked=op.parked.code if op.parked is not None else None,
            )
            for op in self.store.kept.ops
        ]

    def families(self) -> list[FamilyId]:
        return sorted(self.store.kept.scopes)

    def conflicts(self) -> list[Conflict]:
        return list(self.store.kept.conflicts.values())

    def proposed(self, record: RecordId) -> set[bytes]:
        held = self.store.kept.records.get(record)
        found: set[bytes] = set()
        for clash in () if held is None else held.clashes:
            found |= words_in(encode(proposal_of(clash, 1)))
        return found

    def receipts(self) -> list[Receipt]:
        return [
            Receipt(op=each.op, record=each.record, version=each.head.version, hash=each.head.hash)
            for each in self.store.kept.ledger
        ]

    def late(self) -> list[tuple[str, bytes, bool]]:
        return []

    def erased(self) -> set[str]:
        return set()

    def leaving(self) -> set[str]:
        return set()

    def half_gone(self) -> set[str]:
        return set()

    def everything(self) -> bytes:
        return b""

    def attach(self, family: FamilyId, record: RecordId, data: bytes) -> str:
        raise NotImplementedError

    def want(self, family: FamilyId, hash_: str, size: int) -> None:
        raise NotImplementedError

    def files(self) -> list[OnDisk]:
        return []

    def feed(self) -> FeedState:
        return self.store.kept.feed

    def published(self) -> int:
        return len(self.store.kept.published)

    def state(self) -> bytes:
        return state_of(self)

    def die(self) -> None:
        self.store = MemorySyncStore(self._clock, self.store.kept)

    def image(self) -> Any:
        return copied(self.store.kept)

    def restore(self, image: Any) -> None:
        self.store = MemorySyncStore(self._clock, copied(image))

    def close(self) -> None:
        return None


def copied(kept: Kept) -> Kept:
    """Return a disk's copy. What stands in the records are values that nobody changes."""
    return Kept(
        records={record: copy.copy(held) for record, held in kept.records.items()},
        ops=[copy.copy(op) for op in kept.ops],
        conflicts=dict(kept.conflicts),
        forms=dict(kept.forms),
        published=list(kept.published),
        ledger=list(kept.ledger),
        scopes=kept.scopes,
        workers=kept.workers,
        feed=kept.feed,
        runs=list(kept.runs),
    )


def state_of(disk: Disk) -> bytes:
    """Return what any disk keeps as bytes, in no other order than the ids'."""
    records = []
    for each in sorted(disk.records(), key=lambda one: one.id):
        crossed = disk.crossing(each.id)
        records.append(
            {
                "id": each.id,
                "base": each.base and encode(record_message(each.base)).decode(),
                "head": each.head and encode(record_message(each.head)).decode(),
                "local": each.local and hash_of(content_of(each.local)),
                "crossed": crossed and [hash_of(content_of(one)) for one in (crossed.seen, crossed.stood)],
                "released": each.released,
                "settles": [[one.conflict, one.choice] for one in each.settles],
            }
        )
    feed = disk.feed()
    return encode(
        {
            "records": records,
            "ops": [[each.id, each.parked, each.bytes_.decode()] for each in disk.ops()],
            "conflicts": [
                encode(conflict_message(each)).decode()
                for each in sorted(disk.conflicts(), key=lambda one: one.id)
            ],
            "receipts": sorted([each.op, each.version, each.hash] for each in disk.receipts()),
            "feed": [feed.epoch, feed.cursor],
        }
    )


Make = Callable[[Clock, WorkerId], Disk]
DISKS: Final[dict[str, Make]] = {"memory": MemoryDisk}
