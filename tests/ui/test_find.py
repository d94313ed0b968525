"""S17: find or go to, by keyboard alone."""

from __future__ import annotations

from tests.support.window import Window
from ui.widgets import Row, RowList


def rows(window: Window) -> tuple[Row, ...]:
    listed = window.named("list:found")
    assert isinstance(listed, RowList)
    return listed.rows


def find(window: Window, text: str) -> None:
    window.press("Ctrl+K")
    window.on("screen:find")
    window.type(text)
    window.quiet()


def test_three_letters_and_enter_open_a_child(window: Window) -> None:
    window.unlock()
    find(window, "mai")
    window.until(lambda: bool(rows(window)))
    assert next(row.title for row in rows(window) if row.is_heading) == "Children"
    window.press("Enter")
    window.on("screen:family")
    assert "Maisie Tolland" in window.spoken()


def test_what_is_found_is_grouped_counted_and_said(window: Window) -> None:
    window.unlock()
    find(window, "tolland")
    window.until(lambda: bool(rows(window)))
    groups = [row.title for row in rows(window) if row.is_heading]
    assert groups == [each for each in ("Children", "People", "Records", "Do") if each in groups]
    many = sum(not row.is_heading for row in rows(window))
    assert f"{many} result" in window.spoken()


def test_a_visit_is_begun_by_what_it_is_called(window: Window) -> None:
    window.unlock()
    find(window, "new visit tolland")
    window.until(lambda: any(row.title.startswith("New home visit: Tolland") for row in rows(window)))
    window.press("Enter")
    window.on("screen:form")


def test_escape_goes_back_to_the_same_place(window: Window) -> None:
    window.unlock()
    due = window.named("list:due")
    due.setFocus()
    find(window, "mai")
    window.press("Esc")
    window.on("screen:home")
    assert window.focus.objectName() == "list:due"


def test_nothing_typed_to_find_is_in_any_file(window: Window) -> None:
    window.unlock()
    find(window, "zanzibarword")
    window.until(lambda: "Not on this laptop" in window.spoken())
    folder = window.gate.folder
    assert not [each for each in folder.rglob("*") if each.is_file() and b"zanzibarword" in each.read_bytes()]


def test_fast_typing_ends_with_what_stands_in_the_field(window: Window) -> None:
    window.unlock()
    find(window, "xyzzyx")
    window.press(*["Backspace"] * 6)
    window.type("leo")
    window.until(lambda: any(row.title == "Leo Tolland" for row in rows(window)))
    assert "Not on this laptop" not in window.spoken()


def test_a_page_is_gone_to_by_its_name(window: Window) -> None:
    window.unlock()
    find(window, "measures")
    window.until(lambda: any(row.title == "Measures" for row in rows(window)))
    window.press("Enter")
    window.on("screen:measures")
