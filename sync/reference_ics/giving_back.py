"""What laptops give back after a restore: the service's own words, put where they stood.

A version is known by its mark, so it comes back under its number, with its author and signature, whoever
brings it. It becomes the head if nothing was written since the restore, and a line of the history if a later
one is here already. If the record has gone on without it, it is kept beside, and the laptop that brought it
merges: a service never does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, insert, select, update

from sync.protocol import (
    ConflictMessage,
    ErasureMessage,
    GivenBackMessage,
    GivenBackResult,
    RecordMessage,
    hash_of,
)
from sync.reference_ics.database import Database, Numbers
from sync.reference_ics.grants import ended_by_a_restore, reader_of
from sync.reference_ics.leaving import erase, erase_unheard_of, gone_for_good
from sync.reference_ics.marks import Marks
from sync.reference_ics.pushing import note_conflicts
from sync.reference_ics.reconciling import common_until, newest_common
from sync.reference_ics.settings import Settings
from sync.reference_ics.tables import blob_use, entry, revision
from sync.reference_ics.uploads import files_in
from sync.reference_ics.visibility import (
    EVERYONE,
    NOTHING_KEPT,
    Kept,
    both,
    kept_in,
    note_on,
    note_on_question,
)

TAKEN, KNOWN, BESIDE, REFUSED = "taken", "known", "beside", "refused"
_RECORD = msgspec.json.Decoder(RecordMessage)
_CONFLICT = msgspec.json.Decoder(ConflictMessage)


@dataclass(slots=True, kw_only=True)
class _Back:
    """One record, as far as it is given back: what is here of it, and what comes."""

    id: str
    hashes: dict[int, str] = field(default_factory=dict)  # of the versions that are here
    notes: str = EVERYONE  # on all of them together: who may know of what a conflict quotes
    head: int | None = None
    scope: str | None = None
    common: int = 0  # the newest version that the laptop's history and ours have both
    questions: dict[str, tuple[int, ConflictMessage]] = field(default_factory=dict)  # with their version
    brought: dict[str, ConflictMessage] = field(default_factory=dict)


def give_back(
    database: Database,
    settings: Settings,
    worker: str,
    told: str,
    given: Sequence[GivenBackMessage],
    erased: Sequence[ErasureMessage] = (),
) -> list[GivenBackResult]:
    """Take what a laptop of an earlier epoch gives back; return what became of each version, in order.

    Whoever is signed in may do so: the mark says that it is ours, and nothing is told in return.

    Args:
        told: the epoch in which it was said.
        given: versions, each with its record's conflicts as the laptop knows them.
        erased: what was erased before the restore, and has to be again.
    """
    marks = Marks(database.identity.cursor_key)
    for each in erased:
        _erase_again(database, settings, marks, each)
    ours = [each for each in given if _is_ours(marks, each.record)]
    became: dict[tuple[str, int], str] = {}
    if ours:
        with database.writing() as (connection, numbers):
            until = common_until(connection, database.identity.epoch, told)
            gone = gone_for_good(connection, {each.record.id for each in ours})
            for record in dict.fromkeys(each.record.id for each in ours if each.record.id not in gone):
                some = [each for each in ours if each.record.id == record]
                back = _looked_up(connection, record, until)
                back.brought = _questions(marks, record, some)
                desk = _Desk(database, connection, numbers, settings)
                for version, status in desk.take(back, [each.record for each in some]).items():
                    became[record, version] = status
            who = reader_of(connection, settings, worker)
            ended_by_a_restore(connection, numbers, settings, who, {each.record.scope_id for each in ours})
    return [
        GivenBackResult(
            id=each.record.id,
            version=each.record.version,
            status=became.get((each.record.id, each.record.version), REFUSED),
        )
        for each in given
    ]


def _is_ours(marks: Marks, said: RecordMessage) -> bool:
    try:
        return (
            said.type == "form"
            and marks.know_record(said)
            and said.hash == hash_of({"answers": said.answers, "groups": said.groups})
        )
    except (ValueError, TypeError, UnicodeError):
        return False


def _questions(marks: Marks, record: str, some: Iterable[GivenBackMessage]) -> dict[str, ConflictMessage]:
    """Return the record's conflicts as they were last: once settled, never open again."""
    found: dict[str, ConflictMessage] = {}
    for each in some:
        for said in each.conflicts:
            try:
                is_ours = said.record_id == record and marks.know_conflict(said)
            except (ValueError, TypeError, UnicodeError):
                is_ours = False
            if is_ours and (said.id not in found or found[said.id].state == "open"):
                found[said.id] = said
    return found


