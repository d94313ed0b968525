"""Two workers at one plan, one of them behind a line that can do anything: where bad luck is tried out.

The stores are real and encrypted, the service answers over HTTP from the kind of database that the test asks
for, and nothing of ours is replaced.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sync.protocol import HistoryReply, Limits
from sync.reference_ics.practice import practice_caseload
from sync.runner import Phase
from tests.support.faulty_line import Answer as Reply
from tests.support.faulty_line import FaultyLine, Passing
from tests.support.laptop import COLLEAGUE, WORKER, NoWindow, office_at
from tests.support.service import IcsClock, IcsProcess, RunningIcs, running_ics
from workbook_desktop.app.machine import SystemClock
from workbook_desktop.domain.changes import RunReport
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.ids import FamilyId, FieldPath, RecordId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import Answer, Body
from workbook_desktop.workspace.views import Counts, OpenConflict, OpenRecord

TOLLAND = FamilyId("f-tolland")
CONTINGENCY, CHILDREN, PARENTS = (
    FieldPath("safety.contingency"),
    FieldPath("network.children"),
    FieldPath("network.parents"),
)


class SkewedClock:
    """The machine's clock, off by some days; the seconds since it was switched on are right, as on a PC."""

    def __init__(self, **off: float) -> None:
        self._true, self.off = SystemClock(), timedelta(**off)

    def now(self) -> datetime:
        return self._true.now() + self.off

    def today(self) -> date:
        return self.now().date()

    def monotonic(self) -> float:
        return self._true.monotonic()


@dataclass(slots=True)
class Luck:
    """The office, the line to it, and those who come to it. Amara is behind the line, Bea is not."""

    ics: RunningIcs | IcsProcess
    folder: Path
    plan: RecordId
    line: FaultyLine
    laptops: list[NoWindow] = field(default_factory=list)

    @property
    def amara(self) -> NoWindow:
        return self.laptops[0]

    @property
    def bea(self) -> NoWindow:
        return self.laptops[1]

    @property
    def office(self) -> IcsProcess:
        """The service where it is a process: to be killed, and given commands."""
        assert isinstance(self.ics, IcsProcess)
        return self.ics

    def laptop(
        self,
        worker: Worker,
        name: str = "",
        *,
        url: str | None = None,
        clock: Clock | None = None,
        at_home: bool = True,
    ) -> NoWindow:
        """A worker's laptop; `at_home`: which has received everything."""
        found = NoWindow(
            self.folder / (name or worker.id),
            office_at(url or self.ics.base_url, self.ics.secret),
            worker,
            clock=clock,
        )
        self.laptops.append(found)
        if at_home:
            assert found.exchange().outcome == "complete"
        return found

    def give_up(self, who: NoWindow) -> None:
        """Lock a laptop, for good or to open it again."""
        who.close()
        self.laptops.remove(who)

    # What they do -------------------------------------------------------------------------------------------

    def changes(self, who: NoWindow, change: Callable[[Body], Body], *, send: bool = True) -> None:
        """Change the plan, keep it, release it."""

        def job() -> None:
            before = who.desk.open(self.plan).body
            who.desk.keep(self.plan, change(before), before)
            if send:
                who.desk.send(self.plan)

        who.do(job)

    def writes(self, who: NoWindow, path: FieldPath, words: str, *, send: bool = True) -> None:
        at = who.clock.now().isoformat()
        answer = Answer(value=words, by=who.worker.id, at=at)
        self.changes(who, lambda body: body.with_answer(path, answer), send=send)

    def begins(self, who: NoWindow, words: str, *, send: bool = True) -> RecordId:
        """Begin another plan for the same family, with these words in it."""

        def job() -> RecordId:
            form = who.desk.open(self.plan).form.ref
            record = who.desk.start(form, TOLLAND).record
            before = who.desk.open(record).body
            answer = Answer(value=words, by=who.worker.id, at=who.clock.now().isoformat())
            who.desk.keep(record, before.with_answer(PARENTS, answer), before)
            if send:
                who.desk.send(record)
            return record

        return who.do(job)

    def fails(self, who: NoWindow, outcome: str, phase: Phase | None = None) -> RunReport:
        """Exchange, and see that it ends like this and is told like this."""
        report = who.exchange()
        assert report.outcome == outcome
        if phase is not None:
            assert who.client.runner is not None
            assert who.client.runner.status.phase is phase
        return report

    # What is there ------------------------------------------------------------------------------------------

    def counts(self, who: NoWindow) -> Counts:
        return who.do(who.desk.counts)

    def opened(self, who: NoWindow, record: RecordId | None = None) -> OpenRecord:
        return who.do(lambda: who.desk.open(record or self.plan))

    def said(self, who: NoWindow, path: FieldPath, record: RecordId | None = None) -> Any:
        answer = self.opened(who, record).body.answers.get(path)
        return answer.value if answer is not None else None

    def questions(self, who: NoWindow) -> list[OpenConflict]:
        return [each for each in self.opened(who).conflicts if each.chosen is None]

    def history(self, record: RecordId | None = None) -> HistoryReply:
        """What the office has of a record, asked past every laptop and line."""
        caller = self.ics.sign_in(WORKER.id)
        return _history(caller.history(record or self.plan))

    def everything_ever(self, record: RecordId | None = None) -> str:
        """All that was ever said of a record at the office."""
        told = self.history(record)
        return repr([(each.answers, each.groups) for each in told.revisions]) + repr(told.conflicts)

    def settle_down(self) -> None:
        """Exchange until nothing moves any more; every run is a good one."""
        for _ in range(3):
            for each in self.laptops:
                assert each.exchange().outcome == "complete"

    def is_whole(self, *records: RecordId, conflicts: int = 0) -> None:
        """Nothing waits anywhere, nothing is doubled, and laptops and office say the same."""
        self.settle_down()
        for record in records or (self.plan,):
            told = self.history(record)
            versions = [each.version for each in told.revisions]
            assert versions == list(range(1, len(versions) + 1)), "a version is missing, or there twice"
            last = told.revisions[-1]
            for each in self.laptops:
                head = each.held(record).head
                assert head is not None
                assert (head.version, head.hash) == (last.version, last.hash)
            assert len(told.conflicts) == conflicts
            assert all(
                (one.hash, one.state) != (other.hash, other.state)
                for one, other in itertools.pairwise(told.revisions)
                if not conflicts
            ), "the same was said twice"
        for each in self.laptops:
            counts = self.counts(each)
            assert (counts.waiting, counts.drafts, counts.not_accepted) == (0, 0, 0)


