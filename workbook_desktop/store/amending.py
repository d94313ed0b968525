"""An edit that met a signed record: it becomes a draft of its own beside it, on its way to the ICS."""

from __future__ import annotations

from workbook_desktop.domain.changes import Amended
from workbook_desktop.domain.records import Head
from workbook_desktop.store import codec
from workbook_desktop.store.reworking import Reworking
from workbook_desktop.store.sealing import Facts


class Amending(Reworking):
    """Takes what the sealer made of an edit that came too late."""

    def amend(self, amended: Amended) -> bool:
        """Show the record as it was signed, and keep `addition` as a draft with its op sealed: all in one
        transaction. False, and nothing changes, if something was typed since the edit was handed out."""

        def job() -> bool:
            num = self._unsent.number(amended.record)
            (local_hash,) = self._unsent.columns(num, "local_hash")
            if self._sealing.handed.get(amended.record) != local_hash:
                return False
            gone = self._sealing.with_dependants(num, amended.replaces)
            facts = self._sealing.facts(num, gone)
            (by,) = self._unsent.columns(num, "edited_by")
            self._drop(num, gone)
            self._db.execute("DELETE FROM proposal WHERE record = ?", (num,))
            self._unsent.put_crossing(num, None)
            self._unsent.move_head(num, amended.head)
            self._unsent.set(
                num, settles="[]", sign_off_hash=None, released_at=None, edited_from=None, edited_to=None
            )
            self._acknowledging.drop_local(num)
            self._unsent.refresh(num)
            self._unsent.touch(num)
            if amended.addition is not None and amended.ops:
                self._notice(num, "set-beside")
                self._keep(amended.addition, amended, facts, by)
            return True

        return self._db.run(job)

    def _keep(self, addition: Head, amended: Amended, facts: Facts, by: str | None) -> None:
        now = codec.text(self._clock.now()) or ""
        num = self._unsent.insert(
            {
                "id": addition.id,
                "type": addition.type,
                "family": addition.family,
                "form_id": addition.form.id if addition.form else None,
                "form_version": addition.form.version if addition.form else None,
                "state": str(addition.state),
                "chapter": addition.chapter,
                "subjects": "",
                "title": "",
                "sort_on": now[:10],
                "pinned": 1,
                "edited_by": by,
                "changed_at": facts.until or now,
                "changed_by": by,
                "amends": amended.record,
            }
        )
        self._unsent.put_subjects(num, addition.subjects)
        self._unsent.put_local(num, codec.content_json(addition.content))
        self._unsent.index(num, self._feed.gist(addition), facts.until or now)
        # A file goes with the words that name it, and these stand in the addition now.
        for op in amended.ops:
            self._db.execute(
                "UPDATE file SET record = ? WHERE record = ? AND instr(?, CAST(hash AS BLOB)) > 0",
                (addition.id, amended.record, op.bytes_),
            )
        self._sealing.seal_edit(num, amended.ops, facts._replace(sign_off_hash=None, settles="[]"))
        self._propose(num, amended.clashes, amended.ops[-1].op)
        self._notice(num, "set-beside")
