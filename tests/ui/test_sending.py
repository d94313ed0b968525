"""S15, sending and receiving: what the first sync says, and what can be done about what was not accepted."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QGuiApplication

from tests.support.window import Window
from tests.support.worker import a_plan
from ui.exchange import ExchangeStatus
from workbook_desktop.domain.changes import Parked
from workbook_desktop.domain.ids import RecordId


def routes(window: Window) -> Any:
    return window.shell._routes


def refused(window: Window, code: str) -> RecordId:
    """A record of the worker's that the office did not accept."""
    plan, store = a_plan(window.gate), window.gate.store
    assert store is not None
    desk = routes(window)._desk

    def job() -> None:
        before = desk.open(plan.id).body
        path, answer = next((p, a) for p, a in before.answers.items() if isinstance(a.value, str))
        desk.keep(plan.id, before.with_answer(path, type(answer)(value="Ring on Monday.")), before)
        desk.send(plan.id)
        port = store.sync_port()
        from sync.sealing import Sealer
        from tests.support.chance import CountingIds

        sealer = Sealer(window.clock, CountingIds("0199cccc"))
        for work in port.unsent(10):
            port.seal(sealer.seal(work).ops)
        for op in port.sealed(10):
            port.park(Parked(op=op.op, record=op.record, code=code))

    window.thread.submit(job).result()
    return plan.id


def test_what_was_not_accepted_says_why_and_can_be_sent_again(window: Window) -> None:
    window.unlock()
    record = refused(window, "payload-too-large")
    window.open(routes(window).sending, "screen:sending")
    assert "This is too large to be sent. Make an attachment smaller, or ring IT." in window.spoken()
    window.asked.clear()
    window.click("do:try-again")
    window.until(lambda: "send" in window.asked)
    store = window.gate.store
    assert store is not None
    rows = window.thread.submit(lambda: routes(window)._desk.sending()).result()
    assert [row.row.record for row in rows.waiting] == [record]
    assert rows.not_accepted == ()


def test_ones_words_can_be_taken_elsewhere(window: Window) -> None:
    window.unlock()
    refused(window, "scope-forbidden")
    window.open(routes(window).sending, "screen:sending")
    window.click("do:copy-words")
    window.until(lambda: "Ring on Monday." in QGuiApplication.clipboard().text())


def test_while_the_caseload_comes_for_the_first_time_it_is_said_how_much_is_here(window: Window) -> None:
    window.unlock()
    store = window.gate.store
    assert store is not None
    window.thread.submit(lambda: store._db.execute("DELETE FROM sync_run")).result()
    status = ExchangeStatus(phase="receiving", last_complete=None, received=40, listed=2400)
    window.exchange.show(status)
    window.until(lambda: "Getting your families" in window.spoken())
    assert "of about 2,400 records. You can begin." in window.spoken()
    window.asked.clear()
    window.click("do:first")
    assert window.asked == ["pause"]
    window.exchange.show(ExchangeStatus(phase="paused", last_complete=None))
    window.until(lambda: "Go on getting them" in window.spoken())
    window.click("do:first")
    assert window.asked == ["pause", "resume"]
    window.exchange.show(ExchangeStatus(phase="idle", last_complete=window.clock.now()))
    window.until(lambda: "Getting your families" not in window.spoken())


def test_nothing_is_worked_out_ahead_anew_with_every_page_that_comes(window: Window) -> None:
    window.unlock()
    window.quiet()
    begun: list[bool] = []
    desk = routes(window)._desk
    real = desk.catch_up

    def counted(*, begin: bool = False) -> Any:
        begun.append(begin)
        return real(begin=begin)

    desk.catch_up = counted
    window.exchange.show(ExchangeStatus(phase="receiving", last_complete=None, received=1, listed=9))
    window.until(lambda: window.exchange.status.phase == "receiving")
    for _ in range(5):
        window.exchange.tell((RecordId("r-any"),))
        window.quiet()
    assert not any(begun)
    window.exchange.show(ExchangeStatus(phase="idle", last_complete=window.clock.now()))
    window.until(lambda: any(begun))
