"""The bytes of files that answers name: kept in the store beside the records, sent and fetched in parts.

An answer holds the file's name, kind, size and hash. A small file's bytes stand in the answer itself; those
of a larger one are here, under the hash, once for each family.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from workbook_desktop.domain.files import FileOnItsWay, FileToMove
from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.store.connection import Database
from workbook_desktop.store.unsent import see_not_leaving

PART_BYTES = 256 * 1024

# A file goes with the words that name it: once an op carries them, or the ICS has them, or they wait to be
# handed in; or its record has left this laptop. One that nobody's words name any more was taken out again.
_NAMES_IT = "instr({0}, CAST(f.hash AS BLOB)) > 0"
_GOES = (
    "(r.num IS NULL"
    " OR EXISTS (SELECT 1 FROM op WHERE op.record = r.num AND op.status <> 'aside'"
    f" AND {_NAMES_IT.format('op.sealed')})"
    " OR EXISTS (SELECT 1 FROM body WHERE body.record = r.num AND body.side = 'head'"
    f" AND {_NAMES_IT.format('body.content')})"
    " OR EXISTS (SELECT 1 FROM late_op WHERE late_op.record = r.id"
    f" AND {_NAMES_IT.format('late_op.sealed')}))"
)
_IS_TYPED = (
    "EXISTS (SELECT 1 FROM body WHERE body.record = r.num AND body.side = 'local'"
    f" AND {_NAMES_IT.format('body.content')})"
)


class Attached:
    """Files of the store. To be called in its thread."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def put(self, family: FamilyId, record: RecordId, data: bytes) -> str:
        """Keep a file that was chosen for a record; return its hash. One that is here stays as it is.

        Raises:
            DiskFull: nothing was kept.
            NotPermitted: the family, or this record, has to leave this laptop.
        """
        hash_ = hashlib.sha256(data).hexdigest()

        def job() -> None:
            see_not_leaving(self._db, family, record)
            known = self._db.execute(
                "SELECT state FROM file WHERE hash = ? AND family = ?", (hash_, family)
            ).fetchone()
            if known is not None and known[0] != "wanted":
                return
            self._drop(hash_, family)
            self._db.execute(
                "INSERT INTO file (hash, family, record, size, reached, state) VALUES (?, ?, ?, ?, ?, 'new')",
                (hash_, family, record, len(data), len(data)),
            )
            for at in range(0, len(data), PART_BYTES):
                self._keep_part(hash_, family, at, data[at : at + PART_BYTES])

        self._db.run(job)
        return hash_

    def data(self, family: FamilyId, hash_: str) -> bytes | None:
        """Return a file's bytes; None if not all of them are here."""
        row = self._db.execute(
            "SELECT size, reached FROM file WHERE hash = ? AND family = ?", (hash_, family)
        ).fetchone()
        if row is None or row[0] != row[1]:
            return None
        return b"".join(
            bytes(data)
            for (data,) in self._db.execute(
                "SELECT data FROM file_part WHERE hash = ? AND family = ? ORDER BY at", (hash_, family)
            )
        )

    def want(self, family: FamilyId, hash_: str, size: int) -> None:
        """Have the next run fetch a file, if it is not here."""
        self._db.run(
            lambda: self._db.execute(
                "INSERT OR IGNORE INTO file (hash, family, size, reached, state)"
                " VALUES (?, ?, ?, 0, 'wanted')",
                (hash_, family, size),
            )
        )

    def on_their_way(self) -> Sequence[FileOnItsWay]:
        """Return files that the ICS has not, those it did not take first; none that was taken out again."""
        rows = self._db.execute(
            f"SELECT f.hash, f.family, f.record, f.size, f.state = 'refused', {_GOES} AS goes"
            " FROM file f LEFT JOIN record r ON r.id = f.record"
            f" WHERE f.state IN ('new', 'refused') AND (goes OR {_IS_TYPED}) ORDER BY f.state DESC, f.size"
        )
        return [
            FileOnItsWay(
                hash=hash_,
                family=family,
                record=record,
                size=size,
                refused=bool(refused),
                held_back=not goes,
            )
            for hash_, family, record, size, refused, goes in rows
        ]

    # What the exchange does -------------------------------------------------------------------------------

    def to_send(self, limit: int) -> Sequence[FileToMove]:
        """Return files to hand over, at most `limit`. One chosen for a draft that is still held back waits
        with it; one whose record has left this laptop goes by itself."""
        rows = self._db.execute(
            "SELECT f.hash, f.family, f.size FROM file f LEFT JOIN record r ON r.id = f.record"
            f" WHERE f.state = 'new' AND {_GOES} ORDER BY f.size LIMIT ?",
            (limit,),
        )
        return [FileToMove(hash=hash_, family=family, size=size, reached=0) for hash_, family, size in rows]

    def part(self, family: FamilyId, hash_: str, at: int) -> bytes:
        """Return bytes of a file from `at` on, to the end of the part in which they stand."""
        row = self._db.execute(
            "SELECT at, data FROM file_part WHERE hash = ? AND family = ? AND at <= ?"
            " ORDER BY at DESC LIMIT 1",
            (hash_, family, at),
        ).fetchone()
        return b"" if row is None else bytes(row[1])[at - row[0] :]

    def sent(self, family: FamilyId, hash_: str) -> None:
        """The ICS has all of it. If its record has left this laptop, so does the file."""

        def job() -> None:
            row = self._db.execute(
                "SELECT 1 FROM file f JOIN record r ON r.id = f.record WHERE f.hash = ? AND f.family = ?",
                (hash_, family),
            ).fetchone()
            if row is None:
                self._drop(hash_, family)
            else:
                self._note(family, hash_, "sent")

        self._db.run(job)

    def refused(self, family: FamilyId, hash_: str) -> None:
        """The ICS does not take it. It stays here."""
        self._note(family, hash_, "refused")

    def wanted(self, limit: int) -> Sequence[FileToMove]:
        """Return files to fetch, at most `limit`, and how much of each is here."""
        rows = self._db.execute(
            "SELECT hash, family, size, reached FROM file WHERE state = 'wanted' ORDER BY size LIMIT ?",
            (limit,),
        )
        return [
            FileToMove(hash=hash_, family=family, size=size, reached=reached)
            for hash_, family, size, reached in rows
        ]

    def arrived(self, family: FamilyId, hash_: str, at: int, data: bytes) -> bool:
        """Keep a part that was fetched; say whether the file is here now. If the whole is another file than
        its hash says, it is fetched anew."""

        def job() -> bool:
            row = self._db.execute(
                "SELECT size, reached FROM file WHERE hash = ? AND family = ? AND state = 'wanted'",
                (hash_, family),
            ).fetchone()
            if row is None or row[1] != at or not data or at + len(data) > row[0]:
                return False
            self._keep_part(hash_, family, at, data)
            reached = at + len(data)
            self._db.execute(
                "UPDATE file SET reached = ? WHERE hash = ? AND family = ?", (reached, hash_, family)
            )
            if reached < row[0]:
                return False
            whole = self.data(family, hash_) or b""
            if hashlib.sha256(whole).hexdigest() == hash_:
                self._note(family, hash_, "here")
                return True
            self._db.execute("DELETE FROM file_part WHERE hash = ? AND family = ?", (hash_, family))
            self._db.execute("UPDATE file SET reached = 0 WHERE hash = ? AND family = ?", (hash_, family))
            return False

        return self._db.run(job)

    def not_there(self, family: FamilyId, hash_: str) -> None:
        """The ICS does not have it, or not for this worker: asked for no more until it is wanted again."""
        self._db.run(lambda: self._drop(hash_, family))

    def count_to_send(self) -> int:
        """Return how many files wait to be handed over. Asked at every turn: records are looked into only
        where there are files at all."""
        waits = self._db.execute("SELECT 1 FROM file WHERE state = 'new' LIMIT 1").fetchone()
        if waits is None:
            return 0
        return len(self.to_send(1000))

    def _note(self, family: FamilyId, hash_: str, state: str) -> None:
        self._db.run(
            lambda: self._db.execute(
                "UPDATE file SET state = ? WHERE hash = ? AND family = ?", (state, hash_, family)
            )
        )

    def _keep_part(self, hash_: str, family: FamilyId, at: int, data: bytes) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO file_part (hash, family, at, data) VALUES (?, ?, ?, ?)",
            (hash_, family, at, data),
        )

    def _drop(self, hash_: str, family: FamilyId) -> None:
        self._db.execute("DELETE FROM file_part WHERE hash = ? AND family = ?", (hash_, family))
        self._db.execute("DELETE FROM file WHERE hash = ? AND family = ?", (hash_, family))
