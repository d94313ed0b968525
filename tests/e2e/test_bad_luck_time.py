"""Clocks set wrong by days and years, set while work goes on, and tokens that end in the middle of a batch.

What the offline lease makes of a clock set back or on is in `tests/e2e/test_stopped_laptops.py`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sync.protocol import Limits
from sync.runner import Phase
from tests.support.bad_luck import CHILDREN, CONTINGENCY, PARENTS, Luck, SkewedClock, bad_luck
from tests.support.databases import KINDS
from tests.support.faulty_line import Answer, Passing
from tests.support.laptop import WORKER
from workbook_desktop.domain.errors import TooManyTries

both_databases = pytest.mark.parametrize("database_kind", KINDS, indirect=True, scope="module")


@contextmanager
def skewed(folder: Path, amara: float = 0, bea: float = 0, **more: object) -> Iterator[Luck]:
    """Two workers whose clocks are off by so many days."""
    clocks = SkewedClock(days=amara), SkewedClock(days=bea)
    with bad_luck(folder, clocks=clocks, **more) as found:  # type: ignore[arg-type]
        yield found


def set_clock(luck: Luck, days: float) -> None:
    """Set Amara's clock to so many days from the truth."""
    clock = luck.amara.clock
    assert isinstance(clock, SkewedClock)
    clock.off = timedelta(days=days)


@both_databases
@pytest.mark.parametrize(("amara", "bea"), [(40, -40), (-7000, 7000)])
def test_two_whose_clocks_are_wrong_both_ways_merge_ask_and_end_like_any_other_two(
    tmp_path: Path, database_kind: str, amara: float, bea: float
) -> None:
    with skewed(tmp_path, amara, bea) as luck:
        luck.writes(luck.amara, PARENTS, "Amara's alone.")
        luck.writes(luck.bea, CHILDREN, "Bea's alone.")
        luck.writes(luck.amara, CONTINGENCY, "Amara's words.")
        luck.writes(luck.bea, CONTINGENCY, "Bea's words.")
        made = luck.begins(luck.amara, "Begun by a wrong clock.")
        luck.is_whole(conflicts=1)
        luck.is_whole(made)
        for who in luck.laptops:
            assert luck.said(who, PARENTS) == "Amara's alone."
            assert luck.said(who, CHILDREN) == "Bea's alone."
            assert luck.said(who, PARENTS, made) == "Begun by a wrong clock."
        (question,) = luck.questions(luck.bea)
        luck.bea.do(lambda: luck.bea.desk.settle(question.id, "new", "Agreed.", "By telephone."))
        luck.is_whole(conflicts=1)
        luck.is_whole(made)
        for who in luck.laptops:
            assert luck.said(who, CONTINGENCY) == "Agreed."
        for who, days in ((luck.amara, amara), (luck.bea, bea)):
            assert who.client.runner is not None  # and how wrong it is, is known
            assert abs(who.client.runner.status.clock_off - days * 86_400) < 86_400
        # When it happened is said by the office's clock, and by nobody else's.
        now = luck.ics.clock.now()  # type: ignore[union-attr]
        for each in (*luck.history().revisions, *luck.history(made).revisions):
            assert abs(datetime.fromisoformat(each.changed_at) - now) < timedelta(days=400)
        assert datetime.fromisoformat(luck.history(made).revisions[0].created_at or "") == now


def test_a_clock_set_back_between_two_edits_leaves_them_in_the_order_they_were_made(tmp_path: Path) -> None:
    with skewed(tmp_path, 10) as luck:
        luck.line.refuse = "/"
        for days, words in ((10, "First."), (-10, "Second."), (30, "Third."), (-3000, "Fourth.")):
            set_clock(luck, days)
            luck.writes(luck.amara, PARENTS, words)
            made = luck.begins(luck.amara, words)
            luck.fails(luck.amara, "ics-unreachable", Phase.OFFLINE)  # each is sealed by itself
            luck.writes(luck.amara, PARENTS, f"{words} And more.", send=False)
        luck.line.refuse = None
        luck.amara.do(lambda: luck.amara.desk.send(luck.plan))
        luck.is_whole(luck.plan, made)
        for who in luck.laptops:
            assert luck.said(who, PARENTS) == "Fourth. And more."
            assert luck.said(who, PARENTS, made) == "Fourth."
        told = [
            str(each.answers[PARENTS]["v"]) for each in luck.history().revisions if PARENTS in each.answers
        ]
        ours = [words for words in told if words.split(" ")[0] in ("First.", "Second.", "Third.", "Fourth.")]
        order = ["First.", "Second.", "Third.", "Fourth."]
        assert [order.index(words.split(" ")[0]) for words in ours] == sorted(
            order.index(words.split(" ")[0]) for words in ours
        )


