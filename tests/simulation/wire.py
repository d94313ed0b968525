"""The line between a laptop and the ICS, and all that can befall a call on it.

The laptop's side is the shipping one, `transport.HttpIcs` and `transport.Wire`, with only the socket
replaced: what it makes of a status, a header or half a body is what a worker's laptop makes of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, Final

from sync.protocol import CONTRACT_HEADER, WELL_KNOWN
from sync.protocol.devices import DEVICE_HEADER, PROOF_HEADER
from sync.protocol.encoding import DIGEST_HEADER
from sync.wire import Wire, _unpacked
from tests.simulation.service import Ask, Reply, refused
from workbook_desktop.domain.errors import IcsUnreachable

if TYPE_CHECKING:
    from workbook_desktop.domain.clock import Clock


class Trouble(StrEnum):
    """One thing that goes wrong with one call."""

    NO_LINE = "no-line"  # the request never arrives
    ANSWER_LOST = "answer-lost"  # after the ICS committed
    LATE = "late"  # the laptop gives up, and the request arrives later, after others
    TWICE = "twice"  # the network delivers the request a second time
    CUT = "cut"  # half of the answer, as if it were all of it
    HALF = "half"  # half of the answer, and the line says so
    HTML = "html"  # a hotel's sign-in page, with 200
    REDIRECT = "redirect"
    STRIPPED = "stripped"  # a proxy that takes unknown headers away
    RELABELLED = "relabelled"  # a proxy that calls everything text
    CACHED = "cached"  # a proxy that answers with what it heard earlier
    SIGNED_OUT = "signed-out"  # 401
    TOO_MANY = "too-many"  # 429
    DOWN = "down"  # 503 of the ICS
    GATEWAY = "gateway"  # 502 of something in front of it
    CRASH = "crash"  # the ICS falls over before it commits
    FLIPPED = "flipped"  # one bit of the answer
    BENT = "bent"  # one bit of what was handed in


# After these the laptop has heard nothing it may believe: nothing of it may change.
GARBAGE: Final = frozenset(
    (
        Trouble.CUT, Trouble.HALF, Trouble.HTML, Trouble.REDIRECT, Trouble.STRIPPED, Trouble.RELABELLED,
        Trouble.NO_LINE, Trouble.TOO_MANY, Trouble.DOWN, Trouble.GATEWAY, Trouble.CRASH, Trouble.ANSWER_LOST,
        Trouble.LATE, Trouble.FLIPPED,
    )
)  # fmt: skip
_PAGE = b"<html><body>Welcome to the hotel. Please sign in.</body></html>"


@dataclass(slots=True)
class Line:
    """What is about to befall a laptop's calls, and what has."""

    random: Random
    kinds: tuple[Trouble, ...] = ()
    rate: float = 0.0  # of calls that something befalls
    planned: deque[Trouble | None] = field(default_factory=deque)  # before chance is asked
    befell: dict[Trouble, int] = field(default_factory=dict)
    last: Trouble | None = None  # what befell the call just made
    heard_earlier: dict[str, Reply] = field(default_factory=dict)  # a proxy's cache, by path
    on_their_way: list[Ask] = field(default_factory=list)  # requests that arrive late
    sent: list[Ask] = field(default_factory=list)  # pushes that arrived, to arrive again
    calls: int = 0

    def next(self) -> Trouble | None:
        """Return what befalls the next call."""
        if self.planned:
            return self.planned.popleft()
        if self.kinds and self.random.random() < self.rate:
            return self.random.choice(self.kinds)
        return None


