"""Rows on the page: what follows from one that comes or goes shows at once, and stands as it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QPlainTextEdit, QWidget

from tests.support.form_bench import Bench, K
from tests.support.forms import extension, form, item
from ui.fields.worked import WorkedEditor
from ui.screens.form.rows import RowsPart
from workbook_desktop.domain import paths
from workbook_desktop.domain.ids import FieldPath, LinkId

SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
ROWS = "%resource.descendants().where(linkId='g').count()"


def formula(name: str, text: str) -> dict[str, Any]:
    return extension(SDC + name, {"language": "text/fhirpath", "expression": text}, "valueExpression")


COUNTED = form(
    item(
        "s",
        "group",
        item("how", "integer", text="How many", extension=[formula("calculatedExpression", ROWS)]),
        item("many", "string", text="Many", extension=[formula("enableWhenExpression", f"{ROWS} > 1")]),
        item("g", "group", item("what", "string"), repeats=True),
    )
)


def press(bench: Bench, name: str) -> None:
    def shown() -> list[QAbstractButton]:
        return [each for each in bench.page.findChildren(QAbstractButton, name) if each.isVisible()]

    bench.qtbot.waitUntil(lambda: bool(shown()))
    shown()[0].setFocus()
    QTest.keyClick(shown()[0], K.Key_Return)


def counted(bench: Bench) -> str:
    editor = bench.page.parts.fields[FieldPath("how")].editor
    assert isinstance(editor, WorkedEditor)
    return editor.words.text()


def asks_for_more(bench: Bench) -> bool:
    found = bench.page.findChild(QLineEdit, "answer:many")
    return isinstance(found, QWidget) and found.isVisible()


def test_what_follows_from_a_row_that_is_added_shows_at_once(bench: Bench) -> None:
    bench.open(COUNTED)
    press(bench, "do:add-row:g")
    press(bench, "do:add-row:g")
    assert bench.screen.sheet.body.answers[FieldPath("how")].value == 2
    assert counted(bench) == "2"
    assert asks_for_more(bench)


def test_what_follows_from_a_row_that_is_removed_and_put_back_shows_at_once(bench: Bench) -> None:
    bench.open(COUNTED)
    press(bench, "do:add-row:g")
    press(bench, "do:add-row:g")
    first = bench.rows("g")[0]
    press(bench, f"do:remove-row:{first}")
    assert counted(bench) == "1"
    assert not asks_for_more(bench)
    press(bench, "do:undo:g")
    assert counted(bench) == "2"
    assert asks_for_more(bench)


def test_a_row_that_is_added_names_its_author(bench: Bench) -> None:
    bench.open("child-and-family-assessment")
    author = LinkId("chapter-part.author")
    section = bench.screen._opened.section_of(LinkId("chapter-part"))
    assert section is not None
    bench.screen.open_section(section)
    press(bench, "do:add-row:chapter-part")
    row = bench.rows("chapter-part")[-1]
    answer = bench.screen.sheet.body.answers[paths.child(row, author)]
    assert isinstance(answer.value, Mapping)
    assert answer.value["display"] == bench.desk.worker.name


def typed(bench: Bench, words: str) -> str:
    """Add a row and write in it; return the row."""
    press(bench, "do:add-row:g")
    QTest.keyClicks(bench.screen.window().focusWidget(), words)
    return bench.rows("g")[-1]


def offered(bench: Bench) -> list[str]:
    found = bench.page.findChildren(QAbstractButton)
    return [each.accessibleName() for each in found if each.isVisible() and "Undo: " in each.accessibleName()]


def test_every_row_that_is_removed_can_be_put_back_also_when_the_record_is_opened_again(
    bench: Bench,
) -> None:
    bench.open(COUNTED)
    rows = [typed(bench, "Ring the school"), typed(bench, "See the landlord")]
    for row in rows:
        press(bench, f"do:remove-row:{row}")
    both = ["Undo: Removed: G, “See the landlord”", "Undo: Removed: G, “Ring the school”"]
    assert offered(bench) == both
    bench.screen.flush()
    bench.qtbot.waitUntil(lambda: not bench.screen.unsaved())
    bench.show(bench.desk.open(bench.screen.record))
    assert offered(bench) == both
    press(bench, "do:undo:g")
    press(bench, "do:undo:g")
    assert sorted(bench.rows("g")) == sorted(rows)
    said = {str(answer.value) for answer in bench.screen.sheet.body.answers.values()}
    assert {"Ring the school", "See the landlord"} <= said
    assert offered(bench) == []


def test_a_draft_with_nothing_in_it_can_be_thrown_away_and_no_other(bench: Bench) -> None:
    bench.open(COUNTED)
    discard = bench.page.discard
    assert discard.isVisible()
    row = typed(bench, "R")
    bench.qtbot.waitUntil(lambda: not discard.isVisible())
    press(bench, f"do:remove-row:{row}")
    bench.screen._show_states()
    assert not discard.isVisible(), "its words can be put back"
    bench.open(COUNTED)
    record = bench.screen.record
    press(bench, "do:discard")
    bench.qtbot.waitUntil(lambda: bool(bench.ways.went))
    assert bench.ways.went[-1][0] == "family"
    assert record not in bench.desk.records
    bench.screen.refresh((record,))
    bench.screen.flush()
    bench.qtbot.waitUntil(lambda: not bench.tasks.pending())


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
