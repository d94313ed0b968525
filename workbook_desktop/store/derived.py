"""What records give: kept beside them, read anew only where a record says something else by now.

The store does not know how a record is read: `behind` says which are to be read, `put` keeps what was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from workbook_desktop.domain.ids import FamilyId, FormId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.outputs import Derived, Given, KnownFact
from workbook_desktop.domain.readings import ScaleReading
from workbook_desktop.domain.records import Body, FormRef, body_of
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database
from workbook_desktop.store.unsent import Unsent

# Raised whenever records are read, or dates worked out, by other rules: all are then read anew.
READ_BY = 4


class Standing(StrEnum):
    """Which text of a record was read, and what it is worth."""

    SIGNED = "signed"  # as the office has it, signed off
    SIGNING = "signing"  # as it was signed on this laptop, on its way; one that was refused is none
    SHARED = "shared"  # as the office has it, not signed off: a plan that several write in
    DRAFT = "draft"  # typed on this laptop, never at the office


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A record that is to be read: what it gives is not known, or is that of an earlier text."""

    record: RecordId
    num: int
    mark: str
    family: FamilyId
    form: FormRef
    chapter: str
    subjects: tuple[PersonId, ...]
    occurred_on: date | None
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What such a record says, who began it, and when it was signed or else changed."""

    body: Body
    author: WorkerId | None
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The record that gives something."""

    record: RecordId
    form: FormRef
    title: str
    chapter: str
    occurred_on: date | None
    standing: Standing
    author: WorkerId | None
    at: datetime | None
    version: int | None  # as the office has it

    @property
    def is_signed(self) -> bool:
        """Say whether it counts: signed off, here or at the office."""
        return self.standing in (Standing.SIGNED, Standing.SIGNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDue:
    """A date that was worked out, as it is kept. Names and versions of forms are looked up when it is
    shown."""

    person: PersonId | None
    what: str
    on: date | None
    state: str  # in words of the day it was worked out
    overdue: bool  # on that day
    steps: tuple[str, ...]
    form: FormId | None
    owner: str  # whose duty: a role, or "author", "chapter author"
    about: str  # which chapter, for a duty that each chapter has; ""
    runs_out: bool  # an order that ends: nobody is late
    moved: str = ""  # in a sentence, if a late change of bank holidays moved it
    is_law: bool = False  # by statute, regulations or statutory guidance, not by the council's own rule


_STANDING = """CASE
    WHEN r.signing AND r.here = 'waiting' AND r.local_hash IS NOT NULL THEN 'signing'
    WHEN r.state = 'signed_off' THEN 'signed'
    WHEN r.head_version IS NOT NULL THEN 'shared'
    ELSE 'draft'
END"""
_MARK = (
    f"({_STANDING} || ':' || CASE WHEN {_STANDING} IN ('signing', 'draft') THEN r.local_hash"
    " ELSE r.head_version END || ':' || r.form_id || ':' || r.form_version"
    " || ':' || r.family || ':' || coalesce(r.occurred_on, ''))"
)
_ORIGIN = (
    "r.id, r.form_id, r.form_version, r.title, r.chapter, r.occurred_on, d.standing, d.author, d.at,"
    " r.head_version"
)


class DerivedRows:
    """Reads and keeps what records give, and what this worker has seen of it."""

    def __init__(self, database: Database, unsent: Unsent) -> None:
        self._db, self._unsent = database, unsent

    def behind(self, family: FamilyId) -> list[Behind]:
        """Return the records of a family that are to be read. What was superseded gives nothing."""
        rows = self._db.execute(
            f"SELECT r.id, r.num, r.form_id, r.form_version, r.chapter, r.subjects, r.occurred_on,"
            f" {_STANDING}, {_MARK} || ':{READ_BY}' AS present_mark"
            " FROM record r LEFT JOIN derived_from d ON d.record = r.num"
            " WHERE r.family = ? AND r.type = 'form' AND r.form_id IS NOT NULL AND r.state <> 'superseded'"
            " AND d.mark IS NOT present_mark",
            (family,),
        ).fetchall()
        return [
            Behind(
                record=record,
                num=num,
                mark=mark,
                family=family,
                form=FormRef(id=form_id, version=form_version),
                chapter=chapter,
                subjects=tuple(codec.decode(subjects)),
                occurred_on=codec.day(occurred_on),
                standing=Standing(standing),
            )
            for record, num, form_id, form_version, chapter, subjects, occurred_on, standing, mark in rows
            if mark is not None
        ]

    def text(self, behind: Behind) -> Text:
        """Return what a record says: the text its standing names."""
        here = behind.standing in (Standing.SIGNING, Standing.DRAFT)
        side = self._unsent.side(behind.num, "local" if here else "head")
        head = self._unsent.head(behind.num)
        edited_by, edited_to, released_at = self._unsent.columns(
            behind.num, "edited_by", "edited_to", "released_at"
        )
        if behind.standing is Standing.SIGNING:  # an act of its own, often later than the last word
            edited_to = released_at or edited_to
        author = (head.created_by or head.changed_by) if head is not None else edited_by
        at = codec.moment(edited_to) if here or head is None else head.signed_at or head.changed_at
        body = Body() if side is None else body_of(codec.decode(side[1]))
        return Text(body=body, author=author, at=at)

    def forget(self, behind: Behind) -> None:
        """Let go of what a record gave before: it says something else, and cannot be read."""

        def job() -> None:
            self._db.execute("DELETE FROM derived_from WHERE record = ?", (behind.num,))

        self._db.run(job)

    def put(self, behind: Behind, text: Text, found: Derived) -> None:
        """Keep what a record gives, instead of what it gave before."""
        num, family = behind.num, behind.family

        def job() -> None:
            self._db.execute("DELETE FROM derived_from WHERE record = ?", (num,))
            self._db.execute(
                "INSERT INTO derived_from (record, mark, standing, author, at) VALUES (?, ?, ?, ?, ?)",
                (num, behind.mark, str(behind.standing), text.author, codec.text(text.at)),
            )
            self._db.many(
                "INSERT INTO given (record, output, number, row, kind, family, happened_on, people, parts)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        num,
                        each.id,
                        each.number,
                        each.row,
                        each.kind,
                        family,
                        _day(each.date),
                        codec.encode(list(each.people)).decode(),
                        codec.encode(each.parts),
                    )
                    for each in found.given
                ],
            )
            self._db.many(
                "INSERT INTO fact (record, path, code, family, person, value, happened_on, said_by, said_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        num,
                        each.path,
                        each.code,
                        family,
                        each.person,
                        codec.encode(each.value),
                        _day(each.on),
                        each.by,
                        each.at,
                    )
                    for each in found.facts
                ],
            )
            self._db.many(
                "INSERT INTO reading (record, number, family, detail) VALUES (?, ?, ?, ?)",
                [(num, number, family, _reading_json(each)) for number, each in enumerate(found.readings)],
            )

        self._db.run(job)

    def given(
        self, family: FamilyId, kinds: Sequence[str], *, saying: str = ""
    ) -> list[tuple[Origin, Given]]:
        """Return what a family's records give of these kinds, oldest first; `saying` leaves only those in
        whose parts this text stands somewhere: a first sieve, so that not every one is read."""
        rows = self._db.execute(
            f"SELECT {_ORIGIN}, g.output, g.number, g.row, g.kind, g.happened_on, g.people, g.parts"
            " FROM given g JOIN record r ON r.num = g.record JOIN derived_from d ON d.record = g.record"
            " WHERE g.family = ?1 AND r.family = g.family AND r.state <> 'superseded'"
            " AND g.kind IN (SELECT value FROM json_each(?2))"
            " AND (?3 = '' OR instr(CAST(g.parts AS TEXT), ?3))"
            " ORDER BY g.happened_on, r.id, g.output, g.number",
            (family, codec.encode(list(kinds)).decode(), saying),
        )
        return [(_origin(row[:10]), _given(row[10:])) for row in rows]

    def notes(self, families: Sequence[FamilyId], reader: WorkerId) -> list[tuple[Origin, FamilyId, Given]]:
        """Return what records of these families ask to be read, newest first: not what this worker has opened
        as it stands now, nor what is the worker's own."""
        rows = self._db.execute(
            f"SELECT {_ORIGIN}, g.family, g.output, g.number, g.row, g.kind, g.happened_on, g.people, g.parts"
            " FROM given g JOIN record r ON r.num = g.record JOIN derived_from d ON d.record = g.record"
            " LEFT JOIN looked l ON l.record = g.record AND l.worker = ?1"
            " WHERE g.family IN (SELECT value FROM json_each(?2)) AND g.kind = 'note'"
            " AND r.family = g.family AND r.state <> 'superseded'"
            " AND coalesce(l.version, -1) < coalesce(r.head_version, 0)"
            " AND d.author IS NOT ?1 AND r.changed_by IS NOT ?1"
            " ORDER BY g.happened_on DESC, d.at DESC, r.id DESC, g.output, g.number",
            (reader, codec.encode(list(families)).decode()),
        )
        return [(_origin(row[:10]), row[10], _given(row[11:])) for row in rows]

    def look(self, record: RecordId, reader: WorkerId, at: datetime) -> None:
        """Note that a worker has a record open as it stands now, if it asks anybody to read it."""
        row = self._db.execute(
            "SELECT r.num, coalesce(r.head_version, 0) FROM record r"
            " LEFT JOIN looked l ON l.record = r.num AND l.worker = ?2"
            " WHERE r.id = ?1 AND coalesce(l.version, -1) < coalesce(r.head_version, 0)"
            " AND EXISTS (SELECT 1 FROM given g WHERE g.record = r.num AND g.kind = 'note')",
            (record, reader),
        ).fetchone()
        if row is None:
            return
        values = (row[0], reader, row[1], codec.text(at))
        self._db.run(
            lambda: self._db.execute(
                "INSERT INTO looked (record, worker, version, at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (record, worker) DO UPDATE SET version = excluded.version, at = excluded.at",
                values,
            )
        )

    def dues(self, family: FamilyId) -> tuple[str, tuple[KeptDue, ...]] | None:
        """Return a family's dates as they were worked out last, and with what; None if they never were.

        The stamp is ``""`` when something has happened since.
        """
        row = self._db.execute("SELECT stamp, detail FROM due WHERE family = ?", (family,)).fetchone()
        kept = codec.decode(row[1]) if row is not None else {}
        if kept.get("read_by") != READ_BY:  # of another Workbook, which may have kept other members
            return None
        return row[0], tuple(
            KeptDue(**said | {"on": codec.day(said["on"]), "steps": tuple(said["steps"])})
            for said in kept["dues"]
        )

    def dues_stamp(self, family: FamilyId) -> str | None:
        """Return what a family's dates were worked out with, as `dues` does."""
        row = self._db.execute("SELECT stamp FROM due WHERE family = ?", (family,)).fetchone()
        return None if row is None else str(row[0])

    def changes(self) -> int:
        """Return a number that is another whenever this store was written to since it was opened."""
        return int(self._db.execute("SELECT total_changes()").fetchone()[0])

    def put_dues(self, family: FamilyId, stamp: str, dues: Sequence[KeptDue]) -> None:
        """Keep a family's dates, instead of those before."""
        said = [asdict(each) | {"on": _day(each.on)} for each in dues]
        detail = codec.encode({"read_by": READ_BY, "dues": said})

        def job() -> None:
            self._db.execute("DELETE FROM due WHERE family = ?", (family,))
            self._db.execute(
                "INSERT INTO due (family, stamp, detail) VALUES (?, ?, ?)", (family, stamp, detail)
            )

        self._db.run(job)

    def facts(self, family: FamilyId) -> list[tuple[Origin, KnownFact]]:
        """Return what a family's records say once for all, oldest first."""
        rows = self._db.execute(
            f"SELECT {_ORIGIN}, f.code, f.person, f.value, f.path, f.happened_on, f.said_by, f.said_at"
            " FROM fact f JOIN record r ON r.num = f.record JOIN derived_from d ON d.record = f.record"
            " WHERE f.family = ? AND r.family = f.family AND r.state <> 'superseded'"
            " ORDER BY f.happened_on, d.at, r.id, f.path",
            (family,),
        )
        return [
            (
                _origin(row[:10]),
                KnownFact(
                    code=row[10],
                    person=row[11],
                    value=codec.decode(row[12]),
                    path=row[13],
                    on=codec.day(row[14]),
                    by=row[15],
                    at=row[16],
                ),
            )
            for row in rows
        ]

    def readings(self, family: FamilyId, *, saying: str = "") -> list[tuple[Origin, ScaleReading]]:
        """Return the readings of a family's scales, oldest first; `saying` as in `given`."""
        rows = self._db.execute(
            f"SELECT {_ORIGIN}, g.detail FROM reading g JOIN record r ON r.num = g.record"
            " JOIN derived_from d ON d.record = g.record"
            " WHERE g.family = ?1 AND r.family = g.family AND r.state <> 'superseded'"
            " AND (?2 = '' OR instr(CAST(g.detail AS TEXT), ?2))"
            " ORDER BY r.occurred_on, r.id, g.number",
            (family, saying),
        )
        origins = [(_origin(row[:10]), row[10]) for row in rows]
        found = [(origin, _reading_of(raw, origin)) for origin, raw in origins]
        # By their own day: a score filled in last spring may stand in this week's record.
        return sorted(found, key=lambda each: each[1].date)


