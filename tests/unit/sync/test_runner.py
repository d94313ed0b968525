"""The runner: a thread for the network, the store's work in the store's thread, honest words about both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync.ports import Ics
from sync.runner import Phase, Runner, Status, Stopped
from tests.support.chance import CountingIds, StillClock
from tests.support.faults import Fault, FaultyIcs
from tests.support.ics import MemoryIcs
from tests.support.sync_store import MemorySyncStore
from tests.support.sync_store_contract import TOLLAND, VISIT, saying
from workbook_desktop.domain.changes import FeedState
from workbook_desktop.domain.errors import StoreLocked
from workbook_desktop.domain.ids import ConflictId


class _Watched(MemorySyncStore):
    """Knows in which thread it is asked, and can be locked."""

    def __init__(self) -> None:
        super().__init__(StillClock())
        self.threads: set[str] = set()
        self.locked = False

    def feed_state(self) -> FeedState:
        self.threads.add(threading.current_thread().name)
        if self.locked:
            raise StoreLocked(by="this-app")
        return super().feed_state()


class _World:
    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self.clock = StillClock()
        self.ics = MemoryIcs(self.clock)
        self.store = _Watched()
        self.line = FaultyIcs(self.ics.door("amara-quill", TOLLAND))
        self.said: list[Status] = []
        self.told = threading.Condition()
        self.runner = Runner(
            store_executor=executor,
            port=self.store,
            make_ics=lambda: self.line,
            clock=self.clock,
            new_id=CountingIds(),
            random=lambda: 0.5,
            report=self._say,
        )

    def _say(self, status: Status) -> None:
        with self.told:
            self.said.append(status)
            self.told.notify_all()

    def wait_for(self, what: Callable[[Status], bool]) -> None:
        with self.told:
            assert self.told.wait_for(lambda: any(what(each) for each in self.said), timeout=10)

    def phases(self) -> list[Phase]:
        found: list[Phase] = []
        for status in self.said:
            if not found or found[-1] is not status.phase:
                found.append(status.phase)
        return found


class _Looking(FaultyIcs):
    """An ICS that wants to know who is looking at what, behind a bad line."""

    def __init__(self, world: _World) -> None:
        world.ics.features = ["claims"]
        super().__init__(world.line)
        self.told: list[str] = []

    def claim(self, conflict: ConflictId) -> None:
        self._through(lambda: self.told.append(f"claim {conflict}"))

    def release(self, conflict: ConflictId) -> None:
        self._through(lambda: self.told.append(f"release {conflict}"))


ONE, OTHER = ConflictId("one"), ConflictId("other")


@pytest.fixture
def world() -> Iterator[_World]:
    with ThreadPoolExecutor(1, thread_name_prefix="the-store") as executor:
        world = _World(executor)
        yield world
        world.runner.stop()


def test_the_store_is_only_asked_in_its_own_thread(world: _World) -> None:
    world.runner.run_once()
    assert world.store.threads == {"the-store_0"}


def test_the_phases_are_what_happens(world: _World) -> None:
    world.store.write(VISIT, saying(place="home"), family=TOLLAND)
    report = world.runner.run_once()
    assert report.outcome == "complete"
    assert world.phases() == [Phase.SENDING, Phase.RECEIVING, Phase.IDLE]
    last = world.runner.status
    assert (last.report, last.last_complete, last.code) == (report, report.ended, None)


@pytest.mark.parametrize(
    ("fault", "phase", "code"),
    [
        (Fault.REQUEST_LOST, Phase.OFFLINE, "ics-unreachable"),
        (Fault.HTML, Phase.NOT_THE_ICS, "not-the-ics"),
    ],
)
def test_a_failure_is_said_as_it_is(world: _World, fault: Fault, phase: Phase, code: str) -> None:
    world.line.faults.append(fault)
    world.runner.run_once()
    assert (world.runner.status.phase, world.runner.status.code) == (phase, code)
    assert world.runner.status.last_complete is None


def test_an_ics_restored_from_a_backup_halts_the_exchange(world: _World) -> None:
    world.runner.run_once()
    world.ics.epoch = "epoch-2"
    world.runner.run_once()
    assert (world.runner.status.phase, world.runner.status.code) == (Phase.HALTED, "epoch-changed")


def test_a_locked_store_is_an_error_and_no_outcome(world: _World) -> None:
    world.store.locked = True
    with pytest.raises(StoreLocked):
        world.runner.run_once()
    assert world.runner.status.code == "store-locked"
    world.store.locked = False
    assert world.runner.run_once().outcome == "complete"


def test_its_thread_runs_when_it_is_asked(world: _World) -> None:
    world.runner.start()
    world.wait_for(lambda status: status.next_try is not None)
    world.store.write(VISIT, saying(place="home"), family=TOLLAND)
    world.runner.request()
    world.wait_for(lambda status: status.report is not None and status.report.sent == 1)
    world.runner.stop()
    assert world.ics.head(VISIT) is not None


def test_after_a_failure_it_comes_back_by_chance_within_a_growing_bound(world: _World) -> None:
    waits = []
    for _ in range(12):
        world.line.faults.append(Fault.REQUEST_LOST)
        world.runner.run_once()
        waits.append(world.runner._next_wait())
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert max(waits) == 150.0
    world.line.faults.append(Fault.BUSY)
    world.runner.run_once()
    world.runner._failures = 1
    assert world.runner._next_wait() == 7.0, "the ICS said when to come back"
    world.runner.run_once()
    assert world.runner._next_wait() == 120.0


def test_paused_it_begins_nothing_and_resumed_it_does_at_once(world: _World) -> None:
    world.runner.pause()
    with pytest.raises(Stopped):
        world.runner.run_once()
    world.runner.start()
    world.store.write(VISIT, saying(place="home"), family=TOLLAND)
    world.runner.request()
    assert world.ics.head(VISIT) is None
    world.runner.resume()
    world.wait_for(lambda status: status.report is not None and status.report.sent == 1)


def test_a_run_that_is_stopped_in_its_middle_is_taken_up_by_the_next(world: _World) -> None:
    world.store.write(VISIT, saying(place="home"), family=TOLLAND)

    class Pausing(FaultyIcs):
        def push(self, ops):  # type: ignore[no-untyped-def]
            answer = super().push(ops)
            world.runner.pause()
            return answer

    good, world.line = world.line, Pausing(world.line)
    with pytest.raises(Stopped):
        world.runner.run_once()
    assert len(world.store.sealed(10)) == 1
    world.line = good
    world.runner._paused = False
    assert world.runner.run_once().outcome == "complete"
    assert len(world.ics.history[VISIT]) == 1


def test_one_run_at_a_time(world: _World) -> None:
    inside = threading.Event()
    go_on = threading.Event()
    seen: list[str] = []

    class Slow(FaultyIcs):
        def capabilities(self):  # type: ignore[no-untyped-def]
            seen.append("in")
            inside.set()
            assert go_on.wait(10)
            seen.append("out")
            return super().capabilities()

    slow: Ics = Slow(world.line)
    world.line = slow  # type: ignore[assignment]
    threads = [threading.Thread(target=world.runner.run_once) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert inside.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert seen == ["in", "out", "in", "out"]


def test_who_looks_at_what_and_who_no_more_is_told_at_the_next_run(world: _World) -> None:
    line = world.line = _Looking(world)
    world.runner.claim(ONE)
    world.runner.run_once()
    world.runner.release(ONE)
    world.runner.claim(OTHER)
    world.runner.run_once()
    world.runner.run_once()
    assert line.told == ["claim one", "release one", "claim other"]


def test_of_claim_and_release_the_last_word_counts(world: _World) -> None:
    line = world.line = _Looking(world)
    for say in (world.runner.claim, world.runner.release, world.runner.claim):
        say(ONE)
    world.runner.run_once()
    assert line.told == ["claim one"]


def test_a_release_that_could_not_be_told_is_told_later_and_a_claim_is_forgotten(world: _World) -> None:
    line = world.line = _Looking(world)
    world.runner.release(ONE)
    world.runner.claim(OTHER)
    line.faults.append(Fault.REQUEST_LOST)
    assert world.runner.run_once().outcome == "ics-unreachable"
    world.runner.run_once()
    assert line.told == ["release one"]


def test_what_is_let_go_of_in_the_last_moment_is_told_as_the_runner_stops(world: _World) -> None:
    line = world.line = _Looking(world)
    world.runner.start()
    world.wait_for(lambda status: status.last_complete is not None and status.phase is Phase.IDLE)
    world.runner.pause()  # so that no run tells it before
    world.runner.release(ONE)
    world.runner.stop()
    assert line.told == ["release one"]
