"""One worker's desk over a real encrypted store, and an ICS in memory that holds the same caseload."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import msgspec

from sync.engine import Engine
from sync.protocol import ScopesReply, WorkerMessage
from sync.reference_ics.caseload import Caseload
from sync.reference_ics.practice import practice_caseload
from tests.support.driver import Going, run
from tests.support.ics import Door, MemoryIcs
from tests.support.stored import Template
from tests.support.worker import NOW, FixedClock, Ids, family_head, pull, reading
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import Conflict, RunReport
from workbook_desktop.domain.ids import FieldPath, LinkId, RecordId, WorkerId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import (
    Answer,
    Body,
    FormRef,
    Head,
    Value,
    body_of,
    content_hash,
    content_of,
)
from workbook_desktop.store import header
from workbook_desktop.store.store import Store
from workbook_desktop.workspace.worker_desk import WorkerDesk

AMARA, BEA, TOM = WorkerId("w-amara-quill"), WorkerId("w-bea-linnet"), WorkerId("w-tom-harrow")


def filled(around: Path) -> Template:
    """Return a store with the whole practice caseload, to be copied."""
    template = Template.make(around)
    clock = FixedClock()
    found = header.read(template.folder).headers[0]
    store = Store.opened(template.folder, found, template.key, clock=clock, reading=reading(clock))
    pull(store, practice_caseload(clock.today()), clock)
    store.lock()
    return template


class _Door(Door):
    """The way to the office, which knows the workers by name."""

    def __init__(self, ics: MemoryIcs, worker: WorkerId, workers: Sequence[Worker]) -> None:
        super().__init__(ics, worker)
        self._workers = workers

    def scopes(self) -> ScopesReply:
        named = [
            WorkerMessage(id=each.id, name=each.name, role=each.role, agency=each.agency)
            for each in self._workers
        ]
        return msgspec.structs.replace(super().scopes(), workers=named)


@dataclass
class LaptopStore:
    """A copy of the filled store, opened; `desk` is what the windows would see."""

    template: Template
    folder: Path
    worker_id: WorkerId = AMARA
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        shutil.copytree(self.template.folder, self.folder)
        self.caseload: Caseload = practice_caseload(NOW.date())
        self.worker: Worker = next(each for each in self.caseload.workers if each.id == self.worker_id)
        self.new_id = Ids()
        self.ics = MemoryIcs(self.clock)
        self.ics.epoch = "e1"
        for head in (*(family_head(each, NOW) for each in self.caseload.families), *self.caseload.records):
            self.ics.put(head)
        families = [each.id for each in self.caseload.families]
        self.ics.door(self.worker_id, *families)
        self.door = _Door(self.ics, self.worker_id, self.caseload.workers)
        self.engine = Engine(clock=self.clock, new_id=self.new_id)
        self._open()
        self.store.sync_port().forget_cursor()

    def _open(self) -> None:
        found = header.read(self.folder).headers[0]
        self.store = Store.opened(
            self.folder, found, self.template.key, clock=self.clock, reading=reading(self.clock)
        )
        self.desk = WorkerDesk(self.store, self.worker, self.clock, self.new_id)

    def reopen(self) -> None:
        """Close the store and open it again, as overnight."""
        self.store.lock()
        self._open()

    def close(self) -> None:
        self.store.lock()

    # The exchange -------------------------------------------------------------------------------------------

    def run(self) -> RunReport:
        """Do a whole run."""
        return run(self.engine, self.store.sync_port(), self.door)

    def run_until(self, what: str) -> Going:
        """Begin a run and stop just after a call of this name."""
        going = Going(self.engine, self.store.sync_port(), self.door)
        while going.last != what:
            assert going.step() is None, f"the run ended before {what}"
        return going

    def end(self, going: Going) -> RunReport:
        """Let a run go on to its end."""
        while going.step() is None:
            pass
        assert going.report is not None
        return going.report

    # The office ---------------------------------------------------------------------------------------------

    def head(self, record: RecordId) -> Head:
        """Return a record as the office has it."""
        found = self.ics.head(record)
        assert found is not None
        return found

    def at_office(self, record: RecordId) -> Body:
        """Return what the office's record says."""
        return body_of(self.head(record).content)

    def colleague(self, record: RecordId, change: Callable[[Body], Body], by: WorkerId = BEA) -> None:
        """A colleague changes a record at the office."""
        head = self.head(record)
        content = content_of(change(body_of(head.content)))
        self.clock.forward(minutes=1)
        self.ics.put(
            replace(
                head,
                content=content,
                hash=content_hash(content),
                version=head.version + 1,
                changed_by=by,
                changed_at=self.clock.now(),
            )
        )

    def open_conflicts(self, record: RecordId) -> list[Conflict]:
        """Return the questions the office holds about a record."""
        return [
            each for each in self.ics.conflicts.values() if each.record == record and each.state == "open"
        ]

    # The worker ---------------------------------------------------------------------------------------------

    def plan(self, family: str = "f-tolland") -> RecordId:
        """Return the plan of a family: a draft that several write in."""
        return next(
            each.id
            for each in self.caseload.records
            if each.family == family and each.form is not None and each.form.id == "plan"
        )

    def visit_form(self) -> FormRef:
        """Return the form of a visit."""
        return next(ref for ref in self.store.forms.newest() if ref.id == "visit")

    def sign(self, record: RecordId) -> None:
        """Sign what the record says."""
        self.desk.sign_off(record, content_hash(content_of(self.desk.open(record).body)))

    def conflict(
        self, record: RecordId, path: str, mine: Value = "Ring Lorraine.", theirs: Value = "Ring the school."
    ) -> None:
        """Let this worker and Bea answer one question differently, and meet."""
        body = self.desk.open(record).body
        self.desk.keep(record, body.with_answer(FieldPath(path), self.said(mine)), body)
        self.desk.send(record)
        self.colleague(record, says(path, theirs))
        self.run()

    def said(self, value: Value) -> Answer:
        """Return an answer of this worker, now."""
        return Answer(value=value, by=self.worker_id, at=self.clock.now().isoformat())


