"""The shipping encrypted store as a story's disk: real files, real transactions."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sync.ports import SyncStore
from tests.simulation.disks import DISKS, OnDisk, Receipt, Seen, SeenOp, state_of
from tests.simulation.ground import A_FORM, FORM, words_in
from tests.support.stored import Template
from workbook_desktop.domain.changes import Conflict, Crossing, FeedState, Settlement
from workbook_desktop.domain.clock import Clock
from workbook_desktop.domain.errors import RecordUnknown
from workbook_desktop.domain.ids import FamilyId, RecordId, WorkerId
from workbook_desktop.domain.records import Body, Gist, body_of
from workbook_desktop.store import ballast, codec, header
from workbook_desktop.store.store import Reading, Store
from workbook_desktop.store.unsent import envelope_in

_READING = Reading(
    gist_of=lambda head, form: codec.plain_gist(head), load_form=lambda json: FORM, vouched=lambda body: body
)
_NO_GIST = Gist(title="", occurred_on=None, search_text="")
_RECORDS = (
    "SELECT r.id, r.type, r.family, r.released_at, r.settles, r.base_version, r.head_version, local.content,"
    f" {envelope_in('head')}, head.content, base.envelope, base.content FROM record AS r"
    " LEFT JOIN body AS local ON local.record = r.num AND local.side = 'local'"
    " LEFT JOIN body AS head ON head.record = r.num AND head.side = 'head'"
    " LEFT JOIN body AS base ON base.record = r.num AND base.side = 'base' ORDER BY r.num"
)


@functools.cache
def _template() -> tuple[Template, tempfile.TemporaryDirectory[str]]:
    shared = Path("/dev/shm")
    around = tempfile.TemporaryDirectory(
        prefix="workbook-simulation-", dir=shared if shared.is_dir() else None
    )
    return Template.make(Path(around.name)), around


def _copy(source: str, target: str) -> None:
    """Copy a file of a store; the spare space, megabytes that are never read, is the same file."""
    if source.endswith(ballast.FILE):
        os.link(source, target)
    else:
        shutil.copyfile(source, target)


class Killed(BaseException):
    """The process ended in the middle of a transaction."""


class CipherDisk:
    """`workbook_desktop.store` on a copy of one prepared store."""

    def __init__(self, clock: Clock, worker: WorkerId) -> None:
        self._clock, self._worker = clock, worker
        self._source, around = _template()
        self._folder = Path(tempfile.mkdtemp(dir=around.name))
        self._images = 0
        self._is_gone = False
        shutil.copytree(self._source.folder, self._folder / "store", copy_function=_copy)
        self._open()

    def _open(self) -> None:
        self.store: Store = self._source.open(self._folder / "store", self._clock, _READING)  # type: ignore[arg-type]
        self._changes = -1
        self._records: list[Seen] = []

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        if self._is_gone:
            return []
        rows: list[tuple[Any, ...]] = self.store._db.execute(sql, values).fetchall()
        return rows

    @property
    def port(self) -> SyncStore:
        return self.store.sync_port()

    # Hands --------------------------------------------------------------------------------------------------

    def keep(self, record: RecordId, body: Body, family: FamilyId, crossed: Crossing | None) -> None:
        now = self._clock.now()
        if self.record(record) is None:
            self.store.drafts.begin(
                record,
                family=family,
                form=A_FORM,
                chapter="",
                subjects=(),
                body=body,
                gist=_NO_GIST,
                by=self._worker,
                at=now,
            )
        else:
            self.store.drafts.keep(record, body, _NO_GIST, self._worker, now, crossed=crossed)

    def release(
        self, record: RecordId, sign_off_hash: str | None = None, settles: Sequence[Settlement] = ()
    ) -> None:
        self.store.drafts.release(
            record, by=self._worker, at=self._clock.now(), sign_off_hash=sign_off_hash, settles=settles
        )

    def hold_back(self, record: RecordId) -> bool:
        return self.store.drafts.hold_back(record)

    def discard(self, record: RecordId) -> bool:
        return self.store.drafts.discard(record)

    def crossing(self, record: RecordId) -> Crossing | None:
        try:
            return self.store.drafts.crossing(record)
        except RecordUnknown:
            return None

    # Looking ------------------------------------------------------------------------------------------------

    def records(self) -> list[Seen]:
        if self._is_gone:
            return []
        changes = self.store._db._raw.total_changes
        if changes != self._changes:
            self._records = [self._seen(row) for row in self._rows(_RECORDS)]
            self._changes = changes
        return self._records

    @staticmethod
    def _seen(row: tuple[Any, ...]) -> Seen:
        id_, type_, family, released, settles, base_version, head_version, local = row[:8]
        head = codec.head_of(row[8], row[9]) if row[8] is not None else None
        base = codec.head_of(row[10], row[11]) if row[10] is not None else None
        if base is None and base_version == head_version:
            base = head
        return Seen(
            id=id_,
            type=type_,
            family=family,
            base=base,
            head=head,
            local=body_of(codec.decode(local)) if local is not None else None,
            released=released is not None,
            settles=codec.settlements_of(settles),
        )

    def record(self, record: RecordId) -> Seen | None:
        return next((each for each in self.records() if each.id == record), None)

    def ops(self) -> list[SeenOp]:
        return [
            SeenOp(
                id=id_,
                record=record,
                after=after,
                bytes_=bytes(sealed),
                parked=(problem or "parked") if status in ("parked", "aside") else None,
            )
            for id_, record, after, sealed, status, problem in self._rows(
                "SELECT op.id, record.id, op.after, op.sealed, op.status, op.problem FROM op"
                " JOIN record ON record.num = op.record ORDER BY op.num"
            )
        ]

    def late(self) -> list[tuple[str, bytes, bool]]:
        rows = self._rows("SELECT op, sealed, kept FROM late_op ORDER BY num")
        return [(op, bytes(sealed), bool(kept)) for op, sealed, kept in rows]

    def erased(self) -> set[str]:
        return {row[0] for row in self._rows("SELECT record FROM erased")}

    def leaving(self) -> set[str]:
        return {row[0] for row in self._rows("SELECT family FROM purge_job")}

    def half_gone(self) -> set[str]:
        return {row[0] for row in self._rows("SELECT family FROM purge_job WHERE state <> 'purged'")}

    def families(self) -> list[FamilyId]:
        return [row[0] for row in self._rows("SELECT family FROM scope WHERE listed = 1 ORDER BY family")]

    def conflicts(self) -> list[Conflict]:
        return [codec.conflict_of(row[0]) for row in self._rows("SELECT detail FROM conflict ORDER BY id")]

    def proposed(self, record: RecordId) -> set[bytes]:
        rows = self._rows(
            "SELECT clash FROM proposal JOIN record ON record.num = proposal.record WHERE record.id = ?",
            (record,),
        )
        found: set[bytes] = set()
        for (clash,) in rows:
            found |= words_in(bytes(clash))
        return found

    def receipts(self) -> list[Receipt]:
        return [
            Receipt(op=op, record=record, version=version, hash=hash_)
            for op, record, version, hash_ in self._rows(
                "SELECT op, record, version, hash FROM ack_ledger ORDER BY record, version, op"
            )
        ]

    def attach(self, family: FamilyId, record: RecordId, data: bytes) -> str:
        return self.store.attached.put(family, record, data)

    def want(self, family: FamilyId, hash_: str, size: int) -> None:
        self.store.attached.want(family, hash_, size)

    def files(self) -> list[OnDisk]:
        rows = self._rows("SELECT hash, family, state FROM file ORDER BY hash, family")
        return [
            OnDisk(hash=hash_, family=family, state=state, data=self.store.attached.data(family, hash_))
            for hash_, family, state in rows
        ]

    def feed(self) -> FeedState:
        if self._is_gone:
            return FeedState(epoch=None, cursor=None)
        return self.store.sync_port().feed_state()

    def published(self) -> int:
        return int(self._rows("SELECT count(*) FROM form")[0][0])

    def state(self) -> bytes:
        return state_of(self)

    def everything(self) -> bytes:
        if self._is_gone:
            return b""
        db = self.store._db
        names = [row[0] for row in self._rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        found: list[bytes] = []
        for name in names:
            for row in db.execute(f'SELECT * FROM "{name}"'):
                found += [
                    each if isinstance(each, bytes) else str(each).encode()
                    for each in row
                    if each is not None
                ]
        for _, entry in self.store._journal.entries():
            found.append(repr(entry).encode())
        return b"\n".join(found)

    # The process --------------------------------------------------------------------------------------------

    def _end(self) -> None:
        self.store._journal.close()
        self.store._db.close()
        lock, self.store._lock = self.store._lock, None
        if lock is not None:
            lock.release()

    def go(self) -> None:
        """It is closed, and to be opened no more."""
        if not self._is_gone:
            self._end()
            self._is_gone = True

    def begin_anew(self) -> None:
        """A new store, where one was destroyed."""
        for each in ("store", "store.emptied"):
            shutil.rmtree(self._folder / each, ignore_errors=True)
        shutil.copytree(self._source.folder, self._folder / "store", copy_function=_copy)
        self._is_gone = False
        self._open()

    def die(self) -> None:
        self._end()
        self._open()

    def image(self) -> Any:
        self._images += 1
        place = self._folder / f"image-{self._images}"
        self._end()
        shutil.copytree(self._folder / "store", place, copy_function=_copy)
        self._open()
        return place

    def restore(self, image: Any) -> None:
        self._end()
        shutil.rmtree(self._folder / "store")
        shutil.copytree(image, self._folder / "store", copy_function=_copy)
        self._open()

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._end()
        shutil.rmtree(self._folder, ignore_errors=True)


DISKS["sqlcipher"] = CipherDisk

__all__ = ["CipherDisk", "Killed", "header"]
