"""What a laptop may hold, what it has to let go of, and what it says of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from workbook_desktop.domain.ids import FamilyId, OpId, RecordId

if TYPE_CHECKING:
    from workbook_desktop.domain.changes import Conflict
    from workbook_desktop.domain.records import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A family, or one record of it, that must leave this laptop. `job` names it, here and at the office.

    `kind`: scope (a whole family), moved_out, tombstone, erased, or withheld (a record that a list of the
    ICS, checked against its digest, does not name).
    """

    job: str
    kind: str
    family: FamilyId
    record: RecordId | None = None  # None: the whole family
    reason: str = ""
    is_immediate: bool = False  # what cannot be handed in at once is kept sealed, all else leaves now
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeJob:
    """A leaving under way. `state` only moves forward: begun, purging, purged.

    `to_seal`: unsent edits stand in no late op yet. `to_hand_in`: late ops that the ICS has not kept.
    """

    leaving: Leaving
    state: str
    to_seal: bool
    to_hand_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LateOp:
    """Work that goes to a person at the office, not into the record. Its bytes never change.

    `is_sealed`: the bytes are an envelope that the organisation alone opens, and no op; then `op` is only its
    name, and `record` is empty.
    """

    op: OpId
    record: RecordId
    bytes_: bytes
    is_sealed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What left this laptop. `digest` is `domain.digests.digest_of_ids` of the records."""

    job: str
    kind: str
    family: FamilyId
    records: int
    conflicts: int
    handed_in: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """A family that was gained and is read whole. It is not shown before its last page is here."""

    family: FamilyId
    page: str | None  # where to read on; None: from the start


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A record as this laptop holds it from the ICS."""

    record: RecordId
    version: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A version of a record as the ICS once said it, and the record's conflicts as they are known here."""

    head: Head
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """That a record was erased, in the ICS's own word."""

    record: RecordId
    family: FamilyId
    job: str
