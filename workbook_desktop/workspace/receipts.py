"""Who has read what they were asked to read: said by a small signed record, as everything is said.

The contract knows no read receipts, and none is needed: opening what asks this worker to read writes a record
on the form "read-receipt", for the author and managers alone (the office's own rules of who sees what). It
says that somebody opened a version on a day; not that they understood it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from workbook_desktop.domain import paths
from workbook_desktop.domain.chapters import Outline
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import DiskFull, NotPermitted, StoreUnwritable
from workbook_desktop.domain.ids import LinkId, RecordId, WorkerId, derived_id
from workbook_desktop.domain.outputs import Given
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.records import (
    RECEIPT,
    Answer,
    Body,
    Value,
    content_hash,
    content_of,
)
from workbook_desktop.workspace.gathered import Gathered
from workbook_desktop.workspace.lines import Source
from workbook_desktop.workspace.notes import asked_chapters, is_asked
from workbook_desktop.workspace.reading import Reading
from workbook_desktop.workspace.views_workbook import Asked, ReadBy

if TYPE_CHECKING:
    from workbook_desktop.store.store import Store

RECEIPT_KIND = "receipt"  # of what the form gives
_AUDIENCE = {
    "system": "https://workbook.invalid/fhir/CodeSystem/note-audience",
    "code": "named",
    "display": "Named people only",
}


class Receipts:
    """Receipts of one worker's unlocked store. Runs in the store's thread."""

    def __init__(
        self, store: Store, worker: Worker, clock: Clock, reading: Reading, gathered: Gathered
    ) -> None:
        self._store, self._worker, self._clock = store, worker, clock
        self._reading, self._gathered = reading, gathered

    def give(self, record: RecordId) -> None:
        """Have it said that this worker has opened a record that asks them to read it, once for each version
        that the office had. It is no reason to refuse the page."""
        with suppress(DiskFull, StoreUnwritable, NotPermitted):
            self._give(record)

    def _give(self, record: RecordId) -> None:
        from workbook_desktop.forms.summary import gist

        held = self._store.records.held(record)
        author = held.head.created_by or held.head.changed_by if held.head is not None else None
        if held.head is None or author is None or author == self._worker.id:
            return
        family = held.row.family
        if not any(
            source.record == record and is_asked(given, self._worker)
            for source, given in self._gathered.given(family, "note")
        ):
            return
        form = next(
            (self._reading.form(ref) for ref in self._store.forms.newest() if ref.id == RECEIPT), None
        )
        receipt = receipt_id(record, held.head.version, self._worker.id)
        if form is None or self._store.records.row(receipt) is not None:
            return
        now = self._clock.now()
        told: dict[str, Value] = {
            "receipt.title": held.row.title or "A record",
            "receipt.record": record,
            "receipt.version": held.head.version,
            "receipt.on": self._clock.today().isoformat(),
            "note.audience": _AUDIENCE,
            "note.named": [
                {
                    "reference": f"Practitioner/{author}",
                    "display": self._reading.names().get(author, "A colleague"),
                }
            ],
        }
        body = Body(
            answers={
                paths.child(paths.ROOT, LinkId(link)): Answer(
                    value=value, by=self._worker.id, at=now.isoformat()
                )
                for link, value in told.items()
            }
        )

        def begin_and_sign() -> None:
            self._store.drafts.begin(
                receipt,
                family=family,
                form=form.ref,
                chapter=self._worker.chapter,
                subjects=held.row.subjects,
                body=body,
                gist=gist(form, body, self._clock.today()),
                by=self._worker.id,
                at=now,
            )
            self._store.drafts.release(
                receipt, by=self._worker.id, at=now, sign_off_hash=content_hash(content_of(body))
            )

        self._store.together(begin_and_sign)

    def asked(self, family: Family, outline: Outline, known: Mapping[WorkerId, Worker]) -> tuple[Asked, ...]:
        """Return what this worker asked colleagues to read, newest first, and who has; a manager sees what
        anybody asked. Receipts come to nobody else."""
        notes = [
            (source, given)
            for source, given in self._gathered.given(family.id, "note")
            if source.author == self._worker.id or self._worker.is_manager
        ]
        if not notes:
            return ()
        read: dict[str, dict[WorkerId, ReadBy]] = {}
        for source, given in self._gathered.given(family.id, RECEIPT_KIND):
            if source.author is not None and given.date is not None:
                name = known[source.author].name if source.author in known else "A colleague"
                read.setdefault(given.text("record"), {})[source.author] = ReadBy(
                    worker=source.author, name=name, on=given.date
                )
        today = self._clock.today()
        involved = [
            known[worker]
            for worker in dict.fromkeys(each.worker for each in family.involvements if each.holds_on(today))
            if worker in known
        ]
        found: dict[tuple[RecordId, str], Asked] = {}
        merged: dict[tuple[RecordId, str], list[tuple[Source, Given]]] = {}
        for source, given in reversed(notes):  # one record may ask several chapters in the same words
            if given.text("words"):
                merged.setdefault((source.record, given.text("words")), []).append((source, given))
        for key, lines in merged.items():
            source, given = lines[0]
            chapters = [chapter for _, each in lines for chapter in asked_chapters(each)]
            readers = read.get(source.record, {})
            waiting = [
                worker.name
                for worker in involved
                if worker.id not in readers
                and worker.id != source.author
                and not worker.is_manager
                and (not chapters or worker.chapter in chapters)
            ]
            titles = [
                chapter.title
                for each in dict.fromkeys(chapters)
                if (chapter := outline.chapter(each)) is not None
            ]
            found[key] = Asked(
                record=source.record,
                words=key[1],
                to=tuple(titles),
                by=source.by,
                on=given.date or source.on,
                sent=source.sent,
                read_by=tuple(sorted(readers.values(), key=lambda each: each.on)),
                not_yet=tuple(waiting),
            )
        return tuple(found.values())


def receipt_id(record: RecordId, version: int, reader: WorkerId) -> RecordId:
    """Return what a receipt is called, the same on every laptop of a reader: read twice is read once."""
    return RecordId(derived_id(record, f"read/{version}/{reader}"))
