"""What the Workbook says: errors by their code, the one vocabulary of sending, dates as people write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ui.style.palettes import Tone
from workbook_desktop.domain.errors import WorkbookError

if TYPE_CHECKING:  # the unlock window needs errors' words alone: records and views would cost it 50 ms
    from zoneinfo import ZoneInfo

    from workbook_desktop.domain.clock import Clock
    from workbook_desktop.domain.records import State
    from workbook_desktop.messages import Messages
    from workbook_desktop.workspace.views import Kept, Progress, RecordRow

# Not the machine's locale: a date is written the same on every laptop.
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_LONG_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

_AT_OFFICE, _NOT_ACCEPTED = "at-office", "not-accepted"
_PROGRESS_TONES: dict[str, Tone] = {  # by the value of a Progress, which is a string
    _AT_OFFICE: Tone.PLAIN,
    "draft": Tone.NEUTRAL,
    "ready": Tone.INFO,
    "sending": Tone.INFO,
    _NOT_ACCEPTED: Tone.ERROR,
    "needs-decision": Tone.WARNING,
}
_STATE_TONES: dict[str, Tone] = {  # by the value of a State
    "signed_off": Tone.PLAIN,
    "returned": Tone.WARNING,
    "superseded": Tone.PLAIN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An error in the worker's words."""

    title: str
    safe: str  # what is safe
    to_do: str
    code: str
    details: str  # for IT: code and facts; no case data, since facts hold none

    @property
    def spoken(self) -> str:
        """All of it, as a screen reader says it."""
        return ". ".join(part.rstrip(".") for part in (self.title, self.safe, self.to_do) if part) + "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A state: the word, and a tone that says the same."""

    text: str
    tone: Tone