def _looked_up(connection: Connection, record: str, until: str) -> _Back:
    back = _Back(id=record, common=newest_common(connection, record, until))
    at = and_(revision.c.kind == "record", revision.c.id == record)
    rows = select(revision.c.version, revision.c.limits, revision.c.body).where(at)
    for version, limits, body in connection.execute(rows):
        back.hashes[version] = _RECORD.decode(body).hash
        back.notes = both(back.notes, limits)
    held = select(entry.c.version, entry.c.scope).where(entry.c.kind == "record", entry.c.id == record)
    found = connection.execute(held).one_or_none()
    if found is not None:
        back.head, back.scope = found.version, found.scope
    same = and_(
        revision.c.kind == entry.c.kind, revision.c.id == entry.c.id, revision.c.version == entry.c.version
    )
    asked = select(entry.c.version, revision.c.body).join_from(entry, revision, same)
    for version, body in connection.execute(asked.where(entry.c.kind == "conflict", entry.c.about == record)):
        question = _CONFLICT.decode(body)
        back.questions[question.id] = version, question
    return back


@dataclass(slots=True)
class _Desk:
    """Puts back what it can of one record."""

    database: Database
    connection: Connection
    numbers: Numbers
    settings: Settings

    def take(self, back: _Back, versions: Sequence[RecordMessage]) -> dict[int, str]:
        became: dict[int, str] = {}
        later: list[RecordMessage] = []
        for said in sorted(versions, key=lambda each: each.version):
            if back.hashes.get(said.version) == said.hash:
                became[said.version] = KNOWN
            elif said.version in back.hashes:
                became[said.version] = self._beside(said)
            elif said.version < back.common:
                self._put(said)
                became[said.version] = TAKEN
            else:
                later.append(said)
        if later and _goes_on(back, later[-1]):
            for said in later:
                self._put(said)
                became[said.version] = TAKEN
            self._head(back, later[-1])
        else:
            became.update((said.version, self._beside(said)) for said in later)
        self._settled(back)
        return became

    def _kept(self, family: str) -> Kept:
        return kept_in(self.connection, [family]).get(family, NOTHING_KEPT)

    def _note(self, said: RecordMessage) -> str:
        return note_on(said, self._kept(said.scope_id))

    def _put(self, said: RecordMessage) -> None:
        """Put a version into the history, received when it once was."""
        row = self._row(
            "record", said.id, said.version, self._note(said), said.changed_by, said.changed_at, said
        )
        self.database.insert(self.connection, revision, [row])
        files = [
            {"sha256": sha256, "record": said.id, "version": said.version}
            for sha256 in sorted(files_in(row["body"]))
        ]
        self.database.insert(self.connection, blob_use, files)

    def _beside(self, said: RecordMessage) -> str:
        id_ = f"{said.id}|{said.mark}"  # two lost histories may each have had a version of this number
        at = and_(revision.c.kind == "former", revision.c.id == id_, revision.c.version == said.version)
        if self.connection.execute(select(revision.c.version).where(at)).one_or_none() is None:
            row = self._row(
                "former", id_, said.version, self._note(said), said.changed_by, said.changed_at, said
            )
            self.database.insert(self.connection, revision, [row])
        return BESIDE

    def _row(
        self,
        kind: str,
        id_: str,
        version: int,
        limits: str,
        author: str | None,
        at: str | None,
        said: RecordMessage | ConflictMessage,
    ) -> dict[str, Any]:
        now = self.settings.clock.now()
        moment = now if at is None else datetime.fromisoformat(at).astimezone(now.tzinfo)
        text = moment.isoformat()
        return {
            "kind": kind,
            "id": id_,
            "version": version,
            "op": None,  # its name went with the restore
            "author": author,
            "received_at": text,
            "edited_from": text,
            "edited_to": text,
            "limits": limits,
            "body": msgspec.json.encode(said),
        }

    def _head(self, back: _Back, said: RecordMessage) -> None:
        """Let a version that was put back be what the record says, with the questions it has open."""
        limits = self._note(said)
        self._entry("record", said.id, said.version, said.scope_id, "", limits, fresh=back.head is None)
        back.head, back.scope, back.notes = said.version, said.scope_id, both(back.notes, limits)
        note_conflicts(self.connection, limits, said.id, self.numbers)
        for id_ in said.open_conflicts:
            if id_ not in back.questions:
                self._question(back, back.brought[id_])

    def _settled(self, back: _Back) -> None:
        """Take the conflicts that were settled: those that are not here, and those that the head, as it is
        now, names no more."""
        if back.head is None:
            return
        at = and_(revision.c.kind == "record", revision.c.id == back.id, revision.c.version == back.head)
        body = self.connection.execute(select(revision.c.body).where(at)).scalar_one()
        still_open = set(_RECORD.decode(body).open_conflicts)
        for said in back.brought.values():
            here = back.questions.get(said.id)
            if said.state == "open" or said.id in still_open or said.scope_id != back.scope:
                continue
            if here is None or here[1].state == "open":
                self._question(back, said)

    def _question(self, back: _Back, said: ConflictMessage) -> None:
        version = back.questions[said.id][0] + 1 if said.id in back.questions else 1
        at = said.settled_at or said.mine_at
        own = both(back.notes, note_on_question(said, self._kept(said.scope_id)))
        row = self._row("conflict", said.id, version, own, said.settled_by or said.mine_by, at, said)
        self.database.insert(self.connection, revision, [row])
        self._entry("conflict", said.id, version, said.scope_id, back.id, own, fresh=version == 1)
        back.questions[said.id] = version, said

    def _entry(
        self, kind: str, id_: str, version: int, scope: str, about: str, limits: str, *, fresh: bool
    ) -> None:
        values = {"seq": self.numbers.next(), "version": version, "scope": scope, "limits": limits}
        if fresh:
            row = {"kind": kind, "id": id_, "about": about, **values}
            self.connection.execute(insert(entry), row)
        else:
            at = and_(entry.c.kind == kind, entry.c.id == id_)
            self.connection.execute(update(entry).where(at).values(values))