def says(path: str, value: Value, by: WorkerId = BEA) -> Callable[[Body], Body]:
    """Return the change that answers one question."""
    return lambda body: body.with_answer(FieldPath(path), Answer(value=value, by=by))


def visit_said(laptop: LaptopStore, on: date, *, seen: bool, alone: str, outcome: str = "completed") -> Body:
    """Return a whole visit to the Tollands, nothing missing, with these facts about every child."""
    example = next(
        each
        for each in reversed(laptop.caseload.records)
        if each.form is not None and each.form.id == "visit" and each.family == "f-tolland"
    )
    found = body_of(example.content)
    form = laptop.store.forms.form(laptop.visit_form())
    assert form is not None

    def coding(question: str, code: str) -> Value:
        options = [option.value for option in form.by_link_id[LinkId(question)].options]
        return next(each for each in options if isinstance(each, Mapping) and each.get("code") == code)

    facts: dict[str, Value] = {
        "visit.date": on.isoformat(),
        "visit.outcome": coding("visit.outcome", outcome),
    }
    if outcome != "completed":
        facts |= {"visit.steps": "Rang, and left a card.", "visit.next-attempt": "2026-11-24"}
    inside: dict[str, Value] = {
        "child.seen": seen,
        "child.alone": coding("child.alone", alone),
        "child.said": "“Again!”",
    }
    if not seen:
        inside["child.not-seen"] = "At the nursery."
    if alone != "yes":
        inside["child.alone-why"] = "Only just two."
    for row in found.rows_of(paths.ROOT, LinkId("children")):
        facts |= {paths.child(row, LinkId(name)): value for name, value in inside.items()}
    for step in found.rows_of(paths.ROOT, LinkId("next-step")):
        facts[paths.child(step, LinkId("next-step.by"))] = (on + timedelta(days=7)).isoformat()
    for path, value in facts.items():
        found = found.with_answer(FieldPath(path), laptop.said(value))
    return found


__all__ = ["AMARA", "BEA", "TOM", "LaptopStore", "filled", "says", "visit_said"]