def _given(row: Sequence[Any]) -> Given:
    output, number, row_id, kind, happened_on, people, parts = row
    return Given(
        kind=kind,
        id=output,
        number=number,
        date=codec.day(happened_on),
        people=tuple(codec.decode(people)),
        parts=codec.decode(parts),
        row=row_id,
    )


def _origin(row: Sequence[Any]) -> Origin:
    record, form_id, form_version, title, chapter, occurred_on, standing, author, at, version = row
    return Origin(
        record=record,
        form=FormRef(id=form_id, version=form_version),
        title=title,
        chapter=chapter,
        occurred_on=codec.day(occurred_on),
        standing=Standing(standing),
        author=author,
        at=codec.moment(at),
        version=version,
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


_AS_TEXT = frozenset(("value", "least", "most"))  # decimals, which JSON would make something else of
_NOT_KEPT = frozenset(("record", "sent"))  # known from the record


def _reading_json(reading: ScaleReading) -> bytes:
    said: dict[str, Any] = {
        each.name: getattr(reading, each.name) for each in fields(reading) if each.name not in _NOT_KEPT
    }
    return codec.encode(
        said | {name: f"{said[name]:f}" for name in _AS_TEXT} | {"date": reading.date.isoformat()}
    )


def _reading_of(raw: bytes, origin: Origin) -> ScaleReading:
    said = codec.decode(raw)
    return ScaleReading(
        **said
        | {name: Decimal(said[name]) for name in _AS_TEXT}
        | {"date": date.fromisoformat(said["date"])},
        record=origin.record,
        sent=origin.standing is not Standing.SIGNING,
    )
