"""What a device hands in when it has to let go: work begun before, for a person to look at; and a receipt."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection, and_, func, insert, select

from sync.protocol import LateResult, OpMessage, ReceiptMessage, decode
from sync.reference_ics.database import Database
from sync.reference_ics.grants import bring_up
from sync.reference_ics.problems import problem
from sync.reference_ics.settings import Settings
from sync.reference_ics.tables import epoch, involvement, late_op, op, receipt, revision, standing
from workbook_desktop.domain.errors import NotTheIcs, ReplyRefused

AFTER_A_RESTORE: Final = timedelta(days=30)  # as long as laptops remember what was taken


class _Named(msgspec.Struct):
    op_id: str = ""


def take_late(
    database: Database, settings: Settings, worker: str, job: str, raws: Sequence[msgspec.Raw]
) -> list[LateResult]:
    """Put ops into the inbox of those who supervise; answer only whether each is there.

    An op is kept if it rests on nothing newer than the withdrawal: its worker could see what it rests on.
    Kept or applied before, it is kept. It never reaches the record by itself.
    """
    bring_up(database, settings, worker)
    now = settings.clock.now().isoformat()
    with database.writing() as (connection, _):
        return [_take_one(connection, worker, job, bytes(raw), now) for raw in raws]


def _take_one(connection: Connection, worker: str, job: str, data: bytes, now: str) -> LateResult:
    digest = hashlib.blake2b(data, digest_size=32).digest()
    try:
        message = decode(data, OpMessage)
    except (NotTheIcs, ReplyRefused):
        try:
            name = msgspec.json.decode(data, type=_Named).op_id
        except (msgspec.DecodeError, RecursionError):
            name = ""
        return _refused(name, "invalid-op")
    if not 0 < len(message.op_id) <= 64 or not 0 < len(message.record_id) <= 64:
        return _refused(message.op_id[:64], "invalid-op")
    for table in (op, late_op):
        found = select(table.c.digest).where(table.c.id == message.op_id)
        before = connection.execute(found).scalar_one_or_none()
        if before is not None:
            if bytes(before) != digest:
                return _refused(message.op_id, "idempotency-mismatch")
            return LateResult(op_id=message.op_id, status="kept")
    until = _could_see_until(connection, worker, message.scope_id, job, now)
    if until is None or not _rests_on_what_was_seen(connection, message, until):
        return _refused(message.op_id, "scope-forbidden")
    connection.execute(
        insert(late_op),
        {
            "id": message.op_id,
            "job": job[:64],
            "worker": worker,
            "record": message.record_id,
            "scope": message.scope_id,
            "digest": digest,
            "body": data,
            "received_at": now,
        },
    )
    return LateResult(op_id=message.op_id, status="kept")


def _could_see_until(connection: Connection, worker: str, scope: str, job: str, now: str) -> str | None:
    """Return until when a worker could see a family: the moment it was withdrawn; now, if it is theirs and
    only a record left it; None if it never was. After a restore there is no telling who was let in meanwhile:
    it goes to a person in any case, and shows nothing."""
    if _was_restored_lately(connection, now):
        return now
    said = connection.execute(
        select(standing.c.kind, standing.c.at).where(standing.c.worker == worker, standing.c.scope == scope)
    ).one_or_none()
    if said is not None:
        return now if said.kind == "added" else str(said.at)
    # Before anything was said to this worker: whoever was involved once.
    was = select(involvement.c.end).where(involvement.c.worker == worker, involvement.c.family == scope)
    ended = [day for (day,) in connection.execute(was)]
    return max(day.isoformat() if day else now for day in ended) if ended else None


def _was_restored_lately(connection: Connection, now: str) -> bool:
    began = connection.execute(select(func.max(epoch.c.began_at))).scalar()
    return (
        began is not None
        and began != ""
        and datetime.fromisoformat(now) - datetime.fromisoformat(began) < AFTER_A_RESTORE
    )


def _rests_on_what_was_seen(connection: Connection, message: OpMessage, until: str) -> bool:
    if message.if_match is None:  # a new record, or one that rests on another op handed in with it
        return True
    at = and_(
        revision.c.kind == "record",
        revision.c.id == message.record_id,
        revision.c.version == message.if_match,
    )
    received = connection.execute(select(revision.c.received_at).where(at)).scalar_one_or_none()
    if received is None:  # erased since, or lost in a restore: its words are still somebody's work
        return True
    return str(received) <= until


def _refused(op_id: str, type_: str) -> LateResult:
    return LateResult(op_id=op_id, status="rejected", problem=problem(type_))


def note_receipt(database: Database, settings: Settings, worker: str, message: ReceiptMessage) -> None:
    """Keep what a device says has left it; said twice, it is one receipt."""
    with database.writing() as (connection, _):
        mine = and_(receipt.c.job == message.job_id, receipt.c.worker == worker)
        if connection.execute(select(receipt.c.job).where(mine)).one_or_none() is not None:
            return
        connection.execute(
            insert(receipt),
            {
                "job": message.job_id,
                "worker": worker,
                "scope": message.scope_id,
                "kind": message.kind[:20],
                "records": message.records,
                "conflicts": message.conflicts,
                "handed_in": message.handed_in,
                "digest": message.digest[:64],
                "received_at": settings.clock.now().isoformat(),
            },
        )


def unreceipted(database: Database) -> int:
    """Count the withdrawals that no device has answered yet."""
    with database.reading() as connection:
        done = set(connection.execute(select(receipt.c.job)).scalars())
        jobs = connection.execute(select(standing.c.job).where(standing.c.kind == "revoked")).scalars()
        return sum(job not in done for job in jobs)