class SimWire(Wire):
    """A `transport.Wire` whose socket is a story."""

    def __init__(
        self,
        line: Line,
        serve: Callable[[Ask], Reply],
        crash: Callable[[int], None],
        clock: Clock,
        passes: Callable[[float], None],
    ) -> None:
        super().__init__("http://localhost", clock, squeezes=False)
        self.line, self._serve, self._crash, self._passes = line, serve, crash, passes

    def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, most_bytes: int
    ) -> tuple[int, Mapping[str, str], bytes]:
        said = headers.get("Authorization", "")
        ask = Ask(
            method=method,
            path=path,
            token=said.removeprefix("Bearer ") or None,
            body=body,
            digest=headers.get(DIGEST_HEADER),
            device=headers.get(DEVICE_HEADER, ""),
            proof=headers.get(PROOF_HEADER, ""),
        )
        trouble = self.line.next()
        self.line.calls += 1
        if trouble is Trouble.CACHED and (method != "GET" or path not in self.line.heard_earlier):
            trouble = None
        if trouble is Trouble.SIGNED_OUT and path == WELL_KNOWN:
            trouble = None
        if trouble in (Trouble.CRASH, Trouble.BENT) and method == "GET":
            trouble = None
        self.line.last = trouble
        if trouble is not None:
            self.line.befell[trouble] = self.line.befell.get(trouble, 0) + 1
        reply = self._through(trouble, ask)
        data = _unpacked(reply.data, "identity", reply.headers.get(DIGEST_HEADER), most_bytes)
        return reply.status, reply.headers, data

    def _through(self, trouble: Trouble | None, ask: Ask) -> Reply:
        line = self.line
        if trouble in _BEFORE:
            return _BEFORE[trouble]()
        if trouble is Trouble.NO_LINE:
            raise IcsUnreachable(reason="no-connection")
        if trouble is Trouble.LATE:
            if ask.method != "GET":
                line.on_their_way.append(ask)
            self._passes(120)
            raise IcsUnreachable(reason="timeout")
        if trouble is Trouble.CACHED:
            return line.heard_earlier[ask.path]
        if trouble is Trouble.CRASH:
            self._crash(1)
        if trouble is Trouble.BENT and ask.body:
            ask = replace(ask, body=self._flipped(ask.body))
        reply = self._serve(ask)
        if trouble is Trouble.CRASH:
            self._crash(0)
            if reply.status == 200:
                line.last = None  # there was nothing to write
        if ask.method != "GET":
            line.sent.append(ask)
        elif reply.status == 200:
            line.heard_earlier[ask.path] = reply
        if trouble is Trouble.TWICE:
            reply = self._serve(ask)
        return self._bent(trouble, reply)

    def _bent(self, trouble: Trouble | None, reply: Reply) -> Reply:
        if trouble in (Trouble.ANSWER_LOST, Trouble.HALF):
            raise IcsUnreachable(reason="cut")
        data, headers = reply.data, dict(reply.headers)
        if trouble is Trouble.CUT:
            data = data[: self.line.random.randrange(len(data))]
        elif trouble is Trouble.FLIPPED:
            data = self._flipped(data)
        elif trouble is Trouble.STRIPPED:
            headers.pop(CONTRACT_HEADER, None)
        elif trouble is Trouble.RELABELLED:
            headers["content-type"] = "text/plain"
        return Reply(status=reply.status, headers=headers, data=data)

    def _flipped(self, data: bytes) -> bytes:
        place, bit = self.line.random.randrange(len(data)), 1 << self.line.random.randrange(8)
        return data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]


_BEFORE: Final[dict[Trouble | None, Callable[[], Reply]]] = {
    Trouble.HTML: lambda: Reply(status=200, headers={"content-type": "text/html"}, data=_PAGE),
    Trouble.REDIRECT: lambda: Reply(status=302, headers={"location": "http://hotel.invalid/"}, data=b""),
    Trouble.SIGNED_OUT: lambda: refused("token-expired"),
    Trouble.TOO_MANY: lambda: Reply(
        status=429, headers={"content-type": "text/plain", "retry-after": "7"}, data=b"slow down"
    ),
    Trouble.DOWN: lambda: refused("unavailable", **{"retry-after": "2"}),
    Trouble.GATEWAY: lambda: Reply(status=502, headers={"content-type": "text/html"}, data=_PAGE),
}
