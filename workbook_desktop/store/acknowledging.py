"""What becomes of a record when the ICS has taken an op of it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from workbook_desktop.domain.changes import Acknowledged
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import OpId
from workbook_desktop.domain.records import Head, State
from workbook_desktop.store import codec
from workbook_desktop.store.connection import Database
from workbook_desktop.store.feed import MANY, Feed
from workbook_desktop.store.sealing import WORDS_OF_OP
from workbook_desktop.store.unsent import Unsent


class Acknowledging:
    """Closes ops, moves bases forward, keeps the ledger."""

    def __init__(self, database: Database, unsent: Unsent, feed: Feed, clock: Clock) -> None:
        self._db, self._unsent, self._feed, self._clock = database, unsent, feed, clock

    def acknowledge(self, done: Sequence[Acknowledged]) -> None:
        """Close these ops in one transaction, move each base to `head`, keep the accepted body in the ledger.

        Local text that was typed after sealing stays, on the new base; a local body that says no more than
        the base is dropped. Idempotent: of an op that is not here only the head is news.
        """

        def job() -> None:
            closed = self._acknowledge_plainly(done)
            for each in done:
                if each.op not in closed:
                    self._acknowledge(each)

        self._db.run(job)
        self.tidy(among_many=len(done) >= MANY)

    def tidy(self, *, among_many: bool = True) -> None:
        """Have the journal written anew if it has grown; never from what is not committed yet."""
        if not self._db.in_transaction:
            with contextlib.suppress(OSError):  # it only stays longer than it needs to be
                self._unsent.compact(among_many=among_many)

    def _acknowledge(self, done: Acknowledged) -> None:
        for conflict in done.conflicts:
            self._feed.take_conflict(conflict)
        num = self._unsent.find(done.record)
        op = self._db.execute(
            f"SELECT {WORDS_OF_OP}, local_hash FROM op WHERE id = ? AND record = ?", (done.op, num)
        ).fetchone()
        if num is None or op is None:
            self._feed.take_head(done.head)
            return
        self._to_ledger(done, op[0])
        self._db.execute("DELETE FROM op WHERE id = ?", (done.op,))
        self._db.execute("DELETE FROM proposal WHERE record = ? AND (op = ? OR op IS NULL)", (num, done.op))
        self._unsent.move_head(num, done.head)
        if done.head.state is State.SIGNED_OFF:
            self._db.execute(
                "UPDATE record SET released_at = NULL, sign_off_hash = NULL"
                " WHERE num = ? AND sign_off_hash IS NOT NULL",
                (num,),
            )
        if self._has_arrived(num, done.head, op[1]):
            self.drop_local(num)
        else:
            (base_version,) = self._unsent.columns(num, "base_version")
            if base_version is None or base_version < done.head.version:
                self._unsent.put_base(num, done.head)
        self._unsent.refresh(num)

    def _acknowledge_plainly(self, done: Sequence[Acknowledged]) -> set[OpId]:
        """Close ops as `_acknowledge` does, in a few statements for all of them, where nothing but the op was
        under way. Returns which were closed.

        That is nearly every op: the record's one edit, nothing typed or released since, the ICS's head newer
        than the one held and saying just what was typed. Then the local text, as it stands, becomes the head.
        """
        asked = {each.op: each for each in done if not each.conflicts}
        rows = self._db.execute(
            "SELECT op.id, r.id, r.num, r.subjects, r.head_version, r.local_hash"
            " FROM json_each(?) AS asked JOIN op ON op.id = asked.value JOIN record AS r ON r.num = op.record"
            " JOIN body AS local ON local.record = r.num AND local.side = 'local'"
            " WHERE r.pinned = 1 AND r.released_at IS NULL AND r.settles = '[]' AND r.sign_off_hash IS NULL"
            " AND op.local_hash = r.local_hash AND (op.content = x'' OR op.content = local.content)"
            " AND NOT EXISTS (SELECT 1 FROM op AS other WHERE other.record = r.num AND other.num <> op.num)"
            " AND NOT EXISTS (SELECT 1 FROM body AS crossed WHERE crossed.record = r.num"
            " AND crossed.side IN ('seen', 'stood'))",
            (codec.encode(list(asked)).decode(),),
        ).fetchall()
        plain = [
            (num, subjects, held, asked[op])
            for op, record, num, subjects, held, local_hash in rows
            if asked[op].record == record
            and asked[op].head.hash == local_hash
            and (held or 0) < asked[op].head.version
        ]
        for num, _, held, _ in plain:
            if held is not None:
                self._unsent.keep_in_ledger(num)
                self._db.execute("DELETE FROM body WHERE record = ? AND side <> 'local'", (num,))
        envelopes = [codec.envelope_of(each.head) for *_, each in plain]
        self._enter([(each, None, said) for (*_, each), said in zip(plain, envelopes, strict=True)])
        self._db.many("DELETE FROM op WHERE id = ?", [(each.op,) for *_, each in plain])
        self._db.many("DELETE FROM proposal WHERE record = ?", [(num,) for num, *_ in plain])
        # The words are not written anew for this: see the schema of `beside`.
        self._db.many(
            "UPDATE body SET side = 'head', envelope = x'00' WHERE record = ? AND side = 'local'",
            [(num,) for num, *_ in plain],
        )
        self._db.many(
            "INSERT OR REPLACE INTO beside (record, envelope) VALUES (?, ?)",
            [(num, said) for (num, *_), said in zip(plain, envelopes, strict=True)],
        )
        self._db.many(
            "UPDATE record SET pinned = 0, local_hash = NULL, edited_from = NULL, edited_to = NULL,"
            " edited_by = NULL, base_version = ?1, head_version = ?1, family = ?2, form_id = ?3,"
            " form_version = ?4, state = ?5, chapter = ?6, changed_at = ?7, changed_by = ?8, amends = ?10,"
            " here = 'in-step', problem = NULL, signing = 0 WHERE num = ?9",
            [
                (
                    head.version, head.family, head.form.id if head.form else None,
                    head.form.version if head.form else None, str(head.state), head.chapter,
                    codec.text(head.changed_at or head.created_at) or "", head.changed_by, num, head.amends,
                )
                for num, head in ((num, each.head) for num, _, _, each in plain)
            ],
        )  # fmt: skip
        for num, subjects, _, each in plain:
            if subjects != codec.encode(list(each.head.subjects)).decode():
                self._unsent.put_subjects(num, each.head.subjects)
        return {each.op for *_, each in plain}

    def _has_arrived(self, num: int, accepted: Head, sealed_from: str | None) -> bool:
        """Say whether nothing of a record's local work is left to send."""
        local_hash, released_at, sign_off_hash, settles = self._unsent.columns(
            num, "local_hash", "released_at", "sign_off_hash", "settles"
        )
        if self._db.execute(
            "SELECT 1 FROM op WHERE record = ? AND status <> 'aside'", (num,)
        ).fetchone() is not None or (released_at is not None and (sign_off_hash or settles != "[]")):
            return False
        if released_at is None and local_hash == sealed_from:
            return True
        local = self._unsent.side(num, "local")
        return local is None or bool(codec.decode(local[1]) == accepted.content)

    def drop_local(self, num: int) -> None:
        """Show a record as the ICS has it."""
        local, head = self._unsent.side(num, "local"), self._unsent.head(num)
        assert head is not None
        self._unsent.unpin(num)
        self._db.execute("DELETE FROM op WHERE record = ?", (num,))  # those set aside
        self._db.execute("DELETE FROM proposal WHERE record = ?", (num,))  # the ICS has what these brought
        if local is not None and codec.decode(local[1]) == head.content:
            changed_at = codec.text(head.changed_at or head.created_at) or ""
            self._unsent.set(num, changed_at=changed_at, changed_by=head.changed_by)
            return
        self._feed.show_head(num, head)

    def _to_ledger(self, done: Acknowledged, content: bytes | None) -> None:
        same = content is None or codec.digest(content) == done.head.hash
        kept = codec.content_json(done.head.content) if same else content
        self._enter([(done, kept, codec.envelope_of(done.head))])

    def _enter(self, lines: Sequence[tuple[Acknowledged, bytes | None, bytes]]) -> None:
        """Write lines of the ledger, each with content and envelope. Without content the head says the same;
        when it moves on, the line gets what it said (`Unsent.move_head`)."""
        now = codec.text(self._clock.now())
        self._db.many(
            "INSERT OR IGNORE INTO ack_ledger (op, record, version, hash, acked_at, content, envelope)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    done.op,
                    done.record,
                    done.head.version,
                    done.head.hash,
                    now,
                    content,
                    envelope,
                )
                for done, content, envelope in lines
            ],
        )
