"""Runs the engine: in a thread of its own for the network, with the store's work handed to the store's
thread.

It waits for somebody's "now", for the next time by the clock, or, after a failure, for a moment by chance
within a growing bound, so that a thousand laptops do not come back at once. One run at a time.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import math
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from sync.engine import CLIENT_TOO_OLD, CONTRACT_UNSUPPORTED, Call, Engine, IcsCall, StoreCall, Together
from sync.ports import Absent, Ics, Seal, SyncStore
from sync.protocol import Capabilities, ScopesReply
from sync.steps import Tally
from workbook_desktop.domain.changes import RunReport
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import (
    DeviceRefused,
    IcsUnreachable,
    NotTheIcs,
    ProviderUnreachable,
    SignInNeeded,
    WorkbookError,
)
from workbook_desktop.domain.ids import ConflictId, NewId, RecordId

EVERY_SECONDS = 120.0
FIRST_WAIT = 1.0
LONGEST_WAIT = 300.0
STOP_SECONDS = 5.0
PROGRESS_SECONDS = 0.2  # between two sayings of how far a run is
SHOW_SECONDS = 2.0  # between two askings of the windows to look again

log = logging.getLogger("workbook.sync")


class Phase(StrEnum):
    """What the exchange is doing, or why it is not. The words of each are in resources/messages, under
    ``exchange``."""

    STARTING = "starting"  # the office has not been asked yet
    IDLE = "idle"  # the last run ended well; `code` is "partial" if there is more to come
    SENDING = "sending"
    RECEIVING = "receiving"
    COMPARING = "comparing"  # with an ICS that was restored from a backup
    LETTING_GO = "letting-go"  # handing in and removing what has to leave
    FILES = "files"  # after the words: handed over, or fetched
    OFFLINE = "offline"
    NEEDS_SIGN_IN = "needs-sign-in"
    NOT_THE_ICS = "not-the-ics"
    TOO_OLD = "too-old"  # this Workbook and the ICS: `code` says whether work was sent all the same
    STOPPED = "stopped"  # the organisation stopped this laptop
    HALTED = "halted"  # the ICS answered something that cannot be used, or the store did: `code` says what


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is."""

    sent: int = 0  # ops the ICS has taken
    received: int = 0  # things the feed brought that are on the disk
    listed: int = 0  # records the ICS lists for this worker in all; 0: not asked yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What can honestly be said about the exchange at this moment."""

    phase: Phase
    since: datetime  # when this phase began
    code: str | None = None  # of the last run's outcome, if it was not complete
    last_complete: datetime | None = None  # when everything was sent and the feed read to its end
    report: RunReport | None = None  # of the last run, with its counts
    reason: str = ""  # fact of the error that ended the run, such as "busy" or "certificate"
    next_try: float | None = None  # seconds from now
    paused: bool = False
    progress: Progress | None = None  # of the run under way
    arrived: tuple[RecordId, ...] = ()  # what this run changed since it last said so: to be looked at again
    clock_off: int = 0  # whole seconds by which this laptop's clock was ahead of the ICS's when last asked


class StoreExecutor(Protocol):
    """The store's thread: what is submitted runs there, in order."""

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Run `fn` in the store's thread."""


class Stopped(Exception):
    """The run was dropped between two calls, because the runner was paused or stopped."""


