"""Digests of what a family's records are: the same sum at the office and here, or something is missing.

A record stands for SHA-256 of its id, version and content hash; a family for the sum of these modulo 2^256
and their number. So a change is one subtraction and one addition, in whatever order changes come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from workbook_desktop.domain.ids import FamilyId, RecordId

_ROUND: Final = 1 << 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What a family's records add up to."""

    count: int = 0
    sum: int = 0

    @property
    def text(self) -> str:
        """The sum as 64 hexadecimal digits."""
        return f"{self.sum:064x}"

    def plus(self, leaf: int) -> Digest:
        """Return the digest with one more record."""
        return Digest(count=self.count + 1, sum=(self.sum + leaf) % _ROUND)

    def minus(self, leaf: int) -> Digest:
        """Return the digest with one record less."""
        return Digest(count=self.count - 1, sum=(self.sum - leaf) % _ROUND)


def leaf_of(record: RecordId | str, version: int, hash_: str) -> int:
    """Return what stands for a record: SHA-256 of id, version and hash, a line each, as a number."""
    return int.from_bytes(hashlib.sha256(f"{record}\n{version}\n{hash_}".encode()).digest(), "big")


def digest_of(held: Iterable[tuple[str, int, str]]) -> Digest:
    """Return the digest of records given as id, version, hash."""
    count = total = 0
    for record, version, hash_ in held:
        count += 1
        total += leaf_of(record, version, hash_)
    return Digest(count=count, sum=total % _ROUND)


def digest_of_all(families: Iterable[tuple[FamilyId | str, int, str]]) -> str:
    """Return one digest of many families, each as id, count and digest: SHA-256 over sorted lines, in hex."""
    lines = "".join(f"{family}\n{count}\n{digest}\n" for family, count, digest in sorted(families))
    return hashlib.sha256(lines.encode()).hexdigest()


def digest_of_ids(ids: Iterable[str]) -> str:
    """Return the digest of a receipt: SHA-256 over the sorted ids, a line each, in hex."""
    return hashlib.sha256("".join(f"{each}\n" for each in sorted(ids)).encode()).hexdigest()
