"""What two people changed differently: shown in words, settled by a person, never by the machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import Clash, Conflict, ConflictKind, Settlement, with_row_as
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import ChangedSinceRead, RecordUnknown
from workbook_desktop.domain.ids import ConflictId, FieldPath, LinkId, RecordId
from workbook_desktop.domain.people import Family, Worker
from workbook_desktop.domain.records import Answer, Body, answer_of, body_of
from workbook_desktop.forms.definition import Form, Kind
from workbook_desktop.workspace.overlay import with_row_back
from workbook_desktop.workspace.reading import Reading
from workbook_desktop.workspace.views import Combined, HalfDecision, Kept, OpenConflict, UnderWay

if TYPE_CHECKING:
    from workbook_desktop.store.records import Held
    from workbook_desktop.store.store import Store

CHOICES = ("mine", "theirs", "both", "new")
_TEXT = (Kind.TEXT, Kind.STRING)


class Settling:
    """Conflicts of one unlocked store. Runs in the store's thread."""

    def __init__(self, store: Store, worker: Worker, clock: Clock, reading: Reading) -> None:
        self._store, self._worker, self._clock, self._reading = store, worker, clock, reading

    def open(self, record: RecordId | None = None) -> tuple[OpenConflict, ...]:
        """Return the open conflicts of a record, or of all, as the office has them."""
        names = self._reading.names()
        found = []
        forms: dict[RecordId, tuple[Form | None, Held]] = {}

        def of(which: RecordId) -> tuple[Form | None, Held]:
            if which not in forms:
                held = self._store.records.held(which)
                form = self._reading.form(held.row.form)
                forms[which] = (form, held)
            return forms[which]

        for conflict in self._store.conflicts.open(record):
            if self._store.records.row(conflict.record) is None:
                continue  # it came before its record: there is nothing to decide about yet
            form, held = of(conflict.record)
            settles = {each.conflict: each.choice for each in held.settles}
            settling = self._store.conflicts.settling(conflict.record)
            chosen = settles.get(conflict.id) or ("sent" if conflict.id in settling else None)
            found.append(self._view(conflict, form, held, names, chosen))
        # What has waited so long that the manager was told comes first, the longest wait at the top.
        return tuple(sorted(found, key=_rank))

    def undecided(self) -> int:
        """Count the conflicts that wait for this worker's decision."""
        return self._store.conflicts.undecided()

    def _view(
        self, conflict: Conflict, form: Form | None, held: Held, names: Mapping[str, str], chosen: str | None
    ) -> OpenConflict:
        family = self._store.records.family(conflict.family)
        link_id = paths.link_id(conflict.path)
        item = form.by_link_id.get(link_id) if form else None
        text = conflict.kind is ConflictKind.ANSWER and item is not None and item.kind in _TEXT

        theirs = _stands(conflict, held)
        wrote = _who_wrote(conflict)

        def shown(answer: Answer | None) -> str:
            return _shown(conflict, answer, form, family)

        return OpenConflict(
            id=conflict.id,
            record=conflict.record,
            path=conflict.path,
            kind=conflict.kind,
            label=item.text if item else str(link_id),
            where=_where(conflict.path, held.shown, form, family),
            item=item,
            base=shown(conflict.base),
            mine=shown(conflict.mine),
            theirs=shown(theirs),
            mine_by=names.get(wrote, "a colleague"),
            mine_at=conflict.mine_at,
            mine_is_this_worker=wrote == self._worker.id,
            theirs_by=names.get((theirs.by if theirs else None) or conflict.theirs_by or "", "the office"),
            theirs_at=conflict.theirs_at
            if theirs == conflict.theirs or held.head is None
            else held.head.changed_at,
            severe=conflict.severe,
            can_keep_both=text,
            sent=True,
            chosen=chosen,
            claimed_by=names.get(conflict.claimed_by, "a colleague") if conflict.claimed_by else "",
            claimed_at=conflict.claimed_at,
            is_claimed_here=conflict.claimed_by == self._worker.id,
            opened_at=conflict.mine_at,
            escalated_at=conflict.escalated_at,
            half=self._half(conflict),
        )

    def keep_half(self, conflict: ConflictId, half: HalfDecision) -> None:
        """Keep what is chosen and typed so far. Raises RecordUnknown.

        It stands by its place in the record, so that a third change there does not take the words along;
        its name holds the record's id, by which it goes when the record leaves.
        """
        found = self._store.conflicts.get(conflict)
        if found is None or self._store.records.row(found.record) is None:
            raise RecordUnknown(record=conflict)
        if half == HalfDecision():
            self._store.settings.drop(_half_name(found))
            return
        said = {"conflict": conflict, "choice": half.choice, "text": half.text, "reason": half.reason}
        self._store.settings.put(_half_name(found), json.dumps(said, ensure_ascii=False))

    def _half(self, conflict: Conflict) -> HalfDecision | None:
        raw = self._store.settings.get(_half_name(conflict))
        if not raw:
            return None
        said = json.loads(raw)
        # Of another question at this place the words are offered again, but nothing is chosen beforehand.
        choice = said["choice"] if said["conflict"] == conflict.id else None
        return HalfDecision(choice=choice, text=said["text"], reason=said["reason"])

    def settle(self, conflict: ConflictId, choice: str, text: str | None, reason: str) -> Kept:
        """Put the chosen answer into the record and release it with the decision, in one transaction.

        Raises:
            RecordUnknown: there is no such conflict here.
            ChangedSinceRead: it was settled meanwhile, or the choice cannot be made of this conflict.
        """
        found = self._store.conflicts.get(conflict)
        if found is None:
            raise RecordUnknown(record=conflict)
        if found.state != "open" or choice not in CHOICES:
            raise ChangedSinceRead(record=found.record)
        held = self._store.records.held(found.record)
        now = self._clock.now()
        found = replace(found, theirs=_stands(found, held))
        standing = _where_it_can_stand(held, found, choice)
        body = _settled(standing, found, choice, text, self._worker, now.isoformat())
        earlier = tuple(each for each in held.settles if each.conflict != conflict)
        settles = (*earlier, Settlement(conflict=conflict, choice=choice, reason=reason.strip() or None))

        def both() -> None:
            from workbook_desktop.forms.summary import gist

            form = self._reading.form(held.row.form)
            if form is None:
                raise ChangedSinceRead(record=found.record)
            today = self._clock.today()
            self._store.drafts.keep(found.record, body, gist(form, body, today), self._worker.id, now)
            self._store.drafts.release(found.record, by=self._worker.id, at=now, settles=settles)
            self._store.settings.drop(_half_name(found))

        self._store.together(both)
        return Kept(record=found.record, at=now)

    def underway(self, record: RecordId, held: Held) -> tuple[UnderWay, ...]:
        """Return the own texts that met a colleague's and are on their way to the office, or in an op that it
        refused: the record says what the colleague said, so they stand nowhere else."""
        clashes = self._store.conflicts.proposals(record)
        if not clashes:
            return ()
        form = self._reading.form(held.row.form)
        family = self._store.records.family(held.row.family)
        found = []
        for clash in clashes:
            if clash.mine == clash.base:
                continue  # it goes along with another answer of its unit: nothing was written there
            item = form.by_link_id.get(paths.link_id(clash.path)) if form else None
            found.append(
                UnderWay(
                    path=clash.path,
                    label=(item.short_text or item.text) if item else str(paths.link_id(clash.path)),
                    where=_where(clash.path, held.shown, form, family),
                    mine=_shown(clash, clash.mine, form, family),
                )
            )
        return tuple(found)

    def combined(self, record: RecordId, held: Held) -> tuple[Combined, ...]:
        """Return what was merged without asking and not yet looked at."""
        form = self._reading.form(held.row.form)
        family = self._store.records.family(held.row.family)
        found = []
        for notice in self._store.conflicts.notices(record):
            if notice.kind != "combined":
                continue
            for path in notice.paths:
                item = form.by_link_id.get(paths.link_id(path)) if form else None
                answer = held.shown.answers.get(path)
                found.append(
                    Combined(
                        label=(item.short_text or item.text) if item else str(paths.link_id(path)),
                        where=_where(path, held.shown, form, family),
                        yours=answer is not None and answer.by == self._worker.id,
                    )
                )
        return tuple(found)

    def sign_off_dropped(self, record: RecordId) -> bool:
        """Say whether a signature was dropped because the content changed on the way, and none came since."""
        return record in self._store.conflicts.to_sign_again()


