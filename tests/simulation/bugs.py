"""Bugs made on purpose, by name. Each must be caught, or the simulation proves nothing.

A bug is installed in the running code for the time of one story, and taken out again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

import sync.handing_over
import sync.sealing
import sync.wire
from sync.merge import Merge
from sync.protocol import OpResult, hash_of, record_message
from sync.reference_ics import deciding, devices
from sync.reference_ics.database import Numbers
from sync.steps import Step
from tests.simulation.story import Options
from tests.support.ics import MemoryIcs
from tests.support.sync_store import Held, MemorySyncStore, Waiting
from workbook_desktop.domain.changes import FeedPage, Rebased, SealedOp, Unsent
from workbook_desktop.domain.files import FileToMove
from workbook_desktop.domain.ids import RecordId, WorkerId
from workbook_desktop.domain.records import Body, content_of
from workbook_desktop.forms.definition import Form
from workbook_desktop.store.emptying import Job
from workbook_desktop.store.lease import Lease
from workbook_desktop.store.purge import Purges


@dataclass(frozen=True, slots=True)
class Bug:
    """What is broken, where it can be, and what it takes to be caught."""

    name: str
    says: str
    install: Callable[[], contextlib.AbstractContextManager[None]]
    service: str = "memory"
    store: str = "memory"
    often: tuple[str, ...] = ()
    merges_watched: bool = True  # False: what comes of it must give it away
    seeds: int = 400  # within so many it must be caught

    @property
    def options(self) -> Options:
        """How the stories are told that must catch it."""
        return Options(
            service=self.service, store=self.store, often=self.often, merges_watched=self.merges_watched
        )


@contextlib.contextmanager
def _put(owner: Any, name: str, other: Any) -> Iterator[None]:
    real = getattr(owner, name)
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, real)


# The five of the design -----------------------------------------------------------------------------------


def _base_dropped_at_send() -> contextlib.AbstractContextManager[None]:
    real = MemorySyncStore.seal

    def seal(self: MemorySyncStore, ops: Sequence[SealedOp]) -> None:
        real(self, ops)
        for op in ops:
            self.kept.records[op.record].base = None

    return _put(MemorySyncStore, "seal", seal)


def _number_before_commit() -> contextlib.AbstractContextManager[None]:
    """The feed's numbers are handed out when a request arrives; one that is slow commits after others."""
    held: list[int] = []
    real = Numbers.next

    def next_(self: Numbers) -> int:
        number = real(self)
        if number % 5 == 0 and not held:
            held.append(number)  # a slow writer took it
            number = real(self)
        elif number % 5 == 3 and held:
            self.last -= 1
            return held.pop()
        return number

    return _put(Numbers, "next", next_)


def _cursor_before_page() -> contextlib.AbstractContextManager[None]:
    real = MemorySyncStore.apply_page
    pages: list[int] = []

    def apply_page(self: MemorySyncStore, page: FeedPage) -> Any:
        pages.append(1)
        if len(pages) % 7 == 0:  # the cursor is saved, and then the process dies
            return real(self, replace(page, items=()))
        return real(self, page)

    return _put(MemorySyncStore, "apply_page", apply_page)


def _last_writer_wins() -> contextlib.AbstractContextManager[None]:
    def merge(base: Body, local: Body, head: Body, form: Form | None) -> Merge:
        return Merge(merged=local, clashes=(), combined=())

    return _put(sync.sealing, "merge", merge)


def _purge_by_an_empty_list() -> contextlib.AbstractContextManager[None]:
    real = MemorySyncStore.note_scopes

    def note_scopes(self: MemorySyncStore, scopes: Any, workers: Any) -> None:
        real(self, scopes, workers)
        for record, held in list(self.kept.records.items()):
            if held.family not in scopes:
                del self.kept.records[record]
                self.kept.ops = [op for op in self.kept.ops if op.sealed.record != record]

    return _put(MemorySyncStore, "note_scopes", note_scopes)


