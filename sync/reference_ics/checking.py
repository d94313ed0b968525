"""Whether a database holds together: looked at before a restore replaces anything, and in a drill."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, and_, func, select, union_all

from sync.protocol import RecordMessage, hash_of
from sync.reference_ics import schema
from sync.reference_ics.database import checkpoint
from sync.reference_ics.tables import blob, blob_part, entry, meta, op, revision, standing

_VERSIONED = ("record", "conflict", "form")
_BATCH = 500
_MOST = 20  # findings told of one kind
_RECORD = msgspec.json.Decoder(RecordMessage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a database holds, and what is wrong with it: ids and counts."""

    schema: int
    epoch: str
    reached: int  # the last number of the feed
    records: int
    revisions: int
    ops: int
    wrong: tuple[str, ...]


def found_in(connection: Connection) -> Found:
    """Look at everything: each head and each revision, its hash, the feed's numbers, the ops taken."""
    wrong = [
        *_of_one_kind(_gaps(connection)),
        *_of_one_kind(_heads(connection)),
        *_of_one_kind(_numbers(connection)),
        *_of_one_kind(_hashes(connection)),
        *_of_one_kind(_ops(connection)),
        *_of_one_kind(_files(connection)),
    ]
    records = select(func.count()).select_from(entry).where(entry.c.kind == "record")
    return Found(
        schema=schema.there_is(connection),
        epoch=connection.execute(select(meta.c.value).where(meta.c.name == "epoch")).scalar_one(),
        reached=checkpoint(connection),
        records=connection.execute(records).scalar_one(),
        revisions=connection.execute(select(func.count()).select_from(revision)).scalar_one(),
        ops=connection.execute(select(func.count()).select_from(op)).scalar_one(),
        wrong=tuple(wrong),
    )


def _of_one_kind(found: Iterator[str]) -> Iterator[str]:
    for number, each in enumerate(found):
        if number == _MOST:
            yield "and more of the same"
            return
        yield each


def _gaps(connection: Connection) -> Iterator[str]:
    """Versions of each thing are 1 to n; of what left a family there is one, at the version it left with.
    Where laptops gave back what a restore lost, those that nobody remembers may be missing."""
    given_back = select(revision.c.id).where(
        revision.c.kind == "record", revision.c.op.is_(None), revision.c.author.is_not(None)
    )
    counted = (
        select(
            revision.c.kind,
            revision.c.id,
            func.min(revision.c.version),
            func.max(revision.c.version),
            func.count(),
        )
        .where(revision.c.kind.in_(_VERSIONED), revision.c.id.not_in(given_back))
        .group_by(revision.c.kind, revision.c.id)
        .having((func.max(revision.c.version) != func.count()) | (func.min(revision.c.version) != 1))
    )
    for kind, id_, first, last, count in connection.execute(counted):
        yield f"{kind} {id_}: {count} versions from {first} to {last}"


def _heads(connection: Connection) -> Iterator[str]:
    """The feed serves the newest version of each thing, and of each thing that has not left it."""
    newest = (
        select(revision.c.kind, revision.c.id, func.max(revision.c.version).label("version"))
        .group_by(revision.c.kind, revision.c.id)
        .subquery()
    )
    same = and_(newest.c.kind == entry.c.kind, newest.c.id == entry.c.id)
    served = select(entry.c.kind, entry.c.id, entry.c.version, newest.c.version)
    for kind, id_, head, last in connection.execute(
        served.outerjoin_from(entry, newest, same).where(
            (newest.c.version.is_(None)) | (newest.c.version != entry.c.version)
        )
    ):
        yield f"{kind} {id_}: the feed serves version {head}, and the newest is {last}"
    gone = select(entry.c.id).where(entry.c.kind == "tombstone")
    for kind, id_ in connection.execute(
        select(newest.c.kind, newest.c.id)
        .outerjoin_from(newest, entry, same)
        .where(entry.c.id.is_(None), newest.c.kind.in_(("record", "form")), newest.c.id.not_in(gone))
    ):
        yield f"{kind} {id_}: not in the feed"


def _numbers(connection: Connection) -> Iterator[str]:
    """No number of the feed lies beyond the counter, and none is there twice."""
    reached = checkpoint(connection)
    numbers = union_all(select(entry.c.seq.label("seq")), select(standing.c.seq.label("seq"))).subquery()
    count, each, last = connection.execute(
        select(func.count(), func.count(numbers.c.seq.distinct()), func.max(numbers.c.seq))
    ).one()
    if last is not None and last > reached:
        yield f"the feed has number {last}, and the counter stands at {reached}"
    if count != each:
        yield f"{count - each} numbers of the feed are there twice"


def _hashes(connection: Connection) -> Iterator[str]:
    """What each version of a record says has the hash it bears."""
    after: tuple[str, int] = ("", 0)
    while True:
        rows = connection.execute(
            select(revision.c.id, revision.c.version, revision.c.body)
            .where(
                revision.c.kind == "record",
                (revision.c.id > after[0]) | ((revision.c.id == after[0]) & (revision.c.version > after[1])),
            )
            .order_by(revision.c.id, revision.c.version)
            .limit(_BATCH)
        ).all()
        if not rows:
            return
        for id_, version, body in rows:
            try:
                said = _RECORD.decode(body)
            except msgspec.DecodeError:
                yield f"record {id_}, version {version}: not to be read"
                continue
            if said.version != version or said.id != id_:
                yield f"record {id_}, version {version}: says that it is another"
            elif said.hash != hash_of({"answers": said.answers, "groups": said.groups}):
                yield f"record {id_}, version {version}: its content has another hash"
        after = (rows[-1].id, rows[-1].version)


def _ops(connection: Connection) -> Iterator[str]:
    """What an op was acknowledged for is there: in the head or in the history, or erased on purpose."""
    same = and_(
        revision.c.kind.in_(("record", "tombstone")),
        revision.c.id == op.c.record,
        revision.c.version == op.c.version,
    )
    erased = select(entry.c.id).where(entry.c.kind == "erased")
    lost = select(op.c.id, op.c.record, op.c.version).outerjoin_from(op, revision, same)
    for id_, record, version in connection.execute(
        lost.where(
            (revision.c.id.is_(None)) | ((revision.c.kind == "record") & (revision.c.op != op.c.id)),
            op.c.record.not_in(erased),
        )
    ):
        yield f"op {id_}: version {version} of record {record}, which it made, is not there"


def _files(connection: Connection) -> Iterator[str]:
    """Each file that is kept has the hash it is named by, and all of its bytes."""
    for name, size in connection.execute(select(blob.c.sha256, blob.c.size).order_by(blob.c.sha256)).all():
        parts = select(blob_part.c.data).where(blob_part.c.sha256 == name).order_by(blob_part.c.at)
        digest, reached = hashlib.sha256(), 0
        for (data,) in connection.execute(parts):
            digest.update(data)
            reached += len(data)
        if digest.hexdigest() != name or reached != size:
            yield f"file {name[:16]}: {reached} of {size} bytes, or others than its hash says"