class Say(QObject):
    """Gives words. `kept` and `error` fit `Tasks.run`: the shell listens to `noted` and `troubled`."""

    noted = Signal(str)  # a quiet line: "Saved on this laptop 14:32"
    troubled = Signal(object)  # an Explanation

    def __init__(
        self, messages: Messages, clock: Clock, zone: str = "Europe/London", parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._messages, self._clock, self._zone_name = messages, clock, zone

    @cached_property
    def _zone(self) -> ZoneInfo:
        from zoneinfo import ZoneInfo  # 5 ms that the unlock window need not wait for

        return ZoneInfo(self._zone_name)

    # -- answers of Tasks.run ------------------------------------------------------------------------------

    def kept(self, kept: Kept) -> None:
        """Say that a draft is on the disk."""
        self.noted.emit(self.saved(kept.at))

    def error(self, error: Exception) -> None:
        """Say what went wrong."""
        self.troubled.emit(self.explain(error))

    # -- errors --------------------------------------------------------------------------------------------

    def explain(self, error: Exception) -> Explanation:
        """Return an error in words; one that nobody raised on purpose is "unexpected"."""
        if not isinstance(error, WorkbookError):
            return self.explain_code("unexpected", what=type(error).__name__)
        return self.explain_code(error.code, **error.facts)

    def explain_code(self, code: str, **facts: str | int) -> Explanation:
        """Return the words of a code. A fact `reason` or `by` may choose more exact words."""
        key = code if f"errors.{code}.title" in self._messages else "workbook-error"
        exact = facts.get("reason", facts.get("by", ""))
        say = self._messages.first
        return Explanation(
            title=say(f"errors.{key}.title.{exact}", f"errors.{key}.title", **facts),
            safe=say(f"errors.{key}.safe.{exact}", f"errors.{key}.safe", **facts),
            to_do=say(f"errors.{key}.next.{exact}", f"errors.{key}.next", **facts),
            code=code,
            details=" ".join([code, *(f"{name}={value}" for name, value in sorted(facts.items()))]),
        )

    def problem(self, code: str) -> str:
        """Return why the office did not accept something."""
        return self._messages.first(f"problems.{code}", "problems.other")

    def why_not(self, code: str) -> str:
        """Return why a record cannot be changed; "" for no code."""
        return self._messages.first(f"why-not.{code}", "why-not.other") if code else ""

    # -- words by their key --------------------------------------------------------------------------------

    def has(self, key: str) -> bool:
        """Say whether there are words for a key."""
        return key in self._messages

    def first(self, *keys: str, **facts: object) -> str:
        """Return the words of the first key that has any; "" if none has."""
        return self._messages.first(*keys, **facts)

    # -- states --------------------------------------------------------------------------------------------

    def progress(self, progress: Progress, *, accepted_at: datetime | None = None, problems: int = 0) -> Word:
        """Return where a record stands on its way to the office."""
        tone = _PROGRESS_TONES[progress]
        if progress.value == _AT_OFFICE and accepted_at is not None:
            return Word(
                text=self._messages.text("progress.accepted", time=self.moment(accepted_at)), tone=tone
            )
        if progress.value == _NOT_ACCEPTED:
            key = "progress.not-accepted" if problems else "progress.not-accepted-plain"
            return Word(text=self._messages.text(key, problems=problems), tone=tone)
        return Word(text=self._messages.text(f"progress.{progress}"), tone=tone)

    def progress_of(self, row: RecordRow) -> Word:
        """Return where the record of a row stands: at the office, its own state says more."""
        if row.progress.value == _AT_OFFICE and row.accepted_at is None:
            return self.state(row.state)
        return self.progress(row.progress, accepted_at=row.accepted_at, problems=row.problems)

    def state(self, state: State) -> Word:
        """Return a record's own state."""
        return Word(text=self._messages.text(f"states.{state}"), tone=_STATE_TONES.get(state, Tone.NEUTRAL))

    def chapter(self, chapter: str) -> str:
        """Return a chapter's title: chapters are a council's own, and one without words here shows its id."""
        key = f"chapters.{chapter}"
        if key in self._messages:
            return self._messages.text(key)
        words = chapter.replace("-", " ").strip()
        return f"{words[:1].upper()}{words[1:]}"

    # -- the status line -----------------------------------------------------------------------------------

    def saved(self, at: datetime) -> str:
        """Return "Saved on this laptop 14:32"."""
        return self._messages.text("status.saved", time=self.moment(at))

    def reached(self, last_complete: datetime | None) -> str:
        """Return "Office last reached today 08:55"."""
        if last_complete is None:
            return self._messages.text("status.never-reached")
        local = last_complete.astimezone(self._zone)
        when = f"{self.near_day(local.date())} {local:%H:%M}"
        return self._messages.text("status.reached", when=when)

    # -- dates and times -----------------------------------------------------------------------------------

    def moment(self, at: datetime) -> str:
        """Return "14:32" for today, "Tue 14:32" within six days, else "27 March 2026 14:32"."""
        local = at.astimezone(self._zone)
        past = self._clock.today() - local.date()
        if not past:
            return f"{local:%H:%M}"
        if timedelta() < past <= timedelta(days=6):
            return f"{_DAYS[local.weekday()]} {local:%H:%M}"
        return f"{long_date(local.date())} {local:%H:%M}"

    def near_day(self, day: date) -> str:
        """Return "today", "yesterday", "tomorrow", else "27 March 2026"."""
        word = {0: "today", -1: "yesterday", 1: "tomorrow"}.get((day - self._clock.today()).days)
        return self._messages.text(f"words.{word}") if word else long_date(day)

    def due(self, day: date) -> str:
        """Return a date and, in words, that it has passed: "27 March 2026, overdue"."""
        if day < self._clock.today():
            return f"{long_date(day)}, {self._messages.text('words.overdue')}"
        return self.near_day(day)


def long_date(day: date) -> str:
    """Return "27 March 2026"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def full_date(day: date) -> str:
    """Return "Friday 27 March 2026"."""
    return f"{_LONG_DAYS[day.weekday()]} {long_date(day)}"


def short_date(day: date) -> str:
    """Return "27/03/2026"."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"
