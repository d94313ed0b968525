"""S18: a document for one reader, through the real window over a real store: shown, then printed or saved."""

from __future__ import annotations

import json
import os
import stat
import threading
from io import BytesIO
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QMarginsF, QPoint, QSettings, Qt
from PySide6.QtGui import QPageLayout, QPageSize
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QWidget

from tests.support.window import Window
from ui.models.alerts import alerts_about, alerts_of
from ui.screens.paper import PaperScreen
from ui.screens.paper_press import why_unsafe
from ui.shell.places import Kind, Place
from ui.shell.window import Standing
from ui.style import Look
from workbook_desktop import paths
from workbook_desktop.domain.ids import FamilyId, FieldPath, PersonId, RecordId
from workbook_desktop.domain.records import Body
from workbook_desktop.settings import POLICY

TOLLAND = FamilyId("f-tolland")


def paper_of(window: Window) -> PaperScreen:
    """Go to the family's paper page by the keyboard."""
    window.unlock()
    routes = window.shell._routes
    assert routes is not None
    routes.family(TOLLAND)
    window.on("screen:family")
    window.press("Ctrl+P")
    window.on("screen:paper")
    page = window.shell.screen_now
    assert isinstance(page, PaperScreen)
    return page


def for_(page: PaperScreen, name: str) -> None:
    """Choose for whom it is."""
    button = next(each for each in page.whom.buttons if each.words.startswith(name))
    button.click()


def settled(window: Window, page: PaperScreen) -> None:
    """Wait until the press stands still, too."""
    window.until(lambda: not page.press.pending() and not window.tasks.pending())
    window.quiet()


def shown(window: Window, page: PaperScreen, name: str) -> PaperScreen:
    """Have the plan shown for somebody, by Enter."""
    for_(page, name)
    window.press("Enter")
    settled(window, page)
    return page


