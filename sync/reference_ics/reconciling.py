"""After a restore: what of that which a device holds is here no more, and how far its history is ours too."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, and_, func, or_, select

from sync.protocol import ManifestItem, ReconcileItem, RecordMessage
from sync.reference_ics.database import Database
from sync.reference_ics.grants import bring_up, reader_of
from sync.reference_ics.leaving import gone_for_good
from sync.reference_ics.settings import Settings
from sync.reference_ics.tables import entry, epoch, revision
from sync.reference_ics.visibility import Reader

_RECORD = msgspec.json.Decoder(RecordMessage)


def reconcile(
    database: Database,
    settings: Settings,
    worker: str,
    told: str,
    held: Sequence[ManifestItem],
    earlier: Sequence[ManifestItem] = (),
) -> tuple[list[ReconcileItem], list[ManifestItem]]:
    """Return what differs of the records a device holds, and which versions are here no more.

    What differs is neither here as the device has it, nor did what is here grow out of it. A record that this
    worker may not see is unknown, as it is everywhere else: what comes of it by push is decided there.

    Args:
        told: the epoch the device knew.
        held: the newest version it has of each record.
        earlier: other versions of these that it remembers.
    """
    bring_up(database, settings, worker)
    with database.reading() as connection:
        who = reader_of(connection, settings, worker)
        until = common_until(connection, database.identity.epoch, told)
        gone = gone_for_good(connection, [each.id for each in (*held, *earlier)])
        remembered: dict[str, list[ManifestItem]] = {}
        for each in earlier:
            remembered.setdefault(each.id, []).append(each)
        found = [_compared(connection, who, each, until, remembered.get(each.id, ())) for each in held]
        wanted = [
            each for each in (*held, *earlier) if each.id not in gone and not _is_here(connection, who, each)
        ]
    return [each for each in found if each is not None], wanted


def common_until(connection: Connection, now: str, told: str) -> str:
    """Return the moment up to which whatever was received here is also in the history that a device knows
    which was told this epoch; "" if there is no saying.

    The epoch ended when the next one began. A device of the present epoch has surely what was here when it
    began. An epoch that is not known here was begun on another copy of the data.
    """
    epochs = connection.execute(select(epoch.c.id, epoch.c.began_at).order_by(epoch.c.began_at)).all()
    at = next((number for number, each in enumerate(epochs) if each.id == told), None)
    if at is None:
        return ""
    following = epochs[at + 1 :]
    return str(following[0].began_at if following and told != now else epochs[at].began_at)


def newest_common(connection: Connection, record: str, until: str) -> int:
    """Return the newest version of a record from the common history; 0 if there is none."""
    asked = select(func.max(revision.c.version)).where(
        revision.c.kind == "record", revision.c.id == record, revision.c.received_at < until
    )
    return int(connection.execute(asked).scalar() or 0)


def _compared(
    connection: Connection, who: Reader, held: ManifestItem, until: str, earlier: Sequence[ManifestItem]
) -> ReconcileItem | None:
    same = and_(
        revision.c.kind == entry.c.kind, revision.c.id == entry.c.id, revision.c.version == entry.c.version
    )
    newest = connection.execute(
        select(entry.c.version, entry.c.scope, entry.c.limits, revision.c.body)
        .join_from(entry, revision, same)
        .where(entry.c.kind == "record", entry.c.id == held.id)
    ).one_or_none()
    if newest is None or not who.may_see(newest.limits, newest.scope):
        return ReconcileItem(id=held.id, status="unknown")
    there = _hash_at(connection, who, held, newest.scope)
    if there == held.hash or (there is None and held.version < newest_common(connection, held.id, until)):
        return None
    head = _RECORD.decode(who.body(bytes(newest.body), newest.scope, [newest.limits]))
    return ReconcileItem(
        id=held.id,
        status="behind" if held.version > newest.version else "differs",
        head=head,
        base=_grew_out_of(connection, who, held, newest.scope, until, earlier),
    )


def _hash_at(connection: Connection, who: Reader, held: ManifestItem, scope: str) -> str | None:
    """Return the hash of a version as this worker is sent it; None if it is not here."""
    at = and_(revision.c.kind == "record", revision.c.id == held.id, revision.c.version == held.version)
    found = connection.execute(select(revision.c.body, revision.c.limits).where(at)).one_or_none()
    return None if found is None else _RECORD.decode(who.body(bytes(found.body), scope, [found.limits])).hash


def _is_here(connection: Connection, who: Reader, held: ManifestItem) -> bool:
    """Say whether a version is here, in the history or beside it. Of a record that this worker may not see
    the answer is no: it tells nothing."""
    found = connection.execute(
        select(entry.c.scope, entry.c.limits).where(entry.c.kind == "record", entry.c.id == held.id)
    ).one_or_none()
    if found is None or not who.may_see(found.limits, found.scope):
        return False
    if _hash_at(connection, who, held, found.scope) == held.hash:
        return True
    beside = select(revision.c.body).where(
        revision.c.kind == "former",
        revision.c.id.startswith(f"{held.id}|", autoescape=True),
        revision.c.version == held.version,
    )
    return any(_RECORD.decode(body).hash == held.hash for (body,) in connection.execute(beside))


def _grew_out_of(
    connection: Connection,
    who: Reader,
    held: ManifestItem,
    scope: str,
    until: str,
    earlier: Sequence[ManifestItem],
) -> RecordMessage | None:
    """Return the newest version here that what the device holds grew out of.

    That is one from the common history; or, also where no epoch tells how far that goes, one that was taken
    from this device: whatever came since, it offered what it held until all of it was answered for.
    """
    taken = max(
        (
            each.version
            for each in earlier
            if each.version <= held.version and _hash_at(connection, who, each, scope) == each.hash
        ),
        default=0,
    )
    found = connection.execute(
        select(revision.c.version, revision.c.body, revision.c.limits)
        .where(
            revision.c.kind == "record",
            revision.c.id == held.id,
            revision.c.version <= held.version,
            or_(revision.c.received_at < until, revision.c.version == taken),
        )
        .order_by(revision.c.version.desc())
        .limit(1)
    ).one_or_none()
    if found is None or not who.may_see(found.limits, scope):
        return None
    base = _RECORD.decode(who.body(bytes(found.body), scope, [found.limits]))
    # The same version with another content: these two histories never were one.
    return base if base.version < held.version or base.hash == held.hash else None
