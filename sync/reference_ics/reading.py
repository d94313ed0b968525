"""What the service answers to those who read: scopes, feed, records, history. Bodies go out as stored."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, and_, func, literal_column, select

from sync.protocol import FeedItemMessage, FeedReply, ScopeMessage, ScopesReply, WorkerMessage
from sync.reference_ics.cursors import CursorRefused, mark, opened, sealed
from sync.reference_ics.database import Database, checkpoint
from sync.reference_ics.problems import ProblemRaised
from sync.reference_ics.settings import Settings
from sync.reference_ics.tables import PUBLIC, entry, revision, worker
from sync.reference_ics.visibility import Reader, reader


def worker_named(connection: Connection, id_: str) -> WorkerMessage | None:
    """Return a worker of this authority, or None."""
    row = connection.execute(select(worker).where(worker.c.id == id_)).one_or_none()
    return None if row is None else WorkerMessage(**row._mapping)


def scopes(database: Database, settings: Settings, worker_id: str) -> ScopesReply:
    """Return the families this worker has an involvement in today, and the workers who may be named."""
    with database.reading() as connection:
        who = _reader(connection, settings, worker_id)
        counted = (
            select(entry.c.scope, func.count())
            .where(
                entry.c.kind == "record",
                entry.c.scope.in_(who.scopes),
                entry.c.seq.not_in(_hidden(connection, who, 0)),
            )
            .group_by(entry.c.scope)
        )
        counts: dict[str, int] = dict(connection.execute(counted).all())
        return ScopesReply(
            scopes=[ScopeMessage(id=each, count=counts.get(each, 0)) for each in who.scopes],
            workers=[
                WorkerMessage(**row._mapping)
                for row in connection.execute(select(worker).order_by(worker.c.id))
            ],
            as_of_seq=checkpoint(connection),
            epoch=database.identity.epoch,
        )


def feed(
    database: Database, settings: Settings, worker_id: str, *, cursor: str | None, limit: int
) -> FeedReply:
    """Return the next page of what this worker may see.

    Raises:
        ProblemRaised: the cursor cannot be read on from.
    """
    with database.reading() as connection:
        who = _reader(connection, settings, worker_id)
        visible = [who.standing(scope) for scope in who.scopes]
        after, marks = 0, {mark(each) for each in visible}
        if cursor is not None:
            try:
                after, marks = opened(database.identity, cursor, worker=worker_id, visible=visible)
            except CursorRefused as error:
                raise ProblemRaised("cursor-expired") from error
        items, more = _page(connection, settings, who, after, limit)
        reached = checkpoint(connection)
    return FeedReply(
        items=items,
        next_cursor=sealed(
            database.identity,
            worker=worker_id,
            seq=items[-1].seq if more else max(reached, after),
            marks=marks,
        ),
        more=more,
        checkpoint_seq=reached,
        epoch=database.identity.epoch,
        server_time=settings.clock.now().isoformat(),
    )


def _page(
    connection: Connection, settings: Settings, who: Reader, after: int, limit: int
) -> tuple[list[FeedItemMessage], bool]:
    limit = min(limit, settings.limits.page_items)
    # The page is chosen from the narrow rows first; only then are the bodies fetched.
    chosen = (
        select(entry.c.seq, entry.c.kind, entry.c.id, entry.c.version, entry.c.scope, entry.c.limits)
        .where(
            entry.c.scope.in_([PUBLIC, *who.scopes]),
            entry.c.seq > after,
            entry.c.seq.not_in(_hidden(connection, who, after)),
        )
        .order_by(entry.c.seq)
        .limit(limit + 1)
        .subquery()
    )
    same = and_(
        revision.c.kind == chosen.c.kind,
        revision.c.id == chosen.c.id,
        revision.c.version == chosen.c.version,
    )
    rows = connection.execute(
        select(chosen, revision.c.body).join_from(chosen, revision, same).order_by(chosen.c.seq)
    )
    items: list[FeedItemMessage] = []
    room = settings.limits.page_bytes
    for seq, kind, id_, version, scope, limits, body in rows:
        if limits:
            body = who.body(body, scope, [limits])
        room -= len(body)
        if len(items) == limit or (items and room < 0):
            rows.close()
            return items, True
        items.append(
            FeedItemMessage(
                seq=seq, kind=kind, id=id_, version=version, scope_id=scope or None, body=msgspec.Raw(body)
            )
        )
    return items, False


def record(
    database: Database, settings: Settings, worker_id: str, record_id: str, version: int | None
) -> bytes:
    """Return a record at its newest, or at a version.

    Raises:
        ProblemRaised: there is none, or none that this worker may know of.
    """
    with database.reading() as connection:
        who = _reader(connection, settings, worker_id)
        newest = _visible(connection, who, record_id)
        of_it = (revision.c.kind == "record") & (revision.c.id == record_id)
        wanted = newest.version if version is None else version
        found = connection.execute(
            select(revision.c.limits, revision.c.body).where(of_it, revision.c.version == wanted)
        ).one_or_none()
        if found is None or not who.may_see(found.limits, newest.scope):
            raise ProblemRaised("record-unknown")
        notes = [newest.limits]
        if wanted != newest.version:
            notes += connection.execute(select(revision.c.limits).where(of_it).distinct()).scalars()
        return who.body(found.body, newest.scope, notes)


def history(database: Database, settings: Settings, worker_id: str, record_id: str) -> dict[str, Any]:
    """Return every revision of a record, oldest first, and every conflict there ever was on it.

    Raises:
        ProblemRaised: there is none, or none that this worker may know of.
    """
    with database.reading() as connection:
        who = _reader(connection, settings, worker_id)
        scope = _visible(connection, who, record_id).scope
        revisions = connection.execute(
            select(revision.c.limits, revision.c.body)
            .where(revision.c.kind == "record", revision.c.id == record_id)
            .order_by(revision.c.version)
        ).all()
        notes = {limits for limits, _ in revisions}
        same = and_(
            revision.c.kind == entry.c.kind,
            revision.c.id == entry.c.id,
            revision.c.version == entry.c.version,
        )
        conflicts = connection.execute(
            select(entry.c.limits, revision.c.body)
            .join_from(entry, revision, same)
            .where(entry.c.kind == "conflict", entry.c.about == record_id)
            .order_by(entry.c.seq)
        )
        return {
            "revisions": [
                msgspec.Raw(who.body(body, scope, notes))
                for limits, body in revisions
                if who.may_see(limits, scope)
            ],
            "conflicts": [msgspec.Raw(body) for limits, body in conflicts if who.may_see(limits, scope)],
        }


def _reader(connection: Connection, settings: Settings, worker_id: str) -> Reader:
    return reader(connection, worker_id, settings.clock.today(), own_agencies=settings.own_agencies)


def _hidden(connection: Connection, who: Reader, after: int) -> list[int]:
    """Return the feed numbers, in the worker's own families, of what this worker must not know of."""
    limited = select(entry.c.seq, entry.c.scope, entry.c.limits).where(
        entry.c.scope.in_(who.scopes),
        entry.c.seq > after,
        entry.c.limits != literal_column("''"),  # spelt out, so that the index of just these is used
    )
    return [seq for seq, scope, limits in connection.execute(limited) if not who.may_see(limits, scope)]


def _visible(connection: Connection, who: Reader, record_id: str) -> Any:
    """Return a record's newest version, scope and limits; one withheld is answered as one that never was."""
    found = connection.execute(
        select(entry.c.version, entry.c.scope, entry.c.limits).where(
            entry.c.kind == "record", entry.c.id == record_id
        )
    ).one_or_none()
    if found is None or not who.may_see(found.limits, found.scope):
        raise ProblemRaised("record-unknown")
    return found