def _goes_on(back: _Back, said: RecordMessage) -> bool:
    """Say whether a version can be the head: nothing was written since the restore, it is of the same family,
    and the questions it has open are just those that would be open then."""
    if back.hashes and (back.common != max(back.hashes) or back.head is None):
        return False
    if back.scope not in (None, said.scope_id):
        return False
    named = set(said.open_conflicts)
    here = {id_ for id_, (_, each) in back.questions.items() if each.state == "open"}
    settled_here = back.questions.keys() - here
    known = here | {id_ for id_, each in back.brought.items() if each.state == "open"}
    closed = {id_ for id_, each in back.brought.items() if each.state != "open"}
    return named <= known - settled_here - closed and here - named <= closed


def _erase_again(database: Database, settings: Settings, marks: Marks, said: ErasureMessage) -> None:
    """Erase what was erased before the restore; that this was so is our own word."""
    word, _, mark = said.job_id.rpartition(".")
    if not word.startswith("erased.") or not marks.know_erasure(said.id, said.scope_id, mark):
        return
    held = select(entry.c.kind).where(entry.c.id == said.id, entry.c.kind.in_(("record", "erased")))
    with database.reading() as connection:
        kinds = set(connection.execute(held).scalars())
    if "erased" in kinds:
        return
    if "record" in kinds:
        erase(database, settings, said.id, reason="erased before the restore")
        return
    with database.writing() as (connection, numbers):
        if connection.execute(held).first() is None:
            now = settings.clock.now().isoformat()
            erase_unheard_of(connection, numbers, marks, now, said.id, said.scope_id)
