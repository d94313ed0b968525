"""What becomes of a push: read its ops, look up what they rest on, decide each, write at once what is taken.

Deciding (`deciding`) touches nothing but memory, so an op is taken whole or not at all, and one transaction
with one sync of the disk carries the whole push. Nothing is answered before that commit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, bindparam, select, update

from sync.protocol import ConflictMessage, OpMessage, OpResult, RecordMessage, decode
from sync.reference_ics.database import Database, Numbers
from sync.reference_ics.deciding import decide
from sync.reference_ics.desk import Accepted, Desk, Discarded, Incoming, Known, Verdict
from sync.reference_ics.leaving import discard, gone_for_good
from sync.reference_ics.marks import Marks
from sync.reference_ics.problems import ProblemRaised, problem
from sync.reference_ics.settings import Settings
from sync.reference_ics.staying import look_up
from sync.reference_ics.tables import blob_use, entry, op, revision
from sync.reference_ics.uploads import files_in
from sync.reference_ics.visibility import both, kept_in, reader
from workbook_desktop.domain.changes import OpKind
from workbook_desktop.domain.errors import NotTheIcs, ReplyRefused
from workbook_desktop.domain.records import State

_RECORD = msgspec.json.Decoder(RecordMessage)
_CONFLICT = msgspec.json.Decoder(ConflictMessage)
_RESULT = msgspec.json.Decoder(OpResult)


# Asked in every push: put together once, for a list of any length.
_SAME = and_(
    revision.c.kind == entry.c.kind, revision.c.id == entry.c.id, revision.c.version == entry.c.version
)
_OPS = select(op).where(op.c.id.in_(bindparam("names", expanding=True)))
_NEWEST = (
    select(entry.c.id, entry.c.version, entry.c.limits, revision.c.body)
    .join_from(entry, revision, _SAME)
    .where(entry.c.kind == bindparam("of_kind"), entry.c.id.in_(bindparam("names", expanding=True)))
)
_TAKEN = ("applied", "duplicate")
_MOST_IN_A_GROUP = 20


class _Named(msgspec.Struct):
    op_id: str = ""


def push(
    database: Database,
    settings: Settings,
    worker: str,
    raws: Sequence[msgspec.Raw],
    *,
    brief: bool = False,
    epoch: str | None = None,
) -> list[dict[str, Any]]:
    """Take a worker's ops and return a result for each, in order, ready to be encoded; with `brief` what an
    applied op made goes without its answers.

    Raises:
        ProblemRaised: the worker's device is in another epoch than this: what it holds has to be compared
            first. That goes for a push, too, that was on its way when the service was restored.
    """
    incoming = [_read(raw) for raw in raws]
    with database.writing() as (connection, numbers):
        if epoch not in (None, database.identity.epoch):
            raise ProblemRaised("epoch-changed")
        marks = Marks(database.identity.cursor_key)
        ours = [each for each in incoming if isinstance(each, Incoming)]
        desk = _desk(connection, settings, marks, worker, ours)
        desk.is_brief = brief
        if any(each.op.kind not in (OpKind.CREATE, OpKind.AMEND) for each in ours):
            used = [each.op.form for each in ours] + [each.form for each in desk.heads.values()]
            look_up(connection, database.stays, used)
            desk.stays = database.stays
        results: list[dict[str, Any]] = []
        for group in _groups(incoming):
            before, first = (desk.as_it_is(), numbers.last) if len(group) > 1 else (desk, numbers.last)
            became = [_decided(connection, desk, each, numbers) for each in group]
            if len(group) > _MOST_IN_A_GROUP or (
                len(group) > 1 and not all(each["status"] in _TAKEN for each in became)
            ):
                desk, numbers.last = before, first
                became = [_with_the_group(each, became) for each in became]
            results += became
        _write(database, connection, desk, numbers)
    return results


def _groups(incoming: Sequence[Incoming | Verdict]) -> Iterable[list[Incoming | Verdict]]:
    """Return the ops in the order sent, those of one atomic group together; most are alone."""

    def name(each: Incoming | Verdict) -> str | None:
        return each.op.atomic_group if isinstance(each, Incoming) else None

    group: list[Incoming | Verdict] = []
    for each in incoming:
        if group and (name(each) is None or name(each) != name(group[0])):
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _with_the_group(result: dict[str, Any], group: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the result of one op of a group that is not taken: its own reason, or that of the others."""
    if result["status"] != "applied":
        return result
    why = "more than 20 ops" if len(group) > _MOST_IN_A_GROUP else "another op of its group was not taken"
    return {"op_id": result["op_id"], "status": "rejected", "problem": problem("group-not-taken", why)}


