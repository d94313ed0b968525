"""A worker and their laptop in a story: what hands do on a screen, and runs that may be left half-way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING

from sync.engine import Engine
from sync.ports import Ics
from sync.protocol import hash_of
from sync.transport import HttpIcs
from tests.simulation.disks import Disk, Seen
from tests.simulation.ground import TAGS, DeviceClock, words_of
from tests.simulation.wire import GARBAGE, Line, SimWire
from tests.support.chance import CountingIds
from tests.support.driver import Going
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import Conflict, ConflictKind, RunReport, Settlement
from workbook_desktop.domain.ids import ConflictId, FamilyId, RecordId, WorkerId
from workbook_desktop.domain.people import Worker
from workbook_desktop.domain.records import Body, body_of, content_of
from workbook_desktop.workspace.conflicts import _settled, _stands
from workbook_desktop.workspace.overlay import crossing_after, over

if TYPE_CHECKING:
    from tests.simulation.devices import Known


def shown(record: Seen | None) -> Body:
    """Return what a worker sees of a record."""
    if record is None:
        return Body()
    if record.local is not None:
        return record.local
    return Body() if record.head is None else body_of(record.head.content)


def is_text(conflict: Conflict) -> bool:
    """Say whether a question is about a text, which can be written anew."""
    return conflict.kind is ConflictKind.ANSWER and paths.link_id(conflict.path) != TAGS


def as_chosen(conflict: Conflict, seen: Seen, choice: str, text: str | None, worker: WorkerId) -> Body:
    """Return the body that the workspace would make of the choice."""
    theirs = _stands(conflict, SimpleNamespace(head=seen.head))  # type: ignore[arg-type]
    by = Worker(id=worker, name="", role="", agency="")
    return _settled(shown(seen), replace(conflict, theirs=theirs), choice, text, by, "")


class Laptop:
    """One worker's. It keeps account of every word typed on it that the ICS does not have yet."""

    def __init__(
        self,
        worker: WorkerId,
        *,
        disk: Disk,
        clock: DeviceClock,
        line: Line,
        wire: SimWire,
        sign_in: Callable[[WorkerId], str],
        page_items: int,
    ) -> None:
        self.worker, self.disk, self.clock, self.line = worker, disk, clock, line
        self.new_id = CountingIds(f"0199{worker}")
        self._page_items, self._sign_in = page_items, sign_in
        self._token: str | None = None
        self.ics: Ics = HttpIcs("http://localhost", self._signed_in, clock, refused=self._sign_out, wire=wire)
        self.wire = wire
        self.known: Known | None = None  # by an organisation that stops and empties laptops
        self.going: Going | None = None
        self.calls = 0  # of the run under way
        self.sent_to = 0  # calls over the line, when the run under way began
        self.unmoved: bytes | None = None  # what it held when it heard something not to be believed
        self.pending: set[bytes] = set()  # words that stand nowhere but here
        self.let_go: set[bytes] = set()  # words this worker took away with their own hands
        self.screens: dict[RecordId, Body] = {}  # forms that stand open, as they were when last looked at
        self.images: list[object] = []
        self.claims: tuple[
            ConflictId, ...
        ] = ()  # questions the worker is looking at, to be said in the next run
        self.cursor_seq = 0
        self.best: dict[RecordId, int] = {}  # the newest version held of each record
        self._engine()

    def _engine(self) -> None:
        self.engine = Engine(clock=self.clock, new_id=self.new_id, page_items=self._page_items)

    def _signed_in(self) -> str:
        if self._token is None:
            self._token = self._sign_in(self.worker)
        return self._token

    def _sign_out(self) -> None:
        self._token = None

    # Hands --------------------------------------------------------------------------------------------------

    def keep(self, record: RecordId, family: FamilyId, before: Body, after: Body) -> None:
        """Keep what was typed on a screen that showed `before`, as `workspace.writing` does."""
        stands, crossed = shown(self.disk.record(record)), self.disk.crossing(record)
        put = after if stands == before else over(stands, before, after)
        self.disk.keep(record, put, family, crossing_after(crossed, stands, before, after))
        gone = words_of(before) - words_of(after)
        self.pending |= words_of(after) - words_of(before)
        self.let_go |= gone
        self.pending -= gone
        self.screens[record] = put

    def open(self, record: RecordId) -> Body:
        """Open a form, and leave it open."""
        self.screens[record] = shown(self.disk.record(record))
        return self.screens[record]

    def sign(self, record: RecordId, family: FamilyId) -> str:
        """Sign what is shown; return its hash."""
        seen = self.disk.record(record)
        body = shown(seen)
        if seen is None or seen.local is None:
            self.keep(record, family, body, body)
        signed = hash_of(content_of(body))
        self.disk.release(record, sign_off_hash=signed)
        return signed

    def settle(self, record: RecordId, family: FamilyId, after: Body, settles: Sequence[Settlement]) -> None:
        """Put the chosen answer where it belongs and let the decision go."""
        self.keep(record, family, shown(self.disk.record(record)), after)
        self.disk.release(record, settles=settles)

    # Runs ---------------------------------------------------------------------------------------------------

    def step(self) -> RunReport | None:
        """Do the next call of the run under way, or of a new one; return its report when it ends."""
        if self.going is None:
            ics = self.ics if self.known is None else self.known.connect()
            self.going = Going(self.engine, self.disk.port, ics, self.claims)
            self.claims = ()
            self.calls, self.sent_to, self.unmoved = 0, self.line.calls, None
        self.line.last = None
        report = self.going.step()
        self.calls += 1
        if self.line.last in GARBAGE and self.unmoved is None:
            self.unmoved = self.disk.state()
        if report is not None:
            self.going = None
        return report

    def drop(self) -> None:
        """Give up the run under way, between two of its calls."""
        if self.going is not None:
            self.going.kill()
            self.going = None
        self.unmoved = None

    def die(self) -> None:
        """The process ends; what the store kept is there when it starts again."""
        self.drop()
        self.screens.clear()
        self._token = None
        self.disk.die()
        self._engine()

    def forget(self) -> None:
        """Another laptop is set up for this worker."""
        self.drop()
        self.images.clear()
        self.screens.clear()
        self.best.clear()
        self.cursor_seq, self._token, self.claims = 0, None, ()

    def take_image(self) -> None:
        """Back up the laptop's disk, overnight, when nothing runs."""
        self.die()
        self.images.append(self.disk.image())

    def restore(self, random: Random) -> None:
        """Put an old image of the disk in place of what is there."""
        self.die()
        self.disk.restore(random.choice(self.images))
        self.cursor_seq = 0
        self.best.clear()
