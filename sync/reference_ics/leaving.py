"""Records that leave a family: moved to another, a draft that was discarded, one that had to be erased.

Each leaves an entry in the feed of the family it was in, for those who could know of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, insert, or_, select, update

from sync.protocol import ConflictMessage, LeavingMessage, RecordMessage
from sync.reference_ics.database import Database, Numbers
from sync.reference_ics.marks import Marks
from sync.reference_ics.problems import ProblemRaised
from sync.reference_ics.settings import Settings
from sync.reference_ics.tables import (
    blob,
    blob_part,
    blob_use,
    entry,
    late_op,
    op,
    revision,
    upload,
    upload_part,
)
from sync.reference_ics.uploads import files_quoted_in
from sync.reference_ics.visibility import EVERYONE, NOTHING_KEPT, kept_in, note_on
from workbook_desktop.domain.records import State

_GONE_FOR_GOOD = select(entry.c.id, entry.c.kind).where(  # asked in every push: put together once
    entry.c.kind.in_(["erased", "tombstone"]), entry.c.id.in_(bindparam("names", expanding=True))
)
_RECORD = msgspec.json.Decoder(RecordMessage)
_CONFLICT = msgspec.json.Decoder(ConflictMessage)


def move(database: Database, settings: Settings, record: str, to_scope: str) -> int:
    """Move a record to another family; return its new version.

    Raises:
        ProblemRaised: there is no such record, or it is there already.
    """
    now = settings.clock.now().isoformat()
    with database.writing() as (connection, numbers):
        found = _found(connection, record)
        if found.scope == to_scope:
            raise ProblemRaised("illegal-transition", "it is there already")
        head = _RECORD.decode(found.body)
        marks = Marks(database.identity.cursor_key)
        moved = marks.record(msgspec.structs.replace(head, scope_id=to_scope, version=head.version + 1))
        connection.execute(
            delete(entry).where(entry.c.kind == "moved_out", entry.c.id == _moved(record, to_scope))
        )
        _leave(
            connection,
            numbers.next(),
            now,
            kind="moved_out",
            id_=_moved(record, found.scope),
            record=record,
            version=moved.version,
            scope=found.scope,
            limits=found.limits,
            reason="moved",
        )
        limits = note_on(moved, kept_in(connection, [to_scope]).get(to_scope, NOTHING_KEPT))
        connection.execute(
            insert(revision),
            _revision("record", record, moved.version, now, limits, msgspec.json.encode(moved)),
        )
        connection.execute(
            update(entry)
            .where(entry.c.kind == "record", entry.c.id == record)
            .values(seq=numbers.next(), version=moved.version, scope=to_scope, limits=limits)
        )
        _move_conflicts(connection, numbers, marks, now, record, to_scope)
    return moved.version


def discard(connection: Connection, seq: int, now: str, record: str) -> int:
    """Take a draft out of its family; return the version of the tombstone. Its history stays at the office.

    To be called in the one transaction that writes; `seq` is a number of it. Raises ProblemRaised: it is not
    there, or no draft.
    """
    found = _found(connection, record)
    if _RECORD.decode(found.body).state != State.DRAFT:
        raise ProblemRaised("illegal-transition", "only drafts are discarded")
    version: int = found.version + 1
    connection.execute(delete(entry).where(entry.c.kind == "record", entry.c.id == record))
    connection.execute(delete(entry).where(entry.c.kind == "conflict", entry.c.about == record))
    _leave(
        connection,
        seq,
        now,
        kind="tombstone",
        id_=record,
        record=record,
        version=version,
        scope=found.scope,
        limits=found.limits,
        reason="discarded",
    )
    return version


def erase(database: Database, settings: Settings, record: str, *, reason: str) -> int:
    """Erase a record, all its versions, conflicts and whatever quotes it, for ever; return how many versions.

    What remains is its id, that it was erased and why; and of its ops the ids, so that none is taken again.

    Raises:
        ProblemRaised: there is no such record.
    """
    now = settings.clock.now().isoformat()
    with database.writing() as (connection, numbers):
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        found = _found(connection, record)
        conflicts = select(entry.c.id).where(entry.c.kind == "conflict", entry.c.about == record)
        ids = list(connection.execute(conflicts).scalars())
        quoted: set[str] = set()  # files that its questions name, and work that was handed in late
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            of_part = and_(revision.c.kind == "conflict", revision.c.id.in_(part))
            for body in connection.execute(select(revision.c.body).where(of_part)).scalars():
                quoted |= files_quoted_in(body)
            connection.execute(delete(revision).where(revision.c.kind == "conflict", revision.c.id.in_(part)))
        versions = connection.execute(
            delete(revision).where(
                or_(
                    and_(revision.c.kind == "record", revision.c.id == record),
                    and_(
                        revision.c.kind.in_(["moved_out", "former"]),
                        revision.c.id.startswith(f"{record}|", autoescape=True),
                    ),
                )
            )
        ).rowcount
        connection.execute(
            delete(entry).where(
                or_(
                    and_(entry.c.kind == "record", entry.c.id == record),
                    and_(entry.c.kind.in_(["conflict", "moved_out"]), entry.c.about == record),
                )
            )
        )
        late = select(late_op.c.body).where(late_op.c.record == record)
        for body in connection.execute(late).scalars():
            quoted |= files_quoted_in(body)
        connection.execute(delete(late_op).where(late_op.c.record == record))
        _erase_files(connection, record, quoted)
        for id_ in connection.execute(select(op.c.id).where(op.c.record == record)).scalars().all():
            bare = msgspec.json.encode({"op_id": id_, "status": "applied", "conflicts": []})
            connection.execute(update(op).where(op.c.id == id_).values(result=bare))
        _leave(
            connection,
            numbers.next(),
            now,
            kind="erased",
            id_=record,
            record=record,
            version=found.version + 1,
            scope=found.scope,
            limits=found.limits,
            reason=reason[:60],
            mark=Marks(database.identity.cursor_key).erasure(record, found.scope),
        )
    _scrub(database)
    return versions


def _erase_files(connection: Connection, record: str, quoted: set[str]) -> None:
    """Delete the files that this record names, or what quoted it, and no other record does."""
    named = select(blob_use.c.sha256).where(blob_use.c.record == record).distinct()
    hashes = quoted | set(connection.execute(named).scalars())
    connection.execute(delete(blob_use).where(blob_use.c.record == record))
    for sha256 in sorted(hashes):
        elsewhere = select(blob_use.c.sha256).where(blob_use.c.sha256 == sha256).limit(1)
        if connection.execute(elsewhere).one_or_none() is not None:
            continue
        ours = select(upload.c.id).where(upload.c.sha256 == sha256)
        connection.execute(delete(upload_part).where(upload_part.c.upload.in_(ours)))
        connection.execute(delete(upload).where(upload.c.sha256 == sha256))
        connection.execute(delete(blob_part).where(blob_part.c.sha256 == sha256))
        connection.execute(delete(blob).where(blob.c.sha256 == sha256))


def _scrub(database: Database) -> None:
    """Have what was erased leave the files too, as far as the database can."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.exec_driver_sql("VACUUM revision, entry, op, late_op, upload_part, blob_part")


