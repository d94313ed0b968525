"""The families this laptop holds: gained and read whole, compared with what the ICS has, mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from workbook_desktop.domain.changes import FeedItem
from workbook_desktop.domain.digests import Digest, digest_of
from workbook_desktop.domain.errors import DiskFull
from workbook_desktop.domain.holdings import Arriving, Holding
from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.store.connection import Database
from workbook_desktop.store.feed import MANY, Feed
from workbook_desktop.store.unsent import envelope_in

_HELD = (
    f"SELECT r.id, r.head_version, {envelope_in('head')} FROM record r"
    " JOIN body head ON head.record = r.num AND head.side = 'head'"
)


class _Hashed(msgspec.Struct):
    hash: str


_hash_in = msgspec.json.Decoder(_Hashed).decode  # of the envelopes of a whole caseload


class Scopes:
    """What is held of each family, as counts and sums, and what is still to come."""

    def __init__(self, database: Database, feed: Feed) -> None:
        self._db, self._feed = database, feed

    def sum_up(self, limit: int) -> bool:
        """Work out what families changed since add up to, some `limit` records at once; say whether any are
        left."""
        rows = self._db.execute(
            "SELECT s.family, (SELECT count(*) FROM record r WHERE r.family = s.family)"
            " FROM scope_sum s WHERE s.fresh = 0"
        ).fetchall()
        if not rows:
            return False

        def job() -> bool:
            done = 0
            for number, (family, count) in enumerate(rows):
                if done and done + count > limit:
                    return number < len(rows)
                done += count
                found = digest_of(
                    (record, version, _hash_in(envelope).hash)
                    for record, version, envelope in self._db.execute(
                        f"{_HELD} WHERE r.family = ?", (family,)
                    )
                )
                if found.count:
                    self._db.execute(
                        "UPDATE scope_sum SET count = ?, sum = ?, fresh = 1 WHERE family = ?",
                        (found.count, found.text, family),
                    )
                else:
                    self._db.execute("DELETE FROM scope_sum WHERE family = ?", (family,))
            return False

        return self._db.run(job)

    def digests(self) -> Mapping[FamilyId, Digest]:
        """Return what the records of each family add up to, as of the last `sum_up`."""
        rows = self._db.execute("SELECT family, count, sum FROM scope_sum WHERE fresh = 1")
        return {FamilyId(family): Digest(count=count, sum=int(total, 16)) for family, count, total in rows}

    def holdings(self, family: FamilyId | None, after: RecordId | None, limit: int) -> Sequence[Holding]:
        """Return what is held from the ICS, by id: of a family, or all that workers write."""
        rows = self._db.execute(
            f"{_HELD} WHERE r.id > ?1 AND (r.family = ?2 OR (?2 IS NULL AND r.type = 'form'))"
            " ORDER BY r.id LIMIT ?3",
            (after or "", family, limit),
        )
        return [
            Holding(record=RecordId(record), version=version, hash=_hash_in(envelope).hash)
            for record, version, envelope in rows
        ]

    def arriving(self) -> Sequence[Arriving]:
        """Return the families to be read whole; one that still has to leave first is left out."""
        rows = self._db.execute(
            "SELECT family, page FROM scope WHERE state = 'arriving'"
            " AND family NOT IN (SELECT family FROM purge_job) ORDER BY family"
        )
        return [Arriving(family=FamilyId(family), page=page) for family, page in rows]

    def take_snapshot(
        self, family: FamilyId, items: Sequence[FeedItem], next_page: str | None, *, restart: bool = False
    ) -> Sequence[RecordId]:
        """Keep a page of a family that is read whole, and where to read on, in one transaction. After the
        last the family is shown. With `restart` reading begins anew; what is here already stays.

        Raises:
            DiskFull: also while the spare space is gone.
        """
        self._see_to_room(len(items))

        def job() -> list[RecordId]:
            row = self._db.execute("SELECT state FROM scope WHERE family = ?", (family,)).fetchone()
            if row is None or row[0] != "arriving":
                return []  # it was withdrawn meanwhile
            changed = self._feed.take(items)
            done = next_page is None and not restart
            self._db.execute(
                "UPDATE scope SET page = ?, state = ?, listed = ? WHERE family = ?",
                (next_page, "held" if done else "arriving", int(done), family),
            )
            return changed

        return self._db.run(job)

    def mend(self, items: Sequence[FeedItem]) -> Sequence[RecordId]:
        """Keep records that a checked list of the ICS says differently: also another content under the
        version that is here. Local edits and bases stay as they are."""
        self._see_to_room(len(items))
        return self._db.run(lambda: self._feed.take(items, also_same_version=True))

    def unlisted(self) -> Sequence[FamilyId]:
        """Return the families of which something is held though the ICS lists them no longer, and of whose
        leaving nothing is known."""
        rows = self._db.execute(
            "SELECT family FROM scope WHERE listed = 0 AND state = 'held'"
            " AND EXISTS (SELECT 1 FROM record WHERE record.family = scope.family)"
            " AND family NOT IN (SELECT family FROM purge_job WHERE record IS NULL) ORDER BY family"
        )
        return [FamilyId(family) for (family,) in rows]

    def _see_to_room(self, items: int) -> None:
        if not self._db.ballast.restore():
            raise DiskFull
        if items >= MANY:
            self._db.let_log_grow()
