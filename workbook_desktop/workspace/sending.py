"""Whether work has reached the office: the numbers of the status line and the lists of the sync centre."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FamilyId, OpId, RecordId
from workbook_desktop.workspace.conflicts import Settling
from workbook_desktop.workspace.reading import Reading
from workbook_desktop.workspace.views import Counts, FileRow, LeavingRow, Progress, Sending, SendingRow

if TYPE_CHECKING:
    from workbook_desktop.store.store import Store


class SendingLists:
    """Runs in the store's thread."""

    def __init__(self, store: Store, clock: Clock, reading: Reading, settling: Settling) -> None:
        self._store, self._clock, self._reading, self._settling = store, clock, reading, settling

    def counts(self) -> Counts:
        """Return the numbers of the status line."""
        standing = self._store.outbox.standing()
        return Counts(
            waiting=standing.waiting,
            drafts=standing.drafts,
            decisions=self._settling.undecided() if standing.conflicts else 0,
            not_accepted=standing.parked,
            last_complete=standing.last_complete,
            files=self._store.attached.count_to_send(),
            leaving=len(self._store.sync_port().purges.jobs()),
            # Counting takes the longer the more is here; after the first complete run nobody asks.
            here=self._store.records.count_here() if standing.last_complete is None else None,
        )

    def lists(self) -> Sending:
        """Return the sync centre's lists."""
        standing = self._store.outbox.standing()
        work = self._reading.rows(row for row in self._store.records.work_list() if row.type == "form")
        under_way = {row.record for row in work}
        again = tuple(
            row
            for row in self._reading.rows(self._reading.to_sign_again())
            if row.record not in under_way and row.waits_for_signature
        )
        sizes = self._store.outbox.sizes()
        why: dict[RecordId, str] = {}
        for op in self._store.outbox.parked():
            why.setdefault(op.record, op.code)

        def lines(*progress: Progress, only: Container[RecordId] | None = None) -> tuple[SendingRow, ...]:
            return tuple(
                SendingRow(row=row, size=sizes.get(row.record, 0), receipt="", why=why.get(row.record, ""))
                for row in work
                if row.progress in progress and (only is None or row.record in only)
            )

        return Sending(
            decisions=self._settling.open(),
            # Also one that waits for a decision besides: the status line counts it.
            not_accepted=lines(Progress.NOT_ACCEPTED, Progress.NEEDS_DECISION, only=why),
            waiting=lines(Progress.READY),
            drafts=tuple(row for row in (*again, *work) if row.progress is Progress.DRAFT or row in again),
            done_today=self._done_today(),
            oldest_waiting=standing.oldest_waiting,
            last_complete=standing.last_complete,
            runs=tuple((report.ended, report.outcome) for report in self._store.outbox.runs(10)),
            forms_aside=tuple(
                f"{each.id or 'a form without a name'} {each.version}: {each.why}".replace(" :", ":")
                for each in self._store.forms.aside()
            ),
            files=self._files(),
            leaving=self._leaving(),
            counts=self.counts(),
        )

    def _done_today(self) -> tuple[SendingRow, ...]:
        """One line for each record, with its newest receipt: sending and signing one visit is one thing
        done."""
        midnight = self._clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        taken: dict[RecordId, tuple[OpId, datetime]] = {}
        for op, record, at in self._store.outbox.taken_since(midnight):
            taken.setdefault(record, (op, at))
        return tuple(
            SendingRow(
                row=replace(row, accepted_at=taken[row.record][1]), size=0, receipt=taken[row.record][0]
            )
            for row in self._reading.rows(self._store.records.rows(tuple(taken)))
            if row.progress is Progress.AT_OFFICE
            and not row.sign_again  # what waits or needs a decision stands in its own list
        )

    def _files(self) -> tuple[FileRow, ...]:
        found = []
        for each in self._store.attached.on_their_way():
            record = self._store.records.row(each.record) if each.record is not None else None
            found.append(
                FileRow(
                    hash=each.hash,
                    record=each.record if record is not None else None,
                    title=record.title if record is not None else "A record that has left this laptop",
                    family_name=self._family_name(each.family),
                    size=each.size,
                    refused=each.refused,
                    held_back=each.held_back,
                )
            )
        return tuple(found)

    def _leaving(self) -> tuple[LeavingRow, ...]:
        found = []
        for job in self._store.sync_port().purges.jobs():
            leaving = job.leaving
            record = self._store.records.row(leaving.record) if leaving.record is not None else None
            found.append(
                LeavingRow(
                    job=leaving.job,
                    kind=leaving.kind,
                    family_name=self._family_name(leaving.family),
                    title=record.title if record is not None else "",
                    reason=leaving.reason,
                    until=leaving.deadline,
                    to_seal=job.to_seal,
                    to_hand_in=job.to_hand_in,
                    is_gone=job.state == "purged",
                )
            )
        return tuple(found)

    def _family_name(self, family: FamilyId) -> str:
        found = self._store.records.family(family, listed_only=False)
        return found.name if found is not None else ""
