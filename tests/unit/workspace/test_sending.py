"""The sync centre and the status line: true numbers, one line for each thing done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from tests.support.laptop_store import LaptopStore, visit_said
from workbook_desktop.domain.changes import FeedItem, FeedPage
from workbook_desktop.domain.ids import ConflictId, FamilyId, RecordId
from workbook_desktop.workspace.views import Progress

TOLLAND = FamilyId("f-tolland")


def _visit(laptop: LaptopStore) -> RecordId:
    opened = laptop.desk.start(laptop.visit_form(), TOLLAND)
    laptop.desk.keep(
        opened.record, visit_said(laptop, date(2026, 11, 22), seen=True, alone="yes"), opened.body
    )
    return opened.record


def _numbers(laptop: LaptopStore) -> tuple[int, int, int, int]:
    counts = laptop.desk.counts()
    return counts.drafts, counts.waiting, counts.decisions, counts.not_accepted


def test_with_nothing_done_all_is_nought(laptop: LaptopStore) -> None:
    assert _numbers(laptop) == (0, 0, 0, 0)
    sending = laptop.desk.sending()
    assert (sending.decisions, sending.not_accepted, sending.waiting, sending.drafts) == ((), (), (), ())
    assert (sending.done_today, sending.oldest_waiting) == ((), None)
    assert sending.last_complete == laptop.desk.counts().last_complete is not None


def test_each_record_stands_in_one_list(laptop: LaptopStore) -> None:
    draft, waiting = _visit(laptop), _visit(laptop)
    laptop.desk.send(waiting)
    assert _numbers(laptop) == (1, 1, 0, 0)
    sending = laptop.desk.sending()
    assert [row.record for row in sending.drafts] == [draft]
    assert [line.row.record for line in sending.waiting] == [waiting]
    assert sending.oldest_waiting == laptop.clock.now()


def test_what_is_sealed_says_how_large_it_is(laptop: LaptopStore) -> None:
    record = _visit(laptop)
    laptop.desk.send(record)
    laptop.run_until("sealed").kill()
    (line,) = laptop.desk.sending().waiting
    assert line.size > 500


def test_sent_and_signed_is_one_thing_done_with_its_last_receipt(laptop: LaptopStore) -> None:
    record, other = _visit(laptop), _visit(laptop)
    laptop.sign(record)
    laptop.run()
    laptop.clock.forward(minutes=5)
    laptop.desk.send(other)
    laptop.run()
    done = laptop.desk.sending().done_today
    assert [line.row.record for line in done] == [other, record]
    assert [line.row.accepted_at for line in done] == sorted(
        (line.row.accepted_at for line in done if line.row.accepted_at), reverse=True
    )
    newest = laptop.store.records.ledger(record)[-1]
    assert (done[-1].receipt, newest.version) == (newest.op, laptop.head(record).version)
    laptop.clock.forward(days=1)
    assert laptop.desk.sending().done_today == ()


def test_what_the_office_refused_is_said_with_its_reason(laptop: LaptopStore) -> None:
    record = _visit(laptop)
    laptop.desk.send(record)
    laptop.ics.sees[laptop.worker_id].clear()
    laptop.run()
    assert _numbers(laptop) == (0, 0, 0, 1)
    (line,) = laptop.desk.sending().not_accepted
    assert (line.row.record, line.row.progress, line.row.problems) == (record, Progress.NOT_ACCEPTED, 1)


def test_a_decision_is_counted_until_it_is_made(laptop: LaptopStore) -> None:
    plan = laptop.plan()
    laptop.conflict(plan, "safety.contingency")
    assert _numbers(laptop)[2] == laptop.desk.home().decisions == 1
    (asked,) = laptop.desk.sending().decisions
    laptop.desk.settle(asked.id, "theirs", None, "Agreed.")
    assert _numbers(laptop)[2] == 0
    laptop.run()
    assert (_numbers(laptop), laptop.desk.sending().decisions) == ((0, 0, 0, 0), ())


def test_a_conflict_that_came_before_its_record_breaks_nothing(laptop: LaptopStore) -> None:
    laptop.conflict(laptop.plan(), "safety.contingency")
    (known,) = laptop.ics.conflicts.values()
    early = replace(known, id=ConflictId("early"), record=RecordId("not-here-yet"))
    item = FeedItem(seq=9000, kind="conflict", family=TOLLAND, conflict=early)
    state = laptop.store.sync_port().feed_state()
    assert state.cursor is not None
    laptop.store.sync_port().apply_page(FeedPage(items=(item,), cursor=state.cursor, epoch="e1", more=False))
    assert _numbers(laptop)[2] == len(laptop.desk.sending().decisions) == 1


def test_the_numbers_are_cheap(laptop: LaptopStore) -> None:
    """They are asked for at every turn: no body is read for them, however many conflicts are open."""
    plan = laptop.plan()
    laptop.conflict(plan, "safety.contingency")
    said: list[str] = []
    database = laptop.store._db
    execute = database.execute

    def listened(sql: str, values: Sequence[Any] = ()) -> Any:
        said.append(sql)
        return execute(sql, values)

    database.execute = listened  # type: ignore[method-assign]
    try:
        laptop.desk.counts()
    finally:
        database.execute = execute  # type: ignore[method-assign]
    assert not any("body" in sql or "detail" in sql for sql in said)
    assert len(said) < 12
