"""What happens to a conflict beside its being settled: somebody takes it on, or it has waited too long.

Neither decides anything. Who has not claimed a conflict may settle it all the same; an escalated one is an
open one that the team manager should hear of.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, and_, insert, select, update

from sync.protocol import ConflictMessage
from sync.reference_ics.database import Database, Numbers
from sync.reference_ics.problems import ProblemRaised
from sync.reference_ics.settings import Settings
from sync.reference_ics.tables import entry, revision
from sync.reference_ics.visibility import reader

_CONFLICT = msgspec.json.Decoder(ConflictMessage)
_SAME = and_(
    revision.c.kind == entry.c.kind, revision.c.id == entry.c.id, revision.c.version == entry.c.version
)


def claim(database: Database, settings: Settings, worker: str, id_: str, *, let_go: bool = False) -> bytes:
    """Note that a worker is looking at a conflict, or no longer is; return the conflict as it is then.

    One that a colleague has claimed passes to the worker: claims keep two people from doing the same work,
    they are no locks, and a colleague may be on leave.

    Raises:
        ProblemRaised: it is not there, not for this worker, or not open.
    """
    with database.writing() as (connection, numbers):
        who = reader(connection, worker, settings.clock.today(), own_agencies=settings.own_agencies)
        found = connection.execute(
            select(
                entry.c.version,
                entry.c.scope,
                entry.c.limits,
                revision.c.limits.label("own"),
                revision.c.body,
            )
            .join_from(entry, revision, _SAME)
            .where(entry.c.kind == "conflict", entry.c.id == id_)
        ).one_or_none()
        if found is None or not who.may_see(found.limits, found.scope):
            raise ProblemRaised("conflict-unknown")
        conflict = _CONFLICT.decode(found.body)
        if conflict.state != "open":
            raise ProblemRaised("illegal-transition", "it is settled")
        now = settings.clock.now().isoformat()
        if let_go:
            if conflict.claimed_by != worker:
                return bytes(found.body)
            after = msgspec.structs.replace(conflict, claimed_by=None, claimed_at=None)
        elif conflict.claimed_by == worker:
            return bytes(found.body)
        else:
            after = msgspec.structs.replace(conflict, claimed_by=worker, claimed_at=now)
        return _revised(connection, numbers, after, found.version + 1, author=worker, at=now, own=found.own)


def escalate_due(database: Database, settings: Settings) -> int:
    """Mark the conflicts that have been open for longer than the authority lets them; return how many."""
    now = settings.clock.now()
    before = now - timedelta(days=settings.escalate_after_days)
    if not any(_waiting(database, before)):
        return 0
    with database.writing() as (connection, numbers):
        due = _open_since(connection, before)
        for version, own, conflict in due:
            after = msgspec.structs.replace(conflict, escalated_at=now.isoformat())
            _revised(connection, numbers, after, version + 1, author=None, at=now.isoformat(), own=own)
    return len(due)


def _waiting(database: Database, before: datetime) -> list[str]:
    with database.reading() as connection:
        return [conflict.id for _, _, conflict in _open_since(connection, before)]


def _open_since(connection: Connection, before: datetime) -> list[tuple[int, str, ConflictMessage]]:
    """Return version, limits and message of the conflicts open and not escalated, older than a moment."""
    rows = connection.execute(
        select(entry.c.version, revision.c.limits, revision.c.body)
        .join_from(entry, revision, _SAME)
        .where(entry.c.kind == "conflict")
    )
    found = ((version, own, _CONFLICT.decode(body)) for version, own, body in rows)
    return [
        each
        for each in found
        if each[2].state == "open"
        and each[2].escalated_at is None
        and datetime.fromisoformat(each[2].mine_at) < before
    ]


def _revised(
    connection: Connection,
    numbers: Numbers,
    conflict: ConflictMessage,
    version: int,
    *,
    author: str | None,
    at: str,
    own: str,
) -> bytes:
    body = msgspec.json.encode(conflict)
    connection.execute(
        insert(revision),
        {
            "kind": "conflict",
            "id": conflict.id,
            "version": version,
            "op": None,
            "author": author,
            "received_at": at,
            "edited_from": at,
            "edited_to": at,
            "limits": own,
            "body": body,
        },
    )
    at_entry = and_(entry.c.kind == "conflict", entry.c.id == conflict.id)
    connection.execute(update(entry).where(at_entry).values(seq=numbers.next(), version=version))
    return body
