"""Beginning, opening, keeping, sending and signing a record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import (
    ChangedSinceRead,
    FormUnknown,
    NotReadyToSignOff,
    RecordUnknown,
)
from workbook_desktop.domain.ids import FamilyId, FieldPath, NewId, PersonId, RecordId
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.records import Body, FormRef, Head, State, body_of, content_hash, content_of
from workbook_desktop.forms.append_only import with_rows_kept
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.surroundings import Surroundings
from workbook_desktop.workspace import removed as removed_rows
from workbook_desktop.workspace.conflicts import Settling
from workbook_desktop.workspace.knowledge import Knowledge
from workbook_desktop.workspace.overlay import crossing_after, over
from workbook_desktop.workspace.readers import limits_in
from workbook_desktop.workspace.reading import Reading
from workbook_desktop.workspace.ticking import FORMS, can_say, with_done
from workbook_desktop.workspace.versions import Versions, versions_of
from workbook_desktop.workspace.views import (
    Kept,
    KeptBody,
    KnownDifference,
    OpenAction,
    OpenRecord,
    Progress,
    Revision,
)

if TYPE_CHECKING:
    from workbook_desktop.forms.sheet import RemovedRow
    from workbook_desktop.store.records import Held
    from workbook_desktop.store.store import Store


class Writing:
    """A worker's own hand on records. Runs in the store's thread."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        clock: Clock,
        new_id: NewId,
        reading: Reading,
        settling: Settling,
        knowledge: Knowledge,
    ) -> None:
        self._store, self._worker, self._clock, self._new_id = store, worker, clock, new_id
        self._reading, self._settling, self._knowledge = reading, settling, knowledge

    def form(self, ref: FormRef | None) -> Form:
        """Return a form of this laptop. Raises FormUnknown."""
        found = self._reading.form(ref)
        if found is None:
            raise FormUnknown(form=ref.id if ref else "", version=ref.version if ref else "")
        return found

    def start(
        self,
        ref: FormRef,
        family: FamilyId,
        subjects: tuple[PersonId, ...],
        done: OpenAction | None = None,
    ) -> OpenRecord:
        """Begin a record and keep it at once: nothing can be typed into a record that is not there.

        Args:
            done: something agreed that the record is to say is done.
        """
        from workbook_desktop.forms.draft import begin, nothing_known
        from workbook_desktop.forms.summary import gist

        form, whole = self.form(ref), self._reading.family(family)
        record = RecordId(self._new_id())
        now = self._clock.now()
        about = subjects or tuple(child.id for child in whole.children)
        asks_facts = any(item.fact for item in form.walk())
        body = begin(
            form,
            record=record,
            family=whole,
            worker=self._worker,
            today=self._clock.today(),
            new_id=self._new_id,
            subjects=about,
            known=self._knowledge.known(family, form) if asks_facts else nothing_known,
            surroundings=self.surroundings(form, whole, about),
        )
        if done is not None:
            limits = limits_in(self._store.drafts.stands(done.record))
            body = with_done(form, body, done, record, limits)
        self._store.drafts.begin(
            record,
            family=family,
            form=ref,
            chapter=form.chapter or self._worker.chapter,
            subjects=about,
            body=body,
            gist=gist(form, body, self._clock.today()),
            by=self._worker.id,
            at=now,
        )
        return self.open(record)

    def start_for_action(self, family: FamilyId, action: OpenAction) -> OpenRecord:
        """Begin the shortest record that can say that something agreed is done. Raises FormUnknown."""
        newest = {str(ref.id): ref for ref in self._store.forms.newest()}
        limits = limits_in(self._store.drafts.stands(action.record))
        for name in FORMS:
            form = self._reading.form(newest.get(name))
            if form is not None and can_say(form, limits):
                return self.start(form.ref, family, action.people, action)
        raise FormUnknown(form=FORMS[0], version="")

    def open(self, record: RecordId) -> OpenRecord:
        """Return a record with all a form needs. Raises RecordUnknown, FormUnknown."""
        from workbook_desktop.store.records import Here

        held = self._store.records.held(record)
        form = self.form(held.row.form)
        family = self._reading.family(held.row.family)
        conflicts = self._settling.open(record)
        if any(each.chosen is None for each in conflicts):
            progress = Progress.NEEDS_DECISION
        else:
            progress = {
                Here.IN_STEP: Progress.AT_OFFICE,
                Here.DRAFT: Progress.DRAFT,
                Here.WAITING: Progress.READY,
                Here.PARKED: Progress.NOT_ACCEPTED,
            }[held.row.here]
        why_not = "already-signed-off" if held.row.state in (State.SIGNED_OFF, State.SUPERSEDED) else ""
        newer = held.head if held.base is None or held.head != held.base else None
        return OpenRecord(
            record=record,
            form=form,
            family=family,
            body=held.shown,
            base=held.base,
            head=newer if held.local is not None else None,
            state=held.row.state,
            progress=progress,
            editable=not why_not,
            why_not=why_not,
            workers=tuple(self._store.records.workers()),
            conflicts=conflicts,
            combined=self._settling.combined(record, held),
            underway=self._settling.underway(record, held),
            problems=tuple(
                (each.path, each.code) for each in self._store.outbox.parked() if each.record == record
            ),
            subjects=held.row.subjects,
            sign_off_dropped=self._settling.sign_off_dropped(record),
            removed=() if why_not else removed_rows.of(self._store.settings, record),
            surroundings=self._around(form, family, held),
            amends=held.row.amends,
        )

    def surroundings(self, form: Form, family: Family, subjects: tuple[PersonId, ...]) -> Surroundings:
        """Return what a form's formulas may ask, read now: today, fixed for one opening; what is known."""
        return self._knowledge.surroundings(form, family, subjects)

    def _around(self, form: Form, family: Family, held: Held) -> Surroundings:
        head = held.head
        author = (head.created_by or head.changed_by) if head is not None else None
        return self._knowledge.surroundings(form, family, held.row.subjects, author)

    def differences(self, record: RecordId) -> tuple[KnownDifference, ...]:
        """Return what is known otherwise by now than it stands in a draft. Raises RecordUnknown."""
        return self._knowledge.differences(self.open(record))

    def open_to_check(self, record: RecordId) -> OpenRecord:
        """Return a record to be read before it is signed off, with what follows from its answers worked out
        anew: an age, a date that is late by now. Raises RecordUnknown, FormUnknown, DiskFull."""
        from workbook_desktop.forms.workings import Workings

        view = self.open(record)
        if not view.editable or view.progress is not Progress.DRAFT:
            return view
        worked = Workings(view.form, view.body, view.surroundings).body
        if worked == view.body:
            return view
        self.keep(record, worked, view.body)
        return self.open(record)

    def keep(self, record: RecordId, body: Body, before: Body) -> KeptBody:
        """Keep what has been typed. Raises AlreadySignedOff, RecordUnknown, DiskFull."""
        from workbook_desktop.forms.summary import gist
        from workbook_desktop.store.codec import as_kept

        drafts = self._store.drafts
        now = self._clock.now()

        def look_and_keep() -> Body:
            row = self._store.records.row(record)
            form = self.form(row.form if row else None)
            stands, seen, typed = drafts.stands(record), before, body
            if stands != seen:  # by a run; or only in half a letter, which comes back from the disk as a mark
                seen, typed = as_kept(before), as_kept(body)
            put = body if stands == seen else over(stands, seen, typed)
            sent, chosen = self._sent(record, form)
            put = with_rows_kept(form, stands, put, sent, chosen)
            crossed = crossing_after(drafts.crossing(record), stands, seen, typed)
            drafts.keep(
                record, put, gist(form, put, self._clock.today()), self._worker.id, now, crossed=crossed
            )
            return put

        return KeptBody(record=record, at=now, stands=self._store.together(look_and_keep))

    def keep_removed(self, record: RecordId, removed: tuple[RemovedRow, ...]) -> None:
        """Keep rows that were taken away. Raises RecordUnknown, DiskFull."""
        if self._store.records.row(record) is None:
            raise RecordUnknown(record=record)
        removed_rows.keep(self._store.settings, record, removed)

    def _sent(self, record: RecordId, form: Form) -> tuple[Body | None, frozenset[FieldPath]]:
        """Return a record as the office has it, where some of its rows may not change any more; and where a
        choice between two texts is on its way there."""
        if not any(item.append_only for item in form.walk()):
            return None, frozenset()
        held = self._store.records.held(record)
        known = held.base or held.head
        asked = (self._store.conflicts.get(each.conflict) for each in held.settles)
        chosen = frozenset(each.path for each in asked if each is not None)
        return (body_of(known.content) if known is not None else None), chosen

    def send(self, record: RecordId) -> Kept:
        """Release a draft to the team. Raises RecordUnknown, AlreadySignedOff."""
        now = self._clock.now()
        self._store.drafts.release(record, by=self._worker.id, at=now)
        removed_rows.forget(self._store.settings, record)
        return Kept(record=record, at=now)

    def sign_off(self, record: RecordId, shown_hash: str) -> Kept:
        """Release a draft and sign it, if it still says what the worker was shown and nothing is missing.

        Raises:
            ChangedSinceRead: the content is another by now.
            NotReadyToSignOff: answers are missing, or a conflict is open.
        """
        from workbook_desktop.forms.check import problems

        held = self._store.records.held(record)
        if content_hash(content_of(held.shown)) != shown_hash:
            raise ChangedSinceRead(record=record)
        form = self.form(held.row.form)
        now = self._clock.now()
        around = self._around(form, self._reading.family(held.row.family), held)
        found = problems(form, held.shown, surroundings=around)
        missing = sum(1 for problem in found if problem.severity == "must")
        undecided = [each for each in self._settling.open(record) if each.chosen is None]
        if missing or undecided:
            raise NotReadyToSignOff(missing=missing, conflicts=len(undecided))
        if held.local is None:
            # Signing what came from the office: it is this worker's act from here on.
            self.keep(record, held.shown, held.shown)
        self._store.drafts.release(record, by=self._worker.id, at=now, sign_off_hash=shown_hash)
        removed_rows.forget(self._store.settings, record)
        return Kept(record=record, at=now)

    def try_again(self, record: RecordId) -> Kept:
        """Release what the office did not accept. A signature stands if every word does that was signed."""
        held = self._store.records.held(record)
        signed = held.sign_off_hash or self._store.outbox.signed_as(record)
        still = signed is not None and content_hash(content_of(held.shown)) == signed
        now = self._clock.now()
        self._store.drafts.release(
            record, by=self._worker.id, at=now, sign_off_hash=signed if still else None
        )
        return Kept(record=record, at=now)

    def words_of(self, record: RecordId) -> str:
        """Return a record as text."""
        from workbook_desktop.forms.summary import rendered

        opened = self.open(record)
        lines = [f"{opened.form.name or opened.form.title}, {opened.family.name} family"]
        for section in rendered(opened.form, opened.body, opened.family.people, opened.surroundings):
            answered = [each for each in section.lines if each.heading or each.shown]
            if any(each.shown for each in answered):
                lines += ["", section.title]
                lines += [
                    f"{_asked(each.label)} {each.shown}" if each.shown else each.label for each in answered
                ]
        return "\n".join(lines)

    def hold_back(self, record: RecordId) -> bool:
        """Take back a release that has not begun to be sent."""
        return self._store.drafts.hold_back(record)

    def discard(self, record: RecordId) -> bool:
        """Throw away a draft that the office never had and in which the worker has answered nothing."""
        held = self._store.records.held(record)
        if held.head is not None or _typed(held) or removed_rows.of(self._store.settings, record):
            return False
        return self._store.drafts.discard(record)

    def history(self, record: RecordId) -> tuple[Revision, ...]:
        """Return the versions this laptop knows of, newest first."""
        held, names = self._store.records.held(record), self._reading.names()
        found: dict[int, Revision] = {}
        for line in self._store.records.ledger(record):
            found[line.version] = Revision(
                version=line.version, by=self._worker.name, at=line.at, state=State.DRAFT
            )
        for head in (held.base, held.head):
            if head is not None:
                found[head.version] = Revision(
                    version=head.version,
                    by=names.get(head.changed_by or "", ""),
                    at=head.changed_at,
                    state=head.state,
                )
        return tuple(found[version] for version in sorted(found, reverse=True))

    def versions(self, record: RecordId, fetched: tuple[Head, ...] = ()) -> Versions:
        """Return the versions of a record, with those that the office gave. Raises RecordUnknown."""
        held = self._store.records.held(record)
        known = (each for each in (held.base, held.head) if each is not None)
        form = self._reading.form(held.row.form)
        found = versions_of(
            record, held.row.title, form, self.history(record), (*known, *fetched), self._reading.names()
        )
        return replace(found, family=self._reading.family(held.row.family))


def _typed(held: Held) -> bool:
    """Say whether a worker answered anything: what a form begins with carries no moment."""
    return any(answer.at is not None for answer in held.shown.answers.values())


def _asked(label: str) -> str:
    """Return a question as an answer stands behind it: "Place:", "Where was it?"."""
    return label if label.endswith(("?", ":", ".", "…")) else f"{label}:"
