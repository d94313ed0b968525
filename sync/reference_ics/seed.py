"""Filling a database: what the office would have put there before the first worker calls."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from sync.protocol import RecordMessage, record_message
from sync.reference_ics.caseload import Caseload
from sync.reference_ics.database import Database, Numbers
from sync.reference_ics.marks import Marks
from sync.reference_ics.renoting import note_anew
from sync.reference_ics.tables import PUBLIC, entry, involvement, revision, worker
from sync.reference_ics.visibility import EVERYONE, NOTHING_KEPT, Kept, kept_in, note_on
from workbook_desktop.domain.people import Family, family_content
from workbook_desktop.domain.records import State, body_of, content_hash, content_of
from workbook_desktop.forms import signing

_BATCH = 1_000


def put(database: Database, caseload: Caseload, *, received_at: datetime) -> int:
    """Put what is not there yet of a caseload, in one transaction; return how many records and forms are new.

    Forms come first in the feed, then families, then records: a page never names what has not come.
    """
    moment = received_at.isoformat()
    with database.writing() as (connection, numbers):
        known = set(connection.execute(select(worker.c.id)).scalars())
        fresh = [each for each in caseload.workers if each.id not in known]
        if fresh:
            connection.execute(
                insert(worker),
                [{name: getattr(each, name) for name in each.__dataclass_fields__} for each in fresh],
            )
        _write(connection, numbers, moment, [_form(form) for form in caseload.forms])
        found = select(entry.c.id).where(entry.c.kind == "record")
        there = set(connection.execute(found).scalars())
        new = [family for family in caseload.families if family.id not in there]
        _involve(connection, new)
        _write(connection, numbers, moment, [_record(_family(family, moment, 1)) for family in new])
        marks = Marks(database.identity.cursor_key)
        heads = [marks.record(record_message(each)) for each in caseload.records if each.id not in there]
        kept = kept_in(connection, {head.scope_id for head in heads})
        records = [_record(head, kept.get(head.scope_id, NOTHING_KEPT)) for head in heads]
        _write(connection, numbers, moment, records)
        return numbers.last - numbers.first


def put_family(database: Database, family: Family, *, received_at: datetime) -> None:
    """Put a family as it is now in place of what is there: the office changed it, or who is involved."""
    moment = received_at.isoformat()
    with database.writing() as (connection, numbers):
        connection.execute(delete(involvement).where(involvement.c.family == family.id))
        _involve(connection, [family])
        at = (entry.c.kind == "record") & (entry.c.id == family.id)
        version = connection.execute(select(entry.c.version).where(at)).scalar_one_or_none() or 0
        before = kept_in(connection, [family.id])
        head = _family(family, moment, version + 1)
        item = _record(head)
        if version == 0:
            _write(connection, numbers, moment, [item])
            return
        connection.execute(insert(revision), _revision(moment, item))
        connection.execute(
            update(entry).where(at).values(seq=numbers.next(), version=head.version, limits=note_on(head))
        )
        kept = kept_in(connection, [family.id])
        if kept != before:
            note_anew(connection, numbers, family.id, kept.get(family.id, NOTHING_KEPT))


_Item = tuple[str, str, int, str, str, bytes]  # kind, id, version, scope, limits, body


def _record(head: RecordMessage, kept: Kept = NOTHING_KEPT) -> _Item:
    return ("record", head.id, head.version, head.scope_id, note_on(head, kept), msgspec.json.encode(head))


def _family(family: Family, moment: str, version: int) -> RecordMessage:
    content = content_of(body_of(family_content(family)))  # no group without rows
    return RecordMessage(
        id=family.id,
        type="family",
        scope_id=family.id,
        version=version,
        hash=content_hash(content),
        state=State.DRAFT,  # the office's records are never signed off here: they go on changing
        answers=content["answers"],
        groups=content["groups"],
        changed_at=moment,
    )


def add_form(database: Database, published: bytes, *, received_at: datetime) -> bool:
    """Put one form, as it is handed out, into the feed; return whether it is new.

    Raises:
        ValueError: another form has its name and version. A published form never changes.
    """
    item = _form(published)
    with database.writing() as (connection, numbers):
        at = (revision.c.kind == "form") & (revision.c.id == item[1])
        held = connection.execute(select(revision.c.body).where(at)).scalar_one_or_none()
        if held is None:
            _write(connection, numbers, received_at.isoformat(), [item])
            return True
    if bytes(held) != published and signing.taken_apart(bytes(held))[0] != signing.taken_apart(published)[0]:
        raise ValueError(f"{item[1].replace('|', ' ')}: another form has its name and version")
    return False


def signed(published: bytes, private: bytes, at: datetime) -> bytes:
    """Return a form as it is handed out, signed with a key in PEM."""
    form_id, version = _form(published)[1].split("|", 1)
    return signing.put_together(
        published, signing.sign(published, form=form_id, version=version, private=private, at=at)
    )


def _form(published: bytes) -> _Item:
    questionnaire = json.loads(signing.taken_apart(published)[0])
    name = questionnaire.get("id") or questionnaire["url"]
    return ("form", f"{name}|{questionnaire['version']}", 1, PUBLIC, EVERYONE, published)


def _involve(connection: Connection, families: Iterable[Family]) -> None:
    rows = [
        {
            "worker": link.worker,
            "person": link.person,
            "family": family.id,
            "start": link.start,
            "end": link.end,
        }
        for family in families
        for link in family.involvements
    ]
    if rows:
        connection.execute(insert(involvement), rows)


def _revision(moment: str, item: _Item) -> dict[str, object]:
    kind, id_, version, _, limits, body = item
    return {
        "kind": kind,
        "id": id_,
        "version": version,
        "op": None,
        "author": None,
        "received_at": moment,
        "edited_from": moment,
        "edited_to": moment,
        "limits": limits,
        "body": body,
    }


def _write(connection: Connection, numbers: Numbers, moment: str, items: list[_Item]) -> None:
    kinds = {item[0] for item in items}
    there = {
        (kind, id_)
        for kind, id_ in connection.execute(select(entry.c.kind, entry.c.id).where(entry.c.kind.in_(kinds)))
    }
    new = [item for item in items if (item[0], item[1]) not in there]
    for start in range(0, len(new), _BATCH):
        batch = new[start : start + _BATCH]
        connection.execute(insert(revision), [_revision(moment, item) for item in batch])
        connection.execute(
            insert(entry),
            [
                {
                    "kind": kind,
                    "id": id_,
                    "seq": numbers.next(),
                    "version": version,
                    "scope": scope,
                    "about": "",
                    "limits": limits,
                }
                for kind, id_, version, scope, limits, _ in batch
            ],
        )