def _half_name(conflict: Conflict) -> str:
    return f"half:{conflict.record}:{conflict.path}"


def _who_wrote(conflict: Conflict) -> str:
    """Return who wrote what was proposed. Who sent it is another after a restore, when any laptop that knew a
    question brings it; what only goes along with another answer was written before, by anybody."""
    mine = conflict.mine
    return mine.by if mine is not None and mine.by and mine != conflict.base else conflict.mine_by


def _rank(conflict: OpenConflict) -> tuple[bool, float]:
    told = conflict.escalated_at
    return (told is None, told.timestamp() if told is not None else 0.0)


def _stands(conflict: Conflict, held: Held) -> Answer | None:
    """Return what stands at the office now: newer, perhaps, than when the conflict was opened. To choose
    "theirs" must not bring back what a colleague has changed since."""
    head = held.head
    if conflict.kind is not ConflictKind.ANSWER or head is None or conflict.theirs_version > head.version:
        return conflict.theirs
    found = body_of(head.content).answers.get(conflict.path)
    return found if found is not None else conflict.theirs


def _where_it_can_stand(held: Held, conflict: Conflict, choice: str) -> Body:
    """Return what stands here, with the row the answer belongs to: it may have been taken away since.

    To choose "theirs" leaves it away: the office has their answer, in the row as it has it.
    """
    if conflict.kind is not ConflictKind.ANSWER or choice == "theirs":
        return held.shown
    sides = [body_of(each.content) for each in (held.head, held.base) if each is not None]
    found = with_row_back(held.shown, paths.parent_row(conflict.path), sides)
    if found is None:  # nobody has the row: an answer in it would stand nowhere
        raise ChangedSinceRead(record=conflict.record)
    return found