# More -----------------------------------------------------------------------------------------------------


def _taken_twice() -> contextlib.AbstractContextManager[None]:
    real = deciding._repeated

    def repeated(desk: Any, incoming: Any) -> None:
        real(desk, incoming)

    return _put(deciding, "_repeated", repeated)


def _digest_not_checked() -> contextlib.AbstractContextManager[None]:
    return _put(sync.wire, "digest_fits", lambda digest, body: True)


def _settled_unread() -> contextlib.AbstractContextManager[None]:
    """A merge takes the worker's own side of every clash, as if it had been settled."""
    real = sync.sealing.merge

    def merge(base: Body, local: Body, head: Body, form: Form | None) -> Merge:
        met = real(base, local, head, form)
        body = met.merged
        for clash in met.clashes:
            if clash.kind == "answer":
                body = body.with_answer(clash.path, clash.mine)
        return Merge(merged=body, clashes=(), combined=met.combined)

    return _put(sync.sealing, "merge", merge)


def _signed_unread() -> contextlib.AbstractContextManager[None]:
    """A signature goes on with what a merge made of the text."""
    real = MemorySyncStore.rebase

    def rebase(self: MemorySyncStore, rebased: Rebased) -> None:
        real(self, rebased)
        held = self.kept.records[rebased.record]
        if rebased.sign_off_dropped and not rebased.clashes and held.local is not None:
            held.released, held.sign_off_hash = self._clock.now(), hash_of(content_of(held.local))

    return _put(MemorySyncStore, "rebase", rebase)


def _row_dropped() -> contextlib.AbstractContextManager[None]:
    real = sync.sealing.merge

    def merge(base: Body, local: Body, head: Body, form: Form | None) -> Merge:
        met = real(base, local, head, form)
        fresh = [row for row in head.rows if row not in base.rows]
        body = met.merged
        for row in fresh:
            if row in body.rows:
                body = body.without_row(row)
        return Merge(merged=body, clashes=met.clashes, combined=met.combined)

    return _put(sync.sealing, "merge", merge)


def _duplicate_as_head() -> contextlib.AbstractContextManager[None]:
    """A duplicate is answered with what the record is now, not with what the op made of it."""
    real = MemoryIcs.take

    def take(self: MemoryIcs, worker: WorkerId, raw: bytes) -> OpResult:
        result = real(self, worker, raw)
        if result.status != "duplicate" or result.head is None:
            return result
        newest = self.history[RecordId(result.head.id)][-1]
        return msgspec.structs.replace(
            result, head=record_message(newest), version=newest.version, hash=newest.hash
        )

    return _put(MemoryIcs, "take", take)


def _clash_forgotten() -> contextlib.AbstractContextManager[None]:
    """What a refused op proposed does not go with the next one: the bug that this simulation found first."""
    real = MemorySyncStore._unsent

    def unsent(self: MemorySyncStore, record: RecordId, held: Held, op: Waiting | None = None) -> Unsent:
        return replace(real(self, record, held, op), aside=())

    return _put(MemorySyncStore, "_unsent", unsent)


def _one_of_two() -> contextlib.AbstractContextManager[None]:
    """What is on its way is kept by its place alone: how the encrypted store kept it up to its schema 9."""
    real = MemorySyncStore.rebase

    def rebase(self: MemorySyncStore, rebased: Rebased) -> None:
        by_place = {clash.path: clash for clash in rebased.clashes}
        real(self, replace(rebased, clashes=tuple(by_place.values())))

    return _put(MemorySyncStore, "rebase", rebase)


def _half_a_file() -> contextlib.AbstractContextManager[None]:
    """A file counts as handed over when its first piece is."""
    real = sync.handing_over._upload

    def upload(file: FileToMove) -> Step:
        going = real(file)
        answer: Any = None
        with contextlib.suppress(StopIteration):
            while True:
                call = going.send(answer)
                answer = yield call
                if call.what == "send-part":
                    break
        return True

    return _put(sync.handing_over, "_upload", upload)


