"""Identifiers, and where new ones come from."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import NewType, Protocol

PersonId = NewType("PersonId", str)
WorkerId = NewType("WorkerId", str)
FamilyId = NewType("FamilyId", str)  # a family is the scope of a record: it decides who receives it
RecordId = NewType("RecordId", str)
RowId = NewType("RowId", str)  # a row of a repeating group; the same on every laptop
LinkId = NewType("LinkId", str)  # a question of a form, unique within it
FormId = NewType("FormId", str)
OpId = NewType("OpId", str)
ConflictId = NewType("ConflictId", str)
FieldPath = NewType("FieldPath", str)  # see domain.paths


class NewId(Protocol):
    """Hands out a new identifier, a UUIDv7 as text. The application's own comes from `app.py`."""

    def __call__(self) -> str: ...


def uuid7(moment: datetime, random_bits: int) -> str:
    """Return the UUIDv7 of an aware moment and 74 random bits. Source: RFC 9562, section 5.7."""
    milliseconds = int(moment.timestamp() * 1000)
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= ((random_bits >> 62) & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random_bits & ((1 << 62) - 1)
    return str(uuid.UUID(int=value))


def derived_id(namespace: str, name: str) -> str:
    """Return the same UUIDv5 for the same words on every laptop, so that two workers who prefill the
    same row offline make one row."""
    return str(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, namespace), name))


def new_ids(now: Callable[[], datetime], random_bits: Callable[[int], int]) -> NewId:
    """Return a source of UUIDv7 identifiers that rests on the clock and chance given."""
    return lambda: uuid7(now(), random_bits(74))
