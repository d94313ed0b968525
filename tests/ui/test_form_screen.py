"""The form window: a record written by keyboard alone, kept without being asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit

from tests.support.form_bench import Bench
from tests.support.forms import form, item
from ui.screens.form.section import SectionPage
from ui.style import Look
from workbook_desktop.domain.changes import ConflictKind
from workbook_desktop.domain.ids import ConflictId, FamilyId, FieldPath, LinkId, RecordId
from workbook_desktop.domain.records import Answer, State
from workbook_desktop.workspace.views import OpenConflict, OpenRecord, UnderWay

K = Qt.Key
TOLLAND = FamilyId("f-tolland")


NOTE = form(
    item("first", "group", item("note", "text"), item("when", "date"), required=True),
    item("second", "group", item("more", "string")),
)


# -- keeping ----------


def test_what_is_typed_is_kept_half_a_second_after_the_last_key(bench: Bench) -> None:
    bench.open(NOTE)
    bench.keys("She showed me")
    assert bench.stored("note") is None
    assert bench.screen.unsaved()
    bench.kept()
    assert bench.stored("note") == "She showed me"
    assert bench.ways.kept_at == [bench.clock.now()]
    assert len(bench.desk.keeps) == 1


def test_leaving_a_field_keeps_at_once(bench: Bench) -> None:
    bench.open(NOTE)
    bench.keys("half a sen", K.Key_Tab)
    bench.qtbot.waitUntil(lambda: bench.stored("note") == "half a sen", timeout=400)


def test_changing_the_section_keeps_at_once(bench: Bench) -> None:
    bench.open(NOTE)
    bench.keys("half")
    bench.screen.next_section()
    bench.qtbot.waitUntil(lambda: bench.stored("note") == "half", timeout=400)


def test_who_types_without_a_pause_is_kept_all_the_same(bench: Bench) -> None:
    screen = bench.open(NOTE)
    assert screen._keeper is not None
    screen._keeper._latest.setInterval(60)
    screen._keeper._quiet.setInterval(100_000)
    bench.keys("on and on")
    bench.qtbot.waitUntil(lambda: bench.stored("note") == "on and on", timeout=1000)


def test_flush_hands_on_what_was_typed_a_moment_ago(bench: Bench) -> None:
    bench.open(NOTE)
    bench.keys("x")
    bench.screen.flush()
    assert bench.screen.unsaved()  # until the store has it
    bench.kept()
    assert bench.stored("note") == "x"


def test_a_full_disk_is_said_and_nothing_is_lost(bench: Bench) -> None:
    screen = bench.open(NOTE)
    assert screen._keeper is not None
    screen._keeper._again.setInterval(50)
    bench.desk.disk_full = True
    bench.keys("kept in mind")
    bench.qtbot.waitUntil(screen.in_trouble, timeout=2000)
    said = [label.text() for label in screen.findChildren(QLabel) if label.isVisible()]
    assert "Not saved yet: the disk is full" in said
    assert screen.unsaved()
    bench.desk.disk_full = False
    bench.kept()
    assert bench.stored("note") == "kept in mind"
    assert "Not saved yet: the disk is full" not in [
        x.text() for x in screen.findChildren(QLabel) if x.isVisible()
    ]


def test_a_colleagues_answer_that_came_while_typing_is_not_undone(bench: Bench) -> None:
    screen = bench.open(NOTE)
    bench.keys("mine")
    bench.desk.colleague_answers(screen.record, "more", Answer(value="theirs", by="w-bea"))
    bench.kept()
    assert bench.stored("note") == "mine"
    assert bench.stored("more") == "theirs"
    bench.qtbot.waitUntil(lambda: FieldPath("more") in screen.sheet.body.answers)


def test_a_refresh_shows_what_came_and_leaves_the_caret(bench: Bench) -> None:
    screen = bench.open(NOTE)
    bench.keys("mine")
    edit = bench.focused
    bench.kept()
    bench.desk.colleague_answers(screen.record, "when", Answer(value="2026-03-27", by="w-bea"))
    screen.refresh((screen.record,))
    when = bench.at("answer:when")
    assert isinstance(when, QLineEdit)
    bench.qtbot.waitUntil(lambda: when.text() == "27/3/2026")
    assert bench.focused is edit
    assert isinstance(edit, QPlainTextEdit)
    assert edit.textCursor().position() == 4


def test_undo_in_a_text_reaches_back_over_a_keep(bench: Bench) -> None:
    bench.open(NOTE)
    edit = bench.focused
    assert isinstance(edit, QPlainTextEdit)
    bench.keys("one")
    bench.kept()
    bench.screen.refresh(())
    bench.keys(" two")
    bench.kept()
    edit.undo()
    edit.undo()
    assert edit.toPlainText() == ""
    bench.kept()
    assert bench.stored("note") is None


# -- sections ----------


def test_sections_are_gone_through_by_keys_and_say_how_far_they_are(bench: Bench) -> None:
    screen = bench.open("visit")
    assert bench.ways.titles[-1].startswith("The visit")
    screen.next_section()
    assert bench.ways.titles[-1].startswith("Who was there")
    screen.previous_section()
    bench.keys(K.Key_Space)
    row = screen._room.contents.rows[LinkId("visit")]
    bench.qtbot.waitUntil(lambda: "In progress" in row.accessibleName())
    row.setFocus()
    bench.keys(K.Key_Down, K.Key_Down, K.Key_Return)
    assert screen.section == "each-child"


def test_after_the_last_section_comes_check_and_finish(bench: Bench) -> None:
    screen = bench.open(NOTE)
    screen.save_and_continue()
    assert screen.section == "second"
    assert bench.focused.objectName() == "answer:more"
    screen.save_and_continue()
    assert bench.ways.went == [("check", screen.record)]


def test_saving_is_never_refused_and_shows_no_errors(bench: Bench) -> None:
    bench.open("visit")
    bench.screen.save_and_continue()
    bench.screen.previous_section()
    assert [field.problem for field in bench.page.parts.fields.values() if field.problem] == []


def test_the_list_of_sections_becomes_one_button_where_there_is_no_room(
    bench: Bench, worn_look: Look
) -> None:
    screen = bench.open("visit", width=1200)
    assert screen._room.contents.isVisible()
    screen.resize(911, 512)
    assert not screen._room.contents.isVisible()
    assert screen._room.button.text() == "Section 1 of 7: The visit"
    screen.resize(1366, 700)
    worn_look.choose(text_percent=200)
    try:
        bench.qtbot.waitUntil(lambda: not screen._room.contents.isVisible())
    finally:
        worn_look.choose(text_percent=100)


def test_the_worker_comes_back_to_the_same_caret(bench: Bench) -> None:
    screen = bench.open(NOTE)
    screen.next_section()
    bench.keys("half a word")
    QTest.keyClick(bench.focused, K.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    caret = screen.caret()
    screen.flush()
    bench.kept()
    again = bench.show(bench.desk.open(screen.record))
    again.restore(caret)
    edit = bench.focused
    assert isinstance(edit, QLineEdit)
    assert (again.section, edit.text(), edit.selectedText()) == ("second", "half a word", "d")


def test_a_record_opens_again_where_it_was_left(bench: Bench) -> None:
    left: dict[RecordId, Any] = {}
    screen = bench.open("visit", left=left)
    screen.open_section(LinkId("analysis"))
    name = bench.focused.objectName()
    screen.flush()
    again = bench.show(bench.desk.open(screen.record), left=left)
    assert (again.section, bench.focused.objectName()) == ("analysis", name)


# -- what else may be the matter ----------


def _a_question(view: OpenRecord, mine: str) -> OpenConflict:
    return OpenConflict(
        id=ConflictId(f"c-{mine}"),
        record=view.record,
        path=FieldPath("note"),
        kind=ConflictKind.ANSWER,
        label="Note",
        where="",
        item=None,
        base="",
        mine=mine,
        theirs="5A New Road",
        mine_by="Amara",
        mine_at=datetime(2026, 11, 22, 14, 0, tzinfo=UTC),
        mine_is_this_worker=True,
        theirs_by="Bea Linnet",
        theirs_at=datetime(2026, 11, 22, 14, 10, tzinfo=UTC),
        severe=False,
        can_keep_both=True,
        sent=True,
    )


def test_both_texts_stand_beside_an_answer_in_conflict(bench: Bench) -> None:
    screen = bench.open(NOTE)
    view = bench.desk.records[screen.record]
    conflict = _a_question(view, "5 New Rd")
    bench.desk.put(replace(view, conflicts=(conflict,)))
    screen.refresh((view.record,))
    bench.qtbot.waitUntil(lambda: bench.page.has_banner("conflicts"))
    words = "\n".join(
        label.text() for label in bench.page.parts.fields[FieldPath("note")].findChildren(QLabel)
    )
    assert "Your version – you, 14:00: 5 New Rd" in words
    assert "Office version – Bea Linnet, 14:10: 5A New Road" in words
    bench.keys("still typing")  # nothing is blocked
    bench.tab_to("do:conflict:note")
    bench.keys(K.Key_Space)
    assert bench.ways.went == [("conflicts", view.record)]
    bench.desk.put(replace(bench.desk.records[view.record], conflicts=()))
    screen.refresh((view.record,))
    bench.qtbot.waitUntil(lambda: not bench.page.has_banner("conflicts"))


def test_two_questions_about_one_answer_both_stand_beside_it(bench: Bench) -> None:
    screen = bench.open(NOTE)
    view = bench.desk.records[screen.record]
    bench.desk.put(replace(view, conflicts=tuple(_a_question(view, each) for each in ("No 5", "No 5A"))))
    screen.refresh((view.record,))
    bench.qtbot.waitUntil(lambda: bench.page.has_banner("conflicts"))
    words = "\n".join(
        label.text() for label in bench.page.parts.fields[FieldPath("note")].findChildren(QLabel)
    )
    assert "14:00: No 5\n" in words
    assert "14:00: No 5A\n" in words


def test_an_own_text_that_a_colleagues_stands_in_place_of_is_shown_until_it_is_asked_about(
    bench: Bench,
) -> None:
    screen = bench.open(NOTE)
    view = bench.desk.records[screen.record]
    mine = UnderWay(path=FieldPath("note"), label="Note", where="", mine="Seen with her gran.")
    bench.desk.put(replace(view, underway=(mine,)))
    screen.refresh((view.record,))
    bench.qtbot.waitUntil(lambda: bench.page.has_banner("underway"))
    words = "\n".join(label.text() for label in bench.page.findChildren(QLabel))
    assert "1 text of yours is not at the office yet" in words
    assert "Note: Seen with her gran." in words
    bench.desk.put(replace(bench.desk.records[view.record], underway=()))
    screen.refresh((view.record,))
    bench.qtbot.waitUntil(lambda: not bench.page.has_banner("underway"))


def test_a_signed_record_is_read_and_not_written(bench: Bench) -> None:
    screen = bench.open(NOTE)
    bench.keys("What was seen")
    screen.flush()
    bench.kept()
    view = bench.desk.records[screen.record]
    signed = replace(view, state=State.SIGNED_OFF, editable=False, why_not="already-signed-off")
    bench.show(signed)
    words = [label.text() for label in bench.screen.page.findChildren(QLabel)]
    assert "What was seen" in words
    assert "Signed off" in words
    assert bench.screen.page.findChildren(QLineEdit) == []
    assert bench.focused.objectName() == "do:next-section"


def test_a_record_signed_off_meanwhile_is_shown_as_such(bench: Bench) -> None:
    screen = bench.open(NOTE)
    view = bench.desk.records[screen.record]
    bench.desk.put(replace(view, state=State.SIGNED_OFF, editable=False, why_not="already-signed-off"))
    screen.refresh((view.record,))
    bench.qtbot.waitUntil(lambda: not isinstance(screen.page, SectionPage))
    assert not screen.unsaved()
