"""The form window: a record written by keyboard alone, kept without being asked, never jumping."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.support.form_bench import Bench
from tests.support.forms import extension, form, item
from ui.screens.form import FormScreen
from ui.screens.form.rows import RowsPart
from ui.screens.form.section import SectionPage
from ui.style import Look, Theme
from ui.tasks import Tasks
from workbook_desktop.domain import paths
from workbook_desktop.domain.changes import ConflictKind
from workbook_desktop.domain.ids import ConflictId, FamilyId, FieldPath, LinkId, RecordId
from workbook_desktop.domain.records import Answer, State
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.loader import load
from workbook_desktop.workspace.views import OpenConflict

K = Qt.Key
TOLLAND = FamilyId("f-tolland")
PUBLIC = Path(__file__).resolve().parents[3] / "shared" / "data" / "questionnaires"


@pytest.fixture
def look(worn_look: Look) -> Look:
    worn_look.choose(theme=Theme.LIGHT, text_percent=100)
    return worn_look


@pytest.fixture
def bench(qtbot: QtBot, look: Look) -> Iterator[Bench]:
    crashes: list[BaseException] = []
    with ThreadPoolExecutor(max_workers=1) as executor:
        tasks = Tasks(executor, crashes.append)
        yield Bench(qtbot, tasks)
        qtbot.waitUntil(lambda: not tasks.pending())
    assert crashes == []


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


def test_the_list_of_sections_becomes_one_button_where_there_is_no_room(bench: Bench, look: Look) -> None:
    screen = bench.open("visit", width=1200)
    assert screen._room.contents.isVisible()
    screen.resize(911, 512)
    assert not screen._room.contents.isVisible()
    assert screen._room.button.text() == "Section 1 of 7: The visit"
    screen.resize(1366, 700)
    look.choose(text_percent=200)
    try:
        bench.qtbot.waitUntil(lambda: not screen._room.contents.isVisible())
    finally:
        look.choose(text_percent=100)


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


# -- problems ----------


def test_f8_goes_from_one_missing_answer_to_the_next_across_sections(bench: Bench) -> None:
    of = form(
        item("a", "group", item("one", required=True), item("two"), item("three", required=True)),
        item("b", "group", item("four", required=True)),
    )
    bench.open(of)
    bench.screen.next_problem()
    seen = [bench.focused.objectName()]
    for _ in range(3):
        bench.screen.next_problem()
        seen.append(bench.focused.objectName())
    assert seen == ["answer:three", "answer:four", "answer:one", "answer:three"]
    bench.screen.previous_problem()
    assert bench.focused.objectName() == "answer:one"
    assert bench.page.parts.fields[FieldPath("one")].problem == "Enter “One”"
    bench.keys("there")
    bench.qtbot.waitUntil(lambda: not bench.page.parts.fields[FieldPath("one")].problem)


def test_a_record_opens_at_an_answer_with_its_problem_beside_it(bench: Bench) -> None:
    of = form(item("a", "group", item("one")), item("b", "group", item("two"), item("three", required=True)))
    bench.open(of, section=LinkId("three"))
    assert bench.focused.objectName() == "answer:three"
    assert bench.page.parts.fields[FieldPath("three")].problem


def test_a_problem_that_appears_does_not_move_what_has_the_focus(bench: Bench) -> None:
    of = form(item("a", "group", *(item(f"q{n}", required=True) for n in range(30))))
    bench.open(of)
    edit = bench.tab_to("answer:q20")
    QApplication.processEvents()
    before = edit.mapTo(bench.screen, QPoint(0, 0)).y()
    bench.page.show_problems({FieldPath(f"q{n}"): "Enter it" for n in range(20)})
    QApplication.processEvents()
    assert abs(edit.mapTo(bench.screen, QPoint(0, 0)).y() - before) <= 2


# -- what shows ----------


def when(question: str, answer: Any) -> dict[str, Any]:
    return {"enableWhen": [{"question": question, "operator": "=", **answer}]}


def test_a_question_shows_in_its_place_and_in_tab_order(bench: Bench) -> None:
    of = form(
        item(
            "a",
            "group",
            item("seen", "boolean"),
            item("why", **when("seen", {"answerBoolean": False})),
            item("last"),
        )
    )
    bench.open(of)
    assert bench.page.findChild(QWidget, "answer:why") is None  # not even built
    bench.keys(K.Key_Right, K.Key_Space)
    bench.tab_to("answer:why")
    bench.keys("ill", K.Key_Tab)
    assert bench.focused.objectName() == "answer:last"


def test_the_focus_moves_on_when_its_question_hides(bench: Bench) -> None:
    of = form(
        item(
            "a",
            "group",
            item("open", "string"),
            item("why", "string", **when("open", {"answerString": "x"})),
            item("last"),
        )
    )
    screen = bench.open(of)
    bench.keys("x")
    bench.tab_to("answer:why")
    bench.keys("words")
    change = screen.sheet.answer(FieldPath("open"), "y")
    bench.page.apply(change)
    assert bench.focused.objectName() == "answer:last"
    bench.page.apply(screen.sheet.answer(FieldPath("open"), "x"))
    why = bench.at("answer:why")
    assert isinstance(why, QLineEdit)
    assert why.text() == "words"  # kept while it was hidden


def test_a_rule_in_one_row_says_nothing_in_another(bench: Bench) -> None:
    of = form(
        item(
            "kids",
            "group",
            item("seen", "boolean"),
            item("why", **when("seen", {"answerBoolean": False})),
            repeats=True,
        )
    )
    screen = bench.open(of)
    bench.keys(K.Key_Space)  # "Add"
    add = bench.tab_to("do:add-row:kids")
    bench.keys(K.Key_Space)
    first, second = bench.rows("kids")
    bench.at(f"answer:{first}/seen").setFocus()
    bench.keys(K.Key_Right, K.Key_Space)
    assert bench.page.findChild(QWidget, f"answer:{first}/why") is not None
    assert bench.page.findChild(QWidget, f"answer:{second}/why") is None
    assert add.accessibleName() == "Add another: Kids"
    assert screen.sheet.shown(FieldPath(f"{first}/why"))


# -- rows ----------


def open_children(bench: Bench) -> tuple[FieldPath, ...]:
    bench.open("visit")
    bench.screen.open_section(LinkId("each-child"))
    part = bench.page.findChildren(RowsPart)[0]
    return tuple(card.row for card in part.cards)


def titles(bench: Bench) -> list[str]:
    part = bench.page.findChildren(RowsPart)[0]
    return [card.title.text() for card in part.cards]


def test_each_child_has_a_card_with_name_and_age(bench: Bench) -> None:
    open_children(bench)
    assert titles(bench) == ["Maisie Tolland, 7", "Leo Tolland, 4", "Ivy Pask, 5 months"]


def test_a_row_is_removed_and_put_back_with_what_was_typed_in_it(bench: Bench) -> None:
    of = form(item("acts", "group", item("what"), repeats=True))
    screen = bench.open(of)
    bench.keys(K.Key_Space)
    bench.keys("Breakfast club")
    (row,) = bench.rows("acts")
    bench.tab_to(f"do:remove-row:{row}")
    bench.keys(K.Key_Space)
    assert bench.rows("acts") == ()
    assert bench.focused.accessibleName().startswith("Undo")
    bench.keys(K.Key_Space)
    assert bench.rows("acts") == (row,)
    edit = bench.at(f"answer:{row}/what")
    assert isinstance(edit, QLineEdit)
    assert edit.text() == "Breakfast club"
    assert bench.focused is edit
    screen.flush()
    bench.kept()
    assert bench.stored(f"{row}/what") == "Breakfast club"


def test_rows_are_moved_by_key_and_by_button_and_tab_follows(bench: Bench) -> None:
    first, second, third = open_children(bench)
    bench.page.focus_path(first)
    QTest.keyClick(bench.focused, K.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert titles(bench)[:2] == ["Leo Tolland, 4", "Maisie Tolland, 7"]
    assert bench.focused.objectName().startswith(f"answer:{first}/")
    bench.tab_to(f"do:move-up:{first}")
    bench.keys(K.Key_Space)
    assert titles(bench)[0] == "Maisie Tolland, 7"
    assert tuple(card.row for card in bench.page.findChildren(RowsPart)[0].cards) == (first, second, third)
    order = [bench.page.findChildren(RowsPart)[0].cards[n].y() for n in range(3)]
    assert order == sorted(order)


def test_answers_are_copied_to_siblings_and_each_is_checked_there(bench: Bench) -> None:
    first, second, third = open_children(bench)
    fields = [
        path for path in bench.page.parts.fields if path.startswith(first) and not path.endswith("subject")
    ]
    text = next(
        path for path in fields if isinstance(bench.page.parts.fields[path].editor.stops()[0], QPlainTextEdit)
    )
    link = paths.link_id(text)
    bench.at(f"answer:{text}").setFocus()
    bench.keys("Well and settled")
    bench.tab_to(f"do:copy-to-siblings:{first}")
    bench.keys(K.Key_Space)
    copied = paths.child(second, link)
    field = bench.page.parts.fields[copied]
    edit = field.editor.stops()[0]
    assert isinstance(edit, QPlainTextEdit)
    assert edit.toPlainText() == "Well and settled"
    words = [label.text() for label in field.findChildren(QLabel)]
    assert "Copied from Maisie Tolland: check it" in words
    assert copied in bench.screen.sheet.unconfirmed()
    bench.at(f"do:copied:{copied}").setFocus()
    bench.keys(K.Key_Space)
    assert copied not in bench.screen.sheet.unconfirmed()
    other = paths.child(third, link)
    bench.page.parts.fields[other].focus_editor()
    bench.keys("Ivy: ")
    assert other not in bench.screen.sheet.unconfirmed()


def test_a_copy_is_undone_where_nobody_touched_it(bench: Bench) -> None:
    first, second, third = open_children(bench)
    text = next(
        path
        for path, field in bench.page.parts.fields.items()
        if path.startswith(first)
        and field.editor.stops()
        and isinstance(field.editor.stops()[0], QPlainTextEdit)
    )
    link = paths.link_id(text)
    bench.at(f"answer:{text}").setFocus()
    bench.keys("Same")
    bench.tab_to(f"do:copy-to-siblings:{first}")
    bench.keys(K.Key_Space)
    bench.page.parts.fields[paths.child(third, link)].focus_editor()
    bench.keys("Own ")
    bench.at("do:undo:" + paths.child(paths.ROOT, paths.link_id(first))).setFocus()
    bench.keys(K.Key_Space)
    answers = bench.screen.sheet.body.answers
    assert paths.child(second, link) not in answers
    assert answers[paths.child(third, link)].value == "Own Same"


# -- a whole visit ----------


def test_a_visit_is_filled_by_keyboard_alone(bench: Bench) -> None:
    """Tab and the keys of each field reach and answer every question that shows, in every section."""
    screen = bench.open("visit")
    answered: set[str] = set()
    for _ in range(len(screen.shown_sections())):
        stuck = 0
        while bench.focused.objectName() != "do:save-and-continue":
            name = bench.focused.objectName()
            if name.startswith("answer:") and "=" not in name and name not in answered and "#" not in name:
                answered.add(name)
                _answer(bench)
            bench.keys(K.Key_Tab)
            stuck += 1
            assert stuck < 400
        screen.save_and_continue()
    bench.kept()
    body = bench.desk.records[screen.record].body
    assert len(body.answers) > 25
    assert bench.ways.went[-1] == ("check", screen.record)
    left = {each.code for each in screen.sheet.problems() if each.severity == "must"}
    assert left <= {"required", "row-required", "too-large", "too-small", "not-confirmed"}


def _answer(bench: Bench) -> None:
    focused = bench.focused
    if isinstance(focused, QPlainTextEdit):
        bench.keys("Seen and spoken to.")
    elif isinstance(focused, QLineEdit) and focused.text():
        return
    elif isinstance(focused, QLineEdit):
        example = focused.accessibleDescription()
        bench.keys("14:30" if "14:30" in example else "21/11/2026" if "/" in example else "Aunt")
    else:
        bench.keys(K.Key_Space)
        bench.keys(K.Key_Escape)


def test_every_tab_stop_of_every_section_has_a_name(bench: Bench) -> None:
    for name in ("visit", "case-note", "child-and-family-assessment", "plan"):
        screen = bench.open(name)
        for section in screen.shown_sections():
            screen.open_section(section.id)
            for part in bench.page.findChildren(RowsPart):
                part.add.click()
            nameless = [
                each
                for each in screen.findChildren(QWidget)
                if each.focusPolicy() & Qt.FocusPolicy.TabFocus
                and each.isVisibleTo(screen)
                and not (each.accessibleName() or getattr(each, "text", str)())
            ]
            assert nameless == [], (name, section.id)


@pytest.mark.parametrize(
    ("width", "percent"), [(1366, 100), (1093, 100), (911, 100), (1366, 200), (911, 200)]
)
def test_no_section_scrolls_sideways(bench: Bench, look: Look, width: int, percent: int) -> None:
    look.choose(text_percent=percent)
    try:
        for name in ("visit", "child-and-family-assessment", "plan"):
            screen = bench.open(name, width=width)
            for section in screen.shown_sections():
                screen.open_section(section.id)
                QApplication.processEvents()
                inner = bench.page.widget()
                assert inner is not None
                assert inner.width() <= bench.page.viewport().width(), (name, section.id)
    finally:
        look.choose(text_percent=100)


def test_the_wheel_over_a_field_scrolls_the_page(bench: Bench) -> None:
    of = form(
        item(
            "a",
            "group",
            item("c", "choice", answerOption=[{"valueString": f"o{n}"} for n in range(12)]),
            *(item(f"q{n}", "text") for n in range(12)),
        )
    )
    bench.open(of)
    bench.tab_to("answer:q0")
    bench.page.verticalScrollBar().setValue(0)
    combo = bench.at("answer:c")
    event = QWheelEvent(
        QPointF(9, 9),
        combo.mapToGlobal(QPointF(9, 9)),
        QPoint(0, 0),
        QPoint(0, -240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(combo, event)
    assert FieldPath("c") not in bench.screen.sheet.body.answers


# -- what else may be the matter ----------


def test_both_texts_stand_beside_an_answer_in_conflict(bench: Bench) -> None:
    screen = bench.open(NOTE)
    view = bench.desk.records[screen.record]
    conflict = OpenConflict(
        id=ConflictId("c1"),
        record=view.record,
        path=FieldPath("note"),
        kind=ConflictKind.ANSWER,
        label="Note",
        where="",
        item=None,
        base="",
        mine="5 New Rd",
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


# -- any form ----------


def trial(bench: Bench, of: Form) -> FormScreen:
    screen = FormScreen.trial(of, bench.desk, bench.tasks, bench.say, bench.ways, clock=bench.clock)
    screen.resize(1100, 700)
    bench.qtbot.addWidget(screen)
    with bench.qtbot.waitExposed(screen):
        screen.show()
    screen.begin()
    bench.screen = screen
    return screen


def test_a_form_of_questions_alone_nested_deep_and_hidden_opens(bench: Bench) -> None:
    deep: dict[str, Any] = item("deepest")
    for level in range(7):
        deep = item(f"level{level}", "group", deep)
    hidden = item("secret", extension=[extension("questionnaire-hidden", True, "valueBoolean")])
    of = form(
        item("loose"),
        item("text", "display"),
        hidden,
        deep,
        item("many", "string", item("inside"), repeats=True),
        item("outer", "boolean", item("under", "string", item("deeper", "date"))),
    )
    screen = trial(bench, of)
    assert bench.page.findChild(QWidget, "answer:secret") is None
    found = set()
    for section in screen.shown_sections():
        screen.open_section(section.id)
        for part in bench.page.findChildren(RowsPart):
            part.add.click()
        found |= {each.objectName() for each in bench.page.findChildren(QWidget)}
    assert {"answer:loose", "answer:deepest", "answer:under", "answer:deeper"} <= found
    assert any(name.endswith("/many") for name in found)
    assert any(name.endswith("/inside") for name in found)
    assert not screen.unsaved()


def _public() -> list[Path]:
    return sorted(PUBLIC.rglob("*.json")) if PUBLIC.is_dir() else []


@pytest.mark.skipif(not _public(), reason="the outside questionnaires are not here")
def test_public_forms_open_and_every_question_in_them_takes_the_focus(bench: Bench) -> None:
    opened = 0
    for source in _public():
        try:
            of = load(source.read_bytes())
        except Exception:  # the loader's own tests say which it refuses and why
            continue
        if not of.items:
            continue
        screen = trial(bench, of)
        for section in screen.shown_sections():
            screen.open_section(section.id)
            if isinstance(screen.page, SectionPage):
                for field in screen.page.parts.fields.values():
                    for stop in field.editor.stops():
                        assert stop.accessibleName(), (source.name, field.path)
        screen.hide()
        opened += 1
    assert opened > 60