def _decided(
    connection: Connection, desk: Desk, each: Incoming | Verdict, numbers: Numbers
) -> dict[str, Any]:
    return _reply(connection, desk, decide(desk, each) if isinstance(each, Incoming) else each, numbers)


def _read(raw: msgspec.Raw) -> Incoming | Verdict:
    """Return an op as a value, with a digest of its very bytes; or the refusal of what is no op."""
    data = bytes(raw)
    try:
        # Nobody outside ever sees it, so it may be the quicker of two equally strong ones.
        return Incoming(decode(data, OpMessage), hashlib.blake2b(data, digest_size=32).digest())
    except (NotTheIcs, ReplyRefused) as error:
        try:
            name = msgspec.json.decode(data, type=_Named).op_id
        except (msgspec.DecodeError, RecursionError):
            name = ""
        return Verdict(
            op_id=name, status="rejected", problem=problem("invalid-op", str(error.facts.get("reason", "")))
        )


def _desk(
    connection: Connection, settings: Settings, marks: Marks, worker: str, incoming: Sequence[Incoming]
) -> Desk:
    """Look up all that these ops may rest on, in a handful of reads."""
    today = settings.clock.today()
    desk = Desk(
        reader=reader(connection, worker, today, own_agencies=settings.own_agencies),
        received_at=settings.clock.now().isoformat(),
        marks=marks,
    )
    names = {each.op.op_id for each in incoming}
    names |= {each.op.after_op for each in incoming if each.op.after_op is not None}
    for row in connection.execute(_OPS, {"names": list(names)}):
        desk.known[row.id] = Known(
            digest=row.digest,
            author=row.author,
            record=row.record,
            scope=row.scope,
            version=row.version,
            result=row.result,
        )
    records = {each.op.record_id for each in incoming}
    desk.gone = gone_for_good(connection, records | {known.record for known in desk.known.values()})
    records |= {each.op.amends for each in incoming if each.op.amends is not None}
    for id_, _, limits, body in _newest(connection, "record", records):
        desk.heads[id_] = _RECORD.decode(body)
        desk.bodies[id_] = body
        desk.notes[id_] = limits
        desk.held.add(("record", id_))
    thrown = {each.op.record_id for each in incoming if each.op.kind == OpKind.DISCARD}
    if thrown:
        wrote = select(revision.c.id, revision.c.author).where(
            revision.c.kind == "record", revision.c.id.in_(thrown)
        )
        for id_, author in connection.execute(wrote):
            desk.written_by.setdefault(id_, set()).add(author)
    for each in incoming:
        amended = desk.heads.get(each.op.amends or "")
        if amended is not None and amended.state != State.SIGNED_OFF:
            desk.signed_beside |= _signed_beside(connection, amended.id)
    desk.kept = kept_in(connection, {each.op.scope_id for each in incoming})
    asked = {name for head in desk.heads.values() for name in head.open_conflicts}
    asked |= {each.conflict for incomer in incoming for each in incomer.op.settles}
    for id_, version, limits, body in _newest(connection, "conflict", asked):
        desk.conflicts[id_] = _CONFLICT.decode(body)
        desk.versions[id_] = version
        desk.limits[id_] = limits
        desk.held.add(("conflict", id_))
    return desk


def _signed_beside(connection: Connection, record: str) -> set[str]:
    """Return the record, if it was signed off before a restore and went on without that signature."""
    at = and_(revision.c.kind == "former", revision.c.id.startswith(f"{record}|", autoescape=True))
    former = connection.execute(select(revision.c.body).where(at)).scalars()
    return {record for body in former if _RECORD.decode(body).state == State.SIGNED_OFF}


def _newest(connection: Connection, kind: str, ids: Iterable[str]) -> Iterable[tuple[str, int, str, bytes]]:
    """Return id, version, limits and body of each as it is now."""
    wanted = list(set(ids))
    if not wanted:
        return []
    return [tuple(row) for row in connection.execute(_NEWEST, {"of_kind": kind, "names": wanted})]


