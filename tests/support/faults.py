"""What the world does to an exchange, at the port of the ICS."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import TypeVar

from sync.ports import Ics
from sync.protocol import Capabilities, FeedReply, PushReply, ScopesReply
from workbook_desktop.domain.errors import IcsUnreachable, NotTheIcs

_T = TypeVar("_T")


class Fault(StrEnum):
    """One thing that goes wrong with one call."""

    NONE = "none"
    REQUEST_LOST = "request-lost"
    ANSWER_LOST = "answer-lost"  # after the ICS committed
    CUT = "cut"
    TWICE = "twice"  # the network delivered the request a second time
    HTML = "html"
    BUSY = "busy"


class FaultyIcs:
    """An ICS behind a bad line: each call takes the next fault of the list; with none left the line is
    good."""

    def __init__(self, ics: Ics, faults: Iterable[Fault] = ()) -> None:
        self._ics, self.faults = ics, deque(faults)

    def capabilities(self) -> Capabilities:
        return self._through(self._ics.capabilities)

    def scopes(self) -> ScopesReply:
        return self._through(self._ics.scopes)

    def push(self, ops: Sequence[bytes], *, brief: bool = False) -> PushReply:
        return self._through(lambda: self._ics.push(ops, brief=True) if brief else self._ics.push(ops))

    def feed(self, cursor: str | None, limit: int, besides: Sequence[tuple[int, int]] = ()) -> FeedReply:
        if not besides:
            return self._through(lambda: self._ics.feed(cursor, limit))
        return self._through(lambda: self._ics.feed(cursor, limit, besides))

    def close(self) -> None:
        self._ics.close()

    def _through(self, call: Callable[[], _T]) -> _T:
        fault = self.faults.popleft() if self.faults else Fault.NONE
        if fault is Fault.REQUEST_LOST:
            raise IcsUnreachable(reason="no-connection")
        if fault is Fault.BUSY:
            raise IcsUnreachable(reason="busy", wait=7)
        if fault is Fault.HTML:
            raise NotTheIcs(reason="not-the-contract")
        answer = call()
        if fault is Fault.TWICE:
            answer = call()
        if fault in (Fault.ANSWER_LOST, Fault.CUT):
            raise IcsUnreachable(reason="cut")
        return answer