class Runner:
    """Drives one store against one ICS. `report` is called in the runner's thread, with every change of
    status."""

    def __init__(
        self,
        *,
        store_executor: StoreExecutor,
        port: SyncStore,
        make_ics: Callable[[], Ics],
        clock: Clock,
        new_id: NewId,
        random: Callable[[], float],
        report: Callable[[Status], None] = lambda status: None,
        every_seconds: float = EVERY_SECONDS,
        seal: Seal = lambda content: None,
    ) -> None:
        self._executor, self._port, self._make_ics = store_executor, port, make_ics
        self._clock, self._random, self._report = clock, random, report
        self._every = every_seconds
        self._engine = Engine(clock=clock, new_id=new_id, seal=seal)
        self._ics: Ics | None = None
        self._hung_up: Ics | None = None  # the last one: a call under way may still use it
        self._running = threading.Lock()
        self._wake = threading.Condition()
        self._saying = threading.RLock()
        self._asked = False
        self._paused = False
        self._stopping = False
        self._failures = 0
        self._at_least = 0.0  # seconds the ICS asked us to wait
        self._status = Status(phase=Phase.STARTING, since=clock.now())
        self._looking: dict[ConflictId, bool] = {}  # not told yet: looked at, or no more
        self._reason = ""
        self._listed = 0
        self._clock_off = 0
        self._progress: Progress | None = None
        self._said_at = self._shown_at = -math.inf  # by the monotonic clock
        self._told = 0  # how many of a run's records the windows know of
        self._thread: threading.Thread | None = None

    @property
    def status(self) -> Status:
        """The status last reported."""
        return self._status

    def start(self) -> None:
        """Begin: a first run at once, then by the clock."""
        if self._thread is None:
            self._asked = True
            self._thread = threading.Thread(target=self._live, name="workbook-sync", daemon=True)
            self._thread.start()

    def request(self) -> None:
        """Ask for a run now: work was finished, the worker pressed the key, the network came back."""
        with self._wake:
            self._asked = True
            self._wake.notify_all()

    def claim(self, conflict: ConflictId) -> None:
        """Tell colleagues, at the next run and if there is a connection, that the worker is looking at a
        conflict. A wish that could not be told is forgotten: nothing rests on it."""
        with self._wake:
            self._looking[conflict] = True
        self.request()

    def release(self, conflict: ConflictId) -> None:
        """Tell colleagues that the worker is not looking at a conflict any more. Unlike a claim it is told as
        soon as it can be, also when this runner is stopped: others would wait for somebody who has gone."""
        with self._wake:
            self._looking[conflict] = False
        self.request()

    def pause(self) -> None:
        """Begin no run until `resume`; one under way is dropped at its next step. Nothing of it is lost."""
        with self._wake:
            self._paused = True
            self._wake.notify_all()
        self._say(self._status.phase, code=self._status.code)
        self._hang_up()

    def resume(self) -> None:
        """Run again, at once."""
        with self._wake:
            self._paused = False
            self._asked = True
            self._wake.notify_all()
        if self._status.paused:
            self._say(Phase.STARTING)

    def stop(self, *, wait: bool = True) -> None:
        """End, and wait for the thread. What was under way is sent again next time, byte for byte.

        `wait=False` for a caller in the store's thread, for whose work the runner's thread may be waiting.
        """
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        self._hang_up()
        if self._thread is not None and wait:
            self._thread.join(STOP_SECONDS)
            self._thread = None

    def run_once(self) -> RunReport:
        """Run now, in this thread (never the store's), and return the report.

        Raises:
            WorkbookError: the store's own, such as StoreLocked.
            Stopped: paused or stopped meanwhile.
        """
        with self._running:
            return self._run()

    # The thread ---------------------------------------------------------------------------------------------

    def _live(self) -> None:
        """Run until told to stop. A line that a call opened again after it was hung up is closed then."""
        try:
            self._loop()
        finally:
            hung_up = self._ics or self._hung_up
            if hung_up is not None and self._failures == 0 and self._status.last_complete is not None:
                self._release_at_the_end(hung_up)
            self._hang_up()
            if hung_up is not None:
                hung_up.close()

    def _release_at_the_end(self, ics: Ics) -> None:
        """Say what is not looked at any more, if it can be said at once; else the next start says it."""
        with contextlib.suppress(WorkbookError, Absent):
            for each in [each for each, is_looked_at in self._looking.items() if not is_looked_at]:
                ics.release(each)

    def _loop(self) -> None:
        due = self._clock.monotonic()
        while True:
            with self._wake:
                while not self._stopping and (self._paused or not self._asked):
                    left = due - self._clock.monotonic()
                    if not self._paused and left <= 0:
                        break
                    self._wake.wait(None if self._paused else left)
                if self._stopping:
                    return
                self._asked = False
            try:
                with self._running:
                    self._run()
            except Stopped:
                pass
            except (WorkbookError, CancelledError):
                pass  # said in the status
            except Exception as error:
                # Our own mistake, or the store's thread is gone. The next run may do better; nothing was
                # lost.
                log.error("a sync run failed: %s", type(error).__name__)
                self._say(Phase.HALTED, code="failed")
            wait = self._next_wait()
            due = self._clock.monotonic() + wait
            self._say(self._status.phase, code=self._status.code, next_try=wait)

    def _next_wait(self) -> float:
        if self._failures == 0:
            return self._every
        bound = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(self._failures, 12))
        return max(self._at_least, self._random() * bound)

    def _run(self) -> RunReport:
        self._at_least, self._reason, self._listed, self._told = 0.0, "", 0, 0
        self._said_at = self._shown_at = -math.inf
        with self._wake:
            looking, self._looking = self._looking, {}
        claims = [each for each, is_looked_at in looking.items() if is_looked_at]
        releases = [each for each, is_looked_at in looking.items() if not is_looked_at]
        tally = Tally(started=self._clock.now())
        run = self._engine.run(tally, claims, releases)
        is_told = False
        answer: Any = None
        failed: Exception | None = None
        try:
            while True:
                if self._stopping or self._paused:
                    self._progress = None
                    was_busy = self._status.phase in _BUSY
                    self._say(
                        Phase.STARTING if was_busy else self._status.phase,
                        code=None if was_busy else self._status.code,
                        arrived=self._untold(tally),
                    )
                    raise Stopped
                self._tell(tally)
                try:
                    call = run.send(answer) if failed is None else run.throw(failed)
                except StopIteration as end:
                    report: RunReport = end.value
                    is_told = report.outcome in _TOLD
                    self._note(report)
                    return report
                answer, failed = None, None
                try:
                    answer = self._do(call)
                except Exception as error:
                    failed = error
        except WorkbookError as error:  # the store's
            self._failures += 1
            self._progress, self._reason = None, str(error.facts.get("reason", ""))
            self._say(Phase.HALTED, code=error.code)
            raise
        finally:
            self._progress = None
            run.close()
            if not is_told:
                with self._wake:
                    self._looking = dict.fromkeys(releases, False) | self._looking

    def _tell(self, tally: Tally) -> None:
        """Say how far the run is, a few times a second; say what changed a little less often, for lists are
        read anew then."""
        if self._status.phase not in _BUSY:
            return
        now = self._clock.monotonic()
        if now - self._said_at < PROGRESS_SECONDS:
            return
        self._said_at = now
        self._progress = Progress(sent=tally.sent, received=tally.received, listed=self._listed)
        arrived: tuple[RecordId, ...] = ()
        if now - self._shown_at >= SHOW_SECONDS:
            arrived = self._untold(tally)
            self._shown_at = now if arrived else self._shown_at
        self._say(self._status.phase, arrived=arrived)

    def _untold(self, tally: Tally) -> tuple[RecordId, ...]:
        """Return what the run changed since this was last asked."""
        found = tuple(itertools.islice(tally.changed, self._told, None))
        self._told += len(found)
        return found

    def _do(self, call: Call) -> Any:
        if isinstance(call, StoreCall):
            if call.what in ("seal-late", "purge"):
                self._say(Phase.LETTING_GO)
            return self._executor.submit(call.on, self._port).result()
        if isinstance(call, Together):
            stored = self._executor.submit(call.store.on, self._port)
            try:
                answer = self._ask(call.ics)
            except Exception as error:
                answer = error
            return stored.result(), answer
        return self._ask(call)

    def _ask(self, call: IcsCall) -> Any:
        phase = _DOING.get(call.what)
        if phase is not None:
            self._say(phase)
        try:
            ics = self._ics
            if ics is None:
                ics = self._ics = self._make_ics()
            answer = call.on(ics)
        except WorkbookError as error:
            self._reason = str(error.facts.get("reason", ""))
            if isinstance(error, IcsUnreachable):
                self._at_least = float(error.facts.get("wait", 0))
            raise
        if isinstance(answer, Capabilities):
            self._clock_off = _ahead(self._clock.now(), answer.server_time)
        elif isinstance(answer, ScopesReply):
            self._listed = sum(scope.count for scope in answer.scopes)
        return answer

    def _hang_up(self) -> None:
        ics, self._ics = self._ics, None
        self._hung_up = ics or self._hung_up
        if ics is not None:
            ics.close()

    def _note(self, report: RunReport) -> None:
        phase = _PHASES.get(report.outcome, Phase.HALTED)
        self._failures = 0 if report.outcome == "complete" else self._failures + 1
        self._progress = None
        self._status = Status(
            phase=self._status.phase,
            since=self._status.since,
            code=self._status.code,
            last_complete=report.ended if report.outcome == "complete" else self._status.last_complete,
            report=report,
        )
        self._say(phase, code=None if report.outcome == "complete" else report.outcome)

    def _say(
        self,
        phase: Phase,
        *,
        code: str | None = None,
        next_try: float | None = None,
        arrived: tuple[RecordId, ...] = (),
    ) -> None:
        with self._saying:  # also the thread of whoever pauses speaks
            before = self._status
            self._status = Status(
                phase=phase,
                since=before.since if phase is before.phase else self._clock.now(),
                code=code,
                last_complete=before.last_complete,
                report=before.report,
                reason=self._reason if code is not None else "",
                next_try=next_try,
                paused=self._paused,
                progress=self._progress,
                arrived=arrived,
                clock_off=self._clock_off,
            )
            if self._status != before:
                self._report(self._status)


