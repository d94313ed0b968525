"""The state of one record on this laptop: what every verb of drafts, feed and outbox changes, in one place.

While there is local work a record is *pinned*: its base stands still, whatever the feed brings, until the
ICS has acknowledged the work. The base has a row of its own only while it differs from the head.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from workbook_desktop.domain.changes import Crossing
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import NotPermitted, RecordUnknown
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId
from workbook_desktop.domain.records import Gist, Head, body_of, content_of
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database
from workbook_desktop.store.journal import Journal
from workbook_desktop.store.search_index import SearchIndex

AMONG_MANY = 128  # times the size at which the journal is written anew
IN_AN_ENTRY = 50  # records, when the journal is written anew: few statements, and no great heap
SNAPSHOT_EVERY = 60.0  # seconds between copies of a draft that is only being typed

_KEPT = (
    "id", "type", "family", "form_id", "form_version", "state", "chapter", "subjects", "title", "occurred_on",
    "sort_on", "base_version", "local_hash", "edited_from", "edited_to", "edited_by", "released_at",
    "sign_off_hash", "settles", "amends",
)  # fmt: skip
_KEPT_OF_OP = (
    "id", "kind", "after", "status", "sealed", "content", "state", "local_hash", "edited_from", "edited_to",
    "sign_off_hash", "settles", "problem", "problem_path", "created_at",
)  # fmt: skip


def envelope_in(side: str) -> str:
    """Return the SQL for what the ICS said beside the content, for a row of `body` by its name there."""
    elsewhere = f"(SELECT beside.envelope FROM beside WHERE beside.record = {side}.record)"
    return f"iif({side}.envelope = x'00', {elsewhere}, {side}.envelope)"


_SNAPSHOT = (
    f"SELECT r.num, base.envelope, base.content, {envelope_in('head')}, head.content, local.content,"
    " seen.content, stood.content, "
    + ", ".join(f"r.{name}" for name in _KEPT)
    + " FROM json_each(?) AS wanted JOIN record AS r ON r.num = wanted.value"
    " LEFT JOIN body AS local ON local.record = r.num AND local.side = 'local'"
    " LEFT JOIN body AS seen ON seen.record = r.num AND seen.side = 'seen'"
    " LEFT JOIN body AS stood ON stood.record = r.num AND stood.side = 'stood'"
    " LEFT JOIN body AS base ON base.record = r.num AND base.side = 'base'"
    # The base has no row of its own while it is the head.
    " LEFT JOIN body AS head ON head.record = r.num AND head.side = 'head' AND base.record IS NULL"
    " AND r.base_version = r.head_version"
)

# What lists say about where a record stands, from the rows that know: one statement, for it is said of each
# record that is typed, sealed or pulled.
_REFRESH = """
    UPDATE record SET
        here = CASE
            WHEN EXISTS (SELECT 1 FROM op WHERE op.record = record.num AND op.status = 'parked') THEN 'parked'
            WHEN released_at IS NOT NULL THEN 'waiting'
            WHEN NOT EXISTS (SELECT 1 FROM op WHERE op.record = record.num AND op.status <> 'aside')
                THEN iif(local_hash IS NULL, 'in-step', 'draft')
            WHEN local_hash IS NULL OR local_hash IS (
                SELECT op.local_hash FROM op WHERE op.record = record.num AND op.status <> 'aside'
                ORDER BY op.num DESC LIMIT 1
            ) THEN 'waiting'
            ELSE 'draft'
        END,
        conflicts = (
            SELECT count(*) FROM conflict WHERE conflict.record = record.id AND conflict.state = 'open'
        ),
        problem = (
            SELECT op.problem FROM op WHERE op.record = record.num AND op.status = 'parked'
            ORDER BY op.num LIMIT 1
        ),
        signing = sign_off_hash IS NOT NULL OR EXISTS (
            SELECT 1 FROM op
            WHERE op.record = record.num AND op.status <> 'aside' AND op.sign_off_hash IS NOT NULL
        )
    WHERE num = ?