def _file_forgotten() -> contextlib.AbstractContextManager[None]:
    """What was erased takes only those of its files along that are at the ICS."""
    real = Purges._clear_up

    def clear_up(self: Purges, leaving: Any) -> None:
        real(self, replace(leaving, kind="moved_out"))

    return _put(Purges, "_clear_up", clear_up)


def _stopped_and_served() -> contextlib.AbstractContextManager[None]:
    return _put(devices, "let_in", lambda settings, device, worker: None)


def _emptied_first() -> contextlib.AbstractContextManager[None]:
    """A store goes at once, also where what was unsent is to be handed in first."""
    return _put(Job, "may_destroy", True)


def _lease_by_the_clock() -> contextlib.AbstractContextManager[None]:
    return _put(Lease, "now", lambda self: self._clock.now().timestamp())


BUGS: Final[dict[str, Bug]] = {
    bug.name: bug
    for bug in (
        Bug(
            "base-dropped", "the base goes when the op is sealed, not when it is taken", _base_dropped_at_send
        ),
        Bug("number-first", "feed numbers are handed out before the commit", _number_before_commit, "sqlite"),
        Bug("cursor-first", "the cursor is saved before its page", _cursor_before_page),
        Bug("last-writer-wins", "a stale op simply overwrites", _last_writer_wins, merges_watched=False),
        Bug("purge-by-list", "what a list does not name is deleted", _purge_by_an_empty_list),
        Bug(
            "taken-twice",
            "an op that was accepted before is judged anew",
            _taken_twice,
            "sqlite",
            often=("old_request_arrives",),
        ),
        Bug("digest-unread", "a reply's digest is not compared", _digest_not_checked),
        Bug("settled-unread", "a clash is settled by a machine", _settled_unread, merges_watched=False),
        Bug("signed-unread", "what the signer never saw is signed", _signed_unread, often=("signs",)),
        Bug("row-dropped", "a merge drops a colleague's new row", _row_dropped, merges_watched=False),
        Bug("duplicate-as-head", "a duplicate's answer is the newest head", _duplicate_as_head),
        Bug(
            "clash-forgotten",
            "the clash of a refused op stays behind",
            _clash_forgotten,
            often=("types_what_is_refused", "two_say_the_same", "runs"),
        ),
        Bug(
            "one-of-two",
            "of two own texts of one answer that are on their way only one is kept",
            _one_of_two,
            often=("types_what_is_refused", "two_say_the_same"),
            seeds=1_000,
        ),
        Bug(
            "half-a-file",
            "a file counts as handed over when its first piece is",
            _half_a_file,
            "sqlite",
            "sqlcipher",
            often=("attaches", "sends", "runs"),
            seeds=80,
        ),
        Bug(
            "file-forgotten",
            "a file of an erased record is handed over all the same",
            _file_forgotten,
            "sqlite",
            "sqlcipher",
            often=("attaches", "office_erases", "goes_on"),
            seeds=60,
        ),
        Bug(
            "stopped-and-served",
            "a laptop that was stopped is served to the end of its run",
            _stopped_and_served,
            "sqlite",
            "sqlcipher",
            often=("office_stops_a_laptop", "goes_on", "runs", "types"),
            seeds=40,
        ),
        Bug(
            "emptied-first",
            "a store is destroyed before its unsent work is handed in",
            _emptied_first,
            "sqlite",
            "sqlcipher",
            often=("office_stops_a_laptop", "office_empties_a_laptop", "types", "runs"),
            seeds=40,
        ),
        Bug(
            "lease-by-the-clock",
            "a lease counts by the clock that anybody can set",
            _lease_by_the_clock,
            "sqlite",
            "sqlcipher",
            often=("office_stops_a_laptop", "days_pass"),
            seeds=80,
        ),
    )
}
