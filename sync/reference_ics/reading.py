"""What the service answers to those who read: scopes, feed, records, history. Bodies go out as stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, literal_column, not_, or_, select

from sync.protocol import FeedItemMessage, FeedReply, ScopeMessage, ScopesReply, WorkerMessage
from sync.reference_ics.cursors import Cursor, CursorRefused, opened, sealed
from sync.reference_ics.database import Database, checkpoint
from sync.reference_ics.digests import Books, Poll
from sync.reference_ics.grants import Said, bring_up, reader_of, said_to
from sync.reference_ics.problems import ProblemRaised
from sync.reference_ics.settings import Settings
from sync.reference_ics.tables import PUBLIC, entry, revision, standing, worker
from sync.reference_ics.visibility import Reader
from workbook_desktop.domain.digests import digest_of_all

GONE = ("moved_out", "tombstone", "erased")  # entries of what left a family; `about` names the record


def worker_named(connection: Connection, id_: str) -> WorkerMessage | None:
    """Return a worker of this authority, or None."""
    row = connection.execute(select(worker).where(worker.c.id == id_)).one_or_none()
    return None if row is None else WorkerMessage(**row._mapping)


def scopes(database: Database, settings: Settings, worker_id: str, books: Books | None = None) -> ScopesReply:
    """Return the families this worker has an involvement in today, and the workers who may be named."""
    bring_up(database, settings, worker_id)
    with database.reading() as connection:
        who = reader_of(connection, settings, worker_id)
        listed = _listed(connection, database.identity.epoch, who, books)
        return ScopesReply(
            scopes=listed,
            workers=[
                WorkerMessage(**row._mapping)
                for row in connection.execute(select(worker).order_by(worker.c.id))
            ],
            as_of_seq=checkpoint(connection),
            epoch=database.identity.epoch,
            digest=digest_of_all((each.id, each.count, each.digest or "") for each in listed),
        )


def _listed(connection: Connection, epoch: str, who: Reader, books: Books | None) -> list[ScopeMessage]:
    scopes_ = who.scopes
    digests = (Books() if books is None else books).digests(connection, epoch, who, scopes_)
    return [ScopeMessage(id=each, count=digests[each].count, digest=digests[each].text) for each in scopes_]


def feed(
    database: Database,
    settings: Settings,
    worker_id: str,
    *,
    cursor: str | None,
    limit: int,
    besides: Sequence[tuple[int, int]] = (),
    books: Books | None = None,
) -> FeedReply:
    """Return the next page of what this worker may see, but for what stands under numbers from one to another
    in `besides`: the caller made it and holds it.

    Raises:
        ProblemRaised: the cursor cannot be read on from.
    """
    at_rest = _nothing_new(database, settings, worker_id, cursor, books)
    if at_rest is not None:
        return at_rest
    told = bring_up(database, settings, worker_id)
    with database.reading() as connection:
        who = reader_of(connection, settings, worker_id)
        reached = checkpoint(connection)
        place = Cursor(
            authority=database.identity.authority,
            epoch=database.identity.epoch,
            worker=worker_id,
            seq=0,
            began=reached,
        )
        if cursor is not None:
            place = _place(database, cursor, worker_id)
        said = [
            each
            for each in said_to(connection, worker_id, after=place.seq)
            if each.kind == "revoked" or each.seq > place.began
        ]
        items, more = _page(connection, settings, who, said, place.seq, limit, besides)
        digest = None
        if not more:
            listed = _listed(connection, database.identity.epoch, who, books)
            digest = digest_of_all((each.id, each.count, each.digest or "") for each in listed)
            if books is not None and who == told:  # or there is something to say of families yet
                books.remember(Poll(epoch=database.identity.epoch, reached=reached, who=who, digest=digest))
    seq = items[-1].seq if more else max(reached, place.seq)
    return FeedReply(
        items=items,
        next_cursor=sealed(database.identity, msgspec.structs.replace(place, seq=seq)),
        more=more,
        checkpoint_seq=reached,
        epoch=database.identity.epoch,
        server_time=settings.clock.now().isoformat(),
        scopes_digest=digest,
    )


def _place(database: Database, cursor: str, worker_id: str) -> Cursor:
    try:
        return opened(database.identity, cursor, Cursor, worker=worker_id)
    except CursorRefused as error:
        raise ProblemRaised("cursor-expired") from error


def _nothing_new(
    database: Database, settings: Settings, worker_id: str, cursor: str | None, books: Books | None
) -> FeedReply | None:
    """Return the empty page for a worker who has read everything, if nothing was written for them since they
    were last told so: the poll of every quiet minute, in one view of the data, which costs the same for any
    caseload and however much others write."""
    if cursor is None or books is None:
        return None
    with database.reading() as connection:
        reached = checkpoint(connection)
        who = reader_of(connection, settings, worker_id)
        epoch = database.identity.epoch
        place = _place(database, cursor, worker_id)
        known = books.last_poll(epoch, reached, who)
        if known is None or place.seq < known.reached:
            return None
        if known.reached < reached:
            if _is_written_for(connection, who, known.reached):
                return None
            known = replace(known, reached=reached)
            books.remember(known)
    if place.seq < reached:
        cursor = sealed(database.identity, msgspec.structs.replace(place, seq=reached))
    return FeedReply(
        items=[],
        next_cursor=cursor,
        more=False,
        checkpoint_seq=reached,
        epoch=epoch,
        server_time=settings.clock.now().isoformat(),
        scopes_digest=known.digest,
    )


def _is_written_for(connection: Connection, who: Reader, after: int) -> bool:
    """Say whether anything of a worker's families was written after a number, or anything said of them."""
    of_theirs = select(entry.c.seq).where(entry.c.scope.in_([PUBLIC, *who.scopes]), entry.c.seq > after)
    of_them = select(standing.c.seq).where(standing.c.worker == who.worker, standing.c.seq > after)
    return bool(connection.execute(select(or_(of_theirs.exists(), of_them.exists()))).scalar_one())


