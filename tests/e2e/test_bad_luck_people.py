"""Two people in each other's way, and a family taken away while it comes: on SQLite and on PostgreSQL.

Each with its answers delivered late or lost besides, which is how people get into each other's way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync.reference_ics import grants
from tests.support.bad_luck import CHILDREN, CONTINGENCY, TOLLAND, Lost, Luck, bad_luck
from tests.support.databases import KINDS
from tests.support.faulty_line import Answer as Reply
from tests.support.faulty_line import Passing
from tests.support.laptop import WORKER, NoWindow
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import ConflictKind
from workbook_desktop.domain.ids import LinkId, RowId
from workbook_desktop.domain.records import State, content_hash, content_of

both_databases = pytest.mark.parametrize("database_kind", KINDS, indirect=True, scope="module")

OUTCOMES, HOW = LinkId("outcomes"), LinkId("outcome.how")


@pytest.fixture
def luck(tmp_path: Path, database_kind: str) -> Iterator[Luck]:
    with bad_luck(tmp_path) as found:
        yield found


def lost(luck: Luck) -> None:
    """The next answer to one of Amara's pushes is lost after the office kept the work."""
    luck.line.meddle = Lost("POST /v1/push")
    assert luck.amara.exchange().outcome == "ics-unreachable"
    luck.line.meddle = None


# Taken away against changed -------------------------------------------------------------------------


def a_row(luck: Luck) -> RowId:
    return luck.opened(luck.amara).body.rows_of(paths.ROOT, OUTCOMES)[0]


@both_databases
@pytest.mark.parametrize("first", ["she who takes it away", "she who changes it"])
def test_a_row_taken_away_by_one_and_changed_by_the_other_stays_and_a_person_is_asked(
    luck: Luck, first: str
) -> None:
    row = a_row(luck)
    how = paths.child(row, HOW)
    luck.changes(luck.amara, lambda body: body.without_row(row))
    luck.writes(luck.bea, how, "Seen at two visits.")
    if first == "she who changes it":
        luck.bea.exchange()
        luck.amara.exchange()
    else:
        lost(luck)
        luck.bea.exchange()
    luck.settle_down()
    for who in luck.laptops:
        assert row in luck.opened(who).body.rows_of(paths.ROOT, OUTCOMES)
        assert luck.said(who, how) == "Seen at two visits."
        (question,) = luck.questions(who)
        assert question.path == row
    told = luck.history()
    assert [each.kind for each in told.conflicts] == [ConflictKind.ROW]
    assert not luck.counts(luck.amara).waiting


@pytest.mark.parametrize("choice", ["gone", "kept"])
def test_what_is_decided_of_such_a_row_is_so_on_both_laptops(luck: Luck, choice: str) -> None:
    row = a_row(luck)
    luck.changes(luck.amara, lambda body: body.without_row(row))
    luck.writes(luck.bea, paths.child(row, HOW), "Seen at two visits.")
    luck.bea.exchange()
    luck.settle_down()
    (question,) = luck.questions(luck.amara)
    is_gone_mine = question.mine == "Taken away"
    side = "mine" if (choice == "gone") == is_gone_mine else "theirs"
    luck.amara.do(lambda: luck.amara.desk.settle(question.id, side, None, "Spoken with Bea."))
    luck.is_whole(conflicts=1)
    for who in luck.laptops:
        assert (row in luck.opened(who).body.rows_of(paths.ROOT, OUTCOMES)) == (choice == "kept")
        assert luck.questions(who) == []
    assert "Seen at two visits." in luck.everything_ever()


# Signed against changed -------------------------------------------------------------------------


def signs(luck: Luck, who: NoWindow) -> str:
    seen = content_hash(content_of(luck.opened(who).body))
    who.do(lambda: who.desk.sign_off(luck.plan, seen))
    return seen


@both_databases
def test_a_late_edit_stands_beside_what_was_signed_also_when_both_answers_are_lost(luck: Luck) -> None:
    luck.writes(luck.amara, CHILDREN, "Maisie wants it quiet.", send=False)
    seen = signs(luck, luck.bea)
    luck.bea.exchange()
    luck.amara.do(lambda: luck.amara.desk.send(luck.plan))
    lost(luck)
    later = luck.amara.exchange()
    assert (later.outcome, later.parked) == ("complete", 0)
    luck.settle_down()
    last = luck.history().revisions[-1]
    assert (last.state, last.hash) == (State.SIGNED_OFF, seen)
    (addition,) = {
        each.record
        for each in luck.bea.do(lambda: luck.bea.desk.family(TOLLAND)).records
        if luck.opened(luck.bea, each.record).amends == luck.plan
    }
    for who in luck.laptops:
        assert luck.said(who, CHILDREN, addition) == "Maisie wants it quiet."
        assert luck.opened(who).state is State.SIGNED_OFF
    assert len(luck.history(addition).revisions) == 1


def test_a_signature_under_words_that_changed_on_the_way_is_dropped_and_said(luck: Luck) -> None:
    signs(luck, luck.amara)
    luck.writes(luck.bea, CHILDREN, "Maisie wants it quiet.")
    luck.bea.exchange()
    lost_or_not = luck.amara.exchange()
    assert lost_or_not.outcome == "complete"
    assert luck.opened(luck.amara).sign_off_dropped
    assert luck.history().revisions[-1].state != State.SIGNED_OFF
    signs(luck, luck.amara)
    lost(luck)
    luck.settle_down()
    last = luck.history().revisions[-1]
    assert last.state == State.SIGNED_OFF
    assert last.answers[CHILDREN]["v"] == "Maisie wants it quiet."
    assert luck.opened(luck.bea).state is State.SIGNED_OFF


