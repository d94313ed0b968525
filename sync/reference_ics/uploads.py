"""Files: taken in parts that may stop anywhere, kept once their hash fits, given to those who see who names
them.

A file is named by its SHA-256. To know a hash is no right to the bytes: who asks must see a revision of a
record that names it, and who hands a file over sends all of it, whether or not another has done so before.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import and_, delete, func, insert, literal, select, update

from sync.protocol.uploads import MOST_FILE_BYTES, UploadReply, UploadRequest
from sync.reference_ics.database import Database
from sync.reference_ics.problems import ProblemRaised
from sync.reference_ics.settings import Settings
from sync.reference_ics.tables import (
    blob,
    blob_part,
    blob_use,
    entry,
    revision,
    standing,
    upload,
    upload_part,
)
from sync.reference_ics.visibility import both, reader

_HASH = re.compile(r"[0-9a-f]{64}")
_MARK = b'"contentType"'  # without it no answer in the body is a file


def begin(database: Database, settings: Settings, worker: str, asked: UploadRequest) -> UploadReply:
    """Begin an upload, or say how far an earlier one of this worker came.

    Raises:
        ProblemRaised: not a hash or a size, too large, or of a family the worker does not see.
    """
    if not _HASH.fullmatch(asked.sha256) or asked.size < 1:
        raise ProblemRaised("malformed", "sha256 in hex, and a size of at least 1")
    if asked.size > MOST_FILE_BYTES:
        raise ProblemRaised("payload-too-large", f"{MOST_FILE_BYTES} bytes")
    with database.noting() as connection:
        who = reader(connection, worker, settings.clock.today(), own_agencies=settings.own_agencies)
        if asked.scope_id not in who.people and not _was_theirs(connection, worker, asked.scope_id):
            raise ProblemRaised("scope-forbidden")
        own = and_(
            upload.c.worker == worker, upload.c.sha256 == asked.sha256, upload.c.scope == asked.scope_id
        )
        found = connection.execute(select(upload).where(own)).one_or_none()
        if found is not None and found.size == asked.size:
            return _how_far(found)
        if found is not None:
            connection.execute(delete(upload_part).where(upload_part.c.upload == found.id))
            connection.execute(delete(upload).where(upload.c.id == found.id))
        id_ = settings.new_id()
        connection.execute(
            insert(upload).values(
                id=id_,
                worker=worker,
                scope=asked.scope_id,
                sha256=asked.sha256,
                size=asked.size,
                reached=0,
                complete=False,
                began_at=settings.clock.now().isoformat(),
            )
        )
        return UploadReply(id=id_, offset=0, size=asked.size, complete=False)


def _was_theirs(connection: Any, worker: str, scope: str) -> bool:
    """Say whether a family was withdrawn from a worker, who hands in what was begun before."""
    left = and_(standing.c.worker == worker, standing.c.scope == scope, standing.c.kind == "revoked")
    return connection.execute(select(standing.c.job).where(left)).first() is not None


def take_part(
    database: Database, settings: Settings, worker: str, id_: str, offset: int, data: bytes
) -> UploadReply:
    """Take the next part. The last one makes the file whole, if its hash fits.

    Raises:
        ProblemRaised: no such upload, it stands elsewhere, there is more than was announced, or the whole is
            another file than was announced (then it begins anew).
    """
    with database.noting() as connection:
        mine = and_(upload.c.id == id_, upload.c.worker == worker)
        found = connection.execute(select(upload).where(mine)).one_or_none()
        if found is None:
            raise ProblemRaised("upload-unknown")
        if found.complete:
            return _how_far(found)
        if offset != found.reached:
            raise ProblemRaised("offset-mismatch", f"at {found.reached}")
        reached = offset + len(data)
        if not data or reached > found.size:
            raise ProblemRaised("malformed", "a part that is empty, or more than was announced")
        moved = connection.execute(
            update(upload).where(mine, upload.c.reached == offset).values(reached=reached)
        )
        if moved.rowcount != 1:  # the same part by another connection
            raise ProblemRaised("offset-mismatch", "another part came first")
        connection.execute(insert(upload_part).values(upload=id_, at=offset, data=data))
        if reached < found.size:
            return UploadReply(id=id_, offset=reached, size=found.size, complete=False)
        fits = _sum_of(connection, id_) == found.sha256
        if fits:
            if connection.execute(select(blob.c.sha256).where(blob.c.sha256 == found.sha256)).first() is None:
                connection.execute(insert(blob).values(sha256=found.sha256, size=found.size))
                whole = select(literal(found.sha256), upload_part.c.at, upload_part.c.data).where(
                    upload_part.c.upload == id_
                )
                connection.execute(insert(blob_part).from_select(["sha256", "at", "data"], whole))
            connection.execute(update(upload).where(mine).values(complete=True))
        else:
            connection.execute(update(upload).where(mine).values(reached=0))
        connection.execute(delete(upload_part).where(upload_part.c.upload == id_))
    if not fits:
        raise ProblemRaised("content-mismatch", "the whole is another file than was announced")
    return UploadReply(id=id_, offset=found.size, size=found.size, complete=True)


def part(database: Database, settings: Settings, worker: str, sha256: str, offset: int, limit: int) -> bytes:
    """Return part of a file, from a byte on.

    Raises:
        ProblemRaised: there is none, or none that the worker may see: both are answered alike.
    """
    if not _HASH.fullmatch(sha256):
        raise ProblemRaised("not-found")  # PostgreSQL would not even be asked: there are no NULs in its texts
    with database.reading() as connection:
        who = reader(connection, worker, settings.clock.today(), own_agencies=settings.own_agencies)
        size = connection.execute(select(blob.c.size).where(blob.c.sha256 == sha256)).scalar_one_or_none()
        if size is None or not any(who.may_see(each, scope) for each, scope in _named_by(connection, sha256)):
            raise ProblemRaised("not-found")
        if offset >= size:
            raise ProblemRaised("malformed", "beyond its end")
        # Parts are kept as they came; those that hold any of the wanted bytes stand side by side.
        first = select(func.max(blob_part.c.at)).where(blob_part.c.sha256 == sha256, blob_part.c.at <= offset)
        rows = connection.execute(
            select(blob_part.c.at, blob_part.c.data)
            .where(
                blob_part.c.sha256 == sha256,
                blob_part.c.at >= first.scalar_subquery(),
                blob_part.c.at < offset + limit,
            )
            .order_by(blob_part.c.at)
        )
        return b"".join(data[max(0, offset - at) : max(0, offset + limit - at)] for at, data in rows)


def _named_by(connection: Any, sha256: str) -> Iterator[tuple[str, str]]:
    """Return limits and family of each revision that names a file and whose author handed it over, of its
    record as it stands now besides. To write a hash into a record of one's own opens nothing."""
    rows = connection.execute(
        select(revision.c.limits, entry.c.limits.label("now"), entry.c.scope)
        .join_from(
            blob_use,
            revision,
            and_(
                revision.c.kind == "record",
                revision.c.id == blob_use.c.record,
                revision.c.version == blob_use.c.version,
            ),
        )
        .join(entry, and_(entry.c.kind == "record", entry.c.id == blob_use.c.record))
        .join(
            upload,
            and_(
                upload.c.worker == revision.c.author,
                upload.c.sha256 == blob_use.c.sha256,
                upload.c.scope == entry.c.scope,
                upload.c.complete,
            ),
        )
        .where(blob_use.c.sha256 == sha256)
    )
    for then, now, scope in rows:
        yield both(then, now), scope


def files_in(body: bytes) -> set[str]:
    """Return the hashes of the files that a record's body names."""
    if _MARK not in body:
        return set()
    raw = msgspec.json.decode(body)
    return set(_hashes([raw.get("answers"), raw.get("groups")]))


def files_quoted_in(body: bytes) -> set[str]:
    """Return the hashes of the files that an op or a conflict names, wherever in it."""
    return set(_hashes(msgspec.json.decode(body))) if _MARK in body else set()


def _hashes(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        hash_ = value.get("hash")
        if "contentType" in value and isinstance(hash_, str) and _HASH.fullmatch(hash_):
            yield hash_
        values: Iterable[Any] = value.values()
    elif isinstance(value, list):
        values = value
    else:
        return
    for each in values:
        yield from _hashes(each)


def _how_far(found: Any) -> UploadReply:
    return UploadReply(id=found.id, offset=found.reached, size=found.size, complete=found.complete)


def _sum_of(connection: Any, id_: str) -> str:
    whole = hashlib.sha256()
    for (data,) in connection.execute(
        select(upload_part.c.data).where(upload_part.c.upload == id_).order_by(upload_part.c.at)
    ):
        whole.update(data)
    return whole.hexdigest()
