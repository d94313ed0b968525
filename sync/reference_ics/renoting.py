"""Who may see a family's records, worked out anew when the office changes what it keeps back in it.

The notes of `visibility` rest on what was kept back when they were written. Once somebody is kept restricted,
what was recorded about them before leaves the devices of those who may not know them: it is no longer in the
digest of what they may see. When that ends it comes back by the feed.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, select, update

from sync.protocol import ConflictMessage, RecordMessage
from sync.reference_ics.database import Numbers
from sync.reference_ics.tables import entry, revision
from sync.reference_ics.visibility import EVERYONE, Kept, both, note_on, note_on_question, without_kept

_RECORD = msgspec.json.Decoder(RecordMessage)
_CONFLICT = msgspec.json.Decoder(ConflictMessage)
_SAME = and_(
    revision.c.kind == entry.c.kind, revision.c.id == entry.c.id, revision.c.version == entry.c.version
)
_AT_ONCE = 500


def note_anew(connection: Connection, numbers: Numbers, family: str, kept: Kept) -> None:
    """Note beside every version ever written in a family who may see it, as things are kept now."""
    ids = _records_of(connection, family)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        _versions(connection, and_(revision.c.kind == "record", revision.c.id.in_(some)), family, kept)
    _versions(connection, revision.c.kind == "former", family, kept)  # few, in any authority
    notes = _heads(connection, numbers, family)
    _questions(connection, numbers, family, kept, notes)


def _records_of(connection: Connection, family: str) -> list[str]:
    """Return the records of a family, and those that have left it for another and keep their history."""
    here = select(entry.c.id).where(entry.c.kind == "record", entry.c.scope == family, entry.c.id != family)
    left = select(entry.c.about).where(entry.c.kind == "moved_out", entry.c.scope == family)
    return sorted({*connection.execute(here).scalars(), *connection.execute(left).scalars()})


def _versions(connection: Connection, which: ColumnElement[bool], family: str, kept: Kept) -> None:
    rows = select(revision.c.kind, revision.c.id, revision.c.version, revision.c.limits, revision.c.body)
    for kind, id_, version, before, body in connection.execute(rows.where(which)).all():
        said = _RECORD.decode(body)
        if said.scope_id == family:
            _note(connection, (kind, id_, version), before, note_on(said, kept))


def _note(connection: Connection, name: tuple[str, str, int], before: str, now: str) -> None:
    if now == before:
        return
    kind, id_, version = name
    at = and_(revision.c.kind == kind, revision.c.id == id_, revision.c.version == version)
    connection.execute(update(revision).where(at).values(limits=now))


def _heads(connection: Connection, numbers: Numbers, family: str) -> dict[str, str]:
    """Have each record be for those for whom its newest version is; return the notes by record. Under a new
    number, so that those who gain it find it in the feed, and what it adds up to is worked out again."""
    rows = (
        select(entry.c.id, entry.c.limits, revision.c.limits.label("own"))
        .join_from(entry, revision, _SAME)
        .where(entry.c.kind == "record", entry.c.scope == family, entry.c.id != family)
        .order_by(entry.c.seq)
    )
    notes: dict[str, str] = {}
    for id_, before, now in connection.execute(rows).all():
        notes[id_] = now
        _place(connection, numbers, ("record", id_), before, now)
    return notes


def _questions(
    connection: Connection, numbers: Numbers, family: str, kept: Kept, notes: Mapping[str, str]
) -> None:
    rows = (
        select(
            entry.c.id,
            entry.c.about,
            entry.c.version,
            entry.c.limits,
            revision.c.limits.label("own"),
            revision.c.body,
        )
        .join_from(entry, revision, _SAME)
        .where(entry.c.kind == "conflict", entry.c.scope == family)
        .order_by(entry.c.seq)
    )
    for id_, about, version, before, own_before, body in connection.execute(rows).all():
        own = both(without_kept(own_before), note_on_question(_CONFLICT.decode(body), kept))
        _note(connection, ("conflict", id_, version), own_before, own)
        _place(connection, numbers, ("conflict", id_), before, both(own, notes.get(about, EVERYONE)))


def _place(connection: Connection, numbers: Numbers, name: tuple[str, str], before: str, now: str) -> None:
    if now != before:
        at = and_(entry.c.kind == name[0], entry.c.id == name[1])
        connection.execute(update(entry).where(at).values(limits=now, seq=numbers.next()))