def test_a_store_cut_off_after_the_clock_was_set_back_opens_with_the_newest_words(tmp_path: Path) -> None:
    with skewed(tmp_path, 20) as luck:
        luck.writes(luck.amara, PARENTS, "Older words, by a later clock.", send=False)
        set_clock(luck, -20)
        luck.writes(luck.amara, PARENTS, "Newer words, by an earlier clock.", send=False)
        luck.writes(luck.amara, CHILDREN, "Released, by an earlier clock.")
        shutil.copytree(tmp_path / WORKER.id, tmp_path / "cut")  # as a power cut leaves it
        luck.give_up(luck.amara)
        with pytest.raises(TooManyTries) as told:  # a clock that went back may be somebody guessing
            luck.laptop(WORKER, "cut", clock=SkewedClock(days=-30), at_home=False)
        assert told.value.facts == {"wait": 300}
        after = SkewedClock(days=-30, minutes=6)
        again = luck.laptop(WORKER, "cut", clock=after, at_home=False)
        luck.laptops.reverse()
        assert luck.said(again, PARENTS) == "Newer words, by an earlier clock."
        again.do(lambda: again.desk.send(luck.plan))
        luck.is_whole()
        assert luck.said(luck.bea, CHILDREN) == "Released, by an earlier clock."


def test_a_clock_that_jumps_at_every_call_of_a_run_changes_nothing_in_it(tmp_path: Path) -> None:
    with skewed(tmp_path) as luck:
        jumps = iter([30, -30, 400, -400, 0.5, -0.5] * 50)

        def jump(passing: Passing, on: Callable[[], Answer]) -> Answer:
            set_clock(luck, next(jumps))
            return on()

        luck.line.meddle = jump
        luck.writes(luck.amara, PARENTS, "Amara's.")
        luck.writes(luck.bea, CHILDREN, "Bea's.")
        made = luck.begins(luck.amara, "Begun.")
        luck.is_whole(luck.plan, made)
        for who in luck.laptops:
            assert (luck.said(who, PARENTS), luck.said(who, CHILDREN)) == ("Amara's.", "Bea's.")
        assert luck.amara.client.runner is not None
        assert luck.amara.client.runner.status.phase is Phase.IDLE


# Tokens -----------------------------------------------------------------------------------------------------


@contextmanager
def token_ends_at_the_second_push(luck: Luck) -> Iterator[list[str]]:
    """The office's clock goes past the end of every token between two pushes of one run."""
    calls: list[str] = []

    def end(passing: Passing, on: Callable[[], Answer]) -> Answer:
        calls.append(str(passing))
        if calls.count("POST /v1/push") == 2 and calls[-1] == "POST /v1/push":
            luck.ics.clock.forward(hours=24)  # type: ignore[union-attr]
        return on()

    luck.line.meddle = end
    yield calls
    luck.line.meddle = None


@pytest.fixture
def small_batches(tmp_path: Path, database_kind: str) -> Iterator[Luck]:
    """One op a push; and Amara's clock stands so far back that her laptop takes its token for a fresh one."""
    with skewed(tmp_path, -30, limits=replace_limits(ops=1)) as found:
        yield found


def replace_limits(**other: int) -> Limits:
    import msgspec

    return msgspec.structs.replace(Limits(), **other)


@both_databases
def test_a_token_that_ends_in_mid_batch_is_asked_for_anew_once_and_the_batch_goes_on(
    small_batches: Luck,
) -> None:
    luck = small_batches
    made = [luck.begins(luck.amara, f"Plan {number}.") for number in range(4)]
    with token_ends_at_the_second_push(luck) as calls:
        assert luck.amara.exchange().outcome == "complete"
    assert calls.count("POST /v1/practice/sign-in") == 1
    for each in made:
        assert len(luck.history(each).revisions) == 1
    luck.is_whole(*made)


@both_databases
def test_a_new_token_that_is_refused_in_mid_batch_stops_the_run_cleanly_and_keeps_what_is_left(
    small_batches: Luck,
) -> None:
    luck = small_batches
    made = [luck.begins(luck.amara, f"Plan {number}.") for number in range(4)]
    with token_ends_at_the_second_push(luck) as calls:
        end = luck.line.meddle
        assert end is not None

        def stranger(passing: Passing, on: Callable[[], Answer]) -> Answer | None:
            if passing.path == "/v1/practice/sign-in":  # the account was closed meanwhile
                calls.append(str(passing))
                asked = {**json.loads(passing.body), "secret": "no longer hers"}
                return luck.line.pass_on(
                    replace(
                        passing,
                        body=json.dumps(asked).encode(),
                        headers=[
                            each
                            for each in passing.headers
                            if each[0].lower() not in ("content-length", "content-digest")
                        ],
                    )
                )
            return end(passing, on)

        luck.line.meddle = stranger
        report = luck.fails(luck.amara, "sign-in-needed", Phase.NEEDS_SIGN_IN)
    assert report.sent == 1
    assert luck.counts(luck.amara).waiting == 3
    for each, number in zip(made, range(4), strict=True):
        assert luck.said(luck.amara, PARENTS, each) == f"Plan {number}."
    luck.is_whole(*made)
    for each in made:
        assert len(luck.history(each).revisions) == 1
