"""Words: every code has some, and one vocabulary says how the work stands."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pytestqt.qtbot import QtBot

from ui.exchange import ExchangeStatus, Phase
from ui.models.exchange import exchange_words
from ui.say import Say, full_date, long_date, short_date
from ui.style import Tone
from workbook_desktop import messages
from workbook_desktop.domain.errors import (
    IcsUnreachable,
    KeyUnavailable,
    StoreLocked,
    TooManyTries,
    WorkbookError,
)
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.records import State
from workbook_desktop.workspace.views import Counts, Kept, Progress


class FridayClock:
    """Friday 27 March 2026, 15:00 in London: winter time, so UTC is the same."""

    def now(self) -> datetime:
        return datetime(2026, 3, 27, 15, 0, tzinfo=UTC)

    def today(self) -> date:
        return date(2026, 3, 27)

    def monotonic(self) -> float:
        return 0.0


WORDS = messages.load()


@pytest.fixture
def say(qapp: object) -> Say:
    return Say(WORDS, FridayClock())


def _all_errors(kind: type[WorkbookError] = WorkbookError) -> list[type[WorkbookError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in _all_errors(child))]


def test_every_error_has_words_for_what_happened_what_is_safe_and_what_to_do(say: Say) -> None:
    for kind in _all_errors():
        for part in ("title", "safe", "next"):
            assert f"errors.{kind.code}.{part}" in WORDS, f"{kind.__name__}: no words for {kind.code}.{part}"


def test_every_state_has_a_word() -> None:
    for progress in Progress:
        assert f"progress.{progress}" in WORDS
    for state in State:
        assert f"states.{state}" in WORDS


def test_no_words_blame_shout_or_use_the_words_that_are_not_ours() -> None:
    for key in WORDS.every_key():
        text = WORDS.text(key)
        assert not re.search(
            r"\b(synced|queued|pending|invalid|illegal|user|server|oops|please)\b|!", text, re.I
        ), f"{key}: {text}"


def test_an_error_is_said_in_words_and_its_facts_go_to_it_alone(say: Say) -> None:
    said = say.explain(TooManyTries(wait=30))
    assert said.title == "Wait before the next try"
    assert "30 seconds" in said.to_do
    assert said.details == "too-many-tries wait=30"
    assert "?" not in said.spoken


def test_the_reason_chooses_more_exact_words(say: Say) -> None:
    plain = say.explain(KeyUnavailable(reason="something-new")).to_do
    exact = {
        say.explain(KeyUnavailable(reason=reason)).to_do
        for reason in ("no-keyring", "keyring-locked", "keyring-silent", "keyring-changed", "secret-missing")
    }
    assert len(exact) == 5
    assert plain not in exact
    assert (
        say.explain(StoreLocked(by="another-window")).to_do != say.explain(StoreLocked(by="this-app")).to_do
    )


def test_a_mistake_of_ours_has_words_too_and_shows_no_trace(say: Say) -> None:
    said = say.explain(ZeroDivisionError("division by zero"))
    assert said.code == "unexpected"
    assert "division" not in said.spoken + said.details


def test_a_missing_fact_does_not_raise_another_error(say: Say) -> None:
    assert "?" in say.explain(TooManyTries()).to_do


def test_facts_cannot_reach_into_objects() -> None:
    words = messages.Messages({"a": "{fact.__class__} {fact[0]}"})
    assert words.text("a", fact="secret") == "? ?"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (30, "30 seconds"), (119, "119 seconds"), (121, "3 minutes"), (120, "2 minutes")],
)
def test_a_wait_is_said_in_seconds_or_minutes(seconds: int, words: str) -> None:
    assert messages.Messages({"a": "{wait:duration}"}).text("a", wait=seconds) == words


def test_counts_have_a_plural() -> None:
    words = messages.Messages({"a": "{n:thing|things}"})
    assert [words.text("a", n=n) for n in (0, 1, 2)] == ["0 things", "1 thing", "2 things"]


def test_sending_has_one_vocabulary(say: Say) -> None:
    at = datetime(2026, 3, 27, 14, 32, tzinfo=UTC)
    assert say.progress(Progress.DRAFT).text == "Draft on this laptop"
    assert say.progress(Progress.READY).text == "Ready to send"
    assert say.progress(Progress.SENDING).text == "Sending"
    assert say.progress(Progress.AT_OFFICE, accepted_at=at).text == "Sent and accepted 14:32"
    assert say.progress(Progress.NOT_ACCEPTED, problems=2).text == "Not accepted – fix 2 things"
    assert say.progress(Progress.NOT_ACCEPTED, problems=1).text == "Not accepted – fix 1 thing"
    assert say.progress(Progress.NEEDS_DECISION).text == "Needs your decision"
    assert say.progress(Progress.NOT_ACCEPTED).tone is Tone.ERROR


def test_only_what_was_not_accepted_is_red(say: Say) -> None:
    red = {progress for progress in Progress if say.progress(progress).tone is Tone.ERROR}
    assert red == {Progress.NOT_ACCEPTED}


def test_the_status_line_never_says_that_all_is_sent_while_something_waits(say: Say) -> None:
    def line(phase: Phase, **more: int) -> str:
        counts = Counts(waiting=0, drafts=0, decisions=1, not_accepted=2, last_complete=None)
        status = ExchangeStatus(phase=phase, last_complete=datetime(2026, 3, 27, 8, 55, tzinfo=UTC))
        return exchange_words(say, status, replace(counts, **more)).line

    assert line("offline", waiting=3) == "Offline – 3 waiting"
    assert line("idle", waiting=3, files=1) == "Connected – 3 waiting, 1 file to hand over"
    assert line("idle") == "Connected – nothing waiting"
    assert say.reached(None) == "Office not reached yet"
    assert say.reached(datetime(2026, 3, 27, 8, 55, tzinfo=UTC)) == "Office last reached today 08:55"


def test_times_are_local_and_say_the_day_when_it_is_not_today(say: Say) -> None:
    at = datetime(2026, 3, 27, 14, 32, tzinfo=UTC)
    assert say.moment(at) == "14:32"
    assert say.moment(at - timedelta(days=3)) == "Tue 14:32"
    assert say.moment(at - timedelta(days=40)) == "15 February 2026 14:32"
    assert say.moment(datetime(2025, 7, 1, 12, 0, tzinfo=UTC)) == "1 July 2025 13:00"


def test_dates_are_written_as_people_write_them_whatever_the_machine(say: Say) -> None:
    day = date(2026, 3, 27)
    assert long_date(day) == "27 March 2026"
    assert full_date(day) == "Friday 27 March 2026"
    assert short_date(date(2026, 3, 7)) == "07/03/2026"
    assert say.near_day(day) == "today"
    assert say.near_day(day + timedelta(days=1)) == "tomorrow"
    assert say.due(day - timedelta(days=1)) == "26 March 2026, overdue"


def test_what_was_kept_is_noted_with_its_time(say: Say, qtbot: QtBot) -> None:
    with qtbot.waitSignal(say.noted) as noted:
        say.kept(Kept(record=RecordId("r1"), at=datetime(2026, 3, 27, 14, 32, tzinfo=UTC)))
    assert noted.args == ["Saved on this laptop 14:32"]
    with qtbot.waitSignal(say.troubled) as troubled:
        say.error(IcsUnreachable(reason="timeout"))
    assert troubled.args[0].title == "The office cannot be reached"
