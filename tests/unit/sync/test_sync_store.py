"""The stand-in store keeps the promises the real one keeps."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.support.chance import StillClock
from tests.support.sync_store import MemorySyncStore
from tests.support.sync_store_contract import TOLLAND, SyncStoreContract
from workbook_desktop.domain.changes import Settlement
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.records import Body


class _Bench:
    def __init__(self, store: MemorySyncStore) -> None:
        self.port = store

    def write(
        self, record: RecordId, body: Body, *, signing: bool = False, settles: Sequence[Settlement] = ()
    ) -> None:
        self.port.write(record, body, family=TOLLAND, signing=signing, settles=settles)

    def body(self, record: RecordId) -> Body | None:
        return self.port.body(record)

    def reopened(self) -> _Bench:
        return _Bench(MemorySyncStore(StillClock(), self.port.kept))


class TestMemorySyncStore(SyncStoreContract):
    @pytest.fixture
    def bench(self) -> _Bench:
        return _Bench(MemorySyncStore(StillClock()))