"""


def title_of(gist: Gist, amends: str | None) -> str:
    """Return a record's title as lists and search have it; one that amends a signed record says so."""
    return gist.title if amends is None else f"Late addition: {gist.title}"


def see_not_leaving(database: Database, family: FamilyId, record: RecordId | None = None) -> None:
    """Raise NotPermitted if a family, or this record of it, has to leave this laptop."""
    found = database.execute(
        "SELECT 1 FROM purge_job WHERE family = ?1 AND (record IS NULL OR record = ?2)", (family, record)
    ).fetchone()
    if found is not None:
        raise NotPermitted(what="leaving")


class Unsent:
    """Rows of `record`, `body`, `op` and `search`, kept in agreement; and their copy in the journal."""

    def __init__(self, database: Database, journal: Journal, clock: Clock, words: SearchIndex) -> None:
        self._db, self._journal, self._clock, self.words = database, journal, clock, words
        self._touched: set[int] = set()
        self._typed: set[int] = set()
        self._not_copied: set[int] = set()  # typed since their last copy in the journal
        self._copied_at: dict[int, float] = {}
        database.before_commit = self._copy
        database.after_rollback = self._forget

    # Looking ------------------------------------------------------------------------------------------------

    def find(self, record: RecordId) -> int | None:
        """Return a record's number, or None."""
        row = self._db.execute("SELECT num FROM record WHERE id = ?", (record,)).fetchone()
        return None if row is None else int(row[0])

    def number(self, record: RecordId) -> int:
        """Return a record's number. Raises RecordUnknown."""
        num = self.find(record)
        if num is None:
            raise RecordUnknown(record=record)
        return num

    def columns(self, num: int, *names: str) -> tuple[Any, ...]:
        """Return columns of a record."""
        row: tuple[Any, ...] = self._db.execute(
            f"SELECT {', '.join(names)} FROM record WHERE num = ?", (num,)
        ).fetchone()
        return row

    def set(self, num: int, **values: Any) -> None:
        """Set columns of a record."""
        self._db.execute(
            f"UPDATE record SET {', '.join(f'{name} = ?' for name in values)} WHERE num = ?",
            (*values.values(), num),
        )

    def side(self, num: int, side: str) -> tuple[bytes | None, bytes] | None:
        """Return the stored envelope and content of one side, or None."""
        row: tuple[bytes | None, bytes] | None = self._db.execute(
            f"SELECT {envelope_in('body')}, content FROM body WHERE record = ? AND side = ?", (num, side)
        ).fetchone()
        return row

    def head(self, num: int) -> Head | None:
        """Return the record as the ICS has it."""
        return self._head_at(num, "head")

    def base(self, num: int) -> Head | None:
        """Return what the local edit rests on; without local work, the head."""
        base_version, head_version = self.columns(num, "base_version", "head_version")
        if base_version is None:
            return None
        found = self._head_at(num, "base")
        return found if found is not None or base_version != head_version else self._head_at(num, "head")

    def _head_at(self, num: int, side: str) -> Head | None:
        row = self.side(num, side)
        return codec.head_of(row[0], row[1]) if row is not None and row[0] is not None else None

    # Changing -----------------------------------------------------------------------------------------------

    def put_side(self, num: int, side: str, envelope: bytes | None, content: bytes) -> None:
        """Keep one side of a record."""
        self._db.execute(
            "INSERT INTO body (record, side, envelope, content) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (record, side)"
            " DO UPDATE SET envelope = excluded.envelope, content = excluded.content",
            (num, side, envelope, content),
        )

    def drop_side(self, num: int, side: str) -> None:
        """Forget one side of a record."""
        self._db.execute("DELETE FROM body WHERE record = ? AND side = ?", (num, side))

    def crossing(self, num: int) -> Crossing | None:
        """Return what typing crossed with and is not merged yet."""
        seen, stood = self.side(num, "seen"), self.side(num, "stood")
        if seen is None or stood is None:
            return None
        return Crossing(seen=body_of(codec.decode(seen[1])), stood=body_of(codec.decode(stood[1])))

    def put_crossing(self, num: int, crossing: Crossing | None) -> None:
        """Keep what typing crossed with, or with None forget it: it is merged."""
        for side, body in (
            ("seen", crossing.seen if crossing else None),
            ("stood", crossing.stood if crossing else None),
        ):
            if body is None:
                self.drop_side(num, side)
            else:
                self.put_side(num, side, None, codec.encode_sorted(content_of(body)))

    def pin(self, num: int) -> None:
        """Let the base stand still from here on."""
        self._db.execute(
            "UPDATE record SET pinned = 1, base_version = head_version WHERE num = ? AND pinned = 0", (num,)
        )

    def unpin(self, num: int) -> None:
        """The local work is done: the record is what the ICS has."""
        self._db.execute("DELETE FROM body WHERE record = ? AND side <> 'head'", (num,))
        self._db.execute(
            "UPDATE record SET pinned = 0, base_version = head_version, local_hash = NULL,"
            " edited_from = NULL, edited_to = NULL, edited_by = NULL, released_at = NULL,"
            " sign_off_hash = NULL, settles = '[]' WHERE num = ?",
            (num,),
        )

    def put_local(self, num: int, content: bytes) -> str:
        """Keep the local text and return its hash."""
        local_hash = codec.digest(content)
        self.put_side(num, "local", None, content)
        self.set(num, local_hash=local_hash)
        return local_hash

    def put_base(self, num: int, base: Head) -> None:
        """Let local work rest on another base. The head must have been moved before."""
        (head_version,) = self.columns(num, "head_version")
        self.set(num, base_version=base.version)
        if base.version == head_version:
            self.drop_side(num, "base")
        else:
            self.put_side(num, "base", codec.envelope_of(base), codec.content_json(base.content))

    def move_head(self, num: int, head: Head, *, anyway: bool = False) -> bool:
        """Take a newer head, and say whether it was newer. A pinned base and local text stay as they are.

        `anyway`: also one that is not newer, where a checked list, or a restored ICS, says that it holds.
        """
        pinned, base_version, head_version = self.columns(num, "pinned", "base_version", "head_version")
        if head_version is not None and head.version <= head_version and not anyway:
            return False
        if head_version is not None:
            self.keep_in_ledger(num)
        if pinned and base_version is not None and base_version == head_version:
            # The base was the head so far: now it needs a row of its own.
            self._db.execute(
                f"UPDATE OR IGNORE body SET side = 'base', envelope = {envelope_in('body')}"
                " WHERE record = ? AND side = 'head'",
                (num,),
            )
        self.put_side(num, "head", codec.envelope_of(head), codec.content_json(head.content))
        self._db.execute("DELETE FROM beside WHERE record = ?", (num,))
        self.set(
            num,
            head_version=head.version,
            **({} if pinned else {"base_version": head.version}),
            family=head.family,
            form_id=head.form.id if head.form else None,
            form_version=head.form.version if head.form else None,
            state=str(head.state),
            chapter=head.chapter,
            amends=head.amends,
        )
        self.put_subjects(num, head.subjects)
        return True

    def keep_in_ledger(self, num: int) -> None:
        """Before a head goes: a line of the ledger that relied on it for what was accepted gets its words."""
        self._db.execute(
            "UPDATE ack_ledger SET content ="
            " (SELECT content FROM body WHERE body.record = ?1 AND body.side = 'head')"
            " WHERE content IS NULL AND envelope IS NOT NULL"
            " AND (record, version) = (SELECT id, head_version FROM record WHERE num = ?1)",
            (num,),
        )

    def put_subjects(self, num: int, subjects: Sequence[PersonId]) -> None:
        """Keep whom a record is about."""
        wanted = codec.encode(list(subjects)).decode()
        if self.columns(num, "subjects") == (wanted,):
            return
        self.set(num, subjects=wanted)
        self._db.execute("DELETE FROM subject WHERE record = ?", (num,))
        self._db.many(
            "INSERT OR IGNORE INTO subject (person, record) VALUES (?, ?)",
            [(person, num) for person in subjects],
        )

    def index(self, num: int, gist: Gist, changed_on: str) -> None:
        """Keep what lists and search need."""
        occurred_on = gist.occurred_on.isoformat() if gist.occurred_on else None
        (amends,) = self.columns(num, "amends")
        title = codec.whole_text(title_of(gist, amends))
        self.set(num, title=title, occurred_on=occurred_on, sort_on=occurred_on or changed_on[:10])
        self.words.put(num, title, gist.search_text)

    def refresh(self, num: int) -> None:
        """Work out anew what lists say about where the record stands."""
        self._db.execute(_REFRESH, (num,))

    def see_not_leaving(self, family: FamilyId, record: RecordId | None = None) -> None:
        """Raise NotPermitted if a family, or this record of it, has to leave this laptop: nothing more is
        written to it."""
        see_not_leaving(self._db, family, record)

    # The journal --------------------------------------------------------------------------------------------

    def touch(self, num: int) -> None:
        """This record's unsent work goes to the journal before the transaction commits."""
        self._touched.add(num)

    def typed(self, num: int) -> None:
        """This draft goes to the journal if its last copy is old."""
        self._typed.add(num)

    def _copy(self) -> None:
        now = self._clock.monotonic()
        due = {
            num
            for num in self._typed
            if num not in self._copied_at or now - self._copied_at[num] >= SNAPSHOT_EVERY
        }
        numbers = self._touched | due
        if numbers:
            self._append(numbers)
        for num in numbers:
            self._copied_at[num] = now
        self._not_copied |= self._typed
        self._not_copied -= numbers
        self._touched.clear()
        self._typed.clear()

    def _forget(self) -> None:
        self._touched.clear()
        self._typed.clear()

    def _append(self, numbers: Iterable[int]) -> None:
        entry = self.snapshots(numbers)
        if not entry:
            return
        number = self.high_water() + 1
        self._db.execute("UPDATE meta SET value = ? WHERE name = 'journal'", (str(number),))
        self._journal.append(number, entry)

    def high_water(self) -> int:
        """Return the number of the last journal entry this database knows."""
        return int(self._db.execute("SELECT value FROM meta WHERE name = 'journal'").fetchone()[0])

    def copy_drafts(self) -> None:
        """Bring drafts typed since their last copy to the journal, before the store closes."""
        if self._not_copied:
            for num in sorted(self._not_copied):
                self.touch(num)
            self._db.run(lambda: None)

    def compact(self, *, at_once: bool = False, among_many: bool = False) -> None:
        """Write the journal anew from what is unsent, if it has grown. Among many records it may grow more:
        what is sealed now is soon acknowledged, and need not be written again before."""
        if at_once or self._journal.grown > (AMONG_MANY if among_many else 1):
            numbers = [num for (num,) in self._db.execute("SELECT num FROM record WHERE pinned = 1")]
            some = (numbers[at : at + IN_AN_ENTRY] for at in range(0, len(numbers), IN_AN_ENTRY))
            self._journal.rewrite(self.high_water(), (self.snapshots(each) for each in some))

    def snapshots(self, numbers: Iterable[int]) -> list[dict[str, Any]]:
        """Return all unsent work on each of these records, as the journal keeps it."""
        wanted = codec.encode(sorted(numbers)).decode()
        found: dict[int, dict[str, Any]] = {}
        for row in self._db.execute(_SNAPSHOT, (wanted,)):
            num, envelope, base, head_envelope, head, local, seen, stood, *kept = row
            if base is None and head_envelope is not None:
                envelope, base = head_envelope, head
            found[num] = {
                "v": 1,
                "record": dict(zip(_KEPT, kept, strict=True)),
                "base": [envelope, base] if base is not None else None,
                "local": local,
                "crossed": [seen, stood] if seen is not None and stood is not None else None,
                "ops": [],
                "proposals": [],
                "late": [],
            }
        for num, *op in self._db.execute(
            f"SELECT record, {', '.join(_KEPT_OF_OP)} FROM op"
            " WHERE record IN (SELECT value FROM json_each(?)) ORDER BY record, num",
            (wanted,),
        ):
            found[num]["ops"].append(dict(zip(_KEPT_OF_OP, op, strict=True)))
        for num, *proposal in self._db.execute(
            "SELECT record, path, clash, op FROM proposal WHERE record IN (SELECT value FROM json_each(?))"
            " ORDER BY rowid",
            (wanted,),
        ):
            found[num]["proposals"].append(proposal)
        for num, *late in self._db.execute(
            "SELECT r.num, late.op, late.job, late.sealed FROM json_each(?) AS wanted"
            " JOIN record AS r ON r.num = wanted.value"
            " JOIN late_op AS late ON late.record = r.id AND late.kept = 0 ORDER BY late.num",
            (wanted,),
        ):
            found[num]["late"].append(late)
        return [found[num] for num in sorted(found)]

    def replay(self) -> int:
        """Bring a database that is behind its journal up to it; return how many records got work back."""
        known = self.high_water()
        newest: dict[str, dict[str, Any]] = {}
        last = known
        for number, entry in self._journal.entries():
            last = max(last, number)
            if number > known:
                for found in entry:
                    newest[found["record"]["id"]] = found
        if last > known:
            self._db.run(lambda: self._restore(newest, last))
        return sum(1 for found in newest.values() if found["local"] is not None)

    def _restore(self, newest: dict[str, dict[str, Any]], last: int) -> None:
        for found in newest.values():
            self._restore_one(found)
        self._db.execute("UPDATE meta SET value = ? WHERE name = 'journal'", (str(last),))

    def _restore_one(self, found: dict[str, Any]) -> None:
        kept: dict[str, Any] = found["record"]
        for op, job, sealed in found.get("late", ()):  # not in what a Workbook of before wrote
            self._db.execute(
                "INSERT OR IGNORE INTO late_op (op, job, record, sealed) VALUES (?, ?, ?, ?)",
                (op, job, kept["id"], sealed),
            )
        num = self.find(kept["id"])
        if num is None:
            if found["local"] is None:
                return  # a draft that was thrown away
            num = self.insert(kept)
        acked = {
            row[0] for row in self._db.execute("SELECT op FROM ack_ledger WHERE record = ?", (kept["id"],))
        }
        self._db.execute("DELETE FROM op WHERE record = ?", (num,))
        self._db.execute("DELETE FROM proposal WHERE record = ?", (num,))
        self.unpin(num)
        if found["local"] is None:
            self.refresh(num)
            return
        # A journal of an earlier Workbook lacks what has been added since.
        changing = {name: kept[name] for name in _KEPT if name in kept and name not in ("id", "state")}
        self.set(num, **changing, pinned=1)
        if found["base"] is not None:
            envelope, content = found["base"]
            (head_version,) = self.columns(num, "head_version")
            if head_version is None:
                self.move_head(num, codec.head_of(envelope, content))
            elif head_version != kept["base_version"]:
                self.put_side(num, "base", envelope, content)
        self.put_side(num, "local", None, found["local"])
        if found.get("crossed") is not None:
            for side, content in zip(("seen", "stood"), found["crossed"], strict=True):
                self.put_side(num, side, None, content)
        for op in found["ops"]:
            if op["id"] not in acked:
                self.insert_op(num, op)
        for path, clash, op in found["proposals"]:
            self._db.execute(
                "INSERT INTO proposal (record, path, clash, op) VALUES (?, ?, ?, ?)",
                (num, path, clash, op),
            )
        subjects = codec.decode(kept["subjects"])
        self.set(num, subjects="")
        self.put_subjects(num, subjects)
        words = codec.words_in(codec.decode(found["local"]))
        self.set(num, changed_at=kept["edited_to"] or "", changed_by=kept["edited_by"])
        self.words.put(num, kept["title"], words)
        self.refresh(num)

    def insert(self, values: dict[str, Any]) -> int:
        """Add a row to `record` and return its number."""
        cursor = self._db.execute(
            f"INSERT INTO record ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
            tuple(values.values()),
        )
        return int(cursor.lastrowid)

    def insert_op(self, num: int, op: dict[str, Any]) -> None:
        """Add a row to `op`."""
        self._db.execute(
            f"INSERT INTO op (record, {', '.join(op)}) VALUES (?, {', '.join('?' * len(op))})",
            (num, *op.values()),
        )
