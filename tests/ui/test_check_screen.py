"""Check and finish: what is missing, every answer, where it goes; then sign off, send, or keep."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.support.desk import FixedClock, StandInDesk
from tests.support.form_bench import Ways
from tests.support.forms import extension, form, item
from ui.say import Say
from ui.screens.check import CheckScreen
from ui.style import Look
from ui.tasks import Tasks
from workbook_desktop.domain.changes import ConflictKind
from workbook_desktop.domain.ids import ConflictId, FamilyId, FieldPath, PersonId, RecordId, WorkerId
from workbook_desktop.domain.people import Household, Involvement, Person, Worker
from workbook_desktop.domain.records import Answer, Body, Row, State
from workbook_desktop.forms.draft import UNCONFIRMED
from workbook_desktop.forms.versions import EARLIER
from workbook_desktop.messages import load as load_messages
from workbook_desktop.workspace.census_checks import CensusCheck
from workbook_desktop.workspace.views import OpenConflict, OpenRecord, Progress

K = Qt.Key
TOLLAND = FamilyId("f-tolland")
OURS = "https://workbook.invalid/fhir/StructureDefinition/"

OF = form(
    item("a", "group", item("seen", "boolean", required=True), item("note", "text")),
    item("b", "group", item("next", "date", required=True)),
)


class Bench:
    """A record on a desk, shown to be checked."""

    def __init__(self, qtbot: QtBot, tasks: Tasks) -> None:
        self.qtbot, self.tasks = qtbot, tasks
        self.clock = FixedClock()
        self.desk = StandInDesk(self.clock)
        self.desk.add_form(OF)
        self.ways = Ways()
        self.screen: CheckScreen
        self.record: RecordId

    def check(self, *, height: int = 700, **answers: Any) -> CheckScreen:
        view = self.desk.start(OF.ref, TOLLAND)
        self.record = view.record
        said = {FieldPath(key): Answer(value=value, by="w", at="x") for key, value in answers.items()}
        self.desk.keep(view.record, Body(answers={**view.body.answers, **said}), view.body)  # type: ignore[dict-item]
        return self.show(self.desk.open(view.record), height=height)

    def show(self, view: OpenRecord, *, height: int = 700) -> CheckScreen:
        say = Say(load_messages(), self.clock)
        screen = CheckScreen(view, self.desk, self.tasks, say, self.ways, clock=self.clock)
        screen.resize(1100, height)
        self.qtbot.addWidget(screen)
        with self.qtbot.waitExposed(screen):
            screen.show()
        screen.begin()
        self.screen = screen
        return screen

    @property
    def focused(self) -> QWidget:
        focused = self.screen.window().focusWidget()
        assert focused is not None
        return focused

    def press(self, name: str) -> None:
        for _ in range(100):
            if self.focused.objectName() == name:
                QTest.keyClick(self.focused, K.Key_Space)
                return
            QTest.keyClick(self.focused, K.Key_Tab)
        raise AssertionError(f"Tab never came to {name}")

    def words(self) -> str:
        shown = [each for each in self.screen.findChildren(QLabel) if each.isVisible()]
        return "\n".join(each.text() for each in shown)

    def wait_for(self, words: str) -> None:
        self.qtbot.waitUntil(lambda: words in self.words())


@pytest.fixture
def look(worn_look: Look) -> Look:
    return worn_look


@pytest.fixture
def bench(qtbot: QtBot, look: Look) -> Iterator[Bench]:
    crashes: list[BaseException] = []
    with ThreadPoolExecutor(max_workers=1) as executor:
        tasks = Tasks(executor, crashes.append)
        yield Bench(qtbot, tasks)
        qtbot.waitUntil(lambda: not tasks.pending())
    assert crashes == []


def test_what_is_missing_stands_on_top_and_leads_to_its_field(bench: Bench) -> None:
    bench.check(seen=True)
    assert "Not finished yet: 1 thing" in bench.words()
    assert bench.focused.objectName() == "problem:next"
    QTest.keyClick(bench.focused, K.Key_Space)
    assert bench.ways.went == [("record", bench.record, "next")]


def test_every_answer_can_be_changed_and_a_skipped_one_says_so(bench: Bench) -> None:
    bench.check(seen=True)
    assert "Not provided" in bench.words()
    bench.press("change:note")
    assert bench.ways.went == [("record", bench.record, "note")]
    assert "Note" in bench.focused.accessibleName()


def test_f8_goes_through_what_is_missing(bench: Bench) -> None:
    screen = bench.check()
    assert bench.focused.objectName() == "problem:seen"
    screen.next_problem()
    assert bench.focused.objectName() == "problem:next"
    screen.next_problem()
    assert bench.focused.objectName() == "problem:seen"


def test_signing_off_with_something_missing_says_what_and_signs_nothing(bench: Bench) -> None:
    screen = bench.check(seen=True)
    bench.press("do:sign-off")
    assert screen._page.summary.isVisible()
    assert bench.desk.records[bench.record].state is State.DRAFT


def test_signing_off_confirms_and_says_what_happens_next(bench: Bench) -> None:
    bench.check(seen=True, next="2026-12-01")
    assert "Nothing is missing" in bench.words()
    assert "It will go when there is a connection. You can still change it until then." in bench.words()
    bench.press("do:sign-off")
    bench.wait_for("What happens next")
    assert bench.desk.records[bench.record].state is State.SIGNED_OFF
    assert bench.ways.titles[-1].startswith("Signed off")
    assert bench.focused.objectName() == "do:back-to-family"
    QTest.keyClick(bench.focused, K.Key_Space)
    assert bench.ways.went == [("family", TOLLAND)]


def test_what_was_signed_off_can_be_taken_back_while_it_waits(bench: Bench) -> None:
    bench.check(seen=True, next="2026-12-01")
    bench.press("do:sign-off")
    bench.wait_for("What happens next")
    bench.press("do:take-back")
    bench.qtbot.waitUntil(lambda: bench.ways.went == [("record", bench.record, None)])
    assert bench.desk.records[bench.record].state is State.DRAFT


def test_a_record_is_sent_and_stays_open_whatever_is_missing(bench: Bench) -> None:
    bench.check()
    bench.press("do:send")
    bench.wait_for("stays open")
    assert bench.desk.records[bench.record].state is State.READY


def test_keeping_it_as_a_draft_sends_nothing(bench: Bench) -> None:
    bench.check()
    bench.press("do:keep-draft")
    assert bench.ways.went == [("home",)]
    assert bench.desk.records[bench.record].state is State.DRAFT


def test_what_changed_while_it_was_read_is_shown_before_it_can_be_signed(bench: Bench) -> None:
    bench.check(seen=True, next="2026-12-01")
    bench.desk.colleague_answers(bench.record, "note", Answer(value="They moved", by="w-bea"))
    bench.press("do:sign-off")
    bench.wait_for("It changed while you were reading")
    assert "They moved" in bench.words()
    assert bench.desk.records[bench.record].state is State.DRAFT
    bench.press("do:sign-off")
    bench.wait_for("What happens next")


def test_a_signed_record_offers_no_change(bench: Bench) -> None:
    bench.check(seen=True, next="2026-12-01")
    view = bench.desk.records[bench.record]
    bench.show(replace(view, state=State.SIGNED_OFF, editable=False, why_not="already-signed-off"))
    names = {each.objectName() for each in bench.screen.findChildren(QWidget) if each.isVisible()}
    assert not any(name.startswith("change:") for name in names)
    assert "do:sign-off" not in names


AT_HOME = "Met at 12 Cordwainer Row, XX1 2BB."


def at_a_protected_home(bench: Bench, *more: Any, **answers: Any) -> CheckScreen:
    """A record of a family with a protected home, checked; Darren must not learn where it is."""
    tom = Worker(
        id=WorkerId("w-tom"), name="Tom Harrow", role="", agency="probation", chapter="da-perpetrator"
    )
    with_him = Involvement(
        worker=tom.id, person=PersonId("p-darren"), role="", start=bench.clock.today(), end=None
    )
    home = Household(
        id="h-1",
        members=(PersonId("p-maisie"),),
        address="12 Cordwainer Row, Wrenmouth",
        postcode="XX1 2BB",
        since=None,
        protected=True,
    )
    family = bench.desk.family(TOLLAND).family
    darren = Person(id=PersonId("p-darren"), family=TOLLAND, forename="Darren", surname="Pask")
    maisie = replace(darren, id=PersonId("p-maisie"), forename="Maisie", surname="Tolland", is_child=True)
    view = bench.desk.start(NOTE.ref, TOLLAND)
    bench.record = view.record
    said = {FieldPath(key): Answer(value=value, by="w", at="x") for key, value in answers.items()}
    bench.desk.keep(view.record, Body(answers=said), view.body)  # type: ignore[arg-type]
    view = bench.desk.open(view.record)
    family = replace(family, people=(maisie, darren), households=(home,), involvements=(with_him,))
    return bench.show(replace(view, family=family, workers=(tom,)))


NOTE = form(
    item("a", "group", item("note", "text")),
    item("b", "group", item("record.withhold-from", "reference", repeats=True)),
    name="a-note",
)


@pytest.mark.parametrize("button", ["do:sign-off", "do:send"])
def test_a_protected_address_is_told_of_and_nothing_goes_before_the_worker_decides(
    bench: Bench, button: str
) -> None:
    bench.desk.add_form(NOTE)
    screen = at_a_protected_home(bench, note=AT_HOME)
    assert "It tells a protected address" in bench.words()
    assert "Darren Pask" in bench.words()
    assert bench.focused.objectName() == "problem:note"
    bench.press(button)
    assert screen._page.summary.isVisible()
    assert bench.desk.records[bench.record].state is State.DRAFT
    assert bench.focused is not None
    screen._page.told_box.setChecked(True)
    bench.press(button)
    bench.wait_for("What happens next")


def test_the_warning_of_an_address_leads_to_the_answer_and_to_keeping_the_record_from_somebody(
    bench: Bench,
) -> None:
    bench.desk.add_form(NOTE)
    at_a_protected_home(bench, note=AT_HOME)
    bench.press("problem:record.withhold-from")
    assert bench.ways.went == [("record", bench.record, "record.withhold-from")]


@pytest.mark.parametrize(
    "answers",
    [
        {"note": "Met at the library"},
        {"note": AT_HOME, "record.withhold-from": [{"reference": "Person/p-darren"}]},
    ],
)
def test_a_record_that_tells_no_address_or_is_kept_from_whom_it_must_be_says_nothing(
    bench: Bench, answers: dict[str, Any]
) -> None:
    bench.desk.add_form(NOTE)
    at_a_protected_home(bench, **answers)
    assert "protected address" not in bench.words()
    bench.press("do:sign-off")
    bench.wait_for("What happens next")


def test_severe_answers_are_listed_by_themselves(bench: Bench) -> None:
    severe = item("danger", "boolean", extension=[extension(OURS + "severity", True, "valueBoolean")])
    of = form(item("a", "group", severe, item("rest")))
    bench.desk.add_form(of)
    view = bench.desk.start(of.ref, TOLLAND)
    bench.record = view.record
    answers = {FieldPath("danger"): Answer(value=True, by="w", at="x")}  # type: ignore[arg-type]
    bench.show(replace(view, body=Body(answers=answers)))
    assert "These matter most" in bench.words()


def test_every_tab_stop_has_a_name_and_nothing_scrolls_sideways(bench: Bench, look: Look) -> None:
    look.choose(text_percent=200)
    try:
        view = bench.desk.start(bench.desk.ref("visit"), TOLLAND)
        screen = bench.show(view)
        QApplication.processEvents()
        inner = screen._page.widget()
        assert inner is not None
        assert inner.width() <= screen._page.viewport().width()
        nameless = [
            each
            for each in screen.findChildren(QWidget)
            if each.focusPolicy() & Qt.FocusPolicy.TabFocus
            and each.isVisible()
            and not (each.accessibleName() or getattr(each, "text", str)())
        ]
        assert nameless == []
    finally:
        look.choose(text_percent=100)


def test_what_a_later_form_no_longer_asks_for_is_still_read(bench: Bench) -> None:
    bench.check(seen=True)
    assert "From the earlier form" not in bench.words()
    view = bench.desk.open(bench.record)
    note = (EARLIER, {"asked": "Who was at home", "shown": "Hannah & <b>Maisie</b>"})
    gone = {FieldPath("gone"): Answer(value="Hannah", by=WorkerId("w"), at="x", extra=(note,))}
    bench.show(replace(view, body=Body(answers={**view.body.answers, **gone})))
    assert "From the earlier form" in bench.words()
    assert "Hannah & <b>Maisie</b>" in bench.words()
    assert not bench.screen.findChildren(QWidget, "change:gone")


def test_what_was_filled_in_together_is_one_line_to_look_at(bench: Bench) -> None:
    rows = item("action", "group", item("what", "string"), item("who", "string"), text="Action", repeats=True)
    of = form(item("a", "group", rows, item("note", "string", text="Note")))
    bench.desk.add_form(of)
    view = bench.desk.start(of.ref, TOLLAND)
    bench.record = view.record
    row = FieldPath("action/r1")
    places = [FieldPath("action/r1/what"), FieldPath("action/r1/who"), FieldPath("note")]
    copied = {path: Answer(value="said", extra=((UNCONFIRMED, True),)) for path in places}
    bench.show(replace(view, body=Body(answers=copied, rows={row: Row(ord="a")})))
    links = [each.text() for each in bench.screen._page.problem_links]
    assert len(links) == 2
    assert "2 answers were copied or filled in" in links[0]
    assert "Note" in links[1]
    QTest.keyClick(bench.screen._page.problem_links[0], K.Key_Space)
    assert bench.ways.went[-1] == ("record", bench.record, places[0])


def test_what_the_census_would_refuse_is_said_and_keeps_nobody_from_signing(bench: Bench) -> None:
    bench.desk.census_checks = (
        CensusCheck(who="Leo Tolland", words="The plan starts on 16 June 2026.", must=True),
        CensusCheck(who="Leo Tolland", words="The meeting is meant for Sunday.", must=False),
    )
    screen = bench.check(seen=True, next="x")
    bench.wait_for("Before it goes into the census")
    assert "The plan starts on 16 June 2026." in bench.words()
    assert "The meeting is meant for Sunday. The census asks about this; it may be right." in bench.words()
    assert "Leo Tolland: The plan" not in bench.words()  # there is only one child
    assert screen._page.sign.isEnabled()


def an_open_question(bench: Bench) -> OpenConflict:
    return OpenConflict(
        id=ConflictId("c"), record=bench.record, path=FieldPath("note"), kind=ConflictKind.ANSWER,
        label="Note", where="", item=None, base="", mine="a", theirs="b", mine_by="You",
        mine_at=bench.clock.now(), mine_is_this_worker=True, theirs_by="Bea", theirs_at=None, severe=False,
        can_keep_both=True, sent=True,
    )  # fmt: skip


def test_once_released_the_page_follows_what_becomes_of_it(bench: Bench) -> None:
    screen = bench.check(seen=True, next="2026-12-01")
    bench.press("do:sign-off")
    bench.wait_for("ready to send")
    screen.refresh((bench.record,))
    bench.qtbot.waitUntil(lambda: not bench.tasks.pending())
    assert "ready to send" in bench.words(), "nothing has become of it yet"
    signed = bench.desk.records[bench.record]
    bench.desk.records[bench.record] = replace(signed, conflicts=(an_open_question(bench),))
    screen.refresh((bench.record,))
    bench.wait_for("Needs your decision")
    assert "ready to send" not in bench.words()
    bench.press("do:follow")
    assert bench.ways.went[-1] == ("conflicts", bench.record)
    bench.desk.records[bench.record] = replace(signed, progress=Progress.AT_OFFICE)
    screen.refresh((bench.record,))
    bench.wait_for("Arrived at the office")
    assert "take it back" not in bench.words()
    take_back = screen.findChild(QWidget, "do:take-back")
    assert isinstance(take_back, QWidget)
    assert not take_back.isEnabled()


def test_once_a_signature_was_dropped_the_page_leads_back_to_signing(bench: Bench) -> None:
    screen = bench.check(seen=True, next="2026-12-01")
    bench.press("do:sign-off")
    bench.wait_for("ready to send")
    dropped = replace(
        bench.desk.records[bench.record],
        state=State.DRAFT, progress=Progress.AT_OFFICE, editable=True, why_not="", sign_off_dropped=True,
    )  # fmt: skip
    bench.desk.records[bench.record] = dropped
    screen.refresh((bench.record,))
    bench.wait_for("Your sign-off did not count")
    bench.press("do:follow")
    bench.wait_for("Check and finish")
    bench.press("do:sign-off")
    bench.wait_for("ready to send")