def to_file(place: Path) -> QPrinter:
    """A printer whose paper is a file."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(place))
    printer.setFullPage(True)
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    printer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
    return printer


def button(window: Window, name: str) -> QWidget:
    return window.named(name)


def text_of(pdf: bytes) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_enter_shows_and_never_prints(window: Window) -> None:
    page = paper_of(window)
    assert not button(window, "do:print").isEnabled()
    shown(window, page, "Darren Pask")
    assert page.pane.isVisible()
    assert page.pane.heading.text().startswith("Left out for Darren Pask: ")
    printed: list[str] = []
    page._printer = lambda: printed.append("asked")  # type: ignore[func-returns-value,assignment]
    for name in ("do:print", "do:save-pdf"):
        button(window, name).setFocus(Qt.FocusReason.TabFocusReason)
        window.press("Enter")
        settled(window, page)
    assert not printed
    assert page.pane.isVisible()


def test_nothing_is_shown_before_it_is_said_for_whom(window: Window) -> None:
    page = paper_of(window)
    window.press("Enter")
    settled(window, page)
    assert not page.pane.isVisible()
    assert "Say first for whom it is" in window.spoken()


def test_a_plan_for_a_parent_is_printed_and_noted_in_the_chronology(window: Window, tmp_path: Path) -> None:
    page = paper_of(window)
    page._printer = lambda: to_file(tmp_path / "printed.pdf")
    shown(window, page, "Hannah Tolland")
    window.click("do:print")
    settled(window, page)
    assert (tmp_path / "printed.pdf").stat().st_size > 10_000
    assert "It is noted in the chronology" in window.spoken()
    assert not button(window, "do:print").isEnabled()  # another copy is looked at first
    routes = window.shell._routes
    assert routes is not None
    routes.to(Place(kind=Kind.PAPER, family=TOLLAND))
    settled(window, page)
    window.until(lambda: "Given on paper before" in window.spoken())
    assert "to Hannah Tolland, copy 1" in window.spoken()


def test_a_saved_pdf_is_for_one_persons_eyes_and_the_worker_is_warned(window: Window, tmp_path: Path) -> None:
    page = paper_of(window)
    shown(window, page, "Hannah Tolland")
    place = tmp_path / "plan.pdf"
    window.click("do:save-pdf")
    assert window.focus.objectName() == "answer:save-reason"
    assert "not encrypted" in window.spoken()
    window.click("do:choose-place")
    assert "Say in a few words why it is saved as a file" in window.spoken()
    assert page._dialog is None
    page.why.reason.setFocus()
    window.type("Sent to  the school's safe mailbox")
    page.save_to(place)
    settled(window, page)
    window.until(place.exists)
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_file()) == ["plan.pdf"]
    if os.name == "posix":
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
    said = text_of(place.read_bytes())
    assert "PRACTICE" in said
    assert "Cordwainer" not in said
    assert "not encrypted" in window.spoken()
    assert not page.why.isVisible()
    routes = window.shell.navigator
    assert routes is not None

    def receipt() -> Body:
        store = window.gate.store
        assert store is not None
        rows = store.records.of_family(TOLLAND)
        return store.drafts.stands(
            next(row.id for row in rows if row.form and row.form.id == "given-on-paper")
        )

    noted = window.thread.submit(receipt).result()
    assert noted.answers[FieldPath("given.why")].value == "Sent to the school's safe mailbox"


def test_no_printer_is_said_plainly_and_nothing_is_noted(window: Window) -> None:
    page = paper_of(window)
    page._printer = lambda: None
    shown(window, page, "Hannah Tolland")
    window.click("do:print")
    settled(window, page)
    assert "No printer is set up on this laptop" in window.spoken()
    assert button(window, "do:save-pdf").isEnabled()


@pytest.mark.skipif(os.name != "posix", reason="a folder that cannot be written is made by its mode")
def test_a_place_that_cannot_be_written_leaves_nothing_behind(window: Window, tmp_path: Path) -> None:
    page = paper_of(window)
    shown(window, page, "Hannah Tolland")
    place = tmp_path / "nowhere" / "plan.pdf"
    page.save_to(place)
    settled(window, page)
    assert "could not be saved there" in window.spoken()
    assert not place.parent.exists()
    assert button(window, "do:save-pdf").isEnabled()


def test_changing_the_question_takes_the_answer_away(window: Window) -> None:
    page = paper_of(window)
    shown(window, page, "Hannah Tolland")
    for_(page, "Darren Pask")
    assert not page.pane.isVisible()
    assert not button(window, "do:print").isEnabled()


def test_the_pages_can_be_read_as_text(window: Window) -> None:
    page = paper_of(window)
    shown(window, page, "Hannah Tolland")
    window.click("do:as-text")
    assert "What we are worried about" in page.pane.text.toPlainText()
    assert page.pane.text.isVisible()


@pytest.mark.parametrize(
    ("place", "word"),
    [
        ("/home/amara/OneDrive - Wrenmouth/plan.pdf", "copied"),
        ("/media/usb/plan.pdf", "stick"),
        ("/home/amara/plan.pdf", "not encrypted"),
        ("/srv/workbook/out/plan.pdf", ""),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="paths as Linux has them")
def test_a_place_that_others_can_read_is_called_so(place: str, word: str) -> None:
    why = why_unsafe(Path(place), "/srv/workbook/out")
    assert word in why
    assert bool(why) is bool(word)


def test_the_focus_stays_on_the_page_through_showing_printing_and_refusals(window: Window) -> None:
    page = paper_of(window)
    page._printer = lambda: None
    shown(window, page, "Hannah Tolland")
    assert page.isAncestorOf(window.focus)
    window.click("do:print")
    settled(window, page)
    assert page.isAncestorOf(window.focus)
    for_(page, "Darren Pask")
    page.what.setCurrentIndex(page.what.count() - 1)
    window.click("do:preview")
    settled(window, page)
    assert "It is not printed for Darren Pask" in window.spoken()
    assert page.isAncestorOf(window.focus)


def test_what_is_left_out_stands_at_the_top_when_it_is_shown(window: Window) -> None:
    page = paper_of(window)
    shown(window, page, "Hannah Tolland")
    window.quiet()
    top = page.pane.heading.mapTo(page.page.viewport(), QPoint(0, 0)).y()
    assert 8 <= top <= 40  # with room above it, for the frame around what has the focus


def test_at_large_text_it_begins_at_what_is_left_out_and_tab_goes_on_from_there(
    window: Window, worn_look: Look
) -> None:
    page = paper_of(window)
    worn_look.choose(text_percent=200)
    shown(window, page, "Darren Pask")
    window.quiet()
    top = page.pane.heading.mapTo(page.page.viewport(), QPoint(0, 0)).y()
    assert 8 <= top <= 80
    assert window.focus is page.pane.heading
    window.press("Tab")
    assert page.pane.isAncestorOf(window.focus)
    assert window.focus is not page.pane.heading


def test_cancelling_shows_nothing_and_prints_nothing(window: Window) -> None:
    page = paper_of(window)
    for_(page, "Hannah Tolland")
    page.preview()
    page._stop()
    settled(window, page)
    assert not page.pane.isVisible()
    assert not button(window, "do:print").isEnabled()


@pytest.mark.parametrize(("kind", "what"), [(Kind.CHRONOLOGY, "chronology"), (Kind.GENOGRAM, "genogram")])
def test_what_the_worker_is_looking_at_is_what_is_offered(window: Window, kind: Kind, what: str) -> None:
    window.unlock()
    routes = window.shell._routes
    assert routes is not None
    routes.to(Place(kind=kind, family=TOLLAND))
    window.on(f"screen:{what}")
    window.press("Ctrl+P")
    window.on("screen:paper")
    page = window.shell.screen_now
    assert isinstance(page, PaperScreen)
    assert page.what.currentData() == what


def test_from_a_parents_own_page_it_is_for_that_parent(window: Window) -> None:
    window.unlock()
    routes = window.shell._routes
    assert routes is not None
    routes.to(
        Place(kind=Kind.PAPER, family=TOLLAND, record=RecordId("readings"), person=PersonId("p-darren"))
    )
    window.on("screen:paper")
    page = window.shell.screen_now
    assert isinstance(page, PaperScreen)
    window.press("Enter")
    settled(window, page)
    assert "How sure I am that I can" in page.pane.text.toPlainText()


def test_where_a_document_was_saved_is_remembered_nowhere(window: Window, tmp_path: Path) -> None:
    page = paper_of(window)
    shown(window, page, "Hannah Tolland")
    window.click("do:save-pdf")
    window.type("For the school")
    window.press("Enter")
    dialog = page._dialog
    assert dialog is not None
    window.until(dialog.isVisible)
    dialog.setDirectory(str(tmp_path))
    dialog.reject()
    window.until(lambda: not shiboken6.isValid(dialog))
    noted = QSettings(QSettings.Scope.UserScope, "QtProject")
    assert str(tmp_path) not in str([noted.value(key) for key in noted.allKeys()])


def test_locking_takes_the_pages_and_an_open_dialog_along(window: Window) -> None:
    page = paper_of(window)
    shown(window, page, "Hannah Tolland")
    window.click("do:save-pdf")
    window.type("For the school")
    window.press("Enter")
    dialog = page._dialog
    assert dialog is not None
    window.until(dialog.isVisible)
    window.shell.lock()
    window.until(lambda: window.shell.standing is Standing.LOCKED)
    window.until(lambda: not shiboken6.isValid(dialog) or not dialog.isVisible())
    window.until(lambda: not shiboken6.isValid(page))
    assert "Maisie" not in window.findable()


def test_hiding_the_screen_hides_the_pages(window: Window) -> None:
    page = paper_of(window)
    shown(window, page, "Hannah Tolland")
    window.press("F9")
    window.until(lambda: not page.isVisible())
    assert "Maisie" not in window.findable()


def test_the_bar_above_says_the_alerts_of_the_family_as_on_its_other_pages(window: Window) -> None:
    page = paper_of(window)
    whole = page._choices.whole
    assert whole is not None
    alerts = alerts_of(whole)
    assert any(each.startswith("Darren: Must not learn") for each in alerts)
    routes = window.shell._routes
    assert routes is not None
    for kind in (Kind.PAPER, Kind.FAMILY, Kind.WORKBOOK, Kind.CHRONOLOGY, Kind.GENOGRAM):
        routes.to(Place(kind=kind, family=TOLLAND))
        window.on(f"screen:{kind}")
        bar = window.named("identity").accessibleName()
        assert [each for each in alerts if each not in bar] == [], kind


def test_the_bar_of_a_childs_page_says_what_is_known_of_the_adults_too(window: Window) -> None:
    page = paper_of(window)
    whole = page._choices.whole
    assert whole is not None
    for child in whole.children:
        said = alerts_about(child, whole)
        assert set(child.alerts) < set(said)
        assert any(each.startswith("Darren: Must not learn") for each in said)
    routes = window.shell._routes
    assert routes is not None
    routes.to(Place(kind=Kind.FAMILY, family=TOLLAND))
    window.on("screen:family")
    window.click("choose:p-ivy")
    assert "Darren: Must not learn" in window.named("identity").accessibleName()


def test_what_the_council_sets_is_read_beside_the_window_and_not_in_it(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def folder() -> Path:
        threads.append(threading.current_thread())
        return tmp_path

    (tmp_path / POLICY).write_text(json.dumps({"document_folder": "/srv/documents"}), encoding="utf-8")
    monkeypatch.setattr(paths, "managed_folder", folder)
    window.unlock()
    routes = window.shell._routes
    assert routes is not None
    window.open(lambda: routes.to(Place(kind=Kind.PAPER, family=TOLLAND)), "screen:paper")
    screen = window.shell.screen_now
    assert isinstance(screen, PaperScreen)
    assert screen._managed == "/srv/documents"
    assert threads
    assert threading.main_thread() not in threads


def test_for_a_meeting_each_passage_that_may_do_harm_is_ticked_before_it_can_be_printed(
    window: Window,
) -> None:
    page = paper_of(window)
    shown(window, page, "The court")
    ticks = page.pane.read
    assert ticks
    assert "Read before you print" in window.spoken()
    assert page.pane.confirm.words == "I have read it to its end: nobody comes to harm by what stands in it"
    page.pane.confirm.click()
    for tick in ticks:
        assert not button(window, "do:print").isEnabled()
        assert not button(window, "do:save-pdf").isEnabled()
        tick.click()
    assert button(window, "do:print").isEnabled()
    page.voices.click()
    assert not page.pane.isVisible()
    assert not button(window, "do:print").isEnabled()
    for_(page, "Hannah Tolland")
    assert page.voices.isHidden()
    for_(page, "The court")
    assert not page.voices.isChecked()