def _page(
    connection: Connection,
    settings: Settings,
    who: Reader,
    said: list[Said],
    after: int,
    limit: int,
    besides: Sequence[tuple[int, int]],
) -> tuple[list[FeedItemMessage], bool]:
    """Return a page of the feed: what changed, and between it what was said of families gained and lost."""
    limit = min(limit, settings.limits.page_items)
    held = (entry.c.seq.between(first, last) for first, last in besides if last > after)
    where = and_(entry.c.scope.in_([PUBLIC, *who.scopes]), *(not_(each) for each in held))
    items, more = items_of(connection, who, where, after, limit, settings.limits.page_bytes)
    if not said:
        return items, more
    last = items[-1].seq if more else None
    items += [each.item for each in said if last is None or each.seq < last]
    items.sort(key=lambda each: each.seq)
    return items[:limit], more or len(items) > limit


def items_of(
    connection: Connection, who: Reader, where: Any, after: int, limit: int, room: int
) -> tuple[list[FeedItemMessage], bool]:
    """Return the entries after a number that this worker may see, up to a limit and so many bytes of bodies;
    and whether there are more."""
    # The page is chosen from the narrow rows first; only then are the bodies fetched.
    chosen = (
        select(
            entry.c.seq,
            entry.c.kind,
            entry.c.id,
            entry.c.version,
            entry.c.scope,
            entry.c.about,
            entry.c.limits,
        )
        .where(where, entry.c.seq > after, entry.c.seq.not_in(_hidden(connection, who, after)))
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
    for seq, kind, id_, version, scope, about, limits, body in rows:
        if limits:
            body = who.body(body, scope, [limits]) if kind == "record" else body
        room -= len(body)
        if len(items) == limit or (items and room < 0):
            rows.close()
            return items, True
        items.append(
            FeedItemMessage(
                seq=seq,
                kind=kind,
                id=about if kind in GONE else id_,
                version=version,
                scope_id=scope or None,
                body=msgspec.Raw(body),
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
        who = reader_of(connection, settings, worker_id)
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
    """Return every revision of a record, oldest first, every conflict there ever was on it, and the versions
    that a restore lost and that came back after it had gone on without them.

    Raises:
        ProblemRaised: there is none, or none that this worker may know of.
    """
    with database.reading() as connection:
        who = reader_of(connection, settings, worker_id)
        scope = _visible(connection, who, record_id).scope
        revisions = connection.execute(
            select(revision.c.limits, revision.c.body)
            .where(revision.c.kind == "record", revision.c.id == record_id)
            .order_by(revision.c.version)
        ).all()
        former = connection.execute(
            select(revision.c.limits, revision.c.body)
            .where(revision.c.kind == "former", revision.c.id.startswith(f"{record_id}|", autoescape=True))
            .order_by(revision.c.received_at, revision.c.version)
        ).all()
        notes = {limits for limits, _ in (*revisions, *former)}
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
            "former": [msgspec.Raw(body) for limits, body in former if who.may_see(limits, scope)],
        }


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
    if found is None:
        gone = connection.execute(
            select(entry.c.scope, entry.c.limits).where(entry.c.kind == "erased", entry.c.id == record_id)
        ).one_or_none()
        if gone is not None and who.may_see(gone.limits, gone.scope):
            raise ProblemRaised("erased")
    if found is None or not who.may_see(found.limits, found.scope):
        raise ProblemRaised("record-unknown")
    return found
