"""The encrypted store keeps the promises that the sync rests on: the same tests as its stand-in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sync.ports import SyncStore
from sync.protocol import hash_of
from tests.support.stored import NOON, WORKER, HandClock, Template, a_gist
from tests.support.sync_store_contract import A_FORM, TOLLAND, SyncStoreContract
from workbook_desktop.domain.changes import Settlement
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.records import Body, content_of
from workbook_desktop.store.store import Store


class _Bench:
    def __init__(self, template: Template, folder: Path) -> None:
        self._template, self._folder = template, folder
        self.store: Store = template.open(folder, HandClock())

    @property
    def port(self) -> SyncStore:
        return self.store.sync_port()

    def write(
        self, record: RecordId, body: Body, *, signing: bool = False, settles: Sequence[Settlement] = ()
    ) -> None:
        drafts = self.store.drafts
        if self.store.records.row(record) is None:
            drafts.begin(
                record,
                family=TOLLAND,
                form=A_FORM,
                chapter="",
                subjects=(),
                body=body,
                gist=a_gist(),
                by=WORKER,
                at=NOON,
            )
        else:
            drafts.keep(record, body, a_gist(), WORKER, NOON)
        signed = hash_of(content_of(body)) if signing else None
        drafts.release(record, by=WORKER, at=NOON, sign_off_hash=signed, settles=settles)

    def body(self, record: RecordId) -> Body | None:
        return self.store.records.held(record).shown if self.store.records.row(record) else None

    def reopened(self) -> _Bench:
        self.store.lock()
        self.store = self._template.open(self._folder, HandClock())
        return self


class TestStore(SyncStoreContract):
    @pytest.fixture
    def bench(self, template: Template, folder: Path) -> Iterator[_Bench]:
        bench = _Bench(template, folder)
        yield bench
        bench.store.lock()
