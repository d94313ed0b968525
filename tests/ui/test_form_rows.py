"""Rows on the page: what follows from one that comes or goes shows at once, and stands as it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.support.form_bench import Bench, K
from tests.support.forms import extension, form, item
from ui.fields.worked import WorkedEditor
from ui.style import Look
from ui.tasks import Tasks
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


@pytest.fixture
def bench(qtbot: QtBot, worn_look: Look) -> Iterator[Bench]:
    crashes: list[BaseException] = []
    with ThreadPoolExecutor(max_workers=1) as executor:
        tasks = Tasks(executor, crashes.append)
        yield Bench(qtbot, tasks)
        qtbot.waitUntil(lambda: not tasks.pending())
    assert crashes == []


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
