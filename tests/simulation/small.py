"""Two laptops, one record and two answers, moved one step at a time, and set back to where they were.

A step is what a worker or chance does: ``1 types place``, ``2 runs answer-lost@1``, ``1 dies@6``. Steps say
themselves in words that `read` understands, so that a story can be told again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from sync.engine import EPOCH_CHANGED
from sync.protocol import Limits
from tests.simulation.disks import DISKS, Seen
from tests.simulation.ground import (
    FAMILIES,
    NOTE,
    PLACE,
    WORKERS,
    DeviceClock,
    Words,
    WorldClock,
    begun,
    words_of,
)
from tests.simulation.laptops import Laptop, as_chosen, shown
from tests.simulation.service import SERVICES, Ask, Reply
from tests.simulation.story import LAST_ROUNDS, REASONS
from tests.simulation.watch import Watch
from tests.simulation.wire import Line, SimWire, Trouble
from workbook_desktop.domain.changes import Conflict, Settlement, delta_between
from workbook_desktop.domain.errors import Refused
from workbook_desktop.domain.ids import FieldPath, RecordId, WorkerId
from workbook_desktop.domain.records import Answer, Body, Head

RECORD: Final = RecordId("r1")
FAMILY: Final = FAMILIES[0]
# The record is there; or either of them begins it; or both have said something and a question is open.
BEGINNINGS: Final = ("begun", "nothing", "asked")
# What can befall a request that is handed in; one that only asks is lost or not, which is the same to both.
HANDED_IN: Final = (Trouble.NO_LINE, Trouble.ANSWER_LOST, Trouble.LATE, Trouble.TWICE, Trouble.CRASH)
# Calls that move nothing on the laptop: to die after one is to die before it.
_LOOKS: Final = frozenset(("capabilities", "feed-state", "scopes", "feed", "work-left", "files-to-send"))
# Between these and the next call a hand, or the colleague, may come.
_PAUSES: Final = frozenset(("sealed", "push", "rebase", "feed"))
_STEP: Final = re.compile(r"([12]) ([a-z ]+?)(?: ([a-z]+-[a-z]+|late|twice|crash))?(?:@(\d+))?(?: \((.*)\))?")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens."""

    who: int  # 1 or 2
    does: str
    trouble: Trouble | None = None  # what befalls the request `at`, the first being 0
    at: int = 0  # or after which of its calls a run is left, or which question is settled
    amid: Step | None = None  # what happens in the middle of a run, after its call `at`

    @property
    def cost(self) -> int:
        """How many steps it counts for."""
        return 2 if self.amid is not None else 1

    def __str__(self) -> str:
        trouble = f" {self.trouble}" if self.trouble else ""
        at = f"@{self.at}" if trouble or self.amid or self.does in _WITH_PLACE else ""
        return f"{self.who} {self.does}{trouble}{at}{f' ({self.amid})' if self.amid else ''}"


_WITH_PLACE: Final = ("dies", "takes mine", "takes theirs")


def read(text: str) -> tuple[str, tuple[Step, ...]]:
    """Return a beginning and its steps, of ``begun: 1 types place; 2 runs``."""
    beginning, _, rest = text.partition(":")
    return beginning.strip(), tuple(_step(each) for each in rest.split(";") if each.strip())


def _step(text: str) -> Step:
    found = _STEP.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"no step: {text}")
    who, does, trouble, at, amid = found.groups()
    if trouble == "late" and does == "request":
        raise ValueError(text)
    return Step(
        int(who), does, Trouble(trouble) if trouble else None, int(at or 0), _step(amid) if amid else None
    )


class _Ids:
    """Counts, and can be set back."""

    def __init__(self, stem: str) -> None:
        self._stem, self.number = stem, 0

    def __call__(self) -> str:
        self.number += 1
        return f"{self._stem}-0000-7000-8000-{self.number:012d}"


