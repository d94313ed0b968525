"""How sending and receiving stands, in words: one place for the status line, the sync centre and the bands.

For every moment there is what happens, what that means for the work (nothing is ever lost), and what the
worker can do. The words themselves are in resources/messages, under ``exchange``.
"""

from __future__ import annotations

from dataclasses import dataclass

from ui.exchange import ExchangeStatus
from ui.say import Say
from ui.style import Tone
from workbook_desktop.workspace.views import Counts

# A phase that says all there is to say; of any other, the code of what ended the last run says more.
CLOCK_SECONDS = 300  # a clock this far off is worth a word: every due date is worked out from it

_PHASES = ("starting", "sending", "receiving", "comparing", "letting-go", "files", "paused")
_PLAIN = {  # of a phase that came without a code
    "idle": "complete",
    "offline": "ics-unreachable",
    "needs-sign-in": "sign-in-needed",
    "not-the-ics": "not-the-ics",
    "too-old": "client-too-old",
    "stopped": "device-refused",
}
_TONES = {
    **dict.fromkeys(("sending", "receiving", "comparing", "letting-go", "files"), Tone.INFO),
    **dict.fromkeys(
        ("starting", "complete", "partial", "paused", "ics-unreachable", "provider-unreachable"), Tone.NEUTRAL
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeWords:
    """One moment of the exchange."""

    line: str  # for the status line: "Offline – 3 waiting"
    title: str
    means: str
    to_do: str
    tone: Tone  # offline is no error


def exchange_words(say: Say, status: ExchangeStatus, counts: Counts) -> ExchangeWords:
    """Return how the exchange stands."""
    key = key_of(say, status)
    here = counts.here if status.last_complete is None else None
    exact = status.detail_reason
    if key == "receiving" and here is not None and status.listed:
        exact = "first"
    elif (key == "sending" and status.sent) or (key == "receiving" and status.received):
        exact = "some"
    facts = {
        "sent": number(status.sent),
        "left": number(counts.waiting),
        "received": number(status.received),
        "here": number(here or 0),
        "listed": number(max(status.listed, here or 0)),
        "safe": safe_words(say, counts),
    }

    def words(part: str, of_error: str) -> str:
        return say.first(
            f"exchange.{key}.{part}.{exact}",
            f"exchange.{key}.{part}",
            f"errors.{key}.{of_error}",
            f"exchange.other.{part}",
            **facts,
        )

    return ExchangeWords(
        line=f"{words('line', 'title')} – {rest_words(say, counts)}",
        title=words("title", "title"),
        means=" ".join(each for each in (words("means", "safe"), clock_words(say, status.clock_off)) if each),
        to_do=words("next", "next"),
        tone=_TONES.get(key, Tone.WARNING),
    )


def key_of(say: Say, status: ExchangeStatus) -> str:
    """Return under which name the words of a status stand."""
    if status.phase in _PHASES:
        return status.phase
    code = status.detail_code
    if code and (say.has(f"exchange.{code}.title") or say.has(f"errors.{code}.title")):
        return code
    return "other" if code else _PLAIN.get(status.phase, "other")


def rest_words(say: Say, counts: Counts) -> str:
    """Return what waits, for the status line: "3 waiting, 1 file to hand over"."""
    parts = [
        say.first(f"exchange.rest.{name}", **{name: count})
        for name, count in (
            ("waiting", counts.waiting),
            ("files", counts.files),
            ("leaving", counts.leaving),
        )
        if count
    ]
    return ", ".join(parts) or say.first("exchange.rest.nothing")


def safe_words(say: Say, counts: Counts) -> str:
    """Return what waits, and that it is safe."""
    parts = []
    if counts.waiting:
        parts.append(say.first("exchange.safe.waiting", waiting=counts.waiting))
    if counts.files:
        parts.append(say.first("exchange.safe.files", files=counts.files))
    return " ".join(parts) or say.first("exchange.safe.nothing")


def clock_words(say: Say, ahead: int) -> str:
    """Return that this laptop's clock is wrong, and by how much; nothing if it is right to a few minutes."""
    off = abs(ahead)
    if off < CLOCK_SECONDS:
        return ""
    units = (("days", 86_400), ("hours", 3_600), ("minutes", 60))
    unit, seconds = next(each for each in units if off >= each[1])
    by = say.first(f"exchange.clock.{unit}", count=off // seconds)
    return say.first("exchange.clock.ahead" if ahead > 0 else "exchange.clock.behind", by=by)


def first_words(say: Say, status: ExchangeStatus, counts: Counts) -> tuple[str, str] | None:
    """Return a title and what it means while the caseload has not come whole for the first time; else
    None."""
    if counts.here is None or status.last_complete is not None:
        return None
    busy = status.phase in ("sending", "receiving", "files", "comparing", "letting-go")
    exact = "" if status.listed else "unknown"
    if not busy:
        exact = "paused" if status.phase == "paused" else "cut"
    facts = {"here": number(counts.here), "listed": number(max(status.listed, counts.here))}
    return (
        say.first(f"exchange.first.title.{exact}", "exchange.first.title", **facts),
        say.first(f"exchange.first.means.{exact}", "exchange.first.means", **facts),
    )


def number(count: int) -> str:
    """Return "2,400"."""
    return f"{count:,}"
