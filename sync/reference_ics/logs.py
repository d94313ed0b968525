"""The log: one JSON object a line, of ids and counts. Nothing of an answer can get in, whoever writes to it.

Of our own lines only the members named here are written; of a library's line its words without what was put
into them, for these may quote a request. Of an error: its kind and where it happened, never what it said.
"""

from __future__ import annotations

import contextvars
import json
import logging
import re
import secrets
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

OURS = "sync.reference_ics"

# Ids, counts, and words of our own. What a caller may choose freely is in none of them.
MEMBERS = (
    "worker", "route", "method", "status", "ms", "sent", "ops", "became", "items", "more", "reason", "kind",
    "where", "schema", "epoch", "signal",
)  # fmt: skip
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Trace:
    """Of which trace a call is (W3C Trace Context): the caller's, or one of our own."""

    id: str  # 32 hex digits
    parent: str | None  # the caller's span, 16 hex digits
    span: str  # ours


_trace: contextvars.ContextVar[Trace | None] = contextvars.ContextVar("ics_trace", default=None)


def trace_of(header: str | None) -> Trace:
    """Return the trace that a ``traceparent`` header names; a new one if it names none.

    Source: W3C Trace Context, 3.2: zeros are no ids, version ff is none, version 00 has four parts.
    """
    span = secrets.token_hex(8)
    found = _TRACEPARENT.fullmatch(header.strip()) if header else None
    if found is not None:
        version, trace, parent, _ = found.groups()
        fits = version != "ff" and (version != "00" or len(found[0]) == 55)
        if fits and int(trace, 16) and int(parent, 16):
            return Trace(trace, parent, span)
    return Trace(secrets.token_hex(16), None, span)


def enter(trace: Trace) -> contextvars.Token[Trace | None]:
    """Have everything that is logged from here on name the trace."""
    return _trace.set(trace)


def leave(token: contextvars.Token[Trace | None]) -> None:
    """Undo `enter`."""
    _trace.reset(token)


class JsonLines(logging.Formatter):
    """A log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        said: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": str(record.msg)[:_LONGEST],  # without its arguments
        }
        if record.name.split(".")[:2] != OURS.split("."):
            said["from"] = record.name
        for name in MEMBERS:
            value = record.__dict__.get(name)
            if isinstance(value, (str, int, float)):
                said[name] = value[:_LONGEST] if isinstance(value, str) else value
        trace = _trace.get()
        if trace is not None:
            said |= {"trace": trace.id, "span": trace.span}
            if trace.parent is not None:
                said["parent"] = trace.parent
        if record.exc_info and record.exc_info[0] is not None:
            said |= {"kind": record.exc_info[0].__name__, "where": where(record.exc_info[1])}
        return json.dumps(said, sort_keys=True, ensure_ascii=True)


def where(error: BaseException | None) -> str:
    """Return where an error happened, innermost first: names of functions and numbers of lines."""
    frames = []
    at = error.__traceback__ if error is not None else None
    while at is not None:
        frames.append(f"{at.tb_frame.f_code.co_name}:{at.tb_lineno}")
        at = at.tb_next
    return " < ".join(reversed(frames[-3:]))


def begin(level: str, stream: TextIO | None = None) -> logging.Handler:
    """Have the service's log and the server's written to a stream, standard error if none is named."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    ours = logging.getLogger(OURS)
    ours.addHandler(handler)
    ours.setLevel(level.upper())
    others = max(logging.getLevelName(level.upper()), logging.WARNING)
    for name in ("uvicorn", "sqlalchemy", "litestar", "asyncio"):  # their other words are about themselves
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(others)
    return handler


def end(handler: logging.Handler) -> None:
    """Undo `begin`, but for the levels."""
    for name in (OURS, "uvicorn", "sqlalchemy", "litestar", "asyncio"):
        logging.getLogger(name).removeHandler(handler)
