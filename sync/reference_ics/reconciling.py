"""After a restore: which of what a device holds is here no more."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, and_, select

from sync.protocol import ManifestItem, ReconcileItem, RecordMessage
from sync.reference_ics.database import Database
from sync.reference_ics.grants import bring_up, reader_of
from sync.reference_ics.settings import Settings
from sync.reference_ics.tables import entry, epoch, revision
from sync.reference_ics.visibility import Reader

_RECORD = msgspec.json.Decoder(RecordMessage)


def reconcile(
    database: Database, settings: Settings, worker: str, held: Sequence[ManifestItem]
) -> list[ReconcileItem]:
    """Return what differs of the records a device holds; what is not named is here as the device has it.

    A record that this worker may not see is unknown, as it is everywhere else: what comes of it by push is
    decided there.
    """
    bring_up(database, settings, worker)
    with database.reading() as connection:
        who = reader_of(connection, settings, worker)
        began = _began(connection, database)
        found = [_compared(connection, who, each, began) for each in held]
    return [each for each in found if each is not None]


def _began(connection: Connection, database: Database) -> str:
    """Return when the present epoch began; "" if it is the first, for then nothing was restored."""
    at = select(epoch.c.began_at).where(epoch.c.id == database.identity.epoch)
    return str(connection.execute(at).scalar_one_or_none() or "")


def _compared(connection: Connection, who: Reader, held: ManifestItem, began: str) -> ReconcileItem | None:
    same = and_(
        revision.c.kind == entry.c.kind, revision.c.id == entry.c.id, revision.c.version == entry.c.version
    )
    newest = connection.execute(
        select(entry.c.version, entry.c.scope, entry.c.limits, revision.c.body, revision.c.received_at)
        .join_from(entry, revision, same)
        .where(entry.c.kind == "record", entry.c.id == held.id)
    ).one_or_none()
    if newest is None or not who.may_see(newest.limits, newest.scope):
        return ReconcileItem(id=held.id, status="unknown")
    if held.version <= newest.version:
        at = and_(revision.c.kind == "record", revision.c.id == held.id, revision.c.version == held.version)
        body, limits = connection.execute(select(revision.c.body, revision.c.limits).where(at)).one()
        if _hash(who.body(bytes(body), newest.scope, [limits])) == held.hash:
            return None
        status = "differs"
    else:
        status = "behind"
    head = _RECORD.decode(who.body(bytes(newest.body), newest.scope, [newest.limits]))
    base = _last_before(connection, who, held, newest.scope, began) if began else None
    return ReconcileItem(id=held.id, status=status, head=head, base=base)


def _last_before(
    connection: Connection, who: Reader, held: ManifestItem, scope: str, began: str
) -> RecordMessage | None:
    """Return the newest version from before the restore that what the device holds grew out of."""
    found = connection.execute(
        select(revision.c.version, revision.c.body, revision.c.limits)
        .where(
            revision.c.kind == "record",
            revision.c.id == held.id,
            revision.c.version <= held.version,
            revision.c.received_at < began,
        )
        .order_by(revision.c.version.desc())
        .limit(1)
    ).one_or_none()
    if found is None or not who.may_see(found.limits, scope):
        return None
    base = _RECORD.decode(who.body(bytes(found.body), scope, [found.limits]))
    # The same version with another content: these two histories never were one.
    return base if base.version < held.version or base.hash == held.hash else None


def _hash(body: bytes) -> str:
    return _RECORD.decode(body).hash
