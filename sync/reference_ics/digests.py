"""What a family's records add up to for a worker, kept up from the feed's own numbers.

A book of each family in use says which records it has, at which version and hash. It is brought up to a view
of the data by reading what changed since, so that a poll that finds nothing reads nothing, however large the
caseload. Nothing of it is on the disk: whoever writes needs not know of it.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, LargeBinary, and_, func, select

from sync.reference_ics.database import checkpoint
from sync.reference_ics.tables import entry, revision
from sync.reference_ics.visibility import EVERYONE, Reader
from workbook_desktop.domain.digests import Digest, leaf_of

MOST_BOOKS = 5_000  # families; a book of sixty records takes some 15 KB
_GONE = ("moved_out", "tombstone", "erased")


class _Hashed(msgspec.Struct):
    hash: str


_HASH = msgspec.json.Decoder(_Hashed)


# Hash and what stands before it, none of which can hold a quotation mark. To read whole bodies for it took a
# service that was just started ten seconds for 60,000 records.
_BEGINNING = 400  # bytes
_HASH_AT_ONCE = re.compile(
    rb'\{"id":"[^"]*","type":"[a-z]*","scope_id":"[^"]*","version":[0-9]+,"hash":"([0-9a-f]{64})"'
)


class Line(NamedTuple):
    """One record in a book."""

    version: int
    hash: str
    limits: str


@dataclass(slots=True)
class _Book:
    as_of: int = 0
    lines: dict[str, Line] = field(default_factory=dict)
    limited: set[str] = field(default_factory=set)  # those for whom a closer look decides
    open: Digest = field(default_factory=Digest)  # of all others
    seen_by: dict[str, tuple[int, Digest]] = field(default_factory=dict)  # by standing: as of, digest

    def put(self, record: str, line: Line | None) -> None:
        before = self.lines.pop(record, None)
        if before is not None and before.limits == EVERYONE:
            self.open = self.open.minus(leaf_of(record, before.version, before.hash))
        self.limited.discard(record)
        if line is None:
            return
        self.lines[record] = line
        if line.limits == EVERYONE:
            self.open = self.open.plus(leaf_of(record, line.version, line.hash))
        else:
            self.limited.add(record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What a worker who stands like this was answered at this point of the feed."""

    epoch: str
    reached: int
    who: Reader
    digest: str


class Books:
    """The books of one database, shared by all calls."""

    def __init__(self) -> None:
        self._books: OrderedDict[str, _Book] = OrderedDict()
        self._epoch, self._reached = "", 0
        self._polls: dict[str, Poll] = {}
        self._lock = threading.Lock()

    def last_poll(self, epoch: str, reached: int, who: Reader) -> Poll | None:
        """Return what a worker was answered last, if they stand as before: what was written since decides
        whether the answer is the same, however many families it is about."""
        known = self._polls.get(who.worker)
        if known is None or known.epoch != epoch or known.reached > reached or known.who != who:
            return None
        return known

    def remember(self, poll: Poll) -> None:
        """Keep what a worker was answered."""
        if len(self._polls) > MOST_BOOKS:
            self._polls.clear()
        self._polls[poll.who.worker] = poll

    def digests(
        self, connection: Connection, epoch: str, who: Reader, scopes: Sequence[str]
    ) -> dict[str, Digest]:
        """Return what each family's records add up to for a worker who may see these families."""
        with self._lock:
            books = self._brought_up(connection, epoch, scopes)
            return {scope: _for(connection, books[scope], who, scope) for scope in scopes}

    def manifest(
        self, connection: Connection, epoch: str, who: Reader, scope: str
    ) -> list[tuple[str, int, str]]:
        """Return id, version and hash of each record that a worker may see, as they would be sent."""
        with self._lock:
            book = self._brought_up(connection, epoch, [scope])[scope]
            plain = [
                (id_, line.version, line.hash) for id_, line in book.lines.items() if line.limits == EVERYONE
            ]
            return sorted([*plain, *_closer(connection, book, who, scope)])

    def _brought_up(self, connection: Connection, epoch: str, scopes: Sequence[str]) -> dict[str, _Book]:
        reached = checkpoint(connection)
        if epoch != self._epoch or reached < self._reached:
            # Restored from a backup: numbers are given anew, to other changes. Or an older view of the data,
            # which is rare and reads for itself.
            self._books.clear()
            self._epoch = epoch
        self._reached = reached
        found: dict[str, _Book] = {}
        for scope in scopes:
            found[scope] = self._books.setdefault(scope, _Book())
            self._books.move_to_end(scope)
        by_age: dict[int, list[str]] = {}
        for scope, book in found.items():
            if book.as_of < reached:
                by_age.setdefault(book.as_of, []).append(scope)
        for as_of, behind in by_age.items():
            for start in range(0, len(behind), 500):
                _read(connection, found, behind[start : start + 500], as_of)
            for scope in behind:
                found[scope].as_of = reached
        while len(self._books) > MOST_BOOKS:
            self._books.popitem(last=False)
        return found


def _read(connection: Connection, books: dict[str, _Book], scopes: list[str], as_of: int) -> None:
    same = and_(
        revision.c.kind == entry.c.kind, revision.c.id == entry.c.id, revision.c.version == entry.c.version
    )
    rows = (
        select(
            entry.c.scope,
            entry.c.kind,
            entry.c.id,
            entry.c.about,
            entry.c.version,
            entry.c.limits,
            func.substr(revision.c.body, 1, _BEGINNING, type_=LargeBinary),
        )
        .join_from(entry, revision, same, isouter=True)
        .where(entry.c.scope.in_(scopes), entry.c.seq > as_of, entry.c.kind.in_(["record", *_GONE]))
        .order_by(entry.c.seq)
    )
    for scope, kind, id_, about, version, limits, beginning in connection.execute(rows):
        if kind == "record":
            found = _HASH_AT_ONCE.match(beginning)
            hash_ = found[1].decode() if found else _hash_of(connection, id_, version)
            books[scope].put(id_, Line(version, hash_, limits))
        else:
            books[scope].put(about, None)


def _hash_of(connection: Connection, record: str, version: int) -> str:
    at = and_(revision.c.kind == "record", revision.c.id == record, revision.c.version == version)
    return _HASH.decode(connection.execute(select(revision.c.body).where(at)).scalar_one()).hash


def _for(connection: Connection, book: _Book, who: Reader, scope: str) -> Digest:
    if not book.limited:
        return book.open
    standing = f"{who.worker}\n{who.standing(scope)}"
    known = book.seen_by.get(standing)
    if known is not None and known[0] == book.as_of:
        return known[1]
    found = book.open
    for record, version, hash_ in _closer(connection, book, who, scope):
        found = found.plus(leaf_of(record, version, hash_))
    if len(book.seen_by) > 64:
        book.seen_by.clear()
    book.seen_by[standing] = (book.as_of, found)
    return found


def _closer(connection: Connection, book: _Book, who: Reader, scope: str) -> Iterable[tuple[str, int, str]]:
    """Yield those limited records that the worker may see, with the hash under which they are sent."""
    for record in sorted(book.limited):
        line = book.lines[record]
        if not who.may_see(line.limits, scope):
            continue
        hash_ = line.hash
        if who.is_redacted(scope, [line.limits]):
            at = and_(
                revision.c.kind == "record",
                revision.c.id == record,
                revision.c.version == line.version,
            )
            body = bytes(connection.execute(select(revision.c.body).where(at)).scalar_one())
            hash_ = _HASH.decode(who.body(body, scope, [line.limits])).hash
        yield record, line.version, hash_
