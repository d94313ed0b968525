"""The tour: the main job, walked through the real windows with real key events, without a person.

It proves the path and pictures it. What every step needs is asked of the windows; where every answer ended is
asked of the ICS and of the colleague's own store. It fails if an answer is nowhere.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer

from workbook_desktop.commands.colleague import CONTINGENCY, write_in_the_plan
from workbook_desktop.commands.hands import Hands, NotThere, Script, Until, Walk
from workbook_desktop.commands.practice import PASSPHRASE, WORKER, Practice
from workbook_desktop.commands.tour_log import Log, Typed, where_everything_ended
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId, RecordId
from workbook_desktop.domain.records import Body

MY_STEP = "If contact is unsafe again, it stops that day and a legal meeting is held within five days."
CLOSING = 15_000  # ms
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def walk_tour(pictures: Path) -> int:
    """Walk the tour into a folder; return 0 if it arrived and nothing is lost."""
    from workbook_desktop.app.window import Window, application

    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="workbook-tour-") as folder:
        shown: list[Window] = []
        parts = Practice(Path(folder), on_status=lambda status: shown[0].on_status(status) if shown else None)
        trouble: list[str | None] = []
        app = application(sys.argv)
        try:
            parts.prepare()
            window = Window(
                app,
                parts.worker,
                clock=parts.clock,
                worker_name=WORKER.name,
                practice=True,
                hint=f"In practice the passphrase is: {PASSPHRASE}",
                preferences=Path(folder),
            )
            shown.append(window)
            log = Log(pictures)
            window.shell.resize(1366, 768)
            window.shell.show()
            hands = Hands(window.shell, pictures)

            def arrived(why: str | None) -> None:
                trouble.append(
                    why if why is None else f"{why}\nthe exchange stood at {window.exchange.status}"
                )
                window.shell.ended.connect(app.quit)
                window.shell.close()
                # A window that an error has left half-built may never close: then the tour ends all the same.
                QTimer.singleShot(CLOSING, lambda: app.exit(1))

            walk = Walk(Tour(parts, window, hands, log).script(), arrived)
            walk.start()
            app.exec()
        finally:
            parts.close()
        why = trouble[0] if trouble else "the window closed before the tour had arrived"
        lost = log.write(why)
    if why is not None:
        print(why, file=sys.stderr)
        return 1
    print(
        f"{len(log.steps)} steps, {len(log.answers)} answers, {lost} lost: {pictures / 'tour.json'}",
        flush=True,
    )
    return 1 if lost else 0


class Tour:
    """The script, and what it must remember between its steps."""

    def __init__(self, parts: Practice, window: Any, hands: Hands, log: Log) -> None:
        self._parts, self._window, self._hands, self._log = parts, window, hands, log
        self._visit = self._plan = RecordId("")
        self._hers = ""

    def script(self) -> Script:
        """Walk the main job."""
        yield from self._unlock()
        yield from self._find_the_family()
        yield from self._record_a_visit_offline()
        yield from self._change_the_plan_offline()
        yield from self._a_colleague_writes_too()
        yield from self._reconnect_and_settle()
        yield from self._hide_and_lock()
        self._log.answers.extend(where_everything_ended(self._parts, self._log.typed))

    # -- small words ---------------------------------------------------------------------------------------

    def _sees(self, name: str, seconds: float = 15.0) -> Until:
        return Until(f"{name} is shown", lambda: self._hands.sees(name), seconds)

    def _quiet(self) -> Until:
        """Wait until everything typed and asked has been done."""
        return Until("nothing is pending", lambda: self._window.tasks.pending() == 0)

    def _pause(self, seconds: float = 0.15) -> Script:
        """Let the page be laid out and painted."""
        until = time.monotonic() + seconds
        yield Until("a moment", lambda: time.monotonic() > until)
        yield self._quiet()

    def _phase(self, *phases: str) -> Until:
        return Until(
            f"sending stands at {' or '.join(phases)}",
            lambda: self._window.exchange.status.phase in phases,
            30.0,
        )

    def _picture(self, name: str) -> Script:
        yield from self._pause(0.6)  # the list of sections counts again a moment after the last key
        self._log.step(name, self._hands)

    def _note(self, record: RecordId, path: str, text: str, who: str = "worker") -> None:
        self._log.typed.append(Typed(who=who, record=record, path=path, text=text))

    def _type(self, record: RecordId, path: str, text: str) -> None:
        self._hands.answer(path, text)
        self._note(record, path, text)

    def _open_record(self) -> RecordId:
        screen = self._window.shell.screen_now
        return RecordId(screen.record)

    # -- the steps -----------------------------------------------------------------------------------------

    def _unlock(self) -> Script:
        hands = self._hands
        yield self._sees("screen:unlock")
        yield from self._picture("unlock")
        hands.focus("answer:passphrase")
        hands.type("not the passphrase at all")
        hands.press(Qt.Key.Key_Return)
        yield Until("the wrong passphrase is named", lambda: "passphrase" in self._fault().lower())
        yield from self._picture("wrong-passphrase")
        hands.focus("answer:passphrase")
        hands.press(Qt.Key.Key_A, CONTROL)
        hands.type(PASSPHRASE)
        hands.press(Qt.Key.Key_Return)
        yield self._sees("screen:home")
        yield Until(
            "the first pull is complete",
            lambda: self._window.exchange.status.last_complete is not None,
            60.0,
        )
        yield from self._picture("home")

    def _fault(self) -> str:
        screen = self._window.shell.screen_now
        fault = getattr(screen, "fault", None)
        return str(fault.text()) if fault is not None and fault.isVisible() else ""

    def _find_the_family(self) -> Script:
        hands = self._hands
        hands.do("do:caseload")
        yield self._sees("screen:caseload")
        yield from self._picture("caseload")
        hands.focus("find:caseload")
        hands.type("toll")
        yield from self._pause()
        hands.focus("list:caseload")
        hands.press(Qt.Key.Key_Home)
        hands.press(Qt.Key.Key_Return)
        yield self._sees("screen:family")
        yield from self._picture("family")

    def _record_a_visit_offline(self) -> Script:
        hands = self._hands
        self._parts.ics.stop()
        hands.press(Qt.Key.Key_R, CONTROL)
        yield self._phase("offline")
        hands.do("do:start-visit")
        yield self._sees("screen:form")
        yield from self._pause()
        visit = self._visit = self._open_record()
        yield from self._picture("visit-begun-offline")
        hands.choose("visit.type", "cp", "Child protection")
        hands.answer("visit.date", "today")
        hands.press(Qt.Key.Key_Tab)
        hands.answer("visit.start", "15:30")
        hands.answer("visit.end", "16:20")
        hands.choose("visit.announced", "announced", "Announced")
        hands.choose("visit.place", "home", "Home")
        hands.choose("visit.outcome", "completed", "Completed")
        yield from self._pause()
        yield from self._picture("visit-filled")
        hands.press(Qt.Key.Key_PageDown, CONTROL)
        yield self._sees("do:add-row:present")
        hands.do("do:add-row:present")
        yield from self._pause()
        row = self._rows("present")[0]
        self._type(visit, f"{row}/present.name", "Hannah Tolland")
        self._type(visit, f"{row}/present.relationship", "Mother")
        yield from self._picture("who-was-there")
        yield from self._the_children(visit)
        yield from self._home_and_meaning(visit)
        yield from self._check_and_sign()

    def _rows(self, group: str) -> list[FieldPath]:
        body: Body = self._window.shell.screen_now.sheet.body
        return body.rows_of(paths.ROOT, LinkId(group))

    def _the_children(self, visit: RecordId) -> Script:
        hands = self._hands
        hands.press(Qt.Key.Key_PageDown, CONTROL)
        yield from self._pause()
        maisie, leo, ivy = self._rows("children")
        yield self._sees(f"answer:{maisie}/child.seen")
        hands.choose(f"{maisie}/child.seen", "True", "Yes")
        yield from self._pause()
        hands.choose(f"{maisie}/child.alone", "yes", "Yes")
        hands.choose(f"{maisie}/child.bedroom", "True", "Yes")
        self._type(
            visit, f"{maisie}/child.presentation", "Clean, warm, in uniform. Tired eyes; yawned a lot."
        )
        self._type(
            visit,
            f"{maisie}/child.said",
            "\u201cI sleep with my light on now. Mum lets me.\u201d She drew our house with a lock on it.",
        )
        yield from self._picture("child-seen")
        hands.do(f"do:copy-to-siblings:{maisie}")
        yield from self._pause()
        hands.focus(f"answer:{leo}/child.bedroom")
        hands.focus(f"answer:{leo}/child.seen")
        yield from self._picture("copied-to-siblings")
        self._type(
            visit,
            f"{leo}/child.said",
            "Leo said \u201cnana\u201d and \u201cbig dog\u201d and showed his shoes.",
        )
        self._type(
            visit, f"{ivy}/child.said", "Too young to say. Smiled at her mother, and settled when held."
        )
        for row in (leo, ivy):
            hands.choose(f"{row}/child.alone", "too-young", "No: too young")
            for question in ("child.seen", "child.bedroom", "child.presentation"):
                hands.do(f"do:copied:{row}/{question}")
        yield from self._pause()
        yield from self._picture("each-child")

    def _home_and_meaning(self, visit: RecordId) -> Script:
        hands = self._hands
        hands.press(Qt.Key.Key_PageDown, CONTROL)
        yield self._sees("answer:home.like")
        self._type(visit, "home.like", "Warm and tidy. Food in the fridge; new bolt on the front door.")
        hands.choose("home.safety", "7", "7")
        hands.choose("home.danger", "False", "No")
        yield from self._picture("the-home")
        hands.press(Qt.Key.Key_PageDown, CONTROL)
        yield self._sees("answer:progress.family")
        self._type(
            visit, "progress.family", "Hannah says the mornings are easier since the breakfast club began."
        )
        hands.press(Qt.Key.Key_PageDown, CONTROL)
        yield self._sees("answer:analysis.meaning")
        self._type(
            visit,
            "analysis.meaning",
            "Maisie sleeps better and talks more freely when alone. Contact on Saturdays is still the worry.",
        )
        hands.choose("analysis.change", "better", "Better")
        if not self._rows("next-step"):
            hands.do("do:add-row:next-step")
            yield from self._pause()
        step = self._rows("next-step")[0]
        self._type(visit, f"{step}/next-step.what", "Ask the Mallow Centre how Maisie was after contact")
        self._type(visit, f"{step}/next-step.who", "Amara Quill")
        hands.answer(f"{step}/next-step.by", "+3")
        hands.press(Qt.Key.Key_Tab)
        yield from self._pause()
        yield from self._picture("what-it-means")
        hands.press(Qt.Key.Key_PageDown, CONTROL)
        yield self._sees("answer:record.source")
        hands.choose("record.source", "seen", "Seen")
        yield from self._pause()

    def _check_and_sign(self) -> Script:
        hands = self._hands
        hands.do("do:check")
        yield self._sees("screen:check")
        yield from self._picture("check-and-finish")
        if not self._hands.sees("do:sign-off"):
            raise NotThere(f"the visit cannot be signed: {self._hands.text_of('screen:check')[:600]}")
        hands.do("do:sign-off")
        yield Until("the signed visit waits to be sent", lambda: self._counts().waiting == 1)
        yield from self._pause()
        yield from self._picture("signed-offline")

    def _change_the_plan_offline(self) -> Script:
        hands = self._hands
        hands.press(Qt.Key.Key_F, CONTROL | SHIFT)
        yield self._sees("screen:family")
        yield from self._pause()
        hands.do("do:start-plan")
        yield self._sees("screen:form")
        yield from self._pause()
        self._plan = self._open_record()
        yield from self._picture("plan")
        plan = self._plan
        yield from self._to_section("outcomes-part")
        outcome = self._rows("outcomes")[0]
        how = FieldPath(f"{outcome}/outcome.how")
        hands.focus(f"answer:{how}")
        hands.press(Qt.Key.Key_End, CONTROL)
        added = " Maisie tells two adults she trusts when she is worried."
        hands.type(added)
        self._note(plan, how, added.strip())
        yield from self._pause()
        yield from self._picture("plan-outcome-changed")
        yield from self._to_section("safety")
        hands.focus(f"answer:{CONTINGENCY}")
        hands.press(Qt.Key.Key_End, CONTROL)
        hands.type(f" {MY_STEP}")
        self._note(plan, CONTINGENCY, MY_STEP)
        yield from self._pause()
        yield from self._picture("plan-contingency-changed")
        hands.press(Qt.Key.Key_S, CONTROL)
        yield self._quiet()
        yield from self._to_check()
        hands.do("do:send")
        yield Until("the plan waits to be sent too", lambda: self._counts().waiting == 2)
        yield from self._pause()
        hands.do("go:sending")
        yield self._sees("screen:sending")
        yield from self._picture("waiting-offline")

    def _open_plan(self) -> Script:
        """Go to the plan by "find": a few keys and Enter."""
        hands = self._hands
        hands.press(Qt.Key.Key_K, CONTROL)
        yield self._sees("answer:find")
        hands.focus("answer:find")
        hands.type("tolland")
        yield from self._pause()
        hands.press(Qt.Key.Key_Down)
        hands.press(Qt.Key.Key_Return)
        yield self._sees("screen:family")
        yield from self._pause()
        hands.do("do:start-plan")
        yield self._sees("screen:form")
        yield from self._pause()

    def _to_section(self, section: str) -> Script:
        """Go to a section by the list at the left."""
        if self._window.shell.screen_now.section != section:
            self._hands.do(f"section:{section}")
        yield Until(f"the section {section}", lambda: self._window.shell.screen_now.section == section)
        yield from self._pause()

    def _to_check(self) -> Script:
        self._hands.do("do:check")
        yield self._sees("screen:check")
        yield from self._pause()

    def _a_colleague_writes_too(self) -> Script:
        """Bea Linnet, on her own laptop, changes the same plan and sends it first."""
        self._parts.ics.start()
        for wrote in write_in_the_plan(self._parts):
            self._note(wrote.record, wrote.path, wrote.text, who="colleague")
            if wrote.path == CONTINGENCY:
                self._hers = wrote.whole
        yield from self._pause()

    def _reconnect_and_settle(self) -> Script:
        hands = self._hands
        hands.press(Qt.Key.Key_R, CONTROL)
        yield self._phase("idle")
        yield Until("the conflict is here", lambda: self._counts().decisions > 0, 30.0)
        yield from self._pause()
        yield from self._picture("reconnected-needs-decision")
        hands.focus("list:decisions")
        hands.press(Qt.Key.Key_Home)
        hands.press(Qt.Key.Key_Return)
        yield self._sees("screen:conflict")
        yield from self._picture("conflict")
        hands.press(Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
        yield from self._pause()
        chosen = f"{self._hers} {MY_STEP}"
        hands.focus("answer:new-text")
        hands.press(Qt.Key.Key_A, CONTROL)
        hands.type(chosen)
        self._note(self._plan, CONTINGENCY, chosen)
        if hands.sees("answer:reason"):
            hands.focus("answer:reason")
            hands.type("Both are needed: agreed with Bea on the phone.")
        yield from self._pause()
        yield from self._picture("conflict-decided")
        hands.press(Qt.Key.Key_Return, CONTROL)
        yield Until("the decision is kept", lambda: self._counts().decisions == 0)
        hands.press(Qt.Key.Key_R, CONTROL)
        yield Until("nothing waits", lambda: self._counts().waiting == 0, 30.0)
        yield self._phase("idle")
        hands.do("go:sending")
        yield self._sees("screen:sending")
        yield from self._picture("all-sent")
        yield from self._open_plan()
        yield from self._to_section("outcomes-part")
        yield from self._picture("plan-combined")
        colleague = self._parts.colleague
        assert colleague.runner is not None
        colleague.runner.run_once()

    def _counts(self) -> Any:
        """Ask the worker's own store for the numbers of the status line."""
        desk = self._parts.worker.desk
        if desk is None:
            raise NotThere("the store is locked")
        return self._parts.worker.thread.submit(desk.counts).result(timeout=30)

    def _hide_and_lock(self) -> Script:
        hands = self._hands
        hands.press(Qt.Key.Key_F9)
        yield self._sees("screen:hidden")
        yield from self._picture("hidden")
        hands.press(Qt.Key.Key_Return)
        yield self._sees("screen:form")
        hands.press(Qt.Key.Key_L, CONTROL)
        yield self._sees("screen:unlock")
        yield from self._picture("locked")
        hands.focus("answer:passphrase")
        hands.type(PASSPHRASE)
        hands.press(Qt.Key.Key_Return)
        yield self._sees("screen:form")
        yield from self._pause()
        yield from self._picture("unlocked-where-she-was")
        hands.press(Qt.Key.Key_Home, Qt.KeyboardModifier.AltModifier)
        yield self._sees("screen:home")
        yield from self._picture("home-at-the-end")
