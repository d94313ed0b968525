"""The line between a laptop and the office does its worst: answers lost, doubled, late, cut, bent, not ours.

`docs/sync-faults.md` has the whole table. Each test ends with a good run, after which nothing is lost and
nothing is there twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sync.runner import Phase
from tests.support.bad_luck import CHILDREN, CONTINGENCY, PARENTS, Lost, Luck, bad_luck
from tests.support.databases import KINDS
from tests.support.faulty_line import Answer, Passing
from workbook_desktop.domain.ids import RecordId
from workbook_desktop.domain.records import State, content_hash, content_of

both_databases = pytest.mark.parametrize("database_kind", KINDS, indirect=True, scope="module")


@pytest.fixture
def luck(tmp_path: Path, database_kind: str) -> Iterator[Luck]:
    with bad_luck(tmp_path) as found:
        yield found


# Lost, doubled, late ----------------------------------------------------------------------------------------


def an_edit(luck: Luck) -> RecordId:
    luck.writes(luck.amara, PARENTS, "Said once.")
    return luck.plan


def a_record(luck: Luck) -> RecordId:
    return luck.begins(luck.amara, "Said once.")


def a_sign_off(luck: Luck) -> RecordId:
    luck.writes(luck.amara, PARENTS, "Said once.")
    seen = content_hash(content_of(luck.opened(luck.amara).body))
    luck.amara.do(lambda: luck.amara.desk.sign_off(luck.plan, seen))
    return luck.plan


def a_decision(luck: Luck) -> RecordId:
    for who, words in ((luck.bea, "Bea's words."), (luck.amara, "Amara's words.")):
        luck.writes(who, CONTINGENCY, words)
    luck.settle_down()
    (question,) = luck.questions(luck.amara)
    luck.amara.do(lambda: luck.amara.desk.settle(question.id, "new", "Said once.", "Agreed by telephone."))
    return luck.plan


@both_databases
@pytest.mark.parametrize("done", [an_edit, a_record, a_sign_off, a_decision])
def test_an_answer_lost_after_the_office_kept_the_work_is_asked_for_again_and_nothing_is_doubled(
    luck: Luck, done: Callable[[Luck], RecordId]
) -> None:
    record = done(luck)
    asked = 1 if done is a_decision else 0
    luck.line.meddle = Lost("POST /v1/push")
    luck.fails(luck.amara, "ics-unreachable", Phase.OFFLINE)
    assert luck.counts(luck.amara).waiting == 1  # as far as she can know
    there = luck.history(record).revisions  # and it is at the office
    assert "Said once." in repr(there[-1].answers)
    luck.line.meddle = None
    assert luck.amara.exchange().outcome == "complete"
    assert luck.history(record).revisions == there
    assert (there[-1].state == State.SIGNED_OFF) == (done is a_sign_off)
    luck.is_whole(record, conflicts=asked)
    assert luck.said(luck.bea, CONTINGENCY if asked else PARENTS, record) == "Said once."


@both_databases
def test_every_call_delivered_twice_does_what_it_does_once(luck: Luck) -> None:
    def twice(passing: Passing, on: Callable[[], Answer]) -> Answer:
        on()
        return on()

    luck.line.meddle = twice
    before = len(luck.history().revisions)
    luck.writes(luck.amara, PARENTS, "Said once.")
    another = luck.begins(luck.amara, "Begun once.")
    assert luck.amara.exchange().outcome == "complete"
    assert len(luck.history().revisions) == before + 1
    assert len(luck.history(another).revisions) == 1
    luck.is_whole(luck.plan, another)
    assert luck.said(luck.bea, PARENTS, another) == "Begun once."


@both_databases
def test_one_push_delivered_four_times_at_the_same_moment_is_kept_once(luck: Luck) -> None:
    together = threading.Barrier(4)

    def all_at_once(passing: Passing, on: Callable[[], Answer]) -> Answer:
        if passing.path != "/v1/push":
            return on()

        def deliver() -> Answer:
            together.wait(timeout=20)
            return luck.line.pass_on(passing)

        with ThreadPoolExecutor(4) as pool:
            answers = [each.result() for each in [pool.submit(deliver) for _ in range(4)]]
        assert all(each[0] < 500 or each[0] == 503 for each in answers), [each[0] for each in answers]
        return next(each for each in answers if each[0] == 200)

    luck.line.meddle = all_at_once
    before = len(luck.history().revisions)
    luck.writes(luck.amara, PARENTS, "Said once.")
    another = luck.begins(luck.amara, "Begun once.")
    assert luck.amara.exchange().outcome == "complete"
    luck.line.meddle = None
    assert len(luck.history().revisions) == before + 1
    assert len(luck.history(another).revisions) == 1
    luck.is_whole(luck.plan, another)


@both_databases
def test_a_push_that_arrives_after_the_ones_that_came_after_it_changes_nothing(luck: Luck) -> None:
    late: list[Passing] = []

    def hold_back(passing: Passing, on: Callable[[], Answer]) -> Answer | None:
        if passing.path == "/v1/push" and not late:
            late.append(passing)
            return None
        return on()

    luck.line.meddle = hold_back
    luck.writes(luck.amara, PARENTS, "The first words.")
    another = luck.begins(luck.amara, "Begun.")
    luck.fails(luck.amara, "ics-unreachable", Phase.OFFLINE)
    luck.writes(luck.amara, PARENTS, "The later words.")
    luck.writes(luck.bea, CHILDREN, "Maisie wants it quiet.")
    luck.is_whole(luck.plan, another)
    before = luck.history()
    status, _, _ = luck.line.pass_on(late[0])  # now it comes
    assert status == 200
    assert luck.history() == before
    luck.is_whole(luck.plan, another)
    for who in luck.laptops:
        assert luck.said(who, PARENTS) == "The later words."
        assert luck.said(who, CHILDREN) == "Maisie wants it quiet."
    assert "The first words." in luck.everything_ever()


def test_a_page_that_comes_a_second_time_in_place_of_the_next_is_refused_and_leaves_nothing(
    luck: Luck,
) -> None:
    luck.amara.client.runner._engine._page_items = 2  # type: ignore[union-attr]
    for words in ("One.", "Two.", "Three.", "Four."):
        luck.begins(luck.bea, words)
    luck.bea.exchange()
    luck.writes(luck.amara, PARENTS, "Not released yet.", send=False)
    pages: list[Answer] = []

    def again(passing: Passing, on: Callable[[], Answer]) -> Answer:
        if not passing.path.startswith("/v1/feed"):
            return on()
        pages.append(pages[0] if pages else on())
        return pages[-1]

    luck.line.meddle = again
    luck.fails(luck.amara, "reply-refused", Phase.HALTED)
    assert len(pages) > 1
    assert luck.said(luck.amara, PARENTS) == "Not released yet."
    luck.line.meddle = None
    luck.amara.do(lambda: luck.amara.desk.send(luck.plan))
    luck.is_whole()
    assert luck.said(luck.bea, PARENTS) == "Not released yet."


def test_a_proxy_that_keeps_old_answers_takes_nothing_back_and_is_seen_through_when_it_is_gone(
    luck: Luck,
) -> None:
    kept: dict[str, Answer] = {}

    def cached(passing: Passing, on: Callable[[], Answer]) -> Answer:
        if passing.method != "GET":
            return on()
        return kept.setdefault(passing.path, on())

    luck.line.meddle = cached
    assert luck.amara.exchange().outcome == "complete"
    luck.writes(luck.bea, CHILDREN, "Maisie wants it quiet.")
    luck.bea.exchange()
    luck.writes(luck.amara, PARENTS, "Amara's own words.")
    luck.amara.exchange()  # whatever it takes the old answers for, what she wrote is there
    assert luck.said(luck.amara, PARENTS) == "Amara's own words."
    assert "Amara's own words." in luck.everything_ever()
    luck.line.meddle = None
    luck.is_whole()
    for who in luck.laptops:
        assert luck.said(who, CHILDREN) == "Maisie wants it quiet."
        assert luck.said(who, PARENTS) == "Amara's own words."


# Cut, bent, stripped ----------------------------------------------------------------------------------------


def all_of_it(who: Any) -> list[tuple[Any, ...]]:
    """Every row of a store that an exchange may change, but for the notes of the runs themselves."""

    def read() -> list[tuple[Any, ...]]:
        store = who.client._store
        tables = ("record", "body", "op", "conflict", "feed_state", "scope")
        there = {name for (name,) in store._db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        return [
            row for name in tables if name in there for row in store._db.execute(f'SELECT * FROM "{name}"')
        ]

    found: list[tuple[Any, ...]] = who.do(read)
    return found


def test_a_page_that_is_cut_is_no_page_wherever_it_is_cut(luck: Luck) -> None:
    luck.settle_down()
    small = luck.ics.sign_in("w-bea-linnet")
    from tests.support.service import content, create

    (done,) = small.push(create("r-small", "op-small", content(note="Ring."), scope="f-tolland"))
    assert done["status"] == "applied"
    luck.writes(luck.amara, PARENTS, "Not released yet.", send=False)
    before = all_of_it(luck.amara)
    luck.line.cut_what = "GET /v1/feed"
    at = 0
    while True:
        luck.line.cut_after, cuts = at, luck.line.cuts
        report = luck.amara.exchange()
        if luck.line.cuts == cuts:
            break  # not even the last byte was missing
        assert report.outcome == "ics-unreachable", at
        assert all_of_it(luck.amara) == before, at  # not one row of what is kept has moved
        at += 1 if at < 64 else 29  # every byte of the beginning, then bytes all over it
    assert at > 500
    assert report.outcome == "complete"
    luck.line.cut_after = None
    assert luck.amara.held(RecordId("r-small")).head is not None
    assert luck.said(luck.amara, PARENTS) == "Not released yet."
    assert before != all_of_it(luck.amara)
