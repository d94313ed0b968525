"""A local edit brought onto a newer head, as the merge decided."""

from __future__ import annotations

from dataclasses import replace

from workbook_desktop.domain.changes import Rebased
from workbook_desktop.domain.records import content_hash, content_of
from workbook_desktop.store import codec
from workbook_desktop.store.reworking import Reworking
from workbook_desktop.store.sealing import Facts


class Rebasing(Reworking):
    """Takes what a merge made of an edit."""

    def rebase(self, rebased: Rebased) -> None:
        """Drop the replaced ops, take the new head as base, keep the merged local body, keep the clashes
        that are on their way as proposals, and seal `next_op`: all in one transaction.

        If something was typed, or the work was held back, after it was handed out, nothing is done: the
        merge did not see it. The op is still there, the ICS will call it stale again, and the next merge
        sees all.
        """

        def job() -> None:
            num = self._unsent.number(rebased.record)
            if not self._is_as_handed(num, rebased):
                return
            gone = self._sealing.with_dependants(num, rebased.replaces)
            facts = self._sealing.facts(num, gone)
            if rebased.next_op is None:
                facts = facts._replace(settles="[]")  # the head says already what was chosen
            dropped = self._sign_off_is_off(facts, rebased)
            if dropped:
                facts = facts._replace(sign_off_hash=None)
            self._drop(num, gone)
            # What they said is in the local text, and their clashes are among these.
            self._db.execute("DELETE FROM op WHERE record = ? AND status = 'aside'", (num,))
            self._unsent.move_head(num, rebased.head)
            self._unsent.pin(num)
            self._unsent.put_base(num, rebased.head)
            self._unsent.put_crossing(num, None)  # the merge has seen it
            self._keep_merged(num, rebased, facts)
            if rebased.combined:
                self._notice(num, "combined", rebased.combined)
            if dropped:
                self._notice(num, "sign-off-dropped")
            self._unsent.refresh(num)
            self._unsent.touch(num)

        self._db.run(job)

    def _is_as_handed(self, num: int, rebased: Rebased) -> bool:
        local_hash, released_at = self._unsent.columns(num, "local_hash", "released_at")
        if not rebased.replaces and released_at is None:
            return False
        seen = self._sealing.handed.get(rebased.record)
        return bool(seen is None or seen == local_hash)

    def _sign_off_is_off(self, facts: Facts, rebased: Rebased) -> bool:
        """Say whether a signature was asked for and no longer fits what stands there."""
        if rebased.sign_off_dropped:
            return True
        if facts.sign_off_hash is None or rebased.local is None:
            return False
        return content_hash(content_of(rebased.local)) != facts.sign_off_hash

    def _keep_merged(self, num: int, rebased: Rebased, facts: Facts) -> None:
        """Keep what the merge made of the local text, and what is still to be done with it."""
        if rebased.local is not None:
            content = codec.encode_sorted(content_of(rebased.local))
        else:  # no words left to send, but perhaps a signature or a settlement
            content = codec.encode_sorted(rebased.head.content)
        self._sealing.handed[rebased.record] = self._unsent.put_local(num, content)
        self._propose(num, rebased.clashes, rebased.next_op.op if rebased.next_op else None)
        head = replace(rebased.head, content=codec.decode(content))
        self._unsent.index(num, self._feed.gist(head), facts.until or codec.text(self._clock.now()) or "")
        (released_at,) = self._unsent.columns(num, "released_at")
        if facts.sign_off_hash is not None or facts.settles != "[]":
            released_at = released_at or codec.text(self._clock.now())
        self._unsent.set(
            num,
            released_at=released_at,
            sign_off_hash=facts.sign_off_hash,
            settles=facts.settles,
            edited_from=facts.since,
            edited_to=facts.until,
        )
        if rebased.next_op is not None:
            self._sealing.seal_edit(num, [rebased.next_op], facts)
        elif rebased.local is None and facts.sign_off_hash is None and facts.settles == "[]":
            self._acknowledging.drop_local(num)
        elif rebased.sign_off_dropped:
            self._unsent.set(num, released_at=None)  # to be read again first