def erase_unheard_of(
    connection: Connection, numbers: Numbers, marks: Marks, now: str, record: str, scope: str
) -> None:
    """Note that a record was erased of which nothing is here: it is never taken again."""
    _leave(
        connection,
        numbers.next(),
        now,
        kind="erased",
        id_=record,
        record=record,
        version=1,
        scope=scope,
        limits=EVERYONE,
        reason="erased before the restore",
        mark=marks.erasure(record, scope),
    )


def gone_for_good(connection: Connection, records: Iterable[str]) -> dict[str, str]:
    """Return those of these ids that were erased or discarded, and which: none of them is made again."""
    wanted = list(set(records))
    return dict(connection.execute(_GONE_FOR_GOOD, {"names": wanted}).all()) if wanted else {}


def _found(connection: Connection, record: str) -> Any:
    same = and_(
        revision.c.kind == entry.c.kind, revision.c.id == entry.c.id, revision.c.version == entry.c.version
    )
    found = connection.execute(
        select(entry.c.version, entry.c.scope, entry.c.limits, revision.c.body)
        .join_from(entry, revision, same)
        .where(entry.c.kind == "record", entry.c.id == record)
    ).one_or_none()
    if found is None:
        raise ProblemRaised("record-unknown")
    return found


def _moved(record: str, scope: str) -> str:
    return f"{record}|{scope}"


def _leave(
    connection: Connection,
    seq: int,
    now: str,
    *,
    kind: str,
    id_: str,
    record: str,
    version: int,
    scope: str,
    limits: str,
    reason: str,
    mark: str = "",
) -> None:
    """Put into the feed of a family that a record left it."""
    job = f"{kind}.{seq}.{mark}" if mark else f"{kind}.{seq}"
    body = msgspec.json.encode(LeavingMessage(job_id=job, reason=reason))
    at = and_(entry.c.kind == kind, entry.c.id == id_)
    connection.execute(delete(entry).where(at))
    connection.execute(delete(revision).where(revision.c.kind == kind, revision.c.id == id_))
    connection.execute(insert(revision), _revision(kind, id_, version, now, limits, body))
    connection.execute(
        insert(entry),
        {
            "kind": kind,
            "id": id_,
            "seq": seq,
            "version": version,
            "scope": scope,
            "about": record,
            "limits": limits,
        },
    )


def _move_conflicts(
    connection: Connection, numbers: Numbers, marks: Marks, now: str, record: str, scope: str
) -> None:
    """Have a record's conflicts follow it."""
    same = and_(
        revision.c.kind == entry.c.kind, revision.c.id == entry.c.id, revision.c.version == entry.c.version
    )
    rows = connection.execute(
        select(entry.c.id, entry.c.version, entry.c.limits, revision.c.body)
        .join_from(entry, revision, same)
        .where(entry.c.kind == "conflict", entry.c.about == record)
        .order_by(entry.c.seq)
    ).all()
    for id_, version, limits, body in rows:
        moved = marks.conflict(msgspec.structs.replace(_CONFLICT.decode(body), scope_id=scope))
        connection.execute(
            insert(revision),
            _revision("conflict", id_, version + 1, now, limits, msgspec.json.encode(moved)),
        )
        connection.execute(
            update(entry)
            .where(entry.c.kind == "conflict", entry.c.id == id_)
            .values(seq=numbers.next(), version=version + 1, scope=scope)
        )


def _revision(kind: str, id_: str, version: int, now: str, limits: str, body: bytes) -> dict[str, object]:
    return {
        "kind": kind,
        "id": id_,
        "version": version,
        "op": None,
        "author": None,
        "received_at": now,
        "edited_from": now,
        "edited_to": now,
        "limits": limits,
        "body": body,
    }