def _history(raw: dict[str, Any]) -> HistoryReply:
    import msgspec

    return msgspec.convert(raw, HistoryReply)


@contextmanager
def bad_luck(
    folder: Path,
    *,
    limits: Limits | None = None,
    clocks: tuple[Clock | None, Clock | None] = (None, None),
    as_process: bool = False,
) -> Iterator[Luck]:
    """Amara behind the line and Bea beside her, both having received everything.

    `as_process`: the service is a process, which can be killed and has commands.
    """
    now = datetime.now(UTC)
    caseload = practice_caseload(now.date())
    plan = next(
        each for each in caseload.records if each.form and each.form.id == "plan" and each.family == TOLLAND
    )
    (folder / "ics").mkdir()
    with ExitStack() as ending:
        ics: RunningIcs | IcsProcess
        if as_process:
            ics = IcsProcess(folder / "ics", caseload)
            ending.callback(ics.kill)
        else:
            running = running_ics(folder / "ics", caseload, clock=IcsClock(now), limits=limits)
            ics = ending.enter_context(running)
        line = ending.enter_context(closing(FaultyLine(ics.base_url)))
        found = Luck(ics, folder, plan.id, line)
        ending.callback(lambda: [each.close() for each in found.laptops])
        found.laptop(WORKER, url=line.url, clock=clocks[0])
        found.laptop(COLLEAGUE, clock=clocks[1])
        yield found


class Lost:
    """Meddles with the calls of one address: hands so many of them on, and lets the answer be lost."""

    def __init__(self, what: str, times: int = 1) -> None:
        self._what, self.left = what, times

    def __call__(self, passing: Passing, on: Callable[[], Reply]) -> Reply | None:
        answer = on()
        if self._what in str(passing) and self.left > 0:
            assert answer[0] == 200
            self.left -= 1
            return None
        return answer


__all__ = [
    "CHILDREN",
    "COLLEAGUE",
    "CONTINGENCY",
    "PARENTS",
    "TOLLAND",
    "WORKER",
    "Lost",
    "Luck",
    "SkewedClock",
    "bad_luck",
]
