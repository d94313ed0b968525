"""Typing, sending, and taking it back: the only writes a worker makes to a record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workbook_desktop.domain.changes import Crossing, Settlement
from workbook_desktop.domain.errors import AlreadySignedOff, ChangedSinceRead
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId, WorkerId
from workbook_desktop.domain.records import Body, FormRef, Gist, State, body_of, content_hash, content_of
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database
from workbook_desktop.store.sealing import BROUGHT_A_CLASH
from workbook_desktop.store.unsent import Unsent

CLOSED = (State.SIGNED_OFF, State.SUPERSEDED)


class Drafts:
    """Local bodies beside their base. Each verb is one small transaction, on disk when it returns."""

    def __init__(self, database: Database, unsent: Unsent) -> None:
        self._db, self._unsent = database, unsent

    def begin(
        self,
        record: RecordId,
        *,
        family: FamilyId,
        form: FormRef,
        chapter: str,
        subjects: Sequence[PersonId],
        body: Body,
        gist: Gist,
        by: WorkerId,
        at: datetime,
    ) -> None:
        """Keep a new record that the ICS has never had. Begun twice with one id, it is one record."""
        content = codec.encode_sorted(content_of(body))
        moment = _text(at)

        def job() -> None:
            self._unsent.see_not_leaving(family, record)
            num = self._unsent.find(record)
            if num is None:
                num = self._unsent.insert(
                    {
                        "id": record,
                        "type": "form",
                        "family": family,
                        "form_id": form.id,
                        "form_version": form.version,
                        "state": str(State.DRAFT),
                        "chapter": chapter,
                        "subjects": "",
                        "title": "",
                        "sort_on": moment[:10],
                        "pinned": 1,
                        "edited_from": moment,
                        "changed_at": moment,
                    }
                )
                self._unsent.put_subjects(num, subjects)
            self._put(num, content, gist, by, moment)

        self._db.run(job)

    def keep(
        self,
        record: RecordId,
        body: Body,
        gist: Gist,
        by: WorkerId,
        at: datetime,
        *,
        crossed: Crossing | None = None,
    ) -> None:
        """Keep what was typed. The head it started from is pinned as base.

        Typing something new into a released record withdraws the release while it is unsealed: what was to
        be sent or signed is no longer what the worker saw.

        Args:
            crossed: what it crossed with; kept until a run has merged it. None leaves what there is. A caller
                who looked first, at `stands` and `crossing`, does both in one `Store.together`.

        Raises:
            RecordUnknown, AlreadySignedOff, NotPermitted (it has to leave this laptop), DiskFull.
        """
        content = codec.encode_sorted(content_of(body))
        moment = _text(at)

        def job() -> None:
            num = self._unsent.number(record)
            state, pinned, family = self._unsent.columns(num, "state", "pinned", "family")
            self._unsent.see_not_leaving(family, record)
            if state in CLOSED and not pinned:  # with text of one's own under way, typing goes on being kept
                raise AlreadySignedOff(record=record)
            self._unsent.pin(num)
            if crossed is not None:
                self._unsent.put_crossing(num, crossed)
            self._put(num, content, gist, by, moment)

        self._db.run(job)

    def move(
        self, record: RecordId, form: FormRef, body: Body, gist: Gist, by: WorkerId, at: datetime
    ) -> bool:
        """Let a draft be of another version of its form, and say what it says there; answer True.

        False, and nothing changes, if the ICS may have had it: its head and what is sealed are of the version
        it began with.

        Raises:
            RecordUnknown, DiskFull.
        """
        content = codec.encode_sorted(content_of(body))
        moment = _text(at)

        def job() -> bool:
            num = self._unsent.number(record)
            if not self.is_unknown_to_ics(record):
                return False
            (family,) = self._unsent.columns(num, "family")
            self._unsent.see_not_leaving(family, record)
            self._unsent.set(num, form_id=form.id, form_version=form.version)
            self._put(num, content, gist, by, moment)
            self._unsent.touch(num)  # the version and the text that goes with it: never one without the other
            return True

        return self._db.run(job)

    def is_unknown_to_ics(self, record: RecordId) -> bool:
        """Say whether nothing of a draft was ever on its way: `move` can be done. Raises RecordUnknown."""
        num = self._unsent.number(record)
        head_version, released = self._unsent.columns(num, "head_version", "released_at")
        return head_version is None and released is None and not self._has_any_op(num)

    def stands(self, record: RecordId) -> Body:
        """Return what the record says here now: the local text, or else the head's. Raises RecordUnknown."""
        num = self._unsent.number(record)
        side = self._unsent.side(num, "local") or self._unsent.side(num, "head")
        return Body() if side is None else body_of(codec.decode(side[1]))

    def crossing(self, record: RecordId) -> Crossing | None:
        """Return what typing crossed with and no run has merged yet. Raises RecordUnknown."""
        return self._unsent.crossing(self._unsent.number(record))

    def _put(self, num: int, content: bytes, gist: Gist, by: WorkerId, moment: str) -> None:
        released, before, since = self._unsent.columns(num, "released_at", "local_hash", "edited_from")
        after = self._unsent.put_local(num, content)
        self._unsent.set(
            num, edited_from=since or moment, edited_to=moment, edited_by=by, changed_at=moment, changed_by=by
        )
        if released is not None and before != after:
            self._withdraw(num)
        self._unsent.index(num, gist, moment)
        self._unsent.refresh(num)
        self._unsent.typed(num)

    def release(
        self,
        record: RecordId,
        *,
        by: WorkerId,
        at: datetime,
        sign_off_hash: str | None = None,
        settles: Sequence[Settlement] = (),
    ) -> None:
        """Let the next run send it. `sign_off_hash` is the content hash the worker saw when signing.

        A parked op of the record is set aside: its text is in the local body, and goes again with what it
        settled. With nothing to send, sign or settle, the record is in step again and nothing is released.

        Raises:
            RecordUnknown, AlreadySignedOff, ChangedSinceRead (the local content has another hash), DiskFull.
        """
        moment = _text(at)

        def job() -> None:
            num = self._unsent.number(record)
            state, since, until, family = self._unsent.columns(
                num, "state", "edited_from", "edited_to", "family"
            )
            self._unsent.see_not_leaving(family, record)
            if state in CLOSED:
                raise AlreadySignedOff(record=record)
            self._unsent.pin(num)
            local = self._unsent.side(num, "local")
            if local is None:  # signing what a colleague wrote: nothing was typed here
                head = self._unsent.side(num, "head")
                assert head is not None
                content = codec.encode_sorted(codec.decode(head[1]))
                self._unsent.put_local(num, content)
            else:
                content = local[1]
            if sign_off_hash is not None and content_hash(codec.decode(content)) != sign_off_hash:
                raise ChangedSinceRead(record=record)
            every = self._with_parked(num, tuple(settles))
            self._db.execute("UPDATE op SET status = 'aside' WHERE record = ? AND status = 'parked'", (num,))
            if sign_off_hash is None and not every and self._has_nothing_to_send(num):
                self._unsent.unpin(num)
                self._unsent.refresh(num)
                self._unsent.touch(num)
                return
            self._unsent.set(
                num,
                edited_from=since or moment,
                edited_to=until or moment,
                edited_by=by,
                released_at=moment,
                sign_off_hash=sign_off_hash,
                settles=codec.settlements_json(every),
            )
            self._unsent.refresh(num)
            self._unsent.touch(num)

        self._db.run(job)

    def hold_back(self, record: RecordId) -> bool:
        """Undo `release` and answer True; False if it is sealed already and cannot be held back."""

        def job() -> bool:
            num = self._unsent.number(record)
            if self._unsent.columns(num, "released_at") == (None,):
                return False
            self._withdraw(num)
            if self._has_nothing_to_send(num):
                self._unsent.unpin(num)
            self._unsent.refresh(num)
            self._unsent.touch(num)
            return True

        return self._db.run(job)

    def discard(self, record: RecordId) -> bool:
        """Throw away local text that stands in no op, and answer True; False if an op rests on it."""

        def job() -> bool:
            num = self._unsent.number(record)
            if self._has_ops(num) or self._has_clashes(num):
                return False
            self._unsent.touch(num)
            if self._unsent.columns(num, "head_version") == (None,):
                self._unsent.words.drop(num)
                self._db.execute("DELETE FROM op WHERE record = ?", (num,))
                self._db.execute(
                    "DELETE FROM file_part WHERE (hash, family) IN"
                    " (SELECT hash, family FROM file WHERE record = ? AND state = 'new')",
                    (record,),
                )
                self._db.execute("DELETE FROM file WHERE record = ? AND state = 'new'", (record,))
                self._db.execute("DELETE FROM record WHERE num = ?", (num,))
            else:
                self._unsent.unpin(num)
                self._unsent.refresh(num)
                head = self._unsent.head(num)
                (title,) = self._unsent.columns(num, "title")
                # What was thrown away is found no more: the words are those that the office has.
                self._unsent.words.put(num, title, codec.words_in(head.content) if head is not None else "")
            return True

        return self._db.run(job)

    def _with_parked(self, num: int, settles: tuple[Settlement, ...]) -> tuple[Settlement, ...]:
        """Return these settlements and those of parked ops: what was decided once is not asked again."""
        rows = self._db.execute(
            "SELECT settles FROM op WHERE record = ? AND status = 'parked' ORDER BY num", (num,)
        ).fetchall()
        found = {each.conflict: each for (raw,) in rows for each in codec.settlements_of(raw)}
        found.update((each.conflict, each) for each in settles)
        return tuple(found.values())

    def _withdraw(self, num: int) -> None:
        self._unsent.set(num, released_at=None, sign_off_hash=None, settles="[]")
        self._unsent.touch(num)

    def _has_ops(self, num: int) -> bool:
        found = self._db.execute("SELECT 1 FROM op WHERE record = ? AND status <> 'aside'", (num,)).fetchone()
        return found is not None

    def _has_any_op(self, num: int) -> bool:
        found = self._db.execute("SELECT 1 FROM op WHERE record = ?", (num,)).fetchone()
        return found is not None

    def _has_clashes(self, num: int) -> bool:
        """Say whether an op that was set aside brought a clash which the ICS has never had."""
        found = self._db.execute(
            f"SELECT 1 FROM op WHERE record = ? AND status = 'aside' AND {BROUGHT_A_CLASH}", (num,)
        ).fetchone()
        return found is not None

    def _has_nothing_to_send(self, num: int) -> bool:
        """Say whether the local text says no more than its base, and no op rests on it."""
        local, base, head = self._unsent.side(num, "local"), self._unsent.base(num), self._unsent.head(num)
        return (
            not self._has_ops(num)
            and not self._has_clashes(num)
            and local is not None
            and base is not None
            and base == head  # or a colleague's words would come up under a window that did not show them
            and bool(codec.decode(local[1]) == base.content)
        )


def _text(at: datetime) -> str:
    found = codec.text(at)
    assert found is not None
    return found