def _reply(
    connection: Connection, desk: Desk, verdict: Verdict | Accepted | Discarded, numbers: Numbers
) -> dict[str, Any]:
    """Return the result to send; what was accepted gets its feed numbers and joins what will be written."""
    if isinstance(verdict, Accepted):
        return desk.note(verdict, numbers)
    if isinstance(verdict, Discarded):
        return desk.discard(verdict, numbers)
    result: dict[str, Any] = {"op_id": verdict.op_id, "status": verdict.status}
    if verdict.repeats is not None:
        known = verdict.repeats
        earlier = _RESULT.decode(known.result)
        result |= {"version": earlier.version, "hash": earlier.hash, "seq": earlier.seq}
        # That the op was taken is the worker's to know in any case, and what it made, for they wrote it; what
        # became of that since may not be.
        if known.scope in desk.reader.people and desk.gone.get(known.record) != "erased":
            body_then = _body_at(connection, desk, known)
            if body_then is not None:
                result["head"] = msgspec.Raw(body_then)
        if desk.may_see(known.record):
            opened = [each.id for each in earlier.conflicts]
            unknown = set(opened) - desk.conflicts.keys()
            for id_, version, limits, body in _newest(connection, "conflict", unknown):
                desk.conflicts[id_] = _CONFLICT.decode(body)
                desk.versions[id_] = version
                desk.limits[id_] = limits
            result["conflicts"] = desk.shown(desk.conflicts[each] for each in opened)
    if verdict.head is not None:
        head = desk.heads[verdict.head]
        notes = desk.notes[verdict.head]
        body = desk.reader.body(desk.bodies[verdict.head], head.scope_id, [notes])
        result["head"] = msgspec.Raw(body)
        hash_ = head.hash if body is desk.bodies[verdict.head] else _RECORD.decode(body).hash
        result |= {"version": head.version, "hash": hash_}
        result["conflicts"] = desk.shown(desk.conflicts[each] for each in head.open_conflicts)
    if verdict.problem is not None:
        result["problem"] = verdict.problem
    return result


def _body_at(connection: Connection, desk: Desk, known: Known) -> bytes | None:
    """Return what an op made; None of one that discarded its record."""
    for each in desk.revisions:  # accepted earlier in this very push
        if (each["kind"], each["id"], each["version"]) == ("record", known.record, known.version):
            return bytes(each["body"])
    where = and_(
        revision.c.kind == "record", revision.c.id == known.record, revision.c.version == known.version
    )
    found = connection.execute(select(revision.c.body).where(where)).scalar_one_or_none()
    return None if found is None else bytes(found)


def _write(database: Database, connection: Connection, desk: Desk, numbers: Numbers) -> None:
    """Write what was decided: revisions, op ids, and what the feed serves from now on."""
    if not desk.accepted:
        return
    database.insert(connection, revision, desk.revisions)
    database.insert(connection, op, desk.accepted)
    database.insert(
        connection,
        blob_use,
        [
            {"sha256": sha256, "record": each["id"], "version": each["version"]}
            for each in desk.revisions
            if each["kind"] == "record"
            for sha256 in sorted(files_in(each["body"]))
        ],
    )
    fresh = [each for key, each in desk.entries.items() if key not in desk.held]
    moved = [each for key, each in desk.entries.items() if key in desk.held]
    if moved:
        connection.execute(
            update(entry)
            .where(entry.c.kind == bindparam("of_kind"), entry.c.id == bindparam("of_id"))
            .values(
                seq=bindparam("new_seq"), version=bindparam("new_version"), limits=bindparam("new_limits")
            ),
            [
                {
                    "of_kind": each["kind"],
                    "of_id": each["id"],
                    "new_seq": each["seq"],
                    "new_version": each["version"],
                    "new_limits": each["limits"],
                }
                for each in moved
            ],
        )
    database.insert(connection, entry, fresh)
    for id_, seq in desk.discards:
        discard(connection, seq, desk.received_at, id_)
    for record in sorted(desk.renoted - {id_ for id_, _ in desk.discards}):
        note_conflicts(connection, desk.notes[record], record, numbers)


def note_conflicts(connection: Connection, note: str, record: str, numbers: Numbers) -> None:
    """Have a record's conflicts follow it to its new readers, whom this note on it lets in; those who gain
    them find them in the feed."""
    found = connection.execute(
        select(entry.c.id, entry.c.limits, revision.c.limits.label("own"))
        .join_from(entry, revision, _SAME)
        .where(entry.c.kind == "conflict", entry.c.about == record)
        .order_by(entry.c.seq)
    ).all()
    for id_, limits, own in found:
        now = both(own, note)
        if now != limits:
            at = and_(entry.c.kind == "conflict", entry.c.id == id_)
            connection.execute(update(entry).where(at).values(limits=now, seq=numbers.next()))