class World:
    """The two laptops and their ICS. `play` moves it; what does not hold is raised as `Violated`."""

    def __init__(self, beginning: str, service: str = "memory", store: str = "memory") -> None:
        self.clock, self.words = WorldClock(), Words()
        self._kinds = service, store
        self.limits = Limits()
        sees = {worker: frozenset((FAMILY,)) for worker in WORKERS[:2]}
        begun = [] if beginning == "nothing" else [self._begun()]
        self.service: Any = SERVICES[service](self.clock, self.limits, sees, begun)
        if store == "memory":
            self.service.features.clear()
        self.watch = Watch(self.service)
        for path in (NOTE, PLACE):
            if begun:
                self.watch.hands[RECORD, FieldPath(path)] = {WorkerId("office")}
        self.watch.wrote()
        self.laptops = [self._laptop(worker, store) for worker in sees]
        self.watch.workers = {each.worker: each for each in self.laptops}
        self.calls: list[str] = []  # of the run just played
        self.asked: list[str] = []  # and what it asked over the line
        self._is_put_back = False
        for laptop in self.laptops:
            self._run(laptop)
        if beginning == "asked":
            for who, does in ((1, "types place"), (2, "types place"), (1, "runs"), (2, "runs"), (1, "runs")):
                self.play(Step(who, does))
        self.backup = self.service.image()

    @property
    def is_in_memory(self) -> bool:
        """Say whether it can be set back (`states`)."""
        return self._kinds == ("memory", "memory")

    def close(self) -> None:
        """Let the stores go."""
        for laptop in self.laptops:
            laptop.disk.close()

    def _begun(self) -> Head:
        said = {FieldPath(path): Answer(value=f"{self.words.new(FAMILY)}.") for path in (NOTE, PLACE)}
        return begun(RECORD, FAMILY, said, {}, self.clock.now())

    def _laptop(self, worker: WorkerId, store: str) -> Laptop:
        line, clock = Line(Random(0)), DeviceClock(self.clock)

        def serve(ask: Ask) -> Reply:
            reply: Reply = self.service.handle(ask)
            self.watch.heard(worker, ask, reply)
            self.asked.append(f"{ask.method} {ask.what}")
            return reply

        laptop = Laptop(
            worker,
            disk=DISKS[store](clock, worker),
            clock=clock,
            line=line,
            wire=SimWire(line, serve, self.service.crash_in, clock, self.clock.forward),
            sign_in=self.service.sign_in,
            page_items=self.limits.page_items,
        )
        laptop.new_id = _Ids(f"0199{worker}")  # type: ignore[assignment]
        laptop._engine()
        return laptop

    # What can happen ----------------------------------------------------------------------------------------

    def steps(self) -> Iterator[Step]:
        """What hands can do from here; what befalls a run is known when it was played once."""
        for who, laptop in enumerate(self.laptops, 1):
            seen = laptop.disk.record(RECORD)
            yield from (Step(who, does) for does in self._at_the_desk(laptop, seen))
            if seen is not None and not seen.is_closed:
                for number in range(len(_questions(laptop))):
                    yield Step(who, "takes mine", at=number)
                    yield Step(who, "takes theirs", at=number)
            if laptop.line.on_their_way:
                yield Step(who, "arrives")
        if "reconcile" in self.service.features and not self._is_put_back:
            yield Step(1, "puts the service back")

    def _at_the_desk(self, laptop: Laptop, seen: Seen | None) -> Iterator[str]:
        if seen is None:
            yield from ("types place", "types note", "drafts place")
            return
        if seen.is_closed:
            return
        yield from ("types place", "types note", "drafts place")
        if FieldPath(PLACE) in shown(seen).answers:
            yield "clears place"
        if seen.local is not None and not seen.released:
            yield "sends"
        if seen.local is not None and not seen.released and seen.head is None:
            yield "discards"
        if seen.released:
            yield "holds back"
        is_open = any(each.state == "open" for each in laptop.disk.conflicts())
        if not is_open and not laptop.disk.proposed(RECORD) and not (seen.head and seen.head.open_conflicts):
            yield "signs"

    def befalls(self, who: int) -> Iterator[Step]:
        """What can befall the run of this laptop that was just played; it is the same up to where it does."""
        for at, what in enumerate(self.asked):
            for trouble in HANDED_IN if what.startswith("POST") else (Trouble.NO_LINE,):
                yield Step(who, "runs", trouble, at)
        for at, what in enumerate(self.calls, 1):
            if what not in _LOOKS and at < len(self.calls):
                yield Step(who, "dies", at=at)

    def amids(self, who: int) -> Iterator[Step]:
        """What can happen in the middle of that run."""
        for at, what in enumerate(self.calls, 1):
            if what in _PAUSES:
                for does in ("types place", "types note"):
                    yield Step(who, "runs", at=at, amid=Step(who, does))
                yield Step(who, "runs", at=at, amid=Step(3 - who, "runs"))

    # Happening ----------------------------------------------------------------------------------------------

    def play(self, step: Step) -> None:
        """Let it happen, and look at what came of it."""
        self.clock.forward(60)
        laptop = self.laptops[step.who - 1]
        verb, _, rest = step.does.partition(" ")
        try:
            getattr(self, f"_{verb}")(laptop, step, rest)
        except Refused:
            pass  # a window would have said so
        self.watch.look(laptop)
        for each in self.laptops:
            each.line.sent.clear()
            each.line.heard_earlier.clear()

    def _types(self, laptop: Laptop, _step: Step, path: str) -> None:
        self._drafts(laptop, _step, path)
        laptop.disk.release(RECORD)

    def _drafts(self, laptop: Laptop, _step: Step, path: str) -> None:
        before = shown(laptop.disk.record(RECORD))
        word, at = f"{self.words.new(FAMILY)}.", FieldPath(path)
        stands = before.answers.get(at)
        said = f"{stands.value} {word}" if path == NOTE and stands and stands.value else word
        self._keep(laptop, before, before.with_answer(at, Answer(value=said)))

    def _clears(self, laptop: Laptop, _step: Step, path: str) -> None:
        before = shown(laptop.disk.record(RECORD))
        self._keep(laptop, before, before.with_answer(FieldPath(path), None))
        laptop.disk.release(RECORD)

    def _keep(self, laptop: Laptop, before: Body, after: Body) -> None:
        delta = delta_between(before, after)
        for path in (*delta.set, *delta.unset):
            self.watch.hands.setdefault((RECORD, path), set()).add(WorkerId(f"{laptop.worker}.0"))
        laptop.keep(RECORD, FAMILY, before, after)

    def _sends(self, laptop: Laptop, _step: Step, _rest: str) -> None:
        laptop.disk.release(RECORD)

    def _holds(self, laptop: Laptop, _step: Step, _rest: str) -> None:
        laptop.disk.hold_back(RECORD)

    def _discards(self, laptop: Laptop, _step: Step, _rest: str) -> None:
        words = words_of(shown(laptop.disk.record(RECORD)))
        if laptop.disk.discard(RECORD):
            laptop.let_go |= words
            laptop.screens.pop(RECORD, None)

    def _signs(self, laptop: Laptop, _step: Step, _rest: str) -> None:
        self.watch.signed.setdefault(laptop.worker, set()).add(laptop.sign(RECORD, FAMILY))

    def _takes(self, laptop: Laptop, step: Step, choice: str) -> None:
        seen = laptop.disk.record(RECORD)
        assert seen is not None
        conflict = _questions(laptop)[step.at]
        before, put = shown(seen), as_chosen(conflict, seen, choice, None, laptop.worker)
        earlier = tuple(each for each in seen.settles if each.conflict != conflict.id)
        delta = delta_between(before, put)
        for path in (*delta.set, *delta.unset):
            self.watch.hands.setdefault((RECORD, path), set()).add(WorkerId(f"{laptop.worker}.0"))
        laptop.settle(RECORD, FAMILY, put, (*earlier, Settlement(conflict=conflict.id, choice=choice)))

    def _arrives(self, laptop: Laptop, _step: Step, _rest: str) -> None:
        ask = laptop.line.on_their_way.pop(0)
        self.watch.heard(laptop.worker, ask, self.service.handle(ask))

    def _puts(self, _laptop: Laptop, _step: Step, _rest: str) -> None:
        self._is_put_back = True
        self.service.restore(self.backup, "epoch-2", damaged=False, signs_out=True)
        self.watch.put_back(self.laptops)

    def _runs(self, laptop: Laptop, step: Step, _rest: str) -> None:
        if step.trouble is not None:
            laptop.line.planned.extend([*[None] * step.at, step.trouble])
        self._run(laptop, step)
        laptop.line.planned.clear()

    def _dies(self, laptop: Laptop, step: Step, _rest: str) -> None:
        for _ in range(step.at):
            self._call(laptop)
        laptop.die()

    def _call(self, laptop: Laptop) -> Any:
        self.clock.forward(1)
        report = laptop.step()
        if report is None and laptop.going is not None:
            self.calls.append(laptop.going.last)
        self.watch.ran(laptop, report)
        self.watch.look(laptop)
        return report

    def _run(self, laptop: Laptop, step: Step | None = None) -> Any:
        laptop.drop()
        self.calls, self.asked = [], []
        while True:
            report = self._call(laptop)
            if report is not None:
                return report
            if step is not None and step.amid is not None and len(self.calls) == step.at:
                calls, asked = self.calls, self.asked
                self.play(step.amid)
                self.calls, self.asked = calls, asked

    # How it ends --------------------------------------------------------------------------------------------

    def end(self) -> Iterator[None]:
        """The faults stop, and both come to say the same. Yields after each round of runs."""
        for laptop in self.laptops:
            while laptop.line.on_their_way:
                self._arrives(laptop, Step(1, "arrives"), "")
        quiet = False
        for _ in range(LAST_ROUNDS):
            before = self.watch.number
            reports = [self._run(laptop) for laptop in self.laptops]
            for laptop, report in zip(self.laptops, reports, strict=True):
                good = report.outcome == "complete"
                self.watch.holds("L1", good, f"with a good line a run of {laptop.worker}: {report.outcome}")
            quiet = not any(report.sent or report.parked or report.changed for report in reports)
            if quiet and self.watch.number == before:
                break
            yield
        self.watch.holds("L1", quiet, f"no peace after {LAST_ROUNDS} rounds")
        self.watch.ended(self.laptops)
        for laptop in self.laptops:
            for op in laptop.disk.ops():
                say = f"{op.id} of {laptop.worker} is parked for {op.parked}"
                self.watch.holds("L1", op.parked in REASONS, say)

    def stop(self) -> None:
        """The ICS comes up as it was in the beginning, in a new epoch: who knew the old one stops."""
        self.service.restore(self.backup, "epoch-2", damaged=False, signs_out=True)
        for laptop in self.laptops:
            before = laptop.disk.state()
            laptop.drop()
            report = None
            while report is None:
                report = laptop.step()
            stopped = report.outcome == EPOCH_CHANGED and laptop.disk.state() == before
            self.watch.holds("I16", stopped, f"{laptop.worker} went on with an ICS that was put back")


def _questions(laptop: Laptop) -> list[Conflict]:
    found = [each for each in laptop.disk.conflicts() if each.state == "open" and each.record == RECORD]
    return sorted(found, key=lambda each: (each.path, each.theirs_version, each.mine_by, each.id))
