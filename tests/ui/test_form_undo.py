"""Ctrl+Z and Ctrl+Shift+Z in a form, with real keys in the real window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QPlainTextEdit, QWidget

from tests.support.window import Window
from ui.screens.form import FormScreen
from ui.screens.form.rows import RowsPart
from ui.screens.form.section import SectionPage
from workbook_desktop.domain.ids import FamilyId, FieldPath, LinkId
from workbook_desktop.domain.records import FormRef
from workbook_desktop.forms.definition import Kind

TOLLAND = FamilyId("f-tolland")


@pytest.fixture
def form(window: Window) -> FormScreen:
    """A plan, begun."""
    window.unlock()
    routes = window.shell.navigator
    assert routes is not None
    ref = FormRef(id="plan", version="1.2.0")  # type: ignore[arg-type]
    window.open(lambda: routes.start(ref, TOLLAND), "screen:form")
    screen = window.shell.screen_now
    assert isinstance(screen, FormScreen)
    return screen


def page_of(screen: FormScreen) -> SectionPage:
    page = screen.page
    assert isinstance(page, SectionPage)
    return page


def to_rows(window: Window, screen: FormScreen) -> RowsPart:
    """Go on until a section has rows that can be added."""
    for _ in range(20):
        for part in page_of(screen).findChildren(RowsPart):
            if part.add.isVisible():
                return part
        window.press("Ctrl+PgDn")
    raise AssertionError("no rows in this form")


def add(window: Window, part: RowsPart, words: str) -> FieldPath:
    """Add a row and type in its first text."""
    part.add.setFocus(Qt.FocusReason.TabFocusReason)
    window.press("Space")
    card = part.cards[-1]
    text = next(
        each
        for each in card.findChildren(QWidget)
        if isinstance(each, QLineEdit | QPlainTextEdit)
        and each.objectName().startswith("answer:")
        and each.isVisible()
    )
    text.setFocus(Qt.FocusReason.TabFocusReason)
    window.type(words)
    return card.row


def said(screen: FormScreen) -> set[str]:
    return {each.value for each in screen.sheet.body.answers.values() if isinstance(each.value, str)}


def test_ctrl_z_brings_a_removed_row_back_and_ctrl_shift_z_takes_it_again(
    window: Window, form: FormScreen
) -> None:
    part = to_rows(window, form)
    row = add(window, part, "Ring the neighbour")
    card = next(each for each in part.cards if each.row == row)
    card.remove.setFocus(Qt.FocusReason.TabFocusReason)
    window.press("Space")
    assert row not in form.sheet.body.rows
    window.press("Ctrl+Z")
    assert row in form.sheet.body.rows
    assert "Ring the neighbour" in said(form)
    assert any(each.row == row and each.isAncestorOf(window.focus) for each in part.cards), "led to it"
    assert not [
        each
        for each in page_of(form).findChildren(QAbstractButton)
        if each.isVisible() and each.objectName().startswith("do:undo")
    ], "nothing is offered that stands again"
    window.press("Ctrl+Shift+Z")
    assert row not in form.sheet.body.rows
    window.press("Ctrl+Z")
    window.quiet()
    window.until(lambda: not form.unsaved())
    routes = window.shell.navigator
    assert routes is not None
    stored = window.thread.submit(routes.desk.open, form.record).result()
    assert row in stored.body.rows
    assert stored.removed == ()


def test_letters_go_first_then_the_row_that_was_added(window: Window, form: FormScreen) -> None:
    part = to_rows(window, form)
    before = set(form.sheet.body.rows)
    row = add(window, part, "Go")
    for _ in range(4):
        window.press("Ctrl+Z")
    assert "Go" not in said(form)
    assert set(form.sheet.body.rows) == before
    for _ in range(4):
        window.press("Ctrl+Shift+Z")
    assert row in form.sheet.body.rows
    assert "Go" in said(form)


def test_a_row_that_was_moved_from_inside_its_text_goes_back_first(window: Window, form: FormScreen) -> None:
    part = to_rows(window, form)
    one, two = add(window, part, "First"), add(window, part, "Second")
    order = [each.row for each in part.cards]
    assert order[-2:] == [one, two]
    window.press("Alt+Up")
    assert [each.row for each in part.cards][-2:] == [two, one]
    window.press("Ctrl+Z")
    assert [each.row for each in part.cards] == order
    assert {"First", "Second"} <= said(form)
    window.press("Ctrl+Z")
    assert "Second" not in said(form), "then the letters"


def choose(window: Window, screen: FormScreen) -> tuple[FieldPath, QAbstractButton]:
    """Choose an answer with the keyboard, in whatever section has a choice to make."""
    for _ in range(20):
        page = page_of(screen)
        for path, field in page.parts.fields.items():
            if field.item.kind not in (Kind.BOOLEAN, Kind.CHOICE) or path in screen.sheet.body.answers:
                continue
            buttons = [
                each
                for each in field.editor.stops()
                if isinstance(each, QAbstractButton) and each.isVisible() and each.isCheckable()
            ]
            if buttons:
                buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
                window.press("Space")
                return path, buttons[0]
        window.press("Ctrl+PgDn")
    raise AssertionError("nothing to choose in this form")


def test_a_choice_is_taken_back_and_made_again_also_from_another_section(
    window: Window, form: FormScreen
) -> None:
    path, _ = choose(window, form)
    section, chosen = form.section, form.sheet.body.answers[path]
    window.press("Ctrl+Z")
    assert path not in form.sheet.body.answers
    window.press("Ctrl+Shift+Z")
    assert form.sheet.body.answers[path].says_the_same(chosen)
    window.press("Ctrl+PgDn")
    if form.section == section:
        window.press("Ctrl+PgUp")
    assert form.section != section
    form.panes()[0].setFocus(Qt.FocusReason.TabFocusReason)
    window.press("Ctrl+Z")
    assert path not in form.sheet.body.answers
    assert form.section == section, "the worker sees what came back"


def test_with_nothing_done_ctrl_z_does_nothing(window: Window, form: FormScreen) -> None:
    before = form.sheet.body
    window.press("Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+Y")
    assert form.sheet.body == before
    assert LinkId(str(form.section))
