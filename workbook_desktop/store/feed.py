"""What the feed brings, kept: pages with their cursor, heads, conflicts, forms, scopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from workbook_desktop.domain.changes import Conflict, FeedItem, FeedPage, FeedState
from workbook_desktop.domain.errors import DiskFull
from workbook_desktop.domain.holdings import Leaving
from workbook_desktop.domain.ids import FamilyId, RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import Gist, Head
from workbook_desktop.store import codec
from workbook_desktop.store.arriving import Arriving
from workbook_desktop.store.connection import Database
from workbook_desktop.store.forms import Forms
from workbook_desktop.store.unsent import Unsent

if TYPE_CHECKING:
    from workbook_desktop.forms.definition import Form

MANY = 20  # records at once: more will follow


class Feed:
    """Pages and what they change. Local edits and their base are never touched; only the head moves."""

    def __init__(
        self,
        database: Database,
        unsent: Unsent,
        forms: Forms,
        gist_of: Callable[[Head, Form | None], Gist],
        leave: Callable[[Sequence[Leaving]], Sequence[RecordId]],
    ) -> None:
        self._db, self._unsent, self._forms, self._gist_of = database, unsent, forms, gist_of
        self._leave = leave
        self._arriving = Arriving(database, unsent.words, self.gist)

    def feed_state(self) -> FeedState:
        """Return how far the feed has been read."""
        row = self._db.execute("SELECT epoch, cursor FROM feed_state").fetchone()
        return FeedState(epoch=None, cursor=None) if row is None else FeedState(epoch=row[0], cursor=row[1])

    def forget_cursor(self) -> None:
        """Read the feed from its start next time. Outbox, bases and local edits are untouched."""
        self._db.run(lambda: self._db.execute("UPDATE feed_state SET cursor = NULL"))

    def note_scopes(self, scopes: Sequence[FamilyId], workers: Sequence[Worker]) -> None:
        """Remember which families the ICS lists for this worker, and the workers who may be named."""

        def job() -> None:
            listed = codec.encode(list(scopes)).decode()
            # A family that is held but not listed is marked too: it is shown no more. Nothing is deleted by
            # a list.
            self._db.execute(
                "INSERT OR IGNORE INTO scope (family, listed) SELECT DISTINCT family, 0 FROM record"
            )
            self._db.execute(
                "UPDATE scope SET listed = 0 WHERE family NOT IN (SELECT value FROM json_each(?))", (listed,)
            )
            # What is new to a feed that was read before comes whole, or not at all, and is shown then.
            (under_way,) = self._db.execute(
                "SELECT EXISTS (SELECT 1 FROM feed_state WHERE cursor IS NOT NULL)"
            ).fetchone()
            self._db.execute(
                "INSERT INTO scope (family, listed, state) SELECT value, ?2, ?3 FROM json_each(?1) WHERE 1"
                " ON CONFLICT (family) DO UPDATE SET listed = 1 WHERE state = 'held'",
                (listed, int(not under_way), "new" if under_way else "held"),
            )
            self._db.execute("DELETE FROM worker")
            self._db.many(
                "INSERT OR REPLACE INTO worker (id, name, role, agency, chapter, is_manager)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [(one.id, one.name, one.role, one.agency, one.chapter, one.is_manager) for one in workers],
            )

        self._db.run(job)

    def apply_page(self, page: FeedPage) -> Sequence[RecordId]:
        """Take a page and its cursor in one transaction; return the records that changed. A record at or
        below the version held is passed over. Local edits and their base are never touched; only the head
        moves. What has to leave is frozen and written down; it goes later, step by step.

        Raises:
            DiskFull: also while the spare space is gone: what is left of the disk is for typing.
        """
        if not self._db.ballast.restore():
            raise DiskFull
        if len(page.items) >= MANY:
            self._db.let_log_grow()

        def job() -> list[RecordId]:
            changed = self.take(page.items)
            if not page.more:
                self._db.execute("UPDATE scope SET state = 'held', listed = 1 WHERE state = 'new'")
            self._db.execute(
                "INSERT INTO feed_state (one, epoch, cursor) VALUES (1, ?1, ?2)"
                " ON CONFLICT (one) DO UPDATE SET epoch = ?1, cursor = ?2",
                (page.epoch, page.cursor),
            )
            return changed

        return self._db.run(job)

    def take(self, items: Sequence[FeedItem], *, also_same_version: bool = False) -> list[RecordId]:
        """Inside a transaction: keep what items bring; return the records that changed."""
        changed: dict[RecordId, None] = {}
        known = self._arriving.known([item.head.id for item in items if item.head is not None])
        fresh: dict[RecordId, Head] = {}  # side by side in the page, and kept together
        for item in items:
            if item.head is not None and item.head.id not in known and item.head.id not in fresh:
                fresh[item.head.id] = item.head
                continue
            if fresh:
                changed.update(dict.fromkeys(self._arriving.keep(list(fresh.values()))))
                fresh.clear()
            if item.form is not None:
                self._forms.arrived(item.form)
            elif item.conflict is not None:
                if self.take_conflict(item.conflict):
                    changed[item.conflict.record] = None
            elif item.head is not None:
                if self.take_head(item.head, also_same_version=also_same_version):
                    changed[item.head.id] = None
            elif item.leaving is not None:
                changed.update((record, None) for record in self._leave([item.leaving]))
            elif item.kind == "scope_added" and item.family is not None:
                self._note_gained(item.family)
        if fresh:
            changed.update(dict.fromkeys(self._arriving.keep(list(fresh.values()))))
        return list(changed)

    def _note_gained(self, family: FamilyId) -> None:
        """A family was gained, to be read whole before it is shown; or more of one that is shown may be seen
        than before."""
        self._db.execute(
            "INSERT INTO scope (family, listed, state) VALUES (?, 0, 'arriving')"
            " ON CONFLICT (family) DO UPDATE SET state = 'arriving', page = NULL",
            (family,),
        )

    def take_head(self, head: Head, *, also_same_version: bool = False) -> bool:
        """Keep a head that is newer than the one held, or says something else, and say whether it was."""
        row = self._db.execute(
            "SELECT num, head_version, local_hash FROM record WHERE id = ?", (head.id,)
        ).fetchone()
        if row is None:
            return bool(self._arriving.keep([head]))
        num, held, local_hash = row
        if held is not None and head.version <= held:
            if head.version < held or not also_same_version:
                return False
            here = self._unsent.head(num)
            if here is not None and here.hash == head.hash:
                return False
        self._unsent.move_head(num, head, anyway=also_same_version)
        if local_hash is None:
            self.show_head(num, head)
        self._unsent.refresh(num)
        return True

    def take_conflict(self, conflict: Conflict) -> bool:
        """Keep a conflict as it is now, and say whether that was news."""
        detail = codec.conflict_json(conflict)
        row = self._db.execute("SELECT state, detail FROM conflict WHERE id = ?", (conflict.id,)).fetchone()
        if row is not None and (row[1] == detail or (row[0] != "open" and conflict.state == "open")):
            return False  # a settled conflict never opens again: this page is older than what we know
        self._db.execute(
            "INSERT INTO conflict (id, record, state, detail) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET state = excluded.state, detail = excluded.detail",
            (conflict.id, conflict.record, conflict.state, detail),
        )
        num = self._unsent.find(conflict.record)
        if num is not None:
            self._unsent.refresh(num)
        return True

    def show_head(self, num: int, head: Head) -> None:
        """Have lists and search say what the ICS has."""
        changed_at = codec.text(head.changed_at or head.created_at) or ""
        self._unsent.index(num, self.gist(head), changed_at)
        self._unsent.set(num, changed_at=changed_at, changed_by=head.changed_by)

    def gist(self, head: Head) -> Gist:
        """Return what lists and search need of a record."""
        try:
            form = self._forms.form(head.form) if head.form is not None else None
            return self._gist_of(head, form)
        except Exception:
            # A title that cannot be worked out must not keep a record, and all behind it, from arriving.
            return codec.plain_gist(head)
