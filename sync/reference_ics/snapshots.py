"""A family as it is: read whole when it was gained, listed for repair, fetched record by record."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, and_, or_

from sync.protocol import FeedItemMessage, ManifestItem, ManifestReply, SnapshotReply
from sync.reference_ics.cursors import CursorRefused, Page, mark, opened, sealed
from sync.reference_ics.database import Database, checkpoint
from sync.reference_ics.digests import Books
from sync.reference_ics.grants import bring_up, reader_of
from sync.reference_ics.problems import ProblemRaised
from sync.reference_ics.reading import items_of
from sync.reference_ics.settings import Settings
from sync.reference_ics.tables import entry
from sync.reference_ics.visibility import Reader
from workbook_desktop.domain.digests import digest_of

_SERVED = ("record", "conflict")


def snapshot(
    database: Database, settings: Settings, worker: str, scope: str, *, page: str | None, limit: int
) -> SnapshotReply:
    """Return a page of a family as it was when the first page was asked for, in the order of the feed.

    What has changed since has a later number: it is left out here and comes by the feed.

    Raises:
        ProblemRaised: the family is not this worker's (any more), or the page cannot be read on from.
    """
    with database.reading() as connection:
        who = _let_in(connection, settings, worker, scope)
        held = mark(who.standing(scope))
        identity = database.identity
        place = Page(
            authority=identity.authority,
            epoch=identity.epoch,
            worker=worker,
            scope=scope,
            standing=held,
            as_of=checkpoint(connection),
            seq=0,
        )
        if page is not None:
            try:
                place = opened(identity, page, Page, worker=worker)
            except CursorRefused as error:
                raise ProblemRaised("page-expired") from error
            if (place.scope, place.standing) != (scope, held):
                raise ProblemRaised("page-expired")
        where = and_(entry.c.scope == scope, entry.c.kind.in_(_SERVED), entry.c.seq <= place.as_of)
        most = min(limit, settings.limits.page_items)
        items, more = items_of(connection, who, where, place.seq, most, settings.limits.page_bytes)
    next_page = None
    if more:
        next_page = sealed(
            identity,
            Page(
                authority=place.authority,
                epoch=place.epoch,
                worker=worker,
                scope=scope,
                standing=held,
                as_of=place.as_of,
                seq=items[-1].seq,
            ),
        )
    return SnapshotReply(
        scope_id=scope, items=items, next_page=next_page, as_of_seq=place.as_of, epoch=identity.epoch
    )


def manifest(database: Database, settings: Settings, worker: str, scope: str, books: Books) -> ManifestReply:
    """Return id, version and hash of every record of a family that a worker may see.

    Raises:
        ProblemRaised: the family is not this worker's.
    """
    bring_up(database, settings, worker)
    with database.reading() as connection:
        who = _let_in(connection, settings, worker, scope)
        listed = books.manifest(connection, database.identity.epoch, who, scope)
        digest = digest_of(listed)
        return ManifestReply(
            scope_id=scope,
            items=[ManifestItem(id=id_, version=version, hash=hash_) for id_, version, hash_ in listed],
            count=digest.count,
            digest=digest.text,
            as_of_seq=checkpoint(connection),
            epoch=database.identity.epoch,
        )


def fetch(
    database: Database, settings: Settings, worker: str, scope: str, ids: Iterable[str]
) -> SnapshotReply:
    """Return these records of a family with their conflicts; what the worker may not see is left out.

    Raises:
        ProblemRaised: the family is not this worker's, or that was too many.
    """
    wanted = sorted(set(ids))
    if len(wanted) > settings.limits.page_items:
        raise ProblemRaised("payload-too-large", f"{settings.limits.page_items} records at once")
    with database.reading() as connection:
        who = _let_in(connection, settings, worker, scope)
        where = and_(
            entry.c.scope == scope,
            or_(
                and_(entry.c.kind == "record", entry.c.id.in_(wanted)),
                and_(entry.c.kind == "conflict", entry.c.about.in_(wanted)),
            ),
        )
        items: list[FeedItemMessage] = []
        more, after = True, 0
        while more:
            found, more = items_of(
                connection, who, where, after, settings.limits.page_items, settings.limits.page_bytes
            )
            items += found
            after = found[-1].seq if found else after
        return SnapshotReply(
            scope_id=scope,
            items=items,
            next_page=None,
            as_of_seq=checkpoint(connection),
            epoch=database.identity.epoch,
        )


def _let_in(connection: Connection, settings: Settings, worker: str, scope: str) -> Reader:
    who = reader_of(connection, settings, worker)
    if scope not in who.people:
        raise ProblemRaised("scope-forbidden")
    return who
