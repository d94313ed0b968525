"""The workbook's page in the real window over the practice family: chapters, what is new, periods, keys."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QPushButton

from tests.support.window import Window
from ui.screens.workbook import WorkbookScreen
from ui.screens.workbook_parts import missing_words
from ui.shell.places import Kind, Place
from ui.widgets import TaskRow
from workbook_desktop.domain.changes import FeedItem, FeedPage
from workbook_desktop.domain.ids import FamilyId, PersonId, RecordId
from workbook_desktop.workspace.views_workbook import Missing

TOLLAND = FamilyId("f-tolland")


def opened(window: Window) -> WorkbookScreen:
    window.unlock()
    window.shell._routes.to(Place(kind=Kind.WORKBOOK, family=TOLLAND))  # type: ignore[union-attr]
    window.on("screen:workbook")
    screen = window.shell.screen_now
    assert isinstance(screen, WorkbookScreen)
    return screen


def test_every_chapter_says_who_writes_it_the_risk_now_and_its_latest_summary(window: Window) -> None:
    opened(window)
    said = window.spoken()
    for words in (
        "Alcohol and drugs",
        "Sunil Marsh",
        "Amber: some worry",
        "Latest summary, to 10 November 2026",
    ):
        assert words in said
    assert "Bea Linnet’s summaries for September 2026 and October 2026 are missing (Mental health)" in said
    assert "Since the supervision of 12 November 2026" in said


def test_opening_a_chapter_is_looking_at_it_and_what_comes_later_is_new(window: Window) -> None:
    screen = opened(window)
    window.click("choose:substance")
    window.quiet()
    assert screen.entries is not None
    assert "You have not looked at this chapter on this laptop yet" in window.spoken()
    store = window.gate.store
    assert store is not None
    head = next(
        each
        for each in window.gate.caseload.records
        if each.chapter == "substance" and each.form is not None and each.form.id == "case-note"
    )
    later = replace(head, id=RecordId("0199dddd-0000-7000-8000-000000000001"))

    def arrives() -> None:
        item = FeedItem(seq=9000, kind="record", family=TOLLAND, head=later)
        store.sync_port().apply_page(FeedPage(items=(item,), cursor="c9", epoch="e1", more=False))

    window.thread.submit(arrives).result()
    window.click("choose:all")
    screen.refresh(())
    window.quiet()
    assert window.named("choose:substance").accessibleName() == "Alcohol and drugs (1 new)"
    window.click("choose:substance")
    window.quiet()
    screen.refresh(())
    window.quiet()
    # It stays marked for as long as the chapter is open, though it has been looked at.
    assert f"new:{later.id}" in [each.objectName() for each in screen.findChildren(TaskRow)]
    window.click("choose:all")
    window.quiet()
    assert window.named("choose:substance").accessibleName() == "Alcohol and drugs"


def test_the_focus_stays_on_a_chapter_through_a_refresh(window: Window) -> None:
    screen = opened(window)
    window.click("choose:child")
    window.quiet()
    screen.refresh(())
    window.quiet()
    assert window.focus.objectName() == "choose:child"
    window.press("Ctrl+2")
    assert window.focus.objectName() == "list:entries"


def test_no_part_of_the_page_is_a_window_of_its_own(window: Window) -> None:
    opened(window)
    window.quiet()
    others = [
        each
        for each in window.shell.window().findChildren(QPushButton)
        if each.isVisible() and each.isWindow()
    ]
    assert others == []
    assert window.shell.isActiveWindow()


def test_earlier_periods_are_shown_on_request(window: Window) -> None:
    screen = opened(window)
    window.click("period:1")
    window.quiet()
    assert "From the beginning to 13 October 2026" in window.spoken()
    assert window.focus.objectName() == "choose:all"
    window.click("do:this-period")
    window.quiet()
    assert "Since the supervision of 12 November 2026" in window.spoken()
    assert screen.isVisible()


def test_a_parents_own_page_names_nobody_else_and_no_worry(window: Window) -> None:
    window.unlock()
    place = Place(kind=Kind.WITH_PARENT, family=TOLLAND, person=PersonId("p-darren"))
    window.shell._routes.to(place)  # type: ignore[union-attr]
    window.on("screen:with-parent")
    said = window.spoken()
    assert "How much it matters to me: drinking less before contact" in said
    assert ": up by 3." in said
    for words in ("Hannah", "Maisie", "Amara", "Low", "worse", "! "):
        assert words not in said, words


def test_missing_summaries_are_said_by_whose_they_are() -> None:
    def one(month: int, **more: object) -> Missing:
        from datetime import date

        said = {"chapter": "child", "title": "Child", "writers": ("Joss Penn",), "is_mine": False} | more
        return Missing(month=date(2026, month, 1), **said)  # type: ignore[arg-type]

    assert missing_words([one(10)]) == ["Joss Penn’s summary for October 2026 is missing (Child)"]
    assert missing_words([one(10, is_mine=True)]) == ["Your summary for October 2026 is missing (Child)"]
    assert missing_words([one(10), one(9)]) == [
        "Joss Penn’s summaries for September 2026 and October 2026 are missing (Child)"
    ]
    assert missing_words([one(10, writers=())]) == [
        "The summary for October 2026 is missing (Child): nobody works there now"
    ]
