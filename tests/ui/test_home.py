"""S3 to S5 and S17: home, caseload, a family's file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt

from tests.support.window import Window
from tests.support.worker import VISIT, a_plan, conflicts_come
from ui.screens.family import alerts_of
from ui.screens.home import HomeScreen
from ui.widgets import Row, RowList
from ui.widgets.text import Label
from workbook_desktop.domain.ids import FamilyId, PersonId
from workbook_desktop.domain.records import body_of

TOLLAND = FamilyId("f-tolland")


def rows(window: Window, name: str) -> tuple[Row, ...]:
    listed = window.named(name)
    assert isinstance(listed, RowList)
    return listed.rows


def routes(window: Window) -> Any:
    return window.shell._routes


def test_home_shows_what_is_due_and_says_overdue_in_words(window: Window) -> None:
    window.unlock()
    window.until(lambda: "being worked out" not in window.spoken())
    listed = rows(window, "list:due")
    states = {f"{row.title} – {row.detail}": row.state for row in listed}
    assert states["Leo Tolland – Child protection visit"] == "20 November 2026, overdue"
    assert states["Tolland family – Core group"] == "26 November 2026"
    assert listed[0].title == "Late"


def test_how_a_date_was_worked_out_is_one_key_away_and_follows_the_arrows(window: Window) -> None:
    window.unlock()
    window.until(lambda: "being worked out" not in window.spoken())
    due = window.named("list:due")
    assert isinstance(due, RowList)
    due.setFocus(Qt.FocusReason.TabFocusReason)
    due.choose(next(row.key for row in due.rows if row.title.startswith("Leo Tolland")))
    window.press("Alt+W")
    assert "Last visit that counts: 23 October 2026." in window.spoken()
    assert window.focus is due
    due.choose(next(row.key for row in due.rows if row.detail == "Core group"))
    window.quiet()
    assert "Nothing on this laptop says how it was worked out." in window.spoken()
    assert "Last visit that counts: 23 October 2026." not in window.spoken()
    window.press("Alt+W")
    assert "Nothing on this laptop says how" not in window.spoken()


def test_home_counts_what_needs_the_worker_and_leads_there(window: Window) -> None:
    window.unlock()
    plan = a_plan(window.gate)
    path = next(p for p, a in body_of(plan.content).answers.items() if isinstance(a.value, str))
    window.thread.submit(conflicts_come, window.gate.store, plan, (path,)).result()
    window.exchange.tell((plan.id,))
    window.until(lambda: window.named("card:decisions").accessibleName() == "1 needs your decision")
    window.until(lambda: "1 needs your decision" in window.named("go:sending").accessibleName())
    window.click("card:decisions")
    window.on("screen:conflict")


def test_enter_presses_a_number_of_home_as_space_does(window: Window) -> None:
    window.unlock()
    window.named("card:waiting").setFocus(Qt.FocusReason.TabFocusReason)
    window.press("Enter")
    window.on("screen:sending")


def test_nothing_to_read_is_not_said_while_notes_are_still_worked_out(window: Window) -> None:
    window.unlock()
    window.until(lambda: "being worked out" not in window.spoken())
    home = window.shell.screen_now
    assert isinstance(home, HomeScreen)
    home._show(replace(home._home, to_read=(), behind=2))
    assert "still being looked through" in window.named("card:to-read").accessibleName()
    assert "Still being looked through" in window.spoken()
    assert "Nothing to read" not in window.spoken()
    home._show(replace(home._home, to_read=(), behind=0))
    assert window.named("card:to-read").accessibleName() == "0 to read"
    assert "Nothing to read now." in window.spoken()


def test_nothing_late_is_not_said_while_dates_are_still_worked_out(window: Window) -> None:
    window.unlock()
    window.until(lambda: "being worked out" not in window.spoken())
    home = routes(window).screen
    home._show(replace(home._home, due=(), soon=(), behind=2))
    assert "Nothing is late" not in window.spoken()
    assert "What is late or due is still being worked out." in window.spoken()
    home._show(replace(home._home, due=(), soon=(), behind=0))
    assert "Nothing is late, and nothing is due today or within a week." in window.spoken()
    assert "still being worked out" not in window.spoken()


def test_what_is_late_stands_above_what_is_to_be_read(window: Window) -> None:
    window.unlock()
    window.until(lambda: "being worked out" not in window.spoken())
    assert window.spoken().index("Late, today and soon") < window.spoken().index("Please read\n")


def test_a_new_draft_is_in_my_work_with_its_state_and_enter_opens_it(window: Window) -> None:
    window.unlock()
    desk = routes(window)._desk
    window.thread.submit(lambda: desk.start(VISIT, TOLLAND)).result()
    window.exchange.tell(())
    window.until(lambda: len(rows(window, "list:work")) == 1)
    assert rows(window, "list:work")[0].state == "Draft on this laptop"
    window.named("list:work").setFocus(Qt.FocusReason.TabFocusReason)
    window.press("Enter")
    window.on("screen:form")


def test_a_refresh_keeps_the_row_the_worker_is_on(window: Window) -> None:
    window.unlock()
    due = window.named("list:due")
    due.setFocus(Qt.FocusReason.TabFocusReason)
    window.press("Down")
    assert isinstance(due, RowList)
    before = due.current_key
    window.exchange.tell(())
    window.quiet()
    assert due.current_key == before != ""
    assert window.focus is due


def test_offline_lists_say_how_old_they_are(window: Window) -> None:
    window.unlock()
    assert "As at 08:55, when the office was last reached." in window.spoken()


def test_the_caseload_is_found_by_a_few_letters_typed_on_the_list(window: Window) -> None:
    window.unlock()
    window.open(routes(window).caseload, "screen:caseload")
    before = len(rows(window, "list:caseload"))
    window.named("list:caseload").setFocus(Qt.FocusReason.TabFocusReason)
    window.type("mar")
    window.until(lambda: len(rows(window, "list:caseload")) < before)
    window.quiet()
    assert [row.title for row in rows(window, "list:caseload")][:2] == ["Marrow family", "Tilly Marrow"]
    window.press("Enter")
    window.on("screen:family")
    assert "Tilly Marrow" in window.named("identity").accessibleName()


def test_a_name_nobody_has_is_said_to_be_nobodys_on_this_laptop(window: Window) -> None:
    window.unlock()
    window.open(routes(window).caseload, "screen:caseload")
    window.type("zzz")
    window.until(lambda: "Nobody on this laptop is called “zzz”" in window.spoken())
    window.press("Esc")
    window.until(lambda: bool(rows(window, "list:caseload")))


def test_a_protected_address_is_nowhere_until_it_is_asked_for(window: Window) -> None:
    window.unlock()
    window.open(lambda: routes(window).family(TOLLAND), "screen:family")
    assert "Cordwainer" not in window.findable()
    assert "Protected address: shown only here." in window.spoken()
    window.click("do:show-address:h-1")
    assert "Cordwainer Row" in window.spoken()
    window.click("do:show-address:h-1")
    assert "Cordwainer" not in window.findable()


def test_a_childs_file_shows_alerts_first_and_whom_they_are_about(window: Window) -> None:
    window.unlock()
    window.open(lambda: routes(window).family(TOLLAND), "screen:family")
    family = next(each for each in window.gate.caseload.families if each.id == TOLLAND)
    assert any(alert.startswith("Darren: Must not learn") for alert in alerts_of(family))
    window.click("choose:p-ivy")
    assert "Ivy Pask" in window.named("identity").accessibleName()
    assert "months" in window.named("identity").accessibleName()
    band = [each.text() for each in window.named("screen:family")._alerts.findChildren(Label)]
    assert any("Darren: Must not learn" in each for each in band)  # as in the bar above it
    window.press("Ctrl+4")
    assert window.focus.objectName() == "block:4"


def test_one_key_starts_a_visit_from_a_childs_file(window: Window) -> None:
    window.unlock()
    window.open(lambda: routes(window).family(TOLLAND, PersonId("p-leo")), "screen:family")
    assert window.focus.objectName() == "do:start-visit"
    window.press("Space")
    window.on("screen:form")


def test_find_reaches_records_by_their_words_and_says_when_there_are_none(window: Window) -> None:
    window.unlock()
    window.press("Ctrl+K")
    window.on("screen:find")
    window.type("warm")
    window.until(lambda: any(row.title == "Records" for row in rows(window, "list:found")))
    window.press("Ctrl+A", "Delete")
    window.type("xyzzy")
    window.until(lambda: "Not on this laptop" in window.spoken())


def test_a_form_opened_by_mistake_is_thrown_away_and_nothing_leads_back_to_it(window: Window) -> None:
    window.unlock()
    before = len(window.thread.submit(routes(window)._desk.home).result().work)
    window.open(lambda: routes(window).start(VISIT, TOLLAND), "screen:form")
    window.click("do:discard")
    window.on("screen:family")
    desk = routes(window)._desk
    assert len(window.thread.submit(desk.home).result().work) == before
    window.press("Alt+Left")
    window.quiet()
    assert window.screen in ("screen:family", "screen:home")


def test_a_record_opens_at_what_it_asks_to_be_read_and_that_alone_is_read(window: Window) -> None:
    window.unlock()
    desk = routes(window)._desk
    notes = window.thread.submit(lambda: desk.family(TOLLAND)).result().to_read
    note = next(each for each in notes if "locked away" in each.words)

    def waits() -> bool:
        left = window.thread.submit(lambda: desk.family(TOLLAND)).result().to_read
        return note.record in {each.record for each in left}

    window.open(lambda: routes(window).record(note.record), "screen:form")
    assert waits()  # it began elsewhere
    window.open(lambda: routes(window).home(), "screen:home")
    for section in sorted({each.section for each in notes if each.record == note.record}):
        window.open(lambda at=section: routes(window).record(note.record, at), "screen:form")
        assert window.shell.screen_now is not None
        assert window.shell.screen_now.section == section
        window.quiet()
    assert not waits()
