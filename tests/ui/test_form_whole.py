"""Whole forms through the window: a visit by keyboard alone, every section, any public form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from tests.support.form_bench import Bench
from tests.support.forms import extension, form, item
from ui.screens.form import FormScreen
from ui.screens.form.rows import RowsPart
from ui.screens.form.section import SectionPage
from ui.style import Look
from workbook_desktop.domain.ids import FamilyId, FieldPath
from workbook_desktop.forms.definition import Form
from workbook_desktop.forms.loader import load

K = Qt.Key
TOLLAND = FamilyId("f-tolland")
PUBLIC = Path(__file__).resolve().parents[3] / "shared" / "data" / "questionnaires"


NOTE = form(
    item("first", "group", item("note", "text"), item("when", "date"), required=True),
    item("second", "group", item("more", "string")),
)


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
def test_no_section_scrolls_sideways(bench: Bench, worn_look: Look, width: int, percent: int) -> None:
    worn_look.choose(text_percent=percent)
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
        worn_look.choose(text_percent=100)


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