def test_two_who_sign_the_same_words_sign_once_and_neither_is_told_that_it_failed(luck: Luck) -> None:
    signs(luck, luck.amara)
    signs(luck, luck.bea)
    for who in luck.laptops:
        assert who.exchange().outcome == "complete"
    luck.settle_down()
    states = [each.state for each in luck.history().revisions]
    assert states.count(State.SIGNED_OFF) == 1
    for who in luck.laptops:
        assert luck.opened(who).state is State.SIGNED_OFF
        counts = luck.counts(who)
        assert (counts.waiting, counts.not_accepted) == (0, 0)


# Settled against settled -------------------------------------------------------------------------


@both_databases
def test_two_who_settle_one_question_differently_lose_neither_choice(luck: Luck) -> None:
    luck.writes(luck.bea, CONTINGENCY, "Bea's words.")
    luck.writes(luck.amara, CONTINGENCY, "Amara's words.")
    luck.bea.exchange()
    luck.settle_down()
    for who, words in ((luck.amara, "Amara chose this."), (luck.bea, "Bea chose that.")):
        (question,) = luck.questions(who)
        who.do(lambda: who.desk.settle(question.id, "new", words, "Settled alone."))  # noqa: B023
    lost(luck)
    luck.settle_down()
    everything = luck.everything_ever()
    for words in ("Bea's words.", "Amara's words.", "Amara chose this.", "Bea chose that."):
        assert words in everything
    shown = {luck.said(who, CONTINGENCY) for who in luck.laptops}
    assert len(shown) == 1
    heads = {who.held(luck.plan).head.hash for who in luck.laptops}  # type: ignore[union-attr]
    assert heads == {luck.history().revisions[-1].hash}
    first, *others = luck.history().conflicts
    assert first.state == "resolved"
    # If the choices differ that is a question of its own, and it is asked of both.
    assert {len(luck.questions(who)) for who in luck.laptops} == {
        sum(each.state == "open" for each in others)
    }


def test_two_who_choose_the_same_are_not_asked_again(luck: Luck) -> None:
    luck.writes(luck.bea, CONTINGENCY, "Bea's words.")
    luck.writes(luck.amara, CONTINGENCY, "Amara's words.")
    luck.bea.exchange()
    luck.settle_down()
    for who in luck.laptops:
        (question,) = luck.questions(who)
        who.do(lambda: who.desk.settle(question.id, "new", "What both agreed.", "By telephone."))  # noqa: B023
    luck.settle_down()
    for who in luck.laptops:
        assert luck.said(who, CONTINGENCY) == "What both agreed."
        assert luck.questions(who) == []
    assert [each.state for each in luck.history().conflicts if each.state == "open"] == []


# A family taken away -------------------------------------------------------------------------


def families(who: NoWindow) -> set[str]:
    return {each.family for each in who.do(who.desk.caseload)}


def records_of(who: NoWindow, family: str) -> int:
    def count() -> int:
        asked = "SELECT count(*) FROM record WHERE family = ?"
        (found,) = who.client._store._db.execute(asked, (family,)).fetchone()  # type: ignore[union-attr]
        return int(found)

    return who.do(count)


@both_databases
def test_a_grant_withdrawn_between_two_pages_of_a_snapshot_leaves_nothing_half(luck: Luck) -> None:
    """Given, taken and given again; the second taking comes while the family is on its way."""
    luck.line.meddle = None
    ics, amara = luck.ics, luck.amara
    engine = amara.client.runner._engine  # type: ignore[union-attr]
    engine._page_items = 3

    def taken() -> None:
        with ics.database() as database:  # type: ignore[union-attr]
            assert grants.withdraw(
                database, ics.settings, WORKER.id, TOLLAND, reason="transferred", immediate=False
            )  # type: ignore[union-attr]

    def given() -> None:
        with ics.database() as database, database.writing() as (connection, _):  # type: ignore[union-attr]
            from sqlalchemy import text

            (person,) = connection.execute(
                text("SELECT person FROM involvement WHERE family = :family LIMIT 1"), {"family": TOLLAND}
            ).one()
            connection.execute(
                text(
                    'INSERT INTO involvement (worker, person, family, "start")'
                    " VALUES (:worker, :person, :family, '2026-01-05')"
                ),
                {"worker": WORKER.id, "person": person, "family": TOLLAND},
            )

    taken()
    assert amara.exchange().outcome == "complete"
    assert TOLLAND not in families(amara)
    given()
    pages: list[str] = []

    def taken_in_the_middle(passing: Passing, on: Callable[[], Reply]) -> Reply:
        if "/snapshot" in passing.path:
            pages.append(passing.path)
            if len(pages) == 3:
                taken()
        return on()

    luck.line.meddle = taken_in_the_middle
    amara.exchange()
    assert len(pages) >= 3
    luck.line.meddle = None
    assert amara.exchange().outcome == "complete"
    assert TOLLAND not in families(amara)
    assert records_of(amara, TOLLAND) == 0
    given()
    assert amara.exchange().outcome == "complete"
    assert TOLLAND in families(amara)
    head = amara.held(luck.plan).head
    assert head is not None
    assert head.hash == luck.history().revisions[-1].hash
