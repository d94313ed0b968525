"""Drives the shipping engine without threads or sockets, call by call, and kills it where a test wants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sync.engine import Call, Engine, StoreCall, Together
from sync.ports import Ics, SyncStore
from workbook_desktop.domain.changes import RunReport
from workbook_desktop.domain.ids import ConflictId


class Going:
    """A run under way. Between two steps anything may happen: typing, a colleague, the end of the process."""

    def __init__(self, engine: Engine, store: SyncStore, ics: Ics, claims: Sequence[ConflictId] = ()) -> None:
        self._run, self._store, self._ics = engine.run(claims=claims), store, ics
        self._answer: Any = None
        self._failed: Exception | None = None
        self.report: RunReport | None = None
        self.last = ""  # what the call just done was

    def step(self) -> RunReport | None:
        """Do the next call; return the report when there is none left."""
        try:
            call: Call = (
                self._run.send(self._answer) if self._failed is None else self._run.throw(self._failed)
            )
        except StopIteration as end:
            self.report = end.value
            return self.report
        self._answer, self._failed, self.last = None, None, call.what
        try:
            self._answer = self._do(call)
        except Exception as error:
            self._failed = error
        return None

    def _do(self, call: Call) -> Any:
        if isinstance(call, Together):
            stored = call.store.on(self._store)
            try:
                return stored, call.ics.on(self._ics)
            except Exception as error:
                return stored, error
        return call.on(self._store) if isinstance(call, StoreCall) else call.on(self._ics)

    def kill(self) -> None:
        """End it as the end of the process does: what the last call answered is never read."""
        self._run.close()


def run(engine: Engine, store: SyncStore, ics: Ics) -> RunReport:
    """Do one run to its end."""
    going = Going(engine, store, ics)
    for _ in range(10_000):
        report = going.step()
        if report is not None:
            return report
    raise AssertionError("a run without an end")
