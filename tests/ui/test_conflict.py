"""S15 and S16: sending, and deciding between two versions. Nothing is chosen beforehand, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QRadioButton

from sync import engine
from tests.support.chance import StillClock
from tests.support.window import Window
from tests.support.worker import VISIT, a_plan, conflicts_come
from ui.exchange import ExchangeStatus, Phase
from ui.models.differences import Mark, Run, runs, spoken
from ui.models.exchange import exchange_words
from ui.say import Say
from ui.screens.conflict import ConflictScreen
from ui.shell.window import Standing
from ui.widgets import RowList
from workbook_desktop import messages
from workbook_desktop.domain.changes import FeedItem, FeedPage
from workbook_desktop.domain.errors import WorkbookError
from workbook_desktop.domain.ids import ConflictId, FamilyId, WorkerId
from workbook_desktop.domain.records import Answer, body_of
from workbook_desktop.workspace.views import Counts, HalfDecision

TOLLAND = FamilyId("f-tolland")
CLOCK = StillClock()
SAY = Say(messages.load(), CLOCK)
MOMENT = CLOCK.now()


def _every(kind: type[WorkbookError]) -> Iterator[str]:
    for each in kind.__subclasses__():
        yield each.code
        yield from _every(each)


# What a run can end with: the engine's own words for it, and every error that may leave it.
OUTCOMES = {
    *(engine.EPOCH_CHANGED, engine.CONTRACT_UNSUPPORTED, engine.CLIENT_TOO_OLD, "complete", "partial"),
    *_every(WorkbookError),
    "a-code-nobody-knows",
}


def counted(**more: Any) -> Counts:
    """The numbers of the status line, nothing waiting but what is said."""
    plain = Counts(waiting=0, drafts=0, decisions=0, not_accepted=0, last_complete=None)
    return replace(plain, **more)


def routes(window: Window) -> Any:
    return window.shell._routes


def come(window: Window, count: int = 2, *, severe: bool = False) -> Any:
    plan = a_plan(window.gate)
    answers = body_of(plan.content).answers
    texts = tuple(p for p, a in answers.items() if isinstance(a.value, str) and len(a.value) > 25)[:count]
    window.thread.submit(
        lambda: conflicts_come(window.gate.store, plan, texts, severe=severe)  # type: ignore[arg-type]
    ).result()
    window.open(routes(window).conflicts, "screen:conflict")
    return plan, texts


def chosen(window: Window) -> list[str]:
    return [radio.objectName() for radio in window.shell.findChildren(QRadioButton) if radio.isChecked()]


def head_says(window: Window, plan: Any, path: Any) -> Any:
    desk = routes(window)._desk
    return window.thread.submit(lambda: desk.open(plan.id).body.answers[path].value).result()


def test_nothing_is_chosen_beforehand_and_nothing_is_saved_without_a_choice(window: Window) -> None:
    window.unlock()
    come(window)
    assert chosen(window) == []
    assert "Result: not decided yet" in window.spoken()
    window.press("Ctrl+Enter")
    assert "Choose what should stand, or decide later" in window.spoken()
    assert len(window.thread.submit(routes(window)._desk.sending).result().decisions) == 2


def test_both_versions_are_shown_with_whose_and_when_and_what_was_there_before(window: Window) -> None:
    window.unlock()
    come(window)
    said = window.spoken()
    for words in (
        "Before both changes",
        "Your version",
        "This laptop, 14:12",
        "Office version",
        "Bea Linnet, 14:22",
    ):
        assert words in said
    assert "(added: Hannah asked for mornings.)" in said


@pytest.mark.parametrize(("key", "choice"), [("Alt+1", "mine"), ("Alt+2", "theirs"), ("Alt+3", "both")])
def test_a_choice_by_key_is_saved_as_chosen_and_the_next_one_comes(
    window: Window, key: str, choice: str
) -> None:
    window.unlock()
    plan, texts = come(window)
    before = window.named("result").accessibleName()
    window.press(key)
    assert chosen(window) == [f"choice:{choice}"]
    result = window.named("result").accessibleName()
    assert result != before
    window.press("Ctrl+Enter")
    window.quiet()
    assert chosen(window) == []
    said = head_says(window, plan, texts[0])
    assert ("Hannah asked for mornings." in said) == (choice in ("mine", "both"))
    assert ("Ruth agreed this on Friday." in said) == (choice in ("theirs", "both"))
    window.press(key, "Ctrl+Enter")
    window.until(lambda: "All 2 decisions are saved" in window.spoken())


def test_something_new_can_be_written_and_is_seen_as_the_result(window: Window) -> None:
    window.unlock()
    plan, texts = come(window, 1)
    window.press("Alt+4")
    assert window.focus.objectName() == "answer:new-text"
    window.press("Ctrl+A")
    window.type("Both of us ring on Monday.")
    assert "Result: Both of us ring on Monday." in window.named("result").accessibleName()
    window.press("Ctrl+Enter")
    window.until(lambda: "The decision is saved" in window.spoken())
    assert head_says(window, plan, texts[0]) == "Both of us ring on Monday."


def test_a_grave_matter_needs_a_reason(window: Window) -> None:
    window.unlock()
    come(window, 1, severe=True)
    window.press("Alt+1", "Ctrl+Enter")
    assert "Say why in one line" in window.spoken()
    assert window.focus.objectName() == "answer:reason"
    window.type("Hannah told me herself")
    window.press("Ctrl+Enter")
    window.until(lambda: "The decision is saved" in window.spoken())


def test_f8_looks_at_the_other_and_what_was_chosen_stays_marked(window: Window) -> None:
    window.unlock()
    come(window)
    window.press("Alt+2", "F8")
    assert chosen(window) == []
    window.press("Shift+F8")
    assert chosen(window) == ["choice:theirs"]


def test_deciding_later_blocks_nothing(window: Window) -> None:
    window.unlock()
    come(window, 1)
    window.click("do:decide-later")
    window.on("screen:home")
    assert window.named("card:decisions").accessibleName() == "1 needs your decision"


def test_sending_lists_what_needs_the_worker_first_and_holds_back_what_waits(window: Window) -> None:
    window.unlock()
    come(window, 1)
    desk = routes(window)._desk
    window.thread.submit(lambda: desk.send(desk.start(VISIT, TOLLAND).record)).result()
    window.open(routes(window).sending, "screen:sending")
    assert window.focus.objectName() == "list:decisions"
    assert "You can close the lid at any time" in window.spoken()
    waiting = window.named("list:waiting")
    assert isinstance(waiting, RowList)
    waiting.setFocus()
    window.quiet()
    window.click("do:hold-back")
    window.until(lambda: not waiting.rows)
    drafts = window.named("list:drafts")
    assert isinstance(drafts, RowList)
    assert len(drafts.rows) == 1


def test_send_now_and_pause_ask_the_exchange_and_the_details_for_it_hold_no_name(window: Window) -> None:
    window.unlock()
    window.press("Ctrl+R")
    window.open(routes(window).sending, "screen:sending")
    window.click("do:send-now")
    window.click("do:pause")
    assert window.asked == ["send", "send", "pause"]
    window.click("do:copy-details")
    copied = QApplication.clipboard().text()
    assert "phase=offline" in copied
    assert not any(name in copied for name in ("Tolland", "Maisie", "Marrow", "Amara"))


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        ("offline", "Offline"),
        ("paused", "Paused"),
        ("needs-sign-in", "Sign in to the office again"),
        ("not-the-ics", "Network sign-in page?"),
        ("idle", "Connected"),
    ],
)
def test_every_state_of_the_exchange_has_plain_words_and_says_what_is_safe(phase: Phase, words: str) -> None:
    said = exchange_words(SAY, ExchangeStatus(phase=phase, last_complete=MOMENT), counted(waiting=3))
    assert said.title == words
    assert "3 waiting, safe on this laptop" in said.means
    assert "3 waiting" in said.line


def test_progress_is_told_by_record() -> None:
    sending = ExchangeStatus(phase="sending", last_complete=MOMENT, sent=2)
    assert exchange_words(SAY, sending, counted(waiting=3)).title == "Sending: 2 sent, 3 to go"
    receiving = ExchangeStatus(phase="receiving", last_complete=None, received=2_400, listed=6_000)
    said = exchange_words(SAY, receiving, counted(here=2_400))
    assert said.title == "Receiving your caseload: 2,400 of about 6,000"
    assert said.line.startswith("Receiving 2,400 of about 6,000")
    assert "can be opened already" in said.means


@pytest.mark.parametrize("phase", get_args(Phase))
@pytest.mark.parametrize("code", ["", *sorted(OUTCOMES)])
def test_whatever_ends_a_run_there_are_words_for_it(phase: Phase, code: str) -> None:
    for last_complete in (None, MOMENT):
        status = ExchangeStatus(phase=phase, last_complete=last_complete, detail_code=code)
        said = exchange_words(SAY, status, counted(waiting=1))
        assert said.title
        assert said.line
        assert "1 waiting" in said.line
        assert "{" not in f"{said.line}{said.title}{said.means}{said.to_do}"


def test_marks_show_what_was_added_and_removed_and_lose_no_letter() -> None:
    before, after = "She is safe at home.\nRing on Monday.", "She is not safe at home.\nRing on Tuesday."
    found = runs(before, after)
    assert "".join(run.text for run in found if run.mark is not Mark.REMOVED) == after
    assert "".join(run.text for run in found if run.mark is not Mark.ADDED) == before
    assert spoken(found) == "She is (added: not) safe at home. Ring on (removed: Monday.) (added: Tuesday.)"


def test_a_third_change_is_shown_and_what_was_chosen_is_kept(window: Window) -> None:
    window.unlock()
    plan, _ = come(window, 1)
    window.press("Alt+1")
    store = window.gate.store
    assert store is not None

    def again() -> None:
        old = store.conflicts.get(ConflictId("conflict-0"))
        assert old is not None
        newer = replace(
            old,
            theirs=Answer(value="A third version, from Nerys."),
            theirs_version=old.theirs_version + 1,
            theirs_at=window.clock.now() - timedelta(minutes=1),
        )
        page = FeedPage(
            items=(FeedItem(seq=6000, kind="conflict", family=plan.family, conflict=newer),),
            cursor="c3",
            epoch="e1",
            more=False,
        )
        store.sync_port().apply_page(page)

    window.thread.submit(again).result()
    window.exchange.tell((plan.id,))
    window.until(lambda: "This changed again while you were deciding" in window.spoken())
    assert "A third version, from Nerys." in window.spoken()
    assert chosen(window) == ["choice:mine"]


def test_who_else_looks_at_it_is_said_and_that_the_manager_was_told(window: Window) -> None:
    window.unlock()
    plan, _ = come(window, 1)
    assert window.asked[-1] == "claim conflict-0", "colleagues learn that it is being looked at"
    store = window.gate.store
    assert store is not None

    def claimed() -> None:
        old = store.conflicts.get(ConflictId("conflict-0"))
        assert old is not None
        newer = replace(
            old,
            claimed_by=WorkerId("w-bea-linnet"),
            claimed_at=window.clock.now() - timedelta(minutes=4),
            escalated_at=window.clock.now() - timedelta(minutes=2),
        )
        item = FeedItem(seq=6001, kind="conflict", family=plan.family, conflict=newer)
        store.sync_port().apply_page(FeedPage(items=(item,), cursor="c4", epoch="e1", more=False))

    window.press("Alt+1")
    window.thread.submit(claimed).result()
    window.exchange.tell((plan.id,))
    window.until(lambda: "Bea Linnet has opened this too, 14:28" in window.spoken())
    assert "The team manager was told" in window.spoken()
    assert "This changed again" not in window.spoken(), "the texts are as they were"
    assert chosen(window) == ["choice:mine"]


def looks(window: Window) -> list[str]:
    return [each for each in window.asked if each.startswith(("claim", "release"))]


def test_what_is_not_looked_at_any_more_is_let_go_of(window: Window) -> None:
    window.unlock()
    come(window, 2)
    window.press("F8")
    assert looks(window) == ["claim conflict-0", "release conflict-0", "claim conflict-1"]
    routes(window).back()
    window.until(lambda: not isinstance(routes(window).screen, ConflictScreen))
    assert looks(window)[3:] == ["release conflict-1"]


def test_the_lock_lets_go_of_what_was_looked_at(window: Window) -> None:
    window.unlock()
    come(window, 1)
    window.press("Ctrl+L")
    window.until(lambda: window.shell.standing is Standing.LOCKED)
    assert looks(window) == ["claim conflict-0", "release conflict-0"]


def test_what_is_decided_is_not_let_go_of_it_closes_by_itself(window: Window) -> None:
    window.unlock()
    come(window, 1)
    window.press("Alt+1")
    window.press("Ctrl+Return")
    window.until(lambda: "Nothing needs your decision" in window.spoken())
    assert looks(window) == ["claim conflict-0"]


def test_a_text_that_is_wholly_another_is_shown_plainly_and_said_to_be_written_anew() -> None:
    before = "Both parents ring the school each morning. Nobody has seen the landlord."
    after = "If contact is unsafe again it stops that day, and a legal meeting is held within five days."
    assert runs(before, after) == (Run(text=after, mark=Mark.ANEW),)


def test_sentences_that_stayed_are_not_marked() -> None:
    before = "She is safe at home. The door was mended on Monday. Ring the school."
    after = "She is safe at home. Grandmother will stay until the hearing. Ring the school."
    found = runs(before, after)
    assert [run.text.strip() for run in found if run.mark is Mark.SAME] == [
        "She is safe at home.",
        "Ring the school.",
    ]
    assert [run.text.strip() for run in found if run.mark is Mark.REMOVED] == [
        "The door was mended on Monday."
    ]
    assert "".join(run.text for run in found if run.mark is not Mark.REMOVED) == after


def test_a_decision_goes_to_the_office_at_once(window: Window) -> None:
    window.unlock()
    come(window, 1)
    window.asked.clear()
    window.press("Alt+1", "Ctrl+Enter")
    window.until(lambda: "Nothing needs your decision" in window.spoken())
    assert window.asked == ["send"]


def half_made(window: Window) -> None:
    """Choose "write new", write, and say why."""
    window.press("Alt+4", "Ctrl+A")
    window.type("Both of us ring on Monday.")
    window.press("Tab")
    window.until(lambda: window.focus.objectName() == "answer:reason")
    window.type("We spoke")


def stands_half_made(window: Window) -> bool:
    text, reason = window.named("answer:new-text"), window.named("answer:reason")
    assert isinstance(text, QPlainTextEdit)
    assert isinstance(reason, QLineEdit)
    said = (chosen(window), text.toPlainText(), reason.text())
    assert said == (["choice:new"], "Both of us ring on Monday.", "We spoke")
    return True


def test_what_is_half_decided_is_there_again_after_the_lock(window: Window) -> None:
    window.unlock()
    come(window, 1)
    half_made(window)
    window.press("Ctrl+L")
    window.until(lambda: window.shell.standing is Standing.LOCKED)
    window.unlock()
    window.on("screen:conflict")
    assert stands_half_made(window)
    window.press("Ctrl+Enter")
    window.until(lambda: "The decision is saved" in window.spoken())


def test_what_is_half_decided_is_there_again_after_going_elsewhere(window: Window) -> None:
    window.unlock()
    come(window, 1)
    half_made(window)
    window.press("Alt+Left")
    window.on("screen:home")
    window.open(routes(window).conflicts, "screen:conflict")
    window.until(lambda: len(chosen(window)) == 1)  # the page that was left has gone
    assert stands_half_made(window)


def test_what_is_half_decided_is_on_the_disk_without_leaving_the_page(window: Window) -> None:
    window.unlock()
    come(window, 1)
    half_made(window)
    screen = window.shell.screen_now
    assert isinstance(screen, ConflictScreen)
    assert screen.unsaved(), "until it is there it says so"
    window.until(lambda: not screen.unsaved())
    found = window.thread.submit(routes(window)._desk.sending).result().decisions[0]
    assert found.half == HalfDecision(choice="new", text="Both of us ring on Monday.", reason="We spoke")


def test_a_settled_decision_leaves_nothing_half_made_behind(window: Window) -> None:
    window.unlock()
    come(window, 1)
    half_made(window)
    window.press("Ctrl+Enter")
    window.until(lambda: "The decision is saved" in window.spoken())
    window.quiet()
    found = window.thread.submit(routes(window)._desk.sending).result().decisions
    assert [(each.chosen, each.half) for each in found] == [("new", None)]


def test_that_a_reason_is_missing_is_said_beforehand_and_in_sight(window: Window) -> None:
    window.unlock()
    come(window, 1, severe=True)
    assert "Why? One line, for the history, required" in window.spoken()
    window.press("Alt+1", "Ctrl+Enter")
    window.quiet()
    screen = window.shell.screen_now
    assert isinstance(screen, ConflictScreen)
    fault, area = screen._choice.fault, screen.page.viewport()
    top = fault.mapTo(area, QPoint(0, 0)).y()
    assert fault.isVisible()
    assert top >= 0
    assert top + fault.height() <= area.height()


def test_after_the_decision_it_is_said_that_the_sign_off_did_not_count(window: Window) -> None:
    window.unlock()
    plan, _ = come(window, 1)
    store = window.gate.store
    assert store is not None

    def dropped() -> None:  # as the merge of a run leaves word of it
        db = store.conflicts._db
        db.run(
            lambda: db.execute(
                "INSERT INTO notice (record, kind, paths, at)"
                " SELECT num, 'sign-off-dropped', '[]', '2026-11-22T14:00:00+00:00' FROM record WHERE id = ?",
                (plan.id,),
            )
        )

    window.thread.submit(dropped).result()
    window.open(routes(window).home, "screen:home")
    window.open(routes(window).conflicts, "screen:conflict")
    window.press("Alt+1", "Ctrl+Enter")
    window.until(lambda: "Your sign-off did not count, because a colleague" in window.spoken())
    assert window.focus.objectName() == "do:sign-again"
    window.open(routes(window).home, "screen:home")
    work = window.named("list:work")
    assert isinstance(work, RowList)
    assert "Your sign-off did not count" in next(row.detail for row in work.rows if row.key == plan.id)
    window.open(routes(window).conflicts, "screen:conflict")
    assert "Your sign-off did not count" not in window.spoken(), "nothing was decided on this page"
    window.open(lambda: routes(window).check(plan.id), "screen:check")


def test_a_run_that_ends_while_somebody_types_moves_neither_caret_nor_focus(window: Window) -> None:
    window.unlock()
    come(window, severe=True)
    page = window.shell.screen_now
    assert isinstance(page, ConflictScreen)
    window.press("Alt+4", "Ctrl+Home")
    window.type("Ring")
    page.flush()
    window.quiet()
    page.refresh(())
    window.quiet()
    window.type(" Ruth. ")
    assert isinstance(window.focus, QPlainTextEdit)
    assert window.focus.toPlainText().startswith("Ring Ruth. ")
    page.reason.setFocus()
    window.type("As we")
    window.press("Home")
    page.flush()
    window.quiet()
    page.refresh(())
    window.quiet()
    window.type("Said: ")
    assert page.reason.text() == "Said: As we"
