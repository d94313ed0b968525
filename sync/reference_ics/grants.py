"""Families gained and lost: what is said of it in the feed.

Who may see a family is worked out from the involvements whenever somebody asks. `standing` only remembers
what a worker was last told, so that a change is told once, at a place of its own in the feed, and read again
by every device of that worker.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from sync.protocol import FeedItemMessage, LeavingMessage
from sync.reference_ics.cursors import mark
from sync.reference_ics.database import Database, Numbers
from sync.reference_ics.settings import Settings
from sync.reference_ics.tables import involvement, standing
from sync.reference_ics.visibility import Reader, reader

ENDED = "involvement-ended"
HANDOVER_DAYS = 3  # how long a device may keep what it has while its work is handed in


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a worker was last told about a family."""

    scope: str
    seq: int
    kind: str
    mark: str
    job: str
    reason: str
    mode: str
    deadline: str | None
    at: str

    @property
    def item(self) -> FeedItemMessage:
        """The item of the feed that says it."""
        if self.kind == "added":
            return FeedItemMessage(
                seq=self.seq, kind="scope_added", id=self.scope, version=1, scope_id=self.scope
            )
        leaving = LeavingMessage(job_id=self.job, reason=self.reason, mode=self.mode, deadline=self.deadline)
        return FeedItemMessage(
            seq=self.seq,
            kind="scope_revoked",
            id=self.scope,
            version=1,
            scope_id=self.scope,
            body=msgspec.Raw(msgspec.json.encode(leaving)),
        )


# Asked at every call: put together once.
_SAID = select(
    standing.c.scope,
    standing.c.seq,
    standing.c.kind,
    standing.c.mark,
    standing.c.job,
    standing.c.reason,
    standing.c.mode,
    standing.c.deadline,
    standing.c.at,
).where(standing.c.worker == bindparam("worker"), standing.c.seq > bindparam("after"))


def said_to(connection: Connection, worker: str, after: int = 0) -> list[Said]:
    """Return what a worker was told, after a number, of every family that is or was theirs, in the order of
    the feed."""
    rows = connection.execute(_SAID, {"worker": worker, "after": after})
    return sorted((Said(**row._mapping) for row in rows), key=lambda each: each.seq)


def reader_of(connection: Connection, settings: Settings, worker: str) -> Reader:
    """Return a worker as the rules look at them today."""
    return reader(connection, worker, settings.clock.today(), own_agencies=settings.own_agencies)


def bring_up(database: Database, settings: Settings, worker: str) -> Reader:
    """Note what has changed in what a worker may see since they were last told; most often nothing has.
    Returns the worker as they stand, with nothing left to say."""
    with database.reading() as connection:
        who = reader_of(connection, settings, worker)
        if not _changes(who, said_to(connection, worker)):
            return who
    with database.writing() as (connection, numbers):
        who = reader_of(connection, settings, worker)
        now = settings.clock.now()
        for scope, kind, held in _changes(who, said_to(connection, worker)):
            deadline = now + timedelta(days=HANDOVER_DAYS)
            row = {
                "seq": numbers.next(),
                "kind": kind,
                "mark": held,
                "job": settings.new_id(),
                "reason": ENDED if kind == "revoked" else "",
                "mode": "handover",
                "deadline": deadline.isoformat() if kind == "revoked" else None,
                "at": now.isoformat(),
            }
            _put(connection, worker, scope, row)
        return who


def withdraw(
    database: Database, settings: Settings, worker: str, scope: str, *, reason: str, immediate: bool
) -> bool:
    """End a worker's involvement with a family now, and say so; False if there was none.

    `immediate` leaves no time for handing over: for a worker who must not see the family any more.
    """
    today, now = settings.clock.today(), settings.clock.now()
    bring_up(database, settings, worker)
    with database.writing() as (connection, numbers):
        if scope not in reader_of(connection, settings, worker).people:
            return False
        mine = and_(involvement.c.worker == worker, involvement.c.family == scope)
        connection.execute(delete(involvement).where(mine, involvement.c.start >= today))
        connection.execute(update(involvement).where(mine).values(end=today))
        deadline = now if immediate else now + timedelta(days=HANDOVER_DAYS)
        row = {
            "seq": numbers.next(),
            "kind": "revoked",
            "mark": "",
            "job": settings.new_id(),
            "reason": reason[:60],
            "mode": "immediate" if immediate else "handover",
            "deadline": deadline.isoformat(),
            "at": now.isoformat(),
        }
        _put(connection, worker, scope, row)
    return True


def ended_by_a_restore(
    connection: Connection, numbers: Numbers, settings: Settings, who: Reader, scopes: Iterable[str]
) -> None:
    """Say of families that a worker's device holds, as it has shown, that they are not this worker's: that
    they were once is not known here any more, so nothing else would ever say so."""
    told = {each.scope for each in said_to(connection, who.worker)}
    now = settings.clock.now()
    for scope in sorted({*scopes} - told - {*who.people}):
        row = {
            "seq": numbers.next(),
            "kind": "revoked",
            "mark": "",
            "job": settings.new_id(),
            "reason": ENDED,
            "mode": "handover",
            "deadline": (now + timedelta(days=HANDOVER_DAYS)).isoformat(),
            "at": now.isoformat(),
        }
        _put(connection, who.worker, scope, row)


def _changes(who: Reader, told: list[Said]) -> list[tuple[str, str, str]]:
    """Return scope, kind and mark of what is to be said."""
    known = {each.scope: each for each in told}
    found = []
    for scope in who.scopes:
        held = mark(who.standing(scope))
        before = known.get(scope)
        if before is None or before.kind != "added" or before.mark != held:
            found.append((scope, "added", held))
    found += [
        (each.scope, "revoked", "") for each in told if each.kind == "added" and each.scope not in who.people
    ]
    return found


def _put(connection: Connection, worker: str, scope: str, row: dict[str, object]) -> None:
    at = and_(standing.c.worker == worker, standing.c.scope == scope)
    if connection.execute(update(standing).where(at).values(row)).rowcount == 0:
        connection.execute(insert(standing), {"worker": worker, "scope": scope, **row})