def _ahead(now: datetime, server_time: str) -> int:
    """Return by how many seconds a clock is ahead of the ICS's; 0 if that says no time."""
    try:
        there = datetime.fromisoformat(server_time)
    except ValueError:
        return 0
    return round((now - there).total_seconds()) if there.utcoffset() is not None else 0


_TOLD = ("complete", "partial")  # outcomes of runs that said who looks at what
_BUSY = (Phase.SENDING, Phase.RECEIVING, Phase.COMPARING, Phase.LETTING_GO, Phase.FILES)
_DOING = {
    "push": Phase.SENDING,
    **dict.fromkeys(("feed", "snapshot", "manifest", "fetch"), Phase.RECEIVING),
    "reconcile": Phase.COMPARING,
    **dict.fromkeys(("late-proposals", "purge-receipt"), Phase.LETTING_GO),
    **dict.fromkeys(("begin-upload", "send-part", "file-part-from"), Phase.FILES),
}
_PHASES = {  # by the outcome of a run; any other is HALTED
    "complete": Phase.IDLE,
    "partial": Phase.IDLE,
    IcsUnreachable.code: Phase.OFFLINE,
    ProviderUnreachable.code: Phase.OFFLINE,
    NotTheIcs.code: Phase.NOT_THE_ICS,
    SignInNeeded.code: Phase.NEEDS_SIGN_IN,
    CLIENT_TOO_OLD: Phase.TOO_OLD,
    CONTRACT_UNSUPPORTED: Phase.TOO_OLD,
    DeviceRefused.code: Phase.STOPPED,
}