def _settled(body: Body, conflict: Conflict, choice: str, text: str | None, worker: Worker, at: str) -> Body:
    """Return the body in which the chosen side stands."""
    if conflict.kind is ConflictKind.ROW:
        return with_row_as(body, conflict.path, conflict.mine if choice == "mine" else conflict.theirs)
    if choice == "theirs":
        row = paths.parent_row(conflict.path)
        return body if row and row not in body.rows else body.with_answer(conflict.path, conflict.theirs)
    if choice == "mine":
        return body.with_answer(conflict.path, conflict.mine)
    if choice == "both":
        parts = [
            side.value for side in (conflict.theirs, conflict.mine) if side and isinstance(side.value, str)
        ]
        return body.with_answer(conflict.path, Answer(value="\n\n".join(parts), by=worker.id, at=at))
    return body.with_answer(conflict.path, Answer(value=(text or "").strip(), by=worker.id, at=at))


def _shown(
    conflict: Conflict | Clash, answer: Answer | None, form: Form | None, family: Family | None
) -> str:
    """Return what one side says, as text."""
    from workbook_desktop.forms.summary import shown_value

    if conflict.kind is ConflictKind.ROW:
        if answer is None:
            return "Taken away"
        content: Any = answer.value.get("row", {}) if isinstance(answer.value, Mapping) else {}
        lines = []
        for link_id, raw in content.get("answers", {}).items():
            item = form.by_link_id.get(LinkId(link_id)) if form else None
            if item is not None:
                lines.append(f"{item.short_text or item.text}: {shown_value(item, answer_of(raw))}")
        return "\n".join(lines) or "A row with nothing in it"
    if answer is None:
        return "Not answered"
    item = form.by_link_id.get(paths.link_id(conflict.path)) if form else None
    return shown_value(item, answer) if item is not None else str(answer.value)


def _where(path: FieldPath, body: Body, form: Form | None, family: Family | None) -> str:
    """Return the row an answer stands in, in words: a person's name, or the row's number."""
    row = path if paths.is_row(path) else paths.parent_row(path)
    if not row:
        return ""
    for answer_path, answer in body.answers.items():
        if paths.parent_row(answer_path) != row or not isinstance(answer.value, Mapping):
            continue
        display = answer.value.get("display")
        if "reference" in answer.value and isinstance(display, str):
            return display
    group = form.by_link_id.get(paths.link_id(row)) if form else None
    rows = body.rows_of(paths.parent_row(row), paths.link_id(row))
    number = rows.index(row) + 1 if row in rows else 0
    del family
    name = (group.short_text or group.text) if group else "Row"
    return f"{name} {number}" if number else name
